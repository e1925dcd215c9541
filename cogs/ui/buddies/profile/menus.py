"""What is pressed and chosen on a profile: each choice is applied at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import discord

from bot.domain.buddies.values import MAX_SKILLS, GroupWish, Medium, Pace, Shown
from bot.domain.meetings.values import Membership
from bot.domain.questions import Level
from bot.errors import UserError
from bot.services.buddies.profiles import Change
from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import chosen, pressed
from cogs.ui.buddies.profile.card import PAGES, areas, show_profile
from cogs.ui.buddies.profile.form import check_may_join
from cogs.ui.buddies.words import CONDUCT
from cogs.ui.cards import card, turn

_CLOSED: Final = (
    "I could not write to you. Allow direct messages from members of this server, and press again."
)


@pressed("profile")
async def _profile(interaction: Interaction, _words: Sequence[str]) -> None:
    await turn(interaction)
    await show_profile(interaction)


@pressed("page")
async def _page(interaction: Interaction, words: Sequence[str]) -> None:
    await turn(interaction)
    await show_profile(interaction, words[0] if words and words[0] in PAGES else "")


@pressed("in")
async def _enter(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = here(interaction)
    await turn(interaction)
    service = interaction.client.services.buddies.profiles
    await check_may_join(interaction, await service.overview(server_id, interaction.user.id))
    await service.enter(server_id, interaction.user.id)
    await show_profile(interaction, told=f"### You are in\n{CONDUCT}")


@chosen("area")
async def _area(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    await turn(interaction)
    await show_profile(interaction, words[0], str(values[0]))


@chosen("skills")
async def _skills(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    page, area = words[0], words[1]
    offered = {skill.id for skill in areas(interaction.client.services.careers.careers).get(area, ())}

    def set_skills(known: Membership) -> Membership:
        profile = known.profile
        present = profile.learning if page == "learn" else profile.offers
        after = (present - offered) | (offered & set(map(str, values)))
        if len(after) > MAX_SKILLS:
            raise UserError(f"Choose up to {MAX_SKILLS} skills in all. Take one away in another area first.")
        if page == "learn":
            return replace(known, profile=replace(profile, learning=after))
        return replace(known, profile=replace(profile, offers=after))

    await _change(interaction, set_skills, page, area)


@chosen("level")
async def _level(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    level = Level(int(values[0])) if values[0] != "0" else None
    await _change_profile(interaction, "how", level=level)


@pressed("quizlevel")
async def _quiz_level(interaction: Interaction, _words: Sequence[str]) -> None:
    level = await interaction.client.services.buddies.quiz_level(interaction.user.id)
    if level is None:
        raise UserError("Your quizzes say no level yet. Choose one from the menu.")
    await _change_profile(interaction, "how", level=level)


@chosen("pace")
async def _pace(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "how", pace=Pace(values[0]))


@chosen("group")
async def _group(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "how", group=GroupWish(values[0]))


@chosen("medium")
async def _medium(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "how", medium=Medium(values[0]))


@chosen("shows")
async def _shows(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "shown", shows=frozenset(Shown(each) for each in values))


@pressed("findable")
async def _findable(interaction: Interaction, _words: Sequence[str]) -> None:
    await _change(interaction, lambda known: replace(known, findable=not known.findable), "shown")


@pressed("letters")
async def _letters(interaction: Interaction, _words: Sequence[str]) -> None:
    """Allow direct messages, which one proves; or allow them no more."""
    server_id = here(interaction)
    await turn(interaction)
    service = interaction.client.services.buddies.profiles
    overview = await service.overview(server_id, interaction.user.id)
    channel_id: int | None = None
    if overview.membership is not None and overview.membership.dm_channel_id is None:
        try:
            channel = await interaction.user.create_dm()
            await channel.send(
                view=card("You allowed direct messages. I write when somebody asks you, and never else.")
            )
        except discord.Forbidden as error:  # 50007, or 50278 where no server is shared
            raise UserError(_CLOSED) from error
        channel_id = channel.id
    await service.change(
        server_id, interaction.user.id, lambda known: replace(known, dm_channel_id=channel_id)
    )
    await show_profile(interaction, "shown")


async def _change_profile(interaction: Interaction, page: str, **values: Any) -> None:
    await turn(interaction)
    await set_profile(interaction, page, **values)


async def set_profile(interaction: Interaction, page: str, **values: Any) -> None:
    """Change some values of the member's profile, and show it open at a page."""
    service = interaction.client.services.buddies.profiles
    await service.change(
        here(interaction),
        interaction.user.id,
        lambda known: replace(known, profile=replace(known.profile, **values)),
    )
    await show_profile(interaction, page)


async def _change(interaction: Interaction, change: Change, page: str, *words: str) -> None:
    await turn(interaction)
    await interaction.client.services.buddies.profiles.change(here(interaction), interaction.user.id, change)
    await show_profile(interaction, page, *words)
