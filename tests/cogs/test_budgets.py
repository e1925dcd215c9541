"""What is dear is not to be had without end, and whoever asks too often hears when to come again."""

from bot.domain.budgets import BUDGETS, COMMANDS, Cost
from tests.cogs.everything import commands
from tests.cogs.world import World, said


async def test_too_many_files_and_then_not(world: World) -> None:
    for _ in range(BUDGETS[Cost.FILE].member.burst):
        assert "Everything I keep" in said(await world.member.slash(world.lounge, "me export"))
    refused = await world.member.slash(world.lounge, "me export")
    assert refused.ephemeral
    assert "You have asked for that often" in said(refused)
    assert "Try again <t:" in said(refused)
    assert "Everything I keep" in said(await world.mod.slash(world.lounge, "me export"))
    assert "I keep nothing" in said(await world.member.slash(world.lounge, "me show"))
    await world.env.advance_time(30)
    assert "Everything I keep" in said(await world.member.slash(world.lounge, "me export"))


async def test_a_button_counts_as_the_command_does(world: World) -> None:
    await world.make()
    for _ in range(BUDGETS[Cost.READING].member.burst):
        await world.press("feed:preview:1")
    assert "You have asked for that often" in said(await world.press("feed:preview:1"))
    assert "You have asked for that often" in said(await world.feed("preview", feed="1"))
    assert "Edit feed 1" in said(await world.press("feed:edit:1"))


async def test_completion_costs_nothing(world: World) -> None:
    await world.make()
    for _ in range(BUDGETS[Cost.READING].member.burst * 2):
        await world.offered("preview", "feed", "")
    assert "often" not in said(await world.feed("preview", feed="1"))


async def test_what_costs_is_there(world: World) -> None:
    known = set(commands(world))
    planned = {"quiz live"}
    assert set(COMMANDS) - known <= planned
