"""A member's own profile: a form to begin with, then a card on which each choice is applied at once."""

from cogs.ui.buddies.profile import goal, menus  # noqa: F401 - each registers its buttons
from cogs.ui.buddies.profile.card import AGE, out_card, show_profile
from cogs.ui.buddies.profile.form import check_may_join, open_join
from cogs.ui.buddies.profile.leaving import leave_card

__all__ = ["AGE", "check_may_join", "leave_card", "open_join", "out_card", "show_profile"]
