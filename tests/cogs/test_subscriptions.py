"""`/papers subscribe` and `/papers subscriptions` through Discord's command tree, and the buttons below the messages."""

import re
from typing import Any

import pytest
import simcord

from bot.domain.feeds import FeedState
from tests.cogs.world import Listed, World, at, buttons, click, nodes, said, some

CLOSED: dict[str, Any] = {"status": 403, "code": 50007, "message": "Cannot send messages to this user"}


async def subscribe(world: World, query: str = "paper", **options: Any) -> simcord.InteractionResult:
    return await world.member.slash(world.lounge, "papers subscribe", query=query, **options)


async def made(world: World, query: str = "paper", **options: Any) -> simcord.InteractionResult:
    result = await subscribe(world, query, **options)
    assert "is set" in said(result), said(result)
    return result


async def listed(world: World) -> simcord.InteractionResult:
    return await world.member.slash(world.lounge, "papers subscriptions")


async def states(world: World, who: simcord.MemberActor | None = None) -> dict[int, FeedState]:
    """What the database holds of somebody's subscriptions."""
    found = await world.app.services.subscriptions.overview((who or world.member).id)
    return {each.feed.number: each.feed.state for each in found}


def letters(world: World, who: simcord.MemberActor | None = None) -> list[str]:
    """The text of each direct message that somebody got."""
    return world.posts((who or world.member).user.dm_channel)


def last_letter(world: World) -> Any:
    message = world.member.user.dm_channel.last_message
    assert message is not None
    return message


async def press(world: World, result: simcord.InteractionResult, custom_id: str) -> simcord.InteractionResult:
    assert result.response is not None
    return await world.member.click(result.response, custom_id=custom_id)


def stored_buttons(message: Any) -> dict[str, str]:
    return {node["label"]: node["custom_id"] for node in nodes(message) if node["type"] == 2}


async def press_letter(world: World, label: str) -> simcord.InteractionResult:
    result: simcord.InteractionResult = await world.member.user.click(last_letter(world), label=label)
    return result


# --- /papers subscribe ------------------------------------------------------------------------------


async def test_a_query_is_enough_and_the_first_message_says_what_comes(world: World) -> None:
    result = await made(world, "diffusion NOT survey")
    answer = said(result)
    assert result.ephemeral
    assert "## Subscription 1 is set\n**New papers mentioning “diffusion”, but not “survey”**" in answer
    assert "-# Looked for in cs.AI, cs.CL, cs.CV, cs.LG, stat.ML" in answer
    assert "Every day at 08:00, UTC · at most 10 at once" in answer
    assert f"First message: <t:{int(at('2026-01-01 08:00').timestamp())}:F>" in answer
    assert "08:00 is UTC. For your own time" in answer
    assert buttons(result) == {
        "Show me now": "sub:preview:1",
        "Stop": "sub:stop:1",
        "All subscriptions": "sub:list:0",
    }
    (letter,) = letters(world)
    assert "## Your subscription 1\nYou asked me" in letter
    assert "**New papers mentioning “diffusion”, but not “survey”**" in letter
    assert "Every day at 08:00, UTC" in letter
    assert "Pause or stop it whenever you like" in letter
    assert stored_buttons(last_letter(world)) == {"Pause": "sub:pause:1", "Stop these": "sub:stop:1"}
    assert await states(world) == {1: FeedState.ACTIVE}
    assert letters(world, world.mod) == []


async def test_every_option_is_kept(world: World) -> None:
    answer = said(
        await made(
            world, "gan", time="9:30 pm", zone="paris", every="week", day=0, categories="cs.RO, stat ml"
        )
    )
    assert "Mondays at 21:30, Europe/Paris" in answer
    assert "-# Looked for in cs.RO, stat.ML" in answer
    assert "UTC" not in answer
    (feed,) = [each.feed for each in await world.app.services.subscriptions.overview(world.member.id)]
    assert feed.slot_at == at("2026-01-05 20:30")
    assert (feed.plan.query, feed.plan.categories) == ("gan", ("cs.RO", "stat.ML"))


async def test_whose_time_zone_counts_is_said(world: World) -> None:
    await world.make(zone="Asia/Tokyo")
    assert "08:00 is in Asia/Tokyo, this server's time zone." in said(await made(world, "one"))
    await made(world, "two", zone="Berlin")
    assert "08:00 is in Europe/Berlin, the time zone you chose last." in said(await made(world, "three"))


async def test_the_categories_of_the_query_count(world: World) -> None:
    assert "-# Looked for in cs.RO\n" in said(await made(world, "gan AND cat:cs.RO", categories="cs.LG"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"query": "gan AND"}, "▲"),
        ({"query": '"flow matching'}, "▲"),
        ({"query": "NOT survey"}, "▲"),
        ({"query": "cat:cs.XX"}, "“cs.XX” is not an arXiv category"),
        ({"query": "gan", "categories": "cs.LLL"}, "Did you mean cs.LG"),
        ({"query": "gan", "time": "25:00"}, "is not a time of day"),
        ({"query": "gan", "zone": "Europe/Pariss"}, "Europe/Paris"),
        ({"query": "gan", "every": "day", "day": 3}, "goes with every: week"),
    ],
)
async def test_wrong_input_is_answered_with_what_to_write(
    world: World, options: dict[str, Any], words: str
) -> None:
    result = await subscribe(world, **options)
    assert result.ephemeral
    assert words in said(result)
    assert letters(world) == []
    assert await states(world) == {}


async def test_the_same_twice_and_the_eleventh_are_refused_without_a_message(world: World) -> None:
    await made(world, "word0")
    assert "Your subscription 1 looks for the same" in said(await subscribe(world, "word0"))
    for number in range(1, 10):
        await made(world, f"word{number}")
    assert said(await subscribe(world, "word10")).startswith("You have 10 subscriptions. Stop one of them")
    assert len(letters(world)) == 10


async def test_closed_messages_save_nothing_and_say_how_to_open_them(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/messages", **CLOSED)
    answer = said(await subscribe(world))
    assert "I could not send you a direct message, so nothing is set up." in answer
    assert "Privacy Settings, allow direct messages" in answer
    assert await states(world) == {}
    await made(world)  # the number was not used up
    assert list(await states(world)) == [1]


async def test_what_cannot_be_saved_takes_its_message_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.faults_expected = True

    async def full(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(world.app.services.subscriptions, "save", full, raising=False)
    assert "Something went wrong on my side" in said(await subscribe(world))
    assert letters(world) == []
    assert await states(world) == {}


async def test_in_direct_messages_it_works_as_well(world: World) -> None:
    ben = world.member.user
    result = await ben.slash("papers subscribe", query="gan")
    assert "## Subscription 1 is set" in said(result)
    result = await ben.slash("papers subscriptions")
    assert "mentioning “gan”" in said(result)
    stopped = await ben.click(result.response, label="Stop")
    assert "Subscription 1 is stopped" in said(stopped)
    assert await states(world) == {}


async def test_what_autocompletes(world: World) -> None:
    async def offered(option: str, typed: str) -> list[str]:
        found = await world.member.autocomplete(world.lounge, "papers subscribe", option, typed, query="gan")
        return [str(choice["value"]) for choice in found]

    assert "08:30" in await offered("time", "8:30")
    assert (await offered("zone", "pari"))[0] == "Europe/Paris"
    assert "cs.LG, cs.RO" in await offered("categories", "cs.LG, robot")
    found = await world.member.autocomplete(world.lounge, "papers subscribe", "query", "ti:gra")
    assert "ti:gra*" in [choice["value"] for choice in found]


# --- what comes -------------------------------------------------------------------------------------


async def test_a_digest_names_its_subscription_and_has_the_ways_out_on_its_last_part(world: World) -> None:
    # Eleven papers with long abstracts: several messages, and one paper more.
    long = "It is known that " + "very " * 60 + "long sentences exist."
    world.arxiv.serve_papers(
        *(Listed(f"2601.{n:05d}", f"Paper number {n}", abstract=long) for n in range(1, 12))
    )
    await made(world, "paper")
    await world.advance(hours=9)
    await world.run_due()
    _welcome, *parts = world.env.backend.messages[world.member.user.dm_channel.id].values()
    assert len(parts) > 1
    for part, message in enumerate(parts, start=1):
        labels = stored_buttons(message)
        assert ("Stop these" in labels) == ("Pause" in labels) == (part == len(parts))
        assert sum(1 for _ in nodes(message)) <= 40
    texts = letters(world)[1:]
    assert all(
        f"-# Subscription 1 · 2026-01-01 · {part} of {len(parts)}" in text
        for part, text in enumerate(texts, 1)
    )
    assert "## 11 new papers" in texts[0]


async def test_cross_lists_are_in_a_category_too(world: World) -> None:
    world.arxiv.serve_papers(
        Listed("2601.00001", "A gan", type="cross", categories=("math.OC", "cs.AI")),
        Listed("2601.00002", "Another gan", version=2, type="replace"),
    )
    await made(world, "gan AND cat:cs.AI")
    await world.advance(hours=9)
    await world.run_due()
    assert re.findall(r"^### (.*)$", letters(world)[1], re.MULTILINE) == ["A gan"]


async def test_stopped_from_the_message_nothing_more_comes(world: World) -> None:
    world.arxiv.serve_papers(*some(2))
    await made(world)
    await world.advance(hours=9)
    await world.run_due()
    assert len(letters(world)) == 2
    await world.restart()
    for _ in range(2):  # a second press finds it stopped
        assert "## Subscription 1 is stopped" in said(await press_letter(world, "Stop these"))
    assert await states(world) == {}
    assert "You have no subscription 1" in said(await press_letter(world, "Pause"))
    world.arxiv.serve_papers(*some(2, first=3))
    await world.next_day()
    assert len(letters(world)) == 2


async def test_paused_from_the_message_and_resumed(world: World) -> None:
    await made(world)
    result = await press_letter(world, "Pause")
    assert "## Subscription 1 is paused" in said(result)
    assert await states(world) == {1: FeedState.PAUSED}
    world.arxiv.serve_papers(*some(2))
    await world.next_day()
    assert len(letters(world)) == 1
    resumed = await world.member.user.click(result.response, label="Resume")
    assert "## Subscription 1 is on" in said(resumed)
    assert f"Next message: <t:{int(at('2026-01-02 08:00').timestamp())}:F>" in said(resumed)


async def test_nobody_else_can_press(world: World) -> None:
    await made(world)
    await world.mod.slash(world.lounge, "papers subscribe", query="mine")
    for action in ("stop", "pause", "resume", "restore", "preview", "list"):
        result = await world.press(f"sub:{action}:1", world.mod)
        assert result.ephemeral
        assert "works only for the person whose subscription it is" in said(result)
    assert await states(world) == await states(world, world.mod) == {1: FeedState.ACTIVE}
    # Not even the owner, where others can see and press it.
    assert "works only for" in said(await world.press("sub:stop:1", world.member))
    assert await states(world) == {1: FeedState.ACTIVE}


# --- /papers subscriptions --------------------------------------------------------------------------


async def test_an_empty_list_says_how_to_begin(world: World) -> None:
    result = await listed(world)
    assert result.ephemeral
    assert "No subscriptions yet" in said(result)
    assert "`/papers subscribe`" in said(result)


async def test_the_list_says_what_comes_when_and_why_it_does_not(world: World) -> None:
    world.arxiv.serve_papers(*some(3))
    await made(world, "paper")
    await made(world, '"no such words"')
    await made(world, "third")
    await press(world, await listed(world), "sub:pause:3")
    await world.advance(hours=9)
    world.env.inject_error("POST", "/channels/*/messages", **CLOSED)
    await world.run_due()
    result = await listed(world)
    answer = said(result)
    assert "## 3 subscriptions" in answer
    assert answer.count("Next message") == 1
    assert "⏸️ Paused: You do not take direct messages from me. Open the menu of a server we share" in answer
    assert "Then press Resume." in answer
    assert "⏸️ Paused. Resume it when you like." in answer
    assert f"Next message <t:{int(at('2026-01-02 08:00').timestamp())}:f>" in answer
    assert "no new paper fitted" in answer
    pressable = {node.get("custom_id") for node in nodes(result.response)}
    assert {"sub:resume:1", "sub:pause:2", "sub:resume:3", "sub:stop:3", "sub:preview:2"} <= pressable
    # Open again, it goes on from its last slot: what was refused since then is not lost.
    assert "is on" in said(await press(world, result, "sub:resume:1"))
    world.arxiv.serve_papers(*some(1, first=9))
    await world.next_day()
    assert "## 4 new papers" in letters(world)[-1]


async def test_a_preview_is_private_and_uses_nothing_up(world: World) -> None:
    world.arxiv.serve_papers(*some(12))
    await made(world)
    for _ in range(2):
        result = await click(world.member, await listed(world), "Show me now")
        assert result.ephemeral
        assert "It would now bring **10 papers**." in said(result)
        assert "… and 5 more papers in the message." in said(result)
        assert "**2 more new papers** not shown" in said(result)
    assert len(letters(world)) == 1
    await world.advance(hours=9)
    await world.run_due()
    assert "## 12 new papers" in letters(world)[1]


async def test_a_preview_of_nothing(world: World) -> None:
    result = await click(world.member, await made(world, "nonsense"), "Show me now")
    assert "No new paper is waiting that fits." in said(result)


async def test_many_are_listed_on_pages(world: World) -> None:
    for number in range(10):
        await made(world, f"word{number} AND " + " ".join(f"term{n}" for n in range(30)))
    result = await listed(world)
    assert result.response is not None
    assert sum(1 for _ in nodes(result.response)) <= 40
    assert "word4" in said(result)
    assert "word5" not in said(result)
    second = await click(world.member, result, "More → (1/2)")
    assert "word5" in said(second)
    assert "word4" not in said(second)


async def test_stopped_by_mistake_it_comes_back(world: World) -> None:
    stopped = await click(world.member, await made(world), "Stop")
    assert "## Subscription 1 is on" in said(await click(world.member, stopped, "Bring it back"))
    assert await states(world) == {1: FeedState.ACTIVE}
