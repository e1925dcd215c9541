"""From a pasted address to events: rewriting, one look into a page, errors that say what to do."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from bot.sources.calendars import (
    CalendarKind,
    FetchedCalendar,
    NotCalendar,
    Private,
    Runs,
    calendar_address,
    fetch_calendar,
)
from bot.sources.calendars.pages import calendar_link
from bot.sources.errors import BadStatus, Busy, SourceError, Unreachable
from bot.sources.http import MAX_BYTES, Response
from bot.sources.worker import Worker

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
T = TypeVar("T")
ICS = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Talk\r\nDTSTART:20260310T180000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
LD = b'<script type="application/ld+json">{"@type":"Event","name":"Listed","startDate":"2026-03-10"}</script>'
LINK = b'<link rel="alternate" type="text/calendar" href="/feed/?ical=1">'


class Pages:
    """A web of answers by address, which remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Response | SourceError] = {}
        self.asked: list[tuple[str, str | None, str | None]] = []

    def put(
        self, url: str, body: bytes = b"", status: int = 200, at: str | None = None, **more: str
    ) -> "Pages":
        self.answers[url] = Response(
            status, body, "text/plain", more.get("etag"), more.get("last_modified"), at or url,
            float(more["retry_after"]) if "retry_after" in more else None,
        )  # fmt: skip
        return self

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        self.asked.append((url, etag, last_modified))
        if url not in self.answers:
            raise Unreachable("No such host.")
        answer = self.answers[url]
        if isinstance(answer, SourceError):
            raise answer
        return answer


async def here(func: Callable[..., T], /, *args: object, limit_s: float, memory_mb: int) -> T:
    assert limit_s > 0
    assert memory_mb > 0
    return func(*args)


async def fetch(pages: Pages, url: str, run: Runs = here, **conditions: str) -> FetchedCalendar:
    return await fetch_calendar(pages, url, run=run, default_zone="Europe/Berlin", now=NOW, **conditions)


MEETUP = "https://www.meetup.com/tokyo-ml/events/ical/"
BASIC = "https://calendar.google.com/calendar/ical/{}/public/basic.ics"


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("https://www.meetup.com/tokyo-ml/", MEETUP),
        ("meetup.com/tokyo-ml", MEETUP),
        ("  <https://www.meetup.com/tokyo-ml/events/?type=upcoming>  ", MEETUP),
        ("https://www.meetup.com/tokyo-ml/events/310825987/", MEETUP),
        ("https://www.meetup.com/ja-JP/tokyo-ml/events/", MEETUP),
        ("https://www.meetup.com/de/tokyo-ml/", MEETUP),
        (MEETUP, MEETUP),
        ("https://luma.com/calendar/cal-AbC123xyz", "https://api.lu.ma/ics/get?entity=calendar&id=cal-AbC123xyz"),
        ("https://lu.ma/ai-tinkerers", "https://lu.ma/ai-tinkerers"),
        ("https://calendar.google.com/calendar/embed?src=abc%40group.calendar.google.com&ctz=UTC", BASIC.format("abc%40group.calendar.google.com")),
        ("https://www.google.com/calendar/embed?src=a@gmail.com", BASIC.format("a%40gmail.com")),
        ("https://calendar.google.com/calendar/u/0?cid=YUBnbWFpbC5jb20", BASIC.format("a%40gmail.com")),
        ("https://calendar.google.com/calendar/u/0/r?cid=a@gmail.com", BASIC.format("a%40gmail.com")),
        (BASIC.format("a%40gmail.com"), BASIC.format("a%40gmail.com")),
        ("https://outlook.live.com/owa/calendar/0/1/cid-2/calendar.html", "https://outlook.live.com/owa/calendar/0/1/cid-2/calendar.ics"),
        ("https://outlook.office365.com/owa/calendar/a@b.c/d/reachcalendar.html?x=1", "https://outlook.office365.com/owa/calendar/a@b.c/d/reachcalendar.ics"),
        ("webcal://p1.icloud.example/published/2/x", "https://p1.icloud.example/published/2/x"),
        ("WEBCALS://club.example/a.ics", "https://club.example/a.ics"),
        ("club.example/a.ics", "https://club.example/a.ics"),
        ("http://club.example/a.ics", "http://club.example/a.ics"),
        ("https://www.eventbrite.com/o/club-123", "https://www.eventbrite.com/o/club-123"),
        ("https://notmeetup.com/tokyo-ml/", "https://notmeetup.com/tokyo-ml/"),
        ("https://meetup.com.evil.example/tokyo-ml/", "https://meetup.com.evil.example/tokyo-ml/"),
    ],
)  # fmt: skip
def test_addresses(pasted: str, address: str) -> None:
    assert calendar_address(pasted) == address
    assert calendar_address(address) == address


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "whole address"),
        ("file:///etc/passwd", "whole address"),
        ("ftp://club.example/a.ics", "whole address"),
        ("https://user:pw@club.example/a.ics", "whole address"),
        ("javascript:alert(1)", "whole address"),
        ("my calendar", "whole address"),
        ("https://www.meetup.com/", "group's page"),
        ("https://www.meetup.com/find/?q=ml", "group's page"),
        ("https://www.meetup.com/en-US/login/", "group's page"),
        ("https://calendar.google.com/calendar/u/0/r", "only yours"),
        ("https://calendar.google.com/calendar/u/0?cid=!!!", "only yours"),
        ("https://www.facebook.com/club/events", "Facebook"),
    ],
)
def test_addresses_that_lead_nowhere(pasted: str, words: str) -> None:
    with pytest.raises(NotCalendar, match=words):
        calendar_address(pasted)


@pytest.mark.parametrize(
    ("url", "body", "link"),
    [
        ("https://club.example/e/", LINK, "https://club.example/feed/?ical=1"),
        ("https://club.example/", b"<LINK TYPE='text/calendar' HREF='webcal://c.example/a.ics'/>", "https://c.example/a.ics"),
        ("https://club.example/", b'<link type="text/calendar" href="javascript:x"><link type="text/calendar" href="b.ics">', "https://club.example/b.ics"),
        ("https://club.example/", b'<link rel="alternate" type="application/rss+xml" href="/rss">', None),
        ("https://club.example/", b'"cal-1234567890abc"', None),
        ("https://luma.com/x", b'{"calendar":{"access_level":"public","api_id":"cal-Right1234567"},"o":"cal-Wrong1234567"}', "https://api.lu.ma/ics/get?entity=calendar&id=cal-Right1234567"),
        ("https://lu.ma/x", b"cal-Other12345678 cal-Most123456789 cal-Most123456789", "https://api.lu.ma/ics/get?entity=calendar&id=cal-Most123456789"),
        ("https://lu.ma/x", b"<html></html>", None),
    ],
)  # fmt: skip
def test_links_in_pages(url: str, body: bytes, link: str | None) -> None:
    assert calendar_link(b"<html><head>" + body, url) == link


async def test_a_calendar_is_fetched_where_it_is() -> None:
    pages = Pages().put(MEETUP, ICS, etag='"1"', last_modified="Mon")
    fetched = await fetch(pages, "meetup.com/tokyo-ml/")
    assert fetched.calendar is not None
    assert [e.title for e in fetched.calendar.events] == ["Talk"]
    assert (fetched.url, fetched.etag, fetched.last_modified) == (MEETUP, '"1"', "Mon")
    assert pages.asked == [(MEETUP, None, None)]


async def test_a_calendar_that_has_not_changed() -> None:
    pages = Pages().put(MEETUP, status=304, etag='"1"')
    fetched = await fetch(pages, MEETUP, etag='"1"', last_modified="Mon")
    assert (fetched.not_modified, fetched.calendar, fetched.etag) == (True, None, '"1"')
    assert pages.asked == [(MEETUP, '"1"', "Mon")]


async def test_a_page_leads_to_its_calendar_in_two_requests() -> None:
    pages = Pages().put("https://club.example/e/", b"<html>" + LINK + LD)
    pages.put("https://club.example/feed/?ical=1", ICS, etag='"c"')
    fetched = await fetch(pages, "https://club.example/e/")
    assert fetched.calendar is not None
    assert (fetched.calendar.kind, fetched.url, fetched.etag) == (
        CalendarKind.ICALENDAR, "https://club.example/feed/?ical=1", '"c"',
    )  # fmt: skip
    assert len(pages.asked) == 2


@pytest.mark.parametrize("status", [200, 404, 500, None])
async def test_a_page_whose_calendar_is_gone_is_read_itself(status: int | None) -> None:
    pages = Pages().put("https://club.example/e/", b"<html>" + LINK + LD, etag='"p"')
    if status is not None:
        pages.put("https://club.example/feed/?ical=1", b"<html>gone</html>", status)
    fetched = await fetch(pages, "https://club.example/e/")
    assert fetched.calendar is not None
    assert [e.title for e in fetched.calendar.events] == ["Listed"]
    assert (fetched.url, fetched.etag) == ("https://club.example/e/", '"p"')


async def test_with_neither_the_calendar_is_what_is_complained_about() -> None:
    pages = Pages().put("https://club.example/e/", b"<html>" + LINK)
    pages.put("https://club.example/feed/?ical=1", b"", 404)
    with pytest.raises(BadStatus, match="HTTP 404"):
        await fetch(pages, "https://club.example/e/")


async def test_a_short_link_to_a_calendar_that_is_known_elsewhere() -> None:
    embed = "https://calendar.google.com/calendar/embed?src=a@gmail.com"
    pages = Pages().put("https://calendar.app.google/xyz", b"<html></html>", at=embed)
    pages.put(BASIC.format("a%40gmail.com"), ICS)
    fetched = await fetch(pages, "https://calendar.app.google/xyz")
    assert fetched.url == BASIC.format("a%40gmail.com")


async def test_a_login_page_instead_of_a_calendar() -> None:
    login = "https://accounts.google.com/v3/signin/identifier?continue=x"
    pages = Pages().put(BASIC.format("a%40gmail.com"), b"<!doctype html><html></html>", at=login)
    with pytest.raises(Private, match="Make available to public"):
        await fetch(pages, BASIC.format("a%40gmail.com"))


@pytest.mark.parametrize(
    ("url", "status", "body", "kind", "words"),
    [
        (
            MEETUP,
            404,
            b'{"message":"Group not found"}',
            BadStatus,
            "answers “Group not found” \\(HTTP 404\\)",
        ),
        ("https://club.example/a.ics", 404, b"<html>no</html>", BadStatus, "no calendar at this address"),
        ("https://club.example/a.ics", 410, b"[1]", BadStatus, "copy its address anew"),
        (BASIC.format("x%40y.z"), 404, b"", BadStatus, "Make available to public"),
        ("https://club.example/a.ics", 403, b"", Private, "Make it public"),
        ("https://club.example/a.ics", 401, b"", Private, "HTTP 401"),
        ("https://club.example/a.ics", 502, b"", BadStatus, "trouble of its own"),
        ("https://club.example/a.ics", 429, b"", Busy, "asks to wait"),
        ("https://club.example/a.ics", 302, b"", BadStatus, "HTTP 302"),
    ],
)
async def test_statuses_say_what_to_do(
    url: str, status: int, body: bytes, kind: type[SourceError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await fetch(Pages().put(url, body, status), url)


async def test_a_site_says_how_long_to_wait() -> None:
    pages = Pages().put("https://club.example/a.ics", b"", 503, retry_after="90")
    with pytest.raises(Busy) as busy:
        await fetch(pages, "https://club.example/a.ics")
    assert busy.value.retry_after == 90


async def test_reading_happens_in_the_worker() -> None:
    pages = Pages().put(MEETUP, ICS).put("https://club.example/", b"<html>nothing</html>")
    async with Worker(size=1) as worker:
        fetched = await fetch(pages, MEETUP, run=worker.run)
        assert fetched.calendar is not None
        assert fetched.calendar == (await fetch(pages, MEETUP)).calendar
        with pytest.raises(NotCalendar, match="web page without events"):
            await fetch(pages, "https://club.example/", run=worker.run)
