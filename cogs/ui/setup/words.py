"""Settings, and changes of them, in words."""

from collections.abc import Mapping
from typing import Any, Final

from bot.domain.languages import LABELS, Language
from bot.domain.server_settings import Area, SettingChange
from bot.domain.sources import stamp
from bot.domain.transfer import differences
from bot.services.moderation import LogEntry
from cogs.ui.text import listing, plain, shorten

AREAS: Final = {
    Area.SERVER: "Server",
    Area.FEED: "Feeds",
    Area.ROLES: "Careers",
    Area.QUIZ: "Quizzes",
    Area.BUDDIES: "Study buddies",
}
_FIELDS: Final = {
    "feed_role_id": "who else may set up feeds",
    "roles_role_id": "who else may set up careers",
    "quiz_role_id": "who else may set up quizzes",
    "buddies_role_id": "who else may set up study buddies",
    "discord_role_id": "Discord role",
    "on": "switched on",
    "anchor": "counted from the week of",
    "promised": "words on age and conduct confirmed",
}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST: Final = 90
_MOST: Final = 8


def thing(area: Area, document: Mapping[str, Any] | None, target: str = "") -> str:
    """Name what a change is of, as plain text for a card: Feed 3, the link “Our list”."""
    found = document or {}
    match area:
        case Area.FEED:
            kind = str(found.get("kind", ""))
            return f"Feed {target}" if target else f"A feed of {plain(kind)}"
        case Area.ROLES:
            match found.get("kind"):
                case "follow":
                    career = found.get("role") or found.get("track") or ""
                    return f"Discord role for {plain(str(career).replace('-', ' '))}"
                case "role":
                    return f"Role of our own “{plain(shorten(str(found.get('title', '')), 60))}”"
                case _:
                    return f"Link “{plain(shorten(str(found.get('title', '')), 60))}”"
        case Area.SERVER:
            return "Settings of the server"
        case _:
            return f"Settings of {AREAS[area].lower()}"


def becomes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, most: int = _MOST) -> str:
    """Say in lines what a thing was and what it is then."""
    changed = differences(before, after)
    if before is None:
        lines = [
            f"**{_name(name)}** {_value(name, new)}" for name, _, new in changed if new not in (None, [], "")
        ]
    elif after is None:
        lines = [
            f"**{_name(name)}** {_value(name, old)}" for name, old, _ in changed if old not in (None, [], "")
        ]
    else:
        lines = [f"**{_name(name)}** {_value(name, old)} → {_value(name, new)}" for name, old, new in changed]
    if len(lines) > most:
        lines = [*lines[: most - 1], f"and {len(lines) - most + 1} more"]
    return " · ".join(lines) if before is None or after is None else "\n".join(lines)


def done(change: SettingChange) -> str:
    """Say what was done to a thing, in a word or two."""
    if change.undoes is not None:
        return "taken back"
    if change.before is None:
        return "set up"
    if change.after is None:
        return "removed"
    paused = [new for name, _, new in differences(change.before, change.after) if name == "paused"]
    if paused:
        return "paused" if paused[0] else "resumed"
    return "changed"


def entry_words(entry: LogEntry) -> str:
    """Say who changed what, when, from what to what."""
    change = entry.change
    who = f"<@{change.by}>" if change.by is not None else "somebody"
    head = (
        f"**{thing(change.area, change.after or change.before, change.target)}** {done(change)} by {who} "
        f"{stamp(change.at)}"
    )
    if entry.is_undone:
        head = f"~~{head}~~ undone since"
    return (
        f"{head}\n-# {becomes(change.before, change.after, most=4).replace(chr(10), ' · ') or 'nothing else'}"
    )


def entry_label(change: SettingChange) -> str:
    """Return a change for a menu or a completion, as bare text."""
    found = thing(change.area, change.after or change.before, change.target).replace("\\", "")
    names = [_name(name) for name, _, _ in differences(change.before, change.after)]
    what = listing(names[:3]) if change.before is not None and change.after is not None else ""
    return shorten(" · ".join(part for part in (found, done(change), what) if part), 90)


def _name(name: str) -> str:
    last = name.rpartition(".")[2]
    if last in _FIELDS:
        return _FIELDS[last]
    return plain(last.removesuffix("_ids").removesuffix("_id").replace("_", " "))


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return "none"
    if name == "language" and value in tuple(Language):
        return LABELS[Language(value)]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name.endswith("weekday") and value in range(7):
        return _WEEKDAYS[value]
    if isinstance(value, list):
        return shorten(", ".join(_value(name.removesuffix("s"), each) for each in value), _LONGEST) or "none"
    if isinstance(value, int) and name.endswith("channel_id"):
        return f"<#{value}>"
    if isinstance(value, int) and name.endswith("role_id"):
        return f"<@&{value}>"
    return plain(shorten(str(value), _LONGEST))
