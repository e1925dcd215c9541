"""When arXiv lists nothing, and why: weekends and the days on which it defers its mailing.

Source: https://info.arxiv.org/help/availability.html, "On Deferred Mailings". Papers are announced at
20:00 in New York from Sunday to Thursday, and stand in the list of the day that begins four hours later.
"""

from datetime import date, timedelta
from typing import Final

_MONDAY: Final = 0
_THURSDAY: Final = 3
_SATURDAY: Final = 5
_ONE_DAY: Final = timedelta(days=1)

# What the page names for a year counts as it stands there (read in May 2026): the days at the end of
# December differ from year to year, and a holiday on a weekend moves.
_PUBLISHED: Final[dict[int, dict[tuple[int, int], str]]] = {
    2025: {
        (1, 1): "New Year’s Day",
        (1, 20): "Martin Luther King Day",
        (6, 19): "Juneteenth",
        (7, 6): "Independence Day",
        (9, 1): "Labor Day",
        (11, 27): "Thanksgiving",
        (12, 25): "Christmas",
        (12, 30): "the end of the year",
    },
    2026: {
        (1, 1): "New Year’s Day",
        (1, 19): "Martin Luther King Day",
        (6, 19): "Juneteenth",
        (7, 3): "Independence Day",
        (9, 7): "Labor Day",
        (11, 26): "Thanksgiving",
        (12, 25): "Christmas",
        (12, 29): "the end of the year",
        (12, 31): "the end of the year",
    },
}


def arxiv_holiday(day: date) -> str | None:
    """Return for what arXiv defers the mailing of `day`, a date in New York; None where it does not.

    Years whose days are not published yet get those that were on every list from 2023 to 2026.
    """
    days = _PUBLISHED.get(day.year)
    return _usual(day) if days is None else days.get((day.month, day.day))


def why_no_list(day: date) -> str | None:
    """Say why the list of `day`, a date in New York, may be empty; None where nothing explains it.

    A list holds what was announced on the evening before, so a holiday empties the list of the day after;
    after a holiday on a Friday or a Saturday it is Monday's.
    """
    if day.weekday() >= _SATURDAY:
        return "arXiv lists nothing on Saturdays and Sundays"
    before = day - _ONE_DAY
    nights = [day, before]
    if day.weekday() == _MONDAY:
        nights += [before - _ONE_DAY, before - 2 * _ONE_DAY]
    for night in nights:
        if holiday := arxiv_holiday(night):
            return f"arXiv has put off its list for {holiday}"
    return None


def _usual(day: date) -> str | None:
    fixed = {
        (1, 1): "New Year’s Day",
        (6, 19): "Juneteenth",
        (7, 4): "Independence Day",
        (12, 25): "Christmas",
    }
    if name := fixed.get((day.month, day.day)):
        return name
    week = (day.day - 1) // 7 + 1  # the how many-th of its weekday in the month
    return {
        (1, _MONDAY, 3): "Martin Luther King Day",
        (9, _MONDAY, 1): "Labor Day",
        (11, _THURSDAY, 4): "Thanksgiving",
    }.get((day.month, day.weekday(), week))
