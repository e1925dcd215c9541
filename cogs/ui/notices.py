"""What moderators are told in their channel, once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.sources import SourceState, describe
from cogs.ui.cards import CARE, IS_COMPONENTS_V2, container
from cogs.ui.text import plain, shorten

_NAMED = 8


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


def render_trouble(troubled: Mapping[str, SourceState], now: datetime) -> Rendered:
    """Say which of arXiv's lists have been failing or old for a day, and that nothing need be done."""
    marker = f"-# About arXiv's lists · {now:%Y-%m-%d %H:%M:%S} UTC"
    named = list(troubled.items())[:_NAMED]
    lines = [f"- `{name}`: {plain_state(state, now)}" for name, state in named]
    if len(troubled) > _NAMED:
        lines.append(f"- and {len(troubled) - _NAMED} more")
    text = (
        "### arXiv's lists have trouble\n"
        + "\n".join(lines)
        + "\nI keep trying, and post what was missed as soon "
        "as it arrives. You need not do anything; `/feed list` shows how it stands."
    )
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(text, marker, colour=CARE).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)


def plain_state(state: SourceState, now: datetime) -> str:
    """Describe a source's state, with what it sent as plain text of a bearable length."""
    error = plain(shorten(state.error, 150)) if state.error else None
    return describe(replace(state, error=error), now)
