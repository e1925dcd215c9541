"""What moderators see and undo of their server's settings, and how settings go from one server to another."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.services.moderation.areas import AreaSettings, ModuleArea, all_areas
from bot.services.moderation.drafts import Drafts
from bot.services.moderation.log import LogEntry, LogPage, SettingLog, UndoPreview, can_be_undone
from bot.services.moderation.settings import ServerSettingsService
from bot.services.moderation.transfer import Transfer, fingerprint
from bot.storage import schema
from bot.storage.engine import Database

__all__ = [
    "AreaSettings",
    "Drafts",
    "LogEntry",
    "LogPage",
    "Moderation",
    "ModuleArea",
    "ServerSettingsService",
    "SettingLog",
    "Transfer",
    "UndoPreview",
    "all_areas",
    "can_be_undone",
    "fingerprint",
]


class Moderation:
    """What a server's moderators have in hand; `areas` says which settings there are."""

    def __init__(self, db: Database, clock: Clock, areas: Sequence[AreaSettings]) -> None:
        known = {area.area: area for area in areas}
        self.settings = ServerSettingsService(db, clock)
        self.drafts = Drafts(db, clock)
        self.log = SettingLog(db, clock, known)
        self.transfer = Transfer(db, clock, known)
        self._db = db

    async def is_current(self) -> bool:
        """Whether the database answers and has this version's schema: another process may be of another version."""
        return await schema.current_revision(self._db) == schema.HEAD
