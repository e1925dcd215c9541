"""The thread in which a channel discusses a paper: opened once, found again, brought back from the archive."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.papers import Paper
from bot.errors import UserError
from bot.services.discussions import Claim
from bot.words import speaking
from cogs.ui.access import here, language_here
from cogs.ui.cards import card, show
from cogs.ui.text import listing, plain, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_LONGEST_NAME: Final = 100
_ARCHIVED_AFTER_MIN: Final = 4320  # three days without a word
_LOOKED_THROUGH: Final = 100  # archived threads
_TOO_MANY_THREADS: Final = 160006  # https://discord.com/developers/docs/topics/opcodes-and-status-codes
_NEEDED: Final = {
    "view_channel": "View Channel",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
}


async def discuss(interaction: Interaction, paper: Paper) -> None:
    """Answer with the link to the paper's thread in this channel; open it if there is none."""
    if interaction.guild_id is None:
        raise UserError("Threads open in a server. Press Discuss below the paper in a channel there.")
    server_id = here(interaction)
    channel = _channel(interaction)
    service = interaction.client.services.discussions
    async with service.turn(channel.id, paper.id):
        claimed = await service.claim(channel.id, paper.id, server_id)
        if claimed.claim is Claim.OPEN:
            assert claimed.thread_id is not None
            thread = await _standing(channel.guild, claimed.thread_id)
            if thread is not None:
                await show(interaction, _link_card(paper, thread, opened=False))
                return
            await service.forget(channel.id, paper.id, claimed.thread_id)
            claimed = await service.claim(channel.id, paper.id, server_id)
        if claimed.claim in {Claim.OPEN, Claim.OPENING}:
            raise UserError("Somebody is opening the thread right now. Press Discuss again in a minute.")
        thread = await _begun(interaction, channel, paper) if claimed.claim is Claim.TAKEN_OVER else None
        if thread is None:
            thread = await _open(interaction, channel, paper)
        if not thread.message_count:
            # Before it is written down: a thread that is known always has its paper.
            await thread.send(view=await _starter(interaction, paper))
        await service.opened(channel.id, paper.id, thread.id)
    await show(interaction, _link_card(paper, thread, opened=True))


def _channel(interaction: Interaction) -> discord.TextChannel:
    assert interaction.guild is not None
    assert interaction.channel_id is not None
    channel: Any = interaction.guild.get_channel_or_thread(interaction.channel_id) or interaction.channel
    if isinstance(channel, discord.Thread):
        raise UserError("You are in a thread already: discuss the paper right here.")
    if not isinstance(channel, discord.TextChannel):
        raise UserError("No thread can be opened here. Press Discuss below the paper in a text channel.")
    return channel


async def _open(interaction: Interaction, channel: discord.TextChannel, paper: Paper) -> discord.Thread:
    """Open a thread; where Discord certainly opened none, the next one may try at once."""
    service = interaction.client.services.discussions
    try:
        _check(interaction, channel)
        kind = discord.ChannelType.news_thread if channel.is_news() else discord.ChannelType.public_thread
        return await channel.create_thread(
            name=thread_name(paper), type=kind, auto_archive_duration=_ARCHIVED_AFTER_MIN
        )
    except UserError:
        await service.give_back(channel.id, paper.id)
        raise
    except discord.HTTPException as error:
        if not 400 <= error.status < 500:
            raise  # nobody knows whether it was opened: the claim stays until somebody looks
        await service.give_back(channel.id, paper.id)
        if error.code == _TOO_MANY_THREADS:
            raise UserError(
                "This server has as many open threads as Discord allows. Close some first."
            ) from error
        raise UserError(
            f"Discord did not let me open a thread here ({error.text}). Ask a moderator to look at my permissions."
        ) from error


def _check(interaction: Interaction, channel: discord.TextChannel) -> None:
    granted = channel.permissions_for(channel.guild.me)
    missing = [words for name, words in _NEEDED.items() if not getattr(granted, name)]
    if missing:
        raise UserError(
            f"I cannot open a thread in {channel.mention}: I lack {listing(missing)} there. "
            "Ask a moderator to allow it for my role."
        )
    if not interaction.permissions.send_messages_in_threads:
        raise UserError("You may not write in threads of this channel, so I open none for you.")


async def _begun(
    interaction: Interaction, channel: discord.TextChannel, paper: Paper
) -> discord.Thread | None:
    """Return the thread that somebody opened and never wrote down, if it is there."""
    others = await interaction.client.services.discussions.threads_in(channel.id)
    name, me = thread_name(paper), channel.guild.me.id
    threads = [thread for thread in await channel.guild.active_threads() if thread.parent_id == channel.id]
    if channel.permissions_for(channel.guild.me).read_message_history:
        threads += [thread async for thread in channel.archived_threads(limit=_LOOKED_THROUGH)]
    for thread in threads:
        if thread.owner_id == me and thread.name == name and thread.id not in others:
            await _unarchive(thread)
            return thread
    return None


async def _standing(guild: discord.Guild, thread_id: int) -> discord.Thread | None:
    """Return a thread that was opened before, out of the archive; None where it was deleted."""
    thread: Any = guild.get_thread(thread_id)
    if thread is None:
        try:
            thread = await guild.fetch_channel(thread_id)
        except discord.NotFound:
            return None
        except discord.Forbidden as error:
            raise UserError("The thread is there, but I cannot see it. Ask a moderator to let me.") from error
    assert isinstance(thread, discord.Thread)
    await _unarchive(thread)
    return thread


async def _unarchive(thread: discord.Thread) -> None:
    if thread.archived and not thread.locked:
        with suppress(discord.HTTPException):  # the link leads there all the same
            await thread.edit(archived=False)


async def _starter(interaction: Interaction, paper: Paper) -> ui.LayoutView:
    from cogs.ui.paper_cards import paper_card

    view = await interaction.client.services.papers.view(
        paper, server_id=interaction.guild_id, member_id=interaction.user.id
    )
    with speaking(await language_here(interaction)):  # everybody reads it
        return paper_card(view, in_server=True, own=False)


def thread_name(paper: Paper) -> str:
    """Return the name of a paper's thread."""
    return shorten(paper.title, _LONGEST_NAME) or paper.id


def _link_card(paper: Paper, thread: discord.Thread, *, opened: bool) -> ui.LayoutView:
    words = "## The thread is open" if opened else "## It is discussed here"
    closed = "\n🔒 A moderator has closed it." if thread.locked else ""
    link = ui.Button[Any](label="Go there", style=discord.ButtonStyle.link, url=thread.jump_url)
    # The mention shows the name; only a thread that was renamed does not say which paper it is about.
    title = "" if thread.name == thread_name(paper) else f" · {plain(shorten(paper.title, 150))}"
    return card(f"{words}\n{thread.mention}{title}{closed}", [link])
