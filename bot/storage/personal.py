"""Every place in which a person's id is kept, what it is for, and what becomes of it when they want it gone.

A test looks at the tables and fails for a column that could hold an id of a person and is not listed here. What is done
with the list is in `bot.storage.belongings`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Table

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
    theirs: bool = False  # it goes with whoever leaves the server, which is only where they did it

    @property
    def table(self) -> Table:
        """The table it is in."""
        return self.column.table


def _about(
    column: Column[Any], words: str, exported: str, *, in_server: bool = False, theirs: bool = False
) -> Personal:
    server = column.table.c.server_id if in_server else None
    return Personal(column, Rule.DELETE, words, server, exported=tuple(exported.split()), theirs=theirs)


def _by_moderator(column: Column[Any], words: str, exported: str, *, nobody: int | None = None) -> Personal:
    server = column.table.c.server_id
    return Personal(column, Rule.ANONYMISE, words, server, nobody=nobody, exported=tuple(exported.split()))


PERSONAL: Final[tuple[Personal, ...]] = (
    _about(
        saved_papers.c.member_id,
        "papers on your reading list",
        "paper_id server_id saved_at",
        in_server=True,
        theirs=True,
    ),
    _about(paper_votes.c.member_id, "papers you found useful", "paper_id server_id voted_at", in_server=True),
    _about(
        event_reminders.c.member_id,
        "reminders of events",
        "event_id server_id lead_s by_dm due_at is_done created_at",
        in_server=True,
    ),
    _about(member_skills.c.member_id, "skills you asked me to keep", "skill grasp kept_at"),
    _about(
        feeds.c.member_id,
        "subscriptions by direct message, with what I sent you",
        "number kind query options time zone days state created_at",
    ),
    _about(departures.c.member_id, "servers that you left", "server_id left_at", in_server=True),
    _about(
        setting_drafts.c.by, "set-ups you began as a moderator", "server_id kind updated_at", in_server=True
    ),
    _about(
        quiz_answers.c.member_id,
        "answers to questions",
        "question_id server_id mode topic skill correct score points answered_at",
        in_server=True,
        theirs=True,
    ),
    _about(
        review_cards.c.member_id,
        "questions to review",
        "question_id due_at reviewed_at stability difficulty lapses",
    ),
    _about(
        quiz_ratings.c.member_id, "topics with your level in them", "topic mu sigma answers right rated_at"
    ),
    _about(
        quiz_sessions.c.member_id,
        "rounds of questions on your own",
        "server_id mode wanted questions outcomes started_at finished_at",
        in_server=True,
        theirs=True,
    ),
    _about(
        quiz_members.c.member_id,
        "wishes about quizzes: leaderboards and reminders",
        "hidden remind_time remind_zone remind_at",
    ),
    _about(daily_answers.c.member_id, "choices in questions of the day", "daily_id answer answered_at"),
    _about(live_answers.c.member_id, "choices in live rounds", "round_id position answer points answered_at"),
    _about(live_players.c.member_id, "live rounds you played", "round_id points right joined_at"),
    _about(
        question_reports.c.member_id,
        "questions you reported",
        "question_id server_id reason created_at",
        in_server=True,
    ),
    _about(
        buddy_profiles.c.member_id,
        "profiles for study buddies",
        "server_id state zone hours body paused_until findable waited seeking_until joined_at updated_at",
        in_server=True,
    ),
    _about(
        buddy_seats.c.member_id, "meetings with study buddies", "meeting_id state pressed_at votes met again"
    ),
    # What came of a question is said to nobody: a no is private to the one who said it.
    _about(
        buddy_requests.c.asker_id,
        "people you asked to be study buddies",
        "server_id asked_id created_at until",
        in_server=True,
    ),
    _about(
        buddy_requests.c.asked_id,
        "people who asked you to be study buddies",
        "server_id asker_id state created_at until",
        in_server=True,
    ),
    _about(buddy_blocks.c.member_id, "people you blocked", "blocked_id created_at"),
    _by_moderator(
        feeds.c.created_by, "feeds you set up as a moderator", "server_id number kind created_at", nobody=0
    ),
    _by_moderator(
        role_links.c.created_by,
        "Discord roles you offered as a moderator",
        "server_id kind target created_at",
        nobody=0,
    ),
    _by_moderator(
        server_careers.c.created_by,
        "roles and links you added as a moderator",
        "server_id kind definition created_at",
        nobody=0,
    ),
    _by_moderator(setting_changes.c.by, "changes you made as a moderator", "server_id at area target"),
    _by_moderator(
        live_rounds.c.host_id,
        "live rounds you hosted",
        "server_id questions created_at finished_at",
        nobody=0,
    ),
    _by_moderator(
        server_questions.c.created_by,
        "questions you wrote for a server as a moderator",
        "server_id number definition created_at",
        nobody=0,
    ),
    # The last: rows of other tables refer to it.
    _about(members.c.id, "your settings", "zone dms visible"),
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
