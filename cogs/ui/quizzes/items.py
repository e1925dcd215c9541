"""The buttons and menus on the cards of quizzes. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("next")`, `@chosen("several")`.
"""

from typing import Final

import discord

from cogs.ui.actions import ID, LONGEST_CHOICE, Actions
from cogs.ui.items import ActionButton, OptionMenu

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen


class QuizButton(ActionButton, template=rf"quiz:{ID}"):
    """One thing to do in a quiz."""

    prefix = "quiz"
    actions = ACTIONS


class QuizMenu(OptionMenu, template=rf"quizzes:{ID}"):
    """A choice in a quiz: options of a question, or the step that comes next."""

    prefix = "quizzes"
    actions = ACTIONS


def option(label: str, value: str, description: str = "") -> discord.SelectOption:
    """Return a choice of a menu, its texts cut to what Discord takes."""
    return discord.SelectOption(
        label=label if len(label) <= LONGEST_CHOICE else f"{label[: LONGEST_CHOICE - 1]}…",
        value=value,
        description=description[:LONGEST_CHOICE] or None,
    )
