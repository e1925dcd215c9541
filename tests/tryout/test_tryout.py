"""The try-out without a browser: its arXiv, its server, its clock and its page."""

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import simcord

from bot.domain.papers import AnnounceType
from bot.errors import UserError
from bot.sources.arxiv import fetch_category, parse_feed
from bot.sources.errors import FeedErrorReported
from bot.sources.http import Fetcher
from bot.tryout import run_tryout
from bot.tryout.arxiv import render
from bot.tryout.cog import HOW_TO_BEGIN
from bot.tryout.samples import FIRST_DAY, announced
from bot.tryout.server import Page, open_page
from bot.tryout.sources import SampleSources
from bot.tryout.world import STARTS, Viewer, World, open_world

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


class StillClock:
    """A clock that stands still."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


@asynccontextmanager
async def tryout(folder: Path) -> AsyncIterator[World]:
    """A try-out in which time moves only when it is told to."""
    async with open_world(f"sqlite:///{folder / 'tryout.sqlite3'}", flowing=False) as world:
        yield world


@asynccontextmanager
async def paged(folder: Path) -> AsyncIterator[tuple[World, Page, aiohttp.ClientSession]]:
    async with tryout(folder) as world, open_page(world, 0) as page, aiohttp.ClientSession(page.url) as http:
        yield world, page, http


def room(world: World, name: str, viewer: Viewer | None = None) -> simcord.ChannelHandle:
    rooms = world.rooms(viewer or world.viewers[0])
    return world.channel(next(room.id for room in rooms if room.name == name))


async def make_feed(world: World, **options: Any) -> None:
    mira = world.viewers[0].actor
    chosen = {"channel": room(world, "papers"), "categories": "cs.LG, cs.CL", **options}
    result = await mira.slash(room(world, "welcome"), "feed papers", **chosen)
    assert "feed 1" in _all_text(said(result)).lower()


def said(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    assert result.response is not None
    return result.response


def _all_text(message: Any) -> str:
    """Everything a person reads in a message."""
    found: list[str] = [message.content]

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            found.extend(part[key] for key in ("content", "label") if isinstance(part.get(key), str))
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk([part if isinstance(part, dict) else part.to_dict() for part in message.components])
    return "\n".join(found)


# -- arXiv


def test_monday_as_the_bot_reads_it() -> None:
    batch = parse_feed(render("cs.LG", MONDAY).encode(), "cs.LG")
    assert batch.skipped == ()
    assert [a.paper.id for a in batch.announcements] == [i.paper.id for i in announced("cs.LG", FIRST_DAY)]
    adam = batch.announcements[0]
    assert (adam.type, adam.paper.version) == (AnnounceType.NEW, 1)
    assert adam.paper.title == "Adam: A Method for Stochastic Optimization"
    assert [author.name for author in adam.paper.authors] == ["Diederik P. Kingma", "Jimmy Ba"]
    assert adam.paper.abstract.startswith("Gives each parameter its own step size")
    assert adam.announced_at == datetime(2026, 1, 5, 5, tzinfo=UTC)
    assert AnnounceType.CROSS in {a.type for a in batch.announcements}


def test_a_morning_in_europe_is_still_yesterday_at_arxiv() -> None:
    early = datetime(2026, 1, 6, 4, 59, tzinfo=UTC)
    assert render("cs.CL", early).count("Attention Is All You Need") == 1
    assert "Attention Is All You Need" not in render("cs.CL", early + timedelta(minutes=1))


def test_every_title_and_name_survives_the_way_through_the_feed() -> None:
    for offset in range(14):
        day = FIRST_DAY + timedelta(days=offset)
        noon = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
        for category in ("cs.LG", "cs.CL", "cs.CV", "cs.AI", "stat.ML", "cs.RO", "cs.NE"):
            batch = parse_feed(render(category, noon).encode(), category)
            listed = announced(category, day)
            assert [a.paper.title for a in batch.announcements] == [i.paper.title for i in listed]
            assert [tuple(author.name for author in a.paper.authors) for a in batch.announcements] == [
                i.paper.authors for i in listed
            ]
            assert [set(a.paper.categories) for a in batch.announcements] == [
                set(i.paper.categories) for i in listed
            ]


async def test_the_server_answers_as_arxiv_does() -> None:
    clock = StillClock(MONDAY)
    async with SampleSources(clock) as sources, Fetcher() as fetcher:
        monday = await fetch_category(fetcher, sources.arxiv_rss_url, "cs.CL")
        assert monday.batch is not None
        assert len(monday.batch.announcements) == 3
        clock.time = MONDAY - timedelta(days=1)
        sunday = await fetch_category(fetcher, sources.arxiv_rss_url, "cs.CL")
        assert sunday.batch is not None
        assert sunday.batch.announcements == ()
        with pytest.raises(FeedErrorReported, match="nonsense"):
            await fetch_category(fetcher, sources.arxiv_rss_url, "nonsense")


# -- the server and its clock


async def test_who_and_what_is_there(tmp_path: Path) -> None:
    async with tryout(tmp_path) as world:
        assert world.name == "Cohort Try-out"
        mira, *members = world.viewers
        assert [(v.name, v.role) for v in world.viewers] == [
            ("Mira", "Moderator"),
            ("Ada", "Member"),
            ("Ben", "Member"),
            ("Chidi", "Member"),
        ]
        open_rooms = ["welcome", "papers", "events", "study-buddies", "lounge", "reading-room"]
        assert [r.name for r in world.rooms(mira)] == [*open_rooms, "mod-log"]
        assert all([r.name for r in world.rooms(member)] == open_rooms for member in members)
        assert not any(r.unread for viewer in world.viewers for r in world.rooms(viewer))
        assert "feed papers" in mira.actor.available_commands(room(world, "welcome"))
        assert "feed papers" not in members[0].actor.available_commands(room(world, "welcome"))
        assert "try next" in members[0].actor.available_commands(room(world, "welcome"))
        assert world.now() == STARTS


async def test_with_nothing_scheduled_the_commands_say_how_to_begin(tmp_path: Path) -> None:
    async with tryout(tmp_path) as world:
        ada, welcome = world.viewers[1].actor, room(world, "welcome")
        for command in ("try next", "try clock"):
            result = await ada.slash(welcome, command)
            assert HOW_TO_BEGIN in said(result).content
            assert said(result).ephemeral
        assert (await world.jump()).at is None
        assert world.now() == STARTS


async def test_the_first_jump_brings_the_digest(tmp_path: Path) -> None:
    async with tryout(tmp_path) as world:
        await make_feed(world)
        mira, welcome, papers = world.viewers[0], room(world, "welcome"), room(world, "papers")

        clock = await mira.actor.slash(welcome, "try clock")
        assert f"<t:{int(STARTS.timestamp())}:F>" in said(clock).content
        assert f"<t:{int(MONDAY.timestamp())}:F>" in said(clock).content

        answer = await mira.actor.slash(welcome, "try next")
        assert f"<t:{int(MONDAY.timestamp())}:F>" in said(answer).content
        assert world.now() == STARTS, "the answer comes first"
        await world.settled()

        assert world.now() == MONDAY
        (digest,) = papers.history()
        text = _all_text(digest)
        assert all(
            item.paper.title in text
            for code in ("cs.LG", "cs.CL")
            for item in announced(code, FIRST_DAY)
            if item.type is AnnounceType.NEW
        )
        last = welcome.last_message
        assert last is not None
        assert f"Posted in <#{papers.id}> (1 new message)." in last.content
        assert [r.name for r in world.rooms(mira) if r.unread] == ["welcome", "papers"]


async def test_a_fortnight_of_jumps_posts_every_paper_once(tmp_path: Path) -> None:
    async with tryout(tmp_path) as world:
        await make_feed(world, categories="cs.CL", days="every day")
        posted = 0
        for _ in range(14):
            jump = await world.jump()
            assert jump.at is not None
            assert jump.at.hour == 9
            posted += sum(count for _, count in jump.posts)
        assert world.now() == MONDAY + timedelta(days=13)
        messages = room(world, "papers").history()
        assert len(messages) == posted == 9, "as many weekdays as there are papers for"
        text = "\n".join(_all_text(message) for message in messages)
        titles = {
            item.paper.title
            for offset in range(14)
            for item in announced("cs.CL", FIRST_DAY + timedelta(days=offset))
            if item.type is AnnounceType.NEW
        }
        assert len(titles) == 26
        assert all(text.count(title) == 1 for title in titles)


async def test_time_flows_by_itself(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tryout.sqlite3'}"
    async with open_world(url) as world, asyncio.timeout(30):
        while world.now() == STARTS:  # noqa: ASYNC110 - SimCord's clock has no event
            await asyncio.sleep(0.05)


# -- the page


async def test_the_page_comes_from_one_address_and_may_only_be_framed_by_itself(tmp_path: Path) -> None:
    async with paged(tmp_path) as (_, _, http):
        for path, kind in (
            ("/", "text/html"),
            ("/tryout/page.js", "text/javascript"),
            ("/tryout/page.css", "text/css"),
            ("/tryout/frame.css", "text/css"),
            ("/tryout/icon.svg", "image/svg+xml"),
            ("/channel", "text/html"),
            ("/app.js", "application/javascript"),
            ("/preview.css", "text/css"),
            ("/fonts/noto-sans-latin-v2.015.ttf", "font/ttf"),
        ):
            async with http.get(path) as answer:
                assert (answer.status, answer.content_type) == (200, kind), path
                assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
                assert "X-Frame-Options" not in answer.headers
                text = await answer.text(errors="replace")
                if kind == "text/html":
                    assert "https://" not in text
                    assert "http://" not in text
                if path == "/channel":
                    assert "/tryout/frame.css" in text
        for path in ("/tryout/nothing.css", "/nothing.js", "/tryout/..%2Fserver.py"):
            async with http.get(path) as answer:
                assert answer.status == 404, path


async def test_another_site_gets_nothing(tmp_path: Path) -> None:
    async with paged(tmp_path) as (world, page, http):
        for headers in ({"Origin": "http://example.org"}, {"Origin": "null"}, {"Host": "example.org:80"}):
            for method, path in (("GET", "/tryout/state"), ("POST", "/tryout/next"), ("POST", "/api/pages")):
                async with http.request(method, path, headers=headers, json={}) as answer:
                    assert answer.status == 403, (headers, path)
        async with http.get("/tryout/state", headers={"Origin": page.url.rstrip("/")}) as answer:
            assert answer.status == 200
        assert world.now() == STARTS


async def test_choosing_a_channel_and_a_person(tmp_path: Path) -> None:
    async with paged(tmp_path) as (world, _, http):

        async def state(path: str = "/tryout/state", **body: str) -> dict[str, Any]:
            answer = http.post(path, json=body) if body else http.get(path)
            async with answer as response:
                assert response.status == 200
                result: dict[str, Any] = await response.json()
                return result

        first = await state()
        ids = {room["name"]: room["id"] for room in first["rooms"]}
        assert first["channel"] == ids["welcome"]
        assert first["viewer"] == str(world.viewers[0].id)

        moved = await state("/tryout/show", channel=ids["mod-log"])
        assert moved["channel"] == ids["mod-log"]
        assert moved["frame"] != first["frame"]
        assert (await state("/tryout/show", channel=ids["mod-log"]))["frame"] == moved["frame"]

        # A member may not read it, so the first channel is shown in its place.
        ada = await state("/tryout/show", viewer=str(world.viewers[1].id))
        assert ada["viewer"] == str(world.viewers[1].id)
        assert ada["channel"] == ids["welcome"]
        assert "mod-log" not in {room["name"] for room in ada["rooms"]}

        for nonsense in ({"channel": "1"}, {"viewer": "x"}, {"channel": "²"}):
            assert (await state("/tryout/show", **nonsense))["channel"] == ids["welcome"]
        async with http.post("/tryout/show", data=b"{") as answer:
            assert answer.status == 400


async def test_what_is_asked_while_the_channel_changes_holds_nothing_up(tmp_path: Path) -> None:
    async with paged(tmp_path) as (world, page, http):

        async def ask() -> int:
            async with http.get("/channel") as answer:
                return answer.status

        rooms = room(world, "papers"), room(world, "lounge")
        seen: set[int] = set()
        for turns in range(24):  # of the event loop between the question and the change
            asked = asyncio.create_task(ask())
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(20):
                await page.show(world.viewers[0], rooms[turns % 2].id)
                seen.add(await asked)
        assert seen == {200, 410}


async def test_the_button_jumps_and_says_where(tmp_path: Path) -> None:
    async with paged(tmp_path) as (world, _, http):
        async with http.post("/tryout/next", json={}) as answer:
            assert await answer.json() == {"said": HOW_TO_BEGIN, "channel": None}
        await make_feed(world)
        async with http.post("/tryout/next", json={}) as answer:
            papers = room(world, "papers")
            assert await answer.json() == {
                "said": "Posted in #papers (1 new message).",
                "channel": str(papers.id),
            }
        async with http.get("/tryout/state") as answer:
            state = await answer.json()
        assert state["now"] == MONDAY.isoformat()
        assert state["next"] == (MONDAY + timedelta(days=1)).isoformat()
        assert [r["name"] for r in state["rooms"] if r["unread"]] == ["papers"]


async def test_what_is_posted_reaches_an_open_page(tmp_path: Path) -> None:
    async with paged(tmp_path) as (world, _, http):
        await make_feed(world)
        async with http.post("/tryout/show", json={"channel": str(room(world, "papers").id)}) as answer:
            assert answer.status == 200
        async with http.post("/api/pages", json={}) as answer:
            opened = await answer.json()
        context = {"X-Simcord-Context": opened["context"]["id"]}
        assert opened["timeline"] == []
        await world.jump()
        async with asyncio.timeout(10):
            while True:
                async with http.get("/api/state", headers=context) as answer:
                    snapshot = await answer.json()
                if snapshot["timeline"]:
                    break
                await asyncio.sleep(0.01)
        assert "Attention Is All You Need" in json.dumps(snapshot["messages"])


async def test_a_taken_port_gives_way_to_a_free_one(tmp_path: Path) -> None:
    async with tryout(tmp_path) as world, open_page(world, 0) as first:
        port = int(first.url.rstrip("/").rpartition(":")[2])
        await first.close()  # SimCord allows one Preview at a time
        async with open_page(world, port) as second:
            assert second.url != first.url


# -- the whole


async def test_it_opens_says_where_and_closes(tmp_path: Path) -> None:
    lines: list[str] = []
    ready, stop = asyncio.Event(), asyncio.Event()
    database = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    running = asyncio.create_task(
        run_tryout(port=0, database=database, announce=lines.append, ready=ready, stop=stop)
    )
    opened = asyncio.create_task(ready.wait())
    async with asyncio.timeout(60):
        await asyncio.wait({opened, running}, return_when=asyncio.FIRST_COMPLETED)
        assert opened.done()
        (url,) = [line for line in lines if line.startswith("http://")]
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/")
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            assert answer.status == 200
        stop.set()
        await running
    assert (tmp_path / "kept.sqlite3").exists()


def test_importing_it_costs_nothing() -> None:
    code = (
        "import bot.tryout, sys; print([m for m in ('simcord', 'discord', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


async def test_without_simcord_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "simcord" else found(name))
    with pytest.raises(UserError, match="make try"):
        await run_tryout(stop=asyncio.Event())
