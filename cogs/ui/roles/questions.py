"""What is asked back when a name means several things, or nothing that is known."""

from collections.abc import Sequence

from bot.domain.careers import Careers
from bot.domain.lookup import Ambiguous, Nearest, Option
from cogs.ui.cards import CARE
from cogs.ui.roles.items import RoleButton
from cogs.ui.roles.pages import Page
from cogs.ui.roles.words import KINDS, note
from cogs.ui.text import plain, shorten

REST: str = "?"
"""Stands in a button's id where the answer goes."""

_TYPED = 60
_NOTE = 110
_LONGEST_WORD = 34  # in a button's id, where every letter may take three


def question_page(
    careers: Careers, typed: str, finding: Ambiguous | Nearest, action: str, words: Sequence[object]
) -> Page:
    """Ask which one is meant; each button goes on with `action`, the answer in the place of `REST`."""
    shown = plain(shorten(typed, _TYPED))
    if isinstance(finding, Ambiguous):
        head = f"## Which one?\n“{shown}” can mean several things. {finding.why}"
    elif finding.options:
        head = f"## I do not know “{shown}”\nThese come nearest. Or type it another way; the list helps while you type."
    else:
        return Page(
            [f"## I do not know “{shown}”\nType it another way; the list helps while you type."], colour=CARE
        )
    told = "\n".join(
        f"- **{plain(each.title)}**: {shorten(note(careers, each), _NOTE)}" for each in finding.options
    )
    return Page([head, told, [_button(each, action, words) for each in finding.options]], colour=CARE)


def _button(each: Option, action: str, words: Sequence[object]) -> RoleButton:
    if action == "open":
        return RoleButton("open", each.kind.value, each.id, label=f"{each.title} ({KINDS[each.kind]})")
    kind = "" if each.kind.value == "role" else f" ({KINDS[each.kind]})"
    filled = [f"{each.kind.value}.{each.id}" if part == REST else part for part in words]
    return RoleButton(action, *filled, label=f"{each.title}{kind}")


def word(text: str) -> str:
    """Return what a button's id carries of something typed, with a mark that it still has to be found."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text)
    return f"~{' '.join(kept.split())[:_LONGEST_WORD]}"
