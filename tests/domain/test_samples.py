"""The papers of the try-out: facts that can be trusted, and days that are the same every time."""

from datetime import date, timedelta

import pytest

from bot.content import load_taxonomy, load_yaml
from bot.domain.papers import AnnounceType, parse_id
from bot.tryout.samples import FIRST_DAY, Sample, announced, load_samples

SAMPLES = load_samples()
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(-4, 21)]
CATEGORIES = ("cs.LG", "cs.CL", "cs.CV", "cs.AI", "stat.ML", "cs.RO", "cs.NE")


@pytest.mark.parametrize("paper", SAMPLES, ids=lambda paper: paper.id)
def test_a_paper_is_complete(paper: Sample) -> None:
    identity = parse_id(paper.id)
    assert identity is not None
    assert (identity.base, identity.version) == (paper.id, None)
    # An id tells the year and the month of submission.
    assert paper.year == 2000 + int(paper.id[:2])
    assert 4 <= len(paper.title) <= 200
    assert paper.title == " ".join(paper.title.split())
    assert not paper.title.endswith(".")
    assert 1 <= len(paper.authors) == len(set(paper.authors)) <= 40
    # The feed joins authors with commas and takes parentheses for affiliations.
    assert all(name == name.strip() and not set(",()") & set(name) for name in paper.authors)
    assert 40 <= len(paper.summary) <= 200
    assert paper.summary.endswith(".")
    assert "\n" not in paper.summary
    assert len(set(paper.categories)) == len(paper.categories)
    assert [load_taxonomy().canonical(code) for code in paper.categories] == list(paper.categories)


def test_the_file_has_these_fields_and_no_others() -> None:
    (key, items), *others = load_yaml("papers/samples.yaml").items()
    assert (key, others) == ("papers", [])
    expected = {"id", "title", "authors", "categories", "year", "summary"}
    assert all(set(item) == expected for item in items)
    assert all(isinstance(item["id"], str) for item in items)


def test_no_paper_twice_and_every_field_is_covered() -> None:
    assert len(SAMPLES) >= 60
    assert len({paper.id for paper in SAMPLES}) == len(SAMPLES)
    assert len({paper.title.casefold() for paper in SAMPLES}) == len(SAMPLES)
    assert {paper.primary for paper in SAMPLES} == set(CATEGORIES)


def test_every_weekday_of_the_first_week_brings_something_everywhere() -> None:
    for offset in range(5):
        for category in CATEGORIES:
            listed = announced(category, FIRST_DAY + timedelta(days=offset))
            assert any(item.type is AnnounceType.NEW for item in listed), (category, offset)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_paper_is_new_once_and_in_its_own_category(category: str) -> None:
    seen: dict[str, date] = {}
    for day in DAYS:
        listed = announced(category, day)
        assert announced(category, day) == listed
        assert len({item.paper.id for item in listed}) == len(listed)
        if day.weekday() >= 5 or day < FIRST_DAY:
            assert listed == []
        for item in listed:
            assert category in item.paper.categories
            if item.type is AnnounceType.REPLACE:
                assert item.version == 2
                assert item.paper.id in seen
            else:
                assert item.version == 1
                assert seen.setdefault(item.paper.id, day) == day
                assert (item.type is AnnounceType.NEW) == (item.paper.primary == category)


def test_every_sample_gets_its_day() -> None:
    shown = {item.paper.id for day in DAYS for code in CATEGORIES for item in announced(code, day)}
    assert shown == {paper.id for paper in SAMPLES}
