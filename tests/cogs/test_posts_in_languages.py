"""Everything that is posted, rendered in each language: nothing of it stays English but contents, and all of it fits."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from bot.content.careers import load_careers
from bot.domain.agenda import SAME_AS, EventPost, MemberReminder, PostKind, Shown
from bot.domain.aoe import AOE
from bot.domain.buddies.score import Window
from bot.domain.buddies.values import LANGUAGES, Goal, GoalKind, History, Pace, Reason, ReasonKind, Span
from bot.domain.buddies.values import Shown as Shown_
from bot.domain.changes import ChangeKind, PaperChange
from bot.domain.digests import Digest, Rendered, Selection
from bot.domain.events import EventKind, EventStatus, compare
from bot.domain.feeds import Candidate, Feed, FeedState, Moment, PaperOptions, Style
from bot.domain.highlights import Highlight, Highlights
from bot.domain.languages import Language
from bot.domain.meetings.texts import Introduction
from bot.domain.meetings.values import Meeting, MeetingKind, Seat, SeatState, Stage
from bot.domain.papers import THANKS, AnnounceType, Author, Paper
from bot.domain.questions import Kind, Level
from bot.domain.quizzes.daily import Daily, Results
from bot.domain.quizzes.live import NOBODY, Asked, Closed, Ending, Place, Player, Round, Settings, State
from bot.domain.sources import SourceOutcome, SourceState
from bot.services.buddies.introducing import Introducer
from bot.services.quizzes.live_rounds import ALL_TOPICS, BY_HOST
from bot.words import speaking
from cogs.ui.buddies.posts import MeetingPosts
from cogs.ui.buddies.words import LANGUAGE_NAMES, facts, group_sentences
from cogs.ui.cards import MAX_CHARACTERS
from cogs.ui.changes import ChangeCards
from cogs.ui.events import EventCards
from cogs.ui.hello import hello_card
from cogs.ui.highlights import render_highlights
from cogs.ui.notices import render_notice, render_trouble
from cogs.ui.papers import render_digest
from cogs.ui.quizzes.daily import DailyCards
from cogs.ui.quizzes.live_cards import LiveCards
from cogs.ui.quizzes.reports import render_report
from tests.cogs.quizzing import first
from tests.cogs.test_buddies_cards import wordy
from tests.cogs.test_event_cards import feed as event_feed
from tests.cogs.test_event_cards import listed
from tests.support.fakes import paper as sample
from tests.support.fakes import plan

NOW: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
OTHERS: Final = tuple(each for each in Language if each is not Language.ENGLISH)
CAREERS: Final = load_careers()
EVENTS, DAILY, LIVE, BUDDIES = EventCards(), DailyCards(str), LiveCards(), MeetingPosts(lambda: CAREERS)

SAME_IN_BOTH: Final = frozenset(
    ["abstract", "pdf", "html", "cs", "lg", "cross", "list", "page", "question", "details"]
)
"""Words that one of the languages has as English has them, and names."""


def papers_feed(**changes: Any) -> Feed:
    chosen = replace(plan(server_id=1), **changes)
    return Feed(7, 4, chosen, FeedState.ACTIVE, None, NOW, NOW, NOW, NOW, None)


def paper(id_: str, *, version: int = 1) -> Paper:
    found = sample(id_, version=version, title="QQ")
    return replace(found, abstract="QQ", authors=(Author("QQ"), Author("QQ")))


def candidates(count: int) -> tuple[Candidate, ...]:
    kinds = (AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE)
    return tuple(
        Candidate(paper(f"2601.{number:05}"), kinds[number % 3], NOW) for number in range(1, count + 1)
    )


def digests() -> Iterator[Rendered]:
    few, more = candidates(3), candidates(5)
    yield from render_digest(Digest(papers_feed(), NOW, Selection(few, more)))
    yield from render_digest(Digest(papers_feed(style=Style.EACH), NOW, Selection(few[:1], ())))
    yield from render_digest(Digest(papers_feed(style=Style.THREAD), NOW, Selection(few, ())))
    forum = PaperOptions(forum=True)
    yield from render_digest(Digest(papers_feed(options=forum), NOW, Selection(few, ())))
    yield render_highlights(Highlights(papers_feed(), NOW, (Highlight(paper("2601.00001"), 2, 1, (5,)),)))
    for kind in ChangeKind:
        changed = replace(paper("2601.00001", version=2), journal_ref="QQ")
        yield ChangeCards().say(PaperChange(changed, kind), papers_feed(), 9)


def notices() -> Iterator[Rendered]:
    yield render_notice(papers_feed(), "I cannot see the channel. Give my role View Channel there.", NOW)
    states = {
        f"{number}": SourceState(
            "x", NOW, outcome=SourceOutcome.ERROR, error="QQ cannot be reached.", failing_since=NOW
        )
        for number in range(12)
    }
    yield render_trouble(states, NOW)
    yield render_trouble({"1": SourceState("x", NOW, outcome=SourceOutcome.SAME, last_news_at=NOW)}, NOW)
    yield EVENTS.trouble(event_feed(), states, NOW)
    yield render_report(bare(Kind.ONE), "QQ", NOW)
    yield BUDDIES.report("QQ", by=1, about=(2, 3), at=NOW)
    yield BUDDIES.report("QQ", by=None, about=(), at=NOW)
    hello: Any = hello_card()
    yield Rendered({"components": hello.to_components()}, "")


def events() -> Iterator[Rendered]:
    detail: dict[str, Any] = {"title": "QQ", "url": "https://q.example.org/1"}
    plain = listed(**detail, host="QQ", place="QQ", online_url="https://q.example.org/2")
    due = listed(
        2,
        **detail,
        kind=EventKind.DEADLINE,
        zone=AOE,
        ends_at=None,
        details=(("conference", "QQ"), ("dates", "QQ")),
    )
    days: dict[str, Any] = {"starts_at": NOW + timedelta(days=9), "ends_at": NOW + timedelta(days=20)}
    hack = listed(
        3, **detail, kind=EventKind.HACKATHON, **days, details=(("prize", "$9"), ("registrations", "12"))
    )
    tentative = listed(4, **detail, status=EventStatus.TENTATIVE)
    off = listed(5, **detail, status=EventStatus.CANCELLED)
    gone = listed(6, gone=True, **detail)
    twice = listed(7, **detail, details=((SAME_AS, "x"),))
    for each in (plain, due, hack, tentative, off, gone, twice):
        shown = (Shown(each),)
        yield EVENTS.post(EventPost(event_feed(), PostKind.CARD, Moment.ANNOUNCED, NOW, shown, 0))
        for moment in (Moment.WEEK, Moment.START):
            yield EVENTS.post(EventPost(event_feed(), PostKind.REMINDER, moment, NOW, shown, 0))
    for kind in (PostKind.FIRST, PostKind.WEEK, PostKind.ROUNDUP):
        for overflow in (1, 5):
            all_of_them = (Shown(plain), Shown(due), Shown(hack), Shown(off))
            yield EVENTS.post(EventPost(event_feed(), kind, None, NOW, all_of_them, overflow))
    moved = replace(
        plain,
        event=replace(plain.event, starts_at=NOW + timedelta(days=3), ends_at=None, place="QQQ", title="Q"),
    )
    changes = compare(plain.event, moved.event).differences
    yield EVENTS.say(event_feed(), moved, changes, 99)
    yield EVENTS.say(event_feed(), off, compare(plain.event, off.event).differences, 99)
    yield EVENTS.say(event_feed(), plain, compare(off.event, plain.event).differences, 99)
    reminder = MemberReminder(1, 77, 1, plain, timedelta(days=1), by_dm=False, due_at=NOW, is_done=False)
    yield EVENTS.remind(reminder, off=False)
    yield EVENTS.remind(reminder, off=True)


def quizzes() -> Iterator[Rendered]:
    daily = Daily(3, 7, "q", NOW, None, None)
    for kind in (Kind.ONE, Kind.SEVERAL, Kind.BOOLEAN, Kind.NUMERIC):
        question = bare(kind)
        right: Any = (
            question.value if kind is Kind.NUMERIC else question.answer if kind is Kind.BOOLEAN else 0
        )
        counts = ((right, 2), *(((float(each), 1) for each in range(9)) if kind is Kind.NUMERIC else ()))
        if kind is Kind.SEVERAL:
            counts = ((frozenset({0, 1}), 2),)
        results = Results(daily, question, counts, 1, "https://discord.com/channels/1/2/3")
        yield DAILY.ask(papers_feed(), daily, question, results)
        yield DAILY.ask(papers_feed(), daily, question, replace(results, counts=(), right=0))
        yield DAILY.results(papers_feed(), results)
        yield DAILY.results(papers_feed(), replace(results, counts=(), right=0))
        yield from live(kind)


def bare(kind: Kind) -> Any:
    """Return a question whose own words are one word."""
    question = first(kind)
    options = tuple(replace(each, text="QQ", why="QQ") for each in question.options)
    reference = replace(question.reference, title="QQ")
    topic = "own" if kind is Kind.ONE else "qq"
    return replace(
        question, prompt="QQ", explanation="QQ", options=options, reference=reference, topic=topic, unit=""
    )


def live(kind: Kind) -> Iterator[Rendered]:
    question = bare(kind)
    for level, penalty, count in ((None, True, 1), (Level.BEGINNER, False, 3)):
        settings = Settings(level=level, penalty=penalty, count=count)
        round_ = Round(
            3,
            1,
            2,
            77,
            settings,
            ("q",) * count,
            0,
            State.ASKING,
            NOW,
            NOW,
            NOW,
            deadline=NOW,
            reason=BY_HOST,
        )
        order = list(range(len(question.options)))
        asked = Asked(round_, question, order, ALL_TOPICS)
        players = [Place(1, Player(each, 1200, 1, NOW)) for each in (77, 78, NOBODY)]
        yield LIVE.opening(round_, ALL_TOPICS, 0)
        yield LIVE.opening(round_, ALL_TOPICS, 0, gone=True)
        for answered in (0, 1, 2):
            yield LIVE.question(asked, answered)
        yield LIVE.closed(Closed(asked, {0: 1, 1: 1}, 2, 1, players))
        yield LIVE.closed(Closed(asked, {0: 0, 1: 0}, 0, 0, ()))
        yield LIVE.ending(Ending(round_, ALL_TOPICS, players, count))
        yield LIVE.ending(Ending(round_, ALL_TOPICS, players * 5, count))
        nothing = [Place(1, Player(77, 0, 0, NOW))]
        yield LIVE.ending(Ending(round_, ALL_TOPICS, nothing, count))
        yield LIVE.ending(Ending(round_, ALL_TOPICS, (), count))


def meeting(count: int, **changes: Any) -> Meeting:
    seats = tuple(
        Seat(
            1_100_000_000_000_000_000 + number, SeatState.IN, None, frozenset(), None, None, None, poked=False
        )
        for number in range(count)
    )
    times = tuple(NOW + timedelta(days=day) for day in (1, 2, 3))
    return replace(
        Meeting(
            id=3, server_id=1, feed_id=1, round_id=1, kind=MeetingKind.ROUND, is_open=True, stage=Stage.KICKOFF,
            next_at=NOW, channel_id=1, room_id=None, intro_id=None, thread_id=None, times=times, agreed=None,
            remind_at=None, opened_at=NOW, ends_at=NOW + timedelta(days=7), ended_at=None, ended_by=None, seats=seats,
        ),
        **changes,
    )  # fmt: skip


def every_reason(members: tuple[int, ...]) -> list[Reason]:
    """Return what can be said of a group, of all of them and of two of three."""
    skill = (min(CAREERS.skills),)
    span = Span(NOW, NOW + timedelta(hours=2))
    found = [Reason(ReasonKind.HELP, members[:2], skill * 5, helper=members[0], helped=members[1])]
    for them in dict.fromkeys((members, members[:2])):
        found += [Reason(ReasonKind.GOAL, them, goal=Goal(kind, "QQ")) for kind in GoalKind]
        found += [Reason(ReasonKind.PACE, them, pace=each) for each in Pace]
        found += [Reason(ReasonKind.LEVEL, them, level=each) for each in Level]
        found += [
            Reason(ReasonKind.BOTH_LEARN, them, skill),
            Reason(ReasonKind.OVERLAP, them, hours=(span, span)),
            Reason(ReasonKind.LANGUAGE, them, ("qq",)),
            Reason(ReasonKind.AGAIN, them, on=NOW.date()),
        ]
    return found


def buddies() -> Iterator[Rendered]:
    introducer = Introducer(lambda: {id_: skill.name for id_, skill in CAREERS.skills.items()})
    for count in (2, 3):
        people = [replace(wordy(number), goal=Goal(GoalKind.PROJECT, "QQ")) for number in range(count)]
        here = meeting(count)
        profiles = dict(zip(here.member_ids, people, strict=True))
        for seed in range(8):
            company = introducer.introduce(here.member_ids, profiles, History.of([]), Window(NOW), seed)
            said = Introduction(
                replace(here, times=tuple(company.times)),
                profiles,
                company.reasons,
                company.icebreakers,
                company.session,
                private=bool(seed % 2),
            )
            yield BUDDIES.introduction(said)
        yield BUDDIES.introduction(replace(said, reasons=every_reason(here.member_ids)))
        yield BUDDIES.room(here, private=True)
        for each in (here, meeting(count, times=()), meeting(count, agreed=1)):
            yield BUDDIES.poll(each)
        for say in (BUDDIES.kickoff, BUDDIES.midway, BUDDIES.last, BUDDIES.fewer):
            yield say(here)
        for say in (BUDDIES.agreed, BUDDIES.reminder):
            yield say(meeting(count, agreed=1))
        yield BUDDIES.poke(here, 77, NOW)
        yield BUDDIES.here(here, 77)
        for choice in (True, False):
            yield BUDDIES.alone(here, seeking=choice)
            yield BUDDIES.goodbye(here, off=choice)
        yield BUDDIES.goodbye(meeting(count, kind=MeetingKind.FIND), off=False)


POSTS: Final[Mapping[str, Callable[[], Iterator[Rendered]]]] = {
    each.__name__: each for each in (digests, notices, events, quizzes, buddies)
}


def words_of(payload: Any, key: str = "") -> Iterator[str]:
    """Yield everything that people read, line by line."""
    if isinstance(payload, dict):
        for name, value in payload.items():
            yield from words_of(value, name)
    elif isinstance(payload, list):
        for each in payload:
            yield from words_of(each)
    elif isinstance(payload, str) and key in {"content", "label", "placeholder", "description", "name"}:
        yield from payload.split("\n")


def length(payload: Any) -> int:
    if isinstance(payload, dict):
        return sum(
            len(v) if k == "content" else length(v)
            for k, v in payload.items()
            if isinstance(v, str | list | dict)
        )
    return sum(map(length, payload)) if isinstance(payload, list) else 0


def left_in_english(line: str) -> set[str]:
    """Return the words of a line that are not contents, names, addresses or code."""
    bare = line.replace(THANKS, "")
    for name in sorted((each.name for each in CAREERS.skills.values()), key=len, reverse=True):
        bare = bare.replace(name, " ")
    for pattern in (r"`[^`]*`", r"<[^>]*>", r"\]\([^)]*\)"):
        bare = re.sub(pattern, " ", bare)
    found = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", bare)}
    return {word for word in found if not re.fullmatch("q+|x.?", word)} - SAME_IN_BOTH


@pytest.mark.parametrize("which", POSTS)
@pytest.mark.parametrize("language", OTHERS)
def test_nothing_but_contents_stays_english(which: str, language: Language) -> None:
    english = list(POSTS[which]())
    with speaking(language):
        spoken = list(POSTS[which]())
    assert len(spoken) == len(english)
    for before, after in zip(english, spoken, strict=True):
        lines = list(zip(words_of(before.payload), words_of(after.payload), strict=True))
        kept = {line: left_in_english(line) for line, said in lines if line == said}
        assert {line: words for line, words in kept.items() if words} == {}
        assert length(after.payload) <= MAX_CHARACTERS
        # What finds a message again in a channel is one whole line of it.
        if after.marker and "components" in after.payload:
            assert after.marker in list(words_of(after.payload))


@pytest.mark.parametrize("language", OTHERS)
def test_the_languages_that_people_speak_are_named_in_the_language_of_the_post(language: Language) -> None:
    assert set(LANGUAGE_NAMES) == set(LANGUAGES.values())
    reason = Reason(ReasonKind.LANGUAGE, (1, 2), ("de", "es"))
    with speaking(language):
        (said,) = group_sentences([reason], (1, 2), CAREERS)
        names = facts(replace(wordy(1), languages=frozenset({"de", "es"})), CAREERS)[Shown_.LANGUAGES]
    for text in (said, names):
        assert "German" not in text
        assert "Spanish" not in text


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_post_is_the_same_bytes(language: Language) -> None:
    with speaking(language):
        assert [each.body() for each in digests()] == [each.body() for each in digests()]
