"""Three months of study buddies in a community of 300, drawn: `python -m scripts.buddies_simulation`.

People join and leave, take breaks, and one in ten is a ghost: they are matched and never show up. Who met a ghost
presses "my buddy is gone" and asks for another; a ghost of whom that was said in two rounds is paused. Rounds are weekly, for
thirteen weeks, with the conditions and the fairness of the real ones; pairing by chance under the same conditions goes
through the same weeks beside it. Writes docs/images/buddies-simulation.png and prints the figures.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Final, TypeAlias

from bench import communities
from bot.domain.buddies.matching import match
from bot.domain.buddies.score import Pool, Window
from bot.domain.buddies.values import Blocks, GroupWish, History, Pair, Profile, pair
from bot.pictures.drawing import ACCENT, EMPTY, MUTED, PANEL, WIDTH, box, document, text
from bot.pictures.rendering import Picture, render
from scripts.curves import draw_curve

PEOPLE: Final = 300
WEEKS: Final = 13
JOIN: Final = 8  # a week
LEAVE: Final = 0.025
BREAK: Final = 0.04
GHOSTS: Final = 0.1
TARGET: Final = Path("docs/images/buddies-simulation.png")

Groups: TypeAlias = list[tuple[int, ...]]
Maker: TypeAlias = Callable[[Pool, Blocks, int], Groups]


@dataclass(slots=True)
class Week:
    """One round in figures."""

    joined: int
    coverage: float
    repeats: float  # of the pairs that met, those that met in the six rounds before
    overlap: float  # hours a week, the mean over groups
    again: int  # left out now and in the round before


@dataclass(slots=True)
class Town:
    """The community as it goes on; the same people come and go whoever pairs them."""

    people: dict[int, Profile]
    chance: random.Random
    away: dict[int, int] = field(default_factory=dict)  # member: the week they are back
    gone_said: dict[int, int] = field(default_factory=dict)  # ghost: rounds in which somebody said so
    met: dict[Pair, int] = field(default_factory=dict)  # the last week
    waited: dict[int, int] = field(default_factory=dict)
    blocks: Blocks = field(default_factory=Blocks)
    weeks: list[Week] = field(default_factory=list)


def ghost(member: int) -> bool:
    """Whether somebody never shows up."""
    return random.Random(member).random() < GHOSTS  # noqa: S311 - made up


def simulate(make: Maker, seed: int = 1) -> Town:
    """Go through the weeks."""
    newcomers = communities.profiles(PEOPLE + WEEKS * JOIN, seed)
    first = {each.member_id: each for each in newcomers[:PEOPLE]}
    town = Town(first, random.Random(seed), blocks=communities.past(newcomers[:PEOPLE])[0])  # noqa: S311 - as above
    for week in range(WEEKS):
        if week:
            _come_and_go(town, newcomers, week)
        here = [each for id_, each in sorted(town.people.items()) if town.away.get(id_, 0) <= week]
        start = communities.START + timedelta(weeks=week)
        history = History(
            {two: (communities.START + timedelta(weeks=on)).date() for two, on in town.met.items()},
            town.waited,
        )
        pool = Pool(here, town.blocks, history, Window(start))
        _take_in(town, pool, make(pool, town.blocks, week), week)
    return town


def _come_and_go(town: Town, newcomers: Sequence[Profile], week: int) -> None:
    for id_ in sorted(town.people):
        fate = town.chance.random()
        if fate < LEAVE:
            del town.people[id_]
            town.waited.pop(id_, None)
        elif fate < LEAVE + BREAK:
            town.away[id_] = week + town.chance.choice((1, 2, 3))
            town.waited.pop(id_, None)
    begin = PEOPLE + (week - 1) * JOIN
    town.people |= {each.member_id: each for each in newcomers[begin : begin + JOIN]}


def _take_in(town: Town, pool: Pool, groups: Groups, week: int) -> None:
    ids = [each.member_id for each in pool.profiles]
    seated = {place for group in groups for place in group}
    pairs = [two for group in groups for two in combinations(group, 2)]
    left = [place for place in range(len(pool)) if place not in seated]
    town.weeks.append(
        Week(
            joined=len(pool),
            coverage=len(seated) / len(pool),
            repeats=sum(pool.repeats(two) for two in pairs) / len(pairs),
            overlap=mean(pool.overlap_hours(group) for group in groups),
            again=sum(pool.waited(place) > 0 for place in left),
        )
    )
    town.waited = {ids[place]: pool.waited(place) + 1 for place in left}
    for one, other in pairs:
        town.met[pair(ids[one], ids[other])] = week
    for member in {ids[place] for place in seated if ghost(ids[place])}:
        town.gone_said[member] = town.gone_said.get(member, 0) + 1
        if town.gone_said[member] >= 2:
            town.away[member] = WEEKS  # paused until they say that they are back


def ours(pool: Pool, blocks: Blocks, week: int) -> Groups:
    """Make the round as Cohort does."""
    made = match(pool.profiles, blocks=blocks, history=pool.history, window=pool.window, seed=week)
    place = {each.member_id: at for at, each in enumerate(pool.profiles)}
    return [tuple(place[member] for member in group.members) for group in made.groups]


def by_chance(pool: Pool, _blocks: Blocks, week: int) -> Groups:
    """Pair people who may meet by chance, three where three are wanted: conditions, and nothing else."""
    chance = random.Random(week)  # noqa: S311 - as above
    free = list(range(len(pool)))
    chance.shuffle(free)
    groups: Groups = []
    while free:
        one = free.pop()
        size = 3 if pool.wish(one) is GroupWish.TRIO else 2
        group = [one]
        for other in free:
            fits = pool.wish(other).allows(size) and all(pool.compatible(each, other) for each in group)
            if fits and len(group) < size:
                group.append(other)
        if len(group) == size and pool.may_group(tuple(group)):
            groups.append(tuple(sorted(group)))
            free = [each for each in free if each not in group]
    return groups


# --- The picture ------------------------------------------------------------------------------------------

LEFT, RIGHT, HIGH, GAP = 88, 40, 150, 96


def chart(
    top: float,
    title: str,
    unit: str,
    lines: Sequence[tuple[str, Sequence[float]]],
    most: float,
    least: float = 0,
) -> str:
    """Return one chart: a line for each series over the weeks."""
    width = WIDTH - LEFT - RIGHT
    parts = [
        box(20, top - 62, WIDTH - 40, HIGH + 88, fill=PANEL),
        text(40, top - 26, title, size=20, bold=True),
    ]
    for share in (0, 0.5, 1):
        y = top + HIGH * (1 - share)
        said = f"{least + (most - least) * share:g}{unit}"
        parts.append(
            f'<line x1="{LEFT}" y1="{y:g}" x2="{WIDTH - RIGHT}" y2="{y:g}" stroke="{EMPTY}" stroke-width="2"/>'
        )
        parts.append(text(LEFT - 12, y + 6, said, size=16, fill=MUTED, anchor="end"))
    for colour, values in lines:
        points = [
            (LEFT + width * at / (len(values) - 1), top + HIGH * (1 - (value - least) / (most - least)))
            for at, value in enumerate(values)
        ]
        parts.append(draw_curve(points, colour, dots=5))
    return "".join(parts)


CHANCE: Final = "#E8A87C"


def drawing(mine: Town, other: Town) -> str:
    """Return the picture as SVG."""

    def of(what: str, scale: float = 1) -> list[tuple[str, list[float]]]:
        return [
            (colour, [getattr(week, what) * scale for week in town.weeks])
            for colour, town in ((CHANCE, other), (ACCENT, mine))
        ]

    tops = [190 + at * (HIGH + GAP + 10) for at in range(4)]
    weeks = (*mine.weeks, *other.weeks)

    def even(what: str, scale: float = 1, step: float = 4) -> float:
        return -(-max(float(getattr(week, what)) * scale for week in weeks) // step) * step

    return document(
        tops[-1] + HIGH + 84,
        text(40, 52, f"Study buddies: thirteen weekly rounds, {PEOPLE} people at first", size=19, bold=True),
        f'<circle cx="50" cy="86" r="8" fill="{ACCENT}"/>', text(68, 92, "Cohort", size=18),
        f'<circle cx="180" cy="86" r="8" fill="{CHANCE}"/>', text(198, 92, "by chance, under the same conditions", size=18),
        chart(tops[0], "People in a group (from 90 %)", " %", of("coverage", 100), 100, 90),
        chart(tops[1], "Pairs that met in the six rounds before", " %", of("repeats", 100), even("repeats", 100)),
        chart(tops[2], "Hours a week that a group has in common", " h", of("overlap"), even("overlap")),
        chart(tops[3], "People left out twice running", "", of("again"), even("again")),
        text(WIDTH - RIGHT, tops[-1] + HIGH + 62, "week 1 to week 13", size=16, fill=MUTED, anchor="end"),
    )  # fmt: skip


def figures(town: Town) -> str:
    """Say the weeks in one line."""
    weeks = town.weeks
    return (
        f"people {weeks[0].joined} to {weeks[-1].joined}; in a group {mean(w.coverage for w in weeks):.2%} "
        f"(least {min(w.coverage for w in weeks):.2%}); repeats {mean(w.repeats for w in weeks):.2%}; "
        f"overlap {mean(w.overlap for w in weeks):.1f} h; left out twice running {sum(w.again for w in weeks)}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print and draw."""
    parser = argparse.ArgumentParser(prog="python -m scripts.buddies_simulation")
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    mine, other = simulate(ours), simulate(by_chance)
    print(f"Cohort: {figures(mine)}\nchance: {figures(other)}")
    picture = Picture(drawing(mine, other), "Thirteen rounds of study buddies", options.output.name)
    options.output.write_bytes(asyncio.run(render(picture)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
