"""Why a paper is where it is, asked of a real database after real posts."""

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from bot.domain.feed_edits import FeedEdit
from bot.domain.outbox import State
from bot.domain.papers import AnnounceType
from bot.domain.why import Placing, Stage, Verdict
from bot.errors import UserError
from bot.storage import explaining
from bot.storage.tables import outbox
from tests.support.fakes import Item, plan

if TYPE_CHECKING:
    from bot.domain.why import Explanation
    from tests.services.conftest import Desk

FIVE = [f"2601.0000{n}" for n in range(1, 6)]


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


async def posted(desk: "Desk", **choices: Any) -> None:
    """A feed posted two of five papers on Tuesday at nine and counted the others."""
    desk.clock.set(utc(5, 10))
    desk.arxiv.serve("cs.LG")
    await desk.add(limit=2, **choices)
    desk.arxiv.serve("cs.LG", *(Item(id_, title=f"Graph number {id_[-1]}") for id_ in FIVE))
    desk.clock.set(utc(6, 9))
    await desk.run()


async def arrive(desk: "Desk", **where: int) -> None:
    async with desk.db.write() as tx:
        await tx.execute(update(outbox).values(state=State.SENT, sent_at=desk.clock.now(), **where))


def step(said: "Explanation", stage: Stage) -> str:
    return next(step.words for step in said.steps if step.stage is stage)


async def test_a_paper_that_was_posted_has_a_link(desk: "Desk") -> None:
    await posted(desk)
    assert "on its way" in (await desk.feeds.why(1, 1, FIVE[4])).headline
    await arrive(desk, place_id=100, message_id=777)
    for text in (FIVE[4], f"arXiv:{FIVE[4]}v2", f"https://arxiv.org/pdf/{FIVE[4]}.pdf"):
        said = await desk.feeds.why(1, 1, text)
        assert said.headline.startswith("It was posted <t:")
        assert (said.place_id, said.message_id) == (100, 777)
        assert said.stopped_at is None
    assert step(said, Stage.LIMIT) == "Place 1 of 5: shown."
    counted = await desk.feeds.why(1, 1, FIVE[0])
    assert step(counted, Stage.LIMIT) == "Place 5 of 5: counted, not shown."
    assert counted.message_id == 777  # the message that counts it


async def test_a_paper_that_is_held_says_why(desk: "Desk") -> None:
    await posted(desk)
    async with desk.db.write() as tx:
        held = {"state": State.HELD, "reason": "I may not post in the channel."}
        await tx.execute(update(outbox).values(**held))
    said = await desk.feeds.why(1, 1, FIVE[4])
    assert said.headline == "It is chosen, but the message is held."
    assert "I may not post in the channel. Next try" in step(said, Stage.DELIVERY)


async def test_a_message_that_is_no_longer_kept(desk: "Desk") -> None:
    await posted(desk)
    async with desk.db.write() as tx:
        await tx.execute(outbox.delete())
    said = await desk.feeds.why(1, 1, FIVE[4])
    assert said.headline.startswith("It was posted")
    assert "no longer keep" in step(said, Stage.DELIVERY)


async def test_a_paper_that_waits_says_where_it_would_stand(desk: "Desk") -> None:
    await posted(desk)
    await arrive(desk)
    desk.clock.set(utc(6, 12))
    await desk.announce(*(f"2601.0001{n}" for n in range(1, 5)))
    said = await desk.feeds.why(1, 1, "2601.00013")
    assert said.headline.startswith("It fits and waits for the next post, <t:")
    assert step(said, Stage.LIMIT).startswith("Place 2 of 4 as things stand")
    assert (await desk.feeds.why(1, 1, "2601.00012")).stopped_at is Stage.LIMIT
    assert await desk.count() == 1  # asking posts nothing


async def test_each_word_of_the_query_is_looked_for(desk: "Desk") -> None:
    await posted(desk, query="ti:graph AND (works OR vae) NOT survey")
    said = await desk.feeds.why(1, 1, FIVE[4])
    terms = next(step.terms for step in said.steps if step.stage is Stage.QUERY)
    assert [(term.text, term.wanted, term.found_in) for term in terms] == [
        ("ti:graph", True, ("title",)),
        ("works", True, ("abstract",)),
        ("vae", True, ()),
        ("survey", False, ()),
    ]
    await desk.feeds.edit(1, 1, FeedEdit(query="ti:vae"))
    await desk.announce("2601.00019")
    said = await desk.feeds.why(1, 1, "2601.00019")
    assert said.stopped_at is Stage.QUERY
    assert said.headline == "The query of feed 1 does not find it."


async def test_a_paper_of_another_category_or_kind(desk: "Desk") -> None:
    await posted(desk)
    await desk.announce("2601.00020", category="cs.CV")
    assert (await desk.feeds.why(1, 1, "2601.00020")).stopped_at is Stage.CATEGORY
    desk.arxiv.serve("cs.LG", Item("2601.00021", type=AnnounceType.CROSS))
    desk.clock.set(utc(6, 11))
    await desk.run()
    said = await desk.feeds.why(1, 1, "2601.00021")
    assert said.stopped_at is Stage.TYPE
    assert step(said, Stage.TYPE) == "It is a cross-list in cs.LG, which the feed does not take."


async def test_a_paper_that_nobody_read(desk: "Desk") -> None:
    await posted(desk)
    said = await desk.feeds.why(1, 1, "2511.09999")
    assert said.headline == "I have never seen this paper."
    assert said.paper is None
    assert f"that I read since <t:{int(utc(6, 9).timestamp())}:f>" in step(said, Stage.READ)


async def test_a_paper_that_another_feed_of_the_channel_shows(desk: "Desk") -> None:
    await posted(desk)
    desk.clock.set(utc(6, 9, 30))
    await desk.add(at=time(10), limit=9)
    said = await desk.feeds.why(1, 2, FIVE[4])
    assert said.stopped_at is Stage.SEEN
    assert said.headline == "Feed 1 shows it in this channel already."


async def test_a_paper_from_before_the_feed(desk: "Desk") -> None:
    desk.clock.set(utc(5, 8))
    await desk.announce("2601.00001")
    desk.clock.set(utc(5, 10))
    await desk.add()
    said = await desk.feeds.why(1, 1, "2601.00001")
    assert said.stopped_at is Stage.SEEN
    assert "before the feed was made" in step(said, Stage.SEEN)


async def test_what_is_no_paper(desk: "Desk") -> None:
    await posted(desk)
    for text in ("", "graph number", "2601", "https://example.org"):
        with pytest.raises(UserError, match="arXiv id or address"):
            await desk.feeds.why(1, 1, text)
    with pytest.raises(UserError, match="There is no feed 2 here"):
        await desk.feeds.why(1, 2, FIVE[0])


async def test_asked_in_the_channel_or_in_a_thread_of_it(desk: "Desk") -> None:
    await posted(desk)
    await arrive(desk, place_id=555, message_id=777)
    for place in (100, 555, 777):
        said = await desk.feeds.why_here(1, place, FIVE[4])
        assert (said.feed.number, said.headline[:13]) == (1, "It was posted")
    for server, place, paper_id in ((1, 101, FIVE[4]), (2, 100, FIVE[4]), (1, 100, FIVE[0]), (1, 555, "x")):
        with pytest.raises(UserError, match="No feed of this server has shown that paper here"):
            await desk.feeds.why_here(server, place, paper_id)
    # Of a feed that is gone it can still be said.
    await desk.feeds.remove(1, 1)
    assert (await desk.feeds.why_here(1, 100, FIVE[4])).headline.startswith("It was posted")


async def test_papers_are_offered_by_id_and_by_words(desk: "Desk") -> None:
    await posted(desk)
    desk.clock.set(utc(6, 12))
    await desk.announce("2601.00030", category="cs.CV")
    await desk.announce("2601.00031")
    assert (await desk.feeds.papers_like(1, 1, ""))[0][0] == "2601.00031"
    for typed, ids in (
        ("2601.00003", ["2601.00003", "2601.00030", "2601.00031"][:1]),
        ("https://arxiv.org/abs/2601.00004v1", ["2601.00004"]),
        ("2601.0000", FIVE[::-1]),
        ("graph 3", ["2601.00003"]),
        ("3 GRAPH", ["2601.00003"]),
        ("100%", []),
        ("2601.00030", []),  # of a category that the feed does not read
    ):
        assert (typed, [id_ for id_, _ in await desk.feeds.papers_like(1, 1, typed)]) == (typed, ids)
    desk.clock.set(utc(25, 12))
    assert await desk.feeds.papers_like(1, 1, "") == []


async def test_a_place_is_never_beyond_the_whole(desk: "Desk") -> None:
    await posted(desk)
    feed = (await desk.feeds.status(1, 1)).feed
    async with desk.db.read() as tx:
        assert await explaining.dealt(tx, feed.id, FIVE[0]) == Placing(utc(6, 9), 5, 5, shown=False)
        assert await explaining.dealt(tx, feed.id, "2601.09999") is None
        assert await explaining.delivery(tx, feed.id, utc(7, 9), FIVE[0]) is None
        assert await explaining.read_since(tx, ["cs.XX"]) is None


async def test_nothing_is_reached_after_a_stop(desk: "Desk") -> None:
    await desk.add(plan(categories=("cs.LG",)))
    said = await desk.feeds.why(1, 1, "2601.00001")
    assert [step.verdict for step in said.steps] == [Verdict.STOPPED] + [Verdict.NOT_REACHED] * 6
