"""`/events`: what members do with the events of a server."""

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.clock import Clock
from bot.domain.agenda import Listed
from bot.domain.events import EventKind
from bot.errors import UserError
from bot.services.events import Attendance, EventService
from bot.tree import answered
from cogs.ui.access import here
from cogs.ui.dates import short_day
from cogs.ui.events.actions import remind_by_message, show_event, show_reminders, show_upcoming
from cogs.ui.events.cards import Search, lead_choices
from cogs.ui.events.words import KINDS
from cogs.ui.text import shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list

_KIND_CHOICES: Final = [
    app_commands.Choice(name=f"{words.capitalize()}s", value=kind.value) for kind, words in KINDS.items()
]
_WHEN_CHOICES: Final = [
    app_commands.Choice(name=f"In the next {words}", value=days)
    for days, words in {1: "24 hours", 7: "7 days", 30: "30 days"}.items()
]
_WHERE_CHOICES: Final = [
    app_commands.Choice(name=each.value.capitalize(), value=each.value) for each in Attendance
]
_NO_EVENT: Final = "I know no event like that here. Pick one from the list, or see /events upcoming."
_HOW_TO: Final = (
    "Open the file to add the events to your calendar: Google Calendar takes it under Settings → Import, Apple "
    "Calendar and Outlook when you open it. It holds what is known now; ask again for what comes later, and the "
    "same events are put right instead of added twice."
)


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
class Events(commands.GroupCog, group_name="events", group_description="Meetups, hackathons and deadlines"):
    """See what is coming up, be reminded, take it into a calendar; answers are seen by the one who asked alone."""

    reads_content = False

    def __init__(self, events: EventService, clock: Clock) -> None:
        self._events = events
        self._clock = clock

    @app_commands.command()
    @app_commands.describe(kind="Only these", when="How far ahead", where="How one takes part")
    @app_commands.choices(kind=_KIND_CHOICES)
    @app_commands.choices(when=_WHEN_CHOICES)
    @app_commands.choices(where=_WHERE_CHOICES)
    async def upcoming(
        self,
        interaction: Interaction,
        kind: str | None = None,
        when: int | None = None,
        where: str | None = None,
    ) -> None:
        """Show the events that come next."""
        here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        search = Search(EventKind(kind) if kind else None, when or 0, Attendance(where) if where else None)
        await show_upcoming(interaction, search)

    @app_commands.command()
    @app_commands.describe(event="Which event; your reminders if you leave it out", before="How long before")
    @app_commands.choices(
        before=[app_commands.Choice(name=words, value=minutes) for minutes, words in lead_choices().items()]
    )
    async def remind(
        self,
        interaction: Interaction,
        event: app_commands.Range[str, 1, 200] | None = None,
        before: int | None = None,
    ) -> None:
        """Be reminded of an event; or see your reminders."""
        server_id = here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if event is None:
            await show_reminders(interaction)
            return
        chosen = await self._find(server_id, event)
        if before is None:
            await show_event(interaction, server_id, chosen.id, asking=True)
        else:
            await remind_by_message(interaction, server_id, chosen.id, timedelta(minutes=before))

    @app_commands.command()
    @app_commands.describe(mine="Only the events that I remind you of")
    async def calendar(self, interaction: Interaction, mine: bool = False) -> None:
        """Take the events into your own calendar, as a file."""
        server_id = here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if mine:
            content = await self._events.calendar(member_id=interaction.user.id)
        else:
            content = await self._events.calendar(server_id=server_id)
        if b"BEGIN:VEVENT" not in content:
            raise UserError(
                "You have no reminders, so the calendar would be empty. Set one with /events remind."
                if mine
                else "No events are coming up here, so the calendar would be empty. See /events upcoming."
            )
        name = "my-events.ics" if mine else "events.ics"
        await interaction.edit_original_response(
            content=_HOW_TO, attachments=[discord.File(BytesIO(content), name)]
        )

    @remind.autocomplete("event")
    @answered
    async def _event(self, interaction: Interaction, current: str) -> Choices:
        found = await self._events.upcoming(here(interaction), text=current)
        now = self._clock.now()
        return [
            app_commands.Choice(name=_name(each), value=str(each.id))
            for each in found
            if each.event.starts_at > now
        ]

    async def _find(self, server_id: int, text: str) -> Listed:
        """Return the event that was picked from the list, or the one whose words were typed."""
        typed = text.strip()
        if typed.isdecimal() and len(typed) <= 18:
            return await self._events.event(server_id, int(typed))
        now = self._clock.now()
        found = await self._events.upcoming(server_id, text=typed)
        coming = [each for each in found if each.event.starts_at > now]
        if not coming:
            raise UserError(_NO_EVENT)
        titles = {each.event.title for each in coming}
        if len(titles) > 1:
            raise UserError("Several events fit that. Pick one from the list while you type.")
        return coming[0]


def _name(listed: Listed) -> str:
    return shorten(f"{short_day(listed.event.when.first_day)} · {listed.event.title}", 100)
