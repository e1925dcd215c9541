"""`/feed edit`: by options, by menus and by forms; what was and what is, and never by a stranger."""

from typing import Any

import pytest
import simcord
from discord import Permissions

from bot.domain.feeds import Changes, FeedPlan, Order, Style
from bot.domain.papers import AnnounceType
from tests.cogs.world import World, at, buttons, click, nodes, said, some


async def plan(world: World, number: int = 1) -> FeedPlan:
    statuses = await world.app.services.feeds.overview(world.guild.id)
    return next(status.feed.plan for status in statuses if status.feed.number == number)


async def choose(
    who: simcord.MemberActor, message: Any, values: list[Any], custom_id: str
) -> simcord.InteractionResult:
    """Choose from a menu of a card."""
    return await who.select(message, values, custom_id=custom_id)


async def panel(world: World) -> simcord.InteractionResult:
    return await world.feed("edit", feed="1")


# --- By options -------------------------------------------------------------------------------------


async def test_only_what_is_named_changes(world: World) -> None:
    await world.make(categories="cs.CV", query="diffusion", limit=7)
    result = await world.feed("edit", feed="1", limit=3)
    assert result.ephemeral
    answer = said(result)
    assert "## Feed 1\n✅ **Limit**: 7 → 3" in answer
    assert answer.count("✅") == 1
    assert f"Next post: <t:{int(at('2026-01-01 09:00').timestamp())}:F>" in answer
    after = await plan(world)
    assert (after.limit, after.categories, after.query) == (3, ("cs.CV",), "diffusion")
    assert list(buttons(result)) == ["Preview", "Edit", "All feeds"]


async def test_every_option_changes_its_thing(world: World) -> None:
    await world.make()
    role = world.guild.create_role("readers", mentionable=True)
    answer = said(
        await world.feed(
            "edit",
            feed="1",
            channel=world.lounge,
            categories="cs.CV",
            query="ti:gan",
            time="7",
            zone="berlin",
            days="every day",
            style="each",
            limit=4,
            types="all",
            order="server",
            mention=f"<@&{role.id}>",
            changes="mark",
        )
    )
    for line in (
        f"**Channel**: <#{world.papers.id}> → <#{world.lounge.id}>",
        "**Categories**: cs.AI, cs.LG → cs.CV",
        "**Query**: none → with “gan” in the title",
        "**Time**: 09:00 → 07:00",
        "**Zone**: UTC → Europe/Berlin",
        "**Days**: weekdays → every day",
        "**Style**: one post → a post for each",
        "**Limit**: 10 → 4",
        "**Takes**: new papers → new papers, cross-lists and new versions",
        "**Order**: newest first → most like what this server saves first",
        f"**Mentions**: nobody → <@&{role.id}>",
        "**Changes**: posts stay as they are → posts are marked when a paper changes",
    ):
        assert f"✅ {line}" in answer
    after = await plan(world)
    assert (after.options.order, after.options.changes) == (Order.SERVER, Changes.MARK)
    assert after.options.types == tuple(AnnounceType)


async def test_none_takes_the_query_and_the_mention_away(world: World) -> None:
    role = world.guild.create_role("readers", mentionable=True)
    await world.make(query="gan", mention=role)
    answer = said(await world.feed("edit", feed="1", query="none", mention="none"))
    assert "**Query**: mentioning “gan” → none" in answer
    assert f"**Mentions**: <@&{role.id}> → nobody" in answer
    after = await plan(world)
    assert (after.query, after.options.mention_role_id) == ("", None)


async def test_the_same_again_is_said(world: World) -> None:
    await world.make()
    assert "Nothing changed: that is how it was already." in said(
        await world.feed("edit", feed="1", limit=10)
    )


async def test_everything_wrong_is_said_at_once_and_nothing_changes(world: World) -> None:
    await world.make()
    before = await plan(world)
    world.forbid(world.lounge, send_messages=True)
    boss = world.join("olga", Permissions(administrator=True))
    wrong: dict[str, Any] = {"query": "gan OR", "zone": "Nowhere", "mention": "ghosts", "limit": 3}
    answer = said(await boss.slash(world.papers, "feed edit", feed="1", channel=world.lounge, **wrong))
    assert answer.startswith("4 things to put right:")
    for words in ("after this OR", "“Nowhere”", "Pick a role from the list", "I lack Send Messages"):
        assert words in answer
    assert await plan(world) == before


async def test_a_twin_and_a_feed_that_is_not_there(world: World) -> None:
    await world.make()
    await world.make(limit=3)
    assert "Feed 2 already does exactly that" in said(await world.feed("edit", feed="1", limit=3))
    assert "There is no feed 7 here" in said(await world.feed("edit", feed="7", limit=3))


async def test_a_style_needs_its_permissions(world: World) -> None:
    await world.make()
    world.forbid(world.papers, create_public_threads=True)
    answer = said(await world.feed("edit", feed="1", style="thread"))
    assert "I lack Create Public Threads there" in answer
    assert (await plan(world)).style is Style.DIGEST


async def test_a_post_that_waits_moves_to_the_new_channel(world: World) -> None:
    world.arxiv.serve_papers(*some(2))
    await world.make(categories="cs.AI", days="every day")
    world.forbid(world.papers, send_messages=True)
    await world.advance(hours=10)
    await world.run_due()
    answer = said(await world.feed("edit", feed="1", channel=world.lounge))
    assert "The post that was waiting for the old channel goes to the new one." in answer
    await world.run_due()
    assert world.posts() == []
    assert "## 2 new papers" in world.posts(world.lounge)[-1]


async def test_the_options_are_completed(world: World) -> None:
    role = world.guild.create_role("readers", mentionable=True)
    await world.make(query="gan")
    for option, typed, first in (
        ("feed", "gan", "1"),
        ("categories", "vision", "cs.CV"),
        ("query", "", "none"),
        ("query", "no", "none"),
        ("zone", "paris", "Europe/Paris"),
        ("time", "noon", "12:00"),
        ("days", "week", "weekdays"),
        ("mention", "", "none"),
        ("mention", "@read", str(role.id)),
    ):
        assert (option, (await world.offered("edit", option, typed))[0]) == (option, first)


async def test_autocomplete_of_roles_tells_strangers_nothing(world: World) -> None:
    world.guild.create_role("secret", mentionable=True)
    world.let_through()
    assert await world.member.autocomplete(world.lounge, "feed edit", "mention", "") == []


# --- By menus ---------------------------------------------------------------------------------------


async def test_without_options_there_is_a_panel(world: World) -> None:
    await world.make(query="gan")
    result = await panel(world)
    answer = said(result)
    assert "## Edit feed 1" in answer
    for line in ("**Query** mentioning “gan”", "**Limit** 10", "**Zone** UTC", "**Order** newest first"):
        assert line in answer
    assert {"Categories and query", "Schedule and limit", "Preview", "All feeds"} == set(buttons(result))
    menus = {node["custom_id"]: node for node in nodes(result.response) if node["type"] in {3, 6, 8}}
    assert set(menus) == {
        f"feed:set:{name}:1" for name in ("style", "order", "types", "changes", "channel", "mention")
    }
    chosen = {
        name: [option["value"] for option in menu["options"] if option.get("default")]
        for name, menu in menus.items()
        if menu["type"] == 3
    }
    assert chosen == {
        "feed:set:style:1": ["digest"],
        "feed:set:order:1": ["newest"],
        "feed:set:types:1": ["new"],
        "feed:set:changes:1": ["off"],
    }
    assert menus["feed:set:channel:1"]["channel_types"] == [0, 5, 15]


@pytest.mark.parametrize("restart", [False, True])
async def test_each_choice_is_applied_at_once(world: World, restart: bool) -> None:
    await world.make()
    role = world.guild.create_role("readers", mentionable=True)
    result = await panel(world)
    if restart:
        await world.restart()
    shown = result
    for field, value, line in (
        ("style", "each", "**Style**: one post → a post for each"),
        ("order", "upvotes", "**Order**: newest first → most upvoted first"),
        ("types", "cross", "**Takes**: new papers → new papers and cross-lists"),
        ("changes", "say", "and a message says so"),
        ("channel", world.lounge, f"→ <#{world.lounge.id}>"),
        ("mention", role, f"**Mentions**: nobody → <@&{role.id}>"),
    ):
        shown = await choose(world.mod, shown.response, [value], f"feed:set:{field}:1")
        assert f"✅ {line}" in said(shown) or line in said(shown).split("\n## Edit")[0]
        # The panel itself says so: no second one appears.
        assert shown.response is not None
        assert result.response is not None
        assert shown.response.id == result.response.id
    after = await plan(world)
    assert (after.style, after.channel_id) == (Style.EACH, world.lounge.id)
    assert (after.options.order, after.options.mention_role_id) == (Order.UPVOTES, role.id)
    assert after.options.types == (AnnounceType.NEW, AnnounceType.CROSS)
    assert after.options.changes is Changes.SAY
    cleared = await choose(world.mod, shown.response, [], "feed:set:mention:1")
    assert f"**Mentions**: <@&{role.id}> → nobody" in said(cleared)


async def test_a_choice_that_cannot_work_is_refused(world: World) -> None:
    await world.make()
    staff = world.guild.create_role("staff")
    world.forbid(world.lounge, mention_everyone=True)
    world.forbid(world.papers, create_public_threads=True, mention_everyone=True)
    shown = await panel(world)
    for field, value, words in (
        ("style", "thread", "I lack Create Public Threads there"),
        ("mention", staff, "I may not mention"),
    ):
        refused = await choose(world.mod, shown.response, [value], f"feed:set:{field}:1")
        assert words in said(refused)
    after = await plan(world)
    assert (after.style, after.options.mention_role_id) == (Style.DIGEST, None)


async def test_two_moderators_on_two_panels(world: World) -> None:
    await world.make()
    other = world.join("nora", Permissions(manage_guild=True))
    mine, theirs = await panel(world), await other.slash(world.lounge, "feed edit", feed="1")
    await choose(world.mod, mine.response, ["each"], "feed:set:style:1")
    shown = await choose(other, theirs.response, ["upvotes"], "feed:set:order:1")
    # What the other one changed meanwhile stays, and is shown.
    assert "**Style** a post for each" in said(shown)
    after = await plan(world)
    assert (after.style, after.options.order) == (Style.EACH, Order.UPVOTES)


async def test_a_panel_of_a_feed_that_was_removed(world: World) -> None:
    await world.make()
    shown = await panel(world)
    await world.feed("remove", feed="1")
    refused = await choose(world.mod, shown.response, ["each"], "feed:set:style:1")
    assert "There is no feed 1 here" in said(refused)


# --- By forms ---------------------------------------------------------------------------------------


async def opened(world: World, label: str) -> simcord.InteractionResult:
    result = await click(world.mod, await panel(world), label)
    assert result.modal is not None
    return result


@pytest.mark.parametrize("restart", [False, True])
async def test_the_form_of_categories_and_query(world: World, restart: bool) -> None:
    await world.make(query="gan")
    form = await opened(world, "Categories and query")
    if restart:
        await world.restart()
    shown = await world.mod.submit_modal(
        form, {"categories": "cs.CL, stat.ML", "query": "ti:bert OR cat:cs.IR", "then": "save"}
    )
    assert "✅ **Categories**: cs.AI, cs.LG → cs.CL, stat.ML" in said(shown)
    assert "## Edit feed 1" in said(shown)
    after = await plan(world)
    assert (after.categories, after.query) == (("cs.CL", "stat.ML"), "ti:bert OR cat:cs.IR")


async def test_an_empty_query_takes_it_away(world: World) -> None:
    await world.make(query="gan")
    form = await opened(world, "Categories and query")
    shown = await world.mod.submit_modal(form, {"categories": "cs.AI", "query": "", "then": "save"})
    assert "**Query**: mentioning “gan” → none" in said(shown)
    assert (await plan(world)).query == ""


async def test_the_form_of_the_schedule(world: World) -> None:
    await world.make()
    form = await opened(world, "Schedule and limit")
    values = {"time": "7:30 pm", "zone": "tokyo", "days": "mon, fri", "limit": "25", "then": "save"}
    shown = await world.mod.submit_modal(form, values)
    for line in ("09:00 → 19:30", "UTC → Asia/Tokyo", "weekdays → Mon and Fri", "10 → 25"):
        assert line in said(shown)
    assert (await plan(world)).schedule.zone == "Asia/Tokyo"
    [status] = await world.app.services.feeds.overview(world.guild.id)
    assert status.feed.slot_at == at("2026-01-02 10:30")


async def test_a_form_says_all_that_is_wrong(world: World) -> None:
    await world.make()
    form = await opened(world, "Schedule and limit")
    values = {"time": "25:00", "zone": "Nowhere", "days": "moonday", "limit": "99", "then": "save"}
    refused = await world.mod.submit_modal(form, values)
    assert refused.followups[-1].ephemeral
    assert said(refused).startswith("4 things to put right:")
    assert "The limit is a number from 1 to 25." in said(refused)
    assert (await plan(world)).limit == 10


async def test_a_form_can_show_what_it_would_come_to(world: World) -> None:
    world.arxiv.serve_papers(*some(12))
    await world.make(categories="cs.AI", days="every day")
    form = await opened(world, "Categories and query")
    shown = await world.mod.submit_modal(form, {"categories": "cs.AI", "query": "number", "then": "preview"})
    answer = said(shown)
    assert "📝 **Nothing is saved.** It would change **Query**: none → mentioning “number”" in answer
    assert "It would now post **10 papers**." in answer
    assert (await plan(world)).query == ""


async def test_a_form_sent_by_somebody_without_manage_server(world: World) -> None:
    await world.make()
    form = await opened(world, "Categories and query")
    assert form.modal is not None
    label = {"type": 18, "component": {"type": 4, "custom_id": "categories", "value": "cs.CL"}}
    data = {"custom_id": form.modal["custom_id"], "components": [label]}
    refused = await world.member._dispatch_interaction(5, world.lounge, data)
    assert "Only people with Manage Server" in said(refused)
    assert (await plan(world)).categories == ("cs.AI", "cs.LG")


async def test_a_menu_used_by_somebody_without_manage_server(world: World) -> None:
    await world.make()
    menu = {
        "type": 3,
        "custom_id": "feed:set:style:1",
        "options": [{"label": "Each", "value": "each"}, {"label": "Digest", "value": "digest"}],
    }
    from discord.http import Route

    from cogs.ui.cards import IS_COMPONENTS_V2

    body = {"flags": IS_COMPONENTS_V2, "components": [{"type": 1, "components": [menu]}]}
    with world.env.time_context():
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=world.lounge.id)
        await world.app.bot.http.request(route, json=body)
    refused = await choose(world.member, world.lounge.last_message, ["each"], "feed:set:style:1")
    assert "Only people with Manage Server" in said(refused)
    assert (await plan(world)).style is Style.DIGEST
