"""The use cases, in one place for those who present them."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.services.arxiv import ArxivService
from bot.services.buddies.bundle import Buddies
from bot.services.careers import CareerService
from bot.services.digests import DigestService
from bot.services.discussions import DiscussionService
from bot.services.events import (
    EventFeeds,
    EventLeftovers,
    EventPolls,
    EventPosts,
    EventReminders,
    EventService,
    EventWatch,
)
from bot.services.feeds import FeedService
from bot.services.highlights import HighlightService
from bot.services.members import MemberService
from bot.services.moderation import Moderation
from bot.services.papers import PaperService
from bot.services.quizzes import Quizzes
from bot.services.reading_lists import ReadingListService
from bot.services.signals import SignalService
from bot.services.subscriptions import SubscriptionService
from bot.services.watch import WatchService


@dataclass(frozen=True, slots=True)
class Services:
    """What cogs may use. Made once, by `bot.app`."""

    clock: Clock
    arxiv: ArxivService
    buddies: Buddies
    careers: CareerService
    digests: DigestService
    discussions: DiscussionService
    event_feeds: EventFeeds
    event_leftovers: EventLeftovers
    event_polls: EventPolls
    event_posts: EventPosts
    event_reminders: EventReminders
    event_watch: EventWatch
    events: EventService
    feeds: FeedService
    highlights: HighlightService
    members: MemberService
    moderation: Moderation
    papers: PaperService
    quizzes: Quizzes
    reading_lists: ReadingListService
    signals: SignalService
    subscriptions: SubscriptionService
    watch: WatchService

    async def load(self) -> None:
        """Read the careers and questions, the first time; those who ask meanwhile wait for it."""
        await self.quizzes.library.load()  # and the careers before

    def stop(self) -> None:
        """Begin no further part of what recurs."""
        for part in (
            self.arxiv,
            self.digests,
            self.event_polls,
            self.event_posts,
            self.event_reminders,
            self.quizzes.daily,
            self.quizzes.reminders,
            self.buddies.rounds,
        ):
            part.stop()
