"""Who in a server helps with a skill: a number for everybody, names for those who take part themselves."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.clock import Clock
from bot.domain.buddies.values import Shown
from bot.domain.feeds import FeedState
from bot.domain.meetings.settings import BuddySettings
from bot.domain.server_settings import Module
from bot.services.buddies.finding import BuddyFinding, Suggestion
from bot.storage import server_settings
from bot.storage.buddies import blocks, profiles, rounds
from bot.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Offers:
    """What one member may know: `suggestions` is None for who does not take part."""

    count: int
    suggestions: tuple[Suggestion, ...] | None


class BuddyOffers:
    """Counts and shows only those who may be found and who show what they help with."""

    def __init__(self, db: Database, clock: Clock, finding: BuddyFinding) -> None:
        self._db = db
        self._clock = clock
        self._finding = finding

    async def count(self, server_id: int, member_id: int, skills: Collection[str]) -> int | None:
        """Return how many others help with one of the skills; None where study buddies are off."""
        now, wanted = self._clock.now(), frozenset(skills)
        async with self._db.read() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            feed = await rounds.feed_of(tx, server_id)
            if not settings.on or feed is None or feed.state is not FeedState.ACTIVE:
                return None
            between = await blocks.around(tx, member_id)
            everybody = await profiles.taking_part(tx, server_id, now)
        return sum(
            each.findable
            and each.member_id != member_id
            and Shown.OFFERS in each.profile.shows
            and bool(each.profile.offers & wanted)
            and not between.between(member_id, each.member_id)
            for each in everybody
        )

    async def offering(self, server_id: int, member_id: int, skills: Collection[str]) -> Offers | None:
        """Return how many help with one of the skills, and those of them who fit; None where it is switched off."""
        count = await self.count(server_id, member_id, skills)
        if count is None:
            return None
        now = self._clock.now()
        async with self._db.read() as tx:
            mine = await profiles.get(tx, server_id, member_id)
        if mine is None or not mine.takes_part(now):
            return Offers(count, None)
        found = await self._finding.suggest(server_id, member_id, offering=frozenset(skills))
        return Offers(count, tuple(found))
