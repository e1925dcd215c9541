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
from bot.words import N_, _, ngettext
from cogs.ui.cards import ACCENT, CARE, IS_COMPONENTS_V2, MAX_CHARACTERS, container
from cogs.ui.events.agenda import agenda
from cogs.ui.events.buttons import MOST_PICKED, actions, button, links, mine_button, pick
from cogs.ui.events.words import facts, fitted, marks, planned, soon, title, when
from cogs.ui.reasons import retold, trouble
from cogs.ui.text import labelled, plain, shorten

_DESCRIPTION: Final = 300
_MARGIN: Final = 40
_NAMED: Final = 8
_HEADINGS: Final = {
    PostKind.FIRST: N_("{events} coming up"),
    PostKind.WEEK: N_("{events}: the week ahead"),
    PostKind.ROUNDUP: N_("{events} to know of"),
}
_SORTS: Final = {
    PostKind.FIRST: N_("what comes next"),
    PostKind.WEEK: N_("the week ahead"),
    PostKind.ROUNDUP: N_("to know of"),
}
_NOUNS: Final = {
    FeedKind.MEETUPS: N_("Meetups"),
    FeedKind.HACKATHONS: N_("Hackathons"),
    FeedKind.DEADLINES: N_("Deadlines"),
}
_MOMENTS: Final = {
    Moment.ANNOUNCED: N_("announced"),
    Moment.MONTH: N_("month"),
    Moment.WEEK: N_("week"),
    Moment.DAY: N_("day"),
    Moment.START: N_("start"),
}
SOURCES: Final = (N_("Conference deadlines"), N_("The calendar"))
"""What `bot.domain.event_sources` calls sources that have no name of their own."""


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
        words = _("Feed {number} · event {event} · change {revision}")
        marker = "-# " + words.format(number=feed.number, event=listed.id, revision=listed.revision)
        event = listed.current
        parts: list[Any] = ["\n".join([f"### {title(event)}", *marks(listed, differences)])]
        parts.append(planned(event) if listed.is_off else when(event))
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
        words = (
            _("Event {event} · off {reminder} · {time}")
            if off
            else _("Event {event} · reminder {reminder} · {time}")
        )
        marker = "-# " + words.format(event=listed.id, reminder=reminder.id, time=_minute(reminder.due_at))
        if off:
            nothing = _("⛔ It does not take place, so I remind you of nothing.")
            head = f"### {title(event)}\n{nothing}\n{planned(event)}"
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
        words = _("About the sources of feed {number} · {time}")
        marker = "-# " + words.format(number=feed.number, time=_minute(now))
        named = list(troubled.items())[:_NAMED]
        said = [f"- {labelled(plain(_(name)), _failing(state))}" for name, state in named]
        if len(troubled) > _NAMED:
            more = ngettext("and {count} more", "and {count} more", len(troubled) - _NAMED)
            said.append(f"- {more}")
        text = _(
            "### Feed {number} cannot read its events\n{sources}\nI keep trying, and nothing that I know of is lost. "
            "`/feed preview` of feed {number} shows how it stands; if the address has changed, give it the new one "
            "with `/feed edit`."
        ).format(number=feed.number, sources="\n".join(said))
        return _rendered([text, marker], marker, (), colour=CARE)


def plain_reading(state: SourceState | None, now: datetime) -> str:
    """Describe a source's state, with what it sent as plain text of a bearable length."""
    if state is not None and state.error:
        state = replace(state, error=plain(shorten(state.error, 250)))
    return describe_reading(state, now)


def _failing(state: SourceState) -> str:
    error = plain(shorten(retold(state.error), 250)) if state.error else None
    return trouble(replace(state, error=error))


def _single(post: EventPost, shown: Shown) -> Rendered:
    listed, event = shown.listed, shown.event
    local = post.slot_at.astimezone(ZoneInfo(post.feed.plan.schedule.zone))
    sort = (
        _("new")
        if post.kind is PostKind.CARD
        else _(_MOMENTS[post.moment] if post.moment else N_("reminder"))
    )
    marker = "-# " + _("Feed {number} · event {event} · {what} · {time}").format(
        number=post.feed.number, event=listed.id, what=sort, time=f"{local:%Y-%m-%d %H:%M}"
    )
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
        return f"🔔 {_('Today')}"
    return f"🔔 {_('Due now') if event.kind is EventKind.DEADLINE else _('It begins')}"


def _agenda(post: EventPost) -> Rendered:
    plan = post.feed.plan
    zone = plan.schedule.zone
    local = post.slot_at.astimezone(ZoneInfo(zone))
    marker = "-# " + _("Feed {number} · {what} · {time}").format(
        number=post.feed.number, what=_(_SORTS[post.kind]), time=f"{local:%Y-%m-%d %H:%M}"
    )
    heading = _(_HEADINGS[post.kind]).format(events=_(_NOUNS[plan.kind]))
    clocks = _("Days as in {zone}, times as in your own zone").format(zone=plain(zone))
    head = f"## {heading}\n-# {clocks}"
    more = ""
    if post.overflow:
        more = ngettext(
            "**{count} more event** not shown; `/events upcoming` has it.",
            "**{count} more events** not shown; `/events upcoming` has them.",
            post.overflow,
        )
    room = MAX_CHARACTERS - len(head) - len(more) - len(marker) - _MARGIN
    text = agenda(post.shown, zone=zone, at=post.slot_at, room=room)
    listed = tuple(each.listed for each in post.shown)
    parts: list[Any] = [head, text, *([more] if more else [])]
    parts += [[pick(listed[:MOST_PICKED], zone)], [all_button()], marker]
    return _rendered(parts, marker, listed, role_id=_role(post))


def all_button() -> ui.Button[Any]:
    """Return the button that shows the server's events to whoever presses it."""
    return ui.Button(
        label=_("All events"), style=discord.ButtonStyle.secondary, custom_id="events:0:any:0:any"
    )


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
