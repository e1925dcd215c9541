"""Makes the services and hands them what they need: the one place that knows every one of them."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.content import load_taxonomy
from bot.delivery.view import DiscordView
from bot.services.arxiv import ArxivService
from bot.services.buddies.bundle import Buddies, QuizLevel
from bot.services.buddies.finding import BuddyFinding
from bot.services.buddies.introducing import Introducer
from bot.services.buddies.matching import RoundMatcher
from bot.services.buddies.meetings import BuddyMeetings
from bot.services.buddies.offering import BuddyOffers
from bot.services.buddies.opening import BuddyOpening
from bot.services.buddies.profiles import BuddyProfiles
from bot.services.buddies.rematching import BuddyRematching
from bot.services.buddies.rounds import BuddyRounds
from bot.services.buddies.safety import BuddySafety
from bot.services.buddies.setup import BuddySetup
from bot.services.bundle import Services
from bot.services.careers import CareerService
from bot.services.changes import ChangeService
from bot.services.digests import DigestService
from bot.services.discussions import DiscussionService
from bot.services.events import (
    Addresses,
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
from bot.services.moderation import Moderation, all_areas
from bot.services.papers import ArxivLookup, PaperService, RecentPapers
from bot.services.quizzes import (
    DailyService,
    Library,
    LiveService,
    OwnQuestions,
    PlayService,
    QualityService,
    Quizzes,
    ReviewReminders,
    StandingService,
)
from bot.services.reading_lists import ReadingListService
from bot.services.signals import SignalService
from bot.services.subscriptions import SubscriptionService
from bot.services.watch import WatchService
from bot.settings import Settings
from bot.sources.http import Fetcher
from bot.sources.worker import Worker
from bot.storage.engine import Database
from cogs.ui.buddies.posts import MeetingPosts
from cogs.ui.buddies.words import skill_names
from cogs.ui.changes import ChangeCards
from cogs.ui.events import EventCards
from cogs.ui.highlights import render_highlights
from cogs.ui.notices import render_trouble
from cogs.ui.papers import render_digest
from cogs.ui.quizzes.daily import DailyCards
from cogs.ui.quizzes.live_cards import LiveCards
from cogs.ui.quizzes.reports import render_report
from cogs.ui.quizzes.reviewing import render_review


@dataclass(frozen=True)
class Means:
    """What the services work with. None of it is open when they are made."""

    settings: Settings
    clock: Clock
    owner: str
    """The name under which this process claims work."""

    db: Database
    fetcher: Fetcher
    people_fetcher: Fetcher
    """For addresses that people give: it goes to no private network that the operator has not allowed."""

    worker: Worker
    rounds_worker: Worker
    """Rounds of study buddies take seconds, and nothing else should wait for one."""


def make_services(means: Means, view: DiscordView) -> Services:
    """Return all use cases; no I/O."""
    arxiv = ArxivService(
        means.db,
        means.clock,
        means.fetcher,
        base_url=means.settings.arxiv_rss_url,
        interval_s=means.settings.arxiv_interval_s,
        owner=means.owner,
        changes=ChangeService(ChangeCards()),
        worker=means.worker,
    )
    lookup = ArxivLookup(
        means.db,
        means.clock,
        means.fetcher,
        base_url=means.settings.arxiv_api_url,
        pace_url=means.settings.arxiv_rss_url,
        interval_s=means.settings.arxiv_interval_s,
        worker=means.worker,
    )
    recent = RecentPapers(means.db, means.clock)
    papers = PaperService(means.db, means.clock, lookup, recent)
    careers = CareerService(means.db, means.clock, recent)
    library = Library(means.db, careers)
    event_cards = EventCards()
    event_polls = EventPolls(
        means.db,
        means.clock,
        means.fetcher,
        owner=means.owner,
        addresses=Addresses(
            devpost=means.settings.devpost_url,
            mlh=means.settings.mlh_url,
            zindi=means.settings.zindi_url,
            hackclub=means.settings.hackclub_url,
            deadlines=means.settings.deadlines_url,
        ),
        people=means.people_fetcher,
        worker=means.worker,
    )
    standing = StandingService(means.db, means.clock, gone=view.gone)
    buddies = _buddies(means, view, careers, standing.level)
    return Services(
        clock=means.clock,
        event_leftovers=EventLeftovers(means.db, means.clock),
        buddies=buddies,
        event_polls=event_polls,
        event_posts=EventPosts(means.db, means.clock, event_cards, absent=view.is_absent),
        event_watch=EventWatch(means.db, means.clock, event_cards, notice_channel=view.notice_channel),
        event_reminders=EventReminders(means.db, means.clock, event_cards),
        event_feeds=EventFeeds(means.db, means.clock, event_polls),
        events=EventService(means.db, means.clock, event_polls),
        careers=careers,
        quizzes=Quizzes(
            library=library,
            play=PlayService(means.db, means.clock, library),
            daily=DailyService(
                means.db, means.clock, library, DailyCards(library.topic_name), absent=view.is_absent
            ),
            quality=QualityService(
                means.db, means.clock, library, render_report, notice_channel=view.notice_channel
            ),
            reminders=ReviewReminders(means.db, means.clock, render_review),
            standing=standing,
            live=LiveService(means.db, means.clock, library, LiveCards()),
            own=OwnQuestions(means.db, means.clock, library, means.worker),
        ),
        discussions=DiscussionService(means.db, means.clock),
        papers=papers,
        reading_lists=ReadingListService(means.db, means.clock, papers),
        highlights=HighlightService(means.db, means.clock, render_highlights, absent=view.is_absent),
        members=MemberService(
            means.db,
            means.clock,
            present=view.is_member,
            leaving=buddies.profiles.leave_everywhere,
            take_out=view.take_out,
        ),
        moderation=Moderation(
            means.db,
            means.clock,
            all_areas(
                careers=lambda: careers.careers,
                careers_changed=careers.changed,
                knows_category=lambda code: load_taxonomy().canonical(code) == code,
                buddies=buddies.setup.follow,
            ),
        ),
        signals=SignalService(
            means.db,
            means.clock,
            means.fetcher,
            url=means.settings.hf_papers_url,
            owner=means.owner,
            worker=means.worker,
        ),
        watch=WatchService(means.db, means.clock, render_trouble, notice_channel=view.notice_channel),
        arxiv=arxiv,
        digests=DigestService(means.db, means.clock, render_digest, absent=view.is_absent),
        feeds=FeedService(means.db, means.clock, arxiv),
        subscriptions=SubscriptionService(means.db, means.clock, arxiv),
    )


def _buddies(means: Means, view: DiscordView, careers: CareerService, quiz_level: QuizLevel) -> Buddies:
    db, clock = means.db, means.clock
    texts = MeetingPosts(lambda: careers.careers)
    introducer = Introducer(lambda: skill_names(careers.careers), load=careers.load)
    register, matcher = view.register, RoundMatcher(means.rounds_worker)
    meetings = BuddyMeetings(db, clock, texts)
    finding = BuddyFinding(db, clock, texts, register=register, introducer=introducer)
    return Buddies(
        finding=finding,
        meetings=meetings,
        offers=BuddyOffers(db, clock, finding),
        quiz_level=quiz_level,
        opening=BuddyOpening(db, clock, texts, introducer),
        profiles=BuddyProfiles(db, clock, texts),
        rematching=BuddyRematching(
            db, clock, texts, register=register, matcher=matcher, introducer=introducer
        ),
        rounds=BuddyRounds(
            db,
            clock,
            texts,
            register=register,
            matcher=matcher,
            introducer=introducer,
            absent=view.is_absent,
        ),
        safety=BuddySafety(db, clock, texts, notice_channel=view.notice_channel),
        setup=BuddySetup(db, clock, introducer, meetings),
    )
