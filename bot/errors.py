"""The one error that is meant for a person to read, and how several of them are said at once."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class UserError(Exception):
    """Something the person can put right; the message says what to do.

    `bot.tree` shows the message as it is, in the place where the person acted. Every other
    exception is a fault of ours: it is logged under a reference and the person sees the reference.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotPossible(UserError):
    """A refusal that other words would not change: somebody may not do it, or what it is about is gone."""


class Faults:
    """Collects what is wrong with something that has several parts, and says it in one answer."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, message: str) -> None:
        """Note something that is wrong."""
        self._found.append(message)

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
            self.add(error.message)
            return None

    def settle(self) -> None:
        """Refuse if anything was wrong."""
        if not self._found:
            return
        if len(self._found) == 1:
            raise UserError(self._found[0])
        listed = "\n".join(f"{number}. {words}" for number, words in enumerate(self._found, start=1))
        raise UserError(f"{len(self._found)} things to put right:\n{listed}")
