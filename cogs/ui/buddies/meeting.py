"""What the buttons in a meeting's thread do. Only its members may press them; nobody sees what another answered."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.domain.budgets import Cost
from bot.domain.meetings.values import Meeting, SeatState
from bot.domain.papers import Paper
from bot.domain.sources import stamp
from bot.services.buddies.meetings import Gone
from bot.services.buddies.safety import LONGEST_REPORT, Report
from bot.tree import spend
from bot.words import _, speaking
from cogs.ui.access import here, language_here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import BuddyButton, pressed
from cogs.ui.buddies.posts import gone_button, poll_view
from cogs.ui.buddies.words import mention
from cogs.ui.cards import CARE, GOOD, card, show, turn
from cogs.ui.forms import form, new_form, open_form
from cogs.ui.text import listing, plain, shorten

_BLOCKED_SHOWN: Final = 8
"""People with a button each on one card."""

_FULL, _BY_NAME, _WORDS = "full", "about", "words"


@pressed("vote")
async def _vote(interaction: Interaction, words: Sequence[str]) -> None:
    done = await interaction.client.services.buddies.meetings.vote(
        int(words[0]), interaction.user.id, int(words[1])
    )
    with speaking(await language_here(interaction)):  # all of them read it
        view = poll_view(done.meeting)
    await interaction.response.edit_message(view=view)


@pressed("met")
async def _met(interaction: Interaction, words: Sequence[str]) -> None:
    met = words[1] == "1"
    meeting_id = int(words[0])
    await _beside(interaction)
    services = interaction.client.services
    meeting = (await services.buddies.meetings.met(meeting_id, interaction.user.id, met=met)).meeting
    if met:
        again = [
            BuddyButton("again", meeting_id, 1, label="Again, the same company"),
            BuddyButton("again", meeting_id, 0, label="Somebody new next time"),
        ]
        await _say(interaction, "### 🎉 Well done\nI noted that you met. What about the next round?", again)
    else:
        to_come = any(moment > services.clock.now() for moment in meeting.times)
        more = ", or press a time that suits you" if to_come else ""
        await _say(
            interaction,
            f"### Noted\nIt is not too late: write a word in the thread{more}.",
            [gone_button(meeting)],
        )


@pressed("again")
async def _again(interaction: Interaction, words: Sequence[str]) -> None:
    again = words[1] == "1"
    await _beside(interaction)
    await interaction.client.services.buddies.meetings.again(int(words[0]), interaction.user.id, again=again)
    text = (
        "### Noted\nIf all of you say so, you are put together again in the next round. Nobody is told what you pressed."
        if again
        else "### Noted\nThe next round brings you somebody new. Nobody is told what you pressed."
    )
    await _say(interaction, text)


@pressed("fine")
async def _fine(interaction: Interaction, words: Sequence[str]) -> None:
    await _beside(interaction)
    await interaction.client.services.buddies.meetings.fine(int(words[0]), interaction.user.id)
    await _say(interaction, "### 👍 Good to know\nHave a good time together.")


@pressed("here")
async def _here(interaction: Interaction, words: Sequence[str]) -> None:
    await _beside(interaction)
    done = await interaction.client.services.buddies.meetings.here(int(words[0]), interaction.user.id)
    text = (
        "### 👍 You are here\nI told the others."
        if done.changed
        else "### You are here\nNobody had asked you."
    )
    await _say(interaction, text)


@pressed("gone")
async def _gone(interaction: Interaction, words: Sequence[str]) -> None:
    await _beside(interaction)
    came = await interaction.client.services.buddies.meetings.gone(int(words[0]), interaction.user.id)
    said = {
        Gone.ASKED: "### I asked them\nThey have a day to say that they are here. If they do not, I find you somebody else.",
        Gone.WAITING: "### I have asked already\nThey have a day to answer. If they do not, I find you somebody else.",
        Gone.ANSWERED: (
            "### They did answer\nI asked before, and they said that they are here. Write to them in the thread; if it does "
            "not work out, say **Somebody new** at the end."
        ),
    }
    await _say(interaction, said[came])


@pressed("quiz")
async def _quiz(interaction: Interaction, words: Sequence[str]) -> None:
    """Say how to play together, on what they learn."""
    await _beside(interaction)
    services = interaction.client.services
    topics = await services.buddies.meetings.topics(int(words[0]), interaction.user.id)
    known = services.careers.careers.skills
    names = [known[topic].name for topic in topics if topic in known]
    what = f"`/quiz live skill:{plain(names[0])}`" if names else "`/quiz live`"
    more = f" Others that fit you: {listing([plain(each) for each in names[1:4]])}." if names[1:] else ""
    await _say(
        interaction, f"### A quiz together\nType {what} here in the thread, and everybody answers.{more}"
    )


@pressed("paper")
async def _paper(interaction: Interaction, words: Sequence[str]) -> None:
    """Put a recent paper about what they share into the thread, for all of them."""
    services = interaction.client.services
    topics = await services.buddies.meetings.topics(int(words[0]), interaction.user.id)
    await interaction.response.defer(thinking=True)
    known = services.careers.careers.skills
    language = await language_here(interaction)
    for topic in topics:
        found = await services.careers.recent_papers(known[topic]) if topic in known else []
        if found:
            with speaking(language):
                view = paper_card(found[0], known[topic].name)
            await show(interaction, view, ephemeral=False)
            return
    with speaking(language):
        words = _(
            "### No paper about that lately\n`/papers search` looks through all of arXiv: try what one of you learns."
        )
    await show(interaction, card(words, colour=CARE), ephemeral=False)


def paper_card(paper: Paper, about: str) -> ui.LayoutView:
    """Return one paper to read together."""
    names = ", ".join(plain(author.name) for author in paper.authors[:3])
    if len(paper.authors) > 3:
        names = _("{names} and others").format(names=names)
    link = ui.Button[Any](
        label=_("Read it on arXiv"), style=discord.ButtonStyle.link, url=f"https://arxiv.org/abs/{paper.id}"
    )
    text = _(
        "### A paper about {topic}\n**{title}**\n{authors}\n"
        "Read the abstract and one figure before you meet; then each says what was new."
    ).format(topic=plain(about), title=plain(shorten(paper.title, 250)), authors=names)
    return card(text, [link])


# --- Safety ---------------------------------------------------------------------------------------------


@pressed("block")
async def _block(interaction: Interaction, words: Sequence[str]) -> None:
    """Ask which of them, and say what a block does."""
    await _beside(interaction)
    meeting = await _meeting(interaction, words)
    partners = meeting.partners_of(interaction.user.id)
    lines = [f"{place}. {mention(id_)}" for place, id_ in enumerate(partners, start=1)]
    several = len(partners) > 1
    buttons = [
        BuddyButton(
            "blockyes",
            id_,
            label=f"Block {place}" if several else "Block",
            style=discord.ButtonStyle.danger,
        )
        for place, id_ in enumerate(partners, start=1)
    ]
    text = "## Block?\n" + "\n".join(lines) + f"\n{BLOCKING}"
    await _say(interaction, text, buttons, colour=CARE)


BLOCKING: Final = (
    "You two are never put together again, in any server, and neither finds the other. A meeting that you are both in goes "
    "on without you. They are not told; it looks as if you had left."
)


@pressed("blockyes")
async def _block_yes(interaction: Interaction, words: Sequence[str]) -> None:
    await turn(interaction)
    await block(interaction, int(words[0]))


async def block(interaction: Interaction, other_id: int) -> None:
    """Block somebody and say so to the one who did."""
    new = await interaction.client.services.buddies.safety.block(interaction.user.id, other_id)
    text = "## Blocked" if new else "## It was blocked already"
    await show(
        interaction,
        card(
            f"{text}\nYou and {mention(other_id)} are never put together. They are not told.",
            [BuddyButton("unblock", other_id, label="Take it back")],
            colour=GOOD,
        ),
    )


@pressed("unblock")
async def _unblock(interaction: Interaction, words: Sequence[str]) -> None:
    await turn(interaction)
    await unblock(interaction, int(words[0]))


async def unblock(interaction: Interaction, other_id: int) -> None:
    """Take a block back."""
    there = await interaction.client.services.buddies.safety.unblock(interaction.user.id, other_id)
    text = "## Not blocked any more" if there else "## You had not blocked them"
    await show(
        interaction,
        card(f"{text}\n{mention(other_id)} may be in a round with you, if nothing else is against it."),
    )


def blocked_card(blocked: Sequence[int]) -> ui.LayoutView:
    """Show somebody whom they blocked."""
    if not blocked:
        return card("## You have blocked nobody\n`/buddy block` does it, also for somebody you have not met.")
    parts: list[Any] = ["## Whom you blocked\nThey are not told, neither of this nor when you take it back."]
    for id_ in blocked[:_BLOCKED_SHOWN]:
        parts += [mention(id_), [BuddyButton("unblock", id_, label="Take it back")]]
    if (more := len(blocked) - _BLOCKED_SHOWN) > 0:
        parts.append(f"-# And {more} more: `/buddy unblock` with a member takes one back.")
    return card(*parts)


@pressed("report")
async def _report(interaction: Interaction, words: Sequence[str]) -> None:
    await open_report(interaction, words[0] if words else "")


async def open_report(interaction: Interaction, meeting: str = "") -> None:
    """Show the form of a report; of a meeting the reporter may let say whom it is about."""
    here(interaction)
    modal = new_form("Tell the moderators", f"buddy:form:report:{meeting}")
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id="words", style=discord.TextStyle.paragraph, max_length=LONGEST_REPORT
    )
    modal.add_item(ui.Label(text="What should they know?", component=field))
    choices = {_FULL: "My words, my name" + (", and whom I met" if meeting else "")}
    if meeting:
        choices[_BY_NAME] = "My words and whom I met, without my name"
    choices[_WORDS] = "Only my words"
    options = [
        discord.RadioGroupOption(label=label, value=value, default=value == _FULL)
        for value, label in choices.items()
    ]
    hint = "They see this and nothing else: no profile and no messages"
    modal.add_item(
        ui.Label(
            text="What do they see?",
            description=hint,
            component=ui.RadioGroup(custom_id="seen", options=options),
        )
    )
    await open_form(interaction, modal)


@form(r"buddy:form:report:(?P<meeting>\d*)", _report)
async def _reported(interaction: Interaction, match: re.Match[str], values: dict[str, str]) -> None:
    server_id = here(interaction)
    if values.get("words", "").strip():
        spend(interaction, Cost.REPORT)
    await interaction.response.defer(ephemeral=True, thinking=True)
    buddies = interaction.client.services.buddies
    seen = values.get("seen") or _WORDS
    about: tuple[int, ...] = ()
    if match["meeting"] and seen in {_FULL, _BY_NAME}:
        about = await buddies.meetings.company(int(match["meeting"]), interaction.user.id)
    by = interaction.user.id if seen == _FULL else None
    await buddies.safety.report(server_id, Report(values.get("words", ""), by, about))
    await show(
        interaction,
        card(
            "## Passed on\nThe moderators get exactly what you chose, in their channel. If somebody threatens you, use "
            "Discord's own report as well: hold or right-click the message, then Report Message.",
            [BuddyButton("block", match["meeting"], label="Block")] if match["meeting"] else (),
            colour=GOOD,
        ),
    )


# --- History --------------------------------------------------------------------------------------------


def matches_card(found: Sequence[Meeting], member_id: int, now: datetime) -> ui.LayoutView:
    """Show somebody's meetings, the newest first."""
    if not found:
        return card(
            "## You have not met anybody yet\nOnce a round brings you together with somebody, it stands here.",
            [BuddyButton("profile", label="My profile")],
        )
    lines = [_match_line(meeting, member_id, now) for meeting in found]
    return card("## Your meetings\n" + "\n".join(lines), [BuddyButton("profile", label="My profile")])


def _match_line(meeting: Meeting, member_id: int, now: datetime) -> str:
    others = [mention(seat.member_id) for seat in meeting.seats if seat.member_id != member_id]
    mine = meeting.seat_of(member_id)
    words = f"- {stamp(meeting.opened_at, 'D')}: {listing(others) or 'somebody who is not here any more'}"
    if meeting.is_open and mine is not None and mine.state is SeatState.IN:
        place = f", <#{meeting.thread_id}>" if meeting.thread_id is not None else ", the thread is on its way"
        return (
            f"{words}{place}, until {stamp(meeting.ends_at, 'D')}" if meeting.ends_at > now else words + place
        )
    if mine is not None and mine.met:
        words += " · you met"
    return words


async def _meeting(interaction: Interaction, words: Sequence[str]) -> Meeting:
    return await interaction.client.services.buddies.meetings.meeting(int(words[0]), interaction.user.id)


async def _beside(interaction: Interaction) -> None:
    """Answer beside the post, for whoever pressed alone; a card of theirs is changed."""
    await turn(interaction)


async def _say(
    interaction: Interaction, text: str, buttons: Sequence[BuddyButton] = (), *, colour: discord.Colour = GOOD
) -> None:
    await show(interaction, card(text, list(buttons), colour=colour))
