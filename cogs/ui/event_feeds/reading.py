"""What a feed of events is to read: checked against the sources themselves."""

from functools import partial

from bot.domain.feeds import MAX_LIMIT, FeedKind
from bot.errors import Faults, UserError
from bot.services.events import CalendarPreview, EventFeeds
from cogs.ui.event_feeds.inputs import EventEdit, read_conferences, read_sources, read_themes, read_where


async def read_reading(
    faults: Faults,
    events: EventFeeds,
    kind: FeedKind,
    zone: str,
    *,
    url: str | None = None,
    source: str | None = None,
    themes: str | None = None,
    where: str | None = None,
    conferences: str | None = None,
) -> tuple[EventEdit, CalendarPreview | None]:
    """Read what a feed of this kind is to read; an address is looked at, so that what is wrong is said now."""
    match kind:
        case FeedKind.MEETUPS if url is not None:
            try:
                found = await events.preview_calendar(url.strip(), zone=zone)
            except UserError as error:
                faults.check(partial(_refuse, error))
                return EventEdit(), None
            return EventEdit(url=found.url), found
        case FeedKind.HACKATHONS:
            wish = EventEdit(
                sources=faults.read(read_sources, source),
                themes=faults.read(read_themes, themes),
                where=faults.read(read_where, where),
            )
            return wish, None
        case FeedKind.DEADLINES if conferences is not None:
            catalogue = await events.read_catalogue()
            selection = faults.read(lambda text: read_conferences(text, catalogue), conferences)
            return EventEdit(conferences=selection), None
        case _:
            return EventEdit(), None


def read_limit(text: str) -> int:
    """Read the most events in a post."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MAX_LIMIT:
        raise UserError(f"The limit is a number from 1 to {MAX_LIMIT}.")
    return int(text)


def _refuse(error: UserError) -> None:
    raise error
