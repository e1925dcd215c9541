"""A server in SimCord with the whole of Cohort in it, on a real SQLite file, and an arXiv of our own."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import discord
import simcord
from aiohttp import web
from discord import Permissions, app_commands
from discord.http import Route
from simcord.results import to_discord_message

from bot.app import App, create_app
from bot.errors import UserError
from bot.settings import Settings
from bot.tryout import arxiv_api
from bot.tryout.samples import Sample
from cogs.ui.cards import IS_COMPONENTS_V2
from tests.support.clock import START

MANAGE = Permissions(manage_guild=True)


class EnvClock:
    """SimCord's clock: with any other every interaction looks stale or future. Waiting moves it."""

    def __init__(self) -> None:
        self.env: simcord.Env | None = None

    def now(self) -> datetime:
        return self.env.now() if self.env else START

    async def sleep(self, seconds: float) -> None:
        assert self.env is not None
        self.env.backend.clock.advance(seconds)


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper in a list of our own making."""

    id: str
    title: str
    version: int = 1
    type: str = "new"
    authors: str = "Ada Lovelace, Grace Hopper"
    abstract: str = "We show that it works. It does so often."
    categories: tuple[str, ...] = ("cs.AI",)


def rss(*papers: Listed, title: str = "cs.AI updates on arXiv.org", reason: str = "A list.") -> bytes:
    """Return a daily list in the shape of rss.arxiv.org; without papers it is a quiet day."""
    items = "".join(
        f"<item><title>{escape(p.title)}</title><link>https://arxiv.org/abs/{p.id}</link>"
        f"<description>arXiv:{p.id}v{p.version} Announce Type: {p.type} \nAbstract: {escape(p.abstract)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{p.id}v{p.version}</guid>'
        + "".join(f"<category>{category}</category>" for category in p.categories)
        + f"<arxiv:announce_type>{p.type}</arxiv:announce_type><dc:creator>{escape(p.authors)}</dc:creator></item>"
        for p in papers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>http://rss.arxiv.org/rss</link>"
        f"<description>{escape(reason)}</description>{items}</channel></rss>"
    ).encode()


def some(count: int, *, first: int = 1, category: str = "cs.AI") -> list[Listed]:
    """Return papers that differ in number only."""
    return [
        Listed(f"2601.{number:05d}", f"Paper number {number}", categories=(category,))
        for number in range(first, first + count)
    ]


QUIET = {
    "/devpost": b'{"hackathons": [], "meta": {"total_count": 0, "per_page": 40}}',
    "/mlh/2026/events": b'<script data-page="app">{"props": {"upcomingEvents": []}}</script>',
    "/zindi": b'{"data": [], "meta": {"open_count": 0}}',
    "/hackclub": b"[]",
}
"""What the sites of hackathons answer when there are none."""


@web.middleware
async def _hang_up(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
    """Keep no connection: SimCord would wait for the timer with which aiohttp ends an idle one."""
    answer = await handler(request)
    answer.force_close()
    return answer


class Arxiv:
    """Answers for arXiv, Hugging Face and the sources of events with what a test put there.

    What it was told nothing of is quiet, or is not there.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.known: list[Listed] = []  # what the query API finds
        self.queries: list[dict[str, str]] = []  # what the query API was asked
        self.api_fault: tuple[int, str] | None = None  # status and body that it answers instead
        self.daily: list[dict[str, Any]] = []  # Hugging Face's entries, the same on every day
        self.pages: dict[str, tuple[int, bytes]] = {path: (200, body) for path, body in QUIET.items()}
        self.clock: Callable[[], datetime] = lambda: START
        self._address = ""

    @property
    def url(self) -> str:
        """Where the lists are."""
        return f"{self._address}/rss"

    @property
    def api_url(self) -> str:
        """Where the query API is."""
        return f"{self._address}/api/query"

    @property
    def daily_url(self) -> str:
        """Where the daily papers are."""
        return f"{self._address}/api/daily_papers"

    @property
    def event_settings(self) -> dict[str, Any]:
        """Where events come from."""
        port = int(self._address.rpartition(":")[2])
        return {
            **{f"{name}_url": f"{self._address}/{name}" for name in ("devpost", "mlh", "zindi", "hackclub")},
            "deadlines_url": f"{self._address}/deadlines.yml",
            "fetch_allow": frozenset({("127.0.0.1", port)}),
        }

    def page(self, path: str, body: bytes = b"", status: int = 200) -> str:
        """Put something at a path, and return its address."""
        self.pages[path] = (status, body)
        return f"{self._address}{path}"

    def serve(self, category: str, body: bytes, status: int = 200) -> None:
        self.answers[category] = (status, body)

    def serve_papers(self, *papers: Listed, category: str = "cs.AI") -> None:
        self.serve(category, rss(*papers))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        application = web.Application(middlewares=[_hang_up])
        application.router.add_get("/rss/{category}", self._answer)
        application.router.add_get("/api/query", self._look_up)
        application.router.add_get("/api/daily_papers", self._daily)
        application.router.add_get("/{path:.*}", self._page)
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            self._address = f"http://{host}:{port}"
            yield
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        category = request.match_info["category"]
        self.asked.append(category)
        status, body = self.answers.get(category, (200, rss()))
        return web.Response(status=status, body=body, content_type="application/xml")

    async def _look_up(self, request: web.Request) -> web.Response:
        self.queries.append(dict(request.query))
        samples = [_sample(paper) for paper in self.known]
        status, body = self.api_fault or arxiv_api.answer(request.query, self.clock(), samples)
        return web.Response(status=status, text=body, content_type="application/atom+xml")

    async def _daily(self, request: web.Request) -> web.Response:
        return web.json_response(self.daily)

    async def _page(self, request: web.Request) -> web.Response:
        status, body = self.pages.get(request.path, (404, b""))
        return web.Response(status=status, body=body, content_type="text/plain")


def _sample(paper: Listed) -> Sample:
    authors = tuple(name.strip() for name in paper.authors.split(","))
    year = 2000 + int(paper.id[:2])
    return Sample(paper.id, paper.title, authors, paper.categories, year, paper.abstract)


class World:
    """One server: a moderator, a member, a channel for papers."""

    def __init__(self, app: App, env: simcord.Env, clock: EnvClock, arxiv: Arxiv, settings: Settings) -> None:
        self.app = app
        self.env = env
        self.clock = clock
        self.arxiv = arxiv
        self.settings = settings
        self.faults_expected = False
        self.guild = env.create_guild("Club")
        self.papers = self.guild.create_text_channel("papers")
        self.lounge = self.guild.create_text_channel("lounge")
        self.mod = self.join("mira", MANAGE)
        self.member = self.join("ben")

    def join(self, name: str, permissions: Permissions | None = None) -> simcord.MemberActor:
        """Let somebody join, with a role of their own where they need permissions."""
        roles = [self.guild.create_role(f"{name}'s", permissions=permissions)] if permissions else []
        return self.guild.add_member(self.env.create_user(name), roles=roles)

    @cached_property
    def any_role(self) -> simcord.RoleHandle:
        """A role that nobody has."""
        return self.guild.create_role("any")

    async def feed(self, command: str, /, **options: Any) -> simcord.InteractionResult:
        """Type `/feed …` as the moderator."""
        return await self.mod.slash(self.lounge, f"feed {command}", **options)

    async def make(self, **options: Any) -> simcord.InteractionResult:
        """Type `/feed papers` for #papers and expect it to work."""
        result = await self.feed("papers", channel=self.papers, **options)
        assert "is set" in said(result), said(result)
        return result

    async def offered(self, command: str, option: str, typed: str, **filled: Any) -> list[str]:
        """Return the values that autocomplete offers the moderator."""
        choices = await self.mod.autocomplete(self.lounge, f"feed {command}", option, typed, **filled)
        return [str(choice["value"]) for choice in choices]

    async def press(self, custom_id: str, by: simcord.MemberActor | None = None) -> simcord.InteractionResult:
        """Press a button of a message that stands in the channel since who knows when."""
        who = by or self.mod
        return await who.click(await self.old_message(custom_id), custom_id=custom_id)

    async def old_message(self, custom_id: str, where: simcord.ChannelHandle | None = None) -> Any:
        """Post a message with one button, as an older Cohort may have."""
        channel = where or self.lounge
        button = {"type": 2, "style": 2, "label": "Old", "custom_id": custom_id}
        card = [{"type": 10, "content": "An old card"}, {"type": 1, "components": [button]}]
        body = {"flags": IS_COMPONENTS_V2, "components": card}
        with self.env.time_context():
            route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)
            created = await self.app.bot.http.request(route, json=body)
        return self.message(channel, int(created["id"]))

    def message(self, channel: simcord.ChannelHandle, message_id: int) -> discord.Message:
        """Return one message as discord.py knows it; `last_message` makes all of a channel's for that."""
        return to_discord_message(self.env, self.env.backend.messages[channel.id][message_id])

    def command_id(self, name: str = "feed") -> int:
        """Return the id Discord gave a command."""
        return int(self.env.backend.commands[None][(name, 1)]["id"])

    def let_through(self, command: str = "feed") -> None:
        """Let everybody type a command, as Discord does until it has heard who may: nothing allows them to."""
        self.env.backend.commands[None][(command, 1)]["default_member_permissions"] = None

    def forbid(self, channel: simcord.ChannelHandle, **denied: bool) -> None:
        """Take permissions from everyone in a channel, such as `send_messages=True`."""
        from simcord.backend.models import Overwrite
        from simcord.enums import OverwriteType

        deny = Permissions(**denied).value
        overwrite = Overwrite(target_id=self.guild.id, type=OverwriteType.ROLE, allow=0, deny=deny)
        self.env.backend.set_overwrite(channel.id, overwrite)

    def hide(self, channel: simcord.ChannelHandle, *seen_by: simcord.RoleHandle) -> None:
        """Let only some roles see a channel, and Cohort."""
        from simcord.backend.models import Overwrite
        from simcord.enums import OverwriteType

        self.forbid(channel, view_channel=True)
        view = Permissions(view_channel=True, send_messages=True).value
        ours = Overwrite(
            target_id=self.env.backend.bot_user.id, type=OverwriteType.MEMBER, allow=view, deny=0
        )
        self.env.backend.set_overwrite(channel.id, ours)
        for role in seen_by:
            theirs = Overwrite(target_id=role.id, type=OverwriteType.ROLE, allow=view, deny=0)
            self.env.backend.set_overwrite(channel.id, theirs)

    async def advance(self, **delta: float) -> None:
        """Move the clock, in hours or days."""
        await self.env.advance_time(delta.get("days", 0) * 86_400 + delta.get("hours", 0) * 3600)

    async def run_due(self) -> None:
        """Do what is due."""
        with self.env.time_context():
            await self.app.run_due()

    async def next_day(self) -> None:
        """Go to the same hour of the next day and do what is due."""
        await self.advance(days=1)
        await self.run_due()

    async def restart(self) -> None:
        """Stop the process and start another one on the same database."""
        old = self.app
        self.app = create_app(self.settings, clock=self.clock)
        await self.env.restart_bot(self.app.bot)
        await old.bot.close()

    def posts(self, channel: simcord.ChannelHandle | None = None) -> list[str]:
        """Return the text of each message in the channel, the oldest first."""
        handle = channel or self.papers
        stored = self.env.backend.messages.get(handle.id, {})
        return ["\n".join(texts(message)) for _, message in sorted(stored.items()) if not message.flags & 64]


@asynccontextmanager
async def open_world(
    folder: Path, *, template: Path | None = None, loaded: bool = True, **settings: Any
) -> AsyncIterator[World]:
    """Start the bot in an empty server; on leaving, errors it swallowed fail the test.

    With `loaded` the careers and questions are there from the beginning, for tests that look at them.
    """
    clock, arxiv, path = EnvClock(), Arxiv(), folder / "cohort.sqlite3"
    # All tests have one loop, and the plain bots of some leave views that wait in it.
    of_others = asyncio.all_tasks()
    if template is not None:
        shutil.copy(template, path)
    async with arxiv.running():
        addresses = {
            "arxiv_rss_url": arxiv.url,
            "arxiv_api_url": arxiv.api_url,
            "hf_papers_url": arxiv.daily_url,
            **arxiv.event_settings,
        }
        values = Settings(database_url=f"sqlite:///{path}", **(addresses | settings))
        app = create_app(values, clock=clock)
        # Reading in a process of its own takes a moment to begin with. Beyond 15 s SimCord would wait for the timer
        # with which aiohttp ends an idle connection, each time.
        clock.env = env = simcord.Env(app.bot, check_errors=False, settle_timeout=12)
        arxiv.clock = clock.now
        await env.start()
        if loaded:
            await app.services.load()
        world = World(app, env, clock, arxiv, values)
        try:
            yield world
            if not world.faults_expected:
                check_errors(env)
            check_nothing_kept(app.bot, asyncio.all_tasks() - of_others)
        finally:
            # SimCord cancels what goes on, and what then gives a connection back as well: it would be lost.
            await world.app.db.let_finish()
            await env.shutdown()
            await world.app.bot.close()


def check_nothing_kept(client: discord.Client, tasks: Collection[asyncio.Task[Any]]) -> None:
    """Check that discord.py keeps no card and no form: it would for a quarter of an hour, or for ever."""
    store: Any = client._connection._view_store
    kept = [*store._modals, *store._synced_message_views, *store._views]
    waiting = [task for task in tasks if "BaseView" in str(task.get_coro())]
    assert not kept, f"discord.py keeps views or forms: {kept}"
    assert not waiting, f"{len(waiting)} views wait to time out"


def check_errors(env: simcord.Env) -> None:
    """Raise what the bot swallowed, but for sentences meant for people."""
    faults = [error for error in env.errors if not is_user_error(error)]
    if faults:
        raise BaseExceptionGroup("the bot swallowed errors", faults)


def is_user_error(error: BaseException) -> bool:
    """Whether an error is what a person was told."""
    if isinstance(error, app_commands.CommandInvokeError):
        return isinstance(error.original, UserError)
    return isinstance(error, UserError)


def nodes(message: Any) -> Iterator[dict[str, Any]]:
    """Yield every component of a message, nested ones as well."""
    waiting: list[dict[str, Any]] = [
        item if isinstance(item, dict) else item.to_dict() for item in reversed(message.components)
    ]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.get("components", []))


def texts(message: Any) -> list[str]:
    """Return what a message says, part by part."""
    parts = [message.content] if message.content else []
    return parts + [node["content"] for node in nodes(message) if node["type"] == 10]


def said(result: simcord.InteractionResult) -> str:
    """Return what a person was told in answer, the last thing where there were several."""
    answers = [*([result.response] if result.response else []), *result.followups]
    assert answers, f"nobody was told anything: {result}"
    return "\n".join(texts(answers[-1]))


def buttons(result: simcord.InteractionResult) -> dict[str, str]:
    """Return label and custom id of each button in the answer that can be pressed."""
    assert result.response is not None
    return {
        node["label"]: node["custom_id"]
        for node in nodes(result.response)
        if node["type"] == 2 and "custom_id" in node and not node.get("disabled")
    }


async def click(
    who: simcord.MemberActor, result: simcord.InteractionResult, label: str
) -> simcord.InteractionResult:
    """Press a button of an answer."""
    assert result.response is not None
    return await who.click(result.response, label=label)


def shown_and_more(posts: Sequence[str]) -> tuple[int, int]:
    """Count the papers that stand in a digest's messages and those it says it left out."""
    text = "\n".join(posts)
    left = re.search(r"\*\*([\d,]+) more new papers?\*\* not shown", text)
    return len(re.findall(r"^### ", text, re.MULTILINE)), int(left[1].replace(",", "")) if left else 0


def at(text: str) -> datetime:
    """Read an instant in UTC, such as "2026-01-02 08:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
