"""Which roles fit what a person knows, how two roles differ, and the letters that carry ticks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.careers import load_careers
from bot.domain.careers import Careers, Level
from bot.domain.fit import Grasp, TickSheet, compare, fit, likest, rank

SKILLS = sorted(load_careers().skills)


@pytest.fixture(scope="module")
def careers() -> Careers:
    return load_careers()


def test_who_knows_what_a_role_needs_sees_it_first(careers: Careers) -> None:
    missed = []
    for role in careers.roles.values():
        profile = {
            need.skill: Grasp.STRONG if need.level >= Level.STRONG else Grasp.KNOW for need in role.skills
        }
        if role.id not in [each.role for each in rank(careers, profile)]:
            missed.append(role.id)
    assert missed == []


def test_the_count_is_of_what_is_needed(careers: Careers) -> None:
    role = careers.roles["ml-engineer"]
    profile = {need.skill: Grasp.STRONG for need in role.essentials[:5]} | {
        "docker": Grasp.KNOW,
        "robotics": Grasp.KNOW,
    }
    found = fit(role, profile)
    assert found.essentials == len(role.essentials) == 7
    assert len(found.has) + len(found.deepen) == 5
    assert found.missing == tuple(need.skill for need in role.essentials[5:])
    assert found.helps == ("docker",)
    assert 0 < found.score < 1


def test_two_levels_short_is_something_to_deepen(careers: Careers) -> None:
    role = careers.roles["ml-engineer"]  # it asks for an expert of Python
    assert fit(role, {"python": Grasp.KNOW}).deepen == ("python",)
    assert fit(role, {"python": Grasp.STRONG}).has == ("python",)
    assert fit(role, {"python": Grasp.STRONG}).score > fit(role, {"python": Grasp.KNOW}).score


def test_knowing_nothing_fits_nothing(careers: Careers) -> None:
    assert rank(careers, {}) == ()


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(SKILLS), st.sampled_from(list(Grasp)), min_size=1, max_size=40), st.data()
)
def test_learning_more_never_makes_a_role_fit_worse(profile: dict[str, Grasp], data: st.DataObject) -> None:
    careers = load_careers()
    role = careers.roles[data.draw(st.sampled_from(sorted(careers.roles)))]
    skill = data.draw(st.sampled_from(SKILLS))
    more = profile | {skill: Grasp.STRONG}
    assert fit(role, more).score >= fit(role, profile).score
    found = fit(role, profile)
    assert len(found.has) + len(found.deepen) + len(found.missing) == found.essentials
    assert 0 <= found.score <= 1


# --- Comparing ------------------------------------------------------------------------------------------


def test_what_two_roles_share_and_do_not(careers: Careers) -> None:
    for first in careers.roles.values():
        for second in careers.roles.values():
            if first.id == second.id:
                continue
            found = compare(careers, first.id, second.id)
            assert len(found.shared) + len(found.only_first) == len(first.skills)
            assert len(found.shared) + len(found.only_second) == len(second.skills)
            assert all(each.first.skill == each.second.skill for each in found.shared)
            assert all(second.need(need.skill) is None for need in found.only_first)


def test_the_difference_is_the_one_written_for_the_pair(careers: Careers) -> None:
    found = compare(careers, "data-scientist", "ml-engineer")
    written = {n.difference for role in (found.first, found.second) for n in role.neighbours}
    assert [role.id for role, _ in found.differences] == ["data-scientist", "ml-engineer"]
    assert {text for _, text in found.differences} <= written
    assert {(move.origin, move.target) for move in found.moves} == {
        ("data-scientist", "ml-engineer"),
        ("ml-engineer", "data-scientist"),
    }
    assert compare(careers, "ai-ml-intern", "quantum-ml-researcher").differences == ()


def test_a_role_is_not_compared_with_itself_or_with_nothing(careers: Careers) -> None:
    with pytest.raises(ValueError, match="itself"):
        compare(careers, "ml-engineer", "ml-engineer")
    with pytest.raises(KeyError):
        compare(careers, "ml-engineer", "astronaut")


def test_every_role_has_one_to_compare_it_with(careers: Careers) -> None:
    for role in careers.roles:
        assert likest(careers, role) != role
    assert likest(careers, "ml-engineer") == careers.roles["ml-engineer"].neighbours[0].role


# --- The letters ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(SKILLS), st.sampled_from(list(Grasp))))
def test_letters_carry_a_profile(profile: dict[str, Grasp]) -> None:
    sheet = TickSheet(SKILLS)
    letters = sheet.write(profile)
    assert sheet.read(letters) == profile
    assert len(letters) <= 48
    assert ":" not in letters


def test_every_skill_at_once_fits_an_id() -> None:
    letters = TickSheet(SKILLS).write(dict.fromkeys(SKILLS, Grasp.STRONG))
    assert len(f"roles:tick:99:99:{letters}") <= 100


def test_letters_of_another_list_are_refused() -> None:
    letters = TickSheet(SKILLS).write({"sql": Grasp.KNOW})
    assert TickSheet([*SKILLS, "astrology"]).read(letters) is None
    assert TickSheet(SKILLS[1:]).read(letters) is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_letters_may_come(letters: str) -> None:
    sheet = TickSheet(SKILLS)
    for each in (letters, sheet.write({})[:4] + letters):
        profile = sheet.read(each)
        assert profile is None or set(profile) <= set(SKILLS)
