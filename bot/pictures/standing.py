"""A member's level in each topic, with how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.pictures.drawing import ACCENT, EMPTY, MUTED, TEXT, WIDTH, box, document, lines, text
from bot.pictures.rendering import Picture

LOWEST: Final = 0.3
HIGHEST: Final = 3.7

_MARGIN: Final = 36
_ROW: Final = 50
_NAME: Final = 250  # room for the name of a topic
_FROM: Final = _MARGIN + _NAME
_TO: Final = WIDTH - _MARGIN - 20
_BAND: Final = "#4A56A0"
_LEVELS: Final = ((1, "beginner"), (2, "intermediate"), (3, "advanced"))


@dataclass(frozen=True, slots=True)
class Measured:
    """One topic; `level` and `margin` in levels (1 beginner, 2 intermediate, 3 advanced)."""

    name: str
    level: float
    margin: float
    answers: int


def draw_standing(topics: Sequence[Measured], title: str) -> Picture:
    """Draw a dot for each level on a band for where it may well be."""
    top = 112.0
    bottom = top + _ROW * len(topics)
    parts = [text(_MARGIN, 56, title, size=30, bold=True)]
    for level, name in _LEVELS:
        x = _x(level)
        parts.append(box(x - 1, top - 14, 2, bottom - top + 4, fill=EMPTY, radius=0))
        parts.append(text(x, top - 24, name, size=16, fill=MUTED, anchor="middle"))
    for number, topic in enumerate(topics):
        parts.append(_row(topic, top + _ROW * number + 26))
    key = "dot: the estimate · band: where it may well be, four chances in five"
    parts.append(text(_MARGIN, bottom + 26, key, size=18, fill=MUTED))
    told = "; ".join(
        f"{topic.name} {topic.level:.1f} plus or minus {topic.margin:.1f} from {topic.answers}"
        for topic in topics
    )
    alt = f"Level in each topic, 1 beginner, 2 intermediate, 3 advanced, and from how many answers: {told}."
    return Picture(document(bottom + 52, *parts), alt[:1024], "standing.png")


def _row(topic: Measured, y: float) -> str:
    left, right = _x(topic.level - topic.margin), _x(topic.level + topic.margin)
    dot = _x(topic.level)
    names = lines(topic.name, _NAME + 20, 19)  # the estimate of a letter's width is on the safe side
    return (
        "".join(
            text(_MARGIN, y - 10 * (len(names) - 1) + 21 * at, name, size=19) for at, name in enumerate(names)
        )
        + box(_FROM, y - 9, _TO - _FROM, 4, fill=EMPTY, radius=2)
        + box(left, y - 16, max(right - left, 4), 18, fill=_BAND, radius=9)
        + f'<circle cx="{dot:g}" cy="{y - 7:g}" r="10" fill="{ACCENT}" stroke="{TEXT}" stroke-width="2"/>'
    )


def _x(level: float) -> float:
    share = (min(max(level, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)
    return _FROM + share * (_TO - _FROM)
