"""What a server's moderators set, and the log of who changed what."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Module(StrEnum):
    """A part of Cohort that a server sets up as a whole."""

    SERVER = "server"  # what holds for all of them: zone, language, the channel for notices
    QUIZ = "quiz"
    BUDDIES = "buddies"


class Area(StrEnum):
    """What a change was made to."""

    SERVER = "server"
    FEED = "feed"
    ROLES = "roles"
    QUIZ = "quiz"
    BUDDIES = "buddies"


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
