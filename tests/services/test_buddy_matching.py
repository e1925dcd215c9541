import asyncio

from bench import communities
from bot.domain.buddies.matching import match
from bot.domain.buddies.values import Blocks, History
from bot.services.buddies.matching import RoundMatcher
from bot.sources.worker import Worker


async def test_the_process_finds_the_very_round_that_is_found_here() -> None:
    people = communities.profiles(450)  # more than are compared all with all
    blocks, history = communities.past(people)
    async with Worker(size=1) as worker:
        there = await RoundMatcher(worker).match(
            people, blocks=blocks, history=history, window=communities.WINDOW, seed=5
        )
    here = await asyncio.to_thread(
        match, people[::-1], blocks=blocks, history=history, window=communities.WINDOW, seed=5
    )
    assert there == here
    assert there.numbers.joined == 450


async def test_a_few_are_matched_on_the_spot() -> None:
    people = communities.profiles(6)
    async with Worker(size=1) as worker:
        found = await RoundMatcher(worker).match(
            people, blocks=Blocks(), history=History(), window=communities.WINDOW, seed=5
        )
        assert not worker._idle
    assert found == match(people, blocks=Blocks(), history=History(), window=communities.WINDOW, seed=5)


async def test_the_process_is_used_again_and_two_rounds_wait_for_each_other() -> None:
    people = communities.profiles(30)
    async with Worker(size=1) as worker:
        matcher = RoundMatcher(worker)
        found = await asyncio.gather(
            *(
                matcher.match(
                    people, blocks=Blocks(), history=History(), window=communities.WINDOW, seed=seed
                )
                for seed in (1, 1, 2)
            )
        )
    assert found[0] == found[1]
    assert found[2].numbers.matched == found[0].numbers.matched
