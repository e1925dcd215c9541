"""Who changed what in a server, and taking it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.clock import Clock
from bot.domain.server_settings import UNDOABLE, Area, SettingChange
from bot.domain.transfer import LISTS
from bot.errors import UserError
from bot.services.moderation.areas import AreaSettings, Wish
from bot.storage import server_settings
from bot.storage.engine import Database

PAGE: Final = 6
"""Entries on one page of the log."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A change, and whether a later one undid it."""

    change: SettingChange
    is_undone: bool


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of a server's log; pages are counted from 0."""

    entries: tuple[LogEntry, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing a change would do: the thing is as `present` and would be as `change.before`."""

    change: SettingChange
    present: dict[str, Any] | None

    @property
    def fits(self) -> bool:
        """Whether the thing is still as the change left it."""
        return self.present == self.change.after


def can_be_undone(change: SettingChange) -> bool:
    """Whether a change is of settings: questions of a server's own are logged beside them, and are none."""
    return change.area in LISTS or not change.target


class SettingLog:
    """The log of one server at a time."""

    def __init__(self, db: Database, clock: Clock, areas: Mapping[Area, AreaSettings]) -> None:
        self._db = db
        self._clock = clock
        self._areas = areas

    async def page(
        self, server_id: int, page: int = 0, *, area: Area | None = None, by: int | None = None
    ) -> LogPage:
        """Return a page, the newest changes first; a page past the end is the last one."""
        async with self._db.read() as tx:
            count = await server_settings.count(tx, server_id, area=area, by=by)
            pages = max(1, -(-count // PAGE))
            page = max(0, min(page, pages - 1))
            found = await server_settings.log(tx, server_id, area=area, by=by, start=page * PAGE, limit=PAGE)
            undone = await server_settings.undone(tx, [change.id for change in found])
        return LogPage(tuple(LogEntry(each, each.id in undone) for each in found), page, pages)

    async def latest(self, server_id: int) -> list[LogEntry]:
        """Return the changes that can be undone if they still fit, the newest first."""
        async with self._db.read() as tx:
            found = await server_settings.log(tx, server_id, limit=UNDOABLE)
            undone = await server_settings.undone(tx, [change.id for change in found])
        return [LogEntry(each, each.id in undone) for each in found if can_be_undone(each)]

    async def change(self, server_id: int, change_id: int) -> SettingChange:
        """Return one of the changes that can be undone; UserError where there is none of this number."""
        async with self._db.read() as tx:
            found = await server_settings.log(tx, server_id, limit=UNDOABLE)
        for each in found:
            if each.id == change_id:
                if not can_be_undone(each):
                    raise UserError(
                        "Questions of a server's own are changed and brought back with /setup quiz."
                    )
                return each
        raise UserError(
            f"That is not one of this server's latest {UNDOABLE} changes. Pick one with /setup undo."
        )

    async def preview(self, server_id: int, change_id: int) -> UndoPreview:
        """Return what undoing a change would do, and whether it still fits."""
        change = await self.change(server_id, change_id)
        async with self._db.read() as tx:
            present = await self._areas[change.area].present(tx, server_id)
        return UndoPreview(change, present.get(change.target))

    async def undo(self, server_id: int, change_id: int, *, by: int) -> SettingChange:
        """Make what was changed as it was before, and log that; UserError where it has changed again since."""
        change = await self.change(server_id, change_id)
        area = self._areas[change.area]
        async with self._db.write() as tx:
            await server_settings.lock(tx, server_id)
            present = (await area.present(tx, server_id)).get(change.target)
            if present != change.after:
                raise UserError(
                    "That was changed again since, so I leave it as it is. Undo the later change first: "
                    "/setup log shows both."
                )
            now = self._clock.now()
            await area.put(tx, Wish(server_id, change.target, change.before, by, now, undoes=change.id))
        return change
