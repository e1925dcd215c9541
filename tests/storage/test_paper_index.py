"""The paper index: every query of the table, the real list of a day, and papers that are alike."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.papers import Paper
from bot.domain.queries import COLUMNS, Field, QueryError, Term, fold, parse_query, stored_query
from bot.domain.queries.tree import And, Node, Not, Or
from bot.sources.arxiv import parse_feed
from bot.storage.paper_index import PaperIndex, TermVerdict
from tests.domain.query_table import CAPTURED, FOUND, PAPERS, paper

CAPTURE = (
    Path(__file__).parents[3] / "shared" / "captures" / "arxiv_rss" / "atom_cs.AI_2025-08-20_86entries.xml"
)
captured = pytest.mark.skipif(not CAPTURE.exists(), reason="the captures are not here")


@pytest.fixture(scope="module")
def index() -> Iterator[PaperIndex]:
    with PaperIndex(PAPERS) as index:
        yield index


@pytest.fixture(scope="module")
def day() -> Iterator[PaperIndex]:
    batch = parse_feed(CAPTURE.read_bytes(), "cs.AI")
    with PaperIndex(item.paper for item in batch.announcements) as index:
        yield index


def find(index: PaperIndex, text: str) -> set[str]:
    return index.matching(parse_query(text))


def test_the_table_is_long_and_has_no_query_twice() -> None:
    assert len({text for text, _ in FOUND}) == len(FOUND) >= 60


@pytest.mark.parametrize(("text", "ids"), FOUND)
def test_what_a_query_finds(index: PaperIndex, text: str, ids: str) -> None:
    assert find(index, text) == set(ids)


@captured
@pytest.mark.parametrize(("text", "ids"), CAPTURED)
def test_what_a_query_finds_on_a_real_day(day: PaperIndex, text: str, ids: str) -> None:
    assert len(day) == 86
    assert find(day, text) == {f"2508.{number}" for number in ids.split()}


def test_many_queries_at_once_find_what_each_finds_alone(index: PaperIndex) -> None:
    queries = {text: parse_query(text) for text, _ in FOUND}
    assert index.matching_many(queries) == {text: set(ids) for text, ids in FOUND}
    assert index.matching_many({}) == {}


def test_a_stored_query_of_150_words_is_looked_for(index: PaperIndex) -> None:
    words = [f"{first}{second}" for first in "xyz" for second in "abcdefghijklmnopqrstuvwxyz"][:74]
    either = [*words, "kernels", *map(chr, range(0x4E00, 0x4E00 + 75))]
    assert len(either) == 150
    assert index.matching(stored_query(",".join(either))) == {"g"}
    assert index.matching(stored_query(" ".join(either))) == set()


def test_equal_queries_run_once_and_share_nothing(index: PaperIndex) -> None:
    ran: list[str] = []
    index._connection.set_trace_callback(ran.append)
    queries = {1: parse_query("gan, vae"), 2: parse_query("gan OR vae"), 3: parse_query("(GAN) or vae")}
    found = index.matching_many(queries)
    index._connection.set_trace_callback(None)
    assert len([statement for statement in ran if "MATCH" in statement]) == 1
    found[1].clear()
    assert found[2] == found[3] == {"a", "k"}


def test_each_term_is_explained(index: PaperIndex) -> None:
    def verdicts(text: str, paper_id: str) -> list[tuple[str, bool, tuple[str, ...]]]:
        found = index.explain(parse_query(text), paper_id)
        return [(verdict.term.text_as_query, verdict.wanted, verdict.found_in) for verdict in found]

    assert verdicts("diffusion synthesis captions gan* survey", "a") == [
        ("diffusion", True, ("title", "abstract")),
        ("synthesis", True, ("title",)),
        ("captions", True, ("abstract",)),
        ("gan*", True, ("abstract",)),
        ("survey", True, ()),
    ]
    assert verdicts("ti:gan OR au:lecun OR cat:cs OR all:zoe -diffusion", "a") == [
        ("ti:gan", True, ()),
        ("au:lecun", True, ("authors",)),
        ("cat:cs", True, ("categories",)),
        ("all:zoe", True, ("authors",)),
        ("diffusion", False, ("title", "abstract")),
    ]
    with pytest.raises(KeyError):
        index.explain(parse_query("gan"), "unknown")


@given(st.sampled_from([text for text, _ in FOUND]), st.sampled_from(PAPERS))
def test_a_single_term_is_found_exactly_where_it_is_explained(text: str, one: Paper) -> None:
    with PaperIndex([one]) as index:
        for leaf in parse_query(text).terms():
            alone = parse_query(leaf.term.text_as_query)
            (verdict,) = index.explain(alone, one.id)
            assert verdict == TermVerdict(leaf.term, True, verdict.found_in)
            assert bool(verdict.found_in) == bool(index.matching(alone))


_WORDS = (
    "diffusion", "survey", '"few shot"', "few-shot", "gan*", "c++", "naïve", "not", '"and"', "学*", "Łojasiewicz",
    '"large language mod*"', "L^2", "gpt/4", "and/or", "image", "[we]", "models", "ti:image", "abs:(gan OR vae)",
    "(diffusion OR survey)", "NOT (gan image)",
)  # fmt: skip


def holds(node: Node, item: Paper) -> bool:
    """Whether a condition holds, by looking for folded words in folded text: no FTS5, no tokenizer."""
    match node:
        case Term():
            texts = {"title": fold(item.title), "abstract": fold(item.abstract)}
            wanted = f" {node.words}" if node.prefix else f" {node.words} "
            return any(wanted in f" {texts[column]} " for column in COLUMNS[node.field])
        case Not(of):
            return not holds(of, item)
        case And(of):
            return all(holds(part, item) for part in of)
        case Or(of):
            return any(holds(part, item) for part in of)


@given(
    st.one_of(
        st.lists(
            st.tuples(
                st.sampled_from(["", "", "-", "NOT "]),
                st.sampled_from(_WORDS),
                st.sampled_from([" ", " AND ", ", ", " OR ", " and ", " or ", ", or "]),
            ),
            min_size=1,
            max_size=6,
        ).map(lambda parts: "".join(f"{a}{b}{c}" for a, b, c in parts[:-1]) + "".join(parts[-1][:2])),
        st.text('abOR ,-"*é“”', max_size=20),
        st.text(max_size=30),
    ),
    st.text(max_size=60),
    st.text('ab é-"+#.', max_size=60),
)
def test_the_index_finds_what_reading_would(text: str, title: str, abstract: str) -> None:
    try:
        query = parse_query(text)
    except QueryError:
        return
    assume(all(leaf.term.field in {Field.TEXT, Field.TITLE, Field.ABSTRACT} for leaf in query.terms()))
    papers = [
        *PAPERS,
        paper("x", title, abstract),
        paper("y", f"{abstract} {text}", title),
        paper("z", text[: len(text) // 2], text[len(text) // 2 :]),
    ]
    with PaperIndex(papers) as index:
        assert index.matching(query) == {item.id for item in papers if holds(query.root, item)}


DIFFUSION = paper(
    "d",
    "Self-Supervised Diffusion Models for Łojasiewicz Image Synthesis",
    "We train a GAN-free transformer (in C++) on naïve data.\nSchrödinger bridges, GPT‑4 and β-VAE are compared.",
)


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("diffusion", True),
        ("DIFFUSION", True),
        ("diffusio", False),
        ("model", False),
        ("model*", True),
        ("diffusion image", True),
        ("diffusion AND image", True),
        ("diffusion and image", True),
        ("diffusion video", False),
        ("diffusion OR video", True),
        ("video or diffusion", True),
        ("video, diffusion", True),
        ("video, audio", False),
        ("video, or diffusion", True),
        ("video，diffusion", True),
        ('"diffusion models"', True),
        ('"models diffusion"', False),
        ("“diffusion models”", True),
        ("«diffusion models»", True),
        ('"diffusion mod*"', True),
        ('"diffusion mod"*', True),
        ('"diffusion mod"', False),
        # A hyphen is a space, of whatever kind
        ("self-supervised", True),
        ('"self supervised"', True),
        ("self‑supervised", True),
        ("gan", True),
        ("gpt-4", True),
        ('"gpt 4"', True),
        # A phrase neither runs over the end of the title nor over a missing word
        ('"synthesis we"', False),
        ('"naive data schrodinger"', True),
        # Accents and compatibility forms
        ("naive", True),
        ("NAÏVE", True),
        ("Lojasiewicz", True),
        ("schrodinger", True),
        ("ｄｉｆｆｕｓｉｏｎ", True),
        ("β-vae", True),
        ("c++", True),
        ("c", False),
        # Exclusions belong to their alternative
        ("diffusion -video", True),
        ("diffusion -image", False),
        ("-video diffusion", True),
        ("diffusion NOT image", False),
        ("diffusion and not image", False),
        ('diffusion -"image synthesis"', False),
        ("diffusion -imag*", False),
        ("diffusion –image", False),
        ("diffusion -image, transformer", True),
        ("transformer, diffusion -image", True),
        # Operators in quotation marks are words, and so is a lower-case not
        ('"or"', False),
        ('"and"', True),
        ("diffusion not image", False),
        ('"(in C++)"', True),
    ],
)
def test_a_plain_filter_means_what_it_always_meant(text: str, passes: bool) -> None:
    with PaperIndex([DIFFUSION]) as index:
        assert bool(find(index, text)) is passes


def test_a_lower_case_not_is_a_word() -> None:
    said = [paper("n", "Attention is NOT all you need"), paper("a", "Attention is all you need")]
    with PaperIndex(said) as index:
        assert find(index, "attention is not all you need") == {"n"}


def test_an_empty_paper_passes_nothing() -> None:
    with PaperIndex([paper("x", "", "")]) as index:
        assert find(index, "gan") == set()


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_paper_and_any_query_get_along(title: str, name: str, text: str) -> None:
    with PaperIndex([paper("x", title, name, name)]) as index:
        assert index.similar(text, 5) is not None
        try:
            query = parse_query(text)
        except QueryError:
            return
        assert find(index, text) <= {"x"}
        assert len(index.explain(query, "x")) == len(query.terms())


def test_of_two_versions_the_later_counts() -> None:
    old, new = paper("x", "Old Title", version=1), paper("x", "New Title", version=2)
    for given_ in ([old, new], [new, old]):
        with PaperIndex(given_) as index:
            assert len(index) == 1
            assert find(index, "new") == {"x"}
            assert find(index, "old") == set()


def test_an_empty_index_finds_nothing() -> None:
    with PaperIndex([]) as index:
        assert find(index, "gan") == set()
        assert index.similar("gan", 5) == []
        assert index.for_tastes([PAPERS[0]], 5) == []


def test_an_index_is_read_from_many_threads(index: PaperIndex) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: find(index, row[0]), FOUND * 4))
    assert found == [set(ids) for _, ids in FOUND * 4]


def test_closing_gives_the_memory_back() -> None:
    index = PaperIndex(PAPERS)
    index.close()
    index.close()
    with pytest.raises(sqlite3.ProgrammingError):
        find(index, "gan")
    assert len(index) == 0


LIBRARY = (
    paper(
        "d1", "Latent diffusion for images", "Denoising steps produce images from noise.", categories="cs.CV"
    ),
    paper("d2", "Faster denoising", "Fewer diffusion steps with the same images.", categories="cs.CV"),
    paper("d3", "Diffusion for proteins", "Denoising produces structures.", categories="q-bio.QM"),
    paper("g1", "Message passing on graphs", "Graph networks for molecules.", categories="cs.LG"),
    paper("g2", "Deeper graph networks", "Message passing without smoothing.", categories="cs.LG"),
    paper("s1", "Speech recognition", "Transcripts of long talks.", categories="eess.AS"),
    paper("t1", "Twin result", "Wavelets and frames.", categories="cs.IT"),
    paper("t2", "Twin result", "Wavelets and frames.", categories="cs.IT"),
    paper("t3", "Wavelets", "Frames again.", categories="cs.IT"),
)


@pytest.fixture(scope="module")
def library() -> Iterator[PaperIndex]:
    with PaperIndex(reversed(LIBRARY)) as index:
        yield index


def ids(ranking: list[tuple[str, float]]) -> list[str]:
    scores = [score for _, score in ranking]
    assert scores == sorted(scores, reverse=True)
    return [id_ for id_, _ in ranking]


def test_papers_like_a_paper(library: PaperIndex) -> None:
    assert (
        set(ids(library.similar(LIBRARY[0], 3))) == {"d2", "d3"}
        or ids(library.similar(LIBRARY[0], 2))[0] == "d2"
    )
    assert ids(library.similar(LIBRARY[3], 1)) == ["g2"]
    assert "d1" not in ids(library.similar(LIBRARY[0], 9))
    assert library.similar(LIBRARY[0], 0) == []
    stranger = paper("new", "Message passing", "Molecules as graphs.")
    assert ids(library.similar(stranger, 2)) == ["g1", "g2"]


def test_papers_like_a_text(library: PaperIndex) -> None:
    assert ids(library.similar("recognition of SPEECH!", 5)) == ["s1"]
    assert library.similar("unheard words", 5) == []
    assert library.similar("", 5) == []
    assert library.similar('"; DROP TABLE papers --', 5) == []


def test_the_title_says_more_than_the_abstract() -> None:
    papers = [
        paper("x", "Wavelets", "Alpha beta gamma delta"),
        paper("y", "Alpha", "Wavelets beta gamma delta"),
        *(paper(str(n), f"Filler {n}", "Nothing here at all") for n in range(6)),
    ]
    with PaperIndex(papers) as index:
        assert ids(index.similar("wavelets", 5)) == ["x", "y"]


def test_categories_in_common_weigh_a_little() -> None:
    papers = [
        paper("x", "Wavelets", categories="cs.RO"),
        paper("y", "Wavelets", categories="cs.CV"),
        *(paper(str(n), f"Filler {n}", categories="cs.CV") for n in range(9)),
    ]
    with PaperIndex(papers) as index:
        ranking = index.similar(paper("q", "Wavelets", categories="cs.CV"), 5)
    scores = dict(ranking)
    assert scores["y"] == pytest.approx(1.2 * scores["x"])


def test_equal_scores_are_ordered_by_id(library: PaperIndex) -> None:
    ranking = library.similar("twin result", 5)
    assert ids(ranking) == ["t1", "t2"]
    assert ranking[0][1] == ranking[1][1]


def test_papers_for_the_tastes_of_a_reader(library: PaperIndex) -> None:
    saved = [LIBRARY[0], LIBRARY[3]]
    found = ids(library.for_tastes(saved, 9))
    assert set(found[:3]) == {"d2", "d3", "g2"}
    assert not {"d1", "g1", "s1"} & set(found)
    assert "g2" not in ids(library.for_tastes(saved, 9, exclude={"g2"}))
    assert len(library.for_tastes(saved, 1)) == 1
    assert library.for_tastes([], 9) == []
    assert library.for_tastes([*saved, *saved], 9) == library.for_tastes(saved, 9)


@captured
@pytest.mark.parametrize(
    ("like", "nearest"),
    [
        ("13678", "13371"),  # neuro-symbolic methods, and a planner made of them
        ("13697", "13678"),  # a neuro-symbolic machine, and a survey of the field
        ("13675", "13663"),  # knowledge graphs
        ("13157", "13172"),  # analog circuits
        ("13156", "13257"),  # Verilog
        ("13209", "13423"),  # conversational recommenders
        ("13214", "13246"),  # attacks by prompt
        ("13251", "13197"),  # materials
    ],
)
def test_the_papers_that_belong_together_on_a_real_day(day: PaperIndex, like: str, nearest: str) -> None:
    batch = parse_feed(CAPTURE.read_bytes(), "cs.AI")
    (one,) = (item.paper for item in batch.announcements if item.paper.id == f"2508.{like}")
    assert f"2508.{nearest}" in ids(day.similar(one, 3))
