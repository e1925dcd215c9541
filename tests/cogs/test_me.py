"""`/me`: what is kept about a member, shown, changed, given and deleted."""

import json
from typing import Any

import simcord

from bot.storage.personal import PERSONAL
from cogs.ui.me.words import ONE, SETTINGS, counted
from tests.cogs.test_setup_changes import choose, file_of
from tests.cogs.world import Listed, World, buttons, click, said

PAPER = Listed("2601.00001", "A paper to keep")


async def me(world: World, command: str, by: Any = None, **options: Any) -> simcord.InteractionResult:
    return await (by or world.member).slash(world.lounge, f"me {command}", **options)


async def lived(world: World) -> None:
    """Let the member and the moderator leave something behind."""
    world.arxiv.serve_papers(PAPER)
    await world.make()
    await world.next_day()
    for who in (world.member, world.mod):
        await world.press("paper:save:2601.00001", by=who)
        await world.press("paper:vote:2601.00001", by=who)


async def test_nothing_is_kept_of_who_asked_for_nothing(world: World) -> None:
    result = await me(world, "show")
    assert result.ephemeral
    assert "I keep nothing about you" in said(result)
    assert "I keep nothing about you" in said(await me(world, "delete"))
    _, data = await file_of(world, await me(world, "export"))
    assert json.loads(data)["kept"] == {}


async def test_everything_in_words_and_as_a_file(world: World) -> None:
    await lived(world)
    text = said(await me(world, "show", world.mod))
    assert "- **1** paper on your reading list" in text
    assert "- **1** paper you found useful" in text
    assert "**What belongs to servers" in text
    assert "- **1** feed you set up as a moderator" in text
    name, data = await file_of(world, await me(world, "export"))
    assert name == "cohort-my-data.json"
    kept = json.loads(data)["kept"]
    assert [each["paper_id"] for each in kept["papers on your reading list"]] == ["2601.00001"]
    assert str(world.mod.id).encode() not in data


async def test_deleting_everything_after_confirming(world: World) -> None:
    await lived(world)
    asked = await me(world, "delete", world.mod)
    assert "It cannot be undone." in said(asked)
    assert "These stay with their servers, without your id:" in said(asked)
    assert "Nothing was deleted" in said(await click(world.mod, asked, "Keep it"))
    assert "paper on your reading list" in said(await me(world, "show", world.mod))
    asked = await me(world, "delete", world.mod)
    await world.restart()
    assert "I keep nothing about you any more" in said(
        await click(world.mod, asked, "Yes, delete everything")
    )
    assert "I keep nothing about you" in said(await me(world, "show", world.mod))
    assert len(await world.app.services.feeds.overview(world.guild.id)) == 1
    assert "paper on your reading list" in said(await me(world, "show"))
    log = said(await world.mod.slash(world.lounge, "setup log"))
    assert "Feed 1** set up by somebody" in log


async def test_settings_by_options_and_on_the_panel(world: World) -> None:
    result = await me(world, "settings", zone="berlin", messages=False)
    assert "Europe/Berlin" in said(result)
    assert "are paused until" in said(result)
    result = await choose(world.member, result, "mes:dms", "yes")
    assert "are paused until" not in said(result)
    result = await choose(world.member, result, "mes:visible", "no")
    form = await click(world.member, result, "Time zone")
    await world.restart()
    result = await world.member.submit_modal(form, {"zone": "Asia/Tokyo"})
    assert "Asia/Tokyo" in said(result)
    shown = said(await me(world, "show"))
    assert "Asia/Tokyo, direct messages on, not seen in lists" in shown
    assert "zone" in said(await me(world, "settings", zone="Atlantis"))
    (first, *_) = await world.member.autocomplete(world.lounge, "me settings", "zone", "tokyo")
    assert first["value"] == "Asia/Tokyo"


async def test_without_direct_messages_nothing_is_promised_by_message(world: World) -> None:
    await me(world, "settings", messages=False)
    refused = await world.member.slash(world.lounge, "papers subscribe", query="gan")
    assert "You switched direct messages off" in said(refused), said(refused)


async def test_somebody_elses_card(world: World) -> None:
    await lived(world)
    for action in ("show", "settings", "export", "ask", "delete", "keep", "zone"):
        result = await world.press(f"me:{action}:{world.mod.id}", by=world.member)
        assert "somebody else's" in said(result), action
    assert "paper on your reading list" in said(await me(world, "show", world.mod))
    assert "paper on your reading list" in said(await me(world, "show"))


async def test_in_direct_messages(world: World) -> None:
    await lived(world)
    user = world.member.user
    result = await user.slash("me show")
    assert "paper on your reading list" in said(result)
    assert "Delete everything" in buttons(result)


def test_whatever_is_kept_has_words_for_one_of_it() -> None:
    several = {each.words for each in PERSONAL if "." not in each.words}
    assert several == {*ONE, SETTINGS}
    assert counted(1, "people you blocked") == "**1** person you blocked"
    assert counted(2, "people you blocked") == "**2** people you blocked"
    assert counted(1, SETTINGS) == SETTINGS
