"""The try-out: the whole bot on this machine, in a browser, without Discord, a token or a network."""

import asyncio
import contextlib
import importlib.util
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.errors import UserError

DEFAULT_PORT = 8765
LOOPBACK = "127.0.0.1"

_MISSING = (
    "The try-out needs SimCord, which is not installed. "
    "In a checkout, run `make try`; elsewhere, run `pip install 'cohort-bot[try]'`."
)


async def run_tryout(
    *,
    port: int = DEFAULT_PORT,
    host: str = LOOPBACK,
    database: str | None = None,
    live: bool = False,
    announce: Callable[[str], None] = print,
    ready: asyncio.Event | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Open the try-out and keep it open until `stop` is set or the process is asked to end.

    `port` gives way to a free one when it is taken; `host` is what it listens on, for containers;
    `database` is a URL as in DATABASE_URL, a file that is
    thrown away by default; `live` (or COHORT_TRY_LIVE=1) reads the real arXiv. `ready` is set when the page
    can be opened. Raises UserError when a part is not installed.
    """
    if not all(importlib.util.find_spec(name) for name in ("simcord", "markdown_it", "PIL")):
        raise UserError(_MISSING)
    with _without_warnings_of("discord.client", "discord.state"):
        # SimCord tries a client out when it is imported; its warnings are about that one.
        from bot.tryout.server import open_page
        from bot.tryout.world import open_world

    live = live or os.environ.get("COHORT_TRY_LIVE", "").strip().lower() in {"1", "true", "yes", "on"}
    with contextlib.ExitStack() as kept:
        if database is None:
            folder = kept.enter_context(tempfile.TemporaryDirectory(prefix="cohort-try-"))
            database = f"sqlite:///{Path(folder, 'cohort.sqlite3').as_posix()}"
        if stop is None:
            stop = kept.enter_context(_asked_to_end())
        async with open_world(database, live=live) as world, open_page(world, port, host) as page:
            announce("Cohort is open. Go to this page in your browser:")
            announce(page.url)
            announce("Press Ctrl-C here to close it.")
            if ready is not None:
                ready.set()
            await stop.wait()


@contextlib.contextmanager
def _without_warnings_of(*names: str) -> Iterator[None]:
    levels = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in levels:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


@contextlib.contextmanager
def _asked_to_end() -> Iterator[asyncio.Event]:
    """Yield an event that Ctrl-C and SIGTERM set, so that everything is closed in order."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    installed: list[signal.Signals] = []
    for which in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers, nor has any thread but the first: Ctrl-C then cancels the task.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(which, asked.set)
            installed.append(which)
    try:
        yield asked
    finally:
        for which in installed:
            loop.remove_signal_handler(which)
