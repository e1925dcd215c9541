"""From one VEVENT, expanded and parsed, to an event of ours."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bot.domain.events import Event, EventKind, EventStatus, occurrence_key
from bot.sources.calendars import text
from bot.sources.calendars.zones import midnight, zone_of

_STATUSES: Final = {"CANCELLED": EventStatus.CANCELLED, "CANCELED": EventStatus.CANCELLED, "TENTATIVE": EventStatus.TENTATIVE}  # fmt: skip
_CONFERENCE: Final = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
# Luma has no URL property: every description begins with the page, and repeats the address.
_LUMA_LEAD = re.compile(
    r"\AGet up-to-date information at:\s*(?P<page>\S+)\s*(?:Address:\n(?:.+\n)+\n)?", re.IGNORECASE
)
_MAX_TAGS: Final = 10


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for every event of a file: where it came from, and the zone of days and zoneless times."""

    url: str
    zone: str
    own_zone: str | None = None  # what the file itself says
    cancelled: bool = False


def event_of(component: Any, context: Context, recurrence: date | None = None) -> Event:
    """Return the event; ValueError or another exception when the component makes no sense."""
    starts, ends = component["DTSTART"].dt, _end(component)
    all_day = not isinstance(starts, datetime)
    zone = context.zone if all_day else _zone(starts, context)
    words = text.unescaped(str(component.get("DESCRIPTION", "")))
    luma = _LUMA_LEAD.match(words)
    place, online, page = _places(str(component.get("LOCATION", "")), component, words)
    return Event(
        key=occurrence_key(str(component["UID"]), recurrence),
        kind=EventKind.MEETUP,
        title=text.title(component.get("SUMMARY")),
        starts_at=_instant(starts, zone),
        ends_at=_instant_of_end(starts, ends, zone),
        zone=zone,
        all_day=all_day,
        place=place,
        online_url=online,
        url=text.link(component.get("URL"), context.url)
        or text.link(luma["page"] if luma else None)
        or page
        or _page_in(words),
        host=_host(component.get("ORGANIZER")),
        description=text.description(words[luma.end() :] if luma else words),
        status=EventStatus.CANCELLED if context.cancelled else _status(component),
        tags=_tags(component.get("CATEGORIES")),
    )


def _end(component: Any) -> Any:
    if "DTEND" in component:
        return component["DTEND"].dt
    return component["DTSTART"].dt + component["DURATION"].dt if "DURATION" in component else None


def _instant(moment: date, zone: str) -> datetime:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return midnight(moment.year, moment.month, moment.day, zone)


def _instant_of_end(starts: date, ends: date | None, zone: str) -> datetime | None:
    """Return the end, if it says anything: none that equals the start, and of days the midnight after."""
    begin = _instant(starts, zone)
    end = None if ends is None else _instant(ends, zone)
    if isinstance(starts, datetime):
        return end if end is not None and end > begin else None
    return end if end is not None and end > begin else _instant(starts + timedelta(days=1), zone)


def _zone(starts: datetime, context: Context) -> str:
    zone = zone_of(starts, context.zone)
    # An instant in UTC is to be shown in the calendar's zone, where it has one.
    return context.own_zone or zone if zone == "UTC" else zone


def _status(component: Any) -> EventStatus:
    return _STATUSES.get(str(component.get("STATUS", "")).strip().upper(), EventStatus.CONFIRMED)


def _places(location: str, component: Any, words: str) -> tuple[str | None, str | None, str | None]:
    """Return the place, where to join, and a page to read, out of the location and what says more."""
    location = text.plain(location)
    found = text.links(location)
    # Luma writes the event's page where the place is not public.
    page = next((link for link in found if text.host_is(link, "lu.ma", "luma.com")), None)
    conference = next((link for name in _CONFERENCE if (link := text.link(component.get(name)))), None)
    online = next((link for link in found if link != page), None) or conference or text.meeting_link(words)
    for link in found:
        location = location.replace(link, " ")
    place = ", ".join(part.strip(" ,") for part in location.split("\n") if part.strip(" ,-:|"))
    return text.line(place, 200), online, page


def _page_in(words: str) -> str | None:
    return next((link for link in text.links(words) if not text.is_meeting(link)), None)


def _host(organizer: Any) -> str | None:
    name = text.line(getattr(organizer, "params", {}).get("CN"), 100)
    # Addresses of people are not for a channel.
    return None if name is None or "@" in name else name


def _tags(categories: Any) -> tuple[str, ...]:
    groups = categories if isinstance(categories, list) else [categories]
    names = (text.line(name, 50) for group in groups for name in getattr(group, "cats", ()))
    return tuple(dict.fromkeys(name for name in names if name))[:_MAX_TAGS]
