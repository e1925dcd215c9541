"""A subscription on the wire: from `/papers subscribe` to the direct message, and to its end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.feeds import FeedState
from bot.storage.engine import Database
from tests.support import community
from tests.support.clock import FakeClock
from tests.support.loopback.faults import Fault
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import deliver, serving, world_on

EVENING = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # a Monday
MORNING = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)  # 08:00 in Paris


async def test_from_a_slash_command_to_a_direct_message_to_stop(db: Database) -> None:
    clock = FakeClock(EVENING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        subscriptions = app.services.subscriptions
        world.users[club.ada].dms_open = False
        asked: dict[str, Any] = {"query": "ti:result NOT ti:2", "zone": "Europe/Paris", "categories": "cs.LG"}
        refused = await discord.slash(club.ada, club.general, "papers subscribe", **asked)
        assert refused.reply is not None
        assert "so nothing is set up" in refused.reply.text
        assert await subscriptions.overview(club.ada) == []

        world.users[club.ada].dms_open = True
        made = await discord.slash(club.ada, club.general, "papers subscribe", **asked)
        assert made.reply is not None
        assert "Subscription 1 is set" in made.reply.text
        (mine,) = await subscriptions.overview(club.ada)
        inbox = mine.feed.channel_id
        assert [message.text.splitlines()[0] for message in discord.messages(inbox)] == [
            "## Your subscription 1"
        ]

        # The answer to the first attempt is lost, and the message is there once all the same.
        clock.set(MORNING)
        await community.announce(db, community.batch(3), clock.now())
        discord.faults.inject(
            Fault("drop", method="POST", path=f"/channels/{inbox}/messages", when="after", times=1)
        )
        await app.services.digests.build_due()
        await deliver(app, clock)
        _welcome, digest = discord.messages(inbox)
        assert "## 2 new papers" in digest.text
        assert "-# Subscription 1 · 2026-03-03 · 1 of 1" in digest.text
        assert discord.messages(club.papers) == []

        stopped = await discord.click(digest.id, "Stop these", club.ada)
        assert stopped.reply is not None
        assert "Subscription 1 is stopped" in stopped.reply.text
        clock.set(MORNING + timedelta(days=1))
        await community.announce(db, community.batch(3, day=1), clock.now())
        await app.run_due()
        assert len(discord.messages(inbox)) == 2
        assert await subscriptions.overview(club.ada) == []
        discord.assert_clean()


async def test_messages_closed_later_pause_it_with_the_reason(db: Database) -> None:
    clock = FakeClock(EVENING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await discord.slash(club.ada, club.general, "papers subscribe", query="result", categories="cs.LG")
        world.users[club.ada].dms_open = False
        clock.set(datetime(2026, 3, 3, 8, 0, tzinfo=UTC))
        await community.announce(db, community.batch(2), clock.now())
        await app.run_due()
        (mine,) = await app.services.subscriptions.overview(club.ada)
        assert mine.feed.state is FeedState.PAUSED
        answer = await discord.slash(club.ada, club.general, "papers subscriptions")
        assert answer.reply is not None
        assert "Paused: You do not take direct messages from me." in answer.reply.text

        world.users[club.ada].dms_open = True
        resumed = await discord.click(answer.reply.id, "Resume", club.ada)
        assert resumed.reply is not None
        assert "Subscription 1 is on" in resumed.reply.text
        clock.set(datetime(2026, 3, 4, 8, 0, tzinfo=UTC))
        await community.announce(db, community.batch(1, day=1), clock.now())
        await app.run_due()
        texts = [message.text for message in discord.messages(mine.feed.channel_id)]
        assert len(texts) == 2
        assert "## 1 new paper" in texts[1]
        discord.assert_clean()
