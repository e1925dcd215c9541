"""Subscriptions over a real database: who has which, when they come, and what they bring."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import pytest

from bot.content import load_taxonomy
from bot.domain.feeds import MAX_CATEGORIES, Feed, FeedKind, FeedState
from bot.domain.queries import parse_query
from bot.domain.schedule import EVERY_DAY
from bot.domain.subscriptions import (
    DEFAULT_CATEGORIES,
    MAX_SUBSCRIPTIONS,
    Every,
    Wish,
    ZoneOf,
    choose_categories,
)
from bot.errors import UserError
from bot.services.subscriptions import SubscriptionService
from bot.storage import feeds, members
from bot.storage.outbox import open_by_feed
from tests.support.fakes import Item, plan

if TYPE_CHECKING:
    from tests.services.conftest import Desk

ADA, BEN = 501, 502
DM = 9001


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def wish(query: str = "works", **more: Any) -> Wish:
    return Wish(**({"query": query, "categories": ("cs.LG",)} | more))


@pytest.fixture
def service(desk: "Desk") -> SubscriptionService:
    return SubscriptionService(desk.db, desk.clock, desk.papers)


async def make(
    service: SubscriptionService, chosen: Wish | None = None, *, member: int = ADA, server: int | None = 1
) -> Feed:
    draft = await service.draft(member, chosen or wish(), server_id=server)
    return await service.save(draft, DM)


# --- where it looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "chosen", "categories"),
    [
        ("gan", (), DEFAULT_CATEGORIES),
        ("gan", ("cs.RO",), ("cs.RO",)),
        ("gan AND cat:cs.RO", (), ("cs.RO",)),
        ("gan AND cat:cs.RO", ("cs.LG",), ("cs.RO",)),
        ("cat:cs.RO AND cat:cs.SY", (), ("cs.RO", "eess.SY")),
        ("gan AND (cat:cs.RO OR cat:cs.lg)", (), ("cs.RO", "cs.LG")),
        # Papers about gan may be anywhere: what is asked for beside them is read as well.
        ("gan OR cat:cs.RO", (), ("cs.RO", *DEFAULT_CATEGORIES)),
        ("gan OR cat:cs.RO", ("cs.LG",), ("cs.RO", "cs.LG")),
        ("gan NOT cat:cs.RO", (), DEFAULT_CATEGORIES),
        ("gan AND NOT (survey OR cat:cs.RO)", ("cs.CV",), ("cs.CV",)),
        ("cat:cs AND gan", ("cs.LG",), ("cs.LG",)),
        ("cat:quant-ph AND gan", (), ("quant-ph",)),
    ],
)
def test_where_a_query_is_looked_for(
    query: str, chosen: tuple[str, ...], categories: tuple[str, ...]
) -> None:
    assert choose_categories(parse_query(query), chosen, load_taxonomy()) == categories


def test_a_small_archive_is_all_of_its_categories() -> None:
    taxonomy = load_taxonomy()
    found = choose_categories(parse_query("cat:stat AND causal*"), (), taxonomy)
    assert sorted(found) == sorted(item.code for item in taxonomy.all() if item.archive == "stat")
    assert "stat.ML" in found


@pytest.mark.parametrize(
    ("query", "chosen", "words"),
    [
        ("cat:cs AND gan", (), "Say in which to look with `categories`, such as cs."),
        ("cat:cs.XX AND gan", (), "“cs.XX” is not an arXiv category"),
        (
            "gan",
            tuple(item.code for item in load_taxonomy().all()[: MAX_CATEGORIES + 1]),
            "up to 20 categories, and these are 21",
        ),
    ],
)
def test_too_many_and_unknown_categories_are_refused(query: str, chosen: tuple[str, ...], words: str) -> None:
    with pytest.raises(UserError, match=words):
        choose_categories(parse_query(query), chosen, load_taxonomy())


# --- making one -------------------------------------------------------------------------------------


async def test_a_query_is_enough(desk: "Desk", service: SubscriptionService) -> None:
    desk.clock.set(utc(5, 10))
    feed = await make(service)
    plan = feed.plan
    assert (plan.server_id, plan.member_id, plan.channel_id) == (None, ADA, DM)
    assert (feed.number, feed.state) == (1, FeedState.ACTIVE)
    assert (plan.schedule.time, plan.schedule.zone, plan.schedule.days) == (time(8), "UTC", EVERY_DAY)
    assert (feed.since, feed.slot_at, feed.next_run_at) == (utc(5, 8), utc(6, 8), utc(6, 8))
    assert [each.feed for each in await service.overview(ADA)] == [feed]
    assert await service.overview(BEN) == []
    assert await desk.feeds.overview(1) == []  # no moderator sees it


async def test_a_draft_stores_nothing(desk: "Desk", service: SubscriptionService) -> None:
    draft = await service.draft(ADA, wish(zone="Asia/Tokyo"), server_id=1)
    assert (draft.number, draft.zone_of) == (1, ZoneOf.CHOSEN)
    async with desk.db.read() as tx:
        assert await members.last_feed_number(tx, ADA) == 0
        assert await members.zone(tx, ADA) is None
    assert await service.overview(ADA) == []


async def test_whose_time_zone_counts(desk: "Desk", service: SubscriptionService) -> None:
    async def zone(query: str, *, server: int | None = 1, chosen: str | None = None) -> tuple[str, ZoneOf]:
        draft = await service.draft(ADA, wish(query, zone=chosen), server_id=server)
        await service.save(draft, DM)
        return draft.schedule.zone, draft.zone_of

    assert await zone("one") == ("UTC", ZoneOf.NOBODY)
    async with desk.db.write() as tx:
        await feeds.take_number(tx, 1)
        await feeds.set_server_zone(tx, 1, "Europe/Paris")
    assert await zone("two") == ("Europe/Paris", ZoneOf.SERVER)
    # What another chose for a server is not remembered as the member's own.
    assert await zone("three", server=None) == ("UTC", ZoneOf.NOBODY)
    assert await zone("four", chosen="Asia/Tokyo") == ("Asia/Tokyo", ZoneOf.CHOSEN)
    assert await zone("five") == ("Asia/Tokyo", ZoneOf.MEMBER)


@pytest.mark.parametrize(
    ("chosen", "days", "slot"),
    [
        ({"every": Every.DAY}, EVERY_DAY, utc(9, 8)),
        ({"every": Every.WEEK}, {3}, utc(15, 8)),  # a Thursday, past eight
        ({"every": Every.WEEK, "day": 0}, {0}, utc(12, 8)),
        ({"day": 4}, {4}, utc(9, 8)),
        # In Tokyo it is Friday already.
        ({"every": Every.WEEK, "zone": "Asia/Tokyo", "time": time(9)}, {4}, utc(9, 0)),
    ],
)
async def test_every_day_or_once_a_week(
    desk: "Desk", service: SubscriptionService, chosen: dict[str, Any], days: set[int], slot: datetime
) -> None:
    desk.clock.set(utc(8, 16))
    feed = await make(service, wish(**chosen))
    assert (feed.plan.schedule.days, feed.slot_at) == (frozenset(days), slot)


async def test_a_day_of_the_week_is_not_every_day(service: SubscriptionService) -> None:
    with pytest.raises(UserError, match="goes with every: week"):
        await service.draft(ADA, wish(every=Every.DAY, day=2), server_id=None)


async def test_a_query_that_cannot_be_read_is_refused_with_the_place(service: SubscriptionService) -> None:
    with pytest.raises(UserError, match="▲"):
        await service.draft(ADA, wish("gan AND"), server_id=None)


async def test_ten_are_enough_however_many_ask_at_once(desk: "Desk", service: SubscriptionService) -> None:
    for number in range(MAX_SUBSCRIPTIONS - 2):
        await make(service, wish(f"word{number}"))
    drafts = [await service.draft(ADA, wish(f"more{n}"), server_id=None) for n in range(6)]
    made = await asyncio.gather(*(service.save(draft, DM) for draft in drafts), return_exceptions=True)
    refused = [each for each in made if isinstance(each, BaseException)]
    assert len(refused) == 4
    assert all(isinstance(each, UserError) and "10 subscriptions" in each.message for each in refused)
    numbers = [each.feed.number for each in await service.overview(ADA)]
    assert numbers == list(range(1, MAX_SUBSCRIPTIONS + 1))  # a refusal uses up no number
    with pytest.raises(UserError, match="10 subscriptions"):
        await service.draft(ADA, wish("another"), server_id=None)
    await make(service, member=BEN)
    await service.stop(ADA, 1)
    await make(service, wish("another"))
    with pytest.raises(UserError, match="10 subscriptions"):
        await service.restore(ADA, 1)


async def test_the_same_is_not_made_twice(service: SubscriptionService) -> None:
    draft = await service.draft(ADA, wish("gan AND survey", categories=("cs.LG", "cs.AI")), server_id=None)
    await service.save(draft, DM)
    with pytest.raises(UserError, match="Your subscription 1 looks for the same"):
        await service.save(draft, DM)
    same = wish("gan survey", categories=("cs.AI", "cs.LG"), time=time(20))
    with pytest.raises(UserError, match="Your subscription 1 looks for the same"):
        await service.draft(ADA, same, server_id=None)
    await service.pause(ADA, 1)
    with pytest.raises(UserError, match="looks for the same and is paused"):
        await service.draft(ADA, same, server_id=None)
    await service.stop(ADA, 1)
    assert (await make(service, same)).number == 2
    with pytest.raises(UserError, match="subscription 2 looks for the same"):
        await service.restore(ADA, 1)


# --- its life ---------------------------------------------------------------------------------------


async def test_it_brings_what_its_query_finds(desk: "Desk", service: SubscriptionService) -> None:
    feed = await make(service, wish("ti:graph* NOT ti:survey"))
    desk.arxiv.serve(
        "cs.LG",
        Item("2601.00001", title="Graphs at last"),
        Item("2601.00002", title="A survey of graphs"),
        Item("2601.00003", title="Something else"),
    )
    desk.clock.set(utc(1, 8))
    await desk.run()
    assert await desk.items(feed.id) == {"2601.00001": True}
    (last,) = [each.last for each in await service.overview(ADA)]
    assert last == (utc(1, 8), 1, 0)


async def test_a_quiet_day_brings_nothing(desk: "Desk", service: SubscriptionService) -> None:
    await make(service, wish("nonsense"))
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    desk.clock.set(utc(1, 8))
    await desk.run()
    assert await desk.posts() == []


async def test_paused_and_resumed_it_goes_on_from_now(desk: "Desk", service: SubscriptionService) -> None:
    feed = await make(service)
    assert (await service.pause(ADA, 1)).state is FeedState.PAUSED
    assert (await service.pause(ADA, 1)).state is FeedState.PAUSED
    await desk.announce("2601.00001")
    desk.clock.set(utc(3, 12))
    await desk.announce()
    assert await desk.digests.build_due() == 0
    resumed = await service.resume(ADA, 1)
    assert (resumed.state, resumed.since, resumed.slot_at) == (FeedState.ACTIVE, utc(3, 8), utc(4, 8))
    assert await service.resume(ADA, 1) == resumed
    await desk.announce("2601.00002")
    desk.clock.set(utc(4, 8))
    await desk.announce()
    await desk.digests.build_due()
    assert await desk.items(feed.id) == {"2601.00002": True}


async def test_what_was_held_when_messages_were_closed_is_no_news_later(
    desk: "Desk", service: SubscriptionService
) -> None:
    feed = await make(service)
    desk.clock.set(utc(1, 8))
    await desk.announce("2601.00001")
    await desk.digests.build_due()
    async with desk.db.write() as tx:  # as delivery does it
        await feeds.set_state(tx, feed.id, FeedState.PAUSED, now=desk.clock.now(), reason="Closed.")
    desk.clock.set(utc(9, 12))
    resumed = await service.resume(ADA, 1)
    assert (resumed.pause_reason, resumed.slot_at) == (None, utc(10, 8))
    async with desk.db.read() as tx:
        assert await open_by_feed(tx, [feed.id]) == {feed.id: []}


async def test_stopped_twice_is_stopped_and_it_can_come_back(
    desk: "Desk", service: SubscriptionService
) -> None:
    await make(service)
    for _ in range(2):
        assert (await service.stop(ADA, 1)).state is FeedState.REMOVED
    assert await service.overview(ADA) == []
    desk.clock.set(utc(2, 9))
    for refused in (service.pause, service.resume, service.preview):
        with pytest.raises(UserError, match="You have no subscription 1"):
            await refused(ADA, 1)
    for _ in range(2):
        restored = await service.restore(ADA, 1)
        assert (restored.state, restored.since, restored.slot_at) == (FeedState.ACTIVE, utc(2, 8), utc(3, 8))
    assert [each.feed for each in await service.overview(ADA)] == [restored]


async def test_nobody_reaches_anothers(service: SubscriptionService) -> None:
    await make(service)
    for change in (service.pause, service.resume, service.stop, service.restore, service.preview):
        with pytest.raises(UserError, match="You have no subscription 1"):
            await change(BEN, 1)
    (mine,) = await service.overview(ADA)
    assert mine.feed.state is FeedState.ACTIVE


async def test_what_else_a_member_gets_by_message_is_no_subscription(
    desk: "Desk", service: SubscriptionService
) -> None:
    now = desk.clock.now()
    reminders = replace(plan(server_id=None, member_id=ADA), kind=FeedKind.REMINDERS)
    async with desk.db.write() as tx:
        number = await feeds.take_number(tx, member_id=ADA)
        await feeds.add(tx, reminders, number=number, created_by=ADA, now=now, since=now, slot_at=now)
    for change in (service.pause, service.stop, service.restore, service.preview):
        with pytest.raises(UserError, match=f"You have no subscription {number}"):
            await change(ADA, number)


async def test_a_preview_uses_nothing_up(desk: "Desk", service: SubscriptionService) -> None:
    feed = await make(service, wish("ti:paper NOT ti:00002"))
    desk.clock.set(utc(1, 6))
    await desk.announce("2601.00001", "2601.00002")
    first = await service.preview(ADA, 1)
    assert await service.preview(ADA, 1) == first
    assert first.digest.feed == feed
    assert [each.paper.id for each in first.digest.selection.shown] == ["2601.00001"]
    assert await desk.items(feed.id) == {}
