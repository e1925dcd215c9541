"""Deadlines of conferences: which is which, when they are due, and what changed.

A deadline is known by its conference, the year of the edition, its type and its slot (the round, the track,
the start or the end of a period). Its date and its wording may change: it stays the same deadline, so
a date that moves is an extension and not a new one.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.aoe import local_date, moment
from bot.domain.events import Event, EventKind, event_key, one_line


class DeadlineType(StrEnum):
    """What is due."""

    ABSTRACT = "abstract"
    SUBMISSION = "submission"
    REBUTTAL = "rebuttal"
    NOTIFICATION = "notification"
    CAMERA_READY = "camera-ready"
    OTHER = "other"


AUTHORS: Final = frozenset({DeadlineType.ABSTRACT, DeadlineType.SUBMISSION})
"""What everyone who means to submit has to know; the rest concerns those who did."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One year's conference."""

    conference: str  # identity over the years, such as "neurips": `conference_id`
    name: str  # as it is known, "NeurIPS"
    full_name: str
    year: int
    url: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    place: str | None = None
    areas: tuple[str, ...] = ()  # keys of `bot.domain.conferences.AREAS`

    @property
    def title(self) -> str:
        """Name and year."""
        return f"{self.name} {self.year}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One date of an edition."""

    edition: Edition
    type: DeadlineType
    label: str  # as the source words it
    slot: str  # what tells it from others of its type: `slot_of`
    due_at: datetime  # UTC; the end of the day when only the day is known
    zone: str  # IANA
    zone_words: str  # as the source writes it, "AoE"; empty when it gives none
    approximate: bool = False  # the time of day, or its zone, is a guess: show the date alone

    @property
    def key(self) -> str:
        """What it is known by; stays when the date moves."""
        return event_key("deadline", self.edition.conference, str(self.edition.year), self.type, self.slot)

    @property
    def title(self) -> str:
        """What to call it in one line."""
        return one_line(f"{self.edition.title}: {self.label}")

    @property
    def due_on(self) -> date:
        """The date in its own zone: the one that the call for papers gives."""
        return local_date(self.due_at, self.zone)

    def event(self) -> Event:
        """Return it as an event: an instant, or the whole day when only the day is known."""
        edition = self.edition
        details = {
            "conference": edition.full_name,
            "type": self.type.value,
            "label": self.label,
            "zone": self.zone_words,
            "dates": date_range(edition.starts_on, edition.ends_on),
            "place": edition.place or "",
        }
        return Event(
            key=self.key,
            kind=EventKind.DEADLINE,
            title=self.title,
            starts_at=moment(self.due_on, time(), self.zone) if self.approximate else self.due_at,
            ends_at=moment(self.due_on + timedelta(days=1), time(), self.zone) if self.approximate else None,
            zone=self.zone,
            all_day=self.approximate,
            url=edition.url,
            host=edition.title,
            tags=edition.areas,
            details=tuple((name, text) for name, text in details.items() if text),
        )


def date_range(start: date | None, end: date | None) -> str:
    """Write days as people do: "6–12 Dec 2026", "28 Sep – 1 Oct 2026"; empty when nothing is known."""
    if start is None or end is None or start == end:
        day = start or end
        return f"{day.day} {day:%b %Y}" if day else ""
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{end.day} {end:%b %Y}"
    first = f"{start.day} {start:%b}" if start.year == end.year else f"{start.day} {start:%b %Y}"
    return f"{first} – {end.day} {end:%b %Y}"


# --- Identity ---------------------------------------------------------------------------------------


def conference_id(name: str) -> str:
    """Return what a conference is known by over the years and over the sources: "IJCNLP & AACL" is "ijcnlp-aacl"."""
    return "-".join(re.findall(r"[^\W_]+", _folded(name)))[:60].strip("-")


# What a label says by being of its type, or in any label; what is left tells two labels apart.
_FILLERS: Final = frozenset({
    "a", "an", "and", "the", "of", "for", "to", "by", "in", "or", "on", "if", "aoe", "extended", "ext",
    "new", "deadline", "deadlines", "due", "date", "dates", "paper", "papers",
    "submission", "submissions", "submit", "submitted", "abstract", "abstracts", "full", "regular",
    "main", "notification", "notifications", "notice", "notices", "acceptance", "accepted", "decision",
    "decisions", "released", "release", "announcement", "announced", "author", "authors", "camera",
    "ready", "cameraready", "version", "upload", "rebuttal", "response", "responses", "feedback",
    "discussion", "period", "window", "reviewer", "reviewers", "ac", "ddl", "registration",
})  # fmt: skip
_ORDINALS: Final = {
    "first": "1",
    "second": "2",
    "third": "3",
    "fourth": "4",
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "1st": "1",
    "2nd": "2",
    "3rd": "3",
    "4th": "4",
}
_ROUND = re.compile(
    r"\b(?:round|cycle)\s+(first|second|third|fourth|[1-9]|i{1,3}|iv)\b"
    r"|\b(first|second|third|fourth|[1-4](?:st|nd|rd|th))\s+(?:round|cycle)\b"
)
_SAME_WORDS: Final = {"begins": "start", "starts": "start", "begin": "start", "ends": "end", "closes": "end"}


def slot_of(label: str, hint: str = "") -> str:
    """Return what tells a label from others of its type: "round 2", "short", "end"; the first round is "".

    "Paper Submission (Round 1) - Extended" and "Full paper submission deadline" are the same slot, so a label
    that is worded anew stays the same deadline. `hint` is a word of the source's own type, "start" or "end".
    """
    folded = _folded(label[:300])
    number = "1"
    if found := _ROUND.search(folded):
        written = found[1] or found[2]
        number = _ORDINALS.get(written, written)
        folded = folded.replace(found[0], " ")
    words_left = (_SAME_WORDS.get(word, word) for word in re.findall(r"\w+", folded))
    left = [_singular(word) for word in dict.fromkeys(words_left) if word not in _FILLERS]
    if hint and hint not in left:
        left.append(hint)
    if number != "1":
        left.append(f"round {number}")
    return " ".join(left)[:60].strip()


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\u0300-\u036f'’]", "", decomposed).replace("-", " ")
