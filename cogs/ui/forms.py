"""Forms (modals) that work after a restart, like every button.

discord.py keeps a form in memory, for ever where nobody sends it, and drops what is submitted once the process that
opened it is gone. So a form here is only shown through discord.py; what comes back is read from the interaction
itself, and the form's custom id says what it is for.

What was typed is gone once it was sent. So a refusal has a button that opens the form again, with what was typed in
it where that was not long ago (`bot.refused`); one that nothing typed would change (`NotPossible`) has none.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import time
from typing import Any, Final, NamedTuple, Self
from urllib.parse import unquote

import discord
from discord import ui

from bot.domain.schedule import parse_time
from bot.domain.zones import parse_zone
from bot.errors import Faults, NotPossible, UserError
from bot.tree import GuardedButton, answer_error, is_stale
from cogs.ui.cards import CARE, card

Handler = Callable[["discord.Interaction[Any]", re.Match[str], dict[str, str]], Awaitable[None]]
Opener = Callable[["discord.Interaction[Any]", Sequence[str]], Awaitable[None]]

_TYPED: Final = "typed"
"""Among the extras of a press: what the form that it opens is filled with."""


class Known(NamedTuple):
    """A form that somebody here answers."""

    pattern: re.Pattern[str]
    handler: Handler
    opener: Opener


KNOWN: Final[list[Known]] = []


def new_form(title: str, custom_id: str, *fields: ui.Label[Any]) -> ui.Modal:
    """Return a form, for `open_form`; `form` says who answers it. Discord takes a title of at most 45 letters."""
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


def zone_field(present: str | None) -> ui.Label[Any]:
    """Return the line for a time zone."""
    return line_field("zone", "Time zone", "Such as Europe/Paris or Berlin", present, 60)


def read_moment(values: Mapping[str, str]) -> tuple[time, str]:
    """Read the lines `time` and `zone` of a form. Raises UserError that says all that is wrong with them."""
    faults = Faults()
    at, zone = (
        faults.read(parse_time, values.get("time", "")),
        faults.read(parse_zone, values.get("zone", "")),
    )
    faults.settle()
    assert at is not None
    assert zone is not None
    return at, zone


async def open_form(interaction: "discord.Interaction[Any]", made: ui.Modal) -> None:
    """Show a form; where it is opened again after a refusal, with what was typed in it."""
    typed: Mapping[str, str] = interaction.extras.get(_TYPED, {})
    for label in made.children:
        if isinstance(label, ui.Label) and (name := getattr(label.component, "custom_id", "")) in typed:
            _fill(label.component, typed[name])
    await interaction.response.send_modal(made)


def _fill(field: Any, value: str) -> None:
    """Put into a field what `_value` read from it; a file cannot be put back."""
    chosen = value.split(",") if value else []
    match field:
        case ui.TextInput():
            field.default = value or None
        case ui.ChannelSelect():
            kind = discord.SelectDefaultValueType.channel
            field.default_values = [discord.SelectDefaultValue(id=int(each), type=kind) for each in chosen]
        case ui.Select() | ui.RadioGroup():
            for option in field.options:
                option.default = option.value in chosen


def form(template: str, opener: Opener) -> Callable[[Handler], Handler]:
    """Let a function answer the forms whose custom id matches; it gets the values by their custom ids.

    `opener` shows such a form, to those who may see it, by what the groups of the pattern found.
    """

    def register(handler: Handler) -> Handler:
        pattern = re.compile(template)
        GuardedButton.known.append(pattern)
        KNOWN.append(Known(pattern, handler, opener))
        return handler

    return register


class AgainButton(GuardedButton, template=r"again:(?P<form>.+)"):
    """Opens a form that was refused once more."""

    def __init__(self, form: str) -> None:
        super().__init__(
            ui.Button(label="Try again", style=discord.ButtonStyle.primary, custom_id=f"again:{form}")
        )
        self.form = form

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["form"])

    async def act(self, interaction: "discord.Interaction[Any]") -> None:
        """Show the form, with what was typed or, where that is gone, as it was at first."""
        for known in KNOWN:
            if match := known.pattern.fullmatch(self.form):
                interaction.extras[_TYPED] = interaction.client.refused.of(*_whose(interaction), self.form)
                await known.opener(interaction, [unquote(word or "") for word in match.groups()])
                return
        raise UserError("That is from an older version of me. Run the command again, please.")


async def answer_form(interaction: "discord.Interaction[Any]") -> None:
    """Answer an interaction if it is a form that somebody here knows; for an `on_interaction` listener."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    data: Any = interaction.data or {}
    custom_id = str(data.get("custom_id"))
    for known in KNOWN:
        match = known.pattern.fullmatch(custom_id)
        if match is None or is_stale(interaction):
            continue
        values, refused = _values(data), interaction.client.refused
        try:
            await interaction.client.services.load()
            await known.handler(interaction, match, dict(values))
            refused.drop(*_whose(interaction), custom_id)
        except NotPossible as error:
            await answer_error(interaction, error)
        except Exception as error:  # noqa: BLE001 - errors end in one place
            refused.keep(*_whose(interaction), custom_id, values)
            await answer_error(interaction, error, lambda words: _refusal(words, custom_id))


def _refusal(words: str, custom_id: str) -> ui.LayoutView:
    return card(words, [AgainButton(custom_id)], colour=CARE)


def _whose(interaction: "discord.Interaction[Any]") -> tuple[int, int | None]:
    return interaction.user.id, interaction.guild_id


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
