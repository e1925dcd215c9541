"""What a member may ask to get as direct messages: a query, a time, and where the papers come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.categories import Taxonomy
from bot.domain.feeds import DEFAULT_LIMIT, MAX_CATEGORIES, Feed, FeedPlan, FeedState, PaperOptions, Style
from bot.domain.papers import AnnounceType
from bot.domain.queries import Field, Query, Term, stored_query
from bot.domain.queries.tree import Node, Not, Or
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.errors import UserError

MAX_SUBSCRIPTIONS: Final = 10
"""For one member: more than anybody reads, and few enough to be seen at a glance."""

DEFAULT_TIME: Final = time(8)

DEFAULT_CATEGORIES: Final = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML")
"""Where most papers on AI and machine learning are announced."""

OPTIONS: Final = PaperOptions(types=(AnnounceType.NEW, AnnounceType.CROSS))
"""A query asks for papers in a category, and a paper that was cross-listed there is in it."""

GONE: Final = "See `/papers subscriptions`."


class Every(StrEnum):
    """How often a digest comes."""

    DAY = "day"
    WEEK = "week"


class ZoneOf(StrEnum):
    """Whose choice a time zone is."""

    CHOSEN = "chosen"  # with this subscription
    MEMBER = "member"  # the one they chose last
    SERVER = "server"  # the one the server's moderators chose
    NOBODY = "nobody"  # UTC


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member typed, read but for what depends on what is stored."""

    query: str
    categories: tuple[str, ...]
    time: time = DEFAULT_TIME
    zone: str | None = None
    every: Every | None = None
    day: int | None = None  # 0 is Monday


@dataclass(frozen=True, slots=True)
class Draft:
    """A subscription that can be made: `number` is what it will be called unless another is made first."""

    member_id: int
    number: int
    wish: Wish
    schedule: Schedule
    zone_of: ZoneOf

    def plan(self, channel_id: int) -> FeedPlan:
        """Return the feed that it is, in the member's direct messages."""
        return FeedPlan(
            server_id=None,
            channel_id=channel_id,
            categories=self.wish.categories,
            query=self.wish.query,
            style=Style.DIGEST,
            limit=DEFAULT_LIMIT,
            schedule=self.schedule,
            options=OPTIONS,
            member_id=self.member_id,
        )


def choose_categories(query: Query, chosen: Sequence[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the categories whose papers a query is held against.

    Those that it asks for itself, if nothing else could satisfy it; else the `chosen` ones, or the usual
    ones, and those that it asks for beside them. UserError for unknown and for too many.
    """
    bounds = _bounds(query.root)
    asked = [leaf.term.text for leaf in query.terms() if leaf.wanted and leaf.term.field is Field.CATEGORY]
    found = _codes(asked if bounds is None else bounds, chosen, taxonomy)
    if bounds is None:
        found = (*found, *(chosen or DEFAULT_CATEGORIES))
    unique = tuple(dict.fromkeys(found))
    if len(unique) > MAX_CATEGORIES:
        raise UserError(
            f"A subscription reads up to {MAX_CATEGORIES} categories, and these are {len(unique)}."
        )
    return unique


def _bounds(node: Node) -> list[str] | None:
    """Return the categories in which everything lies that a condition finds, None where there are no such."""
    match node:
        case Term(field=Field.CATEGORY):
            return [node.text]
        case Term() | Not():
            return None
        case _:
            parts = [_bounds(part) for part in node.of]
            bound = [part for part in parts if part is not None]
            if not bound or (isinstance(node, Or) and len(bound) < len(parts)):
                return None
            return [code for part in bound for code in part]


def _codes(asked: Sequence[str], chosen: Sequence[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the categories that are meant; an archive is all of its own, or the chosen ones where it has too many."""
    codes: list[str] = []
    for text in asked:
        members = [item.code for item in taxonomy.all() if item.archive == text.casefold()]
        if taxonomy.canonical(text) or not members:
            codes += taxonomy.parse_list(text)
        elif len(members) <= MAX_CATEGORIES:
            codes += members
        elif chosen:
            codes += chosen
        else:
            raise UserError(
                f"All of {text} are {len(members)} categories, and a subscription reads up to {MAX_CATEGORIES}. "
                f"Say in which to look with `categories`, such as {', '.join(members[:3])}."
            )
    return tuple(codes)


def choose_zone(chosen: str | None, members: str | None, servers: str | None) -> tuple[str, ZoneOf]:
    """Return the zone that counts, and whose it is."""
    for zone, whose in ((chosen, ZoneOf.CHOSEN), (members, ZoneOf.MEMBER), (servers, ZoneOf.SERVER)):
        if zone:
            return zone, whose
    return "UTC", ZoneOf.NOBODY


def choose_schedule(wish: Wish, zone: str, now: datetime) -> Schedule:
    """Return when the digests come: every day, or on the chosen weekday, or on that of today.

    Days without news bring nothing, so there is no harm in every day.
    """
    if wish.every is Every.DAY and wish.day is not None:
        raise UserError("A day of the week goes with every: week. Leave one of the two out.")
    if wish.day is not None:
        days = frozenset({wish.day})
    elif wish.every is Every.WEEK:
        days = frozenset({now.astimezone(ZoneInfo(zone)).weekday()})
    else:
        days = EVERY_DAY
    return Schedule(wish.time, zone, days)


def check_room(existing: Sequence[Feed]) -> None:
    """Refuse one subscription too many."""
    if len(existing) >= MAX_SUBSCRIPTIONS:
        raise UserError(f"You have {MAX_SUBSCRIPTIONS} subscriptions. Stop one of them first. {GONE}")


def check_twin(query: str, categories: Sequence[str], existing: Sequence[Feed]) -> None:
    """Refuse what another subscription brings already, at whatever time."""
    wanted = (stored_query(query), frozenset(categories))
    for feed in existing:
        if (stored_query(feed.plan.query), frozenset(feed.plan.categories)) == wanted:
            paused = " and is paused" if feed.state is FeedState.PAUSED else ""
            raise UserError(f"Your subscription {feed.number} looks for the same{paused}. {GONE}")


def no_such(number: int) -> UserError:
    """Return the refusal for a number that no subscription has."""
    return UserError(f"You have no subscription {number}. {GONE}")
