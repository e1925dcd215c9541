"""Study buddies: who takes part, who is never to meet whom, rounds and meetings."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from bot.storage.tables.base import metadata
from bot.storage.types import RowId, Snowflake, UTCDateTime

buddy_profiles = Table(
    "buddy_profiles",
    metadata,
    # One for each server: nobody is matched across servers, and what is said in one is not known in another.
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("state", String(16), nullable=False),  # see bot.storage.buddies.profiles.Standing
    Column("zone", String(64), nullable=False),
    Column("hours", String(42), nullable=False),  # see bot.domain.buddies.values.Availability.to_text
    Column("body", JSON, nullable=False),  # everything else that is theirs
    Column("paused_until", UTCDateTime, nullable=True),
    Column("findable", Boolean, nullable=False, server_default=false()),  # by `/buddy find`
    Column("dm_channel_id", Snowflake, nullable=True),  # where they allowed direct messages
    Column("waited", Integer, nullable=False, server_default="0"),  # rounds running in which they got nobody
    Column("seeking_until", UTCDateTime, nullable=True),  # their buddy is gone: who looks for another
    Column("joined_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    CheckConstraint("state IN ('draft', 'in', 'away')", name="state_known"),
    Index(None, "member_id"),
    Index(None, "seeking_until"),
)

buddy_blocks = Table(
    "buddy_blocks",
    metadata,
    # In every server, whether or not either has a profile: a block outlives whatever else is deleted.
    Column("member_id", Snowflake, primary_key=True, autoincrement=False),  # who blocked
    Column("blocked_id", Snowflake, primary_key=True, autoincrement=False),
    Column("created_at", UTCDateTime, nullable=False),
    Index(None, "blocked_id"),
)

buddy_rounds = Table(
    "buddy_rounds",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … in its server
    Column("slot_at", UTCDateTime, nullable=False),
    Column("seed", String(32), nullable=False),  # with the same profiles it makes the same round
    Column("numbers", JSON, nullable=False),  # see bot.domain.buddies.values.Numbers
    Column("created_at", UTCDateTime, nullable=False),
    UniqueConstraint("server_id", "slot_at"),
    UniqueConstraint("server_id", "number"),
)

buddy_meetings = Table(
    "buddy_meetings",
    metadata,
    # Two or three people who were put together, and the thread in which they meet.
    Column("id", RowId, primary_key=True),
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="SET NULL"), nullable=True),
    Column("round_id", RowId, ForeignKey("buddy_rounds.id", ondelete="SET NULL"), nullable=True),
    Column("kind", String(16), nullable=False),  # round, rematch, find
    Column("state", String(16), nullable=False),  # open, ended
    Column("stage", String(16), nullable=False),  # what is next: see bot.services.buddies.stages.Stage
    Column("next_at", UTCDateTime, nullable=False),  # and when
    Column("channel_id", Snowflake, nullable=False),
    # Kept as the entries' ids and not read through them: entries are forgotten after a while.
    Column("room_id", RowId, nullable=True),  # the outbox entry that opens the thread
    Column("intro_id", RowId, nullable=True),  # the one that introduces them
    Column("thread_id", Snowflake, nullable=True),
    Column("times", JSON, nullable=False),  # what the poll offers, as ISO instants
    Column("agreed", Integer, nullable=True),  # which of them was agreed on
    # Ids of the questions to begin with and of the first session, so that the same people get others next time.
    Column("openers", JSON, nullable=False, server_default="[]"),
    Column("remind_at", UTCDateTime, nullable=True),
    Column("weight", Integer, nullable=False, server_default="0"),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("ends_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime, nullable=True),
    Column("ended_by", String(16), nullable=True),  # see bot.services.buddies.stages.Ended
    CheckConstraint("state IN ('open', 'ended')", name="state_known"),
    CheckConstraint("kind IN ('round', 'rematch', 'find')", name="kind_known"),
    Index(None, "state", "next_at"),
    Index(None, "remind_at"),
    Index(None, "server_id", "opened_at"),
    Index(None, "round_id"),
    Index(None, "feed_id"),
)

buddy_seats = Table(
    "buddy_seats",
    metadata,
    # Who is in a meeting, and what they pressed. What they write is never read.
    Column("meeting_id", RowId, ForeignKey("buddy_meetings.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", Snowflake, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),  # in, left, gone
    Column("pressed_at", UTCDateTime, nullable=True),  # anything, the last time
    Column("votes", JSON, nullable=False, server_default="[]"),  # places in the poll's times
    Column("met", Boolean, nullable=True),
    Column("again", Boolean, nullable=True),
    Column(
        "poke_until", UTCDateTime, nullable=True
    ),  # asked whether they are there: until then they may answer
    Column("poked", Boolean, nullable=False, server_default=false()),  # they are asked once
    CheckConstraint("state IN ('in', 'left', 'gone')", name="state_known"),
    Index(None, "member_id"),
    Index(None, "poke_until"),
)

buddy_requests = Table(
    "buddy_requests",
    metadata,
    # Between rounds one asks another; a no is said to nobody.
    Column("id", RowId, primary_key=True),
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("asker_id", Snowflake, nullable=False),
    Column("asked_id", Snowflake, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, accepted, declined, withdrawn
    Column("created_at", UTCDateTime, nullable=False),
    Column("until", UTCDateTime, nullable=False),  # unanswered until then it is off
    CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="state_known"),
    Index(None, "asker_id", "created_at"),
    Index(None, "asked_id", "state"),
    Index(None, "server_id"),
)
