"""What members do with papers: look one up, search, see the latest, and what is like one."""

from bot.services.papers.lookup import ArxivLookup, Unavailable
from bot.services.papers.recent import RecentPapers
from bot.services.papers.service import PER_PAGE, Found, PaperService, PaperView, SearchPage, Slice
from bot.storage.saved import Counts

__all__ = [
    "PER_PAGE",
    "ArxivLookup",
    "Counts",
    "Found",
    "PaperService",
    "PaperView",
    "RecentPapers",
    "SearchPage",
    "Slice",
    "Unavailable",
]
