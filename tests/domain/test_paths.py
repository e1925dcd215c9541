"""Ways between roles: all of them, checked step by step."""

from dataclasses import replace

import pytest

from bot.content.careers import load_careers
from bot.domain.careers import Careers, Level, Move, MoveKind, Stage
from bot.domain.paths import Atlas, Journey, alike, gaps


@pytest.fixture(scope="module")
def careers() -> Careers:
    return load_careers()


@pytest.fixture(scope="module")
def atlas(careers: Careers) -> Atlas:
    return Atlas(careers)


@pytest.fixture(scope="module")
def journeys(careers: Careers, atlas: Atlas) -> list[Journey]:
    """Every pair of start and goal."""
    starts = [*careers.roles, *careers.backgrounds]
    return [atlas.journey(start, goal) for start in starts for goal in careers.roles if start != goal]


def test_every_step_is_a_move_people_make(careers: Careers, journeys: list[Journey]) -> None:
    for journey in journeys:
        for way in journey.ways:
            first, *later = way.steps
            here = journey.start
            if journey.start in careers.backgrounds:
                assert first.role in careers.backgrounds[journey.start].first_roles
                assert first.move is None
                here = first.role
            else:
                later = list(way.steps)
            for step in later:
                assert step.move in careers.moves
                assert step.move is not None
                assert (step.move.origin, step.move.target) == (here, step.role)
                here = step.role
            assert here == journey.goal
            roles = [step.role for step in way.steps]
            assert len(set(roles)) == len(roles), "nobody goes in a circle"


def test_no_step_leaves_out_a_stage_without_saying_so(careers: Careers, journeys: list[Journey]) -> None:
    for journey in journeys:
        for way in journey.ways:
            for step in way.steps:
                stage = careers.roles[step.role].stage
                if step.move is None:
                    assert bool(step.notice) == (stage is not Stage.ENTRY)
                    continue
                difference = stage.rank - careers.roles[step.move.origin].stage.rank
                assert step.stages == difference
                assert bool(step.notice) == (difference > 1 or difference < 0)


def test_a_skipped_stage_is_named(careers: Careers) -> None:
    leap = Move("ai-ml-intern", "ai-director", MoveKind.PROMOTION, "A miracle.", "months")
    way = Atlas(replace(careers, moves=(*careers.moves, leap))).journey("ai-ml-intern", "ai-director").ways[0]
    assert [step.role for step in way.steps] == ["ai-director"]
    assert way.steps[0].notice == "This leaves out a stage: from entry straight to executive."


def test_alternatives_differ_in_kind_and_are_no_detours(journeys: list[Journey]) -> None:
    several = 0
    for journey in journeys:
        kinds = [way.led_by for way in journey.ways]
        assert len(set(kinds)) == len(kinds) <= 3
        efforts = [way.effort for way in journey.ways]
        assert efforts == sorted(efforts)
        assert not efforts or efforts[-1] <= 1.6 * efforts[0]
        several += len(kinds) > 1
    assert several > 300


def test_where_no_way_leads_it_says_why(careers: Careers, atlas: Atlas, journeys: list[Journey]) -> None:
    for journey in journeys:
        assert bool(journey.ways) == (not journey.why)
        if journey.ways:
            assert journey.nearest is None
        else:
            assert journey.nearest is not None
            assert atlas.journey(journey.start, journey.nearest).ways
    assert atlas.journey("ml-engineer", "ai-ml-intern").nearest == "data-scientist"
    assert "a beginning" in atlas.journey("chief-ai-officer", "ai-ml-intern").why
    assert "four stages earlier" in atlas.journey("chief-ai-officer", "data-analyst").why
    assert "one stage earlier" in atlas.journey("nlp-engineer", "data-analyst").why
    assert "another profession" in atlas.journey("ai-governance-specialist", "robotics-engineer").why


def test_nearly_every_pair_has_a_way(careers: Careers, journeys: list[Journey]) -> None:
    """Where none is drawn it is because nobody would go it, and mostly back to where people begin."""
    rank = {role.id: role.stage.rank for role in careers.roles.values()}
    pairs = [journey for journey in journeys if journey.start in rank]
    without = [journey for journey in pairs if not journey.ways]
    assert len(without) < 0.17 * len(pairs)
    assert sum(rank[journey.goal] > 0 for journey in without) < 0.05 * len(pairs)
    for journey in without:
        assert rank[journey.goal] <= rank[journey.start] + 1


def test_the_goals_of_a_start_are_those_with_a_way(
    careers: Careers, atlas: Atlas, journeys: list[Journey]
) -> None:
    for start in (*careers.roles, *careers.backgrounds):
        assert atlas.goals(start) == {
            journey.goal for journey in journeys if journey.start == start and journey.ways
        }


def test_nobody_climbs_to_step_back_or_begins_again_from_the_top(
    careers: Careers, journeys: list[Journey]
) -> None:
    rank = {role.id: role.stage.rank for role in careers.roles.values()}
    for journey in journeys:
        if journey.start not in rank:
            continue
        ends = (rank[journey.start], rank[journey.goal])
        for way in journey.ways:
            assert all(min(ends) - 1 <= rank[step.role] <= max(ends) for step in way.steps)
            climb = ends[1] - ends[0]
            assert len(way.steps) <= (climb + 3 if climb > 0 else max(3, 1 - climb))
            if climb < 0 and not ends[1]:
                assert len(way.steps) == 1


@pytest.mark.parametrize(
    ("start", "goal", "first"),
    [
        ("engineering-manager-ai", "senior-ml-engineer", "senior-ml-engineer"),
        ("ai-director", "principal-ml-engineer", "principal-ml-engineer"),
        ("ai-director", "ml-engineer", "ai-ml-manager"),
        ("senior-ml-engineer", "ai-safety-expert", "ai-safety-expert"),
        ("senior-ml-engineer", "ai-architect", "ai-architect"),
        ("data-scientist", "data-engineer", "data-engineer"),
        ("software-engineer", "entry-ml-engineer", "entry-ml-engineer"),
    ],
)
def test_ways_across_and_back(atlas: Atlas, start: str, goal: str, first: str) -> None:
    assert atlas.journey(start, goal).ways[0].steps[0].role == first


def test_a_long_way_back_is_named(atlas: Atlas) -> None:
    (way, *_) = atlas.journey("ai-director", "ai-consultant").ways
    assert way.steps[0].notice == "This goes back three stages, from executive to mid."


def test_everybody_is_told_what_to_do_first(careers: Careers, journeys: list[Journey]) -> None:
    for journey in journeys:
        if journey.missing:
            assert 1 <= len(journey.first_things) <= 3
        for thing in journey.first_things:
            assert thing.skill is None or thing.text in careers.skills[thing.skill].steps


def test_what_is_missing_is_what_the_goal_asks_beyond_the_start(careers: Careers, atlas: Atlas) -> None:
    journey = atlas.journey("data-analyst", "data-scientist")
    missing = {gap.skill: gap for gap in journey.missing}
    analyst, scientist = careers.roles["data-analyst"], careers.roles["data-scientist"]
    for need in scientist.skills:
        had = analyst.need(need.skill)
        if had is not None and had.level >= need.level:
            assert need.skill not in missing
        else:
            assert missing[need.skill].have == (had.level if had else None)
            assert missing[need.skill].need == need.level
    essentials = [gap.essential for gap in journey.missing]
    assert essentials == sorted(essentials, reverse=True)


def test_a_background_begins_with_its_own_plan(careers: Careers, atlas: Atlas) -> None:
    journey = atlas.journey("career-changer", "data-scientist")
    month = careers.backgrounds["career-changer"].first_month
    assert [thing.text for thing in journey.first_things] == [step.text for step in month[:3]]
    assert {gap.skill for gap in journey.missing} == {
        need.skill for need in careers.roles["data-scientist"].skills
    }


def test_a_first_role_is_reached_at_once(atlas: Atlas) -> None:
    (way,) = atlas.journey("career-changer", "data-analyst").ways
    assert [(step.role, step.move) for step in way.steps] == [("data-analyst", None)]


def test_what_makes_no_sense_is_refused(atlas: Atlas) -> None:
    with pytest.raises(ValueError, match="the start is the goal"):
        atlas.journey("data-analyst", "data-analyst")
    with pytest.raises(KeyError):
        atlas.journey("data-analyst", "astronaut")
    with pytest.raises(KeyError):
        atlas.journey("astronaut", "data-analyst")


def test_the_same_question_gets_the_same_answer(careers: Careers, atlas: Atlas) -> None:
    again = Atlas(replace(careers, moves=tuple(reversed(careers.moves))))
    for start, goal in (("data-analyst", "ai-architect"), ("student", "chief-ai-officer")):
        one, other = atlas.journey(start, goal), again.journey(start, goal)
        assert [way.effort for way in one.ways] == [way.effort for way in other.ways]


def test_likeness(careers: Careers) -> None:
    roles = careers.roles
    assert alike(roles["data-scientist"], roles["data-scientist"]) == 1
    assert alike(roles["data-scientist"], roles["robotics-engineer"]) < alike(
        roles["data-scientist"], roles["senior-data-scientist"]
    )
    assert (
        gaps({"sql": Level.EXPERT}, [need for need in roles["data-scientist"].skills if need.skill == "sql"])
        == ()
    )
