"""From a pasted address to its events: rewrite, fetch, look into a page once, parse under limits."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Protocol, TypeVar

from bot.sources.calendars import text
from bot.sources.calendars.calendar import Calendar, Private
from bot.sources.calendars.discover import calendar_address
from bot.sources.calendars.pages import calendar_link
from bot.sources.calendars.parse import is_page, parse_calendar
from bot.sources.errors import BadStatus, Busy, SourceError
from bot.sources.http import Fetches, Response

TIMEOUT_S: Final = 30.0
PARSE_LIMIT_S: Final = 10.0
PARSE_MEMORY_MB: Final = 512

_MAX_MESSAGE: Final = 1000

T = TypeVar("T")


class Runs(Protocol):
    """Runs a function elsewhere, in a process that is ended when it takes too long or too much."""

    async def __call__(self, func: Callable[..., T], /, *args: object, limit_s: float, memory_mb: int) -> T:
        """Return what `func(*args)` returns, or raise what it raises."""
        ...


@dataclass(frozen=True, slots=True)
class FetchedCalendar:
    """One look at a calendar: its events, or None when nothing changed, and what to ask with the next time."""

    calendar: Calendar | None
    url: str  # the calendar itself, to be fetched from now on
    etag: str | None
    last_modified: str | None

    @property
    def not_modified(self) -> bool:
        """Whether the server said that nothing changed."""
        return self.calendar is None


async def fetch_calendar(
    fetcher: Fetches,
    url: str,
    *,
    run: Runs,
    default_zone: str,
    now: datetime,
    etag: str | None = None,
    last_modified: str | None = None,
) -> FetchedCalendar:
    """Fetch and read the calendar at or behind `url`; every failure is a `SourceError`.

    At most two requests: a page may point at its calendar. `etag` and `last_modified` belong to the `url` of
    an earlier answer. `fetcher` has to be one that guards its sockets (`Fetcher(allow=…)`).
    """
    address = calendar_address(url)
    answer = await fetcher.get(address, etag=etag, last_modified=last_modified, timeout_s=TIMEOUT_S)
    if answer.not_modified:
        return FetchedCalendar(None, address, answer.etag, answer.last_modified)
    _refuse_status(answer)
    behind = await _behind(answer, run) if is_page(answer.body) else None
    if behind is None or behind == address:
        return await _read(answer, address, run, default_zone, now)
    try:
        calendar = await fetcher.get(behind, timeout_s=TIMEOUT_S)
        _refuse_status(calendar)
        return await _read(calendar, behind, run, default_zone, now)
    except SourceError:
        # Many sites link to a calendar that they do not keep, and list the events on the page all the same.
        try:
            return await _read(answer, address, run, default_zone, now)
        except SourceError:
            pass
        raise


async def _behind(answer: Response, run: Runs) -> str | None:
    """Return the calendar that a page points at, by its own address after redirects or by a link in it."""
    if (rewritten := calendar_address(answer.url)) != answer.url:
        return rewritten
    return await run(calendar_link, answer.body, answer.url, limit_s=PARSE_LIMIT_S, memory_mb=PARSE_MEMORY_MB)


async def _read(
    answer: Response, address: str, run: Runs, default_zone: str, now: datetime
) -> FetchedCalendar:
    parse = partial(
        parse_calendar,
        content_type=answer.content_type,
        url=answer.url,
        default_zone=default_zone,
        now=now,
    )
    calendar = await run(parse, answer.body, limit_s=PARSE_LIMIT_S, memory_mb=PARSE_MEMORY_MB)
    return FetchedCalendar(calendar, address, answer.etag, answer.last_modified)


def _refuse_status(answer: Response) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    if status in {429, 503}:
        raise Busy("The calendar's site is busy and asks to wait.", status, answer.retry_after)
    if status in {401, 403}:
        raise Private(
            f"The site does not let this calendar be read (HTTP {status}). Make it public, or use its iCal link."
        )
    if status >= 500:
        raise BadStatus(f"The calendar's site has trouble of its own (HTTP {status}).", status)
    if text.host_is(answer.url, "calendar.google.com"):
        raise BadStatus(
            "Google Calendar has no public calendar at this address. Open its Settings → Access permissions → "
            "“Make available to public”, then copy the public address in iCal format.",
            status,
        )
    said = f"answers “{words}”" if (words := _message(answer.body)) else "has no calendar at this address"
    raise BadStatus(
        f"The site {said} (HTTP {status}). Open the calendar in a browser and copy its address anew.", status
    )


def _message(body: bytes) -> str | None:
    """Return what a small JSON answer says went wrong: Meetup's `{"message":"Group not found"}`."""
    if len(body) > _MAX_MESSAGE:
        return None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return text.line(answer.get("message"), 120) if isinstance(answer, dict) else None
