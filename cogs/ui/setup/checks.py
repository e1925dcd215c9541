"""What Discord would refuse of settings that come from a file or from the log."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import discord

from bot.domain.feeds import FeedKind, Style
from bot.domain.transfer import Names, Step
from bot.errors import UserError
from cogs.ui.event_feeds.editing import check_native
from cogs.ui.places import Postable, check_mention, check_postable, place_of
from cogs.ui.roles.server import check_gives

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_PAPERS = (FeedKind.PAPERS, FeedKind.HIGHLIGHTS)


def names_of(guild: discord.Guild) -> Names:
    """Return what a file calls a server's channels and roles; those of one name by their category as well."""
    channels = [each for each in guild.channels if not isinstance(each, discord.CategoryChannel)]
    shared = _repeated([each.name for each in channels])
    labels = {
        each.id: f"#{each.name} in {each.category.name if each.category else 'no category'}"
        if each.name in shared
        else f"#{each.name}"
        for each in channels
    }
    return Names(labels, {each.id: f"@{each.name}" for each in guild.roles if not each.is_default()})


def placed(document: dict[str, Any], guild: discord.Guild) -> dict[str, Any]:
    """Return a feed's document with what its channel asks for: a forum has posts, perhaps with a tag."""
    if document.get("kind") not in _PAPERS:
        return document
    channel = guild.get_channel(document.get("channel_id") or 0)
    if not isinstance(channel, Postable):
        return document
    place = place_of(channel)
    return {**document, "forum": place.forum, "forum_tag_id": place.forum_tag_id}


def check_steps(interaction: Interaction, steps: Sequence[Step]) -> list[str]:
    """Return what stands against some changes, each with what to do about it."""
    faults: list[str] = []
    for step in steps:
        try:
            check_document(step.after, interaction)
        except UserError as error:
            faults.append(error.message)
    return list(dict.fromkeys(faults))


def check_document(document: Mapping[str, Any] | None, interaction: Interaction) -> None:
    """Refuse a setting that could not work here, or that is not this person's to make."""
    guild = interaction.guild
    if document is None or guild is None:
        return
    kind = document.get("kind")
    if kind == "follow":
        role = guild.get_role(document["discord_role_id"])
        if role is None:
            raise UserError("That Discord role was deleted.")
        check_gives(interaction, role)
    elif kind in set(FeedKind):
        _check_feed(document, guild)


def _check_feed(document: Mapping[str, Any], guild: discord.Guild) -> None:
    channel = guild.get_channel(document["channel_id"])
    if not isinstance(channel, Postable) or (
        document["kind"] not in _PAPERS and not isinstance(channel, discord.TextChannel)
    ):
        named = channel.mention if channel is not None else "a channel that is gone"
        raise UserError(f"A feed of {document['kind']} cannot post in {named}. Choose a text channel.")
    check_postable(channel, Style(document.get("style", Style.DIGEST)))
    role = guild.get_role(document.get("mention_role_id") or 0)
    if role is not None:
        check_mention(role, channel)
    if document.get("native"):
        check_native(guild)


def _repeated(names: Sequence[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}
