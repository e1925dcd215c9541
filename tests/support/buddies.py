"""Study buddies without Discord: who is in a server, plain words, and services put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from bot.domain.buddies.matching import match
from bot.domain.buddies.score import Window
from bot.domain.buddies.values import (
    Availability,
    Blocks,
    DayPart,
    GroupWish,
    History,
    MatchResult,
    Profile,
    Reason,
)
from bot.domain.digests import Rendered
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.texts import Introduction
from bot.domain.meetings.values import Meeting, Membership, Presence, Standing
from bot.domain.outbox import Action
from bot.services.buddies.bundle import Buddies
from bot.services.buddies.finding import BuddyFinding
from bot.services.buddies.introducing import Introducer
from bot.services.buddies.meetings import BuddyMeetings
from bot.services.buddies.offering import BuddyOffers
from bot.services.buddies.opening import BuddyOpening
from bot.services.buddies.profiles import BuddyProfiles
from bot.services.buddies.rematching import BuddyRematching
from bot.services.buddies.rounds import BuddyRounds
from bot.services.buddies.safety import BuddySafety
from bot.services.buddies.setup import BuddySetup
from bot.storage.buddies import meetings, profiles
from bot.storage.engine import Database
from tests.support.clock import FakeClock

SERVER, CHANNEL, REPORTS, MOD = 1, 100, 900, 77
_DAY = timedelta(days=1)
ALL_DAY = (DayPart.MORNING, DayPart.AFTERNOON, DayPart.EVENING)


@dataclass
class FakeRegister:
    """Who is in a server; everybody, unless a test says otherwise."""

    standing: dict[int, Presence] = field(default_factory=dict)
    asked: list[tuple[int, ...]] = field(default_factory=list)

    async def look(
        self, server_id: int, member_ids: Sequence[int], role_id: int | None
    ) -> Mapping[int, Presence]:
        self.asked.append(tuple(member_ids))
        return {id_: self.standing.get(id_, Presence.HERE) for id_ in member_ids}


class InlineMatcher:
    """Matches on the spot."""

    async def match(
        self, profiles: Sequence[Profile], *, blocks: Blocks, history: History, window: Window, seed: int
    ) -> MatchResult:
        return match(profiles, blocks=blocks, history=history, window=window, seed=seed)


class PlainTexts:
    """What is said, in one line each."""

    def room(self, meeting: Meeting, *, private: bool) -> Rendered:
        name = f"room {meeting.id}"
        return Rendered({"name": name, "type": 12 if private else 11}, name, action=Action.ROOM)

    def introduction(self, introduction: Introduction) -> Rendered:
        return _line(introduction.meeting, "hello " + " ".join(map(str, introduction.meeting.member_ids)))

    def poll(self, meeting: Meeting) -> Rendered:
        return _line(meeting, f"poll of {len(meeting.times)}")

    def kickoff(self, meeting: Meeting) -> Rendered:
        return _line(meeting, "kickoff")

    def midway(self, meeting: Meeting) -> Rendered:
        return _line(meeting, "midway")

    def last(self, meeting: Meeting) -> Rendered:
        return _line(meeting, "last")

    def agreed(self, meeting: Meeting) -> Rendered:
        return _line(meeting, f"agreed {meeting.agreed}")

    def reminder(self, meeting: Meeting) -> Rendered:
        return _line(meeting, "reminder")

    def poke(self, meeting: Meeting, member_id: int, until: datetime) -> Rendered:
        return _line(meeting, f"poke {member_id}")

    def here(self, meeting: Meeting, member_id: int) -> Rendered:
        return _line(meeting, f"here {member_id}")

    def alone(self, meeting: Meeting, *, seeking: bool) -> Rendered:
        return _line(meeting, "alone, seeking" if seeking else "alone")

    def fewer(self, meeting: Meeting) -> Rendered:
        return _line(meeting, "fewer")

    def goodbye(self, meeting: Meeting, *, off: bool) -> Rendered:
        return _line(meeting, "switched off" if off else "goodbye")

    def question(
        self, request_id: int, server_name: str, asker: Profile, reasons: Sequence[Reason], asked: Profile
    ) -> Rendered:
        text = f"question {request_id} by {asker.member_id}"
        return Rendered({"content": text}, text)

    def report(self, words: str, *, by: int | None, about: Sequence[int], at: datetime) -> Rendered:
        text = f"report: {words} | by {by} | about {sorted(about)}"
        return Rendered({"content": text}, text)


def _line(meeting: Meeting, words: str) -> Rendered:
    text = f"{meeting.id}: {words}"
    return Rendered({"content": text}, text)


@dataclass
class Desk:
    """Everything about study buddies on one database."""

    db: Database
    clock: FakeClock
    register: FakeRegister
    buddies: Buddies
    notices: dict[int, int]

    async def switch_on(self, server_id: int = SERVER, channel_id: int = CHANNEL, **more: Any) -> None:
        """Switch on: rounds on Mondays at ten, UTC."""
        values = {"on": True, "channel_id": channel_id, "reports_id": REPORTS, "promised": True, **more}
        await self.buddies.setup.change(server_id, lambda known: _with(known, values), by=MOD)

    async def change(self, server_id: int = SERVER, **values: Any) -> None:
        """Change settings."""
        await self.buddies.setup.change(server_id, lambda known: _with(known, values), by=MOD)

    async def add(self, *member_ids: int, server_id: int = SERVER, **values: Any) -> None:
        """Store profiles."""
        for member_id in member_ids:
            async with self.db.write() as tx:
                await profiles.put(tx, membership(member_id, server_id=server_id, **values), self.clock.now())

    async def round(self) -> list[Meeting]:
        """Go to the next Monday at ten and make the round; return the open meetings."""
        now = self.clock.now()
        monday = datetime.combine(now.date(), time(10), now.tzinfo)
        while monday <= now or monday.weekday() != 0:
            monday = monday.replace(hour=10) + _DAY
        self.clock.set(monday)
        await self.buddies.rounds.run_due()
        await self.buddies.tend_due()
        return await self.open()

    async def open(self, server_id: int = SERVER) -> list[Meeting]:
        """Return the open meetings."""
        async with self.db.read() as tx:
            return await meetings.open_of(tx, server_id)

    async def meeting(self, meeting_id: int) -> Meeting:
        """Return one meeting."""
        async with self.db.read() as tx:
            found = await meetings.get(tx, meeting_id)
        assert found is not None
        return found

    async def membership(self, member_id: int, server_id: int = SERVER) -> Membership | None:
        """Return somebody's profile."""
        async with self.db.read() as tx:
            return await profiles.get(tx, server_id, member_id)


def membership(
    member_id: int,
    *,
    server_id: int = SERVER,
    learning: Sequence[str] = ("pandas",),
    offers: Sequence[str] = (),
    zone: str = "UTC",
    parts: Sequence[DayPart] = ALL_DAY,
    group: GroupWish = GroupWish.EITHER,
    standing: Standing = Standing.IN,
    findable: bool = True,
    dm_channel_id: int | None = None,
    **more: Any,
) -> Membership:
    """Return a profile that fits most others."""
    profile = Profile(
        server_id,
        member_id,
        Availability.of_parts(zone, parts, parts),
        learning=frozenset(learning),
        offers=frozenset(offers),
        group=group,
        **more,
    )
    return Membership(profile, standing, findable=findable, dm_channel_id=dm_channel_id)


def make_desk(
    db: Database, clock: FakeClock, register: FakeRegister | None = None, *, texts: PlainTexts | None = None
) -> Desk:
    """Put everything together, on a database that may be one of a process that dies."""
    texts, register = texts or PlainTexts(), register or FakeRegister()
    introducer = Introducer(dict)
    matcher = InlineMatcher()
    talks = BuddyMeetings(db, clock, texts)
    notices: dict[int, int] = {}
    finding = BuddyFinding(db, clock, texts, register=register, introducer=introducer)
    buddies = Buddies(
        finding=finding,
        meetings=talks,
        offers=BuddyOffers(db, clock, finding),
        opening=BuddyOpening(db, clock, texts, introducer),
        profiles=BuddyProfiles(db, clock, texts),
        rematching=BuddyRematching(
            db, clock, texts, register=register, matcher=matcher, introducer=introducer
        ),
        rounds=BuddyRounds(db, clock, texts, register=register, matcher=matcher, introducer=introducer),
        safety=BuddySafety(
            db, clock, texts, notice_channel=lambda server, chosen: chosen or notices.get(server)
        ),
        setup=BuddySetup(db, clock, introducer, talks),
    )
    return Desk(db, clock, register, buddies, notices)


def _with(known: BuddySettings, values: Mapping[str, Any]) -> BuddySettings:
    return replace(known, **values)
