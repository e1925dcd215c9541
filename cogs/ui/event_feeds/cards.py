"""Feeds of events on cards: set up, previewed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.agenda import EventPost
from bot.domain.feeds import Feed, FeedKind, FeedState, Style
from bot.domain.sources import SourceState, is_failing, stamp
from bot.services.events import CalendarPreview, EventFeedStatus
from cogs.ui.cards import ACCENT, CARE, GOOD, MAX_CHARACTERS, card, line
from cogs.ui.event_feeds.words import address, faults, promise, sources_words
from cogs.ui.events.agenda import agenda
from cogs.ui.feeds.buttons import FeedButton
from cogs.ui.feeds.cards import UNSAVED, preview_title
from cogs.ui.hints import setup_hints
from cogs.ui.text import listing, plain, plural, shorten

PREVIEWED: Final = 5

_MARGIN: Final = 300
_SKIPPED: Final = 3


def created_card(
    status: EventFeedStatus,
    access: Sequence[str],
    *,
    zone_chosen: bool,
    calendar: CalendarPreview | None = None,
    preview: EventPost | None = None,
) -> ui.LayoutView:
    """Say what was set up, what was read, and when it posts first; without a `preview` it is still being read.

    `access` are permissions that would help.
    """
    feed = status.feed
    name = f" for **{plain(shorten(calendar.name, 100))}**" if calendar and calendar.name else ""
    texts = [f"## Feed {feed.number} is set{name}\n{promise(feed)}", first_words(status)]
    texts += setup_hints(feed, access, zone_chosen=zone_chosen)
    warned = _warnings(status, calendar, preview)
    texts += [f"⚠️ {words}" for words in warned]
    parts: list[Any] = list(texts)
    if preview is None:
        parts.append(f"⏳ I am reading {listing([plain(name) for name in status.sources])} …")
    else:
        parts += _events(preview, MAX_CHARACTERS - _MARGIN - sum(map(len, texts)))
    actions = ("preview", "edit", "remove")
    parts.append([*(FeedButton(action, feed.number) for action in actions), FeedButton("list", 0)])
    return card(*parts, colour=CARE if access or warned else GOOD)


def preview_card(
    status: EventFeedStatus, preview: EventPost, guild: discord.Guild | None, *, unsaved: str = ""
) -> ui.LayoutView:
    """Show what a feed's agenda would hold now; `unsaved` says what of it is not saved."""
    feed = preview.feed
    number = status.feed.number
    heading = f"## {preview_title(feed)}\n{promise(feed)}"
    if unsaved:
        heading += f"\n{unsaved}"
    if feed.state is FeedState.PAUSED:
        heading += "\n⏸️ It is paused and posts nothing until you resume it."
    wrong = [f"⚠️ {fault}" for fault in faults(status, guild)]
    states = "\n".join([*wrong, sources_words(status, preview.slot_at)])
    parts: list[Any] = [heading, *_events(preview, MAX_CHARACTERS - _MARGIN - len(heading) - len(states))]
    parts += [states, [FeedButton("edit", number), FeedButton("list", 0)]]
    return card(*parts)


def sketch_card(
    preview: EventPost, sources: Mapping[str, SourceState | None], calendar: CalendarPreview | None
) -> ui.LayoutView:
    """Show what the first agenda of a feed would hold that is not saved."""
    heading = f"## {preview_title(preview.feed)}\n{promise(preview.feed)}\n{UNSAVED}"
    warned = _failing(sources)
    if not preview.shown and not warned:
        warned = [_nothing(preview.feed, calendar)]
    texts = [heading, *(f"⚠️ {words}" for words in [*warned, *_skipped(calendar)])]
    room = MAX_CHARACTERS - _MARGIN - sum(map(len, texts))
    return card(*texts, *_events(preview, room), [FeedButton("list", 0)], colour=CARE if warned else ACCENT)


def first_words(status: EventFeedStatus) -> str:
    """Say when a feed posts first, and what."""
    feed = status.feed
    words = f"First post: {stamp(feed.slot_at, 'F')} ({stamp(feed.slot_at)}), with what comes next."
    if feed.plan.style is Style.EACH:
        words += " After that each event that is new gets its own."
    return words


def _events(preview: EventPost, room: int) -> list[Any]:
    """Return the next events as lines, and how many more there are."""
    shown = preview.shown[:PREVIEWED]
    if not shown:
        return [line(), "Nothing is coming up that fits."]
    total = len(preview.shown) + preview.overflow
    head = f"**{plural(total, 'event')}** to come. The next:" if total > 1 else "**1 event** to come:"
    zone = preview.feed.plan.schedule.zone
    parts: list[Any] = [line(), head, agenda(shown, zone=zone, at=preview.slot_at, room=room - len(head))]
    if total > len(shown):
        parts.append(
            f"-# … and {plural(total - len(shown), 'more event')}; a post shows {preview.feed.plan.limit}."
        )
    return parts


def _warnings(
    status: EventFeedStatus, calendar: CalendarPreview | None, preview: EventPost | None
) -> list[str]:
    found = _failing(status.sources)
    if found:
        found[0] += " I keep trying; Preview shows how it stands."
    elif preview is not None and not preview.shown:
        found.append(_nothing(status.feed, calendar))
    return [*found, *_skipped(calendar)]


def _failing(sources: Mapping[str, SourceState | None]) -> list[str]:
    failing = [plain(name) for name, state in sources.items() if is_failing(state)]
    return [f"I could not read {listing(failing)} just now."] if failing else []


def _skipped(calendar: CalendarPreview | None) -> list[str]:
    if calendar is None or not calendar.skipped:
        return []
    reasons = "; ".join(plain(shorten(reason, 120)) for reason in calendar.skipped[:_SKIPPED])
    return [f"{plural(len(calendar.skipped), 'event')} could not be read: {reasons}"]


def _nothing(feed: Feed, calendar: CalendarPreview | None) -> str:
    if calendar is not None:
        return (
            f"{address(calendar.url)} lists nothing that is still to come. That may well be so; posts begin as soon "
            "as it does. If you expected some, check that it is the right calendar."
        )
    if feed.plan.kind is FeedKind.HACKATHONS:
        return "No hackathon that fits is open or coming up. Fewer themes or more sites bring more."
    return "No deadline that fits is coming up. More conferences, or an area such as NLP, bring more."
