"""One body, whatever it is: judged by what it holds, since servers say all sorts of things in their headers."""

import json
import re
from datetime import datetime

from bot.sources.calendars.api import parse_api
from bot.sources.calendars.calendar import Broken, Calendar, CalendarKind, CalendarRefused, NotCalendar, build
from bot.sources.calendars.feeds import parse_feed
from bot.sources.calendars.ics import parse_ics
from bot.sources.calendars.jsonld import load_blocks, read_jsonld
from bot.sources.calendars.pages import refuse_login, scan_page

_ELSEWHERE = "Look for the calendar's iCal, .ics or “subscribe” link and use that."
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_CALENDAR = re.compile(rb"^\s*BEGIN\s*:\s*VCALENDAR", re.IGNORECASE | re.MULTILINE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def parse_calendar(
    body: bytes, *, content_type: str | None, url: str, default_zone: str, now: datetime
) -> Calendar:
    """Read a calendar out of what an address answered; every failure is a `SourceError`.

    `url` is where it came from, `default_zone` the IANA zone of times that name none. `content_type` is only
    used to name what cannot be read. Meant for a process with limits on time and memory.
    """
    try:
        return _parse(body, content_type, url, default_zone, now)
    except CalendarRefused:
        raise
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        AttributeError,
        OSError,
        RecursionError,
    ) as error:
        # The libraries underneath give no promise on what they raise for broken input.
        raise Broken(f"The calendar cannot be read ({type(error).__name__}). {_ELSEWHERE}") from error


def is_page(body: bytes) -> bool:
    """Whether a body is a web page."""
    head = _head(body)
    return head.startswith(b"<") and not _FEED.search(head) and not _CALENDAR.search(head)


def _parse(body: bytes, content_type: str | None, url: str, default_zone: str, now: datetime) -> Calendar:
    head = _head(body)
    if not head:
        raise NotCalendar(f"The address answers with an empty document. {_ELSEWHERE}")
    if _CALENDAR.search(head):
        return parse_ics(body, url=url, default_zone=default_zone, now=now)
    if head[:1] in {b"{", b"["}:
        return _parse_json(body, url, default_zone, now)
    if head.startswith(b"<"):
        if _FEED.search(head):
            return parse_feed(body, url=url, default_zone=default_zone, now=now)
        return _parse_page(body, url, default_zone, now)
    if b"\x00" in head or content_type in {"application/pdf", "application/zip"} or head.startswith(b"%PDF"):
        raise NotCalendar(f"The address leads to a file that is no calendar, such as a picture. {_ELSEWHERE}")
    raise NotCalendar(f"The address answers with text that is no calendar. {_ELSEWHERE}")


def _parse_page(body: bytes, url: str, default_zone: str, now: datetime) -> Calendar:
    refuse_login(body, url)
    page = scan_page(body)
    found = read_jsonld(load_blocks(page.scripts), url=url, default_zone=default_zone)
    if not found.anything:
        raise NotCalendar(f"This is a web page without events that can be read. {_ELSEWHERE}")
    return build(CalendarKind.PAGE, page.title, found.events, now=now, skipped=found.skipped)


def _parse_json(body: bytes, url: str, default_zone: str, now: datetime) -> Calendar:
    try:
        data = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Broken(f"The data at this address breaks off or is garbled. {_ELSEWHERE}") from error
    found = read_jsonld(data, url=url, default_zone=default_zone)
    if found.anything:
        return build(CalendarKind.PAGE, None, found.events, now=now, skipped=found.skipped)
    calendar = parse_api(data, default_zone=default_zone, now=now)
    if calendar is None:
        raise NotCalendar(f"The address answers with data that holds no events. {_ELSEWHERE}")
    return calendar


def _head(body: bytes) -> bytes:
    head = body[:8192]
    if head.startswith(_BOMS[1:]):
        head = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    return head.removeprefix(_BOMS[0]).strip()
