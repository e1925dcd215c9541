"""`python -m tests.support.loopback`: the loopback Discord as a process of its own.

Prints one line of JSON: base_url, gateway_url, control_url, cdn_url, token, and with --club the ids in it.
SIGTERM and SIGINT end it, after the world has been written to --state-file.
"""

import argparse
import asyncio
import dataclasses
import json
import signal
from pathlib import Path

from tests.support.loopback import persist
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World


async def serve(world: World, port: int, address: dict[str, object]) -> None:
    """Run until told to stop; `address` is printed together with where the server listens."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with LoopbackDiscord(world) as server:
        address |= {
            "base_url": server.base_url,
            "gateway_url": server.gateway_url,
            "control_url": server.origin + "/control",
            "cdn_url": server.cdn_url,
            "token": world.token,
        }
        print(json.dumps(address), flush=True)  # the address is what it prints for
        await stop.wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.loopback", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--state-file", type=Path, help="read at the start, written at the end")
    parser.add_argument("--club", action="store_true", help="begin with a small server")
    arguments = parser.parse_args()
    world, state = World(), arguments.state_file
    address: dict[str, object] = {}
    if state is not None and state.is_file():
        persist.restore(world, json.loads(state.read_text(encoding="utf-8")))
    elif arguments.club:
        address = {"club": dataclasses.asdict(add_club(world))}
    asyncio.run(serve(world, arguments.port, address))
    if state is not None:
        state.write_text(json.dumps(persist.dump(world)), encoding="utf-8")


if __name__ == "__main__":
    main()
