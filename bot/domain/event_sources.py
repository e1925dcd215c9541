"""Where events come from: the keys of the sources, how often each is read, and how one is doing."""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from bot.domain.feeds import FeedKind, FeedPlan
from bot.domain.hackathons import Source
from bot.domain.sources import SourceOutcome, SourceState, stamp

CALENDARS_EVERY: Final = timedelta(hours=1)
LISTS_EVERY: Final = timedelta(hours=12)
"""With every page of every site of hackathons that is at most 18 requests a day, 10 of them to Devpost."""

READ_WHOLE_EVERY: Final = timedelta(days=7)
"""A calendar is read some 400 days ahead: one that never changes still has to be read anew as time goes on."""

HACKATHONS: Final = "hackathons"
"""The source of hackathons as they are stored, after the copies on several sites have been made one."""

DEADLINES: Final = "deadlines"


def calendar_key(url: str) -> str:
    """Return the key of a calendar; the same address is the same source for every server."""
    return "calendar:" + hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def site_key(site: Source) -> str:
    """Return the key of a site that lists hackathons."""
    return f"hackathons:{site}"


def sites_of(plan: FeedPlan) -> tuple[Source, ...]:
    """Return the sites a feed of hackathons reads."""
    assert plan.events is not None
    return plan.events.sources or tuple(Source)


def event_source(plan: FeedPlan) -> str:
    """Return under which source the events of a feed are stored."""
    assert plan.events is not None
    if plan.kind is FeedKind.MEETUPS:
        return calendar_key(plan.events.url)
    return HACKATHONS if plan.kind is FeedKind.HACKATHONS else DEADLINES


def read_sources(plan: FeedPlan) -> tuple[str, ...]:
    """Return the sources that are read for a feed."""
    if plan.kind is FeedKind.HACKATHONS:
        return tuple(site_key(site) for site in sites_of(plan))
    return (event_source(plan),)


def source_names(plan: FeedPlan) -> dict[str, str]:
    """Return what people call each source of a feed, by its key."""
    if plan.kind is FeedKind.HACKATHONS:
        return {site_key(site): site.label for site in sites_of(plan)}
    if plan.kind is FeedKind.DEADLINES:
        return {DEADLINES: "Conference deadlines"}
    assert plan.events is not None
    return {event_source(plan): urlsplit(plan.events.url).hostname or "The calendar"}


def describe_reading(state: SourceState | None, now: datetime) -> str:
    """Say in a short sentence how a source of events is doing; times are Discord time stamps."""
    del now
    if state is None or state.last_checked_at is None:
        return "not read yet; it is read within a few minutes"
    if state.outcome is SourceOutcome.ERROR:
        since = f" since {stamp(state.failing_since)}" if state.failing_since else ""
        return f"failing{since}: {state.error} Next try {stamp(state.next_check_at)}."
    if state.outcome is SourceOutcome.QUIET:
        return f"fine: it lists nothing to come (read {stamp(state.last_ok_at)})"
    return f"fine: read {stamp(state.last_ok_at)}"
