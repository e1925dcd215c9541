"""RSS and Atom feeds whose items say when something takes place.

Two vocabularies do: the event module of RSS 1.0 (http://purl.org/rss/1.0/modules/event/, `ev:startdate`)
and xCal (urn:ietf:params:xml:ns:xcal, `xCal:dtstart`). The date of an item itself is when it was written.
"""

from datetime import datetime
from io import BytesIO
from typing import Any, Final

from bot.domain.events import Event, EventKind, event_key
from bot.sources.calendars import text
from bot.sources.calendars.calendar import Broken, Calendar, CalendarKind, NoEventDates, build
from bot.sources.calendars.times import read_time, spanned

_START: Final = ("startdate", "dtstart", "start_date", "eventstart")
_END: Final = ("enddate", "dtend", "end_date", "eventend")
_VOCABULARIES: Final = ("purl.org/rss/1.0/modules/event", "xcal", "rss-calendar")


def parse_feed(body: bytes, *, url: str, default_zone: str, now: datetime) -> Calendar:
    """Read a feed; raises NoEventDates for ordinary news, Broken for what is no feed."""
    import feedparser

    try:
        # Bytes alone would be opened as a file or fetched as a URL if they look like one.
        feed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        entries, channel, namespaces = list(feed.entries), dict(feed.feed), " ".join(feed.namespaces.values())
    except Exception as error:
        raise Broken("The feed cannot be read. Look for the calendar's iCal or .ics link instead.") from error
    if feed.bozo and not body.rstrip().endswith(b">"):
        raise Broken("The feed breaks off in the middle. If this goes on, ask whoever publishes it.")
    events: list[Event] = []
    skipped: list[str] = []
    dated = any(known in namespaces.lower() for known in _VOCABULARIES) and not entries
    for number, entry in enumerate(entries, start=1):
        starts = _field(entry, _START)
        if starts is None:
            continue
        dated = True
        try:
            events.append(_event(entry, starts, url, default_zone))
        except (ValueError, TypeError, OverflowError) as error:
            skipped.append(f"item {number}: {error}")
    if not dated:
        raise NoEventDates(
            "This feed has no event dates: it says when its items were written, not when anything takes place. "
            "Look for the calendar's iCal or .ics link instead."
        )
    name = text.line(channel.get("title"), 100)
    return build(CalendarKind.FEED, name, events, now=now, skipped=skipped)


def _event(entry: Any, starts: str, url: str, default_zone: str) -> Event:
    ends = _field(entry, _END)
    begin, end, zone, all_day = spanned(
        read_time(starts, default_zone), read_time(ends, default_zone) if ends else None, default_zone
    )
    link = text.link(entry.get("link"), url)
    identity = str(entry.get("id") or link or f"{entry.get('title')} {starts}")
    place = _field(entry, ("location",))
    return Event(
        key=event_key("feed", identity),
        kind=EventKind.MEETUP,
        title=text.title(entry.get("title")),
        starts_at=begin,
        ends_at=end,
        zone=zone,
        all_day=all_day,
        place=None if text.link(place) else text.line(place),
        online_url=text.link(place),
        url=link,
        host=text.line(_field(entry, ("organizer",)), 100),
        description=text.description(entry.get("summary")),
    )


def _field(entry: Any, names: tuple[str, ...]) -> str | None:
    """Return an element by its name, whatever prefix the feed gave its vocabulary."""
    for key, value in entry.items():
        _, _, name = key.lower().partition("_")
        if name in names and isinstance(value, str) and value.strip():
            return value.strip()
    return None
