"""Channels: look at, make, change, delete; direct messages; overwrites."""

from typing import Any

from tests.support.loopback import errors, permissions, project, rules
from tests.support.loopback.model import THREADS, Channel, Overwrite
from tests.support.loopback.rest.routing import Answer, Call, as_id, routes
from tests.support.loopback.rules import FormErrors


@routes.add("POST", "/users/@me/channels")
def open_dm(call: Call) -> Answer:
    user = call.world.users.get(as_id(call.form.get("recipient_id"), "recipient_id"))
    if user is None:
        fault = {"code": "USER_NOT_FOUND", "message": "Unknown user"}
        raise errors.invalid_form({"recipient_id": {"_errors": [fault]}})
    # Opening works even for those who take no direct messages: posting is what fails, with 50007.
    return 200, project.channel(call.world, call.world.dm_with(user.id))


@routes.add("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Answer:
    return 200, project.channel(call.world, call.channel())


@routes.add("PATCH", "/channels/{channel_id}")
def edit_channel(call: Call) -> Answer:
    channel = call.channel()
    return 200, project.channel(call.world, _edit(call, channel, call.form))


def _edit(call: Call, channel: Channel, body: dict[str, Any]) -> Channel:
    if channel.thread is None:
        call.channel(needs=permissions.MANAGE_CHANNELS)
        _check_name(body, new=False)
        plain = {"name", "topic", "nsfw", "position", "flags"}
        fields = {key: value for key, value in body.items() if key in plain and value is not None}
        if "rate_limit_per_user" in body:
            fields["slowmode"] = body["rate_limit_per_user"] or 0
        if "parent_id" in body:
            fields["parent_id"] = int(body["parent_id"]) if body["parent_id"] else None
        if body.get("permission_overwrites") is not None:
            fields["overwrites"] = _overwrites(body["permission_overwrites"])
        return call.world.update_channel(channel.id, **fields)
    rules.check_thread(body, new=False)
    granted = call.world.may(call.bot_id(), channel)
    owns = channel.thread.owner_id == call.bot_id()
    if "locked" in body and not granted & permissions.MANAGE_THREADS:
        raise errors.missing_permissions()
    revives = (
        set(body) == {"archived"} and not channel.thread.locked and bool(granted & permissions.SEND_MESSAGES)
    )
    if not owns and not granted & permissions.MANAGE_THREADS and not revives:
        raise errors.missing_permissions()
    if channel.thread.archived and body.get("archived") is not False:
        raise errors.refused(50083, "Thread is archived")
    plain = {"name", "archived", "locked", "invitable", "auto_archive_duration", "flags"}
    fields = {key: value for key, value in body.items() if key in plain and value is not None}
    if "applied_tags" in body:
        fields["applied_tags"] = [int(tag) for tag in body["applied_tags"] or []]
    return call.world.update_channel(channel.id, **fields)


@routes.add("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Answer:
    channel = call.channel()
    needed = permissions.MANAGE_THREADS if channel.kind in THREADS else permissions.MANAGE_CHANNELS
    if channel.guild_id is not None:
        call.channel(needs=needed)
        call.world.delete_channel(channel.id)
    return 200, project.channel(call.world, channel)


@routes.add("POST", "/channels/{channel_id}/typing")
def typing(call: Call) -> Answer:
    call.channel(needs=permissions.SEND_MESSAGES)
    return 204, None


@routes.add("GET", "/guilds/{guild_id}/channels")
def list_channels(call: Call) -> Answer:
    guild = call.guild()
    found = [c for c in call.world.channels_in(guild.id) if c.kind not in THREADS]
    return 200, [project.channel(call.world, channel) for channel in found]


@routes.add("POST", "/guilds/{guild_id}/channels")
def create_channel(call: Call) -> Answer:
    guild = call.guild(needs=permissions.MANAGE_CHANNELS)
    body = call.form
    _check_name(body, new=True)
    if sum(c.thread is None for c in call.world.channels_in(guild.id)) >= 500:
        raise errors.refused(30013, "Maximum number of guild channels reached (500)")
    channel = call.world.add_channel(
        guild.id,
        body["name"],
        int(body.get("type") or 0),
        topic=body.get("topic"),
        parent_id=int(body["parent_id"]) if body.get("parent_id") else None,
        overwrites=_overwrites(body.get("permission_overwrites") or []),
        nsfw=bool(body.get("nsfw")),
    )
    return 201, project.channel(call.world, channel)


def _check_name(body: dict[str, Any], *, new: bool) -> None:
    form = FormErrors()
    form.length(("name",), body.get("name"), 100, 1, required=new)
    form.length(("topic",), body.get("topic"), 4096)
    form.raise_if_any()


def _overwrites(listed: list[dict[str, Any]]) -> dict[int, Overwrite]:
    found = [
        Overwrite(int(o["id"]), int(o.get("type", 0)), int(o.get("allow") or 0), int(o.get("deny") or 0))
        for o in listed
    ]
    return {overwrite.id: overwrite for overwrite in found}


@routes.add("PUT", "/channels/{channel_id}/permissions/{overwrite_id}")
def put_overwrite(call: Call) -> Answer:
    channel = call.channel(needs=permissions.MANAGE_ROLES)
    body = call.form
    allow, deny = int(body.get("allow") or 0), int(body.get("deny") or 0)
    kind = int(body.get("type", 0))
    call.world.set_overwrite(channel.id, call.id("overwrite_id"), allow=allow, deny=deny, kind=kind)
    return 204, None


@routes.add("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}")
def delete_overwrite(call: Call) -> Answer:
    channel = call.channel(needs=permissions.MANAGE_ROLES)
    call.world.set_overwrite(channel.id, call.id("overwrite_id"), allow=None)
    return 204, None
