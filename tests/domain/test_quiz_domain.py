"""Choosing, rating, statistics of questions, streaks and places."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.questions import load_questions
from bot.domain.feeds import QuizOptions
from bot.domain.questions import Kind, Level, Question
from bot.domain.quizzes.answers import restored, stored
from bot.domain.quizzes.choosing import Known, choose, choose_next, option_order
from bot.domain.quizzes.daily import REPEAT_AFTER, todays
from bot.domain.quizzes.items import ENOUGH_ANSWERS, MANY_REPORTS, ItemStats, after, flag, unknown
from bot.domain.quizzes.own import definition, own_id, own_question, parse_own_id
from bot.domain.quizzes.pool import QuestionPool, switched_off
from bot.domain.quizzes.rating import NEWCOMER, Rating, chance, expected, nearest, rate
from bot.domain.quizzes.standing import Period, SkillTally, gaps, places, streak, strengths

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BANK = load_questions()
POOL = QuestionPool.of(BANK)


# --- Choosing --------------------------------------------------------------------------------------------


def test_a_mixed_round_takes_topics_in_turn() -> None:
    chosen = choose(POOL.questions, 10, Known(), NOW, Random(1))
    assert len({question.topic for question in chosen}) == 10


def test_new_questions_come_before_answered_ones_and_old_ones_before_recent_ones() -> None:
    questions = POOL.select(areas=("sql",))[:6]
    answered = {questions[0].id: NOW - timedelta(days=1), questions[1].id: NOW - timedelta(days=100)}
    chosen = choose(questions, 5, Known(answered), NOW, Random(1))
    assert questions[0] not in chosen
    assert questions[1] in chosen
    assert len(choose(questions, 9, Known(answered), NOW, Random(1))) == 6


@pytest.mark.parametrize(("mu", "level"), [(20.0, 1), (25.0, 2), (30.0, 3)])
def test_an_adaptive_round_asks_what_fits(mu: float, level: int) -> None:
    known = Known(ratings={topic.id: Rating(mu, 2) for topic in BANK.topics})
    for seed in range(20):
        question = choose_next(POOL.questions, (), known, NOW, Random(seed))
        assert question is not None
        assert question.level == level


def test_an_adaptive_round_ends_where_all_were_asked() -> None:
    questions = POOL.questions[:3]
    assert choose_next(questions, [question.id for question in questions], Known(), NOW, Random(1)) is None


@given(st.sampled_from(BANK.questions), st.text(max_size=20))
def test_options_are_shown_in_an_order_that_stays(question: Question, seed: str) -> None:
    order = option_order(question, seed)
    assert order == option_order(question, seed)
    assert sorted(order) == list(range(len(question.options) or len(question.steps)))
    if question.steps:
        assert order != sorted(order)


def test_positions_of_right_answers_are_spread_evenly() -> None:
    ones = [
        question for question in BANK.questions if len(question.options) == 4 and question.kind is Kind.ONE
    ]
    places_ = [option_order(question, "session 7").index(next(iter(question.correct))) for question in ones]
    shares = [places_.count(place) / len(places_) for place in range(4)]
    assert max(shares) < 0.36
    assert min(shares) > 0.14


# --- Pools and own questions -----------------------------------------------------------------------------


def test_what_is_switched_off_is_not_asked() -> None:
    pool = QuestionPool.of(BANK, off=switched_off({"off": ["sql", "gans"]}))
    assert not [each for each in pool.questions if each.topic == "sql" or each.skills[0] == "gans"]
    assert "sql" not in [topic.id for topic in pool.topics]
    assert switched_off(None) == frozenset()


@pytest.mark.parametrize("kind", list(Kind))
def test_own_questions_are_read_as_they_were_written(kind: Kind) -> None:
    question = next(each for each in BANK.questions if each.kind is kind)
    read = own_question(5, 7, definition(question))
    assert read.id == own_id(5, 7) == "s5:7"
    assert definition(read) == definition(question)
    assert parse_own_id(read.id) == (5, 7)
    assert parse_own_id(question.id) is None
    assert restored(question, stored(question.solution)) == question.solution


# --- Rating ----------------------------------------------------------------------------------------------


def test_right_answers_raise_a_member_and_lower_a_question() -> None:
    question = expected(Level.INTERMEDIATE)
    member, after_ = rate(NEWCOMER, question, 1.0)
    assert member.mu > NEWCOMER.mu
    assert after_.mu < question.mu
    assert member.sigma < NEWCOMER.sigma
    worse, harder = rate(NEWCOMER, question, 0.0)
    assert worse.mu < NEWCOMER.mu
    assert harder.mu > question.mu
    partly, _ = rate(NEWCOMER, question, 0.5)
    assert worse.mu < partly.mu < member.mu


def test_levels_are_what_they_are_called() -> None:
    assert [expected(level).level for level in Level] == [1.0, 2.0, 3.0]
    assert chance(expected(Level.BEGINNER), expected(Level.BEGINNER)) == pytest.approx(0.5)
    assert nearest(Rating(29, 2)) is Level.ADVANCED


def test_estimates_find_the_truth() -> None:
    """Forty members of known ability, sixty questions of known difficulty: both come out in order."""
    luck = Random(7)
    abilities = [luck.gauss(25, 5) for _ in range(40)]
    levels = [luck.choice(list(Level)) for _ in range(60)]
    truths = [expected(level).mu + luck.gauss(0, 2.5) for level in levels]
    members = [NEWCOMER] * 40
    questions = [expected(level) for level in levels]
    for _ in range(40):
        for at in range(40):
            q = luck.randrange(60)
            right = luck.random() < chance(Rating(abilities[at], 0.01), Rating(truths[q], 0.01))
            members[at], questions[q] = rate(members[at], questions[q], float(right))
    assert _correlation([each.mu for each in members], abilities) > 0.85
    assert _correlation([each.mu for each in questions], truths) > 0.85
    inside = sum(abs(m.mu - a) <= 1.28 * m.sigma for m, a in zip(members, abilities, strict=True))
    assert inside >= 24  # nominally four in five; sixty per cent is no chance of forty


def _correlation(xs: list[float], ys: list[float]) -> float:
    n, mx, my = len(xs), sum(xs) / len(xs), sum(ys) / len(ys)
    cov = sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / n
    sx = (sum((x - mx) ** 2 for x in xs) / n) ** 0.5
    sy = (sum((y - my) ** 2 for y in ys) / n) ** 0.5
    return float(cov / (sx * sy))


# --- Statistics of questions -----------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(10, 40), st.booleans()), min_size=2, max_size=60))
def test_discrimination_is_the_correlation_of_being_right_with_ability(
    pairs: list[tuple[float, bool]],
) -> None:
    stats = unknown(BANK.questions[0])
    for ability, right in pairs:
        stats, _ = after(stats, Rating(ability, 3), float(right))
    assert stats.answers == len(pairs)
    assert stats.right == sum(right for _, right in pairs)
    spread = max(ability for ability, _ in pairs) - min(ability for ability, _ in pairs)
    if 0 < stats.right < len(pairs) and spread > 0.5:
        expected_ = _correlation([ability for ability, _ in pairs], [float(right) for _, right in pairs])
        assert stats.discrimination == pytest.approx(expected_, abs=1e-6)


def _stats(answers: int, right: int, *, better: float = 0.0, mu: float | None = None) -> ItemStats:
    """Return statistics in which those who were right are `better` than the others on average."""
    wrong = answers - right
    spread = 4.0
    ability_right, ability_wrong = 25 + better, 25.0
    total = right * ability_right + wrong * ability_wrong
    squares = right * (ability_right**2 + spread) + wrong * (ability_wrong**2 + spread)
    return ItemStats(
        Rating(mu if mu is not None else 20.0, 1.0), answers, right, total, squares, right * ability_right
    )


@pytest.mark.parametrize(
    ("stats", "reports", "words"),
    [
        (None, MANY_REPORTS, "reported"),
        (_stats(40, 2, better=3), 0, "5%"),
        (_stats(100, 99, better=3), 0, "tells nobody apart"),
        (_stats(60, 30, better=-1), 0, "no more often"),
        (_stats(60, 30, better=3, mu=30.0), 0, "level 3.0"),
        (_stats(60, 30, better=3), 0, None),
        (_stats(ENOUGH_ANSWERS - 1, 0), 0, None),
        (None, MANY_REPORTS - 1, None),
    ],
)
def test_questions_are_flagged_for_what_their_figures_show(
    stats: ItemStats | None, reports: int, words: str | None
) -> None:
    easy = next(each for each in BANK.questions if each.level is Level.BEGINNER)
    found = flag(easy, stats, reports)
    if words is None:
        assert found is None
    else:
        assert found is not None
        assert words in " ".join(found.reasons)


# --- Streaks and places ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_ago", "expected_"),
    [((), (0, False, 0)), ((0,), (1, True, 1)), ((1,), (1, False, 1)), ((2,), (0, False, 1)),
     ((0, 1, 2, 5, 6, 7, 8), (3, True, 4)), ((1, 2), (2, False, 2))],
)  # fmt: skip
def test_streaks(days_ago: tuple[int, ...], expected_: tuple[int, bool, int]) -> None:
    found = streak([NOW - timedelta(days=ago) for ago in days_ago], NOW, "UTC")
    assert (found.days, found.today, found.longest) == expected_


def test_a_streak_is_counted_by_the_clocks_of_the_member() -> None:
    evenings = [datetime(2026, 3, 2, 23, 30, tzinfo=UTC), datetime(2026, 3, 3, 23, 30, tzinfo=UTC)]
    assert streak(evenings, NOW, "UTC").today is False
    assert streak(evenings, NOW, "Europe/Paris").today is True
    assert streak([NOW], NOW, "Pacific/Auckland").days == 1


def test_those_with_equal_points_share_a_place() -> None:
    found = places([(1, 10, 1), (2, 30, 2), (3, 30, 1), (4, 5, 1)])
    assert [(each.place, each.member_id) for each in found] == [(1, 2), (1, 3), (3, 1), (4, 4)]


def test_periods_begin_on_monday_and_on_the_first_of_the_zone() -> None:
    sunday_evening = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    week = Period.WEEK.since(sunday_evening, "Europe/Paris")  # Monday there already
    assert week is not None
    assert week.date() == date(2026, 3, 2)
    month = Period.MONTH.since(sunday_evening, "America/New_York")
    assert month is not None
    assert month.date() == date(2026, 3, 1)
    assert Period.ALL.since(NOW, "UTC") is None


def test_strengths_and_gaps_need_some_answers() -> None:
    tallies = [SkillTally("a", 2, 0), SkillTally("b", 5, 1), SkillTally("c", 5, 5), SkillTally("d", 4, 3)]
    assert [each.skill for each in gaps(tallies)] == ["b"]
    assert [each.skill for each in strengths(tallies)] == ["c"]


# --- The question of the day -----------------------------------------------------------------------------


def test_no_question_of_the_day_comes_twice_in_a_year() -> None:
    asked: dict[str, datetime] = {}
    now = NOW
    for day in range(365):
        question = todays(POOL, QuizOptions(), asked, now, f"1 {day}")
        assert question is not None
        assert question.id not in asked
        assert question.kind is not Kind.ORDER
        asked[question.id] = now
        now += timedelta(days=1)


def test_where_a_topic_is_used_up_level_and_topic_are_widened() -> None:
    options = QuizOptions(Level.ADVANCED, ("sql",))
    narrow = POOL.select(areas=("sql",), level=Level.ADVANCED)
    asked = {question.id: NOW for question in narrow}
    wider = todays(POOL, options, asked, NOW, "x")
    assert wider is not None
    assert "sql" in (wider.topic, *wider.skills)
    asked |= {question.id: NOW for question in POOL.select(areas=("sql",))}
    widest = todays(POOL, options, asked, NOW, "x")
    assert widest is not None
    assert "sql" not in (widest.topic, *widest.skills)


def test_where_everything_was_asked_the_oldest_comes_again() -> None:
    pool = QuestionPool((), tuple(each for each in POOL.questions if each.kind is Kind.ONE)[:3])
    asked = {question.id: NOW - timedelta(days=ago) for ago, question in enumerate(pool.questions)}
    question = todays(pool, QuizOptions(), asked, NOW, "x")
    assert question == pool.questions[2]
    later = todays(pool, QuizOptions(), asked, NOW + REPEAT_AFTER, "x")
    assert later is not None
    assert todays(QuestionPool((), ()), QuizOptions(), {}, NOW, "x") is None
