"""The world as Discord's JSON. REST and gateway both show these, so they cannot disagree."""

from typing import TYPE_CHECKING, Any

from tests.support.loopback import permissions
from tests.support.loopback.clock import iso, moment_of
from tests.support.loopback.model import (
    CATEGORY,
    DM,
    FORUM,
    HAS_THREAD,
    THREAD_ONLY,
    THREADS,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    ScheduledEvent,
    User,
)

if TYPE_CHECKING:
    from tests.support.loopback.world import World

Json = dict[str, Any]


def user(record: User) -> Json:
    """Return a user object."""
    return {
        "id": str(record.id),
        "username": record.name,
        "discriminator": "0000" if record.bot else "0",
        "global_name": None if record.bot else record.name.title(),
        "avatar": None,
        "bot": record.bot,
        "public_flags": 0,
    }


def me(world: "World") -> Json:
    """Return the bot as it sees itself."""
    return user(world.bot) | {"verified": True, "mfa_enabled": False, "flags": 0, "email": None}


def application(world: "World") -> Json:
    """Return the bot's application."""
    owner = world.users[world.owner_id]
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user(owner),
        "team": None,
        "flags": 0,
        "rpc_origins": [],
        "summary": "",
        "approximate_guild_count": sum(guild.has_bot for guild in world.guilds.values()),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "integration_types_config": {"0": {}},
    }


def role(record: Role) -> Json:
    """Return a role object."""
    return {
        "id": str(record.id),
        "name": record.name,
        "permissions": str(record.permissions),
        "position": record.position,
        "color": record.color,
        "colors": {"primary_color": record.color, "secondary_color": None, "tertiary_color": None},
        "hoist": record.hoist,
        "mentionable": record.mentionable,
        "managed": record.managed,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member(world: "World", record: Member, *, with_user: bool = True) -> Json:
    """Return a member object, without its user where Discord leaves that out."""
    shown: Json = {
        "roles": [str(role_id) for role_id in record.roles],
        "nick": record.nick,
        "avatar": None,
        "joined_at": iso(record.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
    }
    return shown | {"user": user(world.users[record.user_id])} if with_user else shown


def channel(world: "World", record: Channel) -> Json:
    """Return a channel, thread or direct-message object."""
    last = str(record.last_message_id) if record.last_message_id else None
    shown: Json = {"id": str(record.id), "type": record.kind, "flags": record.flags, "last_message_id": last}
    if record.kind == DM:
        assert record.recipient_id is not None
        return shown | {"recipients": [user(world.users[record.recipient_id])]}
    shown |= {"name": record.name, "guild_id": str(record.guild_id)}
    shown["parent_id"] = str(record.parent_id) if record.parent_id else None
    if record.thread is not None:
        return shown | _thread(world, record)
    shown |= {
        "position": record.position,
        "topic": record.topic,
        "nsfw": record.nsfw,
        "rate_limit_per_user": record.slowmode,
        "permission_overwrites": [
            {"id": str(o.id), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for o in record.overwrites.values()
        ],
    }
    if record.kind in THREAD_ONLY:
        shown |= {"available_tags": record.tags, "default_reaction_emoji": None, "default_sort_order": None}
        if record.kind == FORUM:
            shown["default_forum_layout"] = 0
    if record.kind == CATEGORY:
        del shown["last_message_id"]
    return shown


def _thread(world: "World", record: Channel) -> Json:
    state = record.thread
    assert state is not None
    shown: Json = {
        "owner_id": str(state.owner_id),
        "member_count": len(state.members),
        "message_count": state.sent,
        "total_message_sent": state.sent,
        "rate_limit_per_user": record.slowmode,
        "thread_metadata": {
            "archived": state.archived,
            "locked": state.locked,
            "auto_archive_duration": state.auto_archive_duration,
            "archive_timestamp": iso(state.archive_changed_at),
            "create_timestamp": iso(state.created_at),
            **({"invitable": state.invitable} if record.kind == 12 else {}),
        },
        "applied_tags": [str(tag) for tag in state.applied_tags],
    }
    if world.bot.id in state.members:
        shown["member"] = thread_member(world, record, world.bot.id)
    return shown


def thread_member(world: "World", record: Channel, user_id: int) -> Json:
    """Return who is in a thread."""
    assert record.thread is not None
    joined = iso(record.thread.created_at)
    return {"id": str(record.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}


def guild(world: "World", record: Guild) -> Json:
    """Return what GET /guilds shows."""
    return {
        "id": str(record.id),
        "name": record.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(record.owner_id),
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [role(r) for r in record.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": record.features,
        "mfa_level": 0,
        "nsfw_level": 0,
        "nsfw": False,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": (
            str(record.public_updates_channel_id) if record.public_updates_channel_id else None
        ),
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": record.locale,
        "max_members": 500_000,
        "max_presences": None,
        "incidents_data": None,
    }


def guild_create(world: "World", record: Guild) -> Json:
    """Return the whole guild, as the gateway delivers it."""
    own = record.members[world.bot.id]
    channels = world.channels_in(record.id)
    return guild(world, record) | {
        "joined_at": iso(own.joined_at),
        "large": len(record.members) > 250,
        "unavailable": False,
        "member_count": len(record.members),
        # Without the members intent only the bot itself is listed.
        "members": [member(world, own)],
        "channels": [channel(world, c) for c in channels if c.kind not in THREADS],
        "threads": [
            channel(world, c)
            for c in channels
            if c.thread is not None
            and not c.thread.archived
            and world.may(world.bot.id, c) & permissions.VIEW_CHANNEL
        ],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [scheduled_event(world, e) for e in world.events_of(record.id)],
        "soundboard_sounds": [],
    }


def scheduled_event(world: "World", record: ScheduledEvent) -> Json:
    """Return a guild's scheduled event."""
    body = record.body
    return {
        "id": str(record.id),
        "guild_id": str(record.guild_id),
        "channel_id": body.get("channel_id"),
        "creator_id": str(record.creator_id),
        "creator": user(world.users[record.creator_id]),
        "name": body["name"],
        "description": body.get("description"),
        "scheduled_start_time": body["scheduled_start_time"],
        "scheduled_end_time": body.get("scheduled_end_time"),
        "privacy_level": body.get("privacy_level", 2),
        "status": record.status,
        "entity_type": body["entity_type"],
        "entity_id": None,
        "entity_metadata": body.get("entity_metadata"),
        "user_count": 0,
        "image": None,
        "recurrence_rule": None,
    }


def message(world: "World", record: Message, *, nonce: str | int | None = None) -> Json:
    """Return a message as the bot sees it. Only the answer to its creation carries the nonce."""
    shown: Json = {
        "id": str(record.id),
        "channel_id": str(record.channel_id),
        "type": record.kind,
        "author": user(world.users[record.author_id]),
        "content": record.content,
        "embeds": record.embeds,
        "components": record.components,
        "attachments": record.attachments,
        "timestamp": iso(moment_of(record.id)),
        "edited_timestamp": iso(record.edited_at) if record.edited_at else None,
        "tts": bool(record.body.get("tts")),
        "pinned": record.pinned,
        "flags": record.flags,
        "mentions": [user(world.users[u]) for u in record.mentions.get("users", []) if u in world.users],
        "mention_roles": [str(r) for r in record.mentions.get("roles", [])],
        "mention_everyone": bool(record.mentions.get("everyone")),
        "reactions": [
            {
                "emoji": {"id": None, "name": name},
                "count": len(who),
                "count_details": {"burst": 0, "normal": len(who)},
                "me": world.bot.id in who,
                "me_burst": False,
                "burst_colors": [],
            }
            for name, who in record.reactions.items()
        ],
    }
    if nonce is not None:
        shown["nonce"] = nonce
    if record.webhook_id is not None:
        shown |= {"webhook_id": str(record.webhook_id), "application_id": str(world.application_id)}
    if record.reference is not None:
        shown["message_reference"] = record.reference
    if (metadata := record.body.get("interaction_metadata")) is not None:
        shown["interaction_metadata"] = metadata
    if record.flags & HAS_THREAD and (thread := world.channels.get(record.id)) is not None:
        shown["thread"] = channel(world, thread)
    return shown if _may_read_content(world, record) else _without_content(shown)


def _may_read_content(world: "World", record: Message) -> bool:
    """Tell whether the bot, which has no message-content intent, may read what a message says."""
    if world.message_content or record.author_id == world.bot.id:
        return True
    place = world.channels.get(record.channel_id)
    return (place is not None and place.kind == DM) or world.bot.id in record.mentions.get("users", [])


def _without_content(shown: Json) -> Json:
    return shown | {"content": "", "embeds": [], "components": [], "attachments": []}
