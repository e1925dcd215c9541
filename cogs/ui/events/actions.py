"""What the buttons and menus on events do, whatever message they stand on and however old it is."""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.agenda import Listed, MemberReminder, check_reminder
from bot.domain.events import EventKind
from bot.errors import UserError
from bot.services.events import Attendance, EventService
from bot.services.events.ics import write_calendar
from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.access import here
from cogs.ui.cards import show, turn
from cogs.ui.events import buttons, cards
from cogs.ui.events.cards import PER_PAGE, Search

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_KINDS: Final = "|".join(EventKind)
_WHERE: Final = {"any": None, "online": Attendance.ONLINE, "place": Attendance.IN_PERSON}


class EventButton(
    GuardedButton,
    template=r"event:(?P<action>open|remind|calendar|drop):(?P<event>\d{1,18})(?::(?P<server>\d{1,20}))?",
):
    """One action on one event of the server it is pressed in, or of the one that its direct message names."""

    reads_content = False

    def __init__(self, action: str, event_id: int, server_id: int | None = None) -> None:
        super().__init__(buttons.button(action, event_id, server_id=server_id))
        self.action = action
        self.event_id = event_id
        self.server_id = server_id

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent: it works after any restart."""
        return cls(match["action"], int(match["event"]), int(match["server"]) if match["server"] else None)

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        events = interaction.client.services.events
        if self.action == "drop":
            there = await events.forget_reminder(interaction.user.id, self.event_id)
            await show(interaction, cards.dropped_card(there=there))
            return
        # In a server its own id counts, whatever the button says.
        in_messages = interaction.guild_id is None and self.server_id is not None
        server_id = self.server_id if in_messages and self.server_id is not None else here(interaction)
        if self.action == "calendar":
            await send_event_file(interaction, server_id, self.event_id)
            return
        await show_event(interaction, server_id, self.event_id, asking=self.action == "remind")


class LeadButton(
    GuardedButton, template=r"event:(?P<way>lead|thread):(?P<event>\d{1,18}):(?P<minutes>\d{1,6})"
):
    """Sets a reminder: by direct message, or as a mention in the thread of the event's post."""

    reads_content = False

    def __init__(self, event_id: int, lead: timedelta, *, in_thread: bool) -> None:
        make = buttons.thread_button if in_thread else _any_lead
        super().__init__(make(event_id, lead))
        self.event_id = event_id
        self.lead = lead
        self.in_thread = in_thread

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        lead = timedelta(minutes=int(match["minutes"]))
        return cls(int(match["event"]), lead, in_thread=match["way"] == "thread")

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Set it, and say so."""
        server_id = here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if not self.in_thread:
            await remind_by_message(interaction, server_id, self.event_id, self.lead)
            return
        reminder = await interaction.client.services.events.remind(
            interaction.user.id, server_id, self.event_id, self.lead, dm_channel_id=None
        )
        await show(interaction, cards.reminded_card(reminder))


class EventPick(GuardedSelect, template=buttons.PICK):
    """Shows the event that was chosen from several."""

    reads_content = False

    def __init__(self, item: Any) -> None:
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Take the menu as Discord sent it."""
        return cls(item)

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Show it to whoever chose."""
        server_id = here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_event(interaction, server_id, int(self.item.values[0]))


class EventsButton(
    GuardedButton,
    template=rf"events:(?P<page>\d{{1,3}}):(?P<kind>any|{_KINDS}):(?P<days>\d{{1,3}}):(?P<where>any|online|place)",
):
    """A page of the events to come."""

    reads_content = False

    def __init__(self, search: Search, page: int) -> None:
        super().__init__(cards.page_button(search, page, label="All events"))
        self.search = search
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        kind = None if match["kind"] == "any" else EventKind(match["kind"])
        return cls(Search(kind, int(match["days"]), _WHERE[match["where"]]), int(match["page"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Turn to the page, or open a list of one's own below a post."""
        await turn(interaction)
        await show_upcoming(interaction, self.search, self.page)


class RemindersButton(GuardedButton, template=r"reminders:(?P<page>\d{1,3})"):
    """A page of the reminders of whoever presses it."""

    reads_content = False

    def __init__(self, page: int) -> None:
        super().__init__(buttons.mine_button(page))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(int(match["page"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Show them."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_reminders(interaction, self.page)


async def show_event(
    interaction: Interaction, server_id: int, event_id: int, *, asking: bool = False
) -> None:
    """Answer with an event's card, or with `asking` with the question how long before to remind."""
    events = interaction.client.services.events
    now = interaction.client.services.clock.now()
    listed = await events.event(server_id, event_id)
    reminder = await _reminder_of(events, interaction.user.id, event_id)
    if asking and reminder is None:
        _check(listed, timedelta(), now)
    view = cards.remind_card if asking and _is_to_come(listed, now) else cards.event_card
    await show(interaction, view(listed, now, reminder=reminder))


async def show_upcoming(interaction: Interaction, search: Search, page: int = 0) -> None:
    """Answer with a page of the server's events."""
    server_id = here(interaction)
    services = interaction.client.services
    now = services.clock.now()
    found = await services.events.upcoming(
        server_id,
        kind=search.kind,
        before=search.before(now),
        attendance=search.attendance,
        limit=(page + 1) * PER_PAGE + 1,
    )
    if not found:
        manage = interaction.permissions.manage_guild
        feeds = await services.events.overview(server_id)
        await show(interaction, cards.nothing_card(search, feeds, manage=manage))
        return
    page = min(page, (len(found) - 1) // PER_PAGE)
    zone = await services.feeds.default_zone(server_id)
    await show(interaction, cards.upcoming_card(found, search, page=page, zone=zone, now=now))


async def show_reminders(interaction: Interaction, page: int = 0) -> None:
    """Answer with the member's own reminders."""
    found = await interaction.client.services.events.reminders(interaction.user.id)
    await show(interaction, cards.reminders_card(found, page=page))


async def remind_by_message(interaction: Interaction, server_id: int, event_id: int, lead: timedelta) -> None:
    """Set a reminder if a direct message arrives; where none does, offer a mention instead."""
    events, member = interaction.client.services.events, interaction.user
    listed = await events.event(server_id, event_id)
    # Nobody gets a direct message about what cannot be.
    _check(listed, lead, interaction.client.services.clock.now())
    try:
        channel = await member.create_dm()
        message = await channel.send(view=cards.letter_card(listed, lead))
    except discord.Forbidden:  # 50007, or 50278 where we share no server
        await show(interaction, cards.closed_card(listed, lead))
        return
    try:
        reminder = await events.remind(member.id, server_id, event_id, lead, dm_channel_id=channel.id)
    except Exception:
        with suppress(discord.HTTPException):  # nothing will come, whatever it says
            await message.delete()
        raise
    await show(interaction, cards.reminded_card(reminder))


async def send_event_file(interaction: Interaction, server_id: int, event_id: int) -> None:
    """Answer with an event as a calendar file, and the link for Google Calendar."""
    events = interaction.client.services.events
    listed = await events.event(server_id, event_id)
    if listed.is_off:
        raise UserError("That event does not take place, so there is nothing to add.")
    content = write_calendar(listed.event.title, [listed])
    words, link = cards.calendar_words(listed)
    view = ui.View(timeout=None)
    if link is not None:
        view.add_item(link)
    view.stop()
    await interaction.edit_original_response(
        content=words, attachments=[discord.File(BytesIO(content), "event.ics")], view=view
    )


async def _reminder_of(events: EventService, member_id: int, event_id: int) -> MemberReminder | None:
    found = await events.reminders(member_id)
    return next((each for each in found if each.listed.id == event_id), None)


def _is_to_come(listed: Listed, now: datetime) -> bool:
    return not listed.is_off and listed.event.starts_at > now


def _check(listed: Listed, lead: timedelta, now: datetime) -> None:
    if listed.is_off:
        raise UserError("That event does not take place, so there is nothing to be reminded of.")
    check_reminder(listed.event, lead, now=now, waiting=0)


def _any_lead(event_id: int, lead: timedelta) -> ui.Button[Any]:
    return buttons.lead_button(event_id, lead, label="Remind me")
