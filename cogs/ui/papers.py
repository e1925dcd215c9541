"""Papers on cards, and the digest as the messages that are stored and posted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from discord import ui

from bot.domain.digests import Digest, Rendered
from bot.domain.feeds import Candidate, Style
from bot.domain.outbox import Action
from bot.domain.papers import THANKS, AnnounceType, Author
from bot.words import N_, _, ngettext
from cogs.ui.cards import IS_COMPONENTS_V2, MAX_CHARACTERS, MAX_COMPONENTS, container, line
from cogs.ui.dates import long_date
from cogs.ui.paper_buttons import actions, open_button, overflow_button
from cogs.ui.subscription_buttons import ways_out
from cogs.ui.text import first_sentence, plain, shorten

_TITLE: Final = 220  # the longest arXiv titles have about 250 characters
_ABSTRACT: Final = 170
_AUTHORS: Final = 3
_LONGEST_THREAD_NAME: Final = 100
_ARCHIVED_AFTER_MIN: Final = 4320  # three days without a word
_PER_BLOCK: Final = 4  # a section, its text, its button, the line above
_AROUND: Final = 8  # container, heading, mention; line, overflow line, row and button; footer
_WAYS_OUT: Final = 4  # the line above, a row and its two buttons

_ANNOUNCED: Final = {
    AnnounceType.CROSS: N_("cross-list"),
    AnnounceType.REPLACE: N_("new version"),
    AnnounceType.REPLACE_CROSS: N_("new version, cross-list"),
}


def paper_block(candidate: Candidate) -> str:
    """Return the few lines that stand for a paper: never its title inside a link."""
    paper = candidate.paper
    facts = [authors(paper.authors), f"`{paper.primary_category}`"]
    if candidate.type in _ANNOUNCED:
        facts.append(_(_ANNOUNCED[candidate.type]))
    lines = [
        f"### {plain(shorten(paper.title, _TITLE))}",
        " · ".join(fact for fact in facts if fact),
    ]
    if paper.abstract:
        lines.append(plain(first_sentence(paper.abstract, _ABSTRACT)))
    lines.append(f"[Abstract]({paper.abs_url}) · [PDF]({paper.pdf_url}) · [HTML]({paper.html_url})")
    return "\n".join(lines)


def authors(names: tuple[Author, ...]) -> str:
    """Return the first authors and how many more there are."""
    shown = ", ".join(plain(shorten(author.name, 60)) for author in names[:_AUTHORS])
    more = len(names) - _AUTHORS
    return f"{shown} + {more}" if more > 0 else shown


def render_digest(digest: Digest) -> list[Rendered]:
    """Return the messages of a digest, each within Discord's limits, in the order in which they go out."""
    plan = digest.feed.plan
    shown = digest.selection.shown
    if plan.style is Style.EACH:
        pages = [[candidate] for candidate in shown]
    else:
        around = _AROUND + (_WAYS_OUT if plan.member_id is not None else 0)
        pages = _pages(shown, _room(digest, len(shown)), around)
    if plan.style is Style.THREAD and not plan.options.forum:
        return _in_thread(digest, pages)
    messages = [_message(digest, page, part, len(pages)) for part, page in enumerate(pages, start=1)]
    if not plan.options.forum:
        return messages
    if plan.style is Style.EACH:
        return [
            _forum_post(digest, message, candidate.paper.title)
            for message, candidate in zip(messages, shown, strict=True)
        ]
    first = _forum_post(digest, messages[0], day_title(digest))
    return [first, *(replace(message, below=1) for message in messages[1:])]


def _in_thread(digest: Digest, pages: list[list[Candidate]]) -> list[Rendered]:
    """A message that says what is new, its thread, and the papers in that."""
    parts = len(pages) + 1
    heading, footer = _heading(digest), marker(digest, 1, parts)
    starter = _rendered(
        digest, [heading, _("The papers are in the thread below."), footer], footer, first=True
    )
    thread = Rendered(
        {"name": day_title(digest), "auto_archive_duration": _ARCHIVED_AFTER_MIN},
        _("{message} · thread").format(message=footer),
        action=Action.THREAD,
        below=1,
    )
    messages = [_message(digest, page, part, parts) for part, page in enumerate(pages, start=2)]
    return [starter, thread, *(replace(message, below=2) for message in messages)]


def _forum_post(digest: Digest, message: Rendered, title: str) -> Rendered:
    options = digest.feed.plan.options
    payload: dict[str, Any] = {
        "name": shorten(title, _LONGEST_THREAD_NAME),
        "auto_archive_duration": _ARCHIVED_AFTER_MIN,
        "message": message.payload,
    }
    if options.forum_tag_id is not None:
        payload["applied_tags"] = [str(options.forum_tag_id)]
    return replace(message, payload=payload, action=Action.FORUM)


def day_title(digest: Digest) -> str:
    """Return the name of a day's thread."""
    plan = digest.feed.plan
    day = digest.slot_at.astimezone(ZoneInfo(plan.schedule.zone)).date()
    name = _("Papers of {day} · {categories}").format(
        day=long_date(day), categories=", ".join(plan.categories)
    )
    return shorten(name, _LONGEST_THREAD_NAME)


def digest_preview(digest: Digest, count: int, room: int) -> list[str]:
    """Return the first papers of a digest, at most `count` of them and `room` characters."""
    blocks = [paper_block(candidate) for candidate in digest.selection.shown[:count]]
    while sum(map(len, blocks)) > room:
        blocks.pop()
    return blocks


def overflow_line(digest: Digest) -> str:
    """Say how many papers are not shown, and where they are."""
    left = len(digest.selection.overflow)
    categories = digest.feed.plan.categories
    links = " · ".join(f"[{category}]({listing_url(category)})" for category in categories[:6])
    words = ngettext(
        "**{count} more new paper** not shown. All of them at arXiv: {links}",
        "**{count} more new papers** not shown. All of them at arXiv: {links}",
        left,
    )
    return words.format(links=links)


def listing_url(category: str) -> str:
    """Return arXiv's own page of a category's new papers."""
    return f"https://arxiv.org/list/{quote(category, safe='.-')}/new"


def marker(digest: Digest, part: int, parts: int) -> str:
    """Return the line by which a message is known again in the channel's history."""
    local = digest.slot_at.astimezone(ZoneInfo(digest.feed.plan.schedule.zone)).date()
    words = (
        _("Feed {number} · {day} · {part} of {parts}")
        if digest.feed.plan.member_id is None
        else _("Subscription {number} · {day} · {part} of {parts}")
    )
    return "-# " + words.format(number=digest.feed.number, day=f"{local:%Y-%m-%d}", part=part, parts=parts)


def _message(digest: Digest, page: list[Candidate], part: int, parts: int) -> Rendered:
    each = digest.feed.plan.style is Style.EACH
    items: list[Any] = []
    # A forum post of one paper bears its title: what else is new stands beside it in the forum.
    if part == 1 and not (each and digest.feed.plan.options.forum):
        items.append(_heading(digest))
    for candidate in page:
        if items:
            items.append(line())
        block = paper_block(candidate)
        if each:
            items += [block, actions(candidate.paper.id)]
        else:
            items.append(ui.Section(block, accessory=open_button(candidate.paper.id)))
    footer = marker(digest, part, parts)
    if part == parts:
        if digest.selection.overflow:
            items += [line(), overflow_line(digest), [overflow_button(digest)]]
        footer = f"{footer}\n-# {THANKS}"
        if digest.feed.plan.member_id is not None:
            items += [line(), ways_out(digest.feed.number)]
    items.append(footer)
    shown = tuple(candidate.paper.id for candidate in page)
    return _rendered(digest, items, marker(digest, part, parts), items=shown, first=part == 1)


def _rendered(
    digest: Digest, parts: list[Any], marked: str, *, items: tuple[str, ...] = (), first: bool
) -> Rendered:
    role_id = digest.feed.plan.options.mention_role_id
    mention = role_id if first else None
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [
            *([{"type": 10, "content": f"<@&{mention}>"}] if mention else []),
            container(*parts).to_component_dict(),
        ],
        "allowed_mentions": {"parse": [], "roles": [str(mention)]} if mention else {"parse": []},
    }
    return Rendered(payload, marked, items)


def _heading(digest: Digest) -> str:
    selection, plan = digest.selection, digest.feed.plan
    where = ", ".join(plan.categories[:6]) + (" …" if len(plan.categories) > 6 else "")
    count = ngettext("{count} new paper", "{count} new papers", selection.total)
    words = f"## {count}\n-# {where}"
    if plan.query:
        words += f" · {plain(shorten(plan.query, 100))}"
    if selection.overflow:
        some = _("{shown} shown, {more} more")
        words += f" · {some.format(shown=len(selection.shown), more=len(selection.overflow))}"
    return words


def _room(digest: Digest, most_parts: int) -> int:
    """Return what a message has for papers if it must also hold heading, overflow line and footer."""
    around = (
        _heading(digest),
        overflow_line(digest),
        marker(digest, most_parts, most_parts),
        f"\n-# {THANKS}",
    )
    return MAX_CHARACTERS - sum(map(len, around))


def _pages(shown: Sequence[Candidate], room: int, around: int) -> list[list[Candidate]]:
    """Fill messages in order. Each block costs its characters, a section with its button and a line."""
    pages: list[list[Candidate]] = [[]]
    left = room
    for candidate in shown:
        length = len(paper_block(candidate))
        full = length > left or _PER_BLOCK * (len(pages[-1]) + 1) + around > MAX_COMPONENTS
        if pages[-1] and full:
            pages.append([])
            left = room
        pages[-1].append(candidate)
        left -= length
    return pages
