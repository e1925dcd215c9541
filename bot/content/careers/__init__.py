"""What the bot knows of careers, read from `data/careers/` and checked.

`docs/careers-data.md` says how the files are laid out and how to correct them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.content import data_dir, load_yaml
from bot.content.careers.links import broken_links
from bot.domain.careers import (
    Ambiguity,
    Background,
    Careers,
    Entry,
    Level,
    Move,
    Neighbour,
    PlanStep,
    Reference,
    Role,
    Skill,
    SkillNeed,
    Source,
    Track,
    TrackKind,
)

if TYPE_CHECKING:
    from bot.content.careers import schema

__all__ = ["ContentError", "build_careers", "load_careers", "read_careers"]


class ContentError(ValueError):
    """The files in `data/careers/` contradict their schema or each other; the message lists every fault."""


@cache
def load_careers() -> Careers:
    """Return the roles, skills, tracks, backgrounds and moves; read once and kept.

    Raises ContentError with all faults at once.
    """
    return build_careers(read_careers())


def read_careers() -> dict[str, Any]:
    """Read the files as plain data, those in folders (`roles/`, `skills/`) merged; a key given twice is a fault."""
    found: dict[str, Any] = {}
    for path in sorted((data_dir() / "careers").rglob("*.yaml")):
        relative = path.relative_to(data_dir())
        content = load_yaml(relative.as_posix())
        section = relative.parts[1].removesuffix(".yaml")
        if again := found.get(section, {}).keys() & content.keys():
            raise ContentError(f"{_shown(relative)}: {', '.join(sorted(again))} stands in another file too.")
        found[section] = found.get(section, {}) | content
    return found


def _shown(path: Path) -> str:
    return f"data/{path.as_posix()}"


def build_careers(data: Mapping[str, Any]) -> Careers:
    """Check plain data and make values of it.

    Raises ContentError for wrong shapes, for ids that name nothing, and for prerequisites in a circle.
    """
    from pydantic import ValidationError

    from bot.content.careers.schema import CareersFile

    try:
        files = CareersFile.model_validate(data)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise ContentError("\n".join(faults)) from None  # pydantic's own message says it again, longer
    careers = Careers(
        roles={id_: _role(id_, role) for id_, role in files.roles.items()},
        skills={id_: _skill(id_, skill) for id_, skill in files.skills.items()},
        tracks={id_: _track(id_, track, files.roles) for id_, track in files.tracks.items()},
        backgrounds={id_: _background(id_, start) for id_, start in files.backgrounds.items()},
        entries={
            id_: Entry(id_, item.name, item.aliases, item.kind, item.text, item.url, item.sources)
            for id_, item in files.entries.items()
        },
        moves=tuple(_moves(files)),
        ambiguities=tuple(
            Ambiguity(spelling, item.roles, item.why) for spelling, item in files.ambiguous.items()
        ),
        sources={
            id_: Source(
                id_, item.title, item.publisher, item.url, item.licence, item.checked, item.attribution
            )
            for id_, item in files.sources.items()
        },
    )
    if faults := broken_links(careers):
        raise ContentError("\n".join(faults))
    return careers


def _role(id_: str, role: "schema.RoleFile") -> Role:
    needs = [(role.needs, True), (role.helps, False)]
    return Role(
        id=id_,
        title=role.title,
        aliases=role.aliases,
        stage=role.stage,
        niche=role.niche,
        tracks=role.tracks,
        orientation=role.orientation,
        ladder=role.ladder,
        summary=role.summary,
        day=role.day,
        skills=tuple(
            SkillNeed(skill, Level[word.upper()], essential)
            for group, essential in needs
            for skill, word in group.items()
        ),
        tools=role.tools,
        education=role.education,
        ways_in=role.ways_in,
        neighbours=tuple(Neighbour(other, text) for other, text in role.neighbours.items()),
        onet=role.onet,
        sources=role.sources,
        checked=role.checked,
    )


def _skill(id_: str, skill: "schema.SkillFile") -> Skill:
    return Skill(
        id=id_,
        name=skill.name,
        aliases=skill.aliases,
        group=skill.group,
        topic=skill.topic,
        summary=skill.summary,
        why=skill.why,
        prerequisites=skill.prerequisites,
        steps=skill.steps,
        reference=Reference(skill.reference.title, skill.reference.url),
    )


def _track(id_: str, track: "schema.TrackFile", roles: Mapping[str, "schema.RoleFile"]) -> Track:
    """Only specialisations are named by roles; sides and ladders follow from a role's own fields."""

    def belongs(role: "schema.RoleFile") -> bool:
        if track.kind is TrackKind.ORIENTATION:
            return role.orientation in {id_, "both"}
        if track.kind is TrackKind.LADDER:
            return role.ladder == id_
        return track.kind is TrackKind.SPECIALISATION and id_ in role.tracks

    members = tuple(name for name, role in roles.items() if belongs(role))
    return Track(
        id_, track.name, track.aliases, track.kind, track.summary, track.skills, members, track.sources
    )


def _background(id_: str, start: "schema.BackgroundFile") -> Background:
    def steps(given: "tuple[schema.StepFile, ...]") -> tuple[PlanStep, ...]:
        return tuple(PlanStep(step.do, step.skills, step.roles) for step in given)

    return Background(
        id=id_,
        name=start.name,
        aliases=start.aliases,
        summary=start.summary,
        brings=start.brings,
        missing=start.missing,
        first_month=steps(start.plan.month),
        first_quarter=steps(start.plan.quarter),
        first_year=steps(start.plan.year),
        first_roles=start.first_roles,
        tips=start.tips,
        entries=start.entries,
        sources=start.sources,
    )


def _moves(files: "schema.CareersFile") -> Iterator[Move]:
    for kind, origins in files.moves.items():
        for origin, moves in origins.items():
            for move in moves:
                yield Move(origin, move.to, kind, move.takes, move.years)
