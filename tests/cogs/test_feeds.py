"""`/feed` through Discord's command tree: every command in each of its outcomes."""

import asyncio
import re
from datetime import datetime
from typing import Any

import pytest
from discord import Permissions

from bot.domain.feeds import Changes, Order, PaperOptions, Style
from bot.domain.papers import AnnounceType
from tests.cogs.world import Listed, World, at, buttons, click, nodes, rss, said, some


def stamp(moment: datetime, style: str = "R") -> str:
    return f"<t:{int(moment.timestamp())}:{style}>"


async def plans(world: World) -> dict[int, Any]:
    """What the database holds of this server's feeds."""
    return {s.feed.number: s.feed for s in await world.app.services.feeds.overview(world.guild.id)}


# --- /feed papers -----------------------------------------------------------------------------------


async def test_a_channel_is_enough(world: World) -> None:
    result = await world.make()
    answer = said(result)
    assert result.ephemeral
    assert "## Feed 1 is set\nNew papers in **cs.AI, cs.LG**" in answer
    assert f"<#{world.papers.id}> · weekdays at 09:00, UTC · one post, at most 10" in answer
    first = stamp(at("2026-01-01 09:00"), "F")
    assert f"First post: {first} ({stamp(at('2026-01-01 09:00'))}), if there are new papers." in answer
    assert "I have not read cs.AI and cs.LG yet" in answer
    assert buttons(result) == {
        "Preview": "feed:preview:1",
        "Edit": "feed:edit:1",
        "Remove": "feed:remove:1",
        "All feeds": "feed:list:0",
    }
    feed = (await plans(world))[1]
    assert (feed.server_id, feed.channel_id, feed.plan.style) == (
        world.guild.id,
        world.papers.id,
        Style.DIGEST,
    )


async def test_every_option_is_kept(world: World) -> None:
    answer = said(
        await world.make(
            categories="cs.cv; cslg",
            query='diffusion OR "flow matching"',
            time="9:30 pm",
            zone="paris",
            days="mon, wed",
            style="each",
            limit=3,
            types="cross",
            order="upvotes",
            changes="say",
        )
    )
    assert (
        "New papers and cross-lists in **cs.CV, cs.LG**, only those mentioning “diffusion” or “flow matching”"
        in answer
    )
    assert "Mon and Wed at 21:30, Europe/Paris · a post for each, at most 3 · most upvoted first" in answer
    assert "posts are marked when a paper changes, and a message says so" in answer
    assert stamp(at("2026-01-05 20:30"), "F") in answer
    plan = (await plans(world))[1].plan
    assert (plan.categories, plan.query, plan.style, plan.limit) == (
        ("cs.CV", "cs.LG"),
        'diffusion OR "flow matching"',
        Style.EACH,
        3,
    )
    assert plan.options == PaperOptions(
        types=(AnnounceType.NEW, AnnounceType.CROSS), order=Order.UPVOTES, changes=Changes.SAY
    )


async def test_the_zone_chosen_last_is_the_next_default(world: World) -> None:
    assert "is UTC." in said(await world.make())
    assert "is UTC." not in said(await world.make(zone="UTC", limit=1))
    assert "is UTC." not in said(await world.make(zone="Asia/Tokyo", limit=2))
    answer = said(await world.make(limit=3))
    assert "09:00, Asia/Tokyo" in answer
    assert "is UTC." not in answer


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"categories": "cs.LLL"}, ["“cs.LLL” is not an arXiv category. Did you mean cs.LG (Machine"]),
        ({"categories": "cs.LG, machine lerning"}, ["“machine lerning”", "cs.LG (Machine Learning)"]),
        ({"categories": "cs"}, ["all of Computer Science", "Pick single categories, such as cs."]),
        ({"categories": ", ,"}, ["Name at least one arXiv category"]),
        ({"zone": "Europe/Pariss"}, ["time zone “Europe/Pariss”", "Europe/Paris"]),
        ({"zone": "+02:00"}, ["does not say when the clocks change"]),
        ({"zone": "usa"}, ["can mean several time zones", "America/New_York"]),
        ({"time": "25:00"}, ["“25:00” is not a time of day", "09:00"]),
        ({"time": "soon"}, ["“soon”", "Write it like"]),
        ({"days": "moonday"}, ["day “moonday”", "Did you mean Monday?"]),
        ({"days": "mon except mon"}, ["leaves no day over"]),
        ({"query": "gan AND"}, ["Write a word after this AND", "```\ngan AND\n    ▲\n```"]),
        ({"query": '"flow matching'}, ["Close the quotation mark", '```\n"flow matching\n▲\n```']),
        ({"query": "-survey"}, ["not only what to leave out"]),
        ({"query": "xy:gan"}, ["in place of “xy:”"]),
        ({"query": "gan cat:cs.ZZ"}, ["“cs.ZZ” is not an arXiv category"]),
    ],
)
async def test_wrong_input_is_answered_with_what_to_write(
    world: World, options: dict[str, Any], words: list[str]
) -> None:
    result = await world.feed("papers", channel=world.papers, **options)
    assert result.ephemeral
    for word in words:
        assert word in said(result)
    assert await plans(world) == {}


async def test_everything_that_is_wrong_is_said_at_once(world: World) -> None:
    world.forbid(world.papers, send_messages=True)
    boss = world.join("olga", Permissions(administrator=True))
    wrong = {"categories": "cs.LLL", "query": "gan OR", "time": "25:00", "zone": "Nowhere", "days": "moonday"}
    answer = said(await boss.slash(world.lounge, "feed papers", channel=world.papers, **wrong))
    assert answer.startswith("6 things to put right:\n1. “cs.LLL” is not an arXiv category.")
    for number, words in enumerate(
        ("“cs.LLL”", "gan OR", "“25:00”", "“Nowhere”", "“moonday”", "I lack Send"), 1
    ):
        start = answer.index(f"{number}. ")
        assert words in answer[start : answer.find(f"\n{number + 1}. ", start)]
    assert await plans(world) == {}


async def test_too_many_categories(world: World) -> None:
    many = "cs.AI cs.AR cs.CC cs.CE cs.CG cs.CL cs.CR cs.CV cs.CY cs.DB cs.DC cs.DL cs.DM cs.DS cs.ET cs.FL cs.GL"
    answer = said(
        await world.feed("papers", channel=world.papers, categories=f"{many} cs.GR cs.GT cs.HC cs.IR cs.LG")
    )
    assert "up to 20 categories" in answer


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        ({"send_messages": True}, "Send Messages"),
        ({"view_channel": True}, "View Channel and Send Messages"),
    ],
)
async def test_a_missing_permission_is_named(world: World, denied: dict[str, bool], named: str) -> None:
    world.forbid(world.papers, **denied)
    boss = world.join("olga", Permissions(administrator=True))
    answer = said(await boss.slash(world.lounge, "feed papers", channel=world.papers))
    assert f"I cannot post in <#{world.papers.id}> yet: I lack {named} there." in answer
    assert "try again" in answer
    assert await plans(world) == {}


async def test_without_the_history_it_works_and_warns(world: World) -> None:
    world.forbid(world.papers, read_message_history=True)
    answer = said(await world.make())
    assert "⚠️ I have no Read Message History there." in answer
    assert list(await plans(world)) == [1]


async def test_an_announcement_channel_will_do(world: World) -> None:
    news = world.guild.create_news_channel("news")
    assert "is set" in said(await world.feed("papers", channel=news))


async def test_a_twin_is_refused(world: World) -> None:
    await world.make(categories="cs.AI", query="gan")
    answer = said(await world.feed("papers", channel=world.papers, categories="cs.ai", query=" gan "))
    assert answer == "Feed 1 already does exactly that. See /feed list."
    assert list(await plans(world)) == [1]
    await world.make(categories="cs.AI", query="gan", time="10:00")


async def test_a_server_has_room_for_fifty(world: World) -> None:
    for hour in range(10):
        for limit in range(1, 6):
            await world.make(time=f"{hour}:00", limit=limit)
    answer = said(await world.feed("papers", channel=world.papers))
    assert answer == "This server has 50 feeds. Remove one with /feed remove first."


async def test_a_new_feed_posts_what_it_would_have_posted(world: World) -> None:
    """Another feed's reading of days before does not flood a new one."""
    world.arxiv.serve_papers(*some(30))
    await world.make(categories="cs.AI", time="00:30", days="every day")
    await world.run_due()
    await world.advance(days=3)
    world.arxiv.serve_papers(*some(2, first=31))
    await world.run_due()
    other = world.guild.create_text_channel("other")
    await world.feed("papers", channel=other, categories="cs.AI", time="09:00", days="every day")
    await world.advance(hours=10)
    await world.run_due()
    assert "## 2 new papers" in world.posts(other)[0]


async def test_keywords_choose_among_the_papers(world: World) -> None:
    world.arxiv.serve_papers(
        Listed("2601.00001", "Diffusion of heat"),
        Listed("2601.00002", "A survey", abstract="On diffusion."),
        Listed("2601.00003", "Something else"),
    )
    await world.make(categories="cs.AI", query="diffusion -survey")
    await world.advance(hours=10)
    await world.run_due()
    [post] = world.posts()
    assert "## 1 new paper\n-# cs.AI · diffusion -survey" in post
    assert "Diffusion of heat" in post
    assert "Something else" not in post


async def test_cross_lists_and_new_versions_are_no_new_papers(world: World) -> None:
    kinds = ("new", "cross", "replace", "replace-cross")
    world.arxiv.serve_papers(
        *(Listed(f"2601.{n:05d}", f"It is {kind}", n, kind) for n, kind in enumerate(kinds, 1))
    )
    await world.make(categories="cs.AI", days="every day")
    await world.advance(hours=10)
    await world.run_due()
    [post] = world.posts()
    assert re.findall(r"^### (.*)$", post, re.MULTILINE) == ["It is new"]
    # The next day's list has a second version of it, whatever it is announced as.
    for kind in ("new", "replace"):
        world.arxiv.serve_papers(Listed("2601.00001", "It is still new", 2, kind))
        await world.next_day()
        [same] = world.posts()  # whose post says so, and no other is made
        assert re.findall(r"^### (.*)$", same, re.MULTILINE) == ["It is new"]


async def test_each_style_posts_one_by_one(world: World) -> None:
    world.arxiv.serve_papers(*some(5))
    await world.make(categories="cs.AI", style="each", limit=3)
    await world.advance(hours=10)
    await world.run_due()
    posts = world.posts()
    assert [re.findall(r"^### (.*)$", post, re.MULTILINE) for post in posts] == [
        ["Paper number 5"],
        ["Paper number 4"],
        ["Paper number 3"],
    ]
    assert "## 5 new papers" in posts[0]
    assert "**2 more new papers** not shown" in posts[2]


async def test_no_post_can_mention_anybody(world: World) -> None:
    world.arxiv.serve_papers(Listed("2601.00001", "@everyone <@123> <@&5>", abstract="@here it is."))
    await world.make(categories="cs.AI")
    await world.advance(hours=10)
    await world.run_due()
    posted = [r for r in world.env.http_requests if r.path == f"/channels/{world.papers.id}/messages"]
    assert [request.json["allowed_mentions"] for request in posted if request.json] == [{"parse": []}]
    stored = next(iter(world.env.backend.messages[world.papers.id].values()))
    assert not stored.mention_everyone


# --- /feed list -------------------------------------------------------------------------------------


async def test_an_empty_list_says_how_to_begin(world: World) -> None:
    answer = said(await world.feed("list"))
    assert "No feeds yet" in answer
    assert "`/feed papers`" in answer


async def test_a_list_says_what_was_posted_and_when_it_posts_next(world: World) -> None:
    world.arxiv.serve_papers(*some(12))
    await world.make(categories="cs.AI")
    assert "cs.AI: not read yet" in said(await world.feed("list"))
    await world.advance(hours=10)
    await world.run_due()
    result = await world.feed("list")
    answer = said(result)
    assert "## 1 feed" in answer
    assert f"Next post {stamp(at('2026-01-02 09:00'), 'f')}" in answer
    assert f"Last time {stamp(at('2026-01-01 09:00'))}: 10 posted, 2 more counted" in answer
    assert f"-# cs.AI: fine: new papers {stamp(at('2026-01-01 10:00'))}" in answer
    assert set(buttons(result)) == {"Preview", "Edit", "Pause", "Remove"}


async def test_a_quiet_day_an_old_list_and_an_error_are_three_things(world: World) -> None:
    world.arxiv.serve("cs.AI", rss())
    world.arxiv.serve_papers(*some(1, category="cs.LG"), category="cs.LG")
    bad = rss(title="Feed error for query: cs.CL", reason="Bad thing *here*.")
    world.arxiv.serve("cs.CL", bad, status=400)
    await world.make(categories="cs.AI, cs.LG, cs.CL")
    await world.run_due()
    answer = said(await world.feed("list"))
    assert "cs.AI: quiet: arXiv lists no papers today" in answer
    assert "cs.LG: fine: new papers" in answer
    assert (
        r"cs.CL: failing since <t:1767225603:R>: arXiv refused the request: Bad thing \*here\*. Next"
        in answer
    )
    for _ in range(3):
        await world.next_day()
    assert "cs.LG: arXiv is serving an old list again" in said(await world.feed("list"))


async def test_many_feeds_stand_on_pages(world: World) -> None:
    for limit in range(1, 11):
        await world.make(limit=limit)
    result = await world.feed("list")
    assert "## 10 feeds" in said(result)
    assert re.findall(r"\*\*Feed (\d+)\*\*", said(result)) == ["1", "2", "3", "4"]
    assert "← Back" not in buttons(result)
    second = await click(world.mod, result, "More → (1/3)")
    assert re.findall(r"\*\*Feed (\d+)\*\*", said(second)) == ["5", "6", "7", "8"]
    # The card itself turns the page: no second one appears.
    assert second.response is not None
    assert result.response is not None
    assert second.response.id == result.response.id
    third = await click(world.mod, second, "More → (2/3)")
    assert re.findall(r"\*\*Feed (\d+)\*\*", said(third)) == ["9", "10"]
    assert "More → (3/3)" not in buttons(third)
    first = await click(world.mod, await click(world.mod, third, "← Back"), "← Back")
    assert re.findall(r"\*\*Feed (\d+)\*\*", said(first)) == ["1", "2", "3", "4"]


async def test_a_page_that_is_gone_shows_the_last_one(world: World) -> None:
    await world.make()
    assert "**Feed 1**" in said(await world.press("feed:list:7"))


async def test_a_list_of_much_trouble_still_fits_a_message(world: World) -> None:
    """Twenty categories a feed, each failing since another moment: over 4,000 characters Discord refuses."""
    codes = re.findall(r"\w+", "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC")
    for index, code in enumerate(codes):
        reason = f"Number {index}: " + "[*very*](bad) " * 40
        world.arxiv.serve(f"cs.{code}", rss(title="Feed error for query: x", reason=reason), status=400)
    everything = " ".join(f"cs.{code}" for code in codes)
    words = " ".join(f"w{number}*" for number in range(55))
    for limit in range(1, 6):
        await world.make(categories=everything, query=words, limit=limit)
    await world.run_due()
    result = await world.feed("list")
    assert "**Feed 1**" in said(result)
    assert "other states" in said(result)
    seen, pages = set(re.findall(r"\*\*Feed (\d+)\*\*", said(result))), 1
    while more := next((label for label in buttons(result) if label.startswith("More")), None):
        result = await click(world.mod, result, more)
        seen |= set(re.findall(r"\*\*Feed (\d+)\*\*", said(result)))
        pages += 1
    assert seen == {"1", "2", "3", "4", "5"}
    assert pages > 1
    assert "Preview of feed 1" in said(await world.feed("preview", feed="1"))


async def test_categories_in_one_state_take_one_line(world: World) -> None:
    """They are read three seconds apart."""
    await world.make(categories="cs.AI cs.LG cs.CL cs.CV")
    await world.run_due()
    assert "-# cs.AI, cs.LG, cs.CL, cs.CV: quiet: arXiv lists no papers today" in said(
        await world.feed("list")
    )


async def test_a_deleted_channel_is_said_and_nothing_is_lost(world: World) -> None:
    await world.make()
    world.env.backend.delete_channel(world.papers.id)
    assert "⚠️ The channel is gone, or hidden from me." in said(await world.feed("list"))
    assert await world.offered("remove", "feed", "") == ["1"]
    assert list(await plans(world)) == [1]
    assert "is removed" in said(await world.feed("remove", feed="1"))


async def test_a_permission_taken_later_is_said(world: World) -> None:
    world.arxiv.serve_papers(*some(1))
    await world.make(categories="cs.AI")
    world.forbid(world.papers, send_messages=True)
    await world.advance(hours=10)
    await world.run_due()
    answer = said(await world.feed("list"))
    assert "⚠️ I lack Send Messages in the channel." in answer
    assert "⚠️ 1 message held: I may not post in the channel. Give my role Send Messages there." in answer
    assert world.posts() == []


# --- /feed preview ----------------------------------------------------------------------------------


async def test_a_preview_reads_what_was_never_read(world: World) -> None:
    world.arxiv.serve_papers(*some(12))
    await world.make(categories="cs.AI")
    result = await world.feed("preview", feed="1")
    answer = said(result)
    assert result.ephemeral
    assert world.arxiv.asked == ["cs.AI"]
    assert "It would now post **10 papers**." in answer
    assert re.findall(r"^### Paper number (\d+)$", answer, re.MULTILINE) == ["12", "11", "10", "9", "8"]
    assert "… and 5 more papers in the post." in answer
    assert "**2 more new papers** not shown" in answer
    assert "would have posted, oldest first: **0, 0, 0, 0, 0, 0, 10**, and only counted 2 more." in answer
    assert world.posts() == []


async def test_a_preview_of_nothing(world: World) -> None:
    await world.make(categories="cs.AI")
    answer = said(await world.feed("preview", feed="1"))
    assert "It would post nothing now" in answer
    assert "Nothing is stored of the last days yet" in answer
    assert "cs.AI: quiet" in answer


async def test_a_preview_of_papers_with_long_titles_fits(world: World) -> None:
    long = [Listed(f"2601.{n:05d}", "_*_" * 80, abstract="`*` " * 60, authors="_" * 59) for n in range(1, 26)]
    world.arxiv.serve_papers(*long)
    await world.make(categories="cs.AI", limit=20)
    result = await world.feed("preview", feed="1")
    shown = len(re.findall("^### ", said(result), re.MULTILINE))
    assert 1 <= shown < 5
    assert f"… and {20 - shown} more papers in the post." in said(result)
    assert "**5 more new papers** not shown" in said(result)


async def test_a_preview_of_a_paused_feed_says_so(world: World) -> None:
    await world.make()
    await world.feed("pause", feed="1")
    assert "It is paused and posts nothing" in said(await world.feed("preview", feed="1"))


# --- /feed pause, resume, remove --------------------------------------------------------------------


async def test_a_paused_feed_posts_nothing_until_it_is_resumed(world: World) -> None:
    world.arxiv.serve_papers(*some(2))
    await world.make(categories="cs.AI")
    paused = await world.feed("pause", feed="1")
    assert "## Feed 1 is paused" in said(paused)
    assert "⏸️ Paused." in said(await world.feed("list"))
    assert "Resume" in buttons(await world.feed("list"))
    await world.advance(hours=10)
    await world.run_due()
    assert world.posts() == []
    resumed = await world.feed("resume", feed="1")
    assert "## Feed 1 is on" in said(resumed)
    assert stamp(at("2026-01-02 09:00"), "F") in said(resumed)
    await world.next_day()
    assert "## 2 new papers" in world.posts()[0]


async def test_pausing_and_resuming_twice_is_harmless(world: World) -> None:
    await world.make()
    for command, words in (
        ("pause", "is paused"),
        ("pause", "is paused"),
        ("resume", "is on"),
        ("resume", "is on"),
    ):
        assert words in said(await world.feed(command, feed="1"))


async def test_a_removed_feed_is_gone_and_can_come_back(world: World) -> None:
    world.arxiv.serve_papers(*some(2))
    await world.make(categories="cs.AI")
    removed = await world.feed("remove", feed="1")
    assert f"Nothing more is posted to <#{world.papers.id}> for it." in said(removed)
    assert "No feeds yet" in said(await world.feed("list"))
    await world.advance(hours=10)
    await world.run_due()
    assert world.posts() == []
    assert "## Feed 1 is on" in said(await click(world.mod, removed, "Bring it back"))
    await world.next_day()
    assert len(world.posts()) == 1


async def test_a_number_is_never_used_again(world: World) -> None:
    await world.make()
    await world.feed("remove", feed="1")
    assert "## Feed 2 is set" in said(await world.make())


@pytest.mark.parametrize("command", ["remove", "preview", "pause", "resume"])
async def test_a_feed_that_is_not_there(world: World, command: str) -> None:
    await world.make()
    for typed, words in (
        ("7", "There is no feed 7 here. See /feed list."),
        ("papers", "Pick a feed from the list, or give its number, such as 1."),
        ("9" * 100, "Pick a feed from the list"),
    ):
        assert words in said(await world.feed(command, feed=typed))


async def test_a_feed_is_named_in_several_ways(world: World) -> None:
    await world.make()
    for typed in ("1", " #1", "feed 1", "Feed #1"):
        assert "## Feed 1 is paused" in said(await world.feed("pause", feed=typed))


async def test_two_moderators_remove_the_same_feed_at_once(world: World) -> None:
    await world.make()
    outcomes = await asyncio.gather(
        *(world.app.services.feeds.remove(world.guild.id, 1) for _ in range(2)), return_exceptions=True
    )
    assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["Feed", "NotPossible"]
    # The second one, on a card that still shows the feed, is told so.
    assert "There is no feed 1 here" in said(await world.press("feed:remove:1"))


# --- Who may ----------------------------------------------------------------------------------------


async def test_somebody_without_manage_server_is_refused_in_code(world: World) -> None:
    """A server's own settings can let anybody see the command."""
    await world.make()
    world.let_through()
    for command in ("papers", "list", "remove", "preview", "pause", "resume", "edit", "why"):
        given: dict[str, dict[str, Any]] = {
            "papers": {"channel": world.papers, "limit": 1},
            "edit": {"feed": "1", "limit": 1},
            "why": {"feed": "1", "paper": "2601.00001"},
            "list": {},
        }
        options = given.get(command, {"feed": "1"})
        result = await world.member.slash(world.lounge, f"feed {command}", **options)
        assert result.ephemeral
        assert said(result) == "Only people with Manage Server may do that. Ask a moderator of this server."
    assert [(feed.state, feed.plan.limit) for feed in (await plans(world)).values()] == [("active", 10)]


async def test_a_button_pressed_by_somebody_without_manage_server(world: World) -> None:
    await world.make()
    actions = ("preview", "edit", "pause", "resume", "remove", "restore", "list", "open:what", "open:when")
    listed = [f"feeds:{action}:1:0" for action in ("pause", "resume", "remove", "restore")]
    for custom_id in [f"feed:{action}:1" for action in actions] + listed:
        result = await world.press(custom_id, by=world.member)
        assert result.ephemeral
        assert "Only people with Manage Server" in said(result)
    assert [feed.state for feed in (await plans(world)).values()] == ["active"]


async def test_autocomplete_tells_strangers_nothing(world: World) -> None:
    await world.make()
    world.let_through()
    assert await world.member.autocomplete(world.lounge, "feed remove", "feed", "") == []


async def test_a_button_with_a_number_of_another_server(world: World) -> None:
    await world.make()
    await world.make(limit=1)
    elsewhere = world.env.create_guild("Elsewhere")
    lobby = elsewhere.create_text_channel("lobby")
    boss = elsewhere.add_member(
        world.env.create_user("zoe"), roles=[elsewhere.create_role("boss", permissions=Permissions.all())]
    )
    await boss.slash(lobby, "feed papers", channel=lobby)
    button = await world.old_message("feed:remove:2", lobby)
    for pressed in (
        await boss.click(button, custom_id="feed:remove:2"),
        await boss.slash(lobby, "feed remove", feed="2"),
    ):
        assert said(pressed) == "There is no feed 2 here. See /feed list."
    assert list(await plans(world)) == [1, 2]
    assert await boss.autocomplete(lobby, "feed remove", "feed", "") != []
    assert "**Feed 1**" in said(await boss.slash(lobby, "feed list"))
    assert f"<#{world.papers.id}>" not in said(await boss.slash(lobby, "feed list"))


async def test_a_server_that_cohort_is_not_in(world: World) -> None:
    """An app that a person installed for themselves carries the id of a server it is not in."""
    await world.make()
    message = await world.old_message("feed:list:0")
    guilds = world.app.bot._connection._guilds
    hidden = guilds.pop(world.guild.id)
    try:
        result = await world.mod.click(message, custom_id="feed:list:0")
    finally:
        guilds[world.guild.id] = hidden
    assert "I am not a member of this server" in said(result)


# --- Buttons ----------------------------------------------------------------------------------------


async def test_what_a_feed_would_post_is_seen_before_it_is_saved(world: World) -> None:
    world.arxiv.serve_papers(*some(12))
    result = await world.feed(
        "papers", channel=world.papers, categories="cs.AI", query="paper", limit=2, preview=True
    )
    answer = said(result)
    assert answer.startswith("## Preview of a feed that is not saved\nNew papers in **cs.AI**, only those")
    assert "It would now post **2 papers**." in answer
    assert "**10 more new papers** not shown" in answer
    assert "Nothing is saved. To set it up, give the same command without `preview`." in answer
    assert list(buttons(result)) == ["All feeds"]
    assert await plans(world) == {}
    refused = said(await world.feed("papers", channel=world.papers, query="(diffusion", preview=True))
    assert "Close the parenthesis" in refused


async def test_the_buttons_of_a_list(world: World) -> None:
    await world.make()
    listed = await world.feed("list")
    assert "Preview of feed 1" in said(await click(world.mod, listed, "Preview"))
    assert "## Edit feed 1" in said(await click(world.mod, listed, "Edit"))
    # The card itself shows how things stand: no second one appears.
    paused = await click(world.mod, listed, "Pause")
    assert "**Feed 1 is paused.**" in said(paused)
    assert "⏸️ Paused." in said(paused)
    assert paused.response is not None
    assert listed.response is not None
    assert paused.response.id == listed.response.id
    resumed = await click(world.mod, paused, "Resume")
    assert "**Feed 1 is on.** Next post:" in said(resumed)
    assert "Paused" not in said(resumed)
    removed = await click(world.mod, resumed, "Remove")
    assert "**Feed 1 is removed.**" in said(removed)
    assert "No feeds yet" in said(removed)
    restored = await click(world.mod, removed, "Bring it back")
    assert "**Feed 1 is on.**" in said(restored)
    assert "## 1 feed" in said(restored)


async def test_a_list_stays_on_its_page(world: World) -> None:
    for limit in range(1, 7):
        await world.make(limit=limit)
    second = await click(world.mod, await world.feed("list"), "More → (1/2)")
    assert second.response is not None
    paused = await world.mod.click(second.response, custom_id="feeds:pause:6:1")
    assert re.findall(r"\*\*Feed (\d+)\*\* ·", said(paused)) == ["5", "6"]
    assert "**Feed 6 is paused.**" in said(paused)


async def test_the_buttons_of_cards_from_before_lists_changed_themselves(world: World) -> None:
    await world.make()
    assert "## Feed 1 is paused" in said(await world.press("feed:pause:1"))
    assert "## Feed 1 is on" in said(await world.press("feed:resume:1"))
    assert "## Feed 1 is removed" in said(await world.press("feed:remove:1"))
    assert "## Feed 1 is on" in said(await world.press("feed:restore:1"))


async def test_buttons_work_after_a_restart(world: World) -> None:
    created = await world.make()
    listed = await world.feed("list")
    await world.restart()
    assert "Preview of feed 1" in said(await click(world.mod, created, "Preview"))
    assert "is paused" in said(await click(world.mod, listed, "Pause"))
    assert [feed.state for feed in (await plans(world)).values()] == ["paused"]


async def test_a_button_of_an_older_version_is_answered(world: World) -> None:
    for custom_id in ("poll:answer:3", "feed:explode:1", "feed:pause:", "feed:pause:1:2"):
        result = await world.press(custom_id)
        assert result.ephemeral
        assert said(result) == "That button is from an older version of me. Run the command again, please."


async def test_a_form_from_before_a_restart_is_answered(world: World) -> None:
    data = {"custom_id": "some:form", "components": []}
    result = await world.mod._dispatch_interaction(5, world.lounge, data)
    assert result.ephemeral
    assert said(result) == "That form was from before I was restarted. Open it again, please."


async def test_every_button_is_a_known_one(world: World) -> None:
    from bot.tree import is_known

    for limit in range(1, 7):
        await world.make(limit=limit)
    await world.feed("pause", feed="1")
    results = [
        await world.feed("list"),
        await world.feed("preview", feed="1"),
        await world.feed("remove", feed="2"),
    ]
    ids = [n["custom_id"] for r in results for n in nodes(r.response) if n.get("custom_id")]
    assert len(ids) > 10
    assert all(map(is_known, ids))


# --- Autocomplete -----------------------------------------------------------------------------------


async def test_categories_are_completed(world: World) -> None:
    for typed, first in (
        ("", "cs.LG"),
        ("cs.lg", "cs.LG"),
        ("cslg", "cs.LG"),
        ("vision", "cs.CV"),
        ("machin lerning", "cs.LG"),
        ("nlp", "cs.CL"),
        ("cs.AI, vis", "cs.AI, cs.CV"),
        ("cs.AI,robotcs", "cs.AI, cs.RO"),
    ):
        offered = await world.offered("papers", "categories", typed)
        assert (typed, offered[0]) == (typed, first)
        assert len(offered) <= 25


async def test_a_category_is_not_offered_twice(world: World) -> None:
    offered = await world.offered("papers", "categories", "cs.LG, cs.ai, ")
    assert len(offered) == 25
    assert all(len(set(values := value.split(", "))) == len(values) == 3 for value in offered)


async def test_what_is_added_to_a_long_list_is_seen(world: World) -> None:
    chosen = "cs.AI, cs.AR, cs.CC, cs.CE, cs.CG, cs.CL, cs.CR, cs.CV, cs.CY, cs.DB, cs.DC"
    choices = await world.mod.autocomplete(world.lounge, "feed papers", "categories", f"{chosen}, machine")
    assert choices[0]["value"] == f"{chosen}, cs.LG"
    assert choices[0]["name"].endswith("cs.LG · Machine Learning")
    assert choices[0]["name"].startswith("…")
    assert len(choices[0]["name"]) == 100


async def test_nothing_is_offered_for_nonsense(world: World) -> None:
    assert await world.offered("papers", "categories", "qqqqqqqq") == []
    assert await world.offered("papers", "zone", "qqqqqqqq") == []
    assert await world.offered("papers", "time", "qqqqqqqq") == []
    assert await world.offered("papers", "days", "qqqqqqqq") == []


async def test_zones_times_and_days_are_completed(world: World) -> None:
    for option, typed, wanted in (
        ("zone", "paris", "Europe/Paris"),
        ("zone", "amsterdm", "Europe/Amsterdam"),
        ("zone", "", "UTC"),
        ("zone", "india", "Asia/Kolkata"),
        ("time", "", "09:00"),
        ("time", "9", "09:00"),
        ("time", "9:30 p", "21:30"),
        ("time", "noon", "12:00"),
        ("days", "", "weekdays"),
        ("days", "week", "weekends"),
        ("days", "mon, w", "Mon and Wed"),
        ("query", "", '"large language model*" AND reasoning'),
        ("query", "diffusion NOT", "diffusion NOT survey"),
        ("query", "ti:(gan OR vae", "ti:(gan OR vae)"),
    ):
        offered = await world.offered("papers", option, typed)
        assert wanted in offered, (option, typed)
        assert len(offered) <= 25


async def test_every_offer_is_understood(world: World) -> None:
    """What autocomplete offers, the command takes."""
    number = 0
    for option in ("categories", "zone", "time", "days", "query"):
        for value in (await world.offered("papers", option, ""))[:6]:
            number += 1
            await world.make(**({"query": f"word{number}"} | {option: value}))


async def test_feeds_are_completed_by_number_channel_category_and_keywords(world: World) -> None:
    await world.make(categories="cs.AI")
    await world.feed("papers", channel=world.lounge, categories="cs.CV", query="diffusion")
    await world.feed("pause", feed="2")
    choices = await world.mod.autocomplete(world.lounge, "feed remove", "feed", "")
    assert [(choice["name"], choice["value"]) for choice in choices] == [
        ("1 · #papers · cs.AI", "1"),
        ("2 · paused · #lounge · cs.CV · diffusion", "2"),
    ]
    for command in ("remove", "preview", "pause", "resume"):
        for typed, numbers in [
            ("2", ["2"]),
            ("#2", ["2"]),
            ("feed 2", ["2"]),
            ("papers", ["1"]),
            ("cs.cv", ["2"]),
            ("DIFF", ["2"]),
            ("paused", ["2"]),
            ("loungue", ["2"]),
            ("difusion", ["2"]),
            ("zzzzzz", []),
        ]:
            assert (typed, await world.offered(command, "feed", typed)) == (typed, numbers)


async def test_a_server_without_feeds_offers_none(world: World) -> None:
    assert await world.offered("remove", "feed", "") == []
    assert await world.offered("remove", "feed", "papers") == []


async def test_a_long_filter_is_shortened_in_the_list_of_choices(world: World) -> None:
    await world.make(query="word " * 50)
    [choice] = await world.mod.autocomplete(world.lounge, "feed remove", "feed", "")
    assert len(choice["name"]) <= 100
    assert choice["name"].endswith("…")
