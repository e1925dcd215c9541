"""`/help`: what somebody can do here, by who asks and where; one source with the README's table."""

import pytest
import simcord

from scripts.commands_table import README, commands_table
from tests.cogs.buddies import JOINED, open_club
from tests.cogs.everything import commands
from tests.cogs.world import World, buttons, click, said


async def ask(world: World, by: simcord.MemberActor, **options: str) -> simcord.InteractionResult:
    return await by.slash(world.lounge, "help", **options)


async def test_the_readme_has_the_same_table() -> None:
    made = await commands_table()
    assert made in README.read_text(encoding="utf-8"), "run: .venv/bin/python -m scripts.commands_table"


async def test_a_member_sees_what_is_theirs(world: World) -> None:
    result = await ask(world, world.member)
    assert result.ephemeral
    text = said(result)
    assert "**Papers** search, save and follow new ones" in text
    assert "moderator" not in text
    assert {"Papers", "Events", "Careers", "You", "Latest papers"} <= set(buttons(result))
    assert {"Quizzes", "Study buddies", "Play a round", "Join study buddies"} <= set(buttons(result))
    assert "How things stand" not in buttons(result)


async def test_a_moderator_sees_more(world: World) -> None:
    result = await ask(world, world.mod)
    assert "**For you as a moderator**" in said(result)
    assert {"Feeds", "This server", "How things stand", "Set me up"} <= set(buttons(result))


async def test_somebody_who_was_given_a_part_finds_its_panel(world: World) -> None:
    feeds, careers = world.guild.create_role("feeds"), world.guild.create_role("careers")
    sam = world.guild.add_member(world.env.create_user("sam"), roles=[feeds])
    cat = world.guild.add_member(world.env.create_user("cat"), roles=[careers])
    await world.mod.slash(world.lounge, "setup server", feeds=feeds, careers=careers)
    result = await ask(world, sam)
    assert "All feeds" in buttons(result)
    assert "How things stand" not in buttons(result)
    assert "No feeds yet" in said(await click(sam, result, "All feeds"))
    quiz, buddies = world.guild.create_role("quiz"), world.guild.create_role("buddies")
    both = world.guild.add_member(world.env.create_user("dee"), roles=[quiz, buddies])
    await world.mod.slash(world.lounge, "setup server", quizzes=quiz, buddies=buddies)
    result = await ask(world, both)
    assert "Careers of this server" not in buttons(result)
    opened = await click(both, result, "Quizzes of this server")
    assert "Question of the day" in said(opened)
    opened = await click(both, await ask(world, both), "Study buddies of this server")
    assert "Switch on" in buttons(opened)
    result = await ask(world, cat)
    assert "All feeds" not in buttons(result)
    assert "Quizzes of this server" not in buttons(result)
    opened = await click(cat, result, "Careers of this server")
    assert "Roles to follow" in said(opened)


async def test_every_button_of_the_first_card_starts_something(world: World) -> None:
    for who in (world.mod, world.member):
        for label in buttons(await ask(world, who)):
            pressed = await click(who, await ask(world, who), label)
            assert said(pressed), label
            assert "Something went wrong" not in said(pressed), label


async def test_quizzes_and_study_buddies_start_from_their_groups(world: World) -> None:
    result = await click(world.member, await ask(world, world.member), "Quizzes")
    assert {"Play a round", "Review", "My stats", "Leaderboard"} <= set(buttons(result))
    asked = await click(world.member, result, "Play a round")
    assert "Question 1 of" in said(asked)
    result = await click(world.member, await ask(world, world.member), "Study buddies")
    assert "not switched on" in said(await click(world.member, result, "Join study buddies"))
    await open_club(world)
    result = await click(world.member, await ask(world, world.member), "Study buddies")
    form = await click(world.member, result, "Join study buddies")
    assert "Choose a skill or two" in said(await world.member.submit_modal(form, JOINED))
    shown = await click(world.member, await ask(world, world.member, command="buddy"), "My profile")
    assert "Your study buddy profile" in said(shown)


async def test_groups_and_back(world: World) -> None:
    result = await click(world.member, await ask(world, world.member), "Papers")
    assert "papers search" in said(result)
    assert "Search all of arXiv" in said(result)
    await world.restart()
    back = await click(world.member, result, "Everything")
    assert "What you can do here" in said(back)


async def test_every_command_has_help(world: World) -> None:
    for name, command in commands(world).items():
        text = said(await ask(world, world.mod, command=name))
        assert text.startswith(f"## /{name}\n{command.description.rstrip('.')}"), name
        for parameter in command.parameters:
            assert f"`{parameter.display_name}`" in text
            assert str(parameter.description) in text


async def test_completion_offers_what_somebody_may_use(world: World) -> None:
    offered = await world.member.autocomplete(world.lounge, "help", "command", "feed")
    assert not [each for each in offered if each["value"].startswith("feed")]
    offered = await world.mod.autocomplete(world.lounge, "help", "command", "/feed pap")
    assert offered[0]["value"] == "feed papers"


@pytest.mark.parametrize("typed", ["nonsense", "feed papers", "/setup"])
async def test_what_is_no_command_for_them(world: World, typed: str) -> None:
    assert "no such command here" in said(await ask(world, world.member, command=typed))


async def test_in_direct_messages(world: World) -> None:
    result = await world.member.user.slash("help")
    text = said(result)
    assert "**Papers**" in text
    assert "In a server there is more" in text
    assert "**Events**" not in text
    assert "**Quizzes**" in text
    assert "**Study buddies**" not in text
    group = await world.member.user.slash("help", command="quiz")
    assert "Play a round" in buttons(group)
    assert "Leaderboard" not in buttons(group)
