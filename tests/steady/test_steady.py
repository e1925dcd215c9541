"""The long run's own judgement: what explains a line of the log, when memory is flat, what counts as lost."""

import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.domain.feeds import FeedKind
from bot.domain.papers import Announcement, AnnounceType, Batch, Paper
from bot.storage.engine import Database
from bot.storage.tables import feed_items, outbox
from tests.steady import town as towns
from tests.steady.log_lines import Window, read, sort
from tests.steady.people import Ledger
from tests.steady.press import CATEGORIES, EVERY, Press
from tests.steady.samples import look, trend
from tests.steady.town import Town
from tests.steady.verdict import Verdict, judge
from tests.support import community
from tests.support.clock import FakeClock
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World
from tests.support.serving import deliver, serving, world_on

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def logged(
    event: str, *, logger: str = "cohort.ticker", after_s: float = 0, error: str = "", **more: str
) -> str:
    """A line as the bot writes it."""
    at = (NOON + timedelta(seconds=after_s)).isoformat()
    entry = {"at": at, "level": "ERROR", "logger": logger, "event": event, **more}
    return json.dumps(entry | ({"error": error} if error else {}))


DOWN = "Traceback\n  File asyncpg/connect_utils.py\nFileNotFoundError: [Errno 2] No such file or directory"


@pytest.mark.parametrize(
    ("raw", "fault", "explained"),
    [
        (logged("job failed", error=DOWN), "database", True),
        (logged("job failed", error=DOWN, after_s=70), "database", True),
        (logged("job failed", error=DOWN, after_s=80), "database", False),  # the fault was over a minute before
        (logged("job failed", error=DOWN, after_s=-5), "database", False),  # nor had it begun
        (logged("job failed", error=DOWN), "gateway", False),
        (logged("job failed", error="KeyError: 'x'"), "database", False),
        (logged("We are being rate limited.", logger="discord.http"), "rest", True),
        (logged("Attempting a reconnect in 1.2s", logger="discord.client"), "gateway", True),
        (logged("category failed", logger="cohort.arxiv", reason="arXiv is busy"), "source", True),
        (logged("Can't keep up, shard ID None websocket is 41.3s behind.", logger="discord.gateway"), "", True),
        (logged("Can't keep up, shard ID None websocket is 15.0s behind.", logger="discord.gateway"), "", False),
        ("Exception ignored in: <coroutine object>", "database", False),
    ],
)  # fmt: skip
def test_a_line_is_explained_by_a_fault_that_was_in_force(raw: str, fault: str, explained: bool) -> None:
    line = read(raw)
    assert line is not None
    found = sort([line], [Window(fault, NOON, NOON + timedelta(seconds=10))] if fault else [])
    assert (not found.unexplained) is explained
    assert sum(found.explained.values()) == explained


def test_lines_of_one_kind_are_counted_together() -> None:
    lines = [read(logged("job failed", error=DOWN, job="live", row=str(row))) for row in range(3)]
    found = sort([line for line in lines if line is not None], [Window("database", NOON, NOON)])
    assert list(found.explained.values()) == [3]


@pytest.mark.parametrize("raw", [logged("ready").replace("ERROR", "INFO"), "", "  "])
def test_what_is_no_trouble_is_passed_over(raw: str) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    ("rise", "flat"), [(0.0, True), (0.02, True), (0.08, False), (0.5, False)], ids=lambda value: str(value)
)  # fmt: skip
def test_memory_is_flat_where_neither_thirds_nor_slope_rise(rise: float, flat: bool) -> None:
    """`rise` is the part by which 160 MiB grow in the two hours; the first minutes do not count."""
    points = [(at * 30.0, 120.0 if at < 40 else 160 * (1 + rise * at / 240)) for at in range(240)]
    found = trend(points, warm_up_s=20 * 60)
    assert found is not None
    assert found.is_flat is flat
    assert found.slope == pytest.approx(160 * rise / 2, abs=0.01)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_look_at_a_process_sees_its_memory_and_what_it_has_open() -> None:
    seen = look(os.getpid())
    assert seen["rss"] > 10
    assert seen["held"] > 0
    assert seen["files"] >= 3
    assert seen["threads"] >= 1
    assert seen["cpu_s"] > 0


def test_a_short_row_has_no_trend() -> None:
    assert trend([(at * 30.0, 100.0) for at in range(10)], warm_up_s=200) is None


def test_lists_grow_and_share_no_paper() -> None:
    press = Press(NOON)
    before = {id_ for category in CATEGORIES for id_ in press.listed(category, NOON)}
    after = {id_ for category in CATEGORIES for id_ in press.listed(category, NOON + 30 * EVERY)}
    assert before < after
    assert len(after) == sum(len(press.listed(category, NOON + 30 * EVERY)) for category in CATEGORIES)


def test_feeds_are_due_in_every_minute_and_share_no_channel() -> None:
    servers = towns.build(World(), 60, clubs=3)
    planned = towns.plans(servers, NOON, NOON + timedelta(minutes=30))
    due = Counter(due for _, due in planned)
    assert set(due) == {NOON + timedelta(minutes=minute) for minute in range(31)}
    assert max(due.values()) <= 2 * min(due.values())
    channels = Counter(plan.channel_id for plan, _ in planned)
    assert max(channels.values()) == 1
    assert {plan.kind for plan, _ in planned} == {FeedKind.PAPERS, FeedKind.HACKATHONS, FeedKind.QUIZ}


async def test_what_is_missing_or_there_twice_is_told(db: Database) -> None:
    clock = FakeClock(NOON - timedelta(hours=1))
    world = world_on(clock)
    servers = towns.build(world, 4, clubs=0)
    press = Press(clock.now())
    planned = [pair for pair in towns.plans(servers, NOON, NOON) if pair[0].kind is FeedKind.PAPERS]
    town = Town(servers, await towns.plant(db, planned, clock.now()))
    for category in CATEGORIES:
        papers = [_paper(id_, category) for id_ in press.listed(category, NOON)]
        press.served[category] = len(papers)
        await community.announce(db, Batch(category, tuple(papers)), clock.now())
    ledger = Ledger()

    async def say() -> Verdict:
        return await judge(db, world, town, press, ledger)

    early = await say()
    assert len([entry for entry in early.lost if "has no digest" in entry]) == len(town.feeds)

    clock.set(NOON)
    async with LoopbackDiscord(world, schema=None) as discord, serving(db.url, discord, clock) as app:
        await deliver(app, clock)
    fine = await say()
    assert (fine.lost, fine.repeated) == ([], [])
    assert fine.messages
    assert fine.papers_shown == 3 * len(town.feeds)

    async with db.write() as tx:  # as for somebody who had everything deleted
        known = await tx.scalar(select(outbox.c.marker).order_by(outbox.c.id).limit(1))
        await tx.execute(update(outbox).where(outbox.c.marker == known).values(marker=""))
    forgotten = await say()
    assert (forgotten.lost, forgotten.repeated) == ([], [])
    assert forgotten.messages < fine.messages

    channel = next(each.channel_id for each in town.feeds if world.messages.in_channel(each.channel_id))
    message = world.messages.in_channel(channel)[-1]
    again = world.messages.add(channel, world.bot.id, message.body)
    assert (await say()).repeated
    world.messages.delete(again)
    world.messages.delete(message)
    assert (await say()).lost
    ledger.play[1, 1, 0] = clock.now()
    assert "answer 0 of round 1: no such round" in (await say()).lost
    ledger.forget(1)
    async with db.write() as tx:
        known = await tx.scalar(select(feed_items.c.item).where(~feed_items.c.shown).limit(1))
        await tx.execute(delete(feed_items).where(feed_items.c.item == known))
    assert [entry for entry in (await say()).lost if entry.endswith(f"did not deal with paper {known}")]


def _paper(id_: str, category: str) -> Announcement:
    paper = Paper(
        id=id_, version=1, title=f"Result {id_}", abstract="It says something.", authors=(),
        categories=(category,), primary_category=category,
    )  # fmt: skip
    return Announcement(paper, category, AnnounceType.NEW)
