"""A feed as moderators read it: the form that stands in the log of changes and in exported files.

Only what a moderator chose is in it, so two feeds that do the same have the same document.
"""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from bot.domain.feeds import EVENT_KINDS, Feed, FeedKind, FeedPlan, FeedState, Style
from bot.domain.schedule import Schedule
from bot.storage import feed_options

Document = dict[str, Any]

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_OPTIONS: Final[Mapping[FeedKind, tuple[str, ...]]] = {
    FeedKind.PAPERS: ("types", "order", "changes", "mention_role_id", "forum", "forum_tag_id"),
    FeedKind.HIGHLIGHTS: ("forum", "forum_tag_id"),
    FeedKind.MEETUPS: ("url", "moments", "native", "mention_role_id"),
    FeedKind.HACKATHONS: ("sources", "wanted", "moments", "native", "mention_role_id"),
    FeedKind.DEADLINES: ("conferences", "areas", "moments", "native", "mention_role_id"),
    FeedKind.QUIZ: ("level", "areas"),
}
KINDS: Final = tuple(_OPTIONS)
"""Kinds of feeds that moderators set up one by one. Those of study buddies and live rounds follow other settings."""


def document(feed: Feed) -> Document:
    """Return what a moderator chose for a feed, and whether it is paused."""
    plan, schedule = feed.plan, feed.plan.schedule
    found: Document = {"kind": plan.kind.value, "channel_id": plan.channel_id}
    if plan.kind is FeedKind.PAPERS:
        found |= {"categories": list(plan.categories), "query": plan.query}
    options = feed_options.stored(plan)
    found |= {name: _plain(options[name]) for name in _OPTIONS[plan.kind]}
    if plan.kind not in {FeedKind.HIGHLIGHTS, FeedKind.QUIZ}:
        found["style"] = plan.style.value
    return found | {
        "limit": plan.limit,
        "time": f"{schedule.time:%H:%M}",
        "zone": schedule.zone,
        "days": [DAYS[day] for day in sorted(schedule.days)],
        "paused": feed.state is FeedState.PAUSED,
    }


def plan_of(found: Mapping[str, Any], server_id: int) -> FeedPlan:
    """Return the plan that a document describes. Raises KeyError, TypeError or ValueError where it is none."""
    kind = FeedKind(found["kind"])
    days = frozenset(DAYS.index(day) for day in found["days"])
    categories = found["categories"] if kind is FeedKind.PAPERS else ()
    options = {name: found[name] for name in _OPTIONS[kind] if name in found}
    return FeedPlan(
        server_id,
        int(found["channel_id"]),
        tuple(str(each) for each in categories),
        str(found.get("query") or "") if kind is FeedKind.PAPERS else "",
        Style(found.get("style", Style.EACH if kind is FeedKind.QUIZ else Style.DIGEST)),
        int(found["limit"]),
        Schedule(time.fromisoformat(found["time"]), str(found["zone"]), days),
        feed_options.paper_options(kind, options),
        kind=kind,
        events=feed_options.event_options(kind, options) if kind in EVENT_KINDS else None,
        quiz=feed_options.quiz_options(kind, options),
    )


def state_of(found: Mapping[str, Any]) -> FeedState:
    """Return whether a feed of this document posts."""
    return FeedState.PAUSED if found.get("paused") else FeedState.ACTIVE


def _plain(value: Any) -> Any:
    """Return a value of plain JSON types: enumerations become strings and numbers."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value
