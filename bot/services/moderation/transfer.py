"""A server's whole configuration out of the database and into it, all or nothing."""

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain import transfer
from bot.domain.server_settings import Area
from bot.domain.transfer import Document, Names, Step
from bot.errors import UserError
from bot.services.moderation.areas import AreaSettings, Wish
from bot.storage import server_settings, sql
from bot.storage.engine import Database
from bot.storage.tables import servers

_HEAD: Final = (
    "# What Cohort is set up to do in a server. `/setup import` reads it, in another server too.\n"
    "# Channels and roles go by their names. Nothing about members is in it.\n"
)
_HEAD_BY_ID: Final = (
    "# What Cohort is set up to do in a server. Channels and roles go by their ids: for the same server in another\n"
    "# database; `cohort import` reads it. Nothing about members is in it.\n"
)
_PLAIN: Final = (
    ("null", "null|~", "n~"),
    ("bool", "true|false", "tf"),
    ("int", r"[-+]?(?:0|[1-9]\d*)", "-+0123456789"),
    ("float", r"[-+]?\d+\.\d+(?:e[-+]?\d+)?", "-+0123456789"),
)
"""What is not text in a file; YAML by itself makes a number of 19:00."""


class Transfer:
    """Export and import of a server's settings."""

    def __init__(self, db: Database, clock: Clock, areas: Mapping[Area, AreaSettings]) -> None:
        self._db = db
        self._clock = clock
        self._areas = areas

    async def export(self, server_id: int, names: Names) -> str:
        """Return the configuration as YAML."""
        async with self._db.read() as tx:
            present = await self._present(tx, server_id)
        settings = {area: list(found.values()) for area, found in present.items()}
        body = await asyncio.to_thread(_dump, transfer.written(settings, names))
        return (_HEAD_BY_ID if names.by_id else _HEAD) + body

    async def read(self, text: bytes) -> dict[Area, list[Document]]:
        """Return what a file says, names still unbound. Raises UserError where it is no file of ours."""
        if len(text) > transfer.MAX_BYTES:
            raise UserError(f"That file is too large: at most {transfer.MAX_BYTES // 1000} kB.")
        return transfer.read(await asyncio.to_thread(_load, text))

    async def plan(
        self, server_id: int, settings: Mapping[Area, Sequence[Document]], *, replace: bool
    ) -> list[Step]:
        """Return what importing these settings, bound to the server's ids, would change; nothing is done.

        Raises UserError, with every fault of the file at once.
        """
        checked = self._checked(server_id, settings)
        async with self._db.read() as tx:
            return self._steps(await self._present(tx, server_id), checked, replace=replace)

    async def apply(
        self,
        server_id: int,
        settings: Mapping[Area, Sequence[Document]],
        *,
        replace: bool,
        by: int | None,
        seen: str | None = None,
    ) -> list[Step]:
        """Import settings, all of them or, with UserError, none; return what was changed.

        `seen` is the `fingerprint` of the steps that somebody agreed to: if it would be others by now, nothing is done.
        """
        checked = self._checked(server_id, settings)
        now = self._clock.now()
        async with self._db.write() as tx:
            await sql.insert_new(tx, servers, [{"id": server_id}])
            await server_settings.lock(tx, server_id)
            steps = self._steps(await self._present(tx, server_id), checked, replace=replace)
            if seen is not None and fingerprint(steps) != seen:
                raise UserError("Something was changed here in the meantime. Look at the preview again.")
            for step in steps:
                wish = Wish(server_id, step.target, step.after, by, now)
                await self._areas[step.area].put(tx, wish)
        return steps

    async def _present(self, tx: AsyncConnection, server_id: int) -> dict[Area, dict[str, Document]]:
        return {name: await area.present(tx, server_id) for name, area in self._areas.items()}

    def _checked(
        self, server_id: int, settings: Mapping[Area, Sequence[Document]]
    ) -> dict[Area, list[Document]]:
        faults: list[str] = []
        checked: dict[Area, list[Document]] = {}
        for name, documents in settings.items():
            if name not in self._areas:
                continue
            checked[name] = []
            for each in documents:
                try:
                    checked[name].append(self._areas[name].check(each, server_id))
                except UserError as error:
                    faults.append(error.message)
        if faults:
            shown = "\n".join(f"- {fault}" for fault in dict.fromkeys(faults[:8]))
            raise UserError(f"That cannot be imported:\n{shown}")
        return checked

    def _steps(
        self,
        present: Mapping[Area, Mapping[str, Document]],
        checked: Mapping[Area, Sequence[Document]],
        *,
        replace: bool,
    ) -> list[Step]:
        matching = {name: area.match for name, area in self._areas.items()}
        return transfer.steps(present, checked, matching, replace=replace)


def fingerprint(steps: Sequence[Step]) -> str:
    """Return sixteen characters that differ where the steps do."""
    body = json.dumps([[s.area, s.target, s.before, s.after] for s in steps], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _dump(found: Document) -> str:
    import yaml

    body: str = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
    return body


def _load(text: bytes) -> Any:
    import yaml

    class Plain(yaml.SafeLoader):
        """Without aliases: a few lines of them stand for gigabytes."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases")
            return super().compose_node(parent, index)

    # A time of day, a date or a word such as `on` stays what was written.
    Plain.yaml_implicit_resolvers = {}
    for name, pattern, first in _PLAIN:
        Plain.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(rf"^(?:{pattern})$"), list(first))
    try:
        return yaml.load(text.decode("utf-8-sig"), Loader=Plain)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" Line {where.line + 1}." if where is not None else ""
        raise UserError(f"I cannot read that file: it is not what /setup export makes.{line}") from error
