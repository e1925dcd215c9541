"""Every card of `/role` for everything that is known: within Discord's limits, and every credit is given."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.content.careers import load_careers
from bot.domain.careers import Careers
from bot.domain.events import Event, EventKind
from bot.domain.fit import Grasp, TickSheet, compare, rank
from bot.domain.lookup import Ambiguous, Directory, Kind, Nearest, Option
from bot.domain.paths import Atlas
from bot.domain.server_careers import OwnLink, OwnRole
from bot.pictures import draw_profile, draw_way, render
from bot.pictures.drawing import lines, text
from bot.tree import is_known
from cogs.roles import choice_name
from cogs.ui.cards import MAX_CHARACTERS, MAX_COMPONENTS
from cogs.ui.roles.comparing import compare_page, with_page
from cogs.ui.roles.items import RoleButton
from cogs.ui.roles.joins import Place
from cogs.ui.roles.journeys import from_page, goal_page, journey_page
from cogs.ui.roles.listing import Filter, list_page
from cogs.ui.roles.matching import fits_page, menus, page_count, strong_page, tick_page
from cogs.ui.roles.pages import Page
from cogs.ui.roles.questions import REST, question_page, word
from cogs.ui.roles.role_card import SECTIONS, role_page
from cogs.ui.roles.things import background_page, entry_page, skill_page, track_page
from tests.support import fakes

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def careers() -> Careers:
    return load_careers()


def nodes(page: Page) -> Iterator[dict[str, Any]]:
    waiting: list[Any] = list(page.view().to_components())  # type: ignore[no-untyped-call]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.get("components", [])


def check(page: Page) -> str:
    """Hold a page against the limits of https://discord.com/developers/docs/components/reference; return its text."""
    found = list(nodes(page))
    told = "\n".join(node["content"] for node in found if node["type"] == 10)
    ids = [node["custom_id"] for node in found if "custom_id" in node]
    assert len(found) <= MAX_COMPONENTS
    assert len(told) <= MAX_CHARACTERS
    assert len(set(ids)) == len(ids)
    assert all(len(id_) <= 100 and is_known(id_) for id_ in ids), ids
    for node in found:
        if node["type"] == 1:
            assert 1 <= len(node["components"]) <= 5
        if node["type"] == 2:
            assert 1 <= len(node["label"]) <= 80
        if node["type"] == 3:
            values = [option["value"] for option in node["options"]]
            assert 1 <= len(values) == len(set(values)) <= 25
            for option in node["options"]:
                assert 1 <= len(option["label"]) <= 100
                assert len(option.get("description") or "") <= 100
    return told


def test_roles(careers: Careers) -> None:
    links = [OwnLink("x", f"{n}" * 80, "https://example.org/" + "x" * 270) for n in range(9)]
    for role in careers.roles.values():
        joined = [
            RoleButton("join", place.value, "role", role.id, label="Quiz me on this") for place in Place
        ]
        for section in SECTIONS:
            told = check(role_page(careers, role, section, links=links, joined=joined))
            for source in role.sources:
                attribution = careers.sources[source].attribution
                shown = (attribution or "").replace("O*NET", r"O\*NET")
                assert shown in told, (role.id, section)
        check(with_page(careers, role))
        check(from_page(careers, role))


def test_skills_tracks_starts_and_advice(careers: Careers) -> None:
    event = Event("e", EventKind.MEETUP, "[E](x)" * 30, datetime(2026, 1, 2, tzinfo=UTC), None, "UTC")
    recent = [fakes.paper(f"2601.0000{n}", title="*P* " * 60) for n in range(3)]
    joined = [RoleButton("join", place.value, "skill", "sql", label="Quiz me on this") for place in Place]
    for skill in careers.skills.values():
        check(skill_page(careers, skill))
        told = ["3 members of this server help with it."] * 2
        check(skill_page(careers, skill, recent, coming=[event] * 3, told=told, joined=joined))
    for track in careers.tracks.values():
        check(track_page(careers, track))
    for start in careers.backgrounds.values():
        check(background_page(careers, start))
    for entry in careers.entries.values():
        check(entry_page(careers, entry))


def test_no_star_begins_italics(careers: Careers) -> None:
    """O*NET is a name with a star in it; two of them in one text would slant what is between."""
    directory = Directory.of(careers)
    for item in careers.ambiguities:
        finding = directory.find(item.spelling)
        if isinstance(finding, Ambiguous):
            assert "O*NET" not in check(question_page(careers, item.spelling, finding, "open", []))
    for role in careers.roles.values():
        assert "O*NET" not in check(role_page(careers, role, "next"))


def test_comparisons_of_all_pairs(careers: Careers) -> None:
    for first in careers.roles:
        for second in list(careers.roles)[::4]:
            if first != second:
                told = check(compare_page(careers, compare(careers, first, second)))
                assert "USDOL" in told or not any(
                    source.startswith("onet")
                    for role in (first, second)
                    for source in careers.roles[role].sources
                )


def test_journeys(careers: Careers) -> None:
    atlas = Atlas(careers)
    for start in [*careers.roles, *careers.backgrounds]:
        check(goal_page(careers, atlas, start))
        for goal in list(careers.roles)[::5]:
            if start != goal:
                found = atlas.journey(start, goal)
                for number in range(max(1, len(found.ways))):
                    check(journey_page(careers, found, number))


def test_lists(careers: Careers) -> None:
    own = {n: OwnRole("[T](https://x.example)" * 3, (), "*s*" * 200, "") for n in range(25)}
    for page in range(13):
        told = check(list_page(careers, Filter(), page, own))
    assert not re.search(r"(?<!\\)\]\(", told)
    for track in careers.tracks:
        check(list_page(careers, Filter(track=track, stage="executive"), 0, {}))


def test_matching_with_everything_ticked(careers: Careers) -> None:
    sheet = TickSheet(careers.skills)
    profile = dict.fromkeys(careers.skills, Grasp.STRONG)
    for page in range(page_count(careers)):
        check(tick_page(careers, sheet, profile, page, kept=True))
    check(tick_page(careers, sheet, profile, 0, kept=True, quizzed=True, told="Ticked."))
    check(strong_page(careers, sheet, profile))
    check(fits_page(careers, sheet, profile, rank(careers, profile)))
    check(fits_page(careers, sheet, profile, (), kept=False))


def test_every_skill_can_be_ticked_once(careers: Careers) -> None:
    offered = [skill for _, ids in menus(careers) for skill in ids]
    assert sorted(offered) == sorted(careers.skills)


def test_questions(careers: Careers) -> None:
    directory = Directory.of(careers)
    for item in careers.ambiguities:
        finding = directory.find(item.spelling)
        if isinstance(finding, Ambiguous):
            check(question_page(careers, item.spelling, finding, "open", []))
            check(question_page(careers, item.spelling, finding, "path", [REST, word("ü" * 100), 0]))
            check(question_page(careers, item.spelling, finding, "compare", [word("a:b" * 33), REST]))
    told = check(question_page(careers, "nothing", Nearest(()), "open", []))
    assert "I do not know" in told


def test_choices_fit(careers: Careers) -> None:
    for name, kind, id_ in careers.names():
        for several in (True, False):
            assert 1 <= len(choice_name(Option(Kind(kind), id_, "x" * 80), name * 3, several=several)) <= 100


# --- Pictures -------------------------------------------------------------------------------------------


async def test_pictures_are_png_and_described(careers: Careers) -> None:
    way = Atlas(careers).journey("data-analyst", "ai-architect").ways[0]
    for picture in (draw_way(careers, way), draw_profile(careers, careers.roles["ml-engineer"])):
        assert (await render(picture)).startswith(PNG)
        assert 20 < len(picture.alt) <= 1024
    assert all(careers.roles[step.role].title in draw_way(careers, way).svg for step in way.steps)


async def test_a_picture_has_letters_where_no_font_is_installed(careers: Careers) -> None:
    """The fonts are our own: without them the text would be missing and the picture much smaller."""
    picture = draw_profile(careers, careers.roles["ml-engineer"])
    bare = type(picture)(re.sub(r"<text.*?</text>", "", picture.svg), picture.alt, picture.name)
    assert len(await render(picture)) > 2 * len(await render(bare))


async def test_text_in_pictures_is_escaped(careers: Careers) -> None:
    evil = '</text><image href="/etc/passwd"/>&\x00\ud800'
    role = replace(careers.roles["ml-engineer"], title=evil)
    picture = draw_profile(careers, role)
    assert "<image" not in picture.svg
    assert (await render(picture)).startswith(PNG)
    assert text(0, 0, "a<b & c").count("&lt;") == 1


def test_every_picture_fits_its_width(careers: Careers) -> None:
    for role in careers.roles.values():
        assert " …" not in "".join(lines(role.title, 588, 28))
        assert len(draw_profile(careers, role).alt) <= 1024
