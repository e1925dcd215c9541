"""Events: read from their sources, posted, put into Discord's own list, and what members do with them."""

from bot.services.events.feeds import CalendarPreview, EventFeeds
from bot.services.events.leftovers import EventLeftovers
from bot.services.events.polling import EventPolls
from bot.services.events.posting import EventPosts
from bot.services.events.reminding import EventReminders
from bot.services.events.service import Attendance, EventService
from bot.services.events.sites import Addresses
from bot.services.events.status import EventFeedStatus
from bot.services.events.watching import EventWatch

__all__ = [
    "Addresses",
    "Attendance",
    "CalendarPreview",
    "EventFeedStatus",
    "EventFeeds",
    "EventLeftovers",
    "EventPolls",
    "EventPosts",
    "EventReminders",
    "EventService",
    "EventWatch",
]
