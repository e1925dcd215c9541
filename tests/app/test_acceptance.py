"""What issue 2 must show: an arXiv list of a real day reaches a channel, once, through the whole program.

The captures are not part of the project; these tests run where they lie beside it.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.cogs.world import World, at, open_world, rss, said, shown_and_more

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "arxiv_rss"

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not beside the project")

ATOM = "atom_cs.AI_2025-08-20_86entries.xml"
RSS = "gen_rss_cs.AI_2025-08-20_86items.xml"


def capture(name: str) -> bytes:
    return (CAPTURES / name).read_bytes()


def titles(posts: list[str]) -> list[str]:
    return re.findall(r"^### (.*)$", "\n".join(posts), re.MULTILINE)


@pytest_asyncio.fixture
async def world(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, template=sqlite_template) as world:
        yield world


async def to_nine_in_paris(world: World) -> None:
    """The clock passes 09:00 in the moderator's zone; before it nothing is posted."""
    await world.advance(hours=7.9)
    await world.run_due()
    assert world.clock.now() < at("2026-01-01 08:00")
    assert world.posts() == []
    await world.advance(hours=0.2)
    await world.run_due()


@pytest.mark.parametrize("name", [ATOM, RSS])
async def test_the_digest_arrives_once(world: World, name: str) -> None:
    world.arxiv.serve("cs.AI", capture(name))
    answer = said(await world.make(categories="cs.AI", zone="Europe/Paris"))
    assert "weekdays at 09:00, Europe/Paris" in answer
    await to_nine_in_paris(world)

    posts = world.posts()
    shown, more = shown_and_more(posts)
    assert (shown, more) == (10, 31)  # 41 of the 86 are new, the others cross-listed
    assert "## 41 new papers" in posts[0]
    assert "Thank you to arXiv" in posts[-1]
    assert len(set(titles(posts))) == 10

    # Nothing on the next run, nor on those of the rest of the day and of the next.
    for hours in (0, 0.1, 1, 12):
        await world.advance(hours=hours)
        await world.run_due()
        assert world.posts() == posts
    await world.next_day()
    assert world.posts() == posts
    answer = said(await world.feed("list"))
    assert "cs.AI: fine: read" in answer or "serving an old list" in answer


async def test_every_new_paper_can_be_posted(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.make(categories="cs.AI", zone="Europe/Paris", limit=25)
    await to_nine_in_paris(world)
    assert shown_and_more(world.posts()) == (25, 16)


async def test_nothing_is_doubled_after_a_restart(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await to_nine_in_paris(world)
    posts = world.posts()
    await world.restart()
    await world.run_due()
    assert world.posts() == posts
    await world.advance(hours=25)
    await world.run_due()
    assert world.posts() == posts


async def test_a_restart_before_the_hour_loses_nothing(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await world.run_due()
    await world.restart()
    await to_nine_in_paris(world)
    assert shown_and_more(world.posts()) == (10, 31)


async def test_downtime_over_the_hour_is_made_up_for_once(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await world.advance(days=4)
    await world.run_due()
    assert shown_and_more(world.posts()) == (10, 31)
    await world.run_due()
    assert shown_and_more(world.posts()) == (10, 31)


async def test_a_second_version_is_not_new(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await to_nine_in_paris(world)
    posts = world.posts()
    again, count = re.subn(rb"(\d{4}\.\d{5})v1\b", rb"\1v2", capture(ATOM))
    assert count >= 86
    world.arxiv.serve("cs.AI", again)
    await world.next_day()
    await world.next_day()
    assert world.posts() == posts
    assert "no new paper fitted" in said(await world.feed("list"))
    assert "nothing now" in said(await world.feed("preview", feed="1"))


async def test_the_same_papers_in_the_other_format_are_not_new(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await to_nine_in_paris(world)
    posts = world.posts()
    world.arxiv.serve("cs.AI", capture(RSS))
    await world.next_day()
    assert world.posts() == posts


async def test_a_paper_in_two_categories_is_one_paper(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    world.arxiv.serve("cs.LG", capture(ATOM))
    await world.make(categories="cs.AI, cs.LG", zone="Europe/Paris")
    await to_nine_in_paris(world)
    assert shown_and_more(world.posts()) == (10, 31)


async def test_two_real_days(world: World) -> None:
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await to_nine_in_paris(world)
    before = len(world.posts())
    world.arxiv.serve("cs.AI", capture("rss_cs.AI_2026-04-27_trimmed2.xml"))
    await world.next_day()
    [post] = world.posts()[before:]
    assert "## 2 new papers" in post
    assert "### Math Takes Two: A test for emergent mathematical reasoning in communication" in post


async def test_an_error_and_a_quiet_day_are_told_apart(world: World) -> None:
    world.arxiv.serve("cs.LG", capture("gen_rss_cs.LG_empty_saturday.xml"))
    world.arxiv.serve("cs.AI", capture("gen_rss_error400_bad_archive.xml"), status=400)
    await world.make(categories="cs.LG", zone="Europe/Paris")
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await to_nine_in_paris(world)
    first, second = said(await world.feed("list")).split("**Feed 2**")
    assert "cs.LG: quiet: arXiv lists no papers today" in first
    assert "failing" not in first
    assert "cs.AI: failing since" in second
    assert "arXiv refused the request: Bad archive 'machinelearning'." in second
    assert "quiet" not in second
    assert world.posts() == []
    # When it works again the feed has lost nothing.
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.advance(hours=1)
    await world.run_due()
    assert shown_and_more(world.posts()) == (10, 31)


async def test_an_error_feed_with_status_200_is_no_quiet_day(world: World) -> None:
    world.arxiv.serve("cs.AI", capture("gen_rss_error400_bad_version.xml"))
    await world.make(categories="cs.AI")
    await world.run_due()
    assert "cs.AI: failing since" in said(await world.feed("list"))


async def test_only_new_papers_of_a_mixed_list_are_posted(world: World) -> None:
    """All four announce types, old ids, affiliations and LaTeX."""
    world.arxiv.serve("cs.LG", capture("gen_atom_mixed_all4types_oldids_affil_latex.xml"))
    await world.make(categories="cs.LG", zone="Europe/Paris")
    await to_nine_in_paris(world)
    assert shown_and_more(world.posts()) == (3, 0)
    text = "\n".join(world.posts())
    assert "cross-list" not in text
    assert "new version" not in text
    assert not re.search(r"\$\\\\?[a-z]+", text)  # no TeX is left


async def test_a_rehearsal_with_lists_of_our_own(world: World) -> None:
    """An arXiv that is down until half past nine delays a digest and loses nothing."""
    world.arxiv.serve("cs.AI", b"Rate exceeded.", status=503)
    await world.make(categories="cs.AI", zone="Europe/Paris")
    await to_nine_in_paris(world)
    assert world.posts() == []
    world.arxiv.serve("cs.AI", capture(ATOM))
    await world.advance(hours=2.5)
    await world.run_due()
    assert shown_and_more(world.posts()) == (10, 31)
    world.arxiv.serve("cs.AI", rss())
    await world.next_day()
    assert "cs.AI: quiet" in said(await world.feed("list"))
