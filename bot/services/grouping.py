"""What many ask for at once is done in one transaction: what beginning and committing cost is paid once for all."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import Database, retried

AskedT = TypeVar("AskedT")
GivenT = TypeVar("GivenT")

AT_ONCE: Final = 50
"""Requests in one transaction."""


class Grouped(Generic[AskedT, GivenT]):
    """`ask` waits until the transaction with the request in it is committed.

    `handle` answers a list of requests in order, with an exception in the place of an answer that is refused.
    Where it raises itself, each request is tried alone, so that one that cannot be done spoils no other.
    """

    def __init__(
        self,
        db: Database,
        handle: Callable[[AsyncConnection, Sequence[AskedT]], Awaitable[Sequence[GivenT | Exception]]],
        *,
        reads: bool = False,
    ) -> None:
        self._begin = db.read if reads else db.write
        self._handle = handle
        self._waiting: list[tuple[AskedT, asyncio.Future[GivenT]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, request: AskedT) -> GivenT:
        """Have a request done; raises what it is refused with."""
        future: asyncio.Future[GivenT] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                await self._do(batch)
        finally:
            self._worker = None

    @retried
    async def _answer(self, requests: Sequence[AskedT]) -> Sequence[GivenT | Exception]:
        async with self._begin() as tx:
            return await self._handle(tx, requests)

    async def _do(self, batch: Sequence[tuple[AskedT, asyncio.Future[GivenT]]]) -> None:
        try:
            answers = await self._answer([request for request, _ in batch])
        except Exception as error:  # noqa: BLE001 - whoever asked hears of it
            if len(batch) > 1:
                for each in batch:
                    await self._do([each])
                return
            answers = [error]
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.cancelled():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
