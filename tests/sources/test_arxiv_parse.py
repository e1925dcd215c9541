"""arXiv's daily lists: fixtures written here, real ones where they are at hand, and damaged ones."""

import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.papers import Announcement, AnnounceType, Author, Batch
from bot.sources.arxiv import feed_url, fetch_category, parse_feed, split_names
from bot.sources.errors import BadStatus, Busy, FeedErrorReported, FeedUnreadable, SourceError
from bot.sources.http import Response
from bot.sources.worker import Worker

FIXTURES = Path(__file__).parent / "fixtures"
CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "arxiv_rss"
captured = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")

ATOM = (FIXTURES / "atom_all_types.xml").read_bytes()
RSS = (FIXTURES / "rss_with_bad_items.xml").read_bytes()
QUIET = (FIXTURES / "rss_quiet_day.xml").read_bytes()
FEED_ERROR = (FIXTURES / "rss_feed_error.xml").read_bytes()
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Hello</p></body></html>"


def capture(name: str, category: str) -> Batch:
    return parse_feed((CAPTURES / name).read_bytes(), category)


def by_id(batch: Batch) -> dict[str, Announcement]:
    return {item.paper.id: item for item in batch.announcements}


def types(batch: Batch) -> Counter[str]:
    return Counter(item.type.value for item in batch.announcements)


def test_every_field_of_a_new_paper_is_read() -> None:
    batch = parse_feed(ATOM, "cs.LG")
    item = batch.announcements[0]
    paper = item.paper
    assert (paper.id, paper.version) == ("2603.01001", 1)
    assert paper.title == "Learning 𝒪(n²) Tables: A Gödel & Turing Story"
    assert paper.abstract == (
        "We keep a<b and x < y apart, at 50% of the cost ($5 instead of $7). "
        "Entities such as &lt;b&gt; are read once."
    )
    assert paper.authors == (
        Author("Zoë Example", "Institute of Tables, Basel, Switzerland"),
        Author("Wei (William) Sample"),
        Author("Marko Ružička", "Lab A; Lab B"),
        Author("Collaboration of Examples"),
    )
    assert paper.categories == ("cs.LG", "cs.IT", "math.ST")
    assert paper.primary_category == "cs.LG"
    assert paper.doi == "10.5555/made.up.1"
    assert paper.journal_ref == "Journal of Made-Up Résults 7 (2026) 1–12"
    assert paper.license == "http://creativecommons.org/licenses/by/4.0/"
    assert (item.category, item.type) == ("cs.LG", AnnounceType.NEW)
    assert item.announced_at == datetime(2026, 3, 4, 5, tzinfo=UTC)
    assert batch.built_at == datetime(2026, 3, 4, 5, 0, 7, tzinfo=UTC)
    assert batch.category == "cs.LG"
    assert batch.skipped == ()


def test_all_four_types_are_told_apart() -> None:
    batch = parse_feed(ATOM, "cs.LG")
    assert [
        (i.paper.id, i.paper.version, i.type.value, i.paper.primary_category) for i in batch.announcements
    ] == [
        ("2603.01001", 1, "new", "cs.LG"),
        ("2601.09999", 3, "cross", "hep-ph"),
        ("cs/0601042", 2, "replace", "cs.LG"),
        ("2502.00010", 4, "replace-cross", "eess.SY"),
    ]
    assert batch.announcements[3].paper.categories == ("eess.SY", "cs.LG")


def test_separate_authors_of_atom_are_read() -> None:
    items = by_id(parse_feed(ATOM, "cs.LG"))
    assert [author.name for author in items["2601.09999"].paper.authors] == [
        "First Person",
        "Second, Jr. Person",
    ]
    assert items["cs/0601042"].paper.authors == (Author("Only Author", "Somewhere, University of"),)
    assert items["cs/0601042"].paper.abstract == "It begins with spaces."


def test_bad_entries_are_skipped_and_said() -> None:
    batch = parse_feed(RSS, "cs.CL")
    whole, bare = batch.announcements
    assert whole.paper.title == "Plain and Whole"
    assert whole.paper.authors == (
        Author("Ana Example", "U. of X, ana@x.example, City"),
        Author("Bo Sample"),
    )
    assert (bare.paper.id, bare.paper.version, bare.type) == ("2603.02005", 2, AnnounceType.CROSS)
    assert (bare.paper.categories, bare.paper.authors) == (("cs.CL",), ())
    assert (bare.paper.doi, bare.paper.journal_ref, bare.paper.license) == (None, None, None)
    # Its own date cannot be read; the day's stands in.
    assert bare.announced_at == datetime(2026, 3, 4, 5, tzinfo=UTC)
    assert batch.skipped == (
        "tag:example.org,2026:1: no arXiv id",
        "oai:arXiv.org:2603.02003v1: announce type 'withdrawn' is unknown",
        "oai:arXiv.org:2603.02004v1: no title",
    )


def test_a_quiet_day_is_an_empty_batch() -> None:
    batch = parse_feed(QUIET, "cs.CL")
    assert batch == Batch("cs.CL", (), datetime(2026, 3, 7, 5, 0, 2, tzinfo=UTC), ())


def test_a_feed_about_an_error_is_no_quiet_day() -> None:
    with pytest.raises(FeedErrorReported) as reported:
        parse_feed(FEED_ERROR, "cs.ZZ")
    message = "Bad subject class 'ZZ'. Valid subject classes for the archive 'cs' are: cs.AI, cs.LG"
    assert reported.value.message == message
    assert reported.value.reason == f"arXiv refused the request: {message}."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        LOGIN_PAGE,
        b"Rate exceeded.",
        b'{"error": "no"}',
        b"\xff\xfe\x00\x01",
        b"/etc/passwd",
        b"https://example.org/feed.xml",
        b"<?xml version='1.0'?><opml version='2.0'><body/></opml>",
    ],
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(FeedUnreadable) as refused:
        parse_feed(body, "cs.LG")
    assert refused.value.reason == "arXiv's answer was not a feed that can be read."


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.99])
def test_a_list_cut_short_is_not_believed(kept: float) -> None:
    with pytest.raises(FeedUnreadable):
        parse_feed(ATOM[: int(len(ATOM) * kept)], "cs.LG")


def test_a_stray_character_does_not_spoil_the_day() -> None:
    damaged = ATOM.replace(b"An example.", b"An ex\x0bample & more.", 1)
    assert len(parse_feed(damaged, "cs.LG").announcements) == 4


def test_both_names_of_a_category_are_one() -> None:
    body = RSS.replace(
        b"<category>cs.CL</category>", b"<category>cs.SY</category><category>eess.SY</category>"
    )
    batch = parse_feed(body, "cs.SY")
    paper = batch.announcements[0].paper
    assert batch.category == batch.announcements[0].category == "eess.SY"
    assert (paper.categories, paper.primary_category) == (("eess.SY", "cs.AI"), "eess.SY")


def test_a_new_paper_is_primary_where_it_is_new() -> None:
    """arXiv's `new` means exactly that, whatever the order of the categories."""
    assert parse_feed(RSS, "cs.AI").announcements[0].paper.primary_category == "cs.AI"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A, B", ["A", "B"]),
        ("A (U, City), B (V)", ["A (U, City)", "B (V)"]),
        ("A (U (X, Y), Z), B", ["A (U (X, Y), Z)", "B"]),
        ("A (unclosed, B, C", ["A (unclosed", "B", "C"]),
        ("A), B", ["A)", "B"]),
        (" A ,, \n B ", ["A", "B"]),
        ("", []),
    ],
)
def test_names_are_split_outside_parentheses(text: str, names: list[str]) -> None:
    assert split_names(text) == names


def test_a_very_long_list_of_authors_is_split_at_once() -> None:
    names = [f"A. Author{number} (U, City)" for number in range(30_000)]
    begun = time.process_time()
    assert split_names(", ".join(names)) == names
    assert time.process_time() - begun < 2  # it took ten with a copy for every letter


def test_the_address_of_a_feed() -> None:
    assert feed_url("https://rss.arxiv.org/rss/", "cs.LG") == "https://rss.arxiv.org/rss/cs.LG"
    assert (
        feed_url("http://127.0.0.1:8080/rss", "cond-mat.mtrl-sci")
        == "http://127.0.0.1:8080/rss/cond-mat.mtrl-sci"
    )
    assert feed_url("https://rss.arxiv.org/atom", "a/../b?c") == "https://rss.arxiv.org/atom/a%2F..%2Fb%3Fc"


class Answers:
    """A fetcher with one answer to give."""

    def __init__(self, response: Response | SourceError) -> None:
        self.response = response
        self.asked: list[tuple[str, str | None, str | None, str | None]] = []

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = 0,
        timeout_s: float = 0,
        name: str | None = None,
    ) -> Response:
        self.asked.append((url, etag, last_modified, name))
        if isinstance(self.response, SourceError):
            raise self.response
        return self.response


def answer(status: int, body: bytes = b"", retry_after: float | None = None) -> Answers:
    return Answers(Response(status, body, "text/xml", '"e2"', "later", "http://x/cs.LG", retry_after))


async def test_a_category_is_fetched_with_what_was_said_before() -> None:
    source = answer(200, ATOM)
    fetched = await fetch_category(source, "http://x", "cs.LG", etag='"e1"', last_modified="before")
    assert source.asked == [("http://x/cs.LG", '"e1"', "before", "arXiv")]
    assert fetched.batch == parse_feed(ATOM, "cs.LG")
    assert (fetched.etag, fetched.last_modified, fetched.not_modified) == ('"e2"', "later", False)


async def test_nothing_new_is_not_a_quiet_day() -> None:
    fetched = await fetch_category(answer(304), "http://x", "cs.LG", etag='"e2"')
    assert fetched.not_modified
    assert fetched.batch is None
    assert fetched.etag == '"e2"'


@pytest.mark.parametrize("status", [429, 503])
async def test_arxiv_may_ask_to_wait(status: int) -> None:
    with pytest.raises(Busy) as busy:
        await fetch_category(answer(status, b"Rate exceeded.", 90), "http://x", "cs.LG")
    assert (busy.value.status, busy.value.retry_after) == (status, 90)
    assert busy.value.reason == "arXiv is busy and asks to wait."


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_reported_error_is_one_whatever_the_status(status: int) -> None:
    with pytest.raises(FeedErrorReported):
        await fetch_category(answer(status, FEED_ERROR), "http://x", "cs.LG")


@pytest.mark.parametrize("body", [b"", LOGIN_PAGE, QUIET, ATOM])
@pytest.mark.parametrize("status", [301, 400, 404, 500])
async def test_another_status_is_an_error_whatever_came_with_it(status: int, body: bytes) -> None:
    with pytest.raises(BadStatus) as bad:
        await fetch_category(answer(status, body), "http://x", "cs.LG")
    assert bad.value.status == status
    assert bad.value.reason == f"arXiv answered with an error (HTTP {status})."


async def test_a_login_page_is_not_a_feed() -> None:
    with pytest.raises(FeedUnreadable):
        await fetch_category(answer(200, LOGIN_PAGE), "http://x", "cs.LG")


async def test_a_worker_reads_the_same() -> None:
    async with Worker() as worker:
        fetched = await fetch_category(answer(200, ATOM), "http://x", "cs.LG", worker=worker)
        assert fetched.batch == parse_feed(ATOM, "cs.LG")
        with pytest.raises(FeedErrorReported) as reported:
            await fetch_category(answer(400, FEED_ERROR), "http://x", "cs.ZZ", worker=worker)
        assert "Bad subject class 'ZZ'" in reported.value.message
        with pytest.raises(BadStatus) as bad:
            await fetch_category(answer(500, LOGIN_PAGE), "http://x", "cs.LG", worker=worker)
        assert bad.value.status == 500
        with pytest.raises(FeedUnreadable):
            await fetch_category(answer(200, LOGIN_PAGE), "http://x", "cs.LG", worker=worker)


async def test_a_long_list_takes_no_time_of_the_bots_own() -> None:
    start, end = ATOM.index(b"<entry>"), ATOM.rindex(b"</feed>")
    entries = ATOM[start:end]
    long = (
        ATOM[:start]
        + b"".join(entries.replace(b"2603.01001", b"2603.%05d" % n) for n in range(1, 101))
        + ATOM[end:]
    )
    begun = time.process_time()
    expected = parse_feed(long, "cs.LG")
    alone = time.process_time() - begun
    async with Worker() as worker:
        await fetch_category(answer(200, ATOM), "http://x", "cs.LG", worker=worker)
        begun = time.process_time()
        fetched = await fetch_category(answer(200, long), "http://x", "cs.LG", worker=worker)
        taken = time.process_time() - begun
    assert fetched.batch == expected
    assert len(expected.announcements) == 400
    assert taken < alone / 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "cp037"])
def test_entities_of_its_own_are_no_feed(encoding: str) -> None:
    body = (
        ATOM.decode()
        .replace("<feed", '<!DOCTYPE feed [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><feed', 1)
        .replace("encoding='UTF-8'", f"encoding='{encoding}'")
    )
    with pytest.raises(FeedUnreadable):
        parse_feed(body.encode(encoding), "cs.LG")


@pytest.mark.parametrize("letters", [4_000, 200_000])
def test_a_word_without_end_keeps_nobody_busy(letters: int) -> None:
    body = ATOM.replace(b"A. Person", b"A" * letters)
    if letters < 10_000:
        name = parse_feed(body, "cs.LG").announcements[3].paper.authors[0].name
        assert (len(name), name[-1]) == (1_000, "…")
    else:
        with pytest.raises(FeedUnreadable):
            parse_feed(body, "cs.LG")


def test_what_could_not_be_stored_is_left_out() -> None:
    damaged = RSS.replace(b"Plain and Whole", b"Pl\x00ain &#0;and &#7; Whole" + b"! " * 5_000)
    paper = parse_feed(damaged, "cs.CL").announcements[0].paper
    assert 990 < len(paper.title) <= 1_000
    assert not re.search(r"[\x00-\x08]", paper.title)
    paper.title.encode()
    long = RSS.replace(
        b"<category>cs.CL</category>", b"<category>cs.CL</category><category>cs." + b"L" * 40 + b"</category>"
    )
    assert all(len(name) <= 32 for name in parse_feed(long, "cs.CL").announcements[0].paper.categories)


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(st.sampled_from([ATOM, RSS, QUIET, FEED_ERROR])))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(body)))
        end = min(len(body), at + draw(st.integers(0, 60)))
        body[at:end] = draw(
            st.binary(max_size=12)
            | st.sampled_from(
                [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"</entry>", b"<item>", b"&#0;", b"&x;", b"<a:b/>"]
            )
        )
    return bytes(body)


@given(_damaged())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_raises_source_errors_alone(body: bytes) -> None:
    try:
        batch = parse_feed(body, "cs.LG")
    except SourceError as error:
        assert error.reason.endswith((".", "…"))  # noqa: PT017 - either outcome is fine
    else:
        assert all(item.paper.title and item.paper.categories for item in batch.announcements)


@captured
def test_a_real_day_of_cs_ai() -> None:
    batch = capture("atom_cs.AI_2025-08-20_86entries.xml", "cs.AI")
    assert types(batch) == {"new": 41, "cross": 45}
    assert batch.skipped == ()
    assert batch.built_at == datetime(2025, 8, 20, 4, 0, 19, tzinfo=UTC)
    assert {item.announced_at for item in batch.announcements} == {datetime(2025, 8, 20, 4, tzinfo=UTC)}
    first = batch.announcements[0].paper
    assert (first.id, first.version) == ("2508.13167", 1)
    assert first.categories == ("cs.AI", "cs.CL")
    assert first.license == "http://creativecommons.org/licenses/by-nc-sa/4.0/"
    assert len(first.authors) == 30
    assert first.abstract.startswith("Recent advances in large language models (LLMs)")
    names = {author.name for item in batch.announcements for author in item.paper.authors}
    assert {"Nikola Pižurica", "Igor Jovančević", "Hendrik Kraß", "Anders Søgaard", "Jan Jakubův"} <= names
    assert not [name for name in names if re.search(r"[\\{}$]", name)]
    assert "involuntary jailbreak" in by_id(batch)["2508.13246"].paper.abstract


@captured
def test_on_a_real_day_the_primary_category_comes_first() -> None:
    """The evidence for reading it so: `new` papers begin with the polled category, cross-lists never do."""
    for item in capture("atom_cs.AI_2025-08-20_86entries.xml", "cs.AI").announcements:
        paper = item.paper
        assert paper.primary_category == paper.categories[0]
        assert (paper.primary_category == "cs.AI") == (item.type is AnnounceType.NEW)
        assert "cs.AI" in paper.categories


@captured
def test_rss_and_atom_say_the_same() -> None:
    atom = capture("atom_cs.AI_2025-08-20_86entries.xml", "cs.AI")
    rss = capture("gen_rss_cs.AI_2025-08-20_86items.xml", "cs.AI")
    assert rss.announcements == atom.announcements


@captured
def test_real_dois_journals_and_versions() -> None:
    items = by_id(capture("atom_cs.LG_2026-09-25_trimmed3.xml", "cs.LG"))
    assert [(i.paper.version, i.type.value, i.paper.primary_category) for i in items.values()] == [
        (1, "new", "cs.LG"),
        (3, "cross", "hep-ph"),
        (3, "replace", "cs.LG"),
    ]
    assert items["2609.28553"].paper.doi == "10.1109/MAPR72750.2026.11685822"
    assert items["2609.28553"].paper.journal_ref == (
        "2026 International Conference on Multimedia Analysis and Pattern Recognition (MAPR)"
    )
    assert items["2402.10149"].paper.doi == "10.1103/PhysRevD.111.032004"
    assert items["2401.08875"].paper.doi is None


@captured
def test_real_old_ids_affiliations_and_formulas() -> None:
    batch = capture("gen_atom_mixed_all4types_oldids_affil_latex.xml", "cs.LG")
    assert types(batch) == {"new": 3, "cross": 2, "replace": 2, "replace-cross": 2}
    items = by_id(batch)
    assert items["astro-ph/0601001"].paper.authors == (
        Author("Andrew Gould", "Ohio State"),
        Author("Susan Dorsher", "Ohio State"),
        Author("B. Scott Gaudi", "CfA"),
        Author("Andrzej Udalski", "Warsaw University Observatory"),
    )
    assert items["astro-ph/0601001"].paper.abstract.startswith("We derive the frequencies of hot Jupiters")
    assert "3–5 day periods" in items["astro-ph/0601001"].paper.abstract
    assert (items["quant-ph/0201082"].paper.version, items["quant-ph/0201082"].type.value) == (
        2,
        "replace-cross",
    )
    assert len(items["1707.08567"].paper.authors) == 34
    assert items["1707.08567"].paper.authors[-2].name == "Dirk Wübben"
    assert items["1707.08567"].paper.license is None
    assert items["2104.12255"].paper.title == "0"
    assert "awarded $35,000 in total" in items["2104.12255"].paper.abstract
    assert (
        "the H-mass, defined for atomic measures ∑ᵢ mᵢδ_xᵢ as ∑ᵢ H(mᵢ)" in items["2203.01250"].paper.abstract
    )
    assert items["2203.01250"].paper.journal_ref == (
        "Journal de l'École polytechnique - Mathématiques, Tome 11 (2024), pp. 431-472"
    )


@captured
def test_a_real_rss_channel() -> None:
    batch = capture("rss_cs.AI_2026-04-27_trimmed2.xml", "cs.AI")
    assert [(i.paper.id, i.type.value) for i in batch.announcements] == [
        ("2604.21935", "new"),
        ("2604.21936", "new"),
    ]
    assert (
        "requirements therefore become central: adaptability, the ability"
        in batch.announcements[1].paper.abstract
    )
    assert batch.built_at == datetime(2026, 4, 27, 4, tzinfo=UTC)


@captured
def test_a_real_quiet_day_and_real_errors() -> None:
    quiet = capture("gen_rss_cs.LG_empty_saturday.xml", "cs.LG")
    assert (quiet.announcements, quiet.skipped) == ((), ())
    with pytest.raises(FeedErrorReported, match="Bad archive 'machinelearning'"):
        capture("gen_rss_error400_bad_archive.xml", "machinelearning")
    with pytest.raises(FeedErrorReported, match=r"Unsupported feed version '0\.91'"):
        capture("gen_rss_error400_bad_version.xml", "cs.LG")


@captured
def test_no_capture_is_left_unread() -> None:
    read = set(re.findall(r"[a-z]+_[\w.\-]+\.xml", Path(__file__).read_text()))
    assert {path.name for path in CAPTURES.glob("*.xml")} <= read
