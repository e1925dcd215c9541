"""The query language: what is understood, how it is said back, and how a mistake is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.queries import (
    MAX_LENGTH,
    MAX_TERMS,
    Field,
    Leaf,
    Query,
    QueryError,
    Term,
    archives,
    fold,
    parse_query,
    point_at,
    stored_query,
)
from bot.domain.queries.building import _Builder, grammar
from tests.domain.query_table import FOUND, malformed

MALFORMED = list(malformed())


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("gan", "gan"),
        ("  gan   vae ", "gan AND vae"),
        ("gan, vae", "gan OR vae"),
        ("gan image OR video", "gan AND image OR video"),
        ("(gan OR vae) image", "(gan OR vae) AND image"),
        ("-survey gan", "gan NOT survey"),
        ("gan AND NOT survey and not review", "gan NOT survey NOT review"),
        ("gan GAN gan", "gan"),
        ("gan, (GAN OR vae)", "gan OR vae"),
        ("ti:(a b)", "ti:a AND ti:b"),
        ("TI:Gan", "ti:Gan"),
        ('ti:"Graph   Neural"', 'ti:"Graph Neural"'),
        ('"gan"', "gan"),
        ('"or"', '"or"'),
        ('"ti:x"', '"ti:x"'),
        ('"mod*"', "mod*"),
        ('"diffusion mod"*', '"diffusion mod"*'),
        ("~x", '"~x"'),
        ("cat:CS.lg", "cat:cs.LG"),
        ("cat:cs.*", "cat:cs"),
        ("cat:Cond-Mat.Str-El", "cat:cond-mat.str-el"),
        ("NOT (NOT gan)", "gan"),
        ("gan -(a, b)", "gan NOT (a OR b)"),
        ("gan (a OR NOT b)", "gan AND (a OR NOT b)"),
        ("a\u0000b\u200bc", '"a bc"'),
    ],
)
def test_the_canonical_text(text: str, canonical: str) -> None:
    query = parse_query(text)
    assert query.text == canonical
    assert parse_query(canonical) == query


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gan", "papers mentioning “gan”"),
        ("gan vae", "papers mentioning “gan” and “vae”"),
        ("gan, vae, rl", "papers mentioning “gan”, “vae” or “rl”"),
        ("trans*", "papers mentioning “trans…”"),
        (
            "ti:graph au:Kipf -survey",
            "papers with “graph” in the title and by an author named “Kipf”, but not “survey”",
        ),
        ("au:(ho chen)", "papers by authors named “ho” and “chen”"),
        ("au:(ho OR chen)", "papers by an author named “ho” or “chen”"),
        ("cat:cs.LG OR cat:stat", "papers in cs.LG or the stat archive"),
        ("all:kipf", "papers with “kipf” in the title, abstract or authors"),
        ('abs:"we release"', "papers with “we release” in the abstract"),
        (
            "(gan OR vae) cat:cs.LG -survey -cat:cs.CV",
            "papers mentioning either “gan” or “vae”, and in cs.LG, but not “survey”, and not in cs.CV",
        ),
        ("gan image, video", "papers mentioning “gan” and “image”, or mentioning “video”"),
        ("gan -image, video", "papers mentioning “gan”, but not “image”; or mentioning “video”"),
        ("a (b OR ti:c)", "papers mentioning “a”, and either mentioning “b” or with “c” in the title"),
        ("a -(b c)", "papers mentioning “a”, but not (mentioning “b” and “c”)"),
        ("ti:a OR au:b", "papers with “a” in the title or by an author named “b”"),
    ],
)
def test_the_reading_in_english(text: str, said: str) -> None:
    assert parse_query(text).words() == said


def test_the_leaves_say_what_is_wanted() -> None:
    query = parse_query('ti:graph -survey "x y" (a OR NOT b) NOT (c -d) ti:graph')
    assert query.terms() == (
        Leaf(Term(Field.TITLE, "graph"), wanted=True),
        Leaf(Term(Field.TEXT, "x y"), wanted=True),
        Leaf(Term(Field.TEXT, "a"), wanted=True),
        Leaf(Term(Field.TEXT, "b"), wanted=False),
        Leaf(Term(Field.TEXT, "survey"), wanted=False),
        Leaf(Term(Field.TEXT, "c"), wanted=False),
        Leaf(Term(Field.TEXT, "d"), wanted=True),
    )


def test_the_categories_that_are_named() -> None:
    assert parse_query("cat:cs.lg OR cat:stat -cat:cs.CV cat:cs.LG").categories() == (
        "cs.LG",
        "stat",
        "cs.CV",
    )
    assert parse_query("gan").categories() == ()


def test_a_category_belongs_to_the_archives_of_all_its_names() -> None:
    assert archives("cs.LG") == {"cs"}
    assert archives("eess.SY") == {"eess", "cs"}
    assert archives("math-ph") == {"math-ph", "math"}


def test_equal_queries_are_equal() -> None:
    assert parse_query("gan, vae") == parse_query("gan OR vae")
    assert hash(parse_query("gan  vae")) == hash(parse_query("(gan) AND vae"))
    assert parse_query("ti:(a b)") == parse_query("ti:a ti:b")
    assert parse_query("gan") != parse_query("ti:gan")


def test_there_are_enough_malformed_queries() -> None:
    assert len({text for text, _, _ in MALFORMED}) == len(MALFORMED) >= 300


@pytest.mark.parametrize(("text", "place", "says"), MALFORMED)
def test_a_malformed_query_is_refused_where_it_is_wrong(text: str, place: int, says: str) -> None:
    with pytest.raises(QueryError) as refusal:
        parse_query(text)
    error = refusal.value
    assert says in error.sentence
    assert error.place == place
    assert error.sentence[0].isupper()
    assert error.message == f"{error.sentence}.\n```\n{point_at(text, place)}\n```"
    assert len(error.message) < 350


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at least one word"),
        (" \n\u3000", "at least one word"),
        ("x" * (MAX_LENGTH + 1), f"at most {MAX_LENGTH} characters, and this one has 501"),
        (",".join(f"~{i:09}" for i in range(40)), "written out, this query has 636 characters"),
    ],
)
def test_a_query_that_is_wrong_as_a_whole(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says) as refusal:
        parse_query(text)
    assert refusal.value.place is None
    assert refusal.value.message == f"{refusal.value.sentence}."


def test_the_most_terms_a_query_may_have() -> None:
    text = " ".join(map(str, range(MAX_TERMS)))
    assert len(parse_query(text).terms()) == MAX_TERMS
    with pytest.raises(QueryError, match=f"at most {MAX_TERMS} words") as refusal:
        parse_query(f"{text} z")
    assert refusal.value.place == len(text) + 1


def test_a_stored_query_of_the_first_language_still_counts() -> None:
    """Its 300 characters held up to 150 words, and could become longer when written out."""
    words = [f"{first}{second}" for first in "abcdefghij" for second in "0123456789"]
    longest = " ".join(map(chr, range(0x4E00, 0x4E00 + 150)))
    for text in (" ".join(words), ",".join(words), longest, ",".join(f"~{i:09}" for i in range(27))):
        assert len(text) <= 300
        query = stored_query(text)
        assert query.words()
        assert query.fts()
        assert stored_query(query.text) == query
    assert stored_query("gan, vae") == parse_query("gan, vae")
    with pytest.raises(QueryError, match="Close the parenthesis"):
        stored_query("(gan")


def test_parentheses_at_their_deepest() -> None:
    assert parse_query("((((((((gan))))))))") == parse_query("gan")


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [
        ('ti:"graph neural', 3, 'ti:"graph neural\n   ▲'),
        ("gan OR", 6, "gan OR\n      ▲"),
        ("深度 )", 3, "深度 )\n　　 ▲"),
        ("e\u0301a )", 4, "e\u0301a )\n   ▲"),
        ("a\u202eb\n`` )", 7, "ab '' )\n      ▲"),
        ("x" * 40 + ")" + "y" * 40, 40, "…" + "x" * 28 + ")" + "y" * 15 + "…\n" + " " * 29 + "▲"),
    ],
)
def test_the_mark_stands_under_its_place(text: str, place: int, shown: str) -> None:
    assert point_at(text, place) == shown


def test_a_message_cannot_break_out_of_its_code_block() -> None:
    with pytest.raises(QueryError) as refusal:
        parse_query("gan; ```@everyone")
    assert refusal.value.message.count("```") == 2


@pytest.mark.parametrize("beyond", ["t0~2", "t0^2", "/t0/", "[t0 TO t0]", '"t0"~3', ">t0", "+t0"])
def test_luqums_other_operators_have_no_meaning(beyond: str) -> None:
    with pytest.raises(QueryError, match="cannot be read"):
        _Builder("as typed", [])._node(grammar(beyond, "as typed"), Field.TEXT)


@pytest.mark.parametrize("broken", ["t0 AND", "(t0", "t0)", "ti: AND", "\\", '"'])
def test_luqums_errors_stay_inside(broken: str) -> None:
    with pytest.raises(QueryError, match="cannot be read"):
        grammar(broken, "as typed")


@pytest.mark.parametrize(
    "word", ["gan", "graph neural", "c++", 'x" OR title : "y', "x*", "x) OR (y", "^x", "NEAR(x y)"]
)
def test_no_word_reaches_fts_unquoted(word: str) -> None:
    words = fold(word)
    assert Term(Field.TITLE, word).fts() == f'{{title}} : "{words}"'
    assert '"' not in words


_QUERY_LIKE = st.text('ab xté-*",():ORANDNOTticus.“”`~^/\\[]|;+#_\n', max_size=40)
_WORD = st.from_regex(r"[a-zé]{2,6}(-[a-z]{2,4})?", fullmatch=True)
_TERM = st.tuples(
    st.sampled_from(["", "", "", "ti:", "abs:", "au:", "all: "]),
    st.one_of(_WORD, _WORD.map("{}*".format), st.builds('"{} {}"'.format, _WORD, _WORD)),
).map("".join)
_LEAF = st.one_of(_TERM, st.sampled_from(["cat:cs.LG", "cat:stat", "cat:cs.*", "C++", '"or"', "~x"]))
_VALID = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.lists(
            st.tuples(st.sampled_from([" ", " AND ", " OR ", ", ", " NOT ", " -"]), inner),
            min_size=1,
            max_size=3,
        ).flatmap(lambda rest: inner.map(lambda first: first + "".join(map("".join, rest)))),
        inner.map("({})".format),
        inner.map("(gan -({}))".format),
    ),
    max_leaves=12,
)


def _parse(text: str) -> Query | None:
    """Parse, letting through no exception but the one that is meant."""
    try:
        return parse_query(text)
    except QueryError as error:
        assert error.message.startswith(f"{error.sentence}.")  # noqa: PT017
        return None


@given(st.one_of(_VALID, _QUERY_LIKE, st.text(max_size=60), st.text(st.characters(), max_size=20)))
def test_any_text_is_refused_or_survives_being_written(text: str) -> None:
    query = _parse(text)
    if query is None:
        return
    again = parse_query(query.text)
    assert again == query
    assert again.text == query.text
    assert again.words() == query.words()
    assert again.fts() == query.fts()
    assert query.terms()
    query.text.encode()


@given(_VALID)
def test_what_follows_the_grammar_is_understood(text: str) -> None:
    query = _parse(text)
    # Only these three limits can stand against it.
    if query is None:
        with pytest.raises(QueryError, match=r"Say what to look for|inside each other|Leave out"):
            parse_query(text)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_query_of_the_table_is_said_in_words() -> None:
    said = {text: parse_query(text).words() for text, _ in FOUND}
    assert all(words.startswith("papers ") for words in said.values())
    assert all(
        f"“{leaf.term.text}" in said[text] or leaf.term.text in said[text]
        for text in said
        for leaf in parse_query(text).terms()
    )
