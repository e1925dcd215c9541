"""The buttons below papers: on posts of any age, pressed by anybody, after any restart."""

from copy import deepcopy
from typing import Any

import pytest
import simcord
from discord import Permissions
from hypothesis import given
from hypothesis import strategies as st
from simcord import interactions
from simcord.backend import serializers
from sqlalchemy import select, update

from bot.domain.papers import Author, Paper, parse_id
from bot.storage import papers as paper_rows
from bot.storage.tables import discussions
from bot.tree import is_known
from cogs.ui.paper_buttons import LABELS, actions
from tests.cogs.test_papers_commands import announce, files, keep, opened
from tests.cogs.world import Listed, World, buttons, click, nodes, said, some, texts

HEAT = Listed("2601.00001", "Diffusion of Heat", abstract="We show that heat diffuses. It does so often.")


async def post(world: World, *listed: Listed, style: str = "each", limit: int = 10) -> Any:
    """Let a feed post papers and return the first message."""
    await announce(world, *(listed or (HEAT,)), style=style, limit=limit)
    return world.papers.history()[0]


def labels(world: World, message: Any) -> list[str]:
    """Return what the buttons of a message say now."""
    stored = world.env.backend.get_message(message.channel.id, message.id)
    return [node["label"] for node in nodes(stored) if node["type"] == 2]


def plain(world: World, message: Any) -> list[dict[str, Any]]:
    """Return the components of a message without what its buttons say."""
    stored = world.env.backend.get_message(message.channel.id, message.id)
    ignored = {"components", "label", "id"}
    return [{key: value for key, value in node.items() if key not in ignored} for node in nodes(stored)]


@given(
    st.sampled_from(list(LABELS)),
    st.from_regex(r"(?:[0-9]{4}\.[0-9]{4,5}|[a-z]{2,9}(?:-[a-z]{2,4})?/[0-9]{7})", fullmatch=True),
)
def test_whatever_stands_below_a_stored_paper_is_answered(action: str, paper_id: str) -> None:
    assert is_known(f"paper:{action}:{paper_id}")
    if parse_id(paper_id):
        assert all(is_known(str(button.custom_id)) for button in actions(paper_id, saves=3))


# --- Save and Useful --------------------------------------------------------------------------------


async def test_a_save_counts_on_the_post_and_is_confirmed_in_private(world: World) -> None:
    message = await post(world)
    before = plain(world, message)
    assert labels(world, message)[0] == "Save"
    await world.restart()
    result = await world.member.click(message, custom_id="paper:save:2601.00001")
    assert [followup.ephemeral for followup in result.followups] == [True]
    assert said(result) == "Saved to your reading list. Only you can see it."
    assert labels(world, message) == ["Save · 1", "Discuss", "Cite", "Why here?", "More like this"]
    await world.mod.click(message, custom_id="paper:save:2601.00001")
    assert labels(world, message)[0] == "Save · 2"
    result = await world.member.click(message, custom_id="paper:save:2601.00001")
    assert said(result) == "Removed from your reading list. Only you can see it."
    assert labels(world, message) == ["Save · 1", "Discuss", "Cite", "Why here?", "More like this"]
    assert plain(world, message) == before  # the text, the colour and the order are as they were


async def test_saves_at_the_same_moment_all_count(world: World) -> None:
    message = await post(world)
    people = [world.join(f"reader{number}") for number in range(4)]
    await at_once(world, message, *people, action="save")
    assert labels(world, message)[0] == "Save · 4"
    # Whatever a double press comes to, the post says what is so.
    await at_once(world, message, *people, people[0], action="save")
    counts = await world.app.services.papers.counts_for(world.guild.id, ["2601.00001"])
    assert labels(world, message)[0] == (f"Save · {counts['2601.00001'].saves}" if counts else "Save")


async def test_a_save_and_a_vote_at_the_same_moment_both_count(world: World) -> None:
    message = await post(world)
    await discuss(world, message)
    [card] = [one for one in world.papers.threads[0].history() if one.components]
    stored = world.env.backend.get_message(card.channel.id, card.id)
    old = deepcopy(serializers.message_payload(world.env.backend, stored))
    await world.member.click(card, custom_id="paper:vote:2601.00001")
    await at_once(world, card, world.mod, action="save", shown=old)
    assert labels(world, card)[:2] == ["Useful · 1", "Save · 1"]


async def test_the_list_is_one_press_away(world: World) -> None:
    message = await post(world)
    result = await world.member.click(message, custom_id="paper:save:2601.00001")
    listed = await world.member.click(result.followups[0], label="Reading list")
    assert "Diffusion of Heat" in said(listed)


async def test_on_a_private_card_the_button_says_what_you_did(world: World) -> None:
    world.arxiv.known = [HEAT]
    card = await world.member.slash(world.lounge, "papers show", paper="2601.00001")
    result = await click(world.member, card, "Save")
    assert result.followups == []
    assert {"Saved · 1", "Useful"} <= buttons(result).keys()
    result = await click(world.member, result, "Useful")
    assert {"Saved · 1", "Useful ✓ · 1"} <= buttons(result).keys()
    # Another member sees the counts and that they did neither.
    other = await world.mod.slash(world.lounge, "papers show", paper="2601.00001")
    assert {"Save · 1", "Useful · 1"} <= buttons(other).keys()
    result = await click(world.mod, other, "Useful · 1")
    assert "Useful ✓ · 2" in buttons(result)
    result = await click(world.mod, result, "Useful ✓ · 2")
    assert "Useful · 1" in buttons(result)


async def test_a_vote_on_a_public_card_is_confirmed_in_private(world: World) -> None:
    world.arxiv.known = [HEAT]
    message = await world.old_message("paper:vote:2601.00001")
    result = await world.member.click(message, custom_id="paper:vote:2601.00001")
    assert said(result) == "You found it useful; it counts here."
    assert labels(world, message) == ["Useful · 1"]
    result = await world.member.click(message, custom_id="paper:vote:2601.00001")
    assert said(result) == "Your vote is taken back."
    assert labels(world, message) == ["Useful"]


async def test_a_count_is_of_this_server(world: World) -> None:
    world.arxiv.known = [HEAT]
    other = world.env.create_guild("Other")
    there = other.create_text_channel("talk")
    stranger = other.add_member(world.env.create_user("eve"))
    message = await world.old_message("paper:save:2601.00001", there)
    await stranger.click(message, custom_id="paper:save:2601.00001")
    assert labels(world, message) == ["Save · 1"]
    here = await world.old_message("paper:save:2601.00001")
    await world.member.click(here, custom_id="paper:save:2601.00001")
    assert labels(world, here) == ["Save · 1"]


async def test_in_direct_messages_there_is_no_count_and_no_vote(world: World) -> None:
    world.arxiv.known = [HEAT]
    user = world.member.user
    message = await world.old_message("paper:save:2601.00001", user.dm_channel)
    result = await user.click(message, custom_id="paper:save:2601.00001")
    assert result.followups == []
    assert labels(world, message) == ["Saved"]
    message = await world.old_message("paper:vote:2601.00001", user.dm_channel)
    assert said(await user.click(message, custom_id="paper:vote:2601.00001")) == (
        "That works in a server, not in direct messages."
    )


async def test_a_full_list_says_so_and_the_post_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.reading_lists.MAX_SAVED", 0)
    message = await post(world)
    result = await world.member.click(message, custom_id="paper:save:2601.00001")
    assert "Your reading list is full" in said(result)
    assert labels(world, message)[0] == "Save"


async def test_a_paper_that_nobody_has_any_more(world: World) -> None:
    for action in ("open", "save", "vote", "cite", "more", "discuss"):
        answer = said(await world.press(f"paper:{action}:2601.00099", by=world.member))
        assert answer == "arXiv has no paper 2601.00099. Check the number, or search by title."


# --- Open, Cite, More like this, Why here -----------------------------------------------------------


async def test_open_from_a_digest(world: World) -> None:
    message = await post(world, HEAT, *some(3, first=2), style="digest")
    await world.restart()
    result = await world.member.click(message, custom_id="paper:open:2601.00001")
    assert result.ephemeral
    assert said(result).startswith("## Diffusion of Heat")
    assert world.arxiv.queries == []


async def test_cite(world: World) -> None:
    message = await post(world)
    await world.restart()
    result = await world.member.click(message, custom_id="paper:cite:2601.00001")
    assert result.ephemeral
    answer = said(result)
    assert "```bibtex\n@misc{lovelace2026diffusion,\n" in answer
    assert "```\nTY  - UNPB\n" in answer


async def test_a_long_citation_comes_as_files(world: World) -> None:
    many = tuple(Author(f"Author Number{number}") for number in range(400))
    await keep(world, Paper("math/0309136", 1, "Many Hands", "Light work.", many, ("math.GT",), "math.GT"))
    result = await world.press("paper:cite:math/0309136", by=world.member)
    assert result.ephemeral
    assert set(files(result)) == {"math-0309136.bib", "math-0309136.ris"}
    assert all(size > 5_000 for size in files(result).values())


async def test_more_like_this(world: World) -> None:
    alike = Listed("2601.00002", "Heat, and its diffusion in metal", abstract="Heat diffuses in metal.")
    message = await post(world, HEAT, alike, Listed("2601.00003", "Birds", abstract="They sing."))
    await world.restart()
    result = await world.press("paper:more:2601.00001", by=world.member)
    assert result.ephemeral
    assert "## More like this\n-# Diffusion of Heat" in said(result)
    assert opened(result) == ["2601.00002"]
    assert message is not None


async def test_why_here(world: World) -> None:
    message = await post(world)
    await world.restart()
    result = await world.member.click(message, custom_id="paper:why:2601.00001")
    assert result.ephemeral
    assert f"feed 1 in <#{world.papers.id}>" in said(result)
    assert said(await world.press("paper:why:2601.00001", by=world.member)) == (
        "No feed of this server has shown that paper here."
    )


# --- Discuss ----------------------------------------------------------------------------------------


async def discuss(
    world: World, message: Any, by: simcord.MemberActor | None = None
) -> simcord.InteractionResult:
    result: simcord.InteractionResult = await (by or world.member).click(
        message, custom_id="paper:discuss:2601.00001"
    )
    return result


async def at_once(
    world: World, message: Any, *people: simcord.MemberActor, action: str = "discuss", shown: Any = None
) -> None:
    """Let people press a button in the same moment: nothing is answered before all have pressed.

    `shown` is the message as they still see it.
    """
    backend = world.env.backend
    stored = backend.get_message(message.channel.id, message.id)
    for person in people:
        record, payload = interactions.base_payload(
            backend,
            type=3,
            channel_id=message.channel.id,
            guild_id=world.guild.id,
            user_id=person.id,
            data={"custom_id": f"paper:{action}:2601.00001", "component_type": 2},
        )
        record.source_message_id = message.id
        backend.emit(
            "INTERACTION_CREATE", payload | {"message": shown or serializers.message_payload(backend, stored)}
        )
    await world.env.settle()


async def thread_ids(world: World) -> list[int | None]:
    async with world.app.db.read() as tx:
        return list(await tx.scalars(select(discussions.c.thread_id)))


async def test_the_first_press_opens_a_thread_and_the_next_gives_its_link(world: World) -> None:
    message = await post(world)
    result = await discuss(world, message)
    assert result.ephemeral
    [thread] = world.papers.threads
    assert thread.name == "Diffusion of Heat"
    assert said(result) == f"## The thread is open\n<#{thread.id}>"
    [card] = [one for one in thread.history() if one.components]
    assert "We show that heat diffuses." in "\n".join(texts(card))
    # The card in it has buttons that work there, and its counts are for everybody.
    await world.mod.click(card, custom_id="paper:save:2601.00001")
    assert labels(world, card)[:2] == ["Useful", "Save · 1"]
    await world.restart()
    again = await discuss(world, message, world.mod)
    assert said(again) == f"## It is discussed here\n<#{thread.id}>"
    assert len(world.papers.threads) == 1
    inside = await world.member.click(card, custom_id="paper:discuss:2601.00001")
    assert said(inside) == "You are in a thread already: discuss the paper right here."


async def test_two_at_once_open_one(world: World) -> None:
    message = await post(world)
    await at_once(world, message, world.member, world.mod, world.member)
    [thread] = world.papers.threads
    assert await thread_ids(world) == [thread.id]
    assert len([one for one in thread.history() if one.components]) == 1


async def test_another_process_is_opening_it(world: World) -> None:
    message = await post(world)
    await world.app.services.discussions.claim(world.papers.id, "2601.00001", world.guild.id)
    assert said(await discuss(world, message)) == (
        "Somebody is opening the thread right now. Press Discuss again in a minute."
    )
    assert world.papers.threads == []


async def test_a_process_that_died_before_it_asked_discord_is_made_good(world: World) -> None:
    message = await post(world)
    await world.app.services.discussions.claim(world.papers.id, "2601.00001", world.guild.id)
    await world.advance(hours=0.02)
    assert "The thread is open" in said(await discuss(world, message))
    [thread] = world.papers.threads
    assert await thread_ids(world) == [thread.id]


@pytest.mark.parametrize("with_card", [False, True])
async def test_a_process_that_died_after_it_opened_the_thread_is_made_good(
    world: World, with_card: bool
) -> None:
    message = await post(world)
    if with_card:
        await discuss(world, message)
        async with world.app.db.write() as tx:
            await tx.execute(update(discussions).values(thread_id=None))
    else:
        await world.app.services.discussions.claim(world.papers.id, "2601.00001", world.guild.id)
        with world.env.time_context():
            channel: Any = world.app.bot.get_channel(world.papers.id)
            await channel.create_thread(name="Diffusion of Heat", type=None)
            await channel.create_thread(name="Something else", type=None)
    await world.advance(hours=0.02)
    await world.restart()
    assert "The thread is open" in said(await discuss(world, message))
    [thread] = [one for one in world.papers.threads if one.name == "Diffusion of Heat"]
    assert await thread_ids(world) == [thread.id]
    assert len([one for one in thread.history() if one.components]) == 1


async def test_a_thread_of_the_same_name_is_another_papers(world: World) -> None:
    twin = Listed("2601.00002", HEAT.title)
    message = await post(world, HEAT, twin)
    await world.member.click(world.papers.history()[0], custom_id="paper:discuss:2601.00002")
    await world.app.services.discussions.claim(world.papers.id, "2601.00001", world.guild.id)
    await world.advance(hours=0.02)
    await world.member.click(world.papers.history()[1], custom_id="paper:discuss:2601.00001")
    assert len(world.papers.threads) == 2
    assert len(set(await thread_ids(world))) == 2
    assert message is not None


async def test_a_deleted_thread_is_made_anew(world: World) -> None:
    message = await post(world)
    await discuss(world, message)
    with world.env.time_context():
        thread: Any = world.app.bot.get_channel(world.papers.threads[0].id)
        await thread.delete()
    await world.restart()
    assert "The thread is open" in said(await discuss(world, message))
    [thread] = world.papers.threads
    assert await thread_ids(world) == [thread.id]


async def test_an_archived_thread_is_brought_back(world: World) -> None:
    message = await post(world)
    await discuss(world, message)
    with world.env.time_context():
        thread: Any = world.app.bot.get_channel(world.papers.threads[0].id)
        await thread.edit(archived=True)
    assert "It is discussed here" in said(await discuss(world, message))
    metadata = world.env.backend.channels[thread.id].thread_metadata
    assert metadata is not None
    assert not metadata.archived


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        ({"create_public_threads": True}, "Create Public Threads"),
        ({"send_messages_in_threads": True}, "Send Messages in Threads"),
    ],
)
async def test_a_missing_permission_is_named_and_nothing_is_left_behind(
    world: World, denied: dict[str, bool], named: str
) -> None:
    message = await post(world)
    world.forbid(world.papers, **denied)
    answer = said(await discuss(world, message))
    assert f"I cannot open a thread in <#{world.papers.id}>: I lack {named} there." in answer
    assert await thread_ids(world) == []


async def test_who_may_not_write_in_threads_opens_none(world: World) -> None:
    message = await post(world)
    from simcord.backend.models import Overwrite
    from simcord.enums import OverwriteType

    deny = Permissions(send_messages_in_threads=True).value
    overwrite = Overwrite(target_id=world.member.id, type=OverwriteType.MEMBER, allow=0, deny=deny)
    world.env.backend.set_overwrite(world.papers.id, overwrite)
    assert "You may not write in threads of this channel" in said(await discuss(world, message))
    assert await thread_ids(world) == []
    assert "The thread is open" in said(await discuss(world, message, world.mod))
    assert "It is discussed here" in said(await discuss(world, message))


@pytest.mark.parametrize(("status", "left"), [(400, 0), (403, 0), (500, 1)])
async def test_what_discord_refuses_can_be_tried_again(world: World, status: int, left: int) -> None:
    message = await post(world)
    world.faults_expected = True
    world.env.inject_error("POST", f"/channels/{world.papers.id}/threads", status=status, times=5)
    answer = said(await discuss(world, message))
    assert ("Discord did not let me open a thread here" in answer) == (status < 500)
    # Where nobody knows what became of it, the claim stays until somebody looks.
    assert len(await thread_ids(world)) == left


async def test_direct_messages_and_voice_have_no_threads(world: World) -> None:
    world.arxiv.known = [HEAT]
    user = world.member.user
    message = await world.old_message("paper:discuss:2601.00001", user.dm_channel)
    answer = said(await user.click(message, custom_id="paper:discuss:2601.00001"))
    assert answer == "Threads open in a server. Press Discuss below the paper in a channel there."
    voice = world.guild.create_voice_channel("talk")
    message = await world.old_message("paper:discuss:2601.00001", voice)
    answer = said(await discuss(world, message))
    assert answer == "No thread can be opened here. Press Discuss below the paper in a text channel."


# --- What a digest only counted ---------------------------------------------------------------------


async def test_the_papers_that_were_only_counted_are_shown_page_by_page(world: World) -> None:
    message = await post(world, *some(9), style="digest", limit=2)
    await world.restart()
    stored = world.env.backend.get_message(message.channel.id, message.id)
    [custom_id] = [node["custom_id"] for node in nodes(stored) if node.get("label") == "Show them"]
    first = await world.member.click(message, custom_id=custom_id)
    assert first.ephemeral
    assert "## 7 more papers\n-# Counted in the post of <t:" in said(first)
    assert opened(first) == [f"2601.0000{number}" for number in (7, 6, 5, 4, 3)]
    await world.restart()
    second = await click(world.member, first, "More → (1/2)")
    assert opened(second) == ["2601.00002", "2601.00001"]
    assert first.response is not None
    assert second.response is not None
    assert second.response.id == first.response.id
    assert opened(await click(world.member, second, "← Back"))[0] == "2601.00007"
    # Nobody in another server, and nobody by message, is shown it.
    other = world.env.create_guild("Other")
    there = other.create_text_channel("talk")
    stranger = other.add_member(world.env.create_user("eve"))
    elsewhere = await world.old_message(custom_id, there)
    gone = "I no longer have the list of that day. See /papers latest."
    assert said(await stranger.click(elsewhere, custom_id=custom_id)) == gone
    direct = await world.old_message(custom_id, world.member.user.dm_channel)
    assert said(await world.member.user.click(direct, custom_id=custom_id)) == gone


@pytest.mark.parametrize(
    "custom_id", ["overflow:999:1767225600:0", "overflow:1:0:0", "overflow:1:99999999999:3"]
)
async def test_a_list_that_is_gone(world: World, custom_id: str) -> None:
    await post(world, *some(9), style="digest", limit=2)
    answer = said(await world.press(custom_id, by=world.member))
    assert answer == "I no longer have the list of that day. See /papers latest."


async def test_a_paper_stored_after_the_press_was_stored_is_not_needed(world: World) -> None:
    """A post's button works even where its paper is known to arXiv alone."""
    world.arxiv.known = [HEAT]
    result = await world.press("paper:open:2601.00001", by=world.member)
    assert said(result).startswith("## Diffusion of Heat")
    async with world.app.db.read() as tx:
        assert await paper_rows.by_ids(tx, ["2601.00001"])
