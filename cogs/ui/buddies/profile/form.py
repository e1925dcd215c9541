"""The form that begins a profile: zone, hours and languages; and who may be in."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import discord
from discord import ui

from bot.domain.buddies.values import LANGUAGES, Availability, DayPart
from bot.domain.meetings.values import Membership, Standing
from bot.domain.zones import parse_zone
from bot.errors import Faults, UserError
from bot.services.buddies.profiles import NOT_ON, Overview
from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import pressed
from cogs.ui.buddies.profile.card import show_profile
from cogs.ui.buddies.words import PARTS
from cogs.ui.cards import turn
from cogs.ui.forms import form, line_field, new_form, open_form
from cogs.ui.items import option

_HOURS: Final = {
    1: "About an hour a week",
    2: "2 hours",
    3: "3 hours",
    5: "5 hours",
    8: "8 hours",
    12: "12 hours",
}


async def open_join(interaction: Interaction) -> None:
    """Show the form, for those who may join."""
    server_id = here(interaction)
    overview = await interaction.client.services.buddies.profiles.overview(server_id, interaction.user.id)
    await check_may_join(interaction, overview)
    await open_form(interaction, join_form(overview))


async def check_may_join(interaction: Interaction, overview: Overview) -> None:
    """Refuse where study buddies are off, or ask for a role that the member does not have."""
    if not overview.settings.on:
        raise UserError(NOT_ON)
    role_id = overview.settings.role_id
    member = interaction.user
    if role_id is not None and isinstance(member, discord.Member) and member.get_role(role_id) is None:
        raise UserError(
            f"Study buddies are for members with <@&{role_id}> here. Ask a moderator about the role."
        )


def join_form(overview: Overview) -> ui.Modal:
    """Return the form that begins a profile: hours and zone, and the languages."""
    known = overview.membership.profile if overview.membership else None
    availability = known.availability if known else None
    zone = availability.zone if availability else overview.zone
    hint = "The nearest large city, such as Berlin, or Europe/Paris"
    modal = new_form("Study buddies", "buddy:form:join", line_field("zone", "Your time zone", hint, zone, 60))
    for name, label, present in (
        ("weekdays", "When can you study, Monday to Friday?", availability.weekdays if availability else ()),
        ("weekend", "And on weekends?", availability.weekend if availability else ()),
    ):
        parts = [option(words, part.value, default=part in present) for part, words in PARTS.items()]
        select: ui.Select[Any] = ui.Select(
            custom_id=name, options=parts, min_values=0, max_values=len(parts), required=False
        )
        modal.add_item(ui.Label(text=label, description="By your own clock", component=select))
    hours = known.weekly_hours if known else 3
    nearest = min(_HOURS, key=lambda offered: abs(offered - hours))
    modal.add_item(
        ui.Label(
            text="How many hours a week?",
            component=ui.Select(
                custom_id="hours",
                options=[
                    option(words, str(count), default=count == nearest) for count, words in _HOURS.items()
                ],
            ),
        )
    )
    spoken = known.languages if known else frozenset({"en"})
    languages = [option(name, code, default=code in spoken) for code, name in LANGUAGES.items()]
    modal.add_item(
        ui.Label(
            text="In which languages?",
            component=ui.Select(custom_id="languages", options=languages, max_values=min(10, len(languages))),
        )
    )
    return modal


@pressed("join")
async def _join(interaction: Interaction, _words: Sequence[str]) -> None:
    await open_join(interaction)


@pressed("hours")
async def _hours(interaction: Interaction, _words: Sequence[str]) -> None:
    await open_join(interaction)


@form("buddy:form:join", _join)
async def _joined(interaction: Interaction, _match: re.Match[str], values: dict[str, str]) -> None:
    """Take the form, and go on with skills."""
    server_id = here(interaction)
    faults = Faults()
    zone = faults.read(parse_zone, values.get("zone", ""))
    weekdays = [DayPart(each) for each in _several(values, "weekdays")]
    weekend = [DayPart(each) for each in _several(values, "weekend")]
    if not weekdays and not weekend:
        faults.add("Choose at least one part of the week in which you can study.")
    faults.settle()
    assert zone is not None
    availability = Availability.of_parts(zone, weekdays, weekend)
    await turn(interaction)
    buddies = interaction.client.services.buddies.profiles
    before = await buddies.overview(server_id, interaction.user.id)
    await check_may_join(interaction, before)
    await buddies.begin(server_id, interaction.user.id, availability)

    def fill(known: Membership) -> Membership:
        hours, languages = values.get("hours") or "3", frozenset(_several(values, "languages")) or {"en"}
        profile = replace(
            known.profile, weekly_hours=int(hours), languages=frozenset(languages) & set(LANGUAGES)
        )
        return replace(known, profile=profile)

    await buddies.change(server_id, interaction.user.id, fill)
    begun = before.membership is None or before.membership.standing is Standing.DRAFT
    await show_profile(interaction, "learn" if begun else "how")


def _several(values: dict[str, str], name: str) -> list[str]:
    return [each for each in values.get(name, "").split(",") if each]
