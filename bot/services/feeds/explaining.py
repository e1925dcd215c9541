"""Why a paper is in a channel, or is not."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.domain.digests import Selection
from bot.domain.feeds import Feed
from bot.domain.papers import Paper, parse_id
from bot.domain.queries import stored_query
from bot.domain.why import Explanation, Facts, Placing, Term, explain
from bot.errors import UserError
from bot.services.choosing import Chooser
from bot.storage import explaining, papers
from bot.storage.engine import Database
from bot.storage.paper_index import PaperIndex

RECENTLY: Final = timedelta(days=14)
"""How far back papers are offered while one is being named."""


class Explainer:
    """Gathers what is known of one paper and one feed, and goes through the stages."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def explain(self, feed: Feed, paper_text: str) -> Explanation:
        """Explain a paper given in any form of its id; UserError for what is none."""
        paper_id = parse_id(paper_text)
        if paper_id is None:
            raise UserError(
                "Pick a paper from the list, or give its arXiv id or address, such as 2401.12345 or "
                "https://arxiv.org/abs/2401.12345."
            )
        base = paper_id.base
        async with self._db.read() as tx:
            paper = (await papers.by_ids(tx, [base])).get(base)
            facts = Facts(
                feed,
                base,
                paper,
                seen=await explaining.seen(tx, base),
                read_since=await explaining.read_since(tx, feed.plan.categories),
                elsewhere=await explaining.elsewhere(tx, feed.channel_id, feed.id, base),
                dealt=(dealt := await explaining.dealt(tx, feed.id, base)),
                delivery=await explaining.delivery(tx, feed.id, dealt.slot_at, base) if dealt else None,
            )
            waiting = [] if dealt else await papers.candidates(tx, feed.id, feed.plan, feed.since)
        fits, terms = await asyncio.to_thread(_judge, feed.plan.query, paper)
        expected = None
        if any(candidate.paper.id == base for candidate in waiting):
            with Chooser(self._db) as chooser:
                expected = _expected(feed, base, await chooser.choose(feed.plan, waiting))
        return explain(replace(facts, fits=fits, terms=terms, expected=expected))

    async def suggest(self, feed: Feed, typed: str, limit: int = 25) -> list[tuple[str, str]]:
        """Return (id, title) of papers lately read in the feed's categories that what was typed may mean."""
        named = parse_id(typed)
        words = [named.base] if named else typed.split()
        async with self._db.read() as tx:
            since = self._clock.now() - RECENTLY
            return await explaining.titles(tx, feed.plan.categories, words, since, limit)


def _judge(query: str, paper: Paper | None) -> tuple[bool, tuple[Term, ...]]:
    if not query or paper is None:
        return True, ()
    wanted = stored_query(query)
    with PaperIndex([paper]) as index:
        verdicts = index.explain(wanted, paper.id)
        fits = bool(index.matching(wanted))
    return fits, tuple(Term(each.term.text_as_query, each.wanted, each.found_in) for each in verdicts)


def _expected(feed: Feed, paper_id: str, selection: Selection) -> Placing | None:
    order = [candidate.paper.id for candidate in (*selection.shown, *selection.overflow)]
    if paper_id not in order:
        return None
    place = order.index(paper_id) + 1
    return Placing(feed.slot_at, place, selection.total, shown=place <= len(selection.shown))
