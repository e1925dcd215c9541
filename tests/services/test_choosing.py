"""Which papers a feed chooses: its query, its order, and an index that serves more than one feed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.feeds import Candidate, FeedPlan, Order, PaperOptions
from bot.domain.papers import AnnounceType
from bot.domain.queries import parse_query
from bot.services import choosing
from bot.services.choosing import Chooser
from bot.storage import papers
from bot.storage.paper_index import PaperIndex
from bot.storage.tables import members, paper_signals, paper_votes, saved_papers
from tests.support.fakes import Item, batch, paper, plan

if TYPE_CHECKING:
    from tests.services.conftest import Desk

NOW = datetime(2026, 1, 6, 9, tzinfo=UTC)
TITLES = {
    "2601.00001": "Diffusion of heat",
    "2601.00002": "A survey of diffusion",
    "2601.00003": "Graphs and molecules",
    "2601.00004": "Message passing on graphs",
    "2601.00005": "Speech",
}


def candidate(id_: str, title: str = "", version: int = 1) -> Candidate:
    made = replace(paper(id_, title=title or TITLES[id_]), version=version)
    return Candidate(made, AnnounceType.NEW, NOW)


ALL = [candidate(id_) for id_ in TITLES]


def ordered(order: Order, **choices: Any) -> FeedPlan:
    return replace(plan(**choices), options=PaperOptions(order=order))


async def chosen(chooser: Chooser, wanted: FeedPlan, listed: list[Candidate] = ALL) -> list[str]:
    selection = await chooser.choose(wanted, listed)
    return [each.paper.id[-1] for each in (*selection.shown, *selection.overflow)]


async def test_a_query_finds_what_the_language_means(desk: "Desk") -> None:
    with Chooser(desk.db) as chooser:
        for query, ids in (
            ("", "54321"),
            ("diffusion", "21"),
            ("diffusion NOT survey", "1"),
            ("ti:(graph* OR speech)", "543"),
            ("cat:cs.LG", "54321"),
            ("unheard", ""),
        ):
            assert (query, "".join(await chosen(chooser, plan(query=query)))) == (query, ids)


async def test_papers_are_indexed_once_for_all_feeds(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counting(PaperIndex):
        def __init__(self, given: object) -> None:
            listed = list(given)  # type: ignore[call-overload]
            made.append(len(listed))
            super().__init__(listed)

    monkeypatch.setattr(choosing, "PaperIndex", Counting)
    with Chooser(desk.db) as chooser:
        await chosen(chooser, plan(query="diffusion"), ALL[:3])
        await chosen(chooser, plan(query="graph*"), ALL[:3])
        await chosen(chooser, plan(query="graph*"), ALL)
        assert made == [3, 2]
        # A new version is another text; the one before stays what it was.
        newer = [candidate("2601.00003", "Wavelets", 2), *ALL[3:]]
        assert await chosen(chooser, plan(query="wavelets"), newer) == ["3"]
        assert await chosen(chooser, plan(query="wavelets"), ALL) == []
        assert made == [3, 2, 1]


async def test_an_index_that_grows_too_large_is_made_anew(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_MOST_PARTS", 2)
    with Chooser(desk.db) as chooser:
        for one in ALL:
            assert await chosen(chooser, plan(query="cat:cs.LG"), [one]) == [one.paper.id[-1]]
        assert len(chooser._parts) <= 2
        assert await chosen(chooser, plan(query="graphs"), ALL) == ["4", "3"]
        assert len(chooser._parts) <= 2
    monkeypatch.setattr(choosing, "_MOST_PAPERS", 3)
    with Chooser(desk.db) as chooser:
        await chosen(chooser, plan(query="graphs"), ALL[:2])
        assert await chosen(chooser, plan(query="graphs"), ALL) == ["4", "3"]
        assert len(chooser._parts) == 1


async def test_lists_are_looked_through_ahead_once(desk: "Desk") -> None:
    later = NOW + timedelta(hours=1)
    with Chooser(desk.db) as chooser:
        assert not chooser.is_ready(plan(query="gan"), NOW)
        assert chooser.is_ready(plan(query="vae", channel_id=2), NOW)
        assert chooser.is_ready(plan(query="vae"), later)
        assert not chooser.is_ready(plan(query="vae"), NOW - timedelta(hours=1))
        assert not chooser.is_ready(plan(query="vae", categories=("cs.CV",)), NOW)
        # What comes first there has to be worked out for each feed.
        assert not chooser.is_ready(ordered(Order.SERVER), later)
        assert not chooser.is_ready(ordered(Order.SERVER), later)


async def test_the_most_upvoted_come_first(desk: "Desk") -> None:
    async with desk.db.write() as tx:
        rows = [
            {"paper_id": id_, "upvotes": votes, "updated_at": NOW}
            for id_, votes in (("2601.00001", 3), ("2601.00003", 40), ("2601.00004", 0))
        ]
        await tx.execute(paper_signals.insert(), rows)
    with Chooser(desk.db) as chooser:
        assert "".join(await chosen(chooser, ordered(Order.UPVOTES))) == "31542"
        assert "".join(await chosen(chooser, ordered(Order.UPVOTES, query="diffusion"))) == "12"


async def test_what_is_like_the_saved_papers_comes_first(desk: "Desk") -> None:
    liked = paper("2501.00001", title="Graphs, message passing and molecules")
    other = paper("2501.00002", title="Speech, speech, speech")
    async with desk.db.write() as tx:
        await papers.store(tx, batch("cs.LG", liked, other), NOW - timedelta(days=9))
        await tx.execute(members.insert().values(id=7))
        saved = {"member_id": 7, "saved_at": NOW}
        await tx.execute(saved_papers.insert().values(**saved, paper_id=liked.id, server_id=1))
        await tx.execute(
            paper_votes.insert().values(server_id=2, paper_id=other.id, member_id=7, voted_at=NOW)
        )
    with Chooser(desk.db) as chooser:
        assert set((await chosen(chooser, ordered(Order.SERVER)))[:2]) == {"3", "4"}
        # Another server has another taste, and one that saved nothing gets the newest first.
        assert (await chosen(chooser, ordered(Order.SERVER, server_id=2)))[0] == "5"
        assert "".join(await chosen(chooser, ordered(Order.SERVER, server_id=3))) == "54321"
        # A member's own feed follows what they saved themselves, wherever.
        mine = ordered(Order.SERVER, server_id=None, member_id=7)
        assert (await chosen(chooser, mine))[-1] in {"1", "2"}


async def test_a_digest_is_chosen_that_way(desk: "Desk") -> None:
    desk.clock.set(datetime(2026, 1, 5, 10, tzinfo=UTC))
    desk.arxiv.serve("cs.LG")
    await desk.add(ordered(Order.UPVOTES, query="diffusion OR graphs", limit=2))
    desk.arxiv.serve("cs.LG", *(Item(id_, title=title) for id_, title in TITLES.items()))
    async with desk.db.write() as tx:
        rows = [{"paper_id": id_, "upvotes": 9, "updated_at": NOW} for id_ in ("2601.00001", "2601.00005")]
        await tx.execute(paper_signals.insert(), rows)
    desk.clock.set(NOW)
    assert await desk.run() == 1
    [(_, _, payload)] = await desk.posts()
    assert payload.index("2601.00001") < payload.index("2601.00004")
    assert "2 more" in payload
    assert "2601.00005" not in payload


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    queries=st.lists(
        st.sampled_from(["diffusion", "graph*", "ti:speech OR survey", "cat:cs.LG NOT graphs", ""]),
        max_size=5,
    ),
    parts=st.lists(st.lists(st.sampled_from(ALL), unique_by=lambda c: c.paper.id), min_size=5, max_size=5),
)
async def test_sharing_an_index_changes_nothing(
    desk: "Desk", queries: list[str], parts: list[list[Candidate]]
) -> None:
    with Chooser(desk.db) as chooser:
        for query, listed in zip(queries, parts, strict=False):
            found = set(await chosen(chooser, plan(query=query), listed))
            with PaperIndex(each.paper for each in listed) as index:
                alone = index.matching(parse_query(query)) if query else {each.paper.id for each in listed}
            assert found == {id_[-1] for id_ in alone}
