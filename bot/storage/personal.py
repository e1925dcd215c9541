"""Every place in which a person's id is kept, what it is for, and what becomes of it when they want it gone.

A test looks at the tables and fails for a column that could hold an id of a person and is not listed here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, Text, cast, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import State
from bot.storage.tables import (
    buddy_blocks,
    buddy_profiles,
    buddy_requests,
    buddy_seats,
    daily_answers,
    departures,
    event_reminders,
    feeds,
    live_answers,
    live_players,
    live_rounds,
    member_skills,
    members,
    outbox,
    paper_votes,
    question_reports,
    quiz_answers,
    quiz_members,
    quiz_ratings,
    quiz_sessions,
    review_cards,
    role_links,
    saved_papers,
    server_careers,
    server_questions,
    setting_changes,
    setting_drafts,
)


class Rule(StrEnum):
    """What happens to a row when the person wants their data gone."""

    DELETE = "delete"  # it is about them
    ANONYMISE = "anonymise"  # it is about the server, which keeps it; who did it is forgotten


@dataclass(frozen=True, slots=True)
class Personal:
    """One column that holds a person's id."""

    column: Column[Any]
    rule: Rule
    words: str  # what it is, for `/me show` and the privacy page: "saved papers"
    server: Column[Any] | None = None  # the server to which the row belongs, where it belongs to one
    nobody: int | None = None  # what an anonymised column holds
    exported: tuple[str, ...] = ()  # columns that a person is given of it
    theirs: bool = (
        False  # it goes with the person when they leave the server, which is only where they did it
    )

    @property
    def table(self) -> Table:
        """The table it is in."""
        return self.column.table


PERSONAL: Final[tuple[Personal, ...]] = (
    Personal(
        saved_papers.c.member_id,
        Rule.DELETE,
        "papers on your reading list",
        saved_papers.c.server_id,
        exported=("paper_id", "server_id", "saved_at"),
        theirs=True,
    ),
    Personal(
        paper_votes.c.member_id,
        Rule.DELETE,
        "papers you found useful",
        paper_votes.c.server_id,
        exported=("paper_id", "server_id", "voted_at"),
    ),
    Personal(
        event_reminders.c.member_id,
        Rule.DELETE,
        "reminders of events",
        event_reminders.c.server_id,
        exported=("event_id", "server_id", "lead_s", "by_dm", "due_at", "is_done", "created_at"),
    ),
    Personal(
        member_skills.c.member_id,
        Rule.DELETE,
        "skills you asked me to keep",
        exported=("skill", "grasp", "kept_at"),
    ),
    Personal(
        feeds.c.member_id,
        Rule.DELETE,
        "subscriptions by direct message, with what I sent you",
        exported=("number", "kind", "query", "options", "time", "zone", "days", "state", "created_at"),
    ),
    Personal(
        departures.c.member_id,
        Rule.DELETE,
        "servers that you left",
        departures.c.server_id,
        exported=("server_id", "left_at"),
    ),
    Personal(
        setting_drafts.c.by,
        Rule.DELETE,
        "set-ups you began as a moderator",
        setting_drafts.c.server_id,
        exported=("server_id", "kind", "updated_at"),
    ),
    Personal(
        quiz_answers.c.member_id,
        Rule.DELETE,
        "answers to questions",
        quiz_answers.c.server_id,
        exported=(
            "question_id",
            "server_id",
            "mode",
            "topic",
            "skill",
            "correct",
            "score",
            "points",
            "answered_at",
        ),
        theirs=True,
    ),
    Personal(
        review_cards.c.member_id,
        Rule.DELETE,
        "questions to review",
        exported=("question_id", "due_at", "reviewed_at", "stability", "difficulty", "lapses"),
    ),
    Personal(
        quiz_ratings.c.member_id,
        Rule.DELETE,
        "topics with your level in them",
        exported=("topic", "mu", "sigma", "answers", "right", "rated_at"),
    ),
    Personal(
        quiz_sessions.c.member_id,
        Rule.DELETE,
        "rounds of questions on your own",
        quiz_sessions.c.server_id,
        exported=("server_id", "mode", "wanted", "questions", "outcomes", "started_at", "finished_at"),
        theirs=True,
    ),
    Personal(
        quiz_members.c.member_id,
        Rule.DELETE,
        "wishes about quizzes: leaderboards and reminders",
        exported=("hidden", "remind_time", "remind_zone", "remind_at"),
    ),
    Personal(
        daily_answers.c.member_id,
        Rule.DELETE,
        "choices in questions of the day",
        exported=("daily_id", "answer", "answered_at"),
    ),
    Personal(
        live_answers.c.member_id,
        Rule.DELETE,
        "choices in live rounds",
        exported=("round_id", "position", "answer", "points", "answered_at"),
    ),
    Personal(
        live_players.c.member_id,
        Rule.DELETE,
        "live rounds you played",
        exported=("round_id", "points", "right", "joined_at"),
    ),
    Personal(
        question_reports.c.member_id,
        Rule.DELETE,
        "questions you reported",
        question_reports.c.server_id,
        exported=("question_id", "server_id", "reason", "created_at"),
    ),
    Personal(
        buddy_profiles.c.member_id,
        Rule.DELETE,
        "profiles for study buddies",
        buddy_profiles.c.server_id,
        exported=(
            "server_id",
            "state",
            "zone",
            "hours",
            "body",
            "paused_until",
            "findable",
            "waited",
            "seeking_until",
            "joined_at",
            "updated_at",
        ),
    ),
    Personal(
        buddy_seats.c.member_id,
        Rule.DELETE,
        "meetings with study buddies",
        exported=("meeting_id", "state", "pressed_at", "votes", "met", "again"),
    ),
    # What came of a question is said to nobody: a no is private to the one who said it.
    Personal(
        buddy_requests.c.asker_id,
        Rule.DELETE,
        "people you asked to be study buddies",
        buddy_requests.c.server_id,
        exported=("server_id", "asked_id", "created_at", "until"),
    ),
    Personal(
        buddy_requests.c.asked_id,
        Rule.DELETE,
        "people who asked you to be study buddies",
        buddy_requests.c.server_id,
        exported=("server_id", "asker_id", "state", "created_at", "until"),
    ),
    Personal(
        buddy_blocks.c.member_id,
        Rule.DELETE,
        "people you blocked",
        exported=("blocked_id", "created_at"),
    ),
    Personal(
        feeds.c.created_by,
        Rule.ANONYMISE,
        "feeds you set up as a moderator",
        feeds.c.server_id,
        nobody=0,
        exported=("server_id", "number", "kind", "created_at"),
    ),
    Personal(
        role_links.c.created_by,
        Rule.ANONYMISE,
        "Discord roles you offered as a moderator",
        role_links.c.server_id,
        nobody=0,
        exported=("server_id", "kind", "target", "created_at"),
    ),
    Personal(
        server_careers.c.created_by,
        Rule.ANONYMISE,
        "roles and links you added as a moderator",
        server_careers.c.server_id,
        nobody=0,
        exported=("server_id", "kind", "definition", "created_at"),
    ),
    Personal(
        setting_changes.c.by,
        Rule.ANONYMISE,
        "changes you made as a moderator",
        setting_changes.c.server_id,
        exported=("server_id", "at", "area", "target"),
    ),
    Personal(
        live_rounds.c.host_id,
        Rule.ANONYMISE,
        "live rounds you hosted",
        live_rounds.c.server_id,
        nobody=0,
        exported=("server_id", "questions", "created_at", "finished_at"),
    ),
    Personal(
        server_questions.c.created_by,
        Rule.ANONYMISE,
        "questions you wrote for a server as a moderator",
        server_questions.c.server_id,
        nobody=0,
        exported=("server_id", "number", "definition", "created_at"),
    ),
    # The last: rows of other tables refer to it.
    Personal(
        members.c.id,
        Rule.DELETE,
        "your settings",
        exported=("zone", "dms", "visible"),
    ),
)

NO_PERSON: Final = frozenset(
    {
        "outbox.lease_owner",
        "sources.lease_owner",
        "feeds.lease_owner",
        "live_rounds.lease_owner",
        "buddy_meetings.ended_by",
    }
)
"""Columns whose names look like a person's and are none: which process has claimed a row, and why a meeting ended."""

OTHERS: Final = frozenset({"buddy_blocks.blocked_id"})
"""Columns with somebody's id that are another person's: whom they wish never to meet stays, and is told to nobody."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What is kept of one kind, and how much of it."""

    personal: Personal
    count: int


async def holdings(tx: AsyncConnection, member_id: int) -> list[Holding]:
    """Return what is kept about a person, kinds of which there is nothing left out."""
    found = []
    for each in PERSONAL:
        count = await tx.scalar(select(func.count()).select_from(each.table).where(*_rows(each, member_id)))
        if count:
            found.append(Holding(each, count))
    return found


async def rows(tx: AsyncConnection, member_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is kept about a person, by what it is."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in PERSONAL:
        columns = [each.table.c[name] for name in each.exported]
        result = await tx.execute(select(*columns).where(*_rows(each, member_id)))
        if kept := [dict(row._mapping) for row in result]:  # noqa: SLF001 - SQLAlchemy's public name for it
            found[each.words] = kept
    return found


async def forget(tx: AsyncConnection, member_id: int) -> int:
    """Delete or anonymise everything that is kept about a person; return how many rows that concerned."""
    count = await _forget_mentions(tx, member_id)
    for each in PERSONAL:
        if each.rule is Rule.DELETE:
            result = await tx.execute(delete(each.table).where(each.column == member_id))
        else:
            result = await tx.execute(
                update(each.table).where(each.column == member_id).values({each.column.name: each.nobody})
            )
        count += result.rowcount
    return count


async def forget_in_server(tx: AsyncConnection, server_id: int, member_id: int | None = None) -> int:
    """Delete what is kept about a person in one server, or about everybody; return how many rows.

    A reading list stays its owner's, without where it was made. What somebody did as a moderator is the server's.
    """
    count = 0
    for each in PERSONAL:
        if each.server is None or each.rule is not Rule.DELETE:
            continue
        where = [each.server == server_id]
        if member_id is not None:
            where.append(each.column == member_id)
        if each.theirs:
            result = await tx.execute(update(each.table).where(*where).values({each.server.name: None}))
        else:
            result = await tx.execute(delete(each.table).where(*where))
        count += result.rowcount
    return count


async def people_in_servers(tx: AsyncConnection, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
    """Return (server, person) of whom something is kept that belongs to a server, in order, from `after` on."""
    # From `after` on in each of them: a table of every answer ever given is not read from its beginning each time.
    parts = [
        select(each.server.label("server"), each.column.label("person")).where(
            or_(each.server > after[0], (each.server == after[0]) & (each.column > after[1]))
        )
        for each in PERSONAL
        if each.server is not None and each.rule is Rule.DELETE and each.table is not departures
    ]
    pairs = parts[0].union(*parts[1:]).subquery()
    server, person = pairs.c.server, pairs.c.person
    result = await tx.execute(select(server, person).order_by(server, person).limit(limit))
    return [(row.server, row.person) for row in result]


async def purge_reminders(tx: AsyncConnection, before: datetime) -> int:
    """Delete reminders that were given before `before`; return how many."""
    result = await tx.execute(
        delete(event_reminders).where(event_reminders.c.is_done, event_reminders.c.due_at < before)
    )
    return result.rowcount


async def _forget_mentions(tx: AsyncConnection, member_id: int) -> int:
    """Take a person out of messages that are kept, such as a reminder in a thread that mentions them."""
    named = outbox.c.stream.contains(str(member_id))  # what is said once to each, such as to be seated
    holds = or_(
        cast(outbox.c.payload, Text).contains(str(member_id)),
        outbox.c.marker.contains(str(member_id)),
        named,
    )
    gone = await tx.execute(delete(outbox).where(holds, outbox.c.state != State.SENT))
    blank = await tx.execute(update(outbox).where(holds).values(payload="{}", marker="", items=[]))
    nameless = literal("forgotten:") + cast(outbox.c.id, Text)
    await tx.execute(update(outbox).where(named).values(stream=nameless))
    return gone.rowcount + blank.rowcount


def _rows(each: Personal, member_id: int) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [each.column == member_id]
    if each.column is feeds.c.created_by:
        where.append(feeds.c.member_id.is_(None))  # their own stand under their own name
    return where
