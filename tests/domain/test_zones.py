from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import zones
from bot.domain.zones import POPULAR, ZoneChoice, parse_zone, search_zones
from bot.errors import UserError

WINTER = datetime(2026, 1, 15, 13, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 13, 5, tzinfo=UTC)


def names(text: str, now: datetime = WINTER) -> list[str]:
    return [choice.name for choice in search_zones(text, now)]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("europe/paris", "Europe/Paris"),
        ("EUROPE PARIS", "Europe/Paris"),
        (" paris ", "Europe/Paris"),
        ("america/new york", "America/New_York"),
        ("new-york", "America/New_York"),
        ("Asia/Ho Chi Minh", "Asia/Ho_Chi_Minh"),
        ("Port au Prince", "America/Port-au-Prince"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("São Paulo", "America/Sao_Paulo"),
        ("St. John's", "America/St_Johns"),
        # Former names and names of one country
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Japan", "Asia/Tokyo"),
        ("Portugal", "Europe/Lisbon"),
        ("Iceland", "Atlantic/Reykjavik"),
        ("india", "Asia/Kolkata"),
        ("Germany", "Europe/Berlin"),
        ("uk", "Europe/London"),
        ("Great Britain", "Europe/London"),
        ("south korea", "Asia/Seoul"),
        ("Korea", "Asia/Seoul"),
        ("north korea", "Asia/Pyongyang"),
        ("Samoa", "Pacific/Apia"),
        ("American Samoa", "Pacific/Pago_Pago"),
        ("Côte d’Ivoire", "Africa/Abidjan"),
        ("Türkiye", "Europe/Istanbul"),
        # Cities without a zone of their own
        ("beijing", "Asia/Shanghai"),
        ("San Francisco", "America/Los_Angeles"),
        ("mumbai", "Asia/Kolkata"),
        ("seattle", "America/Los_Angeles"),
        ("Washington, D.C.", "America/New_York"),
        ("Zürich", "Europe/Zurich"),
        ("München", "Europe/Berlin"),
        # UTC
        ("UTC", "UTC"),
        ("gmt", "UTC"),
        ("z", "UTC"),
        ("Etc/UTC", "UTC"),
        ("UTC+0", "UTC"),
        ("GMT-0", "UTC"),
        # Abbreviations of one zone
        ("JST", "Asia/Tokyo"),
        ("ET", "America/New_York"),
        ("pacific time", "America/Los_Angeles"),
        ("EST5EDT", "America/New_York"),
    ],
)
def test_parse_zone(text: str, zone: str) -> None:
    assert parse_zone(text) == zone


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Name a time zone"),
        ("PST", "Choose a city, such as America/Los_Angeles, America/Vancouver or Asia/Manila."),
        ("est", "America/New_York"),
        ("CET", "Europe/Paris"),
        ("IST", "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"),
        ("Cambridge", "Europe/London or America/New_York"),
        ("usa", "America/New_York, America/Chicago, America/Denver, America/Los_Angeles or"),
        ("Spain", "Europe/Madrid, Atlantic/Canary or Africa/Ceuta"),
        ("UTC+2", "Choose a city"),
        ("UTC−05:00", "Choose a city"),
        ("+0530", "Choose a city"),
        ("Etc/GMT+5", "Choose a city"),
        ("Europ/Pariss", "Did you mean Europe/Paris"),
        ("Amsterdm", "Did you mean Europe/Amsterdam"),
        ("xyzzy", "nearest large city"),
        ("localtime", "nearest large city"),
        ("posixrules", "nearest large city"),
        ("Factory", "nearest large city"),
        ("../../etc/passwd", "do not know"),
        ("x" * 5000, "do not know"),
    ],
)
def test_parse_zone_says_what_to_do(text: str, says: str) -> None:
    with pytest.raises(UserError) as refusal:
        parse_zone(text)
    assert says in refusal.value.message
    assert len(refusal.value.message) < 300


def test_every_iana_name_means_itself_or_a_zone_with_the_same_time_or_is_refused() -> None:
    for name in sorted(available_timezones() - {"localtime"}):
        try:
            zone = parse_zone(name)
        except UserError:
            assert "/" not in name or name.startswith("Etc/GMT")
            continue
        for now in (WINTER, SUMMER):
            assert now.astimezone(ZoneInfo(zone)).utcoffset() == now.astimezone(ZoneInfo(name)).utcoffset(), (
                name
            )


def test_every_zone_on_offer_is_its_own_name() -> None:
    offered = zones._tables().names
    assert len(offered) > 400
    assert set(offered) <= available_timezones()
    assert all(parse_zone(zone) == zone for zone in offered)
    assert not [zone for zone in offered if "/" not in zone and zone != "UTC"]
    assert not [zone for zone in offered if zone.startswith(("Etc/", "US/", "SystemV/", "posix/", "right/"))]


def test_what_is_written_down_names_zones_on_offer() -> None:
    offered = set(zones._tables().names)
    written = {
        *POPULAR,
        *zones._CITIES.values(),
        *(zone for many in zones._ABBREVIATIONS.values() for zone in many),
    }
    assert written <= offered
    assert set(zones._COUNTRY_NICKNAMES) <= set(zones._tables().countries)
    # Written as they are looked up, and not over a name of IANA's.
    for key in (*zones._CITIES, *zones._ABBREVIATIONS, *zones._COUNTRY_NICKNAMES):
        assert key == zones._fold(key)
        assert key not in zones._tables().exact


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("paris", "Europe/Paris"),
        ("par", "Europe/Paris"),
        ("Europe/P", "Europe/Paris"),
        ("india", "Asia/Kolkata"),
        ("germany", "Europe/Berlin"),
        ("germny", "Europe/Berlin"),
        ("beijing", "Asia/Shanghai"),
        ("san fran", "America/Los_Angeles"),
        ("mumbai", "Asia/Kolkata"),
        ("mumbay", "Asia/Kolkata"),
        ("seattle", "America/Los_Angeles"),
        ("amsterdm", "Europe/Amsterdam"),
        ("new yrok", "America/New_York"),
        ("sao paul", "America/Sao_Paulo"),
        ("uk", "Europe/London"),
        ("united states", "America/New_York"),
        ("australia", "Australia/Sydney"),
        ("pst", "America/Los_Angeles"),
        ("ist", "Asia/Kolkata"),
        ("utc", "UTC"),
        ("gmt", "UTC"),
        ("", "UTC"),
    ],
)
def test_search_puts_the_likeliest_first(text: str, first: str) -> None:
    assert names(text)[0] == first


def test_an_exact_beginning_brings_no_lookalikes() -> None:
    assert names("paris") == ["Europe/Paris"]
    assert set(names("rome")) == {"Europe/Rome"}


def test_search_without_text_spreads_over_the_world() -> None:
    found = names("")
    assert found == list(POPULAR)
    assert len(found) == 25
    assert {zone.partition("/")[0] for zone in found} == {
        "UTC",
        "America",
        "Europe",
        "Africa",
        "Asia",
        "Australia",
    }


def test_an_offset_finds_the_zones_that_have_it_now() -> None:
    assert "Europe/Paris" in names("UTC+2", SUMMER)
    assert "Europe/Paris" not in names("UTC+2", WINTER)
    assert set(names("+5:30")) == {"Asia/Kolkata", "Asia/Colombo"}
    assert names("gmt-5")[0] == "America/New_York"
    assert names("UTC+0")[0] == "UTC"


def test_nonsense_finds_nothing() -> None:
    assert names("xyzzy") == []
    assert names("x" * 6000) == []


def test_labels_show_offset_and_time() -> None:
    assert search_zones("paris", WINTER) == [
        ZoneChoice("Europe/Paris", "Europe/Paris (UTC+01:00, now 14:05)")
    ]
    assert search_zones("paris", SUMMER)[0].label == "Europe/Paris (UTC+02:00, now 15:05)"
    assert search_zones("st johns", WINTER)[0].label == "America/St_Johns (UTC-03:30, now 09:35)"
    assert all(len(zones._label(zone, WINTER)) <= 100 for zone in zones._tables().names)


def test_search_keeps_to_its_limit_and_wants_an_aware_now() -> None:
    assert len(search_zones("a", WINTER)) == 25
    assert len(search_zones("a", WINTER, limit=3)) == 3
    with pytest.raises(ValueError, match="aware"):
        search_zones("", datetime(2026, 1, 1))  # noqa: DTZ001


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    found = search_zones(text, WINTER)
    assert len(found) <= 25
    assert all(parse_zone(choice.name) == choice.name for choice in found)
    try:
        assert parse_zone(text) in available_timezones()
    except UserError as refusal:
        assert refusal.message.endswith((".", "?"))  # noqa: PT017
