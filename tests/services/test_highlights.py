"""The weekly post: what was discussed and saved most, each week once, nothing of other servers."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.feeds import FeedKind, PaperOptions
from bot.domain.outbox import State
from bot.services.highlights import HighlightService
from bot.storage import feeds, papers, saved
from bot.storage.engine import Database
from bot.storage.tables import discussions, paper_votes
from bot.storage.tables import outbox as table
from cogs.ui.highlights import render_highlights
from tests.support.clock import FakeClock
from tests.support.fakes import batch, paper, plan

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
IDS = [f"2601.0000{n}" for n in range(1, 5)]


async def begin(db: Database, clock: FakeClock, *, forum: bool = False) -> HighlightService:
    clock.set(MONDAY)
    chosen = replace(
        plan(days=frozenset({0}), limit=2),
        kind=FeedKind.HIGHLIGHTS,
        categories=(),
        options=PaperOptions(forum=forum),
    )
    async with db.write() as tx:
        await papers.store(tx, batch("cs.LG", *(paper(id_) for id_ in IDS)), MONDAY)
        number = await feeds.take_number(tx, 1)
        await feeds.add(
            tx, chosen, number=number, created_by=9, now=MONDAY, since=MONDAY, slot_at=MONDAY + WEEK
        )
    return HighlightService(db, clock, render_highlights)


async def save(db: Database, clock: FakeClock, paper_id: str, *members: int, server: int = 1) -> None:
    async with db.write() as tx:
        for member in members:
            await saved.add(tx, member, paper_id, server, clock.now(), at_most=99)


async def posts(db: Database) -> list[str]:
    async with db.read() as tx:
        return [row.payload for row in await tx.execute(select(table).order_by(table.c.id))]


async def test_the_weightiest_of_the_week_and_only_this_servers(db: Database, clock: FakeClock) -> None:
    service = await begin(db, clock)
    clock.advance(days=1)
    await save(db, clock, IDS[0], 1, 2)
    await save(db, clock, IDS[1], 1)
    await save(db, clock, IDS[3], 1, 2, 3, 4, server=2)
    async with db.write() as tx:
        await tx.execute(
            discussions.insert().values(
                channel_id=100, paper_id=IDS[2], server_id=1, thread_id=555, opened_at=clock.now()
            )
        )
        await tx.execute(
            paper_votes.insert().values(server_id=1, paper_id=IDS[2], member_id=7, voted_at=clock.now())
        )
    assert await service.build_due() == 0
    clock.set(MONDAY + WEEK)
    assert await service.build_due() == 1
    assert await service.build_due() == 0
    (post,) = await posts(db)
    assert post.index(IDS[2]) < post.index(IDS[0])
    assert IDS[1] not in post
    assert IDS[3] not in post
    assert "<#555>" in post
    assert "useful to 1 member" in post
    assert "saved by 2 members" in post


async def test_a_week_in_which_nothing_happened_is_passed_over(db: Database, clock: FakeClock) -> None:
    service = await begin(db, clock)
    clock.set(MONDAY + WEEK)
    assert await service.build_due() == 0
    clock.advance(hours=1)
    await save(db, clock, IDS[0], 1)
    clock.set(MONDAY + 2 * WEEK)
    assert await service.build_due() == 1
    async with db.write() as tx:
        await tx.execute(table.update().values(state=State.SENT, sent_at=clock.now(), message_id=1))
    clock.set(MONDAY + 3 * WEEK)
    assert await service.build_due() == 0
    assert len(await posts(db)) == 1


async def test_weeks_down_become_one_post(db: Database, clock: FakeClock) -> None:
    service = await begin(db, clock)
    clock.advance(days=1)
    await save(db, clock, IDS[0], 1)
    clock.advance(days=10)
    await save(db, clock, IDS[1], 1)
    clock.set(MONDAY + 3 * WEEK + timedelta(hours=5))
    assert await service.build_due() == 1
    (post,) = await posts(db)
    assert IDS[0] in post
    assert IDS[1] in post


@pytest.mark.parametrize("forum", [False, True])
async def test_a_forum_gets_a_post_of_its_own(db: Database, clock: FakeClock, forum: bool) -> None:
    service = await begin(db, clock, forum=forum)
    clock.advance(days=1)
    await save(db, clock, IDS[0], 1)
    clock.set(MONDAY + WEEK)
    await service.build_due()
    (post,) = await posts(db)
    assert json.loads(post).get("name") == ("Highlights of 12 January 2026" if forum else None)
