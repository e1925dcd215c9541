"""Real processes, quickly: a parent that has imported everything forks a child for each run.

Starting Python and importing the bot takes more than a second; a fork takes milliseconds and is as
real a process, to be killed with SIGKILL. The parent reads a JSON line per order and answers with one.

    {"do": "spawn", "spec": {…}}  ->  {"pid": 123}
    {"do": "wait", "pid": 123}    ->  {"status": 0}, or minus the number of the signal that ended it
"""

import asyncio
import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Spec:
    """What a child does.

    `kill_at` is the step of the protocol at which it kills itself (0: never), counted from the start or,
    with `from_delivery`, from where messages go out; `mutation` takes one part of the protocol away, to
    show that the harness notices.
    """

    database_url: str
    api_url: str
    gateway_url: str
    now: float
    log: str
    kill_at: int = 0
    from_delivery: bool = False
    mutation: str = ""
    mode: str = "once"  # or "serve": the whole program until SIGTERM


class Zygote:
    """Drives the parent process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()

    async def spawn(self, spec: Spec) -> int:
        """Start a child and return its process id."""
        pid = (await self._order({"do": "spawn", "spec": asdict(spec)}))["pid"]
        assert isinstance(pid, int)
        return pid

    async def wait(self, pid: int) -> int:
        """Return a child's exit status once it has ended; minus a signal's number where one ended it."""
        status = (await self._order({"do": "wait", "pid": pid}))["status"]
        assert isinstance(status, int)
        return status

    async def run(self, spec: Spec) -> int:
        """Start a child and wait for it."""
        return await self.wait(await self.spawn(spec))

    async def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        # In a thread: the loop has to serve the child's requests meanwhile.
        return await asyncio.to_thread(self._exchange, json.dumps(order))

    def _exchange(self, line: str) -> dict[str, Any]:
        assert self._process is not None
        pipe = self._pipe(self._process.stdin)
        pipe.write(line + "\n")
        pipe.flush()
        answer: dict[str, Any] = json.loads(self._pipe(self._process.stdout).readline())
        return answer

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


class Steps:
    """Counts the steps of the protocol and ends the process at the chosen one, as a power cut would."""

    def __init__(self, kill_at: int, *, armed: bool) -> None:
        self._kill_at = kill_at
        self._count = 0
        self.armed = armed

    def step(self) -> None:
        self._count += self.armed
        if self.armed and self._count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _instrument(app: Any, spec: Spec) -> Steps:
    """Make every commit and every request of the delivery a step, and apply the mutation."""
    from bot.domain import outbox as protocol
    from bot.storage import outbox as queries
    from bot.storage.tables import outbox

    steps = Steps(spec.kill_at, armed=not spec.from_delivery)
    write, sender = app.db.write, app.outbox._sender
    post, find = sender.post, sender.find

    @asynccontextmanager
    async def stepped_write() -> AsyncIterator[Any]:
        steps.step()
        async with write() as tx:
            yield tx
            steps.step()
        steps.step()

    async def stepped_post(channel_id: int, payload: str, nonce: str) -> Any:
        steps.step()
        if spec.mutation == "nonce":
            nonce = os.urandom(12).hex()
        outcome = await post(channel_id, payload, nonce)
        steps.step()
        return outcome

    async def stepped_find(channel_id: int, after: datetime, marker: str) -> Any:
        steps.step()
        outcome = protocol.Absent() if spec.mutation == "look-up" else await find(channel_id, after, marker)
        steps.step()
        return outcome

    app.db.write, sender.post, sender.find = stepped_write, stepped_post, stepped_find
    if spec.mutation == "early commit":
        claim = queries.claim_due

        async def forgetful(tx: Any, now: datetime, **options: Any) -> Any:
            entries = await claim(tx, now, **options)
            for entry in entries:
                await tx.execute(
                    outbox.update()
                    .where(outbox.c.id == entry.id)
                    .values(state=entry.state, first_attempt_at=entry.first_attempt_at)
                )
            return entries

        queries.claim_due = forgetful
    return steps


async def _once(spec: Spec) -> None:
    import discord

    from bot.app import create_app
    from bot.settings import Settings
    from tests.support.clock import FakeClock

    clock = FakeClock(datetime.fromtimestamp(spec.now, UTC))
    app = create_app(_settings(Settings, spec), clock=clock)
    steps = _instrument(app, spec)
    app.bot._connection.guild_ready_timeout = 0.05
    async with app, app.bot:
        gateway = asyncio.create_task(app.bot.start("loopback-token"))
        ready = asyncio.create_task(app.bot.wait_until_ready())
        await asyncio.wait({gateway, ready}, return_when=asyncio.FIRST_COMPLETED)
        if gateway.done():
            gateway.result()
        await app.services.digests.build_due()
        steps.armed = True
        await app.outbox.deliver_due()
        await app.bot.close()
        with contextlib.suppress(asyncio.CancelledError, discord.DiscordException):
            await gateway


def _settings(kind: Any, spec: Spec) -> Any:
    return kind(
        _env_file=None,
        database_url=spec.database_url,
        discord_api_url=spec.api_url,
        discord_gateway_url=spec.gateway_url,
        arxiv_rss_url="http://127.0.0.1:9/rss",
        arxiv_api_url="http://127.0.0.1:9/query",
        hf_papers_url="http://127.0.0.1:9/daily",
        discord_token="loopback-token",
    )


async def _serve(spec: Spec) -> None:
    from bot.cli import _serve as serve
    from bot.client import client_for
    from bot.settings import Settings

    def quick(*args: Any) -> Any:
        client = client_for(*args)
        client._connection.guild_ready_timeout = 0.05  # else two seconds for every start
        return client

    launch: Any = importlib.import_module("bot.launch")
    launch.client_for = quick
    await serve(_settings(Settings, spec), "loopback-token")


def _child(spec: Spec) -> int:
    from bot import log

    with Path(spec.log).open("a", encoding="utf-8") as stream:
        log.configure(level="INFO", stream=stream)
        try:
            asyncio.run(_serve(spec) if spec.mode == "serve" else _once(spec))
        except BaseException:  # noqa: BLE001 - the log is all that is left of a child
            traceback.print_exc(file=stream)
            return 1
        return 0


async def _rehearse() -> None:
    """Do once what every child begins with: what it imports and compiles, the forks then have as well."""
    from bot.app import create_app
    from bot.settings import Settings

    for url in ("sqlite+aiosqlite:///nowhere", "postgresql+asyncpg://nobody@127.0.0.1:9/nowhere"):
        spec = Spec(url, "http://127.0.0.1:9/api", "ws://127.0.0.1:9/", 0, os.devnull)
        app = create_app(_settings(Settings, spec))
        _instrument(app, spec)
        await app.db.open()  # connects to nothing yet
        await app.db.close()


def main() -> None:
    """Serve orders until standard input ends."""
    for name in (
        "bot.app",
        "bot.cli",
        "bot.launch",
        "cogs",
        "apscheduler.schedulers.asyncio",
        "tests.support.clock",
    ):
        importlib.import_module(name)  # so that a fork has it all
    asyncio.run(_rehearse())
    # Else each child's collector would touch, and so copy, all that it has from here.
    gc.collect()
    gc.freeze()

    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "wait":
            _, status = os.waitpid(order["pid"], 0)
            print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            os._exit(_child(Spec(**order["spec"])))
        print(json.dumps({"pid": pid}), flush=True)


if __name__ == "__main__":
    main()
