"""`/setup quiz`: the panel on which moderators decide about quizzes. Each change is applied at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.feeds import Feed, FeedState, Style
from bot.domain.questions import Level, Topic
from bot.domain.schedule import WEEKDAYS, Schedule, parse_days, parse_time, say, say_days
from bot.domain.server_settings import Area
from bot.domain.sources import stamp
from bot.domain.zones import parse_zone
from bot.errors import Faults, UserError
from bot.services.quizzes import DailyService
from bot.services.quizzes.own import State
from cogs.ui.access import may_manage
from cogs.ui.cards import card, line
from cogs.ui.forms import form, new_form, open_form
from cogs.ui.places import KINDS_OF_TEXT, check_postable
from cogs.ui.quizzes.asking import LEVELS
from cogs.ui.quizzes.items import QuizButton, QuizMenu, chosen, pressed
from cogs.ui.quizzes.own import own
from cogs.ui.quizzes.rounds import put
from cogs.ui.text import listing, plain, plural

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_PRIMARY: Final = discord.ButtonStyle.primary
_TIME: Final = time(9)
_MIXED: Final = "mixed"


@dataclass(frozen=True, slots=True)
class DailyEdit:
    """What is to change about the question of the day; None stays as it is, level 0 is all levels."""

    channel: discord.TextChannel | None = None
    at: time | None = None
    zone: str | None = None
    days: frozenset[int] | None = None
    level: int | None = None
    areas: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to change."""
        return self == DailyEdit()


def daily(interaction: Interaction) -> DailyService:
    """Return the service that posts the question of the day."""
    return interaction.client.services.quizzes.daily


def read_daily(
    *,
    channel: discord.TextChannel | None = None,
    time: str | None = None,
    zone: str | None = None,
    days: str | None = None,
    level: int | None = None,
    areas: tuple[str, ...] | None = None,
) -> DailyEdit:
    """Read what was typed; everything that is wrong is said in one answer."""
    faults = Faults()
    edit = DailyEdit(
        channel=channel,
        at=faults.read(parse_time, time),
        zone=faults.read(parse_zone, zone),
        days=faults.read(parse_days, days),
        level=level,
        areas=areas,
    )
    if channel is not None:
        faults.check(lambda: check_postable(channel, Style.EACH))
    faults.settle()
    return edit


async def apply_daily(interaction: Interaction, edit: DailyEdit) -> str:
    """Set up the question of the day or change it; returns what to tell."""
    server_id = await may_manage(interaction, Area.QUIZ)
    before = await daily(interaction).current(server_id)
    if before is None and edit.channel is None:
        raise UserError("Choose the channel in which the question of the day is asked.")
    zone = edit.zone or await _zone(interaction, server_id, before)
    plan = before.plan if before else None
    schedule = Schedule(
        edit.at or (plan.schedule.time if plan else _TIME),
        zone,
        edit.days if edit.days is not None else plan.schedule.days if plan else WEEKDAYS,
    )
    present = plan.quiz if plan else None
    level = present.level if present else None
    if edit.level is not None:
        level = Level(edit.level) if edit.level else None
    areas = present.areas if present else ()
    channel_id = edit.channel.id if edit.channel else plan.channel_id if plan else 0
    feed = await daily(interaction).set_up(
        server_id,
        channel_id,
        schedule,
        level=level,
        areas=areas if edit.areas is None else edit.areas,
        by=interaction.user.id,
    )
    done = "is set" if before is None else "is changed"
    return f"✅ The question of the day {done}. The next one comes {stamp(feed.next_run_at, 'F')}."


async def _zone(interaction: Interaction, server_id: int, before: Feed | None) -> str:
    if before is not None:
        return before.plan.schedule.zone
    return await interaction.client.services.feeds.default_zone(server_id)


async def show_panel(interaction: Interaction, *, told: str = "") -> None:
    """Show the panel, in the place of the card that was pressed where there is one."""
    server_id = await may_manage(interaction, Area.QUIZ)
    quizzes = interaction.client.services.quizzes
    feed = await daily(interaction).current(server_id)
    state = await own(interaction).state(server_id)
    topics = await own(interaction).topics()
    flags = await quizzes.quality.flagged_own(server_id)
    await put(interaction, panel(feed, state, topics, len(flags), told=told))


def panel(
    feed: Feed | None, state: State, topics: Sequence[Topic], flagged: int, *, told: str = ""
) -> ui.LayoutView:
    """Return the panel with what is set now."""
    parts: list[Any] = [told] if told else []
    parts.append(f"## Quizzes in this server\n### Question of the day\n{_daily_words(feed)}")
    if feed is not None and feed.plan.quiz is not None:
        parts.append([_areas_menu(feed.plan.quiz.areas, topics)])
        parts.append(
            [
                QuizButton("setdaily", label="Change"),
                QuizButton("setstop", label="Stop asking"),
            ]
        )
    else:
        parts.append([QuizButton("setdaily", label="Set it up", style=_PRIMARY)])
    on = [topic for topic in topics if topic.id not in state.off]
    off = [topic.name for topic in topics if topic.id in state.off]
    words = f"{len(on)} of {len(topics)} are on" + (f"; off: {plain(listing(off))}." if off else ".")
    options = [
        discord.SelectOption(label=topic.name, value=topic.id, default=topic.id not in state.off)
        for topic in topics
    ]
    parts += [
        line(),
        f"### Topics\n{words} What is off is asked nowhere in this server.",
        [QuizMenu("settopics", options=options, placeholder="Topics that are on", most=len(options))],
        line(),
        f"### Own questions\n{_own_words(state)}",
        [
            QuizButton("ownadd", label="Add a question", style=_PRIMARY),
            QuizButton("ownlist", 0, label="See them", disabled=not state.own),
            QuizButton("ownimport", label="Import a file"),
            QuizButton("ownexport", label="Export", disabled=not state.own),
            QuizButton("ownflags", label=f"To look at · {flagged}" if flagged else "To look at"),
        ],
    ]
    return card(*parts)


def _daily_words(feed: Feed | None) -> str:
    if feed is None or feed.plan.quiz is None:
        return "Off. It asks one question in a channel, and shows the results the next time."
    level = f"{LEVELS[feed.plan.quiz.level]} questions" if feed.plan.quiz.level else "all levels"
    words = f"<#{feed.channel_id}> · {say(feed.plan.schedule)} · {level}"
    if feed.state is FeedState.PAUSED:
        return f"{words}\n⚠️ Paused. `/feed resume` lets it go on."
    return f"{words}\n-# Next: {stamp(feed.next_run_at, 'F')}"


def _own_words(state: State) -> str:
    if not state.own:
        return "None yet. Write one, or import CSV, OpenTDB JSON, Aiken, GIFT or Anki text. Only this server sees them."
    return f"{plural(state.own, 'question')}, asked beside the bundled ones. Only this server sees them."


def _areas_menu(areas: Sequence[str], topics: Sequence[Topic]) -> QuizMenu:
    options = [discord.SelectOption(label="All topics", value=_MIXED, default=not areas)]
    options += [
        discord.SelectOption(label=topic.name, value=topic.id, default=topic.id in areas) for topic in topics
    ]
    named = {topic.id for topic in topics}
    options += [
        discord.SelectOption(label=area.replace("-", " "), value=area, default=True)
        for area in areas
        if area not in named
    ]
    options = options[:25]
    return QuizMenu("setareas", options=options, placeholder="What it asks about", most=len(options))


@pressed("setpanel")
async def _panel(interaction: Interaction, _words: Sequence[str]) -> None:
    await show_panel(interaction)


@chosen("settopics")
async def _topics(interaction: Interaction, _words: Sequence[str], values: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    every = {topic.id for topic in await own(interaction).topics()}
    await own(interaction).switch(server_id, every - set(values), by=interaction.user.id)
    await show_panel(interaction, told="✅ Changed.")


@chosen("setareas")
async def _areas(interaction: Interaction, _words: Sequence[str], values: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    feed = await daily(interaction).current(server_id)
    present = feed.plan.quiz.areas if feed and feed.plan.quiz else ()
    chosen_areas = tuple(value for value in values if value != _MIXED)
    # Choosing "all topics" beside others takes those away, unless it was chosen before and others came to it.
    areas = () if _MIXED in values and present else chosen_areas
    await show_panel(interaction, told=await apply_daily(interaction, DailyEdit(areas=areas)))


@pressed("setstop")
async def _stop(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    stopped = await daily(interaction).switch_off(server_id, by=interaction.user.id)
    told = "No more questions of the day. Set it up again whenever you like." if stopped else ""
    await show_panel(interaction, told=told)


@pressed("setdaily")
async def _set_daily(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.QUIZ)
    feed = await daily(interaction).current(server_id)
    zone = await _zone(interaction, server_id, feed)
    schedule = feed.plan.schedule if feed else Schedule(_TIME, zone, WEEKDAYS)
    level = feed.plan.quiz.level if feed and feed.plan.quiz else None
    modal = new_form("Question of the day", "quiz:daily")
    present = (
        [discord.SelectDefaultValue(id=feed.channel_id, type=discord.SelectDefaultValueType.channel)]
        if feed
        else []
    )
    levels = {"0": "All levels"} | {str(int(each)): LEVELS[each].capitalize() for each in Level}
    fields: list[tuple[str, ui.Item[Any]]] = [
        ("Channel", ui.ChannelSelect(custom_id="channel", channel_types=KINDS_OF_TEXT, default_values=present)),
        ("Time of day", ui.TextInput(custom_id="time", default=f"{schedule.time:%H:%M}", max_length=20)),
        ("Time zone", ui.TextInput(custom_id="zone", default=schedule.zone, max_length=60)),
        ("Days", ui.TextInput(custom_id="days", default=say_days(schedule.days), max_length=80)),
        ("Level", ui.Select(custom_id="level", options=[
            discord.SelectOption(label=words, value=value, default=value == str(int(level or 0)))
            for value, words in levels.items()
        ])),
    ]  # fmt: skip
    for text, component in fields:
        modal.add_item(ui.Label(text=text, component=component))
    await open_form(interaction, modal)


@form(r"quiz:daily", _set_daily)
async def _daily_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    await may_manage(interaction, Area.QUIZ)
    channel = _channel(interaction, values.get("channel", ""))
    level = values.get("level", "")
    edit = read_daily(
        channel=channel,
        time=values.get("time") or None,
        zone=values.get("zone") or None,
        days=values.get("days") or None,
        level=int(level) if level else None,
    )
    await show_panel(interaction, told=await apply_daily(interaction, edit))


def _channel(interaction: "discord.Interaction[Any]", chosen_id: str) -> discord.TextChannel | None:
    if not chosen_id:
        return None
    channel = interaction.guild.get_channel(int(chosen_id)) if interaction.guild else None
    if not isinstance(channel, discord.TextChannel):
        raise UserError("I cannot see that channel. Give my role View Channel there and try again.")
    return channel
