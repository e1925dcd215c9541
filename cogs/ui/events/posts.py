"""The messages that are stored and posted: `bot.domain.agenda.EventRenderer` for Discord."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import discord
from discord import ui

from bot.domain.agenda import EventPost, Listed, MemberReminder, PostKind, Shown
from bot.domain.digests import Rendered
from bot.domain.event_sources import describe_reading
from bot.domain.events import Difference, EventKind
from bot.domain.feeds import Feed, FeedKind, Moment
from bot.domain.sources import SourceState
from cogs.ui.cards import ACCENT, CARE, IS_COMPONENTS_V2, MAX_CHARACTERS, container
from cogs.ui.events.agenda import agenda
from cogs.ui.events.buttons import MOST_PICKED, actions, button, links, mine_button, pick
from cogs.ui.events.words import facts, fitted, marks, soon, title, when
from cogs.ui.text import plain, plural, shorten

_DESCRIPTION: Final = 300
_MARGIN: Final = 40
_NAMED: Final = 8
_HEADINGS: Final = {
    PostKind.FIRST: "{} coming up",
    PostKind.WEEK: "{}: the week ahead",
    PostKind.ROUNDUP: "{} to know of",
}
_SORTS: Final = {
    PostKind.FIRST: "what comes next",
    PostKind.WEEK: "the week ahead",
    PostKind.ROUNDUP: "to know of",
}
_NOUNS: Final = {
    FeedKind.MEETUPS: "Meetups",
    FeedKind.HACKATHONS: "Hackathons",
    FeedKind.DEADLINES: "Deadlines",
}


class EventCards:
    """Renders posts, changes, reminders and troubles; the same input gives the same bytes."""

    def post(self, post: EventPost) -> Rendered:
        """Return the message for a post."""
        if post.kind in _HEADINGS:
            return _agenda(post)
        return _single(post, post.shown[0])

    def say(
        self, feed: Feed, listed: Listed, differences: tuple[Difference, ...], message_id: int | None
    ) -> Rendered:
        """Return a short message that says what changed, in answer to the one that showed the event."""
        marker = f"-# Feed {feed.number} · event {listed.id} · change {listed.revision}"
        event = listed.current
        parts: list[Any] = ["\n".join([f"### {title(event)}", *marks(listed, differences)])]
        if not listed.is_off:
            parts.append(when(event))
        parts += [[button("open", listed.id), *links(event)[:1]], marker]
        rendered = _rendered(parts, marker, (listed,), colour=CARE)
        if message_id is not None:
            rendered.payload["message_reference"] = {
                "message_id": str(message_id),
                "fail_if_not_exists": False,
            }
        return rendered

    def remind(self, reminder: MemberReminder, *, off: bool) -> Rendered:
        """Return a member's reminder, or with `off` the news that there is nothing to be reminded of."""
        listed = reminder.listed
        event = listed.current
        sort = "off" if off else "reminder"
        marker = f"-# Event {listed.id} · {sort} {reminder.id} · {_minute(reminder.due_at)}"
        if off:
            head = f"### {title(event)}\n⛔ It does not take place, so I remind you of nothing."
            parts: list[Any] = [head]
        else:
            head = f"### 🔔 {title(event)}\n{soon(event)}"
            parts = [head, "\n".join([when(event), *facts(event)])]
        row = links(event)[:2]
        if reminder.by_dm and not off:
            row.append(button("calendar", listed.id, server_id=reminder.server_id))
        parts += [[*row, mine_button()], marker]
        member = None if reminder.by_dm else reminder.member_id
        return _rendered(parts, marker, (listed,), member_id=member)

    def trouble(self, feed: Feed, troubled: Mapping[str, SourceState], now: datetime) -> Rendered:
        """Return a message for moderators: these sources have failed for a day."""
        marker = f"-# About the sources of feed {feed.number} · {_minute(now)}"
        named = list(troubled.items())[:_NAMED]
        said = [f"- {plain(name)}: {plain_reading(state, now)}" for name, state in named]
        if len(troubled) > _NAMED:
            said.append(f"- and {len(troubled) - _NAMED} more")
        hint = (
            f"I keep trying, and nothing that I know of is lost. `/feed preview` of feed {feed.number} shows how it "
            "stands; if the address has changed, give it the new one with `/feed edit`."
        )
        text = "\n".join([f"### Feed {feed.number} cannot read its events", *said, hint])
        return _rendered([text, marker], marker, (), colour=CARE)


def plain_reading(state: SourceState | None, now: datetime) -> str:
    """Describe a source's state, with what it sent as plain text of a bearable length."""
    if state is not None and state.error:
        state = replace(state, error=plain(shorten(state.error, 250)))
    return describe_reading(state, now)


def _single(post: EventPost, shown: Shown) -> Rendered:
    listed, event = shown.listed, shown.event
    local = post.slot_at.astimezone(ZoneInfo(post.feed.plan.schedule.zone))
    sort = "new" if post.kind is PostKind.CARD else f"{post.moment or 'reminder'}"
    marker = f"-# Feed {post.feed.number} · event {listed.id} · {sort} · {local:%Y-%m-%d %H:%M}"
    changed = marks(listed, shown.differences)
    head = "\n".join([_headline(post, shown), f"## {title(event)}", *changed]).strip()
    below = "\n".join([when(event), *facts(event)])
    room = MAX_CHARACTERS - len(head) - len(below) - len(marker) - _MARGIN
    text = fitted(event.description, min(_DESCRIPTION, room))
    parts = [head, below, *([text] if text else []), actions(listed), marker]
    return _rendered(
        parts, marker, (listed,), role_id=_role(post), colour=CARE if changed and listed.is_off else ACCENT
    )


def _headline(post: EventPost, shown: Shown) -> str:
    event = shown.event
    if post.kind is PostKind.CARD or shown.listed.is_off:
        return ""
    if post.moment is not Moment.START:
        return f"🔔 {soon(event)}"
    if event.all_day:
        return "🔔 Today"
    return "🔔 Due now" if event.kind is EventKind.DEADLINE else "🔔 It begins"


def _agenda(post: EventPost) -> Rendered:
    plan = post.feed.plan
    zone = plan.schedule.zone
    local = post.slot_at.astimezone(ZoneInfo(zone))
    marker = f"-# Feed {post.feed.number} · {_SORTS[post.kind]} · {local:%Y-%m-%d %H:%M}"
    heading = _HEADINGS[post.kind].format(_NOUNS[plan.kind])
    head = f"## {heading}\n-# Days as in {plain(zone)}, times as in your own zone"
    more = ""
    if post.overflow:
        has = "has it" if post.overflow == 1 else "has them"
        more = f"**{plural(post.overflow, 'more event')}** not shown; `/events upcoming` {has}."
    room = MAX_CHARACTERS - len(head) - len(more) - len(marker) - _MARGIN
    text = agenda(post.shown, zone=zone, at=post.slot_at, room=room)
    listed = tuple(each.listed for each in post.shown)
    parts: list[Any] = [head, text, *([more] if more else [])]
    parts += [[pick(listed[:MOST_PICKED], zone)], [all_button()], marker]
    return _rendered(parts, marker, listed, role_id=_role(post))


def all_button() -> ui.Button[Any]:
    """Return the button that shows the server's events to whoever presses it."""
    return ui.Button(label="All events", style=discord.ButtonStyle.secondary, custom_id="events:0:any:0:any")


def _role(post: EventPost) -> int | None:
    events = post.feed.plan.events
    return events.mention_role_id if events else None


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _rendered(
    parts: list[Any],
    marker: str,
    shown: tuple[Listed, ...],
    *,
    role_id: int | None = None,
    member_id: int | None = None,
    colour: discord.Colour = ACCENT,
) -> Rendered:
    mention = f"<@&{role_id}>" if role_id else f"<@{member_id}>" if member_id else ""
    allowed: dict[str, Any] = {"parse": []}
    if role_id:
        allowed["roles"] = [str(role_id)]
    elif member_id:
        allowed["users"] = [str(member_id)]
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [
            *([{"type": 10, "content": mention}] if mention else []),
            container(*parts, colour=colour).to_component_dict(),
        ],
        "allowed_mentions": allowed,
    }
    return Rendered(payload, marker, tuple(str(each.id) for each in shown))
