"""The messages that are posted about events: what they say, and that they always fit."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.agenda import SAME_AS, EventPost, Listed, MemberReminder, PostKind, Shown
from bot.domain.aoe import AOE
from bot.domain.digests import Rendered
from bot.domain.events import (
    Aspect,
    Difference,
    Event,
    EventKind,
    EventStatus,
    Where,
    compare,
)
from bot.domain.feeds import EventOptions, Feed, FeedKind, FeedPlan, FeedState, Moment, Style
from bot.domain.languages import Language
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.domain.sources import SourceOutcome, SourceState
from bot.words import speaking
from cogs.ui.cards import MAX_CHARACTERS, MAX_COMPONENTS
from cogs.ui.events import EventCards
from cogs.ui.events.cards import before_words, event_card, google_url, lead_choices, reminders_card
from cogs.ui.events.words import MAX_LINK, masked, when, where_words

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CARDS = EventCards()


def event(**changes: Any) -> Event:
    values: dict[str, Any] = {
        "key": "e1",
        "kind": EventKind.MEETUP,
        "title": "Reading group",
        "starts_at": datetime(2026, 1, 7, 18, tzinfo=UTC),
        "ends_at": datetime(2026, 1, 7, 20, tzinfo=UTC),
        "zone": "UTC",
        "url": "https://circle.example.org/1",
    }
    return Event(**(values | changes))


def listed(number: int = 1, *, gone: bool = False, **changes: Any) -> Listed:
    return Listed(number, "calendar:x", event(**changes), gone, 3, NOW, NOW)


def feed(zone: str = "UTC", mention: int | None = None) -> Feed:
    plan = FeedPlan(
        1,
        2,
        (),
        "",
        Style.EACH,
        10,
        Schedule(time(9), zone, EVERY_DAY),
        kind=FeedKind.MEETUPS,
        events=EventOptions(url="https://x.example/c.ics", mention_role_id=mention),
    )
    return Feed(7, 4, plan, FeedState.ACTIVE, None, NOW, NOW, NOW, NOW, None)


def post(
    *shown: Shown,
    kind: PostKind = PostKind.CARD,
    moment: Moment | None = Moment.ANNOUNCED,
    overflow: int = 0,
    zone: str = "UTC",
    mention: int | None = None,
) -> Rendered:
    return CARDS.post(EventPost(feed(zone, mention), kind, moment, NOW, shown, overflow))


def parts(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Every component of a message, nested ones too."""
    found, waiting = [], list(payload["components"])
    while waiting:
        node = waiting.pop(0)
        found.append(node)
        waiting = [*node.get("components", []), *waiting]
        if "accessory" in node:
            waiting.append(node["accessory"])
    return found


def text(rendered: Rendered) -> str:
    return "\n".join(part["content"] for part in parts(rendered.payload) if "content" in part)


def check(rendered: Rendered) -> None:
    """What holds of every message: it fits, and has its marker as a line of its own."""
    found = parts(rendered.payload)
    assert len(found) <= MAX_COMPONENTS
    assert sum(len(part.get("content", "")) for part in found) <= MAX_CHARACTERS
    assert rendered.marker in text(rendered).split("\n")
    for part in found:
        assert len(part.get("content", "x")) > 0
        assert len(part.get("url", "")) <= MAX_LINK
        assert len(part.get("custom_id", "")) <= 100
        for option in part.get("options", []):
            assert 1 <= len(option["label"]) <= 100
    json.dumps(rendered.payload)


def test_what_was_listed_twice_is_marked_on_a_card_and_in_an_agenda() -> None:
    facts = {SAME_AS: {"id": 7, "title": "Sample *Hacks*"}}
    twice = replace(listed(kind=EventKind.HACKATHON, title="To be named"), facts=facts)
    single = post(Shown(twice))
    check(single)
    assert "## To be named\n🔁 **Listed twice**: it is the same as “Sample \\*Hacks\\*”" in text(single)
    agenda = post(Shown(twice), kind=PostKind.FIRST, moment=None)
    check(agenda)
    assert "🔁 **Listed twice** · " in text(agenda)


# --- When and where ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ["<t:1767808800:F> until <t:1767816000:t> (<t:1767808800:R>)"]),
        ({"ends_at": None}, ["<t:1767808800:F> (<t:1767808800:R>)"]),
        (
            {"ends_at": datetime(2026, 1, 9, 20, tzinfo=UTC)},
            ["<t:1767808800:F> until <t:1767988800:F>"],
        ),
        (
            {
                "all_day": True,
                "zone": "Asia/Tokyo",
                "starts_at": datetime(2026, 1, 6, 15, tzinfo=UTC),
                "ends_at": datetime(2026, 1, 7, 15, tzinfo=UTC),
            },
            ["Wednesday, 7 Jan 2026 (<t:1767711600:R>)"],
        ),
        (
            {
                "kind": EventKind.DEADLINE,
                "zone": AOE,
                "starts_at": datetime(2026, 1, 11, 11, 59, 59, tzinfo=UTC),
                "ends_at": None,
            },
            [
                "<t:1768132799:F> (<t:1768132799:R>)",
                "-# That is 23:59 on 10 January 2026, Anywhere on Earth (AoE)",
            ],
        ),
        (
            {
                "kind": EventKind.DEADLINE,
                "zone": "Europe/Lisbon",
                "starts_at": datetime(2026, 1, 20, 17, tzinfo=UTC),
                "ends_at": None,
            },
            ["-# That is 17:00 on 20 January 2026, Europe/Lisbon"],
        ),
        (
            {
                "kind": EventKind.HACKATHON,
                "zone": AOE,
                "all_day": True,
                "starts_at": datetime(2026, 1, 5, 12, tzinfo=UTC),
                "ends_at": datetime(2026, 1, 21, 12, tzinfo=UTC),
            },
            ["5–20 Jan 2026", "Projects are due by 20 January 2026 (<t:1768996800:R>)"],
        ),
    ],
)
def test_when(changes: dict[str, Any], words: list[str]) -> None:
    said = when(event(**changes))
    for word in words:
        assert word in said


def test_an_address_cannot_end_its_link_and_begin_another() -> None:
    assert masked("page", "https://a.example/)[win](https://evil.example/") == (
        "[page](https://a.example/%29[win]%28https://evil.example/)"
    )


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        (timedelta(), "when it begins"),
        (timedelta(minutes=15), "15 minutes before"),
        (timedelta(hours=1), "1 hour before"),
        (timedelta(days=2), "2 days before"),
        (timedelta(days=7), "1 week before"),
    ],
)
def test_how_long_before(lead: timedelta, words: str) -> None:
    assert before_words(lead) == words
    assert lead_choices()[int(lead.total_seconds()) // 60] == words.capitalize()


def test_an_address_too_long_for_its_line_is_left_out() -> None:
    short, long = (Where(None, "https://x.example/" + ")" * size) for size in (10, 432))
    assert where_words(short) == f"[online](https://x.example/{'%29' * 10})"
    assert where_words(long) == "online"


# --- Posts ------------------------------------------------------------------------------------------


def test_a_card_says_all_that_is_known() -> None:
    hackathon = listed(
        kind=EventKind.HACKATHON,
        place="Lisbon",
        online_url="https://join.example.org/",
        host="Sample Labs",
        tags=("Machine Learning/AI",),
        description="Build *something*.",
        details=(("prize", "$5,000"), ("registrations", "12")),
    )
    rendered = post(Shown(hackathon))
    check(rendered)
    said = text(rendered)
    for words in (
        "## Reading group",
        "📍 Lisbon and [online](https://join.example.org/)",
        "By Sample Labs",
        "🏆 $5,000",
        "12 have registered",
        "-# Machine Learning/AI",
        r"Build \*something\*.",
    ):
        assert words in said
    labels = [part["label"] for part in parts(rendered.payload) if part["type"] == 2]
    assert labels == ["Remind me", "Add to calendar", "Details", "Event page", "Join online"]
    assert rendered.marker == "-# Feed 4 · event 1 · new · 2026-01-05 09:00"
    assert rendered.items == ("1",)
    assert rendered.payload["allowed_mentions"] == {"parse": []}


def test_a_deadline_names_its_conference() -> None:
    deadline = listed(
        kind=EventKind.DEADLINE,
        ends_at=None,
        host="SampleML 2026",
        tags=("nlp",),
        details=(("conference", "Sample Conference"), ("dates", "5–9 Jul 2026"), ("place", "Accra, Ghana")),
    )
    said = text(post(Shown(deadline)))
    assert "Sample Conference\nThe conference: 5–9 Jul 2026, Accra, Ghana" in said
    assert "-# Language" in said


@pytest.mark.parametrize(
    ("moment", "kind", "words"),
    [
        (Moment.DAY, EventKind.MEETUP, "🔔 Start: <t:1767808800:R>"),
        (Moment.START, EventKind.MEETUP, "🔔 It begins"),
        (Moment.WEEK, EventKind.DEADLINE, "🔔 Deadline: <t:1767808800:R>"),
        (Moment.START, EventKind.DEADLINE, "🔔 Due now"),
    ],
)
def test_reminders_in_a_channel_say_how_long_there_is(moment: Moment, kind: EventKind, words: str) -> None:
    rendered = post(Shown(listed(kind=kind)), kind=PostKind.REMINDER, moment=moment)
    check(rendered)
    assert text(rendered).startswith(words)
    assert f"· {moment} ·" in rendered.marker


def test_only_the_chosen_role_is_mentioned() -> None:
    rendered = post(Shown(listed(title="@everyone <@&99>")), mention=55)
    assert text(rendered).startswith("<@&55>")
    assert rendered.payload["allowed_mentions"] == {"parse": [], "roles": ["55"]}
    assert "@everyone" not in text(rendered)


def test_an_agenda_groups_by_day_in_the_feeds_zone() -> None:
    late = listed(1, title="Late", starts_at=datetime(2026, 1, 7, 23, 30, tzinfo=UTC), ends_at=None)
    going = listed(
        2,
        kind=EventKind.HACKATHON,
        title="Long",
        starts_at=datetime(2026, 1, 2, tzinfo=UTC),
        ends_at=datetime(2026, 1, 20, tzinfo=UTC),
    )
    off = listed(3, title="Off", status=EventStatus.CANCELLED)
    rendered = post(
        *map(Shown, (late, going, off)), kind=PostKind.WEEK, moment=None, zone="Europe/Berlin", overflow=4
    )
    check(rendered)
    said = text(rendered)
    assert "## Meetups: the week ahead\n-# Days as in Europe/Berlin" in said
    assert "### Under way\n- <t:1767312000:t> **Long** · due <t:1768867200:R>" in said
    assert "### Wednesday, 7 January\n- ⛔ **Cancelled** · <t:1767808800:t> **Off**" in said
    assert "### Thursday, 8 January\n- <t:1767828600:t> **Late**" in said
    assert "**4 more events** not shown" in said
    (menu,) = [part for part in parts(rendered.payload) if part["type"] == 3]
    assert [option["value"] for option in menu["options"]] == ["1", "2", "3"]


CHANGES = [
    ({"status": EventStatus.CANCELLED}, "⛔ **Cancelled**"),
    ({"place": "Room 2"}, "📍 **Another place**: no place given → Room 2"),
    ({"title": "Writing group"}, "✏️ **Another title**; it was “Reading group”"),
    (
        {"starts_at": datetime(2026, 1, 7, 19, tzinfo=UTC)},
        "🕒 **Another time**: <t:1767808800:f> → <t:1767812400:f>",
    ),
]


@pytest.mark.parametrize(("changes", "words"), CHANGES)
def test_changes_are_marked_and_said(changes: dict[str, Any], words: str) -> None:
    now = listed(**changes)
    differences = compare(event(), now.event).differences
    marked = post(Shown(now, differences))
    check(marked)
    assert words in text(marked)
    assert marked.marker == post(Shown(listed())).marker
    said = CARDS.say(feed(), now, differences, 99)
    check(said)
    assert words in text(said)
    assert said.payload["message_reference"] == {"message_id": "99", "fail_if_not_exists": False}
    assert "message_reference" not in CARDS.say(feed(), now, differences, None).payload
    assert said.marker != CARDS.say(feed(), replace(now, revision=4), differences, 99).marker


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "### Reading group\n⛔ **Cancelled**\nPlanned for: <t:1767808800:F> until <t:1767816000:t>"),
        (
            {"all_day": True, "starts_at": datetime(2026, 1, 7, tzinfo=UTC), "ends_at": None},
            "\nPlanned for: Wednesday, 7 Jan 2026\n",
        ),
        (
            {"kind": EventKind.DEADLINE, "ends_at": None},
            "⛔ **No longer listed**\nDeadline: <t:1767808800:F>",
        ),
    ],
)
def test_what_is_cancelled_says_for_when_it_was_planned(changes: dict[str, Any], words: str) -> None:
    now = listed(**changes, status=EventStatus.CANCELLED)
    said = CARDS.say(feed(), now, compare(event(**changes), now.event).differences, 99)
    check(said)
    assert words in text(said)


@pytest.mark.parametrize(
    ("place", "online_url", "words"),
    [
        ("Library", None, "**Reading group** · Library · "),
        ("Library", "https://x.example/live", "**Reading group** · Library and online · "),
        (None, "https://x.example/live", "**Reading group** · online · "),
        ("Online", "https://x.example/live", "**Reading group** · Online · "),
    ],
)
def test_a_line_says_where_and_whether_online_as_well(
    place: str | None, online_url: str | None, words: str
) -> None:
    rendered = post(Shown(listed(place=place, online_url=online_url)), kind=PostKind.WEEK, moment=None)
    assert words in text(rendered)


def test_a_deadline_is_extended() -> None:
    now = listed(kind=EventKind.DEADLINE, starts_at=datetime(2026, 1, 9, 18, tzinfo=UTC), ends_at=None)
    differences = compare(event(kind=EventKind.DEADLINE, ends_at=None), now.event).differences
    assert "🕒 **Extended**: <t:1767808800:f> → <t:1767981600:f>" in text(post(Shown(now, differences)))


def test_a_weekday_is_written_as_its_place_in_the_line_asks_for() -> None:
    was = event(all_day=True, starts_at=datetime(2026, 1, 7, tzinfo=UTC), ends_at=None)
    now = listed(all_day=True, starts_at=datetime(2026, 1, 8, tzinfo=UTC), ends_at=None)
    with speaking(Language.FRENCH):
        said = text(post(Shown(now, compare(was, now.event).differences)))
    assert "\nJeudi 8 janv. 2026 (" in said
    assert "mercredi 7 janv. 2026 → jeudi 8 janv. 2026" in said


def test_what_is_off_cannot_be_asked_for_any_more() -> None:
    rendered = post(Shown(listed(gone=True)))
    assert "⛔ **Cancelled**, or no longer listed by its host" in text(rendered)
    labels = [part["label"] for part in parts(rendered.payload) if part["type"] == 2]
    assert labels == ["Details", "Event page"]


def test_what_is_on_after_all_is_said() -> None:
    back = Difference(Aspect.REINSTATED, EventStatus.CANCELLED, EventStatus.CONFIRMED)
    assert "✅ **It takes place after all**" in text(post(Shown(listed(), (back,))))


@pytest.mark.parametrize(("by_dm", "users"), [(True, None), (False, ["42"])])
def test_a_members_reminder(by_dm: bool, users: list[str] | None) -> None:
    reminder = MemberReminder(5, 42, 1, listed(), timedelta(hours=1), by_dm, NOW, is_done=False)
    rendered = CARDS.remind(reminder, off=False)
    check(rendered)
    assert "### 🔔 Reading group\nStart: <t:1767808800:R>" in text(rendered)
    assert rendered.payload["allowed_mentions"].get("users") == users
    assert ("<@42>" in text(rendered)) is not by_dm
    ids = [part["custom_id"] for part in parts(rendered.payload) if part["type"] == 2 and "custom_id" in part]
    assert ids == ([*(["event:calendar:1:1"] if by_dm else []), "reminders:0"])
    off = CARDS.remind(reminder, off=True)
    check(off)
    assert "⛔ It does not take place, so I remind you of nothing.\nPlanned for: <t:1767808800:F>" in text(
        off
    )
    assert off.marker != rendered.marker


def test_moderators_hear_which_source_fails() -> None:
    state = SourceState(
        key="calendar:x",
        outcome=SourceOutcome.ERROR,
        error="It says **no** to @everyone",
        failures=3,
        failing_since=NOW - timedelta(days=1),
        last_checked_at=NOW,
        last_ok_at=None,
        last_news_at=None,
        next_check_at=NOW + timedelta(hours=1),
    )
    rendered = CARDS.trouble(feed(), {"x.example": state}, NOW)
    check(rendered)
    assert "### Feed 4 cannot read its events\n- x.example: failing since" in text(rendered)
    assert r"\*\*no\*\*" in text(rendered)
    assert "@everyone" not in text(rendered)


# --- Limits -----------------------------------------------------------------------------------------

WILD = st.text("ab*_[]()<>@#:`~ \U0001f600é", min_size=1, max_size=200)


@st.composite
def wild_events(draw: st.DrawFn) -> Event:
    starts_at = draw(
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants them so
    )
    length = draw(st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=40)))
    link = st.none() | st.integers(1, 1900).map(lambda size: "https://x.example/" + ")" * size)
    return event(
        kind=draw(st.sampled_from(EventKind)),
        title=draw(WILD),
        starts_at=starts_at,
        ends_at=None if length is None else starts_at + length,
        place=draw(st.none() | WILD),
        online_url=draw(link),
        url=draw(link),
        host=draw(st.none() | WILD),
        description=draw(st.text("*_[ ", max_size=1000)),
        status=draw(st.sampled_from(EventStatus)),
        tags=tuple(draw(st.lists(WILD, max_size=10))),
        details=tuple((name, draw(WILD)) for name in ("prize", "conference", "dates", "place", "zone")),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wild_events(), wild_events(), st.sampled_from([PostKind.CARD, PostKind.REMINDER]))
def test_any_event_fits_and_gives_the_same_bytes_again(before: Event, after: Event, kind: PostKind) -> None:
    after = replace(after, key=before.key)
    shown = Shown(replace(listed(), event=after), compare(before, after).differences)
    rendered = post(shown, kind=kind, moment=Moment.WEEK)
    check(rendered)
    assert rendered.body() == post(shown, kind=kind, moment=Moment.WEEK).body()
    check(CARDS.say(feed(), shown.listed, shown.differences, 1))
    card = event_card(shown.listed, NOW)
    assert card.content_length() <= MAX_CHARACTERS
    assert len(google_url(after)) <= MAX_LINK


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(wild_events(), min_size=1, max_size=25), st.sampled_from([PostKind.FIRST, PostKind.ROUNDUP]))
def test_any_agenda_fits(found: list[Event], kind: PostKind) -> None:
    shown = [Shown(replace(listed(number), event=each)) for number, each in enumerate(found, start=1)]
    check(post(*shown, kind=kind, moment=None, overflow=3))


def test_the_longest_agenda_and_list_of_reminders_fit() -> None:
    worst = [
        listed(number, title="*" * 200, place="_" * 200, url="https://x.example/" + "(" * 230)
        for number in range(25)
    ]
    check(post(*map(Shown, worst), kind=PostKind.WEEK, moment=None, overflow=100))
    asked = [
        MemberReminder(n, 1, 1, each, timedelta(0), True, NOW, is_done=False) for n, each in enumerate(worst)
    ]
    card = reminders_card(asked)
    assert card.content_length() <= MAX_CHARACTERS
    assert card.total_children_count <= MAX_COMPONENTS
