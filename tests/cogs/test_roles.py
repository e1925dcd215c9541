"""`/role` through Discord's command tree: every command in each of its outcomes."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import simcord
from discord import Permissions

from bot.domain.careers import Careers
from bot.domain.fit import Grasp
from bot.domain.lookup import Kind
from bot.services.careers import CareerService
from cogs.ui.roles.joins import Place, join, part
from tests.cogs.event_samples import ics, meetup
from tests.cogs.world import World, at, buttons, click, nodes, said

NAMES = Path(__file__).parents[1] / "content" / "careers_names.txt"


async def role(world: World, command: str, **options: Any) -> simcord.InteractionResult:
    """Type `/role …` as a member."""
    return await world.member.slash(world.lounge, f"role {command}", **options)


def service(world: World) -> CareerService:
    return world.app.services.careers


def careers(world: World) -> Careers:
    return service(world).careers


def message(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    """Return the message an answer stands in."""
    assert result.response is not None
    return result.response


def menus(result: simcord.InteractionResult) -> dict[str, list[dict[str, Any]]]:
    """Return the options of each menu of an answer, by custom id."""
    return {node["custom_id"]: node["options"] for node in nodes(result.response) if node["type"] == 3}


def pictures(result: simcord.InteractionResult) -> list[dict[str, Any]]:
    return [item for node in nodes(result.response) if node["type"] == 12 for item in node["items"]]


async def choose(
    world: World, result: simcord.InteractionResult, values: list[str], action: str, who: Any = None
) -> simcord.InteractionResult:
    """Choose in the menu of an answer that does an action and has these values."""
    (custom_id,) = [
        id_
        for id_, options in menus(result).items()
        if id_.startswith(f"roles:{action}") and set(values) <= {option["value"] for option in options}
    ]
    assert result.response is not None
    return await (who or world.member).select(result.response, values, custom_id=custom_id)


# --- /role info -----------------------------------------------------------------------------------------


async def test_a_role_in_its_sections(world: World) -> None:
    result = await role(world, "info", name="mle")
    assert not result.ephemeral
    answer = said(result)
    ml_engineer = careers(world).roles["ml-engineer"]
    assert answer.startswith("## Machine Learning Engineer\n-# mid · individual contributor · applied")
    assert ml_engineer.summary in answer
    assert all(f"- {line}" in answer for line in ml_engineer.day)
    assert ml_engineer.neighbours[0].difference in answer
    assert "USDOL/ETA" in answer
    assert "Checked <t:" in answer
    meant = ["Entry-Level Machine Learning Engineer", "Applied ML Engineer", "AI Software Engineer"]
    assert list(buttons(result)) == [
        *meant,
        *("Skills", "Ways in", "Next", "Path to this", "Compare", "Quiz me on this", "People", "Papers"),
    ]

    skills = await click(world.member, result, "Skills")
    assert message(skills).id == message(result).id, "the card changes in its place"
    assert "Python (expert)" in said(skills)
    assert f"**Tools:** {', '.join(ml_engineer.tools)}" in said(skills)
    (picture,) = pictures(skills)
    assert picture["description"].startswith("Skills of Machine Learning Engineer by group")
    assert "attachments" in picture["media"]["url"]

    ways = await click(world.member, skills, "Ways in")
    assert ml_engineer.education in said(ways)
    assert all(way in said(ways) for way in ml_engineer.ways_in)
    assert pictures(ways) == []

    last = await click(world.member, ways, "Next")
    assert "Senior Machine Learning Engineer" in said(last)
    assert "https://developers.google.com/machine-learning/guides/rules-of-ml" in said(last)
    seen = await choose(world, last, ["role:senior-ml-engineer"], "open")
    assert said(seen).startswith("## Senior Machine Learning Engineer")


async def test_an_answer_for_oneself(world: World) -> None:
    result = await role(world, "info", name="mle", private=True)
    assert result.ephemeral
    changed = await click(world.member, result, "Skills")
    assert message(changed).id == message(result).id


async def test_somebody_elses_card_is_left_alone(world: World) -> None:
    result = await role(world, "info", name="mle")
    other = world.join("zoe")
    seen = await click(other, result, "Skills")
    assert seen.ephemeral
    assert "Python (expert)" in said(seen)
    assert "### A day" in world.posts(world.lounge)[-1]


async def test_without_attach_files_there_is_a_card_without_a_picture(world: World) -> None:
    world.forbid(world.lounge, attach_files=True)
    skills = await click(world.member, await role(world, "info", name="mle"), "Skills")
    assert "Python (expert)" in said(skills)
    assert pictures(skills) == []


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("pytorch", "## PyTorch\n-# skill · Deep learning"),
        ("genai", "## Generative AI\n-# track · specialisation"),
        ("career changer", "## Career changer"),
        ("AWS Certified Machine Learning", "## AWS Certified Machine Learning\n-# certificate"),
        ("data scienist", "## Data Scientist"),
        ("skill:sql", "## SQL"),
    ],
)
async def test_what_is_no_role_gets_its_own_card(world: World, name: str, head: str) -> None:
    result = await role(world, "info", name=name)
    assert said(result).startswith(head)
    assert not result.ephemeral


async def test_every_name_gets_an_answer_that_discord_takes(world: World) -> None:
    """SimCord refuses what Discord would: more than 40 components or 4,000 characters, doubled ids."""
    names = [line for line in NAMES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    for name in names[::7]:
        result = await role(world, "info", name=name)
        assert "I do not know" not in said(result), name


async def test_an_unclear_name_is_asked_about(world: World) -> None:
    result = await role(world, "info", name="computer vision")
    assert result.ephemeral
    assert said(result).startswith("## Which one?\n“computer vision” can mean several things.")
    assert careers(world).tracks["computer-vision"].summary[:60] in said(result)
    assert list(buttons(result)) == ["Computer vision (skill)", "Computer Vision (track)"]
    answer = await click(world.member, result, "Computer Vision (track)")
    assert said(answer).startswith("## Computer Vision\n-# track")


async def test_nonsense_is_answered_with_the_nearest(world: World) -> None:
    result = await role(world, "info", name="[qwertz](https://evil.example) @everyone")
    assert result.ephemeral
    assert said(result).startswith("## I do not know “")
    assert "](https://evil" not in said(result)
    assert len(buttons(result)) == 3


async def test_names_are_completed(world: World) -> None:
    async def offered(command: str, option: str, typed: str) -> list[dict[str, Any]]:
        return list(await world.member.autocomplete(world.lounge, f"role {command}", option, typed))

    assert (await offered("info", "name", "maching lerning"))[0]["value"] == "skill:supervised-learning"
    assert {"name": "Machine Learning Engineer (MLE)", "value": "role:ml-engineer"} in await offered(
        "info", "name", "mle"
    )
    assert {"name": "Kaggle · advice", "value": "entry:kaggle"} in await offered("info", "name", "kagg")
    for command, option, kind in (
        ("compare", "first", "role"),
        ("compare", "second", "role"),
        ("path", "goal", "role"),
        ("skill", "name", "skill"),
        ("start", "background", "background"),
        ("list", "track", "track"),
    ):
        for typed in ("", "e", "computr"):
            found = await offered(command, option, typed)
            assert 0 < len(found) <= 25, (command, typed)
            assert {choice["value"].partition(":")[0] for choice in found} == {kind}
            assert all(1 <= len(choice["name"]) <= 100 for choice in found)
    assert {choice["value"].partition(":")[0] for choice in await offered("path", "start", "")} == {"role"}
    assert (await offered("path", "start", "self"))[0]["value"] == "background:self-taught"


async def test_papers_about_a_role(world: World) -> None:
    result = await role(world, "info", name="llm engineer")
    found = await click(world.member, result, "Papers")
    assert found.ephemeral
    assert "arXiv" in said(found)


# --- /role list -----------------------------------------------------------------------------------------


async def test_the_list_page_by_page(world: World) -> None:
    result = await role(world, "list")
    assert "66 roles · page 1 of 9" in said(result)
    assert list(buttons(result)) == ["After →"]
    seen: set[str] = set()
    for _ in range(9):
        seen |= {option["value"] for option in next(iter(menus(result).values()))}
        if "After →" in buttons(result):
            result = await click(world.member, result, "After →")
    assert len(seen) == 66
    opened = await choose(world, result, ["role:chief-ai-officer"], "open")
    assert said(opened).startswith("## Chief AI Officer")


async def test_the_list_filtered(world: World) -> None:
    answer = said(await role(world, "list", stage="lead", ladder="people", kind="applied"))
    assert answer.startswith("## Roles: lead · applied · people lead")
    assert "**Data Science Manager**" in answer
    assert "Principal" not in answer
    assert "NLP" not in said(await role(world, "list", track="track:nlp", stage="mid"))
    assert "**LLM Engineer**" in said(await role(world, "list", track="nlp", stage="mid"))
    assert "research" in said(await role(world, "list", track="research"))


async def test_filters_that_nothing_passes(world: World) -> None:
    result = await role(world, "list", stage="entry", track="edge ai")
    assert "No role fits all of that" in said(result)
    assert "66 roles" in said(await click(world.member, result, "All roles"))


async def test_a_track_that_is_not_known_is_asked_about(world: World) -> None:
    result = await role(world, "list", track="learnng", stage="mid")
    assert result.ephemeral
    first = next(iter(buttons(result)))
    assert said(await click(world.member, result, first)).startswith("## Roles: mid · ")


# --- /role compare --------------------------------------------------------------------------------------


async def test_two_roles_compared(world: World) -> None:
    result = await role(world, "compare", first="data scientist", second="ml engineer")
    assert not result.ephemeral
    answer = said(result)
    assert answer.startswith(
        "## Data Scientist or Machine Learning Engineer?\n**Data Scientist:** The data scientist delivers"
    )
    assert "\n**Machine Learning Engineer:** The ML engineer is done when the system runs by itself" in answer
    assert "**Both:** Python (strong / expert)" in answer
    assert "**Only Data Scientist:** Statistics" in answer
    assert "**Only Machine Learning Engineer:** Software testing" in answer
    assert "Data Scientist → Machine Learning Engineer (switch, about a year)" in answer
    assert "USDOL/ETA" in answer
    assert "|" not in answer, "a table would not fit a phone"
    path = await click(world.member, result, "Path to Machine Learning Engineer")
    assert said(path).startswith("## From Data Scientist to Machine Learning Engineer")


async def test_a_role_alone_is_compared_with_its_neighbour(world: World) -> None:
    answer = said(await role(world, "compare", first="prompt engineer"))
    neighbour = careers(world).roles["prompt-engineer"].neighbours[0].role
    assert answer.startswith(f"## Prompt Engineer or {careers(world).roles[neighbour].title}?")


async def test_the_same_role_twice(world: World) -> None:
    assert "Those are the same role" in said(await role(world, "compare", first="mle", second="ml engineer"))


async def test_two_unclear_roles_are_asked_about_one_by_one(world: World) -> None:
    first = await role(world, "compare", first="researcher", second="ai dev")
    assert said(first).startswith("## Which one?\n“researcher”")
    second = await click(world.member, first, "AI Research Scientist")
    assert said(second).startswith("## Which one?\n“ai dev”")
    answer = await click(world.member, second, "Generative AI Engineer")
    assert said(answer).startswith("## AI Research Scientist or Generative AI Engineer?")


async def test_a_skill_is_not_compared(world: World) -> None:
    result = await role(world, "compare", first="kubernetes", second="mle")
    assert said(result).startswith("## I do not know “kubernetes”")


async def test_comparing_from_a_card(world: World) -> None:
    result = await click(world.member, await role(world, "info", name="mle"), "Compare")
    assert result.ephemeral
    answer = await choose(world, result, ["mlops-engineer"], "with")
    assert said(answer).startswith("## Machine Learning Engineer or MLOps Engineer?")


# --- /role path -----------------------------------------------------------------------------------------


async def test_a_path_with_a_picture_and_alternatives(world: World) -> None:
    result = await role(world, "path", start="data analyst", goal="ai architect")
    assert not result.ephemeral
    answer = said(result)
    assert answer.startswith(
        "## From Data Analyst to AI Architect\n-# 3 steps · by specialising, by promotion and by switching"
    )
    assert "**1. Analytics Engineer** · mid · specialising, a few years" in answer
    assert "**2. Data Architect** · senior · promotion, several years" in answer
    assert "**3. AI Architect** · senior · switch, about a year" in answer
    assert "### What the goal asks for beyond the start" in answer
    assert answer.count("\n- **") == 3, "three things to do first"
    (picture,) = pictures(result)
    assert "AI Architect (senior)" in picture["description"]
    others = [label for label in buttons(result) if label.startswith("By ")]
    assert others
    other = await click(world.member, result, others[0])
    assert said(other) != answer
    assert said(other).startswith("## From Data Analyst to AI Architect")
    assert pictures(other) != []


async def test_a_path_from_a_background(world: World) -> None:
    answer = said(await role(world, "path", start="software background", goal="mle"))
    assert answer.startswith("## From Software engineer moving into AI to Machine Learning Engineer")
    assert "⚠️ This begins at mid and leaves out the entry stage" in answer
    assert "Train and evaluate three simple models" in answer


async def test_no_path(world: World) -> None:
    result = await role(world, "path", start="senior ml engineer", goal="ml intern")
    answer = said(result)
    assert "AI/ML Intern is a beginning: people come to it from their studies" in answer
    assert "The nearest that can be reached is **" in answer
    assert pictures(result) == []
    nearest = next(label for label in buttons(result) if label.startswith("Path to "))
    assert said(await click(world.member, result, nearest)).startswith(
        "## From Senior Machine Learning Engineer to"
    )
    back = said(await role(world, "path", start="nlp engineer", goal="data analyst"))
    assert "Data Analyst is one stage earlier. Nobody has to go back step by step" in back
    far = said(await role(world, "path", start="ai governance specialist", goal="robotics engineer"))
    assert "It is another profession" in far


async def test_a_path_back_says_so(world: World) -> None:
    answer = said(await role(world, "path", start="ai director", goal="ml engineer"))
    assert "**3. Machine Learning Engineer** · mid · switch, months" in answer
    assert "↩️ A step back, from executive to lead." in answer


async def test_from_here_to_here(world: World) -> None:
    assert "where you are already" in said(await role(world, "path", start="mle", goal="ml engineer"))


async def test_a_goal_is_picked_afterwards(world: World) -> None:
    result = await role(world, "path", start="student")
    assert said(result).startswith("## From Student\nWhere do you want to go?")
    answer = await choose(world, result, ["ai-ml-intern"], "goal")
    assert said(answer).startswith("## From Student to AI/ML Intern")
    back = await role(world, "path", start="caio")
    assert said(back).startswith("## From Chief AI Officer\nWhere do you want to go?")
    offered = [option["value"] for options in menus(back).values() for option in options]
    assert offered[:2] == ["ai-director", "ai-consultant"]
    assert "ai-ml-intern" not in offered


async def test_where_a_role_leads_by_sort(world: World) -> None:
    card = await click(world.member, await role(world, "info", name="senior ml engineer"), "Next")
    answer = said(card)
    assert "**Up**\n- Principal ML Engineer (several years). Solve problems that cut across teams" in answer
    assert "**Across:** " in answer
    assert "**A step back:** Machine Learning Engineer, ML Platform Engineer" in answer
    ways = said(await click(world.member, card, "Ways in"))
    assert "Engineering Manager" not in ways, "nobody gets there by stepping back"


async def test_a_start_is_picked_on_a_card(world: World) -> None:
    result = await click(world.member, await role(world, "info", name="mle"), "Path to this")
    assert result.ephemeral
    answer = await choose(world, result, ["background:self-taught"], "from")
    assert said(answer).startswith("## From Self-taught to Machine Learning Engineer")


async def test_unclear_ends_of_a_path_are_asked_about(world: World) -> None:
    start = await role(world, "path", start="analyst", goal="ai dev")
    goal = await click(world.member, start, "Data Analyst")
    assert said(goal).startswith("## Which one?\n“ai dev”")
    answer = await click(world.member, goal, "AI Engineer")
    assert said(answer).startswith("## From Data Analyst to AI Engineer")
    where = await role(world, "path", start="researcher")
    answer = await click(world.member, where, "AI Research Assistant")
    assert said(answer).startswith("## From AI Research Assistant\n")


# --- /role match ----------------------------------------------------------------------------------------


async def tick(world: World, result: simcord.InteractionResult, *skills: str) -> simcord.InteractionResult:
    """Tick skills, each in the menu that has it on this page."""
    for skill in skills:
        custom_id, options = next(
            (id_, options)
            for id_, options in menus(result).items()
            if skill in [option["value"] for option in options]
        )
        values = [option["value"] for option in options if option.get("default")]
        assert result.response is not None
        result = await world.member.select(result.response, [*values, skill], custom_id=custom_id)
    return result


async def test_ticks_lead_to_roles_and_survive_a_restart(world: World) -> None:
    result = await role(world, "match")
    assert result.ephemeral
    assert "Nothing is stored" in said(result)
    result = await tick(world, result, "sql", "pandas", "python", "statistics")
    assert "4 skills ticked" in said(result)
    await world.restart()
    result = await click(world.member, result, "More skills →")
    result = await tick(world, result, "docker")
    result = await click(world.member, result, "Where I am strong")
    options = next(iter(menus(result).values()))
    assert {option["value"] for option in options} == {
        "sql",
        "pandas",
        "docker",
        "statistics",
        "python",
    }
    result = await choose(world, result, ["python"], "strong")
    assert [o["value"] for o in next(iter(menus(result).values())) if o.get("default")] == ["python"]
    result = await click(world.member, result, "Show roles")
    answer = said(result)
    assert answer.startswith("## Roles that ask for what you know\n-# from 5 skills you ticked")
    assert "**Junior Data Scientist**" in answer
    assert "You have 4 of the 6 skills it needs" in answer
    assert "Missing: Supervised learning and Exploratory data analysis." in answer
    assert "not a verdict" in answer
    assert "%" not in answer
    assert await service(world).kept(world.member.id) == {}
    opened = await choose(world, result, ["role:junior-data-scientist"], "peek")
    assert opened.ephemeral
    assert message(opened).id != message(result).id


async def test_keeping_and_forgetting(world: World) -> None:
    result = await tick(world, await role(world, "match"), "sql", "pandas", "statistics")
    result = await click(world.member, result, "Show roles")
    result = await click(world.member, result, "Keep my skills")
    assert "Your skills are kept, for you alone" in said(result)
    assert await service(world).kept(world.member.id) == dict.fromkeys(
        ["sql", "pandas", "statistics"], Grasp.KNOW
    )
    assert await service(world).kept(world.mod.id) == {}
    again = await role(world, "match")
    assert "3 skills ticked" in said(again)
    assert "you asked me to keep" in said(again)
    forgotten = await click(world.member, again, "Forget them")
    assert "Your skills are deleted" in said(forgotten)
    assert await service(world).kept(world.member.id) == {}
    assert "0 skills ticked" in said(await role(world, "match"))
    assert "I kept nothing" in said(await world.press("role:forget", by=world.member))


async def test_a_tick_is_taken_back(world: World) -> None:
    result = await tick(world, await role(world, "match"), "sql", "pandas", "linear-algebra")
    custom_id = next(id_ for id_, options in menus(result).items() if "sql" in [o["value"] for o in options])
    result = await world.member.select(message(result), ["pandas"], custom_id=custom_id)
    assert "2 skills ticked" in said(result)


async def test_too_few_ticks(world: World) -> None:
    result = await click(world.member, await role(world, "match"), "Show roles")
    assert "Tick at least 3 skills first" in said(result)


async def test_ticks_of_another_list_of_skills(world: World) -> None:
    result = await world.press("role:fits:AAAAabc", by=world.member)
    assert "My list of skills has changed" in said(result)
    assert result.ephemeral


async def test_ticks_from_quizzes_when_they_may_be_used(world: World) -> None:
    result = await role(world, "match")
    assert "Use my quiz results" not in buttons(result), "nobody keeps any"

    shown: dict[int, dict[str, Grasp]] = {
        world.member.id: {"sql": Grasp.STRONG, "python": Grasp.KNOW, "alchemy": Grasp.KNOW}
    }

    async def quizzed(member_id: int) -> dict[str, Grasp] | None:
        return shown.get(member_id)

    service(world).joined_by(quizzed)
    old = await tick(world, await role(world, "match"), "linear-algebra")
    assert "Use my quiz results" in buttons(old)
    seen = await click(world.member, old, "Use my quiz results")
    assert "3 skills ticked" in said(seen), "those that were ticked stay"
    assert "Ticked from your quizzes as well" in said(seen)
    assert await service(world).kept(world.member.id) == {}, "nothing is stored"
    other = await world.join("yan").slash(world.lounge, "role match")
    assert "Use my quiz results" not in buttons(other)
    old = await role(world, "match")
    shown.clear()
    assert "no quiz results that I may use" in said(await click(world.member, old, "Use my quiz results"))


# --- Other features -------------------------------------------------------------------------------------


@pytest.fixture
def quiz(world: World) -> Iterator[list[list[str]]]:
    """A quiz of our own has joined in the place of the real one; yields what it was asked about."""
    asked: list[list[str]] = []

    async def press(interaction: Any, skills: Sequence[str]) -> None:
        asked.append(list(skills))
        await interaction.response.send_message("Question 1", ephemeral=True)

    join(Place.QUIZ, press)
    yield asked
    part(Place.QUIZ)


@pytest.fixture
def people(world: World) -> Iterator[None]:
    """Members who help have joined, in the place of the real ones."""

    async def press(interaction: Any, skills: Sequence[str]) -> None:
        await interaction.response.send_message(f"Zoe helps with {skills[0]}", ephemeral=True)

    async def tell(_interaction: Any, skills: Sequence[str]) -> str:
        return "3 members help with it." if skills == ["sql"] else ""

    join(Place.PEOPLE, press, tell=tell)
    yield
    part(Place.PEOPLE)


@pytest.mark.usefixtures("people")
async def test_features_that_join_a_role(world: World, quiz: list[list[str]]) -> None:
    card = await role(world, "info", name="data scientist", private=True)
    assert list(buttons(card))[-5:] == ["Path to this", "Compare", "Quiz me on this", "People", "Papers"]
    assert said(await click(world.member, card, "Quiz me on this")) == "Question 1"
    (asked,) = quiz
    assert "python" in asked
    assert "communication" not in asked, "no quiz examines it"
    assert "Zoe helps" in said(await click(world.member, card, "People"))


@pytest.mark.usefixtures("people")
async def test_features_that_join_a_skill(world: World, quiz: list[list[str]]) -> None:
    card = await role(world, "skill", name="sql")
    assert "3 members help with it." in said(card)
    await click(world.member, card, "Quiz me on this")
    assert quiz == [["sql"]]
    other = await role(world, "skill", name="teamwork")
    assert "Quiz me on this" not in buttons(other), "no topic of a quiz"
    assert "members help" not in said(other)


async def test_without_other_features_there_are_no_buttons(world: World, quiz: list[list[str]]) -> None:
    part(Place.PEOPLE)
    card = await role(world, "skill", name="sql")
    assert "People" not in buttons(card)
    part(Place.QUIZ)
    assert "switched off" in said(await click(world.member, card, "Quiz me on this"))
    assert quiz == []
    assert "Quiz me on this" not in buttons(await role(world, "skill", name="sql"))


async def test_events_about_a_skill(world: World) -> None:
    start = at("2026-01-03 18:00")
    events = [
        meetup("a", "SQL for the rest of us", start),
        meetup("b", "An evening of sequels", start + timedelta(days=1)),
        meetup("c", "Window functions, hands on", start + timedelta(days=2), CATEGORIES="SQL"),
    ]
    url = world.arxiv.page("/circle.ics", ics(*events))
    assert "is set" in said(await world.feed("meetups", channel=world.papers, url=url))
    answer = said(await role(world, "skill", name="sql"))
    assert "### Coming up here\n- SQL for the rest of us · <t:" in answer
    assert "sequels" not in answer
    assert "Coming up here" not in said(await role(world, "skill", name="apis"))


# --- /role skill, /role start ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mathematics", "frameworks", "big data", "cloud", "soft skills"])
async def test_a_foundation(world: World, name: str) -> None:
    answer = await role(world, "info", name=name)
    assert "-# track · foundation" in said(answer)
    (options,) = menus(answer).values()
    first = options[0]["value"]
    assert said(await choose(world, answer, [first], "open")).startswith("## ")
    assert said(await role(world, "list", track=name)).startswith("## ")


async def test_advice_names_no_source_that_it_has_not(world: World) -> None:
    assert "no source stands behind it" in said(await role(world, "info", name="bootcamps"))


async def test_what_a_name_also_means_is_a_press_away(world: World) -> None:
    card = await role(world, "info", name="machine learning engineer", private=True)
    assert r"-# Or did you mean one of these? O\*NET lists the title under three occupations" in said(card)
    other = await click(world.member, card, "Entry-Level Machine Learning Engineer")
    assert said(other).startswith("## Entry-Level Machine Learning Engineer")


async def test_a_skill(world: World) -> None:
    result = await role(world, "skill", name="pytorh")
    answer = said(result)
    skill = careers(world).skills["pytorch"]
    assert answer.startswith("## PyTorch")
    assert skill.summary in answer
    assert skill.why in answer
    assert all(step in answer for step in skill.steps)
    assert skill.reference.url in answer
    assert "Neural networks → PyTorch" in answer
    assert "**Needed, expert:** AI Research Engineer" in answer
    before = await click(world.member, result, "Neural networks")
    assert said(before).startswith("## Neural networks")
    needing = await choose(world, before, ["role:quantum-ml-researcher"], "open")
    assert said(needing).startswith("## Quantum ML Researcher")


async def test_a_skill_that_needs_nothing_first(world: World) -> None:
    assert "**First:** nothing" in said(await role(world, "skill", name="python"))


async def test_a_role_is_no_skill(world: World) -> None:
    result = await role(world, "skill", name="astronaut training")
    assert result.ephemeral
    assert "I do not know" in said(result)


async def test_a_plan_for_a_start(world: World) -> None:
    result = await role(world, "start", background="selftaught")
    answer = said(result)
    start = careers(world).backgrounds["self-taught"]
    for text in (
        start.summary,
        "### The first month",
        "### The first quarter",
        "### The first year",
        *start.tips,
    ):
        assert text in answer
    for step in (*start.first_month, *start.first_quarter, *start.first_year):
        assert step.text in answer
    assert careers(world).roles[start.first_roles[0]].title in buttons(result)
    entry = await choose(world, result, ["entry:kaggle"], "open")
    assert said(entry).startswith("## Kaggle")


async def test_a_start_that_is_none(world: World) -> None:
    result = await role(world, "start", background="plumber")
    assert result.ephemeral
    assert "I do not know “plumber”" in said(result)


async def test_from_a_start_to_a_role(world: World) -> None:
    result = await click(world.member, await role(world, "start", background="student"), "Path to a role")
    assert said(await choose(world, result, ["ml-engineer"], "goal")).startswith("## From Student to Machine")


# --- Old cards ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("custom_id", "words"),
    [
        ("role:open:role:ml-engineer", "## Machine Learning Engineer"),
        ("role:open:role:ml-engineer:hobbies", "### A day"),
        ("role:open:role:astronaut", "I no longer have that"),
        ("role:open:potion:x", "I no longer have that"),
        ("role:open:own:99", "I no longer have that"),
        ("role:from:astronaut", "I no longer have that"),
        ("role:with:astronaut", "I no longer have that"),
        ("role:goal:astronaut", "I no longer have that"),
        ("role:papers:skill:alchemy", "I no longer have that"),
        ("role:compare:astronaut:ml-engineer", "I do not know"),
        ("role:path:ml-engineer:astronaut:0", "I do not know"),
        ("role:list:0:-:alchemy:-:-", "I no longer have that"),
        ("role:list:99:mid:-:-:-", "## Roles: mid"),
        ("role:dance", "older version"),
    ],
)
async def test_buttons_of_old_cards(world: World, custom_id: str, words: str) -> None:
    await world.restart()
    assert words in said(await world.press(custom_id, by=world.member))


# --- /role follow ---------------------------------------------------------------------------------------


async def offer(
    world: World, target: str = "ml-engineer", name: str = "ml", **fields: Any
) -> simcord.RoleHandle:
    """Create a Discord role and let followers of a career have it."""
    made = world.guild.create_role(name, **fields)
    await service(world).link_role(world.guild.id, Kind.ROLE, target, made.id, by=world.mod.id)
    return made


def has(world: World, *roles: simcord.RoleHandle) -> list[bool]:
    member = world.env.backend.guilds[world.guild.id].members[world.member.id]
    return [each.id in member.role_ids for each in roles]


async def test_following_and_leaving(world: World) -> None:
    ml, data = await offer(world), await offer(world, "data-scientist", "data")
    result = await role(world, "follow")
    assert result.ephemeral
    result = await choose(world, result, [str(ml.id)], "follow")
    assert "You now follow Machine Learning Engineer." in said(result)
    assert has(world, ml, data) == [True, False]
    await world.restart()
    result = await choose(world, result, [str(data.id)], "follow")
    assert "You now follow Data Scientist." in said(result)
    assert "You no longer follow Machine Learning Engineer." in said(result)
    assert has(world, ml, data) == [False, True]
    again = await role(world, "follow")
    assert [o["value"] for o in next(iter(menus(again).values())) if o.get("default")] == [str(data.id)]
    assert "no longer follow Data Scientist" in said(await choose(world, again, [], "follow"))
    assert has(world, ml, data) == [False, False]


async def test_nothing_to_follow(world: World) -> None:
    result = await role(world, "follow")
    assert result.ephemeral
    assert "There is nothing to follow here yet" in said(result)


async def test_what_cannot_be_given_is_not_offered(world: World) -> None:
    await offer(world, "ml-engineer", "boss", permissions=Permissions(ban_members=True))
    await offer(world, "data-scientist", "app", managed=True)
    gone = await offer(world, "data-analyst", "gone")
    world.env.backend.delete_role(world.guild.id, gone.id)
    assert "nothing to follow" in said(await role(world, "follow"))


async def test_a_role_that_gained_powers_meanwhile(world: World) -> None:
    ml = await offer(world)
    result = await role(world, "follow")
    world.env.backend.edit_role(world.guild.id, ml.id, {"permissions": Permissions(kick_members=True).value})
    answer = said(await choose(world, result, [str(ml.id)], "follow"))
    assert "carries powers of moderators (Kick Members)" in answer
    assert has(world, ml) == [False]


async def test_a_role_that_was_deleted_meanwhile(world: World) -> None:
    ml = await offer(world)
    result = await role(world, "follow")
    world.env.backend.delete_role(world.guild.id, ml.id)
    assert "was deleted" in said(await choose(world, result, [str(ml.id)], "follow"))


async def test_a_role_that_was_taken_off_the_list_meanwhile(world: World) -> None:
    ml = await offer(world)
    result = await role(world, "follow")
    await service(world).unlink_role(world.guild.id, ml.id)
    assert "not on offer any more" in said(await choose(world, result, [str(ml.id)], "follow"))


async def test_a_permission_that_goes_away_at_that_very_moment(world: World) -> None:
    ml = await offer(world)
    result = await role(world, "follow")
    world.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013, times=5)
    assert "Discord did not let me change your roles" in said(
        await choose(world, result, [str(ml.id)], "follow")
    )
    assert has(world, ml) == [False]
