"""What the commands of `/role` and the buttons on their cards lead to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import discord

from bot.domain.careers import Careers, Role, Skill, TrackKind
from bot.domain.fit import compare, likest, rank
from bot.domain.lookup import Found, Kind, Option
from bot.errors import UserError
from bot.services.careers import CareerService, paper_query
from cogs.ui.access import here
from cogs.ui.cards import show
from cogs.ui.roles.comparing import compare_page, with_page
from cogs.ui.roles.following import changed, fault, follow_page, offers
from cogs.ui.roles.items import chosen, pressed
from cogs.ui.roles.journeys import from_page, goal_page, journey_page
from cogs.ui.roles.listing import OPEN, Filter, list_page
from cogs.ui.roles.matching import (
    fits_page,
    read_ticks,
    strengthened,
    strong_page,
    tick_page,
    ticked,
)
from cogs.ui.roles.pages import Page, answer, beside, turn
from cogs.ui.roles.questions import REST, question_page, word
from cogs.ui.roles.role_card import own_role_text, role_page, role_query
from cogs.ui.roles.things import background_page, entry_page, filter_of, skill_page, track_page
from cogs.ui.text import listing

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

_GONE: Final = "I no longer have that. See `/role list`."


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


# --- One thing ------------------------------------------------------------------------------------------


async def thing_page(interaction: Interaction, kind: str, id_: str, section: str = "overview") -> Page:
    """Return the card of anything that can be looked up, by kind and id. Raises UserError where it is gone."""
    service = careers_of(interaction)
    careers, server_id = service.careers, server_of(interaction)
    try:
        match Kind(kind):
            case Kind.ROLE:
                links = (await service.added(server_id)).links_of(id_) if server_id else []
                return role_page(careers, careers.roles[id_], section, links=links)
            case Kind.SKILL:
                skill = careers.skills[id_]
                return skill_page(careers, skill, await service.recent_papers(skill))
            case Kind.TRACK:
                return track_page(careers, careers.tracks[id_])
            case Kind.BACKGROUND:
                return background_page(careers, careers.backgrounds[id_])
            case Kind.ENTRY:
                return entry_page(careers, careers.entries[id_])
            case Kind.OWN:
                return await _own_page(service, server_id, id_)
    except (KeyError, ValueError):
        raise UserError(_GONE) from None


async def _own_page(service: CareerService, server_id: int | None, id_: str) -> Page:
    role = (await service.added(server_id or 0)).roles[int(id_)]
    parts: list[object] = [own_role_text(role.title, role.aliases, role.summary)]
    if role.url:
        parts.append([discord.ui.Button(label="Read more", url=role.url)])
    return Page(parts)


def also_page(page: Page, finding: Found) -> Page:
    """Mention on a card what else goes by the name it was found under."""
    if not finding.also:
        return page
    titles = listing([each.title for each in finding.also])
    told = f"-# The name is used for {titles} too. {finding.why}"
    first, *others = page.parts
    return replace(page, parts=[first, told, *others], above=page.above + 1)


def role_of(careers: Careers, id_: str) -> Role:
    """Return a role that stands in a button's id. Raises UserError where it is gone."""
    role = careers.roles.get(id_)
    if role is None:
        raise UserError(_GONE)
    return role


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
        raise UserError(_GONE)
    query = paper_query(thing) if isinstance(thing, Skill) else role_query(careers, thing)
    await beside(interaction)
    await show(interaction, search_card(await interaction.client.services.papers.search(query)))


# --- The list -------------------------------------------------------------------------------------------


@pressed("list")
async def _list(interaction: Interaction, words: Sequence[str]) -> None:
    page, stage, track, kind, ladder = words
    await turn(interaction)
    await show_list(interaction, Filter(stage, track.removeprefix("track."), kind, ladder), int(page))


async def show_list(interaction: Interaction, wanted: Filter, page: int = 0) -> None:
    """Answer with a page of the list. Research, applied and the ladders are tracks too, and filters by themselves."""
    service, server_id = careers_of(interaction), server_of(interaction)
    if wanted.track != OPEN:
        track = service.careers.tracks.get(wanted.track)
        if track is None:
            raise UserError(_GONE)
        if track.kind is not TrackKind.SPECIALISATION:
            asked = zip(wanted.words, filter_of(track), strict=True)
            parts = [given if own == OPEN else own for given, own in asked]
            wanted = Filter(parts[0], OPEN, *parts[2:])
    own = (await service.added(server_id)).roles if server_id else {}
    await answer(interaction, list_page(service.careers, wanted, page, own))


# --- Two roles ------------------------------------------------------------------------------------------


@pressed("with")
async def _with(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    page = with_page(careers, role_of(careers, words[0]))
    await beside(interaction)
    await answer(interaction, page)


@chosen("with")
async def _with_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    page = compared(interaction, words[0], values[0])
    await turn(interaction)
    await answer(interaction, page)


@pressed("compare")
async def _compare(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    await compare_typed(interaction, *(_typed(careers, each) for each in words[:2]), acknowledge=turn)


async def compare_typed(
    interaction: Interaction, first: str, second: str = "", *, acknowledge: Acknowledge
) -> None:
    """Compare two roles as they were typed; without a second one, with the role easiest taken for the first."""
    one = await resolve(interaction, first, ROLES, "compare", [REST, *([word(second)] if second else [])])
    if one is None:
        return
    if second:
        other = await resolve(interaction, second, ROLES, "compare", [one.id, REST])
        if other is None:
            return
        other_id = other.id
    else:
        other_id = likest(careers_of(interaction).careers, one.id)
    page = compared(interaction, one.id, other_id)
    await acknowledge(interaction)
    await answer(interaction, page)


def compared(interaction: Interaction, first: str, second: str) -> Page:
    """Return the comparison of two roles by id."""
    careers = careers_of(interaction).careers
    if first == second:
        raise UserError("Those are the same role. Pick two different ones.")
    one, other = role_of(careers, first), role_of(careers, second)
    return compare_page(careers, compare(careers, one.id, other.id))


# --- Ways -----------------------------------------------------------------------------------------------


@pressed("from")
async def _from(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    page = from_page(careers, role_of(careers, words[0]))
    await beside(interaction)
    await answer(interaction, page)


@chosen("from")
async def _from_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await path_typed(interaction, values[0], f"role:{words[0]}", acknowledge=turn)


@pressed("goal")
async def _goal(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    if words[0] not in service.careers.backgrounds:
        raise UserError(_GONE)
    page = goal_page(service.careers, service.atlas, words[0])
    await beside(interaction)
    await answer(interaction, page)


@chosen("goal")
async def _goal_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    await path_typed(interaction, _typed(careers, words[0]), f"role:{values[0]}", acknowledge=turn)


@pressed("path")
async def _path(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    start, goal, *number = words
    which = int(number[0]) if number and number[0].isdecimal() else 0
    await path_typed(
        interaction, _typed(careers, start), _typed(careers, goal), chosen_way=which, acknowledge=turn
    )


@pressed("where")
async def _where(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    await path_typed(interaction, _typed(careers, words[0]), acknowledge=turn)


async def path_typed(
    interaction: Interaction, start: str, goal: str = "", *, chosen_way: int = 0, acknowledge: Acknowledge
) -> None:
    """Show the way between two things as they were typed; without a goal, ask for one."""
    service = careers_of(interaction)
    action, words = ("path", [REST, word(goal), 0]) if goal else ("where", [REST])
    origin = await resolve(interaction, start, STARTS, action, words)
    if origin is None:
        return
    if not goal:
        page = goal_page(service.careers, service.atlas, origin.id)
    else:
        target = await resolve(interaction, goal, ROLES, "path", [origin.id, REST, 0])
        if target is None:
            return
        if origin.id == target.id:
            raise UserError("That is where you are already. Pick another goal.")
        page = journey_page(service.careers, service.atlas.journey(origin.id, target.id), chosen_way)
    await acknowledge(interaction)
    await answer(interaction, page)


def _typed(careers: Careers, each: str) -> str:
    """Return what stands in a button's id as the look-up takes it: an id, the answer to a question, or typed words."""
    if each.startswith("~"):
        return each[1:]
    if "." in each:
        return each.replace(".", ":", 1)
    return f"role:{each}" if each in careers.roles else f"background:{each}"


# --- What somebody knows --------------------------------------------------------------------------------


@pressed("ticks")
async def _ticks(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[1])
    await turn(interaction)
    await answer(interaction, tick_page(service.careers, service.sheet, profile, int(words[0])))


@chosen("tick")
async def _tick(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    menu, page, letters = words
    service = careers_of(interaction)
    profile = ticked(service.careers, read_ticks(service.sheet, letters), int(menu), values)
    await turn(interaction)
    await answer(interaction, tick_page(service.careers, service.sheet, profile, int(page)))


@pressed("strong")
async def _strong(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[0])
    await turn(interaction)
    await answer(interaction, strong_page(service.careers, service.sheet, profile))


@chosen("strong")
async def _strong_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    menu, letters = words
    service = careers_of(interaction)
    profile = strengthened(service.careers, read_ticks(service.sheet, letters), int(menu), values)
    await turn(interaction)
    await answer(interaction, strong_page(service.careers, service.sheet, profile))


@pressed("fits")
async def _fits(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[0])
    page = fits_page(service.careers, service.sheet, profile, rank(service.careers, profile))
    await turn(interaction)
    await answer(interaction, page)


@pressed("keep")
async def _keep(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[0])
    await turn(interaction)
    await service.keep(interaction.user.id, profile)
    fits = rank(service.careers, profile)
    await answer(interaction, fits_page(service.careers, service.sheet, profile, fits, kept=True))


@pressed("forget")
async def _forget(interaction: Interaction, _words: Sequence[str]) -> None:
    service = careers_of(interaction)
    await turn(interaction)
    count = await service.forget(interaction.user.id)
    told = (
        "I kept nothing about what you know."
        if not count
        else "Your skills are deleted. I keep none of them."
    )
    await answer(interaction, Page([f"## Forgotten\n{told}\nTo start again, type `/role match`."]))


async def show_match(interaction: Interaction) -> None:
    """Answer with the first page of ticks, on which stands what the member asked to be kept."""
    service = careers_of(interaction)
    kept = await service.kept(interaction.user.id)
    await answer(interaction, tick_page(service.careers, service.sheet, kept, 0, kept=bool(kept)))


# --- Discord roles --------------------------------------------------------------------------------------


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
