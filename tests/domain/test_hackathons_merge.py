"""The same hackathon on several sites becomes one; other editions, and other hackathons, stay what they are."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.hackathon_copies import merge
from bot.domain.hackathons import AI_THEME, Hackathon, Prize, Source

DEVPOST = Hackathon(
    source=Source.DEVPOST,
    id="31000",
    title="BigRed//Hacks 2026",
    url="https://bigred-hacks-2026.devpost.com/",
    starts_on=date(2026, 10, 2),
    ends_on=date(2026, 10, 4),
    prize=Prize(Decimal(500), "USD", "$500"),
    themes=(AI_THEME,),
    registrations=200,
)
MLH = Hackathon(
    source=Source.MLH,
    id="019f",
    title="BigRed Hacks",
    url="https://www.bigredhacks.com/",
    starts_on=date(2026, 10, 2),
    ends_on=date(2026, 10, 4),
    starts_at=datetime(2026, 10, 2, 20, 30, tzinfo=UTC),
    ends_at=datetime(2026, 10, 4, 17, tzinfo=UTC),
    place="Ithaca, New York, US",
    organiser="Major League Hacking",
    links=("https://www.mlh.com/events/bigred-hacks-2026/prizes",),
)


def same(one: Hackathon, two: Hackathon) -> bool:
    """Whether two entries are merged into one."""
    return len(merge([one, two])) == 1


def other(title: str) -> Hackathon:
    """The second site's copy under another title, with its own page."""
    return replace(MLH, title=title, url="https://own.example.org", links=())


@pytest.mark.parametrize(
    "title",
    [
        "BigRed Hacks",
        "bigred hacks 2026",
        "BigRed//Hacks",
        "BigRedHacks",
        "The BigRed Hacks Hackathon",
        "BígRed Hacks (MLH)",
    ],
)
def test_the_same_title_in_other_words_on_the_same_days(title: str) -> None:
    assert same(DEVPOST, other(title))
    assert same(other(title), DEVPOST)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CodeStorm", "305 CodeStorm Edition May 2026"),
        ("BigRed Hacks 2026", "BigRed Hacks 2025"),
        ("Next Byte Hacks V2", "Next Byte Hacks V3"),
        ("HackMars 3.0", "HackMars 2.0"),
        ("Oink Game Jam 2", "Oink Game Jam 3"),
        ("Sample Cup II", "Sample Cup III"),
        ("AI Hackathon", "AI Hackathon"),  # in two towns, by the look of it
        ("Hackathon 2026", "Hackathon 2026"),
        ("BigRed Hacks", "BigBlue Hacks"),
    ],
)
def test_titles_that_do_not_make_them_the_same(first: str, second: str) -> None:
    assert not same(replace(DEVPOST, title=first, place="Accra"), other(second))


def test_a_common_title_in_the_same_town_is_the_same() -> None:
    assert same(replace(DEVPOST, title="AI Hackathon", place="Ithaca"), other("AI Hackathon 2026"))


def test_an_edition_named_on_one_site_alone_is_the_same() -> None:
    assert same(replace(DEVPOST, title="HackMars 3.0"), other("HackMars"))


def test_the_same_page_is_the_same_whatever_the_title() -> None:
    entirely = replace(MLH, title="Something Else", url="http://bigred-hacks-2026.devpost.com/rules?ref=mlh")
    assert same(DEVPOST, entirely)
    linked = replace(MLH, title="Something Else", links=("https://bigred-hacks-2026.devpost.com",))
    assert same(DEVPOST, linked)
    front = [
        replace(DEVPOST, title="One", url="https://devpost.com/"),
        replace(MLH, title="Two", url="https://devpost.com", links=()),
    ]
    assert not same(*front)


def test_dates_decide_between_editions() -> None:
    for moved in (timedelta(days=30), timedelta(days=365), timedelta(days=-4)):
        later = replace(MLH, starts_on=date(2026, 10, 2) + moved, ends_on=date(2026, 10, 4) + moved)
        assert not same(DEVPOST, later)
        assert not same(DEVPOST, replace(later, url=DEVPOST.url))
    # In another zone it is already the next day.
    assert same(DEVPOST, replace(MLH, starts_on=date(2026, 10, 5), ends_on=date(2026, 10, 6)))
    # A long contest that happens to be open is not this weekend, though it is called the same.
    assert not same(DEVPOST, replace(MLH, url=None, links=(), ends_on=date(2026, 12, 1)))


def test_a_long_one_does_not_bridge_two_editions() -> None:
    spring = replace(DEVPOST, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 3))
    autumn = replace(MLH, url=DEVPOST.url)
    all_year = replace(
        MLH, source=Source.ZINDI, url=DEVPOST.url, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
    )
    assert same(spring, all_year)
    assert same(all_year, autumn)
    for order in permutations([spring, all_year, autumn]):
        assert sorted(len(each.copies) for each in merge(order)) == [0, 2]


def test_one_site_never_lists_one_twice() -> None:
    """On 2026-07-13 Devpost had two of this name at the same time, 30065 and 30094."""
    first = replace(DEVPOST, id="30065", title="Beyond Tomorrow Summit")
    second = replace(first, id="30094", ends_on=date(2026, 10, 5))
    assert not same(first, second)
    assert same(first, replace(first, registrations=999))
    assert len(merge([first, second])) == 2


def test_a_merged_one_has_what_its_lead_lacks() -> None:
    (merged,) = merge([MLH, DEVPOST])
    assert (merged.source, merged.title, merged.key) == (
        Source.DEVPOST,
        DEVPOST.title,
        "hackathon:devpost:31000",
    )
    assert (merged.place, merged.organiser) == ("Ithaca, New York, US", "Major League Hacking")
    assert (merged.prize, merged.registrations) == (DEVPOST.prize, 200)
    # The end of the party is not the deadline.
    assert (merged.ends_at, merged.approximate) == (None, True)
    assert merged.aliases == ("hackathon:devpost:31000", "hackathon:mlh:019f")
    assert merged.links == (
        "https://www.bigredhacks.com/",
        "https://www.mlh.com/events/bigred-hacks-2026/prizes",
    )
    assert merged.event().key == "hackathon:devpost:31000"


def known(merged: list[Hackathon]) -> dict[str, str]:
    """What a service remembers of a result."""
    return {alias: each.key for each in merged for alias in each.aliases}


def test_the_key_stays_when_a_copy_appears_and_when_it_goes() -> None:
    (first,) = merge([MLH])
    assert first.key == "hackathon:mlh:019f"
    remembered = known([first])
    (both,) = merge([DEVPOST, MLH], remembered)
    # Seen first on the less trusted site: that key stays, and its title with it.
    assert (both.key, both.title) == ("hackathon:mlh:019f", "BigRed Hacks")
    remembered |= known([both])
    (left,) = merge([DEVPOST], remembered)
    assert (left.key, left.title) == ("hackathon:mlh:019f", "BigRed//Hacks 2026")
    assert left.event().key == "hackathon:mlh:019f"
    remembered |= known([left])
    (again,) = merge([MLH, DEVPOST], remembered)
    assert again.key == "hackathon:mlh:019f"


def test_what_was_the_same_stays_so_when_a_title_changes() -> None:
    remembered = known(merge([DEVPOST, MLH]))
    renamed = replace(MLH, title="Cornell's Great Hack", url="https://other.example.org", links=())
    assert len(merge([DEVPOST, renamed])) == 2
    (merged,) = merge([DEVPOST, renamed], remembered)
    assert merged.key == DEVPOST.native_key
    # Next year's edition under the old id is another hackathon all the same, and gets a key of its own.
    next_year = replace(renamed, starts_on=date(2027, 10, 2), ends_on=date(2027, 10, 4))
    assert {each.key for each in merge([DEVPOST, next_year], remembered)} == {
        DEVPOST.native_key,
        MLH.native_key,
    }


def test_the_order_of_a_result_is_that_of_the_deadlines() -> None:
    later = replace(DEVPOST, id="2", title="Later", url=None, ends_on=date(2026, 11, 1))
    assert [each.id for each in merge([later, DEVPOST])] == ["31000", "2"]


# --- Properties -------------------------------------------------------------------------------------

TITLES = (
    "Alpha Hacks",
    "Alpha Hacks 2026",
    "Alpha//Hacks",
    "alphahacks v2",
    "Alpha Hacks 3.0",
    "Beta Jam II",
    "AI Hackathon",
)
URLS = (
    None,
    "https://alpha.devpost.com/",
    "https://alpha.example.org/",
    "https://beta.example.org",
    "https://devpost.com/",
)


@st.composite
def hackathons(draw: st.DrawFn) -> Hackathon:
    start = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 12)) * draw(st.sampled_from([1, 40])))
    return Hackathon(
        source=draw(st.sampled_from(Source)),
        id=str(draw(st.integers(1, 3))),
        title=draw(st.sampled_from(TITLES)),
        url=draw(st.sampled_from(URLS)),
        starts_on=draw(st.sampled_from([start, None])),
        ends_on=start + timedelta(days=draw(st.integers(0, 10))),
        place=draw(st.sampled_from([None, "Accra", "Accra, Ghana"])),
        registrations=draw(st.sampled_from([None, 5])),
    )


KEYS = st.builds("hackathon:{}:{}".format, st.sampled_from(Source), st.integers(1, 3))


@given(
    st.lists(hackathons(), max_size=8),
    st.dictionaries(KEYS, KEYS, max_size=4),
    st.randoms(use_true_random=False),
)
def test_merging_is_idempotent_and_blind_to_order(
    found: list[Hackathon], remembered: dict[str, str], chance: random.Random
) -> None:
    merged = merge(found, remembered)
    assert merge(merged, remembered) == merged
    chance.shuffle(found)
    assert merge(found, remembered) == merged
    assert len({each.key for each in merged}) == len(merged)
    copies = [copy.native_key for each in merged for copy in (each.copies or (each,))]
    assert sorted(copies) == sorted({each.native_key for each in found})


@given(st.lists(hackathons(), max_size=8), st.dictionaries(KEYS, KEYS, max_size=4))
def test_different_editions_are_never_merged(found: list[Hackathon], remembered: dict[str, str]) -> None:
    for each in merge(found, remembered):
        for one, two in combinations(each.copies, 2):
            assert one.source != two.source
            for first, second in ((one, two), (two, one)):
                assert (first.starts_on or first.ends_on) <= second.ends_on + timedelta(days=1)
            assert not {"v2", "3.0"} <= {word for copy in (one, two) for word in copy.title.split()}


@given(hackathons(), hackathons())
def test_being_the_same_works_both_ways(one: Hackathon, two: Hackathon) -> None:
    assert same(one, two) == same(two, one)
    assert same(one, one)


@given(st.lists(hackathons(), min_size=1, max_size=6), st.data())
def test_remembered_keys_stay_while_sites_come_and_go(found: list[Hackathon], data: st.DataObject) -> None:
    unique = list({each.native_key: each for each in found}.values())
    remembered: dict[str, str] = {}
    keys: dict[str, str] = {}
    for _ in range(3):
        present = data.draw(st.lists(st.sampled_from(unique), unique_by=lambda each: each.native_key))
        merged = merge(present, remembered)
        for each in merged:
            for copy in each.copies or (each,):
                alone = len(each.copies) < 2
                if alone and copy.native_key in keys:
                    assert each.key == keys[copy.native_key]
        remembered |= known(merged)
        keys |= {copy.native_key: each.key for each in merged for copy in (each.copies or (each,))}


def test_every_order_of_three_sites_gives_the_same() -> None:
    third = replace(MLH, source=Source.HACK_CLUB, id="x", url="https://bigredhacks.com", links=())
    results = [merge(order) for order in permutations([DEVPOST, MLH, third])]
    assert all(first == second for first, second in pairwise(results))
    assert len(results[0][0].copies) == 3
