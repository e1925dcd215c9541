"""`/setup log`, `undo`, `export` and `import`, as moderators use them."""

import re
from typing import Any

import pytest
import simcord
from discord import Permissions

from bot.domain.server_settings import Module
from bot.storage import server_settings
from tests.cogs.world import MANAGE, World, buttons, click, nodes, said

BOTH = Permissions(manage_guild=True, manage_roles=True)


async def setup(
    world: World, command: str, by: simcord.MemberActor | None = None, **options: Any
) -> simcord.InteractionResult:
    return await (by or world.mod).slash(world.lounge, f"setup {command}", **options)


def menu_of(result: simcord.InteractionResult, start: str) -> str:
    (custom_id,) = [
        node["custom_id"]
        for node in nodes(result.response)
        if node["type"] in {3, 5, 6, 8} and node["custom_id"].startswith(start)
    ]
    return str(custom_id)


async def choose(
    who: simcord.MemberActor, result: simcord.InteractionResult, start: str, *values: Any
) -> simcord.InteractionResult:
    assert result.response is not None
    return await who.select(result.response, list(values), custom_id=menu_of(result, start))


async def limits(world: World) -> dict[int, int]:
    feeds = await world.app.services.feeds.overview(world.guild.id)
    return {status.feed.number: status.feed.plan.limit for status in feeds}


async def file_of(world: World, result: simcord.InteractionResult) -> tuple[str, bytes]:
    assert result.response is not None
    (file,) = result.response.attachments
    return file.filename, world.env.backend.cdn.get(file.url) or b""


# --- The log --------------------------------------------------------------------------------------------


async def test_an_empty_log(world: World) -> None:
    result = await setup(world, "log")
    assert result.ephemeral
    assert "Nothing yet." in said(result)
    assert "nothing to undo" in said(await setup(world, "undo"))


async def test_who_changed_what_from_what_to_what(world: World) -> None:
    rosa = world.join("rosa", BOTH)
    await world.make(limit=5)
    await world.feed("edit", feed="1", limit=7)
    await rosa.slash(world.lounge, "feed pause", feed="1")
    ml = world.guild.create_role("ml")
    await setup(world, "roles", rosa, career="mle", role=ml)
    text = said(await setup(world, "log"))
    order = [
        "Discord role for ml engineer** set up",
        "Feed 1** paused",
        "Feed 1** changed",
        "Feed 1** set up",
    ]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    assert f"**Feed 1** changed by <@{world.mod.id}>" in text
    assert "**limit** 5 → 7" in text
    assert f"paused by <@{rosa.id}>" in text
    assert f"<#{world.papers.id}>" in text


async def test_pages_and_filters_of_the_log(world: World) -> None:
    rosa = world.join("rosa", BOTH)
    await world.make(limit=1)
    for limit in range(2, 10):
        await world.feed("edit", feed="1", limit=limit)
    ml = world.guild.create_role("ml")
    await setup(world, "roles", rosa, career="mle", role=ml)
    first = await setup(world, "log")
    assert "Page 1 of 2" in said(first)
    older = await click(world.mod, first, "Older")
    assert "Page 2 of 2" in said(older)
    assert "Feed 1** set up" in said(older)
    await world.restart()
    newer = await click(world.mod, older, "Newer")
    assert said(newer) == said(first)
    careers = await choose(world.mod, newer, "setups:logarea", "roles")
    assert "What was changed of careers" in said(careers)
    assert "Feed 1" not in said(careers)
    nobody = await choose(world.mod, careers, "setups:logby", world.mod)
    assert "Nothing that fits." in said(nobody)
    hers = await setup(world, "log", member=rosa)
    assert "Feed 1" not in said(hers)
    assert "Discord role for ml engineer" in said(hers)
    assert "Discord role" not in said(await setup(world, "log", area="feed"))


# --- Undo -----------------------------------------------------------------------------------------------


async def test_undo_after_a_look(world: World) -> None:
    await world.make(limit=5)
    await world.feed("edit", feed="1", limit=7)
    (newest, _) = await world.mod.autocomplete(world.lounge, "setup undo", "change", "")
    assert newest["name"].startswith("Feed 1 · changed · limit · ")
    preview = await setup(world, "undo", change=str(newest["value"]))
    assert "It would be:\n**limit** 7 → 5" in said(preview)
    assert await limits(world) == {1: 7}
    await world.restart()
    done = await click(world.mod, preview, "Undo it")
    assert "Feed 1 is as it was before" in said(done)
    assert await limits(world) == {1: 5}
    log = await click(world.mod, done, "See the log")
    assert "taken back by" in said(log)
    assert "undone since" in said(log)
    again = await choose(world.mod, await setup(world, "undo"), "setups:undo", str(int(newest["value"]) + 1))
    assert "It would be:\n**limit** 5 → 7" in said(again)


async def test_what_no_longer_fits_is_shown_and_has_no_button(world: World) -> None:
    await world.make(limit=5)
    await world.feed("edit", feed="1", limit=7)
    preview = await choose(world.mod, await setup(world, "undo"), "setups:undo", "2")
    await world.feed("edit", feed="1", limit=9)
    assert "changed again since" in said(await click(world.mod, preview, "Undo it"))
    assert await limits(world) == {1: 9}
    stale = await setup(world, "undo", change="2")
    assert "this no longer fits" in said(stale)
    assert "**limit** 7 → 9" in said(stale)
    assert list(buttons(stale)) == ["See the log"]


async def test_undoing_what_was_set_up_and_what_was_removed(world: World) -> None:
    await world.make()
    made = await setup(world, "undo", change="1")
    assert "It would be removed." in said(made)
    await click(world.mod, made, "Undo it")
    assert await limits(world) == {}
    back = await setup(world, "undo", change="2")
    assert "It would be back:" in said(back)
    await click(world.mod, back, "Undo it")
    assert await limits(world) == {1: 10}


@pytest.mark.parametrize("typed", ["99", "x", "²", "1" * 30])
async def test_changes_that_are_none(world: World, typed: str) -> None:
    await world.make()
    assert "Pick" in said(await setup(world, "undo", change=typed))


async def test_a_role_is_not_offered_again_by_somebody_who_may_not_give_it(world: World) -> None:
    rosa = world.join("rosa", BOTH)
    ml = world.guild.create_role("ml")
    await setup(world, "roles", rosa, career="mle", role=ml)
    await click(rosa, await setup(world, "undo", rosa, change="1"), "Undo it")
    refused = await click(world.mod, await setup(world, "undo", change="2"), "Undo it")
    assert "you need Manage Roles yourself" in said(refused)
    assert await world.app.services.careers.role_links(world.guild.id) == []


# --- Export and import ------------------------------------------------------------------------------------


async def test_to_another_server_and_back(world: World) -> None:
    rosa = world.join("rosa", BOTH)
    ml = world.guild.create_role("ml", mentionable=True)
    await world.make(limit=5, query="gan", mention=ml)
    await world.feed("highlights", channel=world.papers, time="18:00", zone="Europe/Paris")
    await world.feed("pause", feed="2")
    await setup(world, "roles", rosa, career="mle", role=ml)
    name, content = await file_of(world, await setup(world, "export"))
    assert name == "cohort-club.yaml"
    text = content.decode()
    assert "'#papers'" in text
    assert "'@ml'" in text
    assert not re.search(r"\d{15,}", text)

    other = world.env.create_guild("Other")
    papers = other.create_text_channel("papers")
    lounge = other.create_text_channel("lounge")
    role = other.create_role("boss", permissions=BOTH)
    kim = other.add_member(world.env.create_user("kim"), roles=[role])
    result = await kim.slash(lounge, "setup import", file=(name, content))
    assert "What is this here?" in said(result)
    assert "@\u200bml" in said(result)
    await world.restart()
    theirs = other.create_role("learners", mentionable=True)
    world.env.backend.edit_role(
        other.id,
        next(r for r in world.env.backend.guilds[other.id].roles.values() if r.name == "boss").id,
        {"position": 5},
    )
    result = await choose(kim, result, "setups:bind:", theirs)
    assert "3 changes to this server" in said(result), said(result)
    assert "Nothing is changed yet" in said(result)
    assert await world.app.services.feeds.overview(other.id) == []
    custom_id = buttons(result)["Make 3 changes"]
    done = await click(kim, result, "Make 3 changes")
    assert "- Feeds: 2 changes" in said(done), said(done)
    feeds = await world.app.services.feeds.overview(other.id)
    assert [(s.feed.plan.kind, s.feed.channel_id, s.feed.state) for s in feeds] == [
        ("papers", papers.id, "active"),
        ("highlights", papers.id, "paused"),
    ]
    assert feeds[0].feed.plan.options.mention_role_id == theirs.id
    again = await kim.slash(lounge, "setup export")
    assert (await file_of(world, again))[1].decode().replace("@learners", "@ml") == text
    old = await world.old_message(custom_id, lounge)
    pressed_twice = await kim.click(old, custom_id=custom_id)
    assert "no file of yours any more" in said(pressed_twice)


async def test_replace_names_what_goes(world: World) -> None:
    await world.make(limit=5)
    _, content = await file_of(world, await setup(world, "export"))
    await world.feed("edit", feed="1", limit=9)
    await world.make(query="gan")
    result = await setup(world, "import", file=("a.yaml", content), replace=True)
    assert "🔴 **Feed 2** removed" in said(result)
    assert "🟡 **Feed 1** **limit** 9 → 5" in said(result)
    cancelled = await click(world.mod, result, "Cancel")
    assert "Nothing was changed" in said(cancelled)
    assert await limits(world) == {1: 9, 2: 10}
    result = await setup(world, "import", file=("a.yaml", content), replace=True)
    await click(world.mod, result, "Make 2 changes")
    assert await limits(world) == {1: 5}
    same = await setup(world, "import", file=("a.yaml", content), replace=True)
    assert "Nothing to change" in said(same)


async def test_what_discord_would_refuse_is_said_before(world: World) -> None:
    await world.make(limit=5)
    _, content = await file_of(world, await setup(world, "export"))
    await world.feed("remove", feed="1")
    world.forbid(world.papers, send_messages=True)
    result = await setup(world, "import", file=("a.yaml", content))
    assert "This stands against it:" in said(result)
    assert "I lack Send Messages" in said(result)
    assert list(buttons(result)) == ["Look again", "Cancel"]
    world.env.backend.delete_overwrite(world.papers.id, world.guild.id)
    result = await click(world.mod, result, "Look again")
    world.forbid(world.papers, send_messages=True)
    assert "This stands against it:" in said(await click(world.mod, result, "Make 1 change"))
    assert await limits(world) == {}


async def test_what_changed_in_the_meantime_is_shown_again(world: World) -> None:
    await world.make(limit=5)
    _, content = await file_of(world, await setup(world, "export"))
    await world.feed("edit", feed="1", limit=9)
    result = await setup(world, "import", file=("a.yaml", content))
    await world.feed("edit", feed="1", limit=8)
    assert "in the meantime" in said(await click(world.mod, result, "Make 1 change"))
    assert await limits(world) == {1: 8}


@pytest.mark.parametrize("content", [b"", b"hello: world", b"\xff\xfe", b"cohort: 1\nfeeds: 4\n"])
async def test_files_that_are_none(world: World, content: bytes) -> None:
    words = said(await setup(world, "import", file=("a.yaml", content or b" ")))
    assert re.search("no file of mine|cannot read", words), words
    big = await setup(world, "import", file=("a.yaml", b"x" * 300_000))
    assert "too large" in said(big)


async def test_a_file_of_one_moderator_is_not_anothers(world: World) -> None:
    rosa = world.join("rosa", MANAGE)
    await world.make(limit=5)
    _, content = await file_of(world, await setup(world, "export"))
    await world.feed("edit", feed="1", limit=9)
    result = await setup(world, "import", file=("a.yaml", content))
    assert result.response is not None
    custom_id = buttons(result)["Make 1 change"]
    assert "no file of yours" in said(await world.press(custom_id, by=rosa))
    assert await limits(world) == {1: 9}


async def test_settings_of_modules_come_along(world: World) -> None:
    async with world.app.db.write() as tx:
        quiz = {"off": ["nlp", "sql"]}
        await server_settings.write(
            tx, world.guild.id, Module.QUIZ, quiz, by=world.mod.id, now=world.clock.now()
        )
    _, content = await file_of(world, await setup(world, "export"))
    assert "quiz:\n  'off': [nlp, sql]" in content.decode()
    text = said(await setup(world, "log"))
    assert "**Settings of quizzes** set up" in text
    await click(world.mod, await setup(world, "undo", change="1"), "Undo it")
    async with world.app.db.read() as tx:
        assert await server_settings.read(tx, world.guild.id, Module.QUIZ) is None
    result = await setup(world, "import", file=("a.yaml", content))
    await click(world.mod, result, "Make 1 change")
    async with world.app.db.read() as tx:
        assert await server_settings.read(tx, world.guild.id, Module.QUIZ) == quiz
