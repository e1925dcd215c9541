"""What Discord is told of the commands, kept in `manifest.json`: Discord enforces it, so a change must be seen.

After a change that is meant, write the file anew and look at the difference:

    COHORT_UPDATE_MANIFEST=1 .venv/bin/python -m pytest tests/test_manifest.py
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.app import create_app
from bot.commands import payload
from bot.settings import Settings
from cogs import all_cogs

MANIFEST = Path(__file__).with_name("manifest.json")
ROOT = Path(__file__).parents[1]

CHAT_INPUT, SUBCOMMAND, GROUP, STRING = 1, 1, 2, 3
# https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming
NAME = re.compile(r"[-_\w]{1,32}")


@pytest_asyncio.fixture
async def commands() -> list[dict[str, Any]]:
    """The payload as it is sent; nothing is opened for it."""
    app = create_app(Settings(database_url="sqlite:///unused.sqlite3"))
    for cog in all_cogs(app.services):
        await app.bot.add_cog(cog)
    sent: list[dict[str, Any]] = json.loads(json.dumps(payload(app.bot.tree)))
    return sent


def nested(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every command, group and option with its path."""
    path = f"{path} {node['name']}".strip()
    yield path, node
    for option in node.get("options") or []:
        yield from nested(option, path)


def everything(commands: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [found for command in commands for found in nested(command)]


def leaves(commands: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Return what can be typed: commands without subcommands, and subcommands."""
    return [
        (path, node)
        for path, node in everything(commands)
        if ("type" not in node or node["type"] == SUBCOMMAND or " " not in path)
        and not any(option["type"] in {SUBCOMMAND, GROUP} for option in node.get("options") or [])
    ]


def characters(node: dict[str, Any]) -> int:
    """Count as Discord does: names, descriptions and values of choices, nested ones too."""
    own = len(node["name"]) + len(node.get("description", ""))
    choices = sum(len(c["name"]) + len(str(c["value"])) for c in node.get("choices") or [])
    return own + choices + sum(map(characters, node.get("options") or []))


def test_the_manifest_is_what_is_sent(commands: list[dict[str, Any]]) -> None:
    sent = json.dumps(commands, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("COHORT_UPDATE_MANIFEST"):
        MANIFEST.write_text(sent, encoding="utf-8")
    assert sent == MANIFEST.read_text(encoding="utf-8"), "see the top of this file"


def test_names_and_descriptions_are_as_discord_wants_them(commands: list[dict[str, Any]]) -> None:
    for path, node in everything(commands):
        assert NAME.fullmatch(node["name"]), path
        assert node["name"] == node["name"].lower(), path
        if node.get("type", CHAT_INPUT) == CHAT_INPUT or " " in path:
            assert 1 <= len(node["description"]) <= 100, path
            assert node["description"] != "…", f"{path} has no description of its own"


def test_counts_are_within_discords_limits(commands: list[dict[str, Any]]) -> None:
    assert len(commands) <= 100
    for command in commands:
        assert characters(command) <= 8000, command["name"]
    for path, node in everything(commands):
        options = node.get("options") or []
        assert len(options) <= 25, path
        assert len({option["name"] for option in options}) == len(options), path
        required = [option.get("required", False) for option in options]
        assert required == sorted(required, reverse=True), f"{path}: required options come first"
        choices = node.get("choices") or []
        assert len(choices) <= 25, path
        for choice in choices:
            assert 1 <= len(choice["name"]) <= 100, path
            assert len(str(choice["value"])) <= 100, path
        assert not (choices and node.get("autocomplete")), path


def test_texts_that_are_typed_have_a_length(commands: list[dict[str, Any]]) -> None:
    """Discord lets 6,000 characters through otherwise."""
    for path, node in everything(commands):
        if node.get("type") == STRING and " " in path and not node.get("choices"):
            assert node.get("max_length", 6000) <= 300, path


def test_only_moderators_see_what_is_theirs(commands: list[dict[str, Any]]) -> None:
    manage_server = str(1 << 5)
    for command in commands:
        if command["name"] in {"feed", "setup"}:
            assert str(command["default_member_permissions"]) == manage_server
            assert command["contexts"] == [0]  # a server, no direct messages
            assert command["integration_types"] == [0]  # installed to a server, not to a person


def test_only_the_first_option_of_a_feed_is_needed(commands: list[dict[str, Any]]) -> None:
    """Option names are part of the contract (DESIGN)."""
    papers = dict(leaves(commands))["feed papers"]
    assert [(option["name"], option.get("required", False)) for option in papers["options"]] == [
        ("channel", True),
        *((name, False) for name in ("categories", "query", "time", "zone", "days", "style", "limit")),
        *((name, False) for name in ("types", "order", "mention", "changes", "preview")),
    ]
    assert papers["options"][0]["channel_types"] == [0, 5, 15]  # text, announcement, forum
    edit = dict(leaves(commands))["feed edit"]
    changed = {option["name"] for option in papers["options"]} - {"preview"}
    assert {option["name"] for option in edit["options"]} == {"feed"} | changed
    assert [option["name"] for option in edit["options"] if option["required"]] == ["feed"]
    why = dict(leaves(commands))["feed why"]
    assert [(o["name"], o["required"], o["autocomplete"]) for o in why["options"]] == [
        ("feed", True, True),
        ("paper", True, True),
    ]
    for action in ("preview", "remove", "pause", "resume"):
        command = dict(leaves(commands))[f"feed {action}"]
        assert [(o["name"], o["required"], o["autocomplete"]) for o in command["options"]] == [
            ("feed", True, True)
        ]


@pytest.mark.parametrize(
    ("command", "own"), [("meetups", ["url"]), ("hackathons", ["source"]), ("deadlines", ["conferences"])]
)
def test_feeds_of_events_share_their_options(
    commands: list[dict[str, Any]], command: str, own: list[str]
) -> None:
    options = dict(leaves(commands))[f"feed {command}"]["options"]
    names = [option["name"] for option in options]
    assert names[: len(own) + 1] == ["channel", *own]
    shared = ["time", "zone", "days", "style", "limit", "moments", "native", "mention"]
    assert [name for name in names if name in shared] == shared
    needed = [option["name"] for option in options if option["required"]]
    assert needed == (["channel", "url"] if command == "meetups" else ["channel"])
    assert options[0]["channel_types"] == [0, 5]  # text, announcement


def test_known_values_are_completed(commands: list[dict[str, Any]]) -> None:
    known = {"feed", "categories", "zone", "time", "days", "source", "conferences", "event", "moments"}
    for path, node in everything(commands):
        if path.count(" ") == 2 and node["name"] in known:
            assert node.get("autocomplete") or node.get("choices"), path
    assert dict(everything(commands))["feed papers query"]["autocomplete"]


@pytest.mark.parametrize("page", ["README.md", "docs/moderators.md"])
def test_the_commands_are_documented(commands: list[dict[str, Any]], page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for path, node in leaves(commands):
        if page == "README.md":
            assert f"`/{path}`" in text
            assert node["description"].rstrip(".") in text, path
        elif path == "feed papers":
            for option in node["options"]:
                assert f"| `{option['name']}` |" in text
        elif path in {"feed meetups", "feed hackathons", "feed deadlines"}:
            section = text.partition("## `/feed meetups`")[2].partition("\n## ")[0]
            for option in node["options"]:
                assert f"`{option['name']}`" in section, (path, option["name"])
