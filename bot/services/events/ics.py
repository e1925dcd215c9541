"""Writes events as an iCalendar file (RFC 5545) that people can keep in their own calendar."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.agenda import Listed
from bot.domain.events import Event, EventStatus

if TYPE_CHECKING:
    from icalendar import Event as Component

_STATUS = {
    EventStatus.CONFIRMED: "CONFIRMED",
    EventStatus.TENTATIVE: "TENTATIVE",
    EventStatus.CANCELLED: "CANCELLED",
}


def write_calendar(name: str, listed: Iterable[Listed]) -> bytes:
    """Return the events as a calendar: the same events, byte for byte the same file.

    A UID stays with its event, SEQUENCE grows when it changes, and what is cancelled is in it as cancelled,
    so that reading the file again puts the reader's calendar right.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Cohort//Events//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for each in listed:
        calendar.add_component(_component(each))
    written: bytes = calendar.to_ical()
    return written


def uid_of(listed: Listed) -> str:
    """Return the UID of an event: that of no other, and the same in every file."""
    code = hashlib.sha256(f"{listed.source}|{listed.event.key}".encode()).hexdigest()[:32]
    return f"{code}@cohort"


def _component(listed: Listed) -> "Component":
    from icalendar import Event as Component

    event = listed.current
    component = Component()
    component.add("uid", uid_of(listed))
    component.add("dtstamp", listed.changed_at)
    component.add("created", listed.first_seen_at)
    component.add("last-modified", listed.changed_at)
    component.add("sequence", listed.revision)
    component.add("status", _STATUS[event.status])
    component.add("summary", event.title)
    if event.all_day:
        component.add("dtstart", event.when.first_day)
        component.add("dtend", event.when.last_day + timedelta(days=1))
    else:
        component.add("dtstart", event.starts_at)
        if event.ends_at is not None and event.ends_at > event.starts_at:
            component.add("dtend", event.ends_at)
    for name, value in _texts(event):
        component.add(name, value)
    return component


def _texts(event: Event) -> list[tuple[str, str]]:
    place = event.place or event.online_url
    link = event.url or event.online_url
    found = [("location", place), ("url", link), ("description", event.description or None)]
    return [(name, value) for name, value in found if value]
