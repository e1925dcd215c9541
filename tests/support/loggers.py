"""Loggers as they were: what configures logging would else silence the tests that follow in the same process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot import log


@contextmanager
def kept() -> Iterator[None]:
    """Give the root logger its handlers and every level back at the end."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in log._QUIET_LOGGERS}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, old in levels.items():
            logging.getLogger(name).setLevel(old)
