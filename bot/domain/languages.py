"""The languages in which Cohort posts."""

from enum import StrEnum
from typing import Final

from bot.errors import UserError


class Language(StrEnum):
    """One of them, by its ISO 639-1 code."""

    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"
    FRENCH = "fr"

    @property
    def label(self) -> str:
        """What those who speak it call it."""
        return LABELS[self]


LABELS: Final = {
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.SPANISH: "Español",
    Language.FRENCH: "Français",
}


def parse_language(text: str) -> Language:
    """Read a code or a language's own name; raises UserError for one in which there are no posts."""
    wanted = text.strip().casefold()
    for language in Language:
        if wanted in {language.value, language.label.casefold()}:
            return language
    raise UserError(f"I can post in {', '.join(LABELS.values())}. Choose one of these.")
