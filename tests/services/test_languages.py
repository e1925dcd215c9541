"""The language of a server, on both databases: chosen, taken back, carried to another server, and read where posts are made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery.outbox import Outbox
from bot.domain.feeds import Changes, PaperOptions
from bot.domain.languages import Language, parse_language
from bot.domain.papers import AnnounceType
from bot.domain.server_settings import Module, ServerSettings, read_server_settings
from bot.errors import UserError
from bot.services.arxiv import ArxivService
from bot.services.changes import ChangeService
from bot.services.digests import DigestService
from bot.services.feeds import FeedService
from bot.services.moderation import Moderation, all_areas
from bot.storage import server_settings
from bot.storage.engine import Database
from bot.storage.languages import languages_of, speech
from bot.storage.tables import outbox
from bot.words import spoken
from cogs.ui.changes import ChangeCards
from cogs.ui.notices import render_notice
from cogs.ui.papers import render_digest
from tests.services.test_moderation import CLUB, HERE, LOU, MOD, OTHER, THERE
from tests.support.clock import FakeClock
from tests.support.fakes import FakeFetcher, FakeSender, Fault, Item, plan

SLOT = datetime(2026, 1, 1, 9, tzinfo=UTC)


async def speak(db: Database, server_id: int, language: str | None, by: int = MOD) -> None:
    moderation = Moderation(db, FakeClock(), all_areas())
    await moderation.settings.change(server_id, by=by, language=language)


async def test_it_is_chosen_changed_and_taken_back(db: Database) -> None:
    moderation = Moderation(db, FakeClock(), all_areas())
    assert (await moderation.settings.read(CLUB)).spoken is Language.ENGLISH
    await moderation.settings.change(CLUB, by=MOD, zone="Asia/Tokyo")
    assert (await moderation.settings.change(CLUB, by=MOD, language="Deutsch")).spoken is Language.GERMAN
    assert (await moderation.settings.change(CLUB, by=LOU, language="fr")).document() == {
        "zone": "Asia/Tokyo",
        "language": "fr",
    }
    (newest, *_) = await moderation.log.latest(CLUB)
    assert newest.change.before == {"zone": "Asia/Tokyo", "language": "de"}
    await moderation.log.undo(CLUB, newest.change.id, by=MOD)
    assert (await moderation.settings.read(CLUB)).spoken is Language.GERMAN
    await moderation.settings.change(CLUB, by=MOD, language=None)
    assert (await moderation.settings.read(CLUB)).document() == {"zone": "Asia/Tokyo"}


@pytest.mark.parametrize("language", ["xx", "", "Klingon", "de_DE; drop", "d" * 500])
async def test_one_that_is_not_spoken_is_refused(db: Database, language: str) -> None:
    await speak(db, CLUB, "es")
    with pytest.raises(UserError, match="English, Deutsch, Español, Français"):
        await speak(db, CLUB, language)
    async with db.read() as tx:
        assert await languages_of(tx, [CLUB]) == {CLUB: Language.SPANISH}


def test_how_it_may_be_written() -> None:
    assert [parse_language(text) for text in ("de", " DEUTSCH ", "español", "Français", "English")] == [
        Language.GERMAN,
        Language.GERMAN,
        Language.SPANISH,
        Language.FRENCH,
        Language.ENGLISH,
    ]
    # What a newer version stored is no reason to stop posting.
    assert read_server_settings({"language": "xx"}).spoken is Language.ENGLISH
    assert ServerSettings().spoken is Language.ENGLISH


async def test_it_goes_into_a_file_and_to_another_server(db: Database) -> None:
    moderation = Moderation(db, FakeClock(), all_areas())
    await speak(db, CLUB, "de")
    text = await moderation.transfer.export(CLUB, HERE)
    assert "language: de" in text
    found = await moderation.transfer.read(text.encode())
    await moderation.transfer.apply(OTHER, found, replace=False, by=LOU)
    assert await moderation.transfer.export(OTHER, THERE) == text
    async with db.read() as tx:
        assert await languages_of(tx, [OTHER, 99, None]) == {
            OTHER: Language.GERMAN,
            99: Language.ENGLISH,
            None: Language.ENGLISH,
        }
    wrong = await moderation.transfer.read(text.replace("language: de", "language: xx").encode())
    with pytest.raises(UserError, match="I can post in"):
        await moderation.transfer.apply(OTHER, wrong, replace=False, by=LOU)


async def test_it_holds_where_it_is_set_and_nowhere_else(db: Database) -> None:
    await speak(db, CLUB, "de")
    async with db.read() as tx:
        with await speech(tx, CLUB):
            assert spoken() is Language.GERMAN
            with await speech(tx, OTHER):
                assert spoken() is Language.ENGLISH
            assert spoken() is Language.GERMAN
        with pytest.raises(ValueError, match="inside"), await speech(tx, CLUB):
            raise ValueError("inside")
    assert spoken() is Language.ENGLISH


class Desk:
    """From arXiv's list to the channels of two servers and a notice."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock = db, clock
        self.sender = FakeSender(clock)
        self.arxiv = FakeFetcher(clock)
        self.papers = ArxivService(
            db, clock, self.arxiv, base_url="https://arxiv/rss", interval_s=0, owner="me",
            changes=ChangeService(ChangeCards()),
        )  # fmt: skip
        self.feeds = FeedService(db, clock, self.papers)
        self.digests = DigestService(db, clock, render_digest)
        self.outbox = Outbox(db, clock, self.sender, owner="me", render_notice=render_notice)

    async def run(self) -> None:
        await self.papers.poll_due()
        await self.digests.build_due()
        await self.outbox.deliver_due()

    async def stored(self) -> list[Any]:
        async with self.db.read() as tx:
            return list((await tx.execute(select(outbox).order_by(outbox.c.id))).all())


async def test_each_server_reads_its_digest_in_its_own_language(db: Database, clock: FakeClock) -> None:
    desk = Desk(db, clock)
    clock.set(SLOT - timedelta(hours=3))
    await speak(db, 1, "de")
    for server_id, channel_id in ((1, 100), (2, 200)):
        marking = PaperOptions(changes=Changes.MARK)
        chosen = replace(plan(server_id=server_id, channel_id=channel_id), options=marking)
        await desk.feeds.create(chosen, created_by=9)
    desk.arxiv.serve("cs.LG", Item("2601.00001"), Item("2601.00002"))
    await desk.run()
    clock.set(SLOT + timedelta(minutes=1))
    await desk.run()
    german, english = (row.payload for row in await desk.stored())
    assert "## 2 neue Papers" in german
    assert "Öffnen" in german
    assert "## 2 new papers" in english
    # A change is marked in the language of the post, whatever the server speaks by then.
    await speak(db, 1, "fr")
    desk.arxiv.serve("cs.LG", replace(Item("2601.00001"), version=2, type=AnnounceType.REPLACE))
    clock.advance(hours=12)
    await desk.run()
    edits = [row.payload for row in (await desk.stored())[2:]]
    assert any("🔄 Jetzt Version 2" in edit for edit in edits)
    assert any("🔄 Now version 2" in edit for edit in edits)


async def test_what_is_queued_stays_as_it_was_rendered(db: Database, clock: FakeClock) -> None:
    desk = Desk(db, clock)
    clock.set(SLOT - timedelta(hours=3))
    await speak(db, 1, "de")
    await desk.feeds.create(plan(server_id=1, channel_id=100), created_by=9)
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    await desk.run()
    clock.set(SLOT + timedelta(minutes=1))
    desk.sender.post_faults.append(Fault.LOST_BEFORE)
    await desk.run()
    (before,) = await desk.stored()
    await speak(db, 1, "es")
    for _minute in range(3):
        clock.advance(minutes=1)
        await desk.outbox.deliver_due()
    (after,) = await desk.stored()
    assert (after.payload, after.marker, after.nonce) == (before.payload, before.marker, before.nonce)
    assert after.message_id is not None


async def test_a_notice_says_what_went_wrong_in_the_language_of_the_server(
    db: Database, clock: FakeClock
) -> None:
    async with db.write() as tx:
        settings = {"language": "de", "notices_channel_id": 500}
        await server_settings.write(tx, 1, Module.SERVER, settings, by=MOD, now=clock.now())
    desk = Desk(db, clock)
    clock.set(SLOT - timedelta(hours=3))
    await desk.feeds.create(plan(server_id=1, channel_id=100), created_by=9)
    desk.arxiv.serve("cs.LG", Item("2601.00001"))
    await desk.run()
    clock.set(SLOT + timedelta(minutes=1))
    desk.sender.post_faults.append(Fault.REFUSED)
    await desk.run()
    (notice,) = [row.payload for row in await desk.stored() if "###" in row.payload and row.channel_id == 500]
    assert "### Feed 1 wartet" in notice
    assert "Nichts geht verloren" in notice
