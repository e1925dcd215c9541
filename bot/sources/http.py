"""Fetching over HTTP: bounded in time, in size and in redirects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

import aiohttp

# aiohttp exports the type of the argument from here alone.
from aiohttp.connector import SocketFactoryType
from aiohttp.typedefs import LooseHeaders

from bot import __version__
from bot.sources.errors import FetchError, Timeout, TooLarge, Unreachable

USER_AGENT = f"Cohort/{__version__} (+https://github.com/cohort-bot/cohort)"

MAX_BYTES = 8 * 2**20
"""Decompressed. arXiv's largest feed, 2,000 entries, is about 4 MB."""

MAX_REDIRECTS = 3

_CHUNK = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read to its end and decompressed."""

    status: int
    body: bytes
    content_type: str
    etag: str | None
    last_modified: str | None
    url: str  # where the answer came from, after redirects
    retry_after: float | None = None  # seconds, when the source asked for a pause

    @property
    def not_modified(self) -> bool:
        """Whether what we have is still what there is."""
        return self.status == 304


class Fetches(Protocol):
    """What a source needs of a fetcher."""

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        """Return the answer to a GET, or raise a `FetchError`."""
        ...


class Fetcher:
    """The network: one session, opened on entering and closed on leaving.

    `socket_factory` makes every socket (aiohttp's `TCPConnector`), redirects included, and refuses an
    address by raising OSError: a resolver of our own would be bypassed by an IP literal.
    """

    def __init__(
        self, *, user_agent: str = USER_AGENT, socket_factory: SocketFactoryType | None = None
    ) -> None:
        self._user_agent = user_agent
        self._socket_factory = socket_factory
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=self._socket_factory),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate"},
            cookie_jar=aiohttp.DummyCookieJar(),
            # A proxy or a .netrc of the machine is not ours to hand to a source.
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        """Return the answer to a GET of `url`, whatever its status.

        `etag` and `last_modified`, from an earlier answer, make the request conditional. `name` is what the
        source is called in error messages; its host name without one. Raises Timeout, Unreachable, TooLarge.
        """
        session = self._session
        if session is None:
            raise RuntimeError("Fetcher is used outside its `async with`.")
        name = name or _host(url)
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        headers = _conditions(etag, last_modified)
        # aiohttp counts the redirect it refuses as well.
        limit = MAX_REDIRECTS + 1
        async with (
            _plain_errors(name),
            session.get(url, headers=headers, timeout=timeout, max_redirects=limit) as answer,
        ):
            body = await _read(answer, max_bytes, name)
        return Response(
            status=answer.status,
            body=body,
            content_type=answer.content_type,
            etag=answer.headers.get("ETag", etag if answer.status == 304 else None),
            last_modified=answer.headers.get(
                "Last-Modified", last_modified if answer.status == 304 else None
            ),
            url=str(answer.url),
            retry_after=_retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date")),
        )


async def _read(answer: aiohttp.ClientResponse, max_bytes: int, name: str) -> bytes:
    """Read the body up to the cap, which counts decompressed bytes: a small gzip can hold a gigabyte."""
    body = bytearray()
    if (answer.content_length or 0) <= max_bytes:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > max_bytes:
                break
        else:
            return bytes(body)
    # Closed, not released: the rest is not worth reading even to reuse the connection.
    answer.close()
    raise TooLarge(f"{name} sent more than {_size(max_bytes)}, which is too much to read.")


@asynccontextmanager
async def _plain_errors(name: str) -> AsyncIterator[None]:
    """Turn the errors of sockets, HTTP and URLs into ours."""
    try:
        yield
    except FetchError:
        raise
    except TimeoutError as error:
        raise Timeout(f"{name} did not answer in time.") from error
    except aiohttp.TooManyRedirects as error:
        raise Unreachable(f"{name} redirected more than {MAX_REDIRECTS} times.") from error
    except aiohttp.ClientPayloadError as error:
        raise Unreachable(f"The answer from {name} broke off or was garbled.") from error
    except aiohttp.ClientResponseError as error:
        raise Unreachable(f"{name} did not answer in proper HTTP.") from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise Unreachable(f"{name} is not at an address that can be fetched.") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unreachable(f"{name} cannot be reached.") from error


def _conditions(etag: str | None, last_modified: str | None) -> LooseHeaders:
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {header: value for header, value in conditions.items() if value}


def _retry_after(value: str | None, date: str | None) -> float | None:
    """Read Retry-After: seconds, or a date that is measured against the answer's own Date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        # Whoever writes an absurd number means "not today".
        return min(float(value), 86_400.0)
    with suppress(ValueError, TypeError, OverflowError):
        until, now = parsedate_to_datetime(value), parsedate_to_datetime(date or "")
        return min(max(0.0, (until - now).total_seconds()), 86_400.0)
    return None


def _host(url: str) -> str:
    with suppress(ValueError):
        if host := urlsplit(url).hostname:
            return host
    return "The source"


def _size(count: int) -> str:
    return f"{count // 2**20} MB" if count >= 2**20 else f"{count} bytes"
