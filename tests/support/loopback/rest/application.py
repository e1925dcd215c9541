"""The bot itself, its application and its commands."""

from typing import Any

from tests.support.loopback import errors, project
from tests.support.loopback.rest.routing import Answer, Call, routes
from tests.support.loopback.rules import check_command, check_command_set
from tests.support.loopback.rules.commands import check_counts

CREATES_PER_DAY = 200


@routes.add("GET", "/users/@me")
def get_me(call: Call) -> Answer:
    return 200, project.me(call.world)


@routes.add("GET", "/users/{user_id}")
def get_user(call: Call) -> Answer:
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise errors.unknown("user")
    return 200, project.user(user)


@routes.add("GET", "/users/@me/guilds")
def get_my_guilds(call: Call) -> Answer:
    mine = [guild for guild in call.world.guilds.values() if guild.has_bot]
    fields = ("id", "name", "icon", "features")
    return 200, [{key: project.guild(call.world, guild)[key] for key in fields} for guild in mine]


@routes.add("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(call: Call) -> Answer:
    call.world.set_presence(call.guild().id, has_bot=False)
    return 204, None


@routes.add("GET", "/applications/@me")
@routes.add("GET", "/oauth2/applications/@me")
def get_application(call: Call) -> Answer:
    return 200, project.application(call.world)


@routes.add("GET", "/gateway")
@routes.add("GET", "/gateway/bot")
def get_gateway(call: Call) -> Answer:
    """The shape only: `Api` answers /gateway/bot, which knows the sessions."""
    return 200, {"url": call.origin.replace("http", "ws", 1) + "/gateway"}


@routes.add("GET", "/applications/{application_id}/emojis")
def get_emojis(call: Call) -> Answer:
    return 200, {"items": []}


@routes.add("GET", "/applications/{application_id}/entitlements")
def get_entitlements(call: Call) -> Answer:
    return 200, []


# Commands, global and of a guild


def _scope(call: Call) -> int | None:
    if call.id("application_id") != call.world.application_id:
        raise errors.unknown("application")
    return call.guild().id if "guild_id" in call.params else None


def _stored(call: Call, scope: int | None) -> dict[int, dict[str, Any]]:
    return call.world.commands.setdefault(scope, {})


def _same(command: dict[str, Any], body: dict[str, Any]) -> bool:
    return (command["type"], command["name"]) == (body.get("type") or 1, body.get("name"))


def _complete(call: Call, body: dict[str, Any], scope: int | None, known: int | None) -> dict[str, Any]:
    """Return a command as Discord stores it; one with a known id keeps it, a new one counts against 200 a day."""
    world = call.world
    if known is None:
        now = world.clock.now()
        today = [at for at in world.command_creates.get(scope, []) if now - at < 86_400]
        if len(today) >= CREATES_PER_DAY:
            text = f"Max number of daily application command creates has been reached ({CREATES_PER_DAY})"
            raise errors.refused(30034, text)
        world.command_creates[scope] = [*today, now]
    command: dict[str, Any] = {
        "id": str(known or world.ids.new()),
        "application_id": str(world.application_id),
        "version": str(world.ids.new()),
        "type": 1,
        "default_member_permissions": None,
        "nsfw": False,
        "integration_types": [0],
        "contexts": None,
        "dm_permission": True,
        "description": "",
    }
    command |= {key: value for key, value in body.items() if value is not None}
    if scope is not None:
        command["guild_id"] = str(scope)
    wanted = command["default_member_permissions"]
    command["default_member_permissions"] = None if wanted is None else str(wanted)
    return command


@routes.add("GET", "/applications/{application_id}/commands")
@routes.add("GET", "/applications/{application_id}/guilds/{guild_id}/commands")
def list_commands(call: Call) -> Answer:
    return 200, list(_stored(call, _scope(call)).values())


@routes.add("PUT", "/applications/{application_id}/commands")
@routes.add("PUT", "/applications/{application_id}/guilds/{guild_id}/commands")
def overwrite_commands(call: Call) -> Answer:
    scope = _scope(call)
    bodies = call.body if isinstance(call.body, list) else []
    check_command_set(bodies)
    before = _stored(call, scope)
    after: dict[int, dict[str, Any]] = {}
    for body in bodies:
        known = next((number for number, command in before.items() if _same(command, body)), None)
        command = _complete(call, body, scope, known)
        after[int(command["id"])] = command
    call.world.commands[scope] = after
    return 200, list(after.values())


@routes.add("POST", "/applications/{application_id}/commands")
@routes.add("POST", "/applications/{application_id}/guilds/{guild_id}/commands")
def create_command(call: Call) -> Answer:
    scope = _scope(call)
    check_command(call.form)
    stored = _stored(call, scope)
    known = next((number for number, command in stored.items() if _same(command, call.form)), None)
    if known is None:
        check_counts([*stored.values(), call.form])
    command = _complete(call, call.form, scope, known)
    stored[int(command["id"])] = command
    return (201 if known is None else 200), command


def _one(call: Call) -> tuple[dict[int, dict[str, Any]], int]:
    stored = _stored(call, _scope(call))
    number = call.id("command_id")
    if number not in stored:
        raise errors.unknown("application command")
    return stored, number


@routes.add("GET", "/applications/{application_id}/commands/{command_id}")
@routes.add("GET", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
def get_command(call: Call) -> Answer:
    stored, number = _one(call)
    return 200, stored[number]


@routes.add("PATCH", "/applications/{application_id}/commands/{command_id}")
@routes.add("PATCH", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
def edit_command(call: Call) -> Answer:
    stored, number = _one(call)
    merged = stored[number] | call.form
    check_command(merged)
    stored[number] = merged | {"version": str(call.world.ids.new())}
    return 200, stored[number]


@routes.add("DELETE", "/applications/{application_id}/commands/{command_id}")
@routes.add("DELETE", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}")
def delete_command(call: Call) -> Answer:
    stored, number = _one(call)
    del stored[number]
    return 204, None


@routes.add("GET", "/applications/{application_id}/guilds/{guild_id}/commands/permissions")
def get_command_permissions(call: Call) -> Answer:
    _scope(call)
    return 200, []
