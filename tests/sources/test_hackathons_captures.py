"""Real lists of hackathons, where they are at hand: values read off them by eye, counts for the rest."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.hackathon_copies import merge
from bot.domain.hackathons import AI_THEME, Hackathon, Prize, Wanted
from bot.sources.hackathons import devpost, hackclub, mlh, zindi
from bot.sources.hackathons.listing import Listing

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "hackathons"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")

DEVPOST = "devpost_api_2026-10_trimmed4.json"
HACK_CLUB = "hackclub_2026-10_trimmed3.json"
MLH = "mlh_events_2027_trimmed.html"
ZINDI = "zindi_2026-10_trimmed3.json"
MAY = "openhackathons_devpost_derived_2026-05-14.json"
JULY = "openhackathons_devpost_derived_2026-07-13.json"


def capture(name: str) -> Listing:
    parse = {DEVPOST: devpost.parse, HACK_CLUB: hackclub.parse, MLH: mlh.parse, ZINDI: zindi.parse}
    return parse.get(name, devpost.parse)((CAPTURES / name).read_bytes())


def by_id(name: str) -> dict[str, Hackathon]:
    return {each.id: each for each in capture(name).hackathons}


@pytest.mark.parametrize(
    ("name", "count", "pages"),
    [(DEVPOST, 4, 5), (HACK_CLUB, 3, 1), (MLH, 3, 1), (ZINDI, 3, 1), (MAY, 45, 1), (JULY, 46, 1)],
)
def test_every_entry_is_read(name: str, count: int, pages: int) -> None:
    listing = capture(name)
    assert (len(listing.hackathons), listing.skipped, listing.pages, listing.complete) == (
        count,
        (),
        pages,
        True,
    )
    assert len(merge(listing.hackathons)) == count
    for each in listing.hackathons:
        assert each.event().key == each.key


def test_no_capture_is_left_unread() -> None:
    assert {path.name for path in CAPTURES.iterdir()} == {DEVPOST, HACK_CLUB, MLH, ZINDI, MAY, JULY}


@pytest.mark.parametrize(
    ("name", "id_", "starts_on", "ends_on", "online", "place", "prize"),
    [
        (DEVPOST, "30992", date(2026, 8, 31), date(2026, 10, 23), True, None, ("138000", "USD")),
        (DEVPOST, "30790", date(2026, 8, 26), date(2026, 10, 30), True, None, ("50000", "USD")),
        (DEVPOST, "31302", date(2026, 10, 1), date(2026, 11, 12), True, None, ("67500", "USD")),
        (DEVPOST, "30984", date(2026, 8, 26), date(2026, 10, 27), True, None, ("20250", "USD")),
        (HACK_CLUB, "r5KIJ4", date(2027, 1, 9), date(2027, 1, 9), False, "Sunnyvale, California, United States", None),
        (HACK_CLUB, "3X9ILN", date(2027, 4, 17), date(2027, 4, 18), False, "San Francisco, California, United States", None),
        (HACK_CLUB, "0n1IKx", date(2026, 11, 28), date(2026, 12, 8), True, None, None),
        (MLH, "019f13f2-9939-9822-c42b-30e3e21837a5", date(2026, 10, 2), date(2026, 10, 4), False, "Ithaca, New York, US", None),
        (MLH, "01a03edc-7b9e-db96-f1f0-878dfb5e6a06", date(2026, 10, 2), date(2026, 10, 4), False, "Gainesville, Florida, US", None),
        (MLH, "01a009f3-360e-a24f-7813-90b5bb1484d0", date(2026, 10, 3), date(2026, 10, 4), False, "Raleigh, NC, US", None),
        (ZINDI, "road-barbados-historic-handwriting-challenge", date(2026, 7, 3), date(2026, 10, 4), True, None, ("25000", "USD")),
        (ZINDI, "climate-risk-health-prediction-challenge", date(2026, 8, 18), date(2026, 10, 18), True, None, ("1000", "USD")),
        (ZINDI, "one-step-ahead-of-drought-forecasting-global-water-storage-challenge", date(2026, 7, 9), date(2026, 9, 13), True, None, ("2000", "EUR")),
        (MAY, "30069", date(2026, 5, 13), date(2026, 5, 29), False, None, None),
        (MAY, "30022", date(2026, 5, 9), date(2026, 5, 26), True, None, ("5498", "INR")),
        (MAY, "29961", date(2026, 5, 7), date(2026, 5, 28), False, "GREVORO", ("15000", "INR")),
        (MAY, "29989", date(2026, 5, 6), date(2026, 5, 29), False, "Università degli Studi di Bologna", ("50", "EUR")),
        (MAY, "29364", date(2026, 4, 22), date(2026, 6, 2), True, None, None),
        (MAY, "29357", date(2026, 3, 24), date(2030, 3, 24), True, None, None),
        (MAY, "27541", date(2026, 5, 11), date(2026, 5, 28), True, "South San Francisco Conf Ctr", ("8000", "USD")),
        (MAY, "29481", date(2026, 5, 7), date(2026, 5, 14), False, "Spiti", ("200000", "INR")),
        (JULY, "29906", date(2026, 5, 18), date(2026, 5, 19), False, "UNSW - Colombo Theatre A", ("500", "USD")),
        (JULY, "30109", date(2026, 5, 18), date(2026, 5, 19), False, "Birmingham City University - Curzon", None),
        (JULY, "29142", date(2026, 5, 10), date(2026, 5, 30), True, None, None),
        (JULY, "29474", date(2026, 4, 1), date(2026, 8, 22), False, "Toronto", ("1000", "USD")),
    ],
)  # fmt: skip
def test_entries_read_by_eye(
    name: str,
    id_: str,
    starts_on: date,
    ends_on: date,
    online: bool,
    place: str | None,
    prize: tuple[str, str] | None,
) -> None:
    found = by_id(name)[id_]
    assert (found.starts_on, found.ends_on, found.online, found.place) == (starts_on, ends_on, online, place)
    assert (found.prize and (str(found.prize.amount), found.prize.currency)) == prize


def test_the_rest_of_some_entries() -> None:
    amazon = by_id(DEVPOST)["30992"]
    assert amazon.title == "Build, Ship, Shape: Amazon Developer Hackathon"
    assert amazon.url == "https://amazonappdev2026.devpost.com/"
    assert amazon.themes == (AI_THEME, "Open Ended", "Productivity")
    assert (amazon.organiser, amazon.registrations, amazon.approximate) == ("Amazon", 35449, True)
    assert amazon.thumbnail == (
        "https://d112y698adiu2z.cloudfront.net/photos/production/challenge_thumbnails/005/173/047/datas/medium_square.png"
    )
    cornell = by_id(MLH)["019f13f2-9939-9822-c42b-30e3e21837a5"]
    assert (cornell.title, cornell.url) == ("BigRed//Hacks 2026", "https://www.bigredhacks.com/")
    assert (cornell.starts_at, cornell.ends_at) == (
        datetime(2026, 10, 2, 20, 30, tzinfo=UTC),
        datetime(2026, 10, 4, 17, tzinfo=UTC),
    )
    assert cornell.links == ("https://www.mlh.com/events/bigred-hacks-2026/prizes",)
    drought = by_id(ZINDI)["one-step-ahead-of-drought-forecasting-global-water-storage-challenge"]
    assert drought.prize == Prize(Decimal(2000), "EUR", "€2 000 EUR")
    assert (drought.organiser, drought.ends_at) == ("ITU", datetime(2026, 9, 13, 21, 59, tzinfo=UTC))
    sentinel = by_id(HACK_CLUB)["r5KIJ4"]
    assert (sentinel.starts_at, sentinel.ends_at) == (datetime(2027, 1, 9, 8, tzinfo=UTC), None)


def test_counts_without_the_parser() -> None:
    for name in (MAY, JULY):
        items = json.loads((CAPTURES / name).read_text())["hackathons"]
        found = capture(name).hackathons
        assert sum(each.prize is not None for each in found) == sum(
            ">0<" not in item["prizeText"] for item in items
        )
        by_number = {str(item["id"]) for item in items if any(theme["id"] == 6 for theme in item["themes"])}
        assert by_number <= {each.id for each in found if AI_THEME in each.themes}
        pictures = sum("placeholder" not in item["thumbnail_url"] for item in items)
        assert sum(each.thumbnail is not None for each in found) == pictures


def test_hackathons_of_one_name_stay_two_and_months_apart_stay_one() -> None:
    """Devpost's two "Beyond Tomorrow Summit" of May 2026, and everything that both days of May and July list."""
    twins = [each for each in merge(capture(JULY).hackathons) if each.title == "Beyond Tomorrow Summit"]
    assert sorted(each.id for each in twins) == ["30065", "30094"]
    both = merge([*capture(MAY).hackathons, *capture(JULY).hackathons])
    assert len(both) == len(by_id(MAY).keys() | by_id(JULY).keys())
    everything = merge(
        each for name in (DEVPOST, HACK_CLUB, MLH, ZINDI, MAY, JULY) for each in capture(name).hackathons
    )
    assert len(everything) == len(both) + 4 + 3 + 3 + 3


def test_filters_on_a_real_day() -> None:
    found = capture(MAY).hackathons
    rich = Wanted(themes=frozenset({"ai"}), online=True, min_prize_usd=Decimal(5000))
    assert sorted(each.id for each in found if rich.covers(each)) == [
        "27541",
        "28263",
        "29127",
        "29377",
        "29711",
    ]
    assert [each.id for each in found if Wanted(place="toronto").covers(each)] == ["29474"]
