"""Everything that can be typed, pressed, chosen or submitted, found where Cohort itself finds it."""

import re
from collections.abc import Iterator
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import discord
from discord import app_commands
from discord.http import Route

from bot.tree import GuardedSelect
from cogs import BUTTONS
from cogs.ui import forms
from cogs.ui.buddies import items as buddy_items
from cogs.ui.cards import IS_COMPONENTS_V2
from cogs.ui.quizzes import items as quiz_items
from cogs.ui.roles import items as role_items
from cogs.ui.setup import items as setup_items
from tests.cogs.world import World

ACTIONS: dict[str, Any] = {
    "RoleButton": ("role", role_items.ACTIONS.on_press),
    "RoleMenu": ("roles", role_items.ACTIONS.on_choice),
    "QuizButton": ("quiz", quiz_items.ACTIONS.on_press),
    "QuizMenu": ("quizzes", quiz_items.ACTIONS.on_choice),
    "BuddyButton": ("buddy", buddy_items.ACTIONS.on_press),
    "BuddyMenu": ("buddies", buddy_items.ACTIONS.on_choice),
    "SetupButton": ("setup", setup_items.ACTIONS.on_press),
    "SetupMenu": ("setups", setup_items.ACTIONS.on_choice),
}
"""Components whose actions are registered by the modules that draw them."""

WORDS: dict[str, str] = {
    **dict.fromkeys(("quiz:ownlist", "quiz:ownback", "quizzes:ownopen"), "1"),
    **dict.fromkeys(("quiz:ownedit", "quiz:ownremove", "quizzes:ownlevel", "quizzes:ownskill"), "1:0"),
    **dict.fromkeys(("quiz:owntake", "quiz:owndrop", "quiz:ownundo"), "1:1"),
}
"""What stands behind an action where nothing could be done without it."""

ENTITIES = {
    **dict.fromkeys(("channel", "notices", "bind", "place", "reports"), 8),
    **dict.fromkeys(("mention", "delegate", "role"), 6),
    "logby": 5,
}
"""Menus of channels, roles and people, by a word of their custom id; the others are of words."""


def commands(world: World) -> dict[str, app_commands.Command[Any, ..., Any]]:
    """Return every command that can be typed, by its whole name."""
    return {
        command.qualified_name: command
        for command in world.app.bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }


def components() -> dict[str, tuple[str, bool]]:
    """Return custom ids that stand for every component: what it is, and whether it is a menu."""
    found: dict[str, tuple[str, bool]] = {}
    for each in BUTTONS:
        is_menu = issubclass(each, GuardedSelect)
        if each.__name__ in ACTIONS:
            prefix, registered = ACTIONS[each.__name__]
            for action in registered:
                custom_id = f"{prefix}:{action}"
                if custom_id in WORDS:
                    custom_id += f":{WORDS[custom_id]}"
                found[custom_id] = (f"{each.__name__} {action}", is_menu)
            continue
        for custom_id in examples(each.__discord_ui_compiled_template__.pattern):
            found[custom_id] = (each.__name__, is_menu)
    return found


def form_ids() -> list[str]:
    """Return the custom ids of every form that is answered after a restart."""
    return [custom_id for known in forms.KNOWN for custom_id in examples(known.pattern.pattern)]


def examples(pattern: str, most: int = 200) -> list[str]:
    """Return texts that a pattern matches: one for each way through its alternatives, the shortest of each."""
    found = ["".join(parts) for parts, _ in zip(_ways(parser.parse(pattern)), range(most), strict=False)]
    assert all(re.fullmatch(pattern, text) for text in found), pattern
    return list(dict.fromkeys(found))


def _ways(tree: Any) -> Iterator[tuple[str, ...]]:
    yield from product(*(_texts(code, value) for code, value in tree))


def _texts(code: Any, value: Any) -> list[str]:
    if code is codes.LITERAL:
        return [chr(value)]
    if code is codes.SUBPATTERN:
        return ["".join(way) for way in _ways(value[3])]
    if code is codes.BRANCH:
        return ["".join(way) for branch in value[1] for way in _ways(branch)]
    if code is codes.MAX_REPEAT:
        least, _, inner = value
        return ["".join(way) * max(least, 0) for way in _ways(inner)]
    if code is codes.IN:
        return [_first(value)]
    if code in {codes.ANY, codes.NOT_LITERAL}:
        return ["x"]
    if code is codes.AT:
        return [""]
    raise NotImplementedError(code)


def _first(value: Any) -> str:
    code, what = value[0]
    if code is codes.NEGATE:
        return "x"
    if code is codes.RANGE:
        return chr(what[0]) if chr(what[0]) != "0" else "1"
    if code is codes.CATEGORY:
        return "1"
    return chr(what)


async def posted(world: World, custom_id: str, *, is_menu: bool, where: Any = None) -> Any:
    """Post a message with one button or menu, as an older Cohort may have."""
    if not is_menu:
        return await world.old_message(custom_id, where)
    kind = next((number for word, number in ENTITIES.items() if word in custom_id.split(":")), 3)
    item: dict[str, Any] = {"type": kind, "custom_id": custom_id}
    if kind == 3:
        item["options"] = [{"label": "One", "value": "1"}]
    channel = where or world.lounge
    body = {"flags": IS_COMPONENTS_V2, "components": [{"type": 1, "components": [item]}]}
    with world.env.time_context():
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)
        created = await world.app.bot.http.request(route, json=body)
    return world.message(channel, int(created["id"]))


async def use(
    world: World, who: Any, custom_id: str, *, is_menu: bool, where: Any = None, role: Any = None
) -> Any:
    """Press a button, or choose something from a menu."""
    message = await posted(world, custom_id, is_menu=is_menu, where=where)
    if not is_menu:
        return await who.click(message, custom_id=custom_id)
    kind = next((number for word, number in ENTITIES.items() if word in custom_id.split(":")), 3)
    value = {3: "1", 5: who, 6: role or world.any_role, 8: where or world.papers}[kind]
    return await who.select(message, [value], custom_id=custom_id)


SAMPLES: dict[str, Any] = {
    "query": "gan",
    "paper": "2601.00001",
    "feed": "1",
    "name": "mle",
    "first": "mle",
    "second": "data scientist",
    "start": "data scientist",
    "goal": "mle",
    "skill": "python",
    "background": "student",
    "event": "1",
    "until": "2 weeks",
}


def needed(world: World, command: app_commands.Command[Any, ..., Any], channel: Any = None) -> dict[str, Any]:
    """Return a value for each option that a command cannot do without."""
    found: dict[str, Any] = {}
    for option in command.parameters:
        if not option.required:
            continue
        match option.type:
            case discord.AppCommandOptionType.channel:
                found[option.name] = channel or world.papers
            case discord.AppCommandOptionType.user:
                found[option.name] = world.member
            case discord.AppCommandOptionType.role:
                found[option.name] = world.any_role
            case discord.AppCommandOptionType.integer:
                found[option.name] = 1
            case discord.AppCommandOptionType.boolean:
                found[option.name] = True
            case discord.AppCommandOptionType.attachment:
                found[option.name] = ("a.yaml", b"cohort: 1\n")
            case _ if option.name == "url":
                found["url"] = world.arxiv.page("/group.ics", b"nothing")
            case _:
                found[option.name] = SAMPLES[option.name]
    return found
