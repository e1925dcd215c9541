"""Changing a feed: one thing at a time, nothing lost, nothing posted twice."""

import asyncio
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.domain.feed_edits import EVERYTHING, FeedEdit, Mention, Place
from bot.domain.feeds import Changes, FeedState, Order, Style
from bot.domain.outbox import State
from bot.errors import UserError
from bot.storage.tables import outbox
from tests.support.fakes import Item

if TYPE_CHECKING:
    from tests.services.conftest import Desk


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def monday(desk: "Desk") -> "Desk":
    """It is Monday, 10:00; cs.LG lists nothing yet."""
    desk.clock.set(utc(5, 10))
    desk.arxiv.serve("cs.LG")
    return desk


async def test_only_what_is_named_changes(monday: "Desk") -> None:
    feed = await monday.add(query="gan", limit=7)
    edited = await monday.feeds.edit(1, 1, FeedEdit(limit=3))
    assert edited.before == feed
    assert edited.after.plan.limit == 3
    assert edited.after.plan.query == "gan"
    assert (edited.after.since, edited.after.slot_at) == (feed.since, feed.slot_at)
    everything = FeedEdit(
        place=Place(8, forum=True, forum_tag_id=2),
        categories=("cs.CL", "cs.AI"),
        query="ti:vae",
        at=time(7),
        zone="Asia/Tokyo",
        days=frozenset({2}),
        style=Style.THREAD,
        limit=9,
        types=EVERYTHING,
        order=Order.SERVER,
        mention=Mention(5),
        changes=Changes.MARK,
    )
    after = (await monday.feeds.edit(1, 1, everything)).after
    assert after.plan == everything.applied_to(feed.plan)
    assert (await monday.feeds.status(1, 1)).feed == after
    assert await monday.feeds.default_zone(1) == "Asia/Tokyo"


async def test_the_same_again_changes_nothing(monday: "Desk") -> None:
    feed = await monday.add()
    edited = await monday.feeds.edit(1, 1, FeedEdit(limit=10, query=""))
    assert (edited.before, edited.after) == (feed, feed)


async def test_two_moderators_at_once_change_their_own_things(monday: "Desk") -> None:
    await monday.add()
    edits = [
        FeedEdit(limit=3),
        FeedEdit(query="gan"),
        FeedEdit(style=Style.EACH),
        FeedEdit(order=Order.UPVOTES),
        FeedEdit(mention=Mention(4)),
        FeedEdit(at=time(8)),
        FeedEdit(zone="Europe/Paris"),
    ]
    await asyncio.gather(*(monday.feeds.edit(1, 1, edit) for edit in edits))
    plan = (await monday.feeds.status(1, 1)).feed.plan
    assert (plan.limit, plan.query, plan.style) == (3, "gan", Style.EACH)
    assert (plan.options.order, plan.options.mention_role_id) == (Order.UPVOTES, 4)
    assert (plan.schedule.time, plan.schedule.zone) == (time(8), "Europe/Paris")


async def test_two_moderators_at_once_cannot_make_twins(monday: "Desk") -> None:
    for limit in range(1, 6):
        await monday.add(limit=limit)
    made = await asyncio.gather(
        *(monday.feeds.edit(1, number, FeedEdit(limit=20)) for number in range(1, 6)), return_exceptions=True
    )
    assert sum(isinstance(each, UserError) for each in made) == 4
    limits = [status.feed.plan.limit for status in await monday.feeds.overview(1)]
    assert max(limits) == 20
    assert len(set(limits)) == 5


async def test_what_cannot_work_is_refused_and_changes_nothing(monday: "Desk") -> None:
    feed = await monday.add()
    await monday.add(limit=3)
    for edit, words in (
        (FeedEdit(query="gan OR"), "after this OR"),
        (FeedEdit(categories=()), "at least one"),
        (FeedEdit(limit=99), "between 1 and 25"),
        (FeedEdit(types=()), "new papers"),
        (FeedEdit(limit=3), "Feed 2 already does exactly that"),
    ):
        with pytest.raises(UserError, match=words):
            await monday.feeds.edit(1, 1, edit)
    assert (await monday.feeds.status(1, 1)).feed == feed


async def test_a_feed_that_is_not_there(monday: "Desk") -> None:
    await monday.add(server_id=2)
    with pytest.raises(UserError, match="There is no feed 1 here"):
        await monday.feeds.edit(1, 1, FeedEdit(limit=3))
    await monday.add()
    await monday.feeds.remove(1, 1)
    with pytest.raises(UserError, match="There is no feed 1 here"):
        await monday.feeds.edit(1, 1, FeedEdit(limit=3))


async def test_a_new_time_loses_nothing_and_repeats_nothing(monday: "Desk") -> None:
    feed = await monday.add()
    monday.arxiv.serve("cs.LG", Item("2601.00001"))
    monday.clock.set(utc(6, 9))
    await monday.run()
    await arrive(monday)
    monday.clock.set(utc(6, 11))
    await monday.announce("2601.00002")
    edited = await monday.feeds.edit(1, 1, FeedEdit(at=time(15)))
    assert (edited.after.slot_at, edited.after.next_run_at) == (utc(6, 15), utc(6, 15))
    monday.clock.set(utc(6, 15))
    await monday.run()
    await arrive(monday)
    # Back again: the next slot is tomorrow's, and nothing of today comes twice.
    edited = await monday.feeds.edit(1, 1, FeedEdit(at=time(9)))
    assert edited.after.slot_at == utc(7, 9)
    await monday.announce("2601.00003")
    monday.clock.set(utc(7, 9))
    await monday.run()
    assert await monday.items(feed.id) == {f"2601.0000{n}": True for n in (1, 2, 3)}
    assert [slot for slot, _, _ in await monday.slots(feed.id)] == [utc(6, 9), utc(6, 15), utc(7, 9)]


async def test_a_slot_that_waits_for_its_source_is_not_lost_by_a_new_time(monday: "Desk") -> None:
    feed = await monday.add()
    monday.clock.set(utc(6, 8, 59))
    monday.arxiv.refuse("cs.LG", 500)
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 0
    await monday.feeds.edit(1, 1, FeedEdit(at=time(12)))
    monday.arxiv.serve("cs.LG", Item("2601.00001"))
    monday.clock.set(utc(6, 12))
    await monday.run()
    assert await monday.items(feed.id) == {"2601.00001": True}


async def arrive(desk: "Desk") -> None:
    """All that is in the outbox has been posted."""
    async with desk.db.write() as tx:
        await tx.execute(update(outbox).values(state=State.SENT, sent_at=desk.clock.now(), message_id=1))


async def channels(desk: "Desk") -> list[int]:
    async with desk.db.read() as tx:
        return [row.channel_id for row in await tx.execute(outbox.select().order_by(outbox.c.id))]


async def test_a_post_that_waits_goes_to_the_new_channel(monday: "Desk") -> None:
    feed = await monday.add(channel_id=100)
    monday.arxiv.serve("cs.LG", *(Item(f"2601.0000{n}") for n in range(1, 6)))
    monday.clock.set(utc(6, 9))
    await monday.run()
    assert await channels(monday) == [100, 100]
    monday.clock.set(utc(6, 9, 30))
    edited = await monday.feeds.edit(1, 1, FeedEdit(place=Place(200)))
    assert (edited.withdrawn, edited.staying) == (True, 0)
    assert await channels(monday) == []
    await monday.run()
    assert await channels(monday) == [200, 200]
    assert len(await monday.items(feed.id)) == 5
    assert (await monday.feeds.status(1, 1)).feed.slot_at == utc(7, 9)
    # The next slot comes as always.
    await arrive(monday)
    await monday.announce("2601.00009")
    monday.clock.set(utc(7, 9))
    await monday.run()
    assert await channels(monday) == [200, 200, 200]


async def test_a_new_channel_and_a_new_time_at_once(monday: "Desk") -> None:
    feed = await monday.add(channel_id=100)
    monday.arxiv.serve("cs.LG", Item("2601.00001"))
    monday.clock.set(utc(6, 9))
    await monday.run()
    edit = FeedEdit(place=Place(200), at=time(7), days=frozenset({0}))
    assert (await monday.feeds.edit(1, 1, edit)).withdrawn
    await monday.run()
    assert await channels(monday) == [200]
    assert await monday.items(feed.id) == {"2601.00001": True}
    assert (await monday.feeds.status(1, 1)).feed.slot_at == utc(12, 7)


async def test_a_message_that_may_have_arrived_stays_where_it_is(monday: "Desk") -> None:
    feed = await monday.add(channel_id=100)
    monday.arxiv.serve("cs.LG", *(Item(f"2601.0000{n}") for n in range(1, 6)))
    monday.clock.set(utc(6, 9))
    await monday.run()
    async with monday.db.write() as tx:
        doubtful = {"state": State.SENDING, "first_attempt_at": utc(6, 9), "attempts": 1}
        await tx.execute(update(outbox).where(outbox.c.part == 1).values(**doubtful))
    edited = await monday.feeds.edit(1, 1, FeedEdit(place=Place(200)))
    assert (edited.withdrawn, edited.staying) == (False, 2)
    assert await channels(monday) == [100, 100]
    await arrive(monday)
    await monday.announce("2601.00009")
    monday.clock.set(utc(7, 9))
    await monday.run()
    assert await channels(monday) == [100, 100, 200]
    assert len(await monday.items(feed.id)) == 6


async def test_a_paper_that_the_new_channel_has_is_not_repeated_there(monday: "Desk") -> None:
    await monday.add(channel_id=100)
    await monday.add(channel_id=200, limit=1)
    monday.arxiv.serve("cs.LG", Item("2601.00001"))
    monday.clock.set(utc(6, 9))
    await monday.run()
    await arrive(monday)
    await monday.feeds.edit(1, 1, FeedEdit(place=Place(200)))
    monday.clock.set(utc(7, 9))
    await monday.run()
    assert await channels(monday) == [100, 200]


async def test_a_paused_feed_stays_paused(monday: "Desk") -> None:
    await monday.add()
    await monday.feeds.pause(1, 1)
    edited = await monday.feeds.edit(1, 1, FeedEdit(at=time(11)))
    assert edited.after.state is FeedState.PAUSED
    monday.clock.set(utc(7, 10))
    assert (await monday.feeds.resume(1, 1)).slot_at == utc(7, 11)
