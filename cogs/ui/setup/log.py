"""The log of a server's settings on a card, and undoing one of its changes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.server_settings import Area
from bot.domain.sources import stamp
from bot.errors import UserError
from bot.services.moderation import LogPage, UndoPreview, can_be_undone
from cogs.ui.access import may_manage
from cogs.ui.cards import ACCENT, CARE, GOOD, card, line, show
from cogs.ui.setup.checks import check_document
from cogs.ui.setup.items import SetupButton, chosen, menu, menu_id, pressed, word_menu
from cogs.ui.setup.words import AREAS, becomes, entry_label, entry_words, thing

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_ALL: Final = "all"


async def show_log(
    interaction: Interaction, *, page: int = 0, area: Area | None = None, by: int | None = None
) -> None:
    """Answer with a page of the log."""
    server_id = await may_manage(interaction)
    log = interaction.client.services.moderation.log
    await show(interaction, log_card(await log.page(server_id, page, area=area, by=by), area, by))


def log_card(found: LogPage, area: Area | None, by: int | None) -> ui.LayoutView:
    """Show a page of the log with its filters."""
    of = f" of {AREAS[area].lower()}" if area is not None else ""
    who = f" by <@{by}>" if by is not None else ""
    parts: list[Any] = [f"## What was changed{of}{who}"]
    if not found.entries:
        parts.append("Nothing yet." if not (of or who) else "Nothing that fits.")
    for entry in found.entries:
        parts += [line(), entry_words(entry)]
    filters = [
        discord.SelectOption(label="Everything", value=_ALL, default=area is None),
        *(
            discord.SelectOption(label=words, value=each, default=each is area)
            for each, words in AREAS.items()
        ),
    ]
    parts.append([word_menu(menu_id("logarea", by or 0), filters, "Only changes of …")])
    person: ui.UserSelect[Any] = ui.UserSelect(
        custom_id=menu_id("logby", area or _ALL),
        placeholder="Only changes by …",
        min_values=0,
        default_values=[discord.SelectDefaultValue(id=by, type=discord.SelectDefaultValueType.user)]
        if by is not None
        else [],
    )
    parts.append([menu(person)])
    undoable = [
        entry.change for entry in found.entries if not entry.is_undone and can_be_undone(entry.change)
    ]
    if undoable:
        options = [
            discord.SelectOption(label=entry_label(change), value=str(change.id)) for change in undoable
        ]
        parts.append([word_menu(menu_id("undo"), options, "Undo a change …")])
    if found.pages > 1:
        where = (area or _ALL, by or 0)
        newer = SetupButton("log", found.page - 1, *where, "newer", label="Newer", disabled=found.page == 0)
        older = SetupButton(
            "log", found.page + 1, *where, "older", label="Older", disabled=found.page + 1 >= found.pages
        )
        parts.append([newer, older])
        parts.append(f"-# Page {found.page + 1} of {found.pages}")
    return card(*parts)


async def show_undo(interaction: Interaction, change_id: int | None = None) -> None:
    """Answer with what undoing a change would do; without one, with a choice of changes."""
    server_id = await may_manage(interaction)
    log = interaction.client.services.moderation.log
    if change_id is not None:
        await show(interaction, undo_card(await log.preview(server_id, change_id)))
        return
    latest = [entry.change for entry in await log.latest(server_id) if not entry.is_undone][:25]
    if not latest:
        raise UserError("Nothing was changed here yet, so there is nothing to undo.")
    options = [
        discord.SelectOption(
            label=entry_label(change), value=str(change.id), description=f"{change.at:%d %B %H:%M} UTC"
        )
        for change in latest
    ]
    await show(
        interaction,
        card(
            "## Undo a change\nPick one; I show what that does before I do it.",
            [word_menu(menu_id("undo"), options, "Which change?")],
            [SetupButton("log", 0, _ALL, 0, label="See the whole log")],
        ),
    )


def undo_card(found: UndoPreview) -> ui.LayoutView:
    """Show what undoing a change would do, or why that is no longer possible."""
    change = found.change
    name = thing(change.area, change.after or change.before, change.target)
    who = f"<@{change.by}>" if change.by is not None else "somebody"
    about = f"Changed by {who} {stamp(change.at)}:\n{becomes(change.before, change.after)}"
    back = SetupButton("log", 0, _ALL, 0, label="See the log")
    if not found.fits:
        now = (
            f"**It is not there any more.**\nIt was:\n{becomes(None, change.after)}"
            if found.present is None
            else f"**Since then it was changed again:**\n{becomes(change.after, found.present)}"
            if change.after is not None
            else "**Since then it was set up again.**"
        )
        why = "So I cannot take just that change back. Undo the later one first."
        return card(f"## {name}: this no longer fits", about, now, why, [back], colour=CARE)
    if change.before is None:
        would = "It would be removed."
    elif change.after is None:
        would = f"It would be back:\n{becomes(None, change.before)}"
    else:
        would = f"It would be:\n{becomes(change.after, change.before)}"
    undo = SetupButton("undo", change.id, label="Undo it", style=discord.ButtonStyle.danger)
    return card(f"## Undo this? {name}", about, line(), would, [undo, back], colour=ACCENT)


@pressed("log")
async def _log(interaction: Interaction, words: Sequence[str]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    page, area, by = int(words[0]), words[1], int(words[2])
    await show_log(interaction, page=page, area=_area(area), by=by or None)


@chosen("logarea")
async def _by_area(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    await show_log(interaction, area=_area(values[0]), by=int(words[0]) or None)


@chosen("logby")
async def _by_person(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    await show_log(interaction, area=_area(words[0]), by=values[0].id if values else None)


@chosen("undo")
async def _choose(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    await show_undo(interaction, int(values[0]))


@pressed("undo")
async def _undo(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    log = interaction.client.services.moderation.log
    check_document((await log.change(server_id, int(words[0]))).before, interaction)
    change = await log.undo(server_id, int(words[0]), by=interaction.user.id)
    name = thing(change.area, change.after or change.before, change.target)
    view = card(
        f"## Undone\n✅ {name} is as it was before.",
        "-# This stands in the log as well, and can be undone in its turn.",
        [SetupButton("log", 0, _ALL, 0, label="See the log")],
        colour=GOOD,
    )
    await show(interaction, view)


def _area(value: str) -> Area | None:
    return Area(value) if value in set(Area) else None
