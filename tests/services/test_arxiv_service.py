"""Reading arXiv: politely, once, and with words for what goes wrong."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.domain.papers import AnnounceType
from bot.domain.sources import CHECK_EVERY, SourceOutcome, SourceState, describe
from bot.services.arxiv import ArxivService
from bot.sources.errors import Timeout
from tests.support.clock import START, FakeClock
from tests.support.fakes import Item

if TYPE_CHECKING:
    from tests.services.conftest import Desk

FIVE_MINUTES = timedelta(minutes=5)


class SharedClock(FakeClock):
    """Moves when everybody waits, and then to the first moment that somebody waits for."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self._people = people
        self._waiting: list[tuple[datetime, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._waiting.append((self.now() + timedelta(seconds=seconds), woken))
        self._move()
        await woken

    def leave(self) -> None:
        self._people -= 1
        self._move()

    def _move(self) -> None:
        if self._waiting and len(self._waiting) == self._people:
            first = min(self._waiting, key=itemgetter(0))
            self._waiting.remove(first)
            self.set(first[0])
            first[1].set_result(None)


async def state(desk: "Desk", category: str = "cs.LG") -> SourceState:
    found = (await desk.papers.states([category]))[category]
    assert found is not None
    return found


async def words(desk: "Desk", category: str = "cs.LG") -> str:
    return describe(await state(desk, category), desk.clock.now()).split(":")[0].split(";")[0]


async def look_again(desk: "Desk") -> int:
    """Come back when the category is due again."""
    desk.clock.set((await state(desk)).next_check_at)
    return await desk.papers.poll_due()


async def test_nothing_is_asked_while_no_feed_wants_it(desk: "Desk") -> None:
    assert await desk.papers.poll_due() == 0
    await desk.add()
    await desk.feeds.pause(1, 1)
    assert await desk.papers.poll_due() == 0
    assert desk.arxiv.requests == []


async def test_a_list_is_stored_and_counted(desk: "Desk") -> None:
    await desk.add()
    desk.arxiv.serve("cs.LG", Item("2601.00001"), Item("2601.00002", type=AnnounceType.CROSS))
    assert await desk.papers.poll_due() == 2
    now = desk.clock.now()
    read = await state(desk)
    assert (read.outcome, read.error, read.failures) == (SourceOutcome.NEWS, None, 0)
    assert (read.last_checked_at, read.last_ok_at, read.last_news_at) == (now, now, now)
    assert read.next_check_at == now + CHECK_EVERY
    assert await desk.papers.poll_due() == 0
    assert len(desk.arxiv.requests) == 1


async def test_requests_are_three_seconds_apart(desk: "Desk") -> None:
    await desk.add(categories=("cs.AI", "cs.CL", "cs.LG"))
    for category in ("cs.AI", "cs.CL", "cs.LG"):
        desk.arxiv.serve(category)
    await desk.papers.poll_due()
    asked = [(request.category, (request.at - START).total_seconds()) for request in desk.arxiv.requests]
    assert asked == [("cs.AI", 0), ("cs.CL", 3), ("cs.LG", 6)]
    assert desk.clock.waited == [3, 3]


async def test_two_processes_keep_one_pace_and_read_each_category_once(desk: "Desk") -> None:
    categories = tuple(f"cs.{letters}" for letters in ("AI", "CL", "CV", "IR", "LG", "RO"))
    await desk.add(categories=categories)
    for category in categories:
        desk.arxiv.serve(category)
    desk.arxiv.clock = clock = SharedClock(people=2)

    async def poll(owner: str) -> None:
        await ArxivService(
            desk.db, clock, desk.arxiv, base_url="https://arxiv/rss", interval_s=3, owner=owner
        ).poll_due()
        clock.leave()

    await asyncio.gather(poll("first"), poll("second"))
    assert sorted(request.category for request in desk.arxiv.requests) == sorted(categories)
    moments = sorted(request.at for request in desk.arxiv.requests)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    assert min(gaps) >= 3


async def test_a_category_that_is_being_read_is_not_read_twice(desk: "Desk") -> None:
    await desk.add()
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    second = desk.another_reader()
    seen: list[int] = []

    async def look_meanwhile() -> None:
        seen.append(await second.poll_due())
        await second.read_now(["cs.LG"])

    tasks: list[asyncio.Task[None]] = []
    desk.arxiv.during = lambda _category: tasks.append(asyncio.create_task(look_meanwhile()))
    assert await desk.papers.poll_due() == 1
    await asyncio.gather(*tasks)
    assert len(desk.arxiv.requests) == 1
    assert seen == [0]


async def test_a_process_that_died_while_reading_blocks_its_category_for_five_minutes(desk: "Desk") -> None:
    await desk.add()

    class Killed(BaseException):
        pass

    def kill(_category: str) -> None:
        raise Killed

    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    desk.arxiv.during = kill
    with pytest.raises(Killed):
        await desk.papers.poll_due()
    desk.arxiv.during = lambda _category: None
    second = desk.another_reader()
    desk.clock.advance(minutes=4, seconds=59)
    assert await second.poll_due() == 0
    desk.clock.advance(seconds=1)
    assert await second.poll_due() == 1


async def test_quiet_same_stale_and_failing_are_told_apart(desk: "Desk") -> None:
    desk.clock.set(datetime(2026, 1, 14, 5, 10, tzinfo=UTC))  # Wednesday, ten minutes after the list
    await desk.add()
    assert describe((await desk.papers.states(["cs.LG"]))["cs.LG"], desk.clock.now()).startswith("not read")
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    await desk.papers.poll_due()
    assert await words(desk) == "fine"
    await look_again(desk)
    assert ((await state(desk)).outcome, await words(desk)) == (SourceOutcome.SAME, "fine")
    desk.arxiv.serve_error_feed("cs.LG")
    await look_again(desk)
    failed = await state(desk)
    assert (failed.outcome, failed.error) == (
        SourceOutcome.ERROR,
        "arXiv refused the request: Bad subject class.",
    )
    assert (await words(desk)).startswith("failing since")
    desk.arxiv.serve("cs.LG")
    await look_again(desk)
    assert ((await state(desk)).outcome, await words(desk)) == (SourceOutcome.QUIET, "quiet")
    # The next afternoon, and still yesterday's ids.
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    desk.clock.set(datetime(2026, 1, 15, 14, tzinfo=UTC))
    await desk.papers.poll_due()
    assert await words(desk) == "arXiv is serving an old list again"


async def test_a_quiet_day_that_did_not_change_stays_a_quiet_day(desk: "Desk") -> None:
    desk.clock.set(datetime(2026, 1, 14, 5, 10, tzinfo=UTC))
    await desk.add()
    desk.arxiv.serve("cs.LG", Item("2601.00001"), etag="old")
    await desk.papers.poll_due()
    desk.clock.set(datetime(2026, 1, 15, 5, 10, tzinfo=UTC))
    desk.arxiv.serve("cs.LG", etag="quiet")
    await desk.papers.poll_due()
    desk.clock.set(datetime(2026, 1, 15, 14, tzinfo=UTC))
    await desk.papers.poll_due()
    assert desk.arxiv.requests[-1].etag == "quiet"
    assert await words(desk) == "quiet"


async def test_a_second_request_is_conditional(desk: "Desk") -> None:
    await desk.add()
    desk.arxiv.serve("cs.LG", Item("2601.00001"), etag='"one"', last_modified="Thu, 01 Jan 2026 05:00:00 GMT")
    await desk.papers.poll_due()
    assert await look_again(desk) == 0
    first, second = desk.arxiv.requests
    assert (first.etag, first.last_modified) == (None, None)
    assert (second.etag, second.last_modified) == ('"one"', "Thu, 01 Jan 2026 05:00:00 GMT")
    unchanged = await state(desk)
    assert (unchanged.outcome, unchanged.etag) == (SourceOutcome.SAME, '"one"')
    assert unchanged.last_ok_at == desk.clock.now()
    desk.arxiv.serve("cs.LG", Item("2601.00002"), etag='"two"')
    assert await look_again(desk) == 1
    changed = await state(desk)
    assert (changed.etag, changed.last_modified) == ('"two"', None)


async def test_a_failure_forgets_nothing_and_is_forgotten_by_success(desk: "Desk") -> None:
    await desk.add()
    desk.arxiv.serve("cs.LG", Item("2601.00001"), etag='"one"')
    await desk.papers.poll_due()
    fine = await state(desk)
    desk.arxiv.refuse("cs.LG", 500)
    await look_again(desk)
    began = desk.clock.now()
    await look_again(desk)
    failed = await state(desk)
    assert (failed.failures, failed.failing_since) == (2, began)
    assert (failed.etag, failed.last_ok_at, failed.last_news_at) == (
        '"one"',
        fine.last_ok_at,
        fine.last_news_at,
    )
    desk.arxiv.serve("cs.LG", Item("2601.00002"))
    await look_again(desk)
    again = await state(desk)
    assert (again.failures, again.failing_since, again.error) == (0, None, None)


async def test_failures_back_off(desk: "Desk") -> None:
    await desk.add()
    desk.arxiv.fail("cs.LG", Timeout("arXiv did not answer in time."))
    await desk.papers.poll_due()
    pauses = []
    for _ in range(7):
        failed = await state(desk)
        pauses.append((failed.next_check_at - desk.clock.now()) / timedelta(minutes=1))
        assert failed.error == "arXiv did not answer in time."
        await look_again(desk)
    assert pauses == [5, 10, 20, 40, 60, 120, 120]


@pytest.mark.parametrize(("retry_after", "minutes"), [(None, 5), (30, 5), (1800, 30)])
async def test_a_429_is_given_at_least_what_it_asks(
    desk: "Desk", retry_after: float | None, minutes: int
) -> None:
    await desk.add()
    desk.arxiv.refuse("cs.LG", 429, retry_after)
    await desk.papers.poll_due()
    failed = await state(desk)
    assert failed.error == "arXiv is busy and asks to wait."
    assert failed.next_check_at == desk.clock.now() + timedelta(minutes=minutes)


async def test_a_fault_of_ours_in_one_category_stops_no_other(desk: "Desk") -> None:
    await desk.add(categories=("cs.AI", "cs.LG"))
    desk.arxiv.fail("cs.AI", ZeroDivisionError())
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    assert await desk.papers.poll_due() == 1
    failed = await state(desk, "cs.AI")
    assert (failed.outcome, failed.error) == (SourceOutcome.ERROR, "Reading it failed (ZeroDivisionError).")
    assert failed.next_check_at == failed.last_checked_at + FIVE_MINUTES  # type: ignore[operator]


@pytest.mark.changes_schema
async def test_a_list_that_cannot_be_stored_stops_no_other(desk: "Desk") -> None:
    await desk.add(categories=("cs.AI", "cs.LG"))
    async with desk.db.write() as tx:
        await tx.execute(text("CREATE UNIQUE INDEX one_a_month ON papers (substr(id, 1, 4))"))
    desk.arxiv.serve("cs.AI", Item("2601.00009"), Item("2601.00010"))
    desk.arxiv.serve("cs.LG", Item("2602.00001"))
    assert await desk.papers.poll_due() == 1
    failed = await state(desk, "cs.AI")
    assert failed.outcome is SourceOutcome.ERROR
    assert failed.error == "Reading it failed (IntegrityError)."
    assert (await state(desk)).outcome is SourceOutcome.NEWS


async def test_only_what_was_never_read_is_read_at_once(desk: "Desk") -> None:
    await desk.add()
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    desk.arxiv.serve("cs.AI", Item("2601.00002"))
    await desk.papers.poll_due()
    desk.clock.advance(days=2)  # long due
    await desk.papers.read_now(["cs.LG", "cs.AI"])
    assert [request.category for request in desk.arxiv.requests] == ["cs.LG", "cs.AI"]
    await desk.papers.read_now(["cs.LG", "cs.AI"])
    assert len(desk.arxiv.requests) == 2


async def test_what_failed_is_not_asked_again_because_somebody_waits(desk: "Desk") -> None:
    desk.arxiv.refuse("cs.LG", 429, 3600)
    await desk.papers.read_now(["cs.LG"])
    await desk.papers.read_now(["cs.LG"])
    desk.clock.advance(minutes=30)
    await desk.papers.read_now(["cs.LG"])
    assert len(desk.arxiv.requests) == 1


async def test_nobody_waits_for_nothing(desk: "Desk") -> None:
    await desk.papers.read_now([])
    assert await desk.papers.states([]) == {}
    assert desk.clock.waited == []
