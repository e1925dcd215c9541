"""Members' reading lists: private, bounded, and theirs to take away."""

import asyncio
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.domain.citations import Format, SavedPaper, export
from bot.errors import UserError
from bot.services.papers.service import PER_PAGE, PaperService
from bot.storage import papers, saved
from bot.storage.engine import Database, retried

MAX_SAVED: Final = 500


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a member's list, newest first."""

    papers: tuple[SavedPaper, ...]
    page: int  # from 0
    total: int


class ReadingListService:
    """Saves papers for members; nobody but the member is ever told which."""

    def __init__(self, db: Database, clock: Clock, papers: PaperService) -> None:
        self._db = db
        self._clock = clock
        self._papers = papers

    async def toggle(self, member_id: int, paper_id: str, server_id: int | None) -> bool:
        """Take a paper off the list or put it there; return whether it is on it now."""
        if await self.remove(member_id, paper_id):
            return False
        await self.save(member_id, paper_id, server_id)
        return True

    @retried
    async def save(self, member_id: int, paper_id: str, server_id: int | None) -> None:
        """Put a paper on the list, if it is not there; UserError where the list is full."""
        paper = await self._papers.get(paper_id)
        async with self._db.write() as tx:
            fits = await saved.add(tx, member_id, paper.id, server_id, self._clock.now(), at_most=MAX_SAVED)
        if not fits:
            raise UserError(
                f"Your reading list is full: it has room for {MAX_SAVED} papers. Remove some in /papers saved; "
                "you can export it first."
            )

    @retried
    async def remove(self, member_id: int, paper_id: str) -> bool:
        """Take a paper off the list; False where it was not on it."""
        async with self._db.write() as tx:
            return await saved.remove(tx, member_id, paper_id)

    async def page(self, member_id: int, page: int = 0) -> ListPage:
        """Return a page of the list; the last one where it has become shorter."""
        async with self._db.read() as tx:
            total = await saved.count(tx, member_id)
            page = max(0, min(page, (total - 1) // PER_PAGE))
            rows = await saved.of_member(tx, member_id, start=page * PER_PAGE, limit=PER_PAGE)
            found = await papers.by_ids(tx, [row.paper_id for row in rows])
        return ListPage(tuple(SavedPaper(found[row.paper_id], row.saved_at) for row in rows), page, total)

    async def export(self, member_id: int, style: Format) -> tuple[bytes, int]:
        """Return the whole list as a file and how many papers it has; UserError where it is empty."""
        async with self._db.read() as tx:
            rows = await saved.of_member(tx, member_id)
            found = await papers.by_ids(tx, [row.paper_id for row in rows])
        if not rows:
            raise UserError("Your reading list is empty. Press Save below a paper first.")
        listed = [SavedPaper(found[row.paper_id], row.saved_at) for row in rows]
        text = await asyncio.to_thread(export, listed, style)
        return text.encode(style.encoding), len(listed)
