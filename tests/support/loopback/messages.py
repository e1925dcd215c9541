"""The messages of the world, and the nonces that keep one from being made twice."""

import re
from typing import TYPE_CHECKING, Any

from tests.support.loopback import errors, permissions, project
from tests.support.loopback.model import (
    COMPONENTS_V2,
    DM,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    Channel,
    Message,
    walk,
)

if TYPE_CHECKING:
    from tests.support.loopback.world import World

KEPT = ("content", "embeds", "components", "tts", "poll", "sticker_ids", "interaction_metadata")
SETTABLE_FLAGS = SUPPRESS_EMBEDS | EPHEMERAL | COMPONENTS_V2 | 1 << 12


class MessageStore:
    """Every message by channel and by id. Ephemeral ones are only found by id."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._by_channel: dict[int, dict[int, Message]] = {}
        self._by_id: dict[int, Message] = {}
        self._nonces: dict[tuple[int, str], tuple[int, float]] = {}
        self.files: dict[int, bytes] = {}
        """What was uploaded, by attachment id."""

    def __len__(self) -> int:
        return len(self._by_id)

    def all(self) -> list[Message]:
        """Return every message there ever was, deleted and ephemeral ones included, oldest first."""
        return sorted(self._by_id.values(), key=lambda message: message.id)

    def restore(self, message: Message) -> None:
        """Put a message back as it was saved, without telling anybody."""
        self._by_id[message.id] = message
        if message.seen_by is None and not message.deleted:
            self._by_channel.setdefault(message.channel_id, {})[message.id] = message

    def find(self, message_id: int) -> Message | None:
        """Return a message that has not been deleted, ephemeral or not."""
        message = self._by_id.get(message_id)
        return None if message is None or message.deleted else message

    def get(self, channel_id: int, message_id: int) -> Message:
        """Return a message that everybody in the channel can see, or raise 10008."""
        message = self._by_channel.get(channel_id, {}).get(message_id)
        if message is None:
            raise errors.unknown("message")
        return message

    def in_channel(self, channel_id: int) -> list[Message]:
        """Return a channel's messages, oldest first."""
        return list(self._by_channel.get(channel_id, {}).values())

    def add(
        self,
        channel_id: int,
        author_id: int,
        body: dict[str, Any],
        *,
        flags: int | None = None,
        nonce: str | int | None = None,
        announce: bool = True,
        message_id: int | None = None,
        **more: Any,
    ) -> Message:
        """Make a message of a checked body. `more` are fields of `Message`.

        A forum post's first message is given the `message_id` of its thread.
        """
        world = self._world
        kept = {key: body[key] for key in KEPT if body.get(key) is not None}
        _number(kept.get("components"))
        if flags is None:
            flags = int(body.get("flags") or 0) & SETTABLE_FLAGS
        message = Message(message_id or world.ids.new(), channel_id, author_id, kept, flags=flags, **more)
        channel = world.channels.get(channel_id)
        message.mentions = self._mentions(message, channel, body.get("allowed_mentions"))
        self._by_id[message.id] = message
        if message.seen_by is None:
            self._by_channel.setdefault(channel_id, {})[message.id] = message
            if channel is not None:
                channel.last_message_id = message.id
                if channel.thread is not None:
                    channel.thread.sent += 1
            if announce:
                self._announce("MESSAGE_CREATE", message, nonce)
        return message

    def edit(self, message: Message, body: dict[str, Any]) -> None:
        """Apply a checked edit: what is absent stays, what is null goes."""
        for key in ("content", "embeds", "components"):
            if key in body:
                message.body[key] = body[key] or ("" if key == "content" else [])
        _number(message.body.get("components"))
        if "flags" in body:
            # Components V2 cannot be taken back, whatever the edit says.
            kept = message.flags & ~SUPPRESS_EMBEDS
            message.flags = kept | int(body["flags"] or 0) & (SUPPRESS_EMBEDS | COMPONENTS_V2)
        if message.flags & LOADING:
            message.flags &= ~LOADING
        else:
            message.edited_at = self._world.clock.now()
        self._announce("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        """Delete a message."""
        message.deleted = True
        self._by_channel.get(message.channel_id, {}).pop(message.id, None)
        channel = self._world.channels.get(message.channel_id)
        guild_id = channel.guild_id if channel else None
        data = {"id": str(message.id), "channel_id": str(message.channel_id)}
        if guild_id is not None:
            data["guild_id"] = str(guild_id)
        self._world.emit("MESSAGE_DELETE", data, guild_id, _intent(channel))

    def first_with_nonce(self, author_id: int, nonce: str | int) -> Message | None:
        """Return what the author already made with a nonce within the window, in whatever channel.

        When that message was deleted since, Discord answers 10008 rather than make it again
        (https://github.com/discord/discord-api-docs/pull/6647).
        """
        found = self._nonces.get((author_id, str(nonce)))
        if found is None or self._world.clock.now() - found[1] > self._world.nonce_window:
            return None
        message = self.find(found[0])
        if message is None:
            raise errors.unknown("message")
        return message

    def remember_nonce(self, author_id: int, nonce: str | int, message: Message) -> None:
        """Note that a nonce made a message, just now."""
        self._nonces[(author_id, str(nonce))] = (message.id, self._world.clock.now())

    def updated(self, message: Message) -> None:
        """Tell the gateway that a message changed in some other way."""
        self._announce("MESSAGE_UPDATE", message)

    def _announce(self, name: str, message: Message, nonce: str | int | None = None) -> None:
        channel = self._world.channels.get(message.channel_id)
        if message.seen_by is not None or channel is None or not self._world.listeners:
            return
        data = project.message(self._world, message, nonce=nonce)
        if channel.guild_id is not None:
            if not self._world.may(self._world.bot.id, channel) & permissions.VIEW_CHANNEL:
                return
            data["guild_id"] = str(channel.guild_id)
            member = self._world.guilds[channel.guild_id].members.get(message.author_id)
            if member is not None:
                data["member"] = project.member(self._world, member, with_user=False)
        self._world.emit(name, data, channel.guild_id, _intent(channel))

    def _mentions(
        self, message: Message, channel: Channel | None, allowed: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Work out who is pinged: what the text names, narrowed by `allowed_mentions` (absent: everybody)."""
        text = message.text
        if "<@" not in text and "@everyone" not in text and "@here" not in text:
            return {}
        parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
        named = allowed or {}
        users = _named(r"<@!?(\d+)>", text, "users" in parse, named.get("users"))
        roles = _named(r"<@&(\d+)>", text, "roles" in parse, named.get("roles"))
        loud = "everyone" in parse and bool(re.search(r"@(everyone|here)", text))
        if channel is not None and channel.guild_id is not None:
            guild = self._world.guilds[channel.guild_id]
            trusted = self._world.may(message.author_id, channel) & permissions.MENTION_EVERYONE
            roles = [r for r in roles if r in guild.roles and (trusted or guild.roles[r].mentionable)]
            loud = loud and bool(trusted)
        return {"users": users, "roles": roles, "everyone": loud}


def _named(pattern: str, text: str, parsed: bool, listed: list[Any] | None) -> list[int]:
    found = list(dict.fromkeys(int(match) for match in re.findall(pattern, text)))
    chosen = {int(item) for item in listed or []}
    return [item for item in found if parsed or item in chosen]


def _intent(channel: Channel | None) -> int:
    return 1 << 12 if channel is not None and channel.kind == DM else 1 << 9


def _number(components: Any) -> None:
    """Give each component the id that Discord would."""
    for index, component in enumerate(walk(components), start=1):
        if not component.get("id"):
            component["id"] = index
