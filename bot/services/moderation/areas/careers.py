"""What a server offers and adds to the careers, as documents."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.lookup import fold
from bot.domain.server_careers import MAX_FOLLOWED, MAX_LINKS, MAX_OWN_ROLES, RoleLink
from bot.domain.server_settings import Area
from bot.domain.transfer import Document, pair
from bot.errors import UserError
from bot.services.moderation.areas.shape import Pairs, Present, Wish
from bot.storage import career_documents, careers, server_settings


class CareerArea:
    """What a server offers and adds to the careers."""

    area = Area.ROLES

    def __init__(
        self, known: Callable[[], Any] | None = None, changed: Callable[[int], None] | None = None
    ) -> None:
        """`known` returns the careers, to refuse what is none; without it that is not looked at.

        `changed` is told the server whose additions were written.
        """
        self._known = known
        self._changed = changed

    async def present(self, tx: AsyncConnection, server_id: int) -> dict[str, Document]:
        """Return the Discord roles, own roles and links."""
        found = [career_documents.of_follow(link) for link in await careers.links(tx, server_id)]
        found += [
            career_documents.of_definition(each.kind, each.definition)
            for each in await careers.additions(tx, server_id)
        ]
        return {career_documents.target(each): each for each in found}

    async def put(self, tx: AsyncConnection, wish: Wish) -> None:
        """Add, replace or take away one."""
        await careers.lock_server(tx, wish.server_id)
        before = (await self.present(tx, wish.server_id)).get(wish.target) if wish.target else None
        if before is not None:
            await self._remove(tx, wish.server_id, before)
        if wish.document is not None:
            await self._add(tx, wish, wish.document)
        if before != wish.document:
            await server_settings.record(
                tx,
                wish.server_id,
                Area.ROLES,
                before=before,
                after=wish.document,
                by=wish.by,
                now=wish.now,
                target=career_documents.target(wish.document or before or {}),
                undoes=wish.undoes,
            )
            if self._changed is not None:
                self._changed(wish.server_id)

    async def _remove(self, tx: AsyncConnection, server_id: int, gone: Document) -> None:
        if gone["kind"] == "follow":
            await careers.remove_link(tx, server_id, gone["discord_role_id"])
            return
        for each in await careers.additions(tx, server_id):
            if career_documents.of_definition(each.kind, each.definition) == gone:
                await careers.remove(tx, server_id, each.id)

    async def _add(self, tx: AsyncConnection, wish: Wish, wanted: Document) -> None:
        server_id, by, now = wish.server_id, wish.by or 0, wish.now
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
            await careers.add_link(tx, server_id, link, by=by, now=now)
            return
        if any(career_documents.target(each) == career_documents.target(wanted) for each in present):
            raise UserError(f"“{wanted['title']}” is there already. Remove it with /setup roles first.")
        definition = {name: value for name, value in wanted.items() if name != "kind"}
        await careers.add(tx, server_id, kind, definition, by=by, now=now)

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

    def match(self, present: Present, wanted: Sequence[Document]) -> Pairs:
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
