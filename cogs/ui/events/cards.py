"""One event, the events to come and a member's reminders, as cards for whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from discord import ui

from bot.domain.agenda import LEADS, Listed, MemberReminder, is_over
from bot.domain.agenda.reminders import remind_at
from bot.domain.events import Event, EventKind
from bot.domain.feeds import FeedKind
from bot.domain.native import span_of
from bot.domain.sources import stamp
from bot.services.events import Attendance, EventFeedStatus
from cogs.ui.cards import ACCENT, CARE, GOOD, MAX_CHARACTERS, card, line
from cogs.ui.events import buttons
from cogs.ui.events.agenda import lines
from cogs.ui.events.buttons import button, lead_button, links, mine_button, pick
from cogs.ui.events.words import KINDS, MAX_LINK, facts, fitted, marks, title, when
from cogs.ui.text import plain, plural, shorten

PER_PAGE: Final = 10
REMINDERS_PER_PAGE: Final = 5

_MARGIN: Final = 300
_CALENDAR: Final = "https://calendar.google.com/calendar/render"


@dataclass(frozen=True, slots=True)
class Search:
    """Which events are listed: all of them where nothing is chosen."""

    kind: EventKind | None = None
    days: int = 0  # the next so many; 0 for all
    attendance: Attendance | None = None

    @property
    def words(self) -> str:
        """What is listed."""
        words = f"{KINDS[self.kind]}s" if self.kind else "events"
        if self.attendance:
            words += " online" if self.attendance is Attendance.ONLINE else " with a place to go to"
        if self.days:
            words += f" of the next {'24 hours' if self.days == 1 else f'{self.days} days'}"
        return words

    def before(self, now: datetime) -> datetime | None:
        """Return until when an event may start."""
        return now + timedelta(days=self.days) if self.days else None


def event_card(listed: Listed, now: datetime, *, reminder: MemberReminder | None = None) -> ui.LayoutView:
    """Show one event with all that is known of it, and what to do with it."""
    event = listed.current
    head = "\n".join([f"## {title(event)}", *marks(listed, ())])
    below = "\n".join([when(event), *facts(event)])
    text = fitted(event.description, MAX_CHARACTERS - len(head) - len(below) - _MARGIN)
    parts: list[Any] = [head, below, *([text] if text else [])]
    actions: list[Any] = []
    if reminder is not None:
        parts.append(f"🔔 I remind you {stamp(reminder.due_at, 'F')}.")
        actions.append(button("drop", listed.id))
    elif not listed.is_off and event.starts_at > now:
        actions.append(button("remind", listed.id))
    if not listed.is_off and not is_over(event, now):
        actions.append(button("calendar", listed.id))
    parts += [line(), [*actions, mine_button()]]
    if found := links(event):
        parts.append(found)
    return card(*parts, colour=CARE if listed.is_off else ACCENT)


def upcoming_card(
    found: Sequence[Listed], search: Search, *, page: int, zone: str, now: datetime
) -> ui.LayoutView:
    """Show a page of the events to come; `found` reaches one past the page where there are more."""
    start = page * PER_PAGE
    shown, more = found[start : start + PER_PAGE], len(found) > start + PER_PAGE
    words = search.words
    head = f"## {words[0].upper()}{words[1:]}\n-# Days as in {plain(zone)}, times as in your own zone"
    text = lines(shown, zone=zone, at=now, room=MAX_CHARACTERS - len(head) - _MARGIN)
    parts: list[Any] = [head, text, [pick(shown, zone)]]
    turning: list[Any] = []
    if page or more:
        turning = [
            page_button(search, max(page - 1, 0), label="← Back", disabled=page == 0),
            page_button(search, page + 1, label="More →", disabled=not more),
        ]
    parts.append([*turning, mine_button()])
    return card(*parts)


def nothing_card(search: Search, feeds: Sequence[EventFeedStatus], *, manage: bool) -> ui.LayoutView:
    """Say that nothing is coming, which feeds there are, and how there could be more."""
    head = f"## No {search.words}"
    adding = "`/feed meetups`, `/feed hackathons` or `/feed deadlines`"
    if not feeds:
        words = (
            f"No feed of events is set up here. Add one with {adding}."
            if manage
            else f"No feed of events is set up here. Somebody with Manage Server can add one with {adding}."
        )
        return card(f"{head}\n{words}")
    kinds: dict[FeedKind, list[str]] = {}
    for status in feeds:
        kinds.setdefault(status.feed.plan.kind, []).append(f"<#{status.feed.channel_id}>")
    listed = "\n".join(f"- {kind} in {', '.join(dict.fromkeys(where))}" for kind, where in kinds.items())
    narrowed = search != Search()
    words = "Nothing that fits is coming up. These feeds are read:" if narrowed else "These feeds are read:"
    row: list[Any] = [page_button(Search(), 0, label="All events")] if narrowed else []
    return card(f"{head}\n{words}\n{listed}", [*row, mine_button()])


def page_button(search: Search, page: int, *, label: str, disabled: bool = False) -> ui.Button[Any]:
    """Return the button that shows a page of a search."""
    kind = search.kind or "any"
    where = {None: "any", Attendance.ONLINE: "online", Attendance.IN_PERSON: "place"}[search.attendance]
    return ui.Button(label=label, custom_id=f"events:{page}:{kind}:{search.days}:{where}", disabled=disabled)


# --- Reminders --------------------------------------------------------------------------------------


def remind_card(listed: Listed, now: datetime, reminder: MemberReminder | None = None) -> ui.LayoutView:
    """Ask how long before an event somebody wants to be reminded."""
    event = listed.current
    offered = [lead_button(listed.id, lead, disabled=remind_at(event, lead) <= now) for lead in buttons.LEADS]
    if all(each.disabled for each in offered):
        offered = [lead_button(listed.id, timedelta(), label="When it begins")]
    words = "I send you a direct message. How long before?"
    if reminder is not None:
        words = f"I remind you {stamp(reminder.due_at, 'F')}. Choose another time, or take it back."
    last: list[Any] = [button("drop", listed.id)] if reminder is not None else []
    return card(f"## {title(event)}\n{when(event)}", words, offered, [*last, mine_button()])


def reminded_card(reminder: MemberReminder) -> ui.LayoutView:
    """Say that a reminder is set."""
    where = "by direct message" if reminder.by_dm else "below the event's post, where others see it"
    tested = " I have just written to you, so that you see where it arrives." if reminder.by_dm else ""
    return card(
        f"## Reminder set\n{title(reminder.listed.current)}",
        f"I remind you {stamp(reminder.due_at, 'F')} ({stamp(reminder.due_at)}), {where}.{tested} "
        "If the event moves, the reminder moves with it.",
        [button("drop", reminder.listed.id), mine_button()],
        colour=GOOD,
    )


def letter_card(listed: Listed, lead: timedelta) -> ui.LayoutView:
    """Return the direct message that shows that direct messages arrive."""
    event = listed.current
    return card(
        f"## I will remind you here\n{title(event)}",
        f"Reminder: {stamp(remind_at(event, lead), 'F')}, {before_words(lead)}. You asked for it; nothing else comes.",
        [button("drop", listed.id), mine_button()],
    )


def closed_card(listed: Listed, lead: timedelta) -> ui.LayoutView:
    """Say that direct messages do not arrive, and offer a mention instead."""
    return card(
        "## I could not send you a direct message\nNo reminder is set. Open the menu of this server → Privacy "
        "Settings, allow direct messages, and try again; or I mention you below the event's post, where others "
        "see it.",
        [
            buttons.thread_button(listed.id, lead),
            lead_button(listed.id, lead, label="Try again"),
        ],
        colour=CARE,
    )


def dropped_card(*, there: bool) -> ui.LayoutView:
    """Say that a reminder is taken back."""
    words = "I do not remind you of that event." if there else "There was no reminder of that event."
    return card(f"## Taken back\n{words}", [mine_button()])


def reminders_card(found: Sequence[MemberReminder], *, page: int = 0) -> ui.LayoutView:
    """List a member's reminders, each with the way to take it back."""
    if not found:
        return card(
            "## No reminders\nPress **Remind me** below an event, or type `/events remind` and pick one.",
            [page_button(Search(), 0, label="All events")],
        )
    pages = [found[start : start + REMINDERS_PER_PAGE] for start in range(0, len(found), REMINDERS_PER_PAGE)]
    page = min(page, len(pages) - 1)
    parts: list[Any] = [f"## {plural(len(found), 'reminder')}"]
    for each in pages[page]:
        event = each.listed.current
        where = "" if each.by_dm else ", below its post"
        text = f"**{title(event, 150)}**\n{when(event)}\n🔔 {stamp(each.due_at, 'F')} ({stamp(each.due_at)}){where}"
        parts += [line(), ui.Section(text, accessory=button("drop", each.listed.id))]
    if len(pages) > 1:
        parts += [
            line(),
            [
                mine_button(max(page - 1, 0), label="← Back", disabled=page == 0),
                mine_button(page + 1, label="More →", disabled=page + 1 == len(pages)),
            ],
        ]
    return card(*parts)


def before_words(lead: timedelta) -> str:
    """Say how long before: "1 day before", "at the start"."""
    if not lead:
        return "when it begins"
    days, rest = divmod(lead, timedelta(days=1))
    if not rest:
        return f"{plural(days // 7, 'week')} before" if days % 7 == 0 else f"{plural(days, 'day')} before"
    hours, rest = divmod(lead, timedelta(hours=1))
    return (
        f"{plural(hours, 'hour')} before" if not rest else f"{int(lead.total_seconds()) // 60} minutes before"
    )


def lead_choices() -> dict[int, str]:
    """Return the times before an event that a command offers, by minutes."""
    return {buttons.minutes(lead): before_words(lead).capitalize() for lead in (timedelta(), *LEADS)}


# --- Calendars --------------------------------------------------------------------------------------


def calendar_words(listed: Listed) -> tuple[str, ui.Button[Any] | None]:
    """Return what is said beside an event's calendar file, and the link that adds it to Google Calendar."""
    words = (
        f"**{title(listed.current)}**\nOpen the file on your phone or computer to add the event to your calendar. "
        "It does not follow later changes."
    )
    url = google_url(listed.current)
    return words, ui.Button(label="Google Calendar", url=url) if len(url) <= MAX_LINK else None


def google_url(event: Event) -> str:
    """Return the address that opens Google Calendar with the event filled in.

    What makes it too long for a link button is left out, the title shortened.
    """
    starts_at, ends_at = span_of(event)
    dates = f"{starts_at:%Y%m%dT%H%M%SZ}/{ends_at:%Y%m%dT%H%M%SZ}"
    if event.all_day:
        day_after = event.when.last_day + timedelta(days=1)
        dates = f"{event.when.first_day:%Y%m%d}/{day_after:%Y%m%d}"
    fixed = {"action": "TEMPLATE", "text": event.title, "dates": dates}
    extras = {"location": event.place or event.online_url or "", "details": event.url or ""}
    for left in (extras, {"details": extras["details"]}, {}):
        url = f"{_CALENDAR}?{urlencode(fixed | {name: text for name, text in left.items() if text})}"
        if len(url) <= MAX_LINK:
            return url
    return f"{_CALENDAR}?{urlencode(fixed | {'text': shorten(event.title, 30)})}"
