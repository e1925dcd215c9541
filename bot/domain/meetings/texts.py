"""What is said in meetings, as values; `cogs.ui.buddies` turns them into messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.buddies.icebreakers import Session
from bot.domain.buddies.values import Profile, Reason
from bot.domain.digests import Rendered
from bot.domain.meetings.values import Meeting


@dataclass(frozen=True, slots=True)
class Introduction:
    """What people are told who were just put together."""

    meeting: Meeting
    profiles: Mapping[int, Profile]
    reasons: Sequence[Reason]
    icebreakers: Sequence[str]
    session: Session
    private: bool


class MeetingTexts(Protocol):
    """Turns what happens in meetings into messages. Nothing that a profile does not show may be said."""

    def room(self, meeting: Meeting, *, private: bool) -> Rendered:
        """Return the thread that is opened; its name is its marker."""
        ...

    def introduction(self, introduction: Introduction) -> Rendered:
        """Return the first message in the thread; it mentions the members and nobody else."""
        ...

    def poll(self, meeting: Meeting) -> Rendered:
        """Return the message with the times they can choose from."""
        ...

    def kickoff(self, meeting: Meeting) -> Rendered:
        """Return what is said where nobody has pressed anything."""
        ...

    def midway(self, meeting: Meeting) -> Rendered:
        """Ask half-way how it goes."""
        ...

    def last(self, meeting: Meeting) -> Rendered:
        """Ask before the end whether they met, and whether they want to go on together."""
        ...

    def agreed(self, meeting: Meeting) -> Rendered:
        """Say that everybody can at one of the times."""
        ...

    def reminder(self, meeting: Meeting) -> Rendered:
        """Remind of that time."""
        ...

    def poke(self, meeting: Meeting, member_id: int, until: datetime) -> Rendered:
        """Ask somebody whether they are there."""
        ...

    def here(self, meeting: Meeting, member_id: int) -> Rendered:
        """Say that they are."""
        ...

    def alone(self, meeting: Meeting, *, seeking: bool) -> Rendered:
        """Say that too few are left, and whether somebody else is looked for; never why."""
        ...

    def fewer(self, meeting: Meeting) -> Rendered:
        """Say that one of three is not with them any more, and that the two go on."""
        ...

    def goodbye(self, meeting: Meeting, *, off: bool) -> Rendered:
        """Say that the meeting is over."""
        ...

    def question(
        self, request_id: int, server_name: str, asker: Profile, reasons: Sequence[Reason], asked: Profile
    ) -> Rendered:
        """Ask somebody by direct message whether they want to meet."""
        ...

    def report(self, words: str, *, by: int | None, about: Sequence[int], at: datetime) -> Rendered:
        """Tell moderators what somebody chose to tell them."""
        ...
