"""What INTERACTION_CREATE carries: options in their nesting, resolved people and places, filled-in modals."""

from collections.abc import Mapping
from typing import Any

from tests.support.loopback import permissions, project
from tests.support.loopback.errors import DriverError
from tests.support.loopback.model import Channel, walk
from tests.support.loopback.world import World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)
SNOWFLAKES = frozenset({USER, CHANNEL, ROLE, MENTIONABLE})
_PYTHON = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: int | float}


class Resolved:
    """The `resolved` part: everything that an id in the data refers to."""

    def __init__(self, world: World, guild_id: int | None, user_id: int) -> None:
        self._world, self._guild_id, self._user_id = world, guild_id, user_id
        self.data: dict[str, dict[str, Any]] = {}

    def add(self, kind: int, number: int) -> None:
        """Add a user, role or channel; kind as in the types of options."""
        world = self._world
        guild = world.guilds[self._guild_id] if self._guild_id is not None else None
        shown = str(number)
        if kind in {ROLE, MENTIONABLE} and guild is not None and number in guild.roles:
            self._put("roles", shown, project.role(guild.roles[number]))
        elif kind in {USER, MENTIONABLE} and number in world.users:
            self._put("users", shown, project.user(world.users[number]))
            if guild is not None and (member := guild.members.get(number)) is not None:
                granted = {"permissions": str(permissions.in_guild(guild, number))}
                self._put("members", shown, project.member(world, member, with_user=False) | granted)
        elif kind == CHANNEL and number in world.channels:
            channel = world.channels[number]
            granted = {"permissions": str(world.may(self._user_id, channel))}
            self._put("channels", shown, project.channel(world, channel) | granted)
        else:
            raise DriverError(f"there is nothing to pick with id {number}")

    def upload(self, name: str, content: bytes) -> str:
        """Add a file that somebody sends along; return its id."""
        number = self._world.ids.new()
        self._world.messages.files[number] = content
        url = f"{self._world.cdn_url}/attachments/{number}/{name}"
        shown = {"id": str(number), "filename": name, "size": len(content), "url": url, "proxy_url": url}
        self._put("attachments", str(number), shown)
        return str(number)

    def _put(self, part: str, number: str, value: dict[str, Any]) -> None:
        self.data.setdefault(part, {})[number] = value


def find_command(
    world: World, guild_id: int | None, name: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a registered command and the subcommands on the way to `"feed papers"`."""
    first, *rest = name.split()
    scopes = [world.commands.get(guild_id, {}) if guild_id is not None else {}, world.commands[None]]
    found = [c for scope in scopes for c in scope.values() if c["name"] == first and c["type"] == 1]
    if not found:
        known = sorted(c["name"] for scope in scopes for c in scope.values())
        raise DriverError(f"no command /{first} is registered; there are {known}")
    way: list[dict[str, Any]] = []
    node = found[0]
    for word in rest:
        inner = [
            o for o in node.get("options") or [] if o["name"] == word and o["type"] in {SUBCOMMAND, GROUP}
        ]
        if not inner:
            raise DriverError(f"/{first} has no {word!r}: {[o['name'] for o in node.get('options') or []]}")
        node = inner[0]
        way.append(node)
    if any(option["type"] in {SUBCOMMAND, GROUP} for option in node.get("options") or []):
        raise DriverError(f"/{name} is a group: {[o['name'] for o in node['options']]}")
    return found[0], way


def check_visible(world: World, command: dict[str, Any], channel: Channel, user_id: int) -> None:
    """Raise unless a Discord client would offer the command to this person here."""
    if channel.guild_id is None:
        contexts = command.get("contexts")
        if (contexts is not None and 1 not in contexts) or command.get("dm_permission") is False:
            raise DriverError(f"/{command['name']} is not offered in direct messages")
        return
    granted = world.may(user_id, channel)
    if not granted & permissions.USE_APPLICATION_COMMANDS:
        raise DriverError(f"user {user_id} cannot use commands in channel {channel.id}")
    wanted = command.get("default_member_permissions")
    # "0" means administrators only.
    hidden = wanted is not None and (granted & int(wanted) != int(wanted) or int(wanted) == 0)
    if hidden and granted != permissions.ALL:
        raise DriverError(f"user {user_id} does not see /{command['name']}: it needs permissions {wanted}")


def options_data(
    leaf: dict[str, Any], given: Mapping[str, Any], resolved: Resolved, *, focused: str | None = None
) -> list[dict[str, Any]]:
    """Return the options as sent, checked as a client checks them; a focused one may still be half typed."""
    known = {option["name"]: option for option in leaf.get("options") or []}
    if strangers := set(given) - set(known):
        raise DriverError(f"{leaf['name']!r} has no options {sorted(strangers)}; it has {sorted(known)}")
    sent: list[dict[str, Any]] = []
    for name, option in known.items():
        if name not in given:
            if option.get("required") and focused is None:
                raise DriverError(f"option {name!r} is required")
            continue
        value = given[name]
        if name == focused:
            sent.append({"name": name, "type": option["type"], "value": value, "focused": True})
            continue
        sent.append({"name": name, "type": option["type"], "value": _checked(option, value, resolved)})
    return sent


def _checked(option: dict[str, Any], value: Any, resolved: Resolved) -> Any:
    name, kind = option["name"], option["type"]
    if kind == ATTACHMENT:  # the file's name and what is in it
        return resolved.upload(*value)
    if kind in SNOWFLAKES:
        resolved.add(kind, int(value))
        allowed = option.get("channel_types")
        if allowed and resolved.data["channels"][str(value)]["type"] not in allowed:
            raise DriverError(f"option {name!r} takes channels of types {allowed}")
        return str(value)
    if not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind != BOOLEAN):
        raise DriverError(f"option {name!r} is of type {kind}: {value!r}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise DriverError(f"option {name!r} must be one of {choices}")
    size = len(value) if isinstance(value, str) else value
    bounds = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    least, most = (option.get(bound) for bound in bounds)
    if (least is not None and size < least) or (most is not None and size > most):
        raise DriverError(f"option {name!r} must be {least} to {most}: {value!r}")
    return value


def find_component(components: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """Return the component with a custom_id, or else with a label or placeholder."""
    everything = walk(components)
    for key in ("custom_id", "label", "placeholder"):
        for component in everything:
            if component.get(key) == wanted and component["type"] != 18:
                if component.get("disabled"):
                    raise DriverError(f"{wanted!r} is disabled")
                if not component.get("custom_id"):
                    raise DriverError(f"{wanted!r} is a link: nothing reaches the bot")
                return component
    there = [c.get("label") or c.get("custom_id") for c in everything if c.get("custom_id")]
    raise DriverError(f"no component {wanted!r}; there are {there}")


def modal_data(modal: dict[str, Any], values: Mapping[str, Any], resolved: Resolved) -> list[dict[str, Any]]:
    """Return a modal's components with what the person entered, by custom_id or label."""
    left = dict(values)
    known = {c.get(key) for c in walk(modal["components"]) for key in ("custom_id", "label")}
    if strangers := set(left) - known:
        raise DriverError(f"the modal has no fields {sorted(strangers)}")
    sent: list[dict[str, Any]] = []
    for index, part in enumerate(modal["components"], start=1):
        base = {"type": part["type"], "id": part.get("id") or index}
        if part["type"] == 18:
            sent.append(base | {"component": _filled(part["component"], part["label"], left, resolved)})
        elif part["type"] == 1:
            inputs = [_filled(item, item.get("label") or "", left, resolved) for item in part["components"]]
            sent.append(base | {"components": inputs})
        else:
            sent.append(base)
    return sent


def _filled(item: dict[str, Any], label: str, left: dict[str, Any], resolved: Resolved) -> dict[str, Any]:
    key = item["custom_id"] if item["custom_id"] in left else label
    value = left.pop(key, None)
    kind = item["type"]
    shown = {"type": kind, "custom_id": item["custom_id"], "id": item.get("id") or 0}
    if kind == 4:
        text = item.get("value") or "" if value is None else str(value)
        short = len(text) < (item.get("min_length") or (1 if item.get("required", True) else 0))
        if (short and (text or item.get("required", True))) or len(text) > (item.get("max_length") or 4000):
            raise DriverError(f"{label or key!r} does not take {len(text)} characters")
        return shown | {"value": text}
    if kind == 23:
        return shown | {"value": bool(item.get("default") if value is None else value)}
    options = item.get("options") or []
    chosen = [o["value"] for o in options if o.get("default")] if value is None else value
    chosen = [str(one) for one in (chosen if isinstance(chosen, list | tuple) else [chosen])]
    check_choice(item, chosen, resolved)
    if kind == 21:
        return shown | {"value": chosen[0] if chosen else None}
    return shown | {"values": chosen}


def check_choice(item: dict[str, Any], chosen: list[str], resolved: Resolved) -> None:
    """Raise unless a select, radio or checkbox group offers this choice; resolve picked people and places."""
    kind = item["type"]
    required = item.get("required", kind != 22)
    least = item.get("min_values")
    least = (1 if required else 0) if least is None else least
    most = item.get("max_values") or (len(item.get("options") or []) if kind == 22 else 1)
    if not least <= len(chosen) <= most and (chosen or required):
        raise DriverError(f"{item['custom_id']!r} takes {least} to {most} values, not {len(chosen)}")
    if kind in {3, 21, 22}:
        offered = [option["value"] for option in item.get("options") or []]
        if strangers := [value for value in chosen if value not in offered]:
            raise DriverError(f"{item['custom_id']!r} does not offer {strangers}; it offers {offered}")
        return
    if kind == 19:
        raise DriverError("the driver cannot upload files")
    for value in chosen:
        resolved.add({5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}[kind], int(value))
