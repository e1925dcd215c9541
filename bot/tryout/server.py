"""The page: our frame around SimCord's Preview, which by itself shows one channel to one viewer.

Everything comes from one address. Our page has the list of channels, the people and the clock; the
channel in the middle is SimCord's own page, passed through with two changes: it may be framed by us,
and `frame.css` hides its developer's tools. The address holds no secret, so every request has to
come from this machine's own page: the Host and Origin headers are checked.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import simcord
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.tryout import LOOPBACK
from bot.tryout.cog import HOW_TO_BEGIN, describe_jump
from bot.tryout.world import Room, Viewer, World

_log = logging.getLogger("cohort.tryout")

_STATIC: Final = Path(__file__).parent / "static"
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self' blob:; "
    "img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": _POLICY,
}
_CAPABILITY: Final = "X-Simcord-Capability"
_PASSED_ON: Final = ("X-Simcord-Context", "Content-Type")
_PASSED_BACK: Final = ("X-Display-", "X-Media-", "X-Simcord-", "Content-Disposition")
_MAX_UPLOAD: Final = 26 * 2**20

_INJECTED: Final = (
    '<link rel="stylesheet" href="/tryout/frame.css">'
    '<script type="module" src="/tryout/frame.js"></script></head>'
)


_Answer = tuple[aiohttp.ClientResponse, bytes]
"""What came back, and its body."""


class Page:
    """What the browser sees."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._session = session
        self._questions: set[asyncio.Task[_Answer]] = set()  # to the open Preview
        self._preview: simcord.Preview | None = None
        self._number = 0  # of the Preview that is open: the browser reloads its frame when it changes
        self._viewer: Viewer = world.viewers[0]
        self._channel_id = 0
        self._switching = asyncio.Lock()
        self.url = ""

    def routes(self) -> list[web.RouteDef]:
        """Return what is served, the most particular first."""
        return [
            web.get("/", self._index),
            web.get("/favicon.ico", self._icon),
            web.get("/tryout/state", self._state),
            web.post("/tryout/show", self._show),
            web.post("/tryout/next", self._next),
            web.get(r"/tryout/{name:[a-z]+\.(?:css|js|svg)}", self._static),
            web.get("/channel", self._frame),
            web.route("*", "/{path:.+}", self._pass_on),
        ]

    async def open(self) -> None:
        """Show the first channel to the first viewer."""
        await self.show(self._viewer, self._world.rooms(self._viewer)[0].id)

    async def close(self) -> None:
        """End the Preview that is open."""
        if self._preview is not None:
            preview, self._preview = self._preview, None
            # A connection that comes in while aiohttp closes a server is never answered, and the server waits a
            # minute for it: nobody may be asking then.
            questions = list(self._questions)
            for question in questions:
                question.cancel()
            try:
                await asyncio.gather(*questions, return_exceptions=True)
            finally:
                await preview.close()

    async def show(self, viewer: Viewer, channel_id: int) -> None:
        """Show a channel as `viewer` sees it. SimCord allows one Preview at a time, so the last one ends."""
        async with self._switching, self._world.turn:
            if self._preview is not None and (viewer, channel_id) == (self._viewer, self._channel_id):
                return
            await self.close()
            channel = self._world.channel(channel_id)
            preview = self._world.env.preview(
                channel,
                # Who reads their direct messages is no member of a server while they do.
                viewers=[viewer.actor if channel.guild is not None else viewer.actor.user],
                layout="channel",
                timezone="UTC",
                assets=self._world.pictures,
            )
            await preview.__aenter__()
            self._preview, self._viewer, self._channel_id = preview, viewer, channel_id
            self._number += 1
            self._world.mark_read(viewer, channel_id)

    async def follow(self) -> None:
        """Tell the open Preview whenever something happened, for ever."""
        while True:
            await self._world.changed.wait()
            async with self._world.turn:
                self._world.changed.clear()
                self._world.mark_read(self._viewer, self._channel_id)
                if self._preview is None:
                    continue
                try:
                    await self._preview.refresh()
                except Exception:  # noqa: BLE001 - the next change is the remedy
                    _log.exception("the page could not be refreshed")

    # -- our own page

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return _file("index.html")

    async def _icon(self, _request: web.Request) -> web.StreamResponse:
        return _file("icon.svg")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return _file(request.match_info["name"])

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(await self._described(), headers=_HEADERS)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        asked = await _json(request)
        viewer = self._world.viewer(_id(asked.get("viewer"))) or self._viewer
        rooms = self._world.rooms(viewer)
        wanted = _id(asked.get("channel")) or self._channel_id
        room = next((room for room in rooms if room.id == wanted), rooms[0])
        await self.show(viewer, room.id)
        return web.json_response(await self._described(), headers=_HEADERS)

    async def _next(self, _request: web.Request) -> web.StreamResponse:
        jump = await self._world.jump()
        if jump.at is None:
            return web.json_response({"said": HOW_TO_BEGIN, "channel": None}, headers=_HEADERS)
        names = {
            room.id: "your direct messages" if room.direct else f"#{room.name}"
            for room in self._world.rooms(self._viewer)
        }
        posts = [(names.get(where, "another place"), count) for where, count in jump.posts]
        return web.json_response(
            {
                "said": describe_jump(posts),
                "channel": next((str(where) for where, _ in jump.posts if where in names), None),
            },
            headers=_HEADERS,
        )

    async def _described(self) -> dict[str, Any]:
        world = self._world
        due = await world.next_due()
        rooms = world.rooms(self._viewer)
        return {
            "server": world.name,
            "number": self._number,
            "now": world.now().isoformat(),
            "next": None if due is None else due.isoformat(),
            "posted": world.posted,
            "viewer": str(self._viewer.id),
            "viewers": [
                {"id": str(viewer.id), "name": viewer.name, "role": viewer.role} for viewer in world.viewers
            ],
            "channel": str(self._channel_id),
            "frame": f"/channel?{self._number}#tryout",
            "rooms": [_described_room(room) for room in rooms],
        }

    # -- SimCord's page

    async def _frame(self, _request: web.Request) -> web.StreamResponse:
        answer, payload = await self._ask("GET", "/", {}, None)
        html = payload.decode(answer.charset or "utf-8")
        return web.Response(
            text=html.replace("</head>", _INJECTED, 1), content_type="text/html", headers=_HEADERS
        )

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        body = await request.read() if request.can_read_body else None
        acts = request.method == "POST" and request.path == "/api/action"
        async with contextlib.AsyncExitStack() as stack:
            if acts:
                # The Preview tells its own page what an action brought; anything later is news again.
                await stack.enter_async_context(self._world.turn)
                self._world.changed.clear()
                if self._preview is not None:
                    # It would draw the answer by the time of its last refresh: "read in 6 seconds".
                    self._preview.capture_time = self._world.now()
            answer, payload = await self._ask(request.method, request.rel_url.raw_path_qs, headers, body)
            kept = {name: value for name, value in answer.headers.items() if name.startswith(_PASSED_BACK)}
            if acts:
                self._world.mark_read(self._viewer, self._channel_id)
            return web.Response(
                body=payload,
                status=answer.status,
                content_type=answer.content_type,
                charset=answer.charset,
                headers={**_HEADERS, **kept},
            )

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> _Answer:
        """Ask the open Preview and return its answer, read; raises HTTPGone when it is closed meanwhile."""
        question = asyncio.create_task(self._fetch(method, path, headers, body))
        self._questions.add(question)
        question.add_done_callback(self._questions.discard)
        try:
            await asyncio.wait((question,))
        finally:
            question.cancel()  # if whoever asked is gone
        try:
            return question.result()
        except (asyncio.CancelledError, simcord.SetupError, aiohttp.ClientError):
            # It was closed in this moment, for another channel.
            raise web.HTTPGone(headers=_HEADERS) from None

    async def _fetch(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> _Answer:
        if self._preview is None:
            raise web.HTTPGone(headers=_HEADERS)
        address = urlsplit(self._preview.url)  # it carries the capability that the Preview wants to see
        async with self._session.request(
            method,
            f"http://{address.netloc}{path}",
            headers={**headers, _CAPABILITY: address.fragment},
            data=body,
            allow_redirects=False,
        ) as answer:
            return answer, await answer.read()


@contextlib.asynccontextmanager
async def open_page(world: World, port: int, host: str = LOOPBACK) -> AsyncIterator[Page]:
    """Serve the page on `port`, or on a free one when that is taken; `host` is for containers.

    Whatever it listens on, it answers only at the names of this machine.
    """
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(auto_decompress=True, trust_env=False)
        )
        page = Page(world, session)
        app = web.Application(client_max_size=_MAX_UPLOAD, middlewares=[_only_ourselves(page)])
        app.add_routes(page.routes())
        # Browsers hold connections open; at the end there is nothing to wait for.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await _listen(runner, host, port)
        page.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        stack.push_async_callback(page.close)
        await page.open()
        following = asyncio.create_task(page.follow())
        try:
            yield page
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await web.TCPSite(runner, host, 0).start()


def _only_ourselves(page: Page) -> Middleware:
    """Refuse what another web site makes a browser send here, by a form or by a name that leads here."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        port = urlsplit(page.url).port
        hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        origin = request.headers.get("Origin")
        if request.host not in hosts or (origin is not None and urlsplit(origin).netloc not in hosts):
            raise web.HTTPForbidden(text="Open this page at its own address.", headers=_HEADERS)
        return await handler(request)

    return check


def _file(name: str) -> web.Response:
    path = _STATIC / name
    if not path.is_file():
        raise web.HTTPNotFound(headers=_HEADERS)
    return web.Response(
        text=path.read_text(encoding="utf-8"), content_type=_TYPES[path.suffix], headers=_HEADERS
    )


def _described_room(room: Room) -> dict[str, Any]:
    return {
        "id": str(room.id),
        "name": room.name,
        "parent": None if room.parent_id is None else str(room.parent_id),
        "unread": room.unread,
        "direct": room.direct,
    }


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        asked = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(headers=_HEADERS) from None
    return asked if isinstance(asked, dict) else {}


def _id(value: object) -> int:
    """Read an id from the page; anything else is 0, which nobody has."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else 0
