"""Fetching from addresses that people give: nothing inside is ever connected to."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Self

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.sources.errors import FetchError, Timeout, TooLarge, Unreachable
from bot.sources.http import Fetcher, ForbiddenAddress, is_public
from tests.sources.hostile import ADDRESSES, LITERALS, LOOPBACK, PORT, PRIVATE, RESOLVES_TO, V6

PUBLIC = (
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "198.17.0.1",
    "198.20.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888",
    "2003::1", "2400:cb00::1",
)  # fmt: skip
MIB = 2**20


class Listener:
    """Listens on 127.0.0.1 and ::1 and counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        first = await asyncio.start_server(self._count, "127.0.0.1", 0)
        self.port = first.sockets[0].getsockname()[1]
        self._servers.append(first)
        if socket.has_ipv6:
            with suppress(OSError):
                self._servers.append(await asyncio.start_server(self._count, "::1", self.port))
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
            await server.wait_closed()

    async def _count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
        writer.close()


class Names(AbstractResolver):
    """Answers what it is told; each name once after the other, the last for ever."""

    def __init__(self, answers: dict[str, list[list[str]]] | None = None) -> None:
        self._answers = answers or {name: [found] for name, found in RESOLVES_TO.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        name = host.rstrip(".").lower()
        if name in {"localhost", "localhost.localdomain"}:
            return [self._result(host, one, port) for one in ("127.0.0.1", "::1")]
        if name not in self._answers:
            # As the system's resolver reads numbers: 0x7f.1 and 2130706433 are addresses to it.
            return [self._result(host, socket.inet_ntoa(socket.inet_aton(name)), port)]
        queue = self._answers[name]
        return [self._result(host, one, port) for one in (queue.pop(0) if len(queue) > 1 else queue[0])]

    async def close(self) -> None:
        pass

    @staticmethod
    def _result(host: str, address: str, port: int) -> ResolveResult:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)


@pytest_asyncio.fixture(loop_scope="session")
async def listener() -> AsyncIterator[Listener]:
    async with Listener() as listening:
        yield listening


def guarded(listener: Listener, resolver: AbstractResolver | None = None, **allowed: int) -> Fetcher:
    # The listener's port counts as a port of the web: only the address stands between it and a request.
    ports = frozenset({80, 443, listener.port})
    return Fetcher(allow=frozenset(allowed.items()), ports=ports, resolver=resolver or Names())


def test_the_list_is_long_enough() -> None:
    assert len(ADDRESSES) == len(set(ADDRESSES)) >= 200


async def test_nothing_inside_is_ever_connected_to(listener: Listener) -> None:
    async with guarded(listener) as fetcher:
        for address in ADDRESSES:
            with pytest.raises(FetchError) as refused:
                await fetcher.get(address.replace(PORT, str(listener.port)), timeout_s=5)
            assert not isinstance(refused.value, Timeout), address
    assert listener.connections == 0


async def test_without_the_guard_many_of_them_lead_inside(listener: Listener) -> None:
    async with Fetcher(resolver=Names(), socket_factory=_on_this_machine) as open_to_all:
        for address in ADDRESSES:
            with suppress(FetchError):
                await open_to_all.get(address.replace(PORT, str(listener.port)), timeout_s=5)
    assert listener.connections > 40


def _on_this_machine(address: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, where = address
    if not (str(where[0]).startswith("127.") or where[0] == "::1"):
        raise OSError("The test stays on this machine.")
    return socket.socket(family, kind, protocol)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", [*PRIVATE[:25], *V6, "", "club.example", "1.2.3", "127.0.0.1", "2606:4700::1111%eth0"]
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address.replace("%25", "%"))


@pytest_asyncio.fixture(loop_scope="session")
async def outside(listener: Listener) -> AsyncIterator[tuple[str, int]]:
    """A server that stands for the public web: its host and port are exempt, and it redirects anywhere."""

    async def away(request: web.Request) -> web.Response:
        return web.Response(
            status=int(request.query.get("status", "302")), headers={"Location": request.query["to"]}
        )

    async def seen(request: web.Request) -> web.Response:
        return web.json_response(dict(request.headers))

    app = web.Application()
    app.add_routes([web.get("/away", away), web.get("/seen", seen)])
    async with TestServer(app, host="127.0.0.2", shutdown_timeout=0.1) as running:
        assert running.port is not None
        yield "127.0.0.2", running.port


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_leads_inside(listener: Listener, outside: tuple[str, int], status: int) -> None:
    host, port = outside
    targets = [
        address.replace(PORT, str(listener.port)) for address in ADDRESSES[:: 1 if status == 302 else 9]
    ]
    async with guarded(listener, None, **{host: port}) as fetcher:
        for target in targets:
            url = URL(f"http://{host}:{port}/away").with_query(status=status, to=target.replace("\r\n", ""))
            with suppress(FetchError):
                # What is no absolute address leads back to the server that sent it, where nothing is.
                assert (await fetcher.get(str(url), timeout_s=5)).status == 404, target
    assert listener.connections == 0


async def test_a_name_that_changes_its_answer_is_checked_when_it_counts(listener: Listener) -> None:
    # Public when looked at first, inside when connected to, and the other way about.
    rebinding = Names(
        {"rebind.club.example": [["192.0.2.1"], ["127.0.0.1"], ["::1"], ["10.0.0.1"], ["127.0.0.1"]]}
    )
    async with guarded(listener, rebinding) as fetcher:
        for _ in range(5):
            with pytest.raises(ForbiddenAddress):
                await fetcher.get(f"http://rebind.club.example:{listener.port}/", timeout_s=5)
    assert rebinding.asked
    assert listener.connections == 0


async def test_one_bad_address_among_several_is_left_out(listener: Listener) -> None:
    several = Names({"several.club.example": [["127.0.0.1", "169.254.169.254", "::1"]]})
    async with guarded(listener, several) as fetcher:
        with pytest.raises(ForbiddenAddress, match="private network"):
            await fetcher.get(f"http://several.club.example:{listener.port}/", timeout_s=5)
    assert listener.connections == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1/", "in a private network, where nothing is fetched"),
        ("http://user:pw@club.example/", "user name or password"),
        ("http://club.example:8080/", "on port 8080. Only ports 80 and 443"),
        ("https://club.example:22/", "on port 22"),
    ],
)
async def test_refusals_have_reasons(listener: Listener, url: str, words: str) -> None:
    async with guarded(listener) as fetcher:
        with pytest.raises(ForbiddenAddress, match=words):
            await fetcher.get(url, timeout_s=5)


async def test_only_the_ports_of_the_web(listener: Listener) -> None:
    async with Fetcher(allow=frozenset(), resolver=Names()) as fetcher:
        for host in (*LOOPBACK[:10], "[::1]", "club.example"):
            with pytest.raises((ForbiddenAddress, Unreachable)):
                await fetcher.get(f"http://{host}:{listener.port}/", timeout_s=5)
    assert listener.connections == 0


async def test_what_the_operator_trusts_is_reached(listener: Listener, outside: tuple[str, int]) -> None:
    trusted = frozenset({("Localtest.Me.Internal", listener.port), ("127.0.0.1", listener.port)})
    async with Fetcher(allow=trusted, resolver=Names()) as fetcher:
        for host in ("127.0.0.1", "localtest.me.internal", "LOCALTEST.me.internal."):
            assert (await fetcher.get(f"http://{host}:{listener.port}/")).body == b"secret"
        reached = listener.connections
        for url in (
            f"http://127.0.0.1:{outside[1]}/",
            f"http://127.0.0.2:{listener.port}/",
            "http://127.0.0.1/",
        ):
            with pytest.raises(ForbiddenAddress):
                await fetcher.get(url)
        with pytest.raises(ForbiddenAddress):
            await fetcher.get(f"http://user@127.0.0.1:{listener.port}/")
    assert listener.connections == reached == 3


async def test_what_is_sent_is_honest_and_says_nothing_more(
    listener: Listener, outside: tuple[str, int]
) -> None:
    host, port = outside
    async with guarded(listener, None, **{host: port}) as fetcher:
        answer = await fetcher.get(f"http://{host}:{port}/away?to=/seen%23part", etag='"1"')
    assert answer.url == f"http://{host}:{port}/seen"
    for header in (b'"Cookie"', b'"Referer"', b'"Authorization"', b'"Origin"'):
        assert header not in answer.body
    assert b'"User-Agent": "Cohort/' in answer.body


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9)


def _many(wrap: Callable[[], "zlib._Compress"], mib: int) -> bytes:
    packer = wrap()
    return b"".join(packer.compress(bytes(MIB)) for _ in range(mib)) + packer.flush()


BOMBS: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", _many(lambda: zlib.compressobj(9, zlib.DEFLATED, 31), 64)),
    "deflate": ("deflate", _many(lambda: zlib.compressobj(9), 64)),
    "raw deflate": ("deflate", _many(lambda: zlib.compressobj(9, zlib.DEFLATED, -15), 64)),
    "several members": ("gzip", _gzip(bytes(MIB)) * 64),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rude() -> AsyncIterator[tuple[str, int]]:
    """A server that misbehaves in its bodies."""

    async def bomb(request: web.Request) -> web.Response:
        encoding, body = BOMBS[request.query["kind"]]
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async def nested(request: web.Request) -> web.Response:
        return web.Response(body=_gzip(BOMBS["gzip"][1]), headers={"Content-Encoding": request.query["as"]})

    async def endless(request: web.Request) -> web.StreamResponse:
        status = int(request.query.get("status", "200"))
        response = web.StreamResponse(
            status=status, headers={"Location": "/endless?status=302"} if status == 302 else {}
        )
        await response.prepare(request)
        while True:
            await response.write(b"y" * 65536)

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(3):
            await response.write(b"B")
        await asyncio.Event().wait()
        return response

    async def round_and_round(request: web.Request) -> web.StreamResponse:
        # Each hop answers a little before it stops: the time allowed is that of all of them.
        if request.query.get("n") == "2":
            await asyncio.Event().wait()
        return web.Response(
            status=302, headers={"Location": f"/round?n={int(request.query.get('n', '0')) + 1}"}
        )

    async def lies(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * 100, headers={"Content-Encoding": "br"})

    app = web.Application()
    app.add_routes(
        [
            web.get("/bomb", bomb),
            web.get("/nested", nested),
            web.get("/endless", endless),
            web.get("/drip", drip),
            web.get("/round", round_and_round),
            web.get("/lies", lies),
        ]
    )
    async with TestServer(app, shutdown_timeout=0.1) as running:
        assert running.port is not None
        yield "127.0.0.1", running.port


@pytest_asyncio.fixture(loop_scope="session")
async def fetcher(rude: tuple[str, int]) -> AsyncIterator[Fetcher]:
    async with Fetcher(allow=frozenset({rude})) as fetcher:
        yield fetcher


@pytest.mark.parametrize("kind", BOMBS)
async def test_bombs(fetcher: Fetcher, rude: tuple[str, int], kind: str) -> None:
    with pytest.raises((TooLarge, Unreachable)):
        await fetcher.get(f"http://127.0.0.1:{rude[1]}/bomb?kind={kind}", timeout_s=20)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,deflate", "gzip"])
async def test_a_bomb_in_a_bomb_is_unpacked_once_at_most(
    fetcher: Fetcher, rude: tuple[str, int], encoding: str
) -> None:
    try:
        answer = await fetcher.get(f"http://127.0.0.1:{rude[1]}/nested?as={encoding}", timeout_s=20)
    except (TooLarge, Unreachable):
        return
    assert len(answer.body) <= MIB


@pytest.mark.parametrize("query", ["", "?status=404"])
async def test_a_body_without_end(fetcher: Fetcher, rude: tuple[str, int], query: str) -> None:
    with pytest.raises(TooLarge):
        await fetcher.get(f"http://127.0.0.1:{rude[1]}/endless{query}", timeout_s=20)


async def test_a_redirect_with_a_body_without_end(fetcher: Fetcher, rude: tuple[str, int]) -> None:
    with pytest.raises(Unreachable, match="redirected more than 3 times"):
        await fetcher.get(f"http://127.0.0.1:{rude[1]}/endless?status=302", timeout_s=20)


@pytest.mark.parametrize("path", ["drip", "round"])
async def test_the_time_counts_for_everything_together(
    fetcher: Fetcher, rude: tuple[str, int], path: str
) -> None:
    with pytest.raises(Timeout):
        await fetcher.get(f"http://127.0.0.1:{rude[1]}/{path}", timeout_s=0.2)


async def test_an_encoding_that_was_not_asked_for(fetcher: Fetcher, rude: tuple[str, int]) -> None:
    with pytest.raises(Unreachable, match="proper HTTP"):
        await fetcher.get(f"http://127.0.0.1:{rude[1]}/lies", timeout_s=20)


def test_the_literals_are_written_for_the_listener() -> None:
    assert all(PORT in address for address in LITERALS)
