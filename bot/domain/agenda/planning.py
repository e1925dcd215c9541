"""Which messages about which events a feed posts now, and when it has to be looked at again."""

from collections.abc import Iterable, Mapping, MutableSet, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.agenda.moments import Due, announced_at, dues, series_of
from bot.domain.agenda.values import Known, Listed, PostKind, is_over
from bot.domain.aoe import moment as instant
from bot.domain.feeds import EventOptions, FeedPlan, Moment, Style
from bot.domain.schedule import next_slot, previous_slot

LATE: Final = timedelta(minutes=30)
"""From then on a post was missed: several of them become one."""

LOOK_AT_LEAST: Final = timedelta(days=1)

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be posted; `overflow` are events that are only counted in it."""

    kind: PostKind
    slot_at: datetime
    shown: tuple[Listed, ...]
    moment: Moment | None = None
    overflow: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a feed does now."""

    posts: tuple[Planned, ...]
    introduced: bool
    next_at: datetime  # when to look again


@dataclass(frozen=True, slots=True)
class _Pending:
    listed: Listed
    moment: Moment
    at: datetime


def plan_posts(
    plan: FeedPlan,
    listed: Sequence[Listed],
    known: Mapping[int, Known],
    *,
    since: datetime,
    introduced: bool,
    slot_at: datetime,
    now: datetime,
) -> Agenda:
    """Decide what is posted `now` of what came due after `since`.

    `listed` are the events that the feed wants, each with its `known`. A feed that is not `introduced` yet
    begins at `slot_at` with an agenda of what is next; what is on the list by then is not announced any more.
    Nothing is posted of what is cancelled or over.
    """
    assert plan.events is not None
    going = sorted(
        (each for each in listed if not each.is_off and not is_over(each.event, now)),
        key=lambda each: (each.event.starts_at, each.id),
    )
    posts: list[Planned] = []
    taken: set[int] = set()
    if not introduced and now >= slot_at:
        if going:
            posts.append(_of(PostKind.FIRST, slot_at, going, plan.limit))
        taken = {each.id for each in going}
        introduced = True
    elif introduced and plan.style is not Style.EACH:
        slot = previous_slot(plan.schedule, now)
        coming = _within(going, plan, slot, now) if slot > since else []
        if coming:
            posts.append(_of(PostKind.WEEK, slot, coming, plan.limit))
            taken = {each.id for each in coming}
    rest = [each for each in going if each.id not in taken]
    # The past occurrences of a series count: it is announced once, and not again with each.
    told = {series_of(each.event) for each in listed if known[each.id].announced} - {None}
    pending = _pending(plan, rest, known, told, since=since, introduced=introduced, now=now)
    posts += _grouped(pending, plan.limit, now)
    next_at = _next(plan, going, known, told, introduced=introduced, slot_at=slot_at, now=now)
    return Agenda(tuple(posts), introduced, next_at)


def _of(kind: PostKind, slot_at: datetime, events: Sequence[Listed], limit: int) -> Planned:
    return Planned(kind, slot_at, tuple(events[:limit]), overflow=tuple(events[limit:]))


def _within(going: Iterable[Listed], plan: FeedPlan, slot: datetime, now: datetime) -> list[Listed]:
    """Return what begins in the week after a slot, by the local calendar, and has not begun."""
    zone = plan.schedule.zone
    last = slot.astimezone(ZoneInfo(zone)).date() + WEEK - timedelta(days=1)
    end = instant(last, time(23, 59, 59), zone)
    return [each for each in going if now < each.event.starts_at <= end]


def _pending(
    plan: FeedPlan,
    going: Sequence[Listed],
    known: Mapping[int, Known],
    told: AbstractSet[str | None],
    *,
    since: datetime,
    introduced: bool,
    now: datetime,
) -> list[_Pending]:
    found = []
    for each, facts, announcing in _announceable(plan, going, known, told, introduced=introduced):
        came = [
            _Pending(each, due.moment, due.at)
            for due in _dues(each, plan)
            if max(since, facts.floor_at) < due.at <= now
        ]
        if announcing is not None and announcing <= now:
            # Whoever hears of it for the first time needs no reminder beside it.
            came = [_Pending(each, Moment.ANNOUNCED, announcing)]
        found += came[-1:]
    return found


def _announceable(
    plan: FeedPlan,
    going: Iterable[Listed],
    known: Mapping[int, Known],
    told: AbstractSet[str | None],
    *,
    introduced: bool,
) -> Iterable[tuple[Listed, Known, datetime | None]]:
    """Yield each event with when it is to be announced; None where it is not. `told` are series."""
    told = set(told)
    for each in going:
        facts = known[each.id]
        at = None
        if introduced and not facts.announced:
            at = _announcing(plan, each, facts, told)
        yield each, facts, at


def _announcing(plan: FeedPlan, each: Listed, facts: Known, told: MutableSet[str | None]) -> datetime | None:
    options = _options(plan)
    at = announced_at(each.event, plan.schedule, facts.floor_at)
    if plan.style is not Style.EACH:
        # The next agenda shows it, unless that comes too late.
        return at if at == facts.floor_at else None
    if Moment.ANNOUNCED not in options.moments:
        return None
    series = series_of(each.event)
    if series is None:
        return at
    if series in told:
        return None
    # Of a series that is new one speaks for all.
    told.add(series)
    return at


def _grouped(pending: Sequence[_Pending], limit: int, now: datetime) -> list[Planned]:
    """Turn what has come due into messages: one for each event, or one for many that are late or new."""
    late = [each for each in pending if now - each.at > LATE]
    on_time = [each for each in pending if now - each.at <= LATE]
    new = [each for each in on_time if each.moment is Moment.ANNOUNCED]
    posts = []
    for together, most in ((late, 1), (new, limit)):
        if len(together) > most:
            slot_at = max(each.at for each in together)
            posts.append(_of(PostKind.ROUNDUP, slot_at, [each.listed for each in together], limit))
        else:
            posts += [_alone(each) for each in together]
    posts += [_alone(each) for each in on_time if each.moment is not Moment.ANNOUNCED]
    return sorted(posts, key=lambda post: (post.slot_at, post.shown[0].event.starts_at))


def _alone(pending: _Pending) -> Planned:
    kind = PostKind.CARD if pending.moment is Moment.ANNOUNCED else PostKind.REMINDER
    return Planned(kind, pending.at, (pending.listed,), pending.moment)


def _dues(each: Listed, plan: FeedPlan) -> list[Due]:
    if plan.style is not Style.EACH:
        return []
    moments = _options(plan).moments
    if set(moments) == {Moment.ANNOUNCED} and series_of(each.event) is not None:
        # A series is announced once; without reminders nobody would hear of it again.
        moments = (Moment.WEEK,)
    return dues(each.event, plan.schedule, moments)


def _next(
    plan: FeedPlan,
    going: Sequence[Listed],
    known: Mapping[int, Known],
    told: AbstractSet[str | None],
    *,
    introduced: bool,
    slot_at: datetime,
    now: datetime,
) -> datetime:
    moments = [now + LOOK_AT_LEAST, next_slot(plan.schedule, now)]
    if not introduced:
        moments.append(slot_at)
    for each, _, announcing in _announceable(plan, going, known, told, introduced=introduced):
        moments += [due.at for due in _dues(each, plan)]
        if announcing is not None:
            moments.append(announcing)
    return min(moment for moment in moments if moment > now)


def _options(plan: FeedPlan) -> EventOptions:
    assert plan.events is not None
    return plan.events
