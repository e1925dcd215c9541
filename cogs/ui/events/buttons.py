"""The buttons on events, as they are stored with a post; what they do is in `cogs.ui.events.actions`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import discord
from discord import ui

from bot.domain.agenda import Listed
from bot.domain.events import Event
from bot.words import N_, _
from cogs.ui.dates import begun, long_date, with_weekday
from cogs.ui.events.words import MAX_LINK
from cogs.ui.text import shorten

LABELS: Final = {
    "remind": N_("Remind me"),
    "calendar": N_("Add to calendar"),
    "open": N_("Details"),
    "thread": N_("Remind me in the thread"),
    "drop": N_("Take it back"),
}

LEADS: Final = {timedelta(hours=1): "1 hour", timedelta(days=1): "1 day", timedelta(days=7): "1 week"}
"""How long before an event a press on a button asks to be reminded."""

PICK: Final = "event:pick"
MOST_PICKED: Final = 25
_LONGEST_OPTION: Final = 100


def button(
    action: str, event_id: int, *, server_id: int | None = None, style: discord.ButtonStyle | None = None
) -> ui.Button[Any]:
    """Return the button for an action on an event; `server_id` for where the message stands in no server."""
    where = "" if server_id is None else f":{server_id}"
    return ui.Button(
        label=_(LABELS[action]),
        style=style or discord.ButtonStyle.secondary,
        custom_id=f"event:{action}:{event_id}{where}",
    )


def lead_button(
    event_id: int, lead: timedelta, *, label: str | None = None, disabled: bool = False
) -> ui.Button[Any]:
    """Return the button that asks to be reminded `lead` before an event."""
    return ui.Button(
        label=label or f"{LEADS[lead]} before",
        style=discord.ButtonStyle.primary,
        custom_id=f"event:lead:{event_id}:{minutes(lead)}",
        disabled=disabled,
    )


def thread_button(event_id: int, lead: timedelta) -> ui.Button[Any]:
    """Return the button that asks for a mention below the event's post instead of a direct message."""
    return ui.Button(
        label=_(LABELS["thread"]),
        style=discord.ButtonStyle.primary,
        custom_id=f"event:thread:{event_id}:{minutes(lead)}",
    )


def mine_button(page: int = 0, *, label: str | None = None, disabled: bool = False) -> ui.Button[Any]:
    """Return the button that lists the reminders of whoever presses it."""
    return ui.Button(label=label or _("My reminders"), custom_id=f"reminders:{page}", disabled=disabled)


def minutes(lead: timedelta) -> int:
    """Return a time before an event as an id carries it."""
    return int(lead.total_seconds()) // 60


def actions(listed: Listed) -> list[ui.Button[Any]]:
    """Return the row below an event's own post; what is off has only its page left."""
    names = () if listed.is_off else ("remind", "calendar")
    return [
        *(button(name, listed.id) for name in names),
        button("open", listed.id),
        *links(listed.event)[:2],
    ]


def links(event: Event) -> list[ui.Button[Any]]:
    """Return the links to an event's page and to where it takes place online."""
    found: dict[str, str] = {}
    if event.url and len(event.url) <= MAX_LINK:
        found[event.url] = _("Event page")
    if event.online_url and len(event.online_url) <= MAX_LINK:
        found.setdefault(event.online_url, _("Join online"))
    return [ui.Button(label=label, url=url) for url, label in found.items()]


def pick(shown: Sequence[Listed], zone: str) -> ui.Select[Any]:
    """Return the menu that shows one of several events to whoever chooses it."""
    options = [
        discord.SelectOption(
            label=shorten(each.event.title, _LONGEST_OPTION) or _("Event"),
            description=f"{_day(each.event, zone)}",
            value=str(each.id),
        )
        for each in shown[:MOST_PICKED]
    ]
    return ui.Select(custom_id=PICK, placeholder=_("Details, reminders, calendar …"), options=options)


def _day(event: Event, zone: str) -> str:
    day = event.when.first_day if event.all_day else event.starts_at.astimezone(ZoneInfo(zone)).date()
    return begun(with_weekday(day, long_date(day)))
