"""The log of changes, undo, export and import, on real databases."""

import asyncio
from dataclasses import dataclass, replace
from datetime import time
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.content import load_taxonomy
from bot.domain.conferences import Selection
from bot.domain.feed_edits import FeedEdit
from bot.domain.feeds import (
    EventOptions,
    FeedKind,
    FeedPlan,
    FeedState,
    Moment,
    PaperOptions,
    QuizOptions,
    Style,
)
from bot.domain.hackathons import Source, Wanted
from bot.domain.lookup import Kind
from bot.domain.meetings.settings import BuddySettings
from bot.domain.questions import Level
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.domain.server_careers import draft_link, draft_role
from bot.domain.server_settings import Area, Module
from bot.domain.transfer import Kind as Named
from bot.domain.transfer import Names, Reference, bind, read, references, written
from bot.errors import UserError
from bot.services.careers import CareerService
from bot.services.events import EventFeeds
from bot.services.feeds import FeedService
from bot.services.moderation import Moderation, all_areas, fingerprint
from bot.services.papers import RecentPapers
from bot.services.quizzes import DailyService, Library
from bot.storage import feeds as feed_rows
from bot.storage import server_settings
from bot.storage.engine import Database
from bot.storage.feed_documents import document
from cogs.ui.quizzes.daily import DailyCards
from tests.support.clock import FakeClock
from tests.support.events import make_desk
from tests.support.fakes import plan

CLUB, OTHER, MOD, LOU = 1, 2, 771007, 771008
PAPERS, EVENTS, ML, NLP = 771100, 771101, 771500, 771501
HERE = Names({PAPERS: "#papers", EVENTS: "#events"}, {ML: "@ml", NLP: "@nlp"})
THERE = Names({900: "#papers", 901: "#events"}, {950: "@ml", 951: "@nlp"})


@dataclass
class Desk:
    """A server's moderator, and everything a moderator changes."""

    db: Database
    feeds: FeedService
    event_feeds: EventFeeds
    careers: CareerService
    moderation: Moderation

    async def state(self, server_id: int = CLUB) -> dict[Area, Any]:
        areas = all_areas()
        async with self.db.read() as tx:
            return {area.area: await area.present(tx, server_id) for area in areas}

    async def latest(self) -> Any:
        return (await self.moderation.log.latest(CLUB))[0].change

    async def undo(self, **chosen: Any) -> None:
        await self.moderation.log.undo(CLUB, (await self.latest()).id, by=LOU)

    async def module(self, module: Module, found: dict[str, Any], server_id: int = CLUB) -> None:
        async with self.db.write() as tx:
            await server_settings.write(tx, server_id, module, found, by=MOD, now=FakeClock().now())


@pytest_asyncio.fixture
async def desk(db: Database, clock: FakeClock) -> Desk:
    events = make_desk(db, clock)
    careers = CareerService(db, clock, RecentPapers(db, clock))
    await careers.load()
    areas = all_areas(
        careers=lambda: careers.careers,
        knows_category=lambda code: load_taxonomy().canonical(code) is not None,
    )
    feeds = FeedService(db, clock, events.arxiv if hasattr(events, "arxiv") else None)  # type: ignore[arg-type]
    return Desk(db, feeds, events.event_feeds, careers, Moderation(db, clock, areas))


def papers(**choices: Any) -> FeedPlan:
    return replace(plan(server_id=CLUB, channel_id=PAPERS), **choices)


def of_events(kind: FeedKind, **options: Any) -> FeedPlan:
    schedule = Schedule(time(8, 30), "Europe/Paris", frozenset({0, 3}))
    return FeedPlan(
        CLUB, EVENTS, (), "", Style.EACH, 5, schedule, kind=kind, events=EventOptions(**options)
    )  # fmt: skip


async def everything(desk: Desk) -> None:
    """Set up something in every area."""
    by = {"created_by": MOD}
    make, events = _create(desk), desk.event_feeds.create
    await make(papers(categories=("cs.LG", "cs.CL"), query='ti:gan OR "flow matching"'))
    await make(papers(categories=("cs.CV",), style=Style.THREAD, options=PaperOptions(mention_role_id=ML)))
    highlights = Schedule(time(18), "America/New_York", frozenset({4}))
    await make(FeedPlan(CLUB, PAPERS, (), "", Style.DIGEST, 5, highlights, kind=FeedKind.HIGHLIGHTS))
    await events(of_events(FeedKind.MEETUPS, url="https://example.org/a.ics", mention_role_id=NLP), **by)
    wanted = Wanted(themes=frozenset({"Health"}), online=True)
    await events(of_events(FeedKind.HACKATHONS, sources=(Source.MLH,), wanted=wanted, native=True), **by)
    picked = Selection(("NeurIPS",), ("NLP",))
    await events(of_events(FeedKind.DEADLINES, conferences=picked, moments=(Moment.WEEK,)), **by)
    await desk.feeds.pause(CLUB, 2, by=MOD)
    await desk.careers.link_role(CLUB, Kind.ROLE, "ml-engineer", ML, by=MOD)
    await desk.careers.link_role(CLUB, Kind.TRACK, "nlp", NLP, by=MOD)
    await desk.careers.add_own_role(
        CLUB, draft_role("Tutor: yes", "guide", "Helps “beginners”.", "https://example.org"), by=MOD
    )
    await desk.careers.add_link(CLUB, draft_link("ml-engineer", "List", "https://example.org/l"), by=MOD)
    await desk.moderation.settings.change(
        CLUB, by=MOD, zone="Asia/Tokyo", notices_channel_id=EVENTS, feed_role_id=ML
    )
    quiz = QuizOptions(Level.BEGINNER, ("sql", "nlp"))
    nine = Schedule(time(9), "UTC", EVERY_DAY)
    await make(FeedPlan(CLUB, PAPERS, (), "", Style.EACH, 1, nine, kind=FeedKind.QUIZ, quiz=quiz))
    await desk.module(Module.QUIZ, {"off": ["12", "1e3", "no", "null"]})
    buddies = BuddySettings(channel_id=EVENTS, role_id=ML, reports_id=PAPERS)
    await desk.module(Module.BUDDIES, buddies.to_json())


def _create(desk: Desk) -> Any:
    async def create(chosen: FeedPlan) -> None:
        # `FeedService.create` answers with the state of arXiv's lists, which nobody reads here.
        from bot.services.feeds.states import establish

        now = FakeClock().now()
        async with desk.db.write() as tx:
            await establish(tx, chosen, created_by=MOD, now=now, since=now)

    return create


async def into(desk: Desk, text: str, server_id: int, names: Names, **options: Any) -> list[Any]:
    """Import a file as the command does it."""
    found = await desk.moderation.transfer.read(text.encode())
    chosen: dict[Reference, int] = {}
    for each in references(found):
        id_ = names.find(each.kind, each.label)
        assert id_ is not None, each
        chosen[each] = id_
    return await desk.moderation.transfer.apply(
        server_id, bind(found, chosen), by=LOU, **({"replace": False} | options)
    )


async def test_a_stopped_question_of_the_day_comes_back_and_leaves_the_other_settings_of_quizzes(
    desk: Desk, clock: FakeClock
) -> None:
    await everything(desk)
    careers = desk.careers
    library = Library(desk.db, careers)
    daily = DailyService(desk.db, clock, library, DailyCards(library.topic_name))
    before = await daily.current(CLUB)
    assert await daily.switch_off(CLUB, by=MOD)
    await desk.undo()
    after = await daily.current(CLUB)
    assert before is not None
    assert after is not None
    assert (after.plan, after.state) == (before.plan, FeedState.ACTIVE)
    async with desk.db.read() as tx:
        settings = await server_settings.read(tx, CLUB, Module.QUIZ)
    assert settings == {"off": ["12", "1e3", "no", "null"]}


async def test_a_server_has_one_question_of_the_day_however_it_comes(desk: Desk) -> None:
    await everything(desk)
    text = await desk.moderation.transfer.export(CLUB, HERE)
    assert await into(desk, text, CLUB, HERE) == []
    async with desk.db.read() as tx:
        feeds = [each for each in await feed_rows.by_server(tx, CLUB) if each.plan.kind is FeedKind.QUIZ]
    one = document(feeds[0])
    moved = one | {"time": "10:00"}
    apply = desk.moderation.transfer.apply
    assert len(await apply(CLUB, {Area.FEED: [moved]}, replace=False, by=LOU)) == 1  # the one there is
    with pytest.raises(UserError, match="a question of the day already"):
        await apply(CLUB, {Area.FEED: [moved, one]}, replace=False, by=LOU)


async def test_questions_of_a_servers_own_are_no_settings_to_be_undone(desk: Desk, clock: FakeClock) -> None:
    await everything(desk)
    async with desk.db.write() as tx:
        await server_settings.record(
            tx,
            CLUB,
            Area.QUIZ,
            before={"prompt": "?"},
            after=None,
            by=MOD,
            now=clock.now(),
            target="question 1",
        )
    newest = (await desk.moderation.log.page(CLUB)).entries[0].change
    assert newest.target == "question 1"
    assert newest.id not in {entry.change.id for entry in await desk.moderation.log.latest(CLUB)}
    for refused in (
        desk.moderation.log.preview(CLUB, newest.id),
        desk.moderation.log.undo(CLUB, newest.id, by=LOU),
    ):
        with pytest.raises(UserError, match="/setup quiz"):
            await refused


async def test_a_file_switches_study_buddies_on_only_where_somebody_confirmed_the_words(desk: Desk) -> None:
    on = BuddySettings(on=True, channel_id=EVENTS, reports_id=PAPERS, promised=True)
    await desk.module(Module.BUDDIES, on.to_json())
    text = await desk.moderation.transfer.export(CLUB, HERE)
    assert await into(desk, text, CLUB, HERE, replace=True) == []
    await into(desk, text, OTHER, THERE)
    async with desk.db.read() as tx:
        there = BuddySettings.from_json(await server_settings.read(tx, OTHER, Module.BUDDIES))
    assert there == replace(on, on=False, promised=False, channel_id=901, reports_id=900)


# --- The log ------------------------------------------------------------------------------------------


async def test_everything_that_is_changed_stands_in_the_log(desk: Desk) -> None:
    await everything(desk)
    entries = await desk.moderation.log.latest(CLUB)
    assert all(entry.change.by == MOD for entry in entries)
    assert [(e.change.area, e.change.target) for e in reversed(entries)] == [
        *((Area.FEED, str(number)) for number in (1, 2, 3, 4, 5, 6)),
        (Area.FEED, "2"),
        (Area.ROLES, f"follow:{ML}"),
        (Area.ROLES, f"follow:{NLP}"),
        (Area.ROLES, "role:tutor yes"),
        (Area.ROLES, "link:ml-engineer:List:https://example.org/l"),
        (Area.SERVER, ""),
        (Area.FEED, "7"),
        (Area.QUIZ, ""),
        (Area.BUDDIES, ""),
    ]
    assert await desk.moderation.log.latest(OTHER) == []


async def test_what_changes_nothing_is_not_logged(desk: Desk) -> None:
    await _create(desk)(papers())
    await desk.feeds.edit(CLUB, 1, FeedEdit(limit=papers().limit), by=MOD)
    await desk.feeds.resume(CLUB, 1, by=MOD)
    assert len(await desk.moderation.log.latest(CLUB)) == 1


async def test_pages_and_filters(desk: Desk) -> None:
    await everything(desk)
    for number in range(8):
        await desk.feeds.edit(CLUB, 1, FeedEdit(limit=1 + number), by=LOU)
    log = desk.moderation.log
    first = await log.page(CLUB)
    assert (first.page, first.pages, len(first.entries)) == (0, 4, 6)
    last = await log.page(CLUB, 99)
    assert (last.page, len(last.entries)) == (3, 5)
    seen = [e.change.id for page in range(4) for e in (await log.page(CLUB, page)).entries]
    assert seen == sorted(set(seen), reverse=True)
    assert {e.change.by for e in (await log.page(CLUB, by=LOU)).entries} == {LOU}
    assert {e.change.area for e in (await log.page(CLUB, area=Area.ROLES)).entries} == {Area.ROLES}
    assert (await log.page(CLUB, area=Area.ROLES, by=LOU)).entries == ()
    assert (await log.page(OTHER)).entries == ()


# --- Undo ---------------------------------------------------------------------------------------------


async def test_every_change_can_be_undone_one_after_the_other_and_done_again(desk: Desk) -> None:
    await everything(desk)
    full = await desk.state()
    changes = [entry.change for entry in await desk.moderation.log.latest(CLUB)]
    for change in changes:
        preview = await desk.moderation.log.preview(CLUB, change.id)
        assert preview.fits
        await desk.moderation.log.undo(CLUB, change.id, by=LOU)
    assert all(found == {} for found in (await desk.state()).values())
    undoing = [entry.change for entry in await desk.moderation.log.latest(CLUB)][: len(changes)]
    assert [each.undoes for each in undoing] == [each.id for each in reversed(changes)]
    assert all(each.by == LOU for each in undoing)
    for change in undoing:
        await desk.moderation.log.undo(CLUB, change.id, by=MOD)
    assert await desk.state() == full


async def test_an_undo_that_no_longer_fits_is_refused(desk: Desk) -> None:
    await _create(desk)(papers())
    await desk.feeds.edit(CLUB, 1, FeedEdit(limit=3), by=MOD)
    change = await desk.latest()
    await desk.feeds.edit(CLUB, 1, FeedEdit(query="gan"), by=MOD)
    state = await desk.state()
    preview = await desk.moderation.log.preview(CLUB, change.id)
    assert not preview.fits
    with pytest.raises(UserError, match="changed again since"):
        await desk.moderation.log.undo(CLUB, change.id, by=LOU)
    assert await desk.state() == state
    await desk.undo()
    await desk.moderation.log.undo(CLUB, change.id, by=LOU)
    assert (await desk.feeds.feed(CLUB, 1)).plan == papers()


async def test_two_who_undo_the_same_at_once(desk: Desk) -> None:
    await _create(desk)(papers())
    change = await desk.latest()
    done = await asyncio.gather(
        *(desk.moderation.log.undo(CLUB, change.id, by=by) for by in (MOD, LOU)), return_exceptions=True
    )
    assert sum(isinstance(each, UserError) for each in done) == 1
    assert len(await desk.moderation.log.latest(CLUB)) == 2
    (first, second) = await desk.moderation.log.latest(CLUB)
    assert (first.is_undone, second.is_undone) == (False, True)


async def test_a_change_of_another_server_is_not_there(desk: Desk) -> None:
    await _create(desk)(papers())
    change = await desk.latest()
    for act in (
        desk.moderation.log.preview(OTHER, change.id),
        desk.moderation.log.undo(OTHER, change.id, by=LOU),
    ):
        with pytest.raises(UserError, match="not one of this server's"):
            await act


async def test_only_the_latest_fifty_can_be_undone(desk: Desk) -> None:
    for number in range(51):
        await desk.module(Module.QUIZ, {"count": number})
    oldest = (await desk.moderation.log.page(CLUB, 99)).entries[-1].change
    with pytest.raises(UserError, match="latest 50"):
        await desk.moderation.log.undo(CLUB, oldest.id, by=LOU)


async def test_a_removed_feed_that_was_forgotten_comes_back_under_a_new_number(
    desk: Desk, clock: FakeClock
) -> None:
    await _create(desk)(papers(query="gan"))
    await desk.feeds.remove(CLUB, 1, by=MOD)
    async with desk.db.write() as tx:
        await feed_rows.purge(tx, clock.advance(days=40))
    await desk.undo()
    back = await desk.feeds.feed(CLUB, 2)
    assert (back.plan.query, back.state) == ("gan", FeedState.ACTIVE)


async def test_undo_meets_the_same_limits_as_a_command(desk: Desk) -> None:
    await _create(desk)(papers())
    await desk.feeds.remove(CLUB, 1, by=MOD)
    change = await desk.latest()
    await _create(desk)(papers())
    with pytest.raises(UserError, match="already does exactly that"):
        await desk.moderation.log.undo(CLUB, change.id, by=LOU)


# --- Export and import ----------------------------------------------------------------------------------


async def test_an_export_into_an_empty_server_exports_the_same(desk: Desk) -> None:
    await everything(desk)
    text = await desk.moderation.transfer.export(CLUB, HERE)
    for name in (PAPERS, EVENTS, ML, NLP, MOD):
        assert str(name) not in text
    assert "#papers" in text
    steps = await into(desk, text, OTHER, THERE)
    assert all(step.before is None for step in steps)
    assert await desk.moderation.transfer.export(OTHER, THERE) == text
    assert {e.change.by for e in await desk.moderation.log.latest(OTHER)} == {LOU}
    # And once more: nothing is left to do.
    assert await into(desk, text, OTHER, THERE) == []


async def test_an_export_restores_the_server_it_came_from(desk: Desk) -> None:
    await everything(desk)
    state = await desk.state()
    text = await desk.moderation.transfer.export(CLUB, HERE)
    await desk.feeds.edit(CLUB, 1, FeedEdit(limit=3), by=MOD)
    await desk.feeds.remove(CLUB, 4, by=MOD)
    await _create(desk)(papers(query="surprise"))
    await desk.careers.unlink_role(CLUB, ML, by=MOD)
    await desk.careers.link_role(CLUB, Kind.ROLE, "data-scientist", ML, by=MOD)
    await desk.module(Module.QUIZ, {"count": 9})
    await into(desk, text, CLUB, HERE, replace=True)
    assert await desk.moderation.transfer.export(CLUB, HERE) != ""
    after = await desk.state()
    for area in (Area.ROLES, Area.SERVER, Area.QUIZ, Area.BUDDIES):
        assert after[area] == state[area]
    assert sorted(map(repr, after[Area.FEED].values())) == sorted(map(repr, state[Area.FEED].values()))


async def test_without_replace_what_is_there_stays(desk: Desk) -> None:
    await _create(desk)(papers(query="mine"))
    text = await desk.moderation.transfer.export(CLUB, HERE)
    await desk.feeds.edit(CLUB, 1, FeedEdit(query="other"), by=MOD)
    await _create(desk)(papers(query="third"))
    await into(desk, text, CLUB, HERE)
    found = await desk.state()
    assert sorted(each["query"] for each in found[Area.FEED].values()) == ["mine", "other", "third"]


async def test_an_import_is_all_or_nothing(desk: Desk) -> None:
    await everything(desk)
    text = await desk.moderation.transfer.export(CLUB, HERE)
    for number in range(45):
        async with desk.db.write() as tx:
            from bot.services.feeds.states import establish

            now = FakeClock().now()
            chosen = plan(server_id=OTHER, channel_id=900, query=f"number {number}")
            await establish(tx, chosen, created_by=MOD, now=now, since=now)
    state = await desk.state(OTHER)
    with pytest.raises(UserError, match="has 50 feeds"):
        await into(desk, text, OTHER, THERE)
    assert await desk.state(OTHER) == state


async def test_what_was_agreed_to_is_what_is_done(desk: Desk) -> None:
    await everything(desk)
    text = await desk.moderation.transfer.export(CLUB, HERE)
    await desk.feeds.edit(CLUB, 1, FeedEdit(limit=3), by=MOD)
    found = await desk.moderation.transfer.read(text.encode())
    chosen = {each: HERE.find(each.kind, each.label) or 0 for each in references(found)}
    bound = bind(found, chosen)
    seen = fingerprint(await desk.moderation.transfer.plan(CLUB, bound, replace=False))
    await desk.feeds.edit(CLUB, 1, FeedEdit(limit=4), by=MOD)
    with pytest.raises(UserError, match="in the meantime"):
        await desk.moderation.transfer.apply(CLUB, bound, replace=False, by=LOU, seen=seen)
    seen = fingerprint(await desk.moderation.transfer.plan(CLUB, bound, replace=False))
    (step,) = await desk.moderation.transfer.apply(CLUB, bound, replace=False, by=LOU, seen=seen)
    assert step.after is not None
    assert step.after["limit"] == papers().limit


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("limit: 10", "limit: 1000", "between 1 and 25"),
        ("limit: 10", "limit: many", "cannot be read"),
        ("kind: papers", "kind: poems", "not of poems"),
        ("cs.LG", "cs.XX", "no category cs.XX"),
        ("Europe/Paris", "Mars/Olympus", "cannot be read"),
        ("https://example.org/a.ics", "file:///etc/passwd", "whole web address"),
        ("query: ti:gan", "query: ti:((gan", "cannot be imported"),
        ("style: digest", "style: loud", "cannot be read"),
        ("- mon", "- moonday", "cannot be read"),
        ("role: ml-engineer", "role: wizard", "no role wizard"),
        ("cohort: 1", "cohort: 2", "another version"),
        ("cohort: 1", "wizard: 1", "no file of mine"),
        ("quiz:", "quizzz:", "do not know what"),
        ("zone: Asia/Tokyo", "color: blue", "do not know the setting"),
        ("feeds:", "feeds: 3\nolder:", "do not know what"),
    ],
)
async def test_files_that_are_refused(desk: Desk, old: str, new: str, words: str) -> None:
    await everything(desk)
    text = await desk.moderation.transfer.export(CLUB, HERE)
    changed = text.replace(old, new, 1)
    if changed == text:
        changed = text.replace("[mon", "[moonday", 1)
    assert changed != text
    state = await desk.state(OTHER)
    with pytest.raises(UserError, match=words.replace("(", r"\(")):
        await into(desk, changed, OTHER, THERE)
    assert await desk.state(OTHER) == state


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00",
        b"a: &a [1]\nb: *a",
        b"!!python/object/apply:os.system [ls]",
        b"[" * 5000,
        b"cohort: 1\nfeeds: {a: 1}",
        b"cohort: 1\nfeeds: [[1]]",
        b"x" * 300_000,
    ],
)
async def test_what_is_no_file_of_ours(desk: Desk, text: bytes) -> None:
    with pytest.raises(UserError):
        await desk.moderation.transfer.read(text)


def test_names_here_and_there() -> None:
    names = Names({1: "#general in News", 2: "#general in Club", 3: "#papers"}, {5: "@ml", 6: "@ml"})
    assert names.find(Named.CHANNEL, "#papers") == 3
    assert names.find(Named.CHANNEL, "#papers in Science") == 3
    assert names.find(Named.CHANNEL, "#general in Club") == 2
    assert names.find(Named.CHANNEL, "#general") is None
    assert names.find(Named.CHANNEL, "<#3>") == 3
    assert names.find(Named.CHANNEL, "<#4>") is None
    assert names.find(Named.ROLE, "@ml") is None
    assert names.label(Named.ROLE, 9) == "<@&9>"


def test_ids_of_one_server_alone_stay_out() -> None:
    document = {"channel_id": 3, "thread_id": 4, "member_ids": [5], "inner": {"user_id": 6, "role_id": None}}
    found = written({Area.QUIZ: [document]}, Names({3: "#papers"}, {}))
    assert found["quiz"] == {"channel": "#papers", "inner": {"role": None}}
    bound = bind(read(found), {Reference(Named.CHANNEL, "#papers"): 3})
    assert bound[Area.QUIZ] == [{"channel_id": 3, "inner": {"role_id": None}}]


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_feed_like = st.fixed_dictionaries(
    {"kind": st.sampled_from([*FeedKind, "x"]), "channel_id": st.integers(1, 9)},
    optional={
        name: _values | st.sampled_from(["each", ["mon"], "09:00", "UTC", ["cs.LG"], 5])
        for name in [
            "categories",
            "query",
            "style",
            "limit",
            "time",
            "zone",
            "days",
            "types",
            "order",
            "changes",
            "url",
            "sources",
            "wanted",
            "conferences",
            "areas",
            "moments",
            "native",
            "paused",
        ]
    },
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_feed_like | st.dictionaries(st.text(max_size=8), _values, max_size=5))
def test_whatever_a_document_holds_only_a_user_error_comes_of_it(found: dict[str, Any]) -> None:
    for area in all_areas():
        try:
            checked = area.check(found, CLUB)
        except UserError:
            continue
        assert area.check(checked, CLUB) == checked
