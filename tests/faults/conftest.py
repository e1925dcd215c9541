"""What the fault tests share."""

from collections.abc import Iterator

import pytest

from tests.support.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The parent of every real process, started once."""
    with Zygote() as process:
        yield process
