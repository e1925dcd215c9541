"""What a feed may not be."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.feed_edits import FeedEdit
from bot.domain.feeds import MAX_CATEGORIES, MAX_FEEDS, MAX_LIMIT, Feed, FeedKind, FeedPlan, FeedState
from bot.domain.highlights import MOST_HIGHLIGHTS
from bot.domain.queries import parse_query
from bot.errors import NotPossible, UserError

_UNFIT = ("categories", "query", "style", "types", "order", "mention", "changes")
"""What can be changed of feeds of papers alone."""


def check_plan(plan: FeedPlan) -> None:
    """Refuse a plan that cannot work."""
    if plan.kind in {FeedKind.HIGHLIGHTS, FeedKind.QUIZ, FeedKind.BUDDIES}:
        return  # it reads no category and has no query
    if not plan.categories:
        raise UserError("Choose at least one arXiv category, such as cs.LG.")
    if len(plan.categories) > MAX_CATEGORIES:
        raise UserError(f"A feed reads up to {MAX_CATEGORIES} categories. Make a second feed for the others.")
    if not 1 <= plan.limit <= MAX_LIMIT:
        raise UserError(f"A feed posts between 1 and {MAX_LIMIT} papers a day.")
    if not plan.options.types:
        raise UserError("Choose at least new papers.")
    if plan.query:
        parse_query(plan.query)


def check_change(before: FeedPlan, after: FeedPlan) -> None:
    """Refuse a change that cannot work. A query that stays is not held against the limits of today."""
    check_plan(after if after.query != before.query else replace(after, query=""))


def check_has_papers(feed: Feed) -> None:
    """Refuse what only feeds of papers can do for one of highlights or of questions."""
    check_is_no_round(feed)
    if feed.plan.kind is FeedKind.QUIZ:
        raise UserError(
            f"Feed {feed.number} asks a question of the day, which is chosen when it is posted. Its channel, time, "
            "zone and days can be changed with /feed edit, the rest with /setup quiz."
        )
    if feed.plan.kind is FeedKind.HIGHLIGHTS:
        raise UserError(
            f"Feed {feed.number} is made from what members do with papers until the day of its post, so there is "
            "nothing to show or explain before. Its channel, time, zone, days and limit can be changed with /feed edit."
        )


def check_is_no_round(feed: Feed) -> None:
    """Refuse what is decided elsewhere for the rounds of study buddies."""
    if feed.plan.kind is FeedKind.BUDDIES:
        raise UserError(
            f"Feed {feed.number} is the rounds of study buddies. `/setup buddies` changes them, shows what the next one "
            "would be, and switches them off."
        )


def check_highlights(feed: Feed, edit: FeedEdit) -> None:
    """Refuse changes that a feed of highlights, or of questions of the day, has no use for."""
    if feed.plan.kind is FeedKind.QUIZ:
        if any(getattr(edit, name) is not None for name in (*_UNFIT, "limit")):
            raise UserError(
                "Of the question of the day you can change channel, time, zone and days here; level and topics with "
                "/setup quiz."
            )
        if edit.place is not None and edit.place.forum:
            raise UserError("The question of the day goes to a text or announcement channel.")
        return
    if feed.plan.kind is not FeedKind.HIGHLIGHTS:
        return
    if any(getattr(edit, name) is not None for name in _UNFIT):
        raise UserError("Of highlights you can change channel, time, zone, days and limit.")
    if edit.limit is not None and edit.limit > MOST_HIGHLIGHTS:
        raise UserError(f"A post of highlights holds up to {MOST_HIGHLIGHTS} papers.")


def check_room(count: int) -> None:
    """Refuse one feed too many."""
    if count >= MAX_FEEDS:
        raise UserError(f"This server has {MAX_FEEDS} feeds. Remove one with /feed remove first.")


def check_twin(plan: FeedPlan, existing: Sequence[Feed]) -> None:
    """Refuse a plan that another feed has already, and a second question of the day."""
    if plan.kind is FeedKind.QUIZ and (
        asking := next((feed for feed in existing if feed.plan.kind is FeedKind.QUIZ), None)
    ):
        raise UserError(f"Feed {asking.number} asks a question of the day already. /setup quiz changes it.")
    twin = next((feed for feed in existing if _alike(feed.plan, plan)), None)
    if twin is None:
        return
    if twin.state is FeedState.PAUSED:
        raise UserError(
            f"Feed {twin.number} does exactly that and is paused. Let it go on with /feed resume."
        )
    raise UserError(f"Feed {twin.number} already does exactly that. See /feed list.")


def no_such_feed(number: int) -> UserError:
    """Return the refusal for a number that no feed has."""
    return NotPossible(f"There is no feed {number} here. See /feed list.")


def _alike(one: FeedPlan, other: FeedPlan) -> bool:
    """Whether two plans do the same; the order of categories makes no difference."""
    return replace(one, categories=tuple(sorted(one.categories))) == replace(
        other, categories=tuple(sorted(other.categories))
    )
