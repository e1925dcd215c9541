"""The feeds of a server as documents."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import EVENT_KINDS, MAX_LIMIT, Feed, FeedKind, FeedPlan, FeedState
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.server_careers import check_url
from bot.domain.server_settings import Area
from bot.domain.transfer import Document, pair
from bot.errors import UserError
from bot.services.feeds.changing import log, replan
from bot.services.feeds.checks import check_plan, check_room, check_twin
from bot.services.feeds.states import enter, establish
from bot.services.moderation.areas.shape import Pairs, Present, Wish
from bot.storage import explaining, feeds
from bot.storage.events import telling
from bot.storage.feed_documents import KINDS, document, plan_of, state_of

_ANY_TIME: Final = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


class FeedArea:
    """The feeds of a server; the log calls them by their number."""

    area = Area.FEED

    def __init__(self, knows_category: Callable[[str], bool] = lambda _code: True) -> None:
        self._knows = knows_category

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return the feeds that are not removed."""
        found = await feeds.by_server(tx, server_id)
        return {str(feed.number): document(feed) for feed in found if feed.plan.kind in KINDS}

    async def put(self, tx: AsyncConnection, wish: Wish) -> None:
        """Create, change, pause, remove or bring back a feed."""
        before: Feed | None = None
        if wish.target:
            await explaining.lock(tx, wish.server_id, int(wish.target))
            before = await feeds.by_number(tx, wish.server_id, int(wish.target))
        if before is None:
            if wish.document is not None:
                await self._create(tx, wish, wish.document)
            return
        if wish.document is None:
            await enter(tx, before, FeedState.REMOVED, wish.now)
        else:
            await self._change(tx, before, wish.document, wish.now)
        after = await feeds.by_id(tx, before.id)
        assert after is not None
        await log(tx, before, after, by=wish.by, now=wish.now, undoes=wish.undoes)

    async def _create(self, tx: AsyncConnection, wish: Wish, wanted: Document) -> None:
        plan = plan_of(wanted, wish.server_id)
        of_events = plan.kind in EVENT_KINDS
        since = wish.now if of_events else previous_slot(plan.schedule, wish.now)
        # Whoever runs Cohort may import as well; a feed always has somebody who made it, 0 stands for them.
        _, feed_id = await establish(
            tx,
            plan,
            created_by=wish.by or 0,
            now=wish.now,
            since=since,
            state=state_of(wanted),
            undoes=wish.undoes,
        )
        if of_events:
            await telling.look_now(tx, feed_id, wish.now)

    async def _change(self, tx: AsyncConnection, before: Feed, wanted: Document, now: datetime) -> None:
        assert before.server_id is not None
        plan, state = plan_of(wanted, before.server_id), state_of(wanted)
        if plan.kind is not before.plan.kind:
            raise UserError(f"Feed {before.number} is of {before.plan.kind}. Remove it and make another.")
        if before.state is FeedState.REMOVED:
            existing = await feeds.by_server(tx, before.server_id)
            check_room(len(existing))
            check_twin(plan, existing)
        if plan != before.plan:
            await replan(tx, before, plan, now=now)
        changed = await feeds.by_id(tx, before.id)
        assert changed is not None
        await enter(tx, changed, state, now)

    def check(self, found: Mapping[str, Any], server_id: int) -> Document:
        """Return a feed's document with everything in it; UserError says what is wrong with it."""
        named = str(found.get("kind", "nothing"))[:40]
        if named not in KINDS:
            raise UserError(f"A feed is of {', '.join(KINDS)}, not of {named}.")
        try:
            plan = plan_of(found, server_id)
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            words = f"`{error.args[0]}` is missing or unknown" if isinstance(error, KeyError) else str(error)
            raise UserError(f"A feed of {named} cannot be read: {words[:150]}.") from error
        _check(plan)
        if unknown := [each for each in plan.categories if not self._knows(each)]:
            raise UserError(f"arXiv has no category {unknown[0][:40]}.")
        now = _ANY_TIME
        sketch = Feed(0, 0, plan, state_of(found), None, now, now, next_slot(plan.schedule, now), now, None)
        return document(sketch)

    def match(self, present: Present, wanted: Sequence[Document]) -> Pairs:
        """A feed is the same where it reads the same for the same channel, or for another."""

        def here(each: Document) -> object:
            return (_reads(each), each["channel_id"])

        return pair(present, wanted, [here, _reads])


def _check(plan: FeedPlan) -> None:
    if not 1 <= plan.limit <= MAX_LIMIT:
        raise UserError(f"A feed posts between 1 and {MAX_LIMIT} at a time, not {plan.limit}.")
    if plan.events is not None:
        if not plan.events.moments:
            raise UserError("A feed of events has at least one moment at which it posts.")
        if plan.kind is FeedKind.MEETUPS:
            check_url(plan.events.url)
        return
    check_plan(plan)


def _reads(each: Document) -> object:
    """What a feed is of, apart from where and when it posts; a server has one question of the day, whatever about."""
    if each["kind"] == FeedKind.QUIZ:
        return FeedKind.QUIZ.value
    of = [each.get(name) for name in ("query", "url", "sources", "conferences", "areas", "wanted")]
    return repr((each["kind"], sorted(each.get("categories", ())), of))
