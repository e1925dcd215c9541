"""From the address that a moderator copied to the address of the calendar behind it.

Only rewriting: what can be told from the address alone. The addresses are those that the sites show for
their calendars: https://support.google.com/calendar/answer/37083, https://support.microsoft.com (publishing a calendar).
"""

import binascii
import re
from base64 import urlsafe_b64decode
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlsplit, urlunsplit

from bot.domain.events import web_link
from bot.sources.calendars.calendar import NotCalendar
from bot.sources.calendars.pages import luma_ics

_MEETUP_OWN: Final = frozenset(
    {
        "about", "api", "apps", "blog", "cities", "find", "help", "home", "login", "lp", "media", "messages",
        "notifications", "privacy", "pro", "register", "saved-events", "schedule", "start", "terms", "topics",
        "your-events",
    }
)  # fmt: skip
_LOCALE = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")
_CALENDAR_ID = re.compile(r"cal-[A-Za-z0-9]{6,40}")


def calendar_address(address: str) -> str:
    """Return the address to fetch; a page that has to be looked into first comes back as it is.

    Raises NotCalendar, in words for a moderator, for what is no address or cannot be read by anyone.
    """
    address = address.strip().strip("<>").strip()
    address = re.sub(r"\A(?:webcals?|feed)://", "https://", address, flags=re.IGNORECASE)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address):
        address = f"https://{address}"
    if web_link(address) is None:
        raise NotCalendar("Paste the calendar's whole address, which begins with https://.")
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    for rewrite in (_meetup, _luma, _google, _outlook, _facebook):
        if (found := rewrite(host, parts)) is not None:
            return found
    return address


def _meetup(host: str, parts: SplitResult) -> str | None:
    if host != "meetup.com":
        return None
    steps = [step for step in parts.path.split("/") if step]
    if len(steps) > 1 and _LOCALE.fullmatch(steps[0]):
        steps = steps[1:]
    if not steps or steps[0] in _MEETUP_OWN:
        raise NotCalendar("Paste the address of a group's page: https://www.meetup.com/your-group/.")
    return f"https://www.meetup.com/{steps[0]}/events/ical/"


def _luma(host: str, parts: SplitResult) -> str | None:
    if host not in {"lu.ma", "luma.com"}:
        return None
    found = _CALENDAR_ID.search(parts.path)
    return luma_ics(found[0]) if found else None


def _google(host: str, parts: SplitResult) -> str | None:
    if host != "calendar.google.com" and not (host == "google.com" and parts.path.startswith("/calendar")):
        return None
    query = parse_qs(parts.query)
    for name in ("src", "cid"):
        if name in query and (calendar := _google_id(query[name][0])):
            return f"https://calendar.google.com/calendar/ical/{quote(calendar, safe='')}/public/basic.ics"
    if parts.path.endswith(".ics"):
        return None
    raise NotCalendar(
        "This page of Google Calendar is only yours. Open the calendar's Settings → Integrate calendar and copy "
        "the public address in iCal format."
    )


def _google_id(value: str) -> str | None:
    """Return a calendar's id; links to share it hold it in base64."""
    if "@" in value:
        return value.removeprefix("https://calendar.google.com/calendar/ical/").split("/")[0]
    try:
        decoded = urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return decoded if "@" in decoded and decoded.isprintable() and " " not in decoded else None


def _outlook(host: str, parts: SplitResult) -> str | None:
    """A published calendar stands at `…/calendar.html` to be seen and at `…/calendar.ics` to be read."""
    known = host in {"outlook.live.com", "outlook.office365.com", "outlook.office.com"}
    if not known or not re.search(r"/(?:reach)?calendar\.html$", parts.path):
        return None
    return urlunsplit((parts.scheme, parts.netloc, parts.path.removesuffix("html") + "ics", "", ""))


def _facebook(host: str, _parts: SplitResult) -> str | None:
    if host in {"facebook.com", "m.facebook.com", "fb.me"}:
        raise NotCalendar(
            "Facebook lets nobody read its events. Use the calendar of the group's own site, or of Meetup, Luma, "
            "Google Calendar or Eventbrite."
        )
    return None
