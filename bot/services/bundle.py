"""The use cases, in one place for those who present them."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.services.arxiv import ArxivService
from bot.services.digests import DigestService
from bot.services.feeds import FeedService
from bot.services.signals import SignalService
from bot.services.watch import WatchService


@dataclass(frozen=True, slots=True)
class Services:
    """What cogs may use. Made once, by `bot.app`."""

    clock: Clock
    arxiv: ArxivService
    digests: DigestService
    feeds: FeedService
    signals: SignalService
    watch: WatchService
