"""What is dear is not to be had without end, and whoever asks too often hears when to come again."""

from bot.domain.budgets import BUDGETS, COMMANDS, IMPORT, PRESSES, Cost
from tests.cogs.buddies import open_club
from tests.cogs.everything import commands, components
from tests.cogs.world import World, click, said


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


async def test_matching_and_drawing_cost(world: World) -> None:
    await open_club(world)
    for _ in range(BUDGETS[Cost.MATCH].member.burst):
        assert "often" not in said(await world.press("buddy:dry"))
    assert "You have asked for that often" in said(await world.press("buddy:dry"))
    assert "You have asked for that often" in said(await world.mod.slash(world.lounge, "buddy find"))
    assert "Study buddies" in said(await world.press("buddy:setup"))
    for _ in range(BUDGETS[Cost.PICTURE].member.burst):
        assert "often" not in said(await world.press("quiz:stats", world.member))
    assert "You have asked for that often" in said(await world.member.slash(world.lounge, "quiz stats"))


async def test_beginning_live_rounds_costs_and_preparing_them_does_not(world: World) -> None:
    burst = BUDGETS[Cost.LIVE].member.burst
    channels = [world.guild.create_text_channel(f"round-{number}") for number in range(burst + 1)]
    prepared = [await world.mod.slash(channel, "quiz live") for channel in channels]
    for each in prepared[:burst]:
        assert "Started" in said(await click(world.mod, each, "Start"))
    assert "You have asked for that often" in said(await click(world.mod, prepared[burst], "Start"))


async def test_importing_questions_costs(world: World) -> None:
    file = ("a.csv", b"question,right,wrong\nWhat is it?,This,That\n")
    for _ in range(BUDGETS[IMPORT].member.burst):
        assert "often" not in said(await world.mod.slash(world.lounge, "setup quiz", file=file))
    assert "You have asked for that often" in said(
        await world.mod.slash(world.lounge, "setup quiz", file=file)
    )
    assert "Quizzes in this server" in said(await world.mod.slash(world.lounge, "setup quiz"))


async def test_what_costs_is_there(world: World) -> None:
    assert set(COMMANDS) <= set(commands(world))
    there = {what for what, _ in components().values()}
    named = {f"{key.split()[0].capitalize()}Button {key.split()[1]}" for key in PRESSES}
    assert named <= there
