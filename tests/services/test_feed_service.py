"""What moderators do with feeds, and what becomes of their slots."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.feed_edits import FeedEdit
from bot.domain.feeds import MAX_CATEGORIES, MAX_FEEDS, MAX_LIMIT, FeedState
from bot.domain.sources import SourceOutcome
from bot.errors import UserError
from tests.support.fakes import Item, add_feed, plan

if TYPE_CHECKING:
    from tests.services.conftest import Desk

NINE = time(9)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


async def test_a_new_feed_starts_from_now(desk: "Desk") -> None:
    desk.clock.set(utc(5, 10))
    feed = await desk.add(channel_id=7, categories=("cs.LG", "cs.AI"))
    assert (feed.number, feed.state, feed.channel_id) == (1, FeedState.ACTIVE, 7)
    # As one that was always there: it posts what has come since the slot before.
    assert (feed.since, feed.slot_at, feed.next_run_at) == (utc(5, 9), utc(6, 9), utc(6, 9))
    status = await desk.feeds.status(1, 1)
    assert status.feed == feed
    assert status.sources == {"cs.LG": None, "cs.AI": None}
    assert (status.waiting, status.last) == ((), None)


async def test_the_first_digest_of_a_weekly_feed_is_a_whole_week(desk: "Desk") -> None:
    desk.clock.set(utc(8, 12))  # a Thursday
    feed = await desk.add(days=frozenset({0}))
    assert (feed.since, feed.slot_at) == (utc(5, 9), utc(12, 9))


async def test_a_feed_made_at_the_very_moment_of_its_slot_waits_for_the_next(desk: "Desk") -> None:
    desk.clock.set(utc(5, 9))
    feed = await desk.add()
    assert (feed.since, feed.slot_at) == (utc(5, 9), utc(6, 9))


async def test_a_number_is_never_used_again(desk: "Desk") -> None:
    for channel_id in (1, 2, 3):
        await desk.add(channel_id=channel_id)
    await desk.feeds.remove(1, 3)
    assert (await desk.add(channel_id=4)).number == 4
    assert [status.feed.number for status in await desk.feeds.overview(1)] == [1, 2, 4]
    assert (await desk.add(server_id=2)).number == 1


async def test_a_refusal_uses_up_no_number(desk: "Desk") -> None:
    await desk.add()
    with pytest.raises(UserError):
        await desk.add()
    assert (await desk.add(channel_id=2)).number == 2


async def test_fifty_feeds_are_enough_however_many_ask_at_once(desk: "Desk") -> None:
    for channel_id in range(1, MAX_FEEDS - 4):
        await add_feed(desk.db, plan(channel_id=channel_id), desk.clock.now())
    made = await asyncio.gather(
        *(desk.add(channel_id=channel_id) for channel_id in range(100, 115)), return_exceptions=True
    )
    refused = [each for each in made if isinstance(each, BaseException)]
    assert len(refused) == 10
    assert all(isinstance(each, UserError) and "/feed remove" in each.message for each in refused)
    assert len(await desk.feeds.overview(1)) == MAX_FEEDS
    # Another server has room, and so has this one when a feed goes.
    await desk.add(server_id=2)
    first = (await desk.feeds.overview(1))[0].feed.number
    await desk.feeds.remove(1, first)
    await desk.add(channel_id=999)
    with pytest.raises(UserError, match="50 feeds"):
        await desk.feeds.restore(1, first)


async def test_a_twin_is_refused_and_named(desk: "Desk") -> None:
    await desk.add(channel_id=1)
    await desk.add(channel_id=2)
    with pytest.raises(UserError, match="Feed 2 already does exactly that"):
        await desk.add(channel_id=2)
    await desk.feeds.pause(1, 2)
    with pytest.raises(UserError, match="Feed 2"):
        await desk.add(channel_id=2)
    await desk.feeds.remove(1, 2)
    assert (await desk.add(channel_id=2)).number == 3
    with pytest.raises(UserError, match="Feed 3 already does exactly that"):
        await desk.feeds.restore(1, 2)


async def test_the_order_of_categories_makes_no_other_feed(desk: "Desk") -> None:
    await desk.add(categories=("cs.AI", "cs.LG"))
    with pytest.raises(UserError, match="Feed 1 already does exactly that"):
        await desk.add(categories=("cs.LG", "cs.AI"))
    await desk.feeds.pause(1, 1)
    with pytest.raises(UserError, match=r"is paused\. Let it go on with /feed resume"):
        await desk.add(categories=("cs.LG", "cs.AI"))


async def test_a_plan_that_cannot_work_is_refused_in_words(desk: "Desk") -> None:
    for chosen, words in (
        (plan(categories=()), "at least one"),
        (plan(categories=tuple(f"cs.{n}" for n in range(MAX_CATEGORIES + 1))), "20 categories"),
        (plan(limit=0), "between 1 and 25"),
        (plan(limit=MAX_LIMIT + 1), "between 1 and 25"),
        (plan(query="gan OR"), "after this OR"),
    ):
        with pytest.raises(UserError, match=words):
            await desk.feeds.create(chosen, created_by=9)
    assert await desk.feeds.overview(1) == []


async def test_the_zone_last_chosen_is_the_next_default(desk: "Desk") -> None:
    assert await desk.feeds.default_zone(1) == "UTC"
    await desk.add(zone="Europe/Paris")
    await desk.add(zone="Asia/Tokyo")
    assert await desk.feeds.default_zone(1) == "Asia/Tokyo"
    assert await desk.feeds.default_zone(2) == "UTC"


async def test_a_feed_is_found_by_its_number(desk: "Desk") -> None:
    await desk.add()
    for text in ("1", " 1 ", "#1", "Feed 1", "feed #1", "FEED1", "01", "١"):
        assert await desk.feeds.find(1, text) == 1
    for text in ("", "cs.LG", "-1", "1.5", "²", "feed", "1 2", "9" * 10, "9" * 5000):
        with pytest.raises(UserError, match="Pick a feed"):
            await desk.feeds.find(1, text)


async def test_a_feed_of_another_server_is_not_there(desk: "Desk") -> None:
    await desk.add(server_id=2)
    for action in (
        desk.feeds.status(1, 1),
        desk.feeds.find(1, "1"),
        desk.feeds.remove(1, 1),
        desk.feeds.restore(1, 1),
        desk.feeds.pause(1, 1),
        desk.feeds.resume(1, 1),
        desk.feeds.preview(1, 1),
    ):
        with pytest.raises(UserError, match="There is no feed 1 here"):
            await action
    (status,) = await desk.feeds.overview(2)
    assert status.feed.state is FeedState.ACTIVE


async def test_a_removed_feed_is_not_there_until_it_is_restored(desk: "Desk") -> None:
    await desk.add()
    assert (await desk.feeds.remove(1, 1)).state is FeedState.REMOVED
    for action in (desk.feeds.status(1, 1), desk.feeds.pause(1, 1), desk.feeds.remove(1, 1)):
        with pytest.raises(UserError, match="There is no feed 1"):
            await action
    assert await desk.feeds.overview(1) == []
    assert (await desk.feeds.restore(1, 1)).state is FeedState.ACTIVE
    assert (await desk.feeds.status(1, 1)).feed.number == 1


async def test_a_feed_resumed_after_a_week_goes_on_from_now(desk: "Desk") -> None:
    desk.clock.set(utc(5, 10))
    await desk.add()
    paused = await desk.feeds.pause(1, 1)
    assert (paused.state, paused.since, paused.slot_at) == (FeedState.PAUSED, utc(5, 9), utc(6, 9))
    desk.clock.set(utc(13, 10))
    resumed = await desk.feeds.resume(1, 1)
    assert resumed.state is FeedState.ACTIVE
    assert (resumed.since, resumed.slot_at, resumed.next_run_at) == (utc(13, 9), utc(14, 9), utc(14, 9))


async def test_a_pause_between_two_slots_changes_nothing(desk: "Desk") -> None:
    desk.clock.set(utc(5, 10))
    before = await desk.add()
    await desk.feeds.pause(1, 1)
    desk.clock.set(utc(6, 8))
    after = await desk.feeds.resume(1, 1)
    assert (after.since, after.slot_at) == (before.since, before.slot_at)


async def test_a_restored_feed_goes_on_from_now(desk: "Desk") -> None:
    desk.clock.set(utc(5, 10))
    await desk.add()
    await desk.feeds.remove(1, 1)
    desk.clock.set(utc(6, 9, 30))
    restored = await desk.feeds.restore(1, 1)
    assert (restored.since, restored.slot_at) == (utc(6, 9), utc(7, 9))


async def test_doing_it_twice_changes_nothing(desk: "Desk") -> None:
    desk.clock.set(utc(5, 10))
    before = await desk.add()
    desk.clock.set(utc(5, 11))
    assert await desk.feeds.resume(1, 1) == before
    assert await desk.feeds.restore(1, 1) == before
    paused = await desk.feeds.pause(1, 1)
    assert await desk.feeds.pause(1, 1) == paused


async def test_a_preview_reads_what_was_never_read_and_shows_what_would_come(desk: "Desk") -> None:
    desk.clock.set(utc(5, 10))
    await desk.add(categories=("cs.LG", "cs.AI"), limit=2)
    desk.arxiv.serve("cs.LG", *(Item(f"2601.0000{n}") for n in range(1, 4)))
    desk.arxiv.serve("cs.AI")
    preview = await desk.feeds.preview(1, 1)
    selection = preview.digest.selection
    assert [each.paper.id for each in selection.shown] == ["2601.00003", "2601.00002"]
    assert [each.paper.id for each in selection.overflow] == ["2601.00001"]
    outcomes = {category: state and state.outcome for category, state in preview.sources.items()}
    assert outcomes == {"cs.LG": SourceOutcome.NEWS, "cs.AI": SourceOutcome.QUIET}
    assert len(desk.arxiv.requests) == 2
    # The second look asks nobody, and a preview posts nothing and uses nothing up.
    again = await desk.feeds.preview(1, 1)
    assert again.digest.selection == selection
    assert len(desk.arxiv.requests) == 2
    assert await desk.count() == 0


async def test_a_preview_counts_by_the_day_of_the_feeds_zone(desk: "Desk") -> None:
    desk.clock.set(utc(12, 12))
    await desk.add(zone="Asia/Tokyo", query="paper")
    seen = {
        utc(1, 12): ["2512.00009"],  # too long ago
        utc(6, 14, 59): ["2601.00001"],  # 23:59 on the 6th in Tokyo
        utc(6, 15): ["2601.00002", "2601.00003"],  # midnight: the 7th
        utc(12, 11): ["2601.00004", "2601.00001"],  # today; the other one was counted on the 6th
    }
    for moment, ids in seen.items():
        desk.clock.set(moment)
        await desk.announce(*ids)
        await desk.announce(*ids, category="cs.AI")
    desk.clock.set(utc(12, 12))
    desk.arxiv.serve("cs.LG")
    preview = await desk.feeds.preview(1, 1)
    outlook = preview.outlook
    # In Tokyo a post at nine: the first paper stands in that of the 7th, with the two of that night.
    assert [(str(day.date), day.posted, day.counted) for day in outlook.days] == [
        ("2026-01-06", 0, 0),
        ("2026-01-07", 3, 0),
        *((date(2026, 1, day).isoformat(), 0, 0) for day in range(8, 12)),
        ("2026-01-12", 1, 0),
    ]
    assert outlook.since == utc(6, 14, 59)


async def test_a_preview_counts_what_the_limit_leaves_out(desk: "Desk") -> None:
    desk.clock.set(utc(8, 5))
    await desk.add(limit=2, query="graph")
    await desk.announce(*(f"2601.0000{n}" for n in range(1, 6)))
    preview = await desk.feeds.preview(1, 1, read=False)
    assert preview.outlook.total == 0
    wide = await desk.feeds.preview(1, 1, FeedEdit(query=""), read=False)
    assert [(day.posted, day.counted) for day in wide.outlook.days][-1] == (2, 3)
    assert wide.digest.selection.total == 5
    assert (await desk.feeds.status(1, 1)).feed.plan.query == "graph"


async def test_a_preview_without_a_stored_paper(desk: "Desk") -> None:
    await desk.add()
    desk.arxiv.refuse("cs.LG", 500)
    preview = await desk.feeds.preview(1, 1)
    assert preview.digest.selection.total == 0
    assert (preview.outlook.total, preview.outlook.since) == (0, None)
    state = preview.sources["cs.LG"]
    assert state is not None
    assert state.outcome is SourceOutcome.ERROR


async def test_an_overview_tells_sources_waiting_and_last(desk: "Desk") -> None:
    desk.clock.set(utc(5, 10))
    busy, idle = await desk.add(limit=5), await desk.add(categories=("cs.AI",))
    desk.arxiv.serve("cs.LG", *(Item(f"2601.0000{n}") for n in range(1, 8)))
    desk.arxiv.serve("cs.AI")
    desk.clock.set(utc(6, 9))
    await desk.run()
    first, second = await desk.feeds.overview(1)
    assert (first.feed.number, second.feed.number) == (busy.number, idle.number)
    assert [entry.part for entry in first.waiting] == [1, 2]
    assert (first.last, second.last) == ((utc(6, 9), 5, 2), (utc(6, 9), 0, 0))
    assert second.waiting == ()
    assert set(first.sources) == {"cs.LG"}
    assert replace(first.feed, last_run_at=None) != busy


async def test_a_day_has_twenty_three_or_twenty_five_hours(desk: "Desk") -> None:
    # The night of 29 March has no 02:30 in Paris; that of 25 October has two.
    for start, slots in (
        (datetime(2026, 3, 28, 12, tzinfo=UTC), [datetime(2026, 3, 29, 1, tzinfo=UTC)]),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]),
    ):
        desk.clock.set(start)
        feed = await desk.add(channel_id=start.month, zone="Europe/Paris", at=time(2, 30))
        assert [feed.slot_at] == slots
        assert feed.since < start < feed.slot_at
        assert feed.slot_at - feed.since <= timedelta(days=1, hours=1)
