"""A row: what was measured of Cohort, the baseline beside it, and what was aimed at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, TypeVar

T = TypeVar("T")

KEYS: Final = ("name", "ours", "baseline", "ratio", "unit", "target", "met")
"""What a row of `results.json` has, in this order."""


class Size(StrEnum):
    """How much is measured: everything, or just enough to see that it works."""

    FULL = "full"
    SMALL = "small"

    def pick(self, full: T, small: T) -> T:
        """Return the one that belongs to this size."""
        return full if self is Size.FULL else small


@dataclass(frozen=True, slots=True)
class Target:
    """A limit for the ratio to the baseline, or for the figure itself."""

    sense: Literal["≤", "≥"]
    limit: float
    of: Literal["ratio", "ours"] = "ratio"

    def say(self, unit: str) -> str:
        """Say it, such as `≤ 2 × baseline` or `≤ 0.2 s`."""
        return f"{self.sense} {self.limit:g} {'× baseline' if self.of == 'ratio' else unit}"

    def met(self, ours: float, ratio: float | None) -> bool:
        """Whether the figures are on the right side of the limit."""
        value = ratio if self.of == "ratio" else ours
        if value is None:
            return False
        return value <= self.limit if self.sense == "≤" else value >= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    `fault` says why the figure does not count (an answer that failed, a 429): then the target is not met.
    `note` is what a reader has to know beside it.
    """

    name: str
    ours: float
    baseline: float
    unit: str
    target: Target | None = None
    note: str = ""
    fault: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the baseline; None where the baseline is nothing."""
        return self.ours / self.baseline if self.baseline else None

    def as_dict(self) -> dict[str, Any]:
        """Return the row as `results.json` holds it."""
        met = None
        if self.target is not None or self.fault:
            met = not self.fault and self.target is not None and self.target.met(self.ours, self.ratio)
        return {
            "name": self.name,
            "ours": rounded(self.ours),
            "baseline": rounded(self.baseline),
            "ratio": rounded(self.ratio),
            "unit": self.unit,
            "target": self.target.say(self.unit) if self.target else None,
            "met": met,
        }

    def remark(self) -> str:
        """Return note and fault in one line, empty where there is neither."""
        return "; ".join(part for part in (self.fault, self.note) if part)


def as_dicts(rows: Iterable[Row | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in the form of `results.json`, whichever way a module gives them.

    What a plain mapping leaves out is None, but for the ratio, which is worked out. Raises ValueError for one
    without a name or with keys that no row has.
    """
    return [row.as_dict() if isinstance(row, Row) else _completed(row) for row in rows]


def rounded(value: float | None) -> float | None:
    """Keep four significant digits: no more of it would be the same the next time."""
    return None if value is None else float(f"{value:.4g}")


def _completed(row: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(row) - set(KEYS))
    if not row.get("name") or unknown:
        raise ValueError(
            f"a row has a name and no keys but {', '.join(KEYS)}; found also {unknown}: {dict(row)}"
        )
    made = {key: row.get(key) for key in KEYS}
    if isinstance(made["target"], int | float):
        made["target"] = f"{made['target']:g} {made['unit'] or ''}".rstrip()
    if made["ratio"] is None and made["ours"] is not None and made["baseline"]:
        made["ratio"] = rounded(made["ours"] / made["baseline"])
    return made
