"""What the commands of `/role` and the buttons on their cards lead to."""

from cogs.ui.roles.answers.asking import EVERYTHING, ROLES, STARTS, careers_of, found, resolve
from cogs.ui.roles.answers.follows import show_follow
from cogs.ui.roles.answers.lists import show_list
from cogs.ui.roles.answers.matches import show_match
from cogs.ui.roles.answers.pairs import compare_typed, path_typed
from cogs.ui.roles.answers.things import also_page, thing_page

__all__ = [
    "EVERYTHING",
    "ROLES",
    "STARTS",
    "also_page",
    "careers_of",
    "compare_typed",
    "found",
    "path_typed",
    "resolve",
    "show_follow",
    "show_list",
    "show_match",
    "thing_page",
]
