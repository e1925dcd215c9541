"""A Discord on 127.0.0.1: real HTTP, a real gateway, for an unmodified discord.py.

    async with LoopbackDiscord() as discord:
        club = add_club(discord.world)
        with discord.pointed():
            ...  # start the bot with discord.world.token
            done = await discord.slash(club.moderator, club.papers, "feed papers", channel=club.papers)
            assert "cs.LG" in done.reply.text

It is what SimCord cannot be: lost responses, resets, 429, nonces, resumes, shards, several processes.
"""

from tests.support.loopback.clock import LoopbackClock
from tests.support.loopback.errors import ApiError, DriverError
from tests.support.loopback.faults import Fault, storm
from tests.support.loopback.interactions import Interaction
from tests.support.loopback.limits import Limits
from tests.support.loopback.model import Message
from tests.support.loopback.remote import RemoteLoopback, spawn
from tests.support.loopback.rest.api import RequestRecord
from tests.support.loopback.seed import Club, add_club
from tests.support.loopback.server import LoopbackDiscord, pointed_at
from tests.support.loopback.world import World

__all__ = [
    "ApiError",
    "Club",
    "DriverError",
    "Fault",
    "Interaction",
    "Limits",
    "LoopbackClock",
    "LoopbackDiscord",
    "Message",
    "RemoteLoopback",
    "RequestRecord",
    "World",
    "add_club",
    "pointed_at",
    "spawn",
    "storm",
]
