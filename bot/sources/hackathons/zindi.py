"""Zindi's competitions in data science, https://zindi.africa/competitions, as JSON.

The list begins with the open ones, so the closed thousands need not be asked for.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import quote

from bot.domain.hackathons import AI_THEME, Hackathon, Source, exact_date
from bot.sources.errors import FeedUnreadable
from bot.sources.hackathons.dates import parse_instant
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

URL: Final = "https://api.zindi.africa/v1/competitions"

MAX_PAGES: Final = 2
"""Of 20 entries; four or so are open at a time."""

_NAME: Final = "Zindi"
_SITE: Final = "https://zindi.africa/competitions"


def page_url(base_url: str, page: int) -> str:
    """Return the address of a page, counted from 0."""
    joint = "&" if "?" in base_url else "?"
    return f"{base_url}{joint}page={page}&per_page=20"


def parse(body: bytes) -> Listing:
    """Read one page; raises FeedUnreadable for what is none. `pages` counts those with open competitions."""
    page = read_json(body, _NAME)
    if not isinstance(page, dict):
        raise FeedUnreadable(f"{_NAME}'s answer holds no list of competitions.")
    listing = read_entries(page.get("data"), _hackathon, _NAME)
    return replace(listing, pages=pages_of(page.get("meta"), "open_count"))


def _hackathon(item: Item) -> Hackathon:
    title = need(item.get("title"), "title")
    if any(item.get(name) is True for name in ("is_access_restricted", "secret_code_required", "sealed")):
        raise BadEntryError(CLOSED)
    id_ = need(item.get("id"), "id")
    starts_at, ends_at = parse_instant(item.get("start_time")), parse_instant(item.get("end_time"))
    if ends_at is None:
        raise BadEntryError("no time at which it ends")
    if starts_at is not None and starts_at > ends_at:
        starts_at = None
    return Hackathon(
        source=Source.ZINDI,
        id=id_,
        title=title,
        url=f"{_SITE}/{quote(id_, safe='')}",
        starts_on=exact_date(starts_at) if starts_at else None,
        ends_on=exact_date(ends_at),
        starts_at=starts_at,
        ends_at=ends_at,
        online=True,
        prize=parse_prize(text_of(item.get("reward"))),
        # The site has no other theme.
        themes=themes_of((AI_THEME,), title),
        organiser=text_of(item.get("organization"), 100) or _NAME,
        thumbnail=link_of(item.get("image"), secure=True),
        registrations=count_of(item.get("participations_count")),
    )
