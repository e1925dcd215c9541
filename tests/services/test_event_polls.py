"""Sources of events: read once for everybody, politely; sites joined, lists followed, failures told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.conferences import Selection, matching
from bot.domain.event_sources import calendar_key, describe_reading
from bot.domain.events import EventKind
from bot.domain.feeds import DEADLINE_MOMENTS, FeedKind, FeedPlan, FeedState
from bot.domain.hackathons import Source, Wanted
from bot.domain.sources import SourceOutcome
from bot.errors import UserError
from bot.services.events import Addresses
from bot.sources.errors import Busy, FetchError, Timeout, Unreachable
from bot.sources.http import ForbiddenAddress
from bot.sources.worker import Worker
from bot.storage import feeds, sources
from bot.storage.engine import Database
from bot.storage.tables import events, hackathon_entries, paces
from tests.support.clock import FakeClock
from tests.support.events import URL, Desk, FakeWeb, Vevent, calendar, event_plan, make_desk

TALK = Vevent("talk", "20260115T180000Z", title="A talk")
WHERE = Addresses()
DEVPOST = [f"{WHERE.devpost}?status[]=open&status[]=upcoming&page={page}" for page in range(1, 6)]
MLH = f"{WHERE.mlh}/2026/events"


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return make_desk(db, clock)


# --- Calendars --------------------------------------------------------------------------------------


async def test_a_calendar_is_read_every_hour_and_asked_whether_it_changed(desk: Desk) -> None:
    desk.web.serve(calendar(TALK), etag='"1"')
    await desk.add()
    for _ in range(5):
        await desk.polls.poll_due()
        desk.clock.advance(minutes=30)
    assert [asked.etag for asked in desk.web.asked] == [None, '"1"', '"1"']


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_read_a_source_once(db: Database, clock: FakeClock) -> None:
    web = FakeWeb(clock)
    urls = [f"https://club{number}.example/c.ics" for number in range(5)]
    for url in urls:
        web.serve(calendar(TALK), url)
    first, second = make_desk(db, clock, web, "first"), make_desk(db, clock, web, "second")
    for server_id, url in enumerate([*urls, *urls], start=1):
        await first.add(event_plan(server_id=server_id, channel_id=100 + server_id, url=url))
    for _ in range(3):
        web.asked.clear()
        await asyncio.gather(first.polls.poll_due(), second.polls.poll_due())
        assert sorted(asked.url for asked in web.asked) == urls
        clock.advance(hours=1)
    for _ in range(2):
        await asyncio.gather(first.tick(), second.tick())
        clock.advance(hours=9)
    await asyncio.gather(first.tick(), second.tick())
    posts = [message.channel_id for desk in (first, second) for message in desk.sender.messages]
    assert sorted(posts) == list(range(101, 111))


async def test_requests_to_one_host_keep_their_distance(db: Database, clock: FakeClock) -> None:
    desk = make_desk(db, clock)
    for number in range(4):
        url = f"https://club.example/{number}.ics"
        desk.web.serve(calendar(TALK), url)
        await desk.add(event_plan(channel_id=number, url=url))
    await desk.polls.poll_due()
    moments = sorted(asked.at for asked in desk.web.asked)
    assert all(later - earlier >= timedelta(seconds=2) for earlier, later in pairwise(moments))


async def test_a_commit_that_takes_long_brings_two_requests_no_closer(db: Database, clock: FakeClock) -> None:
    """The first of two has booked, and its transaction ends only when the second's turn has come."""

    class Slow(Database):
        late = 0

        @asynccontextmanager
        async def write(self) -> AsyncIterator[AsyncConnection]:
            async with db.write() as tx:
                yield tx
                booked = await tx.scalar(select(paces.c.free_at)) is not None
            if booked and self.late == 0:
                self.late += 1
                clock.advance(seconds=3)

        read = db.read

    desk = make_desk(db, clock)
    for number in range(3):
        url = f"https://club.example/{number}.ics"
        desk.web.serve(calendar(TALK), url)
        await desk.add(event_plan(channel_id=number, url=url))
    slow = make_desk(Slow(db.url), clock, desk.web)
    await slow.polls.poll_due()
    moments = sorted(asked.at for asked in desk.web.asked)
    assert len(moments) == 3
    assert all(later - earlier >= timedelta(seconds=2) for earlier, later in pairwise(moments))


async def test_a_failure_is_told_and_tried_again_ever_later(desk: Desk) -> None:
    desk.web.fail(Unreachable("There is no connection."))
    feed = await desk.add()
    waits = []
    for _ in range(4):
        await desk.polls.poll_due()
        (state,) = (await desk.polls.states([calendar_key(URL)])).values()
        waits.append(state.next_check_at - desk.clock.now())
        desk.clock.set(state.next_check_at)
    assert waits == [timedelta(minutes=m) for m in (5, 10, 20, 40)]
    words = describe_reading(state, desk.clock.now())
    assert words.startswith("failing since <t:")
    assert "There is no connection." in words
    desk.web.fail(Busy("The site asks to wait.", 429, 7200))
    await desk.polls.poll_due()
    (state,) = (await desk.polls.states([calendar_key(URL)])).values()
    assert state.next_check_at - desk.clock.now() == timedelta(hours=2)
    desk.web.serve(calendar())
    desk.clock.set(state.next_check_at)
    await desk.polls.poll_due()
    status = await desk.event_feeds.status(1, feed.number)
    (state,) = status.sources.values()  # type: ignore[assignment]
    assert state.outcome is SourceOutcome.QUIET
    assert "nothing to come" in describe_reading(state, desk.clock.now())


async def test_a_fault_of_ours_in_one_source_stops_no_other(desk: Desk) -> None:
    desk.web.fail(RuntimeError("ours"), "https://bad.example/c.ics")
    desk.web.serve(calendar(TALK))
    await desk.add(event_plan(url="https://bad.example/c.ics"))
    await desk.add(channel_id=101)
    assert await desk.polls.poll_due() == 1
    (state,) = (await desk.polls.states([calendar_key("https://bad.example/c.ics")])).values()
    assert state.error == "Reading it failed (RuntimeError)."


async def test_nobody_reads_what_no_active_feed_wants(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    feed = await desk.add()
    async with desk.db.write() as tx:
        await feeds.set_state(tx, feed.id, FeedState.PAUSED, now=desk.clock.now())
    await desk.polls.poll_due()
    assert desk.web.asked == []


async def test_calendars_are_read_in_the_worker(db: Database, clock: FakeClock) -> None:
    async with Worker(size=1) as worker:
        desk = make_desk(db, clock)
        desk.polls._worker = worker
        desk.web.serve(calendar(TALK))
        await desk.add()
        assert await desk.polls.poll_due() == 1


async def test_a_preview_reads_and_saves_nothing(desk: Desk) -> None:
    desk.web.serve(calendar(TALK, Vevent("over", "20251231T120000Z", end="20251231T130000Z")))
    found = await desk.event_feeds.preview_calendar("webcal://club.example/calendar.ics", zone="UTC")
    assert (found.url, found.name, found.total) == (URL, "ML Club", 1)
    assert [event.title for event in found.events] == ["A talk"]
    post = await desk.event_feeds.preview(event_plan())
    assert [each.event.title for each in post.shown] == ["A talk"]
    async with desk.db.read() as tx:
        assert (await tx.execute(select(events))).all() == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("not an address", "begins with https://"),
        ("https://www.facebook.com/groups/ml", "Facebook"),
        ("https://nobody.example/c.ics", "HTTP 404"),
    ],
)
async def test_a_preview_that_fails_says_what_to_do(desk: Desk, address: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await desk.event_feeds.preview_calendar(address, zone="UTC")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            Unreachable("It cannot be reached."),
            "It cannot be reached. Check the address, or try again later.",
        ),
        (
            Timeout("It did not answer in time."),
            "It did not answer in time. Check the address, or try again later.",
        ),
        (ForbiddenAddress("Use its public address."), "Use its public address."),
    ],
)
async def test_an_address_that_does_not_answer_is_refused_with_what_to_do(
    desk: Desk, error: FetchError, words: str
) -> None:
    desk.web.fail(error)
    with pytest.raises(UserError) as refused:
        await desk.event_feeds.preview_calendar(URL, zone="UTC")
    assert refused.value.message == words


# --- Hackathons -------------------------------------------------------------------------------------


def devpost(*items: dict[str, Any]) -> bytes:
    return json.dumps({"hackathons": items, "meta": {"total_count": len(items), "per_page": 40}}).encode()


def on_devpost(id_: int, title: str, dates: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "title": title,
        "url": f"https://sample{id_}.devpost.com/",
        "submission_period_dates": dates,
        "displayed_location": {"icon": "globe", "location": "Online"},
        "themes": [{"id": 6, "name": "Machine Learning/AI"}],
        "registrations_count": 10,
    } | more


def mlh(*items: dict[str, Any]) -> bytes:
    page = {"props": {"upcomingEvents": items, "pastEvents": []}}
    return (
        f'<html><script data-page="app" type="application/json">{json.dumps(page)}</script></html>'.encode()
    )


def on_mlh(id_: str, name: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "startsAt": start, "endsAt": end, "formatType": "digital"} | more


def hackathon_plan(**more: Any) -> FeedPlan:
    return event_plan(kind=FeedKind.HACKATHONS, sources=(Source.DEVPOST, Source.MLH), **more)


async def test_the_same_hackathon_on_two_sites_is_one_event_and_stays_it(desk: Desk) -> None:
    desk.web.serve(devpost(on_devpost(7, "Sample Hacks 2026", "Feb 06 - 08, 2026")), DEVPOST[0], kind="json")
    desk.web.serve(mlh(), MLH, kind="text/html")
    await desk.add(hackathon_plan())
    await desk.tick()
    both = on_mlh("m1", "Sample Hacks 2026", "2026-02-06T15:00:00Z", "2026-02-08T20:00:00Z")
    desk.web.serve(mlh(both, on_mlh("m2", "Other Jam", "2026-03-06T15:00:00Z", "2026-03-08T20:00:00Z")), MLH)
    for _ in range(3):
        desk.clock.advance(hours=12)
        await desk.tick()
    # Now Devpost drops it: what was one stays one, under the key it was first known by.
    desk.web.serve(devpost(on_devpost(8, "Unlike Any", "Apr 06 - 08, 2026")), DEVPOST[0])
    for _ in range(3):
        desk.clock.advance(hours=12)
        await desk.tick()
    async with desk.db.read() as tx:
        rows = {row.key: row for row in await tx.execute(select(events))}
        known = {row.key: row.identity for row in await tx.execute(select(hackathon_entries))}
    assert sorted(rows) == ["hackathon:devpost:7", "hackathon:devpost:8", "hackathon:mlh:m2"]
    assert known["hackathon:mlh:m1"] == "hackathon:devpost:7"
    assert not any(row.gone for row in rows.values())


async def test_two_hackathons_that_turn_out_to_be_one(desk: Desk) -> None:
    """Announced on two sites under two names; then one site takes over the other's title."""
    desk.web.serve(devpost(on_devpost(1, "Another One", "Mar 06 - 08, 2026")), DEVPOST[0])
    desk.web.serve(mlh(), MLH)
    feed = await desk.add(hackathon_plan(native=True))
    await desk.until(desk.clock.now() + timedelta(hours=10))
    two = devpost(
        on_devpost(1, "Another One", "Mar 06 - 08, 2026"),
        on_devpost(7, "Sample Hacks 2026", "Feb 06 - 08, 2026"),
    )
    desk.web.serve(two, DEVPOST[0])
    named = on_mlh("m1", "To be named", "2026-02-06T15:00:00Z", "2026-02-08T20:00:00Z")
    desk.web.serve(mlh(named), MLH)
    await desk.until(desk.clock.now() + timedelta(days=2))
    cards = [text for text in desk.texts() if "card" in text or "roundup" in text]
    assert sum("Sample Hacks 2026" in text for text in cards) == 1
    assert sum("To be named" in text for text in cards) == 1
    async with desk.db.read() as tx:
        ids = {row.key: row.id for row in await tx.execute(select(events))}
    first, second = ids["hackathon:devpost:7"], ids["hackathon:mlh:m1"]
    await desk.events.remind(5, 1, second, timedelta(days=1), dm_channel_id=55)
    await desk.events.remind(6, 1, first, timedelta(days=1), dm_channel_id=66)
    await desk.events.remind(6, 1, second, timedelta(days=1), dm_channel_id=66)
    desk.web.serve(mlh(named | {"name": "Sample Hacks 2026"}), MLH)
    posted = len(desk.texts())
    for _ in range(4):
        desk.clock.advance(hours=12)
        await desk.tick()
    # The second post is marked, nothing new is said, and one Discord event is left.
    assert len(desk.texts()) == posted
    (marked,) = (text for text in desk.texts() if "To be named" in text)
    assert "[same as Sample Hacks 2026]" in marked
    standing = [native.body["name"] for native in desk.sender.natives if native.stands]
    assert sorted(standing) == ["Another One", "Sample Hacks 2026"]
    coming = await desk.events.upcoming(1)
    assert [each.event.title for each in coming] == ["Sample Hacks 2026", "Another One"]
    assert (await desk.events.event(1, second)).id == first
    assert [each.listed.id for each in await desk.events.reminders(5)] == [first]
    assert [each.listed.id for each in await desk.events.reminders(6)] == [first]
    # From now on there is one reminder for both.
    await desk.until(datetime(2026, 2, 6, 12, tzinfo=UTC))
    said = [head for head in desk.heads() if head.startswith("reminder")]
    assert said == ["reminder day (1+0)"]
    assert len(desk.texts(55)) == len(desk.texts(66)) == 1
    assert await desk.events.forget_reminder(5, second)
    assert feed.number == 1


async def test_what_was_one_and_is_two_again_is_posted_on(desk: Desk) -> None:
    desk.web.serve(devpost(on_devpost(7, "Sample Hacks 2026", "Feb 06 - 08, 2026")), DEVPOST[0])
    other = on_mlh("m1", "To be named", "2026-02-06T15:00:00Z", "2026-02-08T20:00:00Z")
    desk.web.serve(mlh(other), MLH)
    await desk.add(hackathon_plan())
    await desk.until(desk.clock.now() + timedelta(hours=10))
    for name, known in (("Sample Hacks 2026", True), ("Quite Another 2nd Jam", False)):
        desk.web.serve(mlh(other | {"name": name, "startsAt": "2026-02-06T15:00:00Z"}), MLH)
        if not known:
            apart = {"startsAt": "2026-02-16T15:00:00Z", "endsAt": "2026-02-18T20:00:00Z"}
            desk.web.serve(mlh(other | {"name": name} | apart), MLH)
        desk.clock.advance(hours=12)
        await desk.tick()
        (text,) = (each for each in desk.texts() if each.startswith("first"))
        assert ("[same as Sample Hacks 2026]" in text) is known
    assert "Quite Another 2nd Jam" in text
    assert len(await desk.events.upcoming(1)) == 2


async def test_a_hackathon_that_every_site_dropped_is_gone(desk: Desk) -> None:
    rest = on_devpost(9, "Stays", "Mar 06 - 08, 2026")
    both = devpost(on_devpost(7, "Goes", "Feb 06 - 08, 2026"), rest)
    desk.web.serve(both, DEVPOST[0])
    await desk.add(event_plan(kind=FeedKind.HACKATHONS, sources=(Source.DEVPOST,)))
    await desk.tick()
    desk.web.serve(devpost(rest), DEVPOST[0])
    states = []
    for _ in range(3):
        desk.clock.advance(hours=12)
        await desk.tick()
        async with desk.db.read() as tx:
            states.append(
                {
                    row.body["title"]: row.gone
                    for row in await tx.execute(select(events.c.body, events.c.gone))
                }
            )
    assert states[0] == {"Goes": False, "Stays": False}
    assert states[1] == states[2] == {"Goes": True, "Stays": False}


async def test_a_count_of_registrations_is_no_change(desk: Desk) -> None:
    item = on_devpost(7, "Hacks", "Feb 06 - 08, 2026")
    desk.web.serve(devpost(item), DEVPOST[0])
    await desk.add(event_plan(kind=FeedKind.HACKATHONS, sources=(Source.DEVPOST,)))
    await desk.until(desk.clock.now() + timedelta(hours=10))
    desk.web.serve(devpost(item | {"registrations_count": 99}), DEVPOST[0])
    desk.clock.advance(hours=12)
    await desk.tick()
    assert desk.sender.edits == []
    async with desk.db.read() as tx:
        (row,) = (await tx.execute(select(events))).all()
    assert (row.revision, ["registrations", "99"] in row.body["details"]) == (0, True)


async def test_a_site_that_fails_holds_no_other_up(desk: Desk) -> None:
    desk.web.serve(devpost(on_devpost(7, "Hacks", "Feb 06 - 08, 2026")), DEVPOST[0])
    desk.web.refuse(500, MLH)
    feed = await desk.add(hackathon_plan(wanted=Wanted(themes=frozenset({"ai"}))))
    await desk.until(desk.clock.now() + timedelta(hours=10))
    assert desk.heads() == ["first (1+0)"]
    status = await desk.event_feeds.status(1, feed.number)
    outcomes = {name: state.outcome for name, state in status.sources.items() if state is not None}
    assert outcomes == {"Devpost": SourceOutcome.NEWS, "Major League Hacking": SourceOutcome.ERROR}


async def test_sites_are_read_twice_a_day(desk: Desk) -> None:
    desk.web.serve(devpost(on_devpost(7, "Hacks", "Feb 06 - 08, 2026")), DEVPOST[0])
    await desk.add(event_plan(kind=FeedKind.HACKATHONS, sources=(Source.DEVPOST,)))
    for _ in range(24):
        await desk.polls.poll_due()
        desk.clock.advance(hours=2)
    assert len(desk.web.asked) == 4


# --- Deadlines --------------------------------------------------------------------------------------

CONF = """
- title: {name}
  year: 2026
  id: {id}26
  full_name: Conference on {name}
  link: https://{id}.example/2026
  tags: [{tag}]
  deadlines:
    - type: submission
      label: Paper submission
      date: '{date} 23:59:59'
      timezone: AoE
"""


def conferences(**dates: str) -> bytes:
    tags = {"samplenlp": "natural-language-processing"}
    return "".join(
        CONF.format(name=id_.capitalize(), id=id_, date=date, tag=tags.get(id_, "machine-learning"))
        for id_, date in dates.items()
    ).encode()


async def test_deadlines_are_announced_counted_down_and_extended(desk: Desk) -> None:
    desk.web.serve(conferences(sampleml="2026-02-10", samplenlp="2026-03-01"), WHERE.deadlines)
    catalogue = await desk.event_feeds.read_catalogue()
    assert set(catalogue.conferences) == {"sampleml", "samplenlp"}
    assert matching("sampleml", catalogue) == Selection(("sampleml",))
    plan = event_plan(
        kind=FeedKind.DEADLINES,
        conferences=matching("sampleml", catalogue),
        moments=DEADLINE_MOMENTS,
    )
    await desk.add(plan)
    start = desk.clock.now()
    await desk.until(start + timedelta(days=36))
    desk.web.serve(conferences(sampleml="2026-02-17", samplenlp="2026-03-01"), WHERE.deadlines)
    await desk.until(start + timedelta(days=50))
    # 23:59:59 on the 10th, Anywhere on Earth, is the 11th in UTC.
    assert [
        post.at.date().isoformat() for post in desk.sender.posts if post.nonce and "reminder" in post.payload
    ] == [
        "2026-01-12",
        "2026-02-04",
        "2026-02-11",
        "2026-02-17",
    ]
    assert [head for head in desk.heads() if "said" in head] == [
        "said Sampleml 2026: Paper submission: time (answers True)"
    ]
    assert not any("Samplenlp" in text for text in desk.texts())


async def test_what_an_incomplete_list_lacks_is_not_gone(desk: Desk) -> None:
    whole = conferences(sampleml="2026-02-10", samplenlp="2026-03-01")
    desk.web.serve(whole, WHERE.deadlines)
    await desk.add(event_plan(kind=FeedKind.DEADLINES))
    await desk.tick()
    broken = conferences(sampleml="2026-02-10") + b"- title: Odd\n  year: never\n"
    desk.web.serve(broken, WHERE.deadlines)
    for _ in range(3):
        desk.clock.advance(hours=12)
        await desk.tick()
    assert [each.event.title for each in await desk.events.upcoming(1, kind=EventKind.DEADLINE)] == [
        "Sampleml 2026: Paper submission",
        "Samplenlp 2026: Paper submission",
    ]
    desk.web.serve(conferences(sampleml="2026-02-10"), WHERE.deadlines)
    for _ in range(2):
        desk.clock.advance(hours=12)
        await desk.tick()
    assert len(await desk.events.upcoming(1)) == 1


# --- Plans ------------------------------------------------------------------------------------------


async def test_a_plan_comes_back_as_it_was_saved(desk: Desk) -> None:
    plans = [
        event_plan(native=True, mention_role_id=5, moments=DEADLINE_MOMENTS, zone="Europe/Paris"),
        hackathon_plan(
            channel_id=101,
            wanted=Wanted(frozenset({"ai"}), online=True, place="Toronto", min_prize_usd=1000),  # type: ignore[arg-type]
        ),
        event_plan(kind=FeedKind.DEADLINES, channel_id=102, conferences=Selection(("neurips",), ("nlp",))),
    ]
    for plan in plans:
        assert (await desk.add(plan)).plan == plan
    with pytest.raises(UserError, match="already does exactly that"):
        await desk.add(plans[0])
    changed = replace(plans[0], limit=3)
    assert (await desk.event_feeds.change(1, 1, changed)).feed.plan == changed
    with pytest.raises(UserError, match="no feed 2"):
        await desk.event_feeds.change(1, 2, changed)
    with pytest.raises(UserError, match="address of a calendar"):
        await desk.add(event_plan(url=""))


async def test_a_feed_with_another_calendar_introduces_itself_anew(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    feed = await desk.add()
    await desk.until(desk.clock.now() + timedelta(hours=10))
    other = "https://other.example/c.ics"
    desk.web.serve(calendar(Vevent("x", "20260116T180000Z"), Vevent("y", "20260216T180000Z")), other)
    await desk.event_feeds.change(1, feed.number, event_plan(url=other))
    await desk.until(desk.clock.now() + timedelta(days=1))
    assert desk.heads() == ["first (1+0)", "first (2+0)"]


async def test_a_source_whose_process_died_is_read_by_another(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    await desk.add()
    async with desk.db.write() as tx:
        await sources.ensure(tx, [calendar_key(URL)], desk.clock.now())
        await sources.claim_due(tx, [calendar_key(URL)], desk.clock.now(), "dead", timedelta(minutes=10))
    await desk.polls.poll_due()
    assert desk.web.asked == []
    desk.clock.advance(minutes=11)
    await desk.polls.poll_due()
    assert len(desk.web.asked) == 1


async def test_events_that_are_long_over_are_forgotten(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    await desk.add()
    await desk.tick()
    async with desk.db.write() as tx:
        await tx.execute(update(events).values(over_at=desk.clock.now() - timedelta(days=61)))
    await desk.watch.run_due()
    async with desk.db.read() as tx:
        assert (await tx.execute(select(events))).all() == []
