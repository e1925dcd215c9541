"""Feeds on cards, and the buttons that act on them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.feeds import Feed, FeedState, Style
from bot.domain.keywords import parse_keywords
from bot.domain.outbox import State
from bot.domain.schedule import say
from bot.domain.sources import SourceOutcome, SourceState, describe, stamp
from bot.services.feeds import FeedStatus, Preview
from bot.tree import GuardedButton
from cogs.ui.access import may_manage, missing_in
from cogs.ui.cards import CARE, GOOD, MAX_CHARACTERS, card, line, show
from cogs.ui.papers import digest_preview, overflow_line
from cogs.ui.text import listing, plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

PER_PAGE: Final = 4
PREVIEWED: Final = 5

_MARGIN: Final = 200  # characters for headings and connecting words
_STATES: Final = 4  # different states of sources that one feed's lines tell apart
_STAMP = re.compile(r"<t:(\d+):")

_LABELS: Final = {
    "preview": "Preview",
    "pause": "Pause",
    "resume": "Resume",
    "remove": "Remove",
    "restore": "Bring it back",
    "list": "All feeds",
}


class FeedButton(
    GuardedButton,
    template=r"feed:(?P<action>preview|pause|resume|remove|restore|list):(?P<number>\d+)",
):
    """One action on one feed of the server it is pressed in; for `list` the number is a page."""

    def __init__(self, action: str, number: int, *, label: str | None = None, disabled: bool = False) -> None:
        style = discord.ButtonStyle.danger if action == "remove" else discord.ButtonStyle.secondary
        super().__init__(
            ui.Button(
                label=label or _LABELS[action],
                style=style,
                custom_id=f"feed:{action}:{number}",
                disabled=disabled,
            )
        )
        self.action = action
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent: it works after any restart."""
        return cls(match["action"], int(match["number"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it, for those who may."""
        server_id = may_manage(interaction)
        service = interaction.client.services.feeds
        now = interaction.client.services.clock.now()
        match self.action:
            case "list":
                await interaction.response.defer()
                statuses = await service.overview(server_id)
                await show(interaction, feed_list(statuses, interaction.guild, now, page=self.number))
            case "preview":
                await interaction.response.defer(ephemeral=True, thinking=True)
                await show(interaction, preview_card(await service.preview(server_id, self.number), now))
            case "remove":
                await interaction.response.defer(ephemeral=True, thinking=True)
                await show(interaction, removed_card(await service.remove(server_id, self.number)))
            case action:
                await interaction.response.defer(ephemeral=True, thinking=True)
                change = {"pause": service.pause, "resume": service.resume, "restore": service.restore}[
                    action
                ]
                await show(interaction, changed_card(await change(server_id, self.number)))


def created_card(status: FeedStatus, access: Sequence[str], *, zone_chosen: bool = True) -> ui.LayoutView:
    """Say what was set up and when it posts first; `access` are permissions that would help."""
    feed = status.feed
    parts: list[Any] = [
        f"## Feed {feed.number} is set\n{_promise(feed)}",
        f"First post: {stamp(feed.next_run_at, 'F')} ({stamp(feed.next_run_at)}), if there are new papers.",
    ]
    if not zone_chosen:
        parts.append(
            f"-# {feed.plan.schedule.time:%H:%M} is UTC. For your own time remove this feed and set it up again "
            "with `zone`, such as Berlin; I remember it for this server."
        )
    if access:
        parts.append(
            f"⚠️ I have no {listing(list(access))} there. Posts work without it, but if Discord's answer to "
            "one gets lost I must hold it until I can look."
        )
    parts.append([FeedButton("preview", feed.number), FeedButton("list", 0)])
    return card(*parts, colour=CARE if access else GOOD)


def feed_list(
    statuses: Sequence[FeedStatus], guild: discord.Guild | None, now: datetime, *, page: int = 0
) -> ui.LayoutView:
    """List a server's feeds, a few on each page."""
    if not statuses:
        return card(
            "## No feeds yet\nType `/feed papers` and choose a channel: new arXiv papers then arrive there "
            "every weekday at 09:00. Everything else is optional."
        )
    pages = _pages([(status, _status_text(status, guild, now)) for status in statuses])
    page = min(page, len(pages) - 1)
    parts: list[Any] = [f"## {plural(len(statuses), 'feed')}"]
    for status, text in pages[page]:
        feed = status.feed
        toggle = "resume" if feed.state is FeedState.PAUSED else "pause"
        actions = ("preview", toggle, "remove")
        parts += [line(), text, [FeedButton(action, feed.number) for action in actions]]
    if len(pages) > 1:
        more = f"More ▶ ({page + 1}/{len(pages)})"
        parts += [
            line(),
            [
                FeedButton("list", max(page - 1, 0), label="◀ Back", disabled=page == 0),
                FeedButton("list", page + 1, label=more, disabled=page + 1 == len(pages)),
            ],
        ]
    return card(*parts)


def _pages(texts: Sequence[tuple[FeedStatus, str]]) -> list[list[tuple[FeedStatus, str]]]:
    """Put a few feeds on each page, fewer where there is much to say of them."""
    pages: list[list[tuple[FeedStatus, str]]] = [[]]
    room = MAX_CHARACTERS - _MARGIN
    for status, text in texts:
        if pages[-1] and (len(pages[-1]) == PER_PAGE or len(text) > room):
            pages.append([])
            room = MAX_CHARACTERS - _MARGIN
        pages[-1].append((status, text))
        room -= len(text)
    return pages


def preview_card(preview: Preview, now: datetime) -> ui.LayoutView:
    """Show what a feed would post now."""
    feed, selection = preview.digest.feed, preview.digest.selection
    heading = f"## Preview of feed {feed.number}\n{_promise(feed)}"
    if feed.state is FeedState.PAUSED:
        heading += "\n⏸️ It is paused and posts nothing until you resume it."
    overflow = overflow_line(preview.digest) if selection.overflow else ""
    below = f"{_counts(preview)}\n{_sources(preview.sources, now)}"
    parts: list[Any] = [heading]
    if selection.total:
        parts.append(f"It would now post **{plural(len(selection.shown), 'paper')}**.")
        room = MAX_CHARACTERS - _MARGIN - len(heading) - len(overflow) - len(below)
        blocks = digest_preview(preview.digest, PREVIEWED, room)
        for block in blocks:
            parts += [line(), block]
        hidden = len(selection.shown) - len(blocks)
        if hidden:
            parts += [line(), f"… and {plural(hidden, 'more paper')} in the post."]
        if overflow:
            parts += [line(), overflow]
    else:
        parts.append("It would post nothing now: no new paper is waiting that fits.")
    parts += [line(), below]
    parts.append([FeedButton("list", 0)])
    return card(*parts)


def removed_card(feed: Feed) -> ui.LayoutView:
    """Say that a feed is gone, and how to get it back."""
    return card(
        f"## Feed {feed.number} is removed\nNothing more is posted to <#{feed.channel_id}> for it.",
        [FeedButton("restore", feed.number), FeedButton("list", 0)],
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
        f"## Feed {feed.number} is on\n{_promise(feed)}\nNext post: {stamp(feed.next_run_at, 'F')}.",
        [FeedButton("preview", feed.number), FeedButton("list", 0)],
        colour=GOOD,
    )


def _promise(feed: Feed) -> str:
    plan = feed.plan
    what = f"New papers in **{', '.join(plan.categories)}**"
    if plan.query:
        what += f" about {plain(shorten(parse_keywords(plan.query).say(), 200))}"
    style = "one post" if plan.style is Style.DIGEST else "a post for each"
    return f"{what}\n<#{feed.channel_id}> · {plain(say(plan.schedule))} · {style}, at most {plan.limit}"


def _status_text(status: FeedStatus, guild: discord.Guild | None, now: datetime) -> str:
    feed = status.feed
    lines = [f"**Feed {feed.number}** · {_promise(feed)}"]
    if feed.state is FeedState.PAUSED:
        lines.append(f"⏸️ Paused. {feed.pause_reason or 'Resume it when you like.'}")
    else:
        lines.append(f"Next post {stamp(feed.slot_at, 'f')} ({stamp(feed.slot_at)})")
    if status.last:
        slot_at, shown, overflow = status.last
        counts = f"{shown} posted" + (f", {overflow} more counted" if overflow else "")
        lines.append(f"Last time {stamp(slot_at)}: {counts if shown else 'no new paper fitted'}")
    lines += [f"⚠️ {fault}" for fault in _faults(status, guild)]
    lines.append(_sources(status.sources, now))
    return "\n".join(lines)


def _faults(status: FeedStatus, guild: discord.Guild | None) -> list[str]:
    faults = []
    if guild is not None:
        channel = guild.get_channel_or_thread(status.feed.channel_id)
        if channel is None:
            faults.append(
                "The channel is gone, or hidden from me. Remove this feed, or make it anew for another channel."
            )
        elif missing := missing_in(channel):
            faults.append(f"I lack {listing(list(missing))} in the channel.")
    held = [entry for entry in status.waiting if entry.state is State.HELD]
    if held:
        faults.append(f"{plural(len(held), 'message')} held: {shorten(held[0].reason or '', 300)}")
    return faults


def _sources(sources: Mapping[str, SourceState | None], now: datetime) -> str:
    """One line for each different state, failures first, so that ten healthy categories take one line.

    Categories are read some seconds apart: moments within an hour of each other count as the same.
    """
    grouped: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    for category, state in sorted(sources.items(), key=lambda item: not _is_failing(item[1])):
        words = describe(_tamed(state), now)
        alike = _STAMP.sub(lambda stamp: f"<{int((int(stamp[1]) - now.timestamp()) / 3600)}:", words)
        said.setdefault(alike, words)
        grouped.setdefault(alike, []).append(category)
    lines = [f"-# {', '.join(names)}: {said[alike]}" for alike, names in grouped.items()]
    if len(lines) > _STATES:
        rest = [name for names in list(grouped.values())[_STATES:] for name in names]
        lines[_STATES:] = [f"-# {', '.join(rest)}: other states"]
    return "\n".join(lines)


def _tamed(state: SourceState | None) -> SourceState | None:
    """Return the state with what the source sent as plain text of a bearable length."""
    if state is None or not state.error:
        return state
    return replace(state, error=plain(shorten(state.error, 150)))


def _is_failing(state: SourceState | None) -> bool:
    return state is not None and state.outcome is SourceOutcome.ERROR


def _counts(preview: Preview) -> str:
    if preview.stored_since is None:
        return "Nothing is stored of the last days yet, so I cannot count what they would have brought."
    numbers = ", ".join(str(count) for _, count in preview.days)
    return (
        f"New papers that fit on the last {len(preview.days)} days, oldest first: **{numbers}**\n"
        f"-# Counted from what I have read since {stamp(preview.stored_since, 'D')}."
    )
