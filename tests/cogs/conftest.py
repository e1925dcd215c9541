"""A fresh server for each test that wants one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.cogs.world import World, open_world


@pytest_asyncio.fixture
async def world(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[World]:
    """A server with a moderator, a member and the whole bot."""
    async with open_world(tmp_path, template=sqlite_template) as world:
        yield world
