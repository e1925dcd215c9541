"""The try-out's own events: read by the real parsers, and always still to come."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from bot.domain.conferences import matching
from bot.domain.deadlines import DeadlineType
from bot.domain.hackathon_copies import merge
from bot.sources import deadlines
from bot.sources.hackathons import devpost
from bot.tryout.events import load_samples

STARTS = [
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2027, 7, 31, 23, 30, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
]


@pytest.mark.parametrize("now", STARTS)
def test_hackathons_are_open_whenever_the_try_out_starts(now: datetime) -> None:
    listing = devpost.parse(load_samples(now).hackathons)
    assert (len(listing.hackathons), listing.skipped) == (5, ())
    assert len(merge(listing.hackathons)) == 5
    assert all(now <= each.deadline_at and each.title.startswith("Sample ") for each in listing.hackathons)
    assert {each.prize.currency for each in listing.hackathons if each.prize} == {"USD", "EUR", "INR", "CAD"}
    assert any(each.deadline_at - now <= timedelta(days=3) for each in listing.hackathons)


@pytest.mark.parametrize("now", STARTS)
def test_deadlines_are_due_whenever_the_try_out_starts(now: datetime) -> None:
    catalogue = deadlines.parse(load_samples(now).deadlines)
    assert (len(catalogue.editions), len(catalogue.deadlines), catalogue.skipped) == (4, 11, ())
    assert all(each.due_at > now and not each.approximate for each in catalogue.deadlines)
    assert {each.edition.year for each in catalogue.deadlines} <= {now.year, now.year + 1}
    assert {each.type for each in catalogue.deadlines} >= {DeadlineType.ABSTRACT, DeadlineType.SUBMISSION}
    chosen = matching("NLP, vision", catalogue)
    assert {each.conference for each in catalogue.editions if chosen.covers(each)} == {
        "samplenlp",
        "samplevision",
    }


@pytest.mark.parametrize("now", STARTS)
def test_meetups_are_to_come_whenever_the_try_out_starts(now: datetime) -> None:
    body = load_samples(now).calendar
    assert b"{" not in body
    assert body.count(b"\r\n") == body.count(b"\n")
    events = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert len(events) == 4
    days = [event.decoded("DTSTART") for event in events]
    assert all(str(day)[:10] > str(now - timedelta(days=1))[:10] for day in days)
