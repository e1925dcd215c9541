"""A whole round, as members and a moderator live it: threads, presses, wrong people, double presses, restarts."""

import re
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.buddies.values import GroupWish
from bot.domain.meetings.values import Ended, Meeting, MeetingKind, SeatState, Standing
from bot.domain.sources import stamp
from tests.cogs.buddies import Club, answer_of, open_club
from tests.cogs.world import World, buttons, nodes, said, texts

PRIVATE, PUBLIC = 12, 11


@pytest_asyncio.fixture
async def club(world: World) -> Club:
    return await open_club(world)


async def pair(club: Club, world: World, *, public: bool = False) -> tuple[Any, Any, Meeting]:
    """Two who were just put together; in a public thread others can press as well."""
    if public:
        panel = await club.panel()
        await world.mod.click(answer_of(panel), label="Make threads public")
    ada, ben = world.join("ada"), world.member
    await club.add(ada, ben)
    (meeting,) = await club.begin_round()
    return ada, ben, meeting


async def test_two_join_and_meet(club: Club, world: World) -> None:
    ada, ben = world.join("ada"), world.member
    for who in (ada, ben):
        assert "You are in" in said(await club.join(who))
    (meeting,) = await club.begin_round()
    assert meeting.kind is MeetingKind.ROUND
    assert sorted(meeting.member_ids) == sorted((ada.id, ben.id))
    (thread,) = club.threads()
    assert thread.type == PRIVATE
    assert {ada.id, ben.id} <= set(thread.thread_members)
    hello, poll = club.said_in(meeting)
    assert "You both learn pandas." in hello
    assert "You both have time: <t:" in hello
    assert "Whoever has Manage Threads in this server can see private threads" in hello
    assert poll.count(": nobody yet") == 3
    mentioned = [user.id for message in club.thread(meeting).history() for user in message.mentions]
    assert set(mentioned) == {ada.id, ben.id}


async def test_threads_may_be_public(club: Club, world: World) -> None:
    _, _, meeting = await pair(club, world, public=True)
    (thread,) = club.threads()
    assert thread.type == PUBLIC
    assert "everybody in the server can read it" in club.said_in(meeting)[0]


async def test_voting_until_everybody_can(club: Club, world: World) -> None:
    ada, ben, meeting = await pair(club, world)
    await club.press(ada, meeting, "1 suits me")
    assert "1. <t:" in club.said_in(meeting)[1]
    assert ": 1 of 2" in club.said_in(meeting)[1]
    await club.press(ada, meeting, "1 suits me")  # pressed again, it is taken back
    assert ": 1 of 2" not in club.said_in(meeting)[1]
    await club.press(ada, meeting, "2 suits me")
    await club.press(ben, meeting, "2 suits me")
    assert "✅ agreed" in club.said_in(meeting)[1]
    await club.due()
    assert "suits you both" in club.said_in(meeting)[2]
    await club.go_to(meeting.times[1] - timedelta(minutes=59))
    assert f"Your meeting: {stamp(meeting.times[1])}" in club.said_in(meeting)[-1]


BUTTONS = [
    "1 suits me",
    "We met",
    "A quiz together",
    "A paper to read",
    "My buddy is gone",
    "Block",
]


@pytest.mark.parametrize("label", BUTTONS)
async def test_nobody_else_presses(club: Club, world: World, label: str) -> None:
    _, _, meeting = await pair(club, world, public=True)
    answer = await club.press(world.mod, meeting, label)
    assert "for the people of this meeting" in said(answer)
    after = await club.meeting(meeting.id)
    assert all(seat.pressed_at is None for seat in after.seats)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("We met", "I noted that you met"),
        ("My buddy is gone", "I asked them"),
        ("Block", "Block?"),
        ("A quiz together", "Type `/quiz live skill:pandas` here"),
        ("A paper to read", "No paper about that lately"),
    ],
)
async def test_each_button_works_after_a_restart_and_twice(
    club: Club, world: World, label: str, words: str
) -> None:
    ada, _, meeting = await pair(club, world)
    await world.restart()
    assert words in said(await club.press(ada, meeting, label))
    again = said(await club.press(ada, meeting, label))
    assert words in again or "asked already" in again


async def test_check_ins_and_the_end(club: Club, world: World) -> None:
    ada, ben, meeting = await pair(club, world)
    await club.go_to(meeting.opened_at + timedelta(days=2))
    assert "Who begins?" in club.said_in(meeting)[-1]
    assert "Good to know" in said(await club.press(ada, meeting, "I'm here"))
    await club.go_to(meeting.opened_at + timedelta(days=4))
    assert "Half-way" in club.said_in(meeting)[-1]
    assert "Good to know" in said(await club.press(ben, meeting, "Going well"))
    assert "not too late" in said(await club.press(ben, meeting, "We have not met yet"))
    await club.go_to(meeting.opened_at + timedelta(days=6))
    last = club.said_in(meeting)[-1]
    assert f"### The last day, until {stamp(meeting.ends_at, 'F')}" in last
    assert ":R>" not in last  # "17 hours ago" once it is over
    for who in (ada, ben):
        assert "I noted that you met" in said(await club.press(who, meeting, "We met"))
        assert "put together again" in said(await club.press(who, meeting, "Again, the same company"))
    await club.go_to(meeting.ends_at)
    assert "That was this round" in club.said_in(meeting)[-1]
    threads = {each.id: each for each in club.threads()}
    assert meeting.thread_id is not None
    assert threads[meeting.thread_id].thread_metadata.archived
    (second,) = await club.meetings()
    assert sorted(second.member_ids) == sorted(meeting.member_ids)
    assert "have met before" in club.said_in(second)[0]
    old = await club.press(ada, meeting, "We met")
    assert "over" in said(old)


async def test_no_time_is_offered_once_all_are_past(club: Club, world: World) -> None:
    ada, cleo = world.join("ada"), world.join("cleo")
    await club.add(ada, cleo, world.member, group=GroupWish.TRIO)
    (meeting,) = await club.begin_round()
    early = await world.press(f"buddy:met:{meeting.id}:0", by=ada)
    assert "write a word in the thread, or press a time that suits you." in said(early)
    assert "Somebody is gone" in buttons(early)
    await club.go_to(meeting.times[-1])
    late = await world.press(f"buddy:met:{meeting.id}:0", by=ada)
    assert "write a word in the thread." in said(late)


async def test_somebody_new_is_taken_at_their_word(club: Club, world: World) -> None:
    people = [world.join(name) for name in ("ada", "cleo", "dan")]
    await club.add(world.member, *people, group=GroupWish.PAIR)
    found = await club.begin_round()
    by_id = {who.id: who for who in (world.member, *people)}
    meeting = found[0]
    await club.go_to(meeting.opened_at + timedelta(days=6))
    one, other = (by_id[id_] for id_ in meeting.member_ids)
    assert "put together again" in said(await club.press(one, meeting, "Again, the same company"))
    assert "somebody new" in said(await club.press(other, meeting, "Somebody new"))
    await club.go_to(meeting.ends_at)
    assert meeting.member_ids not in [each.member_ids for each in await club.meetings()]


async def test_gone_and_back_again(club: Club, world: World) -> None:
    ada, ben, meeting = await pair(club, world, public=True)
    assert "I asked them" in said(await club.press(ada, meeting, "My buddy is gone"))
    assert "asked already" in said(await club.press(ada, meeting, "My buddy is gone"))
    await club.due()
    asked = club.message_with(meeting, "I'm here")
    assert f"<@{ben.id}>, are you there?\nPress the button by <t:" in "\n".join(texts(asked))
    assert [user.id for user in asked.mentions] == [ben.id]
    wrong = await world.mod.click(asked, label="I'm here")
    assert "for the people of this meeting" in said(wrong)
    await world.restart()
    assert "I told the others" in said(await club.press(ben, meeting, "I'm here"))
    assert "Nobody had asked you" in said(await club.press(ben, meeting, "I'm here"))
    await club.due()
    assert "is here. 👍" in club.said_in(meeting)[-1]
    assert "They did answer" in said(await club.press(ada, meeting, "My buddy is gone"))


async def test_who_does_not_answer_makes_room(club: Club, world: World) -> None:
    ada, ben, meeting = await pair(club, world)
    await club.press(ada, meeting, "My buddy is gone")
    await club.go_to(world.clock.now() + timedelta(hours=25))
    after = await club.meeting(meeting.id)
    assert after.ended_by is Ended.GONE
    assert "I look for somebody else" in club.said_in(meeting)[-1]
    theirs = await club.membership(ben)
    assert theirs is not None
    assert theirs.standing is Standing.AWAY
    for command, options in (("profile", {}), ("find", {}), ("pause", {"until": "1 week"})):
        told = await ben.slash(world.lounge, f"buddy {command}", **options)
        assert "You did not answer your buddies the last time, so I have left you out" in said(told)
        assert "You take" not in said(told)
        assert "I'm in" in buttons(told)
    assert "I have left you out" in said(await world.press(f"buddy:ask:{ada.id}", by=ben))
    back = await ben.click(answer_of(told), label="I'm in")
    assert "You are in" in said(back)


async def test_who_answers_too_late_is_told_so(club: Club, world: World) -> None:
    people = [world.join("ada"), world.join("cleo"), world.member]
    await club.add(*people, group=GroupWish.TRIO)
    (meeting,) = await club.begin_round()
    await club.press(people[0], meeting, "Somebody is gone")
    await club.press(people[1], meeting, "We met")
    await club.go_to(world.clock.now() + timedelta(hours=25))
    late = await world.press(f"buddy:here:{meeting.id}", by=people[2])
    assert "You did not answer in time" in said(late)  # and not that it is over: the others go on


async def test_a_block_ends_it_quietly(club: Club, world: World) -> None:
    ada, ben, meeting = await pair(club, world)
    asked = await club.press(ada, meeting, "Block")
    assert f"<@{ben.id}>" in said(asked)
    done = await ada.click(answer_of(asked), label="Block")
    assert "never put together" in said(done)
    await club.due()
    last = club.said_in(meeting)[-1]
    assert "block" not in last.lower()
    assert "nothing to do with you" in last
    (thread,) = club.threads()
    assert ada.id not in thread.thread_members
    await club.go_to(meeting.ends_at)
    assert await club.meetings() == []


async def test_a_block_in_a_trio_names_which(club: Club, world: World) -> None:
    ada, cleo = world.join("ada"), world.join("cleo")
    await club.add(ada, cleo, world.member, group=GroupWish.TRIO)
    (meeting,) = await club.begin_round()
    asked = await club.press(ada, meeting, "Block")
    labels = [node["label"] for node in nodes(answer_of(asked)) if node["type"] == 2]
    assert labels == ["Block 1", "Block 2"]
    first = meeting.partners_of(ada.id)[0]
    assert f"<@{first}>" in said(await ada.click(answer_of(asked), label="Block 1"))
    await club.due()
    assert "You are two now" in club.said_in(meeting)[-1]
    assert sorted((await club.meeting(meeting.id)).member_ids) == sorted({cleo.id, world.member.id})


@pytest.mark.parametrize(
    ("seen", "shown", "hidden"),
    [
        ("full", ["<@{by}>", "About: <@{about}>"], []),
        ("about", ["About: <@{about}>", "did not want to be named"], ["<@{by}>"]),
        ("words", ["did not want to be named"], ["<@{by}>", "<@{about}>"]),
    ],
)
async def test_a_report_says_what_was_chosen_and_nothing_else(
    club: Club, world: World, seen: str, shown: list[str], hidden: list[str]
) -> None:
    ada, ben, meeting = await pair(club, world)
    opened = await club.press(ada, meeting, "Report")
    done = await ada.submit_modal(opened, {"words": "Rude @everyone **now**", "seen": seen})
    assert "Passed on" in said(done)
    await club.due()
    (report,) = world.posts(club.reports)
    assert "Rude" in report
    assert "@everyone" not in report
    assert re.search(r"^-# Report \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC · [0-9a-f]{5}$", report, re.MULTILINE)
    for each in shown:
        assert each.format(by=ada.id, about=ben.id) in report
    for each in hidden:
        assert each.format(by=ada.id, about=ben.id) not in report


async def test_a_stranger_cannot_report_about_a_meeting(club: Club, world: World) -> None:
    _, _, meeting = await pair(club, world, public=True)
    opened = await club.press(world.mod, meeting, "Report")
    done = await world.mod.submit_modal(opened, {"words": "Hm", "seen": "about"})
    assert "for the people of this meeting" in said(done)


async def test_leaving_in_the_middle(club: Club, world: World) -> None:
    ada, ben, meeting = await pair(club, world)
    asked = await ada.slash(world.lounge, "buddy leave")
    done = await ada.click(answer_of(asked), label="Leave and delete")
    assert "Your profile is deleted" in said(done)
    assert await club.membership(ada) is None
    await club.due()
    seat = (await club.meeting(meeting.id)).seat_of(ada.id)
    assert seat is not None
    assert seat.state is SeatState.LEFT
    assert "nothing to do with you" in club.said_in(meeting)[-1]
    again = await ada.slash(world.lounge, "buddy leave")
    assert "You were not in" in said(await ada.click(answer_of(again), label="Leave and delete"))
    assert await club.membership(ben) is not None


async def test_who_left_the_server_is_not_matched(club: Club, world: World) -> None:
    ada, cleo = world.join("ada"), world.join("cleo")
    await club.add(ada, cleo, world.member)
    world.env.backend.remove_member(world.guild.id, cleo.id)
    (meeting,) = await club.begin_round()
    assert cleo.id not in meeting.member_ids
    assert await club.membership(cleo) is None


async def test_a_missing_permission_is_said_and_made_good(club: Club, world: World) -> None:
    ada, ben = world.join("ada"), world.member
    await club.add(ada, ben)
    world.forbid(club.channel, create_private_threads=True)
    (meeting,) = await club.begin_round()
    assert meeting.thread_id is None
    panel = await club.panel()
    assert "I lack Create Private Threads" in said(panel)
    listed = await world.feed("list")
    assert "Create Private Threads" in said(listed)
    world.forbid(club.channel)
    await club.due()
    (meeting,) = await club.meetings()
    assert len(club.said_in(meeting)) == 2


async def test_a_channel_that_was_deleted(club: Club, world: World) -> None:
    ada, ben = world.join("ada"), world.member
    await club.add(ada, ben)
    world.env.backend.delete_channel(club.channel.id)
    (meeting,) = await club.begin_round()
    assert meeting.thread_id is None
    other = world.guild.create_text_channel("buddies-2")
    panel = await club.panel()
    await world.mod.select(answer_of(panel), [other], custom_id="buddies:channel")
    for _ in range(3):
        await club.go_to(world.clock.now() + timedelta(minutes=20))
    (meeting,) = await club.meetings()
    assert meeting.channel_id == other.id
    assert len(club.said_in(meeting)) == 2


async def test_switched_off_in_the_middle(club: Club, world: World) -> None:
    _, _, meeting = await pair(club, world)
    panel = await club.panel()
    off = await world.mod.click(answer_of(panel), label="Switch off")
    assert "Switched off" in said(off)
    await club.due()
    assert "switched off" in club.said_in(meeting)[-1]
    await club.go_to(world.clock.now() + timedelta(days=2))
    assert await club.meetings() == []
    assert await world.app.next_due() is None


async def test_the_history_of_meetings(club: Club, world: World) -> None:
    ada, ben, meeting = await pair(club, world)
    empty = await world.mod.slash(world.lounge, "buddy matches")
    assert "have not met anybody yet" in said(empty)
    listed = said(await ada.slash(world.lounge, "buddy matches"))
    assert f"<@{ben.id}>, <#{meeting.thread_id}>" in listed
    await club.press(ada, meeting, "We met")
    await club.go_to(meeting.ends_at)
    assert "you met" in said(await ada.slash(world.lounge, "buddy matches"))


@pytest.mark.parametrize("allowed", [True, False])
async def test_deleting_everything_leaves_the_thread_too(club: Club, world: World, allowed: bool) -> None:
    ada, ben, _ = await pair(club, world)
    (thread,) = club.threads()
    if not allowed:
        route = f"/channels/{thread.id}/thread-members/{ada.id}"
        world.env.inject_error("DELETE", route, status=403, code=50013)
    asked = await ada.slash(world.lounge, "me delete")
    done = said(await ada.click(answer_of(asked), label="Yes, delete everything"))
    assert "I keep nothing about you any more" in done
    assert (f"take you out of <#{thread.id}>" in done) is not allowed
    assert (ada.id in thread.thread_members) is not allowed
    assert ben.id in thread.thread_members
    await club.due()
    assert "I keep nothing about you" in said(await ada.slash(world.lounge, "me show"))
