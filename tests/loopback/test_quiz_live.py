"""A hundred players on the wire: every acknowledgement is of an answer that is written down."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import select

from bot.domain.quizzes.live import GRACE, LEAD, OPENING, PAUSE
from bot.storage.engine import Database
from bot.storage.tables import live_answers, live_players, quiz_answers
from tests.support.clock import FakeClock
from tests.support.loopback.errors import DriverError
from tests.support.loopback.interactions import Interaction
from tests.support.loopback.seed import Club, add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PLAYERS = 100


async def test_a_hundred_players_at_once(db: Database) -> None:
    clock = FakeClock(NOON)
    world = world_on(clock)
    club = add_club(world)
    players = [world.add_member(club.guild, f"player{n}").user_id for n in range(PLAYERS)]
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        settings = await discord.slash(club.ada, club.general, "quiz live", level=1, count=3, seconds=30)
        assert settings.reply is not None
        await discord.click(settings.reply.id, "Start", club.ada)
        await app.run_due()
        clock.advance(seconds=OPENING.total_seconds())
        await app.run_due()
        given = 0
        for number in range(1, 4):
            clock.advance(seconds=1)
            await app.run_due()
            question = discord.messages(club.general)[-1]
            assert f"Question {number} of 3" in question.text
            answered = await asyncio.gather(
                *(press(discord, question.id, club, player) for player in players)
            )
            # Half of them change their mind, all at the same time.
            await asyncio.gather(*(press(discord, question.id, club, player) for player in players[::2]))
            given += sum(
                "You picked" in each.reply.text or "You answered" in each.reply.text for each in answered
            )
            async with db.read() as tx:
                assert len((await tx.execute(select(live_answers))).all()) == given
            clock.advance(seconds=30 + (LEAD + GRACE).total_seconds())
            await app.run_due()
            assert f"of {PLAYERS} were right" in question.text
            clock.advance(seconds=PAUSE.total_seconds())
            await app.run_due()
        assert given == 3 * PLAYERS
        async with db.read() as tx:
            assert len((await tx.execute(select(live_players))).all()) == PLAYERS
            assert len((await tx.execute(select(quiz_answers))).all()) == 3 * PLAYERS
        assert f"{PLAYERS} members played · 3 questions" in discord.messages(club.general)[-1].text
        discord.assert_clean()


async def press(discord: LoopbackDiscord, message_id: int, club: Club, player: int) -> Interaction:
    """Answer whatever the kind of the question is."""
    for label in ("A", "True"):
        try:
            return await discord.click(message_id, label, player, patience=20)
        except DriverError:
            continue
    try:
        return await discord.select(message_id, "Pick all that are right", ["0"], player, patience=20)
    except DriverError:
        form = await discord.click(message_id, "Type the answer", player, patience=20)
        return await discord.submit_modal(form, {"number": "1"}, patience=20)
