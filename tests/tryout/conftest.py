"""A browser for the tests of the page."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browser import Browsing, opened, running


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, started when the first test asks for it."""
    async with running() as browser:
        yield browser


@pytest.fixture
def browsing(browser: Browser) -> Browsing:
    """Opens the page of a new try-out."""
    return partial(opened, browser)
