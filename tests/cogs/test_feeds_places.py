"""Where a feed may post: threads, forums and their tags, permissions by style, roles that may be mentioned."""

import re
from typing import Any

import pytest
import simcord
from discord import Permissions

from bot.domain.feeds import Style
from bot.storage.tables import outbox
from tests.cogs.world import World, buttons, said, some

REQUIRE_TAG = 1 << 4


async def plan(world: World, number: int = 1) -> Any:
    statuses = await world.app.services.feeds.overview(world.guild.id)
    return next(status.feed.plan for status in statuses if status.feed.number == number)


async def everything_due(world: World) -> None:
    await world.advance(hours=10)
    await world.run_due()


def named(world: World, name: str) -> Any:
    """Return the thread of that name."""
    return next(c for c in world.env.backend.channels.values() if c.is_thread and name in (c.name or ""))


def text_in(world: World, thread: Any) -> str:
    return "\n".join(world.posts(simcord.ChannelHandle(world.env, world.guild, thread)))


async def test_a_thread_for_the_day(world: World) -> None:
    world.arxiv.serve_papers(*some(3))
    answer = said(await world.make(categories="cs.AI", style="thread", days="every day"))
    assert "a thread for the day, at most 10" in answer
    assert (await plan(world)).style is Style.THREAD
    await everything_due(world)
    starter = world.posts()[0]
    assert "## 3 new papers" in starter
    assert "The papers are in the thread below." in starter
    assert re.findall(
        r"^### Paper number (\d)$", text_in(world, named(world, "Papers of")), re.MULTILINE
    ) == [
        "3",
        "2",
        "1",
    ]


async def test_a_forum_gets_a_post_for_the_day_or_for_each(world: World) -> None:
    world.arxiv.serve_papers(*some(2))
    forum = world.guild.create_forum_channel("reading")
    one = said(await world.feed("papers", channel=forum, categories="cs.AI", days="every day"))
    assert "one forum post, at most 10" in one
    each = world.guild.create_forum_channel("each")
    two = said(await world.feed("papers", channel=each, categories="cs.AI", style="each", days="every day"))
    assert "a forum post for each, at most 10" in two
    assert (await plan(world)).options.forum
    await everything_due(world)
    assert "## 2 new papers" in text_in(world, named(world, "Papers of"))
    assert "### Paper number 2" in text_in(world, named(world, "Paper number 2"))


@pytest.mark.parametrize(
    ("tags", "required", "chosen"),
    [
        (["help", "arXiv papers", "other"], True, "arXiv papers"),
        (["help", "Research"], True, "Research"),
        (["help", "other"], True, "help"),
        (["papers"], False, None),
    ],
)
async def test_a_forum_that_asks_for_a_tag_gets_one(
    world: World, tags: list[str], required: bool, chosen: str | None
) -> None:
    forum = world.guild.create_forum_channel("reading")
    made = [
        {"id": str(900 + number), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
        for number, name in enumerate(tags)
    ]
    world.env.backend.edit_channel(forum.id, {"available_tags": made})
    guild = world.app.bot.get_guild(world.guild.id)
    assert guild is not None
    cached: Any = guild.get_channel(forum.id)
    cached._flags = REQUIRE_TAG if required else 0  # SimCord has no flags of channels
    answer = said(await world.feed("papers", channel=forum))
    assert ("tagged" in answer) is (chosen is not None)
    assert chosen is None or f", tagged {chosen}" in answer
    tag_id = (await plan(world)).options.forum_tag_id
    assert tag_id == (None if chosen is None else 900 + tags.index(chosen))


@pytest.mark.parametrize(
    ("kind", "style", "denied", "lacking"),
    [
        ("text", "digest", {"create_public_threads": True, "send_messages_in_threads": True}, None),
        ("text", "thread", {"create_public_threads": True}, "Create Public Threads"),
        (
            "text",
            "thread",
            {"send_messages": True, "create_public_threads": True, "send_messages_in_threads": True},
            "Send Messages, Send Messages in Threads and Create Public Threads",
        ),
        ("forum", "digest", {"send_messages_in_threads": True}, "Send Messages in Threads"),
        ("forum", "each", {"send_messages": True}, "Send Messages"),
        ("forum", "digest", {"create_public_threads": True}, None),
    ],
)
async def test_each_style_needs_its_permissions(
    world: World, kind: str, style: str, denied: dict[str, bool], lacking: str | None
) -> None:
    make = world.guild.create_forum_channel if kind == "forum" else world.guild.create_text_channel
    place = make("place")
    world.forbid(place, **denied)
    boss = world.join("olga", Permissions(administrator=True))
    answer = said(await boss.slash(world.lounge, "feed papers", channel=place, style=style))
    if lacking is None:
        assert "is set" in answer
    else:
        named = sorted(re.split(", | and ", lacking))
        assert sorted(re.split(", | and ", answer.split("I lack ")[1].split(" there.")[0])) == named
        assert await world.app.services.feeds.overview(world.guild.id) == []


async def test_a_role_that_anyone_may_mention(world: World) -> None:
    world.arxiv.serve_papers(*some(1))
    role = world.guild.create_role("readers", mentionable=True)
    answer = said(await world.make(categories="cs.AI", mention=role, days="every day"))
    assert f"mentions <@&{role.id}>" in answer
    await everything_due(world)
    [post] = world.posts()
    assert f"<@&{role.id}>" in post
    async with world.app.db.read() as tx:
        [row] = (await tx.execute(outbox.select())).all()
    assert f'"allowed_mentions":{{"parse":[],"roles":["{role.id}"]}}' in row.payload


async def test_a_role_that_nobody_may_mention(world: World) -> None:
    role = world.guild.create_role("staff")
    world.forbid(world.papers, mention_everyone=True)
    result = await world.feed("papers", channel=world.papers, mention=role)
    assert f"I may not mention <@&{role.id}>." in said(result)
    assert "allow anyone to @mention this role" in said(result)
    assert await world.app.services.feeds.overview(world.guild.id) == []


async def test_everyone_is_no_role_for_a_feed(world: World) -> None:
    backend = world.env.backend
    everyone = simcord.RoleHandle(
        world.env, world.guild, backend.guilds[world.guild.id].roles[world.guild.id]
    )
    result = await world.feed("papers", channel=world.papers, mention=everyone)
    assert "A feed cannot mention @everyone." in said(result)


async def test_a_channel_of_another_kind_is_not_offered(world: World) -> None:
    voice = world.guild.create_voice_channel("talk")
    with pytest.raises(simcord.SetupError, match="channel"):
        await world.feed("papers", channel=voice)


async def test_the_card_of_a_new_feed_shows_what_is_known(world: World) -> None:
    world.arxiv.serve_papers(*some(40))
    await world.make(categories="cs.AI", days="every day")
    await world.feed("preview", feed="1")
    result = await world.make(categories="cs.AI", limit=5, days="every day")
    answer = said(result)
    assert "I have not read" not in answer
    assert "It would now post **5 papers**." in answer
    assert re.findall(r"^### Paper number (\d+)$", answer, re.MULTILINE) == ["40", "39"]
    assert "oldest first: **0, 0, 0, 0, 0, 0, 5**, and only counted 35 more." in answer
    assert (
        "⚠️ That is much more than fits: about 40 papers on a day, and a post shows 5. Give it a `query`"
        in answer
    )
    assert list(buttons(result)) == ["Preview", "Edit", "Remove", "All feeds"]
    empty = said(await world.make(categories="cs.AI", query="zebra", days="every day"))
    assert "It would post nothing now" in empty
    assert "⚠️ Nothing that I have read lately fits. Try fewer or other words" in empty
    fine = said(await world.make(categories="cs.AI", limit=20, days="every day"))
    assert "⚠️" not in fine
