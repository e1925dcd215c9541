"""`/setup server language:` and what a server that chose German then reads, post by post."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import simcord
from sqlalchemy import select

from bot.domain.languages import Language
from bot.domain.questions import Kind
from bot.domain.quizzes.live import OPENING
from bot.storage.tables import outbox
from bot.words import speaking
from cogs.ui.hello import hello_card, language_of
from tests.cogs.buddies import open_club
from tests.cogs.event_samples import ics, meetup
from tests.cogs.quizzing import first
from tests.cogs.test_quiz_daily import messages, set_up
from tests.cogs.test_quiz_live import host
from tests.cogs.test_setup_changes import choose, file_of, setup
from tests.cogs.world import World, click, nodes, said, some, texts


async def german(world: World) -> None:
    await setup(world, "server", language="de")


def posted(world: World, where: simcord.ChannelHandle | None = None) -> str:
    return "\n".join(world.posts(where))


def labels(message: Any) -> list[str]:
    return [node["label"] for node in nodes(message) if node.get("label")]


async def test_it_is_set_shown_logged_undone_exported_and_imported(world: World) -> None:
    panel = await setup(world, "server")
    assert "**Language** English (nobody chose one)" in said(panel)
    result = await choose(world.mod, panel, "setups:language", "de")
    assert "✅ **language** none → Deutsch" in said(result)
    assert "**Language** Deutsch\n" in said(result)
    assert (
        "Posts in this server are in German. Answers to commands and direct messages are in English"
        in said(result)
    )
    result = await setup(world, "server", language="fr")
    assert "✅ **language** Deutsch → Français" in said(result)
    assert "**language** Deutsch → Français" in said(await setup(world, "log"))
    change = (await world.app.services.moderation.log.latest(world.guild.id))[0].change
    preview = await setup(world, "undo", change=str(change.id))
    await world.restart()
    await click(world.mod, preview, "Undo it")
    assert "**Language** Deutsch\n" in said(await setup(world, "server"))
    name, content = await file_of(world, await setup(world, "export"))
    assert b"language: de" in content
    assert name
    async with world.app.db.read() as tx:
        queued = (await tx.execute(select(outbox))).all()
    assert queued == []  # a language is no reason to post anything


async def test_a_digest_and_what_is_pressed_below_it(world: World) -> None:
    await german(world)
    answer = await world.make(style="each")
    assert "Feed 1 is set" in said(answer)  # answers are in English
    world.arxiv.serve_papers(*some(2))
    await world.next_day()
    assert "## 2 neue Papers" in posted(world)
    post = next(message for message in messages(world) if "Speichern" in labels(message))
    assert labels(post)[:5] == ["Speichern", "Diskutieren", "Zitieren", "Warum hier?", "Ähnliche Papers"]
    custom_id = next(node["custom_id"] for node in nodes(post) if node.get("label") == "Speichern")
    pressed = next(each for each in world.papers.history() if custom_id in str(list(nodes(each))))
    private = await world.member.click(pressed, custom_id=custom_id)
    assert "reading list" in said(private)
    assert "Speichern · 1" in [label for message in messages(world) for label in labels(message)]


async def test_an_event(world: World) -> None:
    await german(world)
    starts_at = world.clock.now() + timedelta(days=3)
    url = world.arxiv.page("/club.ics", ics(meetup("a", "Reading group", starts_at)))
    await world.mod.slash(world.lounge, "feed meetups", channel=world.papers, url=url)
    await world.next_day()
    text = posted(world)
    assert "## Demnächst: Meetups" in text
    assert "Reading group" in text
    assert "Tage nach der Zeitzone UTC" in text
    assert "Alle Events" in [label for message in messages(world) for label in labels(message)]


async def test_a_question_of_the_day_and_its_results(world: World) -> None:
    await german(world)
    question = first(Kind.BOOLEAN)
    await set_up(world, question)
    await world.next_day()
    (post,) = messages(world)
    assert "## Frage des Tages" in "\n".join(texts(post))
    assert [label for label in labels(post) if label in {"Wahr", "Falsch"}] == ["Wahr", "Falsch"]
    noted = await world.press(f"quiz:daytruth:1:{int(bool(question.answer))}")
    assert "Your answer is noted: **True**" in said(noted) or "**False**" in said(noted)
    await world.next_day()
    result = "\n".join(texts(messages(world)[0]))
    assert "## Frage des Tages: die Auflösung" in result
    assert "1 Antwort" in result
    assert "**100\u00a0% lagen richtig** (1 von 1)" in result


async def test_a_live_round(world: World) -> None:
    await german(world)
    panel = await host(world)
    assert "Live quiz in" in said(panel)  # its host reads English
    await click(world.mod, panel, "Start")
    await world.run_due()
    opening = posted(world, world.lounge)
    assert "## Live-Quiz: Alle Themen" in opening
    assert "Die erste Frage kommt" in opening
    await world.env.advance_time(OPENING.total_seconds())
    await world.run_due()
    await world.env.advance_time(1)
    await world.run_due()
    assert "Frage 1 von" in posted(world, world.lounge)
    stopped = await world.press("quiz:livestop:1", world.mod)
    assert "Stopped." in said(stopped)
    await world.run_due()
    assert "Die Spielleitung hat die Runde vorzeitig beendet." in posted(world, world.lounge)


async def test_a_thread_of_study_buddies_and_a_vote_in_it(world: World) -> None:
    await german(world)
    club = await open_club(world)
    ada, ben = world.join("ada"), world.member
    await club.add(ada, ben)
    (meeting,) = await club.begin_round()
    (thread,) = club.threads()
    assert thread.name.startswith("Lernpartner ")
    hello, poll = club.said_in(meeting)
    assert "lernt euch kennen" in hello
    assert "Ihr beide lernt pandas." in hello
    assert "**Eine erste Lernsession, " in hello
    assert poll.count(": noch niemand") == 3
    await club.press(ada, meeting, "1 passt mir")
    assert ": 1 von 2" in club.said_in(meeting)[1]
    await setup(world, "server", language="es")
    await club.press(ben, meeting, "1 passt mir")  # it is drawn anew, as a whole
    assert "✅ acordado" in club.said_in(meeting)[1]
    assert "Pulsa todos los horarios" in club.said_in(meeting)[1]
    assert "lernt euch kennen" in club.said_in(meeting)[0]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        (discord.Locale.german, Language.GERMAN),
        (discord.Locale.latin_american_spanish, Language.SPANISH),
        (discord.Locale.french, Language.FRENCH),
        (discord.Locale.british_english, Language.ENGLISH),
        (discord.Locale.japanese, Language.ENGLISH),
    ],
)
def test_hello_is_in_the_language_that_the_server_has_at_discord(
    locale: discord.Locale, language: Language
) -> None:
    guild: Any = SimpleNamespace(preferred_locale=locale)
    assert language_of(guild) is language
    with speaking(language):
        card: Any = hello_card()
    said = {
        Language.GERMAN: "Mich einrichten",
        Language.SPANISH: "Configurarme",
        Language.FRENCH: "Me configurer",
    }
    assert said.get(language, "Set me up") in str(card.to_components())
