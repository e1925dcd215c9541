"""What a server set up for careers, as moderators read it: in the log of changes and in exported files."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from bot.domain.lookup import fold
from bot.domain.server_careers import OwnLink, OwnRole, RoleLink

Document = dict[str, Any]

_LONGEST: Final = 64  # what the log keeps of a target


def of_follow(link: RoleLink) -> Document:
    """Return a Discord role that followers of a career or track get."""
    return {"kind": "follow", link.kind: link.target, "discord_role_id": link.discord_role_id}


def of_role(role: OwnRole) -> Document:
    """Return a role of the server's own."""
    return {
        "kind": "role",
        "title": role.title,
        "aliases": list(role.aliases),
        "summary": role.summary,
        "url": role.url,
    }


def of_link(link: OwnLink) -> Document:
    """Return a link below a role."""
    return {"kind": "link", "role": link.role, "title": link.title, "url": link.url}


def of_definition(kind: str, definition: Mapping[str, Any]) -> Document:
    """Return what a row of `server_careers` holds."""
    return of_link(OwnLink(**definition)) if kind == "link" else of_role(own_role(definition))


def own_role(definition: Mapping[str, Any]) -> OwnRole:
    """Read a role of a server's own."""
    aliases = definition.get("aliases")
    return OwnRole(
        title=str(definition["title"]),
        aliases=tuple(map(str, aliases)) if isinstance(aliases, list) else (),
        summary=str(definition["summary"]),
        url=str(definition.get("url") or ""),
    )


def target(document: Mapping[str, Any]) -> str:
    """Return the name under which the log keeps a thing: the same for the same thing, whatever row it is in."""
    match document["kind"]:
        case "follow":
            return f"follow:{document['discord_role_id']}"
        case "role":
            return _cut(f"role:{fold(str(document['title']))}")
        case _:
            return _cut(f"link:{document['role']}:{document['title']}:{document['url']}")


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:50]}~{hashlib.sha256(text.encode()).hexdigest()[:12]}"
