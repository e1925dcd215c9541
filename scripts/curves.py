"""What the drawn measurements have in common."""

from collections.abc import Sequence


def draw_curve(points: Sequence[tuple[float, float]], colour: str, *, dots: int) -> str:
    """Return a line through some points, in pixels, with a dot of that radius at each."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="4"/>'
    return line + "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{dots}" fill="{colour}"/>' for x, y in points
    )
