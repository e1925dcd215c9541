"""What every command is, taken from the commands themselves: for `/help` and for the README's table alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from discord import app_commands

ORDER: Final = ("role", "quiz", "buddy", "papers", "events", "me", "help", "feed", "setup")
"""Groups as they are listed: what members have first; one that is not here comes last."""


@dataclass(frozen=True, slots=True)
class OptionHelp:
    """An option of a command."""

    name: str
    words: str
    is_needed: bool


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """A command that can be typed."""

    name: str  # whole, without the slash: "feed papers"
    words: str  # without a full stop
    is_for_moderators: bool
    options: tuple[OptionHelp, ...]

    @property
    def group(self) -> str:
        """What it belongs to: feed."""
        return self.name.partition(" ")[0]

    @property
    def who(self) -> str:
        """Who sees it unless a server has it otherwise."""
        return "Manage Server" if self.is_for_moderators else "everyone"


def every_command(commands: Sequence[Any]) -> list[CommandHelp]:
    """Return the help of every command of a tree (`tree.get_commands()`), in the order of `ORDER`."""
    found: list[CommandHelp] = []
    for command in commands:
        permissions = command.default_permissions
        hidden = permissions is not None and permissions.manage_guild
        parts = (
            [each for each in command.walk_commands() if isinstance(each, app_commands.Command)]
            if isinstance(command, app_commands.Group)
            else [command]
        )
        found += [_help(each, is_for_moderators=hidden) for each in parts]
    return sorted(found, key=lambda each: ORDER.index(each.group) if each.group in ORDER else len(ORDER))


def table(commands: Sequence[CommandHelp]) -> str:
    """Return the README's table."""
    lines = ["| command | who | what it does |", "|---|---|---|"]
    lines += [f"| `/{each.name}` | {each.who} | {each.words} |" for each in commands]
    return "\n".join(lines) + "\n"


def _help(command: Any, *, is_for_moderators: bool) -> CommandHelp:
    options = tuple(
        OptionHelp(each.display_name, str(each.description), each.required) for each in command.parameters
    )
    return CommandHelp(command.qualified_name, command.description.rstrip("."), is_for_moderators, options)
