"""The records of the loopback's world. Plain values only, so that a world can be saved and read back."""

from dataclasses import dataclass, field
from typing import Any

TEXT, DM, VOICE, CATEGORY, NEWS = 0, 1, 2, 4, 5
NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD = 10, 11, 12
STAGE, FORUM, MEDIA = 13, 15, 16
THREADS = frozenset({NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD})
THREAD_ONLY = frozenset({FORUM, MEDIA})
MESSAGEABLE = frozenset({TEXT, DM, VOICE, NEWS, STAGE}) | THREADS

CROSSPOSTED = 1 << 0
SUPPRESS_EMBEDS = 1 << 2
HAS_THREAD = 1 << 5
EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15


@dataclass
class User:
    """A person or the bot. `dms_open=False` makes direct messages to them fail with 50007."""

    id: int
    name: str
    bot: bool = False
    dms_open: bool = True
    locale: str = "en-US"


@dataclass
class Role:
    """A role; the one whose id is the guild's is @everyone."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    managed: bool = False


@dataclass
class Member:
    """A user in a guild. `roles` leaves out @everyone, as Discord does."""

    user_id: int
    roles: list[int] = field(default_factory=list)
    nick: str | None = None
    joined_at: float = 0.0


@dataclass
class Overwrite:
    """What a channel changes for a role (`kind` 0) or a member (1)."""

    id: int
    kind: int
    allow: int = 0
    deny: int = 0


@dataclass
class ThreadState:
    """What only threads have."""

    owner_id: int
    created_at: float
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_duration: int = 1440
    archive_changed_at: float = 0.0
    applied_tags: list[int] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    sent: int = 0


@dataclass
class Channel:
    """A channel of any kind: text, news, forum, category, thread, direct messages."""

    id: int
    kind: int
    name: str
    guild_id: int | None = None
    parent_id: int | None = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    slowmode: int = 0
    flags: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    tags: list[dict[str, Any]] = field(default_factory=list)
    recipient_id: int | None = None
    last_message_id: int | None = None
    thread: ThreadState | None = None


@dataclass
class Message:
    """A message. `seen_by` is the one person who sees an ephemeral one; `body` is what was sent."""

    id: int
    channel_id: int
    author_id: int
    body: dict[str, Any]
    kind: int = 0
    flags: int = 0
    seen_by: int | None = None
    edited_at: float | None = None
    deleted: bool = False
    pinned: bool = False
    interaction_id: int | None = None
    webhook_id: int | None = None
    reference: dict[str, Any] | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    reactions: dict[str, list[int]] = field(default_factory=dict)
    mentions: dict[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """The plain content; empty for Components V2."""
        return str(self.body.get("content") or "")

    @property
    def components(self) -> list[dict[str, Any]]:
        """The components as they were sent, with their ids."""
        return list(self.body.get("components") or [])

    @property
    def embeds(self) -> list[dict[str, Any]]:
        """The embeds as they were sent."""
        return list(self.body.get("embeds") or [])

    @property
    def text(self) -> str:
        """All text a reader sees: content, embeds and text displays, one per line. Made for `in`."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [str(embed.get("title") or ""), str(embed.get("description") or "")]
            parts += [f"{f.get('name')}: {f.get('value')}" for f in embed.get("fields") or []]
            parts.append(str((embed.get("footer") or {}).get("text") or ""))
        parts += [str(c["content"]) for c in walk(self.components) if c.get("type") == 10]
        return "\n".join(part for part in parts if part)


@dataclass
class ScheduledEvent:
    """A native event of a guild; `body` holds what was sent, checked."""

    id: int
    guild_id: int
    creator_id: int
    body: dict[str, Any]
    status: int = 1


@dataclass
class Guild:
    """A server. `has_bot` is false after the bot was removed, `outage` while Discord has lost it."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)
    locale: str = "en-US"
    has_bot: bool = True
    outage: bool = False
    public_updates_channel_id: int | None = None


def walk(components: Any) -> list[dict[str, Any]]:
    """Return every component, nested ones included, in the order in which they are shown."""
    found: list[dict[str, Any]] = []
    stack = list(reversed(components)) if isinstance(components, list) else []
    while stack:
        component = stack.pop()
        if not isinstance(component, dict):
            continue
        found.append(component)
        children = component.get("components")
        inner = list(children) if isinstance(children, list) else []
        inner += [component[key] for key in ("accessory", "component") if key in component]
        stack.extend(reversed(inner))
    return found
