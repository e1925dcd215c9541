"""The loopback as a process of its own, with state that outlives it."""

import json
from pathlib import Path

import aiohttp
import pytest

from tests.support.loopback import LoopbackDiscord, World, add_club, spawn
from tests.support.loopback.persist import dump, restore


async def test_a_process_of_its_own(tmp_path: Path) -> None:
    state = tmp_path / "x.json"
    async with spawn(state_file=state) as remote:
        (papers,) = [c for c in await remote.call("channels") if c.get("name") == "papers"]
        await remote.call("inject", kind="drop", when="after", path="/channels/*/messages")
        url = f"{remote.environment['COHORT_DISCORD_API_URL']}/channels/{papers['id']}/messages"
        headers = {"Authorization": f"Bot {remote.environment['DISCORD_TOKEN']}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await session.post(url, json={"content": "lost answer", "nonce": "n", "enforce_nonce": True})
        (message,) = await remote.call("messages", channel_id=int(papers["id"]))
        assert message["text"] == "lost answer"
        assert (await remote.call("report"))["unknown_routes"] == []
        (request,) = await remote.call("requests", route="POST /channels/{channel_id}/messages")
        assert request["fault"] == "drop after"
        with pytest.raises(AssertionError, match="no such call"):
            await remote.call("explode")
        with pytest.raises(AssertionError, match="there is no channel 1"):
            await remote.call("slash", user_id=1, channel_id=1, command="x")
    world = World()
    restore(world, json.loads(state.read_text()))
    assert [m.content for m in world.messages.in_channel(int(papers["id"]))] == ["lost answer"]


async def test_a_world_survives_saving(server: LoopbackDiscord) -> None:
    world = server.world
    club = add_club(world)
    server.set_permissions(club.papers, club.guild, deny=1 << 11)
    thread = world.add_thread(club.papers, "t", club.ada, kind=11)
    world.messages.add(thread.id, club.ada, {"content": "x"})
    world.commands[None][7] = {"id": "7", "name": "x"}
    again = World()
    restore(again, json.loads(json.dumps(dump(world))))
    assert dump(again) == dump(world)
    assert again.may(club.ada, again.channels[club.papers]) == world.may(
        club.ada, world.channels[club.papers]
    )
    assert again.ids.new() > world.ids.last - 1
