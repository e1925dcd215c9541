"""Days without a list: what arXiv publishes, and what is computed for the years it has not published."""

from datetime import date, timedelta

import pytest

from bot.domain.holidays import arxiv_holiday, why_no_list

# As https://info.arxiv.org/help/availability.html had them, without the days that have no name.
LISTED = [
    "2023-01-16",
    "2023-06-19",
    "2023-07-04",
    "2023-09-04",
    "2023-11-23",
    "2023-12-25",
    "2024-01-15",
    "2024-06-19",
    "2024-07-04",
    "2024-09-02",
    "2024-11-28",
    "2024-12-25",
    "2025-01-01",
    "2025-01-20",
    "2025-06-19",
    "2025-07-06",
    "2025-09-01",
    "2025-11-27",
    "2025-12-25",
    "2025-12-30",
    "2026-01-01",
    "2026-01-19",
    "2026-06-19",
    "2026-07-03",
    "2026-09-07",
    "2026-11-26",
    "2026-12-25",
    "2026-12-29",
    "2026-12-31",
]


@pytest.mark.parametrize("day", LISTED)
def test_the_days_arxiv_named(day: str) -> None:
    assert arxiv_holiday(date.fromisoformat(day))


@pytest.mark.parametrize("year", [2025, 2026])
def test_no_other_day_of_a_published_year(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [str(day) for day in days if arxiv_holiday(day)] == [
        day for day in LISTED if day.startswith(str(year))
    ]


def test_a_year_to_come() -> None:
    days = [date(2031, 1, 1) + timedelta(days=n) for n in range(365)]
    assert {str(day): arxiv_holiday(day) for day in days if arxiv_holiday(day)} == {
        "2031-01-01": "New Year’s Day",
        "2031-01-20": "Martin Luther King Day",
        "2031-06-19": "Juneteenth",
        "2031-07-04": "Independence Day",
        "2031-09-01": "Labor Day",
        "2031-11-27": "Thanksgiving",
        "2031-12-25": "Christmas",
    }


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-25", None),
        ("2026-11-26", "Thanksgiving"),
        ("2026-11-27", "Thanksgiving"),  # Friday's list is what Thursday evening announces
        ("2026-11-28", "Saturdays and Sundays"),
        ("2026-11-29", "Saturdays and Sundays"),
        ("2026-11-30", None),
        ("2026-12-28", "Christmas"),  # a Monday after a holiday on Friday
        ("2026-05-25", None),  # Memorial Day: arXiv announces
    ],
)
def test_why_a_list_is_empty(day: str, words: str | None) -> None:
    said = why_no_list(date.fromisoformat(day))
    assert said is None if words is None else said is not None and words in said
