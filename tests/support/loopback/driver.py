"""People: they type commands, press buttons, pick from lists, fill in modals, and read what comes back."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from tests.support.loopback import payloads, permissions, project
from tests.support.loopback.errors import DriverError
from tests.support.loopback.gateway import Gateway
from tests.support.loopback.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    InteractionBook,
    Pulse,
)
from tests.support.loopback.model import Channel, Message
from tests.support.loopback.payloads import Resolved
from tests.support.loopback.world import World

Wait = Literal["answered", "acknowledged", "sent"]
"""When an action returns: there is something to read; the bot responded at all; at once."""


class Driver:
    """What members do. Every action returns the `Interaction`, whose `reply` is what they then read.

    `patience` is how many real seconds an action waits. Whatever a Discord client would not let a person
    do (an unknown option, a disabled button, somebody else's ephemeral message) raises `DriverError`.
    """

    def __init__(self, world: World, book: InteractionBook, gateway: Gateway, pulse: Pulse) -> None:
        self._world = world
        self._book = book
        self._gateway = gateway
        self._pulse = pulse

    async def slash(
        self,
        user_id: int,
        channel_id: int,
        command: str,
        /,
        *,
        wait: Wait = "answered",
        patience: float = 5.0,
        user_install: bool = False,
        **options: Any,
    ) -> Interaction:
        """Type `/command` ("feed papers") with options; people, roles and channels by id."""
        channel, resolved = self._place(user_id, channel_id)
        found, way = payloads.find_command(self._world, channel.guild_id, command)
        if not user_install:
            payloads.check_visible(self._world, found, channel, user_id)
        data = self._command_data(found, way, options, resolved)
        made = self._make(COMMAND, user_id, channel, data, resolved, user_install=user_install)
        return await self._send(made, wait, patience, f"an answer to /{command}")

    async def autocomplete(
        self,
        user_id: int,
        channel_id: int,
        command: str,
        focused: str,
        typed: str,
        /,
        *,
        patience: float = 5.0,
        **options: Any,
    ) -> list[dict[str, Any]]:
        """Type into the option `focused` and return the choices offered: `[{"name", "value"}]`."""
        channel, resolved = self._place(user_id, channel_id)
        found, way = payloads.find_command(self._world, channel.guild_id, command)
        leaf = way[-1] if way else found
        option = next((o for o in leaf.get("options") or [] if o["name"] == focused), None)
        if option is None or not option.get("autocomplete"):
            raise DriverError(f"/{command} does not autocomplete {focused!r}")
        data = self._command_data(found, way, {**options, focused: typed}, resolved, focused=focused)
        made = self._make(AUTOCOMPLETE, user_id, channel, data, resolved)
        made.option_kind = option["type"]
        await self._send(made, "acknowledged", patience, f"choices for {focused} of /{command}")
        return made.choices or []

    async def click(
        self, message_id: int, button: str, user_id: int, /, *, wait: Wait = "answered", patience: float = 5.0
    ) -> Interaction:
        """Press a button, named by custom_id or label."""
        message, component = self._component(message_id, button, user_id)
        if component["type"] != 2:
            raise DriverError(f"{button!r} is no button")
        return await self._use(message, component, user_id, {}, wait, patience)

    async def select(
        self,
        message_id: int,
        menu: str,
        values: Iterable[str | int],
        user_id: int,
        /,
        *,
        wait: Wait = "answered",
        patience: float = 5.0,
    ) -> Interaction:
        """Pick from a select, named by custom_id or placeholder; people and places by id."""
        message, component = self._component(message_id, menu, user_id)
        if component["type"] not in {3, 5, 6, 7, 8}:
            raise DriverError(f"{menu!r} is no select")
        chosen = {"values": [str(value) for value in values]}
        return await self._use(message, component, user_id, chosen, wait, patience)

    async def submit_modal(
        self,
        opened: Interaction,
        values: Mapping[str, Any],
        /,
        *,
        wait: Wait = "answered",
        patience: float = 5.0,
    ) -> Interaction:
        """Fill in the modal that `opened` was answered with, fields named by custom_id or label, and send it."""
        if opened.modal is None:
            raise DriverError(f"that interaction opened no modal (answer type {opened.answer})")
        channel, resolved = self._place(opened.user_id, opened.channel_id)
        parts = payloads.modal_data(opened.modal, values, resolved)
        data: dict[str, Any] = {"custom_id": opened.modal["custom_id"], "components": parts}
        made = self._make(MODAL_SUBMIT, opened.user_id, channel, data, resolved, source=opened.source)
        return await self._send(made, wait, patience, "an answer to a modal")

    def say(self, user_id: int, channel_id: int, content: str) -> Message:
        """Let somebody write a message."""
        channel = self._world.channels[channel_id]
        if not self._world.may(user_id, channel) & permissions.SEND_MESSAGES:
            raise DriverError(f"user {user_id} cannot write in channel {channel_id}")
        return self._world.messages.add(channel_id, user_id, {"content": content})

    def _place(self, user_id: int, channel_id: int) -> tuple[Channel, Resolved]:
        channel = self._world.channels.get(channel_id)
        if channel is None:
            raise DriverError(f"there is no channel {channel_id}")
        if not self._world.may(user_id, channel) & permissions.VIEW_CHANNEL:
            raise DriverError(f"user {user_id} does not see channel {channel_id}")
        return channel, Resolved(self._world, channel.guild_id, user_id)

    def _command_data(
        self,
        found: dict[str, Any],
        way: list[dict[str, Any]],
        given: Mapping[str, Any],
        resolved: Resolved,
        *,
        focused: str | None = None,
    ) -> dict[str, Any]:
        options = payloads.options_data(way[-1] if way else found, given, resolved, focused=focused)
        for step in reversed(way):
            options = [{"name": step["name"], "type": step["type"], "options": options}]
        data: dict[str, Any] = {"id": found["id"], "name": found["name"], "type": 1, "options": options}
        return data | ({"guild_id": found["guild_id"]} if "guild_id" in found else {})

    def _component(self, message_id: int, wanted: str, user_id: int) -> tuple[Message, dict[str, Any]]:
        message = self._world.messages.find(message_id)
        if message is None or (message.seen_by is not None and message.seen_by != user_id):
            raise DriverError(f"user {user_id} does not see a message {message_id}")
        return message, payloads.find_component(message.components, wanted)

    async def _use(
        self,
        message: Message,
        component: dict[str, Any],
        user_id: int,
        chosen: dict[str, Any],
        wait: Wait,
        patience: float,
    ) -> Interaction:
        channel, resolved = self._place(user_id, message.channel_id)
        if chosen:
            payloads.check_choice(component, chosen["values"], resolved)
        data = {
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            "id": component["id"],
        }
        made = self._make(COMPONENT, user_id, channel, data | chosen, resolved, source=message)
        return await self._send(made, wait, patience, f"an answer to {component['custom_id']!r}")

    def _make(
        self,
        kind: int,
        user_id: int,
        channel: Channel,
        data: dict[str, Any],
        resolved: Resolved,
        *,
        source: Message | None = None,
        user_install: bool = False,
    ) -> Interaction:
        world = self._world
        if resolved.data:
            data = data | {"resolved": resolved.data}
        payload: dict[str, Any] = {
            "id": str(world.ids.new()),
            "application_id": str(world.application_id),
            "type": kind,
            "token": self._book.new_token(),
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": project.channel(world, channel) | {"permissions": str(world.may(user_id, channel))},
            "locale": world.users[user_id].locale,
            "entitlements": [],
            "attachment_size_limit": 10 * 1024 * 1024,
            "app_permissions": str(world.may(world.bot.id, channel)),
        }
        # Null is not absent: discord.py's gateway loop dies of `guild_id: null`.
        if channel.guild_id is None:
            payload |= {"user": project.user(world.users[user_id]), "context": 1}
            payload["authorizing_integration_owners"] = {"0": "0"}
        else:
            guild = world.guilds[channel.guild_id]
            member = project.member(world, guild.members[user_id])
            payload |= {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": guild.features},
                "guild_locale": guild.locale,
                "member": member | {"permissions": str(world.may(user_id, channel))},
                "context": 0,
                "authorizing_integration_owners": {"1": str(user_id)}
                if user_install
                else {"0": str(guild.id)},
            }
        if source is not None:
            payload["message"] = project.message(world, source)
        made = Interaction(
            id=int(payload["id"]),
            token=payload["token"],
            kind=kind,
            user_id=user_id,
            channel_id=channel.id,
            guild_id=channel.guild_id,
            created_at=world.clock.now(),
            payload=payload,
            source=source,
        )
        self._book.add(made)
        return made

    async def _send(self, made: Interaction, wait: Wait, patience: float, what: str) -> Interaction:
        if not self._gateway.dispatch("INTERACTION_CREATE", made.payload, made.guild_id):
            raise DriverError("no session of the bot takes this guild's interactions: it is offline")
        if wait == "acknowledged":
            await self._pulse.until(lambda: made.answer is not None, patience, what)
        elif wait == "answered":
            await self._pulse.until(lambda: made.answered, patience, what)
        return made
