"""Saving a world and reading it back, so that it can outlive its process."""

import dataclasses
import types
import typing
from typing import Any

from tests.support.loopback import model
from tests.support.loopback.world import World

_TABLES = {
    "users": model.User,
    "guilds": model.Guild,
    "channels": model.Channel,
    "events": model.ScheduledEvent,
}


def dump(world: World) -> dict[str, Any]:
    """Return everything in a world as JSON; uploaded files and running interactions are left out."""
    tables = {
        name: [dataclasses.asdict(record) for record in getattr(world, name).values()] for name in _TABLES
    }
    return {
        "token": world.token,
        "bot": world.bot.id,
        "owner": world.owner_id,
        "last_id": world.ids.last,
        "messages": [dataclasses.asdict(message) for message in world.messages.all()],
        "commands": [
            {"guild": scope, "commands": list(commands.values())}
            for scope, commands in world.commands.items()
        ],
        **tables,
    }


def restore(world: World, saved: dict[str, Any]) -> None:
    """Replace what is in a new world by what was saved."""
    world.token = saved["token"]
    for name, kind in _TABLES.items():
        table = getattr(world, name)
        table.clear()
        table.update((record["id"], _revive(kind, record)) for record in saved[name])
    for channel in list(world.channels.values()):
        world.place(channel)
    world.bot = world.users[saved["bot"]]
    world.application_id = world.bot.id
    world.owner_id = saved["owner"]
    world.ids.last = saved["last_id"]
    for message in saved["messages"]:
        world.messages.restore(_revive(model.Message, message))
    world.commands = {
        entry["guild"]: {int(command["id"]): command for command in entry["commands"]}
        for entry in saved["commands"]
    }
    world.commands.setdefault(None, {})


def _revive(kind: Any, value: Any) -> Any:
    """Rebuild a dataclass from JSON, in which the keys of all mappings have become text."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        fields = {name: _revive(hints[name], item) for name, item in value.items()}
        return kind(**fields)  # type: ignore[operator]  # a dataclass type, which is_dataclass does not narrow to
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType and value is not None:
        return _revive(next(choice for choice in arguments if choice is not type(None)), value)
    if origin is dict and arguments[0] is int:
        return {int(key): _revive(arguments[1], item) for key, item in value.items()}
    if origin is list:
        return [_revive(arguments[0], item) for item in value]
    return value
