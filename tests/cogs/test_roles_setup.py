"""`/setup roles`: what moderators offer to those who follow careers, and what they add."""

from typing import Any

import pytest
import simcord
from discord import Permissions

from bot.domain.lookup import Kind
from bot.services.careers import CareerService
from tests.cogs.world import MANAGE, World, buttons, click, nodes, said

BOTH = Permissions(manage_guild=True, manage_roles=True)


def service(world: World) -> CareerService:
    return world.app.services.careers


async def setup(
    world: World, by: simcord.MemberActor | None = None, **options: Any
) -> simcord.InteractionResult:
    return await (by or world.mod).slash(world.lounge, "setup roles", **options)


async def linked(world: World) -> list[tuple[str, str, int]]:
    return [
        (link.kind, link.target, link.discord_role_id)
        for link in await service(world).role_links(world.guild.id)
    ]


def roller(world: World) -> simcord.MemberActor:
    """Somebody who may manage both the server and its roles."""
    return world.join("rosa", BOTH)


async def choose(
    world: World, result: simcord.InteractionResult, action: str, value: str
) -> simcord.InteractionResult:
    (custom_id,) = [
        node["custom_id"]
        for node in nodes(result.response)
        if node["type"] == 3 and node["custom_id"].startswith(f"roles:{action}")
    ]
    assert result.response is not None
    return await world.mod.select(result.response, [value], custom_id=custom_id)


async def test_nothing_is_set_up(world: World) -> None:
    result = await setup(world)
    assert result.ephemeral
    assert "None yet. Type `/setup roles`" in said(result)
    assert list(buttons(result)) == ["Add a role of our own", "Add a link to a role"]


async def test_offering_a_role_and_taking_it_back(world: World) -> None:
    rosa = roller(world)
    ml, nlp = world.guild.create_role("ml"), world.guild.create_role("nlp")
    result = await setup(world, rosa, career="role:ml-engineer", role=ml)
    assert (
        f"✅ Members who follow Machine Learning Engineer with `/role follow` now get {ml.mention}."
        in said(result)
    )
    await setup(world, rosa, career="track:nlp", role=nlp)
    assert await linked(world) == [("role", "ml-engineer", ml.id), ("track", "nlp", nlp.id)]
    result = await setup(world)
    assert f"- Machine Learning Engineer → {ml.mention}" in said(result)
    await world.restart()
    result = await choose(world, result, "unlink", str(ml.id))
    assert "Not offered any more" in said(result)
    assert await linked(world) == [("track", "nlp", nlp.id)]


async def test_names_are_understood_and_completed(world: World) -> None:
    rosa = roller(world)
    await setup(world, rosa, career="data scienist", role=world.guild.create_role("ds"))
    assert [target for _, target, _ in await linked(world)] == ["data-scientist"]
    answer = said(await setup(world, rosa, career="analyst", role=world.guild.create_role("a")))
    assert "Perhaps one of: Data Analyst" in answer
    offered = await world.mod.autocomplete(world.lounge, "setup roles", "career", "nlp")
    assert {"name": "Natural Language Processing (NLP) · track", "value": "track:nlp"} in offered


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"permissions": Permissions(administrator=True)}, "carries powers of moderators (Administrator)"),
        (
            {"permissions": Permissions(manage_messages=True, kick_members=True)},
            "Manage Messages and Kick Members",
        ),
        ({"permissions": Permissions(mention_everyone=True)}, "Mention Everyone"),
        ({"managed": True}, "Discord lets nobody give it"),
        ({"position": 50}, "stands above my own role"),
    ],
)
async def test_roles_that_are_refused_before_anything_is_saved(
    world: World, fields: dict[str, Any], words: str
) -> None:
    rosa = roller(world)
    made = world.guild.create_role("risky", **fields)
    result = await setup(world, rosa, career="mle", role=made)
    assert result.ephemeral
    assert words in said(result)
    assert await linked(world) == []


async def test_everyone_is_no_role_to_give(world: World) -> None:
    assert "had by everybody" in said(
        await setup(world, roller(world), career="mle", role=world.guild.default_role)
    )


async def test_without_manage_roles_nothing_can_be_given(world: World) -> None:
    rosa = roller(world)
    ml = world.guild.create_role("ml")
    bots = next(role for role in world.env.backend.guilds[world.guild.id].roles.values() if role.managed)
    without = Permissions(bots.permissions)
    without.manage_roles = False
    world.env.backend.edit_role(world.guild.id, bots.id, {"permissions": without.value})
    assert "I lack Manage Roles" in said(await setup(world, rosa, career="mle", role=ml))
    assert await linked(world) == []


async def test_a_moderator_gives_only_what_is_theirs_to_give(world: World) -> None:
    ml = world.guild.create_role("ml")
    assert "you need Manage Roles yourself" in said(await setup(world, career="mle", role=ml))
    low = world.join("lou", BOTH)
    high = world.guild.create_role("high", position=3)
    lous = next(
        role for role in world.env.backend.guilds[world.guild.id].roles.values() if role.name == "lou's"
    )
    world.env.backend.edit_role(world.guild.id, lous.id, {"position": 1})
    world.env.backend.edit_role(world.guild.id, high.id, {"position": 2})
    assert "not below your own highest role" in said(await setup(world, low, career="mle", role=high))
    assert await linked(world) == []


async def test_half_an_order(world: World) -> None:
    assert "Give both" in said(await setup(world, career="mle"))
    assert "Give both" in said(await setup(world, role=world.guild.create_role("ml")))


async def test_troubles_are_shown_with_what_to_do(world: World) -> None:
    rosa = roller(world)
    ml, gone = world.guild.create_role("ml"), world.guild.create_role("gone")
    await setup(world, rosa, career="mle", role=ml)
    await setup(world, rosa, career="data scientist", role=gone)
    world.env.backend.delete_role(world.guild.id, gone.id)
    world.env.backend.edit_role(world.guild.id, ml.id, {"permissions": Permissions(ban_members=True).value})
    result = await setup(world)
    assert "- Data Scientist → a role that was deleted. Remove it below." in said(result)
    assert "⚠️ Not offered now." in said(result)
    result = await choose(world, result, "unlink", str(gone.id))
    assert "Data Scientist" not in said(result)


async def test_a_role_of_our_own(world: World) -> None:
    form = await click(world.mod, await setup(world), "Add a role of our own")
    await world.restart()
    done = await world.mod.submit_modal(
        form,
        {
            "title": "Community *Tutor*",
            "aliases": "tutor, guide",
            "summary": "Helps beginners. [Free](https://evil.example)",
            "url": "https://example.org/tutor",
        },
    )
    assert "is found with `/role info` now" in said(done)
    result = await world.member.slash(world.lounge, "role info", name="guide")
    assert said(result).startswith("## Community \\*Tutor\\*")
    assert "Added by this server." in said(result)
    assert "[Free](" not in said(result)
    offered = await world.member.autocomplete(world.lounge, "role info", "name", "tut")
    assert offered[0]["name"] == "Community *Tutor* (tutor) · this server's own"
    again = await choose(world, await setup(world), "remove", offered[0]["value"].removeprefix("own:"))
    assert "Removed." in said(again)
    assert (await service(world).added(world.guild.id)).roles == {}
    gone = await world.press(f"role:open:{offered[0]['value']}", by=world.member)
    assert "I no longer have that" in said(gone)


async def test_a_link_below_a_role(world: World) -> None:
    form = await click(world.mod, await setup(world), "Add a link to a role")
    values = {"role": "mle", "title": "Our [list]", "url": "https://example.org/list"}
    assert "stands on the card of Machine Learning Engineer" in said(
        await world.mod.submit_modal(form, values)
    )
    result = await world.member.slash(world.lounge, "role info", name="mle")
    assert "### Added by this server" in said(result)
    assert {"label": "Our [list]", "url": "https://example.org/list"}.items() <= next(
        node for node in nodes(result.response) if node.get("url")
    ).items()


async def test_a_link_shows_at_once_and_is_gone_at_once_when_it_is_undone(world: World) -> None:
    async def has_link() -> bool:
        return "### Added by this server" in said(
            await world.member.slash(world.lounge, "role info", name="mle")
        )

    assert not await has_link()
    form = await click(world.mod, await setup(world), "Add a link to a role")
    await world.mod.submit_modal(form, {"role": "mle", "title": "List", "url": "https://example.org/list"})
    assert await has_link()
    await click(world.mod, await world.mod.slash(world.lounge, "setup undo", change="1"), "Undo it")
    assert not await has_link()


@pytest.mark.parametrize(
    ("button", "values", "words"),
    [
        (
            "Add a role of our own",
            {"title": "Data Scientist", "summary": "x"},
            "I know Data Scientist already",
        ),
        ("Add a role of our own", {"title": "Tutor", "summary": "x", "url": "nowhere"}, "whole web address"),
        (
            "Add a link to a role",
            {"role": "analyst", "title": "x", "url": "https://example.org"},
            "Perhaps one of",
        ),
        ("Add a link to a role", {"role": "mle", "title": "x", "url": "example"}, "whole web address"),
        (
            "Add a link to a role",
            {"role": "analyst", "title": "x", "url": "example"},
            "2 things to put right",
        ),
        (
            "Add a role of our own",
            {"title": "Tutor", "summary": "x", "aliases": "a,b,c,d,e,f,g,h,i,j,k,l", "url": "nowhere"},
            "2 things to put right",
        ),
    ],
)
async def test_forms_that_are_refused(world: World, button: str, values: dict[str, str], words: str) -> None:
    form = await click(world.mod, await setup(world), button)
    done = await world.mod.submit_modal(form, values)
    assert done.ephemeral
    assert words in said(done)
    added = await service(world).added(world.guild.id)
    assert (added.roles, added.links) == ({}, {})


async def test_members_may_not(world: World) -> None:
    ml = world.guild.create_role("ml")
    await service(world).link_role(world.guild.id, Kind.ROLE, "ml-engineer", ml.id, by=1)
    world.let_through("setup")
    assert "Only people with Manage Server" in said(await setup(world, world.member))
    for custom_id in ("role:newrole", "role:newlink"):
        assert "Only people with Manage Server" in said(await world.press(custom_id, by=world.member))
    assert len(await linked(world)) == 1


async def test_a_moderator_who_is_none_any_more_submits_a_form(world: World) -> None:
    zed = world.join("zed", MANAGE)
    form = await click(zed, await setup(world, zed), "Add a role of our own")
    role = next(r for r in world.env.backend.guilds[world.guild.id].roles.values() if r.name == "zed's")
    world.env.backend.edit_role(world.guild.id, role.id, {"permissions": 0})
    done = await zed.submit_modal(form, {"title": "Tutor", "summary": "x"})
    assert "Only people with Manage Server" in said(done)
    assert (await service(world).added(world.guild.id)).roles == {}
