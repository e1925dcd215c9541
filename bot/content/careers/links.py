"""Whether what the careers data names exists, and whether prerequisites can be learnt in some order."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from bot.domain.careers import Careers, PlanStep


def broken_links(careers: Careers) -> list[str]:
    """Return one line for each id that names nothing, and for prerequisites that wait for each other."""
    known = {
        "role": careers.roles,
        "skill": careers.skills,
        "track": careers.tracks,
        "entry": careers.entries,
        "source": careers.sources,
    }
    faults = [
        f"{place}: there is no {kind} {id_!r}"
        for place, kind, id_ in _links(careers)
        if id_ not in known[kind]
    ]
    try:
        TopologicalSorter({skill.id: skill.prerequisites for skill in careers.skills.values()}).prepare()
    except CycleError as error:
        faults.append(f"skills: prerequisites in a circle: {' → '.join(error.args[1])}")
    return faults


def _links(careers: Careers) -> Iterator[tuple[str, str, str]]:
    """Yield every id that is named, as (where, kind, id)."""
    for role in careers.roles.values():
        yield from ((f"roles.{role.id}", "skill", need.skill) for need in role.skills)
        yield from ((f"roles.{role.id}", "track", track) for track in role.tracks)
        yield from ((f"roles.{role.id}", "role", other.role) for other in role.neighbours)
        yield from ((f"roles.{role.id}", "source", source) for source in role.sources)
    for skill in careers.skills.values():
        yield from ((f"skills.{skill.id}", "skill", other) for other in skill.prerequisites)
    for track in careers.tracks.values():
        yield from ((f"tracks.{track.id}", "skill", skill_id) for skill_id in track.skills)
        yield from ((f"tracks.{track.id}", "source", source) for source in track.sources)
    for entry in careers.entries.values():
        yield from ((f"entries.{entry.id}", "source", source) for source in entry.sources)
    for move in careers.moves:
        yield from (("moves", "role", end) for end in (move.origin, move.target))
    for ambiguity in careers.ambiguities:
        yield from ((f"ambiguous.{ambiguity.spelling}", "role", role_id) for role_id in ambiguity.roles)
    yield from _background_links(careers)


def _background_links(careers: Careers) -> Iterator[tuple[str, str, str]]:
    for start in careers.backgrounds.values():
        place = f"backgrounds.{start.id}"
        steps: tuple[PlanStep, ...] = (*start.first_month, *start.first_quarter, *start.first_year)
        yield from ((place, "skill", skill) for step in steps for skill in step.skills)
        yield from ((place, "role", role) for step in steps for role in step.roles)
        yield from ((place, "role", role) for role in start.first_roles)
        yield from ((place, "entry", entry) for entry in start.entries)
        yield from ((place, "source", source) for source in start.sources)
