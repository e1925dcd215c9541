"""What moderators are told in their channel, once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.sources import SourceState
from bot.words import _, ngettext
from cogs.ui.cards import CARE, IS_COMPONENTS_V2, container
from cogs.ui.reasons import retold, trouble
from cogs.ui.text import plain, shorten

_NAMED = 8


def render_notice(feed: Feed, reason: str, now: datetime) -> Rendered:
    """Say that a feed is stuck, why, and that it goes on by itself."""
    about = _("About feed {number} · {time} UTC").format(number=feed.number, time=f"{now:%Y-%m-%d %H:%M:%S}")
    marker = f"-# {about}"
    text = _(
        "### Feed {number} is waiting\nI could not post to {channel}. {reason}\n"
        "Nothing is lost: I post what is waiting as soon as I can. `/feed list` shows how it stands."
    ).format(number=feed.number, channel=f"<#{feed.channel_id}>", reason=retold(reason))
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(text, marker, colour=CARE).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)


def render_trouble(troubled: Mapping[str, SourceState], now: datetime) -> Rendered:
    """Say which of arXiv's lists have been failing or old for a day, and that nothing need be done."""
    about = _("About arXiv's lists · {time} UTC").format(time=f"{now:%Y-%m-%d %H:%M:%S}")
    marker = f"-# {about}"
    named = list(troubled.items())[:_NAMED]
    lines = [f"- `{name}`: {plain_state(state)}" for name, state in named]
    if len(troubled) > _NAMED:
        more = ngettext("and {count} more", "and {count} more", len(troubled) - _NAMED)
        lines.append(f"- {more}")
    text = _(
        "### arXiv's lists have trouble\n{lists}\nI keep trying, and post what was missed as soon as it arrives. "
        "You need not do anything; `/feed list` shows how it stands."
    ).format(lists="\n".join(lines))
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(text, marker, colour=CARE).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)


def plain_state(state: SourceState) -> str:
    """Describe a source's trouble, with what it sent as plain text of a bearable length."""
    error = plain(shorten(retold(state.error), 150)) if state.error else None
    return trouble(replace(state, error=error))
