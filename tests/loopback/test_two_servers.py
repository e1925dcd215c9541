"""Two servers ask for everything at the same moment, over the wire: nothing of one is in an answer to the other.

`tests/cogs/test_two_servers.py` asks in turns and presses more; SimCord takes one interaction at a time.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.app import App
from bot.domain.buddies.values import Availability, DayPart, Goal, GoalKind, Profile, Shown
from bot.domain.meetings.values import MeetingKind, Membership, Standing
from bot.domain.questions import Level
from bot.domain.quizzes.own_drafts import read_form
from bot.domain.quizzes.pool import OWN_TOPIC
from bot.domain.quizzes.sessions import Wanted
from bot.domain.server_careers import draft_role
from bot.services.buddies.setup import anchored
from bot.services.quizzes import Press
from bot.storage import saved
from bot.storage.buddies import meetings, profiles, rounds
from bot.storage.engine import Database
from tests.cogs.everything import SAMPLES
from tests.support import community
from tests.support.clock import FakeClock
from tests.support.loopback.interactions import Interaction
from tests.support.loopback.payloads import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    GROUP,
    INTEGER,
    ROLE,
    SUBCOMMAND,
    USER,
)
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World
from tests.support.serving import deliver, serving, world_on

SUNDAY: Final = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
MONDAY: Final = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
AT_ONCE: Final = 4
"""Commands that each of the two asks for at the same moment."""

PATIENCE_S: Final = 20.0
NOBODY: Final = "http://127.0.0.1:9"
SOURCES: Final = {
    f"{name}_url": f"{NOBODY}/{name}" for name in ("devpost", "mlh", "zindi", "hackclub", "deadlines")
}
"""Nothing is fetched: what is asked for is the servers' own."""


@dataclass(frozen=True)
class Place:
    """One of the two: its words and ids are found nowhere else."""

    word: str
    guild: int
    mod: int
    member: int
    lounge: int
    channel: int
    role: int
    zone: str

    @property
    def marks(self) -> set[str]:
        """What only this server has."""
        ids = (self.guild, self.mod, self.member, self.lounge, self.channel, self.role)
        return {self.word, self.zone, *map(str, ids)}


def build(world: World, word: str, zone: str) -> Place:
    """Make a server whose every name has its word in it."""
    guild = world.add_guild(f"Club {word}", owner=world.add_user(f"mod-{word}").id)
    member = world.add_member(guild.id, f"member-{word}").user_id
    lounge, channel = (world.add_channel(guild.id, f"{name}-{word}").id for name in ("lounge", "papers"))
    role = world.add_role(guild.id, f"role-{word}").id
    return Place(word, guild.id, guild.owner_id, member, lounge, channel, role, zone)


async def furnish(discord: LoopbackDiscord, app: App, place: Place, clock: FakeClock) -> None:
    """Set up and use everything: feeds, settings, questions of its own, study buddies, lists, and so a log."""
    mod, lounge, word = place.mod, place.lounge, place.word
    options: dict[str, Any] = {"zone": place.zone, "notices": lounge, "feeds": place.role}
    await discord.slash(mod, lounge, "setup server", **options, patience=PATIENCE_S)
    await discord.slash(
        mod, lounge, "feed papers", channel=place.channel, query=f"ti:result OR {word}", patience=PATIENCE_S
    )
    await discord.slash(
        mod, lounge, "feed papers", channel=place.channel, categories="cs.LG", patience=PATIENCE_S
    )
    await discord.slash(mod, lounge, "setup roles", career="mle", role=place.role, patience=PATIENCE_S)
    await discord.slash(
        place.member, lounge, "papers subscribe", query=f"ti:result OR {word}", patience=PATIENCE_S
    )
    services = app.services
    role = draft_role(f"Keeper of {word}", word, f"Keeps {word}.", f"https://{word}.example")
    await services.careers.add_own_role(place.guild, role, by=mod)
    question = read_form(
        f"What does a {word} eat?", f"* Leaves of {word}\nStones", f"A {word} likes leaves.", "",
        level=Level.BEGINNER, skills=(OWN_TOPIC.id,),
    )  # fmt: skip
    await services.quizzes.own.add(place.guild, question, by=mod)
    wanted = Wanted(areas=(OWN_TOPIC.id,), title=word, count=1)
    turn = await services.quizzes.play.start(place.member, place.guild, wanted)
    assert turn.question is not None
    right = next(at for at, option in enumerate(turn.question.options) if option.correct)
    await services.quizzes.play.press(Press(turn.session.id, place.member, 0, right))
    await services.quizzes.play.start(place.member, place.guild, wanted)  # one that can be gone on with
    await _furnish_buddies(app, place, clock)


async def _furnish_buddies(app: App, place: Place, clock: FakeClock) -> None:
    chosen: dict[str, Any] = {
        "channel_id": place.channel, "reports_id": place.lounge, "on": True, "promised": True,
    }  # fmt: skip
    now = clock.now()
    await app.services.buddies.setup.change(
        place.guild, lambda known: anchored(replace(known, **chosen), now), by=place.mod
    )
    async with app.db.write() as tx:
        for who in (place.member, place.mod):
            profile = Profile(
                place.guild, who, Availability.of_parts("UTC", list(DayPart), ()), learning=frozenset({"pandas"}),
                goal=Goal(GoalKind.PROJECT, f"All about {place.word}"), shows=frozenset(Shown),
            )  # fmt: skip
            await profiles.put(tx, Membership(profile, Standing.IN, findable=True), now)
        feed = await rounds.feed_of(tx, place.guild)
        assert feed is not None
        await meetings.add_all(
            tx, [((place.mod, place.member), 0)], server_id=place.guild, feed_id=feed.id, round_id=None,
            kind=MeetingKind.FIND, channel_id=place.channel, opened_at=now, ends_at=MONDAY.replace(day=30), next_at=MONDAY.replace(day=20),
        )  # fmt: skip


def commands(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every command that can be typed by its whole name."""
    waiting = [
        (command["name"], command) for command in world.commands[None].values() if command["type"] == 1
    ]
    while waiting:
        name, command = waiting.pop()
        inner = [each for each in command.get("options") or [] if each["type"] in {SUBCOMMAND, GROUP}]
        waiting += [(f"{name} {each['name']}", each) for each in inner]
        if not inner:
            yield name, command


def needed(command: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return a value for each option that a command cannot do without."""
    by_kind: dict[int, Any] = {
        CHANNEL: place.channel,
        USER: place.member,
        ROLE: place.role,
        INTEGER: 1,
        BOOLEAN: True,
        ATTACHMENT: ("a.yaml", f"cohort: 1\nwhat: {place.word}\n".encode()),
    }
    return {
        option["name"]: by_kind[option["type"]]
        if option["type"] in by_kind
        else f"{NOBODY}/{place.word}.ics"
        if option["name"] == "url"
        else SAMPLES[option["name"]]
        for option in command.get("options") or []
        if option.get("required")
    }


def said(discord: LoopbackDiscord, answer: Interaction) -> str:
    """Return all that somebody is sent: texts, buttons, menus, forms, choices, files."""
    parts: list[Any] = [answer.modal, answer.choices]
    for message in answer.messages:
        parts += [message.body, message.attachments]
        parts += [
            discord.world.messages.files[int(each["id"])].decode("utf-8", "replace")
            for each in message.attachments
        ]
    return json.dumps(parts, default=str)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_of_one_server_is_in_an_answer_to_the_other(db: Database) -> None:
    clock = FakeClock(SUNDAY)
    world = world_on(clock)
    places = (build(world, "quokka", "Asia/Kathmandu"), build(world, "narwhal", "America/St_Johns"))
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock, **SOURCES) as app:
        await app.services.load()
        for place in places:
            await furnish(discord, app, place, clock)
        clock.set(MONDAY.replace(hour=1))
        await community.announce(db, community.batch(3), clock.now())
        clock.set(MONDAY)
        await deliver(app, clock)
        async with app.db.write() as tx:
            paper = community.batch(3).announcements[0].paper.id
            for place in places:
                await saved.add(tx, place.member, paper, place.guild, clock.now(), at_most=10)
        seen: list[tuple[Place, str, str]] = []

        async def ask(place: Place, name: str, options: dict[str, Any]) -> None:
            who = place.mod if name.split(maxsplit=1)[0] in {"feed", "setup"} else place.member
            answer = await discord.slash(who, place.lounge, name, **options, patience=PATIENCE_S)
            seen.append((place, name, said(discord, answer)))

        async def offered(place: Place, name: str, option: str) -> None:
            choices = await discord.autocomplete(
                place.mod, place.lounge, name, option, "", patience=PATIENCE_S
            )
            seen.append((place, f"{name}: {option}", json.dumps(choices)))

        every = sorted(commands(world))
        assert len(every) > 50
        for start in range(0, len(every), AT_ONCE):
            some = every[start : start + AT_ONCE]
            await asyncio.gather(
                *(ask(place, name, needed(command, place)) for name, command in some for place in places)
            )
        options = (
            ("feed edit", "feed"),
            ("setup undo", "change"),
            ("role info", "name"),
            ("quiz play", "skill"),
        )
        await asyncio.gather(*(offered(place, *option) for option in options for place in places))
        await asyncio.gather(
            *(ask(place, "quiz leaderboard", {"skill": OWN_TOPIC.id}) for place in places),
            *(ask(place, "quiz play", {"skill": OWN_TOPIC.id, "count": 1}) for place in places),
        )
        posted = [
            (place, "post", json.dumps([message.body for message in discord.messages(place.channel)]))
            for place in places
        ]
        assert all("Result 1" in text for _, _, text in posted), posted
        assert leaks(places, [*seen, *posted]) == []
        for place in places:  # and it is not that nothing is seen at all
            own = {
                name for where, name, text in seen if where is place and any(m in text for m in place.marks)
            }
            assert len(own) > 20, own


def leaks(places: Sequence[Place], seen: Sequence[tuple[Place, str, str]]) -> list[str]:
    """Return what one of the two was shown of the other."""
    one, other = places
    return [
        f"{mark} of the other server in /{name}"
        for place, name, text in seen
        for mark in sorted((other if place is one else one).marks)
        if mark in text
    ]
