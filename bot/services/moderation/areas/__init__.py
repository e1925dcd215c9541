"""What each area of a server's settings offers to the log, to undo, and to export and import.

A new part of Cohort whose settings are one document of `server_modules` needs no more than a `ModuleArea`.
"""

from collections.abc import Callable
from typing import Any

from bot.domain.meetings.settings import check_buddy_settings
from bot.domain.quizzes.pool import check_quiz_settings
from bot.domain.server_settings import Area, Module, check_server_settings
from bot.services.moderation.areas.careers import CareerArea
from bot.services.moderation.areas.feeds import FeedArea
from bot.services.moderation.areas.modules import Applied, BuddyArea, ModuleArea
from bot.services.moderation.areas.shape import AreaSettings, Wish

__all__ = ["AreaSettings", "CareerArea", "FeedArea", "ModuleArea", "Wish", "all_areas"]


def all_areas(
    *,
    careers: Callable[[], Any] | None = None,
    careers_changed: Callable[[int], None] | None = None,
    knows_category: Callable[[str], bool] = lambda _code: True,
    buddies: Applied | None = None,
) -> list[AreaSettings]:
    """Return every area there is; a part of Cohort that keeps settings of its own adds its line here.

    `careers_changed` is told the server whose own roles and links were undone or imported.
    `buddies` brings the rounds of study buddies in line with settings that were undone or imported.
    """
    return [
        ModuleArea(Area.SERVER, Module.SERVER, check=check_server_settings),
        FeedArea(knows_category),
        CareerArea(careers, careers_changed),
        ModuleArea(Area.QUIZ, Module.QUIZ, check=check_quiz_settings),
        BuddyArea(Area.BUDDIES, Module.BUDDIES, check=check_buddy_settings, applied=buddies),
    ]
