"""What is kept about members, and that it is gone when they want it gone: to the last byte."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import BigInteger, Boolean, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import FeedState
from bot.domain.fit import Grasp
from bot.domain.lookup import Kind
from bot.domain.outbox import State
from bot.domain.retention import DRAFTS, GIVEN_REMINDERS, LEFT_SERVERS, RETENTION, SETTING_CHANGES
from bot.domain.server_careers import draft_role
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.careers import CareerService
from bot.services.feeds.states import establish
from bot.services.members import MemberService
from bot.services.papers import RecentPapers
from bot.storage import drafts, feeds, personal, saved, server_settings, servers, tables
from bot.storage.engine import Database
from bot.storage.events import reminders
from bot.storage.tables import (
    departures,
    events,
    members,
    metadata,
    outbox,
    paper_votes,
    saved_papers,
    setting_changes,
)
from bot.storage.tables import feeds as feed_table
from bot.storage.tables import papers as paper_table
from tests.support.clock import START, FakeClock
from tests.support.fakes import plan

CLUB, OTHER = 881_000_000_000_000_001, 881_000_000_000_000_002
ADA, BEN = 772_345_678_901_234_567, 773_456_789_012_345_678
DM = 884_000_000_000_000_005
NOBODY = 99
ROOT = Path(__file__).parents[2]


class Town:
    """Who is in which server, as Discord would say it."""

    def __init__(self) -> None:
        self.gone: set[tuple[int, int]] = set()
        self.silent = False
        self.asked: list[tuple[int, int]] = []

    async def present(self, server_id: int, member_id: int) -> bool | None:
        self.asked.append((server_id, member_id))
        return None if self.silent else (server_id, member_id) not in self.gone


@pytest.fixture
def town() -> Town:
    return Town()


@pytest_asyncio.fixture
async def service(db: Database, clock: FakeClock, town: Town) -> AsyncIterator[MemberService]:
    yield MemberService(db, clock, present=town.present)


async def live(db: Database, clock: FakeClock, member: int, *, server: int = CLUB) -> None:
    """Let somebody do everything that leaves something behind."""
    now = clock.now()
    careers = CareerService(db, clock, RecentPapers(db, clock))
    await careers.load()
    role_id = member + 1
    await careers.keep(member, {next(iter(careers.careers.skills)): Grasp(1)})
    await careers.link_role(server, Kind.ROLE, _free(careers, member), role_id, by=member)
    await careers.add_own_role(server, draft_role(f"Role {_small(member)}", "", "x", ""), by=member)
    async with db.write() as tx:
        row = {
            "id": "2601.00001", "version": 1, "title": "t", "abstract": "a", "authors": [], "categories": ["cs.LG"],
            "primary_category": "cs.LG", "first_seen_at": now, "updated_at": now,
        }  # fmt: skip
        if not await tx.scalar(select(paper_table.c.id)):
            await tx.execute(insert(paper_table).values(**row))
            await tx.execute(
                insert(events).values(
                    source="hackathons", key="k", kind="hackathon", starts_at=now, over_at=now, body={},
                    first_seen_at=now, last_seen_at=now, changed_at=now,
                )
            )  # fmt: skip
        event_id = await tx.scalar(select(events.c.id))
        await saved.add(tx, member, "2601.00001", server, now, at_most=10)
        await saved.toggle_vote(tx, server, member, "2601.00001", now)
        await establish(
            tx, plan(server_id=server, query=f"query {_small(member)}"), created_by=member, now=now, since=now
        )
        feed_id = await reminders.own_feed(tx, member, DM + member, now)
        assert isinstance(event_id, int)
        await reminders.put(
            tx, member_id=member, server_id=server, event_id=event_id, feed_id=feed_id, lead=timedelta(0),
            by_dm=True, due_at=now, now=now,
        )  # fmt: skip
        server_feed = await tx.scalar(select(feed_table.c.id).where(feed_table.c.server_id == server))
        for number, (feed, state) in enumerate(
            [(feed_id, State.SENT), (server_feed, State.SENT), (server_feed, State.PENDING)]
        ):
            await tx.execute(
                insert(outbox).values(
                    feed_id=feed, slot_at=now, part=number + 1 + 5 * _small(member), parts=1, channel_id=1, nonce="n",
                    marker=f"for <@{member}>", payload=f'{{"content": "<@{member}> it begins"}}', state=state,
                    stream=f"buddy:seat:{number}:{member}",
                    next_attempt_at=now, created_at=now, sent_at=now,
                )
            )  # fmt: skip
        await drafts.put(tx, server, "start", member, {"a": 1}, now)
        await learn_and_meet(tx, server, member, now)
        await servers.note_member(tx, OTHER, member, is_there=False, now=now)
        await server_settings.write(tx, server, Module.QUIZ, {"count": member % 100}, by=member, now=now)


async def learn_and_meet(tx: AsyncConnection, server: int, member: int, now: datetime) -> None:
    """Let somebody take part in quizzes and with study buddies; whom they block or ask is somebody without data."""
    own, small = {"member_id": member, "server_id": server}, _small(member)
    card = {"member_id": member, "question_id": "q", "state": 1, "due_at": now}
    rating = {
        "member_id": member,
        "topic": "sql",
        "mu": 0.0,
        "sigma": 1.0,
        "answers": 1,
        "right": 1,
        "rated_at": now,
    }
    answer = {
        **own, "question_id": "q", "mode": "play", "origin_id": 1, "topic": "sql", "skill": "sql", "correct": True,
        "score": 1.0, "points": 10, "answered_at": now,
    }  # fmt: skip
    session = {**own, "mode": "play", "wanted": {}, "questions": ["q"], "started_at": now, "touched_at": now}
    feed_id = await tx.scalar(select(feed_table.c.id).where(feed_table.c.server_id == server))
    asked = {"id": small, "feed_id": feed_id, "question_id": "q", "slot_at": now + timedelta(days=small)}
    hosted = {
        "id": small, "server_id": server, "channel_id": 1, "host_id": member, "settings": {}, "questions": ["q"],
        "state": "done", "created_at": now,
    }  # fmt: skip
    meeting = {
        "id": small, "server_id": server, "kind": "round", "state": "open", "stage": "kickoff", "next_at": now,
        "channel_id": 1, "times": [], "opened_at": now, "ends_at": now + timedelta(days=7),
    }  # fmt: skip
    request = {"server_id": server, "state": "declined", "created_at": now, "until": now}
    profile = {
        **own, "state": "in", "zone": "UTC", "hours": "0" * 42, "body": {}, "joined_at": now, "updated_at": now,
    }  # fmt: skip
    for table, values in (
        (tables.quiz_answers, answer),
        (tables.review_cards, card),
        (tables.quiz_ratings, rating),
        (tables.quiz_sessions, session),
        (tables.quiz_members, {"member_id": member, "hidden": True}),
        (tables.daily_questions, asked),
        (tables.daily_answers, {"daily_id": small, "member_id": member, "answer": 1, "answered_at": now}),
        (tables.live_rounds, hosted),
        (tables.live_players, {"round_id": small, "member_id": member, "joined_at": now}),
        (tables.live_answers, {
            "round_id": small, "position": 0, "member_id": member, "answer": 1, "answered_at": now,
        }),
        (tables.question_reports, {**own, "question_id": f"q{small}", "reason": "wrong", "created_at": now}),
        (tables.server_questions, {
            "server_id": server, "number": small, "definition": {}, "created_by": member, "created_at": now,
        }),
        (tables.buddy_profiles, profile),
        (tables.buddy_meetings, meeting),
        (tables.buddy_seats, {"meeting_id": small, "member_id": member, "state": "in"}),
        (tables.buddy_requests, request | {"asker_id": member, "asked_id": NOBODY}),
        (tables.buddy_requests, request | {"asker_id": NOBODY, "asked_id": member}),
        (tables.buddy_blocks, {"member_id": member, "blocked_id": NOBODY, "created_at": now}),
    ):  # fmt: skip
        await tx.execute(insert(table).values(**values))


def _free(careers: CareerService, member: int) -> str:
    return sorted(careers.careers.roles)[_small(member) % 60]


def _small(member: int) -> int:
    return member // 1000 % 9973


# --- One list of all places -------------------------------------------------------------------------------


def test_every_column_that_can_hold_a_person_is_listed() -> None:
    listed = {f"{each.table.name}.{each.column.name}" for each in personal.PERSONAL}
    words = {"by", "member", "user", "author", "owner", "person", "people", "invitee", "partner"}
    for table in metadata.tables.values():
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            suspicious = bool(words & set(column.name.split("_"))) and not isinstance(column.type, Boolean)
            if table.name == "members" and column.primary_key:
                suspicious = True
            if suspicious and name not in personal.NO_PERSON | personal.OTHERS:
                assert name in listed, f"{name} may hold a person: list it in bot/storage/personal.py"
    # And any big number that is neither a server, a channel, a message, a role nor a row of ours.
    known = {
        "server_id", "channel_id", "message_id", "place_id", "thread_id", "discord_role_id", "feed_id", "entry_id",
        "event_id", "anchor_id", "undoes", "id", "origin_id", "answer_id", "daily_id", "round_id", "meeting_id", "room_id",
        "intro_id", "dm_channel_id",
    }  # fmt: skip
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, BigInteger) and column.name not in known:
                name = f"{table.name}.{column.name}"
                assert name in listed | personal.OTHERS, name


def test_what_refers_to_a_member_goes_before_or_with_them() -> None:
    assert personal.PERSONAL[-1].column is members.c.id


# --- Shown, given, deleted --------------------------------------------------------------------------------


async def test_somebody_of_whom_nothing_is_kept(service: MemberService) -> None:
    assert await service.held(ADA) == []
    assert json.loads(await service.export(ADA))["kept"] == {}
    assert (await service.delete(ADA)).rows == 0


async def test_everything_is_shown_and_given_and_nothing_of_others(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    for member in (ADA, BEN):
        await live(db, clock, member)
    held = {each.words for each in await service.held(ADA)}
    assert held == {each.words for each in personal.PERSONAL}
    given = await service.export(ADA)
    kept = json.loads(given)["kept"]
    assert set(kept) == held
    assert kept["papers on your reading list"][0]["paper_id"] == "2601.00001"
    assert str(ADA).encode() in given
    assert str(BEN).encode() not in given


async def test_deletion_takes_everything_and_leaves_others_alone(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    for member in (ADA, BEN):
        await live(db, clock, member)
    others = json.loads(await service.export(BEN))["kept"]
    assert (await service.delete(ADA)).rows > 10
    assert await service.held(ADA) == []
    assert json.loads(await service.export(BEN))["kept"] == others
    async with db.read() as tx:
        for table in metadata.tables.values():
            for row in await tx.execute(select(table)):
                assert str(ADA) not in repr(tuple(row)), table.name
        # What they set up for the server is still there.
        found = await feeds.by_server(tx, CLUB)
        assert len(found) == 2
    assert (await service.delete(ADA)).rows == 0
    await service.wish(ADA, visible=False)  # whoever comes back begins anew
    assert [each.words for each in await service.held(ADA)] == ["your settings"]


async def test_after_deletion_no_byte_of_the_id_is_left(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    """The id as text and as the eight bytes of a number, in every file of the database."""
    crowd = [ADA + 1000 * number for number in range(1, 40)]
    for member in (*crowd[:20], ADA, *crowd[20:]):
        await live(db, clock, member, server=CLUB + member % 7)
    await db.compact()
    assert await _hits(db, ADA) > 0, "the scan has to find what is there"
    await service.delete(ADA)
    await db.compact()
    assert await _hits(db, ADA) == 0
    assert await _hits(db, crowd[0]) > 0


async def _hits(db: Database, member: int) -> int:
    patterns = [str(member).encode(), member.to_bytes(8, "big"), member.to_bytes(8, "little")]
    if db.is_sqlite:
        path = Path(db.url.removeprefix("sqlite+aiosqlite:///"))
        files = [path, path.with_name(path.name + "-wal")]
    else:
        async with db.read() as tx:
            folder = await tx.scalar(text("SHOW data_directory"))
            number = await tx.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
        files = _files(Path(str(folder), "base", str(number)))
    return sum(_bytes(file).count(each) for file in files for each in patterns)


def _files(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_file()]


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


# --- Settings ---------------------------------------------------------------------------------------------


async def test_settings_change_one_by_one(service: MemberService) -> None:
    assert (await service.wishes(ADA)).dms
    await service.wish(ADA, zone="berlin")
    await service.wish(ADA, visible=False)
    found = await service.wishes(ADA)
    assert (found.zone, found.dms, found.visible) == ("Europe/Berlin", True, False)
    with pytest.raises(UserError):
        await service.wish(ADA, zone="Atlantis")
    assert await service.wishes(ADA) == found


async def test_without_direct_messages_everything_waits_and_goes_on_afterwards(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    await live(db, clock, ADA)
    await service.wish(ADA, dms=False)

    async def states() -> set[str]:
        async with db.read() as tx:
            return {feed.state for feed in await feeds.of_member(tx, ADA)}

    assert await states() == {FeedState.PAUSED}
    from bot.storage import members as rows

    async with db.read() as tx:
        with pytest.raises(UserError, match="/me settings"):
            await rows.check_dms(tx, ADA)
        await rows.check_dms(tx, BEN)
        assert await rows.hidden(tx, [ADA, BEN]) == set()
    await service.wish(ADA, dms=True)
    assert await states() == {FeedState.ACTIVE}


async def test_what_somebody_paused_by_themselves_stays_paused(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    async with db.write() as tx:
        number = await feeds.take_number(tx, member_id=ADA)
        await feeds.add(
            tx, replace(plan(), server_id=None, member_id=ADA), number=number, created_by=ADA,
            now=START, since=START, slot_at=START,
        )  # fmt: skip
        (feed,) = await feeds.of_member(tx, ADA)
        await feeds.set_state(tx, feed.id, FeedState.PAUSED, now=START)
    await service.wish(ADA, dms=False)
    await service.wish(ADA, dms=True)
    async with db.read() as tx:
        assert [each.state for each in await feeds.of_member(tx, ADA)] == [FeedState.PAUSED]


# --- Forgotten in time ------------------------------------------------------------------------------------


async def count(db: Database, table: Any) -> int:
    async with db.read() as tx:
        return len((await tx.execute(select(table))).all())


async def test_a_server_that_removed_the_bot_is_forgotten_after_thirty_days(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    await live(db, clock, ADA, server=CLUB)
    await live(db, clock, BEN, server=OTHER)
    await service.server_left(CLUB)
    clock.set(START + LEFT_SERVERS - timedelta(minutes=1))
    await service.run_due()
    assert await count(db, setting_changes) == 8
    clock.set(START + LEFT_SERVERS + timedelta(minutes=1))
    await service.run_due()
    async with db.read() as tx:
        assert await servers.known(tx) == {OTHER: None}
        assert await feeds.by_server(tx, CLUB) == []
        assert len(await feeds.by_server(tx, OTHER)) == 1
        votes = (await tx.execute(select(paper_votes.c.server_id))).all()
        lists = (await tx.execute(select(saved_papers.c.member_id, saved_papers.c.server_id))).all()
    assert [row.server_id for row in votes] == [OTHER]
    # A reading list is its owner's, wherever it was made.
    assert {tuple(row) for row in lists} == {(ADA, None), (BEN, OTHER)}


async def test_who_comes_back_in_time_finds_everything(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    await live(db, clock, ADA)
    await service.server_left(CLUB)
    clock.advance(days=29)
    assert await service.server_joined(CLUB) is True
    assert await service.server_joined(CLUB) is False
    clock.advance(days=29)
    await service.run_due()
    async with db.read() as tx:
        assert len(await feeds.by_server(tx, CLUB)) == 1


async def test_being_removed_while_away_is_noticed(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    await live(db, clock, ADA)
    await service.servers_seen(lambda server_id: server_id == CLUB)
    async with db.read() as tx:
        assert (await servers.known(tx))[CLUB] == START
    clock.advance(days=1)
    await service.servers_seen(lambda server_id: server_id == CLUB)
    async with db.read() as tx:
        assert (await servers.known(tx))[CLUB] == START
    await service.servers_seen(lambda _server_id: False)
    async with db.read() as tx:
        assert (await servers.known(tx))[CLUB] is None


async def test_members_who_left_a_server_are_noticed_and_forgotten_there(
    service: MemberService, db: Database, clock: FakeClock, town: Town
) -> None:
    for member in (ADA, BEN):
        await live(db, clock, member)
    async with db.write() as tx:
        await tx.execute(departures.delete())
    town.gone.add((CLUB, ADA))
    await service.run_due()
    assert set(town.asked) == {(CLUB, ADA), (CLUB, BEN), (CLUB, NOBODY)}
    clock.advance(days=10)
    town.silent = True  # Discord cannot be asked: nothing is concluded from that
    await service.run_due()
    clock.advance(days=21)
    await service.run_due()
    async with db.read() as tx:
        votes = (await tx.scalars(select(paper_votes.c.member_id))).all()
        lists = {(row.member_id, row.server_id) for row in await tx.execute(select(saved_papers))}
        answers = {(row.member_id, row.server_id) for row in await tx.execute(select(tables.quiz_answers))}
        profiles = (await tx.scalars(select(tables.buddy_profiles.c.member_id))).all()
    assert lists == answers == {(ADA, None), (BEN, CLUB)}
    assert list(votes) == list(profiles) == [BEN]
    assert "skills you asked me to keep" in {each.words for each in await service.held(ADA)}


async def test_who_is_there_again_keeps_what_they_have(
    service: MemberService, db: Database, clock: FakeClock, town: Town
) -> None:
    await live(db, clock, ADA)
    async with db.write() as tx:
        await tx.execute(departures.delete())
    town.gone.add((CLUB, ADA))
    await service.run_due()
    town.gone.clear()
    clock.advance(days=20)
    await service.run_due()
    clock.advance(days=20)
    await service.run_due()
    assert await count(db, paper_votes) == 1
    assert await count(db, departures) == 0


async def test_a_large_town_is_gone_round_in_steps(
    service: MemberService, db: Database, clock: FakeClock, town: Town
) -> None:
    async with db.write() as tx:
        now = clock.now()
        row = {
            "id": "2601.00001", "version": 1, "title": "t", "abstract": "a", "authors": [], "categories": ["cs.LG"],
            "primary_category": "cs.LG", "first_seen_at": now, "updated_at": now,
        }  # fmt: skip
        await tx.execute(insert(paper_table).values(**row))
        for member in range(100):
            await saved.toggle_vote(tx, CLUB, ADA + member, "2601.00001", now)
    for _ in range(3):
        await service.run_due()
    assert len(town.asked) == 100
    assert len(set(town.asked)) == 100
    await service.run_due()
    assert len(town.asked) == 140


async def test_logs_drafts_and_reminders_have_their_time(
    service: MemberService, db: Database, clock: FakeClock, town: Town
) -> None:
    town.silent = True
    await live(db, clock, ADA)
    async with db.write() as tx:
        await tx.execute(text("UPDATE event_reminders SET is_done = TRUE"))
    from bot.storage.tables import event_reminders, setting_drafts

    for table, kept in (
        (setting_drafts, DRAFTS),
        (event_reminders, GIVEN_REMINDERS),
        (setting_changes, SETTING_CHANGES),
    ):
        clock.set(START + kept - timedelta(minutes=1))
        await service.run_due()
        assert await count(db, table) > 0, table.name
        clock.set(START + kept + timedelta(minutes=1))
        await service.run_due()
        assert await count(db, table) == 0, table.name


def test_the_privacy_page_says_how_long_everything_is_kept() -> None:
    page = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
    for words, kept in RETENTION.items():
        assert f"| {words} | {kept.days} days |" in page, words
    for each in personal.PERSONAL:
        assert f"| {each.words} |" in page, each.words


async def test_deleting_while_a_reader_is_at_work(
    service: MemberService, db: Database, clock: FakeClock
) -> None:
    await live(db, clock, ADA)
    async with db.read() as tx:
        await tx.execute(select(members))
        await service.delete(ADA)
    await service.run_due()
    if db.is_sqlite:
        assert _bytes(Path(db.url.removeprefix("sqlite+aiosqlite:///") + "-wal")) == b""
