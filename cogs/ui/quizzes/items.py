"""The buttons and menus on the cards of quizzes. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("next")`, `@chosen("several")`.
"""

from typing import Final

from cogs.ui.actions import ID, Actions
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
