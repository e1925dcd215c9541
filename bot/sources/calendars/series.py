"""Blocks of one UID: parsed by icalendar, expanded by recurring-ical-events.

x-wr-timezone gives times in UTC the calendar's own zone, whose clocks its series follow.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.sources.calendars.dates import aligned_recurrence, day_of
from bot.sources.calendars.lines import Block, Document, Property


def aligned(blocks: list[Block]) -> list[Block]:
    """Return the blocks with every recurrence id in the form of the series' start."""
    core = next((block for block in blocks if block.first("RECURRENCE-ID") is None), None)
    if core is None or (start := core.first("DTSTART")) is None:
        return blocks
    return [
        Block(
            [
                aligned_recurrence(found, start) if found.name == "RECURRENCE-ID" else found
                for found in block.properties
            ]
        )
        for block in blocks
    ]


def occurrences(calendar: Any, start: datetime, end: datetime) -> list[Any]:
    """Return the occurrences in order of their day."""
    import recurring_ical_events  # type: ignore[import-untyped]

    # The library reads days without a zone: a day more on both sides, and the window cuts precisely.
    margin = timedelta(days=1)
    found = recurring_ical_events.of(calendar).between(start - margin, end + margin)
    return sorted(found, key=lambda component: day_of(component["DTSTART"].dt))


def recurrence_of(found: Any, components: list[Any]) -> date | None:
    """Return the start that was first set for an occurrence."""
    if "RECURRENCE-ID" not in found:
        return None
    if found["RECURRENCE-ID"].params.get("RANGE") == "THISANDFUTURE":
        # The library gives all of them the first one's id.
        return _shifted_back(found, components)
    recurrence: date = found["RECURRENCE-ID"].dt
    return recurrence


def _shifted_back(found: Any, components: list[Any]) -> date:
    """Return where an occurrence would be, had "this and all that follow" not been moved."""
    recurrence, starts = found["RECURRENCE-ID"].dt, found["DTSTART"].dt
    for component in components:
        if "RECURRENCE-ID" in component and component["RECURRENCE-ID"].dt == recurrence:
            moved: timedelta = component["DTSTART"].dt - recurrence
            back: date = starts - moved
            return back
    return starts  # type: ignore[no-any-return]


def parsed(blocks: list[Block], document: Document) -> Any:
    """Parse mended blocks, with the VTIMEZONEs that their zones need."""
    import icalendar
    import x_wr_timezone  # type: ignore[import-untyped]

    used = {found.params["TZID"] for block in blocks for found in block.properties if "TZID" in found.params}
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for tzid, definition in document.definitions.items():
        if tzid in used:
            lines += definition
    for block in blocks:
        lines += ["BEGIN:VEVENT", *map(_written, block.properties), "END:VEVENT"]
    lines += ["END:VCALENDAR", ""]
    calendar = icalendar.Calendar.from_ical("\r\n".join(lines))
    if document.zone is not None:
        calendar = x_wr_timezone.to_standard(calendar, timezone=ZoneInfo(document.zone))
    return calendar


def _written(found: Property) -> str:
    params = (
        f";{name}={value}" if value.replace("/", "").isalnum() else f';{name}="{value}"'
        for name, value in found.params.items()
    )
    return f"{found.name}{''.join(params)}:{found.value}"
