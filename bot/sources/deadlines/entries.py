"""The two ways in which deadlines are kept, read into values.

huggingface/ai-deadlines (MIT): a list of editions with `deadlines: [{type, label, date, timezone}]`; older ones
have `deadline`, `abstract_deadline` and the like beside their title. ccfddl/ccf-deadlines (MIT): a list of
conferences with `confs`, the editions, and in each a `timeline: [{abstract_deadline, deadline, comment}]`.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from bot.domain.aoe import end_of_day, moment, zone_name
from bot.domain.conferences import areas_of
from bot.domain.deadlines import AUTHORS, Deadline, DeadlineType, Edition, conference_id, slot_of
from bot.domain.events import one_line, web_link
from bot.sources.hackathons.dates import parse_days

_MAX_DEADLINES: Final = 60  # of one edition; the busiest real one has 15
_UNSET: Final = frozenset(
    {"", "tbd", "tba", "null", "~", "none", "n/a", "na", "to be announced", "to be decided"}
)

_TYPES: Final = {
    "abstract": DeadlineType.ABSTRACT,
    "paper": DeadlineType.SUBMISSION,
    "submission": DeadlineType.SUBMISSION,
    "full paper": DeadlineType.SUBMISSION,
    # ARR's reviewed papers are handed in to the conference by committing them.
    "commitment": DeadlineType.SUBMISSION,
    "commitment deadline": DeadlineType.SUBMISSION,
    "rebuttal": DeadlineType.REBUTTAL,
    "rebuttal start": DeadlineType.REBUTTAL,
    "rebuttal end": DeadlineType.REBUTTAL,
    "rebuttal and revision": DeadlineType.REBUTTAL,
    "author response": DeadlineType.REBUTTAL,
    "notification": DeadlineType.NOTIFICATION,
    "first notification": DeadlineType.NOTIFICATION,
    "final notification": DeadlineType.NOTIFICATION,
    "final decision": DeadlineType.NOTIFICATION,
    "decision": DeadlineType.NOTIFICATION,
    "camera ready": DeadlineType.CAMERA_READY,
    "final version": DeadlineType.CAMERA_READY,
}

# Fields beside the title, each with the type that replaces it in `deadlines`, and a label.
_LEGACY: Final = (
    ("abstract_deadline", "abstract", "Abstract submission"),
    ("deadline", "submission", "Paper submission"),
    ("commitment_deadline", "commitment", "Commitment"),
    ("review_release_date", "review release", "Reviews released"),
    ("rebuttal_period_start", "rebuttal start", "Rebuttal period start"),
    ("rebuttal_period_end", "rebuttal end", "Rebuttal period end"),
    ("final_decision_date", "final decision", "Final decision"),
)

_AREAS_OF_CCF: Final = {"AI": "machine learning", "CG": "computer graphics", "DB": "data mining", "HI": "hci"}

_DATE = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?"
)


class BadEntryError(Exception):
    """An entry lacks what makes it an edition or a deadline."""


Found = tuple[
    Edition | None, tuple[Deadline, ...], tuple[str, ...]
]  # an edition, its deadlines, what was skipped


def read_file(document: Any) -> Iterator[Found]:
    """Yield what each edition of a file holds, in either schema; raises BadEntryError for what is no list."""
    if not isinstance(document, list):
        raise BadEntryError("not a list of conferences")
    for number, entry in enumerate(document, start=1):
        if not isinstance(entry, dict):
            yield None, (), (f"entry {number}: not a conference",)
            continue
        for edition in _flattened(entry):
            try:
                yield _edition(edition)
            except BadEntryError as error:
                name = _text(edition, "title") or f"entry {number}"
                yield None, (), (f"{name} {_text(edition, 'year')}".strip() + f": {error}",)


def _flattened(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the editions of an entry in the first schema, whichever it has."""
    editions = entry.get("confs")
    if not isinstance(editions, list):
        return [entry]
    area = _AREAS_OF_CCF.get(_text(entry, "sub"), "")
    shared = {"title": entry.get("title"), "full_name": entry.get("description"), "tags": [area]}
    return [
        {**each, **shared, "deadlines": list(_timeline(each))} for each in editions if isinstance(each, dict)
    ]


def _timeline(edition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rounds = edition.get("timeline")
    for number, each in enumerate(rounds if isinstance(rounds, list) else [], start=1):
        if isinstance(each, dict):
            suffix = f" (round {number})" if number > 1 else ""
            for field, kind, label in _LEGACY[:2]:
                yield {
                    "type": kind,
                    "label": label + suffix,
                    "date": each.get(field),
                    "timezone": edition.get("timezone"),
                }


def _edition(entry: dict[str, Any]) -> Found:
    name = _text(entry, "title")
    conference = conference_id(name)
    if not conference:
        raise BadEntryError("no title")
    written = _text(entry, "year")
    if not re.fullmatch(r"(?:19|20)[0-9]{2}", written):
        raise BadEntryError(f"the year “{written}” cannot be read")
    tags = entry.get("tags")
    edition = Edition(
        conference=conference,
        name=name,
        full_name=_text(entry, "full_name") or name,
        year=int(written),
        url=_link(_text(entry, "link", 2000)),
        place=_place(entry),
        areas=areas_of(one_line(tag, 60) for tag in tags if isinstance(tag, str))
        if isinstance(tags, list)
        else (),
    )
    deadlines, skipped = _deadlines(entry, edition)
    starts_on, ends_on = _held(
        entry, min((each.due_at for each in deadlines if each.type in AUTHORS), default=None)
    )
    edition = replace(edition, starts_on=starts_on, ends_on=ends_on)
    deadlines = tuple(replace(each, edition=edition) for each in deadlines)
    return edition, deadlines, skipped


# --- Deadlines --------------------------------------------------------------------------------------


def _deadlines(entry: dict[str, Any], edition: Edition) -> tuple[tuple[Deadline, ...], tuple[str, ...]]:
    listed = entry.get("deadlines")
    items = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    given = {_type(_text(each, "type"), _text(each, "label")) for each in items}
    items += [
        {"type": kind, "label": label, "date": entry[field]}
        for field, kind, label in _LEGACY
        if field in entry and _type(kind, label) not in given
    ]
    found: dict[str, Deadline] = {}
    skipped = []
    for item in items[:_MAX_DEADLINES]:
        try:
            deadline = _deadline(item, edition, _text(entry, "timezone"))
        except BadEntryError as error:
            skipped.append(f"{edition.title}, {_text(item, 'label') or 'a deadline'}: {error}")
            continue
        if deadline is not None:
            deadline = _apart(deadline, found)
            found[deadline.key] = deadline
    return tuple(found.values()), tuple(skipped)


def _deadline(item: dict[str, Any], edition: Edition, zone_of_all: str) -> Deadline | None:
    """Return the deadline, or None where its date is not set yet."""
    label = _text(item, "label") or _text(item, "type").replace("_", " ").capitalize()
    if not label:
        raise BadEntryError("neither a label nor a type")
    written = _text(item, "date") or _text(item, "deadline")
    if written.casefold() in _UNSET:
        return None
    words = _text(item, "timezone", 60) or zone_of_all
    words = "" if words.casefold() in _UNSET else words
    due_at, zone, approximate = _due(written, words)
    kind = _text(item, "type").replace("_", " ").replace("-", " ")
    type_ = _type(kind, label)
    slot = slot_of(label, kind.rpartition(" ")[2] if kind.endswith((" start", " end")) else "")
    return Deadline(edition, type_, label, slot, due_at, zone, words, approximate)


def _due(written: str, words: str) -> tuple[datetime, str, bool]:
    """Return the instant, its IANA zone, and whether it is a guess.

    Only the day known: its end, Anywhere on Earth unless the zone is given. The time known and the zone not: UTC,
    as the list's own site reads it, and earlier than most; better a day too soon than an hour too late.
    """
    found = _DATE.fullmatch(written)
    if found is None:
        raise BadEntryError(f"the date “{written[:40]}” cannot be read")
    year, month, day_ = (int(part) for part in found.groups()[:3])
    zone = zone_name(words) if words else None
    try:
        day = date(year, month, day_)
        if not 1990 <= year <= 2200:
            raise BadEntryError(f"the year of “{written[:40]}” cannot be right")
        if found[4] is None:
            return (
                (end_of_day(day, zone) if zone else end_of_day(day)),
                zone or zone_name("AoE") or "UTC",
                True,
            )
        hours, minutes, seconds = (int(part or 0) for part in found.groups()[3:])
        if (hours, minutes, seconds) == (24, 0, 0):
            day, hours = day + timedelta(days=1), 0
        return moment(day, time(hours, minutes, seconds), zone or "UTC"), zone or "UTC", zone is None
    except ValueError as error:
        raise BadEntryError(f"there is no such time as “{written[:40]}”") from error


def _apart(deadline: Deadline, found: dict[str, Deadline]) -> Deadline:
    """Return a deadline whose slot is taken by another with the next free number, in the order of the file."""
    slot, number = deadline.slot, 1
    while deadline.key in found:
        number += 1
        deadline = replace(deadline, slot=f"{slot} #{number}".strip())
    return deadline


def _type(written: str, label: str) -> DeadlineType:
    kind = written.casefold().replace("_", " ").replace("-", " ").strip()
    # "Paper registration" is an abstract by another name; that of authors and hotels is none.
    if kind == "registration" and "paper" in label.casefold():
        return DeadlineType.ABSTRACT
    return _TYPES.get(kind, DeadlineType.OTHER)


# --- Fields -----------------------------------------------------------------------------------------


def _text(entry: dict[str, Any], name: str, limit: int = 200) -> str:
    value = entry.get(name)
    return one_line(value[: 10 * limit], limit) if isinstance(value, str) else ""


def _link(text: str) -> str | None:
    return web_link(text) or (
        web_link(f"https://{text}") if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text) else None
    )


def _held(entry: dict[str, Any], due: datetime | None) -> tuple[date | None, date | None]:
    """Return the days of the conference: `start` and `end`, or what `date` says in words.

    Days that are over before the papers are due are those of another year, copied and not put right.
    """
    first, last = _day(_text(entry, "start")), _day(_text(entry, "end"))
    given = (first or last, last or first)
    for start, end in (given, parse_days(_text(entry, "date")) or (None, None)):
        if start and end and start <= end and (due is None or due.date() <= end):
            return start, end
    return None, None


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text[:10]) if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    return None


def _place(entry: dict[str, Any]) -> str | None:
    parts = [_text(entry, name, 100) for name in ("city", "country")]
    known = dict.fromkeys(part for part in parts if part.casefold() not in _UNSET)
    place = ", ".join(known) or _text(entry, "place") or _text(entry, "venue")
    return None if place.casefold() in _UNSET else place
