"""Messages in channels: create, list, edit, delete, publish, pin, react."""

from typing import Any
from urllib.parse import unquote

from tests.support.loopback import errors, permissions, project, rules
from tests.support.loopback.model import (
    COMPONENTS_V2,
    CROSSPOSTED,
    DM,
    MESSAGEABLE,
    NEWS,
    Channel,
    Message,
)
from tests.support.loopback.rest.routing import Answer, Call, as_id, routes


def attach(call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Keep uploaded files and return the attachments to show."""
    described = {str(item.get("id")): item for item in body.get("attachments") or []}
    shown: list[dict[str, Any]] = []
    for index, upload in enumerate(call.files):
        number = call.world.ids.new()
        call.world.messages.files[number] = upload.content
        name = described.get(str(index), {}).get("filename") or upload.filename
        url = f"{call.origin}/cdn/attachments/{number}/{name}"
        entry = {
            "id": str(number),
            "filename": name,
            "size": len(upload.content),
            "url": url,
            "proxy_url": url,
        }
        shown.append(entry)
    return shown


def check_speech(call: Call, channel: Channel, body: dict[str, Any]) -> None:
    """Raise unless the bot may post this here."""
    if channel.kind not in MESSAGEABLE:
        raise errors.refused(50008, "Cannot send messages in a non-text channel")
    if channel.kind == DM:
        assert channel.recipient_id is not None
        recipient = call.world.users[channel.recipient_id]
        if recipient.bot or not recipient.dms_open:
            raise errors.refused(50007, "Cannot send messages to this user", 403)
        return
    granted = call.world.may(call.bot_id(), channel)
    needed = permissions.SEND_MESSAGES_IN_THREADS if channel.thread else permissions.SEND_MESSAGES
    if body.get("embeds"):
        needed |= permissions.EMBED_LINKS
    if call.files:
        needed |= permissions.ATTACH_FILES
    if body.get("message_reference"):
        needed |= permissions.READ_MESSAGE_HISTORY
    if needed & ~granted:
        raise errors.missing_permissions()
    if channel.thread is not None and channel.thread.archived:
        if channel.thread.locked and not granted & permissions.MANAGE_THREADS:
            raise errors.refused(50083, "Thread is archived")
        call.world.update_channel(channel.id, archived=False)


@routes.add("POST", "/channels/{channel_id}/messages")
def create_message(call: Call) -> Answer:
    channel = call.channel()
    body = call.form
    check_speech(call, channel, body)
    rules.check_message(body, files=len(call.files))
    world, store, nonce = call.world, call.world.messages, body.get("nonce")
    if nonce is not None and body.get("enforce_nonce"):
        first = store.first_with_nonce(call.bot_id(), nonce)
        if first is not None:
            return 200, project.message(world, first, nonce=nonce)
    reference = body.get("message_reference")
    if reference is not None and reference.get("fail_if_not_exists", True):
        wanted = as_id(reference.get("message_id"), "message_reference")
        if store.find(wanted) is None:
            fault = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
            raise errors.invalid_form({"message_reference": {"_errors": [fault]}})
    message = store.add(
        channel.id,
        call.bot_id(),
        body,
        nonce=nonce,
        kind=19 if reference else 0,
        reference=reference,
        attachments=attach(call, body),
    )
    if nonce is not None:
        store.remember_nonce(call.bot_id(), nonce, message)
    return 200, project.message(world, message, nonce=nonce)


@routes.add("GET", "/channels/{channel_id}/messages")
def list_messages(call: Call) -> Answer:
    channel = call.channel()
    limit = int(call.query.get("limit", 50))
    if not 1 <= limit <= 100:
        fault = {"code": "NUMBER_TYPE_RANGE", "message": "int value should be between 1 and 100."}
        raise errors.invalid_form({"limit": {"_errors": [fault]}})
    if not call.world.may(call.bot_id(), channel) & permissions.READ_MESSAGE_HISTORY:
        return 200, []
    found = call.world.messages.in_channel(channel.id)
    before, after, around = (_bound(call, key) for key in ("before", "after", "around"))
    if around is not None:
        older = [m for m in found if m.id < around][-(limit // 2) :]
        newer = [m for m in found if m.id >= around][: limit - len(older)]
        found = older + newer
    elif after is not None:
        found = [m for m in found if m.id > after][:limit]
    else:
        found = [m for m in found if before is None or m.id < before][-limit:]
    # Newest first, also when asked for what came after: clients sort for themselves.
    return 200, [project.message(call.world, message) for message in reversed(found)]


def _bound(call: Call, key: str) -> int | None:
    return as_id(call.query[key], key) if key in call.query else None


def _message(call: Call, *, own: bool = False, needs: int = 0) -> Message:
    channel = call.channel(needs=needs)
    message = call.world.messages.get(channel.id, call.id("message_id"))
    if own and message.author_id != call.bot_id():
        raise errors.refused(50005, "Cannot edit a message authored by another user", 403)
    return message


@routes.add("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: Call) -> Answer:
    message = _message(call, needs=permissions.READ_MESSAGE_HISTORY)
    return 200, project.message(call.world, message)


@routes.add("PATCH", "/channels/{channel_id}/messages/{message_id}")
def edit_message(call: Call) -> Answer:
    message = _message(call, own=True)
    apply_edit(call, message, call.form)
    return 200, project.message(call.world, message)


def apply_edit(call: Call, message: Message, body: dict[str, Any], path: tuple[str, ...] = ()) -> None:
    """Check an edit and carry it out, files included."""
    rules.check_edit(body, was_v2=bool(message.flags & COMPONENTS_V2), had=message.body, path=path)
    if "attachments" in body or call.files:
        kept = {str(item.get("id")) for item in body.get("attachments") or []}
        message.attachments = [a for a in message.attachments if a["id"] in kept] + attach(call, body)
    call.world.messages.edit(message, body)


@routes.add("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: Call) -> Answer:
    message = _message(call)
    if message.author_id != call.bot_id():
        call.channel(needs=permissions.MANAGE_MESSAGES)
    call.world.messages.delete(message)
    return 204, None


@routes.add("POST", "/channels/{channel_id}/messages/bulk-delete")
def bulk_delete(call: Call) -> Answer:
    channel = call.channel(needs=permissions.MANAGE_MESSAGES)
    for number in call.form.get("messages", []):
        message = call.world.messages.find(int(number))
        if message is not None and message.channel_id == channel.id:
            call.world.messages.delete(message)
    return 204, None


@routes.add("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
def publish(call: Call) -> Answer:
    message = _message(call)
    if call.channel().kind != NEWS:
        raise errors.refused(50024, "Cannot execute action on this channel type")
    if message.flags & CROSSPOSTED:
        raise errors.refused(40033, "This message has already been crossposted")
    own = message.author_id == call.bot_id()
    call.channel(needs=permissions.SEND_MESSAGES if own else permissions.MANAGE_MESSAGES)
    message.flags |= CROSSPOSTED
    call.world.messages.updated(message)
    return 200, project.message(call.world, message)


@routes.add("PUT", "/channels/{channel_id}/pins/{message_id}")
@routes.add("PUT", "/channels/{channel_id}/messages/pins/{message_id}")
def pin(call: Call) -> Answer:
    return _set_pin(call, pinned=True)


@routes.add("DELETE", "/channels/{channel_id}/pins/{message_id}")
@routes.add("DELETE", "/channels/{channel_id}/messages/pins/{message_id}")
def unpin(call: Call) -> Answer:
    return _set_pin(call, pinned=False)


def _set_pin(call: Call, *, pinned: bool) -> Answer:
    message = _message(call, needs=permissions.PIN_MESSAGES)
    message.pinned = pinned
    call.world.messages.updated(message)
    return 204, None


@routes.add("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me")
def react(call: Call) -> Answer:
    message = _message(call, needs=permissions.READ_MESSAGE_HISTORY)
    emoji = unquote(call.params["emoji"])
    if emoji not in message.reactions:
        call.channel(needs=permissions.ADD_REACTIONS)
    who = message.reactions.setdefault(emoji, [])
    if call.bot_id() not in who:
        who.append(call.bot_id())
    return 204, None


@routes.add("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me")
def unreact(call: Call) -> Answer:
    emoji = unquote(call.params["emoji"])
    message = _message(call)
    message.reactions[emoji] = [u for u in message.reactions.get(emoji, []) if u != call.bot_id()]
    return 204, None
