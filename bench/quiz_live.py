"""A live round with a hundred players, and members who answer in `/quiz play`: answers a second and waits.

The baseline is a bare bot that answers `/ping`; one row sets what it does with a press against ours. An answer counts as
given when the player reads that it is written down, and after the load the database is asked whether it is.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.interactions import AT_ONCE, WAIT_S, Action, Load, load
from bench.processes import BARE, COHORT, child, environment
from bench.rows import Row, Size, Target
from tests.support.loopback.errors import DriverError
from tests.support.loopback.interactions import Interaction
from tests.support.loopback.model import walk
from tests.support.loopback.seed import Club, add_club
from tests.support.loopback.server import LoopbackDiscord

NAME = "quiz_live"

PLAYERS: Final = 100
SECONDS: Final = 90  # how long the question stays open: the load has to be over by then
PLAY_COUNT: Final = 20

Begin = Callable[[LoopbackDiscord, Club, list[int]], Awaitable[Action]]


def run(size: Size) -> list[Row]:
    """Let a hundred people do the same thing at once, on both bots."""
    return asyncio.run(_measure(size.pick(2000, 100)))


async def _measure(count: int) -> list[Row]:
    bare, _ = await _loads(BARE, _ping, count, (*AT_ONCE, PLAYERS))
    pressed, _ = await _loads(BARE, _bare_press, count, AT_ONCE)
    live, lost = await _loads(COHORT, _live, count, (PLAYERS,), check=_lost)
    play, _ = await _loads(COHORT, _play, count, AT_ONCE)
    rows = _rows(
        "/quiz live answer", PLAYERS, live[PLAYERS], bare[PLAYERS], f"{lost} answers lost" if lost else ""
    )
    for at_once in AT_ONCE:
        # It rates, schedules and draws a new card as well: a dozen statements beside the two of a live answer.
        rows += _rows("/quiz play answer", at_once, play[at_once], bare[at_once], "")
        who = f"/quiz play answer, {at_once} at once, against a bare press"
        rows.append(Row(who, play[at_once].rate, pressed[at_once].rate, "1/s"))
    return rows


def _rows(name: str, at_once: int, ours: Load, bare: Load, lost: str) -> list[Row]:
    who = f"{name}, {at_once} at once"
    failed = f"{ours.failed} not answered, bare {bare.failed}" if ours.failed or bare.failed else ""
    fault = "; ".join(part for part in (failed, lost) if part)
    p99 = {64: Target("≤", 100, of="ours"), PLAYERS: Target("≤", 4)}.get(at_once)
    return [
        Row(f"{who}: answers", ours.rate, bare.rate, "1/s", Target("≥", 0.3), fault=fault),
        Row(f"{who}: p50", ours.p50 * 1000, bare.p50 * 1000, "ms"),
        Row(f"{who}: p99", ours.p99 * 1000, bare.p99 * 1000, "ms", p99, fault=fault),
    ]


async def _loads(
    program: tuple[str, ...],
    begin: Begin,
    count: int,
    at_once: Sequence[int],
    check: Callable[[Path, list[int]], int] | None = None,
) -> tuple[dict[int, Load], int]:
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        folder = Path(name)
        database = folder / "cohort.sqlite3"
        async with LoopbackDiscord(schema=None, keep_requests=False) as discord:
            club = add_club(discord.world)
            players = [discord.world.add_member(club.guild, f"player{n}").user_id for n in range(PLAYERS)]
            async with child(program, environment(discord, database), folder) as bot:
                await bot.line("ready")
                action = await begin(discord, club, players)
                await load(discord, action, at_once=PLAYERS, count=PLAYERS)  # warm, and everybody is in
                found = {each: await load(discord, action, at_once=each, count=count) for each in at_once}
                return found, check(database, players) if check else 0


def _in_turn(players: Sequence[int], act: Callable[[int], Awaitable[Interaction]]) -> Action:
    """Return the action of whoever's turn it is."""
    people = cycle(players)
    return lambda: act(next(people))


async def _cards(
    discord: LoopbackDiscord, club: Club, players: Sequence[int], command: str, **options: Any
) -> dict[int, int]:
    """Let everybody have a private card of their own; return its message by player."""
    cards: dict[int, int] = {}

    async def ask(player: int) -> None:
        made = await discord.slash(player, club.general, command, patience=WAIT_S, **options)
        assert made.reply is not None
        cards[player] = made.reply.id

    for start in range(0, len(players), 10):
        await asyncio.gather(*map(ask, players[start : start + 10]))
    return cards


async def _ping(discord: LoopbackDiscord, club: Club, players: list[int]) -> Action:
    return _in_turn(players, lambda player: discord.slash(player, club.general, "ping", wait="sent"))


async def _bare_press(discord: LoopbackDiscord, club: Club, players: list[int]) -> Action:
    cards = await _cards(discord, club, players, "card")
    return _in_turn(players, lambda player: discord.click(cards[player], "A", player, wait="sent"))


async def _live(discord: LoopbackDiscord, club: Club, players: list[int]) -> Action:
    """Open a question that is answered with a button, and let everybody press theirs."""
    for channel in (club.general, club.papers, club.events, club.news):
        message_id = await _question(discord, club, channel)
        label = _choice(discord, message_id)
        if label is not None:
            return _in_turn(players, partial(discord.click, message_id, label, wait="sent"))
    raise RuntimeError("no round began with a question that has buttons; run it again")


async def _question(discord: LoopbackDiscord, club: Club, channel: int) -> int:
    settings = await discord.slash(
        club.moderator, channel, "quiz live", count=3, seconds=SECONDS, patience=WAIT_S
    )
    assert settings.reply is not None
    await discord.click(settings.reply.id, "Start", club.moderator, patience=WAIT_S)
    await discord.wait_for(lambda: bool(discord.messages(channel)), WAIT_S, "the opening")
    await discord.click(discord.messages(channel)[-1].id, "Begin now", club.moderator, patience=WAIT_S)
    await discord.wait_for(lambda: "Question 1" in discord.messages(channel)[-1].text, WAIT_S, "a question")
    return discord.messages(channel)[-1].id


def _choice(discord: LoopbackDiscord, message_id: int) -> str | None:
    message = discord.world.messages.find(message_id)
    assert message is not None
    there = {each.get("label") for each in walk(message.components)}
    return next((label for label in ("A", "True") if label in there), None)


def _lost(database: Path, players: list[int]) -> int:
    connection = sqlite3.connect(database)
    try:
        (kept,) = connection.execute("SELECT count(*) FROM live_answers").fetchone()
    finally:
        connection.close()
    return len(players) - int(kept)


async def _play(discord: LoopbackDiscord, club: Club, players: list[int]) -> Action:
    """Let everybody have a round of their own; each action is the next press on their card."""
    cards = await _cards(discord, club, players, "quiz play", count=PLAY_COUNT)

    async def press(player: int) -> Interaction:
        for label in ("A", "True", "Next", "Go on", "How it went", "Another round", "Skip"):
            try:
                return await discord.click(cards[player], label, player, wait="sent")
            except DriverError:
                continue
        return await discord.slash(player, club.general, "quiz play", count=PLAY_COUNT, wait="sent")

    return _in_turn(players, press)
