"""Names of roles, skills, tracks, backgrounds and advice, as people type them."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.careers import load_careers
from bot.domain.lookup import Ambiguous, Directory, Finding, Found, How, Kind, Name, Nearest, fold
from bot.domain.lookup.folding import spell_out
from tests.domain.role_spellings import NONSENSE, SPELLINGS, UNCLEAR

NAMES = Path(__file__).parents[1] / "content" / "careers_names.txt"


@cache
def everything() -> Directory:
    return Directory.of(load_careers())


@pytest.fixture(scope="module")
def directory() -> Directory:
    return everything()


def ids(finding: Finding) -> list[str]:
    options = [finding.option] if isinstance(finding, Found) else finding.options
    return [f"{each.kind}:{each.id}" for each in options]


def test_the_tables_are_large_enough() -> None:
    assert len(SPELLINGS) >= 150
    assert len(UNCLEAR) >= 30


@pytest.mark.parametrize(("typed", "meant"), SPELLINGS.items())
def test_a_spelling_stands_for_one_thing(directory: Directory, typed: str, meant: str) -> None:
    finding = directory.find(typed)
    assert isinstance(finding, Found), ids(finding)
    assert ids(finding) == [meant]


@pytest.mark.parametrize(("typed", "offered"), UNCLEAR.items())
def test_what_is_unclear_is_asked(directory: Directory, typed: str, offered: tuple[str, ...]) -> None:
    finding = directory.find(typed)
    assert isinstance(finding, Ambiguous), ids(finding)
    assert set(offered) <= set(ids(finding))
    assert 2 <= len(finding.options) <= 5
    assert finding.why.endswith(".")


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_gets_the_nearest_three(directory: Directory, typed: str) -> None:
    finding = directory.find(typed)
    assert isinstance(finding, Nearest)
    assert len(set(ids(finding))) == 3


def test_every_name_that_must_be_found_is_found(directory: Directory) -> None:
    """By the look-up of `/role info`; where a name has two meanings, they are offered."""
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if line and line[0] != "#"]
    lost = [name for name in asked if isinstance(directory.find(name), Nearest)]
    assert lost == []
    unclear = [name for name in asked if isinstance(directory.find(name), Ambiguous)]
    assert len(unclear) < 12


def test_every_name_there_is_leads_to_its_owner(directory: Directory) -> None:
    for name, kind, id_ in load_careers().names():
        finding = directory.find(name, frozenset({Kind(kind)}))
        assert not isinstance(finding, Nearest)
        also = finding.also if isinstance(finding, Found) else ()
        assert f"{kind}:{id_}" in [*ids(finding), *(f"{each.kind}:{each.id}" for each in also)], name


def test_a_title_with_several_meanings_is_found_and_says_so(directory: Directory) -> None:
    finding = directory.find("machine learning engineer")
    assert isinstance(finding, Found)
    assert finding.how is How.NAME
    assert [each.id for each in finding.also] == [
        "entry-ml-engineer",
        "applied-ml-engineer",
        "ai-software-engineer",
    ]
    assert "O*NET" in finding.why


def test_only_the_kinds_asked_for_are_found(directory: Directory) -> None:
    skills = frozenset({Kind.SKILL})
    assert ids(directory.find("computer vision", skills)) == ["skill:computer-vision"]
    assert {each.kind for each in directory.find("data scientist", skills).options} == {Kind.SKILL}  # type: ignore[union-attr]
    assert ids(directory.find("skill:python")) == ["skill:python"]
    assert isinstance(directory.find("skill:python", frozenset({Kind.ROLE})), Nearest)


def test_two_that_are_equally_near_are_both_offered() -> None:
    names = [Name("Grey Cat", Kind.ROLE, "grey", main=True), Name("Gray Cat", Kind.ROLE, "gray", main=True)]
    finding = Directory(names).find("gruy cat")
    assert isinstance(finding, Ambiguous)
    assert {each.id for each in finding.options} == {"grey", "gray"}


def test_an_empty_directory_finds_nothing() -> None:
    assert Directory([]).find("anything") == Nearest(())
    assert Directory([]).suggest("") == []


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("data sc", "data-scientist"),
        ("mle", "ml-engineer"),
        ("eng", "ai-engineer"),
        ("kuber", "kubernetes"),
        ("scienist", "data-scientist"),
        ("reinforc", "reinforcement-learning-engineer"),
    ],
)
def test_what_is_suggested_while_typing(directory: Directory, typed: str, first: str) -> None:
    assert first in [option.id for option, _ in directory.suggest(typed)][:8]


def test_suggestions_fit_discord(directory: Directory) -> None:
    for typed in ("", "a", "machine", "zzzzzz", "x" * 100, "🤖"):
        offered = directory.suggest(typed)
        assert 1 <= len(offered) <= 25
        assert len({(option.kind, option.id) for option, _ in offered}) == len(offered)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_anything_may_be_typed(typed: str) -> None:
    finding = everything().find(typed)
    assert 1 <= len(ids(finding)) <= 5
    assert fold(fold(typed)) == fold(typed)


def test_folding() -> None:
    assert fold("𝑨𝑰 Engineer") == fold(fold("𝑨𝑰 Engineer")) == "ai engineer"
    assert fold("  Naïve–Bayes’ C++ & R/C# ") == "naive bayes c++ and r c#"
    assert spell_out("sr ml eng") == ("senior", "machine", "learning", "engineer")
    assert spell_out("the engineers of ai") == ("engineer", "artificial", "intelligence")
