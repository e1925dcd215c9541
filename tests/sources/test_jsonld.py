"""Web pages with schema.org events, JSON of three sites, and feeds with event dates: written by hand."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.domain.events import Event, EventStatus
from bot.sources.calendars import (
    Broken,
    Calendar,
    CalendarKind,
    ErrorReported,
    NoEventDates,
    NotCalendar,
    Private,
    parse_calendar,
)
from bot.sources.calendars.times import read_duration, read_time

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = "https://club.example/events/"
EVENT = {
    "@context": "https://schema.org",
    "@type": "Event",
    "name": "Paper night",
    "startDate": "2026-03-10T18:00:00+01:00",
    "url": "https://club.example/events/paper-night?utm_source=x",
}


def read(body: bytes | Any, zone: str = "Europe/Berlin", url: str = HERE) -> Calendar:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_calendar(raw, content_type=None, url=url, default_zone=zone, now=NOW)


def page(*blocks: Any, head: str = "") -> bytes:
    scripts = "".join(
        f'<script type="application/ld+json">{b if isinstance(b, str) else json.dumps(b)}</script>'
        for b in blocks
    )
    return f"<!doctype html><html><head><title>Our &amp; events</title>{head}{scripts}</head><body>x</body></html>".encode()


def only(*blocks: Any, zone: str = "Europe/Berlin") -> Event:
    calendar = read(page(*blocks), zone)
    assert (calendar.kind, calendar.skipped) == (CalendarKind.PAGE, ())
    (event,) = calendar.events
    return event


def with_(**changes: Any) -> dict[str, Any]:
    return {**EVENT, **changes}


def test_everything_of_one_event() -> None:
    event = only(
        with_(
            endDate="2026-03-10T20:00:00+01:00",
            location={
                "@type": "Place",
                "name": "Library",
                "address": {"@type": "PostalAddress", "streetAddress": "Main Street 1", "addressLocality": "Berlin", "postalCode": "10115"},
            },
            organizer={"@type": "Organization", "name": "The club"},
            description="We &amp;amp; you<br>read.",
        )
    )  # fmt: skip
    assert (event.title, event.host, event.place) == (
        "Paper night",
        "The club",
        "Library, Main Street 1, Berlin, 10115",
    )
    assert (event.starts_at, event.ends_at) == (
        datetime(2026, 3, 10, 17, tzinfo=UTC),
        datetime(2026, 3, 10, 19, tzinfo=UTC),
    )
    assert (event.zone, event.url) == ("Europe/Berlin", EVENT["url"])
    assert event.description == "We & you\nread."
    assert event.key == "ld://club.example/events/paper-night"


@pytest.mark.parametrize(
    "nested",
    [
        [EVENT],
        [[EVENT]],
        {"@graph": [{"@type": "WebSite"}, EVENT]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": EVENT}]},
        {"@type": "Place", "name": "Library", "event": [EVENT]},
        {"@type": "Organization", "events": EVENT},
        {"@type": "WebPage", "mainEntity": {"about": {"deeper": [EVENT]}}},
        {"@type": "EventSeries", "name": "Series", "startDate": "2026-01-01", "subEvent": [EVENT]},
        {"@type": ["Event", "Thing"], **{k: v for k, v in EVENT.items() if k != "@type"}},
        with_(**{"@type": "https://schema.org/EducationEvent"}),
        with_(**{"@type": "Hackathon"}),
        with_(superEvent={"@type": "Event", "name": "Bigger", "startDate": "2026-03-01"}),
    ],
)
def test_events_are_found_wherever_they_are(nested: Any) -> None:
    assert only(nested).title == "Paper night"
    assert read(nested).events == read(page(nested)).events


@pytest.mark.parametrize(
    "other",
    [
        {"@type": "BroadcastEvent", "name": "On air", "startDate": "2026-03-10"},
        {"@type": "EventVenue", "name": "Hall"},
        {"@type": "EventSeries", "name": "Series"},
        {"@type": "Article", "datePublished": "2026-03-01"},
        {"@type": 7},
        [],
        None,
    ],
)
def test_other_things_are_no_events(other: Any) -> None:
    with pytest.raises(NotCalendar, match="web page without events"):
        read(page(other))


@pytest.mark.parametrize(
    ("written", "instant", "zone"),
    [
        ("2026-03-10T18:00:00+01:00", "17:00", "Europe/Berlin"),
        ("2026-03-10T12:30:00:00+01:00", "11:30", "Europe/Berlin"),
        ("2026-03-10T18:00+0100", "17:00", "Europe/Berlin"),
        ("2026-03-10T18:00:00.000Z", "18:00", "UTC"),
        ("2026-03-10 18:00:00", "17:00", "Europe/Berlin"),
        ("2026-3-10T18:00-5:00", "23:00", "Etc/GMT+5"),
        ("20260310T180000Z", "18:00", "UTC"),
        ("2026-03-10T18:00:00+05:30", "12:30", "Asia/Kolkata"),
        ("2026-03-10T18:00:00[America/New_York]", "22:00", "America/New_York"),
        ("Tue, 10 Mar 2026 18:00:00 +0100", "17:00", "Europe/Berlin"),
    ],
)
def test_times(written: str, instant: str, zone: str) -> None:
    event = only(with_(startDate=written))
    assert (f"{event.starts_at:%d %H:%M}", event.zone, event.all_day) == (f"10 {instant}", zone, False)


@pytest.mark.parametrize(
    "written",
    ["soon", "2026-02-30", "2026-03-10T25:00", "0000-01-01", "2026-03-10T18:00+99:00", "", None, 5, {}],
)
def test_times_that_are_none(written: Any) -> None:
    with pytest.raises(ValueError, match=r"date|month|hour|year|offset"):
        read_time(written, "UTC")
    calendar = read(page(EVENT, with_(startDate=written, name="Odd", url="https://club.example/odd")))
    assert [e.title for e in calendar.events] == ["Paper night"]
    assert calendar.skipped[0].startswith("“Odd”: ")


def test_durations() -> None:
    assert read_duration("P0Y0M0DT2H0M0S") == timedelta(hours=2)
    assert read_duration("P1DT30M") == timedelta(days=1, minutes=30)
    assert [read_duration(value) for value in ("2 hours", None, "P" + "9" * 40 + "D")] == [None, None, None]


def test_days() -> None:
    event = only(with_(startDate="2026-03-10", endDate="2026-03-11"))
    assert (event.all_day, event.when.first_day, event.when.last_day) == (
        True,
        date(2026, 3, 10),
        date(2026, 3, 11),
    )
    assert only(with_(startDate="2026-03-10", endDate="2026-03-10")).when.last_day == date(2026, 3, 10)
    assert only(with_(endDate="2026-03-10")).ends_at is None
    assert only(with_(endDate="2026-03-09T10:00:00Z")).ends_at is None


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("https://schema.org/EventScheduled", EventStatus.CONFIRMED),
        ("http://schema.org/EventCancelled", EventStatus.CANCELLED),
        ("https://schema.org/EventCancelled", EventStatus.CANCELLED),
        ("EventCancelled", EventStatus.CANCELLED),
        ("https://schema.org/EventPostponed", EventStatus.CANCELLED),
        ("https://schema.org/EventRescheduled", EventStatus.CONFIRMED),
        ({"odd": 1}, EventStatus.CONFIRMED),
        (None, EventStatus.CONFIRMED),
    ],
)
def test_statuses(written: Any, status: EventStatus) -> None:
    assert only(with_(eventStatus=written)).status is status


VIRTUAL = {"@type": "VirtualLocation", "url": "https://meet.example/x"}


@pytest.mark.parametrize(
    ("location", "place", "online"),
    [
        (VIRTUAL, None, "https://meet.example/x"),
        ([{"@type": "Place", "name": "Hall"}, VIRTUAL], "Hall", "https://meet.example/x"),
        ("https://meet.example/x", None, "https://meet.example/x"),
        ("Hall, Main Street", "Hall, Main Street", None),
        ({"@type": "Place", "name": "Hall", "address": "Hall, Main Street 1"}, "Hall, Main Street 1", None),
        ({"@type": "Place", "address": {"addressLocality": "Bonn"}}, "Bonn", None),
        ({"@type": "Place", "address": [{"streetAddress": "A 1"}]}, "A 1", None),
        ({"@id": "#hall"}, "The hall", None),
        (7, "7", None),
        (None, None, None),
    ],
)
def test_places(location: Any, place: str | None, online: str | None) -> None:
    event = only(with_(location=location), {"@type": "Place", "@id": "#hall", "name": "The hall"})
    assert (event.place, event.online_url) == (place, online)


def test_an_event_stays_itself_when_it_is_moved_renamed_or_reached_from_elsewhere() -> None:
    other = with_(
        name="Other night",
        startDate="2026-03-12",
        url="http://CLUB.example/events/paper-night/?aff=abc&fbclid=1",
    )
    assert only(EVENT).key == only(other).key
    assert only(with_(url="/events/paper-night")).key == only(EVENT).key
    assert only(with_(url=EVENT["url"] + "&id=2")).key != only(EVENT).key


def test_occurrences_that_share_an_address_are_told_apart() -> None:
    calendar = read(page(EVENT, with_(startDate="2026-04-10T18:00:00+02:00"), EVENT))
    assert [e.key for e in calendar.events] == [
        "ld://club.example/events/paper-night:2026-03-10T18:00:00+01:00",
        "ld://club.example/events/paper-night:2026-04-10T18:00:00+02:00",
    ]


def test_scripts_as_pages_have_them() -> None:
    broken = '{"@type": "Event", "name": '
    commas = json.dumps(EVENT)[:-1] + ",}"
    lines = json.dumps(with_(name="Two lines", url="/2")).replace("Two lines", "Two\nlines")
    comment = f"<!-- {json.dumps(with_(name='Third', url='/3'))} -->"
    calendar = read(page(broken, commas, lines, comment))
    assert sorted(e.title for e in calendar.events) == ["Paper night", "Third", "Two lines"]
    assert calendar.name == "Our & events"
    upper = (
        page(EVENT)
        .replace(b"script", b"SCRIPT")
        .replace(b'"application/ld+json"', b"'application/LD+JSON; charset=utf-8'")
    )
    assert len(read(upper).events) == 1


@pytest.mark.parametrize(
    "endless",
    ["<a ", "<!", "<!--", "<![cdata[", "</", "&a", "<script", "<link ", "<title>", "<script>", "a='"],
)
def test_a_page_without_end_takes_no_time_without_end(endless: str) -> None:
    # Fed to the parser as a whole, each of these takes time by the square of its length.
    body = (
        b"<html><script type='application/ld+json'>"
        + json.dumps(EVENT).encode()
        + b"</script>"
        + endless.encode() * 200_000
    )
    assert len(read(body).events) == 1


def test_a_page_covers_what_it_lists() -> None:
    calendar = read(page(EVENT, with_(startDate="2026-04-10", url="/2")))
    assert calendar.covers.end == calendar.events[-1].starts_at


@pytest.mark.parametrize(
    ("body", "url", "words"),
    [
        (b'<!doctype html><html><head><base href="https://accounts.google.com/v3/signin/"></head></html>', HERE, "Google Calendar"),
        (b"<html><body>Sign in</body></html>", "https://accounts.google.com/ServiceLogin?x=1", "Google Calendar"),
        (b"<html></html>", "https://login.microsoftonline.com/common/oauth2", "Outlook"),
    ],
)  # fmt: skip
def test_login_pages_are_told_from_other_pages(body: bytes, url: str, words: str) -> None:
    with pytest.raises(Private, match=f"This calendar is private. In {words}"):
        read(body, url=url)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"message": "Group not found"}, ErrorReported, "“Group not found”"),
        ({"errors": [{"message": "Bad query"}]}, ErrorReported, "“Bad query”"),
        ({"error": "NOT_FOUND", "error_description": "No such event"}, ErrorReported, "“No such event”"),
        ({"data": {"groupByUrlname": None}}, ErrorReported, "no group of this name"),
        ({"a": 1}, NotCalendar, "data that holds no events"),
        ([1, 2], NotCalendar, "data that holds no events"),
        (b'{"message": ', Broken, "garbled"),
        (b"[" * 100_000, Broken, "garbled"),
    ],
)
def test_data_without_events(answer: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        read(answer)


def test_eventbrite() -> None:
    item = {
        "id": "12",
        "name": {"text": "Talk &amp; pizza"},
        "start": {"timezone": "Europe/London", "utc": "2026-03-10T18:30:00Z"},
        "end": {"timezone": "Europe/London", "utc": "2026-03-10T21:00:00Z"},
        "url": "https://www.eventbrite.co.uk/e/12",
        "status": "live",
        "venue": {"name": "Refuge", "address": {"localized_address_display": "27 Street, Town"}},
    }
    off = {**item, "id": "13", "event_sales_status": {"message_code": "event_cancelled"}}
    calendar = read({"pagination": {}, "events": [item, off, {"id": "14"}]})
    first, second = calendar.events
    assert (calendar.kind, first.key, first.title, first.zone) == (
        CalendarKind.API, "eventbrite:12", "Talk & pizza", "Europe/London",
    )  # fmt: skip
    assert (first.place, second.status) == ("Refuge, 27 Street, Town", EventStatus.CANCELLED)
    assert calendar.skipped == ("event 3: 'start'",)


def test_luma() -> None:
    entry = {
        "api_id": "calev-1",
        "event": {
            "api_id": "evt-1", "name": "Demo night", "start_at": "2026-03-10T18:00:00.000Z", "timezone": "America/New_York",
            "end_at": "2026-03-10T20:00:00.000Z", "url": "abc123", "geo_address_info": {"city_state": "Greenville, South Carolina"},
        },
        "calendar": {"name": "Demos"},
        "hosts": [{"name": "Ada"}],
    }  # fmt: skip
    calendar = read({"entries": [entry], "has_more": False})
    (event,) = calendar.events
    assert (event.key, event.url, event.host) == ("evt-1@events.lu.ma", "https://luma.com/abc123", "Ada")
    assert (event.place, event.zone, calendar.name) == (
        "Greenville, South Carolina",
        "America/New_York",
        "Demos",
    )
    assert read({"entries": [], "has_more": False}).events == ()


def test_meetup() -> None:
    rest = [
        {
            "id": "x1", "name": "Hack", "time": 1773162000000, "duration": 7200000, "status": "cancelled", "is_online_event": True,
            "group": {"name": "Coders", "timezone": "US/Eastern"}, "link": "https://www.meetup.com/coders/events/x1/",
        }
    ]  # fmt: skip
    (event,) = read(rest).events
    assert (event.key, event.starts_at, event.place) == (
        "event_x1@meetup.com", datetime(2026, 3, 10, 17, tzinfo=UTC), "Online",
    )  # fmt: skip
    assert (event.status, event.zone, event.host) == (EventStatus.CANCELLED, "US/Eastern", "Coders")
    node = {
        "id": "x1",
        "title": "Hack",
        "dateTime": "2026-03-10T13:00-04:00",
        "endTime": "2026-03-10T15:00-04:00",
        "status": "ACTIVE",
    }
    graph = {
        "data": {
            "groupByUrlname": {
                "name": "Coders",
                "timezone": "US/Eastern",
                "events": {"edges": [{"node": node}]},
            }
        }
    }
    (again,) = read(graph).events
    assert (again.key, again.starts_at, again.ends_at, again.zone) == (
        event.key,
        event.starts_at,
        event.ends_at,
        "US/Eastern",
    )


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:ev="http://purl.org/rss/1.0/modules/event/"
xmlns:xCal="urn:ietf:params:xml:ns:xcal"><channel><title>Club dates</title>{}</channel></rss>"""


def test_feeds_with_dates() -> None:
    items = (
        "<item><title>First</title><link>https://club.example/1</link><guid>1</guid>"
        "<pubDate>Mon, 02 Feb 2026 10:00:00 GMT</pubDate><ev:startdate>2026-03-10T18:00:00+01:00</ev:startdate>"
        "<ev:enddate>2026-03-10T20:00:00+01:00</ev:enddate><ev:location>Hall</ev:location>"
        "<ev:organizer>Ada</ev:organizer></item>"
        "<item><title>Second</title><link>https://club.example/2</link><xCal:dtstart>2026-03-12</xCal:dtstart></item>"
        "<item><title>Odd</title><ev:startdate>soon</ev:startdate></item><item><title>News</title></item>"
    )
    calendar = read(RSS.format(items).encode())
    first, second = calendar.events
    assert (calendar.kind, calendar.name, calendar.skipped) == (
        CalendarKind.FEED, "Club dates", ("item 3: 'soon' is not a date",),
    )  # fmt: skip
    assert (first.key, first.starts_at, first.place, first.host) == (
        "feed:1", datetime(2026, 3, 10, 17, tzinfo=UTC), "Hall", "Ada",
    )  # fmt: skip
    assert (second.all_day, second.when.first_day) == (True, date(2026, 3, 12))
    assert read(RSS.format("").encode()).events == ()


@pytest.mark.parametrize(
    "body",
    [
        RSS.format("<item><title>News</title><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>"),
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><updated>2026-03-10T00:00:00Z</updated></entry></feed>',
        '<rss version="2.0"><channel><title>/etc/passwd</title></channel></rss>',
    ],
)
def test_news_has_no_event_dates(body: str) -> None:
    with pytest.raises(NoEventDates, match="This feed has no event dates"):
        read(body.encode())


def test_a_feed_that_breaks_off() -> None:
    with pytest.raises(Broken, match="breaks off"):
        read(RSS.format("<item><title>Fir").split("Fir")[0].encode() + b"Fir")
