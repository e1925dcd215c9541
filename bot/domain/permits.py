"""What a server's own settings of a command (Server Settings → Integrations) say about a person.

Discord stops a command by them, but knows nothing of the buttons, menus and forms that belong to it, and they are the
only way in which a server can let somebody in who lacks the permission that the command asks for. Precedence as
Discord documents it: a channel first, the command's own before those for all commands; then the person before their
roles, one role that is let in before those that are kept out, @everyone last.
https://discord.com/developers/docs/interactions/application-commands#permissions
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ROLE: Final = 1
USER: Final = 2
CHANNEL: Final = 3


@dataclass(frozen=True, slots=True)
class Override:
    """One line of the settings."""

    id: int
    type: int
    allowed: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, and where; the channel of a thread is its parent."""

    id: int
    role_ids: frozenset[int]
    server_id: int
    channel_id: int


def decide(own: Sequence[Override], general: Sequence[Override], person: Person) -> bool | None:
    """Return whether the settings let a person in (True), keep them out (False) or say nothing (None).

    `own` are those of the command, `general` those of all of Cohort's commands: the latter can keep somebody out, but
    let nobody in who lacks the permission that a command asks for.
    """
    for lines in (own, general):
        found = _channel(lines, person)
        if found is False:
            return False
        if found is True:
            break
    if (mine := _member(own, person)) is not None:
        return mine
    return False if _member(general, person) is False else None


def _channel(lines: Sequence[Override], person: Person) -> bool | None:
    said = {line.id: line.allowed for line in lines if line.type == CHANNEL}
    everywhere = person.server_id - 1  # Discord's constant for all channels
    return said.get(person.channel_id, said.get(everywhere))


def _member(lines: Sequence[Override], person: Person) -> bool | None:
    for line in lines:
        if line.type == USER and line.id == person.id:
            return line.allowed
    roles = [line.allowed for line in lines if line.type == ROLE and line.id in person.role_ids]
    if roles:
        return any(roles)
    everyone = [line.allowed for line in lines if line.type == ROLE and line.id == person.server_id]
    return everyone[0] if everyone else None
