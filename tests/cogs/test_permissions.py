"""Who may do what, where: every command, button, menu and form, found where Cohort itself finds it.

What is new has no entry in the tables here, and fails the tests until somebody has said who may use it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest_asyncio
import simcord
from discord import Permissions
from sqlalchemy import select

from bot.domain.server_settings import DELEGATED, Area
from bot.storage.tables import (
    buddy_meetings,
    buddy_rounds,
    feeds,
    role_links,
    server_careers,
    server_modules,
    server_questions,
    setting_changes,
    setting_drafts,
)
from tests.cogs.everything import commands, components, form_ids, needed, use
from tests.cogs.world import World, open_world, said

BOTH = Permissions(manage_guild=True, manage_roles=True)
REFUSED: Final = "Only people with Manage Server may do that."
EVERYONE: Final = "everyone"
OWN: Final = "whom it belongs to"
"""Acts on what belongs to one person or a few: tests/cogs/test_belongings.py puts it into other hands."""
MEMBERS: Final = (EVERYONE, OWN)
SERVER, FEED, ROLES, QUIZ, BUDDIES = Area.SERVER, Area.FEED, Area.ROLES, Area.QUIZ, Area.BUDDIES

COMMANDS: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            f"feed {name}"
            for name in [
                "papers",
                "highlights",
                "meetups",
                "hackathons",
                "deadlines",
                "list",
                "edit",
                "remove",
                "pause",
                "resume",
                "preview",
                "why",
            ]
        ),
        FEED,
    ),
    **dict.fromkeys(
        (f"setup {name}" for name in ("start", "status", "server", "log", "undo", "export", "import")),
        SERVER,
    ),
    "setup roles": ROLES,
    "setup quiz": QUIZ,
    "setup buddies": BUDDIES,
    **dict.fromkeys(
        (f"papers {name}" for name in ("show", "search", "latest", "saved", "subscribe", "subscriptions")),
        EVERYONE,
    ),
    "help": EVERYONE,  # says to each what they can do
    **dict.fromkeys((f"me {name}" for name in ("show", "settings", "export", "delete")), EVERYONE),
    **dict.fromkeys((f"events {name}" for name in ("upcoming", "remind", "calendar")), EVERYONE),
    **dict.fromkeys(
        (f"role {name}" for name in ("info", "list", "compare", "path", "match", "skill", "start", "follow")),
        EVERYONE,
    ),
    **dict.fromkeys(
        (f"quiz {name}" for name in ("play", "review", "stats", "leaderboard", "live")), EVERYONE
    ),
    **dict.fromkeys(
        (
            f"buddy {name}"
            for name in (
                *("join", "profile", "find", "pause", "leave"),
                *("block", "unblock", "matches", "report"),
            )
        ),
        EVERYONE,
    ),
}

COMPONENTS: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "FeedButton",
            "FeedListButton",
            "FeedFormButton",
            "FeedSelect",
            "EventFeedFormButton",
            "EventFeedSelect",
        ),
        FEED,
    ),
    **dict.fromkeys(
        (
            *("EventButton", "LeadButton", "EventPick", "EventsButton", "RemindersButton"),
            *("PaperButton", "SearchButton", "LatestButton", "OverflowButton", "ListButton", "ItemButton"),
            "HelpButton",
            *("MeButton", "MeMenu"),  # act on what belongs to whoever presses, on their own card only
            "SubscriptionButton",  # acts on what belongs to whoever presses
        ),
        EVERYONE,
    ),
    **dict.fromkeys(
        (
            "SetupButton careers",
            "RoleButton newrole",
            "RoleButton newlink",
            "RoleMenu unlink",
            "RoleMenu remove",
        ),
        ROLES,
    ),
    **dict.fromkeys(
        (
            *(
                f"SetupButton {name}"
                for name in (
                    "log",
                    "undo",
                    "import",
                    "apply",
                    "cancel",
                    "server",
                    "zone",
                    "status",
                    "fix",
                    "start",
                    "go",
                    "stop",
                    "startzone",
                )
            ),
            *(
                f"SetupMenu {name}"
                for name in (
                    "logarea",
                    "logby",
                    "undo",
                    "bind",
                    "notices",
                    "language",
                    "delegate",
                    "purpose",
                    "topics",
                    "offers",
                    "place",
                )
            ),
        ),
        SERVER,
    ),
    **dict.fromkeys(
        (
            *(
                f"QuizButton own{name}"
                for name in (
                    *("list", "add", "edit", "remove", "back"),
                    *("import", "take", "drop", "undo", "export", "flags"),
                )
            ),
            *(f"QuizButton set{name}" for name in ("panel", "stop", "daily")),
            *(f"QuizMenu {name}" for name in ("ownopen", "ownlevel", "ownskill", "settopics", "setareas")),
        ),
        QUIZ,
    ),
    **dict.fromkeys(
        (
            *(
                f"QuizButton {name}"
                for name in (
                    *("one", "truth", "number", "undo", "clear", "submit"),
                    *("skip", "next", "grade", "resume", "again", "retry"),
                    *("livepenalty", "livestart", "livecancel", "livego", "livestop"),
                )
            ),
            *(f"QuizMenu live{name}" for name in ("skill", "level", "count", "seconds")),
            *("QuizMenu several", "QuizMenu step"),
            *(
                f"BuddyButton {name}"
                for name in (
                    *("accept", "decline", "vote", "met", "again", "fine"),
                    *("here", "gone", "quiz", "paper", "block"),
                )
            ),
        ),
        OWN,
    ),
    **dict.fromkeys(
        (
            # What they act on is found by who presses: their own reviews, stats, answers, profile, blocks.
            "AgainButton",  # what it opens asks who may: see test_forms.py
            *(f"QuizButton {name}" for name in ("review", "start", "remind", "remindoff", "stats", "hide")),
            *(f"QuizButton {name}" for name in ("lead", "report", "board", "place")),
            *(f"QuizButton {name}" for name in ("day", "daytruth", "daynumber", "daymine")),
            *(f"QuizButton live{name}" for name in ("join", "pick", "type", "how")),
            *("QuizMenu day", "QuizMenu livemany"),
            *(f"BuddyButton {name}" for name in ("join", "hours", "profile", "page", "in", "quizlevel")),
            *(f"BuddyButton {name}" for name in ("findable", "letters", "goal", "leave", "leaveyes")),
            *(f"BuddyButton {name}" for name in ("find", "ask", "blockyes", "unblock", "report")),
            *(
                f"BuddyMenu {name}"
                for name in ("area", "skills", "level", "pace", "group", "medium", "shows")
            ),
        ),
        EVERYONE,
    ),
    **dict.fromkeys(
        (
            *(
                f"BuddyButton {name}"
                for name in (
                    *("setup", "threads", "when", "on", "onyes"),
                    *("off", "pause", "resume", "dry", "runnow"),
                )
            ),
            *(f"BuddyMenu {name}" for name in ("channel", "reports", "role", "cadence", "weekday")),
        ),
        BUDDIES,
    ),
}
_ROLES_OF_MEMBERS: Final = ("RoleButton", "RoleMenu")

FORMS: Final[dict[str, str]] = {
    "feed:form": FEED,
    "efeed:form": FEED,
    "careers:role": ROLES,
    "careers:link": ROLES,
    "setup:form": SERVER,
    "me:form": EVERYONE,
    "own:": QUIZ,
    "quiz:daily": QUIZ,
    "quiz:number:": OWN,
    **dict.fromkeys(("quiz:daynumber:", "quiz:reported:", "quiz:reminding", "live:"), EVERYONE),
    "buddy:form:when": BUDDIES,
    **dict.fromkeys(("buddy:form:join", "buddy:form:goal", "buddy:form:report:"), EVERYONE),
}


def needs(what: str) -> str:
    """Return who may use a component; those about careers are for everyone unless they are named."""
    if what in COMPONENTS:
        return COMPONENTS[what]
    assert what.split(maxsplit=1)[0] in _ROLES_OF_MEMBERS, f"{what} is new: say in this file who may use it"
    return EVERYONE


@dataclass
class Cast:
    """A server with everybody who may come along."""

    world: World
    people: dict[str, simcord.MemberActor]

    def may(self, name: str, area: str) -> bool:
        """Return whether somebody may do what an area is for, as docs/moderators.md says it."""
        if name in {"admin", "manager", "let in"}:
            return True
        return name == f"has {area}"


@asynccontextmanager
async def cast_of(folder: Path, template: Path) -> AsyncIterator[Cast]:
    async with open_world(folder, template=template) as world:
        people = {
            "admin": world.join("ann", Permissions(administrator=True)),
            "manager": world.join("mel", BOTH),
            "kept out": world.join("kit", BOTH),
            "let in": world.join("lea"),
            "member": world.member,
        }
        settings = {}
        for area in DELEGATED:
            role = world.guild.create_role(f"{area} crew")
            people[f"has {area}"] = world.guild.add_member(world.env.create_user(f"d-{area}"), roles=[role])
            settings[f"{area}_role_id"] = role.id
        await world.app.services.moderation.settings.change(world.guild.id, by=world.mod.id, **settings)
        overrides: dict[Any, bool] = {people["let in"]: True, people["kept out"]: False}
        # So that they see the command at all; what they may do with it, their role says.
        overrides |= {people[f"has {area}"]: True for area in DELEGATED}
        for command in ("feed", "setup"):
            world.guild.set_command_permissions(world.command_id(command), dict(overrides))
        world.faults_expected = True
        yield Cast(world, people)


@pytest_asyncio.fixture
async def cast(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Cast]:
    async with cast_of(tmp_path, sqlite_template) as found:
        yield found


async def held(world: World) -> list[list[Any]]:
    """Return everything that moderators set, of all servers."""
    watched = (
        *(feeds, role_links, server_careers, server_modules, setting_changes, setting_drafts),
        *(server_questions, buddy_meetings, buddy_rounds),
    )
    async with world.app.db.read() as tx:
        return [[tuple(row) for row in await tx.execute(select(table))] for table in watched]


async def test_every_command_has_an_entry(world: World) -> None:
    assert set(commands(world)) == set(COMMANDS)


def test_every_component_and_form_has_an_entry() -> None:
    seen = {what for what, _ in components().values()}
    for what in seen:
        needs(what)
    assert set(COMPONENTS) <= seen, "these are gone"
    for custom_id in form_ids():
        assert any(custom_id.startswith(start) for start in FORMS), f"{custom_id} is new"


async def test_every_command_by_everybody(cast: Cast) -> None:
    """Every command × who: exactly those who may are not refused, even where Discord stops nobody."""
    world = cast.world
    for command in ("feed", "setup"):
        world.let_through(command)
    wrong: list[str] = []
    for name, found in sorted(commands(world).items()):
        area = COMMANDS[name]
        for who, actor in cast.people.items():
            if area != EVERYONE and who == "kept out":
                continue  # that one Discord does stop; what belongs to the command is looked at below
            result = await actor.slash(world.lounge, name, **needed(world, found))
            allowed = result.response is None or REFUSED not in said(result)  # a form, where nothing is said
            if allowed is not (area == EVERYONE or cast.may(who, area)):
                wrong.append(f"/{name} by {who}: {'let in' if allowed else 'refused'}")
    assert wrong == []


async def test_every_component_by_everybody(cast: Cast) -> None:
    """Every button and menu that belongs to moderators × who."""
    world = cast.world
    wrong: list[str] = []
    for custom_id, (what, is_menu) in components().items():
        area = needs(what)
        if area in MEMBERS:
            continue
        for who, actor in cast.people.items():
            result = await use(world, actor, custom_id, is_menu=is_menu)
            allowed = result.response is None or REFUSED not in said(result)
            if allowed is not cast.may(who, area):
                wrong.append(f"{custom_id} by {who}: {'let in' if allowed else 'refused'}")
    assert wrong == []


async def test_components_in_six_wrong_hands(cast: Cast) -> None:
    """Whoever presses and wherever: nothing happens, and they are told."""
    world = cast.world
    other = world.env.create_guild("Other")
    square = other.create_text_channel("square")
    boss = other.create_role("boss", permissions=BOTH)
    stranger = other.add_member(cast.people["manager"].user, roles=[])
    foreign = world.env.create_user("fay")
    other.add_member(foreign, roles=[boss])
    here_only_member = world.guild.add_member(foreign, roles=[])
    left = world.env.create_guild("Left")
    plaza = left.create_text_channel("plaza")
    chiefs = left.create_role("chief", permissions=BOTH)
    chief = left.add_member(world.env.create_user("cy"), roles=[chiefs])
    former_role = world.guild.create_role("former", permissions=BOTH)
    former = world.guild.add_member(world.env.create_user("fred"), roles=[former_role])
    world.env.backend.edit_role(world.guild.id, former_role.id, {"permissions": 0})
    hands = {
        "a member": (cast.people["member"], world.lounge),
        "a moderator of another server": (here_only_member, world.lounge),
        "our moderator in another server": (stranger, square),
        "somebody who was a moderator": (former, world.lounge),
        "somebody with another part": (cast.people["has buddies"], world.lounge),
        "somebody with yet another part": (cast.people["has feed"], world.lounge),
        "a moderator whom the server keeps away": (cast.people["kept out"], world.lounge),
        "a moderator where I am no member": (chief, plaza),
    }
    before = await held(world)
    let_in: list[str] = []
    ids = {
        each: (needs(what), is_menu)
        for each, (what, is_menu) in components().items()
        if needs(what) not in MEMBERS
    }
    guilds = world.app.bot._connection._guilds
    for custom_id, (area, is_menu) in ids.items():
        for name, (actor, where) in hands.items():
            if actor is cast.people.get(f"has {area}"):
                continue  # theirs
            posted_ = partial(use, world, actor, custom_id, is_menu=is_menu, where=where)
            if where is plaza:
                # As for an app that somebody installed for themselves: Discord knows the server, we do not.
                gone = guilds.pop(left.id)
                result = await posted_(role=chiefs)
                guilds[left.id] = gone
            else:
                result = await posted_(role=boss if where is square else None)
            words = said(result) if result.response or result.followups else "no answer, or a form"
            if REFUSED not in words and "I am not a member of this server" not in words:
                let_in.append(f"{custom_id} by {name}: {words[:60]}")
    assert let_in == []
    assert len(hands) >= 6
    assert len(ids) > 40
    assert await held(world) == before


async def test_a_moderators_button_in_direct_messages(cast: Cast) -> None:
    world, user = cast.world, cast.people["manager"].user
    for custom_id, (what, is_menu) in components().items():
        if needs(what) not in MEMBERS and not is_menu:
            message = await world.old_message(custom_id, user.dm_channel)
            result = await user.click(message, custom_id=custom_id)
            assert "That works in a server" in said(result), custom_id
