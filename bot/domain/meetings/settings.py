"""What a server's moderators decide about study buddies."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Final, Self

from bot.domain.buddies.values import Cadence, RoundPlan
from bot.errors import UserError

_ANCHOR: Final = date(2026, 1, 5)  # a Monday; moved to the week of the first round when one is set up


@dataclass(frozen=True, slots=True)
class BuddySettings:
    """Off until a moderator switches it on; `promised_by` is who confirmed the words on age and conduct."""

    on: bool = False
    channel_id: int | None = None
    cadence: Cadence = Cadence.WEEKLY
    weekday: int = 0
    time: time = time(10)
    zone: str = "UTC"
    anchor: date = _ANCHOR
    private: bool = True
    role_id: int | None = None  # the Discord role that is needed to take part
    reports_id: int | None = None  # where reports go; the server's own channel for moderators' news if None
    promised_by: int | None = None

    @property
    def plan(self) -> RoundPlan:
        """Return when rounds begin."""
        return RoundPlan(self.cadence, self.weekday, self.time, self.zone, self.anchor)

    def check(self) -> Self:
        """Refuse what cannot be switched on, and say what is missing."""
        if self.on and self.channel_id is None:
            raise UserError("Choose a channel first: the threads of the groups are opened there.")
        if self.on and self.promised_by is None:
            raise UserError("Confirm the words about age and conduct first.")
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the settings for storage."""
        return {
            "on": self.on,
            "channel_id": self.channel_id,
            "cadence": self.cadence.value,
            "weekday": self.weekday,
            "time": f"{self.time:%H:%M}",
            "zone": self.zone,
            "anchor": self.anchor.isoformat(),
            "private": self.private,
            "role_id": self.role_id,
            "reports_id": self.reports_id,
            "promised_by": self.promised_by,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any] | None) -> Self:
        """Read what was stored; what an earlier version did not know is the default."""
        known = dict(found or {})
        default = cls()
        return replace(
            default,
            on=bool(known.get("on")),
            channel_id=known.get("channel_id"),
            cadence=Cadence(known.get("cadence", default.cadence)),
            weekday=int(known.get("weekday", default.weekday)),
            time=time.fromisoformat(known.get("time", f"{default.time:%H:%M}")),
            zone=known.get("zone", default.zone),
            anchor=date.fromisoformat(known.get("anchor", default.anchor.isoformat())),
            private=bool(known.get("private", default.private)),
            role_id=known.get("role_id"),
            reports_id=known.get("reports_id"),
            promised_by=known.get("promised_by"),
        )
