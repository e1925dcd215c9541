"""What a moderator should know of a feed that was just set up, whatever it is of."""

from collections.abc import Sequence

from bot.domain.feeds import Feed
from cogs.ui.text import listing


def setup_hints(feed: Feed, access: Sequence[str], *, zone_chosen: bool) -> list[str]:
    """Return a word on the zone nobody chose, and on the permissions `access` that would help."""
    hints = []
    if not zone_chosen:
        hints.append(
            f"-# {feed.plan.schedule.time:%H:%M} is UTC. For your own time press Edit and set the zone, such as "
            "Berlin; I remember it for this server."
        )
    if access:
        hints.append(
            f"⚠️ I have no {listing(list(access))} there. Posts work without it, but if Discord's answer to "
            "one gets lost I must hold it until I can look."
        )
    return hints
