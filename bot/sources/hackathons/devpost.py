"""Devpost's list of open and coming hackathons, https://devpost.com/hackathons, as JSON.

The address is the one that page asks itself; it is not documented. Days come without a zone.
"""

from dataclasses import replace
from typing import Any, Final

from bot.domain.hackathons import AI_THEME, Hackathon, Source
from bot.sources.errors import FeedUnreadable
from bot.sources.hackathons.dates import parse_days
from bot.sources.hackathons.listing import (
    CLOSED,
    BadEntryError,
    Item,
    Listing,
    count_of,
    link_of,
    need,
    pages_of,
    read_entries,
    read_json,
    text_of,
    themes_of,
)
from bot.sources.hackathons.prizes import parse_prize

URL: Final = "https://devpost.com/api/hackathons"

MAX_PAGES: Final = 5
"""Of 40 entries, in the site's own order: about all there are at a time."""

_NAME: Final = "Devpost"
_AI_ID: Final = 6
_NOWHERE: Final = frozenset({"", "tbd", "tba", "n/a", "none"})


def page_url(base_url: str, page: int) -> str:
    """Return the address of a page, counted from 1."""
    joint = "&" if "?" in base_url else "?"
    return f"{base_url}{joint}status[]=open&status[]=upcoming&page={page}"


def parse(body: bytes) -> Listing:
    """Read one page; raises FeedUnreadable for what is none."""
    page = read_json(body, _NAME)
    if not isinstance(page, dict):
        raise FeedUnreadable(f"{_NAME}'s answer holds no list of hackathons.")
    listing = read_entries(page.get("hackathons"), _hackathon, _NAME)
    return replace(listing, pages=pages_of(page.get("meta"), "total_count"))


def _hackathon(item: Item) -> Hackathon:
    title = need(item.get("title"), "title")
    if item.get("invite_only") is True:
        raise BadEntryError(CLOSED)
    written = text_of(item.get("submission_period_dates"))
    days = parse_days(written)
    if days is None:
        raise BadEntryError(f"the dates “{written}” cannot be read")
    online, place = _where(item.get("displayed_location"))
    url = link_of(item.get("url"))
    return Hackathon(
        source=Source.DEVPOST,
        id=need(item.get("id"), "id"),
        title=title,
        url=url,
        starts_on=days[0],
        ends_on=days[1],
        online=online,
        place=place,
        # The second name is that of lists derived from Devpost's.
        prize=parse_prize(_string(item.get("prize_amount") or item.get("prizeText"))),
        themes=_themes(item.get("themes"), title),
        organiser=text_of(item.get("organization_name"), 100) or None,
        thumbnail=_thumbnail(item.get("thumbnail_url")),
        registrations=count_of(item.get("registrations_count")),
    )


def _where(location: Any) -> tuple[bool, str | None]:
    """Return whether it is online, and the place: "Conf Ctr + Online" is both, "TBD" neither."""
    written = text_of(location.get("location") if isinstance(location, dict) else location)
    parts = [part.strip() for part in written.split("+")]
    online = any(part.casefold() == "online" for part in parts)
    place = " + ".join(part for part in parts if part.casefold() not in {"online", *_NOWHERE})
    return online, place or None


def _themes(themes: Any, title: str) -> tuple[str, ...]:
    entries = [each for each in themes if isinstance(each, dict)] if isinstance(themes, list) else []
    return themes_of((AI_THEME if each.get("id") == _AI_ID else each.get("name") for each in entries), title)


def _thumbnail(value: Any) -> str | None:
    link = link_of(value, secure=True)
    return None if link is None or "thumbnail-placeholder" in link else link


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
