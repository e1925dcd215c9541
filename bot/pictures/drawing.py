"""What the pictures are made of. All text is escaped here, and nowhere else is any written."""

from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape

from bot.pictures.rendering import FONT

WIDTH: Final = 720
"""Twice the width at which a phone shows a picture, in pixels."""

GROUND: Final = "#1F2130"
PANEL: Final = "#30344D"
TEXT: Final = "#F4F5FC"
MUTED: Final = "#BFC4DE"
ACCENT: Final = "#8FA2FF"
EMPTY: Final = "#3A3E58"

_LETTER: Final = 0.62  # of the size: a wide average of both fonts


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 26,
    fill: str = TEXT,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    """Return one line of text; `y` is its base line."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-family="{FONT}" font-size="{size}" fill="{fill}"'
        f'{weight} text-anchor="{anchor}">{escape(_printable(words))}</text>'
    )


def box(
    x: float, y: float, width: float, height: float, *, fill: str, radius: float = 14, line: str = ""
) -> str:
    """Return a rectangle with round corners, `line` being the colour of its border."""
    border = f' stroke="{line}" stroke-width="3"' if line else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="{fill}"{border}/>'


def document(height: float, *parts: str) -> str:
    """Return a whole picture on its ground."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH} {height:g}">{box(0, 0, WIDTH, height, fill=GROUND, radius=20)}{"".join(parts)}</svg>'
    )


def lines(words: str, width: float, size: int, *, most: int = 2) -> list[str]:
    """Return the words in lines that fit the width, the last one cut where there are more than `most`."""
    letters = max(8, int(width / (size * _LETTER)))
    return wrap(_printable(words), letters, max_lines=most, placeholder=" …", break_long_words=True) or [""]


def _printable(words: str) -> str:
    """Leave out what XML has no place for: control characters, and halves of surrogate pairs."""
    return "".join(letter for letter in words if letter.isprintable() and not "\ud800" <= letter <= "\udfff")
