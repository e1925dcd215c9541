"""Everything about study buddies, in one place for those who present it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.questions import Level
from bot.services.buddies.finding import BuddyFinding
from bot.services.buddies.meetings import BuddyMeetings
from bot.services.buddies.offering import BuddyOffers
from bot.services.buddies.opening import BuddyOpening
from bot.services.buddies.profiles import BuddyProfiles
from bot.services.buddies.rematching import BuddyRematching
from bot.services.buddies.rounds import BuddyRounds
from bot.services.buddies.safety import BuddySafety
from bot.services.buddies.setup import BuddySetup

QuizLevel = Callable[[int], Awaitable[Level | None]]


async def no_level(_member_id: int) -> Level | None:
    """Know no quizzes."""
    return None


@dataclass(frozen=True, slots=True)
class Buddies:
    """What cogs may use."""

    finding: BuddyFinding
    meetings: BuddyMeetings
    offers: BuddyOffers
    opening: BuddyOpening
    profiles: BuddyProfiles
    rematching: BuddyRematching
    rounds: BuddyRounds
    safety: BuddySafety
    setup: BuddySetup
    quiz_level: QuizLevel = no_level
    """The level that a member's quizzes speak for; only ever offered to that member."""

    async def tend_due(self) -> None:
        """Do what is due in meetings, find others for those whose buddy is gone, and open new threads."""
        await self.meetings.tend_due()
        await self.rematching.match_due()
        await self.opening.open_due()
