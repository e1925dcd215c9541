"""Guilds and their members."""

from typing import Any

from tests.support.loopback import errors, permissions, project
from tests.support.loopback.model import Guild, Member
from tests.support.loopback.rest.routing import Answer, Call, routes


@routes.add("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Answer:
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or not guild.has_bot:
        raise errors.unknown("guild")
    shown = project.guild(call.world, call.guild())
    if call.query.get("with_counts", "0") in {"1", "true"}:
        shown |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return 200, shown


def _member(call: Call, guild: Guild) -> Member:
    wanted = call.params["user_id"]
    member = guild.members.get(call.bot_id() if wanted == "@me" else call.id("user_id"))
    if member is None:
        raise errors.unknown("member")
    return member


@routes.add("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Answer:
    return 200, project.member(call.world, _member(call, call.guild()))


@routes.add("GET", "/guilds/{guild_id}/members")
def list_members(call: Call) -> Answer:
    # Needs the privileged members intent, which this application does not have.
    call.guild()
    raise errors.missing_access()


@routes.add("GET", "/guilds/{guild_id}/members/search")
def search_members(call: Call) -> Answer:
    guild = call.guild()
    start = call.query.get("query", "").lower()
    found = [m for m in guild.members.values() if call.world.users[m.user_id].name.lower().startswith(start)]
    limit = int(call.query.get("limit", 1))
    return 200, [project.member(call.world, member) for member in found[:limit]]


@routes.add("PATCH", "/guilds/{guild_id}/members/{user_id}")
def edit_member(call: Call) -> Answer:
    guild = call.guild()
    member = _member(call, guild)
    body: dict[str, Any] = call.form
    if "roles" in body:
        wanted = [int(role) for role in body["roles"] or []]
        for role_id in set(wanted) ^ set(member.roles):
            check_role(call, guild, role_id)
        call.world.set_member_roles(guild.id, member.user_id, wanted)
    if "nick" in body:
        member.nick = body["nick"]
    return 200, project.member(call.world, member)


@routes.add("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def give_role(call: Call) -> Answer:
    return _change_role(call, given=True)


@routes.add("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def take_role(call: Call) -> Answer:
    return _change_role(call, given=False)


def _change_role(call: Call, *, given: bool) -> Answer:
    guild = call.guild()
    member = _member(call, guild)
    role_id = call.id("role_id")
    check_role(call, guild, role_id)
    kept = [role for role in member.roles if role != role_id]
    call.world.set_member_roles(guild.id, member.user_id, [*kept, role_id] if given else kept)
    return 204, None


def check_role(call: Call, guild: Guild, role_id: int) -> None:
    """Raise unless the bot may hand out this role: MANAGE_ROLES, and the role lower than its own highest."""
    role = guild.roles.get(role_id)
    if role is None:
        raise errors.unknown("role")
    allowed = permissions.in_guild(guild, call.bot_id()) & permissions.MANAGE_ROLES
    higher = permissions.top_position(guild, call.bot_id())
    if not allowed or role.managed or role.id == guild.id or role.position >= higher:
        raise errors.missing_permissions()
