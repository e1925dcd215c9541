"""`/setup quiz`: the question of the day, topics, and a server's own questions, through the command tree."""

import asyncio
from typing import Any

import pytest
import simcord
from discord import Permissions
from sqlalchemy import select

from bot.domain.question_import import MAX_BYTES, likeness, read
from bot.domain.questions import Kind, Level
from bot.domain.server_settings import Area
from bot.services.quizzes import OwnQuestions
from bot.storage.tables import server_questions, setting_changes
from tests.cogs.world import MANAGE, World, buttons, click, nodes, said

FORM = {
    "question": "Which metric suits a rare class?",
    "options": "* Recall\nAccuracy // It is high without finding any\nMean squared error",
    "explanation": "Recall looks at the rare class alone.",
    "reference": "scikit-learn: metrics https://scikit-learn.org/stable/modules/model_evaluation.html",
    "level": ["1"],
}
TABLE = b"""What is a tensor?,an array,a list,a tree,A
Which is a loss?,MSE,SQL,CSV,A
No answer here,one,two,three,
Which is an optimiser?,ReLU,Adam,GELU,B
"""


def own(world: World) -> OwnQuestions:
    return world.app.services.quizzes.own


async def setup(
    world: World, by: simcord.MemberActor | None = None, **options: Any
) -> simcord.InteractionResult:
    return await (by or world.mod).slash(world.lounge, "setup quiz", **options)


async def table(world: World, which: Any) -> list[Any]:
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(which).order_by(which.c.id))).all())


async def logged(world: World) -> list[tuple[str, bool, bool]]:
    rows = await table(world, setting_changes)
    assert {row.area for row in rows} <= {Area.QUIZ, Area.FEED}
    return [(row.target, row.before is not None, row.after is not None) for row in rows]


def menu(result: simcord.InteractionResult, action: str) -> dict[str, Any]:
    (found,) = [
        node
        for node in nodes(result.response)
        if node["type"] == 3 and node["custom_id"].startswith(f"quizzes:{action}")
    ]
    return found


async def choose(
    world: World, result: simcord.InteractionResult, action: str, *values: str
) -> simcord.InteractionResult:
    assert result.response is not None
    return await world.mod.select(result.response, list(values), custom_id=menu(result, action)["custom_id"])


def chosen(found: dict[str, Any]) -> list[str]:
    return [each["value"] for each in found["options"] if each.get("default")]


async def added(world: World, **changes: Any) -> simcord.InteractionResult:
    form = await click(world.mod, await setup(world), "Add a question")
    return await world.mod.submit_modal(form, FORM | changes)


# --- The question of the day --------------------------------------------------------------------------


async def test_nothing_is_set_up(world: World) -> None:
    result = await setup(world)
    assert result.ephemeral
    assert "### Question of the day\nOff." in said(result)
    assert "17 of 17 are on" in said(result)
    assert "None yet. Write one, or import CSV" in said(result)
    assert list(buttons(result)) == ["Set it up", "Add a question", "Import a file", "To look at"]


async def test_a_question_of_the_day_by_options_and_then_by_the_form(world: World) -> None:
    result = await setup(world, channel=world.papers, time="18:00", zone="Paris", skill="statistics", level=2)
    assert "✅ The question of the day is set" in said(result)
    assert f"<#{world.papers.id}> · weekdays at 18:00, Europe/Paris · intermediate questions" in said(result)
    assert chosen(menu(result, "setareas")) == ["statistics"]
    form = await click(world.mod, result, "Change")
    await world.restart()
    changed = await world.mod.submit_modal(
        form,
        {"channel": [world.lounge], "time": "8:30", "zone": "UTC", "days": "Mon, Thu", "level": ["0"]},
    )
    assert f"<#{world.lounge.id}> · Mon and Thu at 08:30, UTC · all levels" in said(changed)
    feed = await world.app.services.quizzes.daily.current(world.guild.id)
    assert feed is not None
    assert feed.plan.quiz is not None
    assert feed.plan.quiz.areas == ("statistics",)
    result = await choose(world, changed, "setareas", "sql", "nlp")
    assert sorted(chosen(menu(result, "setareas"))) == ["nlp", "sql"]
    result = await choose(world, result, "setareas", "sql", "mixed")
    assert chosen(menu(result, "setareas")) == ["mixed"]
    stopped = await click(world.mod, result, "Stop asking")
    assert "No more questions of the day" in said(stopped)
    assert "Off." in said(stopped)
    again = await world.press("quiz:setstop")
    assert "Off." in said(again)
    assert [target for target, *_ in await logged(world)] == ["1"] * 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time": "08:00"}, "Choose the channel"),
        ({"time": "noonish", "zone": "Atlantis"}, "2 things to put right"),
        ({"skill": "woodwork"}, "I have no questions about that"),
    ],
)
async def test_what_is_refused(world: World, options: dict[str, Any], words: str) -> None:
    assert words in said(await setup(world, **options))
    assert await world.app.services.quizzes.daily.current(world.guild.id) is None


async def test_a_channel_without_permissions(world: World) -> None:
    world.forbid(world.papers, send_messages=True)
    assert "I lack Send Messages there" in said(await setup(world, channel=world.papers))


async def test_options_are_completed(world: World) -> None:
    offered = await world.mod.autocomplete(world.lounge, "setup quiz", "skill", "sq")
    assert any(choice["value"] == "sql" for choice in offered)
    for option, typed, value in (
        ("time", "9", "09:00"),
        ("zone", "Paris", "Europe/Paris"),
        ("days", "week", "weekdays"),
    ):
        offered = await world.mod.autocomplete(world.lounge, "setup quiz", option, typed)
        assert value in [choice["value"] for choice in offered]


# --- Topics -------------------------------------------------------------------------------------------


async def test_topics_are_switched_off_and_on(world: World) -> None:
    result = await setup(world)
    every = chosen(menu(result, "settopics"))
    assert len(every) == 17
    result = await choose(world, result, "settopics", *(each for each in every if each != "sql"))
    assert "16 of 17 are on; off: SQL and databases." in said(result)
    async with world.app.db.read() as tx:
        pool = await world.app.services.quizzes.library.pool(tx, world.guild.id)
    assert "sql" not in {question.topic for question in pool.questions}
    await world.restart()
    result = await choose(world, await setup(world), "settopics", *every)
    assert "17 of 17 are on" in said(result)
    assert [(before, after) for _, before, after in await logged(world)] == [(False, True), (True, True)]


# --- Own questions ------------------------------------------------------------------------------------


async def test_a_question_is_written_looked_at_changed_removed_and_brought_back(world: World) -> None:
    result = await added(world)
    assert "✅ Added as question 1." in said(result)
    assert "✅ **A** Recall" in said(result)
    assert "Nobody has answered it yet" in said(result)
    question = await own(world).get(world.guild.id, 1)
    assert (question.kind, question.level, question.skills) == (Kind.ONE, Level.BEGINNER, ("own",))
    assert question.options[1].why == "It is high without finding any"
    assert question.reference.title == "scikit-learn: metrics"
    result = await choose(world, result, "ownskill", "evaluation")
    result = await choose(world, result, "ownlevel", "3")
    await world.restart()
    question = await own(world).get(world.guild.id, 1)
    assert (question.level, question.skills) == (Level.ADVANCED, ("evaluation",))
    form = await click(world.mod, result, "Edit")
    result = await world.mod.submit_modal(form, FORM | {"question": "Which metric suits rare classes?"})
    assert "✅ Changed." in said(result)
    assert "rare classes" in said(result)
    assert (await own(world).get(world.guild.id, 1)).skills == ("evaluation",)
    result = await click(world.mod, result, "Remove")
    assert "Removed question 1: Which metric suits rare classes?" in said(result)
    assert "no questions of its own yet" in said(result)
    again = await world.press("quiz:ownremove:1:0")
    assert "There is no question 1 any more" in said(again)
    undo = await click(world.mod, result, "Undo")
    assert "✅ Question 1 is back." in said(undo)
    assert "✅ Question 1 is back." in said(await world.press("quiz:ownback:1"))
    assert (await own(world).state(world.guild.id)).own == 1
    played = await world.member.slash(world.lounge, "quiz play", skill="own", count=1)
    assert "Which metric suits rare classes?" in said(played)
    assert len(await logged(world)) == 6


async def test_another_right_answer_makes_another_question(world: World) -> None:
    result = await added(world)
    form = await click(world.mod, result, "Edit")
    result = await world.mod.submit_modal(form, FORM | {"options": "Recall\n* Accuracy"})
    assert "it is a new one, number 2" in said(result)
    assert (await own(world).page(world.guild.id, 0)).questions[0][0] == 2


@pytest.mark.parametrize(
    ("changes", "words", "kind"),
    [
        ({"options": "True"}, "Added as question 1", Kind.BOOLEAN),
        ({"options": "= 0.5 ± 0.01"}, "Added as question 1", Kind.NUMERIC),
        ({"options": "* a\n* b\nc"}, "Added as question 1", Kind.SEVERAL),
        ({"explanation": "", "reference": ""}, "Added as question 1", Kind.ONE),
        ({"options": "a\nb\nc"}, "The question has no right answer. Mark one.", None),
        ({"options": "* a"}, "The question has no wrong options to choose from", None),
        ({"options": "* a\n* b"}, "The question has only right answers", None),
        ({"options": "= lots"}, "Type one number", None),
        ({"options": "* a\nb\nc\nd\ne\nf"}, "The question has", None),
        ({"reference": "http://example.org"}, "no whole address", None),
    ],
)
async def test_forms(world: World, changes: dict[str, Any], words: str, kind: Kind | None) -> None:
    result = await added(world, **changes)
    assert words in said(result)
    if kind is None:
        assert await table(world, server_questions) == []
    else:
        assert (await own(world).get(world.guild.id, 1)).kind is kind


async def test_the_same_question_is_not_there_twice(world: World) -> None:
    await added(world)
    assert "is there already, as number 1" in said(await added(world))


async def test_the_list_has_pages(world: World) -> None:
    rows = "".join(f"Question number {n}?,yes,no,maybe,A\n" for n in range(20))
    preview = await own(world).preview(world.guild.id, rows.encode(), by=1)
    await own(world).agree(world.guild.id, preview.first, preview.last, by=1)
    result = await click(world.mod, await setup(world), "See them")
    assert "20 questions · page 1 of 3" in said(result)
    result = await click(world.mod, result, "Later")
    assert "page 2 of 3" in said(result)
    assert "**9** Question number 8?" in said(result)
    result = await choose(world, result, "ownopen", "9")
    assert "Question 9" in said(result)
    result = await click(world.mod, result, "All own questions")
    assert "page 2 of 3" in said(result)
    assert "### Question of the day" in said(await click(world.mod, result, "Back"))


# --- Files --------------------------------------------------------------------------------------------


async def test_a_file_is_shown_before_anything_of_it_is_asked(world: World) -> None:
    result = await setup(world, file=("club.csv", TABLE), level=1, skill="sql")
    assert result.ephemeral
    assert "## club.csv · CSV\n3 questions read, 1 line cannot be:" in said(result)
    assert "- line 3 has no right answer. Write its letter into the last cell" in said(result)
    assert (await own(world).state(world.guild.id)).own == 0
    await world.restart()
    done = await click(world.mod, result, "Add the 3")
    assert "✅ 3 questions added" in said(done)
    questions = [each for _, each in (await own(world).page(world.guild.id, 0)).questions]
    assert {(each.level, each.skills) for each in questions} == {(Level.BEGINNER, ("sql",))}
    twice = await world.press("quiz:owntake:1:3")
    assert "Those were added already" in said(twice)
    assert (await own(world).state(world.guild.id)).own == 3
    undone = await click(world.mod, done, "Undo")
    assert "Taken back: 3 questions removed." in said(undone)
    assert (await own(world).state(world.guild.id)).own == 0
    assert await logged(world) == [("import", False, True), ("import", True, False)]


async def test_a_file_by_the_form(world: World) -> None:
    form = await click(world.mod, await setup(world), "Import a file")
    await world.restart()
    result = await world.mod.submit_modal(
        form, {"file": [("club.csv", TABLE)], "level": ["3"], "skill": ["nlp"]}
    )
    assert "3 questions read" in said(result)
    done = await click(world.mod, result, "Add the 3")
    assert "✅ 3 questions added" in said(done)
    assert (await own(world).get(world.guild.id, 1)).level is Level.ADVANCED
    dropped = await setup(world, file=("more.csv", b"And this?,yes,no,maybe,A\n"))
    assert "Nothing was added." in said(await click(world.mod, dropped, "Cancel"))
    assert (await own(world).state(world.guild.id)).own == 3


async def test_what_is_there_already_is_left_out(world: World) -> None:
    preview = await own(world).preview(world.guild.id, TABLE, by=1)
    await own(world).agree(world.guild.id, preview.first, preview.last, by=1)
    result = await setup(
        world, file=("club.csv", TABLE + b"New one?,yes,no,maybe,A\nnew ONE?,yes,no,maybe,A\n")
    )
    assert "Left out: 3 questions I have already (lines 1, 2, 4)" in said(result)
    assert "1 question that are in the file twice (line 6)" in said(result) or "twice (line 6)" in said(
        result
    )
    assert "✅ 1 question added" in said(await click(world.mod, result, "Add it"))
    nothing = await setup(world, file=("club.csv", TABLE))
    assert "There is nothing to add" in said(nothing)


async def test_two_moderators_import_the_same_file(world: World) -> None:
    previews = [await own(world).preview(world.guild.id, TABLE, by=by) for by in (1, 2)]
    results = await asyncio.gather(
        *(own(world).agree(world.guild.id, each.first, each.last, by=1) for each in previews)
    )
    assert sorted(results) == [0, 3]
    listing = await own(world).page(world.guild.id, 0)
    assert len({likeness(each) for _, each in listing.questions}) == listing.total == 3


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("notes.txt", b"Dear all, here is nothing.", "I cannot tell what kind of file that is"),
        ("slides.pdf", b"%PDF-1.7 x", "a PDF"),
        ("big.csv", b"x" * (MAX_BYTES + 1), "1 MB is the most"),
        ("none.csv", b"q,a,b,c,Y\nr,a,b,c,Z\n", "There is nothing to add"),
    ],
)
async def test_files_that_are_refused(world: World, name: str, data: bytes, words: str) -> None:
    result = await setup(world, file=(name, data))
    assert words in said(result)
    assert not [label for label in buttons(result) if label.startswith("Add")] if result.response else True
    assert await table(world, server_questions) == []


async def test_many_faults_come_as_a_file(world: World) -> None:
    rows = "".join(f"Question {n}?,yes,no,maybe,Z\n" for n in range(30)) + "And this?,yes,no,maybe,A\n" * 40
    result = await setup(world, file=("bad.csv", rows.encode()))
    assert result.followups
    assert "Everything that cannot be read" in said(result)
    (sent,) = result.followups[-1].attachments
    assert (await sent.read()).decode().count("\n") == 29


async def test_a_file_beside_other_options(world: World) -> None:
    refused = await setup(world, file=("club.csv", TABLE), time="09:00")
    assert "A file is imported by itself" in said(refused)


async def test_export_and_import_are_the_same(world: World) -> None:
    await added(world)
    await added(world, question="True or false: the mean is robust.", options="False")
    result = await click(world.mod, await setup(world), "Export")
    assert result.ephemeral
    assert result.response is not None
    before = [each for _, each in (await own(world).page(world.guild.id, 0)).questions]
    for sent in result.response.attachments:
        found = [each.question for each in read(await sent.read()).questions]
        assert [(each.prompt, each.options, each.explanation, each.reference) for each in found] == [
            (each.prompt, each.options, each.explanation, each.reference) for each in before
        ]


async def test_flagged_questions_are_shown_with_their_reasons(world: World) -> None:
    result = await setup(world)
    assert "No question of this server's own was reported" in said(
        await click(world.mod, result, "To look at")
    )
    await added(world)
    await world.app.services.quizzes.quality.report(
        world.member.id, world.guild.id, f"s{world.guild.id}:1", "It is *ambiguous*."
    )
    result = await setup(world)
    result = await click(world.mod, result, "To look at · 1")
    assert "- “It is \\*ambiguous\\*.”" in said(result)
    assert "Question 1" in said(await choose(world, result, "ownopen", "1"))


# --- Who may not --------------------------------------------------------------------------------------

ACTIONS = [
    "setpanel", "setdaily", "setstop", "ownadd", "ownlist:0", "ownedit:1:0", "ownremove:1:0", "ownback:1", "ownimport",
    "owntake:1:1", "owndrop:1:1", "ownundo:1:1", "ownexport", "ownflags",
]  # fmt: skip


async def test_members_may_do_none_of_it(world: World) -> None:
    await added(world)
    world.guild.set_command_permissions(world.command_id("setup"), {world.member: True})
    assert "Only people with Manage Server" in said(await setup(world, world.member))
    for action in ACTIONS:
        refused = await world.press(f"quiz:{action}", by=world.member)
        assert "Only people with Manage Server" in said(refused), action
    for action in ("settopics", "setareas", "ownopen:0", "ownlevel:1:0", "ownskill:1:0"):
        message = await world.old_message("quiz:setpanel")
        refused = await pick_old(world, message, f"quizzes:{action}")
        assert "Only people with Manage Server" in said(refused), action
    assert (await own(world).state(world.guild.id)).own == 1


async def pick_old(world: World, _message: Any, custom_id: str) -> simcord.InteractionResult:
    """Choose from a menu of a message that stands in the channel since who knows when."""
    from discord.http import Route

    from cogs.ui.cards import IS_COMPONENTS_V2

    options = [{"label": "1", "value": "1"}]
    body = {
        "flags": IS_COMPONENTS_V2,
        "components": [{"type": 1, "components": [{"type": 3, "custom_id": custom_id, "options": options}]}],
    }
    with world.env.time_context():
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=world.lounge.id)
        await world.app.bot.http.request(route, json=body)
    message = world.lounge.last_message
    assert message is not None
    return await world.member.select(message, ["1"], custom_id=custom_id)


async def test_a_moderator_who_is_none_any_more_submits_a_form(world: World) -> None:
    zed = world.join("zed", MANAGE)
    form = await click(zed, await setup(world, zed), "Add a question")
    role = next(r for r in world.env.backend.guilds[world.guild.id].roles.values() if r.name == "zed's")
    world.env.backend.edit_role(world.guild.id, role.id, {"permissions": Permissions.none().value})
    assert "Only people with Manage Server" in said(await zed.submit_modal(form, FORM))
    assert await table(world, server_questions) == []
