"""Why a paper is in a channel, or is not: each stage alone, and the verdict that comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feeds import Feed, FeedState
from bot.domain.outbox import State
from bot.domain.papers import AnnounceType
from bot.domain.sources import stamp
from bot.domain.why import (
    Delivery,
    Elsewhere,
    Explanation,
    Facts,
    Placing,
    Seen,
    Stage,
    Term,
    Verdict,
    explain,
)
from tests.support.fakes import paper, plan

NOW = datetime(2026, 1, 7, 10, tzinfo=UTC)
READ = NOW - timedelta(hours=5)
SLOT = NOW - timedelta(hours=1)
NEXT = NOW + timedelta(hours=23)
ID = "2601.00001"

FEED = Feed(
    id=1,
    number=3,
    plan=replace(plan(categories=("cs.AI", "cs.LG"), query="gan"), limit=5),
    state=FeedState.ACTIVE,
    pause_reason=None,
    created_at=NOW - timedelta(days=9),
    since=NOW - timedelta(days=1),
    slot_at=NEXT,
    next_run_at=NEXT,
    last_run_at=SLOT,
)
NEW_IN_AI = Seen("cs.AI", AnnounceType.NEW, READ)
WAITING = Facts(FEED, ID, paper(ID), seen=(NEW_IN_AI,), expected=Placing(NEXT, 2, 9, shown=True))
POSTED = replace(
    WAITING,
    expected=None,
    dealt=Placing(SLOT, 2, 9, shown=True),
    delivery=Delivery(State.SENT, None, 70, 71, SLOT),
)


def verdicts(said: Explanation) -> dict[Stage, Verdict]:
    return {step.stage: step.verdict for step in said.steps}


def words(said: Explanation, stage: Stage) -> str:
    return next(step.words for step in said.steps if step.stage is stage)


@pytest.mark.parametrize(
    ("facts", "stage", "headline", "sentence"),
    [
        (
            Facts(FEED, ID, None, read_since=READ),
            Stage.READ,
            "I have never seen this paper.",
            f"It is not in any list of cs.AI, cs.LG that I read since {stamp(READ, 'f')}. arXiv may have",
        ),
        (Facts(FEED, ID, None), Stage.READ, "never seen", "I have read none of cs.AI, cs.LG yet"),
        (Facts(FEED, ID, paper(ID), read_since=READ), Stage.READ, "not been in any list", "not in any list"),
        (
            replace(WAITING, seen=(replace(NEW_IN_AI, category="cs.CV"),)),
            Stage.CATEGORY,
            "does not read the categories",
            "The feed reads cs.AI and cs.LG; the paper was announced in cs.CV.",
        ),
        (
            replace(WAITING, seen=(replace(NEW_IN_AI, type=AnnounceType.CROSS),)),
            Stage.TYPE,
            "does not take papers that are announced that way",
            "It is a cross-list in cs.AI, which the feed does not take.",
        ),
        (
            replace(WAITING, fits=False, terms=(Term("gan", True, ()),)),
            Stage.QUERY,
            "The query of feed 3 does not find it.",
            "The query does not find it.",
        ),
        (
            replace(WAITING, elsewhere=Elsewhere(2, SLOT)),
            Stage.SEEN,
            "Feed 2 shows it in this channel already.",
            f"Feed 2 took it for its post of {stamp(SLOT, 'f')}. A channel gets each paper once.",
        ),
        (
            replace(WAITING, seen=(replace(NEW_IN_AI, at=FEED.since),)),
            Stage.SEEN,
            "It came before what feed 3 looks at.",
            "while it was paused",
        ),
        (
            replace(WAITING, expected=Placing(NEXT, 7, 9, shown=False)),
            Stage.LIMIT,
            f"It fits, but so do others: the next post would only count it ({stamp(NEXT)}).",
            "Place 7 of 9 as things stand; a post shows at most 5, so it would be counted.",
        ),
        (
            replace(WAITING, feed=replace(FEED, state=FeedState.PAUSED)),
            Stage.DELIVERY,
            "It fits, but feed 3 is paused.",
            "The feed is paused and posts nothing.",
        ),
        (
            replace(WAITING, feed=replace(FEED, state=FeedState.REMOVED)),
            Stage.DELIVERY,
            "It fits, but feed 3 was removed.",
            "The feed was removed",
        ),
    ],
)
def test_where_a_paper_stops(facts: Facts, stage: Stage, headline: str, sentence: str) -> None:
    said = explain(facts)
    assert said.stopped_at is stage
    assert headline in said.headline
    assert sentence in words(said, stage)
    order = list(Stage)
    place = order.index(stage)
    assert all(verdicts(said)[before] is Verdict.PASSED for before in order[:place])
    assert all(verdicts(said)[after] is Verdict.NOT_REACHED for after in order[place + 1 :])


def test_a_paper_that_waits() -> None:
    said = explain(WAITING)
    assert said.headline == f"It fits and waits for the next post, {stamp(NEXT)}."
    assert verdicts(said)[Stage.DELIVERY] is Verdict.WAITING
    assert words(said, Stage.READ) == f"First read {stamp(READ, 'f')}, from the list of cs.AI (new)."
    assert words(said, Stage.LIMIT) == "Place 2 of 9 as things stand; a post shows at most 5."
    assert (said.place_id, said.message_id) == (None, None)


def test_a_paper_that_was_posted() -> None:
    said = explain(POSTED)
    assert said.headline == f"It was posted {stamp(SLOT)}."
    assert set(verdicts(said).values()) == {Verdict.PASSED}
    assert words(said, Stage.LIMIT) == "Place 2 of 9: shown."
    assert (said.place_id, said.message_id) == (70, 71)


def test_a_paper_that_was_only_counted() -> None:
    counted = replace(POSTED, dealt=Placing(SLOT, 8, 9, shown=False))
    said = explain(counted)
    assert said.headline.startswith("It was counted below the post, not shown")
    assert said.stopped_at is Stage.LIMIT
    assert words(said, Stage.DELIVERY).startswith("The message arrived")


@pytest.mark.parametrize(
    ("delivery", "headline", "verdict", "sentence"),
    [
        (Delivery(State.PENDING), "on its way", Verdict.WAITING, "on its way"),
        (Delivery(State.SENDING, "No answer."), "on its way", Verdict.WAITING, "on its way"),
        (
            Delivery(State.HELD, "I may not post in the channel.", next_attempt_at=NEXT),
            "the message is held",
            Verdict.STOPPED,
            f"held: I may not post in the channel. Next try {stamp(NEXT)}.",
        ),
        (Delivery(State.SENT, place_id=70), "It was posted", Verdict.PASSED, "somebody deleted it since"),
        (None, "It was posted", Verdict.PASSED, "no longer keep where it stands"),
    ],
)
def test_the_message(delivery: Delivery | None, headline: str, verdict: Verdict, sentence: str) -> None:
    said = explain(replace(POSTED, delivery=delivery))
    assert headline in said.headline
    assert verdicts(said)[Stage.DELIVERY] is verdict
    assert sentence in words(said, Stage.DELIVERY)
    assert said.message_id is None


def test_what_was_posted_stays_posted_when_the_feed_is_changed() -> None:
    changed = replace(FEED, plan=replace(FEED.plan, categories=("cs.CV",), query="vae"))
    said = explain(replace(POSTED, feed=changed, fits=False, terms=(Term("vae", True, ()),)))
    assert said.headline == f"It was posted {stamp(SLOT)}."
    assert verdicts(said)[Stage.QUERY] is Verdict.STOPPED
    assert verdicts(said)[Stage.DELIVERY] is Verdict.PASSED


def test_the_terms_stand_at_the_query() -> None:
    terms = (Term("gan", True, ("title",)), Term("survey", False, ("abstract",)), Term("vae", False, ()))
    said = explain(replace(WAITING, fits=False, terms=terms))
    assert next(step.terms for step in said.steps if step.stage is Stage.QUERY) == terms
    assert [term.fits for term in terms] == [True, False, True]


def test_a_feed_without_a_query_lets_all_through() -> None:
    plain = replace(FEED, plan=replace(FEED.plan, query=""))
    assert words(explain(replace(WAITING, feed=plain)), Stage.QUERY) == "There is no query: every paper fits."


def test_every_list_it_stood_on_is_named() -> None:
    seen = (NEW_IN_AI, Seen("cs.CV", AnnounceType.CROSS, READ + timedelta(minutes=1)))
    said = explain(replace(WAITING, seen=seen))
    assert "from the list of cs.AI (new) and cs.CV (a cross-list)" in words(said, Stage.READ)


_seen = st.builds(
    Seen,
    st.sampled_from(["cs.AI", "cs.CV"]),
    st.sampled_from(AnnounceType),
    st.sampled_from([READ, NOW - timedelta(days=3)]),
)
_placing = st.none() | st.builds(Placing, st.just(SLOT), st.integers(1, 9), st.just(9), shown=st.booleans())
_delivery = st.none() | st.builds(
    Delivery, st.sampled_from(State), st.none() | st.just("Why."), st.just(70), st.none() | st.just(71)
)


@given(
    st.builds(
        Facts,
        st.sampled_from(FeedState).map(lambda state: replace(FEED, state=state)),
        st.just(ID),
        st.none() | st.just(paper(ID)),
        seen=st.lists(_seen, max_size=3).map(tuple),
        read_since=st.none() | st.just(READ),
        fits=st.booleans(),
        elsewhere=st.none() | st.just(Elsewhere(2, SLOT)),
        dealt=_placing,
        expected=_placing,
        delivery=_delivery,
    )
)
def test_any_facts_come_to_a_verdict(facts: Facts) -> None:
    said = explain(facts)
    assert [step.stage for step in said.steps] == list(Stage)
    assert said.headline.endswith(".")
    assert all(step.words.endswith(".") for step in said.steps)
    reached = [step.verdict is not Verdict.NOT_REACHED for step in said.steps]
    assert reached == sorted(reached, reverse=True)
    if facts.dealt is not None:
        assert all(reached)
    if facts.dealt is not None and facts.dealt.shown and facts.delivery is None:
        assert "posted" in said.headline
