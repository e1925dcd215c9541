"""Feeds of events through Discord's command tree: set up, listed, previewed, changed, refused."""

import re
from datetime import timedelta
from typing import Any

import pytest
from discord import Permissions

from bot.domain.feeds import Feed, FeedKind, Moment, Style
from bot.domain.hackathons import Source
from tests.cogs.event_samples import DEADLINES, devpost, ics, meetup
from tests.cogs.world import World, at, buttons, click, nodes, said


def circle(world: World, *titles: str) -> str:
    """Put a calendar up whose events are a day apart from 3 January 2026 on, and return its address."""
    events = [
        meetup(f"e{number}", title, at("2026-01-03 18:00") + timedelta(days=number))
        for number, title in enumerate(titles)
    ]
    return world.arxiv.page("/circle.ics", ics(*events))


async def feeds(world: World) -> dict[int, Feed]:
    """What the database holds of this server's feeds of events."""
    return {s.feed.number: s.feed for s in await world.app.services.events.overview(world.guild.id)}


# --- /feed meetups ----------------------------------------------------------------------------------


async def test_a_calendar_is_enough(world: World) -> None:
    url = circle(world, *(f"Evening {number}" for number in range(7)))
    result = await world.feed("meetups", channel=world.papers, url=url)
    answer = said(result)
    assert result.ephemeral
    assert "## Feed 1 is set for **Learning Circle**\nMeetups of **127.0.0.1/circle.ics**" in answer
    assert "a post for each event when it is new and the day before · every day at 09:00, UTC" in answer
    assert f"First post: <t:{int(at('2026-01-01 09:00').timestamp())}:F>" in answer
    assert "**7 events** to come" in answer
    assert re.findall(r"\*\*(Evening \d)\*\*", answer) == [f"Evening {number}" for number in range(5)]
    assert f"<t:{int(at('2026-01-03 18:00').timestamp())}:t> **Evening 0**" in answer
    assert "… and 2 more events" in answer
    assert "09:00 is UTC." in answer
    assert buttons(result) == {
        "Preview": "feed:preview:1",
        "Edit": "feed:edit:1",
        "Remove": "feed:remove:1",
        "All feeds": "feed:list:0",
    }
    plan = (await feeds(world))[1].plan
    assert (plan.kind, plan.channel_id, plan.style, plan.limit) == (
        FeedKind.MEETUPS,
        world.papers.id,
        Style.EACH,
        10,
    )
    assert plan.events is not None
    assert (plan.events.url, plan.events.moments, plan.events.native) == (
        url,
        (Moment.ANNOUNCED, Moment.DAY),
        False,
    )


async def test_a_page_will_do_for_the_calendar_it_points_at(world: World) -> None:
    url = circle(world, "Evening")
    page = b'<!doctype html><link rel="alternate" type="text/calendar" href="/circle.ics"><h1>Us</h1>'
    result = await world.feed("meetups", channel=world.papers, url=world.arxiv.page("/about", page))
    assert "**1 event** to come" in said(result)
    plan = (await feeds(world))[1].plan
    assert plan.events is not None
    assert plan.events.url == url


async def test_every_option_is_kept(world: World) -> None:
    role = world.guild.create_role("events", mentionable=True)
    answer = said(
        await world.feed(
            "meetups",
            channel=world.papers,
            url=circle(world, "Evening"),
            time="9:30 pm",
            zone="berlin",
            days="mon, thu",
            limit=3,
            moments="week, start",
            native=True,
            mention=role,
        )
    )
    assert "a post for each event 7 days before and when it begins" in answer
    assert "Mon and Thu at 21:30, Europe/Berlin" in answer
    assert "also as Discord events" in answer
    assert f"mentions <@&{role.id}>" in answer
    assert "is UTC." not in answer
    plan = (await feeds(world))[1].plan
    assert plan.events is not None
    assert plan.events.moments == (Moment.WEEK, Moment.START)
    assert (plan.events.native, plan.events.mention_role_id, plan.limit) == (True, role.id, 3)


async def test_an_agenda_comes_on_mondays(world: World) -> None:
    answer = said(
        await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"), style="digest")
    )
    assert "an agenda of the coming week, Mondays at 09:00, UTC" in answer
    assert f"First post: <t:{int(at('2026-01-05 09:00').timestamp())}:F>" in answer


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 404, "has no calendar at this address"),
        (b"", 401, "Make it public"),
        (b"<html><h1>Hello</h1></html>", 200, ""),
        (b"hello", 200, ""),
    ],
)
async def test_an_address_without_a_calendar_is_refused(
    world: World, body: bytes, status: int, words: str
) -> None:
    url = world.arxiv.page("/wrong", body, status)
    result = await world.feed("meetups", channel=world.papers, url=url)
    assert result.ephemeral
    assert words in said(result)
    assert "is set" not in said(result)
    assert await feeds(world) == {}


@pytest.mark.parametrize(
    "url", ["two words", "file:///etc/passwd", "http://10.0.0.1/x.ics", "http://127.0.0.1:9/x"]
)
async def test_an_address_that_cannot_be_fetched_is_refused(world: World, url: str) -> None:
    result = await world.feed("meetups", channel=world.papers, url=url)
    assert result.ephemeral
    assert "is set" not in said(result)
    assert "Something went wrong" not in said(result)
    assert await feeds(world) == {}


async def test_everything_that_is_wrong_is_said_at_once(world: World) -> None:
    answer = said(
        await world.feed(
            "meetups",
            channel=world.papers,
            url=world.arxiv.page("/gone", status=404),
            zone="Atlantis",
            time="25:00",
            moments="sometimes",
        )
    )
    assert "4 things to put right:" in answer
    for words in ("“25:00” is not a time", "Atlantis", "moment “sometimes”", "no calendar at this address"):
        assert words in answer


async def test_moments_and_an_agenda_exclude_each_other(world: World) -> None:
    answer = said(
        await world.feed(
            "meetups", channel=world.papers, url=circle(world, "A"), style="digest", moments="week"
        )
    )
    assert "Moments belong to a post for each event:" in answer
    assert await feeds(world) == {}


async def test_a_calendar_of_the_past_is_set_with_a_warning(world: World) -> None:
    url = world.arxiv.page("/old.ics", ics(meetup("old", "Long ago", at("2025-06-01 18:00"))))
    answer = said(await world.feed("meetups", channel=world.papers, url=url))
    assert "Feed 1 is set" in answer
    assert "⚠️ 127.0.0.1/old.ics lists nothing that is still to come." in answer


async def test_events_that_cannot_be_read_are_said(world: World) -> None:
    broken = meetup("broken", "No time", at("2026-01-04 18:00"), DTSTART="soon")
    url = world.arxiv.page("/half.ics", ics(meetup("a", "Fine", at("2026-01-04 18:00")), broken))
    answer = said(await world.feed("meetups", channel=world.papers, url=url))
    assert "**1 event** to come" in answer
    assert "⚠️ 1 event could not be read:" in answer


async def test_titles_from_outside_are_shown_literally(world: World) -> None:
    url = circle(world, "**Free** @everyone [money](https://evil.example)")
    answer = said(await world.feed("meetups", channel=world.papers, url=url))
    assert r"\*\*Free\*\*" in answer
    assert "[money](https://evil.example)" not in answer
    assert "@everyone" not in answer


async def test_a_twin_is_refused(world: World) -> None:
    url = circle(world, "Evening")
    await world.feed("meetups", channel=world.papers, url=url)
    again = said(await world.feed("meetups", channel=world.papers, url=url))
    assert "is set" not in again
    assert list(await feeds(world)) == [1]


async def test_a_missing_permission_is_named(world: World) -> None:
    world.forbid(world.papers, send_messages=True)
    answer = said(await world.feed("meetups", channel=world.papers, url=circle(world, "Evening")))
    assert f"I cannot post in <#{world.papers.id}> yet: I lack Send Messages there." in answer
    assert await feeds(world) == {}


async def test_discord_events_need_their_permission(world: World) -> None:
    bots = next(role for role in world.env.backend.guilds[world.guild.id].roles.values() if role.managed)
    without = Permissions(bots.permissions)
    without.administrator = without.create_events = False
    world.env.backend.edit_role(world.guild.id, bots.id, {"permissions": without.value})
    url = circle(world, "Evening")
    refused = said(await world.feed("meetups", channel=world.papers, url=url, native=True))
    assert "I may not create events here. Open Server Settings → Roles, give my role Create Events" in refused
    assert await feeds(world) == {}
    assert "is set" in said(await world.feed("meetups", channel=world.papers, url=url))


@pytest.mark.parametrize(
    ("command", "options"), [("meetups", {"url": "https://x.example"}), ("hackathons", {}), ("deadlines", {})]
)
async def test_members_may_not_set_feeds_up(world: World, command: str, options: dict[str, Any]) -> None:
    world.let_through()
    result = await world.member.slash(world.lounge, f"feed {command}", channel=world.papers, **options)
    assert result.ephemeral
    assert "Only people with Manage Server may do that." in said(result)
    assert await feeds(world) == {}


# --- /feed hackathons -------------------------------------------------------------------------------


async def test_hackathons_come_as_an_agenda_of_all_sites(world: World) -> None:
    world.arxiv.page("/devpost", devpost("Agents Week", "Vision Jam"))
    answer = said(await world.feed("hackathons", channel=world.papers))
    assert "Hackathons of **Devpost, Major League Hacking, Zindi, Hack Club**" in answer
    assert "an agenda of the coming week, Mondays at 09:00, UTC" in answer
    assert "**2 events** to come" in answer
    assert "**Agents Week** · due <t:" in answer
    plan = (await feeds(world))[1].plan
    assert plan.events is not None
    assert (plan.style, plan.events.sources) == (Style.DIGEST, ())


async def test_sites_themes_and_place_filter(world: World) -> None:
    world.arxiv.page("/devpost", devpost("Agents Week"))
    answer = said(
        await world.feed(
            "hackathons", channel=world.papers, source="Devpst, mlh", themes="ai", where="in person"
        )
    )
    assert "Hackathons of **Devpost, Major League Hacking** about ai, in person" in answer
    assert "⚠️ No hackathon that fits is open or coming up." in answer
    plan = (await feeds(world))[1].plan
    assert plan.events is not None
    assert plan.events.sources == (Source.DEVPOST, Source.MLH)
    assert (plan.events.wanted.themes, plan.events.wanted.online) == (frozenset({"ai"}), False)


async def test_an_unknown_site_is_refused(world: World) -> None:
    answer = said(await world.feed("hackathons", channel=world.papers, source="kaggle"))
    assert (
        "I do not know the site “kaggle”. Choose from Devpost, Major League Hacking, Zindi, Hack Club."
        in answer
    )
    several = said(await world.feed("hackathons", channel=world.papers, source="kaggle, mlh, topcoder"))
    assert "I do not know the sites “kaggle” and “topcoder”. Choose from Devpost" in several
    assert await feeds(world) == {}


async def test_a_site_that_fails_is_said_and_the_feed_stands(world: World) -> None:
    world.arxiv.page("/zindi", status=500)
    answer = said(await world.feed("hackathons", channel=world.papers, source="zindi"))
    assert "Feed 1 is set" in answer
    assert "⚠️ I could not read Zindi just now. I keep trying" in answer


async def test_sites_and_themes_are_completed(world: World) -> None:
    assert await world.offered("hackathons", "source", "") == ["devpost", "mlh", "zindi", "hackclub"]
    assert await world.offered("hackathons", "source", "devpost, hack") == [
        "devpost, mlh",
        "devpost, hackclub",
    ]
    assert await world.offered("hackathons", "themes", "beg") == ["Beginner Friendly"]
    assert await world.offered("hackathons", "where", "on") == ["online"]
    assert await world.offered("hackathons", "moments", "announced, d") == [
        "announced, month",
        "announced, week",
        "announced, day",
    ]


# --- /feed deadlines --------------------------------------------------------------------------------


async def test_deadlines_of_chosen_conferences_get_a_post_each(world: World) -> None:
    world.arxiv.page("/deadlines.yml", DEADLINES)
    answer = said(await world.feed("deadlines", channel=world.papers, conferences="sampleml, nlp"))
    assert "Deadlines of **SAMPLEML, all conferences on language**" in answer
    assert "when it is new, 30 days before, 7 days before and the day before" in answer
    assert "**3 events** to come" in answer
    assert "**SampleML 2026: Abstract submission**" in answer
    plan = (await feeds(world))[1].plan
    assert plan.events is not None
    assert plan.events.conferences.conferences == ("sampleml",)
    assert plan.events.conferences.areas == ("nlp",)


async def test_deadlines_of_all_conferences_come_as_an_agenda(world: World) -> None:
    world.arxiv.page("/deadlines.yml", DEADLINES)
    answer = said(await world.feed("deadlines", channel=world.papers))
    assert "Deadlines of **all conferences**" in answer
    assert "an agenda of the coming week" in answer


async def test_a_slip_in_a_conference_is_put_right_and_nonsense_is_refused(world: World) -> None:
    world.arxiv.page("/deadlines.yml", DEADLINES)
    assert "Feed 1 is set" in said(
        await world.feed("deadlines", channel=world.papers, conferences="SampelNLP")
    )
    refused = said(await world.feed("deadlines", channel=world.papers, conferences="gardening"))
    assert "I do not know the conference “gardening”. The list that I read has " in refused
    assert "SampleML" in refused
    assert list(await feeds(world)) == [1]


async def test_conferences_are_completed_once_they_are_known(world: World) -> None:
    assert "SampleML" not in await world.offered("deadlines", "conferences", "sample")
    world.arxiv.page("/deadlines.yml", DEADLINES)
    await world.feed("deadlines", channel=world.papers)
    assert (await world.offered("deadlines", "conferences", "samplml"))[0] == "SampleML"
    assert (await world.offered("deadlines", "conferences", "NLP, sampleml"))[0] == "NLP, SampleML"


# --- Feeds of both kinds, side by side --------------------------------------------------------------


async def test_the_list_shows_events_beside_papers(world: World) -> None:
    await world.make()
    await world.feed("meetups", channel=world.lounge, url=circle(world, "Evening"))
    result = await world.feed("list")
    answer = said(result)
    assert "## 2 feeds" in answer
    assert "**Feed 1** · New papers in **cs.AI, cs.LG**" in answer
    assert "**Feed 2** · Meetups of **127.0.0.1/circle.ics**" in answer
    assert f"Next event <t:{int(at('2026-01-03 18:00').timestamp())}:R>: Evening" in answer
    assert "-# 127.0.0.1: fine: read <t:" in answer


async def test_the_list_names_what_is_wrong(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    world.forbid(world.papers, send_messages=True)
    assert "⚠️ I lack Send Messages in the channel." in said(await world.feed("list"))


async def test_preview_shows_what_comes_and_how_it_is_read(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    answer = said(await world.feed("preview", feed="1"))
    assert "## Preview of feed 1" in answer
    assert "**1 event** to come" in answer
    assert "-# 127.0.0.1: fine: read <t:" in answer
    assert said(await world.press("feed:preview:1")) == answer


async def test_pause_resume_remove_and_bring_back(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    assert "## Feed 1 is paused" in said(await world.feed("pause", feed="1"))
    assert "It is paused and posts nothing" in said(await world.feed("preview", feed="1"))
    resumed = said(await world.feed("resume", feed="1"))
    assert "## Feed 1 is on\nMeetups of" in resumed
    assert f"Next post: <t:{int(at('2026-01-01 09:00').timestamp())}:F>" in resumed
    removed = await world.feed("remove", feed="1")
    assert "## Feed 1 is removed" in said(removed)
    assert await feeds(world) == {}
    assert "## Feed 1 is on" in said(await click(world.mod, removed, "Bring it back"))


async def test_why_is_for_papers(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    assert "Feed 1 is of events." in said(await world.feed("why", feed="1", paper="2601.00001"))


async def test_feeds_are_offered_by_what_they_read(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    world.arxiv.page("/deadlines.yml", DEADLINES)
    await world.feed("deadlines", channel=world.papers, conferences="sampleml")
    assert await world.offered("preview", "feed", "deadl") == ["2"]
    assert await world.offered("preview", "feed", "circle") == ["1"]


# --- Changing ---------------------------------------------------------------------------------------


async def test_edit_changes_only_what_is_named(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    answer = said(await world.feed("edit", feed="1", time="18:00", channel=world.lounge))
    assert "✅ **Time**: 09:00 → 18:00" in answer
    assert f"✅ **Channel**: <#{world.papers.id}> → <#{world.lounge.id}>" in answer
    plan = (await feeds(world))[1].plan
    assert (plan.schedule.time.hour, plan.channel_id, plan.style) == (18, world.lounge.id, Style.EACH)
    again = said(await world.feed("edit", feed="1", time="18:00"))
    assert "Nothing changed: that is how it was already." in again


async def test_edit_refuses_what_only_papers_have(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    answer = said(await world.feed("edit", feed="1", query="gan", categories="cs.AI"))
    assert "Feed 1 is of events and has no `categories`, `query`." in answer


async def test_edit_refuses_a_forum_and_a_thread(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    forum = world.guild.create_forum_channel("forum")
    assert "Events go to a text or announcement channel." in said(
        await world.feed("edit", feed="1", channel=forum)
    )
    assert "not as a thread" in said(await world.feed("edit", feed="1", style="thread"))
    assert (await feeds(world))[1].plan.channel_id == world.papers.id


async def test_the_panel_changes_style_moments_and_discord_events(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    panel = await world.feed("edit", feed="1")
    assert "## Edit feed 1" in said(panel)
    assert "**Speaks of an event** when it is new and the day before" in said(panel)
    assert panel.response is not None
    changed = await world.mod.select(panel.response, ["week"], custom_id="efeed:set:moments:1")
    assert "**Speaks of an event**: when it is new and the day before → 7 days before" in said(changed)
    changed = await world.mod.select(panel.response, ["digest"], custom_id="efeed:set:style:1")
    assert "**Days**: every day → Mondays" in said(changed)
    changed = await world.mod.select(panel.response, ["yes"], custom_id="efeed:set:native:1")
    assert "**Discord events**: no → yes" in said(changed)
    plan = (await feeds(world))[1].plan
    assert plan.events is not None
    assert (plan.style, plan.events.native) == (Style.DIGEST, True)


async def test_the_panels_forms_survive_a_restart(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    other = world.arxiv.page("/other.ics", ics(meetup("o", "Other", at("2026-01-09 18:00")), name="Other"))
    panel = await world.feed("edit", feed="1")
    await world.restart()
    form = await click(world.mod, panel, "Calendar address")
    assert form.modal is not None
    done = await world.mod.submit_modal(form, {"url": other})
    assert "**Calendar**:" in said(done)
    plan = (await feeds(world))[1].plan
    assert plan.events is not None
    assert plan.events.url == other
    form = await click(world.mod, panel, "Schedule and limit")
    done = await world.mod.submit_modal(
        form, {"time": "25:00", "zone": "Berlin", "days": "every day", "limit": "99"}
    )
    assert "2 things to put right:" in said(done)


async def test_buttons_of_a_panel_are_for_moderators(world: World) -> None:
    await world.feed("meetups", channel=world.papers, url=circle(world, "Evening"))
    for custom_id in ("efeed:open:what:1", "feed:edit:1", "feed:preview:1"):
        refused = said(await world.press(custom_id, by=world.member))
        assert "Only people with Manage Server may do that." in refused


async def test_a_card_stays_within_discords_limits(world: World) -> None:
    url = circle(world, *("*" * 190 + str(number) for number in range(30)))
    result = await world.feed("meetups", channel=world.papers, url=url, limit=25)
    assert result.response is not None
    assert sum(len(node.get("content", "")) for node in nodes(result.response)) <= 4000
    assert len(list(nodes(result.response))) <= 40


async def test_what_a_feed_would_show_is_seen_before_it_is_saved(world: World) -> None:
    url = circle(world, *(f"Evening {number}" for number in range(7)))
    result = await world.feed("meetups", channel=world.papers, url=url, preview=True)
    answer = said(result)
    assert answer.startswith("## Preview of a feed that is not saved\nMeetups of **127.0.0.1/circle.ics**")
    assert "Nothing is saved." in answer
    assert "**7 events** to come" in answer
    assert list(buttons(result)) == ["All feeds"]
    assert await feeds(world) == {}
    world.arxiv.page("/deadlines.yml", DEADLINES)
    answer = said(await world.feed("deadlines", channel=world.papers, preview=True))
    assert "Deadlines of **all conferences**" in answer
    assert "Nothing is saved." in answer
    assert await feeds(world) == {}
    nothing = world.arxiv.page("/empty.ics", ics())
    assert "lists nothing that is still to come" in said(
        await world.feed("meetups", channel=world.papers, url=nothing, preview=True)
    )
    world.arxiv.page("/devpost", b"", 500)
    failing = said(await world.feed("hackathons", channel=world.papers, source="devpost", preview=True))
    assert "⚠️ I could not read Devpost just now." in failing
    assert "No hackathon that fits" not in failing
