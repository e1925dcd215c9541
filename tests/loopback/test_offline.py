"""The guard that keeps every test on this machine."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.offline import OutsideConnection, attempts, is_local

OUTSIDE = "192.0.2.7"


@pytest.fixture(autouse=True)
def _on_purpose(offline: None) -> Iterator[None]:
    """These refusals are meant: `offline` is not to fail the test for them."""
    yield
    attempts.clear()


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_connections_are_refused_by_name(method: str) -> None:
    with socket.socket() as sock, pytest.raises(OutsideConnection, match=r"192\.0\.2\.7.*443"):
        getattr(sock, method)((OUTSIDE, 443))


def test_datagrams_are_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        with pytest.raises(OutsideConnection, match="sendto"):
            sock.sendto(b"x", (OUTSIDE, 53))
        with pytest.raises(OutsideConnection, match="sendto"):
            sock.sendto(b"x", 0, (OUTSIDE, 53))
        with pytest.raises(OutsideConnection, match="sendmsg"):
            sock.sendmsg([b"x"], (), 0, (OUTSIDE, 53))


def test_names_are_not_looked_up() -> None:
    with pytest.raises(OutsideConnection, match=r"discord\.com"):
        socket.getaddrinfo("discord.com", 443)
    with pytest.raises(OutsideConnection, match=r"arxiv\.org"):
        socket.gethostbyname("arxiv.org")


@pytest.mark.parametrize("name", ["a b", "x\x00y", "a/b"])
def test_impossible_names_fail_as_they_would(name: str) -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(name, 80)
    assert attempts == []


async def test_asyncio_and_aiohttp_are_refused() -> None:
    with socket.socket() as sock:
        sock.setblocking(False)
        with pytest.raises(OutsideConnection):
            await asyncio.get_running_loop().sock_connect(sock, (OUTSIDE, 80))
    async with aiohttp.ClientSession() as session:
        for url in (f"http://{OUTSIDE}/", "http://[2001:db8::1]/", "https://export.arxiv.org/"):
            with pytest.raises(OutsideConnection):
                await session.get(url)


def test_this_machine_is_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, port)).close()
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        client.connect(str(tmp_path / "s"))
    assert attempts == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost", None, ""])
def test_local(host: str | None) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "10.0.0.1", "169.254.169.254", "::", "::ffff:8.8.8.8", "arxiv.org"]
)
def test_not_local(host: str) -> None:
    assert not is_local(host)
