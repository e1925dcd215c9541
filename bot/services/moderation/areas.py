"""What each area of a server's settings offers to the log, to undo, and to export and import.

A new part of Cohort whose settings are one document of `server_modules` needs no more than a `ModuleArea`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import EVENT_KINDS, MAX_LIMIT, Feed, FeedKind, FeedPlan, FeedState
from bot.domain.lookup import fold
from bot.domain.meetings.settings import check_buddy_settings
from bot.domain.quizzes.pool import check_quiz_settings
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.server_careers import MAX_FOLLOWED, MAX_LINKS, MAX_OWN_ROLES, RoleLink, check_url
from bot.domain.server_settings import Area, Module, check_server_settings
from bot.domain.transfer import Document, pair
from bot.errors import UserError
from bot.services.feeds.changing import log, replan
from bot.services.feeds.checks import check_plan, check_room, check_twin
from bot.services.feeds.states import enter, establish
from bot.storage import career_documents, careers, explaining, feeds, server_settings
from bot.storage.events import telling
from bot.storage.feed_documents import KINDS, document, plan_of, state_of

__all__ = ["AreaSettings", "CareerArea", "FeedArea", "ModuleArea", "all_areas"]


class AreaSettings(Protocol):
    """The settings of one area, as documents."""

    area: Area

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return what is set, by what the log calls it."""
        ...

    async def put(
        self,
        tx: AsyncConnection,
        server_id: int,
        target: str,
        wanted: Document | None,
        *,
        by: int | None,
        now: datetime,
        undoes: int | None = None,
    ) -> None:
        """Make one thing what is wanted (None: take it away) and log it; raises UserError where that cannot be.

        An empty target is a new thing.
        """
        ...

    def check(self, found: Mapping[str, Any], server_id: int) -> Document:
        """Return a document from elsewhere in its usual form; raises UserError for one that cannot be."""
        ...

    def match(
        self, present: Mapping[str, Document], wanted: Sequence[Document]
    ) -> list[tuple[str | None, Document]]:
        """Say which thing that is there each wanted one is; None for a new one."""
        ...


class FeedArea:
    """The feeds of a server; the log calls them by their number."""

    area = Area.FEED

    def __init__(self, knows_category: Callable[[str], bool] = lambda _code: True) -> None:
        self._knows = knows_category

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return the feeds that are not removed."""
        found = await feeds.by_server(tx, server_id)
        return {str(feed.number): document(feed) for feed in found if feed.plan.kind in KINDS}

    async def put(
        self,
        tx: AsyncConnection,
        server_id: int,
        target: str,
        wanted: Document | None,
        *,
        by: int | None,
        now: datetime,
        undoes: int | None = None,
    ) -> None:
        """Create, change, pause, remove or bring back a feed."""
        before: Feed | None = None
        if target:
            await explaining.lock(tx, server_id, int(target))
            before = await feeds.by_number(tx, server_id, int(target))
        if before is None:
            if wanted is not None:
                await self._create(tx, server_id, wanted, by=by, now=now, undoes=undoes)
            return
        if wanted is None:
            await enter(tx, before, FeedState.REMOVED, now)
        else:
            await self._change(tx, before, wanted, now)
        after = await feeds.by_id(tx, before.id)
        assert after is not None
        await log(tx, before, after, by=by, now=now, undoes=undoes)

    async def _create(
        self,
        tx: AsyncConnection,
        server_id: int,
        wanted: Document,
        *,
        by: int | None,
        now: datetime,
        undoes: int | None,
    ) -> None:
        plan = plan_of(wanted, server_id)
        of_events = plan.kind in EVENT_KINDS
        since = now if of_events else previous_slot(plan.schedule, now)
        state = state_of(wanted)
        # Whoever runs Cohort may import as well; a feed always has somebody who made it, 0 stands for them.
        _, feed_id = await establish(
            tx, plan, created_by=by or 0, now=now, since=since, state=state, undoes=undoes
        )
        if of_events:
            await telling.look_now(tx, feed_id, now)

    async def _change(self, tx: AsyncConnection, before: Feed, wanted: Document, now: datetime) -> None:
        assert before.server_id is not None
        plan, state = plan_of(wanted, before.server_id), state_of(wanted)
        if plan.kind is not before.plan.kind:
            raise UserError(f"Feed {before.number} is of {before.plan.kind}. Remove it and make another.")
        if before.state is FeedState.REMOVED:
            existing = await feeds.by_server(tx, before.server_id)
            check_room(len(existing))
            check_twin(plan, existing)
        if plan != before.plan:
            await replan(tx, before, plan, now=now)
        changed = await feeds.by_id(tx, before.id)
        assert changed is not None
        await enter(tx, changed, state, now)

    def check(self, found: Mapping[str, Any], server_id: int) -> Document:
        """Return a feed's document with everything in it; UserError says what is wrong with it."""
        named = str(found.get("kind", "nothing"))[:40]
        if named not in KINDS:
            raise UserError(f"A feed is of {', '.join(KINDS)}, not of {named}.")
        try:
            plan = plan_of(found, server_id)
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            words = f"`{error.args[0]}` is missing or unknown" if isinstance(error, KeyError) else str(error)
            raise UserError(f"A feed of {named} cannot be read: {words[:150]}.") from error
        _check(plan)
        if unknown := [each for each in plan.categories if not self._knows(each)]:
            raise UserError(f"arXiv has no category {unknown[0][:40]}.")
        now = _ANY_TIME
        sketch = Feed(0, 0, plan, state_of(found), None, now, now, next_slot(plan.schedule, now), now, None)
        return document(sketch)

    def match(
        self, present: Mapping[str, Document], wanted: Sequence[Document]
    ) -> list[tuple[str | None, Document]]:
        """A feed is the same where it reads the same for the same channel, or for another."""

        def here(each: Document) -> object:
            return (_reads(each), each["channel_id"])

        return pair(present, wanted, [here, _reads])


_ANY_TIME: Final = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def _check(plan: FeedPlan) -> None:
    if not 1 <= plan.limit <= MAX_LIMIT:
        raise UserError(f"A feed posts between 1 and {MAX_LIMIT} at a time, not {plan.limit}.")
    if plan.events is not None:
        if not plan.events.moments:
            raise UserError("A feed of events has at least one moment at which it posts.")
        if plan.kind is FeedKind.MEETUPS:
            check_url(plan.events.url)
        return
    check_plan(plan)


def _reads(each: Document) -> object:
    """What a feed is of, apart from where and when it posts; a server has one question of the day, whatever about."""
    if each["kind"] == FeedKind.QUIZ:
        return FeedKind.QUIZ.value
    of = [each.get(name) for name in ("query", "url", "sources", "conferences", "areas", "wanted")]
    return repr((each["kind"], sorted(each.get("categories", ())), of))


class CareerArea:
    """What a server offers and adds to the careers."""

    area = Area.ROLES

    def __init__(self, known: Callable[[], Any] | None = None) -> None:
        """`known` returns the careers, to refuse what is none; without it that is not looked at."""
        self._known = known

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return the Discord roles, own roles and links."""
        found = [career_documents.of_follow(link) for link in await careers.links(tx, server_id)]
        found += [
            career_documents.of_definition(each.kind, each.definition)
            for each in await careers.additions(tx, server_id)
        ]
        return {career_documents.target(each): each for each in found}

    async def put(
        self,
        tx: AsyncConnection,
        server_id: int,
        target: str,
        wanted: Document | None,
        *,
        by: int | None,
        now: datetime,
        undoes: int | None = None,
    ) -> None:
        """Add, replace or take away one."""
        await careers.lock_server(tx, server_id)
        before = (await self.present(tx, server_id)).get(target) if target else None
        if before is not None:
            await self._remove(tx, server_id, before)
        if wanted is not None:
            await self._add(tx, server_id, wanted, by=by, now=now)
        if before != wanted:
            await server_settings.record(
                tx,
                server_id,
                Area.ROLES,
                before=before,
                after=wanted,
                by=by,
                now=now,
                target=career_documents.target(wanted or before or {}),
                undoes=undoes,
            )

    async def _remove(self, tx: AsyncConnection, server_id: int, gone: Document) -> None:
        if gone["kind"] == "follow":
            await careers.remove_link(tx, server_id, gone["discord_role_id"])
            return
        for each in await careers.additions(tx, server_id):
            if career_documents.of_definition(each.kind, each.definition) == gone:
                await careers.remove(tx, server_id, each.id)

    async def _add(
        self, tx: AsyncConnection, server_id: int, wanted: Document, *, by: int | None, now: datetime
    ) -> None:
        present = list((await self.present(tx, server_id)).values())
        kind = wanted["kind"]
        most = {"follow": MAX_FOLLOWED, "role": MAX_OWN_ROLES, "link": MAX_LINKS}[kind]
        if sum(each["kind"] == kind for each in present) >= most:
            raise UserError(f"A server has at most {most} of these. Remove one with /setup roles first.")
        if kind == "follow":
            link = _follow(wanted)
            for each in present:
                if each["kind"] == "follow" and _clash(_follow(each), link):
                    raise UserError("That Discord role or that career is taken. Remove it in /setup roles.")
            await careers.add_link(tx, server_id, link, by=by or 0, now=now)
            return
        if any(career_documents.target(each) == career_documents.target(wanted) for each in present):
            raise UserError(f"“{wanted['title']}” is there already. Remove it with /setup roles first.")
        definition = {name: value for name, value in wanted.items() if name != "kind"}
        await careers.add(tx, server_id, kind, definition, by=by or 0, now=now)

    def check(self, found: Mapping[str, Any], server_id: int) -> Document:
        """Return a document with everything in it."""
        from bot.domain.server_careers import draft_link, draft_role

        known = self._known() if self._known is not None else None
        kind = found.get("kind")
        try:
            if kind == "follow":
                link = _follow(found)
                things = None if known is None else (known.roles if link.kind == "role" else known.tracks)
                if things is not None and link.target not in things:
                    raise UserError(f"I know no {link.kind} {link.target[:40]}.")
                return career_documents.of_follow(link)
            if kind == "role":
                aliases = ", ".join(str(each) for each in found.get("aliases") or ())
                role = draft_role(
                    str(found["title"]), aliases, str(found["summary"]), str(found.get("url") or "")
                )
                return career_documents.of_role(role)
            if kind == "link":
                link_ = draft_link(str(found["role"]), str(found["title"]), str(found["url"]))
                if known is not None and link_.role not in known.roles:
                    raise UserError(f"I know no role {link_.role[:40]}.")
                return career_documents.of_link(link_)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"An entry of careers cannot be read: {str(error)[:100]}.") from error
        raise UserError("An entry of careers is of kind follow, role or link.")

    def match(
        self, present: Mapping[str, Document], wanted: Sequence[Document]
    ) -> list[tuple[str | None, Document]]:
        """The same Discord role, the same career, the same title."""

        def by_role(each: Document) -> object:
            return each.get("discord_role_id")

        def by_thing(each: Document) -> object:
            if each["kind"] == "follow":
                return repr(_follow(each).kind + _follow(each).target)
            return repr((each["kind"], fold(each["title"]), each.get("role")))

        return pair(present, wanted, [by_thing, by_role])


def _follow(found: Mapping[str, Any]) -> RoleLink:
    kind = "role" if "role" in found else "track"
    return RoleLink(int(found["discord_role_id"]), kind, str(found[kind]))


def _clash(one: RoleLink, other: RoleLink) -> bool:
    return one.discord_role_id == other.discord_role_id or (one.kind, one.target) == (
        other.kind,
        other.target,
    )


def all_areas(
    *,
    careers: Callable[[], Any] | None = None,
    knows_category: Callable[[str], bool] = lambda _code: True,
    buddies: "Applied | None" = None,
) -> list[AreaSettings]:
    """Return every area there is; a part of Cohort that keeps settings of its own adds its line here.

    `buddies` brings the rounds of study buddies in line with settings that were undone or imported.
    """
    return [
        ModuleArea(Area.SERVER, Module.SERVER, check=check_server_settings),
        FeedArea(knows_category),
        CareerArea(careers),
        ModuleArea(Area.QUIZ, Module.QUIZ, check=check_quiz_settings),
        BuddyArea(Area.BUDDIES, Module.BUDDIES, check=check_buddy_settings, applied=buddies),
    ]


Check = Callable[[Document], Document]
Applied = Callable[[AsyncConnection, int, int | None, datetime], Awaitable[None]]
"""Gets the server, who did it, and when; what is set now is in the database."""


class ModuleArea:
    """The settings of one module, which are one document.

    `check` refuses what cannot be (UserError) and returns the document in its usual form; `applied` is called in the
    same transaction when undo or import has set the module, for modules that keep more than their settings.
    """

    def __init__(
        self, area: Area, module: Module, *, check: Check | None = None, applied: Applied | None = None
    ) -> None:
        self.area = area
        self._module = module
        self._check = check
        self._applied = applied

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return the settings, nothing where the module was never set."""
        found = await server_settings.read(tx, server_id, self._module)
        return {} if found is None else {"": found}

    async def put(
        self,
        tx: AsyncConnection,
        server_id: int,
        target: str,
        wanted: Document | None,
        *,
        by: int | None,
        now: datetime,
        undoes: int | None = None,
    ) -> None:
        """Set the module as a whole, or forget what was set."""
        await server_settings.write(tx, server_id, self._module, wanted, by=by, now=now, undoes=undoes)
        if self._applied is not None:
            await self._applied(tx, server_id, by, now)

    def check(self, found: Mapping[str, Any], server_id: int) -> Document:
        """Return the settings as the module wants them."""
        return self._check(dict(found)) if self._check is not None else dict(found)

    def match(
        self, present: Mapping[str, Document], wanted: Sequence[Document]
    ) -> list[tuple[str | None, Document]]:
        """There is only one."""
        return [("" if "" in present else None, each) for each in wanted]


class BuddyArea(ModuleArea):
    """Study buddies are switched on by somebody who confirms the words about age and conduct, in that very server."""

    def match(
        self, present: Mapping[str, Document], wanted: Sequence[Document]
    ) -> list[tuple[str | None, Document]]:
        """There is only one; a file switches nothing on where nobody has confirmed the words."""
        if present.get("", {}).get("promised"):
            return super().match(present, wanted)
        return super().match(present, [each | {"on": False, "promised": False} for each in wanted])
