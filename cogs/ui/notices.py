"""What moderators are told in their channel, once."""

from datetime import datetime

from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from cogs.ui.cards import CARE, IS_COMPONENTS_V2, container


def render_notice(feed: Feed, reason: str, now: datetime) -> Rendered:
    """Say that a feed is stuck, why, and that it goes on by itself."""
    marker = f"-# About feed {feed.number} · {now:%Y-%m-%d %H:%M:%S} UTC"
    text = (
        f"### Feed {feed.number} is waiting\nI could not post to <#{feed.channel_id}>. {reason}\n"
        "Nothing is lost: I post what is waiting as soon as I can. `/feed list` shows how it stands."
    )
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(text, marker, colour=CARE).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)
