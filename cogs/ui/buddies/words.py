"""Study buddies in words: what a profile says, what a server decided, why people fit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.domain.buddies.reasons import sentence
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
from cogs.ui.text import listing, plain, plural

PARTS: Final[Mapping[DayPart, str]] = {
    DayPart.MORNING: "Mornings, 7 to 12",
    DayPart.AFTERNOON: "Afternoons, 12 to 17",
    DayPart.EVENING: "Evenings, 17 to 22",
    DayPart.NIGHT: "Nights, 22 to 2",
}
LEVELS: Final[Mapping[Level, str]] = {
    Level.BEGINNER: "Beginner",
    Level.INTERMEDIATE: "Intermediate",
    Level.ADVANCED: "Advanced",
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
CADENCES: Final[Mapping[Cadence, str]] = {
    Cadence.WEEKLY: "every week",
    Cadence.BIWEEKLY: "every two weeks",
    Cadence.MONTHLY: "every month, on the first such day",
}
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

SKILLS_NAMED: Final = 4
"""Skills named of each person where several stand on one card."""

NOT_READ: Final = "Nobody's messages are read: all I know of a meeting is which buttons were pressed."
CONDUCT: Final = (
    "Be kind, be on time or say so, and keep to studying. You never have to give a name, an address or anything "
    "else about yourself."
)
SEEN: Final = "Whoever has Manage Threads in this server can see private threads as well."


def skills_named(ids: Iterable[str], careers: Careers, most: int = MAX_SKILLS) -> str:
    """Name some skills, `most` of them; one that is no longer known by its id."""
    known = careers.skills
    names = sorted(known[id_].name if id_ in known else id_ for id_ in ids)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


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
        GoalKind.COURSE: "the course",
        GoalKind.PROJECT: "the project",
        GoalKind.PAPERS: "the paper club",
    }
    return f"{kinds[goal.kind]} {plain(goal.about)}".strip()


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
        Shown.LEVEL: LEVELS[profile.level] if profile.level is not None else "",
        Shown.GOAL: say_goal(profile.goal, careers),
        Shown.HOURS: f"{say_hours(profile.availability)}, about {plural(profile.weekly_hours, 'hour')} a week",
        Shown.LANGUAGES: ", ".join(sorted(LANGUAGES.get(code, code) for code in profile.languages)),
        Shown.PACE: PACES[profile.pace].split(":")[0],
    }
    return {shown: words for shown, words in said.items() if words and shown in wanted}


def mention(member_id: int) -> str:
    """Return what Discord shows as the member's name."""
    return f"<@{member_id}>"


def group_sentences(reasons: Sequence[Reason], members: Sequence[int], careers: Careers) -> list[str]:
    """Say why a group fits, to all of them at once; hours as instants that each sees by their own clock."""
    names = {member: mention(member) for member in members}
    everybody = "You both" if len(members) == 2 else "All three of you"
    said = []
    for reason in reasons:
        if reason.kind is ReasonKind.OVERLAP:
            spans = [f"{stamp(span.start, 'F')} to {stamp(span.end, 't')}" for span in reason.hours]
            said.append(f"{everybody} can at {listing(spans)}.")
            continue
        if reason.kind is ReasonKind.AGAIN:
            them = "You" if len(members) == 2 else listing([names[each] for each in reason.members])
            said.append(f"{them} have met before.")
            continue
        words = sentence(
            reason,
            0,
            zone="UTC",
            names=names,
            skills=skill_names(careers),
            roles=_plain_roles(reason, careers),
        )
        whole = listing([names[each] for each in reason.members])
        if set(reason.members) == set(members) and words.startswith(whole):
            words = everybody + words.removeprefix(whole)
        said.append(words)
    return said


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
