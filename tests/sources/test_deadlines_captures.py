"""Real lists of deadlines, where they are at hand: values read off the files by eye, counts for the rest."""

import io
import re
import tarfile
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from bot.domain.conferences import Catalogue, matching, spelled, suggestions
from bot.sources import deadlines

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "deadlines"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")

FILES = sorted(path.relative_to(CAPTURES).as_posix() for path in CAPTURES.rglob("*.yml"))


def capture(name: str) -> Catalogue:
    return deadlines.parse((CAPTURES / name).read_bytes())


@cache
def whole() -> Catalogue:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path in sorted((CAPTURES / "hf_all").iterdir()):
            tar.add(path, f"ai-deadlines-main/src/data/conferences/{path.name}")
    return deadlines.parse(packed.getvalue())


# Year, type, slot -> when it is due in UTC.
BY_EYE = {
    "hf_all/3dv.yml": {
        "2027:submission:": "2026-08-28 18:00:00",
        "2027:other:supplementary material": "2026-09-02 18:00:00",
        "2027:notification:preliminary": "2026-10-27 18:00:00",
        "2027:notification:final": "2026-12-02 18:00:00",
    },
    "hf_all/aaai.yml": {
        "2025:abstract:": "2024-08-08 11:59:59",
        "2025:submission:": "2024-08-16 11:59:59",
        "2026:submission:": "2025-08-02 11:59:59",
        "2026:rebuttal:start": "2025-10-08 11:59:59",
        "2026:rebuttal:end": "2025-10-14 11:59:59",
        "2026:notification:phase 1 rejection": "2025-09-16 11:59:59",
        "2026:camera-ready:": "2025-11-14 11:59:59",
    },
    "hf_all/acl.yml": {
        "2025:rebuttal:start": "2025-03-28 11:59:59",
        "2025:rebuttal:end": "2025-04-04 11:59:59",
        "2026:submission:": "2026-01-06 11:59:59",
        "2026:submission:arr commitment": "2026-03-15 11:59:59",
        "2026:other:withdrawal": "2026-04-20 11:59:59",
    },
    "hf_all/alt.yml": {"2025:submission:": "2024-10-01 09:59:59", "2026:submission:": "2025-10-03 11:59:59"},
    "hf_all/chil.yml": {
        "2026:submission:": "2026-02-05 11:59:59",
        "2026:rebuttal:end": "2026-03-18 11:59:59",
    },
    "hf_all/corl.yml": {
        "2025:submission:": "2025-05-01 11:59:59",
        "2026:abstract:": "2026-05-26 11:59:00",
        "2026:submission:": "2026-05-29 11:59:00",
    },
    "hf_all/cvpr.yml": {
        "2025:abstract:": "2024-11-08 07:59:00",
        "2025:submission:": "2024-11-15 07:59:00",
        "2025:rebuttal:end": "2025-01-31 15:59:59",
        "2025:notification:final": "2025-02-26 15:59:59",
        "2026:abstract:": "2025-11-08 11:59:59",
        "2026:submission:": "2025-11-14 11:59:59",
        "2026:rebuttal:start": "2026-01-23 11:59:59",
    },
    "hf_all/emnlp_industry_track.yml": {"2025:submission:": "2025-07-05 11:59:59"},
    "hf_all/euvip.yml": {
        "2026:submission:": "2026-06-05 21:59:59",
        "2026:camera-ready:": "2026-07-25 21:59:59",
    },
    "hf_all/hicss.yml": {"2027:submission:": "2026-06-16 09:59:59"},
    "hf_all/icassp.yml": {
        "2025:submission:": "2025-09-18 06:59:59",
        "2026:submission:": "2025-09-18 06:59:59",
    },
    "hf_all/icdar.yml": {
        # Winter and summer in California.
        "2025:abstract:": "2025-03-01 07:59:59",
        "2025:submission:": "2025-03-15 06:59:59",
        "2026:submission:": "2026-02-28 11:59:59",
    },
    "hf_all/iclr.yml": {
        "2025:submission:": "2024-10-02 11:59:59",
        "2026:abstract:": "2025-09-20 11:59:59",
        "2026:rebuttal:end": "2025-12-04 11:59:59",
    },
    "hf_all/icml.yml": {
        "2025:camera-ready:": "2025-06-10 11:59:59",
        "2026:submission:": "2026-01-29 11:59:59",
    },
    "hf_all/icra.yml": {
        "2025:submission:": "2024-09-16 06:59:59",
        "2026:notification:": "2026-02-01 07:59:59",
        "2026:camera-ready:": "2026-03-07 07:59:59",
    },
    "hf_all/iros.yml": {
        "2025:submission:": "2025-03-03 07:59:59",
        "2026:submission:": "2026-03-03 11:59:59",
        "2026:submission:video": "2026-03-08 11:59:59",
    },
    "hf_all/mathai.yml": {
        "2025:abstract:": "2025-02-14 23:59:59",
        "2026:notification:": "2026-03-13 11:59:59",
    },
    "hf_all/miccai.yml": {
        "2026:submission:": "2026-02-27 07:59:59",
        "2026:rebuttal:start": "2026-05-09 07:59:59",
        "2026:camera-ready:early": "2026-05-26 07:59:59",
    },
    "hf_all/naacl.yml": {
        "2025:submission:": "2024-10-16 11:59:59",
        "2027:submission:": "2026-10-13 11:59:59",
    },
    "hf_all/neurips.yml": {
        "2026:abstract:": "2026-05-05 11:59:59",
        "2026:submission:": "2026-05-07 11:59:59",
        "2026:rebuttal:start": "2026-07-27 12:00:00",
        "2026:rebuttal:end": "2026-08-04 11:59:59",
        "2026:notification:": "2026-09-25 11:59:59",
    },
    "hf_all/ruleml+rr.yml": {"2026:submission:": "2026-05-16 11:59:59"},
    "hf_all/sgp.yml": {
        "2025:submission:": "2025-02-07 23:59:00",
        "2025:submission:round 2": "2025-04-11 23:59:00",
        "2026:camera-ready:revised round 2": "2026-06-05 11:59:59",
        "2026:camera-ready:round 2": "2026-06-12 11:59:59",
    },
    "hf_all/uai.yml": {"2025:submission:": "2025-02-11 11:59:59", "2026:submission:": "2026-02-26 11:59:59"},
    "hf_all/www.yml": {
        "2026:rebuttal:start": "2025-11-24 12:00:00",
        "2026:camera-ready:": "2026-01-26 11:59:59",
    },
    "ccf_nips.yml": {
        "2021:submission:": "2021-05-28 20:00:00",
        "2025:abstract:": "2025-05-12 11:59:59",
        "2026:submission:": "2026-05-07 11:59:00",
    },
    "ccf_iclr.yml": {"2022:abstract:": "2021-09-30 00:00:00", "2027:submission:": "2026-09-26 11:59:59"},
    "ccf_icml.yml": {"2022:submission:": "2022-01-28 11:59:00", "2026:submission:": "2026-01-29 11:59:59"},
    "ccf_cvpr.yml": {"2022:submission:": "2021-11-17 07:59:00", "2026:submission:": "2025-11-14 11:59:00"},
}


@pytest.mark.parametrize("name", BY_EYE)
def test_moments_read_by_eye(name: str) -> None:
    catalogue = capture(name)
    (conference,) = catalogue.conferences
    due = {each.key: each.due_at for each in catalogue.deadlines}
    for key, written in BY_EYE[name].items():
        assert due[f"deadline:{conference}:{key}"] == datetime.fromisoformat(f"{written}+00:00"), key


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_whole(name: str) -> None:
    """Counted without the parser: items of `deadlines`, and fields of the older and of the second schema."""
    text = (CAPTURES / name).read_text()
    items = len(re.findall(r"^ +-? ?type:", text, re.MULTILINE))
    rounds = (
        len(re.findall(r"^ +(?:- )?(?:abstract_)?deadline: '", text, re.MULTILINE))
        if "timeline:" in text
        else 0
    )
    older = {"alt": 1, "corl": 1, "cvpr": 5, "ijcnlp_and_aacl": 2, "naacl": 2, "uai": 2}.get(
        Path(name).stem, 0
    )
    catalogue = capture(name)
    assert catalogue.skipped == ()
    assert len(catalogue.deadlines) == (rounds or items + older)
    assert len(catalogue.editions) == len(re.findall(r"^ *(?:- )?year:", text, re.MULTILINE))
    for each in catalogue.deadlines:
        assert each.event().key == each.key
        assert not each.approximate


def test_the_whole_list() -> None:
    catalogue = whole()
    assert (len(catalogue.conferences), len(catalogue.editions), len(catalogue.deadlines)) == (68, 122, 486)
    assert catalogue.skipped == ()
    assert len({each.key for each in catalogue.deadlines}) == 486
    assert [edition.title for edition in catalogue.editions if not edition.areas] == []
    # Without days of their own, or with those of another year.
    assert [edition.title for edition in catalogue.editions if edition.starts_on is None] == [
        "Eurographics 2027",
        "ICASSP 2025",
        "UAI 2026",
    ]


@pytest.mark.parametrize(
    ("title", "place", "starts_on", "ends_on", "areas"),
    [
        ("3DV 2027", "Thessaloniki, Greece", date(2027, 4, 6), date(2027, 4, 9), ("ml", "vision")),
        (
            "AAAI 2026",
            "Singapore",
            date(2026, 1, 20),
            date(2026, 1, 27),
            ("ml", "nlp", "vision", "data-mining"),
        ),
        ("NeurIPS 2026", "Sydney, Australia", date(2026, 12, 6), date(2026, 12, 12), ("ml",)),
        ("ICASSP 2026", "Barcelona, Spain", date(2026, 5, 4), date(2026, 5, 8), ("speech",)),
        ("NAACL 2025", "Albuquerque, New Mexico", date(2025, 4, 29), date(2025, 5, 4), ("nlp",)),
        ("ICRA 2027", "Seoul, South Korea", date(2027, 5, 24), date(2027, 5, 28), ("vision", "robotics")),
        ("RuleML+RR 2026", "Vilnius, Lithuania", date(2026, 8, 24), date(2026, 8, 26), ("ml", "reasoning")),
    ],
)
def test_editions_read_by_eye(
    title: str, place: str, starts_on: date, ends_on: date, areas: tuple[str, ...]
) -> None:
    (edition,) = (each for each in whole().editions if each.title == title)
    assert (edition.place, edition.starts_on, edition.ends_on) == (place, starts_on, ends_on)
    assert edition.areas == areas


def test_two_lists_agree_on_what_is_what() -> None:
    """The same three conferences in both lists: what the second has is known to the first, by the same keys."""
    for name, key in (("ccf_nips", "neurips"), ("ccf_icml", "icml"), ("ccf_cvpr", "cvpr")):
        ours, theirs = capture(f"hf_all/{key}.yml"), capture(f"{name}.yml")
        assert ours.conferences.keys() == theirs.conferences.keys() == {key}
        both = {each.key for each in ours.deadlines} & {each.key for each in theirs.deadlines}
        assert {f"deadline:{key}:{year}:submission:" for year in (2025, 2026)} <= both
    before, after = (
        {each.key: each.due_at for each in capture(name).deadlines if each.edition.year == 2026}
        for name in ("ccf_cvpr.yml", "hf_all/cvpr.yml")
    )
    moved = {key for key in before.keys() & after.keys() if after[key] - before[key] > timedelta(minutes=5)}
    assert moved == {"deadline:cvpr:2026:abstract:"}


def test_a_name_is_known_from_the_id_alone() -> None:
    written = {key: edition.name for key, edition in whole().conferences.items()}
    assert {key: spelled(key) for key in written} == written


def test_choosing_from_the_whole_list() -> None:
    catalogue = whole()
    for edition in catalogue.conferences.values():
        assert matching(edition.name, catalogue).conferences == (edition.conference,)
        assert matching(edition.conference, catalogue).conferences == (edition.conference,)
    nlp = [edition.title for edition in catalogue.editions if matching("NLP", catalogue).covers(edition)]
    assert len(nlp) == 25
    assert matching("nips, cvrp, naccl, ACM Multimedia, SIGKDD", catalogue).conferences == (
        "neurips",
        "cvpr",
        "naacl",
        "acm-mm",
        "kdd",
    )
    assert [each.name for each in suggestions("neru", catalogue)][:1] == ["NeurIPS"]
