"""Feeds on cards, the buttons and forms that act on them, and why a paper is where it is."""

from cogs.ui.feeds.buttons import FeedButton, FeedListButton
from cogs.ui.feeds.cards import (
    changed_card,
    created_card,
    feed_list,
    highlights_card,
    preview_card,
    removed_card,
)
from cogs.ui.feeds.editing import FeedFormButton, FeedSelect, edited_card, panel_card
from cogs.ui.feeds.why import why_card

__all__ = [
    "FeedButton",
    "FeedFormButton",
    "FeedListButton",
    "FeedSelect",
    "changed_card",
    "created_card",
    "edited_card",
    "feed_list",
    "highlights_card",
    "panel_card",
    "preview_card",
    "removed_card",
    "why_card",
]
