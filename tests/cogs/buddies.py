"""A server in which study buddies are switched on, and people who join through the commands as anybody would."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import simcord
from sqlalchemy import select

from bot.domain.buddies.values import Availability, DayPart, GroupWish, Profile
from bot.domain.meetings.values import Meeting, Membership, Standing
from bot.storage.buddies import meetings, profiles
from bot.storage.tables import buddy_meetings
from tests.cogs.world import World, nodes, said, texts

ALL_DAY = tuple(part.value for part in (DayPart.MORNING, DayPart.AFTERNOON, DayPart.EVENING))

JOINED = {"zone": "Berlin", "weekdays": list(ALL_DAY), "weekend": [], "hours": ["3"], "languages": ["en"]}


@dataclass
class Club:
    """A world in which `mira` is the moderator."""

    world: World
    channel: simcord.ChannelHandle
    reports: simcord.ChannelHandle

    async def panel(self) -> simcord.InteractionResult:
        """Open `/setup buddies`."""
        return await self.world.mod.slash(self.world.lounge, "setup buddies")

    async def switch_on(self) -> None:
        """Choose the channels and switch on, as a moderator does."""
        mod = self.world.mod
        panel = await self.panel()
        panel = await mod.select(answer_of(panel), [self.channel], custom_id="buddies:channel")
        panel = await mod.select(answer_of(panel), [self.reports], custom_id="buddies:reports")
        asked = await mod.click(answer_of(panel), label="Switch on")
        done = await mod.click(answer_of(asked), label="I have read that: switch on")
        assert "Switched on" in said(done), said(done)

    async def join(self, who: simcord.MemberActor, learn: str = "pandas") -> simcord.InteractionResult:
        """Fill in the form, choose a skill and be in."""
        opened = await who.slash(self.world.lounge, "buddy join")
        card = await who.submit_modal(opened, JOINED)
        card = await who.select(answer_of(card), ["data"], custom_id="buddies:area:learn")
        card = await who.select(answer_of(card), [learn], custom_id="buddies:skills:learn:data")
        return await who.click(answer_of(card), label="I'm in")

    async def add(self, *who: simcord.MemberActor, **values: Any) -> None:
        """Put profiles into the database: quicker than the form, where the form is not what is tried."""
        for actor in who:
            await put_profile(self.world, actor.id, **values)

    async def begin_round(self) -> list[Meeting]:
        """Go to the next round and do what is due; return the open meetings."""
        due = await self.world.app.next_due()
        assert due is not None
        await self.go_to(due)
        return await self.meetings()

    async def go_to(self, moment: datetime) -> None:
        """Move the clock and do what is due, twice: what one look leads to, the next one says."""
        await self.world.env.advance_time(max(0.0, (moment - self.world.clock.now()).total_seconds()))
        await self.due()

    async def due(self) -> None:
        """Do what is due until nothing more follows."""
        for _ in range(3):
            await self.world.run_due()

    async def meetings(self) -> list[Meeting]:
        """Return the open meetings."""
        async with self.world.app.db.read() as tx:
            return await meetings.open_of(tx, self.world.guild.id)

    async def meeting(self, meeting_id: int) -> Meeting:
        """Return one meeting as it is now."""
        async with self.world.app.db.read() as tx:
            found = await meetings.get(tx, meeting_id)
        assert found is not None
        return found

    async def every_meeting(self) -> list[Meeting]:
        """Return all there ever were."""
        async with self.world.app.db.read() as tx:
            ids = (await tx.scalars(select(buddy_meetings.c.id).order_by(buddy_meetings.c.id))).all()
        return [await self.meeting(id_) for id_ in ids]

    async def membership(self, who: simcord.MemberActor) -> Membership | None:
        """Return somebody's profile."""
        async with self.world.app.db.read() as tx:
            return await profiles.get(tx, self.world.guild.id, who.id)

    def thread(self, meeting: Meeting) -> simcord.ChannelHandle:
        """Return a meeting's thread."""
        assert meeting.thread_id is not None
        return thread_of(self.world, meeting.thread_id)

    def threads(self) -> list[Any]:
        """Return every thread of the channel, as it is kept."""
        backend = self.world.env.backend
        return [
            each for each in backend.channels.values() if each.is_thread and each.parent_id == self.channel.id
        ]

    def said_in(self, meeting: Meeting) -> list[str]:
        """Return what was said in a meeting's thread, the oldest first."""
        assert meeting.thread_id is not None
        stored = self.world.env.backend.messages.get(meeting.thread_id, {})
        return [
            "\n".join(texts(each))
            for _, each in sorted(stored.items())
            if not each.flags & 64 and texts(each)
        ]

    def message_with(self, meeting: Meeting, label: str) -> Any:
        """Return the latest message in a meeting's thread that has a button."""
        for message in reversed(self.thread(meeting).history()):
            if not message.flags.ephemeral and any(node.get("label") == label for node in nodes(message)):
                return message
        raise AssertionError(f"no button {label}: {self.said_in(meeting)}")

    async def press(
        self, who: simcord.MemberActor, meeting: Meeting, label: str
    ) -> simcord.InteractionResult:
        """Press a button in a meeting's thread."""
        return await who.click(self.message_with(meeting, label), label=label)


def answer_of(result: simcord.InteractionResult) -> Any:
    """Return the message that somebody got in answer."""
    assert result.response is not None, result
    return result.response


def thread_of(world: World, thread_id: int) -> simcord.ChannelHandle:
    """Return SimCord's handle of a thread."""
    return simcord.ChannelHandle(world.env, world.guild, world.env.backend.get_channel(thread_id))


async def put_profile(
    world: World,
    member_id: int,
    *,
    learning: Sequence[str] = ("pandas",),
    offers: Sequence[str] = (),
    zone: str = "Europe/Berlin",
    group: GroupWish = GroupWish.EITHER,
    parts: Sequence[DayPart] = (DayPart.MORNING, DayPart.AFTERNOON, DayPart.EVENING),
    standing: Standing = Standing.IN,
    findable: bool = False,
    dm_channel_id: int | None = None,
    **more: Any,
) -> None:
    """Store a profile."""
    profile = Profile(
        world.guild.id,
        member_id,
        Availability.of_parts(zone, parts, ()),
        learning=frozenset(learning),
        offers=frozenset(offers),
        group=group,
        **more,
    )
    membership = Membership(profile, standing, findable=findable, dm_channel_id=dm_channel_id)
    async with world.app.db.write() as tx:
        await profiles.put(tx, membership, world.clock.now())


async def open_club(world: World, *, on: bool = True) -> Club:
    """Return a club, switched on unless told otherwise."""
    club = Club(
        world, world.guild.create_text_channel("buddies"), world.guild.create_text_channel("mod-reports")
    )
    if on:
        await club.switch_on()
    return club
