"""What moderators do with feeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.domain.feed_edits import FeedEdit
from bot.domain.feeds import Feed, FeedPlan, FeedState
from bot.domain.outbox import Entry
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.sources import SourceState
from bot.domain.why import Explanation
from bot.errors import UserError
from bot.services.arxiv import ArxivService
from bot.services.feeds.changing import change_state, log, replan
from bot.services.feeds.checks import (
    check_change,
    check_has_papers,
    check_highlights,
    check_is_no_round,
    check_plan,
    no_such_feed,
)
from bot.services.feeds.explaining import Explainer
from bot.services.feeds.previewing import Preview, Previewer
from bot.services.feeds.states import establish
from bot.storage import explaining, feeds, outbox, papers
from bot.storage.engine import Database


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """A feed, how its sources are doing, and what of it has not arrived."""

    feed: Feed
    sources: dict[str, SourceState | None]
    waiting: tuple[Entry, ...]
    last: tuple[datetime, int, int] | None  # slot, shown, overflow


@dataclass(frozen=True, slots=True)
class Edited:
    """A feed before and after a change."""

    before: Feed
    after: Feed
    withdrawn: bool = False  # a post that was on its way to the old channel is built anew for the new one
    staying: int = 0  # messages that may be in the old channel already and are settled there


class FeedService:
    """Creates, lists, changes, previews and explains the feeds of a server.

    Whatever changes one is written to the server's log; `by` is who did it, None where Cohort did it by itself.
    """

    def __init__(self, db: Database, clock: Clock, arxiv: ArxivService) -> None:
        self._db = db
        self._clock = clock
        self._arxiv = arxiv
        self._previewer = Previewer(db, clock, arxiv)
        self._explainer = Explainer(db, clock)

    async def default_zone(self, server_id: int) -> str:
        """Return the zone a moderator of this server last chose, UTC where none was."""
        async with self._db.read() as tx:
            return await feeds.server_zone(tx, server_id) or "UTC"

    async def create(self, plan: FeedPlan, *, created_by: int) -> FeedStatus:
        """Save a feed. It starts from now: its first digest holds what a running one would have held."""
        check_plan(plan)
        assert plan.server_id is not None
        now = self._clock.now()
        async with self._db.write() as tx:
            since = previous_slot(plan.schedule, now)
            number, _ = await establish(tx, plan, created_by=created_by, now=now, since=since)
        return await self.status(plan.server_id, number)

    async def overview(self, server_id: int) -> list[FeedStatus]:
        """Return every feed of a server with its status."""
        async with self._db.read() as tx:
            found = await feeds.by_server(tx, server_id)
        return await self._statuses(found)

    async def _statuses(self, found: Sequence[Feed]) -> list[FeedStatus]:
        async with self._db.read() as tx:
            waiting = await outbox.open_by_feed(tx, [feed.id for feed in found])
            last = {feed.id: await papers.last_digest(tx, feed.id) for feed in found}
        states = await self._arxiv.states(sorted({c for feed in found for c in feed.plan.categories}))
        return [
            FeedStatus(
                feed,
                {category: states[category] for category in feed.plan.categories},
                tuple(waiting[feed.id]),
                last[feed.id],
            )
            for feed in found
        ]

    async def status(self, server_id: int, number: int) -> FeedStatus:
        """Return one feed with its status; a feed that is removed is not there."""
        (status,) = await self._statuses([await self.feed(server_id, number)])
        return status

    async def feed(self, server_id: int, number: int) -> Feed:
        """Return one feed alone; a feed that is removed is not there."""
        async with self._db.read() as tx:
            feed = await feeds.by_number(tx, server_id, number)
        if feed is None or feed.state is FeedState.REMOVED:
            raise no_such_feed(number)
        return feed

    async def find(self, server_id: int, text: str) -> int:
        """Return the number of the feed that `text` names: `3`, `#3`, `Feed 3`."""
        digits = text.strip().lower().removeprefix("feed").strip().removeprefix("#")
        if not digits.isdecimal() or len(digits) > 9:
            raise UserError("Pick a feed from the list, or give its number, such as 1.")
        return (await self.feed(server_id, int(digits))).number

    async def remove(self, server_id: int, number: int, *, by: int | None = None) -> Feed:
        """Stop a feed. It can be brought back."""
        return await self._change(server_id, number, FeedState.REMOVED, by)

    async def restore(self, server_id: int, number: int, *, by: int | None = None) -> Feed:
        """Bring a removed feed back; it starts again from now."""
        return await self._change(server_id, number, FeedState.ACTIVE, by, also_removed=True)

    async def pause(self, server_id: int, number: int, *, by: int | None = None) -> Feed:
        """Stop a feed until it is resumed."""
        return await self._change(server_id, number, FeedState.PAUSED, by)

    async def resume(self, server_id: int, number: int, *, by: int | None = None) -> Feed:
        """Let a paused feed go on from now."""
        return await self._change(server_id, number, FeedState.ACTIVE, by)

    async def preview(
        self, server_id: int, number: int, edit: FeedEdit | None = None, *, read: bool = True
    ) -> Preview:
        """Work out what a feed would post now; with `read`, categories that were never read are read first.

        With `edit`, what it would be after that change, which is not saved.
        """
        feed = await self.feed(server_id, number)
        check_has_papers(feed)
        if edit is not None:
            changed = edit.applied_to(feed.plan)
            check_change(feed.plan, changed)
            feed = replace(feed, plan=changed)
        return await self._previewer.preview(feed, read=read)

    async def preview_plan(self, plan: FeedPlan) -> Preview:
        """Work out what a feed with this plan would post now, had it been there since its last slot; nothing is saved.

        Categories that were never read are read first. The preview's feed is a sketch with number 0.
        """
        check_plan(plan)
        now = self._clock.now()
        since = previous_slot(plan.schedule, now)
        slot_at = next_slot(plan.schedule, now)
        sketch = Feed(0, 0, plan, FeedState.ACTIVE, None, now, since, slot_at, slot_at, None)
        return await self._previewer.preview(sketch, read=True)

    async def edit(self, server_id: int, number: int, edit: FeedEdit, *, by: int | None = None) -> Edited:
        """Change what is named, and nothing else: of two moderators at once the last one wins, field by field.

        What was read since the last post stays for the next one, whenever that is now due.
        """
        now = self._clock.now()
        async with self._db.write() as tx:
            await explaining.lock(tx, server_id, number)
            before = await feeds.by_number(tx, server_id, number)
            if before is None or before.state is FeedState.REMOVED:
                raise no_such_feed(number)
            check_is_no_round(before)
            check_highlights(before, edit)
            plan = edit.applied_to(before.plan)
            if plan == before.plan:
                return Edited(before, before)
            check_change(before.plan, plan)
            withdrawn, staying = await replan(tx, before, plan, now=now)
            if edit.zone is not None:
                await feeds.set_server_zone(tx, server_id, edit.zone)
            after = await feeds.by_number(tx, server_id, number)
            assert after is not None
            await log(tx, before, after, by=by, now=now)
        return Edited(before, after, withdrawn, staying)

    async def why(self, server_id: int, number: int, paper_text: str) -> Explanation:
        """Say why a paper, given in any form of its id, is in a feed's channel or is not."""
        feed = await self.feed(server_id, number)
        check_has_papers(feed)
        return await self._explainer.explain(feed, paper_text)

    async def why_here(self, server_id: int, channel_id: int, paper_id: str) -> Explanation:
        """Say why a paper is in this channel, or in this thread of one."""
        async with self._db.read() as tx:
            number = await explaining.shown_in(tx, server_id, channel_id, paper_id)
            feed = await feeds.by_number(tx, server_id, number) if number is not None else None
        if feed is None:
            raise UserError("No feed of this server has shown that paper here.")
        return await self._explainer.explain(feed, paper_id)

    async def papers_like(self, server_id: int, number: int, typed: str) -> list[tuple[str, str]]:
        """Return (id, title) of papers lately read in a feed's categories that what was typed may mean."""
        return await self._explainer.suggest(await self.feed(server_id, number), typed)

    async def _change(
        self,
        server_id: int,
        number: int,
        state: FeedState,
        by: int | None,
        *,
        also_removed: bool = False,
    ) -> Feed:
        now = self._clock.now()
        async with self._db.write() as tx:
            await explaining.lock(tx, server_id, number)
            return await change_state(tx, server_id, number, state, by=by, now=now, also_removed=also_removed)
