"""A process that serves: it goes to Discord first, and the rest of the program is read while Discord answers.

Reading it takes longer than all else (SQLAlchemy, four hundred modules, the questions), and a login is mostly waiting.
From READY on Discord hands us interactions; they wait a moment for the program instead of failing.
"""

import asyncio
import contextlib
import gc
import logging
import sys
from typing import TYPE_CHECKING, Final

from bot.client import client_for
from bot.clock import SystemClock
from bot.settings import Settings
from bot.storage.lock import sole_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app import App

_log = logging.getLogger("cohort.launch")

LOGIN_COSTS_S: Final = 90.0
"""Discord allows a bot 1,000 IDENTIFY a day, one in 86.4 s, and resets the token of one that needs more.
https://discord.com/developers/docs/events/gateway#sharding-session-start-limit-object
"""

_SWITCH_S: Final = 0.0005
"""How long one thread keeps the other waiting while the program is read; Python's own five milliseconds add up."""


class Launch:
    """One run of the bot, from the login to the end."""

    def __init__(self, settings: Settings, *, login_costs_s: float = LOGIN_COSTS_S) -> None:
        self.clock = SystemClock()
        self.bot = client_for(settings, self.clock)
        self._settings = settings
        self._login_costs_s = login_costs_s
        self._app: App | None = None
        self._asked_to_stop = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None

    async def run(self, token: str) -> None:
        """Serve until `stop`, or until Discord or the program behind ends it with an error.

        Raises DatabaseInUse before anything is asked of Discord. Where the program behind cannot be opened after
        the login, the error comes only when that login is paid for: a supervisor that starts the process again
        and again must not use up the day's.
        """
        with contextlib.ExitStack() as stack:
            if self._settings.sqlite_path is not None:
                stack.enter_context(sole_user(self._settings.sqlite_path))
            self.bot.hold()
            following = asyncio.create_task(self._follow())
            following.add_done_callback(self._followed)
            try:
                async with self.bot:
                    await self.bot.start(token)
            finally:
                following.cancel()
                await asyncio.wait({following})
                if self._app is not None:
                    await self._app.leave()
                if not following.cancelled() and (failure := following.exception()) is not None:
                    await self._pay_for_login(failure)
                    raise failure

    async def stop(self) -> None:
        """End `run` in good order: begin nothing more, finish what is under way, leave the gateway."""
        self._asked_to_stop.set()
        if self._app is not None:
            await self._app.finish()
        await self.bot.close()

    async def _follow(self) -> None:
        app = await asyncio.to_thread(_read_program)
        self._app = app(self._settings, clock=self.clock, bot=self.bot)
        gc.enable()  # the command line keeps it from looking for garbage while all of that is read
        await self._app.follow()

    def _followed(self, following: "asyncio.Task[None]") -> None:
        if not following.cancelled() and following.exception() is not None:
            self._closing = asyncio.create_task(self.bot.close())  # kept, or it might be collected half done

    async def _pay_for_login(self, failure: BaseException) -> None:
        if not self.bot.connected.is_set() or self._asked_to_stop.is_set():
            return
        _log.error(
            "the start failed; ending a little later, because Discord counts logins",
            extra={"error": type(failure).__name__, "wait_s": self._login_costs_s},
        )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked_to_stop.wait(), self._login_costs_s)


def _read_program() -> "Callable[..., App]":
    # The other thread, which talks to Discord, has little to do and is let in at once when it has.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        from bot.app import create_app
    finally:
        sys.setswitchinterval(interval)
    return create_app
