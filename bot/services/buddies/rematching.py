"""Whose buddy is gone gets another: among those who look as well, and those whom the last round left over."""

import logging
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from bot.clock import Clock
from bot.domain.buddies.score import Window
from bot.domain.feeds import FeedState
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.texts import MeetingTexts
from bot.domain.meetings.values import MeetingKind, Membership, Presence
from bot.domain.server_settings import Module
from bot.services.buddies.introducing import Introducer, seed_of
from bot.services.buddies.opening import REMEMBER, Occasion, add_meetings
from bot.services.buddies.ports import Matcher, Register
from bot.storage import server_settings
from bot.storage.buddies import blocks, meetings, profiles, rounds
from bot.storage.engine import Database

_log = logging.getLogger("cohort.buddies")

LOOK_AGAIN: Final = timedelta(hours=1)
"""How long until the same people are compared again: somebody's hours may have changed."""


class BuddyRematching:
    """Looks as soon as somebody new looks; what came of it is in the outbox."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        texts: MeetingTexts,
        *,
        register: Register,
        matcher: Matcher,
        introducer: Introducer,
    ) -> None:
        self._db = db
        self._clock = clock
        self._texts = texts
        self._register = register
        self._matcher = matcher
        self._introducer = introducer
        self._compared: dict[int, tuple[frozenset[int], datetime]] = {}

    async def match_due(self) -> int:
        """Match those who look for another buddy; return how many meetings came of it."""
        now = self._clock.now()
        async with self._db.read() as tx:
            found = await profiles.seekers(tx, now)
        made = 0
        for server_id, candidates in found.items():
            ids = frozenset(each.member_id for each in candidates)
            before = self._compared.get(server_id)
            if len(ids) < 2 or (before is not None and before[0] == ids and now < before[1]):
                continue
            self._compared[server_id] = (ids, now + LOOK_AGAIN)
            try:
                made += await self._match(server_id, candidates)
            except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others go on
                _log.exception("a rematch failed", extra={"server": server_id})
        return made

    async def _match(self, server_id: int, candidates: list[Membership]) -> int:
        now = self._clock.now()
        async with self._db.read() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            feed = await rounds.feed_of(tx, server_id)
            if not settings.on or feed is None or feed.state is not FeedState.ACTIVE:
                return 0
            busy = {
                id_
                for meeting in await meetings.open_of(tx, server_id, [each.member_id for each in candidates])
                if meeting.kind is not MeetingKind.FIND
                for id_ in meeting.member_ids
            }
            ids = [each.member_id for each in candidates if each.member_id not in busy]
            between = await blocks.among(tx, ids)
            history = await meetings.history(tx, server_id, now - REMEMBER, members=ids)
        seen = await self._register.look(server_id, ids, settings.role_id)
        free = {
            each.member_id: each
            for each in candidates
            if each.member_id in ids and seen.get(each.member_id) is Presence.HERE
        }
        window, seed = Window(now), seed_of(server_id, now)
        result = await self._matcher.match(
            [each.profile for each in free.values()],
            blocks=between,
            history=history,
            window=window,
            seed=seed,
        )
        seeking = {id_ for id_, each in free.items() if each.seeking_until is not None}
        # Two whom the round left over did not ask for anything: the next round looks after them.
        groups = [group for group in result.groups if seeking & set(group.members)]
        made = 0
        for group in groups:
            async with self._db.write() as tx:
                await rounds.lock_feed(tx, feed.id)
                still = await profiles.some(tx, server_id, group.members)
                fresh = await blocks.among(tx, group.members)
                sitting = await meetings.open_of(tx, server_id, group.members)
                if (
                    len(still) < len(group.members)
                    or not all(each.takes_part(now) for each in still.values())
                    or any(fresh.between(*two) for two in combinations(group.members, 2))
                    or any(meeting.kind is not MeetingKind.FIND for meeting in sitting)
                ):
                    continue
                ends_at = max(feed.slot_at, now + timedelta(days=2))
                occasion = Occasion(server_id, feed.id, feed.channel_id, MeetingKind.REMATCH, now, ends_at)
                await add_meetings(tx, occasion, [(group.members, group.weight)])
                await profiles.set_seeking(tx, server_id, group.members, None)
                await profiles.set_waited(tx, server_id, group.members, ())
                made += 1
        return made
