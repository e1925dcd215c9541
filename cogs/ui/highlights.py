"""The weekly post of what a server discussed and saved most."""

from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from discord import ui

from bot.domain.digests import Rendered
from bot.domain.highlights import Highlight, Highlights
from bot.domain.outbox import Action
from bot.domain.papers import THANKS
from bot.words import _, ngettext
from cogs.ui.cards import IS_COMPONENTS_V2, MAX_CHARACTERS, container, line
from cogs.ui.dates import long_date
from cogs.ui.paper_buttons import open_button
from cogs.ui.papers import authors
from cogs.ui.text import plain, shorten

_TITLE: Final = 200
_NAMED: Final = 3  # threads of one paper


def render_highlights(highlights: Highlights) -> Rendered:
    """Return the post; papers that do not fit one message are left out, the least first."""
    feed = highlights.feed
    day = highlights.slot_at.astimezone(ZoneInfo(feed.plan.schedule.zone)).date()
    words = _("Feed {number} · {day} · highlights").format(number=feed.number, day=f"{day:%Y-%m-%d}")
    marker = f"-# {words}"
    heading = _(
        "## What this server made of its papers\n-# Discussed, saved and found useful since the last time"
    )
    footer = f"{marker}\n-# {THANKS}"
    parts: list[Any] = [heading]
    room = MAX_CHARACTERS - len(heading) - len(footer)
    shown: list[str] = []
    for place, highlight in enumerate(highlights.shown, start=1):
        block = _block(place, highlight)
        if len(block) > room:
            break
        room -= len(block)
        parts += [line(), ui.Section(block, accessory=open_button(highlight.paper.id))]
        shown.append(highlight.paper.id)
    payload: dict[str, Any] = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(*parts, footer).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    rendered = Rendered(payload, marker, tuple(shown))
    if not feed.plan.options.forum:
        return rendered
    name = _("Highlights of {day}").format(day=long_date(day))
    post = {"name": name, "auto_archive_duration": 4320, "message": payload}
    if feed.plan.options.forum_tag_id is not None:
        post["applied_tags"] = [str(feed.plan.options.forum_tag_id)]
    return replace(rendered, payload=post, action=Action.FORUM)


def _block(place: int, highlight: Highlight) -> str:
    paper = highlight.paper
    made = []
    if highlight.discussion_ids:
        threads = ", ".join(f"<#{thread}>" for thread in highlight.discussion_ids[:_NAMED])
        made.append(_("discussed in {threads}").format(threads=threads))
    if highlight.saves:
        made.append(ngettext("saved by {count} member", "saved by {count} members", highlight.saves))
    if highlight.votes:
        made.append(ngettext("useful to {count} member", "useful to {count} members", highlight.votes))
    return (
        f"### {place}. {plain(shorten(paper.title, _TITLE))}\n{authors(paper.authors)} · `{paper.primary_category}`\n"
        f"{' · '.join(made)}\n[Abstract]({paper.abs_url}) · [PDF]({paper.pdf_url})"
    )
