"""What a role asks for, as bars in groups."""

from typing import Final

from bot.domain.careers import Careers, Level, Role, SkillNeed
from bot.pictures.drawing import ACCENT, EMPTY, MUTED, WIDTH, box, document, lines, text
from bot.pictures.rendering import Picture

_MARGIN: Final = 36
_ROW: Final = 44
_HEADING: Final = 50
_BAR: Final = 58  # of one level
_HELPS: Final = "#7D86BA"
_BARS_AT: Final = WIDTH - _MARGIN - 4 * _BAR


def draw_profile(careers: Careers, role: Role) -> Picture:
    """Draw each skill with the level a role needs, 1 to 4, by group; what only helps is dimmer and says so."""
    groups: dict[str, list[SkillNeed]] = {}
    for need in role.skills:
        groups.setdefault(careers.skills[need.skill].group, []).append(need)
    titles = lines(role.title, WIDTH - 2 * _MARGIN, 30)
    parts = [text(_MARGIN, 62 + 38 * number, line, size=30, bold=True) for number, line in enumerate(titles)]
    y = 62.0 + 38 * len(titles)
    key = "bars: aware, working, strong, expert · dim: only helps"
    parts.append(text(_MARGIN, y, key, size=19, fill=MUTED))
    for group, needs in groups.items():
        y += _HEADING
        parts.append(text(_MARGIN, y, group, size=21, fill=ACCENT, bold=True))
        for need in needs:
            y += _ROW
            parts.append(_row(careers.skills[need.skill].name, need, y))
    told = ", ".join(f"{careers.skills[need.skill].name} {need.level.name.lower()}" for need in role.skills)
    alt = f"Skills of {role.title} by group, each with the level needed: {told}."
    return Picture(document(y + _MARGIN, *parts), alt[:1024], "skills.png")


def _row(name: str, need: SkillNeed, y: float) -> str:
    colour = ACCENT if need.essential else _HELPS
    bars = [
        box(
            _BARS_AT + _BAR * place,
            y - 18,
            _BAR - 6,
            20,
            fill=colour if place < need.level else EMPTY,
            radius=6,
        )
        for place in range(len(Level))
    ]
    (label,) = lines(name, _BARS_AT - _MARGIN - 10, 22, most=1)
    return text(_MARGIN, y, label, size=22) + "".join(bars)
