"""Events in the database: what is new, changed, missing and gone; and everything comes back as it was put in."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.deadlines import Edition
from bot.domain.events import Event, EventKind, EventStatus, Window
from bot.domain.feeds import FeedKind
from bot.domain.hackathons import Hackathon, Prize, Source
from bot.domain.outbox import State
from bot.storage import event_json, feeds, outbox, schema
from bot.storage.engine import Database
from bot.storage.events import listings, reminders
from bot.storage.tables import events, feed_sources
from bot.storage.tables import feeds as feed_table
from bot.storage.tables import outbox as outbox_table
from tests.support.clock import START, FakeClock
from tests.support.events import event_plan, meetup

SOURCE = "calendar:x"
WHOLE = Window(START - timedelta(days=1), START + timedelta(days=400))


async def store(
    db: Database, *found: Event, now: datetime = START, covers: Window | None = WHOLE, **more: Any
) -> set[int]:
    async with db.write() as tx:
        reading = listings.Reading([(event, {}) for event in found], covers, **more)
        return await listings.store(tx, SOURCE, reading, now)


async def rows(db: Database) -> dict[str, Any]:
    async with db.read() as tx:
        return {row.key: row for row in await tx.execute(select(events))}


@pytest.mark.parametrize(
    "event",
    [
        meetup(),
        Event(
            key="k:20260108",
            kind=EventKind.HACKATHON,
            title="Zoë’s 𝒪(n²)",
            starts_at=datetime(2026, 1, 8, tzinfo=UTC),
            ends_at=None,
            zone="Etc/GMT+12",
            all_day=True,
            online_url="https://meet.example/a",
            url="https://club.example",
            host="Host",
            description="Two\nlines",
            status=EventStatus.TENTATIVE,
            tags=("a", "b"),
            details=(("prize", "$1"), ("deadline", "2026-01-08")),
        ),
    ],
)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert event_json.to_event(event_json.from_event(event)) == event


def test_hackathons_and_conferences_come_back_as_they_were() -> None:
    plain = Hackathon(Source.ZINDI, "1", "Hack", None, None, date(2026, 3, 1))
    full = replace(
        plain,
        url="https://h.example",
        starts_on=date(2026, 2, 1),
        starts_at=datetime(2026, 2, 1, 5, tzinfo=UTC),
        ends_at=datetime(2026, 3, 1, 5, tzinfo=UTC),
        online=True,
        place="Lagos",
        prize=Prize(Decimal("25000.50"), "USD", "$25 000 USD"),
        themes=("Health",),
        organiser="Zindi",
        thumbnail="https://h.example/p.png",
        registrations=7,
        links=("https://a.example",),
    )
    for each in (plain, full):
        assert event_json.to_hackathon(event_json.from_hackathon(each)) == each
    edition = Edition("acl", "ACL", "Association", 2026, None, date(2026, 7, 1), None, "Vienna", ("nlp",))
    assert event_json.to_edition(event_json.from_edition(edition)) == edition


async def test_only_what_differs_is_touched(db: Database) -> None:
    one, two = meetup("a"), meetup("b")
    assert len(await store(db, one, two)) == 2
    later = START + timedelta(hours=1)
    assert await store(db, one, two, now=later) == set()
    assert len(await store(db, replace(one, title="New"), two, now=later)) == 1
    found = await rows(db)
    assert [(found[key].revision, found[key].changed_at) for key in "ab"] == [(1, later), (0, START)]
    assert [found[key].first_seen_at for key in "ab"] == [START, START]


async def test_twice_missing_is_gone_and_once_is_not(db: Database) -> None:
    one, two = meetup("a"), meetup("b")
    await store(db, one, two)
    for missing, gone, touched in ((1, False, 0), (2, True, 1), (2, True, 0)):
        assert len(await store(db, two)) == touched
        row = (await rows(db))["a"]
        assert (row.missing, row.gone) == (missing, gone)
    assert len(await store(db, one, two)) == 1
    row = (await rows(db))["a"]
    assert (row.missing, row.gone, row.revision) == (0, False, 2)
    await store(db, two)
    await store(db, one, two)
    await store(db, two)
    assert (await rows(db))["a"].missing == 1


async def test_what_a_reading_cannot_have_shown_is_not_missing(db: Database) -> None:
    begun, far = meetup("begun", START - timedelta(hours=1)), meetup("far", START + timedelta(days=90))
    await store(db, begun, far)
    for _ in range(3):
        assert await store(db, covers=Window(START, START + timedelta(days=60))) == set()
        assert await store(db, covers=None) == set()
        assert await store(db, aliases={"far": "elsewhere"}) == set()
    assert [row.missing for row in (await rows(db)).values()] == [0, 0]


async def test_a_feed_and_its_sources_go_together(db: Database, clock: FakeClock) -> None:
    async with db.write() as tx:
        plan = event_plan(kind=FeedKind.HACKATHONS, sources=(Source.MLH,))
        feed_id = await feeds.add(
            tx,
            plan,
            number=await feeds.take_number(tx, 1),
            created_by=9,
            now=START,
            since=START,
            slot_at=START,
        )
        assert await listings.wanted_sources(tx) == {"hackathons", "hackathons:mlh"}
        await feeds.change(tx, feed_id, event_plan())
        (key,) = await listings.wanted_sources(tx)
        calendar = await listings.calendar(tx, key)
        assert calendar is not None
        assert calendar.url == "https://club.example/calendar.ics"
        assert [feed_id for _, feed_id in await feeds.due(tx, START, 9)] == []  # it is none of papers
        await tx.execute(feed_table.delete())
        assert (await tx.execute(select(feed_sources))).all() == []
        await listings.purge(tx, START)
        assert await listings.calendar(tx, key) is None


async def test_a_members_reminders_are_no_subscription(db: Database) -> None:
    async with db.write() as tx:
        feed_id = await reminders.own_feed(tx, 7, 700, START)
        assert await reminders.own_feed(tx, 7, 701, START) == feed_id
        assert await feeds.by_member(tx, 7) == []
        assert await feeds.take_number(tx, member_id=7) == 1  # of the first subscription
        assert await feeds.next_run(tx) is None
        feed = await feeds.by_id(tx, feed_id)
    assert feed is not None
    assert (feed.channel_id, feed.plan.kind, feed.plan.events) == (701, FeedKind.REMINDERS, None)


async def test_reminders_set_at_once_have_one_feed(db: Database) -> None:
    async def set_one() -> int:
        async with db.write() as tx:
            return await reminders.own_feed(tx, 7, 700, START)

    assert len(set(await asyncio.gather(*(set_one() for _ in range(5))))) == 1


async def test_only_what_provably_has_not_begun_can_be_taken_back(db: Database) -> None:
    row = {
        "slot_at": START, "part": 1, "parts": 1, "channel_id": 1, "nonce": "n", "marker": "m", "payload": "{}",
        "next_attempt_at": START, "created_at": START,
    }  # fmt: skip
    states: list[dict[str, Any]] = [
        {"state": State.PENDING},
        {"state": State.HELD},
        {"state": State.HELD, "first_attempt_at": START},
        {"state": State.PENDING, "lease_until": START + timedelta(seconds=9)},
        {"state": State.SENDING, "first_attempt_at": START},
        {"state": State.SENT},
    ]
    async with db.write() as tx:
        feed_id = await reminders.own_feed(tx, 7, 700, START)
        ids = [
            await outbox.add_once(tx, {**row, "feed_id": feed_id, "stream": f"s{n}", **state})
            for n, state in enumerate(states)
        ]
        known = [id_ for id_ in ids if id_ is not None]
        assert len(known) == len(states)
        assert await outbox.add_once(tx, {**row, "feed_id": feed_id, "stream": "s0", **states[0]}) is None
        assert await outbox.drop_untouched(tx, known, START) == set(known[:2])


async def test_feeds_of_events_go_with_their_schema(db: Database) -> None:
    async with db.write() as tx:
        await feeds.add(
            tx, event_plan(), number=await feeds.take_number(tx, 1), created_by=9, now=START, since=START,
            slot_at=START,
        )  # fmt: skip
        feed_id = await reminders.own_feed(tx, 7, 700, START)
        await outbox.add_once(
            tx,
            {
                "feed_id": feed_id, "stream": "remind:1", "slot_at": START, "part": 1, "parts": 1,
                "channel_id": 700, "nonce": "n", "marker": "m", "payload": "{}", "state": State.PENDING,
                "next_attempt_at": START, "created_at": START,
            },
        )  # fmt: skip
    await schema.downgrade(db, "0003")
    await schema.upgrade(db)
    async with db.read() as tx:
        assert (await tx.execute(select(feed_table))).all() == []
        assert (await tx.execute(select(outbox_table))).all() == []
