"""What is wrong with something that has several parts, said at once."""

from collections.abc import Callable
from typing import TypeVar

from bot.errors import UserError

T = TypeVar("T")


class Faults:
    """Collects what is wrong, and says it in one answer."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def read(self, parse: Callable[[str], T], text: str | None) -> T | None:
        """Return what was typed, None where nothing was or where it is wrong."""
        if text is None:
            return None
        return self.check(lambda: parse(text))

    def check(self, call: Callable[[], T]) -> T | None:
        """Return what a call gives, None where it refuses."""
        try:
            return call()
        except UserError as error:
            self._found.append(error.message)
            return None

    def settle(self) -> None:
        """Refuse if anything was wrong."""
        if not self._found:
            return
        if len(self._found) == 1:
            raise UserError(self._found[0])
        listed = "\n".join(f"{number}. {words}" for number, words in enumerate(self._found, start=1))
        raise UserError(f"{len(self._found)} things to put right:\n{listed}")
