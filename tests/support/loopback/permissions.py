"""Permissions as Discord computes them.

https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from tests.support.loopback.model import PRIVATE_THREAD, Channel, Guild

CREATE_INSTANT_INVITE = 1 << 0
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
MANAGE_ROLES = 1 << 28
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_EVENTS = 1 << 33
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
MODERATE_MEMBERS = 1 << 40
CREATE_EVENTS = 1 << 44
PIN_MESSAGES = 1 << 51

ALL = (1 << 53) - 1

EVERYONE = (
    CREATE_INSTANT_INVITE
    | ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | SEND_MESSAGES_IN_THREADS
)
"""What @everyone may do in a guild that nobody has configured."""

BOT = EVERYONE | MANAGE_ROLES | MANAGE_EVENTS | CREATE_EVENTS | MANAGE_THREADS | MENTION_EVERYONE
"""What the bot's own role may do unless a test says otherwise."""

DIRECT = (1 << 53) - 1
"""In direct messages there is nobody to forbid anything."""


def in_guild(guild: Guild, user_id: int) -> int:
    """Return a member's permissions before any channel changes them; 0 for people who are not members."""
    if user_id == guild.owner_id:
        return ALL
    member = guild.members.get(user_id)
    if member is None:
        return 0
    granted = guild.roles[guild.id].permissions
    for role_id in member.roles:
        if role := guild.roles.get(role_id):
            granted |= role.permissions
    return ALL if granted & ADMINISTRATOR else granted


def in_channel(guild: Guild, channel: Channel, user_id: int, parent: Channel | None = None) -> int:
    """Return what a member may do in a channel; a thread takes its parent's overwrites."""
    granted = in_guild(guild, user_id)
    if granted == ALL:
        return ALL
    member = guild.members.get(user_id)
    if member is None:
        return 0
    overwrites = (parent or channel).overwrites
    if everyone := overwrites.get(guild.id):
        granted = (granted & ~everyone.deny) | everyone.allow
    allow = deny = 0
    for role_id in member.roles:
        if role := overwrites.get(role_id):
            allow, deny = allow | role.allow, deny | role.deny
    granted = (granted & ~deny) | allow
    if own := overwrites.get(user_id):
        granted = (granted & ~own.deny) | own.allow
    if not granted & VIEW_CHANNEL:
        return 0
    if _hidden_thread(channel, user_id, granted):
        return 0
    if channel.thread is not None:
        # Discord ignores SEND_MESSAGES in threads; what counts there is SEND_MESSAGES_IN_THREADS.
        speaks = granted & SEND_MESSAGES_IN_THREADS
        granted = granted | SEND_MESSAGES if speaks else granted & ~SEND_MESSAGES
    return granted


def _hidden_thread(channel: Channel, user_id: int, granted: int) -> bool:
    if channel.kind != PRIVATE_THREAD or channel.thread is None or granted & MANAGE_THREADS:
        return False
    return user_id not in channel.thread.members


def top_position(guild: Guild, user_id: int) -> int:
    """Return the highest position among a member's roles, which decides whose roles they may change."""
    if user_id == guild.owner_id:
        return 1 << 30
    member = guild.members.get(user_id)
    held = [guild.roles[r].position for r in member.roles if r in guild.roles] if member else []
    return max(held, default=0)
