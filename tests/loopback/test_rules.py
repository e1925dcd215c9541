"""What Discord refuses and its OpenAPI file does not say."""

from typing import Any

import pytest

from tests.support.loopback import rules
from tests.support.loopback.errors import ApiError
from tests.support.loopback.rules.commands import characters

V2 = 1 << 15


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


def button(custom_id: str = "b", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "B", "custom_id": custom_id, **more}


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def select(options: int = 1, **more: Any) -> dict[str, Any]:
    listed = [{"label": f"o{n}", "value": f"v{n}"} for n in range(options)]
    return {"type": 3, "custom_id": "s", "options": listed, **more}


def v2(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"flags": V2, "components": list(components), **more}


GOOD_MESSAGES: list[dict[str, Any]] = [
    {"content": "x" * 2000},
    {"embeds": [{"title": "t" * 256, "description": "d" * 4096}]},
    {"embeds": [{"description": "d" * 3000}] * 2},
    {"content": "x", "components": [row(*[button(str(n)) for n in range(5)])] * 1},
    {"content": "x", "components": [row(select(25))]},
    v2(text("x" * 4000)),
    v2({"type": 17, "components": [text(str(n)) for n in range(39)]}),
    v2({"type": 9, "components": [text()], "accessory": button()}),
    v2({"type": 12, "items": [{"media": {"url": "https://x.test/a.png"}}]}),
    v2(row({"type": 2, "style": 5, "label": "Open", "url": "https://x.test"})),
    {"content": "x", "nonce": "n" * 25, "enforce_nonce": True},
]

BAD_MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"content": "x" * 2001}, "content/BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"title": "t" * 257}]}, "embeds/0/title/BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"description": "d" * 3001}] * 2}, "embeds/MAX_EMBED_SIZE_EXCEEDED"),
    ({"embeds": [{"description": "d"}] * 11}, "embeds/BASE_TYPE_BAD_LENGTH"),
    ({"embeds": [{"fields": [{"name": "n", "value": ""}]}]}, "embeds/0/fields/0/value/BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "components": [text()]}, "components/0/type/BASE_TYPE_CHOICES"),
    ({"content": "x", "components": [row(*[button(str(n)) for n in range(6)])]}, "components/0/components"),
    ({"content": "x", "components": [row(button("a"), button("a"))]}, "COMPONENT_CUSTOM_ID_DUPLICATED"),
    ({"content": "x", "components": [row(button(""))]}, "custom_id/BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "components": [row(button("c" * 101))]}, "custom_id/BASE_TYPE_MAX_LENGTH"),
    ({"content": "x", "components": [row(select(26))]}, "options/BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "components": [row(select(2, max_values=3))]}, "SELECT_COMPONENT_MAX_VALUES_INVALID"),
    ({"content": "x", "components": [row(select(), button())]}, "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
    ({"content": "x", "components": [row(button(label=None))]}, "BUTTON_COMPONENT_INVALID"),
    ({"content": "x", "components": [row(button(url="https://x.test"))]}, "BUTTON_COMPONENT_INVALID"),
    ({"content": "x", "components": [row({"type": 2, "style": 5, "label": "L"})]}, "url/BASE_TYPE_REQUIRED"),
    (
        {"content": "x", "components": [row({"type": 2, "style": 5, "label": "L", "url": "ftp://x"})]},
        "URL_TYPE_INVALID_SCHEME",
    ),
    (v2(text("x" * 2000), text("x" * 2001)), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
    (
        v2({"type": 17, "components": [text(str(n)) for n in range(40)]}),
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    (v2(text(), content="x"), "content/MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    (v2(text(), embeds=[{"title": "x"}]), "embeds/MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    (v2(text("")), "content/BASE_TYPE_BAD_LENGTH"),
    (v2(button()), "components/0/type/BASE_TYPE_CHOICES"),
    (v2({"type": 9, "components": [text()]}), "accessory/BASE_TYPE_REQUIRED"),
    (v2({"type": 17, "components": [{"type": 17, "components": [text()]}]}), "type/BASE_TYPE_CHOICES"),
    (
        v2({"type": 10, "content": "a", "id": 3}, {"type": 10, "content": "b", "id": 3}),
        "COMPONENT_ID_DUPLICATED",
    ),
    ({"content": "x", "nonce": "n" * 26, "enforce_nonce": True}, "nonce/BASE_TYPE_MAX_LENGTH"),
]


def flat(node: Any, path: str = "") -> list[str]:
    found = [f"{path}{fault['code']}" for fault in node.get("_errors", [])]
    return found + [
        one for key, inner in node.items() if key != "_errors" for one in flat(inner, f"{path}{key}/")
    ]


@pytest.mark.parametrize("body", GOOD_MESSAGES)
def test_messages_within_the_limits(body: dict[str, Any]) -> None:
    rules.check_message(body)


@pytest.mark.parametrize(("body", "fault"), BAD_MESSAGES)
def test_messages_beyond_the_limits(body: dict[str, Any], fault: str) -> None:
    with pytest.raises(ApiError) as caught:
        rules.check_message(body)
    assert (caught.value.status, caught.value.code) == (400, 50035)
    assert any(fault in one for one in flat(caught.value.errors)), flat(caught.value.errors)


def test_an_empty_message() -> None:
    with pytest.raises(ApiError, match="50006"):
        rules.check_message({"content": ""})
    rules.check_message({}, files=1)


def test_an_edit_cannot_leave_components_v2() -> None:
    had = {"components": [text()]}
    with pytest.raises(ApiError, match="50035"):
        rules.check_edit({"content": "plain"}, was_v2=True, had=had)
    with pytest.raises(ApiError, match="50035"):
        rules.check_edit({"flags": V2, "components": [text()]}, was_v2=False, had={"content": "old"})
    rules.check_edit(
        {"flags": V2, "components": [text()], "content": None}, was_v2=False, had={"content": "old"}
    )


def option(name: str = "o", kind: int = 3, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "description": "d", **more}


def command(name: str = "c", *options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "d", "options": list(options), **more}


CHOICES = [{"name": f"n{n}", "value": f"v{n}"} for n in range(26)]


@pytest.mark.parametrize(
    "good",
    [
        command("été"),
        command("a-b_c1"),
        command(
            "feed", option("papers", 1, options=[option("channel", 7, required=True), option("limit", 4)])
        ),
        command("g", option("group", 2, options=[option("sub", 1, options=[option("o")])])),
        command("c", option(choices=CHOICES[:25])),
        {"name": "Show Profile", "type": 2},
    ],
)
def test_commands_within_the_limits(good: dict[str, Any]) -> None:
    rules.check_command(good)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (command("Feed"), "APPLICATION_COMMAND_INVALID_NAME"),
        (command("two words"), "APPLICATION_COMMAND_INVALID_NAME"),
        (command("n" * 33), "APPLICATION_COMMAND_INVALID_NAME"),
        (command("c", description=""), "description/BASE_TYPE_BAD_LENGTH"),
        (command("c", description="d" * 101), "description/BASE_TYPE_MAX_LENGTH"),
        (command("c", *[option(f"o{n}") for n in range(26)]), "options/BASE_TYPE_BAD_LENGTH"),
        (command("c", option(choices=CHOICES)), "choices/BASE_TYPE_BAD_LENGTH"),
        (
            command("c", option("a"), option("b", required=True)),
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (command("c", option("a"), option("a")), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
        (
            command("c", option(autocomplete=True, choices=CHOICES[:1])),
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE",
        ),
        (command("c", option(kind=6, autocomplete=True)), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (command("c", option("s", 1), option("o")), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (
            command("c", option("s", 1, options=[option("t", 1)])),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            command(
                "c",
                *[option(f"o{n}", choices=[{"name": "x" * 100, "value": "y" * 100}] * 25) for n in range(2)],
            ),
            "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
        ),
    ],
)
def test_commands_beyond_the_limits(bad: dict[str, Any], fault: str) -> None:
    with pytest.raises(ApiError) as caught:
        rules.check_command(bad)
    assert any(fault in one for one in flat(caught.value.errors)), flat(caught.value.errors)


def test_8000_characters_count_names_descriptions_and_the_longest_translation() -> None:
    long = [{"name": f"{n:0>100}", "value": f"{n:0>99}"} for n in range(25)]
    one = command("c", option("o", choices=long))
    assert characters(one) == 1 + 1 + 1 + 1 + 25 * 199
    translated = command("c", description_localizations={"de": "lang" * 20, "fr": "x"})
    assert characters(translated) == 1 + 80
    with pytest.raises(ApiError) as caught:
        rules.check_command(command("c", option("o", choices=long), option("p", choices=long)))
    assert any("APPLICATION_COMMAND_TOO_LARGE" in one for one in flat(caught.value.errors))


def test_a_hundred_commands_with_unique_names() -> None:
    rules.check_command_set([command(f"c{n}") for n in range(100)])
    with pytest.raises(ApiError, match="30032"):
        rules.check_command_set([command(f"c{n}") for n in range(101)])
    with pytest.raises(ApiError, match="50035"):
        rules.check_command_set([command("c"), command("c")])


def label(component: dict[str, Any], name: str = "L") -> dict[str, Any]:
    return {"type": 18, "label": name, "component": component}


def field(custom_id: str = "f", **more: Any) -> dict[str, Any]:
    return {"type": 4, "custom_id": custom_id, "style": 1, **more}


@pytest.mark.parametrize(
    ("modal", "good"),
    [
        ({"title": "t" * 45, "custom_id": "m", "components": [label(field())]}, True),
        ({"title": "t" * 46, "custom_id": "m", "components": [label(field())]}, False),
        ({"title": "t", "custom_id": "m", "components": []}, False),
        ({"title": "t", "custom_id": "m", "components": [label(field(str(n))) for n in range(6)]}, False),
        ({"title": "t", "custom_id": "m", "components": [label(field(), "L" * 46)]}, False),
        ({"title": "t", "custom_id": "m", "components": [label(select(25))]}, True),
        ({"title": "t", "custom_id": "m", "components": [label(button())]}, False),
        ({"title": "t", "custom_id": "m", "components": [label(field()), label(field())]}, False),
        ({"title": "t", "custom_id": "m", "components": [row(field(label="old style"))]}, True),
        ({"title": "t", "custom_id": "m", "components": [label({**select(2), "type": 21})]}, True),
        ({"title": "t", "custom_id": "m", "components": [label({**select(1), "type": 21})]}, False),
        ({"title": "t", "custom_id": "m", "components": [label({**select(10), "type": 22})]}, True),
    ],
)
def test_modals(modal: dict[str, Any], good: bool) -> None:
    if good:
        rules.check_modal(modal)
        return
    with pytest.raises(ApiError, match="50035"):
        rules.check_modal(modal)


EVENT = {
    "name": "Reading group",
    "privacy_level": 2,
    "entity_type": 3,
    "scheduled_start_time": "2026-09-01T18:00:00+00:00",
    "scheduled_end_time": "2026-09-01T19:00:00+00:00",
    "entity_metadata": {"location": "Online"},
}
NOW = 1_780_000_000.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "n" * 101},
        {"description": "d" * 1001},
        {"scheduled_end_time": None},
        {"scheduled_end_time": "2026-09-01T17:00:00+00:00"},
        {"scheduled_start_time": "2020-09-01T17:00:00+00:00"},
        {"scheduled_start_time": "soon"},
        {"entity_metadata": None},
        {"entity_metadata": {"location": "l" * 101}},
        {"entity_type": 2},
        {"privacy_level": 1},
    ],
)
def test_scheduled_events(wrong: dict[str, Any]) -> None:
    rules.check_scheduled_event(EVENT, now=NOW, new=True)
    with pytest.raises(ApiError, match="50035"):
        rules.check_scheduled_event(EVENT | wrong, now=NOW, new=True)


def test_errors_are_nested_as_discord_nests_them() -> None:
    with pytest.raises(ApiError) as caught:
        rules.check_message({"embeds": [{"title": "t" * 257}]})
    fault = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length."}
    assert caught.value.body() == {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {"embeds": {"0": {"title": {"_errors": [fault]}}}},
    }
