"""Where members stand, and what they chose about it; and forgetting all of it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.quizzes.rating import Rating
from bot.domain.quizzes.standing import SkillTally, TopicStanding
from bot.storage import members as wishes
from bot.storage import sql
from bot.storage.tables import (
    daily_answers,
    departures,
    live_answers,
    live_players,
    members,
    question_reports,
    quiz_answers,
    quiz_members,
    quiz_ratings,
    quiz_sessions,
    review_cards,
)


async def topics(tx: AsyncConnection, member_id: int) -> list[TopicStanding]:
    """Return a member's ratings."""
    rows = await tx.execute(
        select(quiz_ratings).where(quiz_ratings.c.member_id == member_id).order_by(quiz_ratings.c.topic)
    )
    return [TopicStanding(row.topic, Rating(row.mu, row.sigma), row.answers, row.right) for row in rows]


async def tallies(tx: AsyncConnection, member_id: int, since: datetime) -> list[SkillTally]:
    """Return how a member's answers since then went, by skill."""
    right = func.sum(case((quiz_answers.c.correct, 1), else_=0))
    rows = await tx.execute(
        select(quiz_answers.c.skill, func.count().label("answers"), right.label("right_answers"))
        .where(quiz_answers.c.member_id == member_id, quiz_answers.c.answered_at >= since)
        .group_by(quiz_answers.c.skill)
    )
    return [SkillTally(row.skill, row.answers, int(row.right_answers)) for row in rows]


async def moments(tx: AsyncConnection, member_id: int) -> list[datetime]:
    """Return when a member answered, as far back as answers are kept."""
    return list(
        await tx.scalars(select(quiz_answers.c.answered_at).where(quiz_answers.c.member_id == member_id))
    )


async def scores(
    tx: AsyncConnection, server_id: int, since: datetime | None, areas: Collection[str] = ()
) -> list[tuple[int, int, int]]:
    """Return (member, points, right answers) of a server.

    Without those who hid themselves, who have no points, or who were found to have left since they last answered there.
    """
    points = func.sum(quiz_answers.c.points)
    right = func.sum(case((quiz_answers.c.correct, 1), else_=0))
    hidden = select(quiz_members.c.member_id).where(quiz_members.c.hidden)
    unseen = select(members.c.id).where(members.c.visible.is_(False))
    last = quiz_answers.alias("last")
    back = exists().where(
        last.c.server_id == server_id,
        last.c.member_id == departures.c.member_id,
        last.c.answered_at > departures.c.left_at,
    )
    gone = select(departures.c.member_id).where(departures.c.server_id == server_id, ~back)
    wanted = [
        quiz_answers.c.server_id == server_id,
        quiz_answers.c.member_id.not_in(gone),
        quiz_answers.c.member_id.not_in(hidden),
        quiz_answers.c.member_id.not_in(unseen),
    ]
    if since is not None:
        wanted.append(quiz_answers.c.answered_at >= since)
    if areas:
        wanted.append(or_(quiz_answers.c.topic.in_(areas), quiz_answers.c.skill.in_(areas)))
    rows = await tx.execute(
        select(quiz_answers.c.member_id, points.label("gained"), right.label("right_answers"))
        .where(*wanted)
        .group_by(quiz_answers.c.member_id)
        .having(points > 0)
    )
    return [(row.member_id, int(row.gained), int(row.right_answers)) for row in rows]


async def is_hidden(tx: AsyncConnection, member_id: int) -> bool:
    """Whether a member asked to be on no leaderboard, or in no list at all."""
    return member_id in await hidden_among(tx, [member_id])


async def hidden_among(tx: AsyncConnection, member_ids: Sequence[int]) -> set[int]:
    """Return those of some members whose names are shown to nobody: here, or in no list as they set in `/me`."""
    hidden: set[int] = set()
    for start in range(0, len(member_ids), sql.CHUNK):
        some = member_ids[start : start + sql.CHUNK]
        hidden |= await wishes.hidden(tx, some)
        hidden |= set(
            await tx.scalars(
                select(quiz_members.c.member_id).where(
                    quiz_members.c.hidden, quiz_members.c.member_id.in_(some)
                )
            )
        )
    return hidden


async def set_hidden(tx: AsyncConnection, member_id: int, *, hidden: bool) -> None:
    """Hide a member from every leaderboard, or show them again."""
    await sql.insert_new(tx, members, [{"id": member_id}])
    await sql.upsert(tx, quiz_members, {"member_id": member_id, "hidden": hidden}, ["hidden"])


async def forget(tx: AsyncConnection, member_id: int) -> int:
    """Delete all that quizzes keep of a member; returns how many answers there were.

    The statistics of questions stay: they are sums over everybody, and nobody can be told from them.
    """
    count = await tx.scalar(
        select(func.count()).select_from(quiz_answers).where(quiz_answers.c.member_id == member_id)
    )
    for table in (
        quiz_answers,
        review_cards,
        quiz_ratings,
        quiz_sessions,
        quiz_members,
        daily_answers,
        live_answers,
        live_players,
        question_reports,
    ):
        await tx.execute(delete(table).where(table.c.member_id == member_id))
    return count or 0


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete the answers given before `before`; return how many."""
    result = await tx.execute(delete(quiz_answers).where(quiz_answers.c.answered_at < before))
    return result.rowcount
