"""Choosing conferences: what people type, and what is offered while they type."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.conferences import (
    AREAS,
    MAX_CHOSEN,
    Catalogue,
    Selection,
    area_of,
    areas_of,
    matching,
    suggestions,
)
from bot.domain.deadlines import Edition, conference_id
from bot.errors import UserError

KNOWN = (
    ("NeurIPS", "Conference on Neural Information Processing Systems", ("ml",)),
    ("ICML", "International Conference on Machine Learning", ("ml",)),
    ("ICLR", "International Conference on Learning Representations", ("ml", "vision", "nlp")),
    ("CVPR", "IEEE/CVF Conference on Computer Vision and Pattern Recognition", ("vision",)),
    ("ICCV", "IEEE International Conference on Computer Vision", ("vision",)),
    ("ECCV", "European Conference on Computer Vision", ("vision",)),
    ("ACL", "Annual Meeting of the Association for Computational Linguistics", ("nlp",)),
    ("EMNLP", "Conference on Empirical Methods in Natural Language Processing", ("nlp",)),
    ("EMNLP (Industry Track)", "Empirical Methods in NLP, Industry Track", ("nlp",)),
    ("IJCNLP & AACL", "Asia-Pacific Chapter of the ACL", ("nlp",)),
    ("WWW", "The Web Conference", ("retrieval",)),
    ("KDD", "ACM SIGKDD Conference on Knowledge Discovery and Data Mining", ("data-mining",)),
    ("RSS", "Robotics: Science and Systems", ("robotics",)),
    ("3DV", "International Conference on 3D Vision", ("vision",)),
    ("Interspeech", "Interspeech", ("speech",)),
)
CATALOGUE = Catalogue(
    tuple(
        Edition(conference_id(name), name, full, year, areas=areas)
        for name, full, areas in KNOWN
        for year in (2026, 2025)
    )
)


@pytest.mark.parametrize(
    ("typed", "conferences", "areas"),
    [
        ("neurips", ("neurips",), ()),
        ("NeurIPS", ("neurips",), ()),
        ("nips", ("neurips",), ()),
        ("NeurIPS 2026", ("neurips",), ()),
        ("CVPR'26, cvpr27", ("cvpr",), ()),
        ("3DV", ("3dv",), ()),
        ("nuerips", ("neurips",), ()),
        ("neurisp", ("neurips",), ()),
        ("cvrp", ("cvpr",), ()),
        ("enmlp", ("emnlp",), ()),
        ("SIGKDD; the web conference", ("kdd", "www"), ()),
        ("emnlp industry", ("emnlp-industry-track",), ()),
        ("aacl", ("ijcnlp-aacl",), ()),
        ("IJCNLP & AACL", ("ijcnlp-aacl",), ()),
        ("robotics science and systems", ("rss",), ()),
        ("Learning Representations", ("iclr",), ()),
        ("international conference on machine learning", ("icml",), ()),
        ("NLP", (), ("nlp",)),
        ("natural-language processing", (), ("nlp",)),
        ("robotics, Machine Learning", (), ("ml", "robotics")),
        ("computer visoin", (), ("vision",)),
        ("icml, nlp, ICML", ("icml",), ("nlp",)),
        ("", (), ()),
        (" all ", (), ()),
        ("icml,,\n acl ", ("icml", "acl"), ()),
    ],
)
def test_what_a_list_means(typed: str, conferences: tuple[str, ...], areas: tuple[str, ...]) -> None:
    found = matching(typed, CATALOGUE)
    assert (found.conferences, sorted(found.areas)) == (conferences, sorted(areas))
    # What is stored is read back as the same.
    assert matching(found.text, CATALOGUE) == found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("iclm", "“iclm”. Did you mean ICLR or ICML?"),
        ("xccv", "Did you mean ECCV or ICCV?"),
        ("basket weaving", "I do not know the conference “basket weaving”."),
        ("neurips, zzzz", "“zzzz”"),
        (
            "iclm, zzzz, neurips, xccv",
            "ICLR or ICML? I do not know the conference “xccv”. Did you mean ECCV or ICCV?",
        ),
        ("iclm, zzzz, qq", "I do not know the conferences “zzzz” and “qq”. Try a short name"),
        ("zzzz, qq, yyyy", "I do not know the conferences “zzzz”, “qq” and “yyyy”. Try a short name"),
        ("qq", "Try a short name, such as NeurIPS, or an area such as NLP;"),
    ],
)
def test_what_is_unknown_or_could_be_several_is_refused_with_names(typed: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        matching(typed, CATALOGUE)
    assert said in refused.value.message


def test_a_refusal_of_many_stays_short() -> None:
    with pytest.raises(UserError) as refused:
        matching(", ".join("z" * length for length in range(40, 60)), CATALOGUE)
    assert refused.value.message.count("“zzz") == 5
    assert refused.value.message.endswith(" 15 more are unknown as well.")
    assert len(refused.value.message) < 600


def test_too_many_are_refused() -> None:
    with pytest.raises(UserError, match=f"at most {MAX_CHOSEN}"):
        matching(", ".join(["icml"] * (MAX_CHOSEN + 1)), CATALOGUE)


def test_a_selection_covers_names_and_areas() -> None:
    editions = CATALOGUE.conferences
    chosen = Selection(("icml",), ("vision",))
    assert [key for key, edition in editions.items() if chosen.covers(edition)] == [
        "3dv",
        "cvpr",
        "eccv",
        "iccv",
        "iclr",
        "icml",
    ]
    assert all(Selection().covers(edition) for edition in editions.values())


def test_the_latest_edition_stands_for_a_conference() -> None:
    assert {edition.year for edition in CATALOGUE.conferences.values()} == {2026}


def names(typed: str) -> list[str]:
    return [each.name for each in suggestions(typed, CATALOGUE)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("neu", "NeurIPS"),
        ("nips", "NeurIPS"),
        ("cv", "Computer vision"),
        ("cvp", "CVPR"),
        ("icml", "ICML"),
        ("EMN", "EMNLP"),
        ("web", "WWW"),
        ("nlp", "NLP"),
        ("robo", "Robotics"),
        ("nuerips", "NeurIPS"),
        ("icml 2026", "ICML"),
    ],
)
def test_the_likeliest_is_offered_first(typed: str, first: str) -> None:
    assert names(typed)[0] == first


def test_the_last_name_of_a_list_is_completed_and_none_twice() -> None:
    offered = suggestions("icml, icc", CATALOGUE)
    assert (offered[0].name, offered[0].label) == ("icml, ICCV", "icml, ICCV")
    assert "icml, ICML" not in names("icml, ic")
    assert len(names("")) == 25
    assert all(len(each.name) <= 100 and len(each.label) <= 100 for each in suggestions("", CATALOGUE))
    assert (
        suggestions("neu", CATALOGUE)[0].label
        == "NeurIPS · Conference on Neural Information Processing Systems"
    )
    # A list that fills the option has no room for another name.
    assert names(", ".join(["icml"] * 19) + ", n") == []


@given(st.text(max_size=60))
def test_every_offer_is_understood(typed: str) -> None:
    for offer in suggestions(typed.replace(",", " "), CATALOGUE):
        matching(offer.name, CATALOGUE)


@given(st.text(max_size=120))
def test_any_text_is_understood_or_refused(typed: str) -> None:
    with suppress(UserError):
        found = matching(typed, CATALOGUE)
        assert set(found.conferences) <= CATALOGUE.conferences.keys()
        assert set(found.areas) <= AREAS.keys()
        assert matching(found.text, CATALOGUE) == found


def test_the_tags_of_the_sources_are_areas() -> None:
    assert areas_of(["machine-learning", "natural-language-processing", "machine learning", "basketry"]) == (
        "ml",
        "nlp",
    )
    assert [
        area_of(tag) for tag in ("computer-vision", "robotics", "signal processing", "web-search", "??")
    ] == [
        "vision",
        "robotics",
        "speech",
        "retrieval",
        None,
    ]
