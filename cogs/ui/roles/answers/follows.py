"""Discord roles that members take and give back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.errors import UserError
from cogs.ui.access import here
from cogs.ui.roles.answers.asking import careers_of
from cogs.ui.roles.following import changed, fault, follow_page, offers
from cogs.ui.roles.items import chosen
from cogs.ui.roles.pages import answer, turn

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


async def show_follow(interaction: Interaction, *, told: str = "") -> None:
    """Answer with the Discord roles a member may take. Raises UserError where there are none."""
    server_id = here(interaction)
    service = careers_of(interaction)
    guild, member = interaction.guild, interaction.user
    assert guild is not None
    assert isinstance(member, discord.Member)
    offered = offers(await service.role_links(server_id), guild, member)
    if not offered:
        raise UserError(
            "There is nothing to follow here yet. A moderator can offer roles with /setup roles; those that I "
            "may not give, or that were deleted, are left out."
        )
    await answer(interaction, follow_page(service.careers, offered, told=told))


@chosen("follow")
async def _follow(interaction: Interaction, _words: Sequence[str], values: Sequence[str]) -> None:
    server_id = here(interaction)
    service = careers_of(interaction)
    guild, member = interaction.guild, interaction.user
    assert guild is not None
    assert isinstance(member, discord.Member)
    await turn(interaction)
    links = await service.role_links(server_id)
    wanted = {int(value) for value in values}
    offered = offers(links, guild, member)
    _check_wanted(wanted, {each.role.id for each in offered}, guild)
    given = [each for each in offered if each.role.id in wanted and not each.held]
    taken = [each for each in offered if each.role.id not in wanted and each.held]
    why = "Chosen with /role follow"
    try:
        if given:
            await member.add_roles(*(each.role for each in given), reason=why)
        if taken:
            await member.remove_roles(*(each.role for each in taken), reason=why)
    except (discord.Forbidden, discord.NotFound):  # a permission or a role went away this very moment
        raise UserError(
            "Discord did not let me change your roles. Open `/role follow` again to see why."
        ) from None
    told = changed(service.careers, given, taken)
    fresh = [replace(each, held=each.role.id in wanted) for each in offered]
    await answer(interaction, follow_page(service.careers, fresh, told=told))


def _check_wanted(wanted: set[int], offered: set[int], guild: discord.Guild) -> None:
    """Raise UserError for a role that was on the menu and cannot be given any more, saying why."""
    for role_id in sorted(wanted - offered):
        role = guild.get_role(role_id)
        if role is None:
            raise UserError("One of those roles was deleted. Open `/role follow` again, please.")
        raise UserError(
            fault(role, guild) or "One of those is not on offer any more. Open `/role follow` again."
        )
