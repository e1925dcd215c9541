"""Deadlines: which is which, and what is shown of one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aoe import AOE, end_of_day, zone_name
from bot.domain.deadlines import (
    Deadline,
    DeadlineType,
    Edition,
    conference_id,
    date_range,
    slot_of,
)
from bot.domain.events import EventKind

EDITION = Edition(
    conference="neurips",
    name="NeurIPS",
    full_name="Conference on Neural Information Processing Systems",
    year=2026,
    url="https://neurips.cc/",
    starts_on=date(2026, 12, 6),
    ends_on=date(2026, 12, 12),
    place="Sydney, Australia",
    areas=("ml",),
)
DUE = datetime(2026, 5, 7, 11, 59, 59, tzinfo=UTC)  # 23:59:59 on the 6th, Anywhere on Earth
PAPER = Deadline(EDITION, DeadlineType.SUBMISSION, "Paper submission deadline", "", DUE, AOE, "AoE")


# --- Zones ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name", "summer_hours"),
    [
        ("AoE", "Etc/GMT+12", -12),
        ("aoe", "Etc/GMT+12", -12),
        ("Anywhere on Earth", "Etc/GMT+12", -12),
        ("(AoE)", "Etc/GMT+12", -12),
        ("UTC-12", "Etc/GMT+12", -12),
        ("UTC", "UTC", 0),
        ("UTC+0", "UTC", 0),
        ("UTC-00", "UTC", 0),
        ("GMT", "UTC", 0),
        ("UTC-08", "Etc/GMT+8", -8),
        ("UTC-7", "Etc/GMT+7", -7),
        ("UTC−7", "Etc/GMT+7", -7),
        ("GMT+02", "Etc/GMT-2", 2),
        ("UTC+14", "Etc/GMT-14", 14),
        ("+08:00", "Etc/GMT-8", 8),
        ("UTC+5:30", "Asia/Kolkata", 5.5),
        ("PST", "America/Los_Angeles", -7),
        ("EST", "America/New_York", -4),
        ("Pacific/Honolulu", "Pacific/Honolulu", -10),
        ("europe/london", "Europe/London", 1),
    ],
)
def test_spellings_of_zones(written: str, name: str, summer_hours: float) -> None:
    assert zone_name(written) == name
    offset = datetime(2026, 7, 1, tzinfo=ZoneInfo(name)).utcoffset()
    assert offset == timedelta(hours=summer_hours)


@pytest.mark.parametrize(
    "written",
    ["", "Mars", "UTC+99", "UTC+15", "UTC-13", "UTC+5:07", "../../etc/passwd", "America", "x" * 9999],
)
def test_what_is_no_zone(written: str) -> None:
    assert zone_name(written) is None


@given(st.text(max_size=30))
def test_any_zone_that_is_found_exists(written: str) -> None:
    name = zone_name(written)
    assert name is None or ZoneInfo(name).key == name


def test_a_day_ends_last_anywhere_on_earth() -> None:
    assert end_of_day(date(2026, 5, 6)) == DUE
    assert all(
        end_of_day(date(2026, 5, 6), zone) <= DUE for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Midway")
    )


# --- Identity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "known_by"),
    [
        ("NeurIPS", "neurips"),
        ("IJCNLP & AACL", "ijcnlp-aacl"),
        ("RuleML+RR", "ruleml-rr"),
        ("EMNLP (Industry Track)", "emnlp-industry-track"),
        ("Café Conf", "cafe-conf"),
        ("???", ""),
    ],
)
def test_what_a_conference_is_known_by(name: str, known_by: str) -> None:
    assert conference_id(name) == known_by


@pytest.mark.parametrize(
    ("label", "slot"),
    [
        ("Paper submission deadline", ""),
        ("Paper Submission", ""),
        ("Full Paper Due", ""),
        ("Paper submission deadline (extended)", ""),
        ("Paper Submission (Round 1) - Extended", ""),
        ("Paper submission (First Cycle)", ""),
        ("Paper Submission (AoE)", ""),
        ("Abstract registration deadline", ""),
        ("Camera-Ready Deadline", ""),
        ("Paper submission (Round 2)", "round 2"),
        ("Round 2 Paper Submission", "round 2"),
        ("Paper submission (Second Cycle)", "round 2"),
        ("2nd round: papers due", "round 2"),
        ("Paper submission (short papers)", "short"),
        ("Rebuttal Period Starts", "start"),
        ("Author response period begins", "start"),
        ("Supplementary Materials", "supplementary material"),
        ("Supplementary material deadline", "supplementary material"),
        ("Preliminary Notification", "preliminary"),
        ("Final Decisions", "final"),
        ("Phase I notification", "phase i"),
    ],
)
def test_labels_worded_anew_are_the_same_slot(label: str, slot: str) -> None:
    assert slot_of(label) == slot


def test_a_hint_tells_a_beginning_from_an_end() -> None:
    assert slot_of("Author Response Deadline", "end") == "end"
    assert slot_of("Rebuttal period end", "end") == "end"


def test_a_deadline_keeps_its_key_when_its_date_moves() -> None:
    assert PAPER.key == "deadline:neurips:2026:submission:"
    moved = replace(PAPER, due_at=DUE + timedelta(days=2), label="Paper deadline (extended)")
    assert moved.key == PAPER.key
    keys = {
        PAPER.key,
        replace(PAPER, slot="round 2").key,
        replace(PAPER, type=DeadlineType.ABSTRACT).key,
        replace(PAPER, edition=replace(EDITION, year=2027)).key,
        replace(PAPER, edition=replace(EDITION, conference="icml")).key,
    }
    assert len(keys) == 5


# --- As an event ------------------------------------------------------------------------------------


def test_an_event_is_the_instant_or_the_day() -> None:
    event = PAPER.event()
    assert (event.kind, event.key) == (EventKind.DEADLINE, PAPER.key)
    assert event.title == "NeurIPS 2026: Paper submission deadline"
    assert (event.starts_at, event.ends_at, event.zone, event.all_day) == (DUE, None, AOE, False)
    assert (event.url, event.tags, event.place) == ("https://neurips.cc/", ("ml",), None)
    assert dict(event.details) == {
        "conference": "Conference on Neural Information Processing Systems",
        "type": "submission",
        "label": "Paper submission deadline",
        "zone": "AoE",
        "dates": "6–12 Dec 2026",
        "place": "Sydney, Australia",
    }
    day = replace(PAPER, approximate=True).event()
    assert day.all_day
    assert (day.when.first_day, day.when.last_day) == (date(2026, 5, 6), date(2026, 5, 6))


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        (date(2026, 12, 6), date(2026, 12, 12), "6–12 Dec 2026"),
        (date(2026, 9, 28), date(2026, 10, 1), "28 Sep – 1 Oct 2026"),
        (date(2026, 12, 30), date(2027, 1, 2), "30 Dec 2026 – 2 Jan 2027"),
        (date(2026, 12, 6), date(2026, 12, 6), "6 Dec 2026"),
        (None, date(2026, 12, 6), "6 Dec 2026"),
        (None, None, ""),
    ],
)
def test_days_are_written_as_people_do(start: date | None, end: date | None, written: str) -> None:
    assert date_range(start, end) == written
