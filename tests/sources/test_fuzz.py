"""A small size of `python -m tests.fuzz`, and that it would notice."""

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.community import DailyPaper, DailyPapers
from bot.sources.errors import FeedUnreadable
from tests import fuzz
from tests.support import mutations

FEED = (fuzz.FIXTURES / "atom_all_types.xml").read_bytes()
DAY = (fuzz.FIXTURES / "hf_daily.json").read_bytes()


async def test_damaged_feeds_are_read_or_refused() -> None:
    figures = await fuzz.run(1_500, seed=20260304, minutes=5, processes=2)
    assert figures.faults == []
    assert figures.outcomes.total() == 1_500
    assert figures.outcomes["read"] > 300
    assert figures.outcomes["refused"] > 300
    assert str(figures).startswith("1,500 mutated feeds in ")


def _raise(error: Exception) -> Callable[[bytes], Any]:
    def parse(body: bytes) -> Any:
        raise error

    return parse


@pytest.mark.parametrize(
    ("parse", "error"),
    [
        (_raise(KeyError("title")), KeyError),
        (_raise(FeedUnreadable("no sentence")), AssertionError),
        (lambda _: DailyPapers((DailyPaper("2603.01001", 1, 0, organisation="a\x00"),)), AssertionError),
        (lambda _: ("\ud800",), AssertionError),
        (lambda _: "x" * 20_000, AssertionError),
    ],
)
def test_it_notices(
    monkeypatch: pytest.MonkeyPatch, parse: Callable[[bytes], Any], error: type[Exception]
) -> None:
    fuzz._warm()
    monkeypatch.setitem(fuzz.SOURCES, "hf", dataclasses.replace(fuzz.SOURCES["hf"], parse=parse))
    with pytest.raises(error):
        fuzz.probe("hf:1")


@pytest.mark.parametrize(
    "damage", [*dict.fromkeys([*mutations.XML, *mutations.BYTES])], ids=lambda damage: damage.__name__
)
def test_damage_is_done_and_can_be_repeated(damage: mutations.Mutation) -> None:
    results = [damage(FEED, random.Random(number)) for number in range(20)]
    assert results == [damage(FEED, random.Random(number)) for number in range(20)]
    assert len({*results, FEED}) > 3
    for empty in (b"", b"x", b"<a>"):
        damage(empty, random.Random(1))


def test_damage_to_json_can_be_repeated() -> None:
    results = [mutations.mutated_json(DAY, random.Random(number)) for number in range(50)]
    assert results == [mutations.mutated_json(DAY, random.Random(number)) for number in range(50)]
    assert len({*results}) > 40


def test_fewer_entries_are_still_a_feed() -> None:
    few = mutations.few_entries(FEED, random.Random(1))
    assert few.count(b"<entry>") == few.count(b"</entry>") == 2
    assert few.startswith(FEED[:600])
    assert few.rstrip().endswith(b"</feed>")
