"""Forms (modals) that work after a restart, like every button.

discord.py keeps a form in memory, for ever where nobody sends it, and drops what is submitted once the process that
opened it is gone. So a form here is only shown through discord.py; what comes back is read from the interaction
itself, and the form's custom id says what it is for.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import discord
from discord import ui

from bot.tree import GuardedButton, answer_error, is_stale

Handler = Callable[["discord.Interaction[Any]", re.Match[str], dict[str, str]], Awaitable[None]]

_handlers: Final[list[tuple[re.Pattern[str], Handler]]] = []


def new_form(title: str, custom_id: str, *fields: ui.Label[Any]) -> ui.Modal:
    """Return a form; `form` says who answers it. Discord takes a title of at most 45 letters."""
    made = ui.Modal(title=title, custom_id=custom_id, timeout=None)
    made.stop()  # else discord.py would keep it
    for field in fields:
        made.add_item(field)
    return made


def line_field(
    name: str, label: str, hint: str, present: str | None, longest: int, *, required: bool = True
) -> ui.Label[Any]:
    """Return a line to be typed, with what is there at present in it."""
    typed: ui.TextInput[Any] = ui.TextInput(
        custom_id=name, default=(present or "")[:longest], max_length=longest, required=required
    )
    return ui.Label(text=label, description=hint, component=typed)


def form(template: str) -> Callable[[Handler], Handler]:
    """Let a function answer the forms whose custom id matches; it gets the values by their custom ids."""

    def register(handler: Handler) -> Handler:
        pattern = re.compile(template)
        GuardedButton.known.append(pattern)
        _handlers.append((pattern, handler))
        return handler

    return register


async def answer_form(interaction: "discord.Interaction[Any]") -> None:
    """Answer an interaction if it is a form that somebody here knows; for an `on_interaction` listener."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    data: Any = interaction.data or {}
    for pattern, handler in _handlers:
        match = pattern.fullmatch(str(data.get("custom_id")))
        if match is None or is_stale(interaction):
            continue
        try:
            await interaction.client.services.load()
            await handler(interaction, match, _values(data))
        except Exception as error:  # noqa: BLE001 - errors end in one place
            await answer_error(interaction, error)


def attachments(interaction: "discord.Interaction[Any]") -> list[discord.Attachment]:
    """Return the files that a form or a command brought."""
    data: Any = interaction.data or {}
    found = (data.get("resolved") or {}).get("attachments") or {}
    return [discord.Attachment(data=each, state=interaction.client._connection) for each in found.values()]  # noqa: SLF001


def _values(data: dict[str, Any]) -> dict[str, str]:
    """Return what was filled in; of a menu what was chosen, with commas between."""
    fields = [label.get("component") or {} for label in data.get("components") or []]
    return {field["custom_id"]: _value(field) for field in fields if "custom_id" in field}


def _value(field: dict[str, Any]) -> str:
    """Return what was typed, or what was chosen from a menu, with commas between several."""
    return str(field.get("value") or ",".join(map(str, field.get("values") or ())))
