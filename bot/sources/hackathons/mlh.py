"""Major League Hacking's season, https://www.mlh.com/seasons/2027/events: JSON inside a page."""

import html
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any, Final
from urllib.parse import urljoin

from bot.domain.hackathons import Hackathon, Source, exact_date
from bot.sources.errors import FeedUnreadable
from bot.sources.hackathons.dates import parse_instant
from bot.sources.hackathons.listing import (
    BadEntryError,
    Item,
    Listing,
    link_of,
    need,
    read_entries,
    read_json,
    text_of,
    themes_of,
)

URL: Final = "https://www.mlh.com/seasons"

_NAME: Final = "Major League Hacking"
_SITE: Final = "https://www.mlh.com"
_TRIES: Final = 5  # a page has one such element


def season(day: date) -> int:
    """Return the season of a day: that of 2027 begins in the summer of 2026."""
    return day.year + (day.month >= 8)


def page_url(base_url: str, day: date) -> str:
    """Return the address of the season's page: `…/seasons` becomes `…/seasons/2027/events`."""
    return f"{base_url.rstrip('/')}/{season(day)}/events"


def parse(body: bytes) -> Listing:
    """Read the page's coming events; raises FeedUnreadable for a page without them."""
    text = body.decode("utf-8", "replace")
    for found in _embedded(text):
        props = found.get("props") if isinstance(found, dict) else None
        if isinstance(props, dict) and "upcomingEvents" in props:
            return read_entries(props["upcomingEvents"], _hackathon, _NAME)
    raise FeedUnreadable(f"{_NAME}'s page no longer holds its list of events.")


def _embedded(text: str) -> Iterator[Any]:
    """Yield the JSON of the page: inside `<script data-page="app">`, or in a `data-page` attribute.

    Searched by hand, in one pass: a pattern over a hostile page can take for ever.
    """
    at = 0
    for _ in range(_TRIES):
        at = text.find("data-page=", at)
        quote = text[at + 10 : at + 11]
        if at < 0 or quote not in {'"', "'"}:
            return
        end = text.find(quote, at + 11)
        if end < 0:
            return
        value = html.unescape(text[at + 11 : end]).strip()
        if not value.startswith("{"):
            opened, closed = text.find(">", end), text.find("</script", end)
            value = text[opened + 1 : closed] if 0 <= opened < closed else ""
        if value:
            with suppress(FeedUnreadable):
                yield read_json(value, _NAME)
        at = end


def _hackathon(item: Item) -> Hackathon:
    title = need(item.get("name"), "name")
    starts_at, ends_at = parse_instant(item.get("startsAt")), parse_instant(item.get("endsAt"))
    if starts_at is None:
        raise BadEntryError("no time at which it begins")
    if ends_at is not None and ends_at <= starts_at:
        ends_at = None
    page = link_of(urljoin(_SITE, text_of(item.get("url"), 500))) if item.get("url") else None
    website = link_of(item.get("websiteUrl"))
    form = text_of(item.get("formatType")).casefold()
    return Hackathon(
        source=Source.MLH,
        id=need(item.get("id") or item.get("slug"), "id"),
        title=title,
        url=website or page,
        starts_on=exact_date(starts_at),
        ends_on=exact_date(ends_at or starts_at),
        starts_at=starts_at,
        ends_at=ends_at,
        online=form in {"digital", "online", "virtual", "hybrid"},
        place=_place(item) if form != "digital" else None,
        themes=themes_of((), title),
        organiser=_NAME,
        thumbnail=link_of(item.get("logoUrl"), secure=True),
        cancelled=text_of(item.get("status")).casefold() in {"cancelled", "canceled"},
        links=(page,) if page and website else (),
    )


def _place(item: Item) -> str | None:
    address = item.get("venueAddress")
    parts = [address.get(name) for name in ("city", "state", "country")] if isinstance(address, dict) else []
    written = ", ".join(dict.fromkeys(part for part in (text_of(each, 80) for each in parts) if part))
    return written or text_of(item.get("location")) or None
