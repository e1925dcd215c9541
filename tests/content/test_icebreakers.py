import re
from typing import Any

import pytest
from pydantic import ValidationError

from bot.content import load_yaml
from bot.content.buddies import OpenersFile, load_openers
from bot.domain.buddies.icebreakers import Kind, Suits, choose_icebreakers, suggest_session
from bot.domain.buddies.values import Goal, GoalKind, Reason, ReasonKind

SKILLS = {"sql": "SQL", "nlp": "NLP"}
HELP = Reason(ReasonKind.HELP, (1, 2), ("sql",), helper=1, helped=2)
BACK = Reason(ReasonKind.HELP, (1, 2), ("nlp",), helper=2, helped=1)
BOTH = Reason(ReasonKind.BOTH_LEARN, (1, 2), ("nlp",))

PRIVATE = re.compile(
    r"\b(age|old are you|gender|married|boyfriend|girlfriend|family|children|salary|money|religio\w+|politic\w+"
    r"|health|address|phone|e-?mail|instagram|telegram|whatsapp|linkedin|photo|picture of you|live in|employer)\b",
    re.IGNORECASE,
)


def changed(**sections: Any) -> dict[str, Any]:
    return {**load_yaml("icebreakers.yaml"), **sections}


def test_the_file_fits_its_schema_and_asks_nothing_private() -> None:
    openers = load_openers()
    assert len(openers.icebreakers) >= 50
    texts = [each.text for each in openers.icebreakers] + [
        step for each in openers.sessions for step in each.steps
    ]
    assert [text for text in texts if PRIVATE.search(text)] == []
    assert len({text.casefold() for text in texts}) == len(texts)


@pytest.mark.parametrize(
    "fault",
    [
        {"icebreakers": [{"id": "one", "kind": "hello", "text": "What do you like about it?"}]},
        {"icebreakers": [*load_yaml("icebreakers.yaml")["icebreakers"], {"id": "more", "kind": "hello", "text": "And what of {skill}?"}]},
        {"icebreakers": [*load_yaml("icebreakers.yaml")["icebreakers"], {"id": "more", "kind": "help", "text": "And what of {name}?"}]},
        {"icebreakers": load_yaml("icebreakers.yaml")["icebreakers"] * 2},
        {"sessions": load_yaml("icebreakers.yaml")["sessions"][:3]},
        {"surprises": []},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OpenersFile.model_validate(changed(**fault))


@pytest.mark.parametrize("reasons", [(), (HELP,), (BOTH,), (HELP, BOTH)])
def test_three_icebreakers_fit_the_reasons(reasons: tuple[Reason, ...]) -> None:
    openers = load_openers()
    for seed in range(50):
        chosen = choose_icebreakers(openers, reasons, seed=seed, members=(2, 1), skills=SKILLS)
        assert chosen == choose_icebreakers(openers, reasons, seed=seed, members=(1, 2), skills=SKILLS)
        assert len({each.id for each in chosen}) == 3
        assert chosen[0].kind is Kind.HELLO
        assert chosen[2].kind is Kind.WORK
        middle = {Kind(reason.kind.value) for reason in reasons} or {Kind.HELLO}
        assert chosen[1].kind in middle
        assert "{" not in "".join(each.text for each in chosen)


def test_those_used_already_come_again_only_when_there_are_no_others() -> None:
    openers = load_openers()
    used = {each.id for each in openers.icebreakers if each.kind is Kind.HELLO} - {"small-win"}
    for seed in range(20):
        first = choose_icebreakers(openers, (HELP,), seed=seed, members=(1, 2), skills=SKILLS, used=used)[0]
        assert first.id == "small-win"
    every = {each.id for each in openers.icebreakers}
    assert len(choose_icebreakers(openers, (), seed=1, members=(1, 2), skills=SKILLS, used=every)) == 3


@pytest.mark.parametrize(
    ("reasons", "suits"),
    [
        ((), Suits.ANY),
        ((HELP,), Suits.HELP),
        ((HELP, BACK), Suits.MUTUAL),
        ((BOTH,), Suits.BOTH_LEARN),
        (
            (HELP, BACK, BOTH, Reason(ReasonKind.GOAL, (1, 2), goal=Goal(GoalKind.PAPERS, "Friday"))),
            Suits.PAPERS,
        ),
        ((Reason(ReasonKind.GOAL, (1, 2), goal=Goal(GoalKind.PROJECT, "a bot")),), Suits.PROJECT),
    ],
)
def test_the_first_session_fits_the_most_telling_reason(reasons: tuple[Reason, ...], suits: Suits) -> None:
    for seed in range(20):
        session = suggest_session(load_openers(), reasons, seed=seed, members=(1, 2), skills=SKILLS)
        assert suits in session.suits
        assert "{" not in "".join(session.steps)


@pytest.mark.parametrize(
    ("reasons", "kind", "skill"),
    [
        ((HELP, BACK, BOTH), Suits.ANY, None),  # the third takes no part in any of it
        ((BACK, HELP, Reason(ReasonKind.HELP, (1, 3), ("sql",), helper=1, helped=3)), Suits.HELP, "SQL"),
        ((HELP, BACK, Reason(ReasonKind.BOTH_LEARN, (1, 2, 3), ("nlp",))), Suits.BOTH_LEARN, "NLP"),
    ],
)
def test_what_three_begin_with_concerns_all_of_them(
    reasons: tuple[Reason, ...], kind: Suits, skill: str | None
) -> None:
    openers, members = load_openers(), (1, 2, 3)
    for seed in range(20):
        session = suggest_session(openers, reasons, seed=seed, members=members, skills=SKILLS)
        assert kind in session.suits
        chosen = choose_icebreakers(openers, reasons, seed=seed, members=members, skills=SKILLS)
        assert chosen[1].kind is (Kind.HELLO if skill is None else Kind(kind.value))
        said = " ".join([*session.steps, *(each.text for each in chosen)])
        assert {name for name in SKILLS.values() if name in said} <= ({skill} if skill else set())


def test_nothing_is_said_as_if_they_were_three() -> None:
    openers = load_openers()
    texts = [each.text for each in openers.icebreakers]
    texts += [step for each in openers.sessions for step in each.steps]
    assert [text for text in texts if re.search(r"\ball of you\b|(?<!all )\bthe others\b", text)] == []


def test_a_first_session_comes_again_only_when_no_other_fits() -> None:
    openers = load_openers()
    used: set[str] = set()
    fitting = {each.id for each in openers.sessions if Suits.ANY in each.suits}
    for _ in range(len(fitting)):
        session = suggest_session(openers, (), seed=7, members=(1, 2), skills=SKILLS, used=used)
        assert session.id not in used
        used.add(session.id)
    assert suggest_session(openers, (), seed=7, members=(1, 2), skills=SKILLS, used=used).id in used
