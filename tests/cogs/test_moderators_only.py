"""Every button and menu of quizzes and study buddies is either for members or asks who presses it."""

from typing import Any

import pytest
from sqlalchemy import select

import cogs
from bot.storage.tables import buddy_rounds, feeds, server_modules, server_questions, setting_changes
from cogs.ui.buddies import items as buddies
from cogs.ui.quizzes import items as quizzes
from tests.cogs.everything import use
from tests.cogs.world import World, said

assert cogs.BUTTONS  # everything that is registered is registered by now

QUIZ = [
    *(("quiz", each, False) for each in sorted(quizzes.ACTIONS.on_press) if each.startswith(("own", "set"))),
    *(
        ("quizzes", each, True)
        for each in sorted(quizzes.ACTIONS.on_choice)
        if each.startswith(("own", "set"))
    ),
]
BUDDIES = [
    *(("buddy", each, False) for each in (
        "dry", "off", "on", "onyes", "pause", "resume", "runnow", "setup", "threads", "when",
    )),
    *(("buddies", each, True) for each in ("cadence", "channel", "reports", "role", "weekday")),
]  # fmt: skip

OF_MEMBERS = {
    "buddy": {
        "accept", "again", "ask", "block", "blockyes", "decline", "find", "findable", "fine", "goal", "gone", "here",
        "hours", "in", "join", "leave", "leaveyes", "letters", "met", "page", "paper", "profile", "quiz", "quizlevel",
        "report", "unblock", "vote",
    },
    "buddies": {"area", "group", "level", "medium", "pace", "shows", "skills"},
}  # fmt: skip
"""What anybody may press about themselves or their own meetings; a new one has to be put here or above."""


async def settings(world: World) -> list[Any]:
    async with world.app.db.read() as tx:
        return [
            [tuple(row) for row in await tx.execute(select(table))]
            for table in (buddy_rounds, feeds, server_modules, server_questions, setting_changes)
        ]


def test_each_is_of_one_kind() -> None:
    moderators = {action for kind, action, is_menu in BUDDIES if not is_menu}
    assert set(buddies.ACTIONS.on_press) == OF_MEMBERS["buddy"] | moderators
    assert set(buddies.ACTIONS.on_choice) == OF_MEMBERS["buddies"] | {
        a for _, a, is_menu in BUDDIES if is_menu
    }


@pytest.mark.parametrize("which", ["quiz", "buddies"])
async def test_whoever_is_no_moderator_is_refused_and_changes_nothing(world: World, which: str) -> None:
    before = await settings(world)
    for kind, action, is_menu in QUIZ if which == "quiz" else BUDDIES:
        result = await use(world, world.member, f"{kind}:{action}:1:1", is_menu=is_menu)
        assert "Manage Server" in said(result), action
    assert await settings(world) == before
