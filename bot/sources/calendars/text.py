"""Readable text and links out of what calendars and pages hold: HTML, entities, links among words."""

import html
import re
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from bot.domain.events import MAX_TITLE, one_line, shortened, web_link

_TAG = re.compile(
    r"</?(?:p|br|div|a|b|i|u|ul|ol|li|span|strong|em|h[1-6]|table|tr|td|html|body)\b", re.IGNORECASE
)
_BREAKS: Final = frozenset({"p", "br", "div", "li", "tr", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
_LINK = re.compile(r"https?://[^\s<>\"'\\\]]+", re.IGNORECASE)

# Where people meet online. A link to anything else in a description is something to read.
_MEETING_HOSTS: Final = (
    "zoom.us", "zoom.com", "meet.google.com", "teams.microsoft.com", "teams.live.com", "webex.com",
    "whereby.com", "meet.jit.si", "gotomeeting.com", "gotomeet.me", "bluejeans.com", "hopin.com",
    "streamyard.com", "gather.town", "bigbluebutton.org", "discord.gg", "twitch.tv",
)  # fmt: skip

MAX_TEXT: Final = 20_000
"""Characters of a description that are looked at at all."""


def title(text: object) -> str:
    """Return a title in one line; a placeholder where there is none."""
    return one_line(unescaped(_words(text)), MAX_TITLE) or "Untitled event"


def line(text: object, limit: int = MAX_TITLE) -> str | None:
    """Return a text in one line, or None when nothing is left."""
    return one_line(unescaped(_words(text)), limit) or None


def description(text: object) -> str:
    """Return readable paragraphs of plain text, shortened."""
    return shortened(plain(_words(text)))


def plain(text: str) -> str:
    """Return text without markup, its paragraphs kept."""
    text = text[:MAX_TEXT]
    if _TAG.search(text):
        stripper = _Stripper()
        stripper.feed(text)
        stripper.close()
        text = "".join(stripper.parts)
    text = unescaped(text).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def unescaped(text: str) -> str:
    """Undo HTML's entities, twice where a site escaped what was escaped: `&amp;amp;` is an ampersand."""
    return html.unescape(html.unescape(text)) if "&" in text else text


def links(text: str) -> list[str]:
    """Return the http(s) links among words, in order."""
    found = (_unwrapped(match.rstrip(".,;:!?)*_")) for match in _LINK.findall(text[:MAX_TEXT]))
    return [link for one in found if (link := web_link(one))]


def link(text: object, base: str = "") -> str | None:
    """Return a field's link: absolute, or relative to the document at `base`."""
    value = unescaped(_words(text)).strip()
    if value.startswith("/") and web_link(base):
        try:
            value = urljoin(base, value)
        except ValueError:
            return None
    return web_link(value)


def meeting_link(text: str) -> str | None:
    """Return the first link to a video meeting among words."""
    return next((link for link in links(text) if is_meeting(link)), None)


def is_meeting(link: str) -> bool:
    """Whether a link leads to a video meeting."""
    return host_is(link, *_MEETING_HOSTS)


def host_is(link: str, *hosts: str) -> bool:
    """Whether the link's host is one of `hosts` or below it."""
    try:
        host = (urlsplit(link).hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(host == known or host.endswith("." + known) for known in hosts)


def _unwrapped(link: str) -> str:
    """Return where a link of Google's leads that only counts clicks; Google Calendar wraps every one."""
    if link.startswith("https://www.google.com/url?") and (target := parse_qs(urlsplit(link).query).get("q")):
        return target[0]
    return link


def _words(text: object) -> str:
    if isinstance(text, list | tuple):
        # icalendar splits at commas that were not escaped.
        return ", ".join(_words(part) for part in text[:50])
    return "" if text is None or isinstance(text, dict) else str(text)[:MAX_TEXT]


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")
        self._silent += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.parts.append("\n")
        if tag in {"script", "style"} and self._silent:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
