"""Feeds of events in words: what they read, what they post and when, how they are doing."""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import discord

from bot.domain.conferences import AREAS, Selection, spelled
from bot.domain.feeds import EventOptions, Feed, FeedKind, FeedPlan, FeedState, Moment, Style
from bot.domain.hackathons import Source
from bot.domain.outbox import State
from bot.domain.schedule import say, say_days
from bot.domain.sources import stamp
from bot.services.events import EventFeedStatus
from cogs.ui.event_feeds.inputs import MOMENTS, STYLES
from cogs.ui.events.posts import plain_reading
from cogs.ui.places import missing_for
from cogs.ui.text import listing, plain, plural, shorten

NATIVE: Final = "also as Discord events"

_NEXT: Final = 60  # characters of a title in the list of feeds
_ADDRESS: Final = 70


def promise(feed: Feed) -> str:
    """Say in two lines what a feed posts, where and when."""
    return f"{what(feed.plan)}\n{how(feed.plan)}"


def what(plan: FeedPlan) -> str:
    """Say what a feed reads."""
    options = options_of(plan)
    match plan.kind:
        case FeedKind.MEETUPS:
            return f"Meetups of **{address(options.url)}**"
        case FeedKind.HACKATHONS:
            wanted = options.wanted
            words = f"Hackathons of **{site_names(options.sources)}**"
            if wanted.themes:
                words += f" about {plain(shorten(' or '.join(sorted(wanted.themes)), 150))}"
            return words + (f", {where}" if (where := where_words(options)) else "")
        case _:
            return f"Deadlines of **{conference_names(options.conferences)}**"


def how(plan: FeedPlan) -> str:
    """Say where a feed posts, when, and in which form."""
    options = options_of(plan)
    facts = [f"<#{plan.channel_id}>"]
    if plan.style is Style.EACH:
        facts.append(f"a post for each event {moment_words(options.moments)}")
        facts.append(plain(say(plan.schedule)))
    else:
        facts.append(f"{STYLES[Style.DIGEST]}, {plain(say(plan.schedule))}")
    facts.append(f"at most {plan.limit} in a post")
    if options.native:
        facts.append(NATIVE)
    if options.mention_role_id is not None:
        facts.append(f"mentions <@&{options.mention_role_id}>")
    return " · ".join(facts)


def options_of(plan: FeedPlan) -> EventOptions:
    """Return what only feeds of events have."""
    assert plan.events is not None
    return plan.events


def address(url: str) -> str:
    """Return an address as people know it, without how it is reached."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    return plain(shorten(f"{parts.hostname or url}{path}", _ADDRESS))


def site_names(sources: tuple[Source, ...]) -> str:
    """Name the sites; none means all of them."""
    return ", ".join(source.label for source in sources or tuple(Source))


def conference_names(selection: Selection) -> str:
    """Name conferences and areas; none means every conference."""
    names = [spelled(key) for key in selection.conferences]
    areas = [f"on {AREAS[area].label.lower()}" for area in selection.areas if area in AREAS]
    if areas:
        names.append(f"all conferences {listing(areas)}")
    return plain(shorten(", ".join(names), 300)) if names else "all conferences"


def where_words(options: EventOptions) -> str:
    """Say where hackathons have to be; nothing where they may be anywhere."""
    wanted = options.wanted
    if wanted.place:
        return f"in {plain(wanted.place)}"
    return {True: "online", False: "in person", None: ""}[wanted.online]


def moment_words(moments: tuple[Moment, ...]) -> str:
    """Say at which moments a feed speaks of an event."""
    return listing([MOMENTS[moment] for moment in Moment if moment in moments])


def fields(plan: FeedPlan) -> dict[str, str]:
    """Return what can be changed about a feed, each with its present value in words."""
    options = options_of(plan)
    reads: dict[str, str]
    match plan.kind:
        case FeedKind.MEETUPS:
            reads = {"Calendar": plain(shorten(options.url, 200))}
        case FeedKind.HACKATHONS:
            themes = plain(shorten(", ".join(sorted(options.wanted.themes)), 200)) or "all"
            reads = {
                "Sites": site_names(options.sources),
                "Themes": themes,
                "Where": where_words(options) or "anywhere",
            }
        case _:
            reads = {"Conferences": conference_names(options.conferences)}
    moments = moment_words(options.moments) if plan.style is Style.EACH else "in the agenda"
    return {
        "Channel": f"<#{plan.channel_id}>",
        **reads,
        "Style": STYLES.get(plan.style, STYLES[Style.DIGEST]),
        "Speaks of an event": moments,
        "Time": f"{plan.schedule.time:%H:%M}",
        "Zone": plain(plan.schedule.zone),
        "Days": say_days(plan.schedule.days),
        "Limit": str(plan.limit),
        "Discord events": "yes" if options.native else "no",
        "Mentions": f"<@&{options.mention_role_id}>" if options.mention_role_id is not None else "nobody",
    }


def differences(before: FeedPlan, after: FeedPlan) -> list[str]:
    """Return a line for each thing that changed: what it was and what it is."""
    old, new = fields(before), fields(after)
    return [f"**{name}**: {old[name]} → {new[name]}" for name in old if old[name] != new[name]]


def status_text(status: EventFeedStatus, guild: discord.Guild | None, now: datetime) -> str:
    """Say how a feed is doing: what comes next, when it posts, what is wrong."""
    feed = status.feed
    lines = [f"**Feed {feed.number}** · {promise(feed)}"]
    if feed.state is FeedState.PAUSED:
        lines.append(f"⏸️ Paused. {feed.pause_reason or 'Resume it when you like.'}")
    else:
        lines.append(_next_post(feed))
    if status.last is not None:
        slot_at, shown, overflow = status.last
        more = f", {overflow} more counted" if overflow else ""
        lines.append(f"Last time {stamp(slot_at)}: {plural(shown, 'event')} posted{more}")
    if status.next:
        event = status.next[0].event
        lines.append(f"Next event {stamp(event.starts_at)}: {plain(shorten(event.title, _NEXT))}")
    else:
        lines.append("No event to come is known.")
    if status.native:
        lines.append(f"Keeps {plural(status.native, 'Discord event')}.")
    lines += [f"⚠️ {fault}" for fault in faults(status, guild)]
    lines.append(sources_words(status, now))
    return "\n".join(lines)


def _next_post(feed: Feed) -> str:
    """Say when a feed posts next; one with a post for each event only where one is due by then."""
    at = f"{stamp(feed.slot_at, 'f')} ({stamp(feed.slot_at)})"
    if feed.last_run_at is None:
        return f"First post {at}"
    if feed.plan.style is not Style.EACH:
        return f"Next agenda {at}"
    begun = ", or when one begins" if Moment.START in options_of(feed.plan).moments else ""
    return f"Next post {at}, if an event is due{begun}"


def faults(status: EventFeedStatus, guild: discord.Guild | None) -> list[str]:
    """Return a sentence for each thing that keeps a feed from posting as it should."""
    found = []
    plan = status.feed.plan
    options = options_of(plan)
    if guild is not None:
        channel = guild.get_channel_or_thread(plan.channel_id)
        if channel is None:
            found.append(
                "The channel is gone, or hidden from me. Give the feed another one with Edit, or remove it."
            )
        elif missing := missing_for(channel, plan.style):
            found.append(f"I lack {listing(missing)} in the channel.")
        if options.native and not guild.me.guild_permissions.create_events:
            found.append("I lack Create Events in this server, so no Discord events are made.")
        if options.mention_role_id is not None and guild.get_role(options.mention_role_id) is None:
            found.append("The role it mentions is gone. Choose another with Edit.")
    held = [entry for entry in status.waiting if entry.state is State.HELD]
    if held:
        found.append(f"{plural(len(held), 'message')} held: {shorten(held[0].reason or '', 300)}")
    return found


def sources_words(status: EventFeedStatus, now: datetime) -> str:
    """Say how each source of a feed is doing."""
    return "\n".join(
        f"-# {plain(name)}: {plain_reading(state, now)}" for name, state in status.sources.items()
    )
