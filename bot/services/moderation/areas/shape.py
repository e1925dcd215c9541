"""What every area of a server's settings can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.server_settings import Area
from bot.domain.transfer import Document

Present = Mapping[str, Document]
"""What is set, by what the log calls it."""

Pairs = list[tuple[str | None, Document]]
"""For each thing that is wanted which of those that are there it is, None for a new one; and the thing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one thing in the settings of a server is to be."""

    server_id: int
    target: str  # what the log calls it; empty for a new one
    document: Document | None  # None takes it away
    by: int | None  # the member who wishes it
    now: datetime
    undoes: int | None = None  # the change in the log that is undone


class AreaSettings(Protocol):
    """The settings of one area, as documents."""

    area: Area

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return what is set, by what the log calls it."""
        ...

    async def put(self, tx: AsyncConnection, wish: Wish) -> None:
        """Make one thing what is wished and log it; raises UserError where that cannot be."""
        ...

    def check(self, found: Mapping[str, Any], server_id: int) -> Document:
        """Return a document from elsewhere in its usual form; raises UserError for one that cannot be."""
        ...

    def match(self, present: Present, wanted: Sequence[Document]) -> Pairs:
        """Say which thing that is there each wanted one is; None for a new one."""
        ...
