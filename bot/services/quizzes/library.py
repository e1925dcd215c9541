"""The questions there are, and what their topics and skills are called."""

import asyncio
from collections.abc import Callable, Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.questions import Bank, Question
from bot.domain.quizzes.pool import OWN_TOPIC, QuestionPool
from bot.services.careers import CareerService
from bot.services.quizzes.areas import Areas
from bot.storage.engine import Database
from bot.storage.quizzes import own


def _load_questions() -> Bank:
    from bot.content.questions import load_questions  # not before it is needed: its schema takes time to make

    return load_questions()


class Library:
    """The bundled bank in memory; what a server adds and switches off is read when it is asked for."""

    def __init__(
        self, db: Database, careers: CareerService, *, read: Callable[[], Bank] | None = None
    ) -> None:
        self._db = db
        self._careers = careers
        self._read = read or _load_questions
        self._bank: Bank | None = None
        self._bundled: Areas | None = None
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Read the files, in a thread: it takes about a second, the first time."""
        if self._bank is not None:
            return
        async with self._loading:
            if self._bank is None:
                await self._careers.load()
                self._bank = await asyncio.to_thread(self._read)

    @property
    def bank(self) -> Bank:
        """The bundled questions."""
        if self._bank is None:
            msg = "load() comes first"
            raise RuntimeError(msg)
        return self._bank

    def topic_name(self, topic: str) -> str:
        """Return what a topic is called."""
        for each in (*self.bank.topics, OWN_TOPIC):
            if each.id == topic:
                return each.name
        return topic.replace("-", " ")

    def skill_name(self, skill: str) -> str:
        """Return what a skill is called; of own questions that name none, what they are."""
        if skill == OWN_TOPIC.id:
            return "this server's own questions"
        known = self._careers.careers.skills.get(skill)
        return known.name if known else skill.replace("-", " ")

    def has_card(self, skill: str) -> bool:
        """Whether `/role skill` has something to say about a skill."""
        return skill in self._careers.careers.skills

    async def pool(self, tx: AsyncConnection, server_id: int | None) -> QuestionPool:
        """Return what may be asked in a server, or in direct messages where it is None."""
        await self.load()
        return await own.pool(tx, self.bank, server_id)

    async def questions(
        self, tx: AsyncConnection, ids: Collection[str], *, removed: bool = True
    ) -> dict[str, Question]:
        """Return questions that were asked already, by their ids; with `removed` those that were since."""
        await self.load()
        return await own.by_ids(tx, self.bank, ids, removed=removed)

    async def areas(self, server_id: int | None) -> Areas:
        """Return the names of a server's topics and skills."""
        async with self._db.read() as tx:
            pool = await self.pool(tx, server_id)
        if pool.questions == self.bank.questions:  # as good as every server: made once
            if self._bundled is None:
                self._bundled = Areas(pool, self._careers.careers)
            return self._bundled
        return await asyncio.to_thread(Areas, pool, self._careers.careers)
