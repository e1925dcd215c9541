"""Every captured calendar, against what a reader of the file finds in it.

The expectations were written down from the files themselves, without running anything.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.events import Event, EventStatus
from bot.sources.calendars import (
    Broken,
    Calendar,
    CalendarKind,
    CalendarRefused,
    ErrorReported,
    Private,
    parse_calendar,
)
from bot.sources.errors import SourceError

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
captured = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")
FOLDERS = ("meetups_ics", "meetups_json", "meetups_jsonld")


@dataclass(frozen=True)
class Expected:
    """What a file holds, read on the day `on`: times are UTC, `YYYY-MM-DD HH:MM`, or days in the zone."""

    on: str
    name: str | None
    count: int
    rows: tuple[tuple[str, str, str | None], ...] = ()  # title (or its end), start, end
    all_in: dict[str, object] = field(default_factory=dict)  # attributes that every event has
    zone: str = "America/New_York"
    kind: CalendarKind = CalendarKind.ICALENDAR
    host: str | None = None


NO_SIGN = "“Make available to public”"
PLACECAL = tuple((str(n), f"2018-{m}-{d:02}", None) for n, m, d in (
    (1, 11, 25), (2, 11, 26), (3, 11, 27), (5, 11, 29), (6, 11, 30), (7, 12, 1), (8, 12, 2), (9, 12, 3),
    (10, 12, 4), (11, 12, 5),
))  # fmt: skip
BERLIN, LONDON = "Europe/Berlin", "Europe/London"
MEETUP = (
    ("Barbiecore Glam Edition", "2026-01-30 19:00", "2026-01-30 22:00"),
    ("Queer Western Edition", "2026-02-13 19:00", "2026-02-13 22:00"),
    ("Being Evil 😈🃏", "2026-04-17 18:00", "2026-04-17 21:00"),  # summer time
    ("Top Chef Edition 🍝🍷", "2026-11-06 19:00", "2026-11-06 22:00"),
    ("Bookworms & Bluffers 📚🃏", "2026-11-13 19:00", "2026-11-13 22:00"),
    ("Shakespeare at the Table 🎭✒️", "2026-11-20 19:00", "2026-11-20 22:00"),
    ("Yak Attack 🐮🌈💥", "2026-12-11 19:00", "2026-12-11 22:00"),
    ("Unicorns vs Llamas Pajama Party: Women’s Weekend Retreat Edition", "2027-02-05 16:00", "2027-02-05 18:00"),
)  # fmt: skip
LUMA = (
    ("Morning Pages | Weekly Writers Meetup", "2025-10-28 02:15", "2025-10-28 03:00"),
    ("hoops", "2025-10-28 11:00", "2025-10-28 13:00"),
    ("Vipassana Meditation", "2025-10-28 12:00", "2025-10-28 12:30"),
    ("Morning Meditation", "2025-10-29 00:20", "2025-10-29 00:50"),
    ("Commons Closing Ceremony", "2025-10-29 09:30", "2025-10-29 10:00"),
    ("Commons Closing Party", "2025-10-29 10:00", "2025-10-29 14:00"),
    ("football // soccer", "2025-11-02 09:30", "2025-11-02 11:30"),
    ("Private event for TETR from 3-5 in NS Coworking", "2025-11-12 07:00", "2025-11-12 09:00"),
    ("NS at Devconnect Argentina", "2025-11-19 21:30", "2025-11-20 00:30"),
)
HOLIDAYS = tuple((title, f"2020-{day}", None) for title, day in (
    ("New Year's Day", "01-01"), ("Epiphany (BW, BY & ST)", "01-06"), ("Carnival", "02-25"),
    ("Good Friday", "04-10"), ("Easter Sunday", "04-12"), ("Easter Monday", "04-13"), ("Labor Day", "05-01"),
    ("Ascension Day", "05-21"), ("Whit Monday", "06-01"), ("Corpus Christi", "06-11"),
    ("Assumption Day", "08-15"), ("Unity Day (National)", "10-03"), ("Reformation Day", "10-31"),
    ("All Saints Day", "11-01"), ("National Day of Mourning", "11-15"), ("Christmas Day", "12-25"),
    ("Boxing Day", "12-26"),
))  # fmt: skip
DEFCON = (
    ("DEF CON 864 Meeting", "2020-01-03 22:00", "2020-01-04 00:00"),
    ("DEF CON 864 Meeting", "2020-01-05 22:00", "2020-01-06 00:00"),
    ("DEF CON 864 Meeting", "2020-01-05 23:00", "2020-01-06 02:00"),
    ("DEF CON 864 Meeting", "2020-01-10 23:00", "2020-01-11 01:00"),
    ("DEF CON 864 Meeting", "2020-01-12 03:59", "2020-01-12 04:00"),
)
# In 402 days: five weekly series of 55, 55, 57, 57 and 57, two fortnightly ones of 29, one of six, ten single.
MACHBAR = (
    ("machBar Plenum", "2019-02-19 16:00", "2019-02-19 18:00"),  # every other Tuesday from 2018-01-23
    ("OK Lab", "2019-02-19 18:00", "2019-02-19 20:00"),  # every other Tuesday from 2017-12-12
    ("Chaostreff - CCCP", "2019-02-20 18:00", "2019-02-20 20:00"),
    ("#TEC - für Jugendliche", "2019-02-21 14:00", "2019-02-21 16:00"),
    ("OpenLab", "2019-02-21 17:00", "2019-02-21 19:00"),
    ("mB-onTour: repairCafé", "2019-02-24 10:00", "2019-02-24 14:00"),  # moved from the 16th
    ("Montessori Schulklasse", "2019-02-28 07:30", "2019-02-28 13:30"),
    ("Montessori Schulklasse", "2019-03-01 07:30", "2019-03-01 13:30"),
    ("Montessori Schulklasse", "2019-03-14 07:30", "2019-03-14 13:30"),  # not on the 7th
    ("Montessori Schulklasse", "2019-03-15 07:30", "2019-03-15 13:30"),  # not on the 8th
    ("Open Health HACKademy - freie Termine", "2019-03-13 13:00", "2019-03-13 17:00"),  # the sixth, the last
    ("Open Health HACKademy", "2019-03-16 08:30", "2019-03-17 18:00"),
    ("Montessori Schulklasse", "2019-04-04 06:30", "2019-04-04 12:30"),  # summer time
)
TEAMUP = (
    ("Mudeford Lifeboat Guild Beetle Drive", "2020-02-05 14:00", "2020-02-05 16:00"),
    ("Mudeford Lifeboat Guild Quiz, Fish & Chip Supper", "2020-04-24 18:00", "2020-04-24 21:00"),
    ("Mudeford Lifeboat Quay Weekend", "2020-05-23 09:00", "2020-05-23 15:00"),
    ("Mudeford Lifeboat Quay Weekend", "2020-05-24 09:00", "2020-05-24 15:00"),
    ("Mudeford Lifeboat Quay Weekend", "2020-05-25 09:00", "2020-05-25 15:00"),
    ("Mudeford Lifeboat Guild Garden Railway Open Day", "2020-06-13", None),
    ("Mudeford Lifeboat Guild Quay Weekend", "2020-08-31 09:00", "2020-08-31 15:00"),
    ("BEETLE DRIVE", "2021-02-03 14:00", "2021-02-03 16:00"),
)
POETRY = "Queer Poetry Upfront"

EXPECTED: dict[str, Expected] = {
    "meetups_ics/exchange_empty_calendar.ics": Expected("2020-01-29", "ACCG Public Events", 0),
    "meetups_ics/google_calendar_small_allday.ics": Expected(
        "2018-11-26", "justin-placecal-test", 11,
        (*PLACECAL, ("4", "2018-11-28 10:00", "2018-11-28 10:30")), {"zone": LONDON, "url": None},
    ),
    "meetups_ics/ical_bom_calendar.ics": Expected("2026-01-01", None, 0),
    "meetups_ics/ical_broken_ical.ics": Expected(
        "2014-04-01", None, 1, (("An Event with too many semicolons", "2014-04-09 07:30", None),),
        {"key": "abc", "zone": BERLIN}, zone=BERLIN,
    ),
    "meetups_ics/ical_issue_218_bad_tzid.ics": Expected(
        "2017-02-27", None, 1, (("TESTIN", "2017-02-28 12:00", "2017-02-28 12:30"),),
        {"zone": "Etc/GMT-11", "status": EventStatus.CONFIRMED, "description": "TESTING"},
    ),
    "meetups_ics/ical_issue_466_convert_tzid_with_slash.ics": Expected(
        "2022-10-20", None, 57,
        (("Just chatting", "2022-10-21 18:00", "2022-10-21 19:00"), ("Just chatting", "2022-11-04 19:00", "2022-11-04 20:00")),
        {"zone": "Europe/Stockholm", "tags": ("Just Chatting",)},
    ),
    "meetups_ics/ical_multiple_calendar_components.ics": Expected(
        "2003-04-30", None, 3,
        (("Boxing Day", "2003-05-01", None), ("Christmas Day", "2003-12-25", None), ("Christmas again!", "2003-12-25", None)),
    ),
    "meetups_ics/ical_x_location.ics": Expected(
        "2016-10-28", "ITC", 60,
        (("Daily Sync", "2016-10-28 12:00", "2016-10-28 12:30"), ("Daily Sync", "2016-10-31 13:00", "2016-10-31 13:30")),
        {"place": "Roadstar 16, 12764 Happyville, Denmark", "description": "Some Description", "zone": "Europe/Zurich"},
    ),
    "meetups_ics/icalnet_EventStatus.ics": Expected(
        "2025-01-01", None, 4,
        (("No status", "2025-01-01 10:00", None), ("Cancelled", "2025-01-03 10:00", None)), {"zone": "UTC"},
    ),
    "meetups_ics/icalnet_Google1.ics": Expected(
        "2006-12-20", "Test Calendar", 60,
        (("Zähne putzen", "2006-12-20 06:00", "2006-12-20 07:00"),), {"zone": BERLIN, "place": None},
    ),
    "meetups_ics/icalnet_Outlook2007LineFolds.ics": Expected(
        "2009-06-20", "Parse Error Calendar", 1,
        (("Example Calendar Export that Blows Up DDay.iCal", "2009-06-21", None),),
        {
            "place": "The Exceptionally Long Named Meeting Room Whose Name Wraps Over Several Lines When Exported "
            "From Leading Calendar and Office Software Application Microsoft Office 2007",
            "host": "Event Organizer", "description": "",
        },
    ),
    "meetups_ics/luma_slice_last15.ics": Expected(
        "2025-10-21", "Network School", 15, LUMA, {"zone": "UTC", "status": EventStatus.TENTATIVE},
    ),
    "meetups_ics/meetup_com_group_2026-01-28.ics": Expected(
        "2026-01-28", "London Bisexual Women Games, Snacks & Wine Group", 8, MEETUP, {"zone": LONDON, "place": None},
    ),
    "meetups_ics/rie_Germany_Holidays.ics": Expected(
        "2020-01-01", "Germany Holidays", 17, HOLIDAYS, {"all_day": True, "place": "Germany"},
    ),
    "meetups_ics/rie_discourse_no_dtend.ics": Expected(
        "2019-01-17", "WiLaP - machBar Events", 4,
        (
            ("2019-01-17 openLab", "2019-01-17 17:00", None),
            ("Hanf als nachhaltiges Material -- Workshop in der Machbar", "2019-02-28 14:00", "2019-02-28 17:30"),
            ("Einmietung HACKademy - erste drei Märzwochenenden", "2019-03-01 17:00", "2019-03-01 20:00"),
            ("Potsdamer Tag der Wissenschaften 11.5.2019", "2019-05-11 11:00", "2019-05-11 18:00"),
        ),
        {"zone": BERLIN, "url": "https://forum.example/c/machbar/calendar"},
    ),
    "meetups_ics/rie_each_week_but_two_deleted.ics": Expected(
        "2019-03-03", "test", 6,
        tuple(("test6", f"2019-{day}", None) for day in (
            "03-03 23:30", "03-17 23:30", "03-31 22:30", "04-07 22:30", "04-14 22:30", "04-21 22:30",
        )),
    ),
    "meetups_ics/rie_issue_18_cancel_status.ics": Expected(
        "2020-01-28", None, 3,
        tuple(("one is cancelled", f"2020-01-{day} 21:00", f"2020-01-{day} 22:00") for day in (28, 29, 30)),
    ),
    "meetups_ics/rie_machbar_16_feb_2019.ics": Expected(
        "2019-02-18", "machBar - Öffentlich", 355, MACHBAR, {"zone": BERLIN},
    ),
    "meetups_ics/rie_no_events.ics": Expected("2026-01-01", "test", 0),
    "meetups_ics/rie_recurring_events_changed_duration.ics": Expected(
        "2019-03-06", None, 7,
        (
            ("New Event", "2019-03-07 01:00", "2019-03-07 02:00"),
            ("New Event", "2019-03-08 00:00", "2019-03-08 02:00"),
            ("New Event", "2019-03-09 02:00", "2019-03-09 02:30"),
            ("New Event", "2019-03-10", None),
            ("test7", "2019-03-18 03:00", "2019-03-18 04:00"),
            ("test7 - edited", "2019-03-19 03:00", "2019-03-19 04:00"),
            ("test7", "2019-03-20 03:00", "2019-03-20 04:00"),
        ),
        {"zone": BERLIN},
    ),
    "meetups_ics/rie_x_wr_timezone_simple_events_issue_59.ics": Expected(
        "2021-12-22", "This calendar features two events of which DTSTART and DTEND must be changed.", 2,
        (
            ("Google Calendar says this is noon to 1PM on 12/22/2021", "2021-12-22 17:00", "2021-12-22 18:00"),
            ("Google says this is 9PM to 10PM on 12/22/2021", "2021-12-23 02:00", "2021-12-23 03:00"),
        ),
        {"zone": "America/New_York"}, zone="UTC",
    ),
    "meetups_ics/teamup_2020_rrule_allday.ics": Expected(
        "2020-01-20", "RNLI Mudeford Lifeboat Guild | Guild Events", 21, TEAMUP,
        {"zone": LONDON, "tags": ("Guild Events",)},
    ),
    "meetups_json/eventbrite_organizer_events_p1_first4of50.json": Expected(
        "2025-05-22", None, 4,
        (
            ("Do You Believe in Life After Loss – Andrew Flewitt in Conversation.", "2025-06-10 17:30", "2025-06-10 20:00"),
            (POETRY, "2025-06-13 17:00", "2025-06-13 18:30"),
            (POETRY, "2025-07-11 17:00", "2025-07-11 18:30"),
            (POETRY, "2025-08-08 17:00", "2025-08-08 18:30"),
        ),
        {"zone": LONDON, "place": "Social Refuge, 27 Great Ancoats Street, Ancoats, M4 5AJ"}, kind=CalendarKind.API,
    ),
    "meetups_json/hackgvl_eventbrite_cancelled-event.json": Expected(
        "2023-12-01", None, 1, (("Flywheel Café (Greenville)", "2023-12-09 22:00", "2023-12-09 23:00"),),
        {"status": EventStatus.CANCELLED, "key": "eventbrite:478619482757"}, kind=CalendarKind.API,
    ),
    "meetups_json/hackgvl_luma_response-external-event.json": Expected(
        "2025-10-01", None, 1,
        (("UpWiSE Neighbor Event: HackGreenville Nights - Fall Edition", "2025-10-21 22:00", "2025-10-22 00:00"),),
        {
            "url": "https://www.meetup.com/hack-greenville/events/310839956/", "host": "HackGreenville",
            "place": "101 North Main St, Suite 302 on 3rd Floor",
        },
        kind=CalendarKind.API,
    ),
    "meetups_json/hackgvl_luma_response-not-manager-event.json": Expected(
        "2025-10-01", "RefactorGVL", 1, (("Polyglot Holiday Party", "2025-12-05 22:00", "2025-12-06 01:00"),),
        {"url": "https://luma.com/4klza88v", "key": "evt-hG1jFvE5ZhgubJ0@events.lu.ma", "host": "Robert Roskam"},
        kind=CalendarKind.API,
    ),
    "meetups_json/hackgvl_luma_response.json": Expected(
        "2025-07-10", "Alt Computing Club", 2,
        (
            ("Furman Makerspace Field Trip", "2025-07-12 16:30", "2025-07-12 18:00"),
            ("Alt.Computing Club - OpenWorks Edition!", "2025-07-16 22:30", "2025-07-17 00:30"),
        ),
        {"zone": "America/New_York", "host": "Alt Computing Club"}, kind=CalendarKind.API,
    ),
    "meetups_json/hackgvl_meetup-graphql_responses_groupByUrlName_v2_example-group.json": Expected(
        "2020-01-01", "DC864 (DEF CON 864)", 6, DEFCON, {"host": "DC864 (DEF CON 864)"}, kind=CalendarKind.API,
    ),
    "meetups_json/hackgvl_meetup-rest_cancelled-event.json": Expected(
        "2023-12-01", "Beer and Napkins Communities of Design", 1,
        (("Beer and Napkins Creator Community", "2023-12-21 23:30", "2023-12-22 01:30"),),
        {
            "status": EventStatus.CANCELLED, "zone": "US/Eastern", "key": "event_lkzghtyfcqbcc@meetup.com",
            "place": "Carolina Bauernhaus Greenville, 556 Perry Ave Suite B118",
        },
        kind=CalendarKind.API,
    ),
    "meetups_json/hackgvl_meetup-rest_online-event-in-future.json": Expected(
        "2023-12-01", "Code for the Carolinas - Greenville", 1,
        (("Civic Hacking for Affordable Housing", "2023-12-19 00:00", "2023-12-19 01:00"),),
        {"place": "Online", "status": EventStatus.CONFIRMED}, kind=CalendarKind.API,
    ),
    "meetups_jsonld/outsavvy_event_page_blocks.json": Expected(
        "2025-09-01", None, 1,
        (("COMMUNICATION IN DATING - 4/7 Queer Zine Dating Workshop Series", "2025-09-27 11:30", "2025-09-27 13:30"),),
        {
            "zone": LONDON, "place": "The Albany, Douglas Way, London, SE8 4AG", "host": "A Whole Orange",
            "status": EventStatus.CONFIRMED,
        },
        zone=LONDON, kind=CalendarKind.PAGE,
    ),
    "meetups_jsonld/wordpress_event_blocks.json": Expected(
        "2022-11-01", None, 1, (("Tidy Home Tidy Mind Support Group (Monthly)", "2022-11-25", None),),
        {
            "place": "TheBoathouse, Marine Drive, Paignton, TQ3 2NJ", "host": "Heart of Torbay CIC",
            "url": "https://www.heartoftorbaycic.com/events/tidy-home-tidy-mind-support-group-monthly/"
            "?occurrence=2022-11-25&time=1669374000",
        },
        kind=CalendarKind.PAGE,
    ),
}  # fmt: skip

REFUSED: dict[str, tuple[type[CalendarRefused], str]] = {
    "meetups_ics/NOT_ICS_google_login_page_200.html": (Private, NO_SIGN),
    "meetups_ics/ical_small_bad_calendar.ics": (Broken, "breaks off"),
    "meetups_ics/meetup_404_group_not_found.body.json": (ErrorReported, "Group not found"),
    "meetups_json/hackgvl_meetup-graphql_responses_groupByUrlName_v2_example-group-null.json": (
        ErrorReported,
        "no group of this name",
    ),
}


def read(name: str, on: str, zone: str = "America/New_York") -> Calendar:
    return parse_calendar(
        (CAPTURES / name).read_bytes(),
        content_type=None,
        url="https://forum.example/calendar",
        default_zone=zone,
        now=datetime.fromisoformat(on).replace(tzinfo=UTC),
    )


def shown(event: Event, minutes: bool = True) -> tuple[str, str | None]:
    if event.all_day:
        return str(event.when.first_day), None if event.when.first_day == event.when.last_day else "later"
    return (
        f"{event.starts_at:%Y-%m-%d %H:%M}",
        f"{event.ends_at:%Y-%m-%d %H:%M}" if event.ends_at and minutes else None,
    )


@captured
@pytest.mark.parametrize("name", EXPECTED)
def test_a_calendar_holds_what_its_file_says(name: str) -> None:
    expected = EXPECTED[name]
    calendar = read(name, expected.on, expected.zone)
    assert (calendar.kind, calendar.name, calendar.skipped) == (expected.kind, expected.name, ())
    assert len(calendar.events) == expected.count
    for title, start, end in expected.rows:
        matching = [e for e in calendar.events if e.title.endswith(title) and shown(e)[0] == start]
        assert matching, (title, start, [(e.title, shown(e)) for e in calendar.events][:40])
        if end is not None:
            assert {shown(e)[1] for e in matching} == {end}
    for attribute, value in expected.all_in.items():
        assert {getattr(e, attribute) for e in calendar.events} == {value}
    assert len({e.key for e in calendar.events}) == len(calendar.events)


@captured
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_calendar_is_refused_by_name(name: str) -> None:
    kind, words = REFUSED[name]
    with pytest.raises(kind, match=words):
        read(name, "2026-01-01")


@captured
def test_no_capture_is_left_out() -> None:
    files = {f"{folder}/{path.name}" for folder in FOLDERS for path in (CAPTURES / folder).iterdir()}
    assert files == {*EXPECTED, *REFUSED}


@captured
@pytest.mark.parametrize("name", EXPECTED)
def test_reading_again_finds_the_same_events_under_the_same_keys(name: str) -> None:
    expected = EXPECTED[name]
    again = [read(name, expected.on, expected.zone) for _ in range(2)]
    assert again[0] == again[1]


@captured
@pytest.mark.parametrize(
    "on", ["1970-01-01", "2009-06-01", "2019-03-30", "2024-02-29", "2026-10-25", "2030-12-31"]
)
def test_on_any_day_a_capture_is_read_or_refused(on: str) -> None:
    for name in (*EXPECTED, *REFUSED):
        try:
            calendar = read(name, on)
        except SourceError:
            continue
        assert "Error" not in " ".join(calendar.skipped), name


@captured
def test_luma_has_its_links_in_other_places() -> None:
    events = {e.key: e for e in read("meetups_ics/luma_slice_last15.ics", "2025-10-21").events}
    pages = events["evt-JkgUwJDGu8l7mlS@events.lu.ma"]
    assert (pages.url, pages.place, pages.host) == (
        "https://luma.com/q8kpimod",
        "NS Cafe",
        "Hanna-Maria Öste",
    )
    assert pages.description == "Hosted by Hanna-Maria Öste"
    hidden = events["evt-A8yphx55zjm0qFB@events.lu.ma"]
    assert (hidden.url, hidden.place, hidden.online_url) == ("https://luma.com/h785tv4g", None, None)


@captured
def test_an_occurrence_that_is_called_off_says_so() -> None:
    first, second, third = read("meetups_ics/rie_issue_18_cancel_status.ics", "2020-01-28").events
    assert (first.status, second.status, third.status) == (
        EventStatus.CONFIRMED, EventStatus.CANCELLED, EventStatus.CONFIRMED,
    )  # fmt: skip
    assert second.key == "b65c2b5b-b785-4edc-9560-e0379036d1f2:20200129T210000Z"
    statuses = [e.status for e in read("meetups_ics/icalnet_EventStatus.ics", "2025-01-01").events]
    assert statuses == [
        EventStatus.CONFIRMED, EventStatus.CONFIRMED, EventStatus.CANCELLED, EventStatus.TENTATIVE,
    ]  # fmt: skip


@captured
def test_an_occurrence_that_is_moved_keeps_its_identity() -> None:
    events = read("meetups_ics/rie_machbar_16_feb_2019.ics", "2019-02-18").events
    moved = next(e for e in events if e.title == "mB-onTour: repairCafé")
    assert moved.key == "ome5r9735mpdoo3n6lpf8oi0c4@google.com:20190216T100000Z"
    assert not [
        e for e in events if e.title == "Montessori Schulklasse" and f"{e.starts_at:%m%d}" in {"0307", "0308"}
    ]


@captured
def test_a_meetup_says_where_to_sign_up() -> None:
    first = read("meetups_ics/meetup_com_group_2026-01-28.ics", "2026-01-28").events[0]
    assert first.key == "event_310825987@meetup.com"
    assert first.url == "https://www.meetup.com/london-bisexual-women-games-wine-group/events/310825987/"
    assert first.description.startswith("London Bisexual Women Games, Snacks & Wine Group\n**Bi, Pan & Queer")
    assert len(first.description) <= 1000
