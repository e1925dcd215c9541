"""Export, and import with a preview: nothing is changed before somebody has seen what would be."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.server_settings import Area
from bot.domain.transfer import Document, Kind, Reference, Step, bind, references
from bot.errors import UserError
from bot.services.moderation import fingerprint
from cogs.ui.access import may_manage
from cogs.ui.cards import ACCENT, CARE, GOOD, card, line, show
from cogs.ui.places import KINDS
from cogs.ui.setup.checks import check_steps, names_of, placed
from cogs.ui.setup.items import SetupButton, chosen, menu, menu_id, pressed
from cogs.ui.setup.words import AREAS, becomes, thing
from cogs.ui.text import plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_KIND: Final = "import"
_ASKED: Final = 4
"""Questions on a card at once."""

_SHOWN: Final = 12
"""Changes that a preview names; the rest is counted."""

_CHARACTERS: Final = 2800


async def send_export(interaction: Interaction) -> None:
    """Answer with the file."""
    server_id = await may_manage(interaction)
    guild = interaction.guild
    assert guild is not None
    text = await interaction.client.services.moderation.transfer.export(server_id, names_of(guild))
    name = "".join(letter if letter.isalnum() else "-" for letter in guild.name.lower()).strip("-")[:40]
    file = discord.File(BytesIO(text.encode()), f"cohort-{name or 'server'}.yaml")
    view = card(
        "## The settings of this server\nEverything that is set up here, as a file that you can read, keep and change. "
        "`/setup import` reads it, in another server too. It has no members' data.",
        ui.File(f"attachment://{file.filename}"),
    )
    await interaction.edit_original_response(view=view, attachments=[file])


async def take_file(interaction: Interaction, text: bytes, *, replace: bool) -> None:
    """Keep what a file says, and show what importing it would do."""
    server_id = await may_manage(interaction)
    services = interaction.client.services
    settings = await services.moderation.transfer.read(text)
    data = {
        "settings": {str(area): found for area, found in settings.items()},
        "chosen": {},
        "replace": replace,
    }
    await services.moderation.drafts.put(server_id, _KIND, interaction.user.id, data)
    await show_import(interaction)


async def show_import(interaction: Interaction) -> None:
    """Answer with what is still to be chosen, or with the preview."""
    server_id = await may_manage(interaction)
    guild = interaction.guild
    assert guild is not None
    data = await _draft(interaction, server_id)
    settings = _settings(data)
    found = _found(data, settings, guild)
    open_ = [each for each in references(settings) if each not in found]
    if open_:
        await show(interaction, _questions(open_, references(settings)))
        return
    services = interaction.client.services
    await services.careers.load()
    bound = _bound(settings, found, guild)
    steps = await services.moderation.transfer.plan(server_id, bound, replace=data["replace"])
    await show(interaction, preview(steps, check_steps(interaction, steps), replace=data["replace"]))


def preview(steps: Sequence[Step], faults: Sequence[str], *, replace: bool) -> ui.LayoutView:
    """Show what would be changed; with a button only where nothing stands against it."""
    cancel = SetupButton("cancel", label="Cancel")
    if not steps:
        return card("## Nothing to change\nThis server is set up like that already.", colour=GOOD)
    parts: list[Any] = [f"## {plural(len(steps), 'change')} to this server"]
    if replace:
        parts.append("What is set up here and not in the file is removed.")
    length, lines = 0, []
    for step in steps[:_SHOWN]:
        words = _step_words(step)
        length += len(words)
        if length > _CHARACTERS:
            break
        lines.append(words)
    if len(lines) < len(steps):
        lines.append(f"… and {len(steps) - len(lines)} more.")
    parts += [line(), "\n".join(lines), line()]
    if faults:
        listed = "\n".join(f"- {fault}" for fault in faults[:6])
        again = SetupButton("import", label="Look again", style=discord.ButtonStyle.primary)
        parts += [f"**This stands against it:**\n{listed}", [again, cancel]]
        return card(*parts, colour=CARE)
    apply = SetupButton(
        "apply",
        fingerprint(steps),
        label=f"Make {plural(len(steps), 'change')}",
        style=discord.ButtonStyle.success,
    )
    parts += ["Nothing is changed yet. All of it is done, or nothing.", [apply, cancel]]
    return card(*parts, colour=ACCENT)


def _step_words(step: Step) -> str:
    name = thing(step.area, step.after or step.before, step.target)
    if step.before is None:
        return f"🟢 **{name}** new\n-# {shorten_lines(becomes(None, step.after, most=6))}"
    if step.after is None:
        return f"🔴 **{name}** removed\n-# {shorten_lines(becomes(step.before, None, most=4))}"
    changed = becomes(step.before, step.after, most=6).replace("\n", " · ")
    return f"🟡 **{name}** {shorten_lines(changed)}"


def shorten_lines(text: str) -> str:
    """Return at most 300 characters."""
    return text if len(text) <= 300 else f"{text[:299]}…"


def _questions(open_: Sequence[Reference], everything: Sequence[Reference]) -> ui.LayoutView:
    many = plural(len(open_), "channel or role", "channels and roles")
    parts: list[Any] = [
        f"## What is this here?\nThe file names {many} that I do not find by name in this server. Choose what to take instead."
    ]
    for reference in open_[:_ASKED]:
        custom_id = menu_id("bind", everything.index(reference))
        name = plain(shorten(reference.label, 60))
        item: Any
        if reference.kind is Kind.CHANNEL:
            item = ui.ChannelSelect(
                custom_id=custom_id, channel_types=KINDS, placeholder=f"Instead of {name}"[:150]
            )
        else:
            item = ui.RoleSelect(custom_id=custom_id, placeholder=f"Instead of {name}"[:150])
        parts += [f"**{name}**", [menu(item)]]
    parts.append([SetupButton("cancel", label="Cancel")])
    return card(*parts)


@chosen("bind")
async def _bind(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    data = await _draft(interaction, server_id)
    everything = references(_settings(data))
    number = int(words[0])
    if number >= len(everything) or not values:
        raise UserError("That menu is of another file. Run /setup import again.")
    reference = everything[number]
    data["chosen"][f"{reference.kind}:{reference.label}"] = values[0].id
    drafts = interaction.client.services.moderation.drafts
    await drafts.put(server_id, _KIND, interaction.user.id, data)
    await show_import(interaction)


@pressed("import")
async def _again(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    await show_import(interaction)


@pressed("cancel")
async def _cancel(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    await interaction.client.services.moderation.drafts.drop(server_id, _KIND, interaction.user.id)
    await show(interaction, card("## Nothing was changed\nThe file is forgotten."))


@pressed("apply")
async def _apply(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    guild, services = interaction.guild, interaction.client.services
    assert guild is not None
    await services.careers.load()
    data = await _draft(interaction, server_id)
    settings = _settings(data)
    bound = _bound(settings, _found(data, settings, guild), guild)
    transfer = services.moderation.transfer
    planned = await transfer.plan(server_id, bound, replace=data["replace"])
    if faults := check_steps(interaction, planned):
        await show(interaction, preview(planned, faults, replace=data["replace"]))
        return
    steps = await transfer.apply(
        server_id, bound, replace=data["replace"], by=interaction.user.id, seen=words[0]
    )
    await services.moderation.drafts.drop(server_id, _KIND, interaction.user.id)
    await show(interaction, done_card(steps))


def done_card(steps: Sequence[Step]) -> ui.LayoutView:
    """Say what was changed."""
    counts = {area: sum(step.area is area for step in steps) for area in AREAS}
    lines = [f"- {AREAS[area]}: {plural(count, 'change')}" for area, count in counts.items() if count]
    return card(
        "## Done\n" + "\n".join(lines),
        "Each of them stands in the log, and can be undone.",
        [SetupButton("log", 0, "all", 0, label="See the log")],
        colour=GOOD,
    )


async def _draft(interaction: Interaction, server_id: int) -> dict[str, Any]:
    drafts = interaction.client.services.moderation.drafts
    data = await drafts.get(server_id, _KIND, interaction.user.id)
    if data is None:
        raise UserError("There is no file of yours any more. Run /setup import again.")
    return data


def _settings(data: Mapping[str, Any]) -> dict[Area, list[Document]]:
    return {Area(area): found for area, found in data["settings"].items()}


def _found(
    data: Mapping[str, Any], settings: Mapping[Area, Sequence[Document]], guild: discord.Guild
) -> dict[Reference, int]:
    """Return what every name in a file means here, as far as that is known: what was chosen, else what fits."""
    names = names_of(guild)
    found: dict[Reference, int] = {}
    for each in references(settings):
        picked: int | None = data["chosen"].get(f"{each.kind}:{each.label}")
        id_ = picked or names.find(each.kind, each.label)
        known = names.channels if each.kind is Kind.CHANNEL else names.roles
        if id_ is not None and id_ in known:
            found[each] = id_
    return found


def _bound(
    settings: Mapping[Area, Sequence[Document]], found: Mapping[Reference, int], guild: discord.Guild
) -> dict[Area, list[Document]]:
    bound = bind(settings, found)
    return bound | {Area.FEED: [placed(each, guild) for each in bound.get(Area.FEED, [])]}
