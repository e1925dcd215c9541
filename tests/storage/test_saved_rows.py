"""Reading lists, votes and discussions as rows, on both databases."""

import asyncio
from datetime import timedelta

import pytest_asyncio

from bot.storage import discussions, papers, saved
from bot.storage.discussions import Claim, Claimed
from bot.storage.engine import Database
from bot.storage.saved import Counts
from tests.support.clock import START
from tests.support.fakes import paper

MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def stored(db: Database) -> Database:
    """A database with nine papers."""
    async with db.write() as tx:
        for number in range(1, 10):
            await papers.keep(tx, paper(f"2601.0000{number}"), START)
    return db


async def add(
    db: Database,
    member_id: int,
    number: int,
    *,
    server_id: int | None = 1,
    at_most: int = 500,
    after: int = 0,
) -> bool:
    async with db.write() as tx:
        return await saved.add(
            tx, member_id, f"2601.0000{number}", server_id, START + after * MINUTE, at_most=at_most
        )


async def vote(db: Database, member_id: int, number: int, *, server_id: int = 1, after: int = 0) -> bool:
    async with db.write() as tx:
        return await saved.toggle_vote(tx, server_id, member_id, f"2601.0000{number}", START + after * MINUTE)


async def listed(db: Database, member_id: int, *, start: int = 0, limit: int | None = None) -> list[str]:
    async with db.read() as tx:
        rows = await saved.of_member(tx, member_id, start=start, limit=limit)
    return [row.paper_id[-1] for row in rows]


async def test_a_list_is_newest_first_and_a_members_own(stored: Database) -> None:
    for number in (1, 2, 3):
        assert await add(stored, 10, number, after=number)
    assert await add(stored, 11, 9)
    assert await listed(stored, 10) == ["3", "2", "1"]
    assert await listed(stored, 10, start=1, limit=1) == ["2"]
    assert await listed(stored, 11) == ["9"]
    async with stored.read() as tx:
        assert await saved.count(tx, 10) == 3
        assert await saved.is_saved(tx, 10, "2601.00001")
        assert not await saved.is_saved(tx, 11, "2601.00001")


async def test_saving_twice_is_saving_once(stored: Database) -> None:
    assert await add(stored, 10, 1, after=1)
    assert await add(stored, 10, 1, after=5, server_id=2)
    async with stored.read() as tx:
        (row,) = await saved.of_member(tx, 10)
        assert row.saved_at == START + MINUTE
        assert await saved.counts(tx, 2, ["2601.00001"]) == {}


async def test_removing(stored: Database) -> None:
    await add(stored, 10, 1)
    await add(stored, 11, 1)
    async with stored.write() as tx:
        assert await saved.remove(tx, 10, "2601.00001")
        assert not await saved.remove(tx, 10, "2601.00001")
    assert await listed(stored, 10) == []
    assert await listed(stored, 11) == ["1"]


async def test_the_limit_holds_when_many_save_at_once(stored: Database) -> None:
    fitted = await asyncio.gather(*(add(stored, 10, number, at_most=4) for number in range(1, 10)))
    assert sorted(fitted) == [False] * 5 + [True] * 4
    assert len(await listed(stored, 10)) == 4
    # What is on a full list is still on it.
    kept = int((await listed(stored, 10))[0])
    assert await add(stored, 10, kept, at_most=4)


async def test_a_vote_is_given_and_taken_back(stored: Database) -> None:
    assert await vote(stored, 10, 1)
    async with stored.read() as tx:
        assert await saved.has_voted(tx, 1, 10, "2601.00001")
        assert not await saved.has_voted(tx, 2, 10, "2601.00001")
    assert not await vote(stored, 10, 1)
    async with stored.read() as tx:
        assert not await saved.has_voted(tx, 1, 10, "2601.00001")


async def test_votes_at_the_same_moment_break_nothing(stored: Database) -> None:
    await asyncio.gather(*(vote(stored, 10, 1) for _ in range(6)))
    async with stored.read() as tx:
        counts = await saved.counts(tx, 1, ["2601.00001"])
    assert counts in ({}, {"2601.00001": Counts(0, 1)})


async def test_counts_are_of_one_server(stored: Database) -> None:
    for member in (10, 11, 12):
        await add(stored, member, 1)
    await add(stored, 13, 1, server_id=2)
    await add(stored, 14, 1, server_id=None)
    await vote(stored, 10, 1)
    await vote(stored, 10, 2)
    await vote(stored, 10, 3, server_id=2)
    ids = [f"2601.0000{number}" for number in range(1, 10)]
    async with stored.read() as tx:
        assert await saved.counts(tx, 1, ids) == {"2601.00001": Counts(3, 1), "2601.00002": Counts(0, 1)}
        assert await saved.counts(tx, 3, ids) == {}
        assert await saved.counts(tx, 1, []) == {}


async def claim(db: Database, *, after: float = 0, channel_id: int = 5) -> Claimed:
    async with db.write() as tx:
        return await discussions.claim(
            tx, channel_id, "2601.00001", 1, START + after * MINUTE, given_up_after=MINUTE
        )


async def test_one_of_many_opens_the_thread(stored: Database) -> None:
    claims = await asyncio.gather(*(claim(stored) for _ in range(5)))
    assert sorted(each.claim for each in claims) == [Claim.MINE] + [Claim.OPENING] * 4
    assert await claim(stored, channel_id=6) == Claimed(Claim.MINE)
    async with stored.write() as tx:
        await discussions.opened(tx, 5, "2601.00001", 77)
    assert await claim(stored, after=9) == Claimed(Claim.OPEN, 77)
    async with stored.read() as tx:
        assert await discussions.threads_in(tx, 5) == {77}
        assert await discussions.threads_in(tx, 6) == set()


async def test_one_of_many_takes_over_what_was_given_up(stored: Database) -> None:
    await claim(stored)
    assert await claim(stored, after=0.9) == Claimed(Claim.OPENING)
    claims = await asyncio.gather(*(claim(stored, after=1) for _ in range(5)))
    assert sorted(each.claim for each in claims) == [Claim.OPENING] * 4 + [Claim.TAKEN_OVER]


async def test_a_claim_is_given_back_and_a_thread_forgotten(stored: Database) -> None:
    await claim(stored)
    async with stored.write() as tx:
        await discussions.give_back(tx, 5, "2601.00001")
    assert await claim(stored) == Claimed(Claim.MINE)
    async with stored.write() as tx:
        await discussions.opened(tx, 5, "2601.00001", 77)
        await discussions.give_back(tx, 5, "2601.00001")  # too late: it is open
        await discussions.forget(tx, 5, "2601.00001", 76)  # another one
    assert await claim(stored) == Claimed(Claim.OPEN, 77)
    async with stored.write() as tx:
        await discussions.forget(tx, 5, "2601.00001", 77)
    assert await claim(stored) == Claimed(Claim.MINE)
