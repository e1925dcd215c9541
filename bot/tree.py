"""Where an interaction comes in, and the one place where an error becomes a reply.

discord.py has a different habit for each kind of callback: commands reach `CommandTree.on_error`,
views their own `on_error`, dynamic items and autocomplete are logged and swallowed. `answer_error`
is what all of them end in here, so a person always hears something and a fault always has a
reference that stands in the log as well.
"""

import asyncio
import functools
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final, ParamSpec

import aiohttp
import discord
from discord import app_commands, ui

from bot.clock import Clock
from bot.domain.budgets import COMMANDS, Cost
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.client import CohortBot

_log = logging.getLogger("cohort.interactions")

STALE_AFTER: Final = timedelta(seconds=10)
"""Discord forgets an interaction that got no answer in 3 s, yet a resumed gateway replays it. Beyond
this it is dropped unread; below it, answering first makes Discord say 10062 before anything is done."""

_UNKNOWN_INTERACTION: Final = 10062
_ALREADY_ANSWERED: Final = 40060

UNREACHABLE: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
"""What a request to Discord may raise, a time-out (an OSError) included."""

P = ParamSpec("P")

Drawn = Callable[[str], ui.LayoutView]


class Outcome(StrEnum):
    """How an interaction ended."""

    OK = "ok"
    REFUSED = "refused"  # told what to do instead
    GONE = "gone"  # nobody waited for it any more
    FAILED = "failed"  # a fault of ours


class CohortTree(app_commands.CommandTree["CohortBot"]):
    """The command tree: drops stale interactions and answers every error."""

    async def interaction_check(self, interaction: "discord.Interaction[CohortBot]", /) -> bool:
        """Let an interaction in unless nobody waits for it any more, or it is one dear request too many."""
        interaction.extras["began"] = asyncio.get_running_loop().time()
        if is_stale(interaction):
            return False
        command = interaction.command
        if getattr(getattr(command, "binding", None), "reads_content", True):
            await interaction.client.services.load()
        cost = COMMANDS.get(command.qualified_name) if command is not None else None
        if cost is None or interaction.type is not discord.InteractionType.application_command:
            return True
        try:
            spend(interaction, cost)
        except UserError as error:
            await answer_error(interaction, error)
            return False
        return True

    async def on_error(
        self, interaction: "discord.Interaction[CohortBot]", error: app_commands.AppCommandError, /
    ) -> None:
        """Answer a command's error."""
        outcome = await answer_error(interaction, error)
        if interaction.command is not None and interaction.type is not discord.InteractionType.autocomplete:
            count(interaction, interaction.command.qualified_name, outcome)


def spend(interaction: "discord.Interaction[Any]", cost: Cost) -> None:
    """Count a dear request; raises UserError for one too many."""
    interaction.client.budgets.spend(cost, interaction.user.id, interaction.guild_id)


class _Guarded:
    """What buttons and menus share: errors are answered, stale presses dropped."""

    cost: Cost | None = None
    """What pressing it costs, where that is worth counting."""

    reads_content: ClassVar[bool] = True
    """Whether it needs careers or questions: right after the start it waits until they are read. Cogs may say so too."""

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do what the button or menu is for."""
        raise NotImplementedError

    async def callback(self, interaction: "discord.Interaction[Any]") -> None:
        """Run `act` inside the error path."""
        if is_stale(interaction):
            return
        interaction.extras["began"] = asyncio.get_running_loop().time()
        outcome = Outcome.OK
        try:
            if self.cost is not None:
                spend(interaction, self.cost)
            if self.reads_content:
                await interaction.client.services.load()
            await self.act(interaction)
        except Exception as error:  # noqa: BLE001 - this is the place where errors end
            outcome = await answer_error(interaction, error)
        count(interaction, type(self).__name__, outcome)


class GuardedButton(_Guarded, ui.DynamicItem[ui.Button[Any]], template=r"(?!)"):
    """The base of every button: its errors are answered, its stale presses dropped.

    Dynamic items are the only components Cohort uses, because they work after a restart; a button
    implements `act` instead of `callback`. (discord.py wants a template; this one matches nothing.)
    """

    known: ClassVar[list[re.Pattern[str]]] = []
    """The custom ids that somebody answers; anything else is from an older version."""

    def __init_subclass__(cls, *, template: str) -> None:
        super().__init_subclass__(template=template)
        GuardedButton.known.append(re.compile(template))


class GuardedSelect(_Guarded, ui.DynamicItem[ui.Select[Any]], template=r"(?!)"):
    """The base of every menu; what was chosen is in `item.values`."""

    def __init_subclass__(cls, *, template: str) -> None:
        super().__init_subclass__(template=template)
        GuardedButton.known.append(re.compile(template))


def answered(
    callback: Callable[P, Awaitable[list[app_commands.Choice[str]]]],
) -> Callable[P, Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    """Wrap an autocomplete callback: at most 25 choices, and none where it fails, with a log entry.

    It is a method of a cog or a function, and gets the interaction and what was typed so far.
    """

    @functools.wraps(callback)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> list[app_commands.Choice[str]]:
        interaction: Any = args[-2]
        try:
            return (await callback(*args, **kwargs))[:25]
        except UserError:  # nobody can be told while they type; the command itself will tell
            return []
        except Exception:  # noqa: BLE001 - as above
            _log.exception("autocomplete failed", extra={"reference": _reference(), **_where(interaction)})
            return []

    wrapped.__cohort_answered__ = True  # type: ignore[attr-defined]
    return wrapped


def is_stale(interaction: "discord.Interaction[Any]") -> bool:
    """Whether Discord has long forgotten the interaction."""
    # Both clocks have to agree: under SimCord or a loopback only one of them follows the pretend time.
    ours: Clock = interaction.client.clock
    age = min(discord.utils.utcnow(), ours.now()) - interaction.created_at
    if age > STALE_AFTER:
        _log.warning("stale interaction dropped", extra={"age_s": age.total_seconds(), **_where(interaction)})
        return True
    return False


def count(interaction: "discord.Interaction[Any]", name: str, outcome: Outcome) -> None:
    """Count an interaction that has come to its end."""
    began = interaction.extras.get("began")
    if began is not None:
        seconds = asyncio.get_running_loop().time() - began
        interaction.client.measures.interaction(name, outcome.value, seconds)


def is_known(custom_id: str) -> bool:
    """Whether a component with this custom id is answered by somebody."""
    return any(pattern.fullmatch(custom_id) for pattern in GuardedButton.known)


async def answer_error(
    interaction: "discord.Interaction[Any]", error: BaseException, drawn: Drawn | None = None
) -> Outcome:
    """Turn an error into a reply that only the person sees: in words, or a card that is `drawn` with them."""
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError):
        error = error.__cause__ or error
    if isinstance(error, discord.HTTPException) and error.code in {_UNKNOWN_INTERACTION, _ALREADY_ANSWERED}:
        # Too late, or answered already: nobody can be told anything. It also happens at random.
        _log.info("interaction is gone", extra={"code": error.code, **_where(interaction)})
        return Outcome.GONE
    words = _words(interaction, error)
    if interaction.type is not discord.InteractionType.autocomplete:  # it takes choices and nothing else
        await _say(interaction, {"content": words} if drawn is None else {"view": drawn(words)})
    refused = isinstance(error, UserError | app_commands.AppCommandError)
    return Outcome.REFUSED if refused else Outcome.FAILED


def _words(interaction: "discord.Interaction[Any]", error: BaseException) -> str:
    match error:
        case UserError(message=message):
            return message
        case app_commands.TransformerError(type=discord.AppCommandOptionType.channel):
            return "I cannot see that channel. Give my role View Channel there and try again."
        case app_commands.NoPrivateMessage():
            return "That works in a server, not in direct messages."
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return "That command has just changed. Wait a minute, restart Discord and try again."
        case app_commands.CheckFailure():
            return "You may not use that here."
    reference = _reference()
    _log.error("interaction failed", exc_info=error, extra={"reference": reference, **_where(interaction)})
    return (
        "Something went wrong on my side, and nothing was changed halfway. "
        f"Try again in a moment; if it stays, tell the person who runs me this reference: `{reference}`."
    )


async def _say(interaction: "discord.Interaction[Any]", reply: dict[str, Any]) -> None:
    response = interaction.response
    try:
        if not response.is_done():
            await response.send_message(**reply, ephemeral=True)
        elif response.type is discord.InteractionResponseType.deferred_channel_message:
            await interaction.edit_original_response(**reply)
        else:
            await interaction.followup.send(**reply, ephemeral=True)
    except UNREACHABLE as failure:
        code = getattr(failure, "code", type(failure).__name__)
        _log.warning("an error could not be answered", extra={"code": code, **_where(interaction)})


def _reference() -> str:
    return secrets.token_hex(4)


def _where(interaction: "discord.Interaction[Any]") -> dict[str, object]:
    """What may be logged of an interaction: never its token, its options or anybody's words."""
    data: Any = interaction.data or {}
    command = interaction.command.qualified_name if interaction.command else None
    return {
        "interaction": interaction.id,
        "server": interaction.guild_id,
        "command": command or data.get("custom_id") or "-",
    }
