"""Our queries in arXiv's words, and that they mean the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.queries import QueryError, parse_query
from bot.domain.queries.tree import And, Node, Not, Term
from bot.sources.arxiv_query import to_search_query


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("ti:gan", "ti:gan"),
        ("gan", "ti:gan OR abs:gan"),
        ("all:gan", "ti:gan OR abs:gan OR au:gan"),
        ("ti:graph ti:neural", "ti:graph AND ti:neural"),
        ('"graph neural"', 'ti:"graph neural" OR abs:"graph neural"'),
        ("ti:self-supervised", 'ti:"self-supervised"'),
        ("ti:trans*", "ti:trans*"),
        ("au:Müller, ti:gan", "au:Müller OR ti:gan"),
        ("ti:gan -ti:survey", "ti:gan ANDNOT ti:survey"),
        ("ti:gan -(ti:survey OR ti:review)", "ti:gan ANDNOT (ti:survey OR ti:review)"),
        ("ti:a -ti:b -abs:c", "ti:a ANDNOT (ti:b OR abs:c)"),
        ("ti:a (ti:b OR NOT ti:c)", "ti:a ANDNOT (ti:c ANDNOT ti:b)"),
        ("(ti:a OR ti:b) (ti:c OR ti:d)", "(ti:a OR ti:b) AND (ti:c OR ti:d)"),
        ("cat:cs.LG", "cat:cs.LG"),
        ("cat:cs.SY", "cat:eess.SY OR cat:cs.SY"),
        ("cat:cs", "cat:cs OR cat:cs.*"),
        ("ti:a cat:hep-th", "ti:a AND (cat:hep-th OR cat:hep-th.*)"),
        ('ti:"a ) OR (b"', 'ti:"a ) OR (b"'),
    ],
)
def test_queries_in_arxivs_words(typed: str, asked: str) -> None:
    assert to_search_query(parse_query(typed)) == asked


LETTERS = "pqrst"
QUERIES = st.recursive(
    st.sampled_from([f"ti:{letter}" for letter in LETTERS]),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR", "AND NOT"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=6,
)


@given(QUERIES, st.sets(st.sampled_from(LETTERS)))
def test_they_mean_the_same(typed: str, title: set[str]) -> None:
    """Over every title made of five words: arXiv's ANDNOT is Python's `and not`."""
    try:
        query = parse_query(typed)
    except QueryError:
        return  # nesting past its limits, or pure exclusion
    asked = to_search_query(query)
    python = re.sub(r"ti:(\w)", lambda match: str(match[1] in title), asked)
    python = python.replace("ANDNOT", "and not").replace("AND", "and").replace("OR", "or")
    assert eval(python) is _holds(query.root, title)  # noqa: S307 - of words we made ourselves


def _holds(node: Node, title: set[str]) -> bool:
    if isinstance(node, Term):
        return node.text in title
    if isinstance(node, Not):
        return not _holds(node.of, title)
    return (all if isinstance(node, And) else any)(_holds(part, title) for part in node.of)
