"""Calendars written by hand, plain looks for posts about events, and a desk with everything about them."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from bot.delivery.outbox import Outbox
from bot.domain.agenda import EventPost, Listed, MemberReminder
from bot.domain.digests import Rendered
from bot.domain.events import Difference, Event, EventKind
from bot.domain.feeds import EventOptions, Feed, FeedKind, FeedPlan, Moment, Style
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.domain.sources import SourceState
from bot.services.events import (
    Addresses,
    EventFeeds,
    EventPolls,
    EventPosts,
    EventReminders,
    EventService,
    EventWatch,
)
from bot.sources.http import MAX_BYTES, Response
from bot.storage import feeds
from bot.storage import outbox as outbox_rows
from bot.storage.engine import Database
from bot.storage.events import reminders as reminder_rows
from bot.storage.tables import outbox
from tests.support.clock import FakeClock
from tests.support.fakes import FakeSender

URL = "https://club.example/calendar.ics"


# --- Calendars --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vevent:
    """One event of a calendar, as a site writes it."""

    uid: str
    start: str  # "20260115T180000Z", with a zone "Europe/Paris:20260115T180000", or a date "20260115"
    title: str = ""
    end: str = ""
    place: str = "Room 1"
    status: str = "CONFIRMED"
    rule: str = ""
    recurrence_id: str = ""
    description: str = ""
    sequence: int = 0

    def lines(self) -> list[str]:
        found = [
            "BEGIN:VEVENT",
            f"UID:{self.uid}",
            "DTSTAMP:20251201T000000Z",
            _date("DTSTART", self.start),
            f"SUMMARY:{self.title or f'Talk {self.uid}'}",
            f"LOCATION:{self.place}",
            f"STATUS:{self.status}",
            f"SEQUENCE:{self.sequence}",
        ]
        if self.end:
            found.append(_date("DTEND", self.end))
        if self.rule:
            found.append(f"RRULE:{self.rule}")
        if self.recurrence_id:
            found.append(_date("RECURRENCE-ID", self.recurrence_id))
        if self.description:
            found.append(f"DESCRIPTION:{self.description}")
        return [*found, "END:VEVENT"]


def calendar(*events: Vevent, name: str = "ML Club") -> bytes:
    """A calendar file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Club//EN", f"X-WR-CALNAME:{name}"]
    for event in events:
        lines += event.lines()
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def _date(name: str, value: str) -> str:
    if len(value) == 8:
        return f"{name};VALUE=DATE:{value}"
    zone, separator, moment = value.rpartition(":")
    return f"{name};TZID={zone}:{moment}" if separator else f"{name}:{value}"


def stamp(moment: datetime) -> str:
    """An instant as a calendar writes it."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True)
class Asked:
    """A request that reached the web."""

    url: str
    etag: str | None
    at: datetime


@dataclass
class FakeWeb:
    """Addresses and what they answer."""

    clock: FakeClock
    answers: dict[str, Response | Exception] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    slow: bool = False

    def serve(
        self, body: bytes, url: str = URL, *, kind: str = "text/calendar", etag: str | None = None
    ) -> None:
        """Answer with a document."""
        self.answers[url] = Response(200, body, kind, etag, None, url)

    def refuse(self, status: int, url: str = URL) -> None:
        """Answer with a status alone."""
        self.answers[url] = Response(status, b"", "text/plain", None, None, url)

    def fail(self, error: Exception, url: str = URL) -> None:
        """Give no answer."""
        self.answers[url] = error

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        self.asked.append(Asked(url, etag, self.clock.now()))
        await asyncio.sleep(0)
        answer = self.answers.get(url) or Response(404, b"", "text/plain", None, None, url)
        if isinstance(answer, Exception):
            raise answer
        if etag is not None and etag == answer.etag:
            return Response(304, b"", "", answer.etag, None, url)
        return answer


# --- Looks ------------------------------------------------------------------------------------------


class PlainEvents:
    """Text alone: what stands in a post, without its looks."""

    def post(self, post: EventPost) -> Rendered:
        marker = f"-# Feed {post.feed.number} · {post.slot_at:%Y-%m-%d %H:%M} · {_names(post)}"
        head = post.kind.value if post.moment is None else f"{post.kind.value} {post.moment.value}"
        lines = [f"{head} ({len(post.shown)}+{post.overflow})"]
        for each in post.shown:
            changed = f" [{','.join(each.aspects)}]" if each.differences else ""
            off = " OFF" if each.listed.is_off else ""
            if each.listed.same_as is not None:
                off = f" [same as {each.listed.same_title}]"
            lines.append(
                f"{each.event.title} at {each.event.starts_at:%m-%d %H:%M}, {each.event.place}{changed}{off}"
            )
        return _message(marker, lines)

    def say(
        self, feed: Feed, listed: Listed, differences: tuple[Difference, ...], message_id: int | None
    ) -> Rendered:
        aspects = ",".join(each.aspect for each in differences)
        marker = f"-# Feed {feed.number} · event {listed.id} · change {listed.revision}"
        return _message(marker, [f"said {listed.event.title}: {aspects} (answers {message_id is not None})"])

    def remind(self, reminder: MemberReminder, *, off: bool) -> Rendered:
        listed = reminder.listed
        what = "off" if off else f"at {listed.event.starts_at:%m-%d %H:%M}"
        who = "" if reminder.by_dm else f" <@{reminder.member_id}>"
        marker = f"-# Reminder {reminder.id} · {what} · {listed.revision}"
        return _message(marker, [f"remind{who} {listed.event.title} {what}"])

    def trouble(self, feed: Feed, troubled: Mapping[str, SourceState], now: datetime) -> Rendered:
        marker = f"-# Trouble of feed {feed.number} · {now:%Y-%m-%d %H:%M}"
        return _message(marker, [f"{name}: {state.error}" for name, state in troubled.items()])


def _names(post: EventPost) -> str:
    if len(post.shown) == 1:
        return f"event {post.shown[0].listed.id}"
    return post.kind.value


def _message(marker: str, lines: Iterable[str]) -> Rendered:
    return Rendered({"content": "\n".join([*lines, marker])}, marker)


# --- A desk -----------------------------------------------------------------------------------------


def event_plan(
    *,
    kind: FeedKind = FeedKind.MEETUPS,
    server_id: int = 1,
    channel_id: int = 100,
    style: Style = Style.EACH,
    limit: int = 10,
    at: time = time(9),
    zone: str = "UTC",
    days: frozenset[int] = EVERY_DAY,
    moments: tuple[Moment, ...] = (Moment.ANNOUNCED, Moment.DAY),
    native: bool = False,
    url: str = URL,
    **options: Any,
) -> FeedPlan:
    """A plan: every day at nine, a post for each event."""
    chosen = EventOptions(
        url=url if kind is FeedKind.MEETUPS else "", moments=moments, native=native, **options
    )
    return FeedPlan(
        server_id, channel_id, (), "", style, limit, Schedule(at, zone, days), kind=kind, events=chosen
    )


@dataclass
class Desk:
    """Everything about events over a real database, with Discord and the web faked."""

    db: Database
    clock: FakeClock
    web: FakeWeb
    sender: FakeSender
    polls: EventPolls
    posts: EventPosts
    reminders: EventReminders
    event_feeds: EventFeeds
    events: EventService
    outbox: Outbox
    watch: EventWatch

    async def add(self, chosen: FeedPlan | None = None, **choices: Any) -> Feed:
        """Set up a feed."""
        return (await self.event_feeds.create(chosen or event_plan(**choices), created_by=9)).feed

    async def tick(self) -> None:
        """One look at everything, as a process takes it."""
        await self.polls.poll_due()
        await self.posts.build_due()
        await self.reminders.remind_due()
        await self.outbox.deliver_due()

    async def until(self, moment: datetime, *, step: timedelta | None = None) -> None:
        """Let time pass, with a look whenever something is due, or every `step`; calendars are read then as well."""
        while self.clock.now() < moment:
            due = await self._next() if step is None else self.clock.now() + step
            self.clock.set(max(min(due, moment), self.clock.now()))
            await self.tick()

    async def _next(self) -> datetime:
        async with self.db.read() as tx:
            moments = [
                await feeds.next_run(tx),
                await outbox_rows.next_attempt(tx),
                await reminder_rows.next_due(tx),
            ]
        later = [each for each in moments if each is not None and each > self.clock.now()]
        return min(later, default=self.clock.now() + timedelta(hours=1))

    async def read(self, *events: Vevent, etag: str | None = None) -> None:
        """Let the calendar say this, and read it when it is next due."""
        self.web.serve(calendar(*events), etag=etag)
        self.clock.advance(hours=1)
        await self.tick()

    def texts(self, channel_id: int = 100) -> list[str]:
        """The messages of a channel as they stand, without their markers."""
        return [
            "\n".join(message.lines[:-1])
            for message in self.sender.messages
            if message.channel_id == channel_id
        ]

    def heads(self, channel_id: int = 100) -> list[str]:
        """The first line of each message in a channel."""
        return [text.splitlines()[0] for text in self.texts(channel_id)]

    async def payloads(self) -> list[tuple[str, dict[str, Any]]]:
        """Stream and body of every entry of the outbox, in order."""
        async with self.db.read() as tx:
            rows = await tx.execute(select(outbox).order_by(outbox.c.id))
            return [(row.stream, json.loads(row.payload)) for row in rows]


def make_desk(db: Database, clock: FakeClock, web: FakeWeb | None = None, owner: str = "first") -> Desk:
    """A process."""
    web = web or FakeWeb(clock)
    sender, looks = FakeSender(clock), PlainEvents()
    polls = EventPolls(db, clock, web, owner=owner, addresses=Addresses())
    return Desk(
        db,
        clock,
        web,
        sender,
        polls,
        EventPosts(db, clock, looks),
        EventReminders(db, clock, looks),
        EventFeeds(db, clock, polls),
        EventService(db, clock, polls),
        Outbox(db, clock, sender, owner=owner),
        EventWatch(db, clock, looks, notice_channel=sender.notice_channel),
    )


def meetup(
    key: str = "a",
    starts_at: datetime = datetime(2026, 1, 15, 18, tzinfo=UTC),
    **more: Any,
) -> Event:
    """A meetup."""
    values: dict[str, Any] = {
        "key": key,
        "kind": EventKind.MEETUP,
        "title": f"Talk {key}",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "zone": "UTC",
        "place": "Room 1",
    }
    return Event(**(values | more))


def listed(event: Event, id_: int = 1, **more: Any) -> Listed:
    """An event as it is stored."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return replace(Listed(id_, "calendar:x", event, False, 0, start, start), **more)
