"""The outbox, one thing going wrong at a time."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.delivery.outbox import AT_ONCE, Outbox
from bot.domain.digests import NoticeRenderer, Rendered
from bot.domain.feeds import Feed
from bot.domain.outbox import Busy, Entry, Refused, Sent, State, Unknown
from bot.storage import outbox as rows
from bot.storage.engine import Database
from bot.storage.tables import outbox as table
from tests.support.clock import FakeClock
from tests.support.fakes import FakeSender, Fault, Post, add_digest, add_feed, plan

SLOT = datetime(2026, 1, 1, 9, tzinfo=UTC)
HERE = 100


@dataclass
class Office:
    """An outbox, the channels it posts to, and a clock."""

    db: Database
    clock: FakeClock
    sender: FakeSender
    owner: int = 0

    def outbox(
        self,
        *,
        render_notice: NoticeRenderer | None = None,
        attempt_limit: timedelta = timedelta(seconds=60),
    ) -> Outbox:
        """A process of its own."""
        self.owner += 1
        return Outbox(
            self.db,
            self.clock,
            self.sender,
            owner=f"process {self.owner}",
            render_notice=render_notice,
            attempt_limit=attempt_limit,
        )

    async def feed(self, *, server_id: int = 1, channel_id: int = HERE) -> int:
        return await add_feed(self.db, plan(server_id=server_id, channel_id=channel_id), SLOT)

    async def digest(self, *, channel_id: int = HERE, parts: int = 1) -> list[str]:
        """A feed with a digest that is due; the last line of each of its messages."""
        feed_id = await self.feed(channel_id=channel_id)
        return await add_digest(self.db, feed_id, SLOT, channel_id=channel_id, parts=parts)

    async def entries(self) -> list[Entry]:
        async with self.db.read() as tx:
            return [rows.entry_of(row) for row in await tx.execute(select(table).order_by(table.c.id))]

    async def entry(self) -> Entry:
        (entry,) = await self.entries()
        return entry

    async def restart(self) -> Outbox:
        """The process is gone; another one takes over, as `bot.app` does on SQLite."""
        async with self.db.write() as tx:
            await rows.release_all(tx)
        return self.outbox()

    async def crash_after_claim(self) -> None:
        """A process claims what is due and is gone before it does anything."""
        async with self.db.write() as tx:
            assert await rows.claim_due(
                tx, self.clock.now(), owner="gone", lease=timedelta(seconds=90), limit=AT_ONCE
            )

    async def crash_after_post(self) -> None:
        """A process posts what is due and is gone before it writes that down."""
        async with self.db.write() as tx:
            claimed = await rows.claim_due(
                tx, self.clock.now(), owner="gone", lease=timedelta(seconds=90), limit=AT_ONCE
            )
        for entry in claimed:
            assert isinstance(await self.sender.post(entry.channel_id, entry.payload, entry.nonce), Sent)


@pytest.fixture
def office(db: Database, clock: FakeClock) -> Office:
    clock.set(SLOT)
    return Office(db, clock, FakeSender(clock))


# --- When all goes well -----------------------------------------------------------------------------


async def test_a_digest_arrives_in_order(office: Office) -> None:
    lines = await office.digest(parts=3)
    outbox = office.outbox()
    assert await outbox.deliver_due() == 3
    assert office.sender.lines(HERE) == lines
    assert await outbox.deliver_due() == 0
    assert len(office.sender.posts) == 3
    entries = await office.entries()
    assert [entry.message_id for entry in entries] == [message.id for message in office.sender.messages]
    assert {entry.state for entry in entries} == {State.SENT}
    assert [post.payload for post in office.sender.posts] == [entry.payload for entry in entries]


async def test_nothing_goes_out_before_its_time(office: Office) -> None:
    await office.digest()
    office.clock.set(SLOT - timedelta(seconds=1))
    assert await office.outbox().deliver_due() == 0
    assert office.sender.posts == []


async def test_nothing_is_claimed_while_discord_is_away(office: Office) -> None:
    await office.digest()
    office.sender.online = False
    assert await office.outbox().deliver_due() == 0
    assert (await office.entry()).state is State.PENDING
    office.sender.online = True
    assert await office.outbox().deliver_due() == 1


async def test_two_processes_share_the_work(office: Office) -> None:
    lines = [line for _ in range(20) for line in await office.digest()]
    arrived = await asyncio.gather(*(office.outbox().deliver_due() for _ in range(3)))
    assert sum(arrived) == 20
    assert sorted(office.sender.lines(HERE)) == sorted(lines)
    assert len(office.sender.posts) == 20


# --- Answers that are lost --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.RAISES_BEFORE, Fault.RAISES_AFTER]
)
async def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_nonce(
    office: Office, fault: Fault
) -> None:
    lines = await office.digest(parts=2)
    office.sender.post_faults.append(fault)
    outbox = office.outbox()
    assert await outbox.deliver_due() == 0
    first = (await office.entries())[0]
    assert (first.state, first.first_attempt_at) == (State.SENDING, SLOT)
    assert first.reason
    office.clock.advance(seconds=1)
    assert await outbox.deliver_due() == 0
    assert len(office.sender.posts) == 1
    office.clock.advance(seconds=1)
    assert await outbox.deliver_due() == 2
    assert office.sender.lines(HERE) == lines
    assert office.sender.posts[0].nonce == office.sender.posts[1].nonce
    assert office.sender.looks == []
    assert (await office.entries())[0].message_id == office.sender.messages[0].id


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
async def test_after_a_minute_without_an_answer_it_looks(office: Office, fault: Fault) -> None:
    lines = await office.digest()
    outbox = office.outbox()
    office.sender.post_faults.extend([fault] * 20)
    for _ in range(70):
        await outbox.deliver_due()
        office.clock.advance(seconds=1)
    posts = [(post.at - SLOT).total_seconds() for post in office.sender.posts]
    if fault is Fault.LOST_AFTER:
        assert posts == pytest.approx([0, 2, 7, 17, 37], abs=1)
    assert max(posts[:5]) < 60
    assert len(office.sender.looks) == 1
    office.sender.post_faults.clear()
    office.clock.advance(hours=1)
    await outbox.deliver_due()
    assert office.sender.lines(HERE) == lines
    assert len({post.payload for post in office.sender.posts}) == 1
    assert len({post.nonce for post in office.sender.posts}) == 1
    assert (await office.entry()).state is State.SENT


async def test_a_message_is_looked_for_from_when_the_attempt_began(office: Office) -> None:
    # It stood in the channel at once, and a minute later nobody had answered: a search from the moment
    # of giving up would pass it over.
    lines = await office.digest()
    office.sender.post_faults.append(Fault.LOST_AFTER)
    office.sender.after_post = lambda _post: void(office.clock.advance(seconds=59))
    await office.outbox().deliver_due()
    assert (await office.entry()).first_attempt_at == SLOT
    office.sender.after_post = void
    office.clock.advance(hours=1)
    assert await (await office.restart()).deliver_due() == 1
    assert office.sender.lines(HERE) == lines


async def test_a_look_that_gets_no_answer_is_repeated(office: Office) -> None:
    lines = await office.digest()
    await office.crash_after_post()
    office.clock.advance(minutes=10)
    faults = [Fault.LOST_BEFORE, Fault.RAISES_BEFORE, Fault.BUSY]
    office.sender.look_faults.extend(faults)
    outbox = office.outbox()
    for _ in faults:
        assert await outbox.deliver_due() == 0
        assert (await office.entry()).first_attempt_at == SLOT
        office.clock.advance(seconds=30)
    assert await outbox.deliver_due() == 1
    assert office.sender.lines(HERE) == lines


async def test_an_attempt_without_end_is_given_up(office: Office) -> None:
    class Mute(FakeSender):
        async def post(self, channel_id: int, payload: str, nonce: str) -> Sent | Refused | Busy | Unknown:
            await super().post(channel_id, payload, nonce)
            await asyncio.Event().wait()
            raise AssertionError

    lines = await office.digest()
    channels = office.sender
    office.sender = mute = Mute(office.clock)
    mute.messages, mute._nonces = channels.messages, channels._nonces
    assert await office.outbox(attempt_limit=timedelta(milliseconds=10)).deliver_due() == 0
    assert (await office.entry()).reason == "Discord did not answer in time."
    office.sender = channels
    office.clock.advance(seconds=2)
    assert await office.outbox().deliver_due() == 1
    assert office.sender.lines(HERE) == lines


# --- Processes that die -----------------------------------------------------------------------------


async def test_a_death_before_the_post(office: Office) -> None:
    for channel_id, seconds in enumerate((0, 1, 59, 60, 61, 3600, 7 * 86400)):
        office.sender.looks.clear()
        lines = await office.digest(channel_id=channel_id, parts=2)
        await office.crash_after_claim()
        office.clock.advance(seconds=seconds)
        assert await (await office.restart()).deliver_due() == 2
        assert office.sender.lines(channel_id) == lines
        assert len(office.sender.looks) == (seconds >= 60)


async def test_a_death_after_the_post(office: Office) -> None:
    for channel_id, seconds in enumerate((0, 1, 59, 60, 61, 3600, 7 * 86400)):
        office.sender.looks.clear()
        lines = await office.digest(channel_id=channel_id, parts=2)
        await office.crash_after_post()
        office.clock.advance(seconds=seconds)
        assert await (await office.restart()).deliver_due() == 2
        assert office.sender.lines(channel_id) == lines
        assert len(office.sender.looks) == (seconds >= 60)


async def test_another_process_takes_over_when_the_lease_is_over(office: Office) -> None:
    lines = await office.digest(parts=2)
    await office.crash_after_post()
    second = office.outbox()
    office.clock.advance(seconds=89)
    assert await second.deliver_due() == 0
    office.clock.advance(seconds=1)
    assert await second.deliver_due() == 2
    assert office.sender.lines(HERE) == lines


async def test_a_process_that_was_only_slow_writes_nothing_over_its_heir(office: Office) -> None:
    lines = await office.digest()
    answered = asyncio.Event()
    posted = asyncio.Event()

    class Slow(FakeSender):
        async def post(self, channel_id: int, payload: str, nonce: str) -> Sent | Refused | Busy | Unknown:
            outcome = await super().post(channel_id, payload, nonce)
            posted.set()
            await answered.wait()
            return outcome

    office.sender = Slow(office.clock)
    slow = asyncio.create_task(office.outbox().deliver_due())
    await posted.wait()
    office.clock.advance(seconds=91)
    assert await office.outbox().deliver_due() == 1
    settled = await office.entry()
    answered.set()
    assert await slow == 0
    assert await office.entry() == settled
    assert office.sender.lines(HERE) == lines


async def test_a_digest_goes_on_in_the_middle(office: Office) -> None:
    lines = await office.digest(parts=4)
    office.sender.post_faults.extend([None, None, Fault.LOST_AFTER])
    assert await office.outbox().deliver_due() == 2
    office.clock.advance(days=1)
    assert await (await office.restart()).deliver_due() == 2
    assert office.sender.lines(HERE) == lines


async def test_what_was_posted_by_hand_is_no_proof(office: Office) -> None:
    # The same digest in another channel, or another part in this one, is not the message that is missed.
    lines = await office.digest(parts=2)
    other = await office.digest(channel_id=HERE + 1)
    await office.outbox().deliver_due()
    late = await office.digest()
    await office.crash_after_claim()
    office.clock.advance(hours=1)
    assert await (await office.restart()).deliver_due() == 1
    assert office.sender.lines(HERE) == [*lines, *late]
    assert office.sender.lines(HERE + 1) == other


# --- Channels that refuse ---------------------------------------------------------------------------


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_nobody_can_tell_is_held_until_somebody_can(office: Office, arrived: bool) -> None:
    lines = await office.digest(parts=2)
    await (office.crash_after_post() if arrived else office.crash_after_claim())
    office.clock.advance(minutes=10)
    office.sender.hidden.add(HERE)
    outbox = office.outbox()
    for _ in range(5):
        assert await outbox.deliver_due() == 0
        held = (await office.entries())[0]
        assert (held.state, held.reason) == (State.HELD, "I may not read the history.")
        assert held.first_attempt_at == SLOT
        office.clock.advance(hours=3)
    assert len(office.sender.messages) == arrived
    office.sender.hidden.clear()
    assert await outbox.deliver_due() == 2
    assert office.sender.lines(HERE) == lines
    assert (await office.entries())[0].reason is None


async def test_a_refusal_is_held_and_tried_again(office: Office) -> None:
    lines = await office.digest(parts=2)
    office.sender.forbidden.add(HERE)
    outbox = office.outbox()
    assert await outbox.deliver_due() == 0
    held = (await office.entries())[0]
    assert (held.state, held.reason) == (State.HELD, "I may not post in the channel.")
    assert held.first_attempt_at is None  # the answer proves that it is not there
    office.clock.advance(minutes=4, seconds=59)
    await outbox.deliver_due()
    assert len(office.sender.posts) == 1
    for pause in (1, 15 * 60, 3600, 3 * 3600, 3 * 3600):
        office.clock.advance(seconds=pause)
        await outbox.deliver_due()
    assert len(office.sender.posts) == 6
    office.sender.forbidden.clear()
    office.clock.advance(hours=3)
    assert await outbox.deliver_due() == 2
    assert office.sender.lines(HERE) == lines
    assert office.sender.looks == []


async def test_a_refusal_says_nothing_of_an_earlier_attempt(office: Office) -> None:
    # It arrived, the answer was lost, and then the permission went: without a look it would be posted twice.
    lines = await office.digest()
    outbox = office.outbox()
    office.sender.post_faults.append(Fault.LOST_AFTER)
    await outbox.deliver_due()
    office.sender.forbidden.add(HERE)
    office.clock.advance(seconds=2)
    await outbox.deliver_due()
    assert (await office.entry()).state is State.HELD
    office.sender.forbidden.clear()
    office.clock.advance(hours=1)
    assert await outbox.deliver_due() == 1
    assert office.sender.lines(HERE) == lines
    assert len(office.sender.looks) == 1


async def test_a_channel_that_refuses_delays_no_other(office: Office) -> None:
    await office.digest(parts=2)
    office.sender.forbidden.add(HERE)
    others = [line for _ in range(2 * AT_ONCE) for line in await office.digest(channel_id=HERE + 1)]
    assert await office.outbox().deliver_due() == len(others)
    assert office.sender.lines(HERE + 1) == others


async def test_a_pause_that_is_asked_for_is_given(office: Office) -> None:
    lines = await office.digest()
    office.sender.post_faults.append(Fault.BUSY)
    outbox = office.outbox()
    assert await outbox.deliver_due() == 0
    busy = await office.entry()
    assert (busy.state, busy.first_attempt_at) == (State.PENDING, None)
    office.clock.advance(seconds=6.9)
    await outbox.deliver_due()
    assert len(office.sender.posts) == 1
    office.clock.advance(seconds=0.1)
    assert await outbox.deliver_due() == 1
    assert office.sender.lines(HERE) == lines


async def test_a_pause_ends_no_doubt(office: Office) -> None:
    lines = await office.digest()
    office.sender.post_faults.extend([Fault.LOST_AFTER, Fault.BUSY])
    office.sender.busy_for = timedelta(minutes=10)
    outbox = office.outbox()
    await outbox.deliver_due()
    office.clock.advance(seconds=2)
    await outbox.deliver_due()
    assert (await office.entry()).first_attempt_at == SLOT
    office.clock.advance(minutes=10)
    assert await outbox.deliver_due() == 1
    assert office.sender.lines(HERE) == lines


# --- Notices ----------------------------------------------------------------------------------------


def notice(feed: Feed, reason: str, now: datetime) -> Rendered:
    marker = f"-# Notice about feed {feed.number} · {now:%Y-%m-%d %H:%M}"
    return Rendered({"content": f"{reason}\n{marker}"}, marker)


async def test_moderators_are_told_once_that_a_feed_is_stuck(office: Office) -> None:
    office.sender.notice_channels[1] = 7
    office.sender.forbidden.add(HERE)
    lines = await office.digest(parts=2)
    outbox = office.outbox(render_notice=notice)
    for _ in range(4):
        await outbox.deliver_due()
        office.clock.advance(hours=3)
    (told,) = [message for message in office.sender.messages if message.channel_id == 7]
    assert told.lines[0] == "I may not post in the channel."
    office.sender.forbidden.clear()
    await outbox.deliver_due()
    assert office.sender.lines(HERE) == lines
    # Another time is another notice.
    office.clock.advance(hours=1)
    office.sender.forbidden.add(HERE)
    feed_id = (await office.entries())[0].feed_id
    await add_digest(office.db, feed_id, SLOT + timedelta(hours=2))
    await outbox.deliver_due()
    assert len(office.sender.lines(7)) == 2


async def test_no_notice_where_there_is_no_channel_for_it(office: Office) -> None:
    office.sender.forbidden.add(HERE)
    await office.digest()
    await office.outbox(render_notice=notice).deliver_due()
    office.sender.notice_channels[1] = HERE  # the very channel that refuses
    office.clock.advance(hours=1)
    await office.outbox(render_notice=notice).deliver_due()
    assert [entry.stream for entry in await office.entries()] == ["post"]


# --- Stopping ---------------------------------------------------------------------------------------


async def test_stopping_finishes_what_is_under_way_and_claims_nothing_more(office: Office) -> None:
    for _ in range(2 * AT_ONCE):
        await office.digest(parts=2)
    outbox = office.outbox()

    def stop(_post: Post) -> None:
        outbox.stop()

    office.sender.before_post = stop
    assert await outbox.deliver_due() == AT_ONCE
    assert await outbox.deliver_due() == 0
    assert len(office.sender.posts) == AT_ONCE
    assert {entry.state for entry in await office.entries()} == {State.SENT, State.PENDING}
    office.sender.before_post = void
    assert await office.outbox().deliver_due() == 3 * AT_ONCE
    assert len(office.sender.messages) == 4 * AT_ONCE


async def test_what_is_given_back_need_not_wait_for_its_lease(office: Office) -> None:
    lines = await office.digest()
    gone = office.outbox()
    async with office.db.write() as tx:
        await rows.claim_due(tx, SLOT, owner=gone._owner, lease=timedelta(seconds=90), limit=1)
    await gone.release()
    assert await office.outbox().deliver_due() == 1
    assert office.sender.lines(HERE) == lines


def void(_: object) -> None:
    pass
