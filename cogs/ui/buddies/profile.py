"""A member's own profile: a form to begin with, then a card on which each choice is applied at once."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.domain.buddies.values import (
    LANGUAGES,
    MAX_GOAL,
    MAX_SKILLS,
    Availability,
    DayPart,
    Goal,
    GoalKind,
    GroupWish,
    Medium,
    Pace,
    Profile,
    Shown,
)
from bot.domain.careers import Careers, Skill
from bot.domain.lookup import Found, Kind
from bot.domain.meetings.values import Membership, Standing
from bot.domain.questions import Level
from bot.domain.zones import parse_zone
from bot.errors import UserError
from bot.services.buddies.profiles import NOT_ON, Change, Overview
from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import BuddyButton, chosen, menu, option, pressed
from cogs.ui.buddies.words import (
    CONDUCT,
    GOALS,
    GROUPS,
    LEVELS,
    MEDIA,
    NOT_READ,
    PACES,
    PARTS,
    SEEN,
    SHOWN,
    facts,
    when,
)
from cogs.ui.cards import CARE, GOOD, card, line, show
from cogs.ui.forms import form

PAGES: Final = {
    "learn": "What I learn",
    "offer": "What I can help with",
    "how": "How we meet",
    "shown": "What partners see",
}
_HOURS: Final = {
    1: "About an hour a week",
    2: "2 hours",
    3: "3 hours",
    5: "5 hours",
    8: "8 hours",
    12: "12 hours",
}
_CLOSED: Final = (
    "I could not write to you. Allow direct messages from members of this server, and press again."
)

_FOUND: Final = (
    "-# `/buddy find` shows others only those who allowed it, and only what is marked here. A direct message comes when "
    "somebody asks you; without it you see the question at your next `/buddy` command."
)

AGE: Final = (
    "For members of 13 and older, as Discord's terms ask. I ask for no name, age, gender or address, and nobody is "
    "matched by them."
)


# --- The form ------------------------------------------------------------------------------------------


def join_form(overview: Overview) -> ui.Modal:
    """Return the form that begins a profile: hours and zone, and the languages."""
    known = overview.membership.profile if overview.membership else None
    availability = known.availability if known else None
    modal = ui.Modal(title="Study buddies", custom_id="buddy:form:join", timeout=600)
    zone = availability.zone if availability else overview.zone or ""
    modal.add_item(
        ui.Label(
            text="Your time zone",
            description="The nearest large city, such as Berlin, or Europe/Paris",
            component=ui.TextInput(custom_id="zone", default=zone[:60], max_length=60),
        )
    )
    for name, label, present in (
        ("weekdays", "When can you study, Monday to Friday?", availability.weekdays if availability else ()),
        ("weekend", "And on weekends?", availability.weekend if availability else ()),
    ):
        parts = [option(words, part.value, default=part in present) for part, words in PARTS.items()]
        select: ui.Select[Any] = ui.Select(
            custom_id=name, options=parts, min_values=0, max_values=len(parts), required=False
        )
        modal.add_item(ui.Label(text=label, description="By your own clock", component=select))
    hours = known.weekly_hours if known else 3
    nearest = min(_HOURS, key=lambda offered: abs(offered - hours))
    modal.add_item(
        ui.Label(
            text="How many hours a week?",
            component=ui.Select(
                custom_id="hours",
                options=[
                    option(words, str(count), default=count == nearest) for count, words in _HOURS.items()
                ],
            ),
        )
    )
    spoken = known.languages if known else frozenset({"en"})
    languages = [option(name, code, default=code in spoken) for code, name in LANGUAGES.items()]
    modal.add_item(
        ui.Label(
            text="In which languages?",
            component=ui.Select(custom_id="languages", options=languages, max_values=min(10, len(languages))),
        )
    )
    return modal


@form("buddy:form:join")
async def _joined(interaction: Interaction, _match: re.Match[str], values: dict[str, str]) -> None:
    """Take the form, and go on with skills."""
    server_id = here(interaction)
    zone = parse_zone(values.get("zone", ""))
    weekdays = [DayPart(each) for each in _several(values, "weekdays")]
    weekend = [DayPart(each) for each in _several(values, "weekend")]
    availability = Availability.of_parts(zone, weekdays, weekend)
    if not availability.hours:
        raise UserError("Choose at least one part of the week in which you can study, and send it again.")
    await turn(interaction)
    buddies = interaction.client.services.buddies.profiles
    before = await buddies.overview(server_id, interaction.user.id)
    await check_may_join(interaction, before)
    await buddies.begin(server_id, interaction.user.id, availability)

    def fill(known: Membership) -> Membership:
        hours, languages = values.get("hours") or "3", frozenset(_several(values, "languages")) or {"en"}
        profile = replace(
            known.profile, weekly_hours=int(hours), languages=frozenset(languages) & set(LANGUAGES)
        )
        return replace(known, profile=profile)

    await buddies.change(server_id, interaction.user.id, fill)
    begun = before.membership is None or before.membership.standing is Standing.DRAFT
    await show_profile(interaction, "learn" if begun else "how")


async def check_may_join(interaction: Interaction, overview: Overview) -> None:
    """Refuse where study buddies are off, or ask for a role that the member does not have."""
    if not overview.settings.on:
        raise UserError(NOT_ON)
    role_id = overview.settings.role_id
    member = interaction.user
    if role_id is not None and isinstance(member, discord.Member) and member.get_role(role_id) is None:
        raise UserError(
            f"Study buddies are for members with <@&{role_id}> here. Ask a moderator about the role."
        )


# --- The card -------------------------------------------------------------------------------------------


async def show_profile(interaction: Interaction, page: str = "", *words: str, told: str = "") -> None:
    """Answer with the member's own profile, open at a page."""
    server_id = here(interaction)
    services = interaction.client.services
    overview = await services.buddies.profiles.overview(server_id, interaction.user.id)
    if overview.membership is None:
        await show(interaction, empty_card(overview))
        return
    level = await services.buddies.quiz_level(interaction.user.id) if page == "how" else None
    view = profile_card(
        overview,
        overview.membership,
        services.careers.careers,
        services.clock.now(),
        page=page,
        area=words[0] if words else "",
        told=told,
        quiz_level=level,
    )
    await show(interaction, view)


def empty_card(overview: Overview) -> ui.LayoutView:
    """Say what study buddies are to somebody who is not in."""
    if not overview.settings.on:
        return card(f"## Study buddies\n{NOT_ON}")
    return card(
        "## You are not in\nSay what you learn, what you can help with and when you have time. Each round puts you together "
        f"with one or two people who fit, in a thread of your own.\n-# {AGE}",
        [BuddyButton("join", label="Join", style=discord.ButtonStyle.success)],
    )


def profile_card(
    overview: Overview,
    membership: Membership,
    careers: Careers,
    now: datetime,
    *,
    page: str = "",
    area: str = "",
    told: str = "",
    quiz_level: Level | None = None,
) -> ui.LayoutView:
    """Show a profile to whom it belongs, with the page that is being changed."""
    profile = membership.profile
    parts: list[Any] = [told] if told else []
    parts.append(f"## Your study buddy profile\n{standing_words(overview, membership, now)}")
    said = facts(profile, careers)
    lines = [f"**{SHOWN[part]}** {words}" for part, words in said.items()]
    lines.append(f"**Together** {GROUPS[profile.group].lower()}, {MEDIA[profile.medium].lower()}")
    parts.append("\n".join(lines))
    if page:
        parts.append(line())
    match page:
        case "learn" | "offer":
            parts += _skill_parts(page, profile, careers, area)
        case "how":
            parts += _how_parts(profile, quiz_level)
        case "shown":
            parts += _shown_parts(membership)
    style = discord.ButtonStyle
    parts += [
        line(),
        [
            BuddyButton("page", name, label=label, style=style.primary if name == page else style.secondary)
            for name, label in PAGES.items()
        ],
    ]
    below = [
        BuddyButton("hours", label="Zone and hours"),
        BuddyButton("leave", label="Leave", style=style.danger),
    ]
    if not _is_in(membership, now):
        below.insert(0, BuddyButton("in", label="I'm in", style=style.success))
    parts += [below, f"-# Only you see this card. Partners see what you mark. {SEEN} {NOT_READ}"]
    return card(*parts, colour=GOOD if _is_in(membership, now) else CARE)


def standing_words(overview: Overview, membership: Membership, now: datetime) -> str:
    """Say whether somebody takes part, and in what."""
    until = membership.profile.paused_until
    if membership.standing is Standing.DRAFT:
        return "Choose a skill or two, then press **I'm in**. Nobody sees anything before you are matched."
    if membership.standing is Standing.AWAY:
        return "You did not answer your buddies the last time, so I left you out since. Press **I'm in** to be back."
    if membership.profile.is_paused(now) and until is not None:
        return f"⏸️ You take a break until {when(until)}. Press **I'm in** to be back earlier."
    if overview.next_round is None:
        return "✅ You are in. The server's study buddies are paused; I tell no date."
    waits = " You waited in the last one and come first." if membership.waited else ""
    return f"✅ You are in. The next round begins {when(overview.next_round)}.{waits}"


def _is_in(membership: Membership, now: datetime) -> bool:
    return membership.standing is Standing.IN and not membership.profile.is_paused(now)


def areas(careers: Careers) -> dict[str, list[Skill]]:
    """Return the skills by area, each under a short name that fits into a button's id."""
    found: dict[str, list[Skill]] = {}
    for skill in careers.skills.values():
        found.setdefault(re.sub(r"[^a-z]+", "-", skill.group.lower()), []).append(skill)
    return found


def _skill_parts(page: str, profile: Profile, careers: Careers, area: str) -> list[Any]:
    chosen_skills = profile.learning if page == "learn" else profile.offers
    ask = "What do you want to learn?" if page == "learn" else "What can you help others with?"
    by_area = areas(careers)
    options = []
    for key, skills in by_area.items():
        count = sum(skill.id in chosen_skills for skill in skills)
        note = f"{count} chosen" if count else ""
        options.append(option(skills[0].group, key, default=key == area, description=note))
    parts: list[Any] = [
        f"**{ask}** Choose an area, then skills in it; up to {MAX_SKILLS} in all.",
        [menu("area", page, options=options, placeholder="An area")],
    ]
    if area in by_area:
        skills = by_area[area]
        shown = [option(each.name, each.id, default=each.id in chosen_skills) for each in skills]
        parts.append(
            [
                menu(
                    "skills",
                    page,
                    area,
                    options=shown,
                    placeholder=f"Skills in {skills[0].group}",
                    least=0,
                    most=min(len(shown), MAX_SKILLS),
                )
            ]
        )
    return parts


def _how_parts(profile: Profile, quiz_level: Level | None) -> list[Any]:
    levels = [
        option(words, str(int(level)), default=level is profile.level) for level, words in LEVELS.items()
    ]
    levels.append(option("I'd rather not say", "0", default=profile.level is None))
    parts: list[Any] = [
        "**How would you like to meet?**",
        [menu("level", options=levels, placeholder="My level")],
    ]
    for action, offered, present, placeholder in (
        ("pace", PACES, profile.pace, "My pace"),
        ("group", GROUPS, profile.group, "How many of us"),
        ("medium", MEDIA, profile.medium, "How we talk"),
    ):
        options = [option(words, each.value, default=each is present) for each, words in offered.items()]
        parts.append([menu(action, options=options, placeholder=placeholder)])
    buttons = [BuddyButton("goal", label="My goal")]
    if quiz_level is not None and quiz_level is not profile.level:
        label = f"Take the level of my quizzes: {LEVELS[quiz_level].lower()}"
        buttons.append(BuddyButton("quizlevel", label=label))
    parts.append(buttons)
    return parts


def _shown_parts(membership: Membership) -> list[Any]:
    shows = membership.profile.shows
    options = [option(words, part.value, default=part in shows) for part, words in SHOWN.items()]
    found = "Do not let others find me" if membership.findable else "Let others find me between rounds"
    written = "No direct messages" if membership.dm_channel_id else "Allow direct messages"
    return [
        "**What may those you are matched with see?** The rest only counts when I look for who fits.",
        [menu("shows", options=options, placeholder="Nothing of it", least=0, most=len(options))],
        [BuddyButton("findable", label=found), BuddyButton("letters", label=written)],
        _FOUND,
    ]


# --- What is pressed and chosen -------------------------------------------------------------------------


@pressed("join")
async def _join(interaction: Interaction, _words: Sequence[str]) -> None:
    await open_join(interaction)


@pressed("hours")
async def _hours(interaction: Interaction, _words: Sequence[str]) -> None:
    await open_join(interaction)


async def open_join(interaction: Interaction) -> None:
    """Show the form, for those who may join."""
    server_id = here(interaction)
    overview = await interaction.client.services.buddies.profiles.overview(server_id, interaction.user.id)
    await check_may_join(interaction, overview)
    await interaction.response.send_modal(join_form(overview))


@pressed("profile")
async def _profile(interaction: Interaction, _words: Sequence[str]) -> None:
    await turn(interaction)
    await show_profile(interaction)


@pressed("page")
async def _page(interaction: Interaction, words: Sequence[str]) -> None:
    await turn(interaction)
    await show_profile(interaction, words[0] if words and words[0] in PAGES else "")


@pressed("in")
async def _enter(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = here(interaction)
    await turn(interaction)
    service = interaction.client.services.buddies.profiles
    await check_may_join(interaction, await service.overview(server_id, interaction.user.id))
    await service.enter(server_id, interaction.user.id)
    await show_profile(interaction, told=f"### You are in\n{CONDUCT}")


@chosen("area")
async def _area(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    await turn(interaction)
    await show_profile(interaction, words[0], str(values[0]))


@chosen("skills")
async def _skills(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    page, area = words[0], words[1]
    offered = {skill.id for skill in areas(interaction.client.services.careers.careers).get(area, ())}

    def set_skills(known: Membership) -> Membership:
        profile = known.profile
        present = profile.learning if page == "learn" else profile.offers
        after = (present - offered) | (offered & set(map(str, values)))
        if len(after) > MAX_SKILLS:
            raise UserError(f"Choose up to {MAX_SKILLS} skills in all. Take one away in another area first.")
        if page == "learn":
            return replace(known, profile=replace(profile, learning=after))
        return replace(known, profile=replace(profile, offers=after))

    await _change(interaction, set_skills, page, area)


@chosen("level")
async def _level(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    level = Level(int(values[0])) if values[0] != "0" else None
    await _change_profile(interaction, "how", level=level)


@pressed("quizlevel")
async def _quiz_level(interaction: Interaction, _words: Sequence[str]) -> None:
    level = await interaction.client.services.buddies.quiz_level(interaction.user.id)
    if level is None:
        raise UserError("Your quizzes say no level yet. Choose one from the menu.")
    await _change_profile(interaction, "how", level=level)


@chosen("pace")
async def _pace(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "how", pace=Pace(values[0]))


@chosen("group")
async def _group(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "how", group=GroupWish(values[0]))


@chosen("medium")
async def _medium(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "how", medium=Medium(values[0]))


@chosen("shows")
async def _shows(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await _change_profile(interaction, "shown", shows=frozenset(Shown(each) for each in values))


@pressed("findable")
async def _findable(interaction: Interaction, _words: Sequence[str]) -> None:
    await _change(interaction, lambda known: replace(known, findable=not known.findable), "shown")


@pressed("letters")
async def _letters(interaction: Interaction, _words: Sequence[str]) -> None:
    """Allow direct messages, which one proves; or allow them no more."""
    server_id = here(interaction)
    await turn(interaction)
    service = interaction.client.services.buddies.profiles
    overview = await service.overview(server_id, interaction.user.id)
    channel_id: int | None = None
    if overview.membership is not None and overview.membership.dm_channel_id is None:
        try:
            channel = await interaction.user.create_dm()
            await channel.send(
                view=card("You allowed direct messages. I write when somebody asks you, and never else.")
            )
        except discord.Forbidden as error:  # 50007, or 50278 where no server is shared
            raise UserError(_CLOSED) from error
        channel_id = channel.id
    await service.change(
        server_id, interaction.user.id, lambda known: replace(known, dm_channel_id=channel_id)
    )
    await show_profile(interaction, "shown")


@pressed("goal")
async def _goal(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = here(interaction)
    services = interaction.client.services
    overview = await services.buddies.profiles.overview(server_id, interaction.user.id)
    goal = overview.membership.profile.goal if overview.membership else None
    modal = ui.Modal(title="What do you learn for?", custom_id="buddy:form:goal", timeout=600)
    kinds = [
        discord.RadioGroupOption(
            label=words, value=kind.value, default=kind is (goal.kind if goal else GoalKind.ROLE)
        )
        for kind, words in GOALS.items()
    ]
    modal.add_item(ui.Label(text="It is", component=ui.RadioGroup(custom_id="kind", options=kinds)))
    about = goal.about if goal else ""
    if goal is not None and goal.kind is GoalKind.ROLE:
        role = services.careers.careers.roles.get(goal.about)
        about = role.title if role else about
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id="about", default=about[:MAX_GOAL], max_length=MAX_GOAL, required=False
    )
    hint = "Its name, so that others with the same one are found; empty for no goal"
    modal.add_item(ui.Label(text="Which?", description=hint, component=field))
    await interaction.response.send_modal(modal)


@form("buddy:form:goal")
async def _goal_given(interaction: Interaction, _match: re.Match[str], values: dict[str, str]) -> None:
    kind, about = GoalKind(values.get("kind") or GoalKind.PROJECT), " ".join(values.get("about", "").split())
    goal: Goal | None = Goal(kind, about) if about else None
    if about and kind is GoalKind.ROLE:
        finding = interaction.client.services.careers.directory.find(about, frozenset({Kind.ROLE}))
        if not isinstance(finding, Found):
            names = ", ".join(each.title for each in finding.options)
            raise UserError(
                f"Which role is that? Perhaps one of: {names}. Press **My goal** and write its whole name."
            )
        goal = Goal(kind, finding.option.id)
    await turn(interaction)
    await _set_profile(interaction, "how", goal=goal)


async def _change_profile(interaction: Interaction, page: str, **values: Any) -> None:
    await turn(interaction)
    await _set_profile(interaction, page, **values)


async def _set_profile(interaction: Interaction, page: str, **values: Any) -> None:
    service = interaction.client.services.buddies.profiles
    await service.change(
        here(interaction),
        interaction.user.id,
        lambda known: replace(known, profile=replace(known.profile, **values)),
    )
    await show_profile(interaction, page)


async def _change(interaction: Interaction, change: Change, page: str, *words: str) -> None:
    await turn(interaction)
    await interaction.client.services.buddies.profiles.change(here(interaction), interaction.user.id, change)
    await show_profile(interaction, page, *words)


# --- Leaving --------------------------------------------------------------------------------------------


@pressed("leave")
async def _leave(interaction: Interaction, _words: Sequence[str]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await show(interaction, leave_card())


@pressed("leaveyes")
async def _leave_yes(interaction: Interaction, _words: Sequence[str]) -> None:
    await turn(interaction)
    await leave(interaction)


def leave_card() -> ui.LayoutView:
    """Ask once whether somebody wants to leave."""
    return card(
        "## Leave study buddies?\nYour profile is deleted at once, and you are taken out of the meetings you are in. The "
        "others are told that they are fewer, and nothing else.",
        [BuddyButton("leaveyes", label="Leave and delete", style=discord.ButtonStyle.danger)],
        colour=CARE,
    )


async def leave(interaction: Interaction) -> None:
    """Delete the profile, and say what is kept."""
    there = await interaction.client.services.buddies.profiles.leave(here(interaction), interaction.user.id)
    gone = "Your profile is deleted." if there else "You were not in."
    await show(
        interaction,
        card(
            f"## You have left\n{gone} Whom you blocked stays blocked, for your safety; `/buddy unblock` takes that back. "
            "`/buddy join` brings you back.",
            colour=GOOD,
        ),
    )


# --- How an answer comes --------------------------------------------------------------------------------


async def turn(interaction: Interaction) -> None:
    """Change a card that only this person sees; elsewhere open one of their own."""
    message = interaction.message
    if message is not None and message.flags.ephemeral:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


def _several(values: dict[str, str], name: str) -> list[str]:
    return [each for each in values.get(name, "").split(",") if each]
