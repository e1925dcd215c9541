"""Quizzes: sessions, answers, what is due for review, ratings, statistics of questions, rounds, own questions.

A question is known by its id: bundled ones by that in `data/questions`, a server's own as `s<server>:<number>`.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.storage.tables.base import metadata
from bot.storage.types import RowId, Snowflake, UTCDateTime


def _member() -> Column[int]:
    return Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), nullable=False)


def _question() -> Column[str]:
    return Column("question_id", String(64), nullable=False)


server_questions = Table(
    "server_questions",
    metadata,
    # A server's own questions. What was answered refers to them, so a removed one stays, out of sight.
    Column("id", RowId, primary_key=True),
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … in its server; never used again
    Column("definition", JSON, nullable=False),  # see bot.domain.quizzes.own
    Column("created_by", Snowflake, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("removed_at", UTCDateTime, nullable=True),
    UniqueConstraint("server_id", "number"),
)

quiz_members = Table(
    "quiz_members",
    metadata,
    # What a member chose. There is no row for those who chose nothing.
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("hidden", Boolean, nullable=False, server_default=false()),  # from every leaderboard
    Column("remind_time", String(5), nullable=True),  # HH:MM in `remind_zone`
    Column("remind_zone", String(64), nullable=True),
    Column("remind_at", UTCDateTime, nullable=True),  # when to look next; null: no reminders
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="SET NULL"), nullable=True),
    Index(None, "remind_at"),
)

quiz_sessions = Table(
    "quiz_sessions",
    metadata,
    # A member's round of `/quiz play` or `/quiz review`; its buttons carry id and position.
    Column("id", RowId, primary_key=True),
    _member(),
    Column("server_id", Snowflake, nullable=True),
    Column("mode", String(8), nullable=False),  # play or review
    Column("wanted", JSON, nullable=False),  # what was asked for, so that it can be had again
    Column("questions", JSON, nullable=False),  # the ids so far, in order; adaptive ones grow
    Column("outcomes", JSON, nullable=False, server_default="[]"),  # by position: see domain.quizzes.sessions
    Column(
        "draft", JSON, nullable=False, server_default="[]"
    ),  # the steps picked so far of one to be ordered
    Column("started_at", UTCDateTime, nullable=False),
    Column("touched_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime, nullable=True),
    CheckConstraint("mode IN ('play', 'review')", name="mode_known"),
    Index(None, "member_id", "touched_at"),
    Index(None, "touched_at"),
)

quiz_answers = Table(
    "quiz_answers",
    metadata,
    # Every answer that counts, whatever it was given in. Kept for bot.domain.quizzes.ANSWERS_KEPT.
    Column("id", RowId, primary_key=True),
    _member(),
    _question(),
    Column("server_id", Snowflake, nullable=True),  # null: in direct messages
    Column("mode", String(8), nullable=False),  # see bot.domain.quizzes.Mode
    Column("origin_id", RowId, nullable=False),  # the session, the daily question or the live round
    Column("topic", String(60), nullable=False),
    Column("skill", String(60), nullable=False),  # the one it examines first
    Column("correct", Boolean, nullable=False),
    Column("score", Float, nullable=False),  # 0 to 1
    Column("points", Integer, nullable=False),  # on leaderboards
    Column("answered_at", UTCDateTime, nullable=False),
    UniqueConstraint("member_id", "mode", "origin_id", "question_id"),
    CheckConstraint("mode IN ('play', 'review', 'daily', 'live')", name="mode_known"),
    CheckConstraint("score BETWEEN 0 AND 1", name="score_range"),
    Index(None, "member_id", "question_id", "answered_at"),
    Index(None, "server_id", "answered_at"),
    Index(None, "answered_at"),
)

review_cards = Table(
    "review_cards",
    metadata,
    # The state of the scheduler (FSRS) for one member and one question.
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("question_id", String(64), primary_key=True),
    Column("state", Integer, nullable=False),  # fsrs.State
    Column("step", Integer, nullable=True),
    Column("stability", Float, nullable=True),
    Column("difficulty", Float, nullable=True),
    Column("due_at", UTCDateTime, nullable=False),
    Column("reviewed_at", UTCDateTime, nullable=True),
    Column("lapses", Integer, nullable=False, server_default="0"),
    # The card before its last review and the answer that was, so that "that was hard" can still be said.
    Column("before", JSON, nullable=True),
    Column("answer_id", RowId, nullable=True),
    Index(None, "member_id", "due_at"),
)

quiz_ratings = Table(
    "quiz_ratings",
    metadata,
    # What a member is estimated to be able to do in a topic, in the units of bot.domain.quizzes.rating.
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", String(60), primary_key=True),
    Column("mu", Float, nullable=False),
    Column("sigma", Float, nullable=False),
    Column("answers", Integer, nullable=False),  # first answers to a question: the ones that are rated
    Column("right", Integer, nullable=False),
    Column("rated_at", UTCDateTime, nullable=False),
)

question_stats = Table(
    "question_stats",
    metadata,
    # What is known of a question from those who answered it, first answers only; of no member by name.
    Column("question_id", String(64), primary_key=True),
    Column("mu", Float, nullable=False),  # its difficulty, in the same units
    Column("sigma", Float, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("right", Integer, nullable=False),
    # Sums over the ability of those who answered, before they did: for the point-biserial correlation.
    Column("ability", Float, nullable=False),
    Column("ability_squared", Float, nullable=False),
    Column("ability_right", Float, nullable=False),
    Column("rated_at", UTCDateTime, nullable=False),
)

question_reports = Table(
    "question_reports",
    metadata,
    # What members say is wrong with a question.
    Column("question_id", String(64), primary_key=True),
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("server_id", Snowflake, nullable=True),
    Column("reason", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
)

daily_questions = Table(
    "daily_questions",
    metadata,
    # What a feed of questions of the day has asked.
    Column("id", RowId, primary_key=True),
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    _question(),
    Column("slot_at", UTCDateTime, nullable=False),
    Column("entry_id", RowId, ForeignKey("outbox.id", ondelete="SET NULL"), nullable=True),
    Column("closed_at", UTCDateTime, nullable=True),  # when its results were written
    UniqueConstraint("feed_id", "slot_at"),
    Index(None, "entry_id"),
)

daily_answers = Table(
    "daily_answers",
    metadata,
    # What members chose; it can be changed until the results.
    Column("daily_id", RowId, ForeignKey("daily_questions.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("answer", JSON, nullable=False),  # see bot.domain.quizzes.answers
    Column("answered_at", UTCDateTime, nullable=False),
    Index(None, "member_id"),
)

live_rounds = Table(
    "live_rounds",
    metadata,
    # `/quiz live`: a round in a channel.
    Column("id", RowId, primary_key=True),
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("channel_id", Snowflake, nullable=False),
    Column("message_id", Snowflake, nullable=True),
    Column("host_id", Snowflake, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("questions", JSON, nullable=False),  # ids, in order
    Column("position", Integer, nullable=False, server_default="0"),
    Column("state", String(16), nullable=False),
    Column("asked_at", UTCDateTime, nullable=True),  # when the current question was shown
    Column("next_at", UTCDateTime, nullable=True),  # when it moves on by itself; null: it waits or is over
    Column("created_at", UTCDateTime, nullable=False),
    Column("finished_at", UTCDateTime, nullable=True),
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until", UTCDateTime, nullable=True),
    Index(None, "next_at"),
    Index(None, "server_id", "created_at"),
)

live_players = Table(
    "live_players",
    metadata,
    Column("round_id", RowId, ForeignKey("live_rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("joined_at", UTCDateTime, nullable=False),
    Column("points", Integer, nullable=False, server_default="0"),
    Column("right", Integer, nullable=False, server_default="0"),
    Index(None, "member_id"),
)

live_answers = Table(
    "live_answers",
    metadata,
    # What players chose; the last choice before time is up counts.
    Column("round_id", RowId, ForeignKey("live_rounds.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("answer", JSON, nullable=False),
    Column("answered_at", UTCDateTime, nullable=False),
    Column("points", Integer, nullable=True),  # null until the question is closed
    Index(None, "member_id"),
)
