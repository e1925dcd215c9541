"""Fetching over HTTP: bounded in time, in size, in redirects and in where it connects to."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import IPv6Address, ip_address, ip_network
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

# aiohttp exports these types from here alone.
from aiohttp.connector import AddrInfoType, SocketFactoryType
from aiohttp.typedefs import LooseHeaders
from yarl import URL

from bot import __version__
from bot.sources.errors import FetchError, Timeout, TooLarge, Unreachable

USER_AGENT = f"Cohort/{__version__} (+https://github.com/cohort-bot/cohort)"

MAX_BYTES = 8 * 2**20
"""Decompressed. arXiv's largest feed, 2,000 entries, is about 4 MB."""

MAX_REDIRECTS = 3

WEB_PORTS: Final = frozenset({80, 443})

_CHUNK = 64 * 2**10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

# What `is_global` of Python 3.11 lets through (https://github.com/python/cpython/issues/113171), and what only seems
# to lie elsewhere: an address that embeds another (6to4, Teredo, NAT64, mapped, compatible) is reached wherever a
# gateway of the operator's network takes it. https://www.iana.org/assignments/iana-ipv4-special-registry,
# https://www.iana.org/assignments/iana-ipv6-special-registry
_NOT_PUBLIC_V4: Final = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_UNICAST_V6: Final = ip_network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(
    ip_network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


class ForbiddenAddress(Unreachable):
    """The address is not one of the public web; nothing was sent to it."""


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
    """The network: opened on entering and closed on leaving.

    Without `allow` it fetches whatever it is given: the addresses are the operator's own settings. With
    `allow`, the addresses come from people, and each hop has to be http or https on one of `ports` and end,
    at the socket, at a public address; the `(host, port)` pairs in `allow` are exempt, as the operator trusts
    them. `socket_factory` makes every socket instead (aiohttp's `TCPConnector`) and refuses an address by
    raising OSError: a resolver of our own would be bypassed by an IP literal.
    """

    def __init__(
        self,
        *,
        user_agent: str = USER_AGENT,
        socket_factory: SocketFactoryType | None = None,
        allow: frozenset[tuple[str, int]] | None = None,
        ports: frozenset[int] = WEB_PORTS,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._socket_factory = socket_factory
        self._allow = allow and frozenset((host.lower().rstrip("."), port) for host, port in allow)
        self._ports = ports
        self._resolver = resolver
        self._trusting: aiohttp.ClientSession | None = None
        self._guarded: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._trusting = self._open(self._socket_factory)
        self._guarded = self._open(self._guarded_socket)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._trusting, self._guarded):
            if session is not None:
                await session.close()
        self._trusting = self._guarded = None

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
        source is called in error messages; its host name without one. `timeout_s` counts from here to the
        last byte, redirects included. Raises Timeout, Unreachable (ForbiddenAddress among them), TooLarge.
        """
        if self._trusting is None:
            raise RuntimeError("Fetcher is used outside its `async with`.")
        name = name or _host(url)
        headers = _conditions(etag, last_modified)
        async with _plain_errors(name), asyncio.timeout(timeout_s):
            here = URL(url)
            for _ in range(MAX_REDIRECTS + 1):
                async with self._session_for(here, name).get(
                    here, headers=headers, allow_redirects=False, timeout=aiohttp.ClientTimeout()
                ) as answer:
                    if answer.status in _REDIRECTS and (target := answer.headers.get("Location")):
                        # Closed, not released: the body of a redirect can be endless as well.
                        answer.close()
                        here = here.join(URL(target)).with_fragment(None)
                        continue
                    body = await _read(answer, max_bytes, name)
                    return _response(answer, body, etag, last_modified)
            raise Unreachable(f"{name} redirected more than {MAX_REDIRECTS} times.")

    def _open(self, socket_factory: SocketFactoryType | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=socket_factory, resolver=self._resolver),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate"},
            cookie_jar=aiohttp.DummyCookieJar(),
            # A proxy or a .netrc of the machine is not ours to hand to a source.
            trust_env=False,
        )

    def _session_for(self, url: URL, name: str) -> aiohttp.ClientSession:
        """Choose by the very object that is then connected to: another parser might read another host."""
        assert self._trusting is not None
        assert self._guarded is not None
        if url.scheme not in {"http", "https"} or not url.raw_host:
            raise Unreachable(f"{name} is not at an address that can be fetched.")
        if self._allow is None:
            return self._trusting
        if url.raw_user is not None or url.raw_password is not None:
            raise ForbiddenAddress(f"The address of {name} holds a user name or password. Leave it out.")
        if ((url.host or "").lower().rstrip("."), url.port) in self._allow:
            return self._trusting
        if url.port not in self._ports:
            raise ForbiddenAddress(f"{name} is on port {url.port}. Only ports 80 and 443 are fetched.")
        return self._guarded

    def _guarded_socket(self, address: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = address
        if family not in {socket.AF_INET, socket.AF_INET6} or where[1] not in self._ports:
            raise _ForbiddenSocket
        if not is_public(str(where[0])):
            raise _ForbiddenSocket
        if self._socket_factory is not None:
            return self._socket_factory(address)
        return socket.socket(family, kind, protocol)


class _ForbiddenSocket(OSError):
    """Raised in aiohttp's hands, which passes on nothing but an OSError; and its words, when it joins several."""

    WORDS: Final = "not an address of the public web"

    def __init__(self) -> None:
        super().__init__(errno.EACCES, self.WORDS)


def is_public(address: str) -> bool:
    """Whether an IP address, as the system writes it, belongs to the public web."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        # A zone (`%eth0`) names an interface of this machine.
        return (
            ip.scope_id is None
            and ip in _UNICAST_V6
            and ip.is_global
            and not any(ip in block for block in _NOT_PUBLIC_V6)
        )
    return ip.is_global and not any(ip in block for block in _NOT_PUBLIC_V4)


def _response(
    answer: aiohttp.ClientResponse, body: bytes, etag: str | None, last_modified: str | None
) -> Response:
    unchanged = answer.status == 304
    return Response(
        status=answer.status,
        body=body,
        content_type=answer.content_type,
        etag=answer.headers.get("ETag", etag if unchanged else None),
        last_modified=answer.headers.get("Last-Modified", last_modified if unchanged else None),
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
    except aiohttp.ClientPayloadError as error:
        raise Unreachable(f"The answer from {name} broke off or was garbled.") from error
    except aiohttp.ClientResponseError as error:
        raise Unreachable(f"{name} did not answer in proper HTTP.") from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise Unreachable(f"{name} is not at an address that can be fetched.") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if _ForbiddenSocket.WORDS in str(error):
            raise ForbiddenAddress(
                f"{name} is in a private network, where nothing is fetched. Use the calendar's public address."
            ) from error
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
