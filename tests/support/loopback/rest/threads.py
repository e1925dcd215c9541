"""Threads and forum posts."""

from typing import Any

from tests.support.loopback import errors, permissions, project, rules
from tests.support.loopback.model import (
    HAS_THREAD,
    NEWS,
    NEWS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    THREAD_ONLY,
    Channel,
)
from tests.support.loopback.rest.messages import attach
from tests.support.loopback.rest.routing import Answer, Call, routes

MOST_ACTIVE = 1000
REQUIRE_TAG = 1 << 4


@routes.add("POST", "/channels/{channel_id}/messages/{message_id}/threads")
def thread_from_message(call: Call) -> Answer:
    parent = call.channel(needs=permissions.CREATE_PUBLIC_THREADS)
    if parent.kind not in {TEXT, NEWS}:
        raise errors.refused(50024, "Cannot execute action on this channel type")
    message = call.world.messages.get(parent.id, call.id("message_id"))
    if message.id in call.world.channels:
        raise errors.refused(160004, "A thread has already been created for this message")
    kind = NEWS_THREAD if parent.kind == NEWS else PUBLIC_THREAD
    thread = _open(call, parent, call.form, kind, thread_id=message.id)
    message.flags |= HAS_THREAD
    return 201, project.channel(call.world, thread)


@routes.add("POST", "/channels/{channel_id}/threads")
def create_thread(call: Call) -> Answer:
    parent = call.channel()
    if parent.kind in THREAD_ONLY:
        return _create_post(call, parent)
    if parent.kind not in {TEXT, NEWS}:
        raise errors.refused(50024, "Cannot execute action on this channel type")
    kind = int(call.form.get("type") or PRIVATE_THREAD)
    if kind == PRIVATE_THREAD and parent.kind != TEXT:
        raise errors.refused(50024, "Cannot execute action on this channel type")
    private = kind == PRIVATE_THREAD
    call.channel(needs=permissions.CREATE_PRIVATE_THREADS if private else permissions.CREATE_PUBLIC_THREADS)
    return 201, project.channel(call.world, _open(call, parent, call.form, kind))


def _create_post(call: Call, forum: Channel) -> Answer:
    """A forum post is a thread and its first message, which share an id. There is no nonce for it."""
    call.channel(needs=permissions.SEND_MESSAGES)
    body = call.form
    first = body.get("message")
    if not isinstance(first, dict):
        fault = {"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}
        raise errors.invalid_form({"message": {"_errors": [fault]}})
    rules.check_message(first, files=len(call.files), path=("message",))
    if forum.flags & REQUIRE_TAG and not body.get("applied_tags"):
        raise errors.refused(40067, "A tag is required to create a forum post in this channel")
    thread = _open(call, forum, body, PUBLIC_THREAD)
    message = call.world.messages.add(
        thread.id, call.bot_id(), first, message_id=thread.id, attachments=attach(call, first)
    )
    return 201, project.channel(call.world, thread) | {"message": project.message(call.world, message)}


def _open(
    call: Call, parent: Channel, body: dict[str, Any], kind: int, *, thread_id: int | None = None
) -> Channel:
    rules.check_thread(body, new=True)
    if len(call.world.active_threads(parent.guild_id)) >= MOST_ACTIVE:
        raise errors.refused(160006, "Maximum number of active threads reached")
    return call.world.add_thread(
        parent.id,
        body["name"],
        call.bot_id(),
        kind=kind,
        thread_id=thread_id,
        auto_archive_duration=body.get("auto_archive_duration") or 1440,
        invitable=bool(body.get("invitable", True)),
        applied_tags=[int(tag) for tag in body.get("applied_tags") or []],
    )


def _thread(call: Call, needs: int = 0) -> Channel:
    channel = call.channel(needs=needs)
    if channel.thread is None:
        raise errors.refused(50024, "Cannot execute action on this channel type")
    return channel


def _change_members(call: Call, user_id: int, *, joins: bool) -> Answer:
    channel = _thread(call)
    state = channel.thread
    assert state is not None
    assert channel.guild_id is not None
    if state.archived:
        raise errors.refused(50083, "Thread is archived")
    if joins and user_id not in call.world.guilds[channel.guild_id].members:
        raise errors.unknown("member")
    own = state.owner_id == call.bot_id() and channel.kind == PRIVATE_THREAD
    if not joins and user_id != call.bot_id() and not own:
        call.channel(needs=permissions.MANAGE_THREADS)
    if joins and user_id not in state.members:
        if len(state.members) >= 1000:
            raise errors.refused(30033, "Maximum number of thread participants has been reached (1000)")
        state.members.append(user_id)
    elif not joins and user_id in state.members:
        state.members.remove(user_id)
    return 204, None


@routes.add("PUT", "/channels/{channel_id}/thread-members/@me")
def join(call: Call) -> Answer:
    return _change_members(call, call.bot_id(), joins=True)


@routes.add("DELETE", "/channels/{channel_id}/thread-members/@me")
def leave(call: Call) -> Answer:
    return _change_members(call, call.bot_id(), joins=False)


@routes.add("PUT", "/channels/{channel_id}/thread-members/{user_id}")
def add_member(call: Call) -> Answer:
    call.channel(needs=permissions.SEND_MESSAGES_IN_THREADS)
    return _change_members(call, call.id("user_id"), joins=True)


@routes.add("DELETE", "/channels/{channel_id}/thread-members/{user_id}")
def remove_member(call: Call) -> Answer:
    return _change_members(call, call.id("user_id"), joins=False)


@routes.add("GET", "/channels/{channel_id}/thread-members")
def list_members(call: Call) -> Answer:
    thread = _thread(call)
    assert thread.thread is not None
    return 200, [project.thread_member(call.world, thread, user) for user in thread.thread.members]


def _listing(call: Call, threads: list[Channel]) -> Answer:
    shown = [project.channel(call.world, thread) for thread in threads]
    mine = [entry["member"] for entry in shown if "member" in entry]
    return 200, {"threads": shown, "members": mine, "has_more": False}


@routes.add("GET", "/guilds/{guild_id}/threads/active")
def active_threads(call: Call) -> Answer:
    guild = call.guild()
    found = call.world.active_threads(guild.id)
    seen = [c for c in found if call.world.may(call.bot_id(), c) & permissions.VIEW_CHANNEL]
    return _listing(call, seen[::-1])


@routes.add("GET", "/channels/{channel_id}/threads/archived/public")
def archived_threads(call: Call) -> Answer:
    return _archived(call, private=False)


@routes.add("GET", "/channels/{channel_id}/users/@me/threads/archived/private")
def joined_private_archived_threads(call: Call) -> Answer:
    # Those the bot is in; all of them, at another address, need Manage Threads.
    return _archived(call, private=True)


def _archived(call: Call, *, private: bool) -> Answer:
    parent = call.channel(needs=permissions.READ_MESSAGE_HISTORY)
    found = [c for c in call.world.channels_in(parent.guild_id) if c.parent_id == parent.id and c.thread]
    kept = [c for c in found if c.thread and c.thread.archived and (c.kind == PRIVATE_THREAD) == private]
    if private:
        kept = [c for c in kept if c.thread and call.bot_id() in c.thread.members]
    return _listing(
        call, sorted(kept, key=lambda c: c.thread.archive_changed_at if c.thread else 0, reverse=True)
    )
