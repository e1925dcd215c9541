"""What Cohort says, in the language of those it says it to.

The English sentence is the key (GNU gettext); what a catalogue lacks is said in English. `speaking` sets the language
for what is rendered inside it: services do so around each post, with what `bot.storage.languages` read. Outside of it
everything is English, so answers to commands are. `_`, `pgettext`, `ngettext` and `N_` are what
`scripts/translations.py` looks for.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Final

from bot.content import data_dir
from bot.domain.languages import Language

DOMAIN: Final = "cohort"

_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.ENGLISH)

_THOUSANDS: Final = {
    Language.ENGLISH: ",",
    Language.GERMAN: ".",
    Language.SPANISH: "\u202f",  # a narrow space that no line is broken at
    Language.FRENCH: "\u202f",
}


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Let everything that is rendered inside be in a language."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> Language:
    """Return the language that is spoken just now."""
    return _spoken.get()


def _(message: str) -> str:
    """Return a sentence in the language that is spoken; `{names}` in it are filled in afterwards."""
    return _catalogue(_spoken.get()).gettext(message) if message else message


def pgettext(context: str, message: str) -> str:
    """Return a sentence that English says alike in cases that others tell apart; `context` says which."""
    return _catalogue(_spoken.get()).pgettext(context, message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return what is said of `count` things, with the number filled in as `{count}`; other names are left as they are."""
    found = _catalogue(_spoken.get()).ngettext(one, many, count)
    return found.replace("{count}", number(count))


def N_(message: str) -> str:  # noqa: N802 - as gettext's tools know it
    """Return a sentence as it is: one that is stored, and translated with `_` where it is said."""
    return message


def number(value: int) -> str:
    """Write a whole number, thousands apart."""
    text = f"{value:,}"
    return text if _spoken.get() is Language.ENGLISH else text.replace(",", _THOUSANDS[_spoken.get()])


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    """Return a language's catalogue, read when it is first used: some hundred sentences, about a millisecond."""
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, data_dir() / "locale", [language.value], fallback=True)
