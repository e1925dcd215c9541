"""`/setup status`: one panel that says what Cohort does in a server, what is held and why, and what to put right."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.feeds import FeedKind, FeedState
from bot.domain.outbox import State
from bot.domain.server_settings import Area
from bot.domain.sources import SourceOutcome, stamp
from bot.errors import UserError
from cogs.ui.access import may_manage
from cogs.ui.buddies.server import show_setup as show_buddies
from cogs.ui.cards import ACCENT, CARE, card, line, show, turn
from cogs.ui.feeds.buttons import FeedButton
from cogs.ui.feeds.editing import panel_of
from cogs.ui.feeds.listing import AnyStatus, every_feed
from cogs.ui.places import Postable
from cogs.ui.roles.server import show_setup
from cogs.ui.setup.doctor import Finding, allow, examine
from cogs.ui.setup.items import SetupButton, pressed
from cogs.ui.setup.modules import quizzes, study_buddies
from cogs.ui.text import plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_FEEDS: Final = 8
"""Feeds on a page."""

_FINDINGS: Final = 5
"""Findings that have a place; the rest is counted."""

_KINDS: Final = {
    FeedKind.PAPERS: "papers",
    FeedKind.HIGHLIGHTS: "highlights",
    FeedKind.MEETUPS: "meetups",
    FeedKind.HACKATHONS: "hackathons",
    FeedKind.DEADLINES: "deadlines",
    FeedKind.QUIZ: "question of the day",
    FeedKind.BUDDIES: "study buddies",
}

ModuleLine = Callable[[Interaction], Awaitable[str]]

MODULES: Final[list[ModuleLine]] = [quizzes, study_buddies]
"""A line of each part that a server sets up as a whole: name, state, last and next run."""


async def show_status(interaction: Interaction, page: int = 0, told: str = "") -> None:
    """Answer with the panel."""
    server_id = await may_manage(interaction)
    services = interaction.client.services
    statuses = await every_feed(services, server_id)
    findings = await examine(interaction, [status.feed for status in statuses])
    settings = await services.moderation.settings.read(server_id)
    zone = await services.feeds.default_zone(server_id)
    links = await services.careers.role_links(server_id)
    guild = interaction.guild
    updates = guild.public_updates_channel if guild is not None else None
    notices = "nowhere yet" if updates is None else updates.mention
    if settings.notices_channel_id is not None:
        notices = f"<#{settings.notices_channel_id}>"
    modules = [
        _feeds_line(statuses),
        f"**Careers** {plural(len(links), 'Discord role')} to follow" if links else "**Careers** on",
        *[await module(interaction) for module in MODULES],
        f"**Time zone** {plain(zone)} · **Notices** {notices}",
    ]
    await show(interaction, status_card(modules, statuses, findings, page=page, told=told))


def status_card(
    modules: Sequence[str],
    statuses: Sequence[AnyStatus],
    findings: Sequence[Finding],
    *,
    page: int = 0,
    told: str = "",
) -> ui.LayoutView:
    """Show modules, feeds and findings."""
    parts: list[Any] = [told] if told else []
    parts.append("## How things stand\n" + "\n".join(modules))
    pages = max(1, -(-len(statuses) // _FEEDS))
    page = max(0, min(page, pages - 1))
    shown = statuses[page * _FEEDS : (page + 1) * _FEEDS]
    if shown:
        parts += [line(), "\n".join(_feed_line(status) for status in shown)]
    parts.append(line())
    grave = [each for each in findings if each.grave]
    if not findings:
        parts.append("✅ I looked at channels, roles, events, commands, clock and database: all is well.")
    offered: set[tuple[str, ...]] = (
        set()
    )  # Discord takes a button once: two findings may have the same remedy
    for finding in findings[:_FINDINGS]:
        mark = "⚠️" if finding.grave else "💡"
        parts.append(f"{mark} {shorten_lines(finding.words)}\n-# {shorten_lines(finding.remedy)}")
        if finding.fix and finding.fix not in offered:
            offered.add(finding.fix)
            style = discord.ButtonStyle.primary if finding.grave else discord.ButtonStyle.secondary
            parts.append([SetupButton("fix", *finding.fix, label=finding.label, style=style)])
    if len(findings) > _FINDINGS:
        parts.append(f"-# And {len(findings) - _FINDINGS} more; these first.")
    row = [
        SetupButton("status", page, label="Look again"),
        FeedButton("list", 0),
        SetupButton("server", label="Settings"),
        SetupButton("log", 0, "all", 0, label="Changes"),
    ]
    if pages > 1:
        turn = (page + 1) % pages
        row.append(SetupButton("status", turn, "more", label=f"More feeds ({page + 1}/{pages})"))
    if not statuses:
        row[1:2] = [SetupButton("start", label="Set me up", style=discord.ButtonStyle.success)]
    parts.append(row)
    return card(*parts, colour=CARE if grave else ACCENT)


def shorten_lines(text: str) -> str:
    """Return at most 350 characters."""
    return text if len(text) <= 350 else f"{text[:349]}…"


def _feeds_line(statuses: Sequence[AnyStatus]) -> str:
    if not statuses:
        return "**Feeds** none yet"
    paused = sum(status.feed.state is FeedState.PAUSED for status in statuses)
    held = sum(entry.state is State.HELD for status in statuses for entry in status.waiting)
    failing = {
        name
        for status in statuses
        for name, state in status.sources.items()
        if state is not None and state.outcome is SourceOutcome.ERROR
    }
    facts = [plural(len(statuses) - paused, "active feed")]
    if paused:
        facts.append(f"{paused} paused")
    facts.append(f"⚠️ {plural(held, 'message')} held" if held else "nothing held")
    facts.append(f"⚠️ {plural(len(failing), 'source')} failing" if failing else "sources fine")
    return f"**Feeds** {' · '.join(facts)}"


def _feed_line(status: AnyStatus) -> str:
    feed = status.feed
    facts = [f"**Feed {feed.number}** {_KINDS.get(feed.plan.kind, feed.plan.kind)} → <#{feed.channel_id}>"]
    if feed.state is FeedState.PAUSED:
        facts.append(f"⏸️ paused{f': {plain(shorten(feed.pause_reason, 80))}' if feed.pause_reason else ''}")
    else:
        facts.append(f"next {stamp(feed.slot_at)}")
    if status.last is not None:
        facts.append(f"last {stamp(status.last[0])}: {status.last[1]} posted")
    elif feed.last_run_at is not None and feed.plan.events is None:  # one of events is looked at more often
        facts.append(f"last {stamp(feed.last_run_at)}")
    held = [entry for entry in status.waiting if entry.state is State.HELD]
    words = " · ".join(facts)
    if held:
        words += f"\n-# ⚠️ {plural(len(held), 'message')} held: {plain(shorten(held[0].reason or 'no reason', 160))}"
    failing = [
        f"{plain(name)}: {plain(shorten(state.error or 'no answer', 80))}"
        for name, state in status.sources.items()
        if state is not None and state.outcome is SourceOutcome.ERROR
    ]
    if failing:
        words += f"\n-# ⚠️ {'; '.join(failing[:2])}"
    return words


@pressed("status")
async def _status(interaction: Interaction, words: Sequence[str]) -> None:
    await may_manage(interaction)
    await turn(interaction)
    await show_status(interaction, int(words[0]) if words else 0)


@pressed("careers")
async def _careers(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction, Area.ROLES)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await show_setup(interaction)


@pressed("fix")
async def _fix(interaction: Interaction, words: Sequence[str]) -> None:
    """Do what a finding offers."""
    match list(words):
        case ["feed", number]:
            server_id = await may_manage(interaction, Area.FEED)
            await interaction.response.defer(ephemeral=True, thinking=True)
            feed = await interaction.client.services.feeds.feed(server_id, int(number))
            await show(interaction, panel_of(feed))
        case ["server"]:
            from cogs.ui.setup.server import show_server

            await may_manage(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            await show_server(interaction)
        case ["buddies"]:
            await may_manage(interaction, Area.BUDDIES)
            await interaction.response.defer(ephemeral=True, thinking=True)
            await show_buddies(interaction)
        case ["allow", channel_id]:
            await may_manage(interaction)
            await interaction.response.defer()
            await _allow(interaction, int(channel_id))
        case _:
            await may_manage(interaction)
            raise UserError("That is from an older version of me. Run /setup status again.")


async def _allow(interaction: Interaction, channel_id: int) -> None:
    guild = interaction.guild
    assert guild is not None
    channel = guild.get_channel(channel_id)
    if not isinstance(channel, Postable):
        raise UserError("That channel is gone.")
    if not channel.permissions_for(interaction.user).manage_roles:  # type: ignore[arg-type]
        raise UserError(
            f"To change who may do what in {channel.mention} you need Manage Permissions there yourself. "
            "Ask somebody who has it."
        )
    try:
        await allow(interaction, channel)
    except discord.Forbidden as error:
        raise UserError(
            f"I may not change my own permissions in {channel.mention}. Open Edit Channel → Permissions and allow "
            "View Channel, Send Messages and Read Message History for my role."
        ) from error
    await show_status(interaction, told=f"✅ I may post in {channel.mention} now.")
