"""`/papers` through Discord's command tree: every command in each of its outcomes, in a server and by message."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import simcord

from bot.domain.citations import Format
from bot.domain.community import DailyPaper
from bot.domain.papers import Author, Paper
from bot.storage import papers as paper_rows
from bot.storage import signals
from cogs.ui.cards import MAX_CHARACTERS, MAX_COMPONENTS
from tests.cogs.world import Listed, World, at, buttons, click, nodes, said, some, texts
from tests.support.clock import START

HEAT = Listed(
    "2601.00001", "Diffusion of Heat", abstract="We show that heat diffuses. It does so often.", version=1
)
LONG = " ".join(f"word{number}" for number in range(60))


def stamp(moment: datetime, style: str = "R") -> str:
    return f"<t:{int(moment.timestamp())}:{style}>"


async def papers(
    world: World, command: str, by: simcord.MemberActor | None = None, **options: Any
) -> simcord.InteractionResult:
    """Type `/papers …` as a member; nobody else sees the answer."""
    result: simcord.InteractionResult = await (by or world.member).slash(
        world.lounge, f"papers {command}", **options
    )
    assert result.ephemeral
    return result


async def keep(world: World, *kept: Paper) -> None:
    async with world.app.db.write() as tx:
        for paper in kept:
            await paper_rows.keep(tx, paper, world.clock.now())


async def choices(world: World, command: str, option: str, typed: str) -> list[tuple[str, str]]:
    found = await world.member.autocomplete(world.lounge, f"papers {command}", option, typed)
    return [(str(choice["value"]), choice["name"]) for choice in found]


def opened(result: simcord.InteractionResult) -> list[str]:
    """Return the papers of an answer that have an Open button, in order."""
    assert result.response is not None
    sections = [node for node in nodes(result.response) if node["type"] == 9]
    return [section["accessory"]["custom_id"].removeprefix("paper:open:") for section in sections]


def linked(result: simcord.InteractionResult) -> dict[str, str]:
    assert result.response is not None
    return {node["label"]: node["url"] for node in nodes(result.response) if "url" in node}


def files(result: simcord.InteractionResult) -> dict[str, int]:
    assert result.response is not None
    return {file.filename: file.size for file in result.response.attachments}


async def announce(world: World, *listed: Listed, category: str = "cs.AI", **feed: Any) -> None:
    """Let a feed of the server read a list and post it."""
    world.arxiv.serve_papers(*listed, category=category)
    await world.make(categories=category, days="every day", **feed)
    await world.advance(hours=10)
    await world.run_due()


# --- /papers show -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["2601.00001", "arXiv:2601.00001v1", "https://arxiv.org/pdf/2601.00001.pdf", "diffusion of heat"],
)
async def test_a_paper_is_shown_with_all_its_buttons(world: World, written: str) -> None:
    world.arxiv.known = [HEAT]
    result = await papers(world, "show", paper=written)
    assert said(result) == (
        "## Diffusion of Heat\nAda Lovelace, Grace Hopper\n-# arXiv:2601.00001v1 · `cs.AI` Artificial Intelligence\n"
        f"We show that heat diffuses. It does so often.\n**Submitted** {stamp(START, 'D')}"
    )
    assert buttons(result) == {
        label: f"paper:{action}:2601.00001"
        for label, action in {
            "Useful": "vote",
            "Save": "save",
            "Discuss": "discuss",
            "Cite": "cite",
            "Why here?": "why",
            "More like this": "more",
        }.items()
    }
    assert linked(result) == {
        "Abstract": "https://arxiv.org/abs/2601.00001",
        "PDF": "https://arxiv.org/pdf/2601.00001",
        "HTML": "https://arxiv.org/html/2601.00001",
    }


async def test_an_older_version_that_was_asked_for_is_linked(world: World) -> None:
    world.arxiv.known = [HEAT]
    answer = said(await papers(world, "show", paper="2601.00001v4"))
    assert "-# You asked for version 4: [it is at arXiv](https://arxiv.org/abs/2601.00001v4)." in answer


async def test_a_card_says_what_is_known(world: World) -> None:
    await announce(world, HEAT)
    async with world.app.db.write() as tx:
        daily = DailyPaper(
            "2601.00001",
            1234,
            3,
            github_repo="https://github.com/x/y_(z)",
            github_stars=56,
            project_page="https://example.org/heat",
        )
        await signals.record(tx, [daily], START)
    answer = said(await papers(world, "show", paper="2601.00001"))
    assert "1,234 upvotes at [Hugging Face](https://huggingface.co/papers/2601.00001)" in answer
    assert (
        "[Code](https://github.com/x/y_%28z%29) (★ 56) · [Project page](https://example.org/heat)" in answer
    )
    assert f"**Announced** {stamp(at('2026-01-01 10:00'), 'D')} in `cs.AI`" in answer
    assert f"**Posted here** {stamp(at('2026-01-01 09:00'), 'D')} in <#{world.papers.id}>" in answer
    assert world.arxiv.queries == []


async def test_a_card_in_another_server_says_nothing_of_this_one(world: World) -> None:
    await announce(world, HEAT)
    await click(world.member, await papers(world, "show", paper="2601.00001"), "Useful")
    other = world.env.create_guild("Other")
    there = other.create_text_channel("talk")
    stranger = other.add_member(world.env.create_user("eve"))
    result = await stranger.slash(there, "papers show", paper="2601.00001")
    assert "Posted here" not in said(result)
    assert "Announced" in said(result)
    assert "Useful" in buttons(result)


async def test_a_published_and_a_withdrawn_paper(world: World) -> None:
    await keep(
        world,
        Paper(
            "2601.00002",
            3,
            "Taken Back",
            "We were wrong.",
            (Author("Ada Lovelace"),),
            ("cs.AI", "cs.LG", "stat.ML"),
            "cs.AI",
            doi="10.5555/made(up)",
            journal_ref="Journal of Heat 7 (2026)",
            withdrawn=True,
        ),
    )
    answer = said(await papers(world, "show", paper="2601.00002"))
    assert "⚠️ **This paper was withdrawn**" in answer
    assert "**Published in** Journal of Heat 7 (2026)" in answer
    assert "**DOI** 10.5555/made(up) · [Publisher](https://doi.org/10.5555/made%28up%29)" in answer
    assert "`cs.AI` Artificial Intelligence · `cs.LG` Machine Learning · `stat.ML` Machine Learning" in answer


async def test_a_long_abstract_is_cut_and_the_whole_a_press_away(world: World) -> None:
    abstract = f"{LONG} {LONG} {LONG} {LONG} the end"
    await keep(world, Paper("2601.00003", 1, "Long", abstract, (), ("cs.AI",), "cs.AI"))
    result = await papers(world, "show", paper="2601.00003")
    assert "the end" not in said(result)
    assert "…" in said(result)
    assert "No authors given" in said(result)
    await world.restart()
    whole = await click(world.member, result, "Whole abstract")
    assert whole.ephemeral
    assert abstract in said(whole)


@pytest.mark.parametrize("sign", ["*", "](https://evil) [", "@everyone ", "🧪", "`", "[x] "])
async def test_texts_of_any_kind_and_length_fit(world: World, sign: str) -> None:
    wild = sign * 700
    many = tuple(Author(sign * 50) for _ in range(900))
    odd = [
        Paper(
            f"2601.0000{number}",
            1,
            wild[:900] + str(number),
            wild,
            many,
            ("cs.AI",),
            "cs.AI",
            doi=wild[:900],
            journal_ref=wild[:900],
        )
        for number in range(1, 7)
    ]
    await keep(world, *odd)
    shown = await papers(world, "show", paper="2601.00001")
    world.arxiv.api_fault = (503, "")
    results = [
        shown,
        await click(world.member, shown, "Cite"),
        await click(world.member, shown, "More like this"),
        await click(world.member, shown, "Save"),
        await papers(world, "show", paper="no such title"),
        await papers(world, "search", query="cat:cs.AI"),
        await papers(world, "saved"),
    ]
    if "Whole abstract" in buttons(shown):
        results.append(await click(world.member, shown, "Whole abstract"))
    for result in results:
        assert result.response is not None
        parts = list(nodes(result.response))
        assert sum(map(len, texts(result.response))) <= MAX_CHARACTERS
        assert len(parts) + sum("accessory" in part for part in parts) <= MAX_COMPONENTS
        assert "(https://evil)" not in "".join(texts(result.response)).replace("\\](https", "")


async def test_what_arxiv_does_not_have(world: World) -> None:
    answer = said(await papers(world, "show", paper="2601.99999"))
    assert answer == "arXiv has no paper 2601.99999. Check the number, or search by title."
    assert "Give an arXiv id such as 1706.03762" in said(await papers(world, "show", paper="…"))


async def test_while_arxiv_is_down_an_unknown_paper_is_not_shown(world: World) -> None:
    world.arxiv.api_fault = (503, "")
    answer = said(await papers(world, "show", paper="2601.00001"))
    until = stamp(world.clock.now() + timedelta(minutes=15))
    assert answer == (
        f"arXiv is busy. I have not stored that paper, so try again {until}, or read it at "
        "https://arxiv.org/abs/2601.00001."
    )


async def test_near_titles_are_offered(world: World) -> None:
    world.arxiv.known = [
        Listed("2601.00001", "Heat flows, and how"),
        Listed("2601.00002", "How heat flows in metal"),
    ]
    result = await papers(world, "show", paper="heat flows")
    assert "## Is it one of these?\nNo title is exactly “heat flows”." in said(result)
    assert set(opened(result)) == {"2601.00001", "2601.00002"}
    assert result.response is not None
    await world.restart()
    card = await world.member.click(result.response, custom_id="paper:open:2601.00002")
    assert card.ephemeral
    assert said(card).startswith("## How heat flows in metal")


async def test_no_near_title(world: World) -> None:
    answer = said(await papers(world, "show", paper="zzz qqq"))
    assert "## No paper found\nI know no title like “zzz qqq”." in answer
    world.arxiv.api_fault = (429, "Rate exceeded.")
    assert "⏳ arXiv is busy. Try again" in said(await papers(world, "show", paper="another one"))


async def test_papers_are_completed(world: World) -> None:
    await keep(world, Paper("2601.00001", 1, "Heat " * 40, "a", (), ("cs.AI",), "cs.AI"))
    await keep(world, Paper("2601.00002", 1, "Cold Fusion", "a", (), ("cs.AI",), "cs.AI"))
    assert [value for value, _ in await choices(world, "show", "paper", "heat")] == ["2601.00001"]
    assert await choices(world, "show", "paper", "fusoin cold") == [
        ("2601.00002", "Cold Fusion · 2601.00002")
    ] or await choices(world, "show", "paper", "cold fusoin") == [("2601.00002", "Cold Fusion · 2601.00002")]
    assert await choices(world, "show", "paper", "https://arxiv.org/abs/1706.03762v5") == [
        ("1706.03762v5", "arXiv paper · 1706.03762v5")
    ]


# --- /papers search ---------------------------------------------------------------------------------


async def test_a_search_has_pages_that_outlive_the_process(world: World) -> None:
    world.arxiv.known = [Listed(f"2601.{n:05d}", f"Heat, part {n}") for n in range(1, 8)]
    first = await papers(world, "search", query="ti:heat AND part")
    assert (
        "## Papers with “heat” in the title and mentioning “part”\n-# `ti:heat AND part`\n-# 7 papers"
        in said(first)
    )
    assert len(opened(first)) == 5
    assert "More → (1/2)" in buttons(first)
    assert "← Back" not in buttons(first)  # it cannot be pressed
    await world.restart()
    second = await click(world.member, first, "More → (1/2)")
    assert second.response is not None
    assert first.response is not None
    assert second.response.id == first.response.id  # turned in place
    shown = opened(second)
    assert len(shown) == 2
    back = await click(world.member, second, "← Back")
    assert len({*opened(back), *shown}) == 7
    # A press on Open gives a card of its own.
    assert back.response is not None
    card = await world.member.click(back.response, custom_id=f"paper:open:{opened(back)[0]}")
    assert card.response is not None
    assert card.response.id != first.response.id
    assert said(card).startswith("## Heat, part")


async def test_pages_of_a_query_too_long_for_a_button(world: World) -> None:
    world.arxiv.known = [Listed(f"2601.{n:05d}", f"Heat, part {n}") for n in range(1, 8)]
    query = "heat OR " + " OR ".join(f"something{n}" for n in range(20))
    first = await papers(world, "search", query=query)
    assert all(len(custom_id) <= 100 for custom_id in buttons(first).values())
    await world.restart()
    second = await click(world.member, first, "More → (1/2)")
    assert len(opened(second)) == 2
    # On a card that does not hold the query, it has to be typed again.
    custom_id = buttons(second)["← Back"]
    assert said(await world.press(custom_id)) == (
        "I no longer know that search. Type it again: `/papers search`."
    )
    assert "Type that search again" in said(await world.press("find:0:heat AND ("))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("heat AND", ["```", "▲"]),
        ('"heat', ["```\n"]),
        ("NOT heat", ["what to leave out"]),
        ("title:heat OR cat:", ["```"]),
        ("   ", ["Write at least one word"]),
    ],
)
async def test_a_query_that_cannot_be_read(world: World, query: str, words: list[str]) -> None:
    answer = said(await papers(world, "search", query=query))
    for word in words:
        assert word in answer, answer
    assert world.arxiv.queries == []


async def test_a_search_that_finds_nothing(world: World) -> None:
    answer = said(await papers(world, "search", query="nothing"))
    assert answer == (
        "## Papers mentioning “nothing”\n-# `nothing`\narXiv has no such paper. Try fewer or shorter words; "
        "`transform*` finds all that begin so."
    )


async def test_while_arxiv_is_busy_what_is_stored_is_searched(world: World) -> None:
    await announce(world, *some(6))
    await world.advance(hours=1)  # the list was read this very second, and the next turn is three later
    world.arxiv.api_fault = (429, "Rate exceeded.")
    until = stamp(world.clock.now() + timedelta(minutes=15))
    first = await papers(world, "search", query="number")
    assert f"⏳ arXiv is busy. Try again {until}. Meanwhile this is what I have stored" in said(first)
    assert len(opened(first)) == 5
    assert len(opened(await click(world.member, first, "More → (1/2)"))) == 1
    assert "I have stored nothing like it." in said(await papers(world, "search", query="cold"))
    assert len(world.arxiv.queries) == 1
    world.arxiv.api_fault = None
    await world.advance(hours=1)
    assert "busy" not in said(await papers(world, "search", query="number"))


async def test_queries_are_completed(world: World) -> None:
    offered = await choices(world, "search", "query", "ti:he")
    assert offered[0] == ("ti:he", "papers with “he” in the title")
    assert len(await choices(world, "search", "query", "")) > 10


# --- /papers latest ---------------------------------------------------------------------------------


async def test_the_latest_of_what_the_feeds_read(world: World) -> None:
    await announce(world, *some(7))
    first = await papers(world, "latest")
    assert "## Latest papers\n-# cs.AI · 7 papers stored" in said(first)
    assert opened(first) == [f"2601.0000{n}" for n in (7, 6, 5, 4, 3)]
    await world.restart()
    second = await click(world.member, first, "More → (1/2)")
    assert opened(second) == ["2601.00002", "2601.00001"]
    assert "← Back" in buttons(second)


async def test_the_latest_of_a_category_that_no_feed_reads(world: World) -> None:
    world.arxiv.serve_papers(*some(2, category="cs.LG"), category="cs.LG")
    assert opened(await papers(world, "latest")) == ["2601.00002", "2601.00001"]
    assert world.arxiv.asked == ["cs.LG"]
    answer = said(await papers(world, "latest", category="cs.ro"))
    assert "## No papers yet\nI have stored no new paper in cs.RO." in answer


async def test_a_category_that_is_none(world: World) -> None:
    assert "“cs.LLL” is not an arXiv category" in said(await papers(world, "latest", category="cs.LLL"))
    offered = await choices(world, "latest", "category", "vison")
    assert offered[0] == ("cs.CV", "cs.CV · Computer Vision and Pattern Recognition")


# --- /papers saved ----------------------------------------------------------------------------------


async def save(world: World, count: int, by: simcord.MemberActor | None = None) -> None:
    who = by or world.member
    for number in range(1, count + 1):
        world.env.backend.clock.advance(1)
        await world.app.services.reading_lists.save(who.id, f"2601.{number:05d}", world.guild.id)


async def test_an_empty_list_says_how_to_save(world: World) -> None:
    answer = await papers(world, "saved")
    assert "## Your reading list is empty\nPress **Save** below a paper" in said(answer)
    assert "I have stored no new paper" in said(await click(world.member, answer, "Latest papers"))


async def test_a_list_has_pages_and_is_its_owners_alone(world: World) -> None:
    world.arxiv.known = some(7)
    await save(world, 7)
    first = await papers(world, "saved")
    assert "-# 7 papers · room for 500 · only you see this" in said(first)
    assert "**Paper number 7**\nAda Lovelace, Grace Hopper · `cs.AI` · saved <t:" in said(first)
    assert "number 2" not in said(first)
    await world.restart()
    second = await click(world.member, first, "More → (1/2)")
    assert "number 2" in said(second)
    assert "is empty" in said(await papers(world, "saved", by=world.mod))
    # Whoever presses such a button sees a list of their own.
    assert "is empty" in said(await world.press("saved:page:0"))


async def test_a_paper_is_removed_and_put_back(world: World) -> None:
    world.arxiv.known = some(6)
    await save(world, 6)
    first = await papers(world, "saved")
    assert first.response is not None
    await world.restart()
    removed = await world.member.click(first.response, custom_id="saved:remove:0:2601.00006")
    assert "Removed arXiv:2601.00006." in said(removed)
    assert "-# 5 papers · room for 500" in said(removed)
    back = await click(world.member, removed, "Put it back")
    assert "-# 6 papers · room for 500" in said(back)
    # Pressed twice, it is gone once.
    for _ in range(2):
        result = await world.press("saved:remove:9:2601.00006", by=world.member)
    assert "-# 5 papers · room for 500" in said(result)
    for number in range(1, 6):
        result = await world.press(f"saved:remove:0:2601.0000{number}", by=world.member)
    assert "is empty" in said(result)
    assert "Put it back" in buttons(result)


@pytest.mark.parametrize("style", list(Format))
async def test_a_list_is_taken_away_as_a_file(world: World, style: Format) -> None:
    world.arxiv.known = some(2)
    await save(world, 2)
    await world.restart()
    result = await world.press(f"saved:{style.value}:0", by=world.member)
    assert result.ephemeral
    assert "Your reading list, 2 papers, as " in said(result)
    content, _ = await world.app.services.reading_lists.export(world.member.id, style)
    assert files(result) == {f"reading-list{style.suffix}": len(content)}
    assert "is empty" in said(await world.press(f"saved:{style.value}:0", by=world.mod))


# --- In direct messages -----------------------------------------------------------------------------


async def test_everything_works_in_direct_messages(world: World) -> None:
    world.arxiv.known = [HEAT]
    world.arxiv.serve_papers(*some(1, category="cs.LG"), category="cs.LG")
    await world.app.services.papers.toggle_vote(
        "2601.00001", server_id=world.guild.id, member_id=world.mod.id
    )
    user = world.member.user
    shown = await user.slash("papers show", paper="2601.00001")
    assert list(buttons(shown)) == ["Save", "Cite", "Why here?", "More like this"]
    saved = await user.click(shown.response, label="Save")
    assert "Saved" in buttons(saved)
    assert "Diffusion of Heat" in said(await user.slash("papers saved"))
    assert opened(await user.slash("papers search", query="heat")) == ["2601.00001"]
    assert "## Latest papers\n-# cs.LG" in said(await user.slash("papers latest"))
    assert "/papers subscriptions" in said(await user.click(shown.response, label="Why here?"))
