"""Discord's own scheduled events: what each should look like, and which are made, changed and called off.

https://discord.com/developers/docs/resources/guild-scheduled-event
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.domain.agenda import Listed
from bot.domain.events import Event, EventKind, shortened

MOST: Final = 100
"""Scheduled and active events that a server may have, whoever made them."""

OURS: Final = 90
"""How many of them Cohort takes at most: people want to plan events by hand as well."""

FULL: Final = (
    f"This server has {MOST} scheduled events, which is all that Discord allows. I add more as places become "
    "free."
)

MAX_NAME: Final = 100
MAX_TEXT: Final = 1000
MAX_LOCATION: Final = 100

_PRIVATE: Final = 2  # privacy_level GUILD_ONLY, the only one there is
_EXTERNAL: Final = 3  # entity_type: it takes place outside Discord
_COMPLETED: Final = 3
_CANCELLED: Final = 4

_USUAL: Final = timedelta(hours=2)  # how long something lasts that does not say
_BEFORE: Final = timedelta(hours=1)  # a deadline is shown as the hour that ends with it
_SOON: Final = timedelta(minutes=2)  # what begins sooner would be refused by the time it is asked for

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A Discord event that Cohort has made or is about to make."""

    event_id: int
    body: Body  # what it was last asked to be
    ends_at: datetime
    called_off: bool

    @property
    def starts_at(self) -> datetime:
        """When it starts, as Discord knows it."""
        return datetime.fromisoformat(self.body["scheduled_start_time"])


@dataclass(frozen=True, slots=True)
class NativePlan:
    """What is to be done in one server. Nothing that stands is ever made anew: people have said they come."""

    create: tuple[tuple[Listed, Body], ...] = ()  # the next ones first
    update: tuple[tuple[Listed, Body], ...] = ()
    call_off: tuple[tuple[Listed, Body], ...] = ()
    waiting: int = 0  # for which there is no room
    free_at: datetime | None = None  # when a place becomes free, if any waits for it


def marker_of(listed: Listed) -> str:
    """Return the line of the description by which Cohort knows its event again, whatever else was lost."""
    code = hashlib.sha256(f"{listed.source}|{listed.event.key}".encode()).hexdigest()[:10]
    return f"Kept up to date by Cohort · {code}"


def span_of(event: Event) -> tuple[datetime, datetime]:
    """Return the start and the end that the Discord event gets, for it needs both."""
    if event.kind is EventKind.DEADLINE and not event.all_day:
        return event.starts_at - _BEFORE, event.starts_at
    end = event.ends_at
    if end is None or end <= event.starts_at:
        end = event.starts_at + (timedelta(days=1) if event.all_day else _USUAL)
    return event.starts_at, end


def body_of(listed: Listed) -> dict[str, Any]:
    """Return the JSON body of the Discord event: the same for the same event."""
    event = listed.event
    starts_at, ends_at = span_of(event)
    marker = marker_of(listed)
    link = event.url or event.online_url or ""
    room = MAX_TEXT - len(marker) - 2 - (len(link) + 2 if len(link) <= MAX_TEXT // 2 else 0)
    parts = [shortened(event.description.replace("](", "] ("), room)] if event.description else []
    if link and len(link) <= MAX_TEXT // 2:
        parts.append(link)
    return {
        "name": shortened(event.title, MAX_NAME) or "Event",
        "description": "\n\n".join([*parts, marker]),
        "scheduled_start_time": starts_at.isoformat(),
        "scheduled_end_time": ends_at.isoformat(),
        "privacy_level": _PRIVATE,
        "entity_type": _EXTERNAL,
        "entity_metadata": {"location": _location(event)},
    }


def plan_native(
    listed: Iterable[Listed], standing: Mapping[int, Standing], *, now: datetime, room: int = OURS
) -> NativePlan:
    """Decide what is to be done about a server's Discord events.

    `listed` are the events of the feed that is looked at, `standing` what Cohort keeps in the whole server,
    by the event's id. What has begun is left to itself; the next events come first, as far as there is room.
    """
    candidates: list[tuple[Listed, Body]] = []
    update: list[tuple[Listed, Body]] = []
    call_off: list[tuple[Listed, Body]] = []
    for each in listed:
        there = standing.get(each.id)
        if there is not None and not there.called_off:
            if each.is_off:
                if now < there.ends_at:
                    call_off.append((each, calling_off(there, now)))
            elif _may_change(each, there, now) and (body := body_of(each)) != there.body:
                update.append((each, body))
        elif not each.is_off and span_of(each.event)[0] > now + _SOON:
            candidates.append((each, body_of(each)))
    candidates.sort(key=lambda pair: (span_of(pair[0].event)[0], pair[0].id))
    off = {each.id for each, _ in call_off}
    taken = [
        there.ends_at
        for there in standing.values()
        if not there.called_off and there.ends_at > now and there.event_id not in off
    ]
    free = max(0, room - len(taken))
    waiting = len(candidates[free:])
    return NativePlan(
        tuple(candidates[:free]),
        tuple(update),
        tuple(call_off),
        waiting,
        min(taken, default=None) if waiting else None,
    )


def calling_off(there: Standing, now: datetime) -> Body:
    """Return the JSON body that calls a Discord event off, or ends it where it has begun."""
    return {"status": _CANCELLED if now < there.starts_at else _COMPLETED}


def _may_change(each: Listed, there: Standing, now: datetime) -> bool:
    return min(there.starts_at, span_of(each.event)[0]) > now + _SOON


def as_stored(body: Body) -> str:
    """Return a body as the outbox keeps it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _location(event: Event) -> str:
    if event.place:
        return shortened(event.place, MAX_LOCATION)
    link = event.online_url or event.url
    if link and len(link) <= MAX_LOCATION:
        return link
    return "Online" if event.online_url else "See the description"
