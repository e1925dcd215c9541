"""The first seconds of a process: careers and questions are read when Discord has let it in, and asked for at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.cogs.world import World, open_world, said


@pytest_asyncio.fixture
async def fresh(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, template=sqlite_template, loaded=False) as world:
        yield world


async def test_whoever_asks_first_waits_for_it(fresh: World) -> None:
    card = await fresh.member.slash(fresh.lounge, "role info", name="data scientist")
    assert said(card).startswith("## Data Scientist")


async def test_two_who_ask_at_once(fresh: World) -> None:
    one, two = await asyncio.gather(fresh.app.services.load(), fresh.app.services.load())
    assert one is two is None
    assert fresh.app.services.quizzes.library.bank.questions


async def test_what_needs_none_of_it_does_not_wait(fresh: World) -> None:
    listed = await fresh.mod.slash(fresh.lounge, "feed list")
    assert said(listed)
    with pytest.raises(RuntimeError, match="load"):
        fresh.app.services.careers.careers  # noqa: B018 - reading it is the question
