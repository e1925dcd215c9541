"""iCalendar files as they are found: written by hand in the shapes that programs write."""

import pickle
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.events import Event, EventKind, EventStatus
from bot.sources.calendars import (
    Broken,
    Calendar,
    CalendarKind,
    NotCalendar,
    RepeatsTooOften,
    parse_calendar,
)
from bot.sources.calendars.calendar import MAX_EVENTS, MAX_OF_SERIES
from bot.sources.calendars.dates import mended_rule
from bot.sources.calendars.lines import Property
from bot.sources.calendars.zones import zone_at, zone_named, zone_offset_named
from bot.sources.errors import SourceError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEKLY = "UID:w\nSUMMARY:Weekly\nDTSTART;TZID=Europe/Berlin:20260302T180000\nDTEND;TZID=Europe/Berlin:20260302T200000\nRRULE:FREQ=WEEKLY"


def file(*events: str, head: str = "", newline: str = "\r\n") -> bytes:
    parts = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{parts}END:VCALENDAR\n".replace("\n", newline).encode()


def read(
    body: bytes, *, zone: str = "Asia/Tokyo", now: datetime = NOW, url: str = "https://cal.example/a.ics"
) -> Calendar:
    return parse_calendar(body, content_type="text/calendar", url=url, default_zone=zone, now=now)


def only(body: bytes, **arguments: str) -> Event:
    calendar = read(body, **arguments)  # type: ignore[arg-type]
    assert calendar.skipped == ()
    (event,) = calendar.events
    return event


def starts(calendar: Calendar) -> list[str]:
    return [f"{event.starts_at:%m-%d %H:%M}" for event in calendar.events]


def test_everything_of_one_event() -> None:
    event = only(
        file(
            "UID:1@example.org\nSUMMARY:Paper night\\, part &amp;1\nDTSTART:20260310T180000Z\nDTEND:20260310T200000Z\n"
            'LOCATION:Room 1\\nMain Street 2\nURL;VALUE=URI:https://example.org/1\nORGANIZER;CN="Ada L.":mailto:a@example.org\n'
            "DESCRIPTION:<p>We read &quot;it&quot;.</p><p>https://zoom.us/j/123</p>\nSTATUS:confirmed\nCATEGORIES:ml,papers\n"
            "SEQUENCE:7\nBEGIN:VALARM\nTRIGGER:-PT10M\nDESCRIPTION:Reminder\nEND:VALARM"
        )
    )
    assert event == Event(
        key="1@example.org",
        kind=EventKind.MEETUP,
        title="Paper night, part &1",
        starts_at=datetime(2026, 3, 10, 18, tzinfo=UTC),
        ends_at=datetime(2026, 3, 10, 20, tzinfo=UTC),
        zone="UTC",
        all_day=False,
        place="Room 1, Main Street 2",
        online_url="https://zoom.us/j/123",
        url="https://example.org/1",
        host="Ada L.",
        description='We read "it".\n\nhttps://zoom.us/j/123',
        status=EventStatus.CONFIRMED,
        tags=("ml", "papers"),
    )


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r", "\r\r\n", "\n\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\r\n  "])
def test_line_ends_and_marks(newline: str, mark: bytes) -> None:
    event = only(mark + file("UID:1\nSUMMARY:Käse und\n  Kuchen\nDTSTART:20260310T180000Z", newline=newline))
    assert event.title == "Käse und Kuchen"


def test_folds() -> None:
    body = file("UID:1\nSUMMARY:XX\nDTSTART:20260310T180000Z")
    cut = "é".encode()
    folded = body.replace(
        b"XX", b"Caf" + cut[:1] + b"\r\n " + cut[1:] + b" \xf0\x9f\r\n\t\x8d\xb0 lost\r\nindent"
    )
    assert only(folded).title == "Café 🍰 lost indent"
    assert only(body.replace(b"DTSTART:", b"DTSTART\r\n\r\n :")).starts_at == datetime(
        2026, 3, 10, 18, tzinfo=UTC
    )


@pytest.mark.parametrize("codec", ["utf-16", "cp1252"])
def test_other_encodings(codec: str) -> None:
    assert (
        only(file("UID:1\nSUMMARY:Zürich\nDTSTART:20260310T180000Z").decode().encode(codec)).title == "Zürich"
    )


@pytest.mark.parametrize(
    ("start", "instant", "zone"),
    [
        ("DTSTART;TZID=Europe/Berlin:20260310T180000", "17:00", "Europe/Berlin"),
        ('DTSTART;TZID="America/New_York":20260310T180000', "22:00", "America/New_York"),
        ("DTSTART;TZID=W. Europe Standard Time:20260310T180000", "17:00", "Europe/Berlin"),
        ("DTSTART;TZID=Eastern Standard Time:20260310T180000", "22:00", "America/New_York"),
        ("DTSTART;TZID=/Europe/Stockholm:20260310T180000", "17:00", "Europe/Stockholm"),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260310T180000", "17:00", "Europe/Berlin"),
        ("DTSTART;TZID=/citadel.org/20210210_1/America/Argentina/Buenos_Aires:20260310T180000", "21:00", "America/Argentina/Buenos_Aires"),
        ("DTSTART;TZID=UTC+11:20260310T180000", "07:00", "Etc/GMT-11"),
        ("DTSTART;TZID=GMT-0500:20260310T180000", "23:00", "Etc/GMT+5"),
        ("DTSTART;TZID=Nowhere/Land:20260310T180000", "09:00", "Asia/Tokyo"),
        ("DTSTART:20260310T180000", "09:00", "Asia/Tokyo"),
        ("DTSTART:20260310T1800", "09:00", "Asia/Tokyo"),
        ("DTSTART:2026-03-10T18:00:00Z", "18:00", "UTC"),
        ("DTSTART;;VALUE=DATE-TIME:20260310T180000", "09:00", "Asia/Tokyo"),
        ("dtstart;tzid=europe/berlin:20260310T180000", "17:00", "Europe/Berlin"),
    ],
)  # fmt: skip
def test_zones(start: str, instant: str, zone: str) -> None:
    event = only(file(f"UID:1\nSUMMARY:x\n{start}"))
    assert (f"{event.starts_at:%d %H:%M}", event.zone, event.all_day) == (f"10 {instant}", zone, False)


def test_the_zone_of_the_calendar() -> None:
    head = "X-WR-TIMEZONE:America/New_York\n"
    floating = only(file("UID:1\nDTSTART:20260310T180000", head=head))
    assert (floating.starts_at.hour, floating.zone) == (22, "America/New_York")
    in_utc = only(file("UID:1\nDTSTART:20260310T180000Z", head=head))
    assert (in_utc.starts_at.hour, in_utc.zone) == (18, "America/New_York")
    # A series in UTC follows the clocks of the calendar's zone, which go forward on 8 March.
    series = read(file("UID:1\nDTSTART:20260302T230000Z\nRRULE:FREQ=WEEKLY;COUNT=2", head=head))
    assert starts(series) == ["03-02 23:00", "03-09 22:00"]


CUSTOM = (
    "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T020000\n"
    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\n"
    "BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\nTZOFFSETFROM:-0500\n"
    "TZOFFSETTO:-0400\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
)


def test_a_zone_that_only_the_file_defines() -> None:
    series = "UID:1\nDTSTART;TZID=Customized Time Zone:20260303T180000\nRRULE:FREQ=WEEKLY;COUNT=2"
    assert starts(read(file(series, head=CUSTOM))) == ["03-03 23:00", "03-10 22:00"]
    # And no other file knows it, though the parser remembers zones by name.
    assert starts(read(file(series))) == ["03-03 09:00", "03-10 09:00"]


def test_a_definition_goes_before_the_offset_in_a_name() -> None:
    head = (
        "BEGIN:VTIMEZONE\nTZID:UTC+3\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:-0300\n"
        "TZOFFSETTO:-0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    event = only(file("UID:1\nDTSTART;TZID=UTC+3:20260310T180000", head=head))
    assert (event.starts_at.hour, event.zone) == (21, "Etc/GMT+3")


def test_whole_days() -> None:
    day = only(file("UID:1\nDTSTART;VALUE=DATE:20260310"))
    assert (day.all_day, day.zone, day.starts_at) == (
        True,
        "Asia/Tokyo",
        datetime(2026, 3, 9, 15, tzinfo=UTC),
    )
    assert (day.when.first_day, day.when.last_day) == (date(2026, 3, 10), date(2026, 3, 10))
    days = only(file("UID:1\nDTSTART:20260310\nDTEND:20260313\nRRULE:"))
    assert (days.when.first_day, days.when.last_day) == (date(2026, 3, 10), date(2026, 3, 12))
    same = only(file("UID:1\nDTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260310"))
    assert same.when.last_day == date(2026, 3, 10)
    # Where all the times of a file lie in one place, its days begin there.
    there = only(
        file(
            "UID:1\nDTSTART;VALUE=DATE:20260310", head=CUSTOM.replace("Customized Time Zone", "Europe/Paris")
        )
    )
    assert there.zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("end", "hours"),
    [
        ("DTEND:20260310T200000Z", 2.0),
        ("DURATION:PT90M", 1.5),
        ("DTEND:20260310T190000Z\nDURATION:PT0S", 1.0),
        ("DTEND:20260310T180000Z", None),
        ("DTEND:20260310T170000Z", None),
        ("DTEND:nonsense", None),
        ("", None),
    ],
)
def test_ends(end: str, hours: float | None) -> None:
    event = only(file(f"UID:1\nDTSTART:20260310T180000Z\n{end}"))
    assert (event.ends_at and event.ends_at - event.starts_at) == (hours and timedelta(hours=hours))


def test_a_series_with_everything() -> None:
    calendar = read(
        file(
            WEEKLY + ";COUNT=6\nEXDATE;TZID=Europe/Berlin:20260316T180000\nEXDATE:20260330T160000Z",
            "UID:w\nSUMMARY:Moved\nRECURRENCE-ID;TZID=Europe/Berlin:20260309T180000\nDTSTART;TZID=Europe/Berlin:20260311T193000",
            "UID:w\nSUMMARY:Off\nSTATUS:CANCELLED\nRECURRENCE-ID:20260323T170000Z\nDTSTART;TZID=Europe/Berlin:20260323T180000",
        )
    )
    assert [(e.key, e.title, f"{e.starts_at:%m-%d %H:%M}", e.status.value) for e in calendar.events] == [
        ("w:20260302T170000Z", "Weekly", "03-02 17:00", "confirmed"),
        ("w:20260309T170000Z", "Moved", "03-11 18:30", "confirmed"),
        ("w:20260323T170000Z", "Off", "03-23 17:00", "cancelled"),
        ("w:20260406T160000Z", "Weekly", "04-06 16:00", "confirmed"),
    ]


@pytest.mark.parametrize(
    ("recurrence", "start"),
    [
        ("RECURRENCE-ID;TZID=Europe/Berlin:20260309T180000", "DTSTART;TZID=Europe/Berlin:20260309T190000"),
        ("RECURRENCE-ID:20260309T170000Z", "DTSTART:20260309T180000Z"),
        ("RECURRENCE-ID;VALUE=DATE:20260309", "DTSTART;TZID=Europe/Berlin:20260309T190000"),
    ],
)
def test_an_occurrence_is_itself_however_its_id_is_written(recurrence: str, start: str) -> None:
    before = read(file(WEEKLY + ";COUNT=2"))
    after = read(file(WEEKLY + ";COUNT=2", f"UID:w\nSUMMARY:Weekly\n{recurrence}\n{start}"))
    assert [e.key for e in before.events] == [e.key for e in after.events]
    assert starts(after) == ["03-02 17:00", "03-09 18:00"]


def test_an_occurrence_that_is_moved_out_of_sight_is_not_seen_where_it_was() -> None:
    away = (
        "UID:w\nRECURRENCE-ID;TZID=Europe/Berlin:20260309T180000\nDTSTART;TZID=Europe/Berlin:20250101T180000"
    )
    assert starts(read(file(WEEKLY + ";COUNT=3", away))) == ["03-02 17:00", "03-16 17:00"]


def test_this_and_all_that_follow() -> None:
    calendar = read(
        file(
            WEEKLY + ";COUNT=4",
            "UID:w\nSUMMARY:Later\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260316T180000\n"
            "DTSTART;TZID=Europe/Berlin:20260317T190000",
        )
    )
    assert [e.key for e in calendar.events] == [e.key for e in read(file(WEEKLY + ";COUNT=4")).events]
    assert starts(calendar) == ["03-02 17:00", "03-09 17:00", "03-17 18:00", "03-24 18:00"]


def test_additional_dates() -> None:
    assert starts(read(file("UID:1\nDTSTART:20260302T180000Z\nRDATE:20260304T180000Z,20260306T180000Z/PT1H"))) == [
        "03-02 18:00", "03-04 18:00", "03-06 18:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("until", "count"),
    [
        ("20260316", 3),
        ("20260316T170000Z", 3),
        ("20260316T165959Z", 2),
        ("20260316T180000", 3),
        ("99991231T235959Z", 57),
    ],
)
def test_until(until: str, count: int) -> None:
    assert len(read(file(f"{WEEKLY};UNTIL={until}")).events) == count


def test_days_until_midnight_in_utc() -> None:
    head = "X-WR-TIMEZONE:Europe/Berlin\n"
    body = file("UID:1\nDTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;UNTIL=20260303T230000Z", head=head)
    assert [str(e.when.first_day) for e in read(body).events] == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_several_calendars_in_one_file() -> None:
    body = file("UID:1\nDTSTART:20260310T180000Z") + file(
        "UID:2\nDTSTART:20260311T180000Z", head="X-WR-CALNAME:B\n"
    )
    assert ([e.key for e in read(body).events], read(body).name) == (["1", "2"], "B")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("NAME:Games, Snacks & Wine\n", "Games, Snacks & Wine"),
        ("X-WR-CALNAME:A\\, b\nNAME:c\n", "A, b"),
        ("", None),
    ],
)
def test_names(head: str, name: str | None) -> None:
    assert read(file(head=head)).name == name


def test_a_calendar_that_calls_off() -> None:
    assert (
        only(file("UID:1\nDTSTART:20260310T180000Z", head="METHOD:CANCEL\n")).status is EventStatus.CANCELLED
    )


@pytest.mark.parametrize(
    ("lines", "place", "online", "url"),
    [
        ("LOCATION:https://meet.google.com/abc", None, "https://meet.google.com/abc", None),
        ("LOCATION:Zoom: https://zoom.us/j/1", "Zoom:", "https://zoom.us/j/1", None),
        ("LOCATION:Hall\\, https://example.org/map", "Hall", "https://example.org/map", None),
        ("LOCATION:https://lu.ma/event/evt-1", None, None, "https://lu.ma/event/evt-1"),
        ("X-GOOGLE-CONFERENCE:https://meet.google.com/x", None, "https://meet.google.com/x", None),
        ("DESCRIPTION:See https://example.org/a. Join https://zoom.us/j/1", None, "https://zoom.us/j/1", "https://example.org/a"),
        ("URL:/c/calendar", None, None, "https://cal.example/c/calendar"),
        ("URL:javascript:alert(1)", None, None, None),
        ("URL:https://user:pw@example.org/", None, None, None),
        (
            "DESCRIPTION:Get up-to-date information at: https://luma.com/q\\n\\nAddress:\\nNS Cafe\\n\\nHosted by A",
            None, None, "https://luma.com/q",
        ),
        ('DESCRIPTION:<a href="https://www.google.com/url?q=https%3A%2F%2Fa.example%2F&sa=D">a</a>', None, None, "https://a.example/"),
    ],
)  # fmt: skip
def test_places_and_links(lines: str, place: str | None, online: str | None, url: str | None) -> None:
    event = only(file(f"UID:1\nDTSTART:20260310T180000Z\n{lines}"))
    assert (event.place, event.online_url, event.url) == (place, online, url)


@pytest.mark.parametrize(
    ("organizer", "host"),
    [
        ("ORGANIZER;CN=Ada:mailto:a@b.c", "Ada"),
        ("ORGANIZER;CN=a@b.c:mailto:a@b.c", None),
        ("ORGANIZER:mailto:a@b.c", None),
    ],
)
def test_addresses_of_people_stay_where_they_are(organizer: str, host: str | None) -> None:
    assert only(file(f"UID:1\nDTSTART:20260310T180000Z\n{organizer}")).host == host


def test_what_cannot_be_read_does_not_take_the_rest_with_it() -> None:
    calendar = read(
        file(
            "UID:1\nSUMMARY:No start",
            "UID:2\nSUMMARY:Odd start\nDTSTART:tomorrow",
            "UID:3\nSUMMARY:February\nDTSTART:20260230",
            "UID:4\nSUMMARY:Odd rule\nDTSTART:20260310T180000Z\nRRULE:FREQ=SOMETIMES",
            "UID:5\nSUMMARY:Secret\nDTSTART:20260310T180000Z\nCLASS:PRIVATE",
            "UID:6\nSUMMARY:Ages\nDTSTART:16010101T180000Z\nRRULE:FREQ=DAILY",
            "UID:7\nSUMMARY:Fine\nDTSTART:20260310T180000Z\nEXDATE:nonsense\nDTEND:20269999",
        )
    )
    assert [e.title for e in calendar.events] == ["Fine"]
    assert calendar.skipped == (
        "“No start”: it has no start",
        "“Odd start”: 'tomorrow' is not a date",
        "“February”: day is out of range for month",
        "“Odd rule”: its rule of repetition cannot be read",
        "“Secret”: it is marked as private",
        "“Ages”: it repeats since before 1900",
    )


def test_events_without_an_id() -> None:
    first, second = read(
        file("SUMMARY:A\nDTSTART:20260310T180000Z", "SUMMARY:B\nDTSTART:20260310T180000Z")
    ).events
    assert first.key != second.key
    assert read(file("SUMMARY:A\nDTSTART:20260310T180000Z")).events[0].key == first.key


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=2", "freq=hourly;INTERVAL=4", "FREQ = HOURLY", "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=YEARLY;BYMINUTE=0,1,2", "FREQ=WEEKLY;BYSECOND=0,30", "BYDAY=MO;FREQ=MINUTELY",
    ],
)  # fmt: skip
def test_what_repeats_within_a_day_is_refused_by_name(rule: str) -> None:
    with pytest.raises(RepeatsTooOften, match="“Water the plants” repeats several times a day"):
        read(file(f"UID:1\nSUMMARY:Water the plants\nDTSTART:20260101T100000Z\nRRULE:{rule}"))


def test_what_repeated_within_a_day_long_ago_harms_nobody() -> None:
    body = file(
        "UID:1\nDTSTART:20200101T100000Z\nRRULE:FREQ=HOURLY;UNTIL=20200102T000000Z", WEEKLY + ";COUNT=1"
    )
    assert len(read(body).events) == 1


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "FREQ=DAILY;INTERVAL=14;BYDAY=TU", "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2", "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
    ],
)  # fmt: skip
def test_a_rule_that_never_comes_true_is_not_looked_for(rule: str) -> None:
    start = datetime(2026, 3, 2, 18, tzinfo=UTC)
    assert mended_rule(Property("RRULE", {}, rule), start, "UTC", NOW) is None
    assert starts(read(file(f"UID:1\nDTSTART:20260302T180000Z\nRRULE:{rule}"))) == ["03-02 18:00"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=14;BYDAY=MO",
        "FREQ=DAILY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=DAILY;INTERVAL=0",
    ],
)
def test_a_rule_that_does_is_kept(rule: str) -> None:
    assert len(read(file(f"UID:1\nDTSTART:20260302T180000Z\nRRULE:{rule}")).events) > 5


def test_a_series_is_bounded_and_the_reading_says_how_far_it_goes() -> None:
    daily = "UID:d\nDTSTART:20260301T180000Z\nRRULE:FREQ=DAILY"
    calendar = read(file(daily, "UID:1\nDTSTART:20270101T180000Z"))
    assert len(calendar.events) == MAX_OF_SERIES + 1
    assert calendar.covers.end == datetime(2026, 4, 29, 18, tzinfo=UTC)
    assert read(file(WEEKLY)).covers.end == NOW + timedelta(days=400)


def test_a_calendar_is_bounded() -> None:
    many = [f"UID:{n}\nDTSTART:2026{n % 9 + 3:02}{n % 28 + 1:02}T180000Z" for n in range(600)]
    calendar = read(file(*many))
    assert len(calendar.events) == MAX_EVENTS
    assert calendar.covers.end == calendar.events[-1].starts_at


def test_too_many_series_are_refused() -> None:
    daily = [f"UID:{n}\nDTSTART:20260301T180000Z\nRRULE:FREQ=DAILY" for n in range(70)]
    with pytest.raises(RepeatsTooOften, match="Choose one that holds only your meetups"):
        read(file(*daily))


def test_only_what_lies_around_now_is_read() -> None:
    body = file(
        "UID:past\nDTSTART:20260227T180000Z\nDTEND:20260227T190000Z",
        "UID:running\nDTSTART:20260220T180000Z\nDTEND:20260305T190000Z",
        "UID:yesterday\nDTSTART:20260228T180000Z",
        "UID:far\nDTSTART:20270501T180000Z",
        "UID:old\nDTSTART:20100101T180000Z\nRRULE:FREQ=WEEKLY;UNTIL=20150101",
    )
    assert [e.key for e in read(body).events] == ["running", "yesterday"]


@pytest.mark.parametrize(
    "body",
    [
        file(WEEKLY)[:-20],
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 50,
    ],
)
def test_a_calendar_that_breaks_off_is_not_a_calendar_with_less_in_it(body: bytes) -> None:
    with pytest.raises(Broken):
        read(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty document"),
        (b" \r\n", "empty document"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "such as a picture"),
        (b"Not found", "text that is no calendar"),
        (b"%PDF-1.7 x", "such as a picture"),
    ],
)
def test_what_is_nothing_of_the_kind(body: bytes, words: str) -> None:
    with pytest.raises(NotCalendar, match=words) as refused:
        read(body)
    assert "iCal" in refused.value.reason
    assert pickle.loads(pickle.dumps(refused.value)).reason == refused.value.reason  # noqa: S301 - our own


def test_the_body_decides_and_not_the_header() -> None:
    body = file("UID:1\nDTSTART:20260310T180000Z")
    calendar = parse_calendar(b"\n" + body, content_type="text/html", url="", default_zone="UTC", now=NOW)
    assert (calendar.kind, len(calendar.events)) == (CalendarKind.ICALENDAR, 1)
    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301 - our own


def test_an_empty_calendar_is_a_quiet_one() -> None:
    calendar = read(file(head="X-WR-CALNAME:Quiet\n"))
    assert (calendar.events, calendar.skipped, calendar.name) == ((), (), "Quiet")


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Etc/UTC", "Etc/UTC"),
        ("US-Eastern", None),
        ("Tokyo Standard Time", "Asia/Tokyo"),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_names_of_zones(name: str, zone: str | None) -> None:
    assert zone_named(name) == zone


def test_offsets() -> None:
    assert [zone_offset_named(n) for n in ("UTC", "+05:30", "UTC-3", "+14", "+15", "GMT+00:20")] == [
        None, "Asia/Kolkata", "Etc/GMT+3", "Etc/GMT-14", None, None,
    ]  # fmt: skip
    assert zone_at(timedelta()) == "UTC"


SEEDS = (
    file(WEEKLY + ";COUNT=5\nEXDATE:20260316T170000Z", "UID:2\nDTSTART;VALUE=DATE:20260310\nDURATION:P2D"),
    file(
        "UID:1\nDTSTART;TZID=Customized Time Zone:20260310T180000",
        head=CUSTOM + "X-WR-TIMEZONE:Europe/Berlin\n",
    ),
)
BITS = (
    b"\r\nRRULE:FREQ=DAILY\r\n", b"\r\nDTSTART:99991231T235959Z\r\n", b"\r\nDTSTART:00010101\r\n", b"\r\nEND:VEVENT\r\n",
    b"\r\nBEGIN:VEVENT\r\n", b"\r\nDURATION:P99999999W\r\n", b";COUNT=-1", b";BYDAY=99MO", b";UNTIL=9", b"\x00", b"\xff", b":", b";",
    b'"', b"\\", b"TZID=Foo/Bar", b"\r\nRECURRENCE-ID:20260101\r\n", b"\r\nRDATE;VALUE=PERIOD:20260301T000000Z/PT1H\r\n",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 30), st.sampled_from(BITS)), max_size=5),
)
def test_damage_is_read_or_refused_and_nothing_else(
    body: bytes, damage: list[tuple[int, int, bytes]]
) -> None:
    for place, length, bit in damage:
        body = body[:place] + bit + body[place + length :]
    with suppress(SourceError):
        calendar = read(body)
        assert len(calendar.events) <= MAX_EVENTS
        assert all(e.starts_at <= calendar.covers.start + timedelta(days=401) for e in calendar.events)
