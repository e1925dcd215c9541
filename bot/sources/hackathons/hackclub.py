"""Hack Club's list of hackathons for teenagers, https://hackathons.hackclub.com, as JSON."""

from typing import Final

from bot.domain.hackathons import Hackathon, Source, exact_date
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

URL: Final = "https://hackathons.hackclub.com/api/events/upcoming"

_NAME: Final = "Hack Club"


def parse(body: bytes) -> Listing:
    """Read the list; raises FeedUnreadable for what is none."""
    return read_entries(read_json(body, _NAME), _hackathon, _NAME)


def _hackathon(item: Item) -> Hackathon:
    title = need(item.get("name"), "name")
    starts_at, ends_at = parse_instant(item.get("start")), parse_instant(item.get("end"))
    if starts_at is None:
        raise BadEntryError("no time at which it begins")
    # The end repeats the beginning where nobody filled it in.
    if ends_at is not None and ends_at <= starts_at:
        ends_at = None
    virtual = item.get("virtual") is True
    parts = (text_of(item.get(name), 80) for name in ("city", "state", "country"))
    place = ", ".join(dict.fromkeys(part for part in parts if part)) or None
    return Hackathon(
        source=Source.HACK_CLUB,
        id=need(item.get("id"), "id"),
        title=title,
        url=link_of(item.get("website")),
        starts_on=exact_date(starts_at),
        ends_on=exact_date(ends_at or starts_at),
        starts_at=starts_at,
        ends_at=ends_at,
        online=virtual or item.get("hybrid") is True,
        place=None if virtual else place,
        themes=themes_of((), title),
        thumbnail=link_of(item.get("logo") or item.get("banner"), secure=True),
    )
