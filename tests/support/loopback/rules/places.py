"""Threads, forum posts and scheduled events."""

from datetime import UTC, datetime
from typing import Any

from tests.support.loopback.rules.form import FormErrors

ARCHIVE_MINUTES = frozenset({60, 1440, 4320, 10080})
EXTERNAL = 3


def check_thread(body: dict[str, Any], *, new: bool) -> None:
    """Check a thread's name and the time after which it is archived."""
    form = FormErrors()
    form.length(("name",), body.get("name"), 100, 1, required=new)
    minutes = body.get("auto_archive_duration")
    if minutes is not None and minutes not in ARCHIVE_MINUTES:
        message = f"Value must be one of {sorted(ARCHIVE_MINUTES)}."
        form.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", message)
    form.count(("applied_tags",), body.get("applied_tags"), 5)
    form.raise_if_any()


def check_scheduled_event(body: dict[str, Any], *, now: float, new: bool) -> None:
    """Check a scheduled event: the whole of it, after an edit has been merged in."""
    form = FormErrors()
    form.length(("name",), body.get("name"), 100, 1, required=True)
    form.length(("description",), body.get("description"), 1000)
    if body.get("privacy_level") != 2:
        form.add(("privacy_level",), "BASE_TYPE_CHOICES", "Value must be one of (2,).")
    kind = body.get("entity_type")
    if kind not in {1, 2, EXTERNAL}:
        form.add(("entity_type",), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3).")
    start = _moment(body, "scheduled_start_time", form, required=True)
    end = _moment(body, "scheduled_end_time", form, required=kind == EXTERNAL)
    if kind == EXTERNAL:
        location = (body.get("entity_metadata") or {}).get("location")
        form.length(("entity_metadata", "location"), location, 100, 1, required=True)
    elif body.get("channel_id") is None:
        form.add(("channel_id",), "BASE_TYPE_REQUIRED", "This field is required")
    if new and start is not None and start <= now:
        message = "Cannot schedule event in the past."
        form.add(("scheduled_start_time",), "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", message)
    if start is not None and end is not None and end <= start:
        message = "Cannot schedule event end time before start time."
        form.add(("scheduled_end_time",), "GUILD_SCHEDULED_EVENT_END_BEFORE_START", message)
    form.raise_if_any()


def _moment(body: dict[str, Any], key: str, form: FormErrors, *, required: bool) -> float | None:
    value = body.get(key)
    if value is None:
        if required:
            form.add((key,), "BASE_TYPE_REQUIRED", "This field is required")
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        form.add((key,), "DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
