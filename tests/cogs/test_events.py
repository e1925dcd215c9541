"""`/events` and the buttons on events through Discord's command tree."""

import re
from datetime import datetime, timedelta
from typing import Any

import simcord

from tests.cogs.event_samples import DEADLINES, devpost, ics, meetup
from tests.cogs.world import World, at, buttons, click, nodes, said

CLOSED: dict[str, Any] = {"status": 403, "code": 50007, "message": "Cannot send messages to this user"}
SCHEDULED = 1  # of a Discord event: neither active, completed nor cancelled
FIRST = at("2026-01-03 18:00")


def stamp(moment: datetime, style: str = "R") -> str:
    return f"<t:{int(moment.timestamp())}:{style}>"


async def circle(world: World, *titles: str, **more: Any) -> None:
    """Set up a feed of meetups, a day apart from `FIRST` on."""
    events = [
        meetup(f"e{number}", title, FIRST + timedelta(days=number), **more)
        for number, title in enumerate(titles)
    ]
    url = world.arxiv.page("/circle.ics", ics(*events))
    assert "is set" in said(await world.feed("meetups", channel=world.papers, url=url))


async def ask(world: World, command: str, **options: Any) -> simcord.InteractionResult:
    """Type `/events …` as a member."""
    return await world.member.slash(world.lounge, f"events {command}", **options)


async def ids(world: World) -> dict[str, int]:
    """The events that are coming, by title."""
    found = await world.app.services.events.upcoming(world.guild.id)
    return {each.event.title: each.id for each in found}


async def reminders(world: World) -> list[tuple[str, timedelta, bool]]:
    """What the member is reminded of."""
    found = await world.app.services.events.reminders(world.member.id)
    return [(each.listed.event.title, each.lead, each.by_dm) for each in found]


def letters(world: World) -> list[str]:
    return world.posts(world.member.user.dm_channel)


def titles(answer: str) -> list[str]:
    return re.findall(r"\*\*(Evening \d+)\*\*", answer)


def attachments(world: World, result: simcord.InteractionResult) -> dict[str, bytes]:
    """The files of an answer, as Discord stores them."""
    assert result.response is not None
    return {file.filename: world.env.backend.cdn.get(file.url) or b"" for file in result.response.attachments}


def jump(world: World, moment: datetime) -> None:
    """Go to an instant at once, without what would have happened on the way."""
    world.env.backend.clock.advance((moment - world.clock.now()).total_seconds())


# --- /events upcoming -------------------------------------------------------------------------------


async def test_what_comes_next_by_day(world: World) -> None:
    await circle(world, *(f"Evening {number}" for number in range(12)))
    result = await ask(world, "upcoming")
    answer = said(result)
    assert result.ephemeral
    assert titles(answer) == [f"Evening {number}" for number in range(10)]
    assert f"### Saturday, 3 January\n- {stamp(FIRST, 't')} **Evening 0**" in answer
    assert "Days as in UTC" in answer
    turned = await click(world.member, result, "More →")
    assert titles(said(turned)) == ["Evening 10", "Evening 11"]
    back = await click(world.member, turned, "← Back")
    assert titles(said(back)) == titles(answer)


async def test_only_some_of_them(world: World) -> None:
    await circle(world, "Evening 1", LOCATION="Library")
    world.arxiv.page("/devpost", devpost("Agents Week"))
    world.arxiv.page("/deadlines.yml", DEADLINES)
    await world.feed("hackathons", channel=world.papers, source="devpost")
    await world.feed("deadlines", channel=world.papers)
    assert "Agents Week" in said(await ask(world, "upcoming"))
    only = said(await ask(world, "upcoming", kind="hackathon"))
    assert "## Hackathons" in only
    assert "Agents Week" in only
    assert "Evening 1" not in only
    deadlines = said(await ask(world, "upcoming", kind="deadline"))
    assert "**SampleML 2026: Abstract submission**" in deadlines
    online = said(await ask(world, "upcoming", where="online"))
    assert "## Events online" in online
    assert "Evening 1" not in online
    assert "Agents Week" in online
    soon = said(await ask(world, "upcoming", when=7))
    assert "## Events of the next 7 days" in soon
    assert "Evening 1" in soon
    assert "SampleNLP" not in soon


async def test_nothing_to_come_says_how_there_could_be_more(world: World) -> None:
    answer = said(await ask(world, "upcoming"))
    assert "## No events\nNo feed of events is set up here. Somebody with Manage Server can add one" in answer
    mods = said(await world.mod.slash(world.lounge, "events upcoming"))
    assert "Add one with `/feed meetups`, `/feed hackathons` or `/feed deadlines`." in mods
    await circle(world)
    quiet = said(await ask(world, "upcoming"))
    assert f"These feeds are read:\n- meetups in <#{world.papers.id}>" in quiet
    narrowed = await ask(world, "upcoming", kind="hackathon")
    assert "Nothing that fits is coming up." in said(narrowed)
    assert "All events" in buttons(narrowed)


async def test_another_servers_events_are_never_shown(world: World) -> None:
    await circle(world, "Evening 1")
    event_id = (await ids(world))["Evening 1"]
    other = world.env.create_guild("Elsewhere")
    hall = other.create_text_channel("hall")
    stranger = other.add_member(world.env.create_user("eve"))
    assert "No feed of events is set up here." in said(await stranger.slash(hall, "events upcoming"))
    for custom_id in (f"event:open:{event_id}", f"event:calendar:{event_id}:{world.guild.id}"):
        message = await world.old_message(custom_id, hall)
        refused = said(await stranger.click(message, custom_id=custom_id))
        assert "I do not know that event any more." in refused
    assert "I do not know that event" in said(
        await stranger.slash(hall, "events remind", event=str(event_id), before=60)
    )
    assert await stranger.autocomplete(hall, "events remind", "event", "eve") == []


async def test_one_event_with_all_there_is_to_know(world: World) -> None:
    await circle(world, "Evening 1", DESCRIPTION="Bring a **question**.", LOCATION="Library\\, Room 2")
    listed = await ask(world, "upcoming")
    assert listed.response is not None
    event_id = (await ids(world))["Evening 1"]
    result = await world.member.select(listed.response, [str(event_id)], custom_id="event:pick")
    answer = said(result)
    assert result.ephemeral
    assert "## Evening 1" in answer
    assert f"{stamp(FIRST, 'F')} until {stamp(FIRST + timedelta(hours=2), 't')} ({stamp(FIRST)})" in answer
    assert "📍 Library, Room 2" in answer
    assert r"Bring a \*\*question\*\*." in answer
    assert buttons(result) == {
        "Remind me": f"event:remind:{event_id}",
        "Add to calendar": f"event:calendar:{event_id}",
        "My reminders": "reminders:0",
    }
    assert "https://circle.example.org/e0" in [
        node.get("url") for node in nodes(result.response) if node["type"] == 2
    ]


# --- Reminders --------------------------------------------------------------------------------------


async def test_a_reminder_is_tested_at_once_and_comes(world: World) -> None:
    await circle(world, "Evening 1")
    event_id = (await ids(world))["Evening 1"]
    asked = await world.press(f"event:remind:{event_id}", by=world.member)
    assert "How long before?" in said(asked)
    done = await click(world.member, asked, "1 hour before")
    assert f"I remind you {stamp(FIRST - timedelta(hours=1), 'F')}" in said(done)
    assert "by direct message. I have just written to you" in said(done)
    (letter,) = letters(world)
    assert "## I will remind you here\nEvening 1" in letter
    assert await reminders(world) == [("Evening 1", timedelta(hours=1), True)]
    jump(world, FIRST - timedelta(hours=1))
    await world.run_due()
    assert any("🔔 Evening 1" in letter and stamp(FIRST) in letter for letter in letters(world)[1:])
    assert await reminders(world) == []


async def test_remind_by_command(world: World) -> None:
    await circle(world, "Evening 1", "Evening 2", "Workshop")
    result = await ask(world, "remind", event="workshop", before=1440)
    assert "## Reminder set\nWorkshop" in said(result)
    assert await reminders(world) == [("Workshop", timedelta(days=1), True)]
    # Reminders take no number from the subscriptions.
    subscribed = await world.member.slash(world.lounge, "papers subscribe", query="paper")
    assert "## Subscription 1 is set" in said(subscribed)
    assert "Several events fit that." in said(await ask(world, "remind", event="evening", before=60))
    assert "I know no event like that here." in said(await ask(world, "remind", event="opera", before=60))
    chosen = str((await ids(world))["Evening 2"])
    assert "How long before?" in said(await ask(world, "remind", event=chosen))


async def test_events_are_completed(world: World) -> None:
    await circle(world, "Evening 1", "Workshop: first model")
    offered = await world.member.autocomplete(world.lounge, "events remind", "event", "model")
    assert [(each["name"], each["value"]) for each in offered] == [
        ("4 Jan · Workshop: first model", str((await ids(world))["Workshop: first model"]))
    ]


async def test_a_moment_that_has_passed_is_refused_before_anybody_is_written_to(world: World) -> None:
    await circle(world, "Evening 1")
    event_id = (await ids(world))["Evening 1"]
    answer = said(await ask(world, "remind", event=str(event_id), before=7 * 24 * 60))
    assert "That moment has already passed." in answer
    assert letters(world) == []
    jump(world, FIRST + timedelta(minutes=5))
    begun = said(await world.press(f"event:remind:{event_id}", by=world.member))
    assert "That has already begun." in begun


async def test_closed_direct_messages_offer_the_thread(world: World) -> None:
    await circle(world, "Evening 1")
    event_id = (await ids(world))["Evening 1"]
    world.env.inject_error("POST", "/channels/*/messages", **CLOSED)
    result = await ask(world, "remind", event=str(event_id), before=60)
    assert "I could not send you a direct message\nNo reminder is set." in said(result)
    assert await reminders(world) == []
    refused = await click(world.member, result, "Remind me in the thread")
    assert "No post shows this event yet" in said(refused)
    jump(world, FIRST - timedelta(hours=36))
    await world.run_due()
    assert "Evening 1" in "\n".join(world.posts())
    done = await click(world.member, result, "Remind me in the thread")
    assert "below the event's post, where others see it" in said(done)
    assert await reminders(world) == [("Evening 1", timedelta(hours=1), False)]
    jump(world, FIRST - timedelta(hours=1))
    await world.run_due()
    (thread,) = world.papers.threads
    (mention,) = world.posts(thread)
    assert mention.startswith(f"<@{world.member.id}>\n### 🔔 Evening 1")


async def test_reminders_are_listed_and_taken_back(world: World) -> None:
    none = await ask(world, "remind")
    assert "## No reminders" in said(none)
    assert "## No events" in said(await click(world.member, none, "All events"))
    await circle(world, *(f"Evening {number}" for number in range(7)))
    for event_id in (await ids(world)).values():
        await ask(world, "remind", event=str(event_id), before=60)
    result = await ask(world, "remind")
    assert "## 7 reminders" in said(result)
    assert titles(said(result)) == [f"Evening {number}" for number in range(5)]
    more = await click(world.member, result, "More →")
    assert titles(said(more)) == ["Evening 5", "Evening 6"]
    first = (await ids(world))["Evening 0"]
    assert result.response is not None
    dropped = await world.member.click(result.response, custom_id=f"event:drop:{first}")
    assert "## Taken back\nI do not remind you of that event." in said(dropped)
    assert "Evening 0" not in [title for title, _, _ in await reminders(world)]
    again = await world.press(f"event:drop:{first}", by=world.member)
    assert "There was no reminder" in said(again)


async def test_nobody_sees_or_takes_back_another_members_reminders(world: World) -> None:
    await circle(world, "Evening 1")
    event_id = (await ids(world))["Evening 1"]
    await ask(world, "remind", event=str(event_id), before=60)
    assert "## No reminders" in said(await world.mod.slash(world.lounge, "events remind"))
    assert "There was no reminder" in said(await world.press(f"event:drop:{event_id}"))
    assert len(await reminders(world)) == 1


async def test_the_button_in_the_direct_message_takes_it_back_after_a_restart(world: World) -> None:
    await circle(world, "Evening 1")
    await ask(world, "remind", event=str((await ids(world))["Evening 1"]), before=60)
    await world.restart()
    letter = world.member.user.dm_channel.last_message
    assert "## Taken back" in said(await world.member.user.click(letter, label="Take it back"))
    assert await reminders(world) == []


# --- Calendars --------------------------------------------------------------------------------------


async def test_one_event_as_a_file(world: World) -> None:
    await circle(world, "Evening 1", "Evening 2")
    event_id = (await ids(world))["Evening 1"]
    result = await world.press(f"event:calendar:{event_id}", by=world.member)
    assert result.ephemeral
    content = attachments(world, result)["event.ics"]
    assert content.count(b"BEGIN:VEVENT") == 1
    assert b"SUMMARY:Evening 1" in content
    assert result.response is not None
    (link,) = [node["url"] for node in nodes(result.response) if node["type"] == 2]
    assert link.startswith("https://calendar.google.com/calendar/render?action=TEMPLATE&text=Evening+1")
    assert "dates=20260103T180000Z%2F20260103T200000Z" in link


async def test_the_servers_events_and_my_own_as_a_file(world: World) -> None:
    assert "the calendar would be empty" in said(await ask(world, "calendar"))
    await circle(world, "Evening 1", "Evening 2")
    result = await ask(world, "calendar")
    assert "Settings → Import" in said(result)
    assert attachments(world, result)["events.ics"].count(b"BEGIN:VEVENT") == 2
    assert "You have no reminders" in said(await ask(world, "calendar", mine=True))
    await ask(world, "remind", event="Evening 2", before=60)
    mine = attachments(world, await ask(world, "calendar", mine=True))["my-events.ics"]
    assert b"Evening 2" in mine
    assert b"Evening 1" not in mine


# --- Posts in the channel ---------------------------------------------------------------------------


async def test_posts_come_and_their_buttons_work_after_a_restart(world: World) -> None:
    await circle(world, "Evening 1", LOCATION="Library")
    jump(world, at("2026-01-01 09:00"))
    await world.run_due()
    (first,) = world.posts()
    assert "## Meetups coming up" in first
    assert f"- {stamp(FIRST, 't')} **Evening 1** · Library · [page](https://circle.example.org/e0)" in first
    jump(world, FIRST - timedelta(hours=33))
    await world.run_due()
    posts = world.posts()
    assert len(posts) == 2
    assert f"🔔 Start: {stamp(FIRST)}\n## Evening 1" in posts[1]
    event_id = (await ids(world))["Evening 1"]
    message = world.papers.last_message
    assert message is not None
    labels = {node["label"]: node for node in nodes(message) if node["type"] == 2}
    assert set(labels) == {"Remind me", "Add to calendar", "Details", "Event page"}
    assert labels["Details"]["custom_id"] == f"event:open:{event_id}"
    await world.restart()
    opened = await world.member.click(message, label="Details")
    assert "## Evening 1" in said(opened)
    assert opened.ephemeral


async def test_the_list_of_feeds_says_what_was_posted_last_and_when_it_posts_next(world: World) -> None:
    await circle(world, "Evening 1", "Evening 2", "Evening 3")
    first = at("2026-01-01 09:00")
    assert "Last time" not in said(await world.feed("list"))
    await world.feed("edit", feed="1", limit=2)
    jump(world, first)
    await world.run_due()
    listed = said(await world.feed("list"))
    assert f"Last time {stamp(first)}: 2 events posted, 1 more counted" in listed
    tomorrow = first + timedelta(days=1)
    assert f"Next post {stamp(tomorrow, 'f')} ({stamp(tomorrow)}), if an event is due\n" in listed
    status = said(await world.mod.slash(world.lounge, "setup status"))
    assert f"last {stamp(first)}: 2 posted" in status
    day_before = (FIRST - timedelta(days=1)).replace(hour=9)
    jump(world, day_before)
    await world.run_due()
    assert f"Last time {stamp(day_before)}: 1 event posted\n" in said(await world.feed("list"))
    # A look at which nothing was posted is none.
    jump(world, day_before + timedelta(hours=2))
    await world.run_due()
    assert f"last {stamp(day_before)}: 1 posted" in said(await world.mod.slash(world.lounge, "setup status"))


async def test_a_cancelled_event_is_marked_and_said(world: World) -> None:
    await circle(world, "Evening 1")
    jump(world, at("2026-01-01 09:00"))
    await world.run_due()
    event_id = (await ids(world))["Evening 1"]
    world.arxiv.page("/circle.ics", ics(meetup("e0", "Evening 1", FIRST, STATUS="CANCELLED")))
    jump(world, at("2026-01-01 11:00"))
    await world.run_due()
    posts = world.posts()
    assert "⛔ **Cancelled** · " in posts[0]
    assert "### Evening 1\n⛔ **Cancelled**" in posts[1]
    opened = await world.press(f"event:open:{event_id}", by=world.member)
    assert "⛔ **Cancelled**" in said(opened)
    assert "Remind me" not in buttons(opened)
    refused = said(await world.press(f"event:remind:{event_id}", by=world.member))
    assert "That event does not take place" in refused


async def test_discord_events_are_made_changed_and_called_off(world: World) -> None:
    url = world.arxiv.page("/circle.ics", ics(meetup("e0", "Evening 1", FIRST)))
    await world.feed("meetups", channel=world.papers, url=url, native=True)
    await world.run_due()
    (native,) = world.env.backend.guilds[world.guild.id].scheduled_events.values()
    assert native.name == "Evening 1"
    assert datetime.fromisoformat(native.scheduled_start_time) == FIRST
    assert native.status == SCHEDULED
    assert "Keeps 1 Discord event." in said(await world.feed("list"))
    world.arxiv.page("/circle.ics", ics(meetup("e0", "Evening 1", FIRST, STATUS="CANCELLED")))
    jump(world, at("2026-01-01 02:00"))
    await world.run_due()
    left = world.env.backend.guilds[world.guild.id].scheduled_events.values()
    assert [each for each in left if each.status == SCHEDULED] == []
    assert "Keeps" not in said(await world.feed("list"))


def standing(world: World) -> list[str]:
    """The server's Discord events that have not been called off."""
    natives = world.env.backend.guilds[world.guild.id].scheduled_events.values()
    return [each.name for each in natives if each.status == SCHEDULED]


async def test_who_removes_a_feed_decides_about_its_discord_events(world: World) -> None:
    url = world.arxiv.page("/circle.ics", ics(meetup("e0", "Evening 1", FIRST), meetup("e1", "Two", FIRST)))
    await world.feed("meetups", channel=world.papers, url=url, native=True)
    await world.run_due()
    removed = await world.feed("remove", feed="1")
    assert "**2 Discord events** of it still stand in the server's list" in said(removed)
    assert list(buttons(removed)) == ["Bring it back", "Call its Discord events off", "All feeds"]
    await world.run_due()
    assert standing(world) == ["Evening 1", "Two"]
    assert "Manage Server" in said(await world.press("feed:calloff:1", by=world.member))
    off = await click(world.mod, removed, "Call its Discord events off")
    assert "2 Discord events are being called off" in said(off)
    await world.run_due()
    assert standing(world) == []
    assert "None of its Discord events stands" in said(await world.press("feed:calloff:1"))
    # Brought back, it makes them anew.
    await world.press("feed:restore:1")
    jump(world, at("2026-01-01 02:00"))
    await world.run_due()
    assert sorted(standing(world)) == ["Evening 1", "Two"]
    listed = await world.press("feeds:remove:1:0")
    assert "**2 Discord events** of it still stand" in said(listed)
    assert "Call its Discord events off" in buttons(listed)


async def test_a_feed_that_wants_no_discord_events_any_more_offers_to_call_them_off(world: World) -> None:
    url = world.arxiv.page("/circle.ics", ics(meetup("e0", "Evening 1", FIRST)))
    await world.feed("meetups", channel=world.papers, url=url, native=True)
    await world.run_due()
    panel = await world.feed("edit", feed="1")
    assert panel.response is not None
    changed = await world.mod.select(panel.response, ["no"], custom_id="efeed:set:native:1")
    assert "**1 Discord event** of it still stands" in said(changed)
    await click(world.mod, changed, "Call its Discord events off")
    await world.run_due()
    assert standing(world) == []
    again = await world.mod.select(panel.response, ["no"], custom_id="efeed:set:native:1")
    assert "still stand" not in said(again)


async def test_a_moved_event_says_from_when_to_when(world: World) -> None:
    await circle(world, "Evening 1")
    jump(world, at("2026-01-01 09:00"))
    await world.run_due()
    later = FIRST + timedelta(hours=3)
    world.arxiv.page("/circle.ics", ics(meetup("e0", "Evening 1", later)))
    jump(world, at("2026-01-01 11:00"))
    await world.run_due()
    assert "🕒 **Moved** · " in world.posts()[0]
    assert f"🕒 **Another time**: {stamp(FIRST, 'f')} → {stamp(later, 'f')}" in world.posts()[1]
