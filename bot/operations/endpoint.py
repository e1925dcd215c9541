"""`/healthz` and `/metrics`, on loopback unless the operator says otherwise."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from bot.operations.exposition import CONTENT_TYPE, ExtraMissing, Snapshot, render
from bot.operations.health import Verdict

if TYPE_CHECKING:
    from aiohttp import web

_log = logging.getLogger("cohort.operations")

CLOSE_WITHIN_S: Final = 0.5
"""How long, seconds, a question under way may hold up the end of the process: aiohttp waits twice as long at most,
and left to itself two minutes."""


class Endpoint:
    """A small HTTP server. What it says holds counts and states, no names, ids or texts of anybody."""

    def __init__(self, look: Callable[[], Awaitable[Snapshot]], host: str, port: int) -> None:
        self._look = look
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. A port that is taken is logged and no reason not to run: another process may have it."""
        from aiohttp import web

        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_WITHIN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            _log.warning(
                "no health page: COHORT_HTTP_PORT is taken or not allowed",
                extra={"host": self._host, "port": self._port, "code": error.errno},
            )
            return
        self._runner = runner

    @property
    def address(self) -> str | None:
        """Where it listens, None where it does not."""
        if self._runner is None or not self._runner.addresses:
            return None
        host, port = self._runner.addresses[0][:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _healthz(self, _request: "web.Request") -> "web.Response":
        from aiohttp import web

        health = (await self._look()).health
        body = {"status": health.verdict.value, "faults": list(health.faults)}
        status = 200 if health.verdict is Verdict.OK else 503
        return web.Response(text=json.dumps(body), status=status, content_type="application/json")

    async def _metrics(self, _request: "web.Request") -> "web.Response":
        from aiohttp import web

        try:
            text = render(await self._look())
        except ExtraMissing:
            return web.Response(
                text="Metrics need a package more: pip install 'cohort-bot[metrics]'.\n", status=501
            )
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})
