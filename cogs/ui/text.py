"""Text from elsewhere, made safe and short for a card."""

import re
from typing import Final

from bot.words import _, pgettext

ZERO_WIDTH: Final = "\u200b"

# Everything that Discord gives a meaning: emphasis, code, spoilers, links, quotes, lists, headings,
# mentions, time stamps and custom emoji. discord.utils.escape_markdown leaves `x](https://evil) [y`
# as it is, so brackets and angle brackets are among them here.
_SPECIAL = re.compile(r"([\\*_~|`\[\]<>])")
_LINE_START = re.compile(r"^(#{1,3}|-#|[-+])(?=\s)")
_NUMBERED = re.compile(r"^(\d+)(?=\.\s)")  # a backslash before a digit would be shown
_EMOJI = re.compile(r":(?=[^\s:]+:)")


def plain(text: str) -> str:
    """Return `text` so that Discord shows exactly these characters: no link, mention, format or emoji."""
    text = " ".join(text.split())
    text = _EMOJI.sub(f":{ZERO_WIDTH}", text)
    # Discord makes a link of an address in the middle of a word as well.
    text = text.replace("://", f":{ZERO_WIDTH}//").replace("@", f"@{ZERO_WIDTH}")
    text = _SPECIAL.sub(r"\\\1", text)
    text = _LINE_START.sub(r"\\\1", text)
    return _NUMBERED.sub(r"\1\\", text)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters, cut between words and ended with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    # A word longer than half of the room is cut itself.
    space = cut.rfind(" ")
    if space > limit // 2:
        cut = cut[:space]
    return cut.rstrip(" ,;:.-") + "…"


_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“\"(])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|et al|Fig|Eq|Sec|resp|approx|Dr|Prof|St|No)|\b[A-Z])\.$")


def first_sentence(text: str, limit: int) -> str:
    """Return the first sentence, at most `limit` characters of it."""
    text = " ".join(text.split())
    for match in _SENTENCE_END.finditer(text):
        sentence = text[: match.start()]
        if not _ABBREVIATION.search(sentence):
            return shorten(sentence, limit)
    return shorten(text, limit)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return "1 paper" or "2 papers"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


_I_SOUND = re.compile(r"h?[ií](?![aeou])", re.IGNORECASE)  # Spanish has another word for "and" before it


def listing(words: list[str], *, word: str | None = None) -> str:
    """Return "a", "a and b" or "a, b and c"; or with another word than and."""
    if len(words) < 2:
        return "".join(words)
    first, last = ", ".join(words[:-1]), words[-1]
    if word is not None:
        return f"{first} {word} {last}"
    before_i = _I_SOUND.match(last) is not None
    said = pgettext("before an i", "{first} and {last}") if before_i else _("{first} and {last}")
    return said.format(first=first, last=last)


def labelled(name: str, words: str) -> str:
    """Return "name: words"; French has a space before the colon."""
    return _("{name}: {words}").format(name=name, words=words)
