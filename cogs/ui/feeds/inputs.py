"""What moderators type for a feed: read as a whole, so that everything that is wrong is said at once."""

from typing import Final

from bot.content import load_taxonomy
from bot.domain.feed_edits import TYPES, FeedEdit
from bot.domain.feeds import MAX_CATEGORIES, MAX_LIMIT, Changes, Order, Style
from bot.domain.queries import parse_query
from bot.domain.schedule import parse_days, parse_time
from bot.domain.zones import parse_zone
from bot.errors import Faults, UserError

NOTHING: Final = frozenset({"none", "nothing", "nobody", "-"})
"""Words that take a query or a mention away."""


def read_edit(
    faults: Faults,
    *,
    categories: str | None = None,
    query: str | None = None,
    time: str | None = None,
    zone: str | None = None,
    days: str | None = None,
    style: str | None = None,
    limit: str | int | None = None,
    types: str | None = None,
    order: str | None = None,
    changes: str | None = None,
) -> FeedEdit:
    """Read what was typed or chosen; what is wrong is added to `faults` and left out."""
    return FeedEdit(
        categories=faults.read(_categories, categories),
        query=faults.read(_query, query),
        at=faults.read(parse_time, time),
        zone=faults.read(parse_zone, zone),
        days=faults.read(parse_days, days),
        style=Style(style) if style else None,
        limit=faults.read(_limit, None if limit is None else str(limit)),
        types=TYPES[types] if types else None,
        order=Order(order) if order else None,
        changes=Changes(changes) if changes else None,
    )


def _categories(text: str) -> tuple[str, ...]:
    found = load_taxonomy().parse_list(text)
    if len(found) > MAX_CATEGORIES:
        raise UserError(f"A feed reads up to {MAX_CATEGORIES} categories. Make a second feed for the others.")
    return found


def _query(text: str) -> str:
    """Check a query and the categories it names; an empty one, or the word none, takes it away."""
    typed = " ".join(text.split())
    if not typed or typed.lower() in NOTHING:
        return ""
    taxonomy = load_taxonomy()
    archives = {category.archive for category in taxonomy.all()}
    for code in parse_query(typed).categories():
        if code not in archives and taxonomy.canonical(code) is None:
            taxonomy.parse_list(code)  # which says what it may have meant
    return typed


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MAX_LIMIT:
        raise UserError(f"The limit is a number from 1 to {MAX_LIMIT}.")
    return int(text)
