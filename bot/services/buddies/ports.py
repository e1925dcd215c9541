"""What study buddies need of the world outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.buddies.score import Window
from bot.domain.buddies.values import Blocks, History, MatchResult, Profile
from bot.domain.meetings.values import Presence


class Register(Protocol):
    """Knows who is in a server: Cohort keeps no members itself."""

    async def look(
        self, server_id: int, member_ids: Sequence[int], role_id: int | None
    ) -> Mapping[int, Presence]:
        """Say of each member whether they are in the server, and have the role where one is needed."""
        ...


class Matcher(Protocol):
    """Puts everybody who is in into groups, without holding up the event loop."""

    async def match(
        self, profiles: Sequence[Profile], *, blocks: Blocks, history: History, window: Window, seed: int
    ) -> MatchResult:
        """Return the round for these members."""
        ...
