"""Text of a file made into text for a card: bytes, markup, control characters."""

import codecs
import html
import re
from typing import Final

from bot.domain.question_import.values import MAX_FIELD, Refused

# Control characters, and those that turn the direction of what follows them: a question is never to look
# different from what it says. Newline and tab stay.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BREAK: Final = re.compile(r"<(?:br\s*/?|/p|/div|/li|/tr)\s*>", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16 does, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY: Final = (
    (
        b"PK\x03\x04",
        "a ZIP archive, as Excel, Word and Anki packages are. Save it as CSV or as plain text first.",
    ),
    (b"%PDF", "a PDF. Copy its questions into a text file or a CSV table."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file. Save it as CSV or as plain text first."),
    (b"SQLite format 3", "a database. Export the cards as text first."),
    (b"\x89PNG", "a picture. Type its questions into a text file or a CSV table."),
    (b"\xff\xd8\xff", "a picture. Type its questions into a text file or a CSV table."),
    (b"GIF8", "a picture. Type its questions into a text file or a CSV table."),
    (b"\x1f\x8b", "a compressed file. Unpack it first."),
)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and, where its encoding was guessed, a word on that.

    UTF-8, UTF-16 and UTF-32 with their marks, UTF-16 without one, and else Windows-1252, which every byte
    string is. Raises Refused for what is no text.
    """
    for start, words in _BINARY:
        if data.startswith(start):
            raise Refused(f"That is {words}")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding), ""
    if encoding := _wide(data):
        return _decoded(data, encoding), ""
    if b"\x00" in data:
        raise Refused("That is no text file. Save it as CSV or as plain text first.")
    try:
        return _lines(data.decode("utf-8")), ""
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace").replace("\ufffd", "")
        return _lines(text), "It is not in UTF-8, so I read it as Windows-1252: look at letters with accents."


def _wide(data: bytes) -> str:
    """Return the UTF-16 that text without a mark is in: of Latin letters every second byte is zero."""
    head = data[:2000]
    if len(head) < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return _lines(data.decode(encoding))
    except UnicodeDecodeError:
        raise Refused(
            f"The file says it is {encoding.upper()}, and it is not. Save it as UTF-8 and try again."
        ) from None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def one_line(text: str) -> str:
    """Return text as one line without anything unseen."""
    return " ".join(_UNSEEN.sub("", text).split())


def label(text: str) -> str:
    """Return an option or a step: one line, in which blanks count, as they do in `[nan  0.]`."""
    return re.sub(r"\s*\n\s*|\t", " ", _UNSEEN.sub("", text)).strip()


def block(text: str) -> str:
    """Return text of several lines: no unseen characters, no empty lines at its ends or two in a row."""
    lines = [" ".join(line.split()) for line in _UNSEEN.sub("", text).replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def code_block(text: str) -> str:
    """Return code: its indentation stays."""
    lines = [line.rstrip() for line in _UNSEEN.sub("", text).replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n")


def without_markup(text: str) -> str:
    """Return what HTML says: tags go, breaks become lines, entities become characters."""
    if len(text) > MAX_FIELD:
        raise Refused(f"One of its texts is {len(text):,} characters long. Shorten it.")
    text = _HIDDEN.sub("", text)
    text = _BREAK.sub("\n", text)
    return html.unescape(_TAG.sub("", text)).replace("\u00a0", " ")
