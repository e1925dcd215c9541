"""Two servers with everything in them, asked in turns for everything: nothing of one is seen in the other."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest_asyncio
import simcord
from discord import Permissions
from sqlalchemy import select

from bot.domain.buddies.values import Availability, DayPart, Goal, GoalKind, Profile, Shown
from bot.domain.meetings.values import Membership, Standing
from bot.domain.questions import Level
from bot.domain.quizzes.own_drafts import read_form
from bot.domain.quizzes.pool import OWN_TOPIC
from bot.domain.quizzes.sessions import Wanted
from bot.domain.server_careers import draft_link, draft_role
from bot.domain.transfer import Names
from bot.services.buddies.setup import anchored
from bot.services.quizzes import Press
from bot.storage.buddies import profiles
from bot.storage.tables import buddy_requests
from tests.cogs.everything import commands, needed
from tests.cogs.test_setup_changes import file_of
from tests.cogs.world import World, nodes, open_world, some, texts

ALL = Permissions(manage_guild=True, manage_roles=True, manage_channels=True)


class Place:
    """One of the two: its words are found nowhere else."""

    def __init__(self, world: World, word: str) -> None:
        self.word = word
        self.guild = world.env.create_guild(f"Club {word}")
        self.channel = self.guild.create_text_channel(f"papers-{word}")
        self.lounge = self.guild.create_text_channel(f"lounge-{word}")
        self.role = self.guild.create_role(f"role-{word}", mentionable=True)
        boss = self.guild.create_role(f"boss-{word}", permissions=ALL)
        world.env.backend.edit_role(self.guild.id, boss.id, {"position": 5})
        self.mod = self.guild.add_member(world.env.create_user(f"mod-{word}"), roles=[boss])
        self.member = self.guild.add_member(world.env.create_user(f"member-{word}"), roles=[])

    def marks(self) -> set[str]:
        """What only this server has: its words, and the ids of everything in it."""
        ids = (self.guild, self.channel, self.lounge, self.role, self.mod, self.member)
        return {self.word, *(str(each.id) for each in ids)}


async def furnish(world: World, place: Place) -> None:
    """Set up and use everything in a server."""
    mod, word = place.mod, place.word
    await mod.slash(place.lounge, "feed papers", channel=place.channel, query=word, mention=place.role)
    await mod.slash(place.lounge, "feed papers", channel=place.channel)
    await mod.slash(place.lounge, "feed highlights", channel=place.channel)
    await mod.slash(place.lounge, "setup server", zone="Europe/Paris", notices=place.lounge, feeds=place.role)
    await mod.slash(place.lounge, "setup roles", career="mle", role=place.role)
    await world.app.services.careers.load()
    careers = world.app.services.careers
    own = draft_role(f"Keeper of {word}", word, f"Keeps {word}.", f"https://{word}.example")
    await careers.add_own_role(place.guild.id, own, by=mod.id)
    link = draft_link("ml-engineer", f"List of {word}", f"https://{word}.example/l")
    await careers.add_link(place.guild.id, link, by=mod.id)
    await furnish_quizzes(world, place)
    await furnish_buddies(world, place)


async def furnish_quizzes(world: World, place: Place) -> None:
    """A question of their own, one of the day, and points on the board."""
    word = place.word
    await place.mod.slash(place.lounge, "setup quiz", channel=place.channel)
    question = read_form(
        f"What does a {word} eat?",
        f"* Leaves of {word}\nStones",
        f"A {word} likes leaves.",
        "",
        level=Level.BEGINNER,
        skills=(OWN_TOPIC.id,),
    )
    await world.app.services.quizzes.own.add(place.guild.id, question, by=place.mod.id)
    session = await world.app.services.quizzes.play.start(
        place.member.id, place.guild.id, Wanted(areas=(OWN_TOPIC.id,), title=word, count=1)
    )
    assert session.question is not None
    assert word in session.question.prompt
    right = next(at for at, option in enumerate(session.question.options) if option.correct)
    press = Press(session.session.id, place.member.id, 0, right)
    await world.app.services.quizzes.play.press(press)


async def furnish_buddies(world: World, place: Place) -> None:
    """Study buddies that are on, with two who may be found and say where they are."""
    now = world.clock.now()
    chosen: dict[str, Any] = {
        "channel_id": place.channel.id,
        "reports_id": place.lounge.id,
        "on": True,
        "promised": True,
    }
    await world.app.services.buddies.setup.change(
        place.guild.id, lambda known: anchored(replace(known, **chosen), now), by=place.mod.id
    )
    async with world.app.db.write() as tx:
        for who in (place.member, place.mod):
            hours = Availability.of_parts("Europe/Berlin", list(DayPart), ())
            profile = Profile(
                place.guild.id, who.id, hours, learning=frozenset({"pandas"}),
                goal=Goal(GoalKind.PROJECT, f"All about {place.word}"), shows=frozenset(Shown),
            )  # fmt: skip
            await profiles.put(tx, Membership(profile, Standing.IN, findable=True), now)


async def everything_said(world: World, result: simcord.InteractionResult) -> str:
    """Return all that somebody sees of an answer: texts, buttons, menus, files."""
    answers = [*([result.response] if result.response else []), *result.followups]
    seen = [json.dumps(list(nodes(answer)), default=str) for answer in answers]
    seen += ["\n".join(texts(answer)) for answer in answers]
    if result.response is not None and result.response.attachments:
        seen.append((await file_of(world, result))[1].decode("utf-8", "replace"))
    return "\n".join(seen)


@pytest_asyncio.fixture
async def two(tmp_path: Path, sqlite_template: Path) -> Any:
    async with open_world(tmp_path, template=sqlite_template) as world:
        world.faults_expected = True
        places = [Place(world, "quokka"), Place(world, "narwhal")]
        for place in places:
            await furnish(world, place)
        world.arxiv.serve_papers(*some(3))
        await world.next_day()
        for place in places:
            message = await world.old_message("paper:save:2601.00001", place.lounge)
            await place.member.click(message, custom_id="paper:save:2601.00001")
        yield world, places


async def test_nothing_of_one_server_is_seen_in_the_other(two: Any) -> None:
    world, places = two
    seen: list[tuple[Place, str, str]] = []

    async def ask(place: Place, name: str, options: dict[str, Any]) -> None:
        who = place.member if name.split(maxsplit=1)[0] not in {"feed", "setup"} else place.mod
        result = await who.slash(place.lounge, name, **options)
        seen.append((place, name, await everything_said(world, result)))

    for name, command in sorted(commands(world).items()):
        for place in places:  # in turns: SimCord takes one interaction at a time
            await ask(place, name, _options(world, place, command))
    for place in places:
        await ask(place, "quiz play", {"skill": OWN_TOPIC.id, "count": 1})
        await ask(place, "quiz leaderboard", {"skill": OWN_TOPIC.id})
        for custom_id in ("quiz:ownlist:0", "quiz:ownexport", "quiz:setpanel", "buddy:setup", "buddy:find"):
            message = await world.old_message(custom_id, place.lounge)
            result = await place.mod.click(message, custom_id=custom_id)
            seen.append((place, custom_id, await everything_said(world, result)))
    for option, name in (("feed", "feed edit"), ("change", "setup undo"), ("name", "role info")):
        for place in places:
            offered = await place.mod.autocomplete(place.lounge, name, option, "")
            seen.append((place, f"{name} {option}", json.dumps(offered)))
            offered = await place.mod.autocomplete(place.lounge, name, option, "keeper")
            seen.append((place, f"{name} {option}", json.dumps(offered)))
    one, other = places
    leaks = [
        f"{mark} of the other server in /{name}"
        for place, name, text in seen
        for mark in (other if place is one else one).marks()
        if mark in text
    ]
    assert leaks == []
    assert len(seen) > 2 * 35
    for place in places:  # and it is not that nothing is seen at all
        own = [text for where, _, text in seen if where is place]
        assert sum(place.word in text or str(place.channel.id) in text for text in own) > 8


async def test_numbers_of_one_server_do_nothing_in_the_other(two: Any) -> None:
    """Every button with a number or an id of the other server, pressed by this one's moderator."""
    world, (one, other) = two
    before = await _state(world, other)
    latest = (await world.app.services.moderation.log.latest(other.guild.id))[0].change
    links = (await world.app.services.careers.added(other.guild.id)).links
    for custom_id in (
        f"setup:undo:{latest.id}",
        f"setup:fix:allow:{other.channel.id}",
        f"me:delete:{other.mod.id}",
        *(f"quiz:{action}:2:0" for action in ("ownedit", "ownremove")),
        *(f"quiz:{action}:2:2" for action in ("owntake", "owndrop", "ownundo")),
        f"buddy:ask:{other.member.id}",
        *("buddy:accept:1", "buddy:vote:1:0"),
    ):
        message = await world.old_message(custom_id, one.lounge)
        await one.mod.click(message, custom_id=custom_id)
    assert await world.app.services.careers.remove_added(one.guild.id, next(iter(links))) is False
    assert await world.app.services.careers.unlink_role(one.guild.id, other.role.id) is False
    assert await _state(world, other) == before


async def _state(world: World, place: Place) -> Any:
    text = await world.app.services.moderation.transfer.export(place.guild.id, Names())
    log = await world.app.services.moderation.log.latest(place.guild.id)
    questions = await world.app.services.quizzes.own.page(place.guild.id, 0)
    async with world.app.db.read() as tx:
        asked = [tuple(row) for row in await tx.execute(select(buddy_requests))]
    return text, [entry.change.id for entry in log], questions, asked


def _options(world: World, place: Place, command: Any) -> dict[str, Any]:
    found = needed(world, command, place.channel)
    handles = {"role": place.role, "member": place.member}
    return {name: handles.get(name, value) for name, value in found.items()}
