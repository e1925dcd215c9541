"""Whoever deletes their data leaves the threads of their meetings in Discord as well, and no id of theirs stays."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from bot.delivery.outbox import Outbox
from bot.domain.buddies.values import GroupWish
from bot.domain.meetings.values import Meeting
from bot.domain.outbox import Sent
from bot.services.members import MemberService
from bot.storage.engine import Database
from bot.storage.tables import metadata
from tests.support.buddies import SERVER, Desk, make_desk
from tests.support.clock import FakeClock
from tests.support.fakes import FakeSender, Fault, Post, Room

ADA, BEN, CAI = 772_000_000_000_000_001, 773_000_000_000_000_002, 774_000_000_000_000_003


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return make_desk(db, clock)


@pytest.fixture
def sender(clock: FakeClock) -> FakeSender:
    return FakeSender(clock)


def members(desk: Desk, sender: FakeSender) -> MemberService:
    async def take_out(thread_id: int, member_id: int) -> bool:
        payload = json.dumps({"user_id": str(member_id)})
        return isinstance(await sender.seat(thread_id, payload, there=False), Sent)

    leaving = desk.buddies.profiles.leave_everywhere
    return MemberService(desk.db, desk.clock, leaving=leaving, take_out=take_out)


async def deliver(desk: Desk, sender: FakeSender) -> None:
    await Outbox(desk.db, desk.clock, sender, owner="first").deliver_due()


async def work(desk: Desk, sender: FakeSender) -> None:
    for _ in range(3):
        await desk.buddies.rounds.run_due()
        await desk.buddies.tend_due()
        await deliver(desk, sender)


async def round_of(desk: Desk, *member_ids: int) -> Meeting:
    await desk.switch_on()
    await desk.add(*member_ids, group=GroupWish.TRIO if len(member_ids) == 3 else GroupWish.PAIR)
    (meeting,) = await desk.round()
    return meeting


async def room_of(desk: Desk, sender: FakeSender, *member_ids: int) -> Room:
    """Bring some together; return the thread in which they sit."""
    await round_of(desk, *member_ids)
    await work(desk, sender)
    (room,) = sender.rooms
    assert room.members == set(member_ids)
    return room


async def holds(db: Database, member_id: int) -> list[str]:
    """Return the tables in which somebody's id stands."""
    found = []
    async with db.read() as tx:
        for table in metadata.tables.values():
            rows = (await tx.execute(select(table))).all()
            found += [table.name for row in rows if str(member_id) in repr(tuple(row))]
    return found


@pytest.mark.parametrize("people", [(ADA, BEN), (ADA, BEN, CAI)], ids=["pair", "trio"])
async def test_who_deletes_their_data_is_out_of_the_thread_at_once(
    desk: Desk, sender: FakeSender, people: tuple[int, ...]
) -> None:
    room = await room_of(desk, sender, *people)
    assert await holds(desk.db, ADA)
    deleted = await members(desk, sender).delete(ADA)
    assert (room.members, deleted.still_in) == (set(people) - {ADA}, ())
    assert await holds(desk.db, ADA) == []
    await work(desk, sender)
    assert room.members == set(people) - {ADA}


async def test_where_discord_refuses_they_are_told_which_thread_it_is(desk: Desk, sender: FakeSender) -> None:
    room = await room_of(desk, sender, ADA, BEN, CAI)
    sender.post_faults = deque([Fault.REFUSED])
    deleted = await members(desk, sender).delete(ADA)
    assert deleted.still_in == (room.id,)
    assert ADA in room.members
    assert await holds(desk.db, ADA) == []


async def test_a_discord_that_is_silent_holds_up_no_deletion(
    desk: Desk, sender: FakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await room_of(desk, sender, ADA, BEN)

    async def silent(_thread_id: int, _member_id: int) -> bool:
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr("bot.services.members.TAKE_OUT_WITHIN_S", 0.01)
    leaving = desk.buddies.profiles.leave_everywhere
    service = MemberService(desk.db, desk.clock, leaving=leaving, take_out=silent)
    assert (await service.delete(ADA)).still_in == (room.id,)
    assert await holds(desk.db, ADA) == []


async def test_what_was_still_to_be_done_since_they_left_is_done_as_well(
    desk: Desk, sender: FakeSender
) -> None:
    room = await room_of(desk, sender, ADA, BEN, CAI)
    await desk.buddies.profiles.leave(SERVER, ADA)
    sender.online = False
    await deliver(desk, sender)
    assert ADA in room.members
    assert (await members(desk, sender).delete(ADA)).still_in == ()
    assert ADA not in room.members
    assert await holds(desk.db, ADA) == []


async def test_a_process_that_dies_in_between_leaves_it_to_the_outbox(desk: Desk, sender: FakeSender) -> None:
    room = await room_of(desk, sender, ADA, BEN, CAI)

    async def die(_thread_id: int, _member_id: int) -> bool:
        raise asyncio.CancelledError

    leaving = desk.buddies.profiles.leave_everywhere
    with pytest.raises(asyncio.CancelledError):
        await MemberService(desk.db, desk.clock, leaving=leaving, take_out=die).delete(ADA)
    await deliver(desk, sender)
    assert ADA not in room.members
    await members(desk, sender).delete(ADA)
    assert await holds(desk.db, ADA) == []


async def test_who_is_being_let_in_at_that_moment_is_taken_out_again(desk: Desk, sender: FakeSender) -> None:
    await round_of(desk, ADA, BEN)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    class Slow(FakeSender):
        async def seat(self, thread_id: int, payload: str, *, there: bool) -> Sent:
            if there and str(ADA) in payload:
                arrived.set()
                await go_on.wait()
            outcome = await super().seat(thread_id, payload, there=there)
            assert isinstance(outcome, Sent)
            return outcome

    slow = Slow(desk.clock)
    delivering = asyncio.create_task(deliver(desk, slow))
    await arrived.wait()
    await members(desk, slow).delete(ADA)
    go_on.set()
    await delivering
    (room,) = slow.rooms
    assert ADA not in room.members


# --- Leaving without deleting anything --------------------------------------------------------------------


async def _leave(desk: Desk) -> None:
    await desk.buddies.profiles.leave(SERVER, ADA)


async def _block(desk: Desk) -> None:
    await desk.buddies.safety.block(ADA, BEN)


@pytest.mark.parametrize("way", [_leave, _block], ids=["leaves", "blocks"])
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.REFUSED, Fault.LOST_BEFORE, Fault.LOST_AFTER])
async def test_who_was_not_let_in_yet_is_not_let_in_any_more(
    desk: Desk, sender: FakeSender, fault: Fault, way: Callable[[Desk], Awaitable[None]]
) -> None:
    """A seat that waits, or of which nobody knows whether it was taken, does not come after its removal."""
    await round_of(desk, ADA, BEN, CAI)

    def refuse(request: Post) -> None:
        if request.payload == json.dumps({"user_id": str(ADA)}, separators=(",", ":")):
            sender.post_faults.append(fault)
            sender.before_post = lambda _request: None

    sender.before_post = refuse
    await deliver(desk, sender)
    await way(desk)
    for _ in range(8):
        await deliver(desk, sender)
        desk.clock.advance(minutes=6)
    (room,) = sender.rooms
    assert room.members == {BEN, CAI}
