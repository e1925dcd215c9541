"""Every request's way through the API: faults, token, limits, form, route, and the record of it."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tests.support.loopback import errors
from tests.support.loopback.faults import Fault, FaultPlan, break_connection
from tests.support.loopback.interactions import InteractionBook, Pulse
from tests.support.loopback.limits import Limits
from tests.support.loopback.rest import (  # noqa: F401  # they register their routes
    application,
    channels,
    events,
    guilds,
    interactions,
    messages,
    roles,
    threads,
)
from tests.support.loopback.rest.routing import Call, Route, Upload, routes
from tests.support.loopback.schema import Schema
from tests.support.loopback.world import World

INVALID = frozenset({401, 403, 429})


@dataclass
class RequestRecord:
    """What came in and what went out. `status` 0: the connection was broken before there was an answer."""

    at: float
    method: str
    path: str
    route: str | None
    query: dict[str, str]
    body: Any = None
    status: int = 0
    code: int | None = None
    fault: str | None = None
    scope: str | None = None
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [self.method, self.path, "->", str(self.status)]
        parts += [str(self.code)] if self.code else []
        parts += [f"[{self.fault}]"] if self.fault else []
        return " ".join(parts)


@dataclass
class Api:
    """The REST side of the loopback. `keep_requests=False` is for load: nothing is recorded but counts."""

    world: World
    book: InteractionBook
    pulse: Pulse
    limits: Limits
    plan: FaultPlan
    schema: Schema | None
    gateway_info: Callable[[], dict[str, Any]]
    keep_requests: bool = True
    origin: str = ""
    requests: list[RequestRecord] = field(default_factory=list)
    unknown_routes: list[str] = field(default_factory=list)
    schema_faults: list[str] = field(default_factory=list)
    invalid_at: list[float] = field(default_factory=list)
    count: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        started = time.monotonic()
        method, path = request.method, "/" + request.match_info["path"]
        found = routes.find(method, path)
        record = RequestRecord(
            self.world.clock.now(), method, path, found[0].key if found else None, dict(request.query)
        )
        self.count += 1
        if self.keep_requests:
            record.headers = {name.lower(): value for name, value in request.headers.items()}
            self.requests.append(record)
        try:
            return await self._through(request, record, found)
        finally:
            record.seconds = time.monotonic() - started
            if record.status in INVALID and record.scope != "shared":
                self.invalid_at.append(record.at)
            self.pulse.beat()

    async def _through(
        self, request: web.Request, record: RequestRecord, found: tuple[Route, dict[str, str]] | None
    ) -> web.StreamResponse:
        record.body, files = await _read(request)
        fault = self.plan.strike(record.method, record.path)
        if fault is not None:
            record.fault = f"{fault.kind} {fault.when}"
            if fault.when == "before" and (broken := await self._suffer(request, record, fault)) is not None:
                return broken
        headers, status, body = self._answer(request, record, found, files)
        if fault is not None and fault.when == "after":
            broken = await self._suffer(request, record, fault)
            if broken is not None:
                return broken
        record.status = status
        record.code = body.get("code") if isinstance(body, dict) and status >= 400 else None
        return _respond(status, body, {**headers, "Date": formatdate(self.world.clock.now(), usegmt=True)})

    def _answer(
        self,
        request: web.Request,
        record: RequestRecord,
        found: tuple[Route, dict[str, str]] | None,
        files: list[Upload],
    ) -> tuple[dict[str, str], int, Any]:
        if found is None:
            self.unknown_routes.append(f"{record.method} {record.path}")
            message = f"The loopback Discord has no route {record.method} {record.path}"
            return {}, 501, {"message": message, "code": 0}
        route, params = found
        if not route.token_in_path and request.headers.get("Authorization") != f"Bot {self.world.token}":
            return {}, 401, errors.unauthorized().body()
        verdict = self.limits.admit(route.key, route.major(params), exempt=route.token_in_path)
        if verdict.wait > 0:
            record.scope = verdict.scope
            headers, body = verdict.refusal()
            return headers, 429, body
        try:
            self._check_schema(route, record.body)
            call = Call(self.world, self.book, self.origin, params, record.query, record.body, files)
            if route.template == "/gateway/bot":
                return verdict.headers, 200, self.gateway_info()
            status, body = route.handler(call)
        except errors.ApiError as error:
            self.book.note_refusal(params.get("webhook_token", ""), error.code)
            return verdict.headers, error.status, error.body()
        return verdict.headers, status, body

    def _check_schema(self, route: Route, body: Any) -> None:
        if self.schema is None or body is None:
            return
        if faults := self.schema.faults(route.method, route.template, body):
            self.schema_faults.extend(f"{route.key}: {fault}" for fault in faults)
            listed = [{"code": "SCHEMA", "message": fault} for fault in faults]
            raise errors.invalid_form({"_errors": listed})

    async def _suffer(
        self, request: web.Request, record: RequestRecord, fault: Fault
    ) -> web.StreamResponse | None:
        """Let a fault strike; None means that the request goes on."""
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return None
        if fault.kind == "hang":
            await fault.over.wait()
        if fault.kind in {"drop", "reset", "hang"}:
            break_connection(request, reset=fault.kind == "reset")
            return web.Response(status=500)
        if fault.kind == "status":
            record.status = fault.status
            page = f"<html><body><h1>{fault.status}</h1></body></html>"
            return web.Response(status=fault.status, text=page, content_type="text/html")
        record.status, record.scope = 429, fault.scope
        if fault.kind == "cloudflare":
            return web.Response(status=429, text="error code: 1015", headers={"Retry-After": "600"})
        headers = {"Via": "1.1 google", "X-RateLimit-Scope": fault.scope, "Retry-After": "1"}
        body = {
            "message": "You are being rate limited."
            if fault.scope != "shared"
            else "The resource is being rate limited.",
            "retry_after": fault.retry_after,
            "global": fault.scope == "global",
        }
        if fault.scope == "global":
            headers["X-RateLimit-Global"] = "true"
        return _respond(429, body, headers)


def _respond(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    # The header must be exactly this: with a charset discord.py leaves the body a string.
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        headers={**headers, "Content-Type": "application/json"},
    )


async def _read(request: web.Request) -> tuple[Any, list[Upload]]:
    if not request.body_exists:
        return None, []
    if request.content_type != "multipart/form-data":
        text = await request.text()
        try:
            return (json.loads(text) if text else None), []
        except ValueError:
            return text, []
    body: Any = None
    files: list[Upload] = []
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files.append(Upload(name, value.filename, value.file.read()))
        elif name == "payload_json":
            body = json.loads(str(value))
    return body, files
