"""Cards about several people stay within what Discord takes, whatever the people say of themselves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from discord import ui

from bot.content.careers import load_careers
from bot.domain.buddies.score import Window
from bot.domain.buddies.values import (
    MAX_GOAL,
    MAX_SKILLS,
    Availability,
    Goal,
    GoalKind,
    History,
    Profile,
    Reason,
    Shown,
)
from bot.domain.meetings.texts import Introduction
from bot.domain.meetings.values import Meeting, MeetingKind, Seat, SeatState, Stage
from bot.domain.questions import Level
from bot.services.buddies.finding import Question, Suggestion
from bot.services.buddies.introducing import Introducer
from bot.storage.buddies.requests import Asked, Request
from cogs.ui.buddies.finding import found_card
from cogs.ui.buddies.posts import MeetingPosts
from cogs.ui.buddies.words import group_sentences
from cogs.ui.cards import MAX_CHARACTERS, MAX_COMPONENTS
from tests.support.buddies import membership

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
FIRST = 1_100_000_000_000_000_000
CAREERS = load_careers()


def wordy(member_id: int) -> Profile:
    """Return somebody who says as much as can be said, in the longest words."""
    skills = sorted(CAREERS.skills, key=lambda id_: -len(CAREERS.skills[id_].name))
    hours = membership(member_id).profile.availability
    return Profile(
        1,
        FIRST + member_id,
        Availability(hours.zone, hours.hours),
        learning=frozenset(skills[:MAX_SKILLS]),
        offers=frozenset(skills[:MAX_SKILLS]),
        level=Level.INTERMEDIATE,
        goal=Goal(GoalKind.PROJECT, "*" * MAX_GOAL),
        languages=frozenset({"en", "de", "fr", "es"}),
    )


def length(components: list[dict[str, Any]]) -> int:
    found = 0
    for each in components:
        found += len(str(each.get("content", "")))
        found += length(each.get("components", []))
    return found


def reasons(*people: Profile) -> Sequence[Reason]:
    introducer = Introducer(lambda: {id_: skill.name for id_, skill in CAREERS.skills.items()})
    return introducer.reasons(people, History.of([]), Window(NOW))


def test_three_who_asked_and_three_who_fit() -> None:
    mine, *others = [wordy(number) for number in range(7)]
    found = [Suggestion(each, reasons(mine, each)) for each in others[:3]]
    asked = [
        Question(
            Request(number, 1, each.member_id, mine.member_id, Asked.WAITING, NOW, NOW),
            each,
            reasons(mine, each),
        )
        for number, each in enumerate(others[3:])
    ]
    view = found_card(mine, found, asked, CAREERS)
    assert view.content_length() <= MAX_CHARACTERS
    assert view.total_children_count <= MAX_COMPONENTS
    said = " ".join(each.content for each in view.walk_children() if isinstance(each, ui.TextDisplay))
    assert all(f"<@{each.member_id}>" in said for each in others)


def test_somebody_is_spoken_of_and_a_goal_stands_in_quotes() -> None:
    mine, other = membership(1).profile, membership(2).profile
    other = replace(
        other, goal=Goal(GoalKind.PROJECT, "a model that serves the club"), shows=frozenset(Shown)
    )
    view = found_card(mine, [Suggestion(other, ())], [], CAREERS)
    said = "\n".join(each.content for each in view.walk_children() if isinstance(each, ui.TextDisplay))
    assert "-# Goal: the project “a model that serves the club”\n" in said
    assert "-# When they have time: " in said


def test_two_of_the_same_level_are_told_so_in_good_english() -> None:
    same = [replace(membership(number).profile, level=Level.BEGINNER) for number in (1, 2)]
    said = group_sentences(reasons(*same), [each.member_id for each in same], CAREERS)
    assert "You are both at the same level: beginner." in said


def test_three_who_are_introduced() -> None:
    people = [wordy(number) for number in range(3)]
    introducer = Introducer(lambda: {id_: skill.name for id_, skill in CAREERS.skills.items()})
    members = tuple(each.member_id for each in people)
    profiles = {each.member_id: each for each in people}
    for seed in range(20):
        company = introducer.introduce(members, profiles, History.of([]), Window(NOW), seed)
        meeting = Meeting(
            id=10**9, server_id=1, feed_id=1, round_id=1, kind=MeetingKind.ROUND, is_open=True,
            stage=Stage.KICKOFF, next_at=NOW, channel_id=1, room_id=None, intro_id=None, thread_id=None,
            times=tuple(company.times), agreed=None, remind_at=None, opened_at=NOW, ends_at=NOW + timedelta(days=7),
            ended_at=None, ended_by=None,
            seats=tuple(
                Seat(id_, SeatState.IN, None, frozenset(), None, None, None, poked=False) for id_ in members
            ),
        )  # fmt: skip
        said = Introduction(
            meeting, profiles, company.reasons, company.icebreakers, company.session, private=True
        )
        message = MeetingPosts(lambda: CAREERS).introduction(said)
        assert length(message.payload["components"]) <= MAX_CHARACTERS
