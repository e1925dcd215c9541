"""Faces for the people of the try-out, drawn here so that none has to be fetched."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

SIZE: Final = 128
_SCALE: Final = 4  # drawn larger and shrunk: Pillow draws no smooth edges


def initial(letter: str, color: str) -> bytes:
    """Return a PNG with a white letter on `color`."""
    image, draw = _canvas(color)
    middle = SIZE * _SCALE // 2
    font = ImageFont.load_default(size=SIZE * _SCALE * 0.55)
    draw.text((middle, middle), letter, fill="white", font=font, anchor="mm", stroke_width=6)
    return _png(image)


def logo() -> bytes:
    """Return Cohort's sign: three people who belong together."""
    image, draw = _canvas("#5865f2")
    unit = SIZE * _SCALE / 32
    people = [(11 * unit, 12 * unit), (21 * unit, 12 * unit), (16 * unit, 21 * unit)]
    draw.polygon(people, outline="white", width=round(1.6 * unit))
    for x, y in people:
        draw.circle((x, y), 3.5 * unit, fill="white")
    return _png(image)


def _canvas(color: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (SIZE * _SCALE, SIZE * _SCALE), color)
    return image, ImageDraw.Draw(image)


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
