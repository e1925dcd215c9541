"""The careers data as it is shipped: every file, every link, and the promises the texts have to keep."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from rapidfuzz import fuzz

from bot.content import data_dir
from bot.content.careers import ContentError, build_careers, load_careers, read_careers
from bot.domain.careers import Careers, EntryKind, Ladder, Level, MoveKind, Orientation, Stage, TrackKind

NAMES = Path(__file__).with_name("careers_names.txt")
ALIKE = 75  # of 100: the nearest two texts that say different things reach 72


@pytest.fixture(scope="module")
def careers() -> Careers:
    return load_careers()


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    return read_careers()


@pytest.fixture
def data(plain: dict[str, Any]) -> dict[str, Any]:
    """The files as plain data, to be spoiled by a test."""
    return deepcopy(plain)


def texts(careers: Careers) -> Iterator[tuple[str, str]]:
    """Yield every text that somebody wrote, as (place, text)."""
    for role in careers.roles.values():
        yield f"{role.id} summary", role.summary
        yield f"{role.id} education", role.education
        yield from ((f"{role.id} day", item) for item in role.day)
        yield from ((f"{role.id} ways_in", item) for item in role.ways_in)
        yield from ((f"{role.id} neighbour {other.role}", other.difference) for other in role.neighbours)
    for skill in careers.skills.values():
        yield from ((f"{skill.id} skill", text) for text in (skill.summary, skill.why, *skill.steps))
    for track in careers.tracks.values():
        yield f"{track.id} track", track.summary
    for start in careers.backgrounds.values():
        steps = (*start.first_month, *start.first_quarter, *start.first_year)
        yield from (
            (f"{start.id} background", text)
            for text in (
                start.summary,
                *start.brings,
                *start.missing,
                *start.tips,
                *(step.text for step in steps),
            )
        )
    yield from ((f"{move.origin} to {move.target}", move.takes) for move in careers.moves)
    yield from ((f"{entry.id} entry", entry.text) for entry in careers.entries.values())
    yield from ((f"{item.spelling} ambiguous", item.why) for item in careers.ambiguities)


def test_there_is_enough_of_everything(careers: Careers) -> None:
    assert len(careers.roles) >= 45
    assert len(careers.skills) >= 90
    assert sum(track.kind is TrackKind.SPECIALISATION for track in careers.tracks.values()) >= 11
    assert len(careers.backgrounds) >= 6
    assert len(careers.ambiguities) >= 30
    assert {role.stage for role in careers.roles.values()} == set(Stage)
    assert {role.ladder for role in careers.roles.values()} == set(Ladder)
    assert {role.orientation for role in careers.roles.values()} == set(Orientation)
    assert {entry.kind for entry in careers.entries.values()} == set(EntryKind)


def test_stages_and_levels_stand_in_order() -> None:
    assert [stage.rank for stage in Stage] == [0, 1, 2, 3, 4]
    assert Level.AWARE < Level.WORKING < Level.STRONG < Level.EXPERT


def test_files_hold_only_known_sections(data: dict[str, Any]) -> None:
    assert data.keys() == {
        "ambiguous", "backgrounds", "entries", "moves", "roles", "skills", "sources", "tracks",
    }  # fmt: skip


def test_no_key_stands_twice_in_a_file() -> None:
    """YAML readers silently keep the last of two equal keys."""
    for path in (data_dir() / "careers").rglob("*.yaml"):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        open_ = [yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)]
        while open_:
            node = open_.pop()
            if isinstance(node, yaml.MappingNode):
                keys = [key.value for key, _ in node.value]
                assert len(keys) == len(set(keys)), f"{path.name}, line {node.start_mark.line + 1}: {keys}"
                open_ += [value for _, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                open_ += node.value


def test_every_role_says_what_it_has_to(careers: Careers) -> None:
    for role in careers.roles.values():
        assert 6 <= len(role.skills) <= 14, role.id
        assert len({need.skill for need in role.skills}) == len(role.skills), role.id
        assert role.essentials, role.id
        assert role.id not in {other.role for other in role.neighbours}, role.id
        assert role.tracks, role.id
        tracks = {careers.tracks[track].kind for track in role.tracks}
        assert tracks == {TrackKind.SPECIALISATION}, role.id


def test_higher_stages_ask_for_experts(careers: Careers) -> None:
    for role in careers.roles.values():
        best = max(need.level for need in role.skills)
        if role.stage.rank >= Stage.SENIOR.rank:
            assert best is Level.EXPERT, role.id
        if role.stage is Stage.ENTRY:
            assert best <= Level.STRONG, role.id


def test_every_skill_is_asked_for_somewhere(careers: Careers) -> None:
    used = {need.skill for role in careers.roles.values() for need in role.skills}
    used |= {skill for track in careers.tracks.values() for skill in track.skills}
    used |= {before for skill in careers.skills.values() for before in skill.prerequisites}
    used |= {
        skill
        for start in careers.backgrounds.values()
        for step in (*start.first_month, *start.first_quarter, *start.first_year)
        for skill in step.skills
    }
    assert careers.skills.keys() - used == set()


def test_every_track_has_roles(careers: Careers) -> None:
    for track in careers.tracks.values():
        assert bool(track.roles) == (track.kind is not TrackKind.FOUNDATION), track.id
    in_ladders = [role for ladder in Ladder for role in careers.tracks[ladder.value].roles]
    assert sorted(in_ladders) == sorted(careers.roles)
    assert (
        set(careers.tracks["research"].roles) | set(careers.tracks["applied"].roles) == careers.roles.keys()
    )


def test_moves_go_one_stage_at_most(careers: Careers) -> None:
    for move in careers.moves:
        climb = careers.roles[move.target].stage.rank - careers.roles[move.origin].stage.rank
        place = f"{move.origin} to {move.target}"
        assert move.origin != move.target, place
        if move.kind is MoveKind.PROMOTION:
            assert climb == 1 or (climb == 0 and move.origin in {"ai-ml-intern", "ai-director"}), place
        elif climb < -1:
            assert careers.roles[move.target].stage is Stage.MID, f"{place}: nobody goes back so far to begin"
        else:
            assert climb <= 1, place
    pairs = Counter((move.origin, move.target) for move in careers.moves)
    assert [pair for pair, times in pairs.items() if times > 1] == []


def test_every_role_is_reached_from_a_background(careers: Careers) -> None:
    """No island: each role can be walked to from where somebody starts, and each start leads to the top."""
    reached = {role for start in careers.backgrounds.values() for role in start.first_roles}
    assert {role.id for role in careers.roles.values() if role.stage is Stage.ENTRY} <= reached
    entries = {role.id for role in careers.roles.values() if role.stage is Stage.ENTRY}
    assert reachable(careers, entries) == careers.roles.keys()
    for role in careers.roles.values():
        if role.stage is not Stage.ENTRY:
            assert careers.moves_to(role.id), f"nothing leads to {role.id}"
        if role.stage is not Stage.EXECUTIVE:
            assert careers.moves_from(role.id), f"{role.id} leads nowhere"
            assert any(
                careers.roles[end].stage is Stage.EXECUTIVE for end in reachable(careers, {role.id})
            ), role.id


def reachable(careers: Careers, start: set[str]) -> set[str]:
    found, open_ = set(start), list(start)
    while open_:
        ends = {move.target for move in careers.moves_from(open_.pop())} - found
        found |= ends
        open_ += ends
    return found


def test_backgrounds_start_within_reach(careers: Careers) -> None:
    for start in careers.backgrounds.values():
        assert {careers.roles[role].stage for role in start.first_roles} <= {Stage.ENTRY, Stage.MID}, start.id
        steps = (*start.first_month, *start.first_quarter, *start.first_year)
        assert all(step.skills or step.roles for step in steps), start.id
        assert any(step.roles for step in steps), start.id


def test_every_name_people_ask_for_is_found(careers: Careers) -> None:
    known = {name.casefold() for name, _, _ in careers.names()}
    known |= {item.spelling.casefold() for item in careers.ambiguities}
    asked = [line for line in NAMES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert len(asked) > 150
    assert [name for name in asked if name.casefold() not in known] == []


@pytest.mark.parametrize("kind", ["role", "skill", "track", "background", "entry"])
def test_one_name_means_one_thing_of_a_kind(careers: Careers, kind: str) -> None:
    owners = defaultdict(set)
    spellings = Counter[tuple[str, str]]()
    for name, its_kind, id_ in careers.names():
        if its_kind == kind:
            owners[name.casefold()].add(id_)
            spellings[name.casefold(), id_] += 1
    assert [name for name, ids in owners.items() if len(ids) > 1] == []
    assert [name for name, times in spellings.items() if times > 1] == []


def test_ambiguous_spellings_agree_with_the_aliases(careers: Careers) -> None:
    owner = {name.casefold(): id_ for name, kind, id_ in careers.names() if kind == "role"}
    for item in careers.ambiguities:
        assert item.spelling == item.spelling.casefold(), item.spelling
        assert len(set(item.roles)) == len(item.roles) >= 2, item.spelling
        assert owner.get(item.spelling, item.roles[0]) == item.roles[0], item.spelling


def test_credit_is_given_where_it_is_due(careers: Careers) -> None:
    for role in careers.roles.values():
        onet = {source for source in role.sources if source.startswith("onet-1")}
        if role.onet:
            assert f"onet-{role.onet.replace('.', '-')}" in onet, role.id
        for source in role.sources:
            used = careers.sources[source]
            if source.startswith("onet-"):
                assert used.licence == "CC BY 4.0", source
                assert used.attribution, source
                assert "USDOL/ETA" in used.attribution
            if source.startswith("esco-"):
                assert used.attribution, source
                assert "European Commission" in used.attribution


def test_what_states_facts_names_its_sources(careers: Careers) -> None:
    """Advice and foundations may do without; a wrong source is worse than none."""
    for track in careers.tracks.values():
        assert track.sources or track.kind is TrackKind.FOUNDATION, track.id
    for entry in careers.entries.values():
        free = {EntryKind.ADVICE, EntryKind.COMMUNITY}
        assert entry.sources or entry.kind in free or entry.id == "bootcamps", entry.id


def test_every_source_is_used(careers: Careers) -> None:
    used = {source for role in careers.roles.values() for source in role.sources}
    for things in (careers.tracks, careers.backgrounds, careers.entries):
        used |= {source for thing in things.values() for source in thing.sources}
    assert careers.sources.keys() - used == set()


def test_no_two_texts_say_the_same(careers: Careers) -> None:
    written = list(texts(careers))
    repeated = [text for text, times in Counter(text for _, text in written).items() if times > 1]
    assert repeated == []
    long = [(place, text) for place, text in written if len(text) >= 60]
    alike = [
        f"{first}: {one}\n{second}: {other}"
        for (first, one), (second, other) in itertools.combinations(long, 2)
        if fuzz.ratio(one, other, score_cutoff=ALIKE)
    ]
    assert alike == []


def test_texts_are_plain(careers: Careers) -> None:
    hollow = re.compile(
        r"\b(passionate|cutting[- ]edge|fast-paced|leverag\w+|synerg\w+|game[- ]chang\w+|rockstar|ninja|unlock|"
        r"delve|landscape|ever-evolving|seamless\w*|robustly|crucial|vital)\b",
        re.IGNORECASE,
    )
    money = re.compile(r"[$€£]\s?\d|\d\s?%|\bsalar(y|ies)\b", re.IGNORECASE)
    for place, text in texts(careers):
        assert not hollow.search(text), f"{place}: {text}"
        assert not money.search(text), f"{place}: {text}"
        assert text == text.strip(), place
        assert "  " not in text, place
        assert text[0].isupper(), f"{place}: {text}"


def spoil_link(data: dict[str, Any]) -> str:
    data["roles"]["data-scientist"]["needs"]["alchemy"] = "strong"
    return "roles.data-scientist: there is no skill 'alchemy'"


def spoil_move(data: dict[str, Any]) -> str:
    data["moves"]["switch"]["ml-engineer"][0]["to"] = "wizard"
    return "moves: there is no role 'wizard'"


def spoil_circle(data: dict[str, Any]) -> str:
    data["skills"]["calculus"]["prerequisites"] = ["probability"]
    return "prerequisites in a circle"


def spoil_length(data: dict[str, Any]) -> str:
    data["roles"]["data-scientist"]["summary"] = "A " * 200 + "."
    return "roles.data-scientist.summary"


def spoil_level(data: dict[str, Any]) -> str:
    data["roles"]["ml-engineer"]["needs"]["python"] = "godlike"
    return "roles.ml-engineer.needs.python"


def spoil_field(data: dict[str, Any]) -> str:
    data["roles"]["ml-engineer"]["salary"] = "much"
    return "roles.ml-engineer.salary"


def spoil_background(data: dict[str, Any]) -> str:
    data["backgrounds"]["student"]["plan"]["month"][0]["skills"] = ["telepathy"]
    return "backgrounds.student: there is no skill 'telepathy'"


@pytest.mark.parametrize(
    "spoil",
    [spoil_link, spoil_move, spoil_circle, spoil_length, spoil_level, spoil_field, spoil_background],
)
def test_a_fault_is_named_with_its_place(data: dict[str, Any], spoil: Any) -> None:
    said = spoil(data)
    with pytest.raises(ContentError, match=re.escape(said)):
        build_careers(data)


def test_all_faults_are_told_at_once(data: dict[str, Any]) -> None:
    expected = [spoil_link(data), spoil_move(data), spoil_background(data)]
    with pytest.raises(ContentError) as caught:
        build_careers(data)
    assert len(str(caught.value).splitlines()) == len(expected)


def test_a_role_in_two_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = tmp_path / "careers" / "roles"
    roles.mkdir(parents=True)
    (roles / "a.yaml").write_text("baker: {}\n", encoding="utf-8")
    (roles / "b.yaml").write_text("baker: {}\n", encoding="utf-8")
    monkeypatch.setattr("bot.content.data_dir", lambda: tmp_path)
    monkeypatch.setattr("bot.content.careers.data_dir", lambda: tmp_path)
    with pytest.raises(ContentError, match=r"roles/b\.yaml: baker"):
        read_careers()


def test_look_ups_on_the_values(careers: Careers) -> None:
    scientist = careers.roles["data-scientist"]
    assert scientist.names[0] == "Data Scientist"
    need = scientist.need("sql")
    assert need is not None
    assert need.level is Level.STRONG
    assert need.essential
    assert scientist.need("robotics") is None
    assert "senior-data-scientist" in {move.target for move in careers.moves_from("data-scientist")}
    assert "junior-data-scientist" in {move.origin for move in careers.moves_to("data-scientist")}
    assert "robotics-engineer" in {role.id for role, _ in careers.roles_needing("control-theory")}
    assert load_careers() is careers
