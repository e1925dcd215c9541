"""Feeds, their sources and their last days in words."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import discord

from bot.domain.feed_edits import EVERYTHING, NEW_ONLY, WITH_CROSS_LISTS
from bot.domain.feeds import Changes, Feed, FeedKind, FeedPlan, FeedState, Order, Style
from bot.domain.holidays import why_no_list
from bot.domain.outbox import State
from bot.domain.outlook import Outlook, Width
from bot.domain.queries import stored_query
from bot.domain.schedule import say, say_days
from bot.domain.sources import SourceOutcome, SourceState, describe, is_stale, stamp
from bot.errors import UserError
from bot.services.events import EventFeedStatus
from bot.services.feeds import FeedStatus
from cogs.ui.event_feeds import words as event_feeds
from cogs.ui.places import missing_for
from cogs.ui.text import listing, plain, plural, shorten

_STATES: Final = 4  # different states of sources that one feed's lines tell apart
_STAMP: Final = re.compile(r"<t:(\d+):")
_NEW_YORK: Final = ZoneInfo("America/New_York")  # where arXiv's days begin

KINDS: Final = {
    NEW_ONLY: "new papers",
    WITH_CROSS_LISTS: "new papers and cross-lists",
    EVERYTHING: "new papers, cross-lists and new versions",
}
STYLES: Final = {
    Style.DIGEST: "one post",
    Style.EACH: "a post for each",
    Style.THREAD: "a thread for the day",
}
FORUM_STYLES: Final = {
    Style.DIGEST: "one forum post",
    Style.EACH: "a forum post for each",
    Style.THREAD: "one forum post",
}
ORDERS: Final = {
    Order.NEWEST: "newest first",
    Order.UPVOTES: "most upvoted first",
    Order.SERVER: "most like what this server saves first",
}
CHANGES: Final = {
    Changes.OFF: "posts stay as they are",
    Changes.MARK: "posts are marked when a paper changes",
    Changes.SAY: "posts are marked when a paper changes, and a message says so",
}


def promise(feed: Feed) -> str:
    """Say in two lines what a feed posts, where and when; what is as usual is left out."""
    if feed.plan.events is not None:
        return event_feeds.promise(feed)
    plan, options = feed.plan, feed.plan.options
    if plan.kind is FeedKind.HIGHLIGHTS:
        what = "Highlights: what this server discussed, saved and found useful most"
        return f"{what}\n<#{feed.channel_id}> · {plain(say(plan.schedule))} · at most {plan.limit}"
    if plan.quiz is not None:
        what = "A question of the day"
        if plan.quiz.level is not None:
            what += f", {plan.quiz.level.name.lower()}"
        if plan.quiz.areas:
            what += f", about {listing([area.replace('-', ' ') for area in plan.quiz.areas])}"
        return f"{what}\n<#{feed.channel_id}> · {plain(say(plan.schedule))}"
    if plan.kind is FeedKind.BUDDIES:
        return (
            f"Rounds of study buddies\n<#{feed.channel_id}> · {plain(say(plan.schedule))} · `/setup buddies`"
        )
    kinds = KINDS.get(options.types, ", ".join(options.types))
    what = f"{kinds[0].upper()}{kinds[1:]} in **{', '.join(plan.categories)}**"
    if plan.query:
        what += f", only those {reading(plan.query)}"
    facts = [f"<#{feed.channel_id}>", plain(say(plan.schedule)), f"{style_words(plan)}, at most {plan.limit}"]
    if options.order is not Order.NEWEST:
        facts.append(ORDERS[options.order])
    if options.mention_role_id is not None:
        facts.append(f"mentions <@&{options.mention_role_id}>")
    if options.changes is not Changes.OFF:
        facts.append(CHANGES[options.changes])
    return f"{what}\n{' · '.join(facts)}"


def reading(query: str) -> str:
    """Say which papers a query lets through: mentioning “gan”, but not “survey”."""
    try:
        words = stored_query(query).words()
    except UserError:  # an earlier version let it in; the list of feeds must show it all the same
        words = f"found by {query}"
    return plain(shorten(words.removeprefix("papers "), 300))


def style_words(plan: FeedPlan) -> str:
    """Say how the day's papers stand in the channel."""
    return (FORUM_STYLES if plan.options.forum else STYLES)[plan.style]


def fields(plan: FeedPlan) -> dict[str, str]:
    """Return what can be changed about a feed, each with its present value in words."""
    options = plan.options
    channel = {"Channel": f"<#{plan.channel_id}>"}
    schedule = {
        "Time": f"{plan.schedule.time:%H:%M}",
        "Zone": plain(plan.schedule.zone),
        "Days": say_days(plan.schedule.days),
    }
    limit = {"Limit": str(plan.limit)}
    if plan.kind is FeedKind.HIGHLIGHTS:
        return channel | schedule | limit
    if plan.kind is FeedKind.QUIZ:
        return channel | schedule
    return {
        **channel,
        "Categories": ", ".join(plan.categories),
        "Query": reading(plan.query) if plan.query else "none",
        **schedule,
        "Style": style_words(plan),
        **limit,
        "Takes": KINDS.get(options.types, ", ".join(options.types)),
        "Order": ORDERS[options.order],
        "Mentions": f"<@&{options.mention_role_id}>" if options.mention_role_id is not None else "nobody",
        "Changes": CHANGES[options.changes],
    }


def differences(before: FeedPlan, after: FeedPlan) -> list[str]:
    """Return a line for each thing that changed: what it was and what it is."""
    old, new = fields(before), fields(after)
    return [f"**{name}**: {old[name]} → {new[name]}" for name in old if old[name] != new[name]]


def outlook_words(outlook: Outlook) -> str:
    """Say what the last days would have brought, and how much of it would only have been counted."""
    if outlook.since is None:
        return "Nothing is stored of the last days yet, so I cannot count what they would have brought."
    numbers = ", ".join(str(day.posted) for day in outlook.days)
    words = f"The last {len(outlook.days)} days would have posted, oldest first: **{numbers}**"
    if outlook.counted:
        words += f", and only counted {outlook.counted:,} more"
    return f"{words}.\n-# Counted from what I have read since {stamp(outlook.since, 'D')}."


def warning(outlook: Outlook, plan: FeedPlan) -> str:
    """Warn of a filter that lets through far too much, or nothing; nothing where it fits."""
    match outlook.width:
        case Width.WIDE:
            narrow = (
                "Narrow the `query`" if plan.query else "Give it a `query`, such as “large language model*”"
            )
            return (
                f"⚠️ That is much more than fits: about {outlook.average:,} papers on a day, and a post shows "
                f"{plan.limit}. {narrow}, or take a higher `limit`."
            )
        case Width.EMPTY if plan.query:
            return "⚠️ Nothing that I have read lately fits. Try fewer or other words, or more categories."
        case Width.EMPTY:
            return "⚠️ I have read nothing that fits lately. More categories bring more."
        case _:
            return ""


def status_text(status: FeedStatus | EventFeedStatus, guild: discord.Guild | None, now: datetime) -> str:
    """Say how a feed is doing: when it posts next, what it posted last, what is wrong."""
    if isinstance(status, EventFeedStatus):
        return event_feeds.status_text(status, guild, now)
    feed = status.feed
    lines = [f"**Feed {feed.number}** · {promise(feed)}"]
    if feed.state is FeedState.PAUSED:
        lines.append(f"⏸️ Paused. {feed.pause_reason or 'Resume it when you like.'}")
    else:
        lines.append(f"Next post {stamp(feed.slot_at, 'f')} ({stamp(feed.slot_at)})")
    if status.last:
        slot_at, shown, overflow = status.last
        counts = f"{shown} posted" + (f", {overflow} more counted" if overflow else "")
        lines.append(f"Last time {stamp(slot_at)}: {counts if shown else 'no new paper fitted'}")
    lines += [f"⚠️ {fault}" for fault in _faults(status, guild)]
    lines.append(sources_words(status.sources, now))
    return "\n".join(lines)


def _faults(status: FeedStatus, guild: discord.Guild | None) -> list[str]:
    faults = []
    plan = status.feed.plan
    if guild is not None:
        channel = guild.get_channel_or_thread(status.feed.channel_id)
        if channel is None:
            faults.append(
                "The channel is gone, or hidden from me. Give the feed another one with Edit, or remove it."
            )
        elif missing := missing_for(channel, plan.style):
            faults.append(f"I lack {listing(missing)} in the channel.")
        role_id = plan.options.mention_role_id
        if role_id is not None and guild.get_role(role_id) is None:
            faults.append("The role it mentions is gone. Choose another with Edit.")
    held = [entry for entry in status.waiting if entry.state is State.HELD]
    if held:
        faults.append(f"{plural(len(held), 'message')} held: {shorten(held[0].reason or '', 300)}")
    return faults


def sources_words(sources: Mapping[str, SourceState | None], now: datetime) -> str:
    """One line for each different state, failures first, so that ten healthy categories take one line.

    Categories are read some seconds apart: moments within an hour of each other count as the same.
    """
    grouped: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    for category, state in sorted(sources.items(), key=lambda item: not _is_failing(item[1])):
        words = _describe(state, now)
        alike = _STAMP.sub(lambda stamp: f"<{int((int(stamp[1]) - now.timestamp()) / 3600)}:", words)
        said.setdefault(alike, words)
        grouped.setdefault(alike, []).append(category)
    lines = [f"-# {', '.join(names)}: {said[alike]}" for alike, names in grouped.items()]
    if len(lines) > _STATES:
        rest = [name for names in list(grouped.values())[_STATES:] for name in names]
        lines[_STATES:] = [f"-# {', '.join(rest)}: other states"]
    return "\n".join(lines)


def _describe(state: SourceState | None, now: datetime) -> str:
    """Say how a source is doing; where it brings nothing new, with the reason that the calendar knows."""
    words = describe(_tamed(state), now)
    if state is None or state.last_ok_at is None:
        return words
    if state.outcome is SourceOutcome.QUIET:
        read_at = state.last_ok_at
    elif is_stale(state, now):
        read_at = now
    else:
        return words
    reason = why_no_list(read_at.astimezone(_NEW_YORK).date())
    return f"{words}; {reason}" if reason else words


def _tamed(state: SourceState | None) -> SourceState | None:
    """Return the state with what the source sent as plain text of a bearable length."""
    if state is None or not state.error:
        return state
    return replace(state, error=plain(shorten(state.error, 150)))


def was_read(state: SourceState | None) -> bool:
    """Whether a source was ever asked."""
    return state is not None and state.last_checked_at is not None


def _is_failing(state: SourceState | None) -> bool:
    return state is not None and state.outcome is SourceOutcome.ERROR
