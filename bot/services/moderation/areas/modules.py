"""The settings of a module, which are one document."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.server_settings import Area, Module
from bot.domain.transfer import Document
from bot.services.moderation.areas.shape import Pairs, Present, Wish
from bot.storage import server_settings

Check = Callable[[Document], Document]
Applied = Callable[[AsyncConnection, int, int | None, datetime], Awaitable[None]]
"""Gets the server, who did it, and when; what is set now is in the database."""


class ModuleArea:
    """The settings of one module, which are one document.

    `check` refuses what cannot be (UserError) and returns the document in its usual form; `applied` is called in the
    same transaction when undo or import has set the module, for modules that keep more than their settings.
    """

    def __init__(
        self, area: Area, module: Module, *, check: Check | None = None, applied: Applied | None = None
    ) -> None:
        self.area = area
        self._module = module
        self._check = check
        self._applied = applied

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return the settings, nothing where the module was never set."""
        found = await server_settings.read(tx, server_id, self._module)
        return {} if found is None else {"": found}

    async def put(self, tx: AsyncConnection, wish: Wish) -> None:
        """Set the module as a whole, or forget what was set."""
        await server_settings.write(
            tx, wish.server_id, self._module, wish.document, by=wish.by, now=wish.now, undoes=wish.undoes
        )
        if self._applied is not None:
            await self._applied(tx, wish.server_id, wish.by, wish.now)

    def check(self, found: Mapping[str, Any], server_id: int) -> Document:
        """Return the settings as the module wants them."""
        return self._check(dict(found)) if self._check is not None else dict(found)

    def match(self, present: Present, wanted: Sequence[Document]) -> Pairs:
        """There is only one."""
        return [("" if "" in present else None, each) for each in wanted]


class BuddyArea(ModuleArea):
    """Study buddies are switched on by somebody who confirms the words about age and conduct, in that very server."""

    def match(self, present: Present, wanted: Sequence[Document]) -> Pairs:
        """There is only one; a file switches nothing on where nobody has confirmed the words."""
        if present.get("", {}).get("promised"):
            return super().match(present, wanted)
        return super().match(present, [each | {"on": False, "promised": False} for each in wanted])
