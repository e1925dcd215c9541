"""Several events as lines under the days on which they begin, fitted into a message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from bot.domain.agenda import Listed, Shown, over_at
from bot.domain.events import Event, EventKind
from bot.domain.sources import stamp
from bot.words import N_, _
from cogs.ui.dates import begun, long_date, long_day, short_day, with_weekday
from cogs.ui.events.words import MAX_LINK, day_in, mark, masked
from cogs.ui.text import listing, plain, shorten

UNDER_WAY: Final = N_("Under way")


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much of an event stands in its line."""

    title: int
    place: int = 0
    link: bool = False


_DETAILS: Final = (
    _Detail(120, place=60, link=True),
    _Detail(90, place=30, link=True),
    _Detail(90, place=30),
    _Detail(60),
    _Detail(25),
)
"""From much to little: the first with which everything fits is taken."""


def agenda(shown: Iterable[Shown], *, zone: str, at: datetime, room: int) -> str:
    """Return the events as lines by day, in the calendar of `zone`, in at most `room` characters where that is possible.

    What began before the day of `at` is under way.
    """
    ordered = sorted(shown, key=lambda each: (_heading_day(each.event, zone, at), each.event.starts_at))
    text = ""
    for detail in _DETAILS:
        text = _written(ordered, zone, at, detail)
        if len(text) <= room:
            return text
    return text


def lines(listed: Sequence[Listed], *, zone: str, at: datetime, room: int) -> str:
    """Return events that nothing is known to have changed about."""
    return agenda([Shown(each) for each in listed], zone=zone, at=at, room=room)


def _written(ordered: Sequence[Shown], zone: str, at: datetime, detail: _Detail) -> str:
    blocks = []
    for day, each_of in groupby(ordered, key=lambda each: _heading_day(each.event, zone, at)):
        if day == date.min:
            heading = _(UNDER_WAY)
        else:
            name = long_day(day) if day.year == day_in(at, zone).year else long_date(day)
            heading = begun(with_weekday(day, name))
        blocks.append("\n".join([f"### {heading}", *(_line(each, detail) for each in each_of)]))
    return "\n".join(blocks)


def _heading_day(event: Event, zone: str, at: datetime) -> date:
    day = event.when.first_day if event.all_day else day_in(event.starts_at, zone)
    return day if day >= day_in(at, zone) or over_at(event) <= at else date.min


def _line(shown: Shown, detail: _Detail) -> str:
    event, listed = shown.event, shown.listed
    begins = "" if event.all_day else f"{stamp(event.starts_at, 't')} "
    name = plain(shorten(event.title, detail.title))
    parts = [f"{begins}**{name}**"]
    if event.kind is EventKind.HACKATHON and event.ends_at and event.when.first_day != event.when.last_day:
        until = stamp(event.ends_at) if detail.place else short_day(event.when.last_day)
        parts.append(_("due {when}").format(when=until))
    elif event.kind is EventKind.DEADLINE and detail.place:
        parts.append(stamp(over_at(event) if event.all_day else event.starts_at))
    if detail.place:
        parts += _where(event, detail.place)
    if detail.link and event.url and len(event.url) <= MAX_LINK // 2:
        parts.append(masked(_("page"), event.url))
    return f"- {mark(listed, shown.aspects)}{' · '.join(parts)}"


def _where(event: Event, longest: int) -> list[str]:
    """Return where an event is, and that one may take part from elsewhere as well."""
    where = [plain(shorten(event.place, longest))] if event.place else []
    online = event.online_url is not None and event.kind is not EventKind.DEADLINE
    if online and (event.place or "").casefold() != "online":
        where.append(_("online"))
    return [listing(where)] if where else []
