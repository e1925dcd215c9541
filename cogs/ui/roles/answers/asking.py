"""What was typed, or stands in a button's id, as a thing; where it is not clear, the question."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import discord

from bot.domain.careers import Careers, Role
from bot.domain.lookup import Found, Kind, Option
from bot.errors import UserError
from bot.services.careers import CareerService
from cogs.ui.roles.pages import answer, beside
from cogs.ui.roles.questions import question_page

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

Acknowledge = Callable[[Interaction], Awaitable[None]]
"""How an answer is announced to Discord: privately, publicly, or in the place of a card."""

ROLES: Final = frozenset({Kind.ROLE})
STARTS: Final = frozenset({Kind.ROLE, Kind.BACKGROUND})
EVERYTHING: Final = frozenset(Kind)

GONE: Final = "I no longer have that. See `/role list`."


def careers_of(interaction: Interaction) -> CareerService:
    """Return the service that knows about careers."""
    return interaction.client.services.careers


def server_of(interaction: Interaction) -> int | None:
    """Return the id of the server the interaction is from, None in direct messages."""
    return interaction.guild_id


async def resolve(
    interaction: Interaction, typed: str, kinds: frozenset[Kind], action: str, words: Sequence[object]
) -> Option | None:
    """As `found`, but only what is meant."""
    finding = await found(interaction, typed, kinds, action, words)
    return finding.option if finding is not None else None


async def found(
    interaction: Interaction, typed: str, kinds: frozenset[Kind], action: str, words: Sequence[object]
) -> Found | None:
    """Return what was typed means; where it is not clear, ask and return None.

    The question's buttons go on with `action` and `words`, in which `REST` stands for the answer.
    """
    service = careers_of(interaction)
    finding = await service.find(typed, kinds, server_id=server_of(interaction))
    if isinstance(finding, Found):
        return finding
    page = question_page(service.careers, typed, finding, action, words)
    await beside(interaction)
    await answer(interaction, page)
    return None


def role_of(careers: Careers, id_: str) -> Role:
    """Return a role that stands in a button's id. Raises UserError where it is gone."""
    role = careers.roles.get(id_)
    if role is None:
        raise UserError(GONE)
    return role


def typed(careers: Careers, each: str) -> str:
    """Return what stands in a button's id as the look-up takes it: an id, the answer to a question, or typed words."""
    if each.startswith("~"):
        return each[1:]
    if "." in each:
        return each.replace(".", ":", 1)
    return f"role:{each}" if each in careers.roles else f"background:{each}"
