"""A slot passes: what the channel gets, what it never gets twice, and what is never lost."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.domain.digests import LOOK_SOON
from bot.domain.feed_edits import FeedEdit
from bot.domain.feeds import Feed, FeedState
from bot.domain.outbox import State
from bot.domain.papers import AnnounceType
from bot.domain.schedule import next_slot
from bot.domain.why import Stage
from bot.errors import UserError
from bot.services.digests import AT_ONCE, DigestService
from bot.storage import feeds as feed_rows
from bot.storage import outbox as outbox_rows
from bot.storage.tables import feeds, outbox
from tests.support.fakes import Item, add_feed, plan, render

if TYPE_CHECKING:
    from tests.services.conftest import Desk

CS = [f"2601.0000{n}" for n in range(1, 10)]
DAY = timedelta(days=1)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def texts(posts: list[tuple[int, datetime, str]]) -> list[str]:
    return [json.loads(payload)["content"] for _, _, payload in posts]


async def arrive(desk: "Desk") -> None:
    """All that is in the outbox has been posted."""
    async with desk.db.write() as tx:
        await tx.execute(update(outbox).values(state=State.SENT, sent_at=desk.clock.now()))


async def stored(desk: "Desk", feed: Feed) -> Feed:
    async with desk.db.read() as tx:
        found = await feed_rows.by_id(tx, feed.id)
    assert found is not None
    return found


@pytest.fixture
def monday(desk: "Desk") -> "Desk":
    """It is Monday, 10:00; cs.LG lists nothing yet."""
    desk.clock.set(utc(5, 10))
    desk.arxiv.serve("cs.LG")
    return desk


async def test_a_slot_passes_and_the_channel_gets_one_digest(monday: "Desk") -> None:
    feed = await monday.add()
    monday.arxiv.serve("cs.LG", *(Item(id_) for id_ in CS[:4]))
    monday.clock.set(utc(6, 8, 59))
    assert await monday.run() == 0
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 1
    posts = await monday.posts()
    assert [(feed_id, slot_at) for feed_id, slot_at, _ in posts] == [(feed.id, utc(6, 9))] * 2
    assert [text.splitlines() for text in texts(posts)] == [
        [
            "2601.00004 Paper 2601.00004",
            "2601.00003 Paper 2601.00003",
            "2601.00002 Paper 2601.00002",
            "-# Feed 1 · 2026-01-06 09:00 · 1 of 2",
        ],
        ["2601.00001 Paper 2601.00001", "-# Feed 1 · 2026-01-06 09:00 · 2 of 2"],
    ]
    assert await monday.items(feed.id) == dict.fromkeys(CS[:4], True)
    after = await stored(monday, feed)
    assert (after.slot_at, after.next_run_at, after.last_run_at) == (utc(7, 9), utc(7, 9), utc(6, 9))


async def test_a_second_look_and_a_restart_build_nothing(monday: "Desk") -> None:
    await monday.add()
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 1
    assert await monday.run() == 0
    assert await DigestService(monday.db, monday.clock, render).build_due() == 0
    await arrive(monday)
    # arXiv still lists it the next day.
    monday.clock.set(utc(7, 9))
    assert await monday.run() == 0
    assert await monday.count() == 1


async def test_only_new_papers_are_posted(monday: "Desk") -> None:
    feed = await monday.add()
    monday.arxiv.serve(
        "cs.LG",
        Item(CS[0]),
        Item(CS[1], version=2, type=AnnounceType.REPLACE),
        Item(CS[2], type=AnnounceType.CROSS),
        Item(CS[3], version=3, type=AnnounceType.REPLACE_CROSS),
    )
    monday.clock.set(utc(6, 9))
    await monday.run()
    await arrive(monday)
    monday.arxiv.serve("cs.LG", Item(CS[0], version=2, type=AnnounceType.REPLACE))
    monday.clock.set(utc(7, 9))
    await monday.run()
    assert await monday.items(feed.id) == {CS[0]: True}


async def test_a_paper_of_two_categories_is_posted_once(monday: "Desk") -> None:
    feed = await monday.add(categories=("cs.LG", "cs.AI"))
    both = Item(CS[0], categories=("cs.LG", "cs.AI"))
    monday.arxiv.serve("cs.LG", both)
    monday.arxiv.serve("cs.AI")
    monday.clock.set(utc(6, 9))
    await monday.run()
    await arrive(monday)
    monday.arxiv.serve("cs.AI", both)
    monday.clock.set(utc(7, 9))
    await monday.run()
    assert await monday.items(feed.id) == {CS[0]: True}
    assert await monday.count() == 1


async def test_what_does_not_fit_is_said_and_remembered(monday: "Desk") -> None:
    feed = await monday.add(limit=2)
    monday.arxiv.serve("cs.LG", *(Item(id_) for id_ in CS[:5]))
    monday.clock.set(utc(6, 9))
    await monday.run()
    (text,) = texts(await monday.posts())
    assert "3 more" in text
    assert await monday.slots(feed.id) == [(utc(6, 9), 2, 3)]
    assert sorted(id_ for id_, shown in (await monday.items(feed.id)).items() if not shown) == CS[:3]
    await arrive(monday)
    monday.clock.set(utc(7, 9))
    assert await monday.run() == 0


async def test_keywords_choose(monday: "Desk") -> None:
    feed = await monday.add(query="diffusion -survey")
    monday.arxiv.serve(
        "cs.LG", Item(CS[0], title="Diffusion"), Item(CS[1], title="A Survey of Diffusion"), Item(CS[2])
    )
    monday.clock.set(utc(6, 9))
    await monday.run()
    assert await monday.items(feed.id) == {CS[0]: True}


async def test_a_query_of_an_earlier_version_counts_however_long_it_is(monday: "Desk") -> None:
    """The first language let in 300 characters, which may be 150 words; today's limit is 60."""
    words = ", ".join(f"w{n}" for n in range(70))
    chosen = replace(plan(), query=f"{words}, gan")
    async with monday.db.write() as tx:
        number = await feed_rows.take_number(tx, 1)
        await feed_rows.add(
            tx, chosen, number=number, created_by=9, now=utc(5, 10), since=utc(5, 9), slot_at=utc(6, 9)
        )
    monday.arxiv.serve("cs.LG", Item(CS[0], title="A GAN"), Item(CS[1], title="A survey"))
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 1
    (text,) = texts(await monday.posts())
    assert "A GAN" in text
    assert "survey" not in text
    said = await monday.feeds.why(1, number, CS[1])
    assert said.stopped_at is Stage.QUERY
    # It stays as it is while something else is changed; a new one has to be shorter.
    assert (await monday.feeds.edit(1, number, FeedEdit(limit=3))).after.plan.query == chosen.query
    with pytest.raises(UserError, match="at most 60 words"):
        await monday.feeds.edit(1, number, FeedEdit(query=f"{words}, vae"))


async def test_a_quiet_day_posts_nothing_and_is_on_record(monday: "Desk") -> None:
    feed = await monday.add()
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 0
    assert await monday.posts() == []
    assert await monday.slots(feed.id) == [(utc(6, 9), 0, 0)]
    assert (await stored(monday, feed)).slot_at == utc(7, 9)


async def test_papers_that_come_after_the_slot_stand_in_the_next_digest(monday: "Desk") -> None:
    feed = await monday.add()
    monday.clock.set(utc(6, 9))
    await monday.run()
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(6, 11))
    assert await monday.run() == 0
    monday.clock.set(utc(7, 9))
    assert await monday.run() == 1
    assert await monday.items(feed.id) == {CS[0]: True}


async def test_a_batch_that_is_stored_while_a_digest_is_built_is_not_passed_over(monday: "Desk") -> None:
    feed = await monday.add()
    await monday.announce(CS[0])
    monday.clock.set(utc(6, 9))
    await monday.run()
    await arrive(monday)
    # Another process read this before the slot and committed after it.
    monday.clock.set(utc(6, 8, 59))
    await monday.announce(CS[1])
    monday.clock.set(utc(7, 9))
    await monday.run()
    assert await monday.items(feed.id) == {CS[0]: True, CS[1]: True}


# --- Waiting ----------------------------------------------------------------------------------------


async def test_a_slot_waits_for_a_source_that_fails_and_posts_when_it_is_back(monday: "Desk") -> None:
    feed = await monday.add()
    monday.arxiv.refuse("cs.LG", 500)
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 0
    waiting = await stored(monday, feed)
    assert (waiting.slot_at, waiting.next_run_at) == (utc(6, 9), utc(6, 9, 5))
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(6, 9, 5))
    assert await monday.run() == 1
    assert await monday.slots(feed.id) == [(utc(6, 9), 1, 0)]
    assert (await stored(monday, feed)).slot_at == utc(7, 9)


async def test_a_slot_waits_three_hours_at_most(monday: "Desk") -> None:
    feed = await monday.add()
    monday.arxiv.refuse("cs.LG", 500)
    monday.clock.set(utc(6, 9))
    looks = 0
    while (waiting := await stored(monday, feed)).slot_at == utc(6, 9):
        looks += 1
        monday.clock.set(waiting.next_run_at)
        await monday.run()
    assert monday.clock.now() == utc(6, 12)
    assert looks == 37
    assert await monday.slots(feed.id) == [(utc(6, 9), 0, 0)]
    # What comes later still stands in the next one.
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(7, 9))
    assert await monday.run() == 1


async def test_news_of_one_category_does_not_wait_for_another(monday: "Desk") -> None:
    feed = await monday.add(categories=("cs.LG", "cs.AI"))
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.arxiv.refuse("cs.AI", 500)
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 1
    assert await monday.items(feed.id) == {CS[0]: True}


async def test_a_category_that_was_never_read_is_waited_for(monday: "Desk") -> None:
    feed = await monday.add()
    monday.clock.set(utc(6, 9))
    assert await monday.digests.build_due() == 0
    waiting = await stored(monday, feed)
    assert (waiting.slot_at, waiting.next_run_at) == (utc(6, 9), utc(6, 9) + LOOK_SOON)
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(waiting.next_run_at)
    assert await monday.run() == 1
    assert await monday.slots(feed.id) == [(utc(6, 9), 1, 0)]


async def test_a_source_that_is_about_to_be_read_is_waited_for_whatever_there_is(monday: "Desk") -> None:
    feed = await monday.add()
    await monday.announce(CS[0])
    monday.clock.set(utc(6, 9))
    assert await monday.digests.build_due() == 0
    monday.arxiv.serve("cs.LG", Item(CS[1]))
    monday.clock.advance(seconds=LOOK_SOON.total_seconds())
    assert await monday.run() == 1
    assert await monday.slots(feed.id) == [(utc(6, 9), 2, 0)]


async def test_a_source_that_nobody_reads_is_waited_for_ten_minutes(monday: "Desk") -> None:
    feed = await monday.add()
    await monday.announce(CS[0])
    for minute in (0, 9):
        monday.clock.set(utc(6, 9, minute))
        assert await monday.digests.build_due() == 0
    monday.clock.set(utc(6, 9, 10))
    assert await monday.digests.build_due() == 1
    assert await monday.slots(feed.id) == [(utc(6, 9), 1, 0)]


# --- After downtime ---------------------------------------------------------------------------------


async def test_after_seven_days_there_is_one_digest_with_all_of_it(monday: "Desk") -> None:
    feed = await monday.add(limit=5)
    for back, id_ in enumerate(CS[:7]):
        monday.clock.set(utc(6 + back, 6))  # another process went on reading
        await monday.announce(id_)
    monday.clock.set(utc(13, 14))
    assert await monday.run() == 1
    assert await monday.slots(feed.id) == [(utc(13, 9), 5, 2)]
    assert sorted(await monday.items(feed.id)) == CS[:7]
    assert (await stored(monday, feed)).slot_at == utc(14, 9)
    assert await monday.run() == 0


async def test_after_downtime_a_quiet_source_gives_nothing(monday: "Desk") -> None:
    feed = await monday.add()
    monday.clock.set(utc(13, 14))
    assert await monday.run() == 0
    assert await monday.slots(feed.id) == [(utc(13, 9), 0, 0)]


async def test_a_feed_that_was_paused_posts_nothing_and_does_not_catch_up(monday: "Desk") -> None:
    feed = await monday.add()
    await monday.feeds.pause(1, 1)
    monday.clock.set(utc(8, 6))
    await monday.announce(CS[0])
    monday.clock.set(utc(12, 9))
    assert await monday.run() == 0
    await monday.feeds.resume(1, 1)
    monday.clock.advance(minutes=1)
    await monday.announce(CS[1])
    monday.clock.set(utc(13, 9))
    assert await monday.run() == 1
    assert await monday.items(feed.id) == {CS[1]: True}


# --- What is stuck ----------------------------------------------------------------------------------


async def test_a_digest_that_was_refused_becomes_part_of_the_next(monday: "Desk") -> None:
    feed = await monday.add()
    for day, id_ in ((6, CS[0]), (7, CS[1]), (8, CS[2])):
        monday.clock.set(utc(day, 6))
        await monday.announce(id_)
        monday.clock.set(utc(day, 9))
        await monday.run()
        async with monday.db.write() as tx:
            await tx.execute(update(outbox).values(state=State.HELD, reason="no", next_attempt_at=utc(30, 0)))
    (text,) = texts(await monday.posts())
    assert [line.split()[0] for line in text.splitlines()[:-1]] == [CS[2], CS[1], CS[0]]
    assert await monday.slots(feed.id) == [(utc(8, 9), 3, 0)]


async def test_what_was_refused_survives_a_wait(monday: "Desk") -> None:
    # Taken back from a slot long ago, it must not fall behind the point from which papers count.
    feed = await monday.add()
    await monday.announce(CS[0])
    monday.clock.set(utc(6, 9))
    await monday.run()
    async with monday.db.write() as tx:
        await tx.execute(update(outbox).values(state=State.HELD, reason="no", next_attempt_at=utc(30, 0)))
    monday.clock.set(utc(7, 9))
    assert await monday.digests.build_due() == 0  # cs.LG is about to be read
    monday.clock.advance(seconds=LOOK_SOON.total_seconds())
    assert await monday.run() == 1
    assert await monday.items(feed.id) == {CS[0]: True}
    assert await monday.slots(feed.id) == [(utc(7, 9), 1, 0)]


async def test_a_digest_in_doubt_is_waited_for(monday: "Desk") -> None:
    feed = await monday.add()
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(6, 9))
    await monday.run()
    async with monday.db.write() as tx:
        await tx.execute(update(outbox).values(state=State.SENDING, first_attempt_at=utc(6, 9)))
    monday.arxiv.serve("cs.LG", Item(CS[1]))
    monday.clock.set(utc(7, 9))
    assert await monday.run() == 0
    assert (await stored(monday, feed)).next_run_at == utc(7, 9, 5)
    assert len(await monday.posts()) == 1
    await arrive(monday)
    monday.clock.set(utc(7, 9, 5))
    assert await monday.run() == 1
    assert await monday.slots(feed.id) == [(utc(6, 9), 1, 0), (utc(7, 9), 1, 0)]


async def test_weeks_without_permission_end_in_one_post(monday: "Desk") -> None:
    feed = await monday.add(limit=3)
    seen = []
    for day in range(6, 21):
        monday.clock.set(utc(day, 6))
        seen.append(f"2601.{day:05}")
        await monday.announce(seen[-1])
        monday.clock.set(utc(day, 9))
        await monday.run()
        async with monday.db.write() as tx:
            due = await outbox_rows.claim_due(
                tx, utc(day, 9), owner="a", lease=timedelta(seconds=90), limit=9
            )
            assert len(due) == 1
            await tx.execute(
                update(outbox).values(
                    state=State.HELD,
                    first_attempt_at=None,
                    lease_until=None,
                    next_attempt_at=utc(day, 12),
                )
            )
    assert await monday.slots(feed.id) == [(utc(20, 9), 3, 12)]
    assert sorted(await monday.items(feed.id)) == seen
    assert await monday.count() == 1


# --- Faults and races -------------------------------------------------------------------------------


async def test_two_builders_at_once_build_once(monday: "Desk") -> None:
    made = [await monday.add(channel_id=channel_id) for channel_id in range(1, 9)]
    await monday.announce(*CS[:2])
    monday.clock.set(utc(6, 9))
    other = DigestService(monday.db, monday.clock, render)
    await monday.papers.poll_due()
    built = await asyncio.gather(monday.digests.build_due(), other.build_due(), monday.digests.build_due())
    assert sum(built) == len(made)
    assert sorted(feed_id for feed_id, _, _ in await monday.posts()) == [feed.id for feed in made]


async def test_a_feed_whose_digest_cannot_be_drawn_stops_no_other_and_loses_nothing(monday: "Desk") -> None:
    from tests.services.conftest import RenderUnless

    broken = await monday.add(channel_id=1)
    fine = await monday.add(channel_id=2)
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(6, 9))
    await monday.papers.poll_due()
    assert await DigestService(monday.db, monday.clock, RenderUnless(1)).build_due() == 1
    assert [feed_id for feed_id, _, _ in await monday.posts()] == [fine.id]
    assert await monday.items(broken.id) == {}
    assert (await stored(monday, broken)).slot_at == utc(6, 9)
    # Repaired a day later, the digest has all of it.
    await arrive(monday)
    monday.arxiv.serve("cs.LG", Item(CS[1]))
    monday.clock.set(utc(7, 9))
    assert await monday.run() == 2
    assert await monday.items(broken.id) == {CS[0]: True, CS[1]: True}
    assert await monday.slots(broken.id) == [(utc(7, 9), 2, 0)]


async def test_a_feed_that_cannot_even_be_read_stops_no_other(
    monday: "Desk", caplog: pytest.LogCaptureFixture
) -> None:
    """A row that this version does not understand fails the transaction of all that are looked at with it."""
    made = [await monday.add(channel_id=channel_id) for channel_id in (1, 2, 3)]
    quiet = await monday.add(channel_id=4, categories=("cs.CV",))
    monday.arxiv.serve("cs.CV")
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    async with monday.db.write() as tx:
        await tx.execute(update(feeds).where(feeds.c.id == made[1].id).values(zone="No/Where"))
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 2
    assert [feed_id for feed_id, _, _ in await monday.posts()] == [made[0].id, made[2].id]
    assert await monday.slots(quiet.id) == [(utc(6, 9), 0, 0)]
    async with monday.db.write() as tx:
        await tx.execute(update(feeds).where(feeds.c.id == made[1].id).values(zone="UTC"))
    assert await monday.run() == 1
    assert await monday.items(made[1].id) == {CS[0]: True}
    failed = [vars(record).get("feed") for record in caplog.records if record.exc_info]
    assert made[1].id in failed
    assert made[0].id not in failed


async def test_feeds_of_one_channel_that_are_due_together_share_what_there_is(monday: "Desk") -> None:
    made = [await monday.add(plan(limit=limit)) for limit in (2, 3, 4)]
    elsewhere = await monday.add(plan(limit=1, channel_id=7))
    monday.arxiv.serve("cs.LG", *(Item(id_) for id_ in CS[:6]))
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 4
    shown = [{item for item, stands in (await monday.items(feed.id)).items() if stands} for feed in made]
    assert [len(each) for each in shown] == [2, 3, 1]
    assert set.union(*shown) == set(CS[:6])
    assert await monday.slots(elsewhere.id) == [(utc(6, 9), 1, 5)]


async def test_a_quiet_feed_moves_on_beside_one_with_news(monday: "Desk") -> None:
    quiet = await monday.add(plan(categories=("cs.CV",)))
    loud = await monday.add(plan(channel_id=2))
    monday.arxiv.serve("cs.CV")
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 1
    assert await monday.slots(quiet.id) == [(utc(6, 9), 0, 0)]
    assert await monday.slots(loud.id) == [(utc(6, 9), 1, 0)]
    assert {(await stored(monday, feed)).slot_at for feed in (quiet, loud)} == {utc(7, 9)}


async def test_more_feeds_than_are_looked_at_together(monday: "Desk") -> None:
    for channel_id in range(AT_ONCE + 5):
        await add_feed(monday.db, plan(channel_id=channel_id), utc(5, 9))
    await monday.announce(CS[0])
    monday.clock.set(utc(6, 9))
    assert await monday.run() == AT_ONCE + 5


async def test_feeds_that_do_not_post_are_left_alone(monday: "Desk") -> None:
    for channel_id in (1, 2):
        await monday.add(channel_id=channel_id)
    await monday.feeds.remove(1, 1)
    await monday.feeds.pause(1, 2)
    await monday.announce(CS[0])
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 0
    assert (await monday.feeds.status(1, 2)).feed.state is FeedState.PAUSED


# --- Clocks that are put forward and back -----------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "zone", "at"),
    [
        (datetime(2026, 3, 27, 12, tzinfo=UTC), "Europe/Paris", time(2, 30)),  # skipped on the 29th
        (datetime(2026, 10, 23, 12, tzinfo=UTC), "Europe/Paris", time(2, 30)),  # twice on the 25th
        (datetime(2026, 10, 30, 12, tzinfo=UTC), "America/New_York", time(1, 30)),
        (datetime(2026, 4, 3, 12, tzinfo=UTC), "Australia/Lord_Howe", time(1, 45)),  # half an hour
        (datetime(2026, 3, 27, 0, tzinfo=UTC), "Asia/Beirut", time(0, 0)),  # midnight itself is skipped
    ],
)
async def test_each_date_gets_one_digest_when_clocks_change(
    desk: "Desk", start: datetime, zone: str, at: time
) -> None:
    desk.clock.set(start)
    feed = await desk.add(zone=zone, at=at)
    expected = [next_slot(feed.plan.schedule, start)]
    while (following := next_slot(feed.plan.schedule, expected[-1])) <= start + 3 * DAY:
        expected.append(following)
    number = 0
    while desk.clock.now() < start + 3 * DAY:
        desk.clock.advance(hours=1)
        number += 1
        await desk.announce(f"2601.{number:05}")
        await desk.digests.build_due()
        await arrive(desk)
    posted = [slot_at for slot_at, _, _ in await desk.slots(feed.id)]
    assert posted == expected
    assert len(posted) == 3


async def test_stopping_begins_no_further_digest(monday: "Desk") -> None:
    for channel in range(3):
        await monday.add(channel_id=channel)
    await monday.announce(CS[0])
    monday.clock.set(utc(6, 9, 11))
    monday.digests.stop()
    assert await monday.digests.build_due() == 0
    assert await monday.posts() == []


async def test_a_late_start_reads_the_sources_before_it_catches_up(monday: "Desk") -> None:
    # Down from six to a quarter past nine: the ten minutes of patience begin with the process.
    feed = await monday.add()
    await monday.announce(CS[0])
    monday.clock.set(utc(6, 9, 15))
    late = DigestService(monday.db, monday.clock, render)
    assert await late.build_due() == 0
    monday.arxiv.serve("cs.LG", Item(CS[1]))
    monday.clock.advance(seconds=LOOK_SOON.total_seconds())
    await monday.papers.poll_due()
    assert await late.build_due() == 1
    assert await monday.slots(feed.id) == [(utc(6, 9), 2, 0)]


async def test_what_was_stuck_when_a_feed_was_removed_is_no_news_when_it_is_back(monday: "Desk") -> None:
    feed = await monday.add()
    monday.arxiv.serve("cs.LG", Item(CS[0]))
    monday.clock.set(utc(6, 9))
    assert await monday.run() == 1
    await monday.feeds.remove(1, feed.number)
    monday.clock.set(utc(20, 9, 30))
    await monday.feeds.restore(1, feed.number)
    assert await monday.posts() == []
