"""`/feed highlights`: a weekly post, set up, listed, changed, and refused to those who may not."""

import pytest

from bot.domain.feeds import FeedKind
from tests.cogs.world import World, said


async def test_it_is_set_up_listed_and_changed(world: World) -> None:
    answer = said(
        await world.feed("highlights", channel=world.papers, time="18:00", zone="Berlin", days="Friday")
    )
    assert "Feed 1 is set" in answer
    assert "What this server discussed, saved and found useful most" in answer
    (status,) = await world.app.services.feeds.overview(world.guild.id)
    plan = status.feed.plan
    assert (plan.kind, plan.limit, plan.schedule.days) == (FeedKind.HIGHLIGHTS, 5, frozenset({4}))
    assert "discussed, saved and found useful" in said(await world.feed("list"))
    assert "**Limit**: 5 → 3" in said(await world.feed("edit", feed="1", limit=3))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("edit", {"query": "gan"}, "channel, time, zone, days and limit"),
        ("edit", {}, "Name what to change"),
        ("preview", {}, "nothing to show or explain before"),
        ("why", {"paper": "2601.00001"}, "nothing to show or explain before"),
    ],
)
async def test_what_it_cannot_do_is_said(
    world: World, name: str, options: dict[str, str], words: str
) -> None:
    await world.feed("highlights", channel=world.papers)
    assert words in said(await world.feed(name, feed="1", **options))
