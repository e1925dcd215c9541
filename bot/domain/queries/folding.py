"""Text as it is compared: without case, accents and punctuation."""

import re
import unicodedata

# "C++" and "C#" are words; elsewhere + and # are punctuation.
_WORD = re.compile(r"[^\W_]+(?:(?:\+\+|#)(?![^\W_]))?")
# Letters that Unicode does not decompose, as in Łojasiewicz and Sørensen.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


def fold(text: str) -> str:
    """Reduce text to lower-case words without accents and punctuation, one space between them."""
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    text = unicodedata.normalize("NFKC", text).casefold()
    # A hyphen that is only there for the line break, and other invisible characters, part no word.
    kept = (char for char in unicodedata.normalize("NFKD", text) if not _is_mark(char))
    return " ".join(_WORD.findall("".join(kept).translate(_LETTERS)))


def _is_mark(char: str) -> bool:
    return char > "\x7f" and (unicodedata.combining(char) != 0 or unicodedata.category(char) == "Cf")
