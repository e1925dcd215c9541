"""The command line configures logging, as it does for operators."""

from collections.abc import Iterator

import pytest

from tests.support import loggers


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    with loggers.kept():
        yield
