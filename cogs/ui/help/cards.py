"""The cards of `/help`: what somebody can do here, with buttons that start things."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.tree import GuardedButton
from cogs.ui.access import moderated
from cogs.ui.buddies.items import BuddyButton
from cogs.ui.cards import card, line, show
from cogs.ui.events.actions import EventsButton, RemindersButton
from cogs.ui.events.cards import Search
from cogs.ui.feeds.buttons import FeedButton
from cogs.ui.help.source import CommandHelp, every_command
from cogs.ui.me import MeButton
from cogs.ui.paper_pages import LatestButton
from cogs.ui.quizzes.items import QuizButton
from cogs.ui.reading_list import ListButton
from cogs.ui.roles.items import RoleButton
from cogs.ui.roles.listing import Filter
from cogs.ui.setup.items import SetupButton
from cogs.ui.text import shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

TITLES: Final = {
    "role": ("Careers", "look up roles and skills, compare, find the way between two"),
    "quiz": ("Quizzes", "learn a skill by questions, and keep it"),
    "buddy": ("Study buddies", "find somebody to learn with"),
    "papers": ("Papers", "search, save and follow new ones"),
    "events": ("Events", "what comes next, and reminders"),
    "me": ("You", "what I keep about you, and your settings"),
    "feed": ("Feeds", "papers and events that arrive in channels"),
    "setup": ("This server", "set up, see how it stands, undo"),
}
"""Groups of commands in words."""

Starter = Callable[[Interaction], Sequence[ui.Item[Any]]]

STARTERS: Final[dict[str, Starter]] = {
    "role": lambda _: [RoleButton("list", 0, *Filter().words, label="All careers")],
    "quiz": lambda interaction: [
        QuizButton("start", label="Play a round"),
        QuizButton("review", label="Review"),
        QuizButton("stats", label="My stats"),
        *([QuizButton("board", "week", label="Leaderboard")] if interaction.guild_id is not None else []),
    ],
    "buddy": lambda _: [
        BuddyButton("join", label="Join study buddies"),
        BuddyButton("profile", label="My profile"),
        BuddyButton("find", label="Who fits me"),
    ],
    "papers": lambda _: [
        LatestButton(0, "", label="Latest papers"),
        ListButton("page", label="Reading list"),
    ],
    "events": lambda _: [EventsButton(Search(), 0), RemindersButton(0)],
    "me": lambda interaction: [
        MeButton("show", interaction.user.id),
        MeButton("settings", interaction.user.id),
    ],
    "feed": lambda _: [FeedButton("list", 0)],
    "setup": lambda _: [
        SetupButton("start", label="Set me up"),
        SetupButton("status", 0, label="How things stand"),
        SetupButton("server", label="Settings"),
        SetupButton("log", 0, "all", 0, label="Changes"),
    ],
}
"""Buttons that start what a group is for, at most four; a part of Cohort adds its own."""

_AREAS: Final = {"feed": Area.FEED, "setup": Area.SERVER}


class HelpButton(GuardedButton, template=r"help:(?P<group>[a-z]{1,20})"):
    """The commands of one group, or all groups."""

    def __init__(self, group: str, label: str = "·") -> None:
        super().__init__(ui.Button(label=label, custom_id=f"help:{group}"))
        self.group = group

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["group"])

    async def act(self, interaction: Interaction) -> None:
        """Show them; on a card of one's own in its place."""
        mine = interaction.message is not None and interaction.message.flags.ephemeral
        if mine:
            await interaction.response.defer()
        else:
            await interaction.response.defer(ephemeral=True, thinking=True)
        await show_help(interaction, None if self.group == "all" else self.group)


async def show_help(interaction: Interaction, wanted: str | None = None) -> None:
    """Answer with what somebody can do here, with a group's commands, or with one command."""
    areas = await moderated(interaction)
    commands = _visible(interaction, areas)
    if wanted is None:
        await show(interaction, _overview(interaction, commands, areas))
        return
    typed = " ".join(wanted.lower().removeprefix("/").split())
    group = [each for each in commands if each.group == typed]
    one = next((each for each in commands if each.name == typed), None)
    if one is not None:
        await show(interaction, command_card(interaction, one))
    elif group:
        await show(interaction, group_card(interaction, typed, group))
    else:
        raise UserError("There is no such command here. Pick one from the list, or use /help alone.")


def offered(interaction: Interaction, areas: frozenset[str], typed: str) -> list[CommandHelp]:
    """Return the commands that may be meant while somebody types."""
    words = typed.lower().removeprefix("/").split()
    found = [
        each
        for each in _visible(interaction, areas)
        if all(word in f"{each.name} {each.words.lower()}" for word in words)
    ]
    return sorted(found, key=lambda each: not each.name.startswith(" ".join(words)))


def group_card(interaction: Interaction, group: str, commands: Sequence[CommandHelp]) -> ui.LayoutView:
    """Show the commands of a group."""
    title, words = TITLES.get(group, (group.capitalize(), ""))
    lines = [f"{mention(interaction, each)} {each.words}" for each in commands]
    parts: list[Any] = [f"## {title}\n{words[:1].upper()}{words[1:]}.", "\n".join(lines)]
    if group in STARTERS:
        parts.append(list(STARTERS[group](interaction)))
    parts.append([HelpButton("all", "Everything")])
    return card(*parts)


def command_card(interaction: Interaction, command: CommandHelp) -> ui.LayoutView:
    """Show one command with its options."""
    options = [
        f"- `{each.name}`{' (needed)' if each.is_needed else ''} {each.words}" for each in command.options
    ]
    about = "\n".join(options) if options else "It has no options: type it as it is."
    title = TITLES.get(command.group, (command.group.capitalize(), ""))[0]
    buttons: list[Any] = [HelpButton(command.group, f"All of {title.lower()}")] if " " in command.name else []
    return card(
        f"## /{command.name}\n{command.words}.",
        about,
        f"-# For {'people with Manage Server' if command.is_for_moderators else 'everyone'}. Type it, or press "
        f"{mention(interaction, command)}.",
        [*buttons, HelpButton("all", "Everything")],
    )


def mention(interaction: Interaction, command: CommandHelp) -> str:
    """Return the command as Discord makes it clickable, where its id is known."""
    id_ = interaction.client.overrides.known_id(command.group)
    return f"</{command.name}:{id_}>" if id_ is not None else f"`/{command.name}`"


def _overview(
    interaction: Interaction, commands: Sequence[CommandHelp], areas: frozenset[str]
) -> ui.LayoutView:
    groups = list(dict.fromkeys(each.group for each in commands if each.group in TITLES))
    members = [group for group in groups if group not in _AREAS]
    parts: list[Any] = [
        "## What you can do here",
        "\n".join(f"**{TITLES[group][0]}** {TITLES[group][1]}" for group in members),
        [HelpButton(group, TITLES[group][0]) for group in members[:5]],
    ]
    if members[5:]:
        parts.append([HelpButton(group, TITLES[group][0]) for group in members[5:]])
    starters = [item for group in members for item in _starters(interaction, group)[:1]]
    parts += [line(), "**Start right away**", starters[:5]]
    theirs = [group for group in groups if group in _AREAS]
    if theirs or areas:
        parts += [line(), "**For you as a moderator**"]
        if theirs:
            parts.append("\n".join(f"**{TITLES[group][0]}** {TITLES[group][1]}" for group in theirs))
            parts.append([HelpButton(group, TITLES[group][0]) for group in theirs])
        items = [item for group in theirs for item in _starters(interaction, group)]
        if "setup" not in theirs:
            items += [button for area, button in _panels().items() if area in areas]
        if items:
            parts.append(items[:5])
    elif interaction.guild_id is None:
        parts.append("-# In a server there is more: what its moderators have set up.")
    parts.append("-# `/help` with a command says what its options are.")
    return card(*parts)


def _panels() -> dict[Area, ui.Item[Any]]:
    """Return what somebody opens who may set up only this."""
    return {
        Area.ROLES: SetupButton("careers", label="Careers of this server"),
        Area.QUIZ: QuizButton("setpanel", label="Quizzes of this server"),
        Area.BUDDIES: BuddyButton("setup", label="Study buddies of this server"),
    }


def _starters(interaction: Interaction, group: str) -> Sequence[ui.Item[Any]]:
    return STARTERS[group](interaction) if group in STARTERS else ()


def _visible(interaction: Interaction, areas: frozenset[str]) -> list[CommandHelp]:
    """Return the commands that are of use to somebody where they are."""
    tree = interaction.client.tree
    dms = {
        command.name
        for command in tree.get_commands()
        if command.allowed_contexts is None or command.allowed_contexts.dm_channel
    }
    found = []
    for each in every_command(tree.get_commands()):
        if interaction.guild_id is None and each.group not in dms:
            continue
        if each.is_for_moderators and _AREAS.get(each.group) not in areas:
            continue
        found.append(each)
    return found


def choice_words(command: CommandHelp) -> str:
    """Return a command for a completion."""
    return shorten(f"/{command.name} · {command.words}", 100)
