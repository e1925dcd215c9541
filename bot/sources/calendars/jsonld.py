"""schema.org events in JSON-LD, as pages carry them for search engines (https://schema.org/Event)."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from bot.domain.events import Event, EventKind, EventStatus, event_key
from bot.sources.calendars import text
from bot.sources.calendars.times import read_time, spanned

# Showing a film on television is an "event" of schema.org's, and nowhere to go.
_NOT_MEANT: Final = frozenset({"PublicationEvent", "BroadcastEvent", "OnDemandEvent"})
_KINDS_WITHOUT_THE_WORD: Final = frozenset({"Festival", "Hackathon", "EventSeries"})
_PARTS_OF_EVENT: Final = ("subEvent", "subEvents", "event", "events")
_TRACKING = re.compile(r"utm_.*|aff|ref|source|fbclid|gclid|mc_.id", re.IGNORECASE)
_MAX_NODES: Final = 50_000
_MAX_CANDIDATES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Found:
    """Events in the order of the document, and what could not be read."""

    events: tuple[Event, ...]
    skipped: tuple[str, ...]

    @property
    def anything(self) -> bool:
        """Whether the document speaks of events at all."""
        return bool(self.events or self.skipped)


def load_blocks(scripts: Iterable[str]) -> list[Any]:
    """Return what is in a page's JSON-LD scripts; a block that is not JSON is left out."""
    blocks: list[Any] = []
    for script in scripts:
        bare = re.sub(r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|(?://\s*)?\]\]>)\s*\Z", "", script)
        for attempt in (bare, re.sub(r",(\s*[}\]])", r"\1", bare)):
            try:
                # Line breaks inside strings are common, and no reason to lose the page.
                blocks.append(json.loads(attempt, strict=False))
            except (ValueError, RecursionError):
                continue
            break
    return blocks


def read_jsonld(blocks: Any, *, url: str, default_zone: str) -> Found:
    """Read every event in already loaded JSON-LD, however deeply it is nested."""
    nodes = list(_nodes(blocks))
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    events: list[Event] = []
    skipped: list[str] = []
    candidates = [node for node in nodes if _is_event(node) and not _stands_for_parts(node)][:_MAX_CANDIDATES]
    # One address for several: the occurrences of a series on its own page.
    shared = Counter(_identity(node, url) for node in candidates)
    for node in candidates:
        name = text.line(node.get("name"), 60) or "Untitled event"
        try:
            events.append(_event(node, by_id, url, default_zone, shared))
        except (ValueError, TypeError, OverflowError, AttributeError, KeyError) as error:
            skipped.append(f"“{name}”: {error}")
    return Found(tuple(events), tuple(skipped))


def _nodes(blocks: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in document order; of an event, only what it consists of is looked into."""
    waiting = [blocks]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            yield value
            inside = [value.get(part) for part in _PARTS_OF_EVENT] if _is_event(value) else value.values()
            waiting.extend(found for found in reversed(list(inside)) if isinstance(found, dict | list))


def _is_event(node: dict[str, Any]) -> bool:
    return any(
        (name.endswith("Event") or name in _KINDS_WITHOUT_THE_WORD) and name not in _NOT_MEANT
        for name in _types(node)
    )


def _types(node: dict[str, Any]) -> list[str]:
    types = node.get("@type")
    return [
        re.split(r"[/#:]", name)[-1] for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)
    ]  # fmt: skip


def _stands_for_parts(node: dict[str, Any]) -> bool:
    """Whether the event is a series whose events are listed in it."""
    parts = (part for name in _PARTS_OF_EVENT for part in _listed(node.get(name)))
    dated = any(isinstance(part, dict) and part.get("startDate") for part in parts)
    return dated or ("EventSeries" in _types(node) and not node.get("startDate"))


def _event(
    node: dict[str, Any], by_id: dict[str, Any], url: str, default_zone: str, shared: Counter[str]
) -> Event:
    if not node.get("startDate"):
        raise ValueError("it has no start")
    starts = read_time(node["startDate"], default_zone)
    ends: date | None = None
    if node.get("endDate"):
        ends = read_time(node["endDate"], default_zone)
    begin, end, zone, all_day = spanned(starts, ends, default_zone)
    place, online = _places(node.get("location"), by_id)
    identity = _identity(node, url)
    status, details = _status(node.get("eventStatus"))
    return Event(
        key=event_key("ld", identity, *([starts.isoformat()] if shared[identity] > 1 else [])),
        kind=EventKind.MEETUP,
        title=text.title(node.get("name")),
        starts_at=begin,
        ends_at=end,
        zone=zone,
        all_day=all_day,
        place=place,
        online_url=online,
        url=_page(node, url),
        host=_host(node.get("organizer"), by_id),
        description=text.description(node.get("description")),
        status=status,
        details=details,
    )


def _identity(node: dict[str, Any], url: str) -> str:
    """Return what stays the same when the event is renamed or moved: its id or address; else its name."""
    for name in ("@id", "url"):
        if isinstance(node.get(name), str) and (value := text.unescaped(node[name]).strip()):
            return _plain_address(_joined(url, value))
    return f"{text.line(node.get('name')) or ''} {_plain_address(url)}"


def _plain_address(address: str) -> str:
    """Return an address without what only tells where a visitor came from."""
    try:
        parts = urlsplit(address)
        kept = [
            (k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)
        ]
    except ValueError:
        return address
    return urlunsplit(("", parts.netloc.lower(), parts.path.rstrip("/"), urlencode(kept), parts.fragment))


def _page(node: dict[str, Any], url: str) -> str | None:
    offers = next((offer for offer in _listed(node.get("offers")) if isinstance(offer, dict)), {})
    for value in (node.get("url"), node.get("@id"), offers.get("url")):
        if isinstance(value, str) and (link := text.link(value, url)):
            return link
    return text.link(url)


def _joined(url: str, value: str) -> str:
    try:
        return urljoin(url, value)
    except ValueError:
        return value


def _status(value: Any) -> tuple[EventStatus, tuple[tuple[str, str], ...]]:
    """Read `https://schema.org/EventCancelled` and the like; http and https are mixed on one page."""
    name = re.split(r"[/#]", value)[-1].lower() if isinstance(value, str) else ""
    if name in {"eventcancelled", "cancelled", "canceled"}:
        return EventStatus.CANCELLED, ()
    if name == "eventpostponed":
        # It does not take place when it says, and has no other date yet.
        return EventStatus.CANCELLED, (("note", "Postponed"),)
    return EventStatus.CONFIRMED, ()


def _places(location: Any, by_id: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the place on the ground and the address to join online."""
    place: str | None = None
    online: str | None = None
    for found in _listed(location):
        one = _resolved(found, by_id)
        if isinstance(one, dict) and "VirtualLocation" in _types(one):
            online = online or text.link(one.get("url"))
        elif isinstance(one, str) and text.link(one):
            online = online or text.link(one)
        else:
            place = place or _place(one)
    return place, online


def _place(found: Any) -> str | None:
    if not isinstance(found, dict):
        return text.line(found)
    name, address = text.line(found.get("name")), found.get("address")
    if isinstance(address, list):
        address = next(iter(address), None)
    if isinstance(address, dict):
        parts = ("streetAddress", "addressLocality", "postalCode")
        address = ", ".join(part for key in parts if (part := text.line(address.get(key))))
    street = text.line(address)
    if name and street and not street.casefold().startswith(name.casefold()):
        return text.line(f"{name}, {street}")
    return street or name


def _host(organizer: Any, by_id: dict[str, Any]) -> str | None:
    for found in _listed(organizer):
        one = _resolved(found, by_id)
        if name := text.line(one.get("name") if isinstance(one, dict) else one, 100):
            return None if "@" in name or text.link(name) else name
    return None


def _resolved(found: Any, by_id: dict[str, Any]) -> Any:
    """Return the node that a bare `{"@id": …}` refers to."""
    return by_id.get(str(found.get("@id")), found) if isinstance(found, dict) else found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
