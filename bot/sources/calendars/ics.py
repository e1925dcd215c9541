"""iCalendar files: single events, series, overrides, cancellations (RFC 5545).

`lines` and `dates` put the text in order, `series` has it parsed and expanded, `vevents` makes events of it.
"""

import warnings
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.domain.events import Event, Window
from bot.sources.calendars import text
from bot.sources.calendars.calendar import (
    MAX_EVENTS,
    MAX_OF_SERIES,
    Calendar,
    CalendarKind,
    RepeatsTooOften,
    build,
    in_window,
    window,
)
from bot.sources.calendars.dates import (
    DATE_PROPERTIES,
    day_of,
    mended_dates,
    mended_rule,
    moment_of,
    repeats_within_a_day,
    rule_parts,
)
from bot.sources.calendars.lines import Block, Document, Property, read_document, unescape
from bot.sources.calendars.series import aligned, occurrences, parsed, recurrence_of
from bot.sources.calendars.vevents import Context, event_of
from bot.sources.calendars.zones import midnight

MAX_EXPANDED: Final = 5_000
"""Occurrences of all series together, two seconds' work; large club calendars have 2,000 in a year."""

_MAX_SINGLES: Final = 2 * MAX_EVENTS
_MAX_BLOCKS: Final = 500
"""Of one series: the rule and the occurrences that were changed one by one."""

_MAX_DATES: Final = 1000
"""Of one event; every second day of the window would be 200."""

_FIRST_LOOK: Final = timedelta(days=75)
_MARGIN: Final = 10  # occurrences of days around now, of which some fall out of the window


@dataclass(frozen=True, slots=True)
class _File:
    document: Document
    zone: str  # of times that name none
    context: Context
    span: Window

    @property
    def days(self) -> tuple[date, date]:
        """The window's first and last day, with room for zones on both sides."""
        return self.span.start.date() - timedelta(days=2), self.span.end.date() + timedelta(days=2)


def parse_ics(body: bytes, *, url: str, default_zone: str, now: datetime) -> Calendar:
    """Read an iCalendar file; raises Broken or RepeatsTooOften."""
    document = read_document(body)
    zone = document.zone or default_zone
    # Days begin where the calendar's times are, should it name one place.
    context = Context(url, document.zone or document.only_zone or zone, document.zone, document.cancels)
    file = _File(document, zone, context, window(now))
    skipped: list[str] = []
    singles: list[tuple[date, Block]] = []
    series: dict[str, list[Block]] = defaultdict(list)
    for block in document.events:
        try:
            starts = _start(block, file)
            if _is_outside(block, starts, file):
                continue
            mended = _mended(block, starts, file)
        except (ValueError, OverflowError) as error:
            skipped.append(f"{_named(block)}: {error}")
            continue
        if any(block.first(name) for name in ("RRULE", "RDATE", "RECURRENCE-ID")):
            series[mended.value("UID")].append(mended)
        else:
            singles.append((day_of(starts), mended))
    for _, block in singles:
        # The event that a recurrence id belongs to need not repeat by a rule.
        if (uid := block.value("UID")) in series:
            series[uid].append(block)
    singles = [(day, block) for day, block in singles if block.value("UID") not in series]
    import icalendar

    # Zones that an earlier file defined are kept by icalendar under the names they had there.
    icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        # They speak to programmers: a guessed zone, an UNTIL beside a COUNT.
        warnings.simplefilter("ignore")
        first, until_first = _singles(singles, file, skipped)
        others, until_others = _all_series(series, file, skipped)
    return build(
        CalendarKind.ICALENDAR,
        text.line(document.name, 100),
        [*first, *others],
        now=now,
        complete_until=min(until_first, until_others),
        skipped=skipped,
    )


def _start(block: Block, file: _File) -> date:
    start = block.first("DTSTART")
    if start is None:
        raise ValueError("it has no start")
    if block.value("CLASS").upper() in {"PRIVATE", "CONFIDENTIAL"}:
        raise ValueError("it is marked as private")
    return moment_of(start, file.zone, file.document.zone_for)


def _mended(block: Block, starts: date, file: _File) -> Block:
    """Return the block with dates and rules in order; ValueError when that cannot be done."""
    properties: list[Property] = []
    dates = 0
    for found in block.properties:
        if found.name in DATE_PROPERTIES:
            mended = list(
                mended_dates(
                    found, file.zone, file.document.zone_for, frozenset(file.document.definitions), file.days
                )
            )
            dates += len(mended)
            if dates > _MAX_DATES:
                raise ValueError("it has too many dates")
            properties.extend(mended)
        elif found.name == "RRULE":
            if repeats_within_a_day(found.value):
                raise RepeatsTooOften(
                    f"The calendar's event {_named(block)} repeats several times a day. Make it daily, or "
                    "choose a calendar that holds only your meetups."
                )
            rule = mended_rule(found, starts, file.context.zone, file.span.end)
            properties.extend([rule] if rule else [])
        elif found.name != "DURATION" or block.first("DTEND") is None:
            properties.append(found)
    if not block.value("UID"):
        uid = f"{block.value('DTSTART')} {block.value('SUMMARY')}"
        properties = [*(found for found in properties if found.name != "UID"), Property("UID", {}, uid)]
    return Block(properties)


def _is_outside(block: Block, starts: date, file: _File) -> bool:
    """Whether the block has no part in the window, told cheaply: some calendars hold years of history."""
    recurrence = block.first("RECURRENCE-ID")
    if block.first("RDATE") is not None or (recurrence is not None and "RANGE" in recurrence.params):
        return False
    zone, zone_for = file.zone, file.document.zone_for
    first = last = day_of(starts)
    if recurrence is not None:
        # An occurrence that was moved away has to be known, or it would be seen where it was.
        was = day_of(moment_of(recurrence, zone, zone_for))
        first, last = min(first, was), max(last, was)
    if rule := block.first("RRULE"):
        until = rule_parts(rule.value).get("UNTIL")
        last = max(
            last, day_of(moment_of(Property("UNTIL", {}, until), zone, zone_for)) if until else file.days[1]
        )
    length = timedelta()
    if end := block.first("DTEND"):
        with suppress(ValueError):
            length = max(length, day_of(moment_of(end, zone, zone_for)) - day_of(starts))
    elif block.first("DURATION") is not None:
        length = timedelta(days=366)
    return last + length < file.days[0] or first > file.days[1]


def _singles(
    singles: list[tuple[date, Block]], file: _File, skipped: list[str]
) -> tuple[list[Event], datetime]:
    """Read the events that do not repeat, the next ones first and not many more than are kept."""
    singles.sort(key=lambda pair: pair[0])
    until = file.span.end
    if len(singles) > _MAX_SINGLES:
        day = singles[_MAX_SINGLES][0]
        until = midnight(day.year, day.month, day.day, file.zone)
    events: list[Event] = []
    for _, block in singles[:_MAX_SINGLES]:
        try:
            events.append(event_of(parsed([block], file.document).walk("VEVENT")[0], file.context))
        except Exception as error:  # noqa: BLE001 - the libraries give no promise on what a broken event raises
            skipped.append(_unreadable(block, error))
    return events, until


def _all_series(
    series: dict[str, list[Block]], file: _File, skipped: list[str]
) -> tuple[list[Event], datetime]:
    """Read the events that repeat, by their UIDs; say up to when nothing was left out."""
    events: list[Event] = []
    until, expanded = file.span.end, 0
    for blocks in series.values():
        if len(blocks) > _MAX_BLOCKS:
            skipped.append(f"{_named(blocks[0])}: too many of its dates were changed")
            continue
        try:
            found, count, complete_until = _expanded(blocks, file)
        except Exception as error:  # noqa: BLE001 - as above
            skipped.append(_unreadable(blocks[0], error))
            continue
        expanded += count
        if expanded > MAX_EXPANDED:
            raise RepeatsTooOften(
                "The calendar repeats more events than can be read. Choose one that holds only your meetups."
            )
        until = min(until, complete_until)
        events.extend(found)
    return events, until


def _expanded(blocks: list[Block], file: _File) -> tuple[list[Event], int, datetime]:
    """Return the next events of one UID, how many were looked at, and up to when they are all."""
    calendar = parsed(aligned(blocks), file.document)
    components = calendar.walk("VEVENT")
    count = 0
    # What repeats daily has its share long before the end of the window.
    for end in (min(file.span.start + _FIRST_LOOK, file.span.end), file.span.end):
        listed = occurrences(calendar, file.span.start, end)
        count += len(listed)
        if len(listed) > MAX_OF_SERIES or count > MAX_EXPANDED:
            break
    events = [
        event_of(found, file.context, recurrence_of(found, components))
        for found in listed[: MAX_OF_SERIES + _MARGIN]
    ]
    events = sorted((e for e in events if in_window(e, file.span)), key=lambda event: event.starts_at)
    if len(listed) <= MAX_OF_SERIES:
        return events, count, file.span.end
    kept = events[:MAX_OF_SERIES]
    return kept, count, kept[-1].starts_at if kept else file.span.end


def _named(block: Block) -> str:
    return f"“{text.line(unescape(block.value('SUMMARY')), 60) or 'Untitled event'}”"


def _unreadable(block: Block, error: Exception) -> str:
    return f"{_named(block)}: it cannot be read ({type(error).__name__})"
