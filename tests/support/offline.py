"""A refusing connector in every test: nothing reaches beyond this machine.

A pytest plugin (`pytest_plugins = ["tests.support.offline"]`). It guards Python's sockets, through which
asyncio, aiohttp, asyncpg and urllib go; uvloop's own name look-ups and child processes are out of its
reach. Code that swallows the error does not get away with it: the test fails at its end all the same.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import pytest

LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", socket.gethostname()})
_HOST_NAME = re.compile(r"[\w.-]+")


class OutsideConnection(RuntimeError):
    """A test wanted to leave this machine; the message names the address."""


attempts: list[str] = []
"""Everything that was refused, for tests that refuse on purpose: they `attempts.clear()`."""


def _refuse(what: str, address: object) -> OutsideConnection:
    attempts.append(f"{what} {address!r}")
    return OutsideConnection(
        f"{what} {address!r}: tests stay on this machine (127.0.0.0/8, ::1, Unix sockets)"
    )


def is_local(host: str | bytes | None) -> bool:
    """Tell whether a host is this machine, without asking anybody. None and "" mean it too."""
    if host is None or host in {"", b""}:
        return True
    name = host.decode() if isinstance(host, bytes) else host
    address = _literal(name)
    if address is None:
        return name.lower() in LOCAL_NAMES
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _literal(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None


def _check(sock: socket.socket, what: str, address: Any) -> None:
    if sock.family in {socket.AF_INET, socket.AF_INET6} and not is_local(address[0]):
        raise _refuse(what, address)


def _connecting(original: Callable[..., Any], what: str) -> Callable[..., Any]:
    @wraps(original)
    def guarded(self: socket.socket, address: Any) -> Any:
        _check(self, what, address)
        return original(self, address)

    return guarded


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def guarded(self: socket.socket, data: Any, *arguments: Any) -> Any:
        _check(self, "sendto", arguments[-1])
        return original(self, data, *arguments)

    return guarded


def _messaging(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def guarded(
        self: socket.socket, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None
    ) -> Any:
        if address is None:
            return original(self, buffers, ancdata, flags)
        _check(self, "sendmsg", address)
        return original(self, buffers, ancdata, flags, address)

    return guarded


def _resolving(original: Callable[..., Any], what: str) -> Callable[..., Any]:
    @wraps(original)
    def guarded(host: Any, *arguments: Any, **more: Any) -> Any:
        # A numeric address is only parsed; it is refused when something connects to it.
        numeric = isinstance(host, str) and _literal(host) is not None
        if isinstance(host, str) and not numeric and not _HOST_NAME.fullmatch(host or "x"):
            # No resolver finds such a name; this is how they say it, and nobody has to be asked.
            raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {host!r}")
        if not numeric and not is_local(host):
            raise _refuse(what, host)
        return original(host, *arguments, **more)

    return guarded


@contextmanager
def guarded() -> Iterator[None]:
    """Refuse connections to the outside while this is open."""
    replacements: list[tuple[Any, str, Callable[..., Any]]] = [
        (socket.socket, "connect", _connecting(socket.socket.connect, "connect")),
        (socket.socket, "connect_ex", _connecting(socket.socket.connect_ex, "connect_ex")),
        (socket.socket, "sendto", _sending(socket.socket.sendto)),
        (socket.socket, "sendmsg", _messaging(socket.socket.sendmsg)),
        (socket, "getaddrinfo", _resolving(socket.getaddrinfo, "getaddrinfo")),
        (socket, "gethostbyname", _resolving(socket.gethostbyname, "gethostbyname")),
        (socket, "gethostbyname_ex", _resolving(socket.gethostbyname_ex, "gethostbyname_ex")),
    ]
    with ExitStack() as undo:
        for owner, name, replacement in replacements:
            undo.callback(_restorer(owner, name))
            setattr(owner, name, replacement)
        yield


def _restorer(owner: Any, name: str) -> Callable[[], None]:
    """Return what puts an attribute back as it was: inherited ones of `socket.socket` by deleting ours."""
    if name not in vars(owner):
        return lambda: delattr(owner, name)
    before = vars(owner)[name]
    return lambda: setattr(owner, name, before)


@pytest.fixture(scope="session", autouse=True)
def offline_session() -> Iterator[None]:
    """Guard the whole session, fixtures included."""
    with guarded():
        yield


@pytest.fixture(autouse=True)
def offline() -> Iterator[None]:
    """Fail a test that tried to leave this machine, even when the code under test hid the error."""
    attempts.clear()
    yield
    tried = list(attempts)
    attempts.clear()
    if tried:
        pytest.fail(f"the test tried to leave this machine: {tried}", pytrace=False)
