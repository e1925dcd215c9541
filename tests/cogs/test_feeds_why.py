"""`/feed why` through the command tree."""

from typing import Any

from tests.cogs.world import Listed, World, nodes, said, some


async def posted(world: World, **options: Any) -> None:
    world.arxiv.serve_papers(
        Listed("2601.00001", "Diffusion of *heat*", abstract="Nothing else."),
        Listed("2601.00002", "A survey of diffusion"),
        Listed("2601.00003", "Cross-listed diffusion", type="cross"),
        *some(2, first=4),
    )
    await world.make(categories="cs.AI", days="every day", query="diffusion -survey", **options)
    await world.advance(hours=10)
    await world.run_due()


async def why(world: World, paper: str) -> str:
    return said(await world.feed("why", feed="1", paper=paper))


async def test_a_paper_that_was_posted(world: World) -> None:
    await posted(world)
    result = await world.feed("why", feed="1", paper="arXiv:2601.00001v1")
    assert result.ephemeral
    answer = said(result)
    assert r"### Diffusion of \*heat\*" in answer
    assert "**It was posted <t:" in answer
    assert answer.count("✅") == 7
    assert "-# ✓ diffusion: in the title" in answer
    assert "-# ✓ survey (to be left out): not there" in answer
    links = {node["label"]: node["url"] for node in nodes(result.response) if node.get("url")}
    message = next(iter(world.env.backend.messages[world.papers.id].values()))
    assert links == {
        "Go to the message": f"https://discord.com/channels/{world.guild.id}/{world.papers.id}/{message.id}",
        "At arXiv": "https://arxiv.org/abs/2601.00001",
    }


async def test_papers_that_were_not(world: World) -> None:
    await posted(world)
    survey = await why(world, "2601.00002")
    assert "**The query of feed 1 does not find it.**" in survey
    assert "-# ✗ survey (to be left out): in the title" in survey
    assert "▫️ **Delivery** · Not reached." in survey
    assert "⛔ **Announced as** · It is a cross-list in cs.AI, which the feed does not take." in await why(
        world, "2601.00003"
    )
    unknown = await why(world, "https://arxiv.org/abs/2511.12345")
    assert "### arXiv:2511.12345" in unknown
    assert "**I have never seen this paper.**" in unknown
    assert "arXiv may have announced it in another category, or before that." in unknown


async def test_a_paper_whose_message_is_held(world: World) -> None:
    world.forbid(world.papers, send_messages=True)
    world.arxiv.serve_papers(*some(1))
    boss_options = {"categories": "cs.AI", "days": "every day"}
    world.forbid(world.papers, send_messages=False)
    await world.make(**boss_options)
    world.forbid(world.papers, send_messages=True)
    await world.advance(hours=10)
    await world.run_due()
    answer = await why(world, "2601.00001")
    assert "**It is chosen, but the message is held.**" in answer
    assert "Give my role Send Messages there." in answer


async def test_what_is_no_paper_and_what_is_no_feed(world: World) -> None:
    await posted(world)
    assert "give its arXiv id or address" in await why(world, "some paper")
    answer = said(await world.feed("why", feed="9", paper="2601.00001"))
    assert answer == "There is no feed 9 here. See /feed list."


async def test_papers_are_completed_once_the_feed_is_chosen(world: World) -> None:
    await posted(world)
    choices = await world.mod.autocomplete(world.lounge, "feed why", "paper", "diffusion heat", feed="1")
    assert [(choice["name"], choice["value"]) for choice in choices] == [
        ("2601.00001 · Diffusion of *heat*", "2601.00001")
    ]
    assert await world.offered("why", "paper", "2601.00004", feed="1") == ["2601.00004"]
    assert len(await world.offered("why", "paper", "", feed="1")) == 5
    assert await world.offered("why", "paper", "", feed="9") == []
    world.let_through()
    assert await world.member.autocomplete(world.lounge, "feed why", "paper", "", feed="1") == []


async def test_a_thread_is_linked_where_the_message_stands(world: World) -> None:
    await posted(world, style="thread")
    result = await world.feed("why", feed="1", paper="2601.00001")
    thread = next(c for c in world.env.backend.channels.values() if c.is_thread)
    url = next(node["url"] for node in nodes(result.response) if node.get("label") == "Go to the message")
    assert url.startswith(f"https://discord.com/channels/{world.guild.id}/{thread.id}/")
    explained = await world.app.services.feeds.why_here(world.guild.id, thread.id, "2601.00001")
    assert explained.headline.startswith("It was posted")


async def test_a_quiet_holiday_is_said(world: World) -> None:
    """Thanksgiving's list, Friday's, is empty; the pretend clock starts on New Year's Day."""
    await world.make(categories="cs.AI")
    await world.advance(hours=10)
    await world.run_due()
    answer = said(await world.feed("list"))
    assert "cs.AI: quiet: arXiv lists no papers today" in answer
    assert "arXiv has put off its list for New Year’s Day" in answer
    await world.advance(days=2)
    await world.run_due()
    assert "arXiv lists nothing on Saturdays and Sundays" in said(await world.feed("list"))
