"""Changes to a feed: only what is named changes, so two moderators at once do not undo each other."""

from dataclasses import dataclass, replace
from datetime import time
from typing import Final, TypeVar

from bot.domain.feeds import Changes, FeedPlan, Order, PaperOptions, Style
from bot.domain.papers import AnnounceType
from bot.domain.schedule import Schedule

T = TypeVar("T")

NEW_ONLY = (AnnounceType.NEW,)
WITH_CROSS_LISTS = (AnnounceType.NEW, AnnounceType.CROSS)
EVERYTHING = (AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS)

TYPES: Final[dict[str, tuple[AnnounceType, ...]]] = {
    "new": NEW_ONLY,
    "cross": WITH_CROSS_LISTS,
    "all": EVERYTHING,
}
"""What a moderator may choose, by the value that Discord sends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed posts: a channel for text, or a forum with the tag its posts need."""

    channel_id: int
    forum: bool = False
    forum_tag_id: int | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """The role that each post mentions, None for none."""

    role_id: int | None


@dataclass(frozen=True, slots=True)
class FeedEdit:
    """What is to change; None leaves a thing as it is, an empty query takes the query away."""

    place: Place | None = None
    categories: tuple[str, ...] | None = None
    query: str | None = None
    at: time | None = None
    zone: str | None = None
    days: frozenset[int] | None = None
    style: Style | None = None
    limit: int | None = None
    types: tuple[AnnounceType, ...] | None = None
    order: Order | None = None
    mention: Mention | None = None
    changes: Changes | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named."""
        return self == FeedEdit()

    def applied_to(self, plan: FeedPlan) -> FeedPlan:
        """Return the plan with what is named changed."""
        schedule, options = plan.schedule, plan.options
        return replace(
            plan,
            channel_id=plan.channel_id if self.place is None else self.place.channel_id,
            categories=_or(self.categories, plan.categories),
            query=_or(self.query, plan.query),
            style=_or(self.style, plan.style),
            limit=_or(self.limit, plan.limit),
            schedule=Schedule(
                _or(self.at, schedule.time), _or(self.zone, schedule.zone), _or(self.days, schedule.days)
            ),
            options=PaperOptions(
                types=_or(self.types, options.types),
                order=_or(self.order, options.order),
                changes=_or(self.changes, options.changes),
                mention_role_id=options.mention_role_id if self.mention is None else self.mention.role_id,
                forum=options.forum if self.place is None else self.place.forum,
                forum_tag_id=options.forum_tag_id if self.place is None else self.place.forum_tag_id,
            ),
        )


def _or(chosen: T | None, present: T) -> T:
    return present if chosen is None else chosen
