"""What can go wrong with a source, each in words that a moderator can read."""

from datetime import timedelta


class SourceError(Exception):
    """A source gave nothing usable this time; `reason` is one plain sentence about it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def pause(self) -> timedelta | None:
        """How long the source asked to be left alone, when it said so."""
        return None


class FetchError(SourceError):
    """The answer never arrived whole."""


class Timeout(FetchError):
    """The source did not answer in the time allowed."""


class Unreachable(FetchError):
    """No connection, a refused address, or an answer that broke off."""


class TooLarge(FetchError):
    """The answer, decompressed, is larger than we are willing to read."""


class BadStatus(SourceError):
    """An answer with an HTTP status that is of no use; the number is `status`."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class Busy(BadStatus):
    """The source asks to be left alone for a while: `retry_after` seconds, when it said how long."""

    def __init__(self, reason: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(reason, status)
        self.retry_after = retry_after

    @property
    def pause(self) -> timedelta | None:
        """How long the source asked to be left alone, when it said so."""
        return timedelta(seconds=self.retry_after) if self.retry_after is not None else None


class FeedUnreadable(SourceError):
    """The answer is not a feed, or a feed cut short: nothing in it may be believed."""


class FeedErrorReported(SourceError):
    """A well-formed feed that says the request was wrong: never a quiet day. `message` is what it says."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(reason or message)
        self.message = message
