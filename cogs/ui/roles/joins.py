"""Where other features join the cards of `/role`: a quiz on what a card is about, members who help with it.

A feature joins when its cog is imported, and takes no part in how the cards look:

    from cogs.ui.roles.joins import Place, join

    join(Place.QUIZ, press=start_quiz)  # async def start_quiz(interaction, skills): …

`press` gets the ids of the skills in question, the most important first, and acknowledges the interaction
itself. `tell` may add a line to the card of a skill, such as how many members help with it. Without a feature
there is neither button nor line.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import discord

from bot.domain.careers import Careers
from bot.errors import UserError
from cogs.ui.roles.items import RoleButton, pressed

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

Press = Callable[[Interaction, Sequence[str]], Awaitable[None]]
Tell = Callable[[Interaction, Sequence[str]], Awaitable[str]]


class Place(StrEnum):
    """What a feature can add, in the order of the buttons."""

    QUIZ = "quiz"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class _Join:
    press: Press
    tell: Tell | None


_LABELS: Final = {Place.QUIZ: "Quiz me on this", Place.PEOPLE: "People"}
_GONE: Final = "That is switched off at the moment. The rest of the card still works."
_joined: Final[dict[Place, _Join]] = {}


def join(place: Place, press: Press, *, tell: Tell | None = None) -> None:
    """Let a feature answer its button; the last one to join a place has it."""
    _joined[place] = _Join(press, tell)


def part(place: Place) -> None:
    """Take a feature's button away again."""
    _joined.pop(place, None)


def joined() -> frozenset[Place]:
    """Return where a feature has joined: the buttons of a card depend on it."""
    return frozenset(_joined)


def skills_of(careers: Careers, kind: str, id_: str, place: Place) -> list[str]:
    """Return the skills that a card is about, the most important first; for a quiz only those it examines."""
    if kind == "skill":
        found = [id_] if id_ in careers.skills else []
    else:
        role = careers.roles.get(id_)
        needs = sorted(role.skills, key=lambda need: (not need.essential, -need.level)) if role else []
        found = [need.skill for need in needs]
    return [skill for skill in found if place is not Place.QUIZ or careers.skills[skill].topic]


def buttons(careers: Careers, kind: str, id_: str, *, in_server: bool) -> list[RoleButton]:
    """Return the buttons of the features that have joined; people are found in a server only."""
    return [
        RoleButton("join", place.value, kind, id_, label=_LABELS[place])
        for place in Place
        if place in _joined
        and (place is not Place.PEOPLE or in_server)
        and skills_of(careers, kind, id_, place)
    ]


async def lines(interaction: Interaction, careers: Careers, skill: str) -> list[str]:
    """Return what the features have to say about a skill, a line each."""
    told = []
    for place in Place:
        joined = _joined.get(place)
        if joined is None or joined.tell is None or (place is Place.PEOPLE and interaction.guild_id is None):
            continue
        if skills := skills_of(careers, "skill", skill, place):
            told.append(await joined.tell(interaction, skills))
    return [line for line in told if line]


@pressed("join")
async def _join(interaction: Interaction, words: Sequence[str]) -> None:
    name, kind, id_ = words
    joined = _joined.get(Place(name)) if name in set(Place) else None
    careers = interaction.client.services.careers.careers
    if joined is None or not (skills := skills_of(careers, kind, id_, Place(name))):
        raise UserError(_GONE)
    await joined.press(interaction, skills)
