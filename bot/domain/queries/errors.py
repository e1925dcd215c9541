"""What is wrong with a query, and where."""

import unicodedata

from bot.errors import UserError

_BEFORE, _AFTER = 28, 16  # a code block on a telephone is about 45 characters wide


class QueryError(UserError):
    """A query that cannot be read.

    `sentence` says what to do, without a full stop; `place` is the index in `text` it speaks of, None where
    it speaks of the whole. `message` holds both, the place marked in a code block.
    """

    def __init__(self, sentence: str, text: str = "", place: int | None = None) -> None:
        shown = "" if place is None else f"\n```\n{point_at(text, place)}\n```"
        super().__init__(f"{sentence}.{shown}")
        self.sentence = sentence
        self.text = text
        self.place = place


def point_at(text: str, place: int) -> str:
    """Return the part of a query around a place, and under it a mark: two lines for a code block."""
    start = place - _BEFORE if place > _BEFORE + 1 else 0
    end = place + _AFTER if len(text) > place + _AFTER + 1 else len(text)
    before = ("…" if start else "") + _shown(text[start:place])
    after = _shown(text[place:end]) + ("…" if end < len(text) else "")
    return f"{before}{after.rstrip()}\n{''.join(map(_blank, before))}▲"


def _shown(text: str) -> str:
    """Make text safe in a code block: one line, no backtick to end it, nothing invisible to shift it."""
    kept = (char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))
    return "".join(" " if not char.isprintable() else char for char in kept).replace("`", "'")


def _blank(char: str) -> str:
    if unicodedata.combining(char):
        return ""
    # The wide space is as wide as the wide letter above it, whatever the font.
    return "\u3000" if unicodedata.east_asian_width(char) in "WF" else " "
