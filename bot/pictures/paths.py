"""A way from role to role, drawn from top to bottom: that is how a phone shows it best."""

from typing import Final

from bot.domain.careers import Careers, MoveKind
from bot.domain.paths import Way
from bot.pictures.drawing import MUTED, PANEL, WIDTH, box, document, lines, text
from bot.pictures.rendering import Picture

COLOURS: Final = {
    MoveKind.PROMOTION: "#6FD39A",
    MoveKind.SPECIALISATION: "#8FA2FF",
    MoveKind.SWITCH: "#F2B661",
    None: "#BFC4DE",
}

_MARGIN: Final = 36
_TITLE: Final = 31
_SMALL: Final = 26  # half of that on a phone
_ARROW: Final = 74
_LINE: Final = 38


def draw_way(careers: Careers, way: Way) -> Picture:
    """Draw a way: a box for each role with its stage, an arrow for each move with its kind and how long it takes."""
    parts: list[str] = []
    told: list[str] = []
    y = float(_MARGIN)
    start = careers.roles.get(way.start)
    if start is not None:
        boxed, y = _box(start.title, start.stage.value, y, COLOURS[None])
        told.append(f"{start.title} ({start.stage})")
    else:
        name = careers.backgrounds[way.start].name
        boxed, y = _box(name, "your start", y, COLOURS[None])
        told.append(name)
    parts.append(boxed)
    for step in way.steps:
        role = careers.roles[step.role]
        kind = step.move.kind if step.move else None
        label = f"{step.move.kind} · {step.move.years}" if step.move else "first role"
        if step.stages < 0:
            label += " · a step back"
        parts.append(_arrow(y, label, COLOURS[kind]))
        boxed, y = _box(role.title, role.stage.value, y + _ARROW, COLOURS[kind])
        parts.append(boxed)
        told.append(f"{label} to {role.title} ({role.stage})")
    alt = f"A path in {len(way.steps)} steps: {', then '.join(told)}."
    return Picture(document(y + _MARGIN, *parts), alt[:1024], "path.png")


def _box(title: str, small: str, y: float, colour: str) -> tuple[str, float]:
    width = WIDTH - 2 * _MARGIN
    titles = lines(title, width - 60, _TITLE)
    height = 68 + _LINE * len(titles)
    drawn = [box(_MARGIN, y, width, height, fill=PANEL, line=colour)]
    drawn += [
        text(_MARGIN + 28, y + 46 + _LINE * number, line, size=_TITLE, bold=True)
        for number, line in enumerate(titles)
    ]
    drawn.append(text(_MARGIN + 28, y + height - 18, small, size=_SMALL, fill=MUTED))
    return "".join(drawn), y + height


def _arrow(y: float, label: str, colour: str) -> str:
    x, tip = _MARGIN + 56, y + _ARROW - 4
    return (
        f'<path d="M{x} {y + 4:g} V{tip - 12:g}" stroke="{colour}" stroke-width="5"/>'
        f'<path d="M{x - 11} {tip - 16:g} L{x} {tip:g} L{x + 11} {tip - 16:g} Z" fill="{colour}"/>'
        f"{text(x + 30, y + 46, label, size=_SMALL, fill=colour)}"
    )
