"""Only what is named changes."""

from dataclasses import fields, replace
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feed_edits import EVERYTHING, FeedEdit, Mention, Place
from bot.domain.feeds import Changes, Order, PaperOptions, Style
from tests.support.fakes import plan

ONE_OF_EACH: dict[str, Any] = {
    "place": Place(77, forum=True, forum_tag_id=5),
    "categories": ("cs.CV",),
    "query": "gan",
    "at": time(7, 30),
    "zone": "Europe/Paris",
    "days": frozenset({1}),
    "style": Style.THREAD,
    "limit": 3,
    "types": EVERYTHING,
    "order": Order.UPVOTES,
    "mention": Mention(9),
    "changes": Changes.SAY,
}


def test_every_field_has_a_case() -> None:
    assert set(ONE_OF_EACH) == {field.name for field in fields(FeedEdit)}


def test_nothing_named_changes_nothing() -> None:
    assert FeedEdit().is_empty
    assert FeedEdit().applied_to(plan()) == plan()


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_one_thing_named_changes_that_thing(name: str) -> None:
    edit = FeedEdit(**{name: ONE_OF_EACH[name]})
    assert not edit.is_empty
    before, after = plan(), edit.applied_to(plan())
    assert after != before
    assert edit.applied_to(after) == after
    # Everything else named as well, with the values that were there: only the one differs.
    assert replace(after, **_undone(name, before, after)) == before


def _undone(name: str, before: Any, after: Any) -> dict[str, Any]:
    if name == "place":
        options = replace(after.options, forum=False, forum_tag_id=None)
        return {"channel_id": before.channel_id, "options": options}
    if name in {"at", "zone", "days"}:
        stored = "time" if name == "at" else name
        return {"schedule": replace(after.schedule, **{stored: getattr(before.schedule, stored)})}
    if name in {"types", "order", "changes"}:
        return {"options": replace(after.options, **{name: getattr(before.options, name)})}
    if name == "mention":
        return {"options": replace(after.options, mention_role_id=None)}
    return {name: getattr(before, name)}


def test_a_query_and_a_mention_can_be_taken_away() -> None:
    full = replace(plan(query="gan"), options=PaperOptions(mention_role_id=4))
    after = FeedEdit(query="", mention=Mention(None)).applied_to(full)
    assert (after.query, after.options.mention_role_id) == ("", None)


def test_a_text_channel_after_a_forum_forgets_the_tag() -> None:
    forum = replace(plan(), options=PaperOptions(forum=True, forum_tag_id=3))
    assert FeedEdit(place=Place(8)).applied_to(forum).options == PaperOptions()


@given(st.sets(st.sampled_from(sorted(ONE_OF_EACH))), st.sets(st.sampled_from(sorted(ONE_OF_EACH))))
def test_edits_of_different_things_can_come_in_any_order(one: set[str], other: set[str]) -> None:
    first = FeedEdit(**{name: ONE_OF_EACH[name] for name in one})
    second = FeedEdit(**{name: ONE_OF_EACH[name] for name in other - one})
    assert second.applied_to(first.applied_to(plan())) == first.applied_to(second.applied_to(plan()))
