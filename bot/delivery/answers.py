"""What Discord's answers come to, when it is not what was asked for."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

import aiohttp
import discord

from bot.domain.outbox import Busy, Refused, Unknown, Unreadable

_log = logging.getLogger("cohort.delivery")

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
REFUSALS: Final = {
    10003: "The channel is gone.",
    10004: "I am no longer in this server.",
    50001: "I cannot see the channel. Give my role View Channel there.",
    50008: "That kind of channel takes no messages.",
    50013: "I may not post in the channel. Give my role Send Messages there.",
    50007: "You do not take direct messages from me.",
    50083: "The thread is archived.",
    50278: "We share no server any more, so I cannot write to you.",
    30033: "The thread is full.",
    160006: "This server has no room for another active thread.",
}

_GONE: Final = frozenset({10003, 10004})
# "Cannot send messages to this user", and the same where no server is shared any more.
_CLOSED: Final = frozenset({50007, 50278})

FAULTS: Final = (
    discord.HTTPException,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,
    asyncio.TimeoutError,
)
"""What a request to Discord may raise."""


def code_of(error: Exception) -> int | None:
    """Return the number by which Discord names a rule, None where it did not answer."""
    return error.code if isinstance(error, discord.HTTPException) else None


def came_to(error: Exception) -> Refused | Busy | Unknown:
    """Say what an attempt came to that raised one of `FAULTS`."""
    if isinstance(error, discord.RateLimited):
        return Busy(timedelta(seconds=error.retry_after))
    if not isinstance(error, discord.HTTPException):
        return Unknown(f"No answer from Discord ({type(error).__name__}).")
    if isinstance(error, discord.DiscordServerError) or error.status >= 500:
        return Unknown(f"Discord answered {error.status}.")
    if error.status == 429:
        return Busy(timedelta(seconds=30))
    if error.code not in REFUSALS:
        # Our own fault most likely; the body stays out of the log, the code names the rule.
        _log.error("Discord refused a message", extra={"status": error.status, "code": error.code})
    return Refused(_refusal(error), gone=error.code in _GONE, closed=error.code in _CLOSED)


def not_readable(error: Exception) -> Unreadable | Busy | Unknown:
    """Say what a search came to that raised one of `FAULTS`."""
    if isinstance(error, discord.Forbidden | discord.NotFound):
        return Unreadable(_refusal(error), gone=error.code in _GONE)
    if isinstance(error, discord.HTTPException):
        return Unknown(f"Discord answered {error.status}.")
    found = came_to(error)
    assert not isinstance(found, Refused)
    return found


def _refusal(error: discord.HTTPException) -> str:
    return REFUSALS.get(
        error.code, f"Discord refused the message (status {error.status}, code {error.code})."
    )
