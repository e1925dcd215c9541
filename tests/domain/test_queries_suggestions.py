"""What is offered while a query is being typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.queries import QueryError, parse_query, suggest
from bot.domain.queries.suggestions import EXAMPLES


def values(text: str) -> list[str]:
    return [value for value, _ in suggest(text)]


def test_nothing_typed_offers_examples() -> None:
    assert values("") == values("  ") == [query for query, _ in EXAMPLES]
    assert 'ti:diffusion AND abs:"text to image" NOT survey' in values("")
    assert suggest("")[0][1] == 'Pictures from text: ti:diffusion AND abs:"text to image" NOT survey'
    assert len(EXAMPLES) >= 12


def test_every_example_is_a_query_in_its_own_right() -> None:
    assert len({parse_query(query) for query, _ in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("gan", ("gan", "papers mentioning “gan”")),
        ("ti:gan -survey", ("ti:gan -survey", "papers with “gan” in the title, but not “survey”")),
        ('ti:"graph neu', ('ti:"graph neu"', "papers with “graph neu” in the title")),
        ("“graph neu", ('“graph neu"', "papers mentioning “graph neu”")),
        ("(gan OR vae", ("(gan OR vae)", "papers mentioning “gan” or “vae”")),
        ('ti:(gan OR "vae', ('ti:(gan OR "vae")', "papers with “gan” or “vae” in the title")),
        ('("a (b', ('("a (b")', "papers mentioning “a (b”")),
        ("gan NOT", ("gan NOT survey", "papers mentioning “gan”, but not “survey”")),
        ("(gan OR", ("(gan OR survey)", "papers mentioning “gan” or “survey”")),
        ("cat:", ("cat:cs.LG", "cat:cs.LG · Machine Learning")),
        ("gan cat:cs.r", ("gan cat:cs.RO", "cat:cs.RO · Robotics")),
        ("cat:robot", ("cat:robot", "papers in the robot archive")),
        ("ti:", ("ti:diffusion", "papers with “diffusion” in the title")),
        ("ti:g*", ("ti:g*", "✗ Put at least two letters directly before the *, such as gan*")),
        ("gan)", ("gan)", "✗ Open a parenthesis before this one closes it, or take it away")),
    ],
)
def test_the_first_offer(typed: str, first: tuple[str, str]) -> None:
    assert suggest(typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("diff", ["ti:diff", "abs:diff", "au:diff", "diff*", "diff NOT survey", "diff AND cat:cs.LG"]),
        ("gan diff", ["gan ti:diff", "gan diff*", "gan diff NOT survey"]),
        ("(gan diff", ["(gan diff)", "(gan ti:diff)", "(gan diff) NOT survey"]),
        ("ti:diff", ["ti:diff", "ti:diff*", "ti:diff NOT survey"]),
        ("cat", ["cat:cs.LG", "cat:cs.CL", "ti:cat", "cat*"]),
        ("gan OR diff", ["(gan OR diff) NOT survey", "(gan OR diff) AND cat:cs.LG", "gan OR ti:diff"]),
        ("author", ["au:bengio", "au:author"]),
        ("cat:robot", ["cat:cs.RO"]),
        ("cat:cs.", ["cat:cs.LG", "cat:cs.CL", "cat:cs.CV"]),
        ("gan -cat:c", ["gan -cat:cs.LG", "gan -cat:cs"]),
        ("gan,", ["gan, survey", 'gan, "language model*"']),
    ],
)
def test_among_the_offers(typed: str, offered: list[str]) -> None:
    assert set(offered) <= set(values(typed))


def test_too_long_for_a_choice() -> None:
    assert suggest("x" * 101) == []
    assert values("x" * 100) == ["x" * 100]
    assert suggest("x" * 100)[0][1].endswith("…")


@given(
    st.one_of(
        st.text('abtius:.()"“*-, ORANDNOTcat:', max_size=30),
        st.text(max_size=30),
        st.sampled_from(["x", "gan"]).flatmap(
            lambda word: st.integers(90, 101).map(lambda n: (word * n)[:n])
        ),
    )
)
def test_every_offer_fits_and_is_valid_or_says_why_not(typed: str) -> None:
    offers = suggest(typed)
    assert len(offers) <= 25
    assert len({value for value, _ in offers}) == len(offers)
    assert bool(offers) == (len(typed.strip()) <= 100)
    for value, label in offers:
        assert 1 <= len(value) <= 100
        assert 1 <= len(label) <= 100
        if label.startswith("✗ "):
            with pytest.raises(QueryError):
                parse_query(value)
            assert len(offers) == 1
        else:
            parse_query(value)
