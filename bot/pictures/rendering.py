"""SVG to PNG."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.content import data_dir

FONT: Final = "DejaVu Sans"


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG document, and what it shows in words for those who do not see it (at most 1,024 characters)."""

    svg: str
    alt: str
    name: str
    """The name of the PNG file."""


async def render(picture: Picture) -> bytes:
    """Return the picture as PNG. It is drawn in a thread: 20 to 40 ms."""
    return await asyncio.to_thread(_png, picture.svg)


@lru_cache(maxsize=64)  # some 40 KB each; the same roles are asked for again and again
def _png(svg: str) -> bytes:
    import resvg_py

    fonts = data_dir() / "fonts"
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            skip_system_fonts=True,
            font_files=[str(fonts / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")],
            font_family=FONT,
            sans_serif_family=FONT,
        )
    )
