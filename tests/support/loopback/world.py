"""The loopback's world: everything that exists, from which REST and gateway are both projected.

Every change goes through a method here (or in `MessageStore`), which also tells the gateway.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.support.loopback import permissions, project
from tests.support.loopback.clock import LoopbackClock, Snowflakes, moment_of
from tests.support.loopback.messages import MessageStore
from tests.support.loopback.model import (
    CATEGORY,
    DM,
    THREADS,
    Channel,
    Guild,
    Member,
    Overwrite,
    Role,
    ScheduledEvent,
    ThreadState,
    User,
)

GUILDS, GUILD_MEMBERS, GUILD_MESSAGES = 1 << 0, 1 << 1, 1 << 9
DIRECT_MESSAGES, MESSAGE_CONTENT, SCHEDULED_EVENTS = 1 << 12, 1 << 15, 1 << 16


@dataclass(frozen=True)
class GatewayEvent:
    """Something to dispatch. `intent` is what a session needs to get it; 0 goes to everybody."""

    name: str
    data: dict[str, Any]
    guild_id: int | None = None
    intent: int = 0


class World:
    """Guilds, channels, people, messages, commands: one Discord with one bot in it.

    `nonce_window` is how long, in seconds, `enforce_nonce` remembers: Discord says only "the past
    few minutes". `archive_minute_s` is how long a minute of a thread's quiet lasts. `message_content` grants the privileged intent that Cohort does without.
    """

    def __init__(
        self,
        clock: LoopbackClock | None = None,
        *,
        token: str = "loopback-token",  # noqa: S107  # opens nothing
        bot_name: str = "Cohort",
        nonce_window: float = 180.0,
        archive_minute_s: float = 60.0,
    ) -> None:
        self.clock = clock or LoopbackClock()
        self.ids = Snowflakes(self.clock)
        self.token = token
        self.nonce_window = nonce_window
        self.archive_minute_s = archive_minute_s
        self.message_content = False
        self.listeners: list[Callable[[GatewayEvent], None]] = []
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self._places: dict[int | None, dict[int, Channel]] = {}
        self._dms: dict[int, Channel] = {}
        self.events: dict[int, ScheduledEvent] = {}
        self.commands: dict[int | None, dict[int, dict[str, Any]]] = {None: {}}
        self.command_creates: dict[int | None, list[float]] = {}
        self.messages = MessageStore(self)
        self.cdn_url = ""  # where files are served, once they are
        self.owner_id = self.add_user("operator").id
        self.bot = self.add_user(bot_name, bot=True)
        # As for every bot made since 2016, application and user share one id.
        self.application_id = self.bot.id

    def emit(self, name: str, data: dict[str, Any], guild_id: int | None = None, intent: int = 0) -> None:
        """Tell the gateway, unless the bot is not there to hear it."""
        if guild_id is not None and not self.present(guild_id) and name != "GUILD_DELETE":
            return
        for listener in self.listeners:
            listener(GatewayEvent(name, data, guild_id, intent))

    # People

    def add_user(
        self, name: str, *, user_id: int | None = None, bot: bool = False, dms_open: bool = True
    ) -> User:
        """Add somebody to Discord, in no guild yet."""
        user = User(user_id or self.ids.new(), name, bot=bot, dms_open=dms_open)
        self.users[user.id] = user
        return user

    def add_member(self, guild_id: int, user: int | str, roles: Iterable[int] = ()) -> Member:
        """Let a user (by id, or a new one by name) join a guild."""
        user_id = self.add_user(user).id if isinstance(user, str) else user
        member = Member(user_id, list(roles), joined_at=self.clock.now())
        self.guilds[guild_id].members[user_id] = member
        data = project.member(self, member) | {"guild_id": str(guild_id)}
        self.emit("GUILD_MEMBER_ADD", data, guild_id, GUILD_MEMBERS)
        return member

    def set_member_roles(self, guild_id: int, user_id: int, roles: Iterable[int]) -> None:
        """Replace a member's roles."""
        member = self.guilds[guild_id].members[user_id]
        member.roles = list(roles)
        # A bot hears of changes to itself even without the members intent.
        intent = 0 if user_id == self.bot.id else GUILD_MEMBERS
        data = project.member(self, member) | {"guild_id": str(guild_id)}
        self.emit("GUILD_MEMBER_UPDATE", data, guild_id, intent)

    # Guilds

    def add_guild(
        self,
        name: str,
        *,
        guild_id: int | None = None,
        owner: int | None = None,
        bot_permissions: int = permissions.BOT,
        has_bot: bool = True,
    ) -> Guild:
        """Make a guild with @everyone, an owner and, unless `has_bot` is false, the bot with its role."""
        owner_id = owner or self.add_user(f"owner of {name}").id
        guild = Guild(guild_id or self.ids.new(), name, owner_id, has_bot=has_bot)
        guild.roles[guild.id] = Role(guild.id, "@everyone", permissions.EVERYONE, position=0)
        guild.members[owner_id] = Member(owner_id, joined_at=self.clock.now())
        self.guilds[guild.id] = guild
        bot_role = Role(self.ids.new(), self.bot.name, bot_permissions, position=10, managed=True)
        guild.roles[bot_role.id] = bot_role
        guild.members[self.bot.id] = Member(self.bot.id, [bot_role.id], joined_at=self.clock.now())
        if has_bot:
            self.emit("GUILD_CREATE", project.guild_create(self, guild), guild.id, GUILDS)
        return guild

    def present(self, guild_id: int) -> bool:
        """Tell whether the bot is in a guild that works."""
        guild = self.guilds.get(guild_id)
        return guild is not None and guild.has_bot and not guild.outage

    def set_presence(self, guild_id: int, *, has_bot: bool | None = None, outage: bool | None = None) -> None:
        """Remove or reinvite the bot, or begin or end an outage of the guild."""
        guild = self.guilds[guild_id]
        joins = bool(has_bot) and not guild.has_bot
        guild.has_bot = guild.has_bot if has_bot is None else has_bot
        guild.outage = guild.outage if outage is None else outage
        if self.present(guild_id):
            data = project.guild_create(self, guild)
            if joins:  # by that discord.py tells an invitation from the end of an outage
                del data["unavailable"]
            self.emit("GUILD_CREATE", data, guild_id, GUILDS)
            return
        # An outage says so; a removal leaves `unavailable` out.
        gone: dict[str, Any] = {"id": str(guild_id)}
        self.emit("GUILD_DELETE", gone | ({"unavailable": True} if guild.has_bot else {}), guild_id, GUILDS)

    def add_role(self, guild_id: int, name: str, granted: int = 0, **more: Any) -> Role:
        """Make a role. `more` are fields of `Role`."""
        guild = self.guilds[guild_id]
        more.setdefault("position", 1 + sum(not role.managed for role in guild.roles.values()))
        role = Role(self.ids.new(), name, granted, **more)
        guild.roles[role.id] = role
        data = {"guild_id": str(guild_id), "role": project.role(role)}
        self.emit("GUILD_ROLE_CREATE", data, guild_id, GUILDS)
        return role

    def update_role(self, guild_id: int, role_id: int, **fields: Any) -> Role:
        """Change fields of a role, its `permissions` for one."""
        role = self.guilds[guild_id].roles[role_id]
        for name, value in fields.items():
            setattr(role, name, value)
        data = {"guild_id": str(guild_id), "role": project.role(role)}
        self.emit("GUILD_ROLE_UPDATE", data, guild_id, GUILDS)
        return role

    def delete_role(self, guild_id: int, role_id: int) -> None:
        """Delete a role and take it from everybody."""
        guild = self.guilds[guild_id]
        del guild.roles[role_id]
        for member in guild.members.values():
            member.roles = [role for role in member.roles if role != role_id]
        data = {"guild_id": str(guild_id), "role_id": str(role_id)}
        self.emit("GUILD_ROLE_DELETE", data, guild_id, GUILDS)

    # Channels

    def place(self, channel: Channel) -> None:
        """Put a channel where it belongs, without telling anybody."""
        self.channels[channel.id] = channel
        self._places.setdefault(channel.guild_id, {})[channel.id] = channel
        if channel.recipient_id is not None:
            self._dms[channel.recipient_id] = channel

    def channels_in(self, guild_id: int | None) -> list[Channel]:
        """Return a guild's channels and threads, oldest first."""
        return list(self._places.get(guild_id, {}).values())

    def add_channel(self, guild_id: int, name: str, kind: int = 0, **more: Any) -> Channel:
        """Make a channel. `more` are fields of `Channel`."""
        channel = Channel(self.ids.new(), kind, name, guild_id, **more)
        channel.position = channel.position or len(self._places.get(guild_id, {}))
        self.place(channel)
        self.emit("CHANNEL_CREATE", project.channel(self, channel), guild_id, GUILDS)
        return channel

    def update_channel(self, channel_id: int, **fields: Any) -> Channel:
        """Change fields of a channel or, where the thread has them, of a thread."""
        channel = self.channels[channel_id]
        for name, value in fields.items():
            target = channel.thread if channel.thread and hasattr(channel.thread, name) else channel
            setattr(target, name, value)
        if channel.thread is not None and "archived" in fields:
            channel.thread.archive_changed_at = self.clock.now()
        name = "THREAD_UPDATE" if channel.thread else "CHANNEL_UPDATE"
        self.emit(name, project.channel(self, channel), channel.guild_id, GUILDS)
        return channel

    def delete_channel(self, channel_id: int) -> Channel:
        """Delete a channel or thread, and the threads within."""
        channel = self.channels[channel_id]
        if channel.thread is None and channel.kind != CATEGORY:
            inner = [
                c.id for c in self.channels_in(channel.guild_id) if c.parent_id == channel_id and c.thread
            ]
            for thread_id in inner:
                self.delete_channel(thread_id)
        shown = project.channel(self, channel)
        del self.channels[channel_id], self._places[channel.guild_id][channel_id]
        name = "THREAD_DELETE" if channel.thread else "CHANNEL_DELETE"
        self.emit(name, shown, channel.guild_id, GUILDS)
        return channel

    def set_overwrite(
        self,
        channel_id: int,
        target_id: int,
        *,
        allow: int | None = 0,
        deny: int = 0,
        kind: int | None = None,
    ) -> None:
        """Change what a channel allows and denies a role or member; `allow=None` removes the overwrite."""
        channel = self.channels[channel_id]
        assert channel.guild_id is not None
        if allow is None:
            channel.overwrites.pop(target_id, None)
        else:
            is_role = target_id in self.guilds[channel.guild_id].roles
            which = (0 if is_role else 1) if kind is None else kind
            channel.overwrites[target_id] = Overwrite(target_id, which, allow, deny)
        self.update_channel(channel_id)

    def active_threads(self, guild_id: int | None) -> list[Channel]:
        """Return a guild's threads that are not archived; those that were quiet for long enough are from now on."""
        active = []
        for channel in self.channels_in(guild_id):
            state = channel.thread
            if state is None or state.archived:
                continue
            touched = max(state.archive_changed_at, moment_of(channel.last_message_id or 0))
            if touched + state.auto_archive_duration * self.archive_minute_s <= self.clock.now():
                self.update_channel(channel.id, archived=True)
            else:
                active.append(channel)
        return active

    def add_thread(
        self,
        parent_id: int,
        name: str,
        owner_id: int,
        *,
        kind: int,
        thread_id: int | None = None,
        **state: Any,
    ) -> Channel:
        """Open a thread, or a forum post; `state` are fields of `ThreadState`."""
        parent = self.channels[parent_id]
        now = self.clock.now()
        opened = ThreadState(owner_id, now, archive_changed_at=now, members=[owner_id], **state)
        thread = Channel(thread_id or self.ids.new(), kind, name, parent.guild_id, parent_id, thread=opened)
        self.place(thread)
        data = project.channel(self, thread) | {"newly_created": True}
        self.emit("THREAD_CREATE", data, thread.guild_id, GUILDS)
        return thread

    def dm_with(self, user_id: int) -> Channel:
        """Return the direct-message channel with a user, opened when it is not there yet."""
        if (known := self._dms.get(user_id)) is not None:
            return known
        channel = Channel(self.ids.new(), DM, "", recipient_id=user_id)
        self.place(channel)
        self.emit("CHANNEL_CREATE", project.channel(self, channel), None, DIRECT_MESSAGES)
        return channel

    def may(self, user_id: int, channel: Channel) -> int:
        """Return what somebody may do in a channel, as permission bits."""
        if channel.guild_id is None:
            return permissions.DIRECT
        parent = self.channels.get(channel.parent_id or 0) if channel.kind in THREADS else None
        return permissions.in_channel(self.guilds[channel.guild_id], channel, user_id, parent)

    # Scheduled events

    def events_of(self, guild_id: int) -> list[ScheduledEvent]:
        """Return a guild's scheduled events, oldest first."""
        return [event for event in self.events.values() if event.guild_id == guild_id]

    def put_event(self, event: ScheduledEvent, *, new: bool) -> None:
        """Store a scheduled event."""
        self.events[event.id] = event
        name = f"GUILD_SCHEDULED_EVENT_{'CREATE' if new else 'UPDATE'}"
        self.emit(name, project.scheduled_event(self, event), event.guild_id, SCHEDULED_EVENTS)

    def delete_event(self, event_id: int) -> None:
        """Delete a scheduled event."""
        event = self.events.pop(event_id)
        shown = project.scheduled_event(self, event)
        self.emit("GUILD_SCHEDULED_EVENT_DELETE", shown, event.guild_id, SCHEDULED_EVENTS)

    def channel_named(self, name: str, guild_id: int | None = None) -> Channel:
        """Return the channel with a name."""
        return next(c for c in self.channels.values() if c.name == name and guild_id in (None, c.guild_id))
