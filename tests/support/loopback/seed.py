"""A small server to begin with: what most tests need."""

from dataclasses import dataclass

from tests.support.loopback.model import FORUM, NEWS, TEXT
from tests.support.loopback.world import World


@dataclass(frozen=True)
class Club:
    """Ids of a guild with a moderator (its owner), two members, and a channel of each kind."""

    guild: int
    moderator: int
    ada: int
    ben: int
    general: int
    papers: int
    events: int
    news: int
    forum: int


def add_club(world: World, name: str = "ML Club", guild_id: int | None = None) -> Club:
    """Make a club in `world`."""
    guild = world.add_guild(name, owner=world.add_user("moderator").id, guild_id=guild_id)
    ada, ben = (world.add_member(guild.id, person).user_id for person in ("ada", "ben"))
    kinds = {"general": TEXT, "papers": TEXT, "events": TEXT, "news": NEWS, "forum": FORUM}
    made = {name: world.add_channel(guild.id, name, kind).id for name, kind in kinds.items()}
    return Club(guild.id, guild.owner_id, ada, ben, **made)
