"""What can be said of people who are put together: reasons, times, and something to begin with."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.buddies.finding import candidates
from bot.domain.buddies.icebreakers import Openers, Session, choose_icebreakers, suggest_session
from bot.domain.buddies.reasons import explain
from bot.domain.buddies.rounds import next_round, previous_round
from bot.domain.buddies.score import Pool, Window
from bot.domain.buddies.times import common_times
from bot.domain.buddies.values import Blocks, History, Profile, Reason, RoundPlan
from bot.domain.languages import Language
from bot.words import _, spoken

ENOUGH_AT_ONCE: Final = 60
"""With more people to compare than that, it is done in a thread: 60 take about a millisecond."""


@dataclass(frozen=True, slots=True)
class Company:
    """People who are to be put together, and what can be said about them."""

    members: tuple[int, ...]
    profiles: Mapping[int, Profile]
    reasons: Sequence[Reason]
    times: Sequence[datetime]
    icebreakers: Sequence[str]
    session: Session
    openers: Sequence[str]  # the ids of both


def _load_openers() -> Openers:
    from bot.content.buddies import load_openers  # not before it is needed: its schema takes time to make

    return load_openers()


def _translated(openers: Openers) -> Openers:
    """Return icebreakers and sessions in the language that is spoken."""
    if spoken() is Language.ENGLISH:
        return openers
    return Openers(
        tuple(replace(each, text=_(each.text)) for each in openers.icebreakers),
        tuple(replace(each, steps=tuple(map(_, each.steps))) for each in openers.sessions),
    )


class Introducer:
    """Asks the domain about two or three people at a time, or ranks those whom one may meet."""

    def __init__(
        self,
        skills: Callable[[], Mapping[str, str]],
        *,
        openers: Callable[[], Openers] | None = None,
        load: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._load = load
        self._skills = skills
        self._openers = openers or _load_openers

    async def load(self) -> None:
        """Read what is needed, off the loop; after the first time it costs nothing."""
        if self._load is not None:
            await self._load()
        await asyncio.to_thread(self._openers)

    def introduce(
        self,
        members: tuple[int, ...],
        profiles: Mapping[int, Profile],
        history: History,
        window: Window,
        seed: int,
        *,
        used: Collection[str] = (),
    ) -> Company:
        """Return what is said to a group that was made already; what they have begun with before is in `used`."""
        people = [profiles[id_] for id_ in members]
        pool = Pool(people, Blocks(), history, window)
        places = range(len(people))
        reasons = explain(pool, places)
        skills, openers = self._skills(), _translated(self._openers())
        icebreakers = choose_icebreakers(
            openers, reasons, seed=seed, members=members, skills=skills, used=used
        )
        session = suggest_session(openers, reasons, seed=seed, members=members, skills=skills, used=used)
        texts = [each.text for each in icebreakers]
        ids = [*(each.id for each in icebreakers), session.id]
        return Company(members, profiles, reasons, common_times(pool, places), texts, session, ids)

    def reasons(self, people: Sequence[Profile], history: History, window: Window) -> Sequence[Reason]:
        """Return why these people fit."""
        return explain(Pool(people, Blocks(), history, window), range(len(people)))

    async def rank(
        self,
        mine: Profile,
        others: Sequence[Profile],
        blocks: Blocks,
        history: History,
        window: Window,
        count: int,
    ) -> list[tuple[Profile, Sequence[Reason]]]:
        """Return those of some others whom one may meet, the best first, each with why."""

        def look() -> list[tuple[Profile, Sequence[Reason]]]:
            by_id = {each.member_id: each for each in others}
            found = candidates(mine, others, blocks=blocks, history=history, window=window, count=count)
            return [(by_id[each.member_id], each.reasons) for each in found]

        return look() if len(others) <= ENOUGH_AT_ONCE else await asyncio.to_thread(look)

    def next_slot(self, plan: RoundPlan, after: datetime) -> datetime:
        """Return when the next round begins."""
        return next_round(plan, after)

    def slot(self, plan: RoundPlan, waited_for: datetime, now: datetime) -> datetime | None:
        """Return the round that is due: after downtime the last one. None where none began since that slot.

        A feed that was resumed waits for a day on which, every second week, no round begins.
        """
        slot = previous_round(plan, now)
        return slot if slot >= waited_for else None

    def end(self, plan: RoundPlan, begins: datetime, shortest: timedelta | None) -> datetime:
        """Return when a round ends that begins at an instant: when the next one begins."""
        return next_round(plan, begins + (shortest or timedelta()))


def seed_of(server_id: int, slot_at: datetime) -> int:
    """Return the seed of a round: a dry run before and the round itself draw the same lots."""
    digest = hashlib.sha256(f"{server_id}|{slot_at.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
