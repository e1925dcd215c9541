"""Quizzes: sessions, answers, reviews, ratings, daily questions, live rounds, own questions."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "question_stats",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("mu", sa.Float(), nullable=False),
        sa.Column("sigma", sa.Float(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("ability", sa.Float(), nullable=False),
        sa.Column("ability_squared", sa.Float(), nullable=False),
        sa.Column("ability_right", sa.Float(), nullable=False),
        sa.Column("rated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_question_stats")),
    )
    op.create_table(
        "live_rounds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=True),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_live_rounds_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_rounds")),
    )
    op.create_index(op.f("ix_live_rounds_next_at"), "live_rounds", ["next_at"], unique=False)
    op.create_index(
        op.f("ix_live_rounds_server_id_created_at"), "live_rounds", ["server_id", "created_at"], unique=False
    )
    op.create_table(
        "question_reports",
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_question_reports_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "member_id", name=op.f("pk_question_reports")),
    )
    op.create_table(
        "quiz_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("origin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("skill", sa.String(length=60), nullable=False),
        sa.Column("correct", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('play', 'review', 'daily', 'live')", name=op.f("ck_quiz_answers_mode_known")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_quiz_answers_score_range")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_quiz_answers_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_answers")),
        sa.UniqueConstraint(
            "member_id",
            "mode",
            "origin_id",
            "question_id",
            name=op.f("uq_quiz_answers_member_id_mode_origin_id_question_id"),
        ),
    )
    op.create_index(op.f("ix_quiz_answers_answered_at"), "quiz_answers", ["answered_at"], unique=False)
    op.create_index(
        op.f("ix_quiz_answers_member_id_question_id_answered_at"),
        "quiz_answers",
        ["member_id", "question_id", "answered_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_quiz_answers_server_id_answered_at"),
        "quiz_answers",
        ["server_id", "answered_at"],
        unique=False,
    )
    op.create_table(
        "quiz_ratings",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("mu", sa.Float(), nullable=False),
        sa.Column("sigma", sa.Float(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("rated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_quiz_ratings_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "topic", name=op.f("pk_quiz_ratings")),
    )
    op.create_table(
        "quiz_sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("outcomes", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("draft", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("touched_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("mode IN ('play', 'review')", name=op.f("ck_quiz_sessions_mode_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_quiz_sessions_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_sessions")),
    )
    op.create_index(
        op.f("ix_quiz_sessions_member_id_touched_at"),
        "quiz_sessions",
        ["member_id", "touched_at"],
        unique=False,
    )
    op.create_index(op.f("ix_quiz_sessions_touched_at"), "quiz_sessions", ["touched_at"], unique=False)
    op.create_table(
        "review_cards",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Float(), nullable=True),
        sa.Column("difficulty", sa.Float(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("reviewed_at", UTCDateTime(), nullable=True),
        sa.Column("lapses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_review_cards_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "question_id", name=op.f("pk_review_cards")),
    )
    op.create_index(
        op.f("ix_review_cards_member_id_due_at"), "review_cards", ["member_id", "due_at"], unique=False
    )
    op.create_table(
        "server_questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_server_questions_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_questions")),
        sa.UniqueConstraint("server_id", "number", name=op.f("uq_server_questions_server_id_number")),
    )
    op.create_table(
        "live_answers",
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_live_answers_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["live_rounds.id"], name=op.f("fk_live_answers_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "position", "member_id", name=op.f("pk_live_answers")),
    )
    op.create_index(op.f("ix_live_answers_member_id"), "live_answers", ["member_id"], unique=False)
    op.create_table(
        "live_players",
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=False),
        sa.Column("points", sa.Integer(), server_default="0", nullable=False),
        sa.Column("right", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_live_players_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["live_rounds.id"], name=op.f("fk_live_players_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "member_id", name=op.f("pk_live_players")),
    )
    op.create_index(op.f("ix_live_players_member_id"), "live_players", ["member_id"], unique=False)
    op.create_table(
        "quiz_members",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("remind_time", sa.String(length=5), nullable=True),
        sa.Column("remind_zone", sa.String(length=64), nullable=True),
        sa.Column("remind_at", UTCDateTime(), nullable=True),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_quiz_members_feed_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_quiz_members_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_quiz_members")),
    )
    op.create_index(op.f("ix_quiz_members_remind_at"), "quiz_members", ["remind_at"], unique=False)
    op.create_table(
        "daily_questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("slot_at", UTCDateTime(), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["outbox.id"], name=op.f("fk_daily_questions_entry_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_daily_questions_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_questions")),
        sa.UniqueConstraint("feed_id", "slot_at", name=op.f("uq_daily_questions_feed_id_slot_at")),
    )
    op.create_index(op.f("ix_daily_questions_entry_id"), "daily_questions", ["entry_id"], unique=False)
    op.create_table(
        "daily_answers",
        sa.Column("daily_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["daily_id"], ["daily_questions.id"], name=op.f("fk_daily_answers_daily_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_daily_answers_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("daily_id", "member_id", name=op.f("pk_daily_answers")),
    )
    op.create_index(op.f("ix_daily_answers_member_id"), "daily_answers", ["member_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_daily_answers_member_id"), table_name="daily_answers")
    op.drop_table("daily_answers")
    op.drop_index(op.f("ix_daily_questions_entry_id"), table_name="daily_questions")
    op.drop_table("daily_questions")
    op.drop_index(op.f("ix_quiz_members_remind_at"), table_name="quiz_members")
    op.drop_table("quiz_members")
    op.drop_index(op.f("ix_live_players_member_id"), table_name="live_players")
    op.drop_table("live_players")
    op.drop_index(op.f("ix_live_answers_member_id"), table_name="live_answers")
    op.drop_table("live_answers")
    op.drop_table("server_questions")
    op.drop_index(op.f("ix_review_cards_member_id_due_at"), table_name="review_cards")
    op.drop_table("review_cards")
    op.drop_index(op.f("ix_quiz_sessions_touched_at"), table_name="quiz_sessions")
    op.drop_index(op.f("ix_quiz_sessions_member_id_touched_at"), table_name="quiz_sessions")
    op.drop_table("quiz_sessions")
    op.drop_table("quiz_ratings")
    op.drop_index(op.f("ix_quiz_answers_server_id_answered_at"), table_name="quiz_answers")
    op.drop_index(op.f("ix_quiz_answers_member_id_question_id_answered_at"), table_name="quiz_answers")
    op.drop_index(op.f("ix_quiz_answers_answered_at"), table_name="quiz_answers")
    op.drop_table("quiz_answers")
    op.drop_table("question_reports")
    op.drop_index(op.f("ix_live_rounds_server_id_created_at"), table_name="live_rounds")
    op.drop_index(op.f("ix_live_rounds_next_at"), table_name="live_rounds")
    op.drop_table("live_rounds")
    op.drop_table("question_stats")
