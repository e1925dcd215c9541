"""The card on which somebody sees their own profile, open at the page that they change."""

import re
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.domain.buddies.values import MAX_SKILLS, Profile
from bot.domain.careers import Careers, Skill
from bot.domain.meetings.values import Membership, Standing
from bot.domain.questions import Level
from bot.services.buddies.profiles import NOT_ON, Overview
from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import BuddyButton, menu
from cogs.ui.buddies.words import GROUPS, LEVELS, MEDIA, NOT_READ, PACES, SEEN, SHOWN, facts, when
from cogs.ui.cards import CARE, GOOD, card, line, show
from cogs.ui.items import option

PAGES: Final = {
    "learn": "What I learn",
    "offer": "What I can help with",
    "how": "How we meet",
    "shown": "What partners see",
}
_FOUND: Final = (
    "-# `/buddy find` shows others only those who allowed it, and only what is marked here. A direct message comes when "
    "somebody asks you; without it you see the question at your next `/buddy` command."
)
AGE: Final = (
    "For members of 13 and older, as Discord's terms ask. I ask for no name, age, gender or address, and nobody is "
    "matched by them."
)


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
    if not membership.takes_part(now):
        below.insert(0, BuddyButton("in", label="I'm in", style=style.success))
    parts += [below, f"-# Only you see this card. Partners see what you mark. {SEEN} {NOT_READ}"]
    return card(*parts, colour=GOOD if membership.takes_part(now) else CARE)


def standing_words(overview: Overview, membership: Membership, now: datetime) -> str:
    """Say whether somebody takes part, and in what."""
    until = membership.profile.paused_until
    if not overview.settings.on:
        return "Study buddies are switched off in this server for now. Your profile is kept until you press **Leave**."
    if membership.standing is Standing.DRAFT:
        return "Choose a skill or two, then press **I'm in**. Nobody sees anything before you are matched."
    if membership.standing is Standing.AWAY:
        return "You did not answer your buddies the last time, so I have left you out since. Press **I'm in** to be back."
    if membership.profile.is_paused(now) and until is not None:
        return f"⏸️ You take a break until {when(until)}. Press **I'm in** to be back earlier."
    if overview.next_round is None:
        return "✅ You are in. Study buddies are paused in this server, so the next round has no date yet."
    waits = " You waited in the last one and come first." if membership.waited else ""
    return f"✅ You are in. The next round begins {when(overview.next_round)}.{waits}"


def out_card(overview: Overview, membership: Membership, now: datetime) -> ui.LayoutView:
    """Say to somebody who is in no round just now why, with the button to be back."""
    buttons = [BuddyButton("profile", label="My profile")]
    if membership.standing is not Standing.DRAFT:  # which has to be finished first
        buttons.insert(0, BuddyButton("in", label="I'm in", style=discord.ButtonStyle.success))
    return card(
        f"## You are not in just now\n{standing_words(overview, membership, now)}", buttons, colour=CARE
    )


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
