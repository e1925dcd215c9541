"""What the database and the channels say at the end of a long run: is anything lost, or there twice?"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select

from bot.domain.feeds import FeedKind
from bot.domain.outbox import Action, State
from bot.storage.engine import Database
from bot.storage.tables import (
    announcements,
    buddy_profiles,
    daily_answers,
    digests,
    feed_items,
    feeds,
    live_answers,
    outbox,
    papers,
    quiz_answers,
    quiz_sessions,
)
from tests.steady.people import Ledger
from tests.steady.press import CATEGORIES, Press
from tests.steady.town import Planned, Town
from tests.support.loopback.world import World

MARGIN: Final = timedelta(seconds=30)
"""What was announced this shortly before a digest may be in the next one."""

_MARKED: Final = re.compile(r"-# (?:Feed|Question|Live quiz) \d+ · ")
_PAPER: Final = re.compile(r"arxiv\.org/abs/(\d{4}\.\d{5})")


@dataclass
class Verdict:
    """Counts, and what is wrong in words."""

    messages: int = 0
    papers_due: int = 0  # pairs of feed and paper
    papers_shown: int = 0
    answers: int = 0
    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)


async def judge(db: Database, world: World, town: Town, press: Press, ledger: Ledger) -> Verdict:
    """Compare what was promised with what is there."""
    found = Verdict()
    await _messages(db, world, found)
    await _papers(db, world, town, press, found)
    await _answers(db, ledger, found)
    return found


async def _messages(db: Database, world: World, found: Verdict) -> None:
    """Every entry of the outbox has arrived, and stands in its channel or a thread of it exactly once."""
    standing = _standing(world)
    async with db.read() as tx:
        rows = (await tx.execute(select(outbox).order_by(outbox.c.id))).all()
    wanted: Counter[tuple[int, str]] = Counter()
    for row in rows:
        name = f"entry {row.id} of feed {row.feed_id} ({row.stream}, {row.action})"
        if row.state != State.SENT:
            found.lost.append(f"{name} is {row.state}: {row.reason or 'no reason'}")
        elif row.action in {Action.POST, Action.FORUM, Action.ROOM}:
            wanted[row.channel_id, row.marker] += 1
    # Of a message that named somebody who had everything deleted nothing is kept but that it arrived.
    forgotten = Counter({channel: count for (channel, marker), count in wanted.items() if not marker})
    for channel in forgotten:
        del wanted[channel, ""]
    found.messages = sum(wanted.values())
    for (channel, marker), count in wanted.items():
        there = standing[channel][marker]
        if there < count:
            found.lost.append(f"“{marker}” is not in channel {channel}")
        elif there > count:
            found.repeated.append(f"“{marker}” stands in channel {channel} {there} times")
    for channel, markers in standing.items():
        for marker in markers:
            if not _MARKED.match(marker) or (channel, marker) in wanted:
                continue
            if forgotten[channel]:
                forgotten[channel] -= 1
            else:
                found.repeated.append(f"“{marker}” stands in channel {channel}, and nobody wrote it")


def _standing(world: World) -> dict[int, Counter[str]]:
    """Return the lines that the bot's messages have and the names of its threads, by channel."""
    standing: dict[int, Counter[str]] = defaultdict(Counter)
    for place in world.channels.values():
        home = place.parent_id if place.thread is not None and place.parent_id is not None else place.id
        if place.thread is not None:
            standing[home][place.name] += 1
        for message in world.messages.in_channel(place.id):
            if message.author_id == world.bot.id:
                standing[home].update({line for line in message.text.splitlines() if line.startswith("-# ")})
    return standing


async def _papers(db: Database, world: World, town: Town, press: Press, found: Verdict) -> None:
    """Every feed had its turn, dealt with every paper announced before, and shows each that it chose once."""
    kinds = {each.feed_id: each for each in town.feeds}
    async with db.read() as tx:
        stored = set(await tx.scalars(select(papers.c.id)))
        announced = (await tx.execute(select(announcements))).all()
        built = {row.feed_id: row for row in await tx.execute(select(digests))}
        looked = set(await tx.scalars(select(feeds.c.id).where(feeds.c.last_run_at.is_not(None))))
        items: dict[int, dict[str, bool]] = defaultdict(dict)
        for row in await tx.execute(select(feed_items)):
            items[row.feed_id][row.item] = row.shown
    for category in CATEGORIES:
        for id_ in press.first(category, press.served.get(category, 0)):
            if id_ not in stored:
                found.lost.append(f"paper {id_} was served and is not stored")
    by_category: dict[str, list[Any]] = defaultdict(list)
    for row in announced:
        by_category[row.category].append(row)
    shown = _shown(world, town)
    for feed_id, planned in kinds.items():
        if planned.kind is not FeedKind.PAPERS:
            if feed_id not in looked:
                found.lost.append(
                    f"feed {feed_id} ({planned.kind}) was due at {planned.due_at:%H:%M} and not looked at"
                )
            continue
        digest = built.get(feed_id)
        if digest is None:
            found.lost.append(f"feed {feed_id} was due at {planned.due_at:%H:%M} and has no digest")
            continue
        due = {
            row.paper_id for category in planned.categories for row in by_category[category]
            if digest.since < row.first_seen_at < digest.built_at - MARGIN
        }  # fmt: skip
        dealt = items[feed_id]
        found.papers_due += len(due)
        found.lost += [f"feed {feed_id} did not deal with paper {id_}" for id_ in sorted(due - set(dealt))]
        chosen = {id_ for id_, is_shown in dealt.items() if is_shown}
        there = shown[feed_id]
        found.papers_shown += len(chosen)
        found.lost += [f"feed {feed_id} does not show paper {id_}" for id_ in sorted(chosen - set(there))]
        found.repeated += [
            f"feed {feed_id} shows paper {id_} {count} times" for id_, count in there.items() if count > 1
        ]


def _shown(world: World, town: Town) -> dict[int, Counter[str]]:
    """Return how often each feed of papers shows which: each has a channel of its own."""
    by_channel: dict[int, Planned] = {
        each.channel_id: each for each in town.feeds if each.kind is FeedKind.PAPERS
    }
    shown: dict[int, Counter[str]] = defaultdict(Counter)
    for place in world.channels.values():
        feed = by_channel.get(place.parent_id or 0) or by_channel.get(place.id)
        if feed is None:
            continue
        for message in world.messages.in_channel(place.id):
            shown[feed.feed_id].update(_PAPER.findall(message.text))
    return shown


async def _answers(db: Database, ledger: Ledger, found: Verdict) -> None:
    """Every answer that a member saw to be taken is in the database exactly once, and none is there that nobody gave."""
    async with db.read() as tx:
        sessions = {row.id: row for row in await tx.execute(select(quiz_sessions))}
        rows = await tx.execute(
            select(
                quiz_answers.c.member_id, quiz_answers.c.origin_id, quiz_answers.c.question_id, quiz_answers.c.mode,
                func.count().label("count"),
            ).group_by(
                quiz_answers.c.member_id, quiz_answers.c.origin_id, quiz_answers.c.question_id, quiz_answers.c.mode
            )
        )  # fmt: skip
        played = {
            (row.member_id, row.origin_id, row.question_id): row.count
            for row in rows if row.mode in {"play", "review"}
        }  # fmt: skip
        live = {(row.member_id, row.round_id, row.position) for row in await tx.execute(select(live_answers))}
        daily = {(row.member_id, row.daily_id) for row in await tx.execute(select(daily_answers))}
        joined = {(row.server_id, row.member_id) for row in await tx.execute(select(buddy_profiles))}
    found.answers = ledger.answers
    for member, session_id, position in ledger.play:
        session = sessions.get(session_id)
        if session is None or len(session.questions) <= position:
            found.lost.append(f"answer {position} of round {session_id}: no such round")
            continue
        count = played.get((member, session_id, session.questions[position]), 0)
        if count != 1:
            (found.lost if not count else found.repeated).append(
                f"answer {position} of round {session_id} is there {count} times"
            )
    for member, session_id, question in played:
        session = sessions.get(session_id)
        if session is None:  # kept for a shorter time than what was answered in it
            continue
        position = session.questions.index(question)
        if (member, session_id, position) not in ledger.pressed:
            found.repeated.append(f"answer {position} of round {session_id} was given by nobody")
    found.lost += [f"live answer {key}" for key in ledger.live if key not in live]
    found.lost += [f"answer of the day {key}" for key in ledger.daily if key not in daily]
    found.lost += [f"profile of {pair[1]} in {pair[0]}" for pair in ledger.joined if pair not in joined]
