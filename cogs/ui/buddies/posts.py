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
from bot.words import N_, _
from cogs.ui.buddies.items import BuddyButton
from cogs.ui.buddies.words import (
    CONDUCT,
    NOT_READ,
    SEEN,
    SKILLS_NAMED,
    facts,
    group_sentences,
    mention,
    sentences_to,
)
from cogs.ui.cards import ACCENT, CARE, GOOD, IS_COMPONENTS_V2, MAX_CHARACTERS, card, container, line
from cogs.ui.dates import short_day
from cogs.ui.text import labelled, listing, plain, shorten

_MARKER_AT_MOST: Final = 60
"""Characters of the line by which a message is known again, which stands below everything."""

WEEK_MIN: Final = 10080
"""Minutes after which Discord archives a thread in which nothing happens: the longest it knows."""

_TOLD: Final = {
    Shown.LEARNING: N_("learns {words}"),
    Shown.OFFERS: N_("can help with {words}"),
    Shown.LEVEL: N_("level {words}"),
    Shown.GOAL: N_("goal {words}"),
    Shown.LANGUAGES: N_("languages {words}"),
    Shown.PACE: N_("pace {words}"),
}
"""What is said of one to the others; the hours are in the poll."""

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
        name = _("Study buddies {day} · {number}").format(
            day=short_day(meeting.opened_at.date()), number=meeting.id
        )
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
        return render(*box_parts, marker=_name(meeting), mentions=members)

    def poll(self, meeting: Meeting) -> Rendered:
        """Return the message with the times they can choose from."""
        return render(*poll_parts(meeting), marker=_name(meeting, _("times")))

    def kickoff(self, meeting: Meeting) -> Rendered:
        """Say something to begin with, where nobody has pressed anything."""
        text = _(
            "### 👋 Who begins?\nA first message can be short: what you learn just now, and when you have half an hour. "
            "Or press a time above that suits you."
        )
        buttons = [_fine(meeting, _("I'm here")), gone_button(meeting)]
        return self._render(meeting, _("kick-off"), f"{text}\n-# {_(NOT_READ)}", buttons)

    def midway(self, meeting: Meeting) -> Rendered:
        """Ask half-way how it goes."""
        text = _(
            "### Half-way. How is it going?\nOnly the buttons count, and nobody else is told what you press."
        )
        buttons = [
            _fine(meeting, _("Going well"), GREEN),
            BuddyButton("met", meeting.id, 0, label=_("We have not met yet")),
            gone_button(meeting),
        ]
        return self._render(meeting, _("half-way"), text, buttons)

    def last(self, meeting: Meeting) -> Rendered:
        """Ask before the end."""
        text = _(
            "### The last day, until {when}\nDid you meet? And would you like the same company once more? "
            "Only if all of you say so are you put together again; nobody is told what another said."
        ).format(when=stamp(meeting.ends_at, "F"))  # it is read afterwards as well
        first = [
            BuddyButton("met", meeting.id, 1, label=_("We met"), style=GREEN),
            BuddyButton("met", meeting.id, 0, label=_("It did not happen")),
        ]
        second = [
            BuddyButton("again", meeting.id, 1, label=_("Again, the same company"), style=PRIMARY),
            BuddyButton("again", meeting.id, 0, label=_("Somebody new")),
        ]
        return self._render(meeting, _("last day"), text, first, second)

    def agreed(self, meeting: Meeting) -> Rendered:
        """Say that everybody can at one of the times."""
        at = _agreed(meeting)
        pair = len(meeting.present) == 2
        head = _("### ✅ {when} suits you both") if pair else _("### ✅ {when} suits all of you")
        below = _(
            "I remind you an hour before. Meet here, or wherever you all like; where and how is up to you."
        )
        what = _("agreed {time}").format(time=_code(at))
        return self._render(meeting, what, head.format(when=stamp(at, "F")) + f"\n{below}", colour=GOOD)

    def reminder(self, meeting: Meeting) -> Rendered:
        """Remind of that time."""
        at = _agreed(meeting)
        text = _("### ⏰ Your meeting: {when}\n{members}, at {time}.").format(
            when=stamp(at), members=listing([mention(id_) for id_ in meeting.member_ids]), time=stamp(at, "t")
        )
        buttons = [BuddyButton("met", meeting.id, 1, label=_("We met"), style=GREEN)]
        what = _("reminder {time}").format(time=_code(at))
        return self._render(meeting, what, text, buttons, mentions=meeting.member_ids)

    def poke(self, meeting: Meeting, member_id: int, until: datetime) -> Rendered:
        """Ask somebody whether they are there."""
        text = _(
            "### {member}, are you there?\nPress the button by {until}. If you have no time just now, that is all "
            "right: then the others get somebody else, and you come back whenever you like."
        ).format(member=mention(member_id), until=stamp(until, "F"))
        buttons = [BuddyButton("here", meeting.id, label=_("I'm here"), style=GREEN)]
        return self._render(
            meeting,
            _("question {number}").format(number=_code(until)),
            text,
            buttons,
            colour=CARE,
            mentions=(member_id,),
        )

    def here(self, meeting: Meeting, member_id: int) -> Rendered:
        """Say that they are."""
        text = _("{member} is here. 👍").format(member=mention(member_id))
        what = _("answer {number}").format(number=member_id % 10_000)
        return self._render(meeting, what, text, colour=GOOD)

    def alone(self, meeting: Meeting, *, seeking: bool) -> Rendered:
        """Say that too few are left, and never why."""
        text = _(
            "### This meeting is over\nYour company is not here any more. It happens, and it has nothing to do with you."
        )
        if seeking:
            then = _(
                "I look for somebody else for you now, among those who look as well. Should there be nobody, you come "
                "first in the next round."
            )
        else:
            then = _("The next round begins soon, and you come first in it.")
        return self._render(meeting, _("over"), f"{text}\n{then}", colour=CARE)

    def fewer(self, meeting: Meeting) -> Rendered:
        """Say that the two who are left go on."""
        text = _(
            "### You are two now\nOne of you is not in this meeting any more. The two of you go on as before."
        )
        return self._render(meeting, _("two of you"), text)

    def goodbye(self, meeting: Meeting, *, off: bool) -> Rendered:
        """Say that the meeting is over."""
        if off:
            text = _(
                "### Study buddies are switched off here\nModerators switched them off, so this meeting ends and the thread "
                "goes into the archive. Nothing stops you from going on by yourselves."
            )
        elif meeting.kind is MeetingKind.FIND:
            text = _(
                "### That was two weeks\nThis thread goes into the archive now; write in it and it comes back. "
                "`/buddy find` shows who else would fit."
            )
        else:
            text = _(
                "### That was this round\nThe next one begins now: whoever is in gets new company, or the same where all of you "
                "asked for it. This thread goes into the archive; write in it and it comes back."
            )
        return self._render(meeting, _("end"), text)

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
        below = []
        if about:
            below.append(_("About: {members}").format(members=listing([mention(id_) for id_ in about])))
        below.append(
            _("From: {member}").format(member=mention(by))
            if by is not None
            else _("From: somebody who did not want to be named")
        )
        return render(
            f"### {_('A report from study buddies')}\n{quoted}",
            "\n".join(below),
            # The number keeps two reports of the same second apart.
            marker=_("Report {time} UTC").format(time=f"{at:%Y-%m-%d %H:%M:%S}") + f" · {at.microsecond:05x}",
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
        return render(*parts, marker=_name(meeting, what), colour=colour, mentions=mentions)


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
    parts: list[Any] = [
        _("## {members}, meet each other").format(members=listing([mention(id_) for id_ in members]))
    ]
    if why:
        parts.append("\n".join(f"- {each}" for each in why))
    told = [each for each in shown if each]
    begin = [f"**{_('To begin with')}**", *(f"- {each}" for each in icebreakers)]
    title = _("A first session, {minutes} minutes").format(minutes=session.minutes)
    hour = [f"**{title}**", *(f"- {each}" for each in session.steps)]
    seen = _(SEEN) if private else _("This thread is public: everybody in the server can read it.")
    foot = f"-# {seen} {_(NOT_READ)}\n-# {_(CONDUCT)}"
    if told:
        # Three who show everything, in a language of long words, are more than a message holds.
        taken = sum(map(len, (*parts, *begin, *hour, foot))) + len(begin) + len(hour) + _MARKER_AT_MOST
        most = (MAX_CHARACTERS - taken) // len(told) - 1
        parts.append("\n".join(each if len(each) <= most else shorten(each, most) for each in told))
    parts += [line(), "\n".join(begin), "\n".join(hour)]
    parts.append(line())
    parts.append(
        [
            BuddyButton("met", meeting.id, 1, label=_("We met"), style=GREEN),
            BuddyButton("quiz", meeting.id, label=_("A quiz together")),
            BuddyButton("paper", meeting.id, label=_("A paper to read")),
        ]
    )
    parts.append(
        [
            gone_button(meeting),
            BuddyButton("block", meeting.id, label=_("Block")),
            BuddyButton("report", meeting.id, label=_("Report")),
        ]
    )
    parts.append(foot)
    return parts


def poll_parts(meeting: Meeting) -> list[Any]:
    """Return the poll: the times with how many can, and a button for each."""
    if not meeting.times:
        return [_("### When?\nI found no hour in this week that suits all of you. Write here when you can.")]
    lines = [_("### When?\nPress every time that suits you; press again to take it back.")]
    lines += [
        f"{place + 1}. {labelled(stamp(moment, 'F'), _count(meeting, place))}"
        for place, moment in enumerate(meeting.times)
    ]
    buttons = [
        BuddyButton(
            "vote", meeting.id, place, label=_("{number} suits me").format(number=place + 1), style=PRIMARY
        )
        for place in range(len(meeting.times))
    ]
    return ["\n".join(lines), buttons]


def poll_view(meeting: Meeting) -> ui.LayoutView:
    """Return the same message after somebody pressed."""
    return card(*poll_parts(meeting), f"-# {_name(meeting, _('times'))}")


def _count(meeting: Meeting, place: int) -> str:
    votes, everybody = meeting.votes_for(place), len(meeting.present)
    if meeting.agreed == place:
        return f"✅ {_('agreed')}"
    return _("{votes} of {all}").format(votes=votes, all=everybody) if votes else _("nobody yet")


def _shown(profile: Profile, careers: Careers) -> str:
    """Return what one shows to the others, nothing where they show nothing."""
    only = [each for each in profile.shows if each is not Shown.HOURS]  # the poll says those
    said = facts(profile, careers, only=only, most=SKILLS_NAMED)
    if not said:
        return ""
    told = [_(_TOLD[part]).format(words=words) for part, words in said.items()]
    return labelled(mention(profile.member_id), " · ".join(told))


def _name(meeting: Meeting, what: str = "") -> str:
    name = _("Meeting {number}").format(number=meeting.id)
    return f"{name} · {what}" if what else name


def _agreed(meeting: Meeting) -> datetime:
    assert meeting.agreed is not None
    return meeting.times[meeting.agreed]


def _code(moment: datetime) -> str:
    return f"{moment:%d.%m. %H:%M}"


def _fine(meeting: Meeting, label: str, style: discord.ButtonStyle = PRIMARY) -> BuddyButton:
    return BuddyButton("fine", meeting.id, label=label, style=style)


def gone_button(meeting: Meeting) -> BuddyButton:
    """Return the button that asks the others whether they are there."""
    label = _("My buddy is gone") if len(meeting.present) == 2 else _("Somebody is gone")
    return BuddyButton("gone", meeting.id, label=label)
