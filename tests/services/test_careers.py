"""What servers and members add to the careers, on real databases."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from bot.domain.fit import Grasp
from bot.domain.lookup import Ambiguous, Found, Kind, Nearest
from bot.domain.server_careers import MAX_FOLLOWED, MAX_OWN_ROLES, OwnLink, draft_link, draft_role
from bot.errors import UserError
from bot.services.careers import CareerService, is_about, paper_query
from bot.services.papers import RecentPapers
from bot.storage import papers
from bot.storage.engine import Database
from bot.storage.tables import member_skills
from tests.support.clock import FakeClock
from tests.support.fakes import batch, paper

EVERYTHING = frozenset(Kind)
CLUB, OTHER, MOD = 100, 200, 7


@pytest_asyncio.fixture
async def careers(db: Database, clock: FakeClock) -> CareerService:
    service = CareerService(db, clock, RecentPapers(db, clock))
    await service.load()
    return service


def tutor(title: str = "Community Tutor", aliases: str = "tutor, guide") -> Any:
    return draft_role(title, aliases, "Helps beginners with their first model.", "https://example.org/tutor")


async def test_nothing_is_known_before_it_is_loaded(db: Database, clock: FakeClock) -> None:
    service = CareerService(db, clock)
    with pytest.raises(RuntimeError, match="load"):
        _ = service.careers
    await service.load()
    first = service.careers
    await service.load()
    assert service.careers is first


# --- Discord roles --------------------------------------------------------------------------------------


async def test_a_discord_role_stands_for_a_career(careers: CareerService) -> None:
    await careers.link_role(CLUB, Kind.ROLE, "ml-engineer", 11, by=MOD)
    await careers.link_role(CLUB, Kind.TRACK, "nlp", 12, by=MOD)
    assert [(link.kind, link.target, link.discord_role_id) for link in await careers.role_links(CLUB)] == [
        ("role", "ml-engineer", 11),
        ("track", "nlp", 12),
    ]
    assert await careers.role_links(OTHER) == []
    assert await careers.unlink_role(OTHER, 11) is False
    assert await careers.unlink_role(CLUB, 11) is True
    assert await careers.unlink_role(CLUB, 11) is False
    assert [link.target for link in await careers.role_links(CLUB)] == ["nlp"]


async def test_neither_side_has_two_partners(careers: CareerService) -> None:
    await careers.link_role(CLUB, Kind.ROLE, "ml-engineer", 11, by=MOD)
    with pytest.raises(UserError, match="stands for something already"):
        await careers.link_role(CLUB, Kind.ROLE, "data-scientist", 11, by=MOD)
    with pytest.raises(UserError, match="has a Discord role already"):
        await careers.link_role(CLUB, Kind.ROLE, "ml-engineer", 12, by=MOD)
    await careers.link_role(OTHER, Kind.ROLE, "ml-engineer", 11, by=MOD)
    assert len(await careers.role_links(CLUB)) == 1


@pytest.mark.parametrize(
    ("kind", "target"), [(Kind.ROLE, "astronaut"), (Kind.TRACK, "ml-engineer"), (Kind.SKILL, "sql")]
)
async def test_only_careers_and_tracks_are_followed(careers: CareerService, kind: Kind, target: str) -> None:
    with pytest.raises(UserError, match="from the list"):
        await careers.link_role(CLUB, kind, target, 11, by=MOD)


async def test_a_menu_of_discord_roles_is_not_overfilled_at_once(careers: CareerService) -> None:
    roles = list(careers.careers.roles)[: MAX_FOLLOWED + 10]
    added = await gather(
        careers.link_role(CLUB, Kind.ROLE, role, number, by=MOD) for number, role in enumerate(roles, start=1)
    )
    assert len(await careers.role_links(CLUB)) == MAX_FOLLOWED
    assert sum(isinstance(each, UserError) for each in added) == 10


async def gather(work: Any) -> list[Any]:
    tasks: list[Coroutine[Any, Any, Any]] = list(work)
    return await asyncio.gather(*tasks, return_exceptions=True)


# --- What a server adds ---------------------------------------------------------------------------------


async def test_what_was_added_is_read_again_after_a_change_and_after_a_while(
    careers: CareerService, db: Database, clock: FakeClock
) -> None:
    other = CareerService(db, clock)  # in another process
    await other.load()
    link = OwnLink("ml-engineer", "Ours", "https://example.org")
    assert not (await careers.added(CLUB)).links
    id_ = await careers.add_link(CLUB, link, by=MOD)
    assert (await careers.added(CLUB)).links_of("ml-engineer") == [link]
    assert await other.remove_added(CLUB, id_, by=MOD)
    clock.advance(seconds=9)
    assert (await careers.added(CLUB)).links
    clock.advance(seconds=1)
    assert not (await careers.added(CLUB)).links
    await careers.add_link(CLUB, link, by=MOD)
    assert not (await careers.added(OTHER)).links


async def test_a_role_of_our_own_is_found_here_and_nowhere_else(careers: CareerService) -> None:
    id_ = await careers.add_own_role(CLUB, tutor(), by=MOD)
    for typed in ("community tutor", "Tutor", "comunity tutor", f"own:{id_}"):
        finding = await careers.find(typed, EVERYTHING, server_id=CLUB)
        assert isinstance(finding, Found), typed
        assert (finding.option.kind, finding.option.id) == (Kind.OWN, str(id_))
    for server in (OTHER, None):
        finding = await careers.find("community tutor", EVERYTHING, server_id=server)
        assert not isinstance(finding, Found) or finding.option.kind is not Kind.OWN
    offered = await careers.suggest("tut", EVERYTHING, server_id=CLUB)
    assert offered[0][0].title == "Community Tutor"
    assert len(await careers.suggest("", EVERYTHING, server_id=CLUB)) == 25
    assert (await careers.added(CLUB)).roles[id_] == tutor()


async def test_what_is_known_is_found_beside_it(careers: CareerService) -> None:
    await careers.add_own_role(CLUB, tutor(aliases="MLE, kagglist"), by=MOD)
    both = await careers.find("mle", EVERYTHING, server_id=CLUB)
    assert isinstance(both, Ambiguous)
    assert [each.kind for each in both.options] == [Kind.OWN, Kind.ROLE]
    known = await careers.find("kaggle", EVERYTHING, server_id=CLUB)
    assert isinstance(known, Found)
    assert known.option.id == "kaggle"
    assert isinstance(await careers.find("xyzzy plugh", EVERYTHING, server_id=CLUB), Nearest)


async def test_what_is_known_is_not_added_again(careers: CareerService) -> None:
    with pytest.raises(UserError, match="I know Data Scientist already"):
        await careers.add_own_role(CLUB, tutor("data  scientist"), by=MOD)
    await careers.add_own_role(CLUB, tutor(), by=MOD)
    with pytest.raises(UserError, match="of that name already"):
        await careers.add_own_role(CLUB, tutor("COMMUNITY TUTOR"), by=MOD)


async def test_what_is_added_is_removed_by_its_own_server_only(careers: CareerService) -> None:
    id_ = await careers.add_own_role(CLUB, tutor(), by=MOD)
    link = await careers.add_link(
        CLUB, draft_link("ml-engineer", "Our list", "https://example.org/a"), by=MOD
    )
    added = await careers.added(CLUB)
    assert added.links_of("ml-engineer") == [OwnLink("ml-engineer", "Our list", "https://example.org/a")]
    assert added.links_of("data-scientist") == []
    assert await careers.remove_added(OTHER, id_) is False
    assert await careers.remove_added(CLUB, id_) is True
    assert await careers.remove_added(CLUB, id_) is False
    assert list((await careers.added(CLUB)).links) == [link]


async def test_a_server_adds_only_so_much(careers: CareerService) -> None:
    added = await gather(
        careers.add_own_role(CLUB, tutor(f"Tutor {n}", ""), by=MOD) for n in range(MAX_OWN_ROLES + 4)
    )
    assert sum(isinstance(each, UserError) for each in added) == 4
    assert len((await careers.added(CLUB)).roles) == MAX_OWN_ROLES


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("", "", "x", ""), "title"),
        (("!!!", "", "x", ""), "title"),
        (("t" * 81, "", "x", ""), "title"),
        (("Tutor", "", "  ", ""), "what the role is"),
        (("Tutor", "a,b,c,d,e,f", "x", ""), "other names"),
        (("Tutor", "", "x", "example.org"), "web address"),
        (("Tutor", "", "x", "javascript:alert(1)"), "web address"),
        (("Tutor", "", "x", "https://me@example.org"), "web address"),
        (("Tutor", "", "x", "https://example.org/a b"), "web address"),
        (("Tutor", "", "x", "https://[broken"), "web address"),
    ],
)
def test_what_is_typed_is_checked(given: tuple[str, str, str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        draft_role(*given)


# --- What a member keeps --------------------------------------------------------------------------------


async def test_skills_are_kept_replaced_and_forgotten(careers: CareerService, db: Database) -> None:
    assert await careers.kept(5) == {}
    await careers.keep(5, {"sql": Grasp.STRONG, "python": Grasp.KNOW, "alchemy": Grasp.KNOW})
    await careers.keep(6, {"sql": Grasp.KNOW})
    assert await careers.kept(5) == {"sql": Grasp.STRONG, "python": Grasp.KNOW}
    await careers.keep(5, {"python": Grasp.STRONG})
    assert await careers.kept(5) == {"python": Grasp.STRONG}
    assert await careers.forget(5) == 1
    assert await careers.forget(5) == 0
    assert await careers.kept(5) == {}
    assert await careers.kept(6) == {"sql": Grasp.KNOW}
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(member_skills)) == 1


async def test_two_presses_of_keep_at_once(careers: CareerService) -> None:
    done = await gather(careers.keep(5, {"sql": Grasp.KNOW, "python": Grasp.STRONG}) for _ in range(8))
    assert done == [None] * 8
    assert await careers.kept(5) == {"sql": Grasp.KNOW, "python": Grasp.STRONG}


# --- Papers ---------------------------------------------------------------------------------------------


async def test_papers_with_the_skill_in_the_title(
    careers: CareerService, db: Database, clock: FakeClock
) -> None:
    skill = careers.careers.skills["diffusion-models"]
    assert await careers.recent_papers(skill) == []
    titles = [
        "Diffusion models for maps",
        "Bayes",
        "Stable diffusion, twice",
        "Score-based models",
        "Diffusion",
    ]
    found = [paper(f"2601.0000{n}", title=title) for n, title in enumerate(titles, start=1)]
    clock.advance(hours=1)
    async with db.write() as tx:
        await papers.store(tx, batch("cs.LG", *found), clock.now())
    assert [each.id for each in await careers.recent_papers(skill)] == [
        "2601.00005",
        "2601.00004",
        "2601.00003",
    ]


def test_a_search_for_skills_names_their_titles(careers: CareerService) -> None:
    skills = careers.careers.skills
    assert paper_query(skills["rag"]) == 'ti:"retrieval augmented generation" OR ti:"grounding"'
    assert paper_query(skills["r"]) == 'ti:"r programming" OR ti:"tidyverse" OR ti:"r language"'
    assert len(paper_query(*skills.values(), longest=60)) <= 60
    assert paper_query() == ""


# --- Events and quizzes ---------------------------------------------------------------------------------


def test_what_is_about_a_skill(careers: CareerService) -> None:
    skills = careers.careers.skills
    assert is_about(skills["apis"], "A talk on REST")
    assert not is_about(skills["apis"], "The rest of the day")
    assert is_about(skills["computer-vision"], "Study group", "computer-vision")
    assert not is_about(skills["r"], "R and D")
    assert is_about(skills["rag"], "RAG from scratch")
    assert not is_about(skills["rag"], "A drag race")


async def test_what_quizzes_showed(db: Database, clock: FakeClock) -> None:
    shown: dict[int, dict[str, Grasp]] = {1: {"sql": Grasp.STRONG, "alchemy": Grasp.KNOW}, 2: {}}

    async def quizzed(member_id: int) -> dict[str, Grasp] | None:
        return shown.get(member_id)

    service = CareerService(db, clock)
    await service.load()
    assert await service.known_from_quiz(1) is None, "no quiz has joined"
    service.joined_by(quizzed)
    assert await service.known_from_quiz(1) == {"sql": Grasp.STRONG}
    assert await service.known_from_quiz(2) is None
    assert await service.known_from_quiz(3) is None
    assert await service.kept(1) == {}, "nothing is stored"
