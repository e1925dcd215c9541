"""Why people were put together, in sentences said to each of them in their own time.

Only what all concerned have marked to be shown is ever said; the rest only counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.buddies.score import Pool, spans
from bot.domain.buddies.values import (
    LANGUAGES,
    Goal,
    GoalKind,
    Profile,
    Reason,
    ReasonKind,
    Shown,
    Span,
    pair,
)
from bot.domain.sentences import listed

MOST_THINGS: Final = 3
"""Skills or languages that a sentence names."""
MOST_SPANS: Final = 3
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK: Final = timedelta(weeks=1)


def explain(pool: Pool, places: Sequence[int]) -> tuple[Reason, ...]:
    """Return what may be said of a group, the most telling first: help, learning, goal, hours and so on."""
    found = [
        *_help(pool, places),
        *_common(pool, places),
        *_overlap(pool, places),
        *_again(pool, places),
    ]
    order = tuple(ReasonKind)
    return tuple(
        sorted(found, key=lambda reason: (order.index(reason.kind), reason.members, reason.helper or 0))
    )


def _help(pool: Pool, places: Sequence[int]) -> Iterable[Reason]:
    people = [pool.profiles[place] for place in places]
    for helper in people:
        for helped in people:
            things = sorted(helper.offers & helped.learning)
            if (
                helper is not helped
                and things
                and helper.shows_all(Shown.OFFERS)
                and helped.shows_all(Shown.LEARNING)
            ):
                yield Reason(
                    ReasonKind.HELP,
                    pair(helper.member_id, helped.member_id),
                    tuple(things),
                    helper=helper.member_id,
                    helped=helped.member_id,
                )


def _common(pool: Pool, places: Sequence[int]) -> Iterable[Reason]:
    people = [pool.profiles[place] for place in places]
    members = tuple(sorted(each.member_id for each in people))

    def all_show(part: Shown) -> bool:
        return all(each.shows_all(part) for each in people)

    if all_show(Shown.LEARNING):
        yield from _both_learn(people)
    goals = {each.goal.key for each in people if each.goal}
    goal = people[0].goal
    if all_show(Shown.GOAL) and goal and len(goals) == 1 and all(each.goal for each in people) and goal.about:
        yield Reason(ReasonKind.GOAL, members, goal=goal)
    levels = {each.level for each in people}
    level = people[0].level
    if all_show(Shown.LEVEL) and len(levels) == 1 and level is not None:
        yield Reason(ReasonKind.LEVEL, members, level=level)
    if all_show(Shown.PACE) and len({each.pace for each in people}) == 1:
        yield Reason(ReasonKind.PACE, members, pace=people[0].pace)
    languages = frozenset.intersection(*(each.languages for each in people)) - {"en"}
    if all_show(Shown.LANGUAGES) and languages:
        yield Reason(ReasonKind.LANGUAGE, members, tuple(sorted(languages)))


def _both_learn(people: Sequence[Profile]) -> Iterable[Reason]:
    everybody = frozenset.intersection(*(each.learning for each in people))
    if everybody:
        yield Reason(
            ReasonKind.BOTH_LEARN, tuple(sorted(each.member_id for each in people)), tuple(sorted(everybody))
        )
    if len(people) > 2:
        for one, other in combinations(people, 2):
            if things := (one.learning & other.learning) - everybody:
                yield Reason(
                    ReasonKind.BOTH_LEARN, pair(one.member_id, other.member_id), tuple(sorted(things))
                )


def _overlap(pool: Pool, places: Sequence[int]) -> Iterable[Reason]:
    """The hours that all have in common, in the first week of the window."""
    if not all(pool.profiles[place].shows_all(Shown.HOURS) for place in places):
        return
    week = pool.window.start + _WEEK
    common = [span for span in spans(pool.common_slots(places), pool.window) if span.start < week]
    longest = sorted(common, key=lambda span: (-span.length, span.start))[:MOST_SPANS]
    if longest:
        members = tuple(sorted(pool.profiles[place].member_id for place in places))
        yield Reason(ReasonKind.OVERLAP, members, hours=tuple(sorted(longest, key=lambda span: span.start)))


def _again(pool: Pool, places: Sequence[int]) -> Iterable[Reason]:
    for one, other in combinations(places, 2):
        if (met := pool.met(one, other)) is not None:
            members = pair(pool.profiles[one].member_id, pool.profiles[other].member_id)
            yield Reason(ReasonKind.AGAIN, members, on=met)


# --- In words -------------------------------------------------------------------------------------------


def sentence(
    reason: Reason,
    viewer: int,
    *,
    zone: str,
    names: Mapping[int, str],
    skills: Mapping[str, str],
    roles: Mapping[str, str],
) -> str:
    """Say a reason to `viewer`, whose clocks run by `zone`.

    `names` has what to call each member of the group (a mention, or a name that was escaped), `skills` and
    `roles` the names for ids. What a member typed as a goal is said as `roles` has it too, so that it can be
    escaped there; what `roles` does not have is said as it is.
    """
    who = _who(reason.members, viewer, names)
    you = who.replace("You both", "You")
    said: dict[ReasonKind, Callable[[], str]] = {
        ReasonKind.HELP: lambda: _say_help(reason, viewer, names, skills),
        ReasonKind.BOTH_LEARN: lambda: f"{who} learn {_listed(reason.things, skills)}.",
        ReasonKind.GOAL: lambda: f"{who} {_say_goal(reason.goal, roles)}.",
        ReasonKind.OVERLAP: lambda: f"{you} overlap {say_spans(reason.hours, zone)}, your time.",
        ReasonKind.LEVEL: lambda: (
            f"{you} are at the same level: {reason.level.name.lower() if reason.level else ''}."
        ),
        ReasonKind.PACE: lambda: f"{who} like a {reason.pace} pace.",
        ReasonKind.LANGUAGE: lambda: f"{who} speak {_listed(reason.things, LANGUAGES)}.",
        ReasonKind.AGAIN: lambda: f"{you} have met before.",
    }
    return said[reason.kind]()


def _who(members: Sequence[int], viewer: int, names: Mapping[int, str]) -> str:
    if viewer not in members:
        return listed([names[member] for member in members])
    if len(members) == 2 < len(names):
        return f"You and {listed([names[member] for member in members if member != viewer])}"
    return "You both" if len(members) == 2 else "All of you"


def _say_help(reason: Reason, viewer: int, names: Mapping[int, str], skills: Mapping[str, str]) -> str:
    assert reason.helper is not None
    assert reason.helped is not None
    things = _listed(reason.things, skills)
    if reason.helper == viewer:
        return f"You can help {names[reason.helped]} with {things}."
    whom = "you" if reason.helped == viewer else names[reason.helped]
    return f"{names[reason.helper]} can help {whom} with {things}."


def _say_goal(goal: Goal | None, roles: Mapping[str, str]) -> str:
    assert goal is not None
    about = roles.get(goal.about, goal.about)
    if goal.kind is GoalKind.ROLE:
        return f"work towards the same role: {about}"
    verbs = {GoalKind.COURSE: "take", GoalKind.PROJECT: "work on", GoalKind.PAPERS: "read papers for"}
    return f"{verbs[goal.kind]} {about}"


def say_spans(hours: Iterable[Span], zone: str) -> str:
    """Say stretches of time by the clocks of a zone: "Tue 18–20 and Sat 9:30–12"."""
    clock = ZoneInfo(zone)
    said = []
    for span in hours:
        start, end = span.start.astimezone(clock), span.end.astimezone(clock)
        said.append(
            f"{_DAYS[start.weekday()]} {_hour(start.hour, start.minute)}–{_hour(end.hour, end.minute)}"
        )
    return listed(said)


def _hour(hour: int, minute: int) -> str:
    return f"{hour}:{minute:02}" if minute else str(hour)


def _listed(things: Sequence[str], names: Mapping[str, str]) -> str:
    named = [names.get(thing, thing) for thing in things]
    if len(named) <= MOST_THINGS:
        return listed(named)
    return f"{', '.join(named[: MOST_THINGS - 1])} and {len(named) - MOST_THINGS + 1} more"
