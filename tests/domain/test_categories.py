"""Finding a category by what a person types, and the file the categories come from."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content import data_dir, load_taxonomy, load_yaml
from bot.domain.categories import ALIASES, Taxonomy, unaliased
from bot.errors import UserError

CAPTURE = Path(__file__).parents[3] / "shared" / "captures" / "arxiv_taxonomy" / "arxiv_taxonomy.json"

TAXONOMY = load_taxonomy()
SMALL = Taxonomy(
    {
        "archives": {
            "cs": {
                "name": "Computer Science",
                "group": "Computer Science",
                "categories": {"cs.LG": "Machine Learning", "cs.SY": "Systems and Control"},
            },
            "eess": {"name": "EESS", "group": "EESS", "categories": {"eess.SY": "Systems and Control"}},
            "hep-th": {"name": "Theory", "group": "Physics", "categories": {"hep-th": "Theory"}},
        },
        "aliases": {"cs.SY": "eess.SY"},
        "retired": {"old-arch": "cs.LG"},
        "popular": ["cs.LG"],
        "keywords": {"ml": ["cs.LG"]},
    }
)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("cs.LG", "cs.LG"),
        (" CS.lg ", "cs.LG"),
        ("cs.SY", "eess.SY"),
        ("eess.sy", "eess.SY"),
        ("old-arch", "cs.LG"),
        ("HEP-TH", "hep-th"),
        ("cs", None),
        ("cs.XX", None),
        ("", None),
    ],
)
def test_each_category_has_one_name(code: str, expected: str | None) -> None:
    assert SMALL.canonical(code) == expected


def test_a_category_is_described() -> None:
    category = SMALL.get("CS.SY")
    assert category is not None
    assert (category.code, category.name, category.archive, category.archive_name) == (
        "eess.SY",
        "Systems and Control",
        "eess",
        "EESS",
    )
    assert category.label == "eess.SY · Systems and Control"
    assert SMALL.name("cs.LG") == "Machine Learning"
    assert SMALL.name("astro-ph") == "astro-ph"
    assert [item.code for item in SMALL.all()] == ["cs.LG", "eess.SY", "hep-th"]
    assert len(SMALL) == 4


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("machine learning", "cs.LG"),
        ("Machine Learning ", "cs.LG"),
        ("machin lerning", "cs.LG"),
        ("ml", "cs.LG"),
        ("nlp", "cs.CL"),
        ("NLP", "cs.CL"),
        ("llm", "cs.CL"),
        ("vision", "cs.CV"),
        ("vison", "cs.CV"),
        ("computer vision", "cs.CV"),
        ("cv", "cs.CV"),
        ("cs lg", "cs.LG"),
        ("cslg", "cs.LG"),
        ("CS.LG", "cs.LG"),
        ("cs-lg", "cs.LG"),
        ("lg", "cs.LG"),
        ("robotics", "cs.RO"),
        ("robtics", "cs.RO"),
        ("speech", "eess.AS"),
        ("reinforcment learning", "cs.LG"),
        ("optmization", "math.OC"),
        ("systems and control", "eess.SY"),
        ("cs.SY", "eess.SY"),
        ("cmp-lg", "cs.CL"),
        ("quantum", "quant-ph"),
        ("math logic", "math.LO"),
        ("information theory", "cs.IT"),
        ("genomics", "q-bio.GN"),
        ("cs", "cs.LG"),
        ("cs.LL", "cs.LG"),
        ("ai", "cs.AI"),
    ],
)
def test_the_first_found_is_the_one_meant(typed: str, first: str) -> None:
    assert TAXONOMY.search(typed)[0].code == first


def test_both_machine_learnings_are_offered() -> None:
    assert [item.code for item in TAXONOMY.search("machine learning", 2)] == ["cs.LG", "stat.ML"]


def test_nothing_typed_offers_the_popular_ones() -> None:
    assert [item.code for item in TAXONOMY.search("", 3)] == ["cs.LG", "cs.AI", "cs.CL"]


def test_nonsense_finds_nothing() -> None:
    assert TAXONOMY.search("zzzzqq") == []


@given(st.text(max_size=30), st.integers(1, 25))
def test_search_takes_anything(text: str, limit: int) -> None:
    found = TAXONOMY.search(text, limit)
    assert len(found) <= limit
    assert len({item.code for item in found}) == len(found)


@given(st.sampled_from([item.code for item in TAXONOMY.all()]))
def test_every_category_is_found_by_its_code_and_name(code: str) -> None:
    assert TAXONOMY.search(code)[0].code == code
    assert code in {item.code for item in TAXONOMY.search(TAXONOMY.name(code))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cs.LG, cs.cl stat.ML", ("cs.LG", "cs.CL", "stat.ML")),
        ("cs lg; CSLG", ("cs.LG",)),
        ("cs.LG+stat.ML", ("cs.LG", "stat.ML")),
        ("math.IT, cs.IT,", ("cs.IT",)),
        ("hep-th", ("hep-th",)),
        ("\ncs.LG\ncs.CV ", ("cs.LG", "cs.CV")),
    ],
)
def test_a_list_is_read(text: str, expected: tuple[str, ...]) -> None:
    assert TAXONOMY.parse_list(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["at least one", "cs.LG"]),
        (" , ;", ["at least one"]),
        ("cs.LG, cs.LL", ["“cs.LL”", "Did you mean", "cs.LG (Machine Learning)"]),
        ("cs.LG machine", ["“machine”", "cs.LG (Machine Learning)"]),
        ("cs.CL, machine learning", ["“machine learning”", "stat.ML (Machine Learning)"]),
        ("nlp", ["“nlp”", "cs.CL (Computation and Language)"]),
        ("cs.*", ["“cs.*”", "all of Computer Science", "cs.LG, cs.AI, cs.CL"]),
        ("cs", ["“cs”", "all of Computer Science"]),
        ("astro-ph", ["all of Astrophysics", "astro-ph.CO"]),
        ("hep-th.*", ["hep-th (High Energy Physics - Theory)"]),
        ("foo bar", ["“foo bar”", "category_taxonomy"]),
        ("*", ["“*”", "such as cs.LG"]),
        ("cs.LL, cs.LG, cs", ["“cs.LL”", "Did you mean", "“cs”", "all of Computer Science"]),
        ("q" * 400, ["qqq…”"]),
    ],
)
def test_a_bad_list_is_refused_with_help(text: str, words: list[str]) -> None:
    with pytest.raises(UserError) as refused:
        TAXONOMY.parse_list(text)
    for word in words:
        assert word in refused.value.message
    assert len(refused.value.message) < 400


def test_a_refusal_of_many_stays_short() -> None:
    with pytest.raises(UserError) as refused:
        TAXONOMY.parse_list(", ".join(f"machine{number}" for number in range(30)))
    assert "“machine2”" in refused.value.message
    assert refused.value.message.endswith(" 27 more are unknown as well.")
    assert len(refused.value.message) < 1000


@given(st.text(max_size=80))
def test_a_list_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        codes = TAXONOMY.parse_list(text)
    except UserError as refused:
        assert refused.message.endswith((".", "?"))  # noqa: PT017 - either outcome is fine
    else:
        assert all(TAXONOMY.canonical(code) == code for code in codes)


def test_the_file_is_whole() -> None:
    data = load_yaml("taxonomy.yaml")
    codes = [code for archive in data["archives"].values() for code in archive["categories"]]
    assert len(data["archives"]) == 20
    assert len(codes) == len(set(codes)) == len(TAXONOMY) == 155
    assert len(TAXONOMY.all()) == 155 - len(ALIASES)
    for archive, item in data["archives"].items():
        assert item["name"]
        assert item["group"]
        assert all(code == archive or code.startswith(archive + ".") for code in item["categories"])
    kept = set(codes) - set(data["aliases"])
    assert set(data["aliases"]) <= set(codes)
    for target in [*data["aliases"].values(), *data["retired"].values(), *data["popular"]]:
        assert target in kept
    assert not set(data["retired"]) & set(codes)
    assert len(data["popular"]) == len(set(data["popular"]))
    for keyword, targets in data["keywords"].items():
        assert keyword == " ".join(keyword.lower().split())
        assert len(targets) == len(set(targets)) > 0
        assert set(targets) <= kept, keyword


def test_identity_and_file_agree_on_the_aliases() -> None:
    assert load_yaml("taxonomy.yaml")["aliases"] == ALIASES
    assert unaliased("math.IT") == "cs.IT"
    assert unaliased("astro-ph") == "astro-ph"


def test_content_lies_beside_the_package() -> None:
    assert (data_dir() / "taxonomy.yaml").is_file()
    assert load_taxonomy() is TAXONOMY


@pytest.mark.skipif(not CAPTURE.exists(), reason="the captures are not here")
def test_the_file_says_what_arxiv_says() -> None:
    theirs = json.loads(CAPTURE.read_text())
    data = load_yaml("taxonomy.yaml")
    active = {code: item for code, item in theirs["categories"].items() if item["active"]}
    ours = {
        code: (name, archive)
        for archive, item in data["archives"].items()
        for code, name in item["categories"].items()
    }
    assert ours == {code: (item["name"], item["archive"]) for code, item in active.items()}
    for archive, item in data["archives"].items():
        capture = theirs["archives"][archive]
        assert (item["name"], item["group"]) == (capture["name"], theirs["groups"][capture["group"]]["name"])
    for alias, target in {**data["aliases"], **data["retired"]}.items():
        assert theirs["categories"][alias]["alt_name"] == target
    pairs = {
        frozenset((code, item["alt_name"])) for code, item in active.items() if item["alt_name"] in active
    }
    assert pairs == {frozenset(pair) for pair in data["aliases"].items()}
