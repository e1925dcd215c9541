"""Fetching, against a server on this machine that behaves in every way a source may."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import __version__
from bot.sources.arxiv import fetch_category
from bot.sources.errors import FetchError, SourceError, Timeout, TooLarge, Unreachable
from bot.sources.http import USER_AGENT, Fetcher

FEED = b"<rss version='2.0'><channel><title>cs.LG updates on arXiv.org</title></channel></rss>"


async def echo(request: web.Request) -> web.Response:
    return web.json_response(dict(request.headers), headers={"Set-Cookie": "a=b; Path=/"})


async def conditional(request: web.Request) -> web.Response:
    if request.headers.get("If-None-Match") == '"now"' or "If-Modified-Since" in request.headers:
        return web.Response(status=304)
    return web.Response(
        body=b"body", headers={"ETag": '"now"', "Last-Modified": "Wed, 04 Mar 2026 05:00:00 GMT"}
    )


async def hop(request: web.Request) -> web.Response:
    left = int(request.match_info["left"])
    return web.Response(status=302, headers={"Location": f"/hop/{left - 1}" if left else "/echo"})


async def away(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": request.query["to"]})


async def bomb(request: web.Request) -> web.Response:
    # 64 MB of zeros in 64 kB, twice over.
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    return web.Response(body=packed, headers={"Content-Encoding": "gzip"})


async def packed(request: web.Request) -> web.Response:
    return web.Response(body=gzip.compress(b"x" * 5000), headers={"Content-Encoding": "gzip"})


async def garbled(request: web.Request) -> web.Response:
    return web.Response(body=b"this is not gzip", headers={"Content-Encoding": "gzip"})


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"y" * 4096)


async def silent(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def stalled(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"a beginning")
    await asyncio.Event().wait()
    return response


async def truncated(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"only this")
    assert request.transport is not None
    request.transport.close()
    return response


async def not_http(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.write(b"\x16\x03\x01 SSH-2.0 what\r\n\r\n")
    request.transport.close()
    return web.Response()


async def sized(request: web.Request) -> web.Response:
    return web.Response(body=b"z" * int(request.match_info["size"]))


async def busy(request: web.Request) -> web.Response:
    headers = {"Retry-After": request.query["after"], "Date": "Wed, 04 Mar 2026 05:00:00 GMT"}
    return web.Response(status=429, body=b"Rate exceeded.", headers=headers)


async def feed(request: web.Request) -> web.Response:
    return web.Response(body=FEED, content_type="text/xml", headers={"ETag": '"f"'})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server() -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(
        [
            web.get("/echo", echo),
            web.get("/conditional", conditional),
            web.get("/hop/{left}", hop),
            web.get("/away", away),
            web.get("/bomb", bomb),
            web.get("/packed", packed),
            web.get("/garbled", garbled),
            web.get("/endless", endless),
            web.get("/silent", silent),
            web.get("/stalled", stalled),
            web.get("/truncated", truncated),
            web.get("/not-http", not_http),
            web.get("/sized/{size}", sized),
            web.get("/busy", busy),
            web.get("/rss/cs.LG", feed),
        ]
    )
    async with TestServer(app, shutdown_timeout=0.1) as running:
        yield str(running.make_url("/")).rstrip("/")


@pytest_asyncio.fixture(loop_scope="session")
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher() as fetcher:
        yield fetcher


async def test_it_says_who_asks(fetcher: Fetcher, server: str) -> None:
    answer = await fetcher.get(f"{server}/echo")
    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert (
        f'"User-Agent": "Cohort/{__version__} (+https://github.com/cohort-bot/cohort)"'.encode()
        in answer.body
    )
    assert USER_AGENT.startswith("Cohort/")
    async with Fetcher(user_agent="Mirror/1") as named:
        assert b'"User-Agent": "Mirror/1"' in (await named.get(f"{server}/echo")).body


async def test_it_keeps_no_cookies(fetcher: Fetcher, server: str) -> None:
    await fetcher.get(f"{server}/echo")
    assert b"Cookie" not in (await fetcher.get(f"{server}/echo")).body


async def test_the_environment_offers_no_proxy(
    fetcher: Fetcher, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert (await fetcher.get(f"{server}/echo")).status == 200


async def test_an_answer_that_has_not_changed(fetcher: Fetcher, server: str) -> None:
    first = await fetcher.get(f"{server}/conditional")
    assert (first.body, first.etag, first.not_modified) == (b"body", '"now"', False)
    assert first.last_modified == "Wed, 04 Mar 2026 05:00:00 GMT"
    second = await fetcher.get(f"{server}/conditional", etag=first.etag)
    assert (second.status, second.body, second.not_modified) == (304, b"", True)
    # A 304 without validators leaves those it was asked with.
    third = await fetcher.get(f"{server}/conditional", etag='"old"', last_modified=first.last_modified)
    assert (third.not_modified, third.etag, third.last_modified) == (True, '"old"', first.last_modified)


async def test_redirects_are_followed_three_times(fetcher: Fetcher, server: str) -> None:
    answer = await fetcher.get(f"{server}/hop/2")
    assert (answer.status, answer.url) == (200, f"{server}/echo")
    with pytest.raises(Unreachable) as refused:
        await fetcher.get(f"{server}/hop/3")
    assert refused.value.reason == "127.0.0.1 redirected more than 3 times."


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[::1", "http://", "javascript:x"]
)
async def test_a_redirect_to_something_else_is_not_followed(fetcher: Fetcher, server: str, to: str) -> None:
    with pytest.raises(Unreachable):
        await fetcher.get(f"{server}/away?to={to}")


@pytest.mark.parametrize(
    "url", ["", "nonsense", "file:///etc/passwd", "http://", "http://a b/", "http://[::1", "http://é\x00/"]
)
async def test_an_address_that_is_none(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(Unreachable) as refused:
        await fetcher.get(url, timeout_s=5)
    assert refused.value.reason.endswith(".")


async def test_nobody_there(fetcher: Fetcher) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with pytest.raises(Unreachable) as refused:
            await fetcher.get(f"http://127.0.0.1:{port}/", name="The calendar")
    assert refused.value.reason == "The calendar cannot be reached."


@pytest.mark.parametrize("path", ["silent", "stalled"])
async def test_too_slow(fetcher: Fetcher, server: str, path: str) -> None:
    with pytest.raises(Timeout) as refused:
        await fetcher.get(f"{server}/{path}", timeout_s=0.1, name="arXiv")
    assert refused.value.reason == "arXiv did not answer in time."


@pytest.mark.parametrize("path", ["truncated", "garbled"])
async def test_an_answer_that_breaks_off(fetcher: Fetcher, server: str, path: str) -> None:
    with pytest.raises(Unreachable) as refused:
        await fetcher.get(f"{server}/{path}", name="arXiv")
    assert refused.value.reason == "The answer from arXiv broke off or was garbled."


async def test_an_answer_that_is_not_http(fetcher: Fetcher, server: str) -> None:
    with pytest.raises(Unreachable):
        await fetcher.get(f"{server}/not-http")


async def test_size_counts_decompressed(fetcher: Fetcher, server: str) -> None:
    assert len((await fetcher.get(f"{server}/packed", max_bytes=5000)).body) == 5000
    with pytest.raises(TooLarge) as refused:
        await fetcher.get(f"{server}/packed", max_bytes=4999)
    assert refused.value.reason == "127.0.0.1 sent more than 4999 bytes, which is too much to read."


@pytest.mark.parametrize("path", ["bomb", "endless", "sized/9000000"])
async def test_too_large(fetcher: Fetcher, server: str, path: str) -> None:
    with pytest.raises(TooLarge) as refused:
        await fetcher.get(f"{server}/{path}", timeout_s=20)
    assert refused.value.reason == "127.0.0.1 sent more than 8 MB, which is too much to read."


async def test_the_cap_itself_is_allowed(fetcher: Fetcher, server: str) -> None:
    assert len((await fetcher.get(f"{server}/sized/1000", max_bytes=1000)).body) == 1000
    with pytest.raises(TooLarge):
        await fetcher.get(f"{server}/sized/1001", max_bytes=1000)


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("99999999999", 86400.0),
        ("Wed, 04 Mar 2026 05:01:30 GMT", 90.0),
        ("Wed, 04 Mar 2026 04:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
async def test_a_pause_asked_for(fetcher: Fetcher, server: str, after: str, seconds: float | None) -> None:
    answer = await fetcher.get(f"{server}/busy?after={after}")
    assert (answer.status, answer.retry_after) == (429, seconds)


async def test_sockets_can_be_refused(server: str) -> None:
    made: list[object] = []

    def guard(address: object) -> socket.socket:
        made.append(address)
        raise OSError("not this address")

    async with Fetcher(socket_factory=guard) as fetcher:
        with pytest.raises(Unreachable):
            await fetcher.get(f"{server}/echo")
    assert made


async def test_sockets_can_be_made(server: str) -> None:
    async with Fetcher(socket_factory=lambda info: socket.socket(*info[:3])) as fetcher:
        assert (await fetcher.get(f"{server}/echo")).status == 200


async def test_it_is_used_inside_its_block(server: str) -> None:
    fetcher = Fetcher()
    with pytest.raises(RuntimeError):
        await fetcher.get(f"{server}/echo")
    async with fetcher:
        assert (await fetcher.get(f"{server}/echo")).status == 200
    with pytest.raises(RuntimeError):
        await fetcher.get(f"{server}/echo")


async def test_a_failure_leaves_the_session_usable(fetcher: Fetcher, server: str) -> None:
    for path in ("truncated", "bomb", "not-http"):
        with pytest.raises(FetchError):
            await fetcher.get(f"{server}/{path}")
    assert (await fetcher.get(f"{server}/echo")).status == 200


async def test_a_category_end_to_end(fetcher: Fetcher, server: str) -> None:
    fetched = await fetch_category(fetcher, f"{server}/rss", "cs.LG")
    assert fetched.batch is not None
    assert (fetched.batch.announcements, fetched.etag) == ((), '"f"')
    with pytest.raises(SourceError, match="HTTP 404"):
        await fetch_category(fetcher, f"{server}/rss", "cs.CL")
