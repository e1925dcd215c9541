"""The one place where an error becomes a reply, through real interactions."""

import logging
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import simcord
from discord import app_commands
from simcord.actors import _dispatch_actor_interaction
from simcord.interactions import base_payload
from sqlalchemy import text

from bot.tree import GuardedButton, GuardedSelect
from cogs import BUTTONS
from tests.cogs.world import World, open_world, said

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5


@pytest_asyncio.fixture
async def world(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, template=sqlite_template) as world:
        yield world


async def break_database(world: World) -> None:
    """Make everything about feeds fail in a way that nobody foresaw."""
    world.faults_expected = True
    async with world.app.db.write() as tx:
        await tx.execute(text("ALTER TABLE feeds RENAME TO feeds_elsewhere"))


def faults(caplog: pytest.LogCaptureFixture, level: int = logging.WARNING) -> list[logging.LogRecord]:
    return [r for r in caplog.records if r.levelno >= level and r.name.startswith("cohort.")]


def reference_of(answer: str) -> str:
    match = re.search(r"reference: `([0-9a-f]{8})`", answer)
    assert match, answer
    return match[1]


def calls(world: World) -> list[str]:
    """What was asked of Discord about interactions."""
    return [r.path for r in world.env.http_requests if r.path.startswith(("/interactions/", "/webhooks/"))]


# --- Faults of ours ---------------------------------------------------------------------------------


async def test_a_fault_in_a_command_is_answered_with_its_reference(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await break_database(world)
    result = await world.feed("list")
    answer = said(result)
    assert result.ephemeral
    assert answer.startswith("Something went wrong on my side")
    assert "feeds" not in answer
    [record] = faults(caplog)
    assert vars(record)["reference"] == reference_of(answer)
    assert vars(record)["command"] == "feed list"
    assert vars(record)["server"] == world.guild.id
    assert record.exc_info
    assert "no such table" in str(record.exc_info[1])


async def test_a_fault_in_a_button_is_answered_with_its_reference(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await break_database(world)
    for custom_id in ("feed:list:0", "feed:pause:1"):  # one edits its card, the other answers anew
        caplog.clear()
        result = await world.press(custom_id)
        [record] = faults(caplog)
        assert vars(record)["reference"] == reference_of(said(result))
        assert vars(record)["command"] == custom_id
        answers = [answer for answer in (result.response, *result.followups) if answer is not None]
        assert answers[-1].ephemeral


async def test_a_fault_in_autocomplete_is_logged_and_offers_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await break_database(world)
    assert await world.offered("remove", "feed", "") == []
    [record] = faults(caplog)
    assert record.name == "cohort.interactions"
    assert len(vars(record)["reference"]) == 8
    assert vars(record)["command"] == "feed remove"


async def test_an_error_that_cannot_be_answered_is_logged_and_nothing_more(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.faults_expected = True
    world.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=500, times=None)
    await world.feed("remove", feed="7")
    assert [record.getMessage() for record in faults(caplog)] == ["an error could not be answered"]


# --- Sentences for people ---------------------------------------------------------------------------


async def test_a_user_error_is_shown_as_it_is_and_not_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    assert said(await world.feed("remove", feed="7")) == "There is no feed 7 here. See /feed list."
    assert said(await world.press("feed:remove:7")) == "There is no feed 7 here. See /feed list."
    assert faults(caplog) == []


async def test_a_channel_that_cohort_cannot_see(world: World) -> None:
    world.faults_expected = True
    guild = world.app.bot.get_guild(world.guild.id)
    assert guild is not None
    guild._channels.pop(world.papers.id)
    answer = said(await world.feed("papers", channel=world.papers))
    assert answer == "I cannot see that channel. Give my role View Channel there and try again."


async def test_a_command_of_another_version(world: World) -> None:
    world.faults_expected = True
    data = {"id": "1", "name": "quiz", "type": 1, "options": []}
    result = await world.mod._dispatch_interaction(COMMAND, world.lounge, data)
    assert "That command has just changed." in said(result)


async def test_in_direct_messages_a_server_is_named_as_the_place(world: World) -> None:
    user = world.mod.user
    message = await user.send_dm("hello")
    assert message.channel is not None
    options = [{"name": "list", "type": 1, "options": []}]
    data = {"id": str(world.command_id()), "name": "feed", "type": 1, "options": options}
    result = await _dispatch_actor_interaction(user, COMMAND, user.dm_channel, data)
    assert said(result) == "That works in a server, not in direct messages."


# --- Interactions that are gone ---------------------------------------------------------------------


@pytest.mark.parametrize("code", [10062, 40060])
async def test_an_interaction_that_is_gone_is_no_fault(
    world: World, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    world.faults_expected = True
    caplog.set_level(logging.INFO, "cohort")
    world.env.inject_error("POST", "/interactions/*/callback", status=404, code=code, times=None)
    await world.feed("list")
    for custom_id in ("feed:list:0", "feed:pause:1", "of:another:version"):
        await world.press(custom_id)
    assert faults(caplog) == []
    gone = [record for record in caplog.records if record.getMessage() == "interaction is gone"]
    assert [vars(record)["code"] for record in gone] == [code] * 4


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (COMMAND, {"name": "feed", "type": 1, "options": [{"name": "list", "type": 1, "options": []}]}),
        (
            COMMAND,
            {
                "name": "feed",
                "type": 1,
                "options": [
                    {"name": "remove", "type": 1, "options": [{"name": "feed", "type": 3, "value": "1"}]}
                ],
            },
        ),
        (
            AUTOCOMPLETE,
            {
                "name": "feed",
                "type": 1,
                "options": [
                    {
                        "name": "remove",
                        "type": 1,
                        "options": [{"name": "feed", "type": 3, "value": "", "focused": True}],
                    }
                ],
            },
        ),
        (COMPONENT, {"custom_id": "feed:remove:1", "component_type": 2}),
        (COMPONENT, {"custom_id": "of:another:version", "component_type": 2}),
        (MODAL, {"custom_id": "of:another:version", "components": []}),
    ],
)
async def test_a_stale_interaction_is_dropped(
    world: World, caplog: pytest.LogCaptureFixture, kind: int, data: dict[str, Any]
) -> None:
    """A resumed gateway replays what Discord has forgotten."""
    await world.make()
    before = calls(world)
    data = data | {"id": str(world.command_id())} if kind in {COMMAND, AUTOCOMPLETE} else data
    await replay(world, kind, data, late_s=60)
    assert calls(world) == before
    assert [record.getMessage() for record in faults(caplog)] == ["stale interaction dropped"]
    assert len(await world.app.services.feeds.overview(world.guild.id)) == 1


async def test_a_little_late_is_not_stale(world: World) -> None:
    await world.make()
    data = {"custom_id": "feed:remove:1", "component_type": 2}
    await replay(world, COMPONENT, data, late_s=2)
    assert await world.app.services.feeds.overview(world.guild.id) == []


async def replay(world: World, kind: int, data: dict[str, Any], *, late_s: float) -> None:
    """Deliver an interaction some time after it was made."""
    backend = world.env.backend
    message = await world.old_message(str(data.get("custom_id", "feed:list:0")))
    _, payload = base_payload(
        backend,
        type=kind,
        channel_id=world.lounge.id,
        guild_id=world.guild.id,
        user_id=world.mod.id,
        data=data,
    )
    if kind == COMPONENT:
        payload["message"] = dict(
            simcord.backend.serializers.message_payload(
                backend, backend.get_message(world.lounge.id, message.id)
            )
        )
    backend.clock.advance(late_s)
    backend.emit("INTERACTION_CREATE", payload)
    await world.env.settle()


async def test_typing_into_a_command_that_is_gone_is_answered_with_nothing(world: World) -> None:
    """Autocomplete takes choices and nothing else: a message would be refused."""
    world.faults_expected = True
    options = [{"name": "skill", "type": 3, "value": "a", "focused": True}]
    data = {"id": "1", "name": "quiz", "type": 1, "options": options}
    before = calls(world)
    await world.mod._dispatch_interaction(AUTOCOMPLETE, world.lounge, data)
    assert calls(world) == before


# --- Guard rails ------------------------------------------------------------------------------------


def every_command(
    commands: Iterable[app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu],
) -> list[app_commands.Command[Any, ..., Any]]:
    found: list[app_commands.Command[Any, ..., Any]] = []
    for command in commands:
        if isinstance(command, app_commands.Group):
            found += every_command(command.commands)
        elif isinstance(command, app_commands.Command):
            found.append(command)
    return found


async def test_every_autocomplete_is_guarded(world: World) -> None:
    """discord.py swallows what happens in one."""
    guarded = 0
    for command in every_command(world.app.bot.tree.get_commands()):
        for name, parameter in command._params.items():
            if parameter.autocomplete is not None:
                assert getattr(parameter.autocomplete, "__cohort_answered__", False), (
                    f"{command.name}: {name}"
                )
                guarded += 1
    assert guarded >= 8


def leaves(base: type) -> list[type]:
    """The classes below one that no other is made of."""
    below: list[type] = base.__subclasses__()
    return [leaf for each in below for leaf in leaves(each)] if below else [base]


def test_every_button_is_guarded_and_registered() -> None:
    assert all(issubclass(button, GuardedButton | GuardedSelect) for button in BUTTONS)
    assert set(leaves(GuardedButton)) | set(leaves(GuardedSelect)) == set(BUTTONS)
    # A button overrides `act`; overriding `callback` would leave the error path.
    assert not any("callback" in vars(button) for button in BUTTONS)
