"""Time zones as people name them: cities, countries, old names, abbreviations, with typing errors.

The names, their countries and their order come from the tables of the IANA database in the `tzdata`
package (zone.tab, iso3166.tab, tzdata.zi), which is also what `zoneinfo` falls back on:
https://www.iana.org/time-zones. Written down here is only what IANA leaves out: large cities that have
no zone of their own, everyday names of countries, and abbreviations.
"""

import itertools
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from bot.errors import UserError

MAX_SUGGESTIONS = 25  # Discord's limit on autocomplete choices

# Shown before anything is typed, and first among equals.
POPULAR = (
    "UTC",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Toronto",
    "America/Mexico_City",
    "America/Bogota",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Istanbul",
    "Africa/Lagos",
    "Africa/Cairo",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Jakarta",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
)

_UTC_SHORT = ("utc", "gmt", "z", "zulu", "uct", "universal", "greenwich", "gmt0")
_UTC_NAMES = frozenset({*_UTC_SHORT, *(f"etc/{name}" for name in _UTC_SHORT)})
_OFFSET = re.compile(
    r"(?P<base>(?:etc/)?(?:utc|gmt)|)\s*(?P<sign>[+-])\s*(?P<h>\d{1,2})(?::?(?P<m>\d{2}))?", re.ASCII
)

# Abbreviations, and two place names that mislead. One zone: what it means. Several: the person chooses,
# because none is certainly meant. Where an abbreviation names only the standard or the summer half of a
# zone's year, the zone is meant all the same.
_ABBREVIATIONS = {
    short: tuple(names.split())
    for shorts, names in {
        "et est5edt": "America/New_York",
        "ct cst6cdt": "America/Chicago",
        "mt mst7mdt": "America/Denver",
        "pt pst8pdt": "America/Los_Angeles",
        "est edt": "America/New_York America/Toronto America/Panama",
        "cst": "America/Chicago Asia/Shanghai America/Mexico_City America/Havana",
        "cdt": "America/Chicago America/Winnipeg America/Havana",
        "mst mdt": "America/Denver America/Phoenix America/Edmonton",
        "pst": "America/Los_Angeles America/Vancouver Asia/Manila",
        "pdt": "America/Los_Angeles America/Vancouver America/Tijuana",
        "akst akdt": "America/Anchorage",
        "hst": "Pacific/Honolulu",
        "nst ndt": "America/St_Johns",
        "ast": "America/Halifax America/Puerto_Rico Asia/Riyadh",
        "adt": "America/Halifax Atlantic/Bermuda",
        "brt": "America/Sao_Paulo",
        "clt": "America/Santiago",
        "pet": "America/Lima",
        "wet west": "Europe/Lisbon Atlantic/Canary",
        "cet cest met mest": "Europe/Paris Europe/Berlin Europe/Madrid Europe/Rome Europe/Warsaw",
        "eet eest": "Europe/Athens Europe/Helsinki Europe/Bucharest Africa/Cairo",
        "bst": "Europe/London Asia/Dhaka",
        "ist": "Asia/Kolkata Europe/Dublin Asia/Jerusalem",
        "msk": "Europe/Moscow",
        "trt": "Europe/Istanbul",
        "wat": "Africa/Lagos",
        "cat": "Africa/Maputo Africa/Harare Africa/Lusaka",
        "eat": "Africa/Nairobi",
        "sast": "Africa/Johannesburg",
        "gst": "Asia/Dubai Atlantic/South_Georgia",
        "pkt": "Asia/Karachi",
        "npt": "Asia/Kathmandu",
        "ict": "Asia/Bangkok Asia/Ho_Chi_Minh",
        "wib": "Asia/Jakarta",
        "wita": "Asia/Makassar",
        "sgt": "Asia/Singapore",
        "hkt": "Asia/Hong_Kong",
        "jst": "Asia/Tokyo",
        "kst": "Asia/Seoul",
        "awst": "Australia/Perth",
        "acst acdt": "Australia/Adelaide Australia/Darwin",
        "aest aedt": "Australia/Sydney Australia/Melbourne Australia/Brisbane",
        "nzst nzdt": "Pacific/Auckland",
        "cambridge": "Europe/London America/New_York",
        "georgia": "Asia/Tbilisi America/New_York",
        "sst": "Pacific/Pago_Pago Asia/Singapore",
    }.items()
    for short in shorts.split()
}

_CITIES = {
    city.strip(): zone
    for zone, cities in {
        "America/New_York": "boston, washington, washington dc, philadelphia, atlanta, miami, pittsburgh, nyc, "
        "baltimore, charlotte, cleveland, orlando, raleigh, princeton, eastern time",
        "America/Chicago": "houston, dallas, austin, san antonio, minneapolis, st louis, saint louis, new orleans, "
        "milwaukee, nashville, kansas city, central time",
        "America/Denver": "salt lake city, albuquerque, boulder, colorado springs, mountain time",
        "America/Los_Angeles": "san francisco, seattle, san diego, san jose california, portland, las vegas, la, sf, "
        "sacramento, palo alto, stanford, berkeley, silicon valley, bay area, oakland, california, pacific time",
        "America/Detroit": "ann arbor",
        "America/Phoenix": "tucson, arizona",
        "Pacific/Honolulu": "hawaii",
        "America/Toronto": "montreal, ottawa, quebec, waterloo",
        "America/Edmonton": "calgary, banff",
        "America/Mexico_City": "guadalajara, puebla, cdmx",
        "America/Sao_Paulo": "rio de janeiro, brasilia, belo horizonte, curitiba, porto alegre, campinas",
        "America/Bogota": "medellin, cali",
        "America/Guayaquil": "quito",
        "America/Lima": "cusco",
        "Europe/London": "manchester, birmingham, edinburgh, glasgow, oxford, bristol, leeds, cardiff, "
        "liverpool",
        "Europe/Dublin": "cork, galway",
        "Europe/Paris": "lyon, marseille, toulouse, grenoble, nice, lille, bordeaux, strasbourg, nantes",
        "Europe/Berlin": "munich, munchen, hamburg, frankfurt, cologne, koln, stuttgart, dusseldorf, leipzig, "
        "tubingen, heidelberg, dresden, germany, deutschland",
        "Europe/Zurich": "geneva, lausanne, basel, bern",
        "Europe/Madrid": "barcelona, valencia, seville, sevilla, bilbao, malaga",
        "Europe/Rome": "milan, milano, turin, torino, naples, florence, venice, bologna, roma",
        "Europe/Vienna": "wien, graz, salzburg",
        "Europe/Prague": "praha, brno",
        "Europe/Warsaw": "krakow, warszawa, wroclaw, gdansk, poznan",
        "Europe/Amsterdam": "rotterdam, the hague, utrecht, eindhoven, delft, holland",
        "Europe/Brussels": "antwerp, ghent, leuven",
        "Europe/Lisbon": "porto, lisboa",
        "Europe/Stockholm": "gothenburg, malmo, uppsala",
        "Europe/Copenhagen": "aarhus",
        "Europe/Oslo": "bergen, trondheim",
        "Europe/Helsinki": "espoo, tampere",
        "Europe/Athens": "thessaloniki",
        "Europe/Bucharest": "cluj, cluj napoca",
        "Europe/Istanbul": "ankara, izmir, turkiye",
        "Europe/Kyiv": "kiev, lviv, kharkiv, odesa, odessa, ukraine",
        "Europe/Moscow": "st petersburg, saint petersburg",
        "Africa/Cairo": "alexandria",
        "Africa/Lagos": "abuja, ibadan, kano",
        "Africa/Johannesburg": "cape town, pretoria, durban",
        "Africa/Nairobi": "mombasa",
        "Africa/Casablanca": "rabat, marrakesh, marrakech",
        "Asia/Jerusalem": "tel aviv, haifa",
        "Asia/Dubai": "abu dhabi, sharjah",
        "Asia/Riyadh": "jeddah, mecca",
        "Asia/Qatar": "doha",
        "Asia/Karachi": "lahore, islamabad, rawalpindi",
        "Asia/Kolkata": "mumbai, bombay, delhi, new delhi, bangalore, bengaluru, chennai, madras, hyderabad, pune, "
        "ahmedabad, jaipur, calcutta, lucknow, kanpur, kochi",
        "Asia/Dhaka": "chittagong, chattogram",
        "Asia/Ho_Chi_Minh": "hanoi, saigon, da nang",
        "Asia/Yangon": "rangoon",
        "Asia/Jakarta": "bandung, surabaya, yogyakarta",
        "Asia/Makassar": "bali, denpasar",
        "Asia/Kuala_Lumpur": "penang, kl, malaysia",
        "Asia/Manila": "quezon city, cebu",
        "Asia/Shanghai": "beijing, peking, shenzhen, guangzhou, hangzhou, chengdu, wuhan, nanjing, tianjin, xi an, "
        "xian, suzhou, hefei, china",
        "Asia/Tokyo": "osaka, kyoto, yokohama, nagoya, sapporo, fukuoka",
        "Asia/Seoul": "busan, daejeon, incheon",
        "Asia/Almaty": "astana, nur sultan",
        "Asia/Tashkent": "uzbekistan",
        "Australia/Sydney": "canberra, newcastle australia",
        "Australia/Brisbane": "gold coast, queensland",
        "Pacific/Auckland": "wellington, christchurch",
        "America/Argentina/Buenos_Aires": "argentina, rosario",
    }.items()
    for city in cities.split(",")
}

_COUNTRY_NICKNAMES = {
    "us": "US",
    "usa": "US",
    "america": "US",
    "united states of america": "US",
    "uk": "GB",
    "britain": "GB",
    "great britain": "GB",
    "united kingdom": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "uae": "AE",
    "emirates": "AE",
    "czechia": "CZ",
    "korea": "KR",
    "republic of korea": "KR",
    "burma": "MM",
    "myanmar": "MM",
    "eswatini": "SZ",
    "swaziland": "SZ",
    "samoa": "WS",
    "ivory coast": "CI",
    "drc": "CD",
    "brasil": "BR",
    "espana": "ES",
    "italia": "IT",
    "suisse": "CH",
    "schweiz": "CH",
}


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """A zone to offer: its IANA name, and that name with its offset and time of day."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class _Tables:
    names: tuple[str, ...]  # every zone to offer, the likelier ones first
    exact: dict[str, str]  # folded full name or city -> zone
    countries: dict[str, tuple[str, ...]]  # folded name -> zones
    renamed: dict[str, str]  # folded former name -> zone
    keys: tuple[tuple[str, tuple[str, ...]], ...]  # everything to search: folded text -> zones


def parse_zone(text: str) -> str:
    """Return the IANA name that `text` means: an IANA name in any spelling, a city, a country with one zone.

    Raises UserError, with names to choose from, for what is unknown, ambiguous or a bare offset.
    """
    plain = _plain(text)
    if not plain:
        raise UserError("Name a time zone, such as Europe/Paris, or the nearest large city.")
    if plain in _UTC_NAMES:
        return "UTC"
    if offset := _OFFSET.fullmatch(plain):
        return _refuse_offset(text, offset)
    key, tables = _fold(plain), _tables()
    if zones := _ABBREVIATIONS.get(key) or tables.countries.get(key):
        # An IANA name of old, such as Portugal, still decides for a country of several zones.
        return _only(text, zones if key in _ABBREVIATIONS else _settled(key, zones))
    zone = tables.exact.get(key) or _CITIES.get(key) or tables.renamed.get(key)
    if zone is None:
        near = _rank(key, cutoff=75)[:3]
        guess = (
            f"Did you mean {_or(near)}?"
            if near
            else "Try the nearest large city, or a name such as Europe/Paris."
        )
        raise UserError(f"I do not know the time zone “{_short(text)}”. {guess}")
    return zone


def search_zones(text: str, now: datetime, limit: int = MAX_SUGGESTIONS) -> list[ZoneChoice]:
    """Return zones to offer for what has been typed so far, the likeliest first, with their time at `now`."""
    if now.tzinfo is None:
        raise ValueError("an aware datetime is needed: a naive one would be read in the machine's zone")
    plain = _plain(text)
    offset = _OFFSET.fullmatch(plain)
    if not plain:
        found = list(POPULAR)
    elif plain in _UTC_NAMES:
        found = ["UTC", *(zone for zone in _rank(_fold(plain)) if zone != "UTC")]
    elif offset and not offset["base"].startswith("etc"):
        found = _at_offset(_offset_of(offset), now)
    else:
        found = _rank(_fold(plain))
    return [ZoneChoice(zone, _label(zone, now)) for zone in found[:limit]]


def _settled(key: str, zones: tuple[str, ...]) -> tuple[str, ...]:
    if len(zones) == 1:
        return zones
    tables = _tables()
    zone = tables.exact.get(key) or _CITIES.get(key) or tables.renamed.get(key)
    return (zone,) if zone else zones


def _only(text: str, zones: tuple[str, ...]) -> str:
    if len(zones) == 1:
        return zones[0]
    raise UserError(f"“{_short(text)}” can mean several time zones. Choose a city, such as {_or(zones[:5])}.")


def _refuse_offset(text: str, offset: re.Match[str]) -> str:
    if not _offset_of(offset):
        return "UTC"
    raise UserError(
        f"“{_short(text)}” does not say when the clocks change. Choose a city instead, such as Europe/Paris, "
        "and the time stays right in summer and winter."
    )


def _offset_of(offset: re.Match[str]) -> timedelta:
    size = timedelta(hours=int(offset["h"]), minutes=int(offset["m"] or 0))
    return -size if offset["sign"] == "-" else size


def _at_offset(offset: timedelta, now: datetime) -> list[str]:
    return [zone for zone in _tables().names if now.astimezone(ZoneInfo(zone)).utcoffset() == offset]


def _label(zone: str, now: datetime) -> str:
    local = now.astimezone(ZoneInfo(zone))
    offset = local.isoformat(timespec="minutes")[-6:]  # strftime's %:z needs Python 3.12
    return f"{zone} (UTC{offset}, now {local:%H:%M})"


# --- Search -----------------------------------------------------------------------------------------

# A whole key, its beginning, the beginning of a word in it, and below that what looks like it.
_EXACT, _BEGINS, _WORD_BEGINS, _LIKE = 400.0, 300.0, 200.0, 100.0
_MIN_FUZZY = 4  # shorter texts resemble everything


def _rank(key: str, cutoff: float = 70) -> list[str]:
    tables = _tables()
    key = key[:60]
    scores: dict[str, float] = defaultdict(float)
    for candidate, zones in tables.keys:
        score = _score(key, candidate, cutoff)
        for zone in zones:
            scores[zone] = max(scores[zone], score)
    # Where something begins with what was typed, what only looks like it is noise.
    least = _WORD_BEGINS if max(scores.values()) >= _WORD_BEGINS else 1
    found = [zone for zone in tables.names if scores[zone] >= least]  # sorting keeps this order among equals
    return sorted(found, key=lambda zone: -scores[zone])


def _score(key: str, candidate: str, cutoff: float) -> float:
    if candidate == key:
        return _EXACT
    if candidate.startswith(key):
        return _BEGINS
    if f" {key}" in candidate:
        return _WORD_BEGINS
    if len(key) < _MIN_FUZZY:
        return 0
    from rapidfuzz import fuzz

    # Against the beginning as well: what is being typed is not finished.
    likeness = max(
        fuzz.ratio(key, candidate, score_cutoff=cutoff),
        fuzz.ratio(key, candidate[: len(key)], score_cutoff=cutoff),
    )
    return likeness * _LIKE / 100


# --- Tables -----------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    available = available_timezones()
    rows = [line.split("\t") for line in _lines("zone.tab")]
    codes = {row[2]: row[0] for row in rows if row[2] in available}
    # Zones written down here are those of many people; within a country zone.tab begins with the largest.
    likely = (*POPULAR, *_CITIES.values(), *itertools.chain(*_ABBREVIATIONS.values()))
    names = tuple(dict.fromkeys((*(name for name in likely if name in codes or name == "UTC"), *codes)))
    by_code: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_code[codes.get(name, "")].append(name)
    exact = {_fold(name): name for name in names} | {_fold(name.rpartition("/")[2]): name for name in names}
    countries = _countries(by_code)
    several = {**countries, **_ABBREVIATIONS}
    singles = {**exact, **_CITIES}
    keys = (*((key, (zone,)) for key, zone in singles.items()), *several.items())
    return _Tables(names, exact, countries, _renamed(set(names)), keys)


def _lines(table: str) -> list[str]:
    text = files("tzdata").joinpath("zoneinfo", table).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _countries(by_code: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    countries: dict[str, tuple[str, ...]] = {}
    for code, name in (line.split("\t") for line in _lines("iso3166.tab")):
        # "Korea (South)", "Samoa (American)", "Virgin Islands (US)": said in either order, but no part of
        # it alone; those that can be (Britain, UK, Burma) are in the nicknames.
        plain, _, bracket = (_fold(part) for part in name.partition("("))
        if by_code[code]:
            countries |= dict.fromkeys(
                (f"{plain} {bracket}".strip(), f"{bracket} {plain}".strip()), tuple(by_code[code])
            )
    return countries | {
        name: tuple(by_code[code]) for name, code in _COUNTRY_NICKNAMES.items() if by_code[code]
    }


def _renamed(names: set[str]) -> dict[str, str]:
    """Return the former names in tzdata.zi ("L Asia/Kolkata Asia/Calcutta") whose present name is offered."""
    links = [line.split() for line in _lines("tzdata.zi") if line.startswith("L ")]
    return {_fold(former): name for _, name, former in links if name in names and former not in names}


# --- Text -------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:200]).casefold()
    return " ".join(re.sub(r"[‐‑‒–—−]", "-", text).split())


def _fold(text: str) -> str:
    """Reduce a name to lower-case words without accents: "America/Port-au-Prince" to "america port au prince"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", re.sub(r"[\u0300-\u036f'’.]|_", _blank, decomposed)))


def _blank(match: re.Match[str]) -> str:
    return " " if match[0] == "_" else ""


def _or(names: tuple[str, ...] | list[str]) -> str:
    *head, last = names
    return f"{', '.join(head)} or {last}" if head else last


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
