"""`/buddy` and `/setup buddies`: joining, changing, pausing, finding, asking, blocking; and who may not."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
import simcord
from discord import Permissions

from bot.domain.buddies.values import Cadence, GoalKind, GroupWish, Medium, Pace, Shown
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.values import MeetingKind, Standing
from bot.domain.questions import Level
from bot.domain.server_settings import Module
from bot.storage import server_settings
from cogs.ui.dates import long_date
from tests.cogs.buddies import JOINED, Club, answer_of, open_club
from tests.cogs.world import World, buttons, click, nodes, said


@pytest_asyncio.fixture
async def club(world: World) -> Club:
    return await open_club(world)


async def settings(world: World) -> BuddySettings:
    async with world.app.db.read() as tx:
        found = await server_settings.read(tx, world.guild.id, Module.BUDDIES)
    return BuddySettings.from_json(found)


# --- Off ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["join", "find"])
async def test_off_until_it_is_switched_on(world: World, command: str) -> None:
    await open_club(world, on=False)
    assert "not switched on" in said(await world.member.slash(world.lounge, f"buddy {command}"))


async def test_off_the_profile_says_so(world: World) -> None:
    await open_club(world, on=False)
    assert "not switched on" in said(await world.member.slash(world.lounge, "buddy profile"))


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("profile", {}, "You are not in"),
        ("find", {}, "You are not in"),
        ("pause", {"until": "2 weeks"}, "You are not in"),
        ("matches", {}, "have not met anybody yet"),
        ("unblock", {}, "You have blocked nobody"),
    ],
)
async def test_without_a_profile(club: Club, world: World, command: str, options: Any, words: str) -> None:
    assert words in said(await world.member.slash(world.lounge, f"buddy {command}", **options))


# --- Joining --------------------------------------------------------------------------------------------


async def test_the_form_and_the_card(club: Club, world: World) -> None:
    opened = await world.member.slash(world.lounge, "buddy join")
    card = await world.member.submit_modal(opened, JOINED)
    assert "Choose a skill or two" in said(card)
    known = await club.membership(world.member)
    assert known is not None
    assert known.standing is Standing.DRAFT
    assert (known.profile.availability.zone, known.profile.weekly_hours) == ("Europe/Berlin", 3)
    refused = await world.member.click(answer_of(card), label="I'm in")
    assert "Choose at least one skill" in said(refused)
    await club.join(world.member)
    known = await club.membership(world.member)
    assert known is not None
    assert (known.standing, known.profile.learning) == (Standing.IN, frozenset({"pandas"}))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"zone": "Nowhere"}, "do not know the time zone"),
        ({"weekdays": []}, "at least one part of the week"),
        ({"zone": "Nowhere", "weekdays": []}, "2 things to put right"),
    ],
)
async def test_a_form_that_cannot_be(club: Club, world: World, values: Any, words: str) -> None:
    opened = await world.member.slash(world.lounge, "buddy join")
    assert words in said(await world.member.submit_modal(opened, JOINED | values))
    assert await club.membership(world.member) is None


async def test_a_form_works_after_a_restart(club: Club, world: World) -> None:
    opened = await world.member.slash(world.lounge, "buddy join")
    await world.restart()
    await world.member.submit_modal(opened, JOINED)
    assert await club.membership(world.member) is not None


async def test_a_role_may_be_needed(club: Club, world: World) -> None:
    role = world.guild.create_role("Learners")
    panel = await club.panel()
    await world.mod.select(answer_of(panel), [role], custom_id="buddies:role")
    assert f"<@&{role.id}>" in said(await world.member.slash(world.lounge, "buddy join"))
    await club.add(world.member)  # who had the role once finds nobody without it either
    assert f"<@&{role.id}>" in said(await world.member.slash(world.lounge, "buddy find"))
    assert f"<@&{role.id}>" in said(await world.press("buddy:ask:5", world.member))


async def chosen(
    world: World, card: simcord.InteractionResult, page: str, custom_id: str, values: list[str]
) -> simcord.InteractionResult:
    shown = await world.member.click(answer_of(card), label=page)
    return await world.member.select(answer_of(shown), values, custom_id=custom_id)


async def test_each_choice_is_applied_at_once(club: Club, world: World) -> None:
    card = await club.join(world.member)
    card = await chosen(world, card, "How we meet", "buddies:level", ["2"])
    card = await chosen(world, card, "How we meet", "buddies:pace", ["intense"])
    card = await chosen(world, card, "How we meet", "buddies:group", ["trio"])
    card = await chosen(world, card, "How we meet", "buddies:medium", ["voice"])
    card = await chosen(world, card, "What partners see", "buddies:shows", ["learning"])
    (menu,) = [node for node in nodes(answer_of(card)) if node.get("custom_id") == "buddies:shows"]
    assert [each["value"] for each in menu["options"] if each.get("default")] == ["learning"]
    card = await chosen(world, card, "What I can help with", "buddies:area:offer", ["programming"])
    await world.member.select(
        answer_of(card), ["python", "linux"], custom_id="buddies:skills:offer:programming"
    )
    known = await club.membership(world.member)
    assert known is not None
    profile = known.profile
    assert (profile.level, profile.pace) == (Level.INTERMEDIATE, Pace.INTENSE)
    assert (profile.group, profile.medium) == (GroupWish.TRIO, Medium.VOICE)
    assert profile.shows == {Shown.LEARNING}
    assert profile.offers == {"python", "linux"}


async def test_skills_of_one_area_leave_those_of_others(club: Club, world: World) -> None:
    card = await club.join(world.member)
    card = await chosen(world, card, "What I learn", "buddies:area:learn", ["programming"])
    card = await world.member.select(
        answer_of(card), ["python"], custom_id="buddies:skills:learn:programming"
    )
    known = await club.membership(world.member)
    assert known is not None
    assert known.profile.learning == {"pandas", "python"}
    card = await world.member.select(answer_of(card), [], custom_id="buddies:skills:learn:programming")
    known = await club.membership(world.member)
    assert known is not None
    assert known.profile.learning == {"pandas"}


async def test_somebody_who_is_in_keeps_at_least_one_skill(club: Club, world: World) -> None:
    card = await club.join(world.member)
    card = await chosen(world, card, "What I learn", "buddies:area:learn", ["data"])
    done = await world.member.select(answer_of(card), [], custom_id="buddies:skills:learn:data")
    assert "Keep at least one skill" in said(done)


@pytest.mark.parametrize(
    ("kind", "about", "kept"),
    [
        ("role", "data scientist", (GoalKind.ROLE, "data-scientist")),
        ("course", "CS 229", (GoalKind.COURSE, "CS 229")),
        ("papers", "", None),
    ],
)
async def test_a_goal(club: Club, world: World, kind: str, about: str, kept: Any) -> None:
    card = await club.join(world.member)
    page = await world.member.click(answer_of(card), label="How we meet")
    opened = await world.member.click(answer_of(page), label="My goal")
    await world.member.submit_modal(opened, {"kind": kind, "about": about})
    known = await club.membership(world.member)
    assert known is not None
    goal = known.profile.goal
    assert (goal and (goal.kind, goal.about)) == kept


async def test_a_goal_that_is_no_role(club: Club, world: World) -> None:
    card = await club.join(world.member)
    page = await world.member.click(answer_of(card), label="How we meet")
    opened = await world.member.click(answer_of(page), label="My goal")
    done = await world.member.submit_modal(opened, {"kind": "role", "about": "xyzzy plugh"})
    assert "Which role is that?" in said(done)


async def test_a_pause_and_back(club: Club, world: World) -> None:
    await club.join(world.member)
    offered = await world.member.autocomplete(world.lounge, "buddy pause", "until", "")
    assert [each["value"] for each in offered][:2] == ["1 week", "2 weeks"]
    today = world.clock.now().astimezone(ZoneInfo("Europe/Berlin")).date()
    day = long_date(today + timedelta(days=7))  # of theirs: in UTC its midnight is the evening before
    assert offered[0]["name"] == f"1 week (until {day})"
    paused = await world.member.slash(world.lounge, "buddy pause", until="2 weeks")
    assert "You take part in no round before" in said(paused)
    known = await club.membership(world.member)
    assert known is not None
    assert known.profile.is_paused(world.clock.now() + timedelta(days=13))
    back = await world.member.click(answer_of(paused), label="I'm in")
    assert "You are in" in said(back)


async def test_who_is_not_in_has_nothing_to_pause(club: Club, world: World) -> None:
    opened = await world.member.slash(world.lounge, "buddy join")
    await world.member.submit_modal(opened, JOINED)
    answer = said(await world.member.slash(world.lounge, "buddy pause", until="1 week"))
    assert "You are not in yet" in answer
    assert "You take part in no round" not in answer
    known = await club.membership(world.member)
    assert known is not None
    assert known.profile.paused_until is None


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("Pause", "You are in. Study buddies are paused in this server"),
        ("Switch off", "are switched off in this server"),
    ],
)
async def test_while_the_server_has_none_the_profile_says_why(
    club: Club, world: World, button: str, words: str
) -> None:
    await club.join(world.member)
    panel = await world.mod.slash(world.lounge, "setup buddies")
    await world.mod.click(answer_of(panel), label=button)
    assert words in said(await world.member.slash(world.lounge, "buddy profile"))


@pytest.mark.parametrize("until", ["soon", "2020-01-01", "0 days"])
async def test_a_pause_until_no_day(club: Club, world: World, until: str) -> None:
    await club.join(world.member)
    answer = said(await world.member.slash(world.lounge, "buddy pause", until=until))
    assert "Write a day such as" in answer


# --- Finding --------------------------------------------------------------------------------------------


async def test_finding_asking_and_yes(club: Club, world: World) -> None:
    ada = world.join("ada")
    await club.add(ada, world.member, findable=True)
    found = await ada.slash(world.lounge, "buddy find")
    assert f"<@{world.member.id}>" in said(found) or "Who would fit you" in said(found)
    asked = await ada.click(answer_of(found), label="Ask")
    assert "Asked" in said(asked)
    shown = await world.member.slash(world.lounge, "buddy matches")
    question = shown.followups[-1]
    opened = await world.member.click(question, label="Yes, gladly")
    assert "A thread opens" in said(opened)
    await club.due()
    (meeting,) = await club.meetings()
    assert meeting.kind is MeetingKind.FIND
    assert len(club.said_in(meeting)) == 2
    again = await world.member.click(question, label="Yes, gladly")
    assert "not open any more" in said(again)


async def test_finding_during_a_break_says_so_and_brings_back(club: Club, world: World) -> None:
    await club.join(world.member)
    await world.member.slash(world.lounge, "buddy pause", until="2 weeks")
    found = await world.member.slash(world.lounge, "buddy find")
    assert "You take a break until" in said(found)
    assert "You are in" in said(await world.member.click(answer_of(found), label="I'm in"))


async def test_finding_with_a_profile_that_is_not_finished(club: Club, world: World) -> None:
    opened = await world.member.slash(world.lounge, "buddy join")
    await world.member.submit_modal(opened, JOINED)
    found = await world.member.slash(world.lounge, "buddy find")
    assert "Choose a skill or two" in said(found)
    assert "break" not in said(found)
    assert "I'm in" not in buttons(found)
    assert "I'm in" in buttons(await world.member.click(answer_of(found), label="My profile"))


async def test_a_quiet_no(club: Club, world: World) -> None:
    ada = world.join("ada")
    await club.add(ada, world.member, findable=True)
    found = await ada.slash(world.lounge, "buddy find")
    await ada.click(answer_of(found), label="Ask")
    shown = await world.member.slash(world.lounge, "buddy profile")
    done = await world.member.click(shown.followups[-1], label="No, thanks")
    assert "Nobody is told" in said(done)
    await club.due()
    assert await club.meetings() == []
    again = await world.press(f"buddy:ask:{world.member.id}", by=ada)
    assert "asked them already" in said(again)
    more = await ada.slash(world.lounge, "buddy find")
    assert "You have asked those who would fit lately." in said(more)  # as before the no
    assert "Only those are found who allow it" not in said(more)
    assert "My profile" in buttons(more)


async def test_a_question_by_direct_message_where_it_is_allowed(club: Club, world: World) -> None:
    ada = world.join("ada")
    await club.add(ada, world.member, findable=True)
    profile = await world.member.slash(world.lounge, "buddy profile")
    page = await world.member.click(answer_of(profile), label="What partners see")
    page = await world.member.click(answer_of(page), label="Allow direct messages")
    assert "No direct messages" in buttons(page)
    found = await ada.slash(world.lounge, "buddy find")
    await ada.click(answer_of(found), label="Ask")
    await club.due()
    letter = world.member.user.dm_channel.last_message
    assert letter is not None
    text = "\n".join(node["content"] for node in nodes(letter) if node["type"] == 10)
    assert f"<@{ada.id}>" in text
    stopped = await world.member.click(answer_of(page), label="No direct messages")
    assert "Allow direct messages" in buttons(stopped)


async def test_nobody_is_found_who_did_not_allow_it(club: Club, world: World) -> None:
    ada = world.join("ada")
    await club.add(ada, world.member)
    found = await ada.slash(world.lounge, "buddy find")
    assert "Nobody to find just now" in said(found)
    assert "My profile" in buttons(found)
    profile = await world.member.slash(world.lounge, "buddy profile")
    page = await world.member.click(answer_of(profile), label="What partners see")
    await world.member.click(answer_of(page), label="Let others find me between rounds")
    assert "Who would fit you" in "\n".join(
        node.get("content", "") for node in nodes(answer_of(await ada.slash(world.lounge, "buddy find")))
    )


async def test_the_blocked_are_found_by_nobody(club: Club, world: World) -> None:
    ada = world.join("ada")
    await club.add(ada, world.member, findable=True)
    done = await world.member.slash(world.lounge, "buddy block", member=ada)
    assert "never put together" in said(done)
    assert "It was blocked already" in said(await world.member.slash(world.lounge, "buddy block", member=ada))
    assert "Nobody to find" in said(await ada.slash(world.lounge, "buddy find"))
    assert "Nobody to find" in said(await world.member.slash(world.lounge, "buddy find"))
    assert "You have blocked nobody" in said(await ada.slash(world.lounge, "buddy unblock"))
    listed = await world.member.slash(world.lounge, "buddy unblock")
    assert f"<@{ada.id}>" in said(listed)
    assert "Not blocked any more" in said(await click(world.member, listed, "Take it back"))
    assert "You had not blocked" in said(await world.member.slash(world.lounge, "buddy unblock", member=ada))


async def test_nobody_blocks_themselves(club: Club, world: World) -> None:
    done = await world.member.slash(world.lounge, "buddy block", member=world.member)
    assert "cannot block yourself" in said(done)


async def test_a_report_without_a_meeting(club: Club, world: World) -> None:
    opened = await world.member.slash(world.lounge, "buddy report")
    done = await world.member.submit_modal(opened, {"words": "Somebody is rude.", "seen": "words"})
    assert "Passed on" in said(done)
    await club.due()
    (report,) = world.posts(club.reports)
    assert "did not want to be named" in report


async def test_nobody_floods_the_moderators_with_reports(club: Club, world: World) -> None:
    for number in range(4):
        opened = await world.member.slash(world.lounge, "buddy report")
        done = await world.member.submit_modal(opened, {"words": f"Report {number}", "seen": "words"})
        assert ("Passed on" in said(done)) == (number < 3)
    assert "You can send another" in said(done)
    await club.due()
    assert len(world.posts(club.reports)) == 3


# --- The moderators' panel ------------------------------------------------------------------------------


async def test_the_panel_is_for_moderators(club: Club, world: World) -> None:
    world.guild.set_command_permissions(world.command_id("setup"), {world.member: True})
    refused = await world.member.slash(world.lounge, "setup buddies")
    assert "Manage Server" in said(refused)
    panel = await club.panel()
    for label in ("Dry run", "Pause", "Switch off", "Make threads public", "Time and zone"):
        custom_id = buttons(panel)[label]
        assert "Manage Server" in said(await world.press(custom_id, by=world.member))
    assert (await settings(world)).on


async def test_the_channel_for_notices_takes_reports_as_well(world: World) -> None:
    club = await open_club(world, on=False)
    await world.app.services.moderation.settings.change(
        world.guild.id, by=world.mod.id, notices_channel_id=club.reports.id
    )
    panel = await world.mod.select(answer_of(await club.panel()), [club.channel], custom_id="buddies:channel")
    asked = await world.mod.click(answer_of(panel), label="Switch on")
    await world.mod.click(answer_of(asked), label="I have read that: switch on")
    assert (await settings(world)).on
    assert "Reports have nowhere to go" not in said(await club.panel())


async def test_switching_on_needs_a_channel_and_somewhere_for_reports(world: World) -> None:
    club = await open_club(world, on=False)
    panel = await club.panel()
    assert "For members of 13 and older" in said(panel)
    assert "Choose a channel first" in said(await world.mod.click(answer_of(panel), label="Switch on"))
    panel = await world.mod.select(answer_of(panel), [club.channel], custom_id="buddies:channel")
    assert "where reports go" in said(await world.mod.click(answer_of(panel), label="Switch on"))
    world.forbid(club.channel, create_private_threads=True)
    panel = await world.mod.select(answer_of(panel), [club.reports], custom_id="buddies:reports")
    assert "Create Private Threads" in said(await world.mod.click(answer_of(panel), label="Switch on"))
    assert not (await settings(world)).on


async def test_who_sees_the_channels_is_looked_at(world: World) -> None:
    club = await open_club(world, on=False)
    learners = world.guild.create_role("Learners")
    panel = await world.mod.select(answer_of(await club.panel()), [club.channel], custom_id="buddies:channel")
    assert "⚠️" not in said(panel)
    panel = await world.mod.select(answer_of(panel), [club.reports], custom_id="buddies:reports")
    read_by_all = f"⚠️ Reports of study buddies go to <#{club.reports.id}>, which members can read."
    assert read_by_all in said(panel)
    world.hide(club.channel, learners)
    asked = await world.mod.click(answer_of(panel), label="Switch on")
    assert read_by_all in said(asked)
    hidden = f"in <#{club.channel.id}>, which members without a role do not see"
    assert hidden in said(asked)
    await world.mod.click(answer_of(asked), label="I have read that: switch on")
    panel = await world.mod.select(answer_of(await club.panel()), [learners], custom_id="buddies:role")
    assert "do not see" not in said(panel)
    world.hide(club.reports)
    assert "⚠️" not in said(await club.panel())
    world.hide(club.reports, learners)
    assert read_by_all in said(await club.panel())


async def test_when_rounds_begin(club: Club, world: World) -> None:
    panel = await club.panel()
    panel = await world.mod.select(answer_of(panel), ["biweekly"], custom_id="buddies:cadence")
    panel = await world.mod.select(answer_of(panel), ["4"], custom_id="buddies:weekday")
    opened = await world.mod.click(answer_of(panel), label="Time and zone")
    done = await world.mod.submit_modal(opened, {"time": "6 pm", "zone": "Berlin"})
    assert "every two weeks, Friday at 18:00, Europe/Berlin" in said(done)
    now = await settings(world)
    assert (now.cadence, now.weekday, now.zone) == (Cadence.BIWEEKLY, 4, "Europe/Berlin")


async def test_both_faults_of_time_and_zone_are_said_at_once(club: Club, world: World) -> None:
    opened = await world.mod.click(answer_of(await club.panel()), label="Time and zone")
    refused = said(await world.mod.submit_modal(opened, {"time": "25:99", "zone": "Berlinn"}))
    assert "“25:99”" in refused
    assert "“Berlinn”" in refused


async def test_a_dry_run_and_a_round_at_once(club: Club, world: World) -> None:
    await club.add(world.join("ada"), world.member)
    panel = await club.panel()
    dry = await world.mod.click(answer_of(panel), label="Dry run")
    assert "**Matched** 2 of 2: 1 pair, 0 trios" in said(dry)
    assert await club.meetings() == []
    done = await world.mod.click(answer_of(dry), label="Run a round now")
    assert "A round went out" in said(done)
    again = await world.press("buddy:runnow")
    assert "Nobody could be matched" in said(again)
    await club.due()
    (meeting,) = await club.meetings()
    assert len(club.said_in(meeting)) == 2


async def test_a_dry_run_of_nobody(club: Club, world: World) -> None:
    panel = await club.panel()
    dry = await world.mod.click(answer_of(panel), label="Dry run")
    assert "**Matched** 0 of 0" in said(dry)
    assert "Run a round now" not in buttons(dry)


async def test_pausing_and_going_on(club: Club, world: World) -> None:
    await club.add(world.join("ada"), world.member)
    panel = await club.panel()
    paused = await world.mod.click(answer_of(panel), label="Pause")
    assert "Paused" in said(paused)
    assert "paused in this server" in said(await world.member.slash(world.lounge, "buddy find"))
    assert await world.app.next_due() is None
    on = await world.mod.click(answer_of(paused), label="Let it go on")
    assert "The next round begins" in said(on)
    assert len(await club.begin_round()) == 1


async def test_a_feed_like_others_but_changed_elsewhere(club: Club, world: World) -> None:
    listed = await world.feed("list")
    assert "Rounds of study buddies" in said(listed)
    assert "Settings" in buttons(listed)
    for command, options in (
        ("edit", {"feed": "1", "time": "09:00"}),
        ("edit", {"feed": "1"}),
        ("remove", {"feed": "1"}),
        ("preview", {"feed": "1"}),
        ("why", {"feed": "1", "paper": "2601.00001"}),
    ):
        assert "/setup buddies" in said(await world.feed(command, **options))
    assert "paused" in said(await world.feed("pause", feed="1"))
    resumed = await world.feed("resume", feed="1")
    assert "is on" in said(resumed)
    assert "Preview" not in buttons(resumed)
    assert "/setup buddies" in said(await world.press("feed:edit:1"))


async def test_manage_server_is_looked_at_each_time(club: Club, world: World) -> None:
    second = world.join("vera", Permissions(manage_guild=True))
    panel = await second.slash(world.lounge, "setup buddies")
    assert "Study buddies" in said(panel)
