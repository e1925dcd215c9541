"""What can be said of people who are put together: reasons, times, and something to begin with."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.buddies.score import Pool, Window, spans
from bot.domain.buddies.values import Blocks, Cadence, History, Profile, Reason, RoundPlan
from bot.domain.schedule import next_slot, previous_slot
from bot.services.buddies.opening import Company


class Introducer:
    """Small and quick: two or three people at a time."""

    async def introduce(
        self,
        members: tuple[int, ...],
        profiles: Mapping[int, Profile],
        blocks: Blocks,
        history: History,
        window: Window,
        seed: int,
        *,
        weight: int = 0,
    ) -> Company:
        """Return the company of a group."""
        people = [profiles[id_] for id_ in members]
        reasons = await self.reasons(people, blocks, history, window)
        pool = Pool(people, blocks, history, window)
        common = pool.common_slots(range(len(people)))
        times = [span.start for span in spans(common, window) if span.length >= 1][:3]
        return Company(members, profiles, reasons, times, (), "", weight)

    async def reasons(
        self, people: Sequence[Profile], blocks: Blocks, history: History, window: Window
    ) -> Sequence[Reason]:
        """Return why these people fit."""
        return ()

    async def rank(
        self, mine: Profile, others: Sequence[Profile], blocks: Blocks, history: History, window: Window
    ) -> list[Profile]:
        """Return those of some others whom one may meet, the best first."""
        pool = Pool([mine, *others], blocks, history, window)
        fit = [at for at in range(1, len(others) + 1) if pool.may_group((0, at))]
        return [pool.profiles[at] for at in sorted(fit, key=lambda at: -pool.score(0, at).total)]

    def next_slot(self, plan: RoundPlan, after: datetime) -> datetime:
        slot = next_slot(plan.schedule, after)
        while not _begins(plan, slot):
            slot = next_slot(plan.schedule, slot)
        return slot

    def slot(self, plan: RoundPlan, waited_for: datetime, now: datetime) -> datetime | None:
        slot = previous_slot(plan.schedule, now)
        while not _begins(plan, slot):
            slot = previous_slot(plan.schedule, slot - timedelta(seconds=1))
        return slot if slot >= waited_for else None

    def end(self, plan: RoundPlan, begins: datetime, shortest: timedelta | None) -> datetime:
        return self.next_slot(plan, begins + (shortest or timedelta()))


def _begins(plan: RoundPlan, slot: datetime) -> bool:
    from zoneinfo import ZoneInfo

    day = slot.astimezone(ZoneInfo(plan.zone)).date()
    if plan.cadence is Cadence.BIWEEKLY:
        monday = plan.anchor - timedelta(days=plan.anchor.weekday())
        return (day - monday).days // 7 % 2 == 0
    return plan.cadence is Cadence.WEEKLY or day.day <= 7
