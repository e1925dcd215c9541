"""Papers and announcements: what is new, and what has been seen."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.domain.digests import select as choose
from bot.domain.papers import Announcement, AnnounceType, Batch, Paper
from bot.storage import papers
from bot.storage.digesting import TakenMeanwhile
from bot.storage.engine import Database
from bot.storage.tables import announcements, feed_items
from bot.storage.tables import papers as papers_table
from tests.support.fakes import add_feed, batch, paper, plan, record_digest, stored_feed

NOW = datetime(2026, 1, 1, 6, tzinfo=UTC)
EVER = NOW - timedelta(days=3650)


async def store(db: Database, listed: Batch, at: datetime = NOW) -> int:
    async with db.write() as tx:
        return await papers.store(tx, listed, at)


async def new_in(db: Database, *categories: str, since: datetime = EVER) -> list[Paper]:
    async with db.read() as tx:
        return [each.paper for each in await papers.recent(tx, categories, ["new"], since)]


async def test_every_field_comes_back(db: Database) -> None:
    whole = Paper(
        id="quant-ph/0201082",
        version=3,
        title="Łojasiewicz & 𝒪(n²) “quotes” 🙂",
        abstract="Two\nlines; a \\ and a % and a ' too.",
        authors=paper("x").authors,
        categories=("quant-ph", "cs.IT", "math-ph"),
        primary_category="quant-ph",
        doi="10.5555/x",
        journal_ref="Journal 7 (2026) 1–12",
        license="http://creativecommons.org/licenses/by/4.0/",
    )
    await store(db, batch("quant-ph", whole))
    assert await new_in(db, "quant-ph") == [whole]


async def test_storing_the_same_list_again_is_no_news(db: Database) -> None:
    listed = batch("cs.LG", paper("2601.00001"), paper("2601.00002"))
    assert await store(db, listed) == 2
    assert await store(db, listed, NOW + timedelta(hours=1)) == 0
    assert len(await new_in(db, "cs.LG", since=NOW)) == 0
    assert len(await new_in(db, "cs.LG")) == 2


async def test_a_second_version_updates_the_paper_and_is_not_new(db: Database) -> None:
    await store(db, batch("cs.LG", paper("2601.00001", title="Before")))
    second = paper("2601.00001", version=2, title="After")
    later = NOW + timedelta(days=3)
    assert await store(db, batch("cs.LG", second, kind=AnnounceType.REPLACE), later) == 0
    assert await new_in(db, "cs.LG") == [second]
    assert await new_in(db, "cs.LG", since=NOW) == []


async def test_an_older_version_changes_nothing(db: Database) -> None:
    second = paper("2601.00001", version=2, title="After")
    await store(db, batch("cs.LG", second))
    await store(db, batch("cs.AI", paper("2601.00001", title="Before"), kind=AnnounceType.CROSS))
    assert await new_in(db, "cs.LG") == [second]


async def test_a_replacement_that_is_seen_first_is_never_posted_as_new(db: Database) -> None:
    assert await store(db, batch("cs.LG", paper("2501.00001", version=4), kind=AnnounceType.REPLACE)) == 1
    assert await new_in(db, "cs.LG") == []
    # Nor later, should it be listed as new after all: the first announcement decides.
    assert await store(db, batch("cs.LG", paper("2501.00001"))) == 0
    assert await new_in(db, "cs.LG") == []


async def test_a_cross_list_is_an_announcement_of_its_own_and_no_second_paper(db: Database) -> None:
    listed = paper("2601.00001", categories=("cs.LG", "cs.AI"))
    assert await store(db, batch("cs.LG", listed)) == 1
    assert await store(db, batch("cs.AI", listed, kind=AnnounceType.CROSS)) == 1
    assert await new_in(db, "cs.LG", "cs.AI") == [listed]
    assert await new_in(db, "cs.AI") == []
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(papers_table)) == 1
        assert await tx.scalar(select(func.count()).select_from(announcements)) == 2


async def test_cross_list_first_and_new_in_its_own_category_later(db: Database) -> None:
    listed = paper("2601.00001", categories=("cs.LG", "cs.AI"))
    await store(db, batch("cs.AI", listed, kind=AnnounceType.CROSS))
    assert await new_in(db, "cs.LG", "cs.AI") == []
    await store(db, batch("cs.LG", listed), NOW + timedelta(minutes=1))
    assert await new_in(db, "cs.LG", "cs.AI") == [listed]


async def test_a_paper_twice_in_one_list_is_what_it_was_called_first(db: Database) -> None:
    first, second = paper("2601.00001"), paper("2601.00001", version=2, title="Corrected")
    listed = Batch(
        "cs.LG",
        (
            Announcement(first, "cs.LG", AnnounceType.NEW),
            Announcement(second, "cs.LG", AnnounceType.REPLACE),
        ),
    )
    assert await store(db, listed) == 1
    assert await new_in(db, "cs.LG") == [second]


async def test_two_thousand_papers_in_one_list(db: Database) -> None:
    many = [paper(f"2601.{n:05}") for n in range(2000)]
    assert await store(db, batch("cs.LG", *many)) == 2000
    assert {each.id for each in await new_in(db, "cs.LG")} == {each.id for each in many}
    second = [paper(f"2601.{n:05}", version=2) for n in range(1990, 2010)]
    assert await store(db, batch("cs.LG", *second)) == 10


async def test_an_empty_list(db: Database) -> None:
    assert await store(db, batch("cs.LG")) == 0


async def test_two_categories_with_the_same_papers_stored_at_once(db: Database) -> None:
    # In opposite orders each would wait for a row the other has: PostgreSQL ends one of them with an error.
    many = [paper(f"2601.{n:05}") for n in range(1200)]
    stored = await asyncio.gather(
        store(db, batch("cs.LG", *many)),
        store(db, batch("cs.AI", *reversed(many), kind=AnnounceType.CROSS)),
        store(db, batch("stat.ML", *many[600:], *many[:600], kind=AnnounceType.CROSS)),
    )
    assert sum(stored) == 3600
    assert len(await new_in(db, "cs.LG", "cs.AI", "stat.ML")) == 1200


async def test_a_feed_is_offered_only_what_it_has_not_dealt_with(db: Database) -> None:
    mine, other = await add_feed(db, plan(), NOW), await add_feed(db, plan(), NOW)
    listed = [paper(f"2601.0000{n}") for n in range(1, 6)]
    await store(db, batch("cs.LG", *listed[:3]))
    async with db.write() as tx:
        found = await papers.candidates(tx, mine, plan(), EVER)
        selection = choose(found, 2)
        assert await record_digest(tx, await stored_feed(tx, mine), NOW, selection, NOW, since=EVER)
    await store(db, batch("cs.LG", *listed), NOW + timedelta(days=1))
    async with db.read() as tx:
        again = await papers.candidates(tx, mine, plan(), EVER)
        fresh = await papers.candidates(tx, other, plan(channel_id=101), EVER)
        last, none = await papers.last_digest(tx, mine), await papers.last_digest(tx, other)
        shown = {row.item: row.shown for row in await tx.execute(select(feed_items))}
    assert {each.paper.id for each in again} == {"2601.00004", "2601.00005"}
    assert len(fresh) == 5
    assert last == (NOW, 2, 1)
    assert none is None
    assert shown == {"2601.00003": True, "2601.00002": True, "2601.00001": False}


async def test_candidates_begin_strictly_after_since(db: Database) -> None:
    mine = await add_feed(db, plan(), NOW)
    await store(db, batch("cs.LG", paper("2601.00001")))
    async with db.read() as tx:
        assert await papers.candidates(tx, mine, plan(), NOW) == []
        before = NOW - timedelta(microseconds=1)
        assert len(await papers.candidates(tx, mine, plan(), before)) == 1


async def test_a_slot_is_written_once(db: Database) -> None:
    mine = await add_feed(db, plan(), NOW)
    empty = choose([], 5)
    async with db.write() as tx:
        assert await record_digest(tx, await stored_feed(tx, mine), NOW, empty, NOW, since=EVER)
        assert not await record_digest(tx, await stored_feed(tx, mine), NOW, empty, NOW, since=EVER)
        assert await record_digest(
            tx, await stored_feed(tx, mine), NOW + timedelta(days=1), empty, NOW, since=EVER
        )


@pytest.mark.parametrize("categories", [[], ["cs.CV"]])
async def test_nothing_where_nothing_was_announced(db: Database, categories: list[str]) -> None:
    await store(db, batch("cs.LG", paper("2601.00001")))
    assert await new_in(db, *categories) == []


async def test_of_two_feeds_in_a_channel_one_shows_a_paper(db: Database) -> None:
    mine, other = await add_feed(db, plan(), NOW), await add_feed(db, plan(), NOW)
    await store(db, batch("cs.LG", paper("2601.00001"), paper("2601.00002")))
    async with db.write() as tx:
        found = await papers.candidates(tx, mine, plan(), EVER)
        await record_digest(tx, await stored_feed(tx, mine), NOW, choose(found, 1), NOW, since=EVER)
        left = await papers.candidates(tx, other, plan(), EVER)
        elsewhere = await papers.candidates(tx, other, plan(channel_id=101), EVER)
    # What a digest only counts is still free.
    assert [each.paper.id for each in left] == ["2601.00001"]
    assert len(elsewhere) == 2
    with pytest.raises(TakenMeanwhile):
        async with db.write() as tx:
            await record_digest(tx, await stored_feed(tx, other), NOW, choose(found, 2), NOW, since=EVER)
    async with db.read() as tx:
        assert await papers.last_digest(tx, other) is None
