"""What moderators do with feeds: set them up, change them, look at what they would do and at what they did."""

from bot.services.feeds.checks import check_has_papers, check_is_no_round
from bot.services.feeds.previewing import Preview
from bot.services.feeds.service import Edited, FeedService, FeedStatus

__all__ = ["Edited", "FeedService", "FeedStatus", "Preview", "check_has_papers", "check_is_no_round"]
