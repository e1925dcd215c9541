"""The loopback as a process of its own, for tests that kill bots: start it, ask it, stop it."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[3]


class RemoteLoopback:
    """A loopback Discord at an address. `call` reaches every method of `control.Control`."""

    def __init__(self, address: dict[str, str], session: aiohttp.ClientSession) -> None:
        self.address = address
        self._session = session

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point Cohort at it, to be merged into a child's environment."""
        return {
            "DISCORD_TOKEN": self.address["token"],
            "COHORT_DISCORD_API_URL": self.address["base_url"],
            "COHORT_DISCORD_GATEWAY_URL": self.address["gateway_url"],
        }

    async def call(self, do: str, /, **args: Any) -> Any:
        """Call a method of the control API; what it says is wrong becomes an AssertionError."""
        url = self.address["control_url"] + "/call"
        async with self._session.post(url, json={"do": do, "args": args}) as response:
            answer = await response.json()
        if "error" in answer:
            raise AssertionError(f"{do}: {answer['error']}")
        return answer["result"]


@asynccontextmanager
async def spawn(*, state_file: Path | None = None, club: bool = True) -> AsyncIterator[RemoteLoopback]:
    """Start a loopback process; end it with SIGTERM, at which it writes its state file."""
    arguments = ["--state-file", str(state_file)] if state_file is not None else []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.loopback",
        *arguments,
        *(["--club"] if club else []),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 20)
        async with aiohttp.ClientSession() as session:
            yield RemoteLoopback(json.loads(line), session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
