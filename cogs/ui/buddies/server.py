"""`/setup buddies`: what moderators decide, with a dry run before anything goes out."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import discord
from discord import ui

from bot.domain.buddies.values import Cadence, Numbers
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.values import Standing
from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.services.buddies.rounds import DryRun
from bot.services.buddies.setup import Change, Status, anchored
from cogs.ui.access import may_manage
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import BuddyButton, BuddyMenu, chosen, menu, menu_id, pressed
from cogs.ui.buddies.profile import AGE
from cogs.ui.buddies.words import CADENCES, CONDUCT, NOT_READ, SEEN, WEEKDAYS, when
from cogs.ui.cards import CARE, GOOD, card, line, show, turn
from cogs.ui.forms import form, line_field, new_form, open_form, read_moment, zone_field
from cogs.ui.items import option
from cogs.ui.places import KINDS_OF_TEXT
from cogs.ui.text import listing, plain, plural

PROMISE: Final = (
    f"**Before you switch it on.** {AGE} People are brought together who do not know each other: say in your rules how to "
    f"treat each other, and have somebody who reads reports. {NOT_READ}"
)

_NEEDED: Final = {"view_channel": "View Channel", "send_messages_in_threads": "Send Messages in Threads"}
_PRIVATE: Final = {"create_private_threads": "Create Private Threads"}
_PUBLIC: Final = {"create_public_threads": "Create Public Threads"}
_ENDED: Final = "The meetings that were under way are told so and end."


async def show_setup(interaction: Interaction, told: str = "") -> None:
    """Answer with the panel."""
    server_id = await may_manage(interaction, Area.BUDDIES)
    status = await interaction.client.services.buddies.setup.status(server_id)
    await show(interaction, setup_card(interaction, status, told))


def setup_card(interaction: Interaction, status: Status, told: str = "") -> ui.LayoutView:
    """Show what is decided, each choice to be changed at once."""
    settings = status.settings
    style = discord.ButtonStyle
    parts: list[Any] = [told] if told else []
    parts.append("## Study buddies\n" + state_words(status))
    if not settings.on:
        parts.append(PROMISE)
    if faults := missing(interaction, settings):
        parts.append(f"⚠️ In <#{settings.channel_id}> I lack {listing(faults)}. Allow it for my role there.")
    if settings.on and reports_channel(interaction, status) is None:
        parts.append("⚠️ Reports have nowhere to go. Choose a channel that only moderators see.")
    parts += _sight_lines(interaction, status)
    parts += [line(), *_menus(settings)]
    buttons = [
        BuddyButton("when", label="Time and zone"),
        BuddyButton("threads", label=_thread_label(settings)),
    ]
    if settings.on:
        buttons += [
            BuddyButton("dry", label="Dry run", style=style.primary),
            BuddyButton(
                "resume" if status.is_paused else "pause",
                label="Let it go on" if status.is_paused else "Pause",
            ),
            BuddyButton("off", label="Switch off", style=style.danger),
        ]
    else:
        buttons.append(BuddyButton("on", label="Switch on", style=style.success))
    parts.append(buttons)
    parts.append(f"-# {SEEN} Nobody, you included, is shown a profile here; only how many there are.")
    return card(*parts, colour=GOOD if settings.on and not status.is_paused else CARE)


def state_words(status: Status) -> str:
    """Say how things stand, in numbers."""
    settings, feed = status.settings, status.feed
    where = f"<#{settings.channel_id}>" if settings.channel_id is not None else "no channel yet"
    kind = "private threads" if settings.private else "public threads"
    day = f"{WEEKDAYS[settings.weekday]} at {settings.time:%H:%M}, {plain(settings.zone)}"
    lines = [
        f"**Rounds** {CADENCES[settings.cadence]}, {day}",
        f"**Where** {kind} in {where}",
        f"**Who** {_who(settings)}",
        f"**Reports** {_reports_words(settings)}",
    ]
    if not settings.on:
        return "Off. Nobody can join before it is switched on.\n" + "\n".join(lines)
    count = status.members
    lines.append(
        f"**Now** {plural(count.get(Standing.IN, 0), 'member')} in, {plural(status.meetings, 'meeting')} under way"
    )
    if status.last is not None:
        lines.append(f"**Last round** {when(status.last.slot_at)}: {numbers_words(status.last.numbers)}")
    if status.is_paused:
        return "⏸️ Paused: no rounds and no messages until you let it go on.\n" + "\n".join(lines)
    begins = f"✅ On. The next round begins {when(feed.slot_at)}." if feed is not None else "✅ On."
    return f"{begins}\n" + "\n".join(lines)


def _who(settings: BuddySettings) -> str:
    return (
        f"members with <@&{settings.role_id}>" if settings.role_id is not None else "every member who joins"
    )


def _reports_words(settings: BuddySettings) -> str:
    if settings.reports_id is not None:
        return f"to <#{settings.reports_id}>"
    return "to the channel for moderators' news, if there is one"


def numbers_words(numbers: Numbers) -> str:
    """Say a round in numbers."""
    said = [
        f"{numbers.matched} of {plural(numbers.joined, 'member')} matched",
        f"{plural(numbers.pairs, 'pair')} and {plural(numbers.trios, 'trio')}",
        f"{numbers.waiting} waiting",
        plural(numbers.repeats, "repeat"),
    ]
    if numbers.matched:
        said.append(f"{numbers.mean_overlap_hours:.1f} hours a week in common")
    return ", ".join(said)


def dry_card(run: DryRun) -> ui.LayoutView:
    """Show a round as it would go out, in numbers and without names."""
    numbers = run.numbers
    lines = [
        f"**Matched** {numbers.matched} of {numbers.joined}: {plural(numbers.pairs, 'pair')}, {plural(numbers.trios, 'trio')}",
        f"**Waiting** {numbers.waiting}"
        + (f", {numbers.waited_again} for the second time" if numbers.waited_again else ""),
        f"**Repeats** {plural(numbers.repeats, 'pair')} who met lately",
        f"**In common** {numbers.mean_overlap_hours:.1f} hours a week on average",
    ]
    if run.without_role:
        lines.append(f"**Left out** {plural(run.without_role, 'member')} without the role")
    if run.unknown:
        lines.append(
            f"**Not known** Discord did not say whether {plural(run.unknown, 'member')} are still here"
        )
    return card(
        f"## If the round were now\n-# Nothing has been sent. The next one is due {when(run.slot_at)}.\n"
        + "\n".join(lines),
        [
            BuddyButton(
                "runnow",
                label="Run a round now",
                style=discord.ButtonStyle.primary,
                disabled=not numbers.matched,
            ),
            BuddyButton("setup", label="Back"),
        ],
    )


def _menus(settings: BuddySettings) -> list[Any]:
    kind = discord.SelectDefaultValueType.role
    chosen_role = [
        discord.SelectDefaultValue(id=id_, type=kind) for id_ in (settings.role_id,) if id_ is not None
    ]
    channel: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id=menu_id("channel"),
        channel_types=[discord.ChannelType.text],
        placeholder="The channel in which threads are opened",
        default_values=_chosen_channel(settings.channel_id),
    )
    reports: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id=menu_id("reports"),
        channel_types=KINDS_OF_TEXT,
        placeholder="Where reports go (empty: as usual)",
        min_values=0,
        default_values=_chosen_channel(settings.reports_id),
    )
    role: ui.RoleSelect[Any] = ui.RoleSelect(
        custom_id=menu_id("role"),
        placeholder="Role needed (empty: for everybody)",
        min_values=0,
        default_values=chosen_role,
    )
    cadences = [
        option(words[0].upper() + words[1:], each.value, default=each is settings.cadence)
        for each, words in CADENCES.items()
    ]
    days = [option(name, str(day), default=day == settings.weekday) for day, name in enumerate(WEEKDAYS)]
    return [
        [BuddyMenu(channel, "channel", ())],
        [menu("cadence", options=cadences, placeholder="How often")],
        [menu("weekday", options=days, placeholder="On which day")],
        [BuddyMenu(role, "role", ())],
        [BuddyMenu(reports, "reports", ())],
    ]


def _chosen_channel(channel_id: int | None) -> list[discord.SelectDefaultValue]:
    kind = discord.SelectDefaultValueType.channel
    return [discord.SelectDefaultValue(id=channel_id, type=kind)] if channel_id is not None else []


def _thread_label(settings: BuddySettings) -> str:
    return "Make threads public" if settings.private else "Make threads private"


def missing(interaction: Interaction, settings: BuddySettings) -> list[str]:
    """Return the names of the permissions that are lacking where threads are to be opened."""
    guild = interaction.guild
    channel = guild.get_channel(settings.channel_id) if guild and settings.channel_id is not None else None
    if guild is None or channel is None:
        return []
    granted = channel.permissions_for(guild.me)
    needed = _NEEDED | (_PRIVATE if settings.private else _PUBLIC)
    return [words for name, words in needed.items() if not getattr(granted, name)]


def reports_channel(interaction: Interaction, status: Status) -> int | None:
    """Return where reports would go."""
    if (chosen_id := status.settings.reports_id or status.notices_channel_id) is not None:
        return chosen_id
    channel = interaction.guild.public_updates_channel if interaction.guild else None
    return channel.id if channel is not None else None


def sight(interaction: Interaction, status: Status) -> list[tuple[str, str]]:
    """Return what is wrong with who sees the channels, each with its remedy."""
    guild, settings = interaction.guild, status.settings
    if guild is None:
        return []
    found = []
    needed = guild.get_role(settings.role_id) if settings.role_id is not None else None
    channel = guild.get_channel(settings.channel_id or 0)
    if channel is not None and not channel.permissions_for(needed or guild.default_role).view_channel:
        whom = f"with {needed.mention}" if needed is not None else "without a role"
        found.append(
            (
                f"The threads of study buddies are in {channel.mention}, which members {whom} do not see.",
                "Allow View Channel there, or choose the role of those who see it.",
            )
        )
    reports = guild.get_channel(reports_channel(interaction, status) or 0)
    readers = (guild.default_role, needed or guild.default_role)
    if reports is not None and any(reports.permissions_for(role).view_channel for role in readers):
        found.append(
            (
                f"Reports of study buddies go to {reports.mention}, which members can read.",
                "Choose a channel that only moderators see.",
            )
        )
    return found


def _sight_lines(interaction: Interaction, status: Status) -> list[str]:
    return [f"⚠️ {words} {remedy}" for words, remedy in sight(interaction, status)]


# --- What is pressed and chosen -------------------------------------------------------------------------


@pressed("setup")
async def _setup(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction, Area.BUDDIES)
    await turn(interaction)
    await show_setup(interaction)


@chosen("channel")
async def _channel(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction, Area.BUDDIES)
    found = values[0].resolve()
    if not isinstance(found, discord.TextChannel):
        raise UserError("I cannot see that channel. Give my role View Channel there and try again.")
    await _change(interaction, lambda known: replace(known, channel_id=found.id))


@chosen("reports")
async def _reports(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction, Area.BUDDIES)
    channel_id: int | None = None
    if values:
        found = values[0].resolve()
        if not isinstance(found, discord.TextChannel):
            raise UserError("I cannot see that channel. Give my role View Channel there and try again.")
        granted = found.permissions_for(found.guild.me)
        if not (granted.view_channel and granted.send_messages):
            raise UserError(
                f"I cannot post in {found.mention}. Give my role View Channel and Send Messages there."
            )
        channel_id = found.id
    await _change(interaction, lambda known: replace(known, reports_id=channel_id))


@chosen("role")
async def _role(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction, Area.BUDDIES)
    role_id = values[0].id if values and not values[0].is_default() else None
    await _change(interaction, lambda known: replace(known, role_id=role_id))


@chosen("cadence")
async def _cadence(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction, Area.BUDDIES)
    await _reschedule(interaction, cadence=Cadence(values[0]))


@chosen("weekday")
async def _weekday(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction, Area.BUDDIES)
    await _reschedule(interaction, weekday=int(values[0]))


@pressed("threads")
async def _threads(interaction: Interaction, _words: Sequence[str]) -> None:
    await _change(interaction, lambda known: replace(known, private=not known.private))


@pressed("when")
async def _when(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.BUDDIES)
    status = await interaction.client.services.buddies.setup.status(server_id)
    settings = status.settings
    zone = settings.zone if settings.zone != "UTC" else status.zone or settings.zone
    modal = new_form(
        "When rounds begin",
        "buddy:form:when",
        line_field("time", "Time of day", "Such as 09:00 or 6 pm", f"{settings.time:%H:%M}", 60),
        zone_field(zone),
    )
    await open_form(interaction, modal)


@form("buddy:form:when", _when)
async def _when_given(interaction: Interaction, _match: re.Match[str], values: dict[str, str]) -> None:
    await may_manage(interaction, Area.BUDDIES)
    time, zone = read_moment(values)
    await _reschedule(interaction, time=time, zone=zone)


@pressed("on")
async def _on(interaction: Interaction, _words: Sequence[str]) -> None:
    """Show the words about age and conduct once more; switching on confirms them."""
    server_id = await may_manage(interaction, Area.BUDDIES)
    await turn(interaction)
    status = await interaction.client.services.buddies.setup.status(server_id)
    replace(status.settings, on=True, promised=True).check()
    if reports_channel(interaction, status) is None:
        raise UserError("Choose first where reports go: a channel that only moderators see.")
    if faults := missing(interaction, status.settings):
        raise UserError(
            f"I lack {listing(faults)} in <#{status.settings.channel_id}>. Open Edit Channel → Permissions, allow it for my "
            "role, and try again."
        )
    await show(
        interaction,
        card(
            f"## Switch study buddies on?\n{PROMISE}\n{CONDUCT}",
            *_sight_lines(interaction, status),
            [
                BuddyButton("onyes", label="I have read that: switch on", style=discord.ButtonStyle.success),
                BuddyButton("setup", label="Back"),
            ],
            colour=CARE,
        ),
    )


@pressed("onyes")
async def _on_yes(interaction: Interaction, _words: Sequence[str]) -> None:
    now = interaction.client.services.clock.now()
    await _change(
        interaction,
        lambda known: anchored(replace(known, on=True, promised=True), now),
        told="✅ **Switched on.** Tell your members: `/buddy join` puts them into the next round.",
    )


@pressed("off")
async def _off(interaction: Interaction, _words: Sequence[str]) -> None:
    await _change(interaction, lambda known: replace(known, on=False), told=f"**Switched off.** {_ENDED}")


@pressed("pause")
async def _pause(interaction: Interaction, _words: Sequence[str]) -> None:
    await _set_paused(interaction, paused=True)


@pressed("resume")
async def _resume(interaction: Interaction, _words: Sequence[str]) -> None:
    await _set_paused(interaction, paused=False)


@pressed("dry")
async def _dry(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.BUDDIES)
    await turn(interaction)
    await show(interaction, dry_card(await interaction.client.services.buddies.rounds.dry_run(server_id)))


@pressed("runnow")
async def _run_now(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.BUDDIES)
    await turn(interaction)
    numbers = await interaction.client.services.buddies.rounds.run_now(server_id)
    await show_setup(interaction, f"✅ **A round went out:** {numbers_words(numbers)}.")


async def _set_paused(interaction: Interaction, *, paused: bool) -> None:
    server_id = await may_manage(interaction, Area.BUDDIES)
    await turn(interaction)
    status = await interaction.client.services.buddies.setup.set_paused(server_id, paused=paused)
    await show(interaction, setup_card(interaction, status))


async def _reschedule(interaction: Interaction, **values: Any) -> None:
    now = interaction.client.services.clock.now()
    await _change(interaction, lambda known: anchored(replace(known, **values), now))


async def _change(interaction: Interaction, change: Change, told: str = "") -> None:
    server_id = await may_manage(interaction, Area.BUDDIES)
    await turn(interaction)
    service = interaction.client.services.buddies.setup
    status = await service.change(server_id, change, by=interaction.user.id)
    await show(interaction, setup_card(interaction, status, told))
