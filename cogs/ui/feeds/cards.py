"""Feeds on cards: set up, listed, previewed, paused, removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.domain.feeds import Feed, FeedKind, FeedState
from bot.domain.sources import stamp
from bot.services.feeds import FeedStatus, Preview
from cogs.ui.buddies.items import BuddyButton
from cogs.ui.cards import CARE, GOOD, MAX_CHARACTERS, card, line
from cogs.ui.feeds.buttons import FeedButton, FeedListButton, preview_button
from cogs.ui.feeds.listing import AnyStatus
from cogs.ui.feeds.words import outlook_words, promise, sources_words, status_text, warning, was_read
from cogs.ui.hints import setup_hints
from cogs.ui.papers import digest_preview, overflow_line
from cogs.ui.text import listing, plural

PER_PAGE: Final = 4
PREVIEWED: Final = 5
PREVIEWED_AT_FIRST: Final = 2

_MARGIN: Final = 300  # characters for headings and connecting words


def created_card(
    status: FeedStatus,
    preview: Preview,
    access: Sequence[str],
    *,
    zone_chosen: bool = True,
    tag: str = "",
) -> ui.LayoutView:
    """Say what was set up, when it posts first and what the last days would have brought.

    `access` are permissions that would help.
    """
    feed = status.feed
    texts = [
        f"## Feed {feed.number} is set\n{promise(feed)}{tag}",
        f"First post: {stamp(feed.next_run_at, 'F')} ({stamp(feed.next_run_at)}), if there are new papers.",
    ]
    texts += setup_hints(feed, access, zone_chosen=zone_chosen)
    unread = [name for name, state in status.sources.items() if not was_read(state)]
    if unread:
        texts.append(
            f"-# I have not read {listing(unread)} yet and do so within a minute. Press Preview to have it read now and "
            "to see what the feed would post."
        )
    parts: list[Any] = list(texts)
    if len(unread) < len(status.sources):
        parts += _preview_parts(preview, PREVIEWED_AT_FIRST, used=sum(map(len, texts)))
    care = bool(access) or bool(warning(preview.outlook, feed.plan))
    actions = ("preview", "edit", "remove")
    parts.append([*(FeedButton(action, feed.number) for action in actions), FeedButton("list", 0)])
    return card(*parts, colour=CARE if care else GOOD)


UNSAVED: Final = "💡 Nothing is saved. To set it up, give the same command without `preview`."


def feed_list(
    statuses: Sequence[AnyStatus],
    guild: discord.Guild | None,
    now: datetime,
    *,
    page: int = 0,
    changed: Feed | None = None,
    left: int = 0,
) -> ui.LayoutView:
    """List a server's feeds, a few on each page.

    `changed` is the one that was just acted on, `left` how many Discord events it left behind.
    """
    note: list[Any] = [_note(changed)] if changed else []
    if changed is not None and changed.state is FeedState.REMOVED:
        restore = FeedListButton("restore", changed.number, page)
        if left:
            note.append(left_words(left))
        note.append([restore, *([FeedButton("calloff", changed.number)] if left else [])])
    if not statuses:
        return card(
            *note,
            "## No feeds yet\nType `/feed papers` and choose a channel: new arXiv papers then arrive there "
            "every weekday at 09:00. Everything else is optional. Events come with `/feed meetups`, "
            "`/feed hackathons` and `/feed deadlines`.",
        )
    pages = _pages([(status, status_text(status, guild, now)) for status in statuses])
    page = min(page, len(pages) - 1)
    parts: list[Any] = [*note, f"## {plural(len(statuses), 'feed')}"]
    for status, text in pages[page]:
        number = status.feed.number
        toggle = "resume" if status.feed.state is FeedState.PAUSED else "pause"
        buttons: list[Any] = [
            *preview_button(status.feed),
            FeedButton("edit", number),
            FeedListButton(toggle, number, page),
            FeedListButton("remove", number, page),
        ]
        if status.feed.plan.kind is FeedKind.BUDDIES:
            buttons = [BuddyButton("setup", label="Settings"), FeedListButton(toggle, number, page)]
        parts += [line(), text, buttons]
    if len(pages) > 1:
        more = f"More → ({page + 1}/{len(pages)})"
        parts += [
            line(),
            [
                FeedButton("list", max(page - 1, 0), label="← Back", disabled=page == 0),
                FeedButton("list", page + 1, label=more, disabled=page + 1 == len(pages)),
            ],
        ]
    return card(*parts)


def preview_card(preview: Preview, now: datetime, *, unsaved: str = "") -> ui.LayoutView:
    """Show what a feed would post now; `unsaved` says what of it is not saved."""
    feed = preview.digest.feed
    heading = f"## {preview_title(feed)}\n{promise(feed)}"
    if unsaved:
        heading += f"\n{unsaved}"
    if feed.state is FeedState.PAUSED:
        heading += "\n⏸️ It is paused and posts nothing until you resume it."
    states = sources_words(preview.sources, now)
    parts: list[Any] = [heading, *_preview_parts(preview, PREVIEWED, used=len(heading) + len(states)), states]
    parts.append([*([FeedButton("edit", feed.number)] if feed.number else []), FeedButton("list", 0)])
    return card(*parts)


def preview_title(feed: Feed) -> str:
    """Return the heading of a preview; a feed without a number is not saved."""
    return f"Preview of feed {feed.number}" if feed.number else "Preview of a feed that is not saved"


def highlights_card(feed: Feed) -> ui.LayoutView:
    """Say that a post of highlights is set up, once a week or more often."""
    return card(
        f"## Feed {feed.number} is set\n{promise(feed)}\n"
        f"First post: {stamp(feed.next_run_at, 'F')}. When nobody did anything with a paper since the last one, it is "
        "passed over.",
        [FeedButton("edit", feed.number), FeedButton("remove", feed.number), FeedButton("list", 0)],
        colour=GOOD,
    )


def removed_card(feed: Feed, left: int = 0) -> ui.LayoutView:
    """Say that a feed is gone, how to get it back, and what of it stands in the server's list of events."""
    words = f"## Feed {feed.number} is removed\nNothing more is posted to <#{feed.channel_id}> for it."
    buttons = [FeedButton("restore", feed.number), FeedButton("list", 0)]
    if left:
        buttons.insert(1, FeedButton("calloff", feed.number))
        return card(words, left_words(left), buttons)
    return card(words, buttons)


def left_words(left: int) -> str:
    """Say that a feed left Discord events behind: people may have said that they come."""
    return (
        f"📌 **{plural(left, 'Discord event')}** of it still {'stands' if left == 1 else 'stand'} in the server's "
        "list, and nobody keeps that up to date now. Leave it so, or call them off: whoever is interested sees that."
    )


def called_off_card(count: int) -> ui.LayoutView:
    """Say that what a feed left behind is being called off."""
    if not count:
        return card("None of its Discord events stands any more.", [FeedButton("list", 0)])
    return card(
        f"{plural(count, 'Discord event')} {'is' if count == 1 else 'are'} being called off, which takes a moment.",
        [FeedButton("list", 0)],
        colour=GOOD,
    )


def changed_card(feed: Feed) -> ui.LayoutView:
    """Say what state a feed is in now."""
    if feed.state is FeedState.PAUSED:
        return card(
            f"## Feed {feed.number} is paused\nIt posts nothing until you resume it.",
            [FeedButton("resume", feed.number), FeedButton("list", 0)],
            colour=CARE,
        )
    return card(
        f"## Feed {feed.number} is on\n{promise(feed)}\nNext post: {stamp(_next_at(feed), 'F')}.",
        [*preview_button(feed), FeedButton("list", 0)],
        colour=GOOD,
    )


def _next_at(feed: Feed) -> datetime:
    """Return when a feed posts next; one of events is looked at more often than it posts."""
    return feed.slot_at if feed.plan.events is not None else feed.next_run_at


def _note(feed: Feed) -> str:
    match feed.state:
        case FeedState.PAUSED:
            return f"⏸️ **Feed {feed.number} is paused.** It posts nothing until you resume it."
        case FeedState.REMOVED:
            return (
                f"🗑️ **Feed {feed.number} is removed.** Nothing more is posted to <#{feed.channel_id}> for it."
            )
        case FeedState.ACTIVE:
            return f"▶️ **Feed {feed.number} is on.** Next post: {stamp(_next_at(feed), 'F')}."


def _preview_parts(preview: Preview, count: int, *, used: int) -> list[Any]:
    """Return the first papers, what is left out, the last days and a warning: `used` characters stand beside."""
    selection, plan = preview.digest.selection, preview.digest.feed.plan
    overflow = overflow_line(preview.digest) if selection.overflow else ""
    below = "\n".join(filter(None, (warning(preview.outlook, plan), outlook_words(preview.outlook))))
    if not selection.total:
        nothing = "It would post nothing now: no new paper is waiting that fits."
        return [line(), nothing, line(), below]
    parts: list[Any] = [line(), f"It would now post **{plural(len(selection.shown), 'paper')}**."]
    blocks = digest_preview(
        preview.digest, count, MAX_CHARACTERS - _MARGIN - used - len(overflow) - len(below)
    )
    for block in blocks:
        parts += [line(), block]
    if hidden := len(selection.shown) - len(blocks):
        parts += [line(), f"… and {plural(hidden, 'more paper')} in the post."]
    if overflow:
        parts += [line(), overflow]
    return [*parts, line(), below]


def _pages(texts: Sequence[tuple[AnyStatus, str]]) -> list[list[tuple[AnyStatus, str]]]:
    """Put a few feeds on each page, fewer where there is much to say of them."""
    pages: list[list[tuple[AnyStatus, str]]] = [[]]
    room = MAX_CHARACTERS - _MARGIN
    for status, text in texts:
        if pages[-1] and (len(pages[-1]) == PER_PAGE or len(text) > room):
            pages.append([])
            room = MAX_CHARACTERS - _MARGIN
        pages[-1].append((status, text))
        room -= len(text)
    return pages
