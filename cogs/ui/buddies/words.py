"""Study buddies in words: what a profile says, what a server decided, why people fit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.domain.buddies.reasons import MOST_THINGS, sentence
from bot.domain.buddies.values import (
    LANGUAGES,
    MAX_SKILLS,
    Availability,
    Cadence,
    DayPart,
    Goal,
    GoalKind,
    GroupWish,
    Medium,
    Pace,
    Profile,
    Reason,
    ReasonKind,
    Shown,
)
from bot.domain.careers import Careers
from bot.domain.questions import Level
from bot.domain.sources import stamp
from bot.words import N_, _, ngettext, pgettext
from cogs.ui.quizzes.asking import level_name
from cogs.ui.text import listing, plain, plural

PARTS: Final[Mapping[DayPart, str]] = {
    DayPart.MORNING: "Mornings, 7 to 12",
    DayPart.AFTERNOON: "Afternoons, 12 to 17",
    DayPart.EVENING: "Evenings, 17 to 22",
    DayPart.NIGHT: "Nights, 22 to 2",
}
LEVELS: Final[Mapping[Level, str]] = {
    Level.BEGINNER: N_("Beginner"),
    Level.INTERMEDIATE: N_("Intermediate"),
    Level.ADVANCED: N_("Advanced"),
}
PACES: Final[Mapping[Pace, str]] = {
    Pace.GENTLE: "Gentle: a little each week",
    Pace.STEADY: "Steady: a plan, kept",
    Pace.INTENSE: "Intense: as much as we can",
}
GROUPS: Final[Mapping[GroupWish, str]] = {
    GroupWish.EITHER: "Two or three of us",
    GroupWish.PAIR: "Only two of us",
    GroupWish.TRIO: "Only three of us",
}
MEDIA: Final[Mapping[Medium, str]] = {
    Medium.EITHER: "In writing or by voice",
    Medium.TEXT: "In writing",
    Medium.VOICE: "By voice",
}
GOALS: Final[Mapping[GoalKind, str]] = {
    GoalKind.ROLE: "A role, such as Data Scientist",
    GoalKind.COURSE: "A course",
    GoalKind.PROJECT: "A project",
    GoalKind.PAPERS: "A paper club",
}
SHOWN: Final[Mapping[Shown, str]] = {
    Shown.LEARNING: "What I learn",
    Shown.OFFERS: "What I can help with",
    Shown.LEVEL: "My level",
    Shown.GOAL: "My goal",
    Shown.HOURS: "When I have time",
    Shown.LANGUAGES: "My languages",
    Shown.PACE: "My pace",
}
SHOWN_OF_OTHERS: Final[Mapping[Shown, str]] = {
    Shown.LEARNING: "What they learn",
    Shown.OFFERS: "What they can help with",
    Shown.LEVEL: "Level",
    Shown.GOAL: "Goal",
    Shown.HOURS: "When they have time",
    Shown.LANGUAGES: "Languages",
    Shown.PACE: "Pace",
}
"""The same parts, as somebody else reads them."""
CADENCES: Final[Mapping[Cadence, str]] = {
    Cadence.WEEKLY: "every week",
    Cadence.BIWEEKLY: "every two weeks",
    Cadence.MONTHLY: "every month, on the first such day",
}
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

SKILLS_NAMED: Final = 4
"""Skills named of each person where several stand on one card."""

NOT_READ: Final = N_("Nobody's messages are read: all I know of a meeting is which buttons were pressed.")
CONDUCT: Final = N_(
    "Be kind, be on time or say so, and keep to studying. You never have to give a name, an address or anything "
    "else about yourself."
)
SEEN: Final = N_("Whoever has Manage Threads in this server can see private threads as well.")


_PACES: Final[Mapping[Pace, str]] = {
    Pace.GENTLE: N_("Gentle"),
    Pace.STEADY: N_("Steady"),
    Pace.INTENSE: N_("Intense"),
}


LANGUAGE_NAMES: Final = (
    N_("English"),
    N_("Arabic"),
    N_("Bengali"),
    N_("Chinese"),
    N_("Czech"),
    N_("Dutch"),
    N_("French"),
    N_("German"),
    N_("Greek"),
    N_("Hebrew"),
    N_("Hindi"),
    N_("Indonesian"),
    N_("Italian"),
    N_("Japanese"),
    N_("Korean"),
    N_("Persian"),
    N_("Polish"),
    N_("Portuguese"),
    N_("Romanian"),
    N_("Russian"),
    N_("Spanish"),
    N_("Swedish"),
    N_("Turkish"),
    N_("Ukrainian"),
    N_("Vietnamese"),
)
"""The names that `LANGUAGES` has."""

# As they stand before the word pace.
_LIKED: Final[Mapping[Pace, str]] = {
    Pace.GENTLE: N_("gentle"),
    Pace.STEADY: N_("steady"),
    Pace.INTENSE: N_("intense"),
}


def skills_named(ids: Iterable[str], careers: Careers, most: int = MAX_SKILLS) -> str:
    """Name some skills, `most` of them; one that is no longer known by its id."""
    known = careers.skills
    names = sorted(known[id_].name if id_ in known else id_ for id_ in ids)
    shown, more = ", ".join(names[:most]), len(names) - most
    if more <= 0:
        return shown
    return ngettext("{names} and {count} more", "{names} and {count} more", more).format(names=shown)


def skill_names(careers: Careers) -> dict[str, str]:
    """Return the names of all skills."""
    return {id_: skill.name for id_, skill in careers.skills.items()}


def role_names(careers: Careers) -> dict[str, str]:
    """Return the titles of all roles."""
    return {id_: role.title for id_, role in careers.roles.items()}


def say_goal(goal: Goal | None, careers: Careers) -> str:
    """Say what somebody learns for."""
    if goal is None:
        return ""
    if goal.kind is GoalKind.ROLE:
        return role_names(careers).get(goal.about, plain(goal.about))
    kinds = {
        GoalKind.COURSE: _("the course {name}"),
        GoalKind.PROJECT: _("the project {name}"),
        GoalKind.PAPERS: _("the paper club {name}"),
    }
    # In quotes: "the project a model that serves the club" reads as a mistake.
    name = _("“{name}”").format(name=plain(goal.about)) if goal.about else ""
    return kinds[goal.kind].format(name=name).strip()


def say_hours(availability: Availability) -> str:
    """Say in which parts of the week somebody has time, by their own clock."""
    said = [
        f"{name}: {', '.join(part.value + 's' for part in parts)}"
        for name, parts in (("weekdays", availability.weekdays), ("weekends", availability.weekend))
        if parts
    ]
    return f"{'; '.join(said) or 'not said yet'} ({plain(availability.zone)})"


def facts(
    profile: Profile, careers: Careers, *, only: Iterable[Shown] = tuple(Shown), most: int = MAX_SKILLS
) -> dict[Shown, str]:
    """Return what a profile says, by what it is about, `most` skills of a kind; what it does not say is left out."""
    wanted = set(only)
    said = {
        Shown.LEARNING: skills_named(profile.learning, careers, most),
        Shown.OFFERS: skills_named(profile.offers, careers, most),
        Shown.LEVEL: _(LEVELS[profile.level]) if profile.level is not None else "",
        Shown.GOAL: say_goal(profile.goal, careers),
        Shown.HOURS: f"{say_hours(profile.availability)}, about {plural(profile.weekly_hours, 'hour')} a week",
        Shown.LANGUAGES: ", ".join(sorted(_(LANGUAGES.get(code, code)) for code in profile.languages)),
        Shown.PACE: _(_PACES[profile.pace]),
    }
    return {shown: words for shown, words in said.items() if words and shown in wanted}


def mention(member_id: int) -> str:
    """Return what Discord shows as the member's name."""
    return f"<@{member_id}>"


def group_sentences(reasons: Sequence[Reason], members: Sequence[int], careers: Careers) -> list[str]:
    """Say why a group fits, to all of them at once; hours as instants that each sees by their own clock."""
    return [_to_all(reason, members, careers) for reason in reasons]


def _to_all(reason: Reason, members: Sequence[int], careers: Careers) -> str:
    """Say a reason to a group in which everybody reads it; `bot.domain.buddies.reasons` says it to one of them."""
    whole = set(reason.members) == set(members)
    who = listing([mention(each) for each in reason.members])
    if whole:
        who = _("You both") if len(members) == 2 else _("All three of you")
    match reason.kind:
        case ReasonKind.HELP:
            assert reason.helper is not None
            assert reason.helped is not None
            return _("{helper} can help {helped} with {things}.").format(
                helper=mention(reason.helper),
                helped=mention(reason.helped),
                things=_things(reason.things, skill_names(careers)),
            )
        case ReasonKind.BOTH_LEARN:
            words = (
                pgettext("you", "{who} learn {things}.")
                if whole
                else pgettext("they", "{who} learn {things}.")
            )
            return words.format(who=who, things=_things(reason.things, skill_names(careers)))
        case ReasonKind.GOAL:
            return _same_goal(reason.goal, whole=whole).format(who=who, about=_about(reason.goal, careers))
        case ReasonKind.OVERLAP:
            spans = [
                _("{start} to {end}").format(start=stamp(span.start, "F"), end=stamp(span.end, "t"))
                for span in reason.hours
            ]
            return _("{who} have time: {times}.").format(who=who, times=listing(spans))
        case ReasonKind.LEVEL:
            assert reason.level is not None
            if whole and len(members) == 2:
                return _("You are both at the same level: {level}.").format(level=level_name(reason.level))
            words = (
                pgettext("you", "{who} are at the same level: {level}.")
                if whole
                else pgettext("they", "{who} are at the same level: {level}.")
            )
            return words.format(who=who, level=level_name(reason.level))
        case ReasonKind.PACE:
            assert reason.pace is not None
            words = (
                pgettext("you", "{who} like a {pace} pace.")
                if whole
                else pgettext("they", "{who} like a {pace} pace.")
            )
            return words.format(who=who, pace=_(_LIKED[reason.pace]))
        case ReasonKind.LANGUAGE:
            words = (
                pgettext("you", "{who} speak {languages}.")
                if whole
                else pgettext("they", "{who} speak {languages}.")
            )
            return words.format(
                who=who, languages=_things(reason.things, {code: _(name) for code, name in LANGUAGES.items()})
            )
        case ReasonKind.AGAIN:
            if whole:
                return _("You have met before.")
            return _("{who} have met before.").format(who=who)


def _same_goal(goal: Goal | None, *, whole: bool) -> str:
    assert goal is not None
    match goal.kind, whole:
        case GoalKind.ROLE, True:
            return pgettext("you", "{who} work towards the same role: {about}.")
        case GoalKind.ROLE, False:
            return pgettext("they", "{who} work towards the same role: {about}.")
        case GoalKind.COURSE, True:
            return pgettext("you", "{who} take {about}.")
        case GoalKind.COURSE, False:
            return pgettext("they", "{who} take {about}.")
        case GoalKind.PROJECT, True:
            return pgettext("you", "{who} work on {about}.")
        case GoalKind.PROJECT, False:
            return pgettext("they", "{who} work on {about}.")
        case GoalKind.PAPERS, True:
            return pgettext("you", "{who} read papers for {about}.")
        case _:
            return pgettext("they", "{who} read papers for {about}.")


def _about(goal: Goal | None, careers: Careers) -> str:
    assert goal is not None
    return role_names(careers).get(goal.about, plain(goal.about))


def _things(things: Sequence[str], names: Mapping[str, str]) -> str:
    """Name a few things and how many more there are."""
    named = [names.get(each, each) for each in things]
    if len(named) <= MOST_THINGS:
        return listing(named)
    more = len(named) - MOST_THINGS + 1
    shown = ", ".join(named[: MOST_THINGS - 1])
    return ngettext("{names} and {count} more", "{names} and {count} more", more).format(names=shown)


def sentences_to(
    reasons: Sequence[Reason], viewer: int, zone: str, members: Iterable[int], careers: Careers
) -> list[str]:
    """Say to one of them why they fit, in their own time."""
    names = {member: mention(member) for member in members}
    return [
        sentence(
            reason,
            viewer,
            zone=zone,
            names=names,
            skills=skill_names(careers),
            roles=_plain_roles(reason, careers),
        )
        for reason in reasons
    ]


def _plain_roles(reason: Reason, careers: Careers) -> dict[str, str]:
    """Return the titles of roles; what was typed as a goal is shown as it was typed and as nothing else."""
    about = reason.goal.about if reason.goal is not None else ""
    return {about: plain(about)} | role_names(careers)


def when(moment: datetime) -> str:
    """Return an instant as Discord shows it, with how far it is."""
    return f"{stamp(moment, 'F')} ({stamp(moment)})"
