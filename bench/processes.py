"""Bots in processes of their own, so that start and memory are theirs alone."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.loopback.server import LoopbackDiscord

ROOT: Final = Path(__file__).resolve().parents[1]

COHORT: Final = ("-m", "bot", "run")
"""The program as operators start it."""

BARE: Final = ("-m", "bench.children.bare_bot")
"""The plainest of discord.py bots."""

NOWHERE: Final = "http://127.0.0.1:9"
_SOURCES: Final = ("ARXIV_RSS", "ARXIV_API", "HF_PAPERS", "DEVPOST", "MLH", "DEADLINES")

PATIENCE_S: Final = 120.0
STOP_WITHIN_S: Final = 15.0


@dataclass(frozen=True)
class Memory:
    """Resident memory in MiB: now, and the most there has been (None where the system does not tell)."""

    now: float
    peak: float | None


@dataclass
class Child:
    """A running process; everything it prints is read and kept."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    async def line(self, part: str, seconds: float = PATIENCE_S) -> str:
        """Return the first line with `part` in it, waiting for it; raise with all it said where none comes."""

        def found() -> str | None:
            return next((line for line in self.lines if part in line), None)

        async with self._heard:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._heard.wait_for(
                        lambda: found() is not None or self.process.returncode is not None
                    )
        line = found()
        if line is None:
            raise RuntimeError(f"the process never said {part!r}; it said:\n" + "\n".join(self.lines[-30:]))
        return line

    async def listen(self) -> None:
        """Read until it ends."""
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            async with self._heard:
                self.lines.append(raw.decode(errors="replace").rstrip())
                self._heard.notify_all()
        await self.process.wait()
        async with self._heard:
            self._heard.notify_all()


@asynccontextmanager
async def child(
    arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path
) -> AsyncIterator[Child]:
    """Run `python …` in `folder`, end it with SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,  # not the repository's root, where an operator may keep a .env
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=1 << 20,
    )
    running = Child(process)
    listening = asyncio.create_task(running.listen())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await asyncio.shield(listening)
        except TimeoutError:
            process.kill()
            await listening


def environment(
    discord: LoopbackDiscord | None = None, database: Path | None = None, **more: str
) -> dict[str, str]:
    """Return the variables of a child: this process's own without any settings of Cohort, and what is given."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("COHORT_")
        # An installation is compiled; without that each start would compile all it imports.
        and name not in {"DISCORD_TOKEN", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE"}
    }
    made = own | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    made |= {f"COHORT_{source}_URL": NOWHERE for source in _SOURCES}
    if discord is not None:
        made |= discord.environment()
    if database is not None:
        made["DATABASE_URL"] = f"sqlite:///{database}"
    return made | more


def memory(pid: int) -> Memory:
    """Return a process's resident memory; from /proc where there is one, else from `ps`."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        figures = dict(
            line.split(":", 1)
            for line in status.read_text(encoding="utf-8").splitlines()
            if line.startswith("Vm")
        )
        return Memory(_mib(figures["VmRSS"]), _mib(figures["VmHWM"]))
    done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)  # noqa: S603, S607
    return Memory(_mib(done.stdout), None)


def _mib(figure: str) -> float:
    return int(figure.split(maxsplit=1)[0]) / 1024


async def settled(pid: int, *, every_s: float = 0.5, times: int = 4, at_most_s: float = 60) -> Memory:
    """Return a process's memory once it has stayed within one per cent for `times` looks."""
    looks: list[float] = []
    for _ in range(round(at_most_s / every_s)):
        looks.append(memory(pid).now)
        recent = looks[-times:]
        if len(recent) == times and max(recent) - min(recent) < 0.01 * max(recent):
            break
        await asyncio.sleep(every_s)
    return memory(pid)
