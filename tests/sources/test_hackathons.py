"""The sites' lists of hackathons: bodies written here in their shapes, damaged ones, and hostile ones."""

import html
import json
import pickle
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.hackathon_copies import merge
from bot.domain.hackathons import AI_THEME, Hackathon, Prize, Source
from bot.services.events.sites import Addresses, read_site
from bot.sources.errors import BadStatus, Busy, FeedUnreadable, SourceError, Unreachable
from bot.sources.hackathons import devpost, hackclub, mlh, zindi
from bot.sources.hackathons.dates import parse_days, parse_instant
from bot.sources.hackathons.listing import Listing
from bot.sources.hackathons.prizes import parse_prize
from bot.sources.http import MAX_BYTES, Response

T = TypeVar("T")

DEVPOST_ITEM = {
    "id": 41,
    "title": "  Build & Learn: Sample\nHackathon ",
    "displayed_location": {"icon": "globe", "location": "Online"},
    "open_state": "open",
    "thumbnail_url": "//img.example.org/41.png",
    "url": "https://sample41.devpost.com/",
    "submission_period_dates": "Aug 31 - Oct 23, 2026",
    "themes": [{"id": 6, "name": "Machine Learning/AI"}, {"id": 22, "name": "Open Ended"}],
    "prize_amount": "$<span data-currency-value>138,000</span>",
    "registrations_count": 35449,
    "organization_name": "Sample Inc.",
    "invite_only": False,
}
MLH_EVENT = {
    "id": "019f-a",
    "slug": "sample-hacks",
    "name": "Sample//Hacks 2026",
    "status": "upcoming",
    "startsAt": "2026-10-02T20:30:00Z",
    "endsAt": "2026-10-04T17:00:00Z",
    "url": "/events/sample-hacks/prizes",
    "location": "Ithaca, New York",
    "formatType": "physical",
    "logoUrl": "https://img.example.org/logo.png",
    "websiteUrl": "https://hacks.example.org/",
    "venueAddress": {"city": "Ithaca", "state": "New York", "country": "US"},
}
ZINDI_ITEM = {
    "id": "sample-handwriting-challenge",
    "title": "Sample Handwriting Challenge",
    "start_time": "2026-07-03T15:00:00.000Z",
    "end_time": "2026-10-04T23:59:00.000Z",
    "image": "https://img.example.org/z.png",
    "is_access_restricted": False,
    "open": True,
    "organization": None,
    "participations_count": 2001,
    "reward": "$25 000 USD",
    "sealed": False,
    "secret_code_required": False,
}
HACK_CLUB_ITEM = {
    "id": "r5",
    "name": "Sample Teen Hacks",
    "website": "https://teen.example.org/",
    "start": "2027-01-09T08:00:00.000Z",
    "end": "2027-01-09T08:00:00.000Z",
    "city": "Sunnyvale",
    "state": "California",
    "country": "United States",
    "virtual": False,
    "hybrid": False,
}


def devpost_page(*items: Any, total: int = 1, each: int = 40) -> bytes:
    return json.dumps({"hackathons": items, "meta": {"total_count": total, "per_page": each}}).encode()


def mlh_page(*events: Any) -> bytes:
    page = json.dumps({"component": "EventsListing", "props": {"upcomingEvents": events, "pastEvents": []}})
    return (
        f'<html><body><script data-page="app" type="application/json">{page}</script></body></html>'.encode()
    )


def zindi_page(*items: Any, still_open: int = 1) -> bytes:
    return json.dumps({"data": items, "meta": {"open_count": still_open, "per_page": 20}}).encode()


def hack_club_page(*items: Any) -> bytes:
    return json.dumps(items).encode()


PARSERS: dict[str, tuple[Callable[[bytes], Listing], bytes]] = {
    "devpost": (devpost.parse, devpost_page(DEVPOST_ITEM, {**DEVPOST_ITEM, "id": 42}, total=90)),
    "mlh": (mlh.parse, mlh_page(MLH_EVENT, {**MLH_EVENT, "id": "b"})),
    "zindi": (zindi.parse, zindi_page(ZINDI_ITEM)),
    "hackclub": (hackclub.parse, hack_club_page(HACK_CLUB_ITEM, {**HACK_CLUB_ITEM, "id": "s"})),
}


# --- Values -----------------------------------------------------------------------------------------


def test_every_field_of_devpost() -> None:
    (found,) = devpost.parse(devpost_page(DEVPOST_ITEM)).hackathons
    assert found == Hackathon(
        source=Source.DEVPOST,
        id="41",
        title="Build & Learn: Sample Hackathon",
        url="https://sample41.devpost.com/",
        starts_on=date(2026, 8, 31),
        ends_on=date(2026, 10, 23),
        online=True,
        prize=Prize(Decimal(138000), "USD", "$138,000"),
        themes=(AI_THEME, "Open Ended"),
        organiser="Sample Inc.",
        thumbnail="https://img.example.org/41.png",
        registrations=35449,
    )


def test_every_field_of_mlh() -> None:
    (found,) = mlh.parse(mlh_page(MLH_EVENT)).hackathons
    assert found == Hackathon(
        source=Source.MLH,
        id="019f-a",
        title="Sample//Hacks 2026",
        url="https://hacks.example.org/",
        starts_on=date(2026, 10, 2),
        ends_on=date(2026, 10, 4),
        starts_at=datetime(2026, 10, 2, 20, 30, tzinfo=UTC),
        ends_at=datetime(2026, 10, 4, 17, tzinfo=UTC),
        place="Ithaca, New York, US",
        organiser="Major League Hacking",
        thumbnail="https://img.example.org/logo.png",
        links=("https://www.mlh.com/events/sample-hacks/prizes",),
    )


def test_every_field_of_zindi() -> None:
    (found,) = zindi.parse(zindi_page(ZINDI_ITEM)).hackathons
    assert found == Hackathon(
        source=Source.ZINDI,
        id="sample-handwriting-challenge",
        title="Sample Handwriting Challenge",
        url="https://zindi.africa/competitions/sample-handwriting-challenge",
        starts_on=date(2026, 7, 3),
        ends_on=date(2026, 10, 4),
        starts_at=datetime(2026, 7, 3, 15, tzinfo=UTC),
        ends_at=datetime(2026, 10, 4, 23, 59, tzinfo=UTC),
        online=True,
        prize=Prize(Decimal(25000), "USD", "$25 000 USD"),
        themes=(AI_THEME,),
        organiser="Zindi",
        thumbnail="https://img.example.org/z.png",
        registrations=2001,
    )


def test_every_field_of_hack_club() -> None:
    (found,) = hackclub.parse(hack_club_page(HACK_CLUB_ITEM)).hackathons
    assert found == Hackathon(
        source=Source.HACK_CLUB,
        id="r5",
        title="Sample Teen Hacks",
        url="https://teen.example.org/",
        starts_on=date(2027, 1, 9),
        ends_on=date(2027, 1, 9),
        starts_at=datetime(2027, 1, 9, 8, tzinfo=UTC),
        ends_at=None,  # it repeats the beginning
        place="Sunnyvale, California, United States",
    )


@pytest.mark.parametrize(
    ("location", "online", "place"),
    [
        ({"location": "Online"}, True, None),
        ("Online", True, None),
        ("TBD", False, None),
        (None, False, None),
        ({"location": "South San Francisco Conf Ctr + Online"}, True, "South San Francisco Conf Ctr"),
        ({"location": "Toronto"}, False, "Toronto"),
        ("Birmingham City University - Curzon ", False, "Birmingham City University - Curzon"),
        (["Online"], False, None),
    ],
)
def test_where_devpost_says_it_is(location: Any, online: bool, place: str | None) -> None:
    (found,) = devpost.parse(devpost_page({**DEVPOST_ITEM, "displayed_location": location})).hackathons
    assert (found.online, found.place) == (online, place)


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("//img.example.org/1.png", "https://img.example.org/1.png"),
        ("https://img.example.org/1.png", "https://img.example.org/1.png"),
        ("http://img.example.org/1.png", None),
        ("https://cdn.example.org/assets/defaults/thumbnail-placeholder-8c9.gif", None),
        ("javascript:alert(1)", None),
        ("https://img.example.org/\ud800.png", None),
        (17, None),
    ],
)
def test_thumbnails_are_https_and_pictures_of_something(link: Any, shown: str | None) -> None:
    (found,) = devpost.parse(devpost_page({**DEVPOST_ITEM, "thumbnail_url": link})).hackathons
    assert found.thumbnail == shown


def test_other_forms_of_mlh_and_hack_club() -> None:
    online, hybrid, off = mlh.parse(
        mlh_page(
            {**MLH_EVENT, "formatType": "digital", "websiteUrl": None},
            {**MLH_EVENT, "id": "2", "formatType": "hybrid", "venueAddress": None},
            {**MLH_EVENT, "id": "3", "status": "cancelled", "endsAt": None},
        )
    ).hackathons
    assert (online.online, online.place, online.url, online.links) == (
        True,
        None,
        "https://www.mlh.com/events/sample-hacks/prizes",
        (),
    )
    assert (hybrid.online, hybrid.place) == (True, "Ithaca, New York")
    assert (off.cancelled, off.ends_at, off.ends_on) == (True, None, date(2026, 10, 2))
    virtual = {**HACK_CLUB_ITEM, "virtual": True, "city": None, "end": "2027-01-12T08:00:00.000Z"}
    (found,) = hackclub.parse(hack_club_page(virtual)).hackathons
    assert (found.online, found.place, found.ends_on) == (True, None, date(2027, 1, 12))


def test_mlh_in_an_attribute_is_read_as_well() -> None:
    page = html.escape(json.dumps({"props": {"upcomingEvents": [MLH_EVENT]}}))
    body = f'<html><i data-page="x"></i><div id="app" data-page="{page}"></div></html>'.encode()
    assert [each.id for each in mlh.parse(body).hackathons] == ["019f-a"]


def test_a_title_that_says_so_is_about_machine_learning() -> None:
    def themes(title: str) -> tuple[str, ...]:
        return mlh.parse(mlh_page({**MLH_EVENT, "name": title})).hackathons[0].themes

    assert (
        themes("AI for Bees")
        == themes("Deep-Learning Days")
        == themes("Sample Machine Learning Jam")
        == (AI_THEME,)
    )
    assert themes("Main Street Hacks") == themes("Fair Play") == ()


def test_devpost_knows_its_theme_by_number() -> None:
    item = {
        **DEVPOST_ITEM,
        "themes": [{"id": 6, "name": "Apprentissage automatique"}, {"id": 7}, "IoT", None],
    }
    (found,) = devpost.parse(devpost_page(item)).hackathons
    assert found.themes == (AI_THEME,)


# --- Days and money ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("Aug 31 - Oct 23, 2026", (2026, 8, 31), (2026, 10, 23)),
        ("May 15 - 21, 2026", (2026, 5, 15), (2026, 5, 21)),
        ("Sep 12, 2026", (2026, 9, 12), (2026, 9, 12)),
        ("Dec 28, 2026 - Jan 04, 2027", (2026, 12, 28), (2027, 1, 4)),
        ("Dec 28 - Jan 04, 2027", (2026, 12, 28), (2027, 1, 4)),
        ("Mar 24, 2026 - Mar 24, 2030", (2026, 3, 24), (2030, 3, 24)),
        ("November 28-December 9, 2022", (2022, 11, 28), (2022, 12, 9)),
        ("December 9-December 15, 2024", (2024, 12, 9), (2024, 12, 15)),
        ("August 24–26, 2026", (2026, 8, 24), (2026, 8, 26)),
        ("September, 9-12, 2025", (2025, 9, 9), (2025, 9, 12)),
        ("September 29 to October 2, 2026", (2026, 9, 29), (2026, 10, 2)),
        ("March, 30 - April 3, 2026", (2026, 3, 30), (2026, 4, 3)),
        ("Sept. 1st - 2nd, 2026", (2026, 9, 1), (2026, 9, 2)),
        ("May 01-05, 2023", (2023, 5, 1), (2023, 5, 5)),
    ],
)
def test_days_as_sites_write_them(
    written: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert parse_days(written) == (date(*first), date(*last))


@pytest.mark.parametrize(
    "written",
    [
        "",
        "TBD",
        "Aug 31 - Oct 23",
        "Feb 30, 2026",
        "Foo 1, 2026",
        "Mayo 1, 2026",
        "May 9 - 3, 2026",
        "May 1, 9999",
        "2026-05-01",
        "May 1, 2026 - May 1, 1026",
        "Ma 1, 2026",
        "x" * 10_000,
        "May " * 50,
        "May ١, 2026",
    ],
)
def test_what_are_no_days(written: str) -> None:
    assert parse_days(written) is None


DAYS = st.dates(date(1990, 1, 1), date(2200, 12, 31))


@given(DAYS, DAYS)
def test_days_are_read_back_in_every_way_of_writing(one: date, two: date) -> None:
    first, last = sorted((one, two))
    assert parse_days(f"{first:%b %d, %Y} - {last:%b %d, %Y}") == (first, last)
    assert parse_days(f"{first:%B} {first.day}, {first.year} – {last:%B} {last.day}, {last.year}") == (
        first,
        last,
    )
    if first.year == last.year:
        assert parse_days(f"{first:%b %d} - {last:%b %d, %Y}") == (first, last)
        if first.month == last.month and first != last:
            assert parse_days(f"{first:%b %d} - {last.day}, {last.year}") == (first, last)


@given(st.text(max_size=80))
def test_any_text_is_days_or_not(text: str) -> None:
    found = parse_days(text)
    assert found is None or found[0] <= found[1]


@pytest.mark.parametrize(
    ("written", "amount", "currency", "words"),
    [
        ("$<span data-currency-value>138,000</span>", "138000", "USD", "$138,000"),
        ("₹ <span data-currency-value>5,498</span>", "5498", "INR", "₹ 5,498"),
        ("€<span data-currency-value>50</span>", "50", "EUR", "€50"),
        ("£<span data-currency-value>1,200.50</span>", "1200.50", "GBP", "£1,200.50"),
        ("$CAD <span data-currency-value>1,500</span>", "1500", "CAD", "$CAD 1,500"),
        ("CA$<span data-currency-value>1,500</span>", "1500", "CAD", "CA$1,500"),
        ("$CAD1,500", "1500", "CAD", "$CAD1,500"),
        ("&#8377;1,35,000", "135000", "INR", "₹1,35,000"),
        ("$25 000 USD", "25000", "USD", "$25 000 USD"),
        ("$25\u00a0000 USD", "25000", "USD", "$25 000 USD"),
        ("€2 000 EUR", "2000", "EUR", "€2 000 EUR"),
        ("1.250,50 €", "1250.50", "EUR", "1.250,50 €"),
        ("€1.250", "1250", "EUR", "€1.250"),
        ("$10K in prizes", "10000", "USD", "$10K in prizes"),
        ("$1.5M", "1500000", "USD", "$1.5M"),
        ("R$ 300", "300", "BRL", "R$ 300"),
        ("₦500,000", "500000", "NGN", "₦500,000"),
        ("USD 100", "100", "USD", "USD 100"),
    ],
)
def test_prizes_as_sites_write_them(written: str, amount: str, currency: str, words: str) -> None:
    assert parse_prize(written) == Prize(Decimal(amount), currency, words)


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "$0",
        "$<span data-currency-value>0</span>",
        "0.00 EUR",
        "Swag",
        "a laptop",
        "100",
        "100 points",
        "$",
        "$,.,",
        "$" + "9" * 300,
        "<" * 5000,
        "$-",
    ],
)
def test_what_is_no_prize(written: str | None) -> None:
    assert parse_prize(written) is None


@given(st.integers(1, 10**11), st.sampled_from([",", " ", "\u00a0", "", "."]))
def test_amounts_are_read_whatever_parts_the_thousands(amount: int, mark: str) -> None:
    found = parse_prize(f"$<span>{amount:,}</span>".replace(",", mark))
    assert found is not None
    assert found.amount == amount


def test_instants() -> None:
    assert parse_instant("2026-10-02T20:30:00+02:00") == datetime(2026, 10, 2, 18, 30, tzinfo=UTC)
    for bad in (
        None,
        5,
        "",
        "soon",
        "2026-10-02T20:30:00",
        "2026-13-02T20:30:00Z",
        "0001-01-01T00:00:00+14:00",
    ):
        assert parse_instant(bad) is None


# --- What goes wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": "  "}, "entry 2: no title"),
        ({"id": None}, "Bad: no id"),
        ({"submission_period_dates": "soon"}, "Bad: the dates “soon” cannot be read"),
        ({"invite_only": True}, "Bad: by invitation only"),
    ],
)
def test_a_bad_entry_is_skipped_and_said(changed: dict[str, Any], reason: str) -> None:
    listing = devpost.parse(devpost_page(DEVPOST_ITEM, {**DEVPOST_ITEM, "title": "Bad", **changed}))
    assert [each.id for each in listing.hackathons] == ["41"]
    assert listing.skipped == (reason,)


def test_bad_entries_of_the_other_sites() -> None:
    assert mlh.parse(mlh_page(MLH_EVENT, {**MLH_EVENT, "startsAt": "?"})).skipped == (
        "Sample//Hacks 2026: no time at which it begins",
    )
    assert zindi.parse(zindi_page(ZINDI_ITEM, {**ZINDI_ITEM, "end_time": None})).skipped == (
        "Sample Handwriting Challenge: no time at which it ends",
    )
    closed = zindi.parse(zindi_page({**ZINDI_ITEM, "secret_code_required": True}))
    assert (closed.hackathons, closed.skipped) == ((), ("Sample Handwriting Challenge: by invitation only",))
    assert hackclub.parse(hack_club_page(HACK_CLUB_ITEM, "x", {})).skipped == (
        "entry 2: not an entry",
        "entry 3: no name",
    )


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        b'{"error": "no"}',
        b'"hackathons"',
        b"null",
        b"17",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"hackathons": {}, "data": {}}',
        b'{"hackathons": [17], "data": ["x"]}',
        b'<script data-page="app">{"props": {"upcomingEvents": {}}}</script>',
        b'<script data-page="app">{"props": []}</script>',
        b'<script data-page="app">{"props"',
        b"data-page=",
        b'data-page="' * 3000,
        b"<script data-page='" * 3000,
        b"9" * 5000,
    ],
)
def test_what_is_no_list_is_refused(name: str, body: bytes) -> None:
    with pytest.raises(FeedUnreadable) as refused:
        PARSERS[name][0](body)
    assert refused.value.reason.endswith(".")


def test_an_empty_list_is_a_quiet_day() -> None:
    for parse, body in (
        (devpost.parse, devpost_page(total=0)),
        (mlh.parse, mlh_page()),
        (zindi.parse, zindi_page(still_open=0)),
        (hackclub.parse, hack_club_page()),
    ):
        assert parse(body) == Listing((), (), complete=True, pages=1)


def test_entries_that_all_fail_are_no_quiet_day() -> None:
    with pytest.raises(FeedUnreadable, match="Not one of the 2 entries from Devpost can be read"):
        devpost.parse(devpost_page({"name": "new shape"}, {"name": "new shape"}))


def test_a_list_without_end_is_cut_and_said_to_be() -> None:
    listing = hackclub.parse(
        hack_club_page(*({**HACK_CLUB_ITEM, "id": str(number)} for number in range(600)))
    )
    assert (len(listing.hackathons), listing.complete) == (500, False)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_can_run_in_another_process(name: str) -> None:
    parse, body = PARSERS[name]
    assert pickle.loads(pickle.dumps(parse)) is parse  # noqa: S301 - our own
    listing = parse(body)
    assert listing.hackathons
    assert pickle.loads(pickle.dumps(listing)) == listing  # noqa: S301 - our own


JUNK = (
    b"",
    b"null",
    b"-1",
    b"1e999",
    b"[]",
    b"{}",
    b'"\\ud800"',
    b'"\\u0000"',
    b"true",
    b"9" * 400,
    b'"' + b"x" * 3000 + b'"',
)


def damaged(body: bytes, chance: random.Random) -> bytes:
    """Return a body with a few accidents: bytes flipped, parts cut, repeated or replaced, values swapped."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.randint(0, 60))
        match chance.randrange(6):
            case 0:
                body = body[:at]
            case 1:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            case 2:
                body = body[:at] + body[at:end] * chance.randint(2, 5) + body[end:]
            case 3:
                body = body[:at] + body[end:]
            case 4:
                body = body[:at] + chance.choice(JUNK) + body[end:]
            case _:
                start = body.find(b": ", at) + 2
                stop = min(
                    (i for i in (body.find(mark, start) for mark in (b",", b"}")) if i > 0), default=start
                )
                body = body[:start] + chance.choice(JUNK) + body[stop:]
    return body


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_bodies_are_read_or_refused(name: str) -> None:
    parse, body = PARSERS[name]
    chance = random.Random(f"hackathons {name}")
    read = 0
    for _ in range(400):
        with suppress(SourceError):
            listing = parse(damaged(body, chance))
            for each in merge(listing.hackathons):
                assert each.event().title
                assert json.dumps(each.event().details).isascii()
                each.title.encode()
            read += 1
    assert 0 < read < 400


# --- Fetching ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Site:
    """Answers by address, and the requests it saw."""

    answers: dict[str, tuple[int, bytes] | Exception] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        self.requests.append(url)
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        return Response(
            answer[0], answer[1], "application/json", None, None, url, 30.0 if answer[0] == 429 else None
        )


async def read(site: Source, web: Site, **addresses: str) -> Listing:
    """What a site lists on 3 October 2026, read in this process."""

    async def run(func: Callable[..., T], /, *args: object, limit_s: float, memory_mb: int) -> T:
        return func(*args)

    return await read_site(site, web, Addresses(**addresses), run=run, today=date(2026, 10, 3))


BASE = "https://devpost.example.org/api"
PAGES = [
    f"{BASE}?status[]=open&status[]=upcoming&page={number}" for number in range(1, devpost.MAX_PAGES + 1)
]


async def test_devpost_is_read_page_by_page() -> None:
    moved = {**DEVPOST_ITEM, "registrations_count": 35450}  # slid from page 1 to page 2 meanwhile
    site = Site(
        {
            PAGES[0]: (200, devpost_page(DEVPOST_ITEM, {**DEVPOST_ITEM, "id": 2}, total=5, each=2)),
            PAGES[1]: (200, devpost_page(moved, {**DEVPOST_ITEM, "id": 3}, total=5, each=2)),
            PAGES[2]: (200, devpost_page({**DEVPOST_ITEM, "id": 4}, {}, total=5, each=2)),
        }
    )
    listing = await read(Source.DEVPOST, site, devpost=BASE)
    assert site.requests == PAGES[:3]
    assert sorted(each.id for each in listing.hackathons) == ["2", "3", "4", "41"]
    assert (listing.complete, listing.pages, listing.skipped) == (True, 3, ("entry 2: no title",))


async def test_of_a_list_without_end_only_the_first_pages_are_read() -> None:
    site = Site(
        {
            page: (200, devpost_page({**DEVPOST_ITEM, "id": number}, total=100, each=1))
            for number, page in enumerate(PAGES)
        }
    )
    listing = await read(Source.DEVPOST, site, devpost=BASE)
    assert site.requests == PAGES
    # What is missing may still exist.
    assert (listing.complete, len(listing.hackathons)) == (False, len(PAGES))


async def test_a_page_that_fails_fails_the_whole() -> None:
    site = Site(
        {PAGES[0]: (200, devpost_page(DEVPOST_ITEM, total=80)), PAGES[1]: Unreachable("Devpost is away.")}
    )
    with pytest.raises(Unreachable):
        await read(Source.DEVPOST, site, devpost=BASE)


async def test_statuses_are_named_errors() -> None:
    with pytest.raises(Busy) as busy:
        await read(Source.HACK_CLUB, Site({"u": (429, b"")}), hackclub="u")
    assert (busy.value.retry_after, busy.value.reason) == (30.0, "Hack Club is busy and asks to wait.")
    with pytest.raises(BadStatus, match="Hack Club answered with an error \\(HTTP 403\\)"):
        await read(Source.HACK_CLUB, Site({"u": (403, b"[]")}), hackclub="u")


async def test_the_other_sites_are_asked_where_they_answer() -> None:
    url = "https://mlh.example.org/seasons/2027/events"
    site = Site({url: (200, mlh_page(MLH_EVENT)), "h": (200, hack_club_page(HACK_CLUB_ITEM))})
    site.answers |= {
        f"z?page={page}&per_page=20": (200, zindi_page(ZINDI_ITEM, still_open=30)) for page in (0, 1)
    }
    addresses = {"mlh": "https://mlh.example.org/seasons/", "hackclub": "h", "zindi": "z"}
    for each in (Source.MLH, Source.HACK_CLUB, Source.ZINDI):
        assert len((await read(each, site, **addresses)).hackathons) == 1
    assert site.requests == [url, "h", "z?page=0&per_page=20", "z?page=1&per_page=20"]


@pytest.mark.parametrize(
    ("day", "season"), [(date(2026, 10, 3), 2027), (date(2027, 7, 31), 2027), (date(2027, 8, 1), 2028)]
)
def test_a_season_begins_in_the_summer_before(day: date, season: int) -> None:
    assert mlh.season(day) == season
