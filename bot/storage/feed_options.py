"""What only feeds of one kind have, as it is stored: in one column, by the kind of the feed."""

from decimal import Decimal
from typing import Any

from bot.domain.conferences import Selection
from bot.domain.feeds import (
    EVENT_KINDS,
    Changes,
    EventOptions,
    FeedKind,
    FeedPlan,
    Moment,
    Order,
    PaperOptions,
    QuizOptions,
)
from bot.domain.hackathons import Source, Wanted
from bot.domain.papers import AnnounceType
from bot.domain.questions import Level


def stored(plan: FeedPlan) -> dict[str, Any]:
    """Return the options of a plan as JSON."""
    if plan.events is not None:
        return _stored_events(plan.events)
    if plan.quiz is not None:
        return {"level": plan.quiz.level, "areas": list(plan.quiz.areas)}
    options = plan.options
    return {
        "types": list(options.types),
        "order": options.order,
        "changes": options.changes,
        "mention_role_id": options.mention_role_id,
        "forum": options.forum,
        "forum_tag_id": options.forum_tag_id,
    }


def paper_options(kind: FeedKind, found: dict[str, Any]) -> PaperOptions:
    """Read the options of a feed of papers; those of any other are the default."""
    default = PaperOptions()  # a feed of an earlier version has none of these
    if kind in EVENT_KINDS or kind is FeedKind.QUIZ:
        return default
    return PaperOptions(
        types=tuple(AnnounceType(each) for each in found.get("types", default.types)),
        order=Order(found.get("order", default.order)),
        changes=Changes(found.get("changes", default.changes)),
        mention_role_id=found.get("mention_role_id"),
        forum=bool(found.get("forum")),
        forum_tag_id=found.get("forum_tag_id"),
    )


def quiz_options(kind: FeedKind, found: dict[str, Any]) -> QuizOptions | None:
    """Read the options of a feed of questions of the day; None for any other."""
    if kind is not FeedKind.QUIZ:
        return None
    level = found.get("level")
    return QuizOptions(Level(level) if level else None, tuple(found.get("areas", ())))


def event_options(kind: FeedKind, found: dict[str, Any]) -> EventOptions | None:
    """Read the options of a feed of events; None for any other."""
    if kind not in EVENT_KINDS:
        return None
    wanted = found.get("wanted", {})
    return EventOptions(
        url=found.get("url", ""),
        sources=tuple(Source(each) for each in found.get("sources", ())),
        wanted=Wanted(
            themes=frozenset(wanted.get("themes", ())),
            online=wanted.get("online"),
            place=wanted.get("place", ""),
            min_prize_usd=Decimal(wanted.get("min_prize_usd", "0")),
        ),
        conferences=Selection(tuple(found.get("conferences", ())), tuple(found.get("areas", ()))),
        moments=tuple(Moment(each) for each in found.get("moments", EventOptions().moments)),
        native=bool(found.get("native")),
        mention_role_id=found.get("mention_role_id"),
    )


def _stored_events(options: EventOptions) -> dict[str, Any]:
    wanted = options.wanted
    return {
        "url": options.url,
        "sources": list(options.sources),
        "wanted": {
            "themes": sorted(wanted.themes),
            "online": wanted.online,
            "place": wanted.place,
            "min_prize_usd": str(wanted.min_prize_usd),
        },
        "conferences": list(options.conferences.conferences),
        "areas": list(options.conferences.areas),
        "moments": list(options.moments),
        "native": options.native,
        "mention_role_id": options.mention_role_id,
    }
