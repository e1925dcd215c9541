"""What a server's moderators decide about study buddies."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Final, Self

from bot.domain.buddies.values import Cadence, RoundPlan
from bot.domain.zones import parse_zone
from bot.errors import UserError

_ANCHOR: Final = date(2026, 1, 5)  # a Monday; moved to the week of the first round when one is set up


@dataclass(frozen=True, slots=True)
class BuddySettings:
    """Off until a moderator switches it on, who confirms the words on age and conduct: the log knows who that was."""

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
    promised: bool = False  # whether a moderator of this server confirmed the words

    @property
    def plan(self) -> RoundPlan:
        """Return when rounds begin."""
        return RoundPlan(self.cadence, self.weekday, self.time, self.zone, self.anchor)

    def check(self) -> Self:
        """Refuse what cannot be switched on, and say what is missing."""
        if self.on and self.channel_id is None:
            raise UserError("Choose a channel first: the threads of the groups are opened there.")
        if self.on and not self.promised:
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
            "reports_channel_id": self.reports_id,
            "promised": self.promised,
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
            reports_id=known.get("reports_channel_id", known.get("reports_id")),
            promised=bool(known.get("promised") or known.get("promised_by")),
        )


def check_buddy_settings(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings from elsewhere in their usual form; raises UserError for what cannot be."""
    usual = BuddySettings().to_json()
    if unknown := [name for name in found if name not in usual]:
        raise UserError(f"I do not know the setting `{unknown[0][:40]}` of study buddies.")
    ids = [found.get(name) for name in usual if name.endswith("_id")]
    if not all(each is None or (isinstance(each, int) and not isinstance(each, bool)) for each in ids):
        raise UserError("A channel or role in the settings of study buddies cannot be read.")
    try:
        read = BuddySettings.from_json(found)
        read = replace(read, zone=parse_zone(read.zone))
        written = read.to_json()
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UserError(f"The settings of study buddies cannot be read: {str(error)[:100]}.") from error
    if not 0 <= read.weekday <= 6:
        raise UserError("The day of the rounds is from 0, Monday, to 6.")
    if read.on and read.channel_id is None:
        raise UserError("Study buddies that are on need a channel.")
    return written
