"""Application commands: names, options, choices, and how much there may be of them.

https://discord.com/developers/docs/interactions/application-commands
"""

import re
from typing import Any

from tests.support.loopback import errors
from tests.support.loopback.rules.form import FormErrors, Path

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, NUMBER = 3, 4, 10
MOST_OF_KIND = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
MAX_CHARACTERS = 8000

# `\w` stands in for Discord's \p{L}\p{N}: Python's re has no Unicode classes.
_NAME = re.compile(r"[-\w'\u0900-\u097f\u0e00-\u0e7f]{1,32}")


def check_command(command: dict[str, Any], path: Path = ()) -> None:
    """Check one command."""
    form = FormErrors()
    _check_one(command, form, path)
    form.raise_if_any()


def check_command_set(commands: list[dict[str, Any]]) -> None:
    """Check a bulk overwrite: each command, how many there are of each kind, and unique names."""
    form = FormErrors()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        _check_one(command, form, (index,))
        identity = (command.get("type") or CHAT_INPUT, str(command.get("name")))
        if identity in seen:
            message = "Application command names must be unique"
            form.add((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(identity)
    form.raise_if_any()
    check_counts(commands)


def check_counts(commands: list[dict[str, Any]]) -> None:
    """Raise 30032 when there are more commands of a kind than an application may have."""
    for kind, most in MOST_OF_KIND.items():
        if sum((command.get("type") or CHAT_INPUT) == kind for command in commands) > most:
            message = f"Maximum number of application commands reached ({most})."
            raise errors.refused(30032, message)


def characters(command: dict[str, Any]) -> int:
    """Return what counts against 8,000: names, descriptions and values, the longest translation of each."""
    total = 0
    for key in ("name", "description"):
        translations = (command.get(f"{key}_localizations") or {}).values()
        total += max(len(str(text or "")) for text in [command.get(key), *translations])
    total += len(command["value"]) if isinstance(command.get("value"), str) else 0
    nested = [*(command.get("options") or []), *(command.get("choices") or [])]
    return total + sum(characters(item) for item in nested)


def _check_one(command: dict[str, Any], form: FormErrors, path: Path) -> None:
    kind = command.get("type") or CHAT_INPUT
    if kind == CHAT_INPUT:
        _check_name(command, form, path)
        form.length((*path, "description"), command.get("description"), 100, 1, required=True)
        _check_options(command, form, path, depth=0)
    else:
        form.length((*path, "name"), command.get("name"), 32, 1, required=True)
        if command.get("description"):
            form.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "Not in a menu")
    wanted = command.get("default_member_permissions")
    if wanted is not None and not str(wanted).isdigit():
        form.add((*path, "default_member_permissions"), "NUMBER_TYPE_COERCE", "Not a permission set")
    if (used := characters(command)) > MAX_CHARACTERS:
        message = f"Command exceeds maximum size ({used} of {MAX_CHARACTERS})"
        form.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _check_name(item: dict[str, Any], form: FormErrors, path: Path) -> None:
    names = [("name", item.get("name")), *(item.get("name_localizations") or {}).items()]
    for where, name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.lower():
            message = f"Command name is invalid: {name!r}"
            form.add((*path, where), "APPLICATION_COMMAND_INVALID_NAME", message)


def _check_options(holder: dict[str, Any], form: FormErrors, path: Path, *, depth: int) -> None:
    options = form.count((*path, "options"), holder.get("options"), 25)
    names: set[str] = set()
    optional_seen = False
    kinds = {option.get("type") for option in options}
    if kinds & {SUBCOMMAND, GROUP} and kinds - {SUBCOMMAND, GROUP}:
        message = "Sub-command and values cannot be mixed"
        form.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    for index, option in enumerate(options):
        inner: Path = (*path, "options", index)
        _check_name(option, form, inner)
        form.length((*inner, "description"), option.get("description"), 100, 1, required=True)
        if option.get("name") in names:
            message = "Option names must be unique"
            form.add((*inner, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
        names.add(str(option.get("name")))
        kind = option.get("type")
        if kind in {SUBCOMMAND, GROUP}:
            if (
                depth == 2
                or (depth == 1 and kind == GROUP)
                or (depth == 1 and holder.get("type") == SUBCOMMAND)
            ):
                message = "Sub-commands cannot be nested deeper"
                form.add((*inner, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
            _check_options(option, form, inner, depth=depth + 1)
            continue
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            form.add((*inner, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen = optional_seen or not option.get("required")
        _check_value_option(option, form, inner)


def _check_value_option(option: dict[str, Any], form: FormErrors, path: Path) -> None:
    kind = option.get("type")
    form.number((*path, "type"), 0 if kind is None else kind, STRING, 11)
    choices = form.count((*path, "choices"), option.get("choices"), 25)
    if choices and option.get("autocomplete"):
        message = "Choices and autocomplete are exclusive"
        form.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)
    if (choices or option.get("autocomplete")) and kind not in {STRING, INTEGER, NUMBER}:
        message = "Only text and numbers have choices"
        form.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    check_choices(choices, kind or STRING, form, (*path, "choices"))
    if kind == STRING:
        form.number((*path, "min_length"), option.get("min_length"), 0, 6000)
        form.number((*path, "max_length"), option.get("max_length"), 1, 6000)


def check_choices(choices: list[Any], kind: int, form: FormErrors, path: Path) -> None:
    """Check choices, of an option or of an autocomplete answer."""
    names: set[str] = set()
    for index, choice in enumerate(choices):
        inner: Path = (*path, index)
        form.length((*inner, "name"), choice.get("name"), 100, 1, required=True)
        value = choice.get("value")
        if kind == STRING:
            form.length((*inner, "value"), value, 100, required=True)
        elif isinstance(value, bool) or not isinstance(value, int if kind == INTEGER else int | float):
            form.add((*inner, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
        if choice.get("name") in names:
            message = "Option choice names must be unique"
            form.add((*inner, "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", message)
        names.add(str(choice.get("name")))
