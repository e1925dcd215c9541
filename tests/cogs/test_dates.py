"""Days in words, in each language."""

from datetime import date

import pytest

from bot.domain.languages import Language
from bot.words import speaking
from cogs.ui.dates import begun, date_range, long_date, long_day, short_date, short_day, with_weekday

FIRST, FIFTH = date(2026, 3, 1), date(2026, 3, 5)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, ["1 March 2026", "1 March", "1 Mar 2026", "1 Mar"]),
        (Language.GERMAN, ["1. März 2026", "1. März", "1. März 2026", "1. März"]),
        (Language.SPANISH, ["1 de marzo de 2026", "1 de marzo", "1 mar 2026", "1 mar"]),
        (Language.FRENCH, ["1er mars 2026", "1er mars", "1er mars 2026", "1er mars"]),
    ],
)
def test_the_first_of_a_month(language: Language, said: list[str]) -> None:
    with speaking(language):
        assert [long_date(FIRST), long_day(FIRST), short_date(FIRST), short_day(FIRST)] == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, ["Thursday, 5 March", "1–5 Mar 2026", "5 Mar – 1 Apr 2026", "11 Mar 2026"]),
        (
            Language.GERMAN,
            ["Donnerstag, 5. März", "1.–5. März 2026", "5. März – 1. Apr. 2026", "11. März 2026"],
        ),
        (Language.SPANISH, ["jueves, 5 de marzo", "1–5 mar 2026", "5 mar – 1 abr 2026", "11 mar 2026"]),
        (Language.FRENCH, ["jeudi 5 mars", "1er–5 mars 2026", "5 mars – 1er avr. 2026", "11 mars 2026"]),
    ],
)
def test_weekdays_and_ranges(language: Language, said: list[str]) -> None:
    with speaking(language):
        assert [
            with_weekday(FIFTH, long_day(FIFTH)),
            date_range(FIRST, FIFTH),
            date_range(FIFTH, date(2026, 4, 1)),
            date_range(date(2026, 3, 11), date(2026, 3, 11)),
        ] == said


def test_a_line_begins_with_a_capital_letter() -> None:
    assert [begun("jeudi 5 mars"), begun("1er mars"), begun("")] == ["Jeudi 5 mars", "1er mars", ""]
