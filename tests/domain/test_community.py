"""Links that may be shown, and papers that were withdrawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.community import MAX_URL, is_withdrawn, web_url


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/example/made-up",
        "http://example.org",
        "https://example.org:8443/a/(b)?q=1&r=%20#top",
        "https://bücher.example/ü",
        "HTTPS://EXAMPLE.org/A",
    ],
)
def test_links_that_may_be_shown(url: str) -> None:
    assert web_url(f" {url}\n") == url


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        ["https://example.org"],
        "",
        "example.org/no-scheme",
        "//example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user@example.org",
        "https://github.com:pass@evil.example/",
        "https://example.org/a b",
        "https://example.org/\nnext",
        "https://example.org/\x00",
        "https://example.org/\ud800",
        "https://example.org/<script>",
        "https://example.org/`code`",
        "https://[::1",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://example.org/" + "a" * MAX_URL,
    ],
)
def test_anything_else_is_no_link(value: object) -> None:
    assert web_url(value) is None


def test_a_link_may_be_tied_to_its_hosts() -> None:
    hosts = frozenset({"github.com"})
    assert web_url("https://GitHub.com/a/b", hosts=hosts) == "https://GitHub.com/a/b"
    assert web_url("https://github.com.evil.example/a/b", hosts=hosts) is None
    assert web_url("https://evil.example/github.com", hosts=hosts) is None


@given(st.text() | st.from_regex(r"https?://[ -~]{0,40}", fullmatch=True))
def test_what_is_a_link_can_be_stored_and_sent(text: str) -> None:
    url = web_url(text)
    if url is not None:
        assert url.lower().startswith(("http://", "https://"))
        assert not set(url) & set(' \n\t<>"`')
        assert len(url.encode()) <= 4 * MAX_URL


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        (
            "This paper has been withdrawn by the author due to a crucial sign error in equation 1",
            "We show x.",
        ),
        ("Withdrawn", ""),
        ("12 pages. This submission has been withdrawn by arXiv administrators", "We show x."),
        ("[withdrawn by the authors]", "We show x."),
        ("the article is withdrawn, see v3", ""),
        (None, "This paper has been withdrawn."),
        (None, "This paper has been withdrawn by the author due to an error in Lemma 2."),
    ],
)
def test_withdrawn_papers_are_recognised(comment: str | None, abstract: str) -> None:
    assert is_withdrawn(comment, abstract)


@pytest.mark.parametrize(
    ("comment", "abstract"),
    [
        (None, "We show x."),
        ("20 pages, 3 figures", "We show x."),
        ("Withdrawn from ICLR 2026, accepted at TMLR", "We show x."),
        ("This paper was withdrawn from a journal", "We show x."),
        ("A study of money withdrawn at cash machines", "We show x."),
        (
            None,
            "We study why researchers retract their work, and collect 400 cases in which a paper was withdrawn.",
        ),
    ],
)
def test_other_papers_are_not(comment: str | None, abstract: str) -> None:
    assert not is_withdrawn(comment, abstract)
