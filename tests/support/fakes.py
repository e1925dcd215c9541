"""Hand-written fakes of the two edges, Discord's channels and arXiv's lists, and what tests fill them with."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from xml.sax.saxutils import escape

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.digests import Digest, Rendered, Selection
from bot.domain.feeds import Feed, FeedPlan, Style
from bot.domain.native import FULL
from bot.domain.outbox import Absent, Action, Busy, Refused, Sent, State, Unknown, Unreadable, nonce
from bot.domain.papers import Announcement, AnnounceType, Author, Batch, Paper
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.sources.http import MAX_BYTES, Response
from bot.storage import digesting, feeds, outbox
from bot.storage.digesting import Built
from bot.storage.engine import Database
from bot.storage.tables import outbox as outbox_table

# --- Discord ----------------------------------------------------------------------------------------

_EPOCH_MS: Final = 1420070400000  # https://discord.com/developers/docs/reference#snowflakes


class Fault(StrEnum):
    """What may happen to one request."""

    LOST_BEFORE = "no answer, and it had no effect"
    LOST_AFTER = "no answer, and it had its effect"
    RAISES_BEFORE = "the sender fails, without effect"
    RAISES_AFTER = "the sender fails, after the effect"
    REFUSED = "403"
    BUSY = "429"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that stands in a channel."""

    id: int
    channel_id: int
    nonce: str
    payload: str
    forum_id: int | None = None  # where it is a post in a forum, whose thread is the channel

    @property
    def lines(self) -> list[str]:
        content: str = json.loads(self.payload)["content"]
        return content.splitlines()


@dataclass(slots=True)
class Native:
    """A scheduled event of a server."""

    id: int
    server_id: int
    body: dict[str, Any]
    status: int = 1
    interested: int = 0

    @property
    def stands(self) -> bool:
        return self.status in {1, 2}


@dataclass(slots=True)
class Room:
    """A thread that no message began."""

    id: int
    channel_id: int
    body: dict[str, Any]
    members: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Post:
    """A request to create a message, whatever came of it."""

    channel_id: int
    nonce: str
    payload: str
    at: datetime


class _NoRoom(Exception):
    """The server has as many scheduled events as it may."""


class FakeSender:
    """Discord's channels, as the outbox sees them.

    `clock` is Discord's own. A nonce is remembered for `window` after the message was created; Discord
    says "the past few minutes". `post_faults` and `look_faults` are taken one for each request.
    """

    def __init__(self, clock: Clock, *, window: timedelta = timedelta(minutes=3)) -> None:
        self._clock = clock
        self._window = window
        self._nonces: dict[str, tuple[datetime, Message]] = {}
        self.messages: list[Message] = []
        self.posts: list[Post] = []
        self.looks: list[tuple[int, datetime, str]] = []
        self.post_faults: deque[Fault | None] = deque()
        self.look_faults: deque[Fault | None] = deque()
        self.forbidden: set[int] = set()
        self.hidden: set[int] = set()
        self.deleted: set[int] = set()
        self.edits: list[tuple[int, str]] = []  # message and new body, in the order in which they took effect
        self.natives: list[Native] = []
        self.native_limit = 100
        self.rooms: list[Room] = []
        self.left: set[int] = set()  # who is in no server any more
        self.threads: dict[int, str] = {}  # names by the id of the message that opened them
        self.busy_for = timedelta(seconds=7)
        self.online = True
        self.notice_channels: dict[int, int] = {}
        self.before_post: Callable[[Post], None] = lambda _post: None  # on the way there
        self.after_post: Callable[[Post], None] = lambda _post: None  # on the way back

    def ready(self) -> bool:
        return self.online

    def notice_channel(self, server_id: int, chosen: int | None = None) -> int | None:
        return chosen or self.notice_channels.get(server_id)

    def lines(self, channel_id: int) -> list[str]:
        """The last line of each message in a channel, oldest first."""
        return [message.lines[-1] for message in self.messages if message.channel_id == channel_id]

    async def post(self, channel_id: int, payload: str, nonce: str) -> Sent | Refused | Busy | Unknown:
        return await self._serve(Post(channel_id, nonce, payload, self._clock.now()), self._create)

    async def post_in_forum(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        body = json.dumps(json.loads(payload)["message"])
        return await self._serve(Post(channel_id, "", body, self._clock.now()), self._create_forum_post)

    async def edit(self, channel_id: int, message_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        def change(request: Post) -> Message | None:
            for place, message in enumerate(self.messages):
                if (message.id, message.channel_id) == (message_id, channel_id):
                    self.messages[place] = replace(message, payload=payload)
                    self.edits.append((message_id, payload))
                    return message
            return None

        return await self._serve(Post(channel_id, "", payload, self._clock.now()), change)

    async def open_thread(
        self, channel_id: int, message_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        def open_(request: Post) -> Message | None:
            starter = next((message for message in self.messages if message.id == message_id), None)
            if starter is not None:
                self.threads.setdefault(message_id, json.loads(payload)["name"])
            return starter

        return await self._serve(Post(channel_id, "", payload, self._clock.now()), open_)

    async def open_room(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        def open_(request: Post) -> Message:
            id_ = _snowflake(self._clock.now()) + len(self.rooms) + 1
            self.rooms.append(Room(id_, request.channel_id, json.loads(payload)))
            return Message(id_, request.channel_id, "", payload)

        return await self._serve(Post(channel_id, "", payload, self._clock.now()), open_)

    async def seat(self, thread_id: int, payload: str, *, there: bool) -> Sent | Refused | Busy | Unknown:
        def change(request: Post) -> Message | None:
            room, user_id = self.room(thread_id), int(json.loads(payload)["user_id"])
            if room is None or user_id in self.left:
                return None
            (room.members.add if there else room.members.discard)(user_id)
            return Message(thread_id, thread_id, "", payload)

        return await self._serve(Post(thread_id, "", payload, self._clock.now()), change)

    async def change_room(self, thread_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        def change(request: Post) -> Message | None:
            room = self.room(thread_id)
            if room is None:
                return None
            room.body |= json.loads(payload)
            return Message(thread_id, thread_id, "", payload)

        return await self._serve(Post(thread_id, "", payload, self._clock.now()), change)

    async def find_room(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        found = await self.find(channel_id, after, marker)
        if not isinstance(found, Absent):
            return found
        since = _snowflake(after)
        for room in self.rooms:
            if room.channel_id == channel_id and room.id > since and room.body["name"] == marker:
                return Sent(room.id)
        return found

    def room(self, thread_id: int) -> "Room | None":
        """The thread with an id, where it stands."""
        return next((room for room in self.rooms if room.id == thread_id), None)

    async def create_native(
        self, server_id: int, payload: str, marker: str
    ) -> Sent | Refused | Busy | Unknown:
        await asyncio.sleep(0)
        there = self._standing(server_id)
        own = next((n for n in there if marker in n.body["description"].splitlines()), None)
        if own is not None:
            return await self.change_native(server_id, own.id, payload)

        def create(request: Post) -> Message:
            if len(self._standing(server_id)) >= self.native_limit:
                raise _NoRoom
            id_ = _snowflake(self._clock.now()) + len(self.natives) + 1
            self.natives.append(Native(id_, server_id, json.loads(payload)))
            return Message(id_, server_id, "", payload)

        try:
            return await self._serve(Post(server_id, "", payload, self._clock.now()), create)
        except _NoRoom:
            return Refused(FULL)

    def _standing(self, server_id: int) -> list[Native]:
        return [native for native in self.natives if native.server_id == server_id and native.stands]

    async def change_native(
        self, server_id: int, native_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        def change(request: Post) -> Message | None:
            native = next((n for n in self.natives if n.id == native_id), None)
            if native is None:
                return None
            body = json.loads(payload)
            if native.stands:
                native.status = body.pop("status", native.status)
                native.body |= body
                self.edits.append((native_id, payload))
            return Message(native_id, server_id, "", payload)

        return await self._serve(Post(server_id, "", payload, self._clock.now()), change)

    async def _serve(
        self, request: Post, act: "Callable[[Post], Message | None]"
    ) -> Sent | Refused | Busy | Unknown:
        await asyncio.sleep(0)
        channel_id = request.channel_id
        self.before_post(request)
        self.posts.append(request)
        fault = self.post_faults.popleft() if self.post_faults else None
        match fault:
            case Fault.LOST_BEFORE:
                return Unknown("No answer.")
            case Fault.RAISES_BEFORE:
                raise RuntimeError("a fault of ours")
            case Fault.BUSY:
                return Busy(self.busy_for)
            case Fault.REFUSED:
                return Refused("I may not post in the channel.")
        if channel_id in self.forbidden:
            return Refused("I may not post in the channel.")
        if channel_id in self.deleted:
            return Refused("The channel is gone.", gone=True)
        message = act(request)
        self.after_post(request)
        if fault is Fault.LOST_AFTER:
            return Unknown("No answer.")
        if fault is Fault.RAISES_AFTER:
            raise RuntimeError("a fault of ours")
        return Sent(message.id if message is not None else None)

    async def find(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        await asyncio.sleep(0)
        self.looks.append((channel_id, after, marker))
        fault = self.look_faults.popleft() if self.look_faults else None
        if fault in {Fault.LOST_BEFORE, Fault.LOST_AFTER}:
            return Unknown("No answer.")
        if fault in {Fault.RAISES_BEFORE, Fault.RAISES_AFTER}:
            raise RuntimeError("a fault of ours")
        if fault is Fault.BUSY:
            return Busy(self.busy_for)
        if fault is Fault.REFUSED or channel_id in self.hidden:
            return Unreadable("I may not read the history.")
        since = _snowflake(after)
        for message in self.messages:
            if (
                (message.forum_id or message.channel_id) == channel_id
                and message.id > since
                and marker in message.lines
            ):
                return Sent(message.id)
        return Absent()

    async def find_in_forum(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        return await self.find(channel_id, after, marker)

    def _create_forum_post(self, request: Post) -> Message:
        id_ = _snowflake(self._clock.now()) + len(self.messages)
        message = Message(id_, id_, "", request.payload, forum_id=request.channel_id)
        self.messages.append(message)
        return message

    def _create(self, request: Post) -> Message:
        now = self._clock.now()
        if request.nonce in self._nonces:
            created, first = self._nonces[request.nonce]
            if now - created < self._window:
                return first
        message = Message(
            _snowflake(now) + len(self.messages), request.channel_id, request.nonce, request.payload
        )
        self.messages.append(message)
        self._nonces[request.nonce] = (now, message)
        return message


def _snowflake(moment: datetime) -> int:
    return (int(moment.timestamp() * 1000) - _EPOCH_MS) << 22


def render(digest: Digest) -> list[Rendered]:
    """Three papers a message: the text that a digest has, without its looks."""
    shown = digest.selection.shown
    pages = [shown[start : start + 3] for start in range(0, len(shown), 3)]
    messages = []
    for part, page in enumerate(pages, start=1):
        marker = f"-# Feed {digest.feed.number} · {digest.slot_at:%Y-%m-%d %H:%M} · {part} of {len(pages)}"
        lines = [f"{candidate.paper.id} {candidate.paper.title}" for candidate in page]
        if part == len(pages) and digest.selection.overflow:
            lines.append(f"{len(digest.selection.overflow)} more")
        shown_here = tuple(candidate.paper.id for candidate in page)
        messages.append(Rendered({"content": "\n".join([*lines, marker])}, marker, shown_here))
    return messages


# --- arXiv ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a category's list."""

    id: str
    version: int = 1
    type: AnnounceType = AnnounceType.NEW
    title: str = ""
    summary: str = "We show that it works."
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A request that reached arXiv."""

    category: str
    etag: str | None
    last_modified: str | None
    at: datetime


@dataclass(slots=True)
class FakeFetcher:
    """arXiv: one answer, or one failure, for each category, and the requests it saw."""

    clock: Clock
    answers: dict[str, Response | Exception] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    during: Callable[[str], None] = lambda _category: None

    def serve(
        self, category: str, *items: Item, etag: str | None = None, last_modified: str | None = None
    ) -> None:
        """Answer with a list."""
        self._put(category, 200, rss(category, items), etag=etag, last_modified=last_modified)

    def serve_error_feed(self, category: str) -> None:
        """Answer as arXiv does to a query it does not know: 400, and a feed."""
        body = rss(category, (), title=f"Feed error for query: {category}", description="Bad subject class")
        self._put(category, 400, body)

    def refuse(self, category: str, status: int, retry_after: float | None = None) -> None:
        """Answer with a status and no feed."""
        self._put(category, status, b"Rate exceeded.", retry_after=retry_after)

    def fail(self, category: str, error: Exception) -> None:
        """Give no answer."""
        self.answers[category] = error

    def asked(self, category: str) -> list[Request]:
        """The requests for a category."""
        return [request for request in self.requests if request.category == category]

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
        category = url.rsplit("/", 1)[1]
        self.requests.append(Request(category, etag, last_modified, self.clock.now()))
        await asyncio.sleep(0)
        self.during(category)
        answer = self.answers[category]
        if isinstance(answer, Exception):
            raise answer
        if etag is not None and etag == answer.etag:
            return Response(304, b"", "", answer.etag, answer.last_modified, url)
        return answer

    def _put(
        self,
        category: str,
        status: int,
        body: bytes,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.answers[category] = Response(
            status, body, "application/rss+xml", etag, last_modified, f"https://arxiv/{category}", retry_after
        )


def rss(category: str, items: Iterable[Item], *, title: str = "", description: str = "") -> bytes:
    """A list in the shape of arXiv's RSS."""
    entries = "".join(
        f"<item><title>{escape(item.title or f'Paper {item.id}')}</title>"
        f"<link>https://arxiv.org/abs/{item.id}</link>"
        f"<description>arXiv:{item.id}v{item.version} Announce Type: {item.type} \n"
        f"Abstract: {escape(item.summary)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{item.id}v{item.version}</guid>'
        + "".join(f"<category>{code}</category>" for code in item.categories or (category,))
        + f"<arxiv:announce_type>{item.type}</arxiv:announce_type><dc:creator>A. Author</dc:creator></item>"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
        f"<title>{title or f'{category} updates on arXiv.org'}</title>"
        f"<link>http://rss.arxiv.org/rss/{category}</link><description>{description}</description>"
        f"{entries}</channel></rss>"
    ).encode()


# --- What they are filled with ----------------------------------------------------------------------


def paper(id_: str, *, version: int = 1, title: str = "", categories: tuple[str, ...] = ("cs.LG",)) -> Paper:
    """A paper."""
    return Paper(
        id=id_,
        version=version,
        title=title or f"Paper {id_}",
        abstract="We show that it works.",
        authors=(Author("Ana Example", "U. of X"), Author("Bo Sample")),
        categories=categories,
        primary_category=categories[0],
    )


def batch(
    category: str, *papers: Paper, kind: AnnounceType = AnnounceType.NEW, at: datetime | None = None
) -> Batch:
    """One category's list, all of one type."""
    return Batch(category, tuple(Announcement(each, category, kind, at) for each in papers))


async def add_feed(db: Database, chosen: FeedPlan, now: datetime) -> int:
    """Store a feed that posted last a day ago and does so next in a day; return its id."""
    async with db.write() as tx:
        return await feeds.add(
            tx,
            chosen,
            number=await feeds.take_number(tx, chosen.server_id),
            created_by=9,
            now=now,
            since=now - timedelta(days=1),
            slot_at=now + timedelta(days=1),
        )


async def record_digest(
    tx: AsyncConnection,
    feed: Feed,
    slot_at: datetime,
    selection: Selection,
    now: datetime,
    *,
    since: datetime,
) -> bool:
    """Write down what a slot of one feed dealt with; False where that slot was written already."""
    return bool(await digesting.record(tx, [Built(feed, slot_at, since, selection)], now))


async def stored_feed(tx: AsyncConnection, feed_id: int) -> Feed:
    """Return a feed that is there."""
    found = await feeds.by_id(tx, feed_id)
    assert found is not None
    return found


class Shape(StrEnum):
    """How a digest stands in its channel."""

    PLAIN = "messages one after the other"
    THREAD = "a message, and the others in its thread"
    FORUM = "a forum post, and the others below it"


async def add_digest(
    db: Database,
    feed_id: int,
    slot_at: datetime,
    *,
    channel_id: int = 100,
    parts: int = 1,
    shape: Shape = Shape.PLAIN,
) -> list[str]:
    """Put a digest of some messages into the outbox, due at its slot; return their last lines."""
    markers = [
        f"-# Feed {feed_id} · {slot_at:%Y-%m-%d %H:%M} · {part} of {parts}" for part in range(1, parts + 1)
    ]
    rows: list[dict[str, Any]] = []

    def add(action: Action, marker: str, body: dict[str, Any], below: int | None) -> None:
        part = len(rows) + 1
        rows.append(
            {
                "feed_id": feed_id,
                "slot_at": slot_at,
                "part": part,
                "parts": parts + (shape is Shape.THREAD),
                "channel_id": channel_id,
                "nonce": nonce(channel_id, feed_id, slot_at, part),
                "marker": marker,
                "payload": Rendered(body, marker).body(),
                "state": State.PENDING,
                "next_attempt_at": slot_at,
                "created_at": slot_at,
                "action": action,
                "below": below,
            }
        )

    for place, marker in enumerate(markers):
        message = {"content": f"Zoë & “𝒪(n²)”\n{marker}"}
        if shape is Shape.FORUM and place == 0:
            add(Action.FORUM, marker, {"name": "Papers", "message": message}, None)
        else:
            below = {Shape.PLAIN: None, Shape.THREAD: 2, Shape.FORUM: 1}[shape] if place else None
            add(Action.POST, marker, message, below)
        if shape is Shape.THREAD and place == 0:
            add(Action.THREAD, f"{marker} thread", {"name": "Papers"}, 1)
    async with db.write() as tx:
        await outbox.add(tx, rows)
    return markers


async def edit_first(db: Database, feed_id: int, slot_at: datetime, words: str, now: datetime) -> None:
    """Let the first message of a digest say something else."""
    async with db.write() as tx:
        found = await tx.execute(
            select(outbox_table).where(
                outbox_table.c.feed_id == feed_id,
                outbox_table.c.slot_at == slot_at,
                outbox_table.c.stream == outbox.POST,
                outbox_table.c.part == 1,
            )
        )
        (row,) = found.all()
        await outbox.add_edit(tx, outbox.entry_of(row), f'{{"content":"{words}\\n{row.marker}"}}', now)


def plan(
    *,
    server_id: int | None = 1,
    member_id: int | None = None,
    channel_id: int = 100,
    categories: tuple[str, ...] = ("cs.LG",),
    query: str = "",
    style: Style = Style.DIGEST,
    limit: int = 10,
    at: time = time(9),
    zone: str = "UTC",
    days: frozenset[int] = EVERY_DAY,
) -> FeedPlan:
    """A plan: every day at nine."""
    return FeedPlan(
        server_id, channel_id, categories, query, style, limit, Schedule(at, zone, days), member_id=member_id
    )
