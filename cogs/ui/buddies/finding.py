"""Between rounds: who would fit, and the questions one was asked."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.buddies.values import Profile
from bot.domain.careers import Careers
from bot.domain.meetings.stages import ASK_FOR, ASKS_A_DAY
from bot.errors import UserError
from bot.services.buddies.finding import Question, Suggestion
from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import BuddyButton, pressed
from cogs.ui.buddies.profile import check_may_join, out_card
from cogs.ui.buddies.words import SHOWN_OF_OTHERS, SKILLS_NAMED, facts, mention, sentences_to
from cogs.ui.cards import CARE, GOOD, card, line, show, turn
from cogs.ui.text import plural

_LONGEST: Final = 500
"""Characters about one person: three who asked and three who fit stand on one card."""

GREEN: Final = discord.ButtonStyle.success


async def show_found(interaction: Interaction) -> None:
    """Answer with who would fit, after the questions that wait for an answer."""
    server_id = here(interaction)
    services = interaction.client.services
    member_id = interaction.user.id
    overview = await services.buddies.profiles.overview(server_id, member_id)
    await check_may_join(interaction, overview)
    membership, now = overview.membership, services.clock.now()
    rounds_go_on = overview.next_round is not None
    if membership is not None and rounds_go_on and not membership.takes_part(now):
        await show(interaction, out_card(overview, membership, now))
        return
    questions = await services.buddies.finding.questions(server_id, member_id)
    found = await services.buddies.finding.suggest(server_id, member_id)
    assert membership is not None
    asked = not found and await services.buddies.finding.has_asked(server_id, member_id)
    view = found_card(membership.profile, found, questions, services.careers.careers, asked=asked)
    await show(interaction, view)


def found_card(
    mine: Profile,
    found: Sequence[Suggestion],
    questions: Sequence[Question],
    careers: Careers,
    *,
    asked: bool = False,
) -> ui.LayoutView:
    """Show who would fit, each with why, and a button to ask; `asked` where others were asked already."""
    parts: list[Any] = question_parts(mine, questions, careers)
    if not found:
        # Not that they have not answered: a no is told to nobody.
        parts.append(
            f"## Nobody else just now\nYou have asked those who would fit lately. A question waits for {ASK_FOR.days} days; "
            "whoever says yes gets a thread with you. The next round looks among everybody."
            if asked
            else "## Nobody to find just now\nOnly those are found who allow it (`/buddy profile`, **What partners see**), "
            "whose hours, language and wish for company go with yours. The next round looks among everybody."
        )
        return card(*parts, [BuddyButton("profile", label="My profile")], colour=CARE)
    parts.append(
        f"## Who would fit you\nAsk up to {plural(ASKS_A_DAY, 'person', 'people')} a day; a no is told to nobody."
    )
    for each in found:
        parts += [line(), *person_parts(mine, each, careers)]
    return card(*parts)


def person_parts(mine: Profile, found: Suggestion, careers: Careers) -> list[Any]:
    """Return somebody who would fit, with why, and the button to ask them."""
    ask = BuddyButton("ask", found.profile.member_id, label="Ask", style=discord.ButtonStyle.primary)
    return [_person(mine, found.profile, found.reasons, careers), [ask]]


def question_parts(mine: Profile, questions: Sequence[Question], careers: Careers) -> list[Any]:
    """Return the questions that wait for an answer, each with its buttons."""
    parts: list[Any] = []
    for each in questions[:3]:
        parts += [
            f"### {mention(each.asker.member_id)} would like to study with you\n"
            + _person(mine, each.asker, each.reasons, careers, named=False),
            [
                BuddyButton("accept", each.request.id, label="Yes, gladly", style=GREEN),
                BuddyButton("decline", each.request.id, label="No, thanks"),
            ],
        ]
    return [*parts, line()] if parts else []


def _person(mine: Profile, other: Profile, reasons: Any, careers: Careers, *, named: bool = True) -> str:
    members = (mine.member_id, other.member_id)
    why = sentences_to(reasons, mine.member_id, mine.availability.zone, members, careers)
    said = facts(other, careers, only=other.shows, most=SKILLS_NAMED)
    lines = [f"### {mention(other.member_id)}"] if named else []
    head = len(lines)
    lines += [f"- {each}" for each in why]
    lines += [f"-# {SHOWN_OF_OTHERS[part]}: {words}" for part, words in said.items()]
    while len("\n".join(lines)) > _LONGEST and len(lines) > head + 1:
        lines.pop()  # the most telling stands first
    return "\n".join(lines) or "They show nothing of their profile."


@pressed("find")
async def _find(interaction: Interaction, _words: Sequence[str]) -> None:
    await turn(interaction)
    await show_found(interaction)


@pressed("ask")
async def _ask(interaction: Interaction, words: Sequence[str]) -> None:
    server_id, other_id = here(interaction), int(words[0])
    await turn(interaction)
    assert interaction.guild is not None
    service = interaction.client.services.buddies.profiles
    await check_may_join(interaction, await service.overview(server_id, interaction.user.id))
    await interaction.client.services.buddies.finding.ask(
        server_id, interaction.user.id, other_id, server_name=interaction.guild.name
    )
    await show(
        interaction,
        card(
            f"## Asked\n{mention(other_id)} sees it at their next `/buddy` command, or at once where they allowed direct "
            "messages. If they say yes, a thread opens for you two; otherwise you hear nothing.",
            [BuddyButton("find", label="Others")],
            colour=GOOD,
        ),
    )


@pressed("accept")
async def _accept(interaction: Interaction, words: Sequence[str]) -> None:
    await _answer(interaction, int(words[0]), accept=True)


@pressed("decline")
async def _decline(interaction: Interaction, words: Sequence[str]) -> None:
    await _answer(interaction, int(words[0]), accept=False)


async def _answer(interaction: Interaction, request_id: int, *, accept: bool) -> None:
    await interaction.response.defer(ephemeral=interaction.guild_id is not None, thinking=True)
    service = interaction.client.services.buddies.finding
    opened = await service.answer(request_id, interaction.user.id, accept=accept)
    if opened:
        text = "## Lovely\nA thread opens for you two in a moment; you are both mentioned in it."
    else:
        text = "## All right\nNobody is told."
    await show(interaction, card(text, colour=GOOD))


async def show_waiting(interaction: Interaction) -> bool:
    """Show the questions that wait for somebody, beside what they asked for; False where there is none."""
    if interaction.guild_id is None:
        return False
    services = interaction.client.services
    member_id = interaction.user.id
    try:
        questions = await services.buddies.finding.questions(interaction.guild_id, member_id)
    except UserError:
        return False
    overview = await services.buddies.profiles.overview(interaction.guild_id, member_id)
    if not questions or overview.membership is None:
        return False
    parts = question_parts(overview.membership.profile, questions, services.careers.careers)
    await interaction.followup.send(view=card(*parts[:-1]), ephemeral=True)
    return True
