"""Roles of a guild."""

from tests.support.loopback import errors, permissions, project
from tests.support.loopback.rest.guilds import check_role
from tests.support.loopback.rest.routing import Answer, Call, routes

FIELDS = ("name", "permissions", "color", "hoist", "mentionable")


@routes.add("GET", "/guilds/{guild_id}/roles")
def list_roles(call: Call) -> Answer:
    return 200, [project.role(role) for role in call.guild().roles.values()]


@routes.add("GET", "/guilds/{guild_id}/roles/{role_id}")
def get_role(call: Call) -> Answer:
    role = call.guild().roles.get(call.id("role_id"))
    if role is None:
        raise errors.unknown("role")
    return 200, project.role(role)


@routes.add("POST", "/guilds/{guild_id}/roles")
def create_role(call: Call) -> Answer:
    guild = call.guild(needs=permissions.MANAGE_ROLES)
    if len(guild.roles) >= 250:
        raise errors.refused(30005, "Maximum number of guild roles reached (250)")
    body = call.form
    granted = int(body.get("permissions") or 0)
    if granted & ~permissions.in_guild(guild, call.bot_id()):
        raise errors.missing_permissions()
    color = int(body.get("color") or (body.get("colors") or {}).get("primary_color") or 0)
    role = call.world.add_role(
        guild.id,
        body.get("name") or "new role",
        granted,
        color=color,
        hoist=bool(body.get("hoist")),
        mentionable=bool(body.get("mentionable")),
        position=1,
    )
    return 200, project.role(role)


@routes.add("PATCH", "/guilds/{guild_id}/roles/{role_id}")
def edit_role(call: Call) -> Answer:
    guild = call.guild()
    role_id = call.id("role_id")
    check_role(call, guild, role_id)
    fields = {key: call.form[key] for key in FIELDS if call.form.get(key) is not None}
    if "permissions" in fields:
        fields["permissions"] = int(fields["permissions"])
    return 200, project.role(call.world.update_role(guild.id, role_id, **fields))


@routes.add("DELETE", "/guilds/{guild_id}/roles/{role_id}")
def delete_role(call: Call) -> Answer:
    guild = call.guild()
    check_role(call, guild, call.id("role_id"))
    call.world.delete_role(guild.id, call.id("role_id"))
    return 204, None
