"""The list of roles, filtered, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.careers import Careers, Ladder, Orientation, Role, Stage
from bot.domain.server_careers import OwnRole
from cogs.ui.cards import line
from cogs.ui.items import option
from cogs.ui.roles.items import RoleButton, RoleMenu
from cogs.ui.roles.pages import Page
from cogs.ui.roles.words import LADDERS, ORIENTATIONS, STAGES, credit_roles, gist, place
from cogs.ui.text import plain, plural

PER_PAGE: Final = 8
OPEN: Final = "-"
"""A filter that lets everything through."""

_SUMMARY: Final = 125


@dataclass(frozen=True, slots=True)
class Filter:
    """Which roles are listed, each part as it stands in a button's id."""

    stage: str = OPEN
    track: str = OPEN
    kind: str = OPEN
    ladder: str = OPEN

    def lets(self, role: Role) -> bool:
        """Whether a role is listed; work on both research and applications counts as either."""
        return (
            self.stage in {OPEN, role.stage.value}
            and (self.track == OPEN or self.track in role.tracks)
            and (self.kind in {OPEN, role.orientation.value} or role.orientation is Orientation.BOTH)
            and self.ladder in {OPEN, role.ladder.value}
        )

    @property
    def words(self) -> tuple[str, str, str, str]:
        """Return the parts, for a button's id."""
        return (self.stage, self.track, self.kind, self.ladder)

    def say(self, careers: Careers) -> str:
        """Return what is listed in words."""
        parts = []
        if self.stage != OPEN:
            parts.append(STAGES[Stage(self.stage)])
        if self.kind != OPEN:
            parts.append(ORIENTATIONS[Orientation(self.kind)])
        if self.ladder != OPEN:
            parts.append(LADDERS[Ladder(self.ladder)])
        if self.track != OPEN:
            parts.append(careers.tracks[self.track].name)
        return " · ".join(parts)


def list_page(careers: Careers, wanted: Filter, page: int, own: Mapping[int, OwnRole]) -> Page:
    """Show a page of the roles that a filter lets through; a server's own stand last, and only unfiltered."""
    roles = sorted(
        (role for role in careers.roles.values() if wanted.lets(role)),
        key=lambda role: (role.stage.rank, role.title),
    )
    rows = [(role.title, f"role:{role.id}", place(role), role.summary) for role in roles]
    if wanted == Filter():
        rows += [(each.title, f"own:{id_}", "this server's own", each.summary) for id_, each in own.items()]
    if not rows:
        return Page(
            [
                "## No such roles\nNo role fits all of that at once. Leave one filter out.",
                [RoleButton("list", 0, *Filter().words, label="All roles")],
            ]
        )
    pages = -(-len(rows) // PER_PAGE)
    page = min(page, pages - 1)
    shown = rows[page * PER_PAGE : (page + 1) * PER_PAGE]
    filtered = wanted.say(careers)
    head = f"## Roles{f': {filtered}' if filtered else ''}\n-# {plural(len(rows), 'role')} · page {page + 1} of {pages}"
    known = [value.removeprefix("role:") for _, value, _, _ in shown if value.startswith("role:")]
    parts = [head, "\n".join(map(_row, shown)), credit_roles(careers, known), line(), [_menu(shown)]]
    return Page([part for part in [*parts, _turns(wanted, page, pages)] if part])


def _row(row: tuple[str, str, str, str]) -> str:
    title, _, where, summary = row
    return f"**{plain(title)}** · {where}\n{plain(gist(summary, _SUMMARY))}"


def _menu(rows: Sequence[tuple[str, str, str, str]]) -> RoleMenu:
    options = [option(title, value, where) for title, value, where, _ in rows]
    return RoleMenu("open", options=options, placeholder="Open a role")


def _turns(wanted: Filter, page: int, pages: int) -> list[Any]:
    if pages == 1:
        return []
    return [
        RoleButton("list", max(0, page - 1), *wanted.words, label="← Before", disabled=page == 0),
        RoleButton("list", page + 1, *wanted.words, label="After →", disabled=page == pages - 1),
    ]
