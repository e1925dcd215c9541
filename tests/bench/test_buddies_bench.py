from bench.buddies import by_chance, greedily
from bench.communities import SERVER, past, profiles


def test_greedy_takes_the_best_that_is_left() -> None:
    edges = [(0, 1, 10), (1, 2, 11), (2, 3, 10), (0, 3, 1)]
    assert greedily(edges) == [(1, 2, 11), (0, 3, 1)]
    for pairs in (greedily(edges), by_chance(edges)):
        people = [person for pair in pairs for person in pair[:2]]
        assert len(people) == len(set(people))


def test_made_up_communities_are_the_same_each_time() -> None:
    assert profiles(40) == profiles(40)
    assert profiles(40)[:20] == profiles(20)
    assert profiles(40) != profiles(40, seed=2)
    assert {person.server_id for person in profiles(40)} == {SERVER}
    blocks, history = past(profiles(40))
    assert (blocks, history) == past(profiles(40))
    assert len(history.met) > 40
    assert blocks.pairs
