"""What makes the suite quicker without a test noticing (a pytest plugin).

Three things that the product does once in its life, and tests some thousand times over: the collector looks at
all that was imported, a commit waits for a disk, and SQLAlchemy compiles a statement. And an order in which two
workers end together.
"""

import gc
import os
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.support import compiled

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it, closed to others
_ROOM: Final = 2 * 1024**3
"""Bytes that must be free there; a whole run takes a tenth of it."""


_LONG: Final = (
    "tests/delivery/test_crashes.py",
    "tests/faults/",
    "tests/delivery/test_native_crashes.py",
    "tests/services/test_event_posts.py",
    "tests/cogs/test_permissions.py",
    "tests/cogs/test_buddies_round.py",
    "tests/cogs/test_feeds.py",
    "tests/cogs/test_quiz_live.py",
    "tests/tryout/test_browser",
)
"""What takes ten seconds or more, the longest first."""


def pytest_configure(config: pytest.Config) -> None:
    """Put tests' files into memory where there is room, and let engines share what they compile.

    No test can lose a check by it: a killed process leaves what it wrote behind on either, and that a commit
    survives a power cut (`synchronous=FULL`) is asked of SQLite, not tried.
    """
    compiled.share()
    if config.option.basetemp is None and _roomy():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: at the end one worker would be busy with it, and the other idle.

    `make test` has the workers keep to it. Left alone they begin with the modules of most tests, which is something
    else: the longest are of a few tests each.
    """
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next((place for place, start in enumerate(_LONG) if item.nodeid.startswith(start)), len(_LONG))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the collector from everything that was imported, as Cohort does once it has begun.

    Else each full collection looks at half a million objects that stay: a fifth of the suite's time. What tests
    make is collected as before, and what they forgot to close is reported as before, if a moment later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def _roomy() -> bool:
    try:
        return os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    except OSError:
        return False
