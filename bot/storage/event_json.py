"""Events, hackathons and conferences as JSON, as they are stored."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.domain.deadlines import Edition
from bot.domain.events import Event, EventKind, EventStatus
from bot.domain.hackathons import Hackathon, Prize, Source

Json = dict[str, Any]


def from_event(event: Event) -> Json:
    """Return an event as JSON."""
    return {
        "key": event.key,
        "kind": event.kind.value,
        "title": event.title,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": _iso(event.ends_at),
        "zone": event.zone,
        "all_day": event.all_day,
        "place": event.place,
        "online_url": event.online_url,
        "url": event.url,
        "host": event.host,
        "description": event.description,
        "status": event.status.value,
        "tags": list(event.tags),
        "details": [list(pair) for pair in event.details],
    }


def to_event(body: Mapping[str, Any]) -> Event:
    """Read an event."""
    values = dict(body)
    values["kind"] = EventKind(values["kind"])
    values["status"] = EventStatus(values["status"])
    values["starts_at"] = datetime.fromisoformat(values["starts_at"])
    values["ends_at"] = _moment(values["ends_at"])
    values["tags"] = tuple(values["tags"])
    values["details"] = tuple((name, text) for name, text in values["details"])
    return Event(**values)


def from_hackathon(hackathon: Hackathon) -> Json:
    """Return what one site says of a hackathon as JSON, without what merging made of it."""
    prize = hackathon.prize
    return {
        "source": hackathon.source.value,
        "id": hackathon.id,
        "title": hackathon.title,
        "url": hackathon.url,
        "starts_on": _iso(hackathon.starts_on),
        "ends_on": hackathon.ends_on.isoformat(),
        "starts_at": _iso(hackathon.starts_at),
        "ends_at": _iso(hackathon.ends_at),
        "online": hackathon.online,
        "place": hackathon.place,
        "prize": None if prize is None else [str(prize.amount), prize.currency, prize.words],
        "themes": list(hackathon.themes),
        "organiser": hackathon.organiser,
        "thumbnail": hackathon.thumbnail,
        "registrations": hackathon.registrations,
        "cancelled": hackathon.cancelled,
        "links": list(hackathon.links),
    }


def to_hackathon(body: Mapping[str, Any]) -> Hackathon:
    """Read a hackathon."""
    values = dict(body)
    values["source"] = Source(values["source"])
    for name in ("starts_on", "ends_on"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    for name in ("starts_at", "ends_at"):
        values[name] = _moment(values[name])
    if values["prize"] is not None:
        amount, currency, words = values["prize"]
        values["prize"] = Prize(Decimal(amount), currency, words)
    values["themes"] = tuple(values["themes"])
    values["links"] = tuple(values["links"])
    return Hackathon(**values)


def from_edition(edition: Edition) -> Json:
    """Return an edition of a conference as JSON."""
    return {
        "conference": edition.conference,
        "name": edition.name,
        "full_name": edition.full_name,
        "year": edition.year,
        "url": edition.url,
        "starts_on": _iso(edition.starts_on),
        "ends_on": _iso(edition.ends_on),
        "place": edition.place,
        "areas": list(edition.areas),
    }


def to_edition(body: Mapping[str, Any]) -> Edition:
    """Read an edition of a conference."""
    values = dict(body)
    for name in ("starts_on", "ends_on"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    values["areas"] = tuple(values["areas"])
    return Edition(**values)


def _iso(moment: date | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
