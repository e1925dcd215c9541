"""What is said in meetings, as messages for the outbox. They mention the members and nobody else."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import discord
from discord import ui

from bot.domain.buddies.icebreakers import Session
from bot.domain.buddies.values import Profile, Reason, Shown
from bot.domain.careers import Careers
from bot.domain.digests import Rendered
from bot.domain.meetings.texts import Introduction
from bot.domain.meetings.values import Meeting, MeetingKind
from bot.domain.outbox import Action
from bot.domain.sources import stamp
from cogs.ui.buddies.items import BuddyButton
from cogs.ui.buddies.words import (
    CONDUCT,
    NOT_READ,
    SEEN,
    SHOWN,
    SKILLS_NAMED,
    facts,
    group_sentences,
    mention,
    sentences_to,
)
from cogs.ui.cards import ACCENT, CARE, GOOD, IS_COMPONENTS_V2, card, container, line
from cogs.ui.text import listing, plain, shorten

WEEK_MIN: Final = 10080
"""Minutes after which Discord archives a thread in which nothing happens: the longest it knows."""

PRIMARY, GREEN, RED = discord.ButtonStyle.primary, discord.ButtonStyle.success, discord.ButtonStyle.danger


def render(
    *parts: Any, marker: str, colour: discord.Colour = ACCENT, mentions: Sequence[int] = ()
) -> Rendered:
    """Return a message of a card, whose last line nothing else has."""
    box = container(*[part for part in parts if part], f"-# {marker}", colour=colour)
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [box.to_component_dict()],
        "allowed_mentions": {"parse": [], "users": [str(id_) for id_ in mentions]},
    }
    return Rendered(payload, f"-# {marker}")


class MeetingPosts:
    """Says what `bot.domain.meetings.texts.MeetingTexts` asks for."""

    def __init__(self, careers: Callable[[], Careers]) -> None:
        self._careers = careers

    def room(self, meeting: Meeting, *, private: bool) -> Rendered:
        """Return the thread that is opened; its name is its marker."""
        kinds = discord.ChannelType
        name = f"Study buddies {meeting.opened_at:%-d %b} · {meeting.id}"
        payload: dict[str, Any] = {
            "name": name,
            "type": (kinds.private_thread if private else kinds.public_thread).value,
            "auto_archive_duration": WEEK_MIN,
        }
        if private:
            payload["invitable"] = False  # or whoever is in it could bring others
        return Rendered(payload, name, action=Action.ROOM)

    def introduction(self, introduction: Introduction) -> Rendered:
        """Return the first message in the thread."""
        meeting, members = introduction.meeting, introduction.meeting.member_ids
        box_parts = introduction_parts(
            meeting,
            why=group_sentences(introduction.reasons, members, self._careers()),
            shown=[_shown(introduction.profiles[id_], self._careers()) for id_ in members],
            icebreakers=introduction.icebreakers,
            session=introduction.session,
            private=introduction.private,
        )
        return render(*box_parts, marker=f"Meeting {meeting.id}", mentions=members)

    def poll(self, meeting: Meeting) -> Rendered:
        """Return the message with the times they can choose from."""
        return render(*poll_parts(meeting), marker=f"Meeting {meeting.id} · times")

    def kickoff(self, meeting: Meeting) -> Rendered:
        """Say something to begin with, where nobody has pressed anything."""
        text = (
            "### 👋 Who begins?\nA first message can be short: what you learn just now, and when you have half an hour. "
            f"Or press a time above that suits you.\n-# {NOT_READ}"
        )
        return self._render(meeting, "kick-off", text, [_fine(meeting, "I'm here"), _gone(meeting)])

    def midway(self, meeting: Meeting) -> Rendered:
        """Ask half-way how it goes."""
        text = (
            "### Half-way. How is it going?\nOnly the buttons count, and nobody else is told what you press."
        )
        buttons = [
            _fine(meeting, "Going well", GREEN),
            BuddyButton("met", meeting.id, 0, label="We have not met yet"),
            _gone(meeting),
        ]
        return self._render(meeting, "half-way", text, buttons)

    def last(self, meeting: Meeting) -> Rendered:
        """Ask before the end."""
        text = (
            f"### This round ends {stamp(meeting.ends_at)}\nDid you meet? And would you like the same company once more? "
            "Only if all of you say so are you put together again; nobody is told what another said."
        )
        first = [
            BuddyButton("met", meeting.id, 1, label="We met", style=GREEN),
            BuddyButton("met", meeting.id, 0, label="It did not happen"),
        ]
        second = [
            BuddyButton("again", meeting.id, 1, label="Again, the same company", style=PRIMARY),
            BuddyButton("again", meeting.id, 0, label="Somebody new"),
        ]
        return self._render(meeting, "last day", text, first, second)

    def agreed(self, meeting: Meeting) -> Rendered:
        """Say that everybody can at one of the times."""
        at = _agreed(meeting)
        text = (
            f"### ✅ {stamp(at, 'F')} suits {_everybody(meeting)}\nI remind you an hour before. Meet here, or wherever you "
            "all like; where and how is up to you."
        )
        return self._render(meeting, f"agreed {_code(at)}", text, colour=GOOD)

    def reminder(self, meeting: Meeting) -> Rendered:
        """Remind of that time."""
        at = _agreed(meeting)
        text = f"### ⏰ You meet {stamp(at)}\n{listing([mention(id_) for id_ in meeting.member_ids])}, at {stamp(at, 't')}."
        buttons = [BuddyButton("met", meeting.id, 1, label="We met", style=GREEN)]
        return self._render(meeting, f"reminder {_code(at)}", text, buttons, mentions=meeting.member_ids)

    def poke(self, meeting: Meeting, member_id: int, until: datetime) -> Rendered:
        """Ask somebody whether they are there."""
        text = (
            f"### {mention(member_id)}, are you there?\nPress the button until {stamp(until, 'F')}. If you have no time just "
            "now, that is all right: then the others get somebody else, and you come back whenever you like."
        )
        buttons = [BuddyButton("here", meeting.id, label="I'm here", style=GREEN)]
        return self._render(
            meeting, f"question {_code(until)}", text, buttons, colour=CARE, mentions=(member_id,)
        )

    def here(self, meeting: Meeting, member_id: int) -> Rendered:
        """Say that they are."""
        return self._render(
            meeting, f"answer {member_id % 10_000}", f"{mention(member_id)} is here. 👍", colour=GOOD
        )

    def alone(self, meeting: Meeting, *, seeking: bool) -> Rendered:
        """Say that too few are left, and never why."""
        text = "### This meeting is over\nYour company is not here any more. It happens, and it has nothing to do with you."
        if seeking:
            text += (
                "\nI look for somebody else for you now, among those who look as well. Should there be nobody, you come "
                "first in the next round."
            )
        else:
            text += "\nThe next round begins soon, and you come first in it."
        return self._render(meeting, "over", text, colour=CARE)

    def fewer(self, meeting: Meeting) -> Rendered:
        """Say that the two who are left go on."""
        text = (
            "### You are two now\nOne of you is not in this meeting any more. The two of you go on as before."
        )
        return self._render(meeting, f"two {len(meeting.member_ids)}", text)

    def goodbye(self, meeting: Meeting, *, off: bool) -> Rendered:
        """Say that the meeting is over."""
        if off:
            text = (
                "### Study buddies are switched off here\nModerators switched them off, so this meeting ends and the thread "
                "goes into the archive. Nothing stops you from going on by yourselves."
            )
        elif meeting.kind is MeetingKind.FIND:
            text = (
                "### That was two weeks\nThis thread goes into the archive now; write in it and it comes back. "
                "`/buddy find` shows who else would fit."
            )
        else:
            text = (
                "### That was this round\nThe next one begins now: whoever is in gets new company, or the same where all of you "
                "asked for it. This thread goes into the archive; write in it and it comes back."
            )
        return self._render(meeting, "end", text)

    def question(
        self, request_id: int, server_name: str, asker: Profile, reasons: Sequence[Reason], asked: Profile
    ) -> Rendered:
        """Ask somebody by direct message."""
        members = (asker.member_id, asked.member_id)
        why = sentences_to(reasons, asked.member_id, asked.availability.zone, members, self._careers())
        text = (
            f"### Would you like to study with {mention(asker.member_id)}?\nThey asked in **{plain(shorten(server_name, 80))}**. "
            "Say no or nothing, and they are not told.\n" + "\n".join(f"- {each}" for each in why)
        )
        buttons = [
            BuddyButton("accept", request_id, label="Yes, gladly", style=GREEN),
            BuddyButton("decline", request_id, label="No, thanks"),
        ]
        return render(
            text,
            buttons,
            "-# You allowed such messages; `/buddy profile` stops them.",
            marker=f"Question {request_id}",
        )

    def report(self, words: str, *, by: int | None, about: Sequence[int], at: datetime) -> Rendered:
        """Tell moderators what somebody chose to tell them."""
        quoted = "\n".join(f"> {plain(each)}" for each in words.splitlines() if each.strip())
        below = [f"About: {listing([mention(id_) for id_ in about])}"] if about else []
        below.append(
            f"From: {mention(by)}" if by is not None else "From: somebody who did not want to be named"
        )
        return render(
            f"### A report from study buddies\n{quoted}",
            "\n".join(below),
            marker=f"Report {at:%Y-%m-%d %H:%M:%S.%f} UTC",
            colour=CARE,
        )

    def _render(
        self,
        meeting: Meeting,
        what: str,
        *parts: Any,
        colour: discord.Colour = ACCENT,
        mentions: Sequence[int] = (),
    ) -> Rendered:
        return render(*parts, marker=f"Meeting {meeting.id} · {what}", colour=colour, mentions=mentions)


def introduction_parts(
    meeting: Meeting,
    *,
    why: Sequence[str],
    shown: Sequence[str],
    icebreakers: Sequence[str],
    session: Session,
    private: bool,
) -> list[Any]:
    """Return the parts of the first message."""
    members = meeting.member_ids
    parts: list[Any] = [f"## {listing([mention(id_) for id_ in members])}, meet each other"]
    if why:
        parts.append("\n".join(f"- {each}" for each in why))
    if told := [each for each in shown if each]:
        parts.append("\n".join(told))
    begin = ["**To begin with**", *(f"- {each}" for each in icebreakers)]
    hour = [f"**A first session, {session.minutes} minutes**", *(f"- {each}" for each in session.steps)]
    parts += [line(), "\n".join(begin), "\n".join(hour)]
    parts.append(line())
    parts.append(
        [
            BuddyButton("met", meeting.id, 1, label="We met", style=GREEN),
            BuddyButton("quiz", meeting.id, label="A quiz together"),
            BuddyButton("paper", meeting.id, label="A paper to read"),
        ]
    )
    parts.append(
        [
            _gone(meeting),
            BuddyButton("block", meeting.id, label="Block"),
            BuddyButton("report", meeting.id, label="Report"),
        ]
    )
    seen = SEEN if private else "This thread is public: everybody in the server can read it."
    parts.append(f"-# {seen} {NOT_READ}\n-# {CONDUCT}")
    return parts


def poll_parts(meeting: Meeting) -> list[Any]:
    """Return the poll: the times with how many can, and a button for each."""
    if not meeting.times:
        return ["### When?\nI found no hour in this week that suits all of you. Write here when you can."]
    lines = ["### When?\nPress every time that suits you; press again to take it back."]
    lines += [
        f"{place + 1}. {stamp(moment, 'F')}: {_count(meeting, place)}"
        for place, moment in enumerate(meeting.times)
    ]
    buttons = [
        BuddyButton("vote", meeting.id, place, label=f"{place + 1} suits me", style=PRIMARY)
        for place in range(len(meeting.times))
    ]
    return ["\n".join(lines), buttons]


def poll_view(meeting: Meeting) -> ui.LayoutView:
    """Return the same message after somebody pressed."""
    return card(*poll_parts(meeting), f"-# Meeting {meeting.id} · times")


def _count(meeting: Meeting, place: int) -> str:
    votes, everybody = meeting.votes_for(place), len(meeting.present)
    if meeting.agreed == place:
        return "✅ agreed"
    return f"{votes} of {everybody}" if votes else "nobody yet"


def _shown(profile: Profile, careers: Careers) -> str:
    """Return what one shows to the others, nothing where they show nothing."""
    only = [each for each in profile.shows if each is not Shown.HOURS]  # the poll says those
    said = facts(profile, careers, only=only, most=SKILLS_NAMED)
    if not said:
        return ""
    labels = {Shown.LEARNING: "learns", Shown.OFFERS: "can help with"}
    told = [
        f"{labels.get(part, SHOWN[part].removeprefix('My ').lower())} {words}" for part, words in said.items()
    ]
    return f"{mention(profile.member_id)}: " + "; ".join(told)


def _agreed(meeting: Meeting) -> datetime:
    assert meeting.agreed is not None
    return meeting.times[meeting.agreed]


def _everybody(meeting: Meeting) -> str:
    return "you both" if len(meeting.present) == 2 else "all of you"


def _code(moment: datetime) -> str:
    return f"{moment:%d.%m. %H:%M}"


def _fine(meeting: Meeting, label: str, style: discord.ButtonStyle = PRIMARY) -> BuddyButton:
    return BuddyButton("fine", meeting.id, label=label, style=style)


def _gone(meeting: Meeting) -> BuddyButton:
    label = "My buddy is gone" if len(meeting.present) == 2 else "Somebody is gone"
    return BuddyButton("gone", meeting.id, label=label)
