import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.digests import Digest, Rendered, Selection
from bot.domain.feeds import MAX_LIMIT, Candidate, Feed, FeedPlan, FeedState, Style
from bot.domain.outbox import Action
from bot.domain.papers import THANKS, AnnounceType, Author, Paper
from bot.domain.schedule import WEEKDAYS, Schedule
from cogs.ui.papers import authors, day_title, marker, paper_block, render_digest

NOW = datetime(2026, 1, 2, 8, 0, tzinfo=UTC)


def paper(
    title: str = "A title",
    *,
    id_: str = "2601.00001",
    names: tuple[str, ...] = ("Ada Lovelace",),
    abstract: str = "It works.",
    category: str = "cs.LG",
    type_: AnnounceType = AnnounceType.NEW,
) -> Candidate:
    written = tuple(Author(name) for name in names)
    return Candidate(Paper(id_, 1, title, abstract, written, (category,), category), type_, NOW)


def digest(
    shown: list[Candidate],
    overflow: int = 0,
    *,
    style: Style = Style.DIGEST,
    categories: tuple[str, ...] = ("cs.LG",),
    query: str = "",
    zone: str = "UTC",
) -> Digest:
    plan = FeedPlan(1, 2, categories, query, style, 25, Schedule(time(9), zone, WEEKDAYS))
    feed = Feed(7, 3, plan, FeedState.ACTIVE, None, NOW, NOW, NOW, NOW, None)
    return Digest(feed, NOW, Selection(tuple(shown), (paper(id_="2601.99999"),) * overflow))


def components(message: Rendered) -> Iterator[dict[str, Any]]:
    body = message.payload.get("message", message.payload)
    waiting = list(body.get("components", ()))  # none where a thread is opened
    while waiting:
        node = waiting.pop(0)
        yield node
        accessory = [node["accessory"]] if "accessory" in node else []
        waiting = [*node.get("components", []), *accessory, *waiting]


def text(message: Rendered) -> str:
    return "\n".join(node["content"] for node in components(message) if "content" in node)


def whole(messages: list[Rendered]) -> str:
    return "\n".join(map(text, messages))


NASTY = st.sampled_from(
    [
        "*",
        "_",
        "@everyone",
        "<@123>",
        "[x](https://evil)",
        "# ",
        "`",
        "|",
        "\\",
        "word ",
        "é",
        "\n",
        "𝒪",
        ":a:",
    ]
)
WORDS = st.lists(st.one_of(NASTY, st.text(max_size=20)), max_size=60).map("".join)
CATEGORIES = st.sampled_from(
    ["cs.LG", "cs.AI", "cond-mat.mtrl-sci", "physics.flu-dyn", "math-ph", "q-bio.NC"]
)
PAPERS = st.builds(
    paper,
    WORDS,
    id_=st.sampled_from(["2601.00001", "0704.0001", "quant-ph/0201082"]),
    names=st.lists(st.one_of(st.text(max_size=80), NASTY), max_size=8).map(tuple),
    abstract=WORDS,
    category=CATEGORIES,
    type_=st.sampled_from(AnnounceType),
)
WORST = paper(
    "*" * 250,
    id_="cond-mat/0201082",
    names=("_" * 80,) * 3000,
    abstract="`" * 400,
    category="cond-mat.mtrl-sci",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(PAPERS, min_size=1, max_size=MAX_LIMIT),
    st.integers(0, 2000),
    st.sampled_from(Style),
    st.lists(CATEGORIES, min_size=1, max_size=20),
    st.one_of(st.just(""), st.text(max_size=300)),
)
@example([WORST] * 25, 1975, Style.DIGEST, ["cond-mat.mtrl-sci"] * 20, "*" * 300)
@example([WORST] * 25, 1975, Style.EACH, ["cond-mat.mtrl-sci"] * 20, "*" * 300)
@example([paper()] * 25, 0, Style.DIGEST, ["cs.LG"], "")
def test_every_message_is_within_discords_limits(
    shown: list[Candidate], overflow: int, style: Style, categories: list[str], query: str
) -> None:
    whole_day = digest(shown, overflow, style=style, categories=tuple(categories), query=query)
    messages = render_digest(whole_day)
    assert [m.payload for m in messages if m.action is Action.THREAD] == (
        [{"name": day_title(whole_day), "auto_archive_duration": 4320}] if style is Style.THREAD else []
    )
    messages = [message for message in messages if message.action is not Action.THREAD]
    for message in messages:
        parts = list(components(message))
        assert len(parts) <= 40
        assert sum(len(part.get("content", "")) for part in parts) <= 4000
        assert all(part["content"] for part in parts if part["type"] == 10)
        assert message.payload["flags"] == 1 << 15
        assert message.payload["allowed_mentions"] == {"parse": []}
        assert message.marker in text(message).splitlines()
    # Each paper stands there once, in order, and each marker is another one.
    assert len(re.findall(r"^### ", whole(messages), re.MULTILINE)) == len(shown)
    assert len({message.marker for message in messages}) == len(messages)
    assert THANKS in text(messages[-1])
    assert not re.search(r"@(?!\u200b)", whole(messages))


def test_one_message_can_be_full_to_the_brim() -> None:
    """Heading, papers, overflow line and footer together."""
    for length in range(1, 220, 3):
        papers = [paper("t" * length)] * 9
        whole_day = digest(papers, 1975, categories=("cond-mat.mtrl-sci",) * 20, query="*" * 300)
        for message in render_digest(whole_day):
            assert sum(len(part.get("content", "")) for part in components(message)) <= 4000


def test_room_is_used() -> None:
    """An ordinary digest of ten takes two messages, not three."""
    ordinary = paper("t" * 90, names=("Ada Lovelace", "Grace Hopper", "Alan Turing"), abstract="a" * 160)
    assert len(render_digest(digest([ordinary] * 10, 31))) == 2


@pytest.mark.parametrize(
    "title",
    [
        "x](https://evil.example) [y",
        "[x](https://evil.example)",
        "@everyone",
        "@here <@123> <@&5> <#1>",
        "# heading",
        "https://evil.example/page",
        "||spoiler|| **bold** `code`",
        "<https://evil.example>",
    ],
)
def test_a_title_stays_plain_text(title: str) -> None:
    block = paper_block(paper(title, abstract=title, names=(title,)))
    # The only links are our own three, and no title is inside one.
    links = re.findall(r"(?<!\\)\[([^\]]*)\]\(([^)]*)\)", block)
    assert [words for words, _ in links] == ["Abstract", "PDF", "HTML"]
    assert all(address.startswith("https://arxiv.org/") for _, address in links)
    rest = block.replace("https://arxiv.org/", "")
    assert "://" not in rest
    assert not re.search(r"@(?!\u200b)|(?<!\\)<|(?<!\\)\|\|", rest)
    # A heading is only what we make one.
    assert len(re.findall(r"^#+ ", block, re.MULTILINE)) == 1
    # What a person reads is the title.
    shown = block.splitlines()[0].removeprefix("### ")
    assert re.sub(r"\\(?=[\\*_~|`\[\]<>#])", "", shown).replace("\u200b", "") == title


def test_a_paper_in_a_few_lines() -> None:
    block = paper_block(paper("On Bars", names=("A", "B", "C", "D"), abstract="We try. We fail."))
    assert block == (
        "### On Bars\n"
        "A, B, C + 1 · `cs.LG`\n"
        "We try.\n"
        "[Abstract](https://arxiv.org/abs/2601.00001) · [PDF](https://arxiv.org/pdf/2601.00001) · "
        "[HTML](https://arxiv.org/html/2601.00001)"
    )


def test_a_paper_without_authors_or_abstract_leaves_no_empty_line() -> None:
    assert paper_block(paper("On Bars", names=(), abstract="")).splitlines()[:2] == ["### On Bars", "`cs.LG`"]


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, ""), (1, "N0"), (3, "N0, N1, N2"), (4, "N0, N1, N2 + 1"), (15, "N0, N1, N2 + 12")],
)
def test_first_authors(count: int, words: str) -> None:
    assert authors(tuple(Author(f"N{number}") for number in range(count))) == words


def test_three_thousand_authors_are_a_short_line() -> None:
    line = authors((Author("A Collaboration With A Very Long Name " * 4),) * 3000)
    assert line.endswith("+ 2997")
    assert len(line) < 200


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (AnnounceType.CROSS, "cross-list"),
        (AnnounceType.REPLACE, "new version"),
        (AnnounceType.REPLACE_CROSS, "new version, cross-list"),
    ],
)
def test_the_announce_type_is_said_when_it_is_not_new(type_: AnnounceType, words: str) -> None:
    assert f"`cs.LG` · {words}\n" in paper_block(paper(type_=type_))


def test_new_is_not_said() -> None:
    assert "Ada Lovelace · `cs.LG`\n" in paper_block(paper())


def test_overflow_is_said_with_the_way_to_it() -> None:
    messages = render_digest(digest([paper()] * 10, 31, categories=("cs.LG", "math-ph")))
    assert "## 41 new papers\n-# cs.LG, math-ph · 10 shown, 31 more" in text(messages[0])
    assert (
        "**31 more new papers** not shown. All of them at arXiv: [cs.LG](https://arxiv.org/list/cs.LG/new) · "
        "[math-ph](https://arxiv.org/list/math-ph/new)"
    ) in text(messages[-1])
    assert "not shown" not in whole(messages[:-1])


def test_without_overflow_nothing_is_said_of_it() -> None:
    said = whole(render_digest(digest([paper()] * 2)))
    assert said.startswith("## 2 new papers\n-# cs.LG\n")
    assert "not shown" not in said


def test_one_paper_is_no_plural() -> None:
    assert "## 1 new paper\n" in whole(render_digest(digest([paper()])))


def test_a_filter_stands_in_the_heading() -> None:
    said = whole(render_digest(digest([paper()], query='"flow matching" OR *gan*')))
    assert r'-# cs.LG · "flow matching" OR \*gan\*' in said


def test_each_paper_has_its_own_message() -> None:
    messages = render_digest(digest([paper(f"Paper {n}") for n in range(3)], 4, style=Style.EACH))
    assert [re.findall(r"^### (.*)$", text(m), re.MULTILINE) for m in messages] == [
        ["Paper 0"],
        ["Paper 1"],
        ["Paper 2"],
    ]
    assert "## 7 new papers" in text(messages[0])
    assert "4 more new papers" in text(messages[2])


def test_the_marker_holds_the_local_date() -> None:
    late = digest([paper()], zone="Pacific/Auckland")
    night = Digest(late.feed, datetime(2026, 1, 2, 20, 0, tzinfo=UTC), late.selection)
    assert marker(night, 1, 2) == "-# Feed 3 · 2026-01-03 · 1 of 2"


def test_rendering_is_repeatable() -> None:
    """A retry must be byte-identical, or its nonce is taken for another message's."""
    same = digest([paper(f"Paper {n}") for n in range(20)], 5)
    assert render_digest(same) == render_digest(same)
