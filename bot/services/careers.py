"""What members and servers do with careers: look things up, follow, add their own, keep their skills."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cache import Cache
from bot.clock import Clock
from bot.domain.careers import Careers, Skill
from bot.domain.fit import Grasp, TickSheet
from bot.domain.lookup import Ambiguous, Directory, Finding, Found, How, Kind, Name, Option, fold
from bot.domain.papers import Paper
from bot.domain.paths import Atlas
from bot.domain.queries import parse_query
from bot.domain.server_careers import MAX_FOLLOWED, MAX_LINKS, MAX_OWN_ROLES, OwnLink, OwnRole, RoleLink
from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.services.grouping import Grouped
from bot.services.papers.recent import RecentPapers
from bot.storage import career_documents as documents
from bot.storage import careers as rows
from bot.storage import papers, server_settings
from bot.storage.engine import Database, retried

Quizzed = Callable[[int], Awaitable[Mapping[str, Grasp] | None]]

PAPERS: Final = 3
_MOST_TERMS: Final = 4
_SHORTEST_TERM: Final = 4  # "R" and "RL" are words of other things as well
_SHORTEST_ABBREVIATION: Final = 2
ADDED_FOR: Final = timedelta(seconds=10)
"""How long what a server added is taken as it was read: what another process changes is seen that much later."""
_SERVERS: Final = 1000  # whose additions are kept
_BOTH: Final = "This server has described a role of that name itself."


@dataclass(frozen=True, slots=True)
class Added:
    """What a server has added, each under the id of its row."""

    roles: Mapping[int, OwnRole]
    links: Mapping[int, OwnLink]

    def links_of(self, role: str) -> list[OwnLink]:
        """Return the links below one role."""
        return [link for link in self.links.values() if link.role == role]


@dataclass(frozen=True, slots=True)
class _Content:
    careers: Careers
    directory: Directory
    atlas: Atlas
    sheet: TickSheet


def _load_careers() -> Careers:
    from bot.content.careers import load_careers  # not before it is needed, as what checks them is

    return load_careers()


class CareerService:
    """Answers about careers from memory; what servers and members add is in the database."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        recent: RecentPapers | None = None,
        *,
        read: Callable[[], Careers] | None = None,
    ) -> None:
        self._quizzed: Quizzed | None = None
        self._db = db
        self._clock = clock
        self._recent = recent
        self._read = read or _load_careers
        self._content: _Content | None = None
        # Every card asks for these, and a transaction for each was a good part of what a card cost.
        self._added: Cache[int, Added] = Cache(_SERVERS, ADDED_FOR)
        self._additions: Grouped[int, list[rows.Addition]] = Grouped(db, self._read_additions, reads=True)
        self._loading = asyncio.Lock()

    # --- What is known ------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the files, in a thread: it takes about half a second, the first time."""
        if self._content is not None:
            return
        async with self._loading:  # many may ask in the first second of a process
            if self._content is None:
                self._content = await asyncio.to_thread(self._make)

    def _make(self) -> _Content:
        careers = self._read()
        return _Content(careers, Directory.of(careers), Atlas(careers), TickSheet(careers.skills))

    @property
    def _known(self) -> _Content:
        if self._content is None:
            msg = "load() comes first"
            raise RuntimeError(msg)
        return self._content

    @property
    def careers(self) -> Careers:
        """The roles, skills, tracks and backgrounds."""
        return self._known.careers

    @property
    def directory(self) -> Directory:
        """Their names."""
        return self._known.directory

    @property
    def atlas(self) -> Atlas:
        """The ways between roles."""
        return self._known.atlas

    @property
    def sheet(self) -> TickSheet:
        """Writes ticked skills into buttons."""
        return self._known.sheet

    # --- Looking up ---------------------------------------------------------------------------------

    async def find(self, text: str, kinds: frozenset[Kind], *, server_id: int | None = None) -> Finding:
        """Return what a name means; a server's own roles count among its members."""
        if chosen := self.directory.chosen(text, kinds - {Kind.OWN}):
            return chosen  # most people take what is offered, and no server's own role is meant by it
        finding = self.directory.find(text, kinds - {Kind.OWN})
        own = await self._own_names(server_id, kinds)
        return _with_own(finding, Directory(own).find(text)) if own else finding

    async def suggest(
        self, text: str, kinds: frozenset[Kind], *, server_id: int | None = None, limit: int = 25
    ) -> list[tuple[Option, str]]:
        """Return what may be meant while somebody types, each with the name by which it was found."""
        found = self.directory.suggest(text, kinds - {Kind.OWN}, limit=limit)
        own = await self._own_names(server_id, kinds)
        near = [each for each in Directory(own).suggest(text) if fold(text) in fold(each[1])] if own else []
        return [*near, *found][:limit]

    async def _own_names(self, server_id: int | None, kinds: frozenset[Kind]) -> list[Name]:
        if server_id is None or Kind.OWN not in kinds:
            return []
        added = await self.added(server_id)
        return [name for id_, role in added.roles.items() for name in role.names(id_)]

    async def recent_papers(self, skill: Skill) -> list[Paper]:
        """Return the latest stored papers with one of a skill's names in their title, the newest first."""
        query = paper_query(skill)
        if self._recent is None or not query:
            return []
        parsed = parse_query(query)
        ids = sorted(await self._recent.ask(lambda index: index.matching(parsed)), reverse=True)[:PAPERS]
        async with self._db.read() as tx:
            found = await papers.by_ids(tx, ids)
        return [found[id_] for id_ in ids if id_ in found]

    # --- Discord roles ------------------------------------------------------------------------------

    async def role_links(self, server_id: int) -> list[RoleLink]:
        """Return the Discord roles that members of a server may take, with what they stand for."""
        async with self._db.read() as tx:
            return await rows.links(tx, server_id)

    async def link_role(
        self, server_id: int, kind: Kind, target: str, discord_role_id: int, *, by: int
    ) -> RoleLink:
        """Let members who follow a career or track take a Discord role.

        Raises UserError where either has a partner already or the menu is full. Whether Cohort may give
        the role is for the caller to check.
        """
        things: Mapping[str, object] = self.careers.roles if kind is Kind.ROLE else self.careers.tracks
        if kind not in {Kind.ROLE, Kind.TRACK} or target not in things:
            raise UserError("Pick a career or a track from the list.")
        link = RoleLink(discord_role_id, kind.value, target)
        async with self._db.write() as tx:
            await rows.lock_server(tx, server_id)
            existing = await rows.links(tx, server_id)
            for other in existing:
                if other.discord_role_id == discord_role_id:
                    raise UserError("That Discord role stands for something already. Remove that first.")
                if (other.kind, other.target) == (link.kind, link.target):
                    raise UserError("That has a Discord role already. Remove it first.")
            if len(existing) >= MAX_FOLLOWED:
                raise UserError(f"Members choose from at most {MAX_FOLLOWED} roles. Remove one first.")
            now = self._clock.now()
            await rows.add_link(tx, server_id, link, by=by, now=now)
            await _log(tx, server_id, None, documents.of_follow(link), by=by, now=now)
        return link

    async def unlink_role(self, server_id: int, discord_role_id: int, *, by: int | None = None) -> bool:
        """Stop offering a Discord role; who has it keeps it. False where it was not offered."""
        async with self._db.write() as tx:
            await rows.lock_server(tx, server_id)
            offered = {link.discord_role_id: link for link in await rows.links(tx, server_id)}
            if not await rows.remove_link(tx, server_id, discord_role_id):
                return False
            before = documents.of_follow(offered[discord_role_id])
            await _log(tx, server_id, before, None, by=by, now=self._clock.now())
        return True

    # --- What a server adds -------------------------------------------------------------------------

    async def added(self, server_id: int) -> Added:
        """Return the roles and links a server has added, at most `ADDED_FOR` old."""
        now = self._clock.now()
        kept = self._added.get(server_id, now)
        if kept is not None:
            return kept
        found = await self._additions.ask(server_id)
        added = Added(
            {each.id: documents.own_role(each.definition) for each in found if each.kind == "role"},
            {each.id: OwnLink(**each.definition) for each in found if each.kind == "link"},
        )
        self._added.put(server_id, added, now)
        return added

    def changed(self, server_id: int) -> None:
        """Read what a server has added again when it is asked for next."""
        self._added.drop(server_id)

    async def _read_additions(
        self, tx: AsyncConnection, server_ids: Sequence[int]
    ) -> list[list[rows.Addition] | Exception]:
        found = await rows.additions_of(tx, set(server_ids))
        return [found[server_id] for server_id in server_ids]

    async def add_own_role(self, server_id: int, role: OwnRole, *, by: int) -> int:
        """Add a role of the server's own and return its id. Raises UserError for one that is known already."""
        match self.directory.find(role.title, frozenset({Kind.ROLE})):
            case Found(option=option, how=How.NAME) if fold(option.title) == fold(role.title):
                raise UserError(f"I know {option.title} already. Add a link to it instead.")
        async with self._db.write() as tx:
            await rows.lock_server(tx, server_id)
            titles = [
                each.definition["title"]
                for each in await rows.additions(tx, server_id)
                if each.kind == "role"
            ]
            if fold(role.title) in map(fold, titles):
                raise UserError("This server has a role of that name already. Remove it first.")
            if len(titles) >= MAX_OWN_ROLES:
                raise UserError(f"A server has at most {MAX_OWN_ROLES} roles of its own. Remove one first.")
            definition = asdict(role) | {"aliases": list(role.aliases)}
            now = self._clock.now()
            added = await rows.add(tx, server_id, "role", definition, by=by, now=now)
            await _log(tx, server_id, None, documents.of_role(role), by=by, now=now)
        self.changed(server_id)
        return added

    async def add_link(self, server_id: int, link: OwnLink, *, by: int) -> int:
        """Add a link below a role and return its id."""
        if link.role not in self.careers.roles:
            raise UserError("Pick a role from the list.")
        async with self._db.write() as tx:
            await rows.lock_server(tx, server_id)
            existing = [each for each in await rows.additions(tx, server_id) if each.kind == "link"]
            if any(each.definition == asdict(link) for each in existing):
                raise UserError("That link stands below that role already.")
            if len(existing) >= MAX_LINKS:
                raise UserError(f"A server has at most {MAX_LINKS} links. Remove one first.")
            now = self._clock.now()
            added = await rows.add(tx, server_id, "link", asdict(link), by=by, now=now)
            await _log(tx, server_id, None, documents.of_link(link), by=by, now=now)
        self.changed(server_id)
        return added

    async def remove_added(self, server_id: int, addition_id: int, *, by: int | None = None) -> bool:
        """Remove a role or link the server has added; False where there was none."""
        async with self._db.write() as tx:
            await rows.lock_server(tx, server_id)
            present = {each.id: each for each in await rows.additions(tx, server_id)}
            if not await rows.remove(tx, server_id, addition_id):
                return False
            gone = present[addition_id]
            before = documents.of_definition(gone.kind, gone.definition)
            await _log(tx, server_id, before, None, by=by, now=self._clock.now())
        self.changed(server_id)
        return True

    # --- What a member keeps ------------------------------------------------------------------------

    async def kept(self, member_id: int) -> dict[str, Grasp]:
        """Return the skills a member asked to be kept; those that are no longer known are left out."""
        async with self._db.read() as tx:
            found = await rows.kept(tx, member_id)
        return {skill: Grasp(grasp) for skill, grasp in found.items() if skill in self.careers.skills}

    def joined_by(self, quizzed: Quizzed) -> None:
        """Let quizzes say what a member showed in them: `quizzed` returns None where they do not allow that."""
        self._quizzed = quizzed

    async def known_from_quiz(self, member_id: int) -> Mapping[str, Grasp] | None:
        """Return what a member showed in quizzes, by skill; None where they do not allow it or there is nothing."""
        if self._quizzed is None:
            return None
        found = await self._quizzed(member_id) or {}
        return {skill: grasp for skill, grasp in found.items() if skill in self.careers.skills} or None

    @retried
    async def keep(self, member_id: int, profile: Mapping[str, Grasp]) -> None:
        """Keep these skills of a member, and no others; only ever because they asked."""
        known = {skill: int(grasp) for skill, grasp in profile.items() if skill in self.careers.skills}
        async with self._db.write() as tx:
            await rows.keep(tx, member_id, known, self._clock.now())

    @retried
    async def forget(self, member_id: int) -> int:
        """Delete the skills kept for a member; returns how many there were."""
        async with self._db.write() as tx:
            return await rows.forget(tx, member_id)


@lru_cache(maxsize=1024)  # a card asks for it each time it is shown
def paper_query(*skills: Skill, longest: int = 300) -> str:
    """Return a query for papers with one of these skills' names in the title; empty where none would do."""
    terms: list[str] = []
    for skill in skills:
        names = [
            name for name in (skill.name, *skill.aliases) if len(name) >= _SHORTEST_TERM and name.isascii()
        ]
        terms += [f'ti:"{" ".join(fold(name).split())}"' for name in names[: _MOST_TERMS // len(skills) or 1]]
    terms = list(dict.fromkeys(terms))
    while terms and len(query := " OR ".join(terms)) > longest:
        terms.pop()
    return query if terms else ""


def is_about(skill: Skill, *texts: str) -> bool:
    """Whether one of a skill's names stands in one of these texts; one in capitals has to stand there so.

    "REST" is not the rest of the day, and R is a letter before it is a language.
    """
    for name in (skill.name, *skill.aliases):
        if len(name) < _SHORTEST_ABBREVIATION:
            continue
        if name.isupper():
            sought = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            if any(sought.search(text) for text in texts):
                return True
        elif any(f" {fold(name)} " in f" {fold(text)} " for text in texts):
            return True
    return False


async def _log(
    tx: AsyncConnection,
    server_id: int,
    before: documents.Document | None,
    after: documents.Document | None,
    *,
    by: int | None,
    now: datetime,
) -> None:
    target = documents.target(after or before or {})
    await server_settings.record(
        tx, server_id, Area.ROLES, before=before, after=after, by=by, now=now, target=target
    )


def _with_own(finding: Finding, own: Finding) -> Finding:
    """Put what a server calls so itself beside what is known; the more exact of the two wins."""
    if not isinstance(own, Found):
        return finding
    if not isinstance(finding, Found):
        certain = own.how in {How.NAME, How.SHORT}
        if certain or not isinstance(finding, Ambiguous):
            return own
        return finding
    order = list(How)
    mine, theirs = order.index(own.how), order.index(finding.how)
    if mine == theirs:
        return Ambiguous((own.option, finding.option), _BOTH)
    return own if mine < theirs else finding
