"""The card of anything that can be looked up, and what its buttons lead to."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

import discord

from bot.domain.careers import Careers, Skill
from bot.domain.lookup import Found, Kind
from bot.domain.server_careers import OwnLink
from bot.errors import UserError
from bot.services.careers import CareerService, is_about, paper_query
from cogs.ui.cards import show
from cogs.ui.roles import joins
from cogs.ui.roles.answers.asking import GONE, careers_of, server_of
from cogs.ui.roles.items import RoleButton, chosen, pressed
from cogs.ui.roles.pages import Page, answer, beside, turn
from cogs.ui.roles.role_card import own_role_text, role_page, role_query
from cogs.ui.roles.things import background_page, entry_page, skill_page, track_page

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_EVENTS: Final = 3
_LOOKED_AT: Final = 200
_ROW: Final = 5


async def thing_page(interaction: Interaction, kind: str, id_: str, section: str = "overview") -> Page:
    """Return the card of anything that can be looked up, by kind and id. Raises UserError where it is gone."""
    service = careers_of(interaction)
    careers, server_id = service.careers, server_of(interaction)
    try:
        match Kind(kind):
            case Kind.ROLE:
                links = (await service.added(server_id)).links_of(id_) if server_id else []
                return _role_page(careers, id_, section, tuple(links), server_id is not None, joins.joined())
            case Kind.SKILL:
                return await _skill_page(interaction, careers.skills[id_])
            case Kind.TRACK:
                return track_page(careers, careers.tracks[id_])
            case Kind.BACKGROUND:
                return background_page(careers, careers.backgrounds[id_])
            case Kind.ENTRY:
                return entry_page(careers, careers.entries[id_])
            case Kind.OWN:
                return await _own_page(service, server_id, id_)
    except (KeyError, ValueError):
        raise UserError(GONE) from None


@lru_cache(maxsize=64)  # a few are asked for again and again; drawing one is half of what an answer costs
def _role_page(
    careers: Careers,
    id_: str,
    section: str,
    links: tuple[OwnLink, ...],
    in_server: bool,
    _joined: frozenset[joins.Place],  # what the buttons depend on as well
) -> Page:
    joined = joins.buttons(careers, Kind.ROLE, id_, in_server=in_server)
    return role_page(careers, careers.roles[id_], section, links=links, joined=joined)


async def _skill_page(interaction: Interaction, skill: Skill) -> Page:
    service, server_id = careers_of(interaction), server_of(interaction)
    coming = []
    if server_id is not None:
        listed = await interaction.client.services.events.upcoming(server_id, limit=_LOOKED_AT)
        about = (each.event for each in listed if is_about(skill, each.event.title, *each.event.tags))
        coming = list(islice(about, _EVENTS))
    return skill_page(
        service.careers,
        skill,
        await service.recent_papers(skill),
        coming=coming,
        told=await joins.lines(interaction, service.careers, skill.id),
        joined=joins.buttons(service.careers, "skill", skill.id, in_server=server_id is not None),
    )


async def _own_page(service: CareerService, server_id: int | None, id_: str) -> Page:
    role = (await service.added(server_id or 0)).roles[int(id_)]
    parts: list[object] = [own_role_text(role.title, role.aliases, role.summary)]
    if role.url:
        parts.append([discord.ui.Button(label="Read more", url=role.url)])
    return Page(parts)


def also_page(page: Page, finding: Found) -> Page:
    """Mention on a card what else goes by the name it was found under, each a press away."""
    if not finding.also:
        return page
    told = f"-# Or did you mean one of these? {finding.why}".rstrip()
    first, *others = page.parts
    row = [RoleButton("open", each.kind.value, each.id, label=each.title) for each in finding.also[:_ROW]]
    return replace(page, parts=[first, told, row, *others], above=page.above + 2)


@pressed("open")
async def _open(interaction: Interaction, words: Sequence[str]) -> None:
    kind, id_, *section = words
    await turn(interaction)
    await answer(interaction, await thing_page(interaction, kind, id_, *section[:1]))


@chosen("open")
async def _open_chosen(interaction: Interaction, _words: Sequence[str], values: Sequence[str]) -> None:
    kind, _, id_ = values[0].partition(":")
    await turn(interaction)
    await answer(interaction, await thing_page(interaction, kind, id_))


@chosen("peek")
async def _peek(interaction: Interaction, _words: Sequence[str], values: Sequence[str]) -> None:
    """As `open`, on a card of its own: what was ticked stays in sight."""
    kind, _, id_ = values[0].partition(":")
    await beside(interaction)
    await answer(interaction, await thing_page(interaction, kind, id_))


@pressed("papers")
async def _papers(interaction: Interaction, words: Sequence[str]) -> None:
    from cogs.ui.paper_pages import search_card

    kind, id_ = words
    careers = careers_of(interaction).careers
    thing = (careers.skills if kind == "skill" else careers.roles).get(id_)
    if thing is None:
        raise UserError(GONE)
    query = paper_query(thing) if isinstance(thing, Skill) else role_query(careers, thing)
    await beside(interaction)
    await show(interaction, search_card(await interaction.client.services.papers.search(query)))
