"""Why a paper is in a channel, or is not: every stage it passed or stopped at, and the verdict first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.feeds import Feed, FeedState
from bot.domain.outbox import State
from bot.domain.papers import AnnounceType, Paper
from bot.domain.sentences import listed
from bot.domain.sources import stamp

ANNOUNCED: Final = {
    AnnounceType.NEW: "new",
    AnnounceType.CROSS: "a cross-list",
    AnnounceType.REPLACE: "a new version of an older paper",
    AnnounceType.REPLACE_CROSS: "a new version of an older cross-list",
}


class Stage(StrEnum):
    """What a paper passes on its way into a channel, in this order."""

    READ = "read"
    CATEGORY = "category"
    TYPE = "type"
    QUERY = "query"
    SEEN = "seen"
    LIMIT = "limit"
    DELIVERY = "delivery"


class Verdict(StrEnum):
    """What became of the paper at a stage."""

    PASSED = "passed"
    STOPPED = "stopped"
    WAITING = "waiting"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Seen:
    """One category's list on which the paper stood, and when that was read first."""

    category: str
    type: AnnounceType
    at: datetime


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of the query, and where the paper has it."""

    text: str
    wanted: bool  # False: it must not occur
    found_in: tuple[str, ...]  # of title, abstract, authors, categories

    @property
    def fits(self) -> bool:
        """Whether the paper is, in this, what the query asks for."""
        return bool(self.found_in) is self.wanted


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the paper stands among those of one post."""

    slot_at: datetime
    place: int  # from 1
    total: int
    shown: bool  # False: counted below the post


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another feed that shows the paper in the same channel."""

    number: int
    slot_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """The message that shows or counts the paper."""

    state: State
    reason: str | None = None
    place_id: int | None = None  # the channel or thread
    message_id: int | None = None  # None where somebody deleted it
    sent_at: datetime | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one paper and one feed."""

    feed: Feed
    paper_id: str
    paper: Paper | None
    seen: tuple[Seen, ...] = ()
    read_since: datetime | None = None  # the first list that is kept of the feed's categories
    fits: bool = True  # whether the query finds it
    terms: tuple[Term, ...] = ()
    elsewhere: Elsewhere | None = None
    dealt: Placing | None = None  # what the feed did with it
    expected: Placing | None = None  # where it would stand in the next post
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stage, its verdict, and the sentence that says it."""

    stage: Stage
    verdict: Verdict
    words: str
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict in one sentence, then every stage; times are Discord time stamps."""

    feed: Feed
    paper_id: str
    paper: Paper | None
    headline: str
    steps: tuple[Step, ...]
    place_id: int | None = None
    message_id: int | None = None

    @property
    def stopped_at(self) -> Stage | None:
        """The first stage that the paper did not pass."""
        return next((step.stage for step in self.steps if step.verdict is Verdict.STOPPED), None)


def explain(facts: Facts) -> Explanation:
    """Go through the stages. What a feed did with a paper stands, whatever the feed was changed to since."""
    steps: list[Step] = []
    stopped = False
    for stage, judge in _STAGES.items():
        if stopped and facts.dealt is None:
            steps.append(Step(stage, Verdict.NOT_REACHED, "Not reached."))
            continue
        verdict, words = judge(facts)
        steps.append(Step(stage, verdict, words, facts.terms if stage is Stage.QUERY else ()))
        stopped = stopped or verdict is Verdict.STOPPED
    sent = facts.delivery if facts.delivery and facts.delivery.message_id is not None else None
    return Explanation(
        facts.feed,
        facts.paper_id,
        facts.paper,
        _headline(facts, steps),
        tuple(steps),
        sent.place_id if sent else None,
        sent.message_id if sent else None,
    )


def _headline(facts: Facts, steps: list[Step]) -> str:
    number = facts.feed.number
    if facts.dealt is not None:
        return _dealt_headline(facts, facts.dealt)
    stopped = next((step for step in steps if step.verdict is Verdict.STOPPED), None)
    match stopped.stage if stopped else None:
        case Stage.READ if facts.paper is None:
            return "I have never seen this paper."
        case Stage.READ:
            return "It has not been in any list that I read."
        case Stage.CATEGORY:
            return f"Feed {number} does not read the categories it was announced in."
        case Stage.TYPE:
            return f"Feed {number} does not take papers that are announced that way."
        case Stage.QUERY:
            return f"The query of feed {number} does not find it."
        case Stage.SEEN if facts.elsewhere is not None:
            return f"Feed {facts.elsewhere.number} shows it in this channel already."
        case Stage.SEEN:
            return f"It came before what feed {number} looks at."
    if facts.feed.state is not FeedState.ACTIVE:
        return f"It fits, but feed {number} {_idle(facts.feed)}."
    if facts.expected is not None and not facts.expected.shown:
        return f"It fits, but so do others: the next post would only count it ({stamp(facts.feed.slot_at)})."
    return f"It fits and waits for the next post, {stamp(facts.feed.slot_at)}."


def _dealt_headline(facts: Facts, dealt: Placing) -> str:
    delivery = facts.delivery
    arrived = delivery is None or delivery.state is State.SENT
    what = (
        "posted"
        if dealt.shown
        else "counted below the post, not shown: more papers fitted than a post may have"
    )
    if arrived and not dealt.shown:
        return f"It was {what} ({stamp(dealt.slot_at)})."
    if delivery is not None and delivery.state is State.HELD:
        return "It is chosen, but the message is held."
    if not arrived:
        return "It is chosen, and the message is on its way."
    return f"It was posted {stamp(dealt.slot_at)}."


def _idle(feed: Feed) -> str:
    return "is paused" if feed.state is FeedState.PAUSED else "was removed"


def _read(facts: Facts) -> tuple[Verdict, str]:
    if facts.seen:
        first = min(each.at for each in facts.seen)
        lists = listed([f"{each.category} ({ANNOUNCED[each.type]})" for each in facts.seen])
        return Verdict.PASSED, f"First read {stamp(first, 'f')}, from the list of {lists}."
    categories = ", ".join(facts.feed.plan.categories)
    since = (
        f"any list of {categories} that I read since {stamp(facts.read_since, 'f')}"
        if facts.read_since is not None
        else f"any list so far: I have read none of {categories} yet"
    )
    return (
        Verdict.STOPPED,
        f"It is not in {since}. arXiv may have announced it in another category, or before that.",
    )


def _category(facts: Facts) -> tuple[Verdict, str]:
    reads = facts.feed.plan.categories
    hits = [each.category for each in facts.seen if each.category in reads]
    if hits:
        return Verdict.PASSED, f"The feed reads {listed(hits)}."
    others = listed([each.category for each in facts.seen])
    return Verdict.STOPPED, f"The feed reads {listed(list(reads))}; the paper was announced in {others}."


def _type(facts: Facts) -> tuple[Verdict, str]:
    plan = facts.feed.plan
    found = [each for each in facts.seen if each.category in plan.categories]
    taken = [each for each in found if each.type in plan.options.types]
    if taken:
        return Verdict.PASSED, f"It is {ANNOUNCED[taken[0].type]} in {taken[0].category}."
    there = listed([f"{ANNOUNCED[each.type]} in {each.category}" for each in found])
    return Verdict.STOPPED, f"It is {there or 'in none of its lists'}, which the feed does not take."


def _query(facts: Facts) -> tuple[Verdict, str]:
    if not facts.feed.plan.query:
        return Verdict.PASSED, "There is no query: every paper fits."
    if facts.fits:
        return Verdict.PASSED, "The query finds it."
    return Verdict.STOPPED, "The query does not find it."


def _seen(facts: Facts) -> tuple[Verdict, str]:
    feed, elsewhere = facts.feed, facts.elsewhere
    if facts.dealt is not None:
        return (
            Verdict.PASSED,
            f"The feed took it for its post of {stamp(facts.dealt.slot_at, 'f')}; no post repeats it.",
        )
    if elsewhere is not None:
        return Verdict.STOPPED, (
            f"Feed {elsewhere.number} took it for its post of {stamp(elsewhere.slot_at, 'f')}. "
            "A channel gets each paper once."
        )
    if facts.seen and max(each.at for each in facts.seen if _counts(facts, each)) <= feed.since:
        return Verdict.STOPPED, (
            f"The next post looks at papers read after {stamp(feed.since, 'f')}: this one came before the feed "
            "was made, while it was paused, or when it was set up otherwise."
        )
    return Verdict.PASSED, "No feed has shown it in this channel."


def _counts(facts: Facts, seen: Seen) -> bool:
    plan = facts.feed.plan
    return seen.category in plan.categories and seen.type in plan.options.types


def _limit(facts: Facts) -> tuple[Verdict, str]:
    limit = facts.feed.plan.limit
    if facts.dealt is not None:
        place = f"Place {facts.dealt.place} of {facts.dealt.total}"
        if facts.dealt.shown:
            return Verdict.PASSED, f"{place}: shown."
        return Verdict.STOPPED, f"{place}: counted, not shown."
    if facts.expected is None:
        return Verdict.WAITING, f"A post shows at most {limit}."
    place = f"Place {facts.expected.place} of {facts.expected.total} as things stand; a post shows at most {limit}"
    if facts.expected.shown:
        return Verdict.PASSED, f"{place}."
    return Verdict.STOPPED, f"{place}, so it would be counted."


def _delivery(facts: Facts) -> tuple[Verdict, str]:
    delivery, feed = facts.delivery, facts.feed
    if facts.dealt is None:
        if feed.state is not FeedState.ACTIVE:
            return Verdict.STOPPED, f"The feed {_idle(feed)} and posts nothing."
        return Verdict.WAITING, f"The next post is due {stamp(feed.slot_at, 'f')}."
    if delivery is None:
        return Verdict.PASSED, "The message arrived; I no longer keep where it stands."
    match delivery.state:
        case State.SENT if delivery.message_id is None:
            return Verdict.PASSED, "The message arrived, and somebody deleted it since."
        case State.SENT:
            return Verdict.PASSED, f"The message arrived {stamp(delivery.sent_at, 'f')}."
        case State.HELD:
            again = f" Next try {stamp(delivery.next_attempt_at)}." if delivery.next_attempt_at else ""
            return Verdict.STOPPED, f"The message is held: {delivery.reason or 'nobody knows why.'}{again}"
        case _:
            return Verdict.WAITING, "The message is on its way."


_STAGES: Final[dict[Stage, Callable[[Facts], tuple[Verdict, str]]]] = {
    Stage.READ: _read,
    Stage.CATEGORY: _category,
    Stage.TYPE: _type,
    Stage.QUERY: _query,
    Stage.SEEN: _seen,
    Stage.LIMIT: _limit,
    Stage.DELIVERY: _delivery,
}
