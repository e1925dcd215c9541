"""iCalendar text as it is found, put in order before a parser sees it (RFC 5545, 3.1 and 3.3).

What is mended here: byte order marks, folds with blank lines or no indent, dates with dashes, stray
semicolons, zones under other names than IANA's, times without a zone. What remains is a list of events whose
properties can be given to a strict parser.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.sources.calendars.calendar import Broken
from bot.sources.calendars.zones import zone_named, zone_offset_named

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9-]+)(?P<params>(?:;(?:[^\";:]|\"[^\"]*\")*)*):(?P<value>.*)", re.DOTALL
)
_PARAM = re.compile(r";\s*(?P<name>[A-Za-z0-9-]+)=(?P<value>\"[^\"]*\"|[^;:\"]*)")
_YEARLY = re.compile(r"RRULE:(?:(?:FREQ=YEARLY|(?:BYDAY|BYMONTH|BYMONTHDAY|WKST|INTERVAL|UNTIL)=[^;]*);?)*")
_STARTS_LINE = re.compile(rb"[A-Za-z0-9-]+[;:]")

_KEPT: Final = frozenset(
    [
        "UID",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "URL",
        "STATUS",
        "CLASS",
        "CATEGORIES",
        "ORGANIZER",
        "SEQUENCE",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "CONFERENCE",
        "X-GOOGLE-CONFERENCE",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    ]
)

_MAX_ZONES: Final = 50
_MAX_DEPTH: Final = 20  # an alarm in an event in a calendar is three
_MAX_LINE: Final = 100_000  # characters, unfolded; pictures that are attached within are longer


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: its name in capitals, its parameters, its value as written."""

    name: str
    params: dict[str, str]
    value: str


@dataclass(slots=True)
class Block:
    """One VEVENT: the properties that matter, in order."""

    properties: list[Property] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        """Return the first property of that name."""
        return next((found for found in self.properties if found.name == name), None)

    def all(self, name: str) -> list[Property]:
        """Return every property of that name."""
        return [found for found in self.properties if found.name == name]

    def value(self, name: str) -> str:
        """Return the value of the first property of that name, or nothing."""
        found = self.first(name)
        return found.value.strip() if found else ""


@dataclass(slots=True)
class Document:
    """All VCALENDARs of a file together."""

    name: str | None = None
    zone: str | None = None  # X-WR-TIMEZONE, as an IANA name
    cancels: bool = False  # METHOD:CANCEL: every event in it is called off
    events: list[Block] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)  # TZID to IANA name, where a VTIMEZONE settles it
    definitions: dict[str, list[str]] = field(default_factory=dict)  # TZID to the lines of its VTIMEZONE

    @property
    def only_zone(self) -> str | None:
        """The zone of a file that defines a single one."""
        return self.zone_for(next(iter(self.definitions))) if len(self.definitions) == 1 else None

    def zone_for(self, tzid: str) -> str | None:
        """Return the IANA name for a TZID, or None when nothing or only its VTIMEZONE tells.

        A definition goes before an offset in the name: whether `UTC+11` lies east or west of UTC is for the
        file to say.
        """
        return zone_named(tzid) or self.zones.get(tzid) or zone_offset_named(tzid)


def read_document(body: bytes) -> Document:
    """Read a file into blocks; raises Broken when it is no calendar or breaks off in the middle."""
    reader = _Reader()
    for line in _unfolded(body):
        if found := _property(line):
            reader.take(found, line)
    if not reader.calendars:
        raise Broken("This is not a calendar in the iCalendar format.")
    if reader.stack:
        raise Broken("The calendar breaks off in the middle. If this goes on, ask whoever publishes it.")
    return reader.document


class _Reader:
    """Follows BEGIN and END, and keeps what belongs to events, zones and the calendar itself."""

    def __init__(self) -> None:
        self.document = Document()
        self.stack: list[str] = []
        self.calendars = 0
        self._block = Block()
        self._zone: list[str] = []

    def take(self, found: Property, line: str) -> None:
        if found.name == "BEGIN":
            self._begin(found.value.strip().upper())
        within = self.stack[-1] if self.stack else None
        if "VTIMEZONE" in self.stack:
            self._zone.append(line)
        elif within == "VEVENT" and found.name in _KEPT and found.value.strip():
            self._block.properties.append(found)
        elif within == "VCALENDAR":
            _calendar_property(self.document, found)
        if found.name == "END" and (name := found.value.strip().upper()) in self.stack:
            self._end(name)

    def _begin(self, name: str) -> None:
        self.stack.append(name)
        if len(self.stack) > _MAX_DEPTH:
            raise Broken("The calendar is garbled: it begins more parts than it ends.")
        if name == "VCALENDAR":
            self.calendars += 1
        elif name == "VEVENT":
            self._block = Block()
        elif name == "VTIMEZONE":
            self._zone = []

    def _end(self, name: str) -> None:
        # An END that was forgotten is closed by that of its parent.
        while self.stack.pop() != name:
            pass
        if name == "VEVENT":
            self.document.events.append(self._block)
        elif name == "VTIMEZONE":
            _define_zone(self.document, self._zone)


def unescape(value: str) -> str:
    r"""Return a TEXT value as it was meant: `\,` is a comma and `\n` a new line (RFC 5545, 3.3.11)."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value, flags=re.DOTALL)


def _unfolded(body: bytes) -> Iterator[str]:
    """Yield content lines; folds are undone in bytes, since a fold may cut a character in two."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        body = body.decode("utf-16", "replace").encode()
    lines: list[bytearray] = []
    for raw in re.split(rb"[\r\n]+", body.removeprefix(codecs.BOM_UTF8).strip()):
        if lines and raw[:1] in {b" ", b"\t"}:
            lines[-1] += raw[1:]
        elif raw:
            lines.append(bytearray(raw))
    whole: list[bytearray] = []
    for line in lines:
        # A fold that lost its indent, or a new line that nobody escaped.
        if whole and not _STARTS_LINE.match(line):
            whole[-1] += b" " + line
        else:
            whole.append(line)
    try:
        yield from [line.decode() for line in whole]
    except UnicodeDecodeError:
        yield from [line.decode("cp1252", "replace") for line in whole]


def _property(line: str) -> Property | None:
    match = _LINE.fullmatch(line.strip("\x00")) if len(line) <= _MAX_LINE else None
    if match is None:
        return None
    params = {
        param["name"].upper(): param["value"].strip('"').strip() for param in _PARAM.finditer(match["params"])
    }
    return Property(match["name"].upper(), params, match["value"])


def _calendar_property(document: Document, found: Property) -> None:
    match found.name:
        case "X-WR-CALNAME":
            document.name = document.name or " ".join(unescape(found.value).split()) or None
        case "NAME" if document.name is None:
            # Meetup leaves its commas unescaped here; nobody means a list by a name.
            document.name = " ".join(unescape(found.value).split()) or None
        case "X-WR-TIMEZONE":
            document.zone = document.zone or zone_named(found.value)
        case "METHOD":
            document.cancels = document.cancels or found.value.strip().upper() == "CANCEL"


def _define_zone(document: Document, lines: list[str]) -> None:
    """Remember what a VTIMEZONE says of its TZID."""
    properties = [found for line in lines if (found := _property(line))]
    tzid = next((found.value.strip() for found in properties if found.name == "TZID"), "")
    if not tzid or len(document.definitions) >= _MAX_ZONES:
        return
    offsets = {found.value.strip() for found in properties if found.name == "TZOFFSETTO"}
    location = next((found.value for found in properties if found.name == "X-LIC-LOCATION"), "")
    zone = zone_named(location) or (zone_offset_named(offsets.pop()) if len(offsets) == 1 else None)
    if zone is not None:
        document.zones[tzid] = zone
    # Clocks change by the month and the day; any other rule might be expanded to no end.
    document.definitions[tzid] = [
        line for line in lines if not line.upper().startswith("RRULE") or _YEARLY.fullmatch(line.upper())
    ]
