"""What a server's moderators set, and the log of who changed what."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.domain.languages import Language, parse_language
from bot.domain.zones import parse_zone
from bot.errors import UserError


class Module(StrEnum):
    """A part of Cohort that a server sets up as a whole."""

    SERVER = (
        "server"  # what holds for all of them: zone, language, the channel for notices, who else may moderate
    )
    QUIZ = "quiz"
    BUDDIES = "buddies"


class Area(StrEnum):
    """What a change was made to."""

    SERVER = "server"
    FEED = "feed"
    ROLES = "roles"
    QUIZ = "quiz"
    BUDDIES = "buddies"


DELEGATED: Final = (Area.FEED, Area.ROLES, Area.QUIZ, Area.BUDDIES)
"""Areas that a server may give into the hands of a role; the server's own settings never are."""

UNDOABLE: Final = 50
"""How many of the latest changes of a server can be undone."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One change: `before` is None where there was nothing, `after` where it was removed."""

    id: int
    server_id: int
    at: datetime
    by: int | None
    area: Area
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What holds for the whole server. None is the usual: the zone last chosen, English, Discord's own channel, nobody."""

    zone: str | None = None
    language: str | None = None  # of what is posted
    notices_channel_id: int | None = None
    feed_role_id: int | None = None  # whoever has it may set up feeds, and so on
    roles_role_id: int | None = None
    quiz_role_id: int | None = None
    buddies_role_id: int | None = None

    @property
    def spoken(self) -> Language:
        """The language of what is posted; English for one that only a newer version knows."""
        return next((each for each in Language if each == self.language), Language.ENGLISH)

    def role_of(self, area: str) -> int | None:
        """Return the role that may moderate an area besides those who manage the server."""
        if area not in DELEGATED:
            return None
        found: int | None = getattr(self, f"{area}_role_id")
        return found

    def delegated(self, role_ids: frozenset[int]) -> frozenset[Area]:
        """Return the areas that somebody with these roles may moderate."""
        return frozenset(area for area in DELEGATED if self.role_of(area) in role_ids)

    def with_(self, **changed: Any) -> "ServerSettings":
        """Return the settings with some of them changed."""
        return replace(self, **changed)

    def document(self) -> dict[str, Any]:
        """Return what is stored: only what is set."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def read_server_settings(found: Mapping[str, Any] | None) -> ServerSettings:
    """Read what is stored; what a newer version stored beside it is left out."""
    known = {each.name for each in fields(ServerSettings)}
    return ServerSettings(**{name: value for name, value in (found or {}).items() if name in known})


def check_server_settings(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings from elsewhere in their usual form; raises UserError for what cannot be."""
    known = {each.name for each in fields(ServerSettings)}
    if unknown := [name for name in found if name not in known]:
        raise UserError(f"I do not know the setting `{unknown[0][:40]}` of a server.")
    zone = found.get("zone")
    if zone is not None:
        zone = parse_zone(str(zone)[:60])
    language = found.get("language")
    if language is not None:
        language = parse_language(str(language)[:60]).value
    ids = [value for name, value in found.items() if name.endswith("_id") and value is not None]
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in ids):
        raise UserError("A channel or role in the settings of the server cannot be read.")
    return read_server_settings({**found, "zone": zone, "language": language}).document()
