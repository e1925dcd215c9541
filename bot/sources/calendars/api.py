"""The JSON of Eventbrite, Luma and Meetup, where an address answers with it instead of a calendar."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bot.domain.events import Event, EventKind, EventStatus, event_key
from bot.sources.calendars import text
from bot.sources.calendars.calendar import Calendar, CalendarKind, ErrorReported, build
from bot.sources.calendars.times import read_duration, read_time, spanned
from bot.sources.calendars.zones import zone_named

ONLINE: Final = "Online"
"""The place of an event that is online without saying where."""

Read = Callable[[dict[str, Any], str], Event]
_CANCELLED: Final = frozenset({"canceled", "cancelled", "event_cancelled", "event_canceled", "postponed"})


def parse_api(data: Any, *, default_zone: str, now: datetime) -> Calendar | None:
    """Read one of the known shapes; None when it is none of them. Raises ErrorReported for an error's."""
    found = _shape(data)
    if found is None:
        _refuse_error(data)
        return None
    read, items, name = found
    events: list[Event] = []
    skipped: list[str] = []
    for number, item in enumerate(items, start=1):
        try:
            events.append(read(item, default_zone))
        except (ValueError, TypeError, OverflowError, AttributeError, KeyError, OSError) as error:
            skipped.append(f"event {number}: {error}")
    return build(CalendarKind.API, text.line(name, 100), events, now=now, skipped=skipped)


def _shape(data: Any) -> tuple[Read, list[dict[str, Any]], Any] | None:
    if isinstance(data, list):
        items = _objects(data)
        if items and all("time" in item and "name" in item for item in items):
            return _meetup_rest, items, _of(items[0], "group").get("name")
        return None
    if not isinstance(data, dict):
        return None
    if "entries" in data and "has_more" in data:
        items = _objects(data["entries"])
        return _luma, items, next((n for item in items if (n := _of(item, "calendar").get("name"))), None)
    items = _objects(data.get("events"))
    if "pagination" in data or (items and all(_of(item, "start").get("utc") for item in items)):
        return _eventbrite, items, None
    group = _of(data, "data").get("groupByUrlname")
    if isinstance(group, dict):
        return _meetup_graph, list(_graph_nodes(group)), group.get("name")
    return None


def _refuse_error(data: Any) -> None:
    if not isinstance(data, dict):
        return
    if "groupByUrlname" in _of(data, "data"):
        raise ErrorReported("Meetup knows no group of this name. Check the address of the group's page.")
    for key in ("error_description", "message", "error", "errors", "detail", "title"):
        value = data.get(key)
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("message") if isinstance(value, dict) else value
        if isinstance(value, str) and (words := text.line(value, 120)):
            raise ErrorReported(
                f"The site answers with an error: “{words}”. Check the address of the calendar in a browser."
            )


def _eventbrite(item: dict[str, Any], default_zone: str) -> Event:
    """https://www.eventbrite.com/platform/api#/reference/event."""
    starts, ends = item["start"], _of(item, "end")
    zone = zone_named(str(starts.get("timezone"))) or default_zone
    venue = _of(item, "venue")
    address = _of(venue, "address").get("localized_address_display")
    place = _joined(venue.get("name"), address)
    sales = _of(item, "event_sales_status").get("message_code")
    cancelled = str(item.get("status")).lower() in _CANCELLED or str(sales).lower() in _CANCELLED
    url = text.link(item.get("url"))
    return _made(
        key=event_key("eventbrite", str(item["id"])),
        title=_of(item, "name").get("text") or item.get("name"),
        starts=read_time(starts["utc"], zone),
        ends=read_time(ends["utc"], zone) if ends.get("utc") else None,
        zone=zone,
        place=place or (ONLINE if item.get("online_event") else None),
        url=url,
        host=_of(item, "organizer").get("name"),
        description=_of(item, "description").get("text") or item.get("summary"),
        cancelled=cancelled,
    )


def _luma(item: dict[str, Any], default_zone: str) -> Event:
    """As https://api.lu.ma/calendar/get-items answers."""
    event = item["event"]
    zone = zone_named(str(event.get("timezone"))) or default_zone
    starts = read_time(event["start_at"], zone)
    ends = read_time(event["end_at"], zone) if event.get("end_at") else None
    if ends is None and (duration := read_duration(event.get("duration_interval"))):
        ends = starts + duration
    where = _of(event, "geo_address_info")
    address = where.get("full_address") or where.get("address") or where.get("city_state")
    slug = event.get("url")
    hosts = _objects(item.get("hosts"))
    # The UID that Luma gives the same event in its iCalendar file.
    native = event.get("api_id")
    return _made(
        key=event_key(f"{native}@events.lu.ma") if native else event_key("luma", str(item["api_id"])),
        title=event.get("name"),
        starts=starts,
        ends=ends,
        zone=zone,
        place=text.line(address) or (ONLINE if event.get("location_type") in {"online", "zoom"} else None),
        url=text.link(slug) or (f"https://luma.com/{slug}" if isinstance(slug, str) and slug.isalnum() else None),
        host=hosts[0].get("name") if hosts else event.get("host") or _of(item, "calendar").get("name"),
        description=event.get("description_short") or event.get("description"),
        cancelled=str(event.get("status")).lower() in _CANCELLED,
    )  # fmt: skip


def _meetup_rest(item: dict[str, Any], default_zone: str) -> Event:
    """As https://api.meetup.com/<group>/events answered."""
    group = _of(item, "group")
    zone = zone_named(str(group.get("timezone"))) or default_zone
    starts = datetime.fromtimestamp(int(item["time"]) / 1000, UTC)
    lasts = timedelta(milliseconds=int(item.get("duration") or 0))
    venue = _of(item, "venue")
    place = _joined(venue.get("name"), venue.get("address_1"), venue.get("city"))
    return _made(
        key=event_key(f"event_{item['id']}@meetup.com"),
        title=item.get("name"),
        starts=starts,
        ends=starts + lasts,
        zone=zone,
        place=place or (ONLINE if item.get("is_online_event") else None),
        url=text.link(item.get("link")),
        host=group.get("name"),
        description=item.get("description"),
        cancelled=str(item.get("status")).lower() in _CANCELLED,
    )


def _meetup_graph(item: dict[str, Any], default_zone: str) -> Event:
    """https://www.meetup.com/graphql/guide."""
    zone = zone_named(str(_of(item, "group").get("timezone"))) or default_zone
    venue = next(iter(_objects(item.get("venues"))), None) or _of(item, "venue")
    online = str(item.get("eventType")).upper() == "ONLINE"
    return _made(
        key=event_key(f"event_{item['id']}@meetup.com"),
        title=item.get("title"),
        starts=read_time(item["dateTime"], zone),
        ends=read_time(item["endTime"], zone) if item.get("endTime") else None,
        zone=zone,
        place=ONLINE if online else _joined(venue.get("name"), venue.get("address"), venue.get("city")),
        url=text.link(item.get("eventUrl")),
        host=_of(item, "group").get("name"),
        description=item.get("description"),
        cancelled=str(item.get("status")).lower() in _CANCELLED,
    )


def _graph_nodes(group: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("events", "upcomingEvents", "unifiedEvents"):
        for edge in _objects(_of(group, name).get("edges")):
            if isinstance(node := edge.get("node"), dict):
                yield {"group": {"name": group.get("name"), "timezone": group.get("timezone")}, **node}


def _made(
    *,
    key: str,
    title: Any,
    starts: date,
    ends: date | None,
    zone: str,
    place: str | None,
    url: str | None,
    host: Any,
    description: Any,
    cancelled: bool,
) -> Event:
    begin, end, shown, all_day = spanned(starts, ends, zone)
    return Event(
        key=key,
        kind=EventKind.MEETUP,
        title=text.title(title),
        starts_at=begin,
        ends_at=end,
        # The API says the time in UTC and the zone beside it.
        zone=zone if shown == "UTC" else shown,
        all_day=all_day,
        place=place,
        url=url,
        host=text.line(host, 100),
        description=text.description(description),
        status=EventStatus.CANCELLED if cancelled else EventStatus.CONFIRMED,
    )


def _joined(*parts: Any) -> str | None:
    words: list[str] = []
    for part in parts:
        one = text.line(part)
        if one and not any(one.casefold() in word.casefold() for word in words):
            words.append(one)
    return text.line(", ".join(words))


def _of(item: dict[str, Any], key: str) -> dict[str, Any]:
    value = item.get(key)
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
