"""What the buttons, menus and forms for a server's own questions do."""

import asyncio
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.budgets import IMPORT
from bot.domain.question_import import MAX_BYTES
from bot.domain.questions import Kind, Level, Question
from bot.domain.quizzes.own_drafts import read_form, written_options, written_reference
from bot.domain.quizzes.pool import OWN_TOPIC
from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.services.quizzes.own import OwnQuestions
from bot.tree import spend
from cogs.ui.access import may_manage
from cogs.ui.cards import show
from cogs.ui.forms import attachments, form, new_form, open_form
from cogs.ui.quizzes.asking import LEVELS
from cogs.ui.quizzes.items import QuizButton, chosen, pressed
from cogs.ui.quizzes.own_cards import (
    FAULTS_SHOWN,
    fault_lines,
    flagged_card,
    list_card,
    preview_card,
    question_card,
)
from cogs.ui.quizzes.rounds import put
from cogs.ui.text import plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

FETCH_WITHIN_S: Final = 15.0
_KEPT_KINDS: Final = frozenset({Kind.ORDER})


def own(interaction: Interaction) -> OwnQuestions:
    """Return the service that knows about own questions."""
    return interaction.client.services.quizzes.own


async def show_list(
    interaction: Interaction, page: int, *, told: str = "", undo: Sequence[object] = ()
) -> None:
    """Show a page of the list."""
    listing = await own(interaction).page(await may_manage(interaction, Area.QUIZ), page)
    await put(interaction, list_card(listing, told=told, undo=undo))


async def show_question(interaction: Interaction, number: int, *, page: int = 0, told: str = "") -> None:
    """Show one question."""
    server_id = await may_manage(interaction, Area.QUIZ)
    question = await own(interaction).get(server_id, number)
    stats = await interaction.client.services.quizzes.quality.stats(question)
    topics = await own(interaction).topics()
    await put(interaction, question_card(question, stats, topics, told=told, page=page))


async def show_preview(
    interaction: Interaction, file: discord.Attachment, *, level: Level | None, skill: str | None
) -> None:
    """Read a file that was sent, in answer to what was deferred; show what it came to."""
    server_id = await may_manage(interaction, Area.QUIZ)
    if file.size > MAX_BYTES:
        raise UserError(
            f"The file has {file.size / 1e6:.1f} MB; {MAX_BYTES // 1_000_000} MB is the most. Split it."
        )
    spend(interaction, IMPORT)
    try:
        async with asyncio.timeout(FETCH_WITHIN_S):
            data = await file.read()
    except (discord.HTTPException, TimeoutError, OSError) as error:
        raise UserError("Discord did not hand me the file. Send it again, please.") from error
    preview = await own(interaction).preview(
        server_id, data, by=interaction.user.id, level=level, skill=skill
    )
    view = preview_card(preview, file.filename)
    faults = fault_lines(preview)
    await show(interaction, view)
    if len(faults) > FAULTS_SHOWN and interaction.app_permissions.attach_files:
        listed = discord.File(io.BytesIO("\n".join(faults).encode()), "what-cannot-be-read.txt")
        await interaction.followup.send("Everything that cannot be read:", file=listed, ephemeral=True)


@pressed("ownlist")
async def _list(interaction: Interaction, words: Sequence[str]) -> None:
    await show_list(interaction, int(words[0]) if words else 0)


@chosen("ownopen")
async def _open(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await may_manage(interaction, Area.QUIZ)
    await show_question(interaction, int(values[0]), page=int(words[0]))


@pressed("ownadd")
async def _add(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction, Area.QUIZ)
    await open_form(interaction, _question_form("own:new", "A question of our own"))


@pressed("ownedit")
async def _edit(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    number, page = int(words[0]), int(words[1])
    question = await own(interaction).get(server_id, number)
    if question.kind in _KEPT_KINDS:
        raise UserError(
            "Questions whose steps are put into order come from a CSV file. Export, change and import it."
        )
    await open_form(interaction, _question_form(f"own:edit:{number}:{page}", f"Question {number}", question))


@form(r"own:new", _add)
async def _new_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    question = _read(values, (OWN_TOPIC.id,))
    number = await own(interaction).add(server_id, question, by=interaction.user.id)
    await show_question(
        interaction, number, told=f"✅ Added as question {number}. Say below what it is about."
    )


@form(r"own:edit:(?P<number>\d+):(?P<page>\d+)", _edit)
async def _edit_given(
    interaction: "discord.Interaction[Any]", match: re.Match[str], values: dict[str, str]
) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    number, page = int(match["number"]), int(match["page"])
    before = await own(interaction).get(server_id, number)
    after = _read(values, before.skills)
    # What the form does not show stays as it is.
    kept = replace(
        after, formula=before.formula, code=before.code, language=before.language, unit=before.unit
    )
    if before.kind in {Kind.CODE, Kind.FORMULA} and after.kind is Kind.ONE:
        kept = replace(kept, kind=before.kind)
    now = await own(interaction).change(server_id, number, kept, by=interaction.user.id)
    told = (
        "✅ Changed."
        if now == number
        else f"✅ Changed. With another right answer it is a new one, number {now}."
    )
    await show_question(interaction, now, page=page, told=told)


@chosen("ownlevel")
async def _level(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await _change(interaction, words, lambda question: replace(question, level=Level(int(values[0]))))


@chosen("ownskill")
async def _skill(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await _change(interaction, words, lambda question: replace(question, skills=(values[0],)))


async def _change(interaction: Interaction, words: Sequence[str], change: Any) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    number, page = int(words[0]), int(words[1])
    before = await own(interaction).get(server_id, number)
    number = await own(interaction).change(server_id, number, change(before), by=interaction.user.id)
    await show_question(interaction, number, page=page, told="✅ Changed.")


@pressed("ownremove")
async def _remove(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    number, page = int(words[0]), int(words[1])
    gone = await own(interaction).remove(server_id, number, by=interaction.user.id)
    told = f"Removed question {number}: {plain(shorten(gone.prompt, 80))}"
    await show_list(interaction, page, told=told, undo=("ownback", number))


@pressed("ownback")
async def _restore(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    number = int(words[0])
    await own(interaction).restore(server_id, number, by=interaction.user.id)
    await show_question(interaction, number, told=f"✅ Question {number} is back.")


@pressed("ownimport")
async def _import(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction, Area.QUIZ)
    topics = await own(interaction).topics()
    modal = new_form("Import questions", "own:import")
    modal.add_item(
        ui.Label(
            text="File",
            description="CSV, OpenTDB JSON, Aiken, GIFT or Anki text, up to 1 MB and 500 questions",
            component=ui.FileUpload(custom_id="file", required=True, max_values=1),
        )
    )
    levels = [
        discord.SelectOption(label=LEVELS[each].capitalize(), value=str(int(each)), default=each == 2)
        for each in Level
    ]
    modal.add_item(
        ui.Label(text="Level of those that name none", component=ui.Select(custom_id="level", options=levels))
    )
    about = [
        discord.SelectOption(label=topic.name, value=topic.id, default=topic.id == OWN_TOPIC.id)
        for topic in topics
    ]
    modal.add_item(
        ui.Label(
            text="Topic of those that name none", component=ui.Select(custom_id="skill", options=about[:25])
        )
    )
    await open_form(interaction, modal)


@form(r"own:import", _import)
async def _file_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    await may_manage(interaction, Area.QUIZ)
    files = attachments(interaction)
    if not files:
        raise UserError("Choose a file to import.")
    level = values.get("level", "")
    await interaction.response.defer(ephemeral=True, thinking=True)
    await show_preview(
        interaction, files[0], level=Level(int(level)) if level else None, skill=values.get("skill") or None
    )


@pressed("owntake")
async def _take(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    first, last = int(words[0]), int(words[1])
    added = await own(interaction).agree(server_id, first, last, by=interaction.user.id)
    listing = await own(interaction).page(server_id, 10**6)
    told = f"✅ {plural(added, 'question')} added. They can be asked from now on."
    await put(interaction, list_card(listing, told=told, undo=("ownundo", first, last)))


@pressed("owndrop")
async def _drop(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    await own(interaction).discard(server_id, int(words[0]), int(words[1]))
    await show_list(interaction, 0, told="Nothing was added.")


@pressed("ownundo")
async def _undo(interaction: Interaction, words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    gone = await own(interaction).take_back(server_id, int(words[0]), int(words[1]), by=interaction.user.id)
    told = f"Taken back: {plural(gone, 'question')} removed." if gone else "That was taken back before."
    await show_list(interaction, 0, told=told)


@pressed("ownexport")
async def _export(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    await send_export(interaction, server_id)


async def send_export(interaction: Interaction, server_id: int) -> None:
    """Send a server's questions as files, to the moderator who asked alone."""
    table, gift = await own(interaction).export(server_id)
    if not interaction.app_permissions.attach_files:
        raise UserError("I may not attach files here. Give me Attach Files, or ask in another channel.")
    files = [
        discord.File(io.BytesIO(table.encode()), "questions.csv"),
        discord.File(io.BytesIO(gift.encode()), "questions.gift.txt"),
    ]
    words = "This server's own questions, as a table and as GIFT for Moodle. Import reads both again."
    if interaction.response.is_done():
        await interaction.followup.send(words, files=files, ephemeral=True)
    else:
        await interaction.response.send_message(words, files=files, ephemeral=True)


@pressed("ownflags")
async def _flags(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    await put(
        interaction, flagged_card(await interaction.client.services.quizzes.quality.flagged_own(server_id))
    )


def _read(values: dict[str, str], skills: tuple[str, ...]) -> Question:
    level = values.get("level", "")
    return read_form(
        values.get("question", ""),
        values.get("options", ""),
        values.get("explanation", ""),
        values.get("reference", ""),
        level=Level(int(level)) if level else Level.INTERMEDIATE,
        skills=skills,
    )


def _question_form(custom_id: str, title: str, question: Question | None = None) -> ui.Modal:
    modal = new_form(title, custom_id)
    present = question or None
    tall = discord.TextStyle.paragraph
    level = question.level if question else Level.INTERMEDIATE
    fields: list[tuple[str, str, ui.Item[Any]]] = [
        ("Question", "", ui.TextInput(
            custom_id="question", style=tall, max_length=350, default=present and present.prompt,
            placeholder="Which metric suits a rare class?",
        )),
        ("Options, one a line", "* before the right ones; after // why one is wrong. Or: True, False, = 0.5 ± 0.01", ui.TextInput(
            custom_id="options", style=tall, max_length=1400, default=present and written_options(present),
            placeholder="* Recall\nAccuracy // It is high without finding any\nMean squared error",
        )),
        ("Explanation", "", ui.TextInput(
            custom_id="explanation", style=tall, max_length=400, required=False,
            default=present and present.explanation, placeholder="Why the right answer is right.",
        )),
        ("Where to read on", "", ui.TextInput(
            custom_id="reference", max_length=300, required=False,
            default=present and written_reference(present), placeholder="Title https://example.org/page",
        )),
        ("Level", "", ui.Select(custom_id="level", options=[
            discord.SelectOption(label=LEVELS[each].capitalize(), value=str(int(each)), default=each is level)
            for each in Level
        ])),
    ]  # fmt: skip
    for text, description, component in fields:
        modal.add_item(ui.Label(text=text, description=description or None, component=component))
    return modal


__all__ = ["QuizButton", "own", "send_export", "show_list", "show_preview", "show_question"]
