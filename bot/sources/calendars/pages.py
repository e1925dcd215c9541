"""Web pages, looked at for three things: JSON-LD, a link to a calendar, and whether they ask to sign in."""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from bot.sources.calendars import text
from bot.sources.calendars.calendar import Private

_MAX_SCRIPTS: Final = 100
_MAX_TAG: Final = 4000
_TAG = re.compile(r"<(script|link|title)(?=[\s>/])", re.IGNORECASE)
_END: Final = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "title")}
_LUMA_CALENDAR = re.compile(r'"calendar":\{[^{}]{0,400}?"api_id":"(cal-[A-Za-z0-9]+)"')
_LUMA_ID = re.compile(r"\bcal-[A-Za-z0-9]{10,40}\b")


@dataclass(slots=True)
class Page:
    """What matters of a page."""

    title: str | None = None
    scripts: list[str] = field(default_factory=list)  # JSON-LD, as written
    calendars: list[str] = field(default_factory=list)  # <link rel="alternate" type="text/calendar">


def scan_page(body: bytes) -> Page:
    """Scan a page without ever running or rendering anything.

    Only the tags of interest are given to the parser, one by one: fed with a whole page, it takes hours for a
    few megabytes of tags that never end.
    """
    html, page = body.decode("utf-8", "replace"), Page()
    position = 0
    while match := _TAG.search(html, position):
        end = html.find(">", match.end(), match.end() + _MAX_TAG)
        position = match.end() if end < 0 else end + 1
        if end < 0:
            continue
        name, values = match[1].lower(), _attributes(html[match.start() : position])
        kind = values.get("type", "").split(";")[0].strip().lower()
        if name == "link":
            if kind == "text/calendar" and values.get("href") and len(page.calendars) < _MAX_SCRIPTS:
                page.calendars.append(values["href"])
            continue
        closing = _END[name].search(html, position)
        if closing is None:
            break
        content, position = html[position : closing.start()], closing.end()
        if name == "title":
            page.title = page.title or text.line(content, 100)
        elif kind == "application/ld+json" and len(page.scripts) < _MAX_SCRIPTS:
            page.scripts.append(content)
    return page


def refuse_login(body: bytes, url: str) -> None:
    """Raise Private for a sign-in page, which sites send instead of a calendar that is not public."""
    head = body[:4096].decode("utf-8", "replace")
    if text.host_is(url, "accounts.google.com") or re.search(
        r"accounts\.google\.com/(?:v3/signin|ServiceLogin|InteractiveLogin|AccountChooser)", head
    ):
        raise Private(
            "This calendar is private. In Google Calendar, open Settings → Access permissions → "
            "“Make available to public”, then copy the public address in iCal format."
        )
    if text.host_is(url, "login.microsoftonline.com", "login.live.com"):
        raise Private(
            "This calendar is private. In Outlook, open Settings → Calendar → Shared calendars → "
            "Publish a calendar, then copy the ICS link."
        )


def calendar_link(body: bytes, url: str) -> str | None:
    """Return the calendar that a page points at: a `text/calendar` link, or Luma's for its calendar."""
    if text.host_is(url, "lu.ma", "luma.com"):
        return _luma_link(body.decode("utf-8", "replace"))
    for address in scan_page(body).calendars:
        plain = re.sub(r"\A(?:webcals?|feed)://", "https://", address.strip(), flags=re.IGNORECASE)
        with suppress(ValueError):
            if joined := text.link(urljoin(url, plain)):
                return joined
    return None


def luma_ics(calendar_id: str) -> str:
    """Return the iCalendar address of a Luma calendar."""
    return f"https://api.lu.ma/ics/get?entity=calendar&id={calendar_id}"


def _luma_link(page: str) -> str | None:
    if match := _LUMA_CALENDAR.search(page):
        return luma_ics(match[1])
    # The page's own calendar is mentioned most.
    mentioned = Counter(_LUMA_ID.findall(page)).most_common(1)
    return luma_ics(mentioned[0][0]) if mentioned else None


def _attributes(tag: str) -> dict[str, str]:
    reader = _TagReader()
    reader.feed(tag)
    return reader.values


class _TagReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.values = {name: value or "" for name, value in attrs}

    handle_startendtag = handle_starttag
