"""Live rounds: who plays, what they chose, and which round is due to move on."""

from collections.abc import Collection, Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import FeedKind, FeedPlan, Style
from bot.domain.outbox import State as Sending
from bot.domain.quizzes.live import (
    RUNNING,
    Player,
    Round,
    State,
    StoredAnswer,
    progress_from,
    settings_from,
    to_json,
)
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.storage import feeds, sql
from bot.storage.tables import feeds as feed_table
from bot.storage.tables import live_answers, live_players, live_rounds, members, outbox, servers


async def own_feed(tx: AsyncConnection, server_id: int, now: datetime) -> int:
    """Return the feed with which a server's live rounds are posted; no list shows it, and its number is 0."""
    feed_id = await _feed(tx, server_id)
    if feed_id is not None:
        return feed_id
    await sql.insert_new(tx, servers, [{"id": server_id}])
    await tx.execute(select(servers.c.id).where(servers.c.id == server_id).with_for_update())
    feed_id = await _feed(tx, server_id)  # another round may have begun while we waited
    if feed_id is not None:
        return feed_id
    plan = FeedPlan(
        server_id, 0, (), "", Style.EACH, 1, Schedule(time(), "UTC", EVERY_DAY), kind=FeedKind.LIVE
    )
    return await feeds.add(tx, plan, number=0, created_by=0, now=now, since=now, slot_at=now)


async def _feed(tx: AsyncConnection, server_id: int) -> int | None:
    found: int | None = await tx.scalar(
        select(feed_table.c.id).where(feed_table.c.server_id == server_id, feed_table.c.kind == FeedKind.LIVE)
    )
    return found


async def add(tx: AsyncConnection, round_: Round) -> int:
    """Store a new round and return its id."""
    await sql.insert_new(tx, servers, [{"id": round_.server_id}])
    added = await tx.scalar(live_rounds.insert().values(**_columns(round_)).returning(live_rounds.c.id))
    assert isinstance(added, int)
    return added


async def save(tx: AsyncConnection, round_: Round, *, finished_at: datetime | None = None) -> None:
    """Write down where a round stands."""
    await tx.execute(
        update(live_rounds)
        .where(live_rounds.c.id == round_.id)
        .values(**_columns(round_), finished_at=finished_at)
    )


async def by_id(tx: AsyncConnection, round_id: int, *, lock: bool = False) -> Round | None:
    """Return a round; locked, what two people do with it comes one after the other."""
    wanted = select(live_rounds).where(live_rounds.c.id == round_id)
    row = (await tx.execute(wanted.with_for_update() if lock else wanted)).first()
    return _round(row) if row is not None else None


async def shared(tx: AsyncConnection, round_ids: Collection[int]) -> dict[int, Round]:
    """Return rounds so that none of them is moved on before this transaction is over."""
    rows = await tx.execute(
        select(live_rounds)
        .where(live_rounds.c.id.in_(round_ids))
        .order_by(live_rounds.c.id)
        .with_for_update(read=True)
    )
    return {row.id: _round(row) for row in rows}


async def running_in(tx: AsyncConnection, channel_id: int) -> Round | None:
    """Return the round that is under way in a channel."""
    row = (
        await tx.execute(
            select(live_rounds).where(
                live_rounds.c.channel_id == channel_id,
                live_rounds.c.state.in_(RUNNING),
                live_rounds.c.next_at.is_not(None),
            )
        )
    ).first()
    return _round(row) if row is not None else None


async def due(tx: AsyncConnection, now: datetime, limit: int) -> list[int]:
    """Return rounds that are due to move on, the longest waiting first."""
    rows = await tx.scalars(
        select(live_rounds.c.id)
        .where(live_rounds.c.next_at <= now)
        .order_by(live_rounds.c.next_at, live_rounds.c.id)
        .limit(limit)
    )
    return list(rows)


async def claim_due(tx: AsyncConnection, round_id: int, now: datetime) -> Round | None:
    """Lock a round if it is still due and no other process has it."""
    row = (
        await tx.execute(
            sql.claimable(
                select(live_rounds).where(live_rounds.c.id == round_id, live_rounds.c.next_at <= now)
            )
        )
    ).first()
    return _round(row) if row is not None else None


async def next_due(tx: AsyncConnection) -> datetime | None:
    """Return when the next round moves on."""
    moment: datetime | None = await tx.scalar(select(func.min(live_rounds.c.next_at)))
    return moment


async def recent_questions(tx: AsyncConnection, server_id: int, rounds: int) -> set[str]:
    """Return the questions of a server's last rounds."""
    rows = await tx.scalars(
        select(live_rounds.c.questions)
        .where(live_rounds.c.server_id == server_id, live_rounds.c.state != State.DRAFT)
        .order_by(live_rounds.c.created_at.desc())
        .limit(rounds)
    )
    return {question for questions in rows for question in questions}


async def join(tx: AsyncConnection, pairs: Collection[tuple[int, int]], now: datetime) -> None:
    """Let members play in rounds; whoever does already goes on doing so."""
    ids = sorted({member_id for _, member_id in pairs})
    await sql.insert_new(tx, members, [{"id": member_id} for member_id in ids])
    rows = [
        {"round_id": round_id, "member_id": member_id, "joined_at": now}
        for round_id, member_id in sorted(pairs)
    ]
    await sql.insert_new(tx, live_players, rows)


async def players(tx: AsyncConnection, round_id: int) -> list[Player]:
    """Return who plays, in the order in which they joined."""
    rows = await tx.execute(
        select(live_players)
        .where(live_players.c.round_id == round_id)
        .order_by(live_players.c.joined_at, live_players.c.member_id)
    )
    return [Player(row.member_id, row.points, row.right, row.joined_at) for row in rows]


async def answers_of(
    tx: AsyncConnection, keys: Collection[tuple[int, int, int]]
) -> dict[tuple[int, int, int], tuple[Any, datetime]]:
    """Return what was chosen, and when, by round, position and member."""
    key = (live_answers.c.round_id, live_answers.c.position, live_answers.c.member_id)
    rows = await tx.execute(
        select(*key, live_answers.c.answer, live_answers.c.answered_at).where(tuple_(*key).in_(sorted(keys)))
    )
    return {(row.round_id, row.position, row.member_id): (row.answer, row.answered_at) for row in rows}


async def put_answers(
    tx: AsyncConnection, chosen: Mapping[tuple[int, int, int], tuple[Any, datetime]]
) -> None:
    """Write down what was chosen, in the place of what was chosen before."""
    rows = [
        {"round_id": key[0], "position": key[1], "member_id": key[2], "answer": answer, "answered_at": at}
        for key, (answer, at) in sorted(chosen.items(), key=lambda each: each[0])
    ]
    await sql.upsert_all(tx, live_answers, rows, ("answer", "answered_at"))


async def answers(tx: AsyncConnection, round_id: int, position: int) -> list[StoredAnswer]:
    """Return the answers to a question, in the order in which they were given."""
    rows = await tx.execute(
        select(live_answers)
        .where(live_answers.c.round_id == round_id, live_answers.c.position == position)
        .order_by(live_answers.c.answered_at, live_answers.c.member_id)
    )
    return [_answer(row) for row in rows]


async def count_answers(tx: AsyncConnection, round_id: int, position: int) -> int:
    """Return how many have answered a question."""
    found: int | None = await tx.scalar(
        select(func.count())
        .select_from(live_answers)
        .where(live_answers.c.round_id == round_id, live_answers.c.position == position)
    )
    return found or 0


async def of_member(tx: AsyncConnection, round_id: int, member_id: int) -> list[StoredAnswer]:
    """Return a player's answers in a round, in order."""
    rows = await tx.execute(
        select(live_answers)
        .where(live_answers.c.round_id == round_id, live_answers.c.member_id == member_id)
        .order_by(live_answers.c.position)
    )
    return [_answer(row) for row in rows]


async def give_points(
    tx: AsyncConnection, round_id: int, position: int, points: Mapping[int, tuple[int, bool]]
) -> None:
    """Write down what the answers to a question were worth, and whether each was right."""
    if not points:
        return
    member: BindParameter[int] = bindparam("of_member")
    gained: BindParameter[int] = bindparam("gained")
    right: BindParameter[int] = bindparam("was_right")
    rows = [
        {"of_member": member_id, "gained": worth, "was_right": int(was_right)}
        for member_id, (worth, was_right) in sorted(points.items())
    ]
    answer, player = live_answers.c, live_players.c
    await tx.execute(
        update(live_answers)
        .where(answer.round_id == round_id, answer.position == position, answer.member_id == member)
        .values(points=gained),
        [{"of_member": row["of_member"], "gained": row["gained"]} for row in rows],
    )
    await tx.execute(
        update(live_players)
        .where(player.round_id == round_id, player.member_id == member)
        .values(points=player.points + gained, right=player.right + right),
        rows,
    )


async def drop_waiting(tx: AsyncConnection, round_: Round) -> None:
    """Forget the messages of a round that have not arrived: later they would be out of place."""
    feed_id = await _feed(tx, round_.server_id)
    own = (outbox.c.feed_id == feed_id) & (outbox.c.stream == stream(round_.id))
    await tx.execute(
        delete(outbox).where(
            outbox.c.feed_id == feed_id,
            or_(own, outbox.c.anchor_id.in_(select(outbox.c.id).where(own))),
            outbox.c.state != Sending.SENT,
        )
    )


async def purge_drafts(tx: AsyncConnection, before: datetime) -> int:
    """Forget rounds that were never started."""
    result = await tx.execute(
        delete(live_rounds).where(live_rounds.c.state == State.DRAFT, live_rounds.c.created_at < before)
    )
    return result.rowcount


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete who played and chose what in rounds that ended before `before`; return how many choices."""
    old = select(live_rounds.c.id).where(live_rounds.c.finished_at < before)
    await tx.execute(delete(live_players).where(live_players.c.round_id.in_(old)))
    return (await tx.execute(delete(live_answers).where(live_answers.c.round_id.in_(old)))).rowcount


def _columns(round_: Round) -> dict[str, Any]:
    return {
        "server_id": round_.server_id,
        "channel_id": round_.channel_id,
        "host_id": round_.host_id,
        "settings": to_json(round_),
        "questions": list(round_.questions),
        "position": round_.position,
        "state": round_.state,
        "asked_at": round_.asked_at,
        "next_at": round_.next_at,
        "created_at": round_.created_at,
    }


def _round(row: Row[Any]) -> Round:
    return Round(
        id=row.id,
        server_id=row.server_id,
        channel_id=row.channel_id,
        host_id=row.host_id,
        settings=settings_from(row.settings),
        questions=tuple(row.questions),
        position=row.position,
        state=State(row.state),
        asked_at=row.asked_at,
        next_at=row.next_at,
        created_at=row.created_at,
        **progress_from(row.settings),
    )


def _answer(row: Row[Any]) -> StoredAnswer:
    return StoredAnswer(row.member_id, row.position, row.answer, row.answered_at, row.points)


def stream(round_id: int) -> str:
    """Return the outbox's stream of a round: its messages come one after the other."""
    return f"live:{round_id}"
