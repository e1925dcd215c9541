"""A small server on this machine that plays the sources of papers and events from the samples, each in its own shape.

So the whole real path runs in the try-out: HTTP, parser, database, digest, outbox, channel.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final, Self

from aiohttp import web

from bot.clock import Clock
from bot.content import load_taxonomy
from bot.tryout import arxiv_api, hf_papers
from bot.tryout.arxiv import render, render_error
from bot.tryout.events import load_samples

_GROUP_PAGE: Final = b"""<!doctype html><title>Sample Learning Circle</title>
<link rel="alternate" type="text/calendar" href="/circle.ics">
<h1>Sample Learning Circle</h1><p>We meet every week.</p>"""
_NO_MLH: Final = b'<script data-page="app">{"props": {"upcomingEvents": []}}</script>'


class SampleSources:
    """Serves on 127.0.0.1, as of the clock's day, what the real sources would.

    Those are arXiv's lists and query API, Hugging Face's daily papers, a group's page and calendar, Devpost's
    list and the deadlines of conferences. The other sites of hackathons list none.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        app = web.Application()
        app.router.add_get("/rss/{query}", self._lists)
        app.router.add_get("/api/query", self._look_up)
        app.router.add_get("/api/daily_papers", self._daily)
        start = clock.now()
        events = load_samples(start)
        for path, body, content_type in (
            ("/circle", _GROUP_PAGE, "text/html"),
            ("/devpost", events.hackathons, "application/json"),
            ("/mlh/{season}/events", _NO_MLH, "text/html"),
            ("/zindi", b'{"data": [], "meta": {"open_count": 0}}', "application/json"),
            ("/hackclub", b"[]", "application/json"),
            ("/deadlines.yml", events.deadlines, "application/yaml"),
        ):
            app.router.add_get(path, _playing(body, content_type))
        app.router.add_get("/circle.ics", self._calendar)
        self._start = start
        # The bot keeps its connection open; nothing here is worth waiting for at the end.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._port = 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def arxiv_rss_url(self) -> str:
        """What takes the place of `https://rss.arxiv.org/rss`."""
        return f"http://127.0.0.1:{self._port}/rss"

    @property
    def arxiv_api_url(self) -> str:
        """What takes the place of `https://export.arxiv.org/api/query`."""
        return f"http://127.0.0.1:{self._port}/api/query"

    @property
    def hf_papers_url(self) -> str:
        """What takes the place of `https://huggingface.co/api/daily_papers`."""
        return f"http://127.0.0.1:{self._port}/api/daily_papers"

    @property
    def group_url(self) -> str:
        """The page of a group whose meetups `/feed meetups` can post."""
        return f"http://127.0.0.1:{self._port}/circle"

    @property
    def event_settings(self) -> dict[str, Any]:
        """The settings that take the place of the real sources of events."""
        here = f"http://127.0.0.1:{self._port}"
        return {
            "devpost_url": f"{here}/devpost",
            "mlh_url": f"{here}/mlh",
            "zindi_url": f"{here}/zindi",
            "hackclub_url": f"{here}/hackclub",
            "deadlines_url": f"{here}/deadlines.yml",
            "fetch_allow": frozenset({("127.0.0.1", self._port)}),
        }

    async def _lists(self, request: web.Request) -> web.Response:
        query = request.match_info["query"]
        known = load_taxonomy().get(query) is not None
        text = render(query, self._clock.now()) if known else render_error(query, self._clock.now())
        return web.Response(
            text=text, status=200 if known else 400, content_type="application/rss+xml", charset="utf-8"
        )

    async def _look_up(self, request: web.Request) -> web.Response:
        status, text = arxiv_api.answer(request.query, self._clock.now())
        return web.Response(text=text, status=status, content_type="application/atom+xml", charset="utf-8")

    async def _calendar(self, _: web.Request) -> web.Response:
        body = load_samples(self._start, self._clock.now()).calendar
        return web.Response(body=body, content_type="text/calendar")

    async def _daily(self, request: web.Request) -> web.Response:
        now = self._clock.now()
        try:
            day = date.fromisoformat(request.query.get("date", now.date().isoformat()))
            limit = int(request.query.get("limit", "50"))
        except ValueError:
            return web.json_response({"error": "Invalid date or limit"}, status=400)
        return web.json_response(hf_papers.daily(day, now, max(0, limit)))


def _playing(body: bytes, content_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=content_type)

    return answer
