"""`/feed highlights`: a weekly post, set up, listed, changed, and refused to those who may not."""

import pytest
import simcord

from bot.domain.feeds import FeedKind, FeedPlan
from tests.cogs.world import World, buttons, click, nodes, said


async def plan(world: World) -> FeedPlan:
    (status,) = await world.app.services.feeds.overview(world.guild.id)
    return status.feed.plan


async def test_it_is_set_up_listed_and_changed(world: World) -> None:
    made = await world.feed("highlights", channel=world.papers, time="18:00", zone="Berlin", days="Friday")
    assert "Feed 1 is set" in said(made)
    assert "Highlights: what this server discussed, saved and found useful most" in said(made)
    assert list(buttons(made)) == ["Edit", "Remove", "All feeds"]
    saved = await plan(world)
    assert (saved.kind, saved.limit, saved.schedule.days) == (FeedKind.HIGHLIGHTS, 5, frozenset({4}))
    listed = await world.feed("list")
    assert "discussed, saved and found useful" in said(listed)
    assert list(buttons(listed)) == ["Edit", "Pause", "Remove"]  # there is nothing to show before
    edited = await world.feed("edit", feed="1", limit=3)
    assert "**Limit**: 5 → 3" in said(edited)
    assert list(buttons(edited)) == ["Edit", "All feeds"]


async def test_what_is_said_of_quiet_times_holds_for_any_days(world: World) -> None:
    made = said(await world.feed("highlights", channel=world.papers, days="every day"))
    assert "every day at 09:00" in made
    assert "week" not in made


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("edit", {"query": "gan"}, "channel, time, zone, days and limit"),
        ("edit", {"limit": 11}, "holds up to 10 papers"),
        ("preview", {}, "nothing to show or explain before"),
        ("why", {"paper": "2601.00001"}, "nothing to show or explain before"),
    ],
)
async def test_what_it_cannot_do_is_said(
    world: World, name: str, options: dict[str, str], words: str
) -> None:
    await world.feed("highlights", channel=world.papers)
    assert words in said(await world.feed(name, feed="1", **options))


@pytest.mark.parametrize("typed", ["high", "discussed", "1", ""])
async def test_it_is_found_by_what_it_is(world: World, typed: str) -> None:
    await world.feed("highlights", channel=world.papers)
    assert await world.offered("edit", "feed", typed) == ["1"]


# --- Its panel --------------------------------------------------------------------------------------


async def panel(world: World, way: str) -> simcord.InteractionResult:
    if way == "command":
        return await world.feed("edit", feed="1")
    return await click(world.mod, await world.feed("list"), "Edit")


@pytest.mark.parametrize("way", ["command", "button"])
async def test_its_panel_offers_what_can_be_changed_and_nothing_else(world: World, way: str) -> None:
    await world.feed("highlights", channel=world.papers)
    shown = await panel(world, way)
    values = "\n".join(
        (
            f"**Channel** <#{world.papers.id}>",
            "**Time** 09:00",
            "**Zone** UTC",
            "**Days** Mondays",
            "**Limit** 5",
        )
    )
    assert said(shown) == f"## Edit feed 1\n{values}"
    assert list(buttons(shown)) == ["Schedule and limit", "All feeds"]
    menus = [node["custom_id"] for node in nodes(shown.response) if node["type"] in {3, 6, 8}]
    assert menus == ["feed:set:channel:1"]


async def test_the_panel_changes_it(world: World) -> None:
    await world.feed("highlights", channel=world.papers)
    shown = await panel(world, "command")
    assert shown.response is not None
    moved = await world.mod.select(shown.response, [world.lounge], custom_id="feed:set:channel:1")
    assert f"**Channel**: <#{world.papers.id}> → <#{world.lounge.id}>" in said(moved)
    form = await click(world.mod, moved, "Schedule and limit")
    values = {"time": "18:00", "zone": "UTC", "days": "Friday", "limit": "10"}
    changed = await world.mod.submit_modal(form, values)
    for line in ("09:00 → 18:00", "Mondays → Fridays", "5 → 10"):
        assert line in said(changed)
    after = await plan(world)
    assert (after.kind, after.channel_id, after.limit) == (FeedKind.HIGHLIGHTS, world.lounge.id, 10)


async def test_an_old_panel_of_papers_opens_no_form_that_would_be_refused(world: World) -> None:
    await world.feed("highlights", channel=world.papers)
    assert "made from what members do" in said(await world.press("feed:open:what:1", world.mod))
