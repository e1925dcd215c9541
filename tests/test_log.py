"""No secret and nobody's words in a log, at any level, in either format."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import NoReturn

import discord
import pytest
from aiohttp import web
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, interaction_message_response_params

from bot.log import HIDDEN, Redactor, configure
from tests.support import loggers

TOKEN = "MTE5ODc2NTQzMjEwOTg3NjU0.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"
INTERACTION = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OTpTb21lU2VjcmV0U3R1ZmY"
WEBHOOK = "kJ3f_webhook-token_9sdf8s7df98s7dfs"
PASSWORD = "hunter2/with@odd:signs"
DATABASE = f"postgresql+asyncpg://cohort:{PASSWORD}@db.internal:5432/cohort"
WORDS = "what a member wrote in confidence"

SECRETS = [TOKEN, INTERACTION, WEBHOOK, PASSWORD, "hunter2"]


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    with loggers.kept():
        yield


@pytest.fixture(params=["text", "json"])
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def written(stream: io.StringIO, *, secrets: list[str] | None = None) -> str:
    """Return what was logged, sure that there is something and no secret in it."""
    out = stream.getvalue()
    assert out
    for secret in [*SECRETS, WORDS] if secrets is None else secrets:
        assert secret not in out
    return out


def fail(error: Exception, cause: Exception | None = None) -> NoReturn:
    if cause is None:
        raise error
    raise error from cause


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"token {TOKEN}.", f"token {HIDDEN}."),
        (f"Authorization: Bot {TOKEN}", f"Authorization: Bot {HIDDEN}"),
        ("Bearer abcdefghijklmnopqrstuvwxyz", f"Bearer {HIDDEN}"),
        (
            f"POST https://discord.com/api/v10/interactions/123/{INTERACTION}/callback?with_response=1",
            f"POST https://discord.com/api/v10/interactions/123/{HIDDEN}/callback?with_response=1",
        ),
        (
            f"https://discord.com/api/webhooks/42/{WEBHOOK}/messages/@original",
            f"https://discord.com/api/webhooks/42/{HIDDEN}/messages/@original",
        ),
        (f"/webhooks/42/{WEBHOOK}", f"/webhooks/42/{HIDDEN}"),
        (
            f"cannot open {DATABASE}",
            f"cannot open postgresql+asyncpg://cohort:{HIDDEN}@db.internal:5432/cohort",
        ),
        ("redis://:secret@host", f"redis://:{HIDDEN}@host"),
        ("token=" + INTERACTION, f"token={HIDDEN}"),
        ("http://127.0.0.1:8765/rss/cs.LG", "http://127.0.0.1:8765/rss/cs.LG"),
        ("sqlite+aiosqlite:///data/cohort.sqlite3", "sqlite+aiosqlite:///data/cohort.sqlite3"),
        ("Bot is ready", "Bot is ready"),
        ("feed 3 built, 2508.13167v1", "feed 3 built, 2508.13167v1"),
        ("known-secret here", f"{HIDDEN} here"),
    ],
)
def test_what_is_hidden_and_what_is_not(text: str, clean: str) -> None:
    assert Redactor(["known-secret", ""]).clean(text) == clean


def test_every_way_into_a_record_is_cleaned(style: str) -> None:
    stream = io.StringIO()
    configure(level="DEBUG", style=style, secrets=[WORDS], stream=stream)
    logger = logging.getLogger("cohort.test")
    logger.debug("message %s", TOKEN)
    logger.info("arguments %s %r %d", f"/webhooks/1/{WEBHOOK}", {"url": DATABASE}, 3)
    logger.warning(
        "extra", extra={"address": DATABASE, "nested": {"token": TOKEN}, "many": [INTERACTION], "n": 7}
    )
    logger.error("extra error", extra={"error": ValueError(DATABASE)})
    logger.critical(WORDS)
    out = written(stream)
    assert HIDDEN in out
    assert out.count("\n") == 5
    if style == "json":
        entries = [json.loads(line) for line in out.splitlines()]
        assert [entry["level"] for entry in entries] == ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
        assert entries[2]["n"] == 7
        assert entries[2]["address"] == f"postgresql+asyncpg://cohort:{HIDDEN}@db.internal:5432/cohort"


def test_exceptions_are_cleaned_with_their_causes(style: str) -> None:
    stream = io.StringIO()
    configure(level="INFO", style=style, stream=stream)

    try:
        fail(
            LookupError(f"/interactions/1/{INTERACTION}/callback"), ConnectionError(f"no route to {DATABASE}")
        )
    except LookupError:
        try:
            fail(ValueError(f"while handling {TOKEN}"))
        except ValueError:
            logging.getLogger("cohort.test").exception("it failed")
    group = ExceptionGroup("several", [ValueError(TOKEN), ValueError(f"/webhooks/1/{WEBHOOK}")])
    logging.getLogger("cohort.test").error("they failed", exc_info=group)
    out = written(stream)
    for kind in ("ConnectionError", "LookupError", "ValueError", "The above exception was the direct cause"):
        assert kind in out
    if style == "json":
        first, second = map(json.loads, out.splitlines())
        assert "LookupError" in first["error"]
        assert "ExceptionGroup" in second["error"]


def test_an_exception_that_another_handler_formatted_first_is_cleaned() -> None:
    """`logging.Formatter` keeps the traceback it made on the record."""
    stream, other = io.StringIO(), logging.StreamHandler(io.StringIO())
    other.setFormatter(logging.Formatter())
    configure(stream=stream)
    root = logging.getLogger()
    root.handlers.insert(0, other)
    try:
        fail(ValueError(TOKEN))
    except ValueError:
        logging.getLogger("cohort.test").exception("it failed")
    assert "ValueError" in written(stream)


@asynccontextmanager
async def discord_answering(status: int, body: object) -> AsyncIterator[str]:
    """A Discord on 127.0.0.1 that knows the token and says the same to everything else."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        said, code = ({"id": "1"}, 200) if request.path.endswith("/users/@me") else (body, status)
        return web.Response(
            status=code,
            body=json.dumps(said).encode(),
            headers={"Content-Type": "application/json", "Via": "1.1 here"},
        )

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"id": "5", "content": WORDS}),
        (403, {"code": 50013, "message": "Missing Permissions"}),
        (429, {"message": "You are being rate limited.", "retry_after": 0.0, "global": False}),
    ],
)
async def test_discords_own_loggers_at_every_level(
    monkeypatch: pytest.MonkeyPatch, style: str, level: str, status: int, answer: dict[str, object]
) -> None:
    """discord.py's real HTTP client and webhook adapter: at DEBUG they print bodies and addresses."""
    stream = io.StringIO()
    configure(level=level, style=style, secrets=[TOKEN], stream=stream)
    async with discord_answering(status, answer) as address:
        monkeypatch.setattr(Route, "BASE", address)
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.http.static_login(TOKEN)
            session = client.http._HTTPClient__session  # type: ignore[attr-defined]  # its private name
            for path in (f"/channels/1/messages?{INTERACTION}", f"/webhooks/1/{WEBHOOK}/messages/@original"):
                try:
                    await client.http.request(Route("POST", path), json={"content": WORDS})
                except discord.HTTPException:
                    logging.getLogger("cohort.test").exception("refused")
            adapter = AsyncWebhookAdapter()  # type: ignore[no-untyped-call]  # discord.py leaves it untyped
            params = interaction_message_response_params(type=4, content=WORDS)
            try:
                await adapter.create_interaction_response(123, INTERACTION, session=session, params=params)
            except discord.HTTPException:
                logging.getLogger("cohort.test").exception("refused")
    gateway = logging.getLogger("discord.gateway")
    gateway.debug("For Shard ID %s: WebSocket Event: %s", 0, {"d": {"content": WORDS, "token": INTERACTION}})
    gateway.info("Shard ID %s has connected to Gateway (Session ID: %s).", 0, "abc")
    logging.getLogger("discord.client").error("Ignoring exception at %s", f"{address}/webhooks/1/{WEBHOOK}")
    written(stream)


def test_loggers_that_print_bodies_stay_quiet_at_debug() -> None:
    stream = io.StringIO()
    configure(level="DEBUG", stream=stream)
    for name in (
        "discord.http",
        "discord.gateway",
        "discord.webhook.async_",
        "discord.state",
        "discord.client",
    ):
        logging.getLogger(name).debug("%s", WORDS)
    for name in ("aiosqlite", "sqlalchemy.engine.Engine", "asyncio", "aiohttp.access", "alembic.runtime"):
        logging.getLogger(name).info("%s", WORDS)
    assert stream.getvalue() == ""


def test_at_error_nothing_below_is_written() -> None:
    stream = io.StringIO()
    configure(level="ERROR", stream=stream)
    for name in ("discord.http", "sqlalchemy", "cohort.test"):
        logging.getLogger(name).warning("not now")
    assert stream.getvalue() == ""


def test_lines_for_people(style: str) -> None:
    stream = io.StringIO()
    configure(style=style, stream=stream)
    logging.getLogger("cohort.feeds").info("digest built", extra={"feed": 3, "papers": 12})
    line = stream.getvalue()
    if style == "text":
        assert line.endswith("INFO    cohort.feeds: digest built feed=3 papers=12\n")
    else:
        entry = json.loads(line)
        assert (entry["logger"], entry["event"], entry["feed"], entry["papers"]) == (
            "cohort.feeds",
            "digest built",
            3,
            12,
        )
        assert entry["at"].endswith("+00:00")


def test_typing_that_discord_forgot_is_not_worth_a_line() -> None:
    """discord.py logs an error with a traceback when choices come too late (10062), which is often."""

    class Gone(Exception):
        code = 10062

    stream = io.StringIO()
    configure(stream=stream)
    logger = logging.getLogger("discord.app_commands.tree")
    for error in (Gone(), ValueError("a fault")):
        try:
            fail(error)
        except (Gone, ValueError):
            logger.exception("Ignoring exception in autocomplete for %r", "feed remove")
    assert stream.getvalue().count("Ignoring exception") == 1
    assert "a fault" in stream.getvalue()


def test_configuring_twice_writes_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure(stream=first)
    configure(stream=second)
    logging.getLogger("cohort.test").info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
