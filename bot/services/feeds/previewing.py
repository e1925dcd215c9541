"""What a feed, or a plan that nobody saved yet, would post now and would have posted lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.digests import Digest, matching
from bot.domain.feeds import Feed, FeedPlan
from bot.domain.outlook import DAYS, Outlook, look_back
from bot.domain.schedule import previous_slot
from bot.domain.sources import SourceState
from bot.services.arxiv import ArxivService
from bot.services.choosing import Chooser
from bot.storage import papers
from bot.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Preview:
    """What a feed would post now, and what it would have had on the last days."""

    digest: Digest
    outlook: Outlook
    sources: dict[str, SourceState | None]


class Previewer:
    """Runs a feed's real choice without using anything up."""

    def __init__(self, db: Database, clock: Clock, arxiv: ArxivService) -> None:
        self._db = db
        self._clock = clock
        self._arxiv = arxiv

    async def preview(self, feed: Feed, *, read: bool = True) -> Preview:
        """Work it out; with `read`, categories that were never read are read first."""
        plan = feed.plan
        if read:
            await self._arxiv.read_now(plan.categories)
        now = self._clock.now()
        async with self._db.read() as tx:
            fresh = await papers.candidates(tx, feed.id, plan, feed.since)
            recent = await papers.recent(tx, plan.categories, plan.options.types, _first(plan, now))
        with Chooser(self._db) as chooser:
            week = await chooser.select(plan, [*fresh, *recent], {})
            selection = await chooser.choose(plan, fresh)
        found = {candidate.paper.id for candidate in (*week.shown, *week.overflow)}
        seen = [candidate.first_seen_at for candidate in recent]
        return Preview(
            digest=Digest(feed, now, selection),
            outlook=look_back(
                matching(recent, found), plan.schedule, plan.limit, now, since=min(seen, default=None)
            ),
            sources=await self._arxiv.states(plan.categories),
        )


def _first(plan: FeedPlan, now: datetime) -> datetime:
    """Return the slot before the days that are counted: what came after it stood in a post of theirs."""
    return previous_slot(plan.schedule, now - timedelta(days=DAYS))
