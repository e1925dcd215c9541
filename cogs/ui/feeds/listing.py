"""Every feed of a server, of papers and of events, by number."""

from bot.domain.feeds import Feed, FeedKind
from bot.services.bundle import Services
from bot.services.events import EventFeedStatus
from bot.services.feeds import FeedStatus

AnyStatus = FeedStatus | EventFeedStatus
"""A feed of papers or of events, with how it is doing."""


async def every_feed(services: Services, server_id: int) -> list[AnyStatus]:
    """Return the status of every feed of a server."""
    events = {status.feed.number: status for status in await services.events.overview(server_id)}
    feeds = await services.feeds.overview(server_id)
    return [events.get(status.feed.number, status) for status in feeds]


def is_of_events(feed: Feed) -> bool:
    """Whether a feed is of meetups, hackathons or deadlines."""
    return feed.plan.events is not None


def has_preview(feed: Feed) -> bool:
    """Whether it can be shown before what a feed posts; the others choose what they post when they post it."""
    return feed.plan.kind is FeedKind.PAPERS or is_of_events(feed)
