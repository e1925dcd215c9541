"""Papers on cards, and the digest as the messages that are stored and posted."""

from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bot.domain.digests import Digest, Rendered
from bot.domain.feeds import Candidate, Style
from bot.domain.papers import THANKS, AnnounceType, Author
from cogs.ui.cards import IS_COMPONENTS_V2, MAX_CHARACTERS, MAX_COMPONENTS, container, line
from cogs.ui.text import first_sentence, plain, plural, shorten

_TITLE: Final = 220  # the longest arXiv titles have about 250 characters
_ABSTRACT: Final = 170
_AUTHORS: Final = 3

_ANNOUNCED: Final = {
    AnnounceType.CROSS: "cross-list",
    AnnounceType.REPLACE: "new version",
    AnnounceType.REPLACE_CROSS: "new version, cross-list",
}


def paper_block(candidate: Candidate) -> str:
    """Return the few lines that stand for a paper: never its title inside a link."""
    paper = candidate.paper
    facts = [authors(paper.authors), f"`{paper.primary_category}`"]
    if candidate.type in _ANNOUNCED:
        facts.append(_ANNOUNCED[candidate.type])
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
    """Return the messages of a digest, each within Discord's limits."""
    blocks = [paper_block(candidate) for candidate in digest.selection.shown]
    each = digest.feed.plan.style is Style.EACH
    pages = [[block] for block in blocks] if each else _pages(blocks, _room(digest, len(blocks)))
    return [_message(digest, page, part, len(pages)) for part, page in enumerate(pages, start=1)]


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
    return f"**{plural(left, 'more new paper')}** not shown. All of them at arXiv: {links}"


def listing_url(category: str) -> str:
    """Return arXiv's own page of a category's new papers."""
    return f"https://arxiv.org/list/{quote(category, safe='.-')}/new"


def marker(digest: Digest, part: int, parts: int) -> str:
    """Return the line by which a message is known again in the channel's history."""
    local = digest.slot_at.astimezone(ZoneInfo(digest.feed.plan.schedule.zone)).date()
    return f"-# Feed {digest.feed.number} · {local:%Y-%m-%d} · {part} of {parts}"


def _message(digest: Digest, blocks: list[str], part: int, parts: int) -> Rendered:
    items: list[Any] = []
    if part == 1 and (heading := _heading(digest)):
        items.append(heading)
    for block in blocks:
        if items:
            items.append(line())
        items.append(block)
    footer = marker(digest, part, parts)
    if part == parts:
        if digest.selection.overflow:
            items += [line(), overflow_line(digest)]
        footer = f"{footer}\n-# {THANKS}"
    items.append(footer)
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(*items).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker(digest, part, parts))


def _heading(digest: Digest) -> str:
    selection, plan = digest.selection, digest.feed.plan
    where = ", ".join(plan.categories[:6]) + (" …" if len(plan.categories) > 6 else "")
    words = f"## {plural(selection.total, 'new paper')}\n-# {where}"
    if plan.query:
        words += f" · {plain(shorten(plan.query, 100))}"
    if selection.overflow:
        words += f" · {len(selection.shown)} shown, {len(selection.overflow)} more"
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


def _pages(blocks: list[str], room: int) -> list[list[str]]:
    """Fill messages in order. Each block costs its characters, itself and the line above it."""
    pages: list[list[str]] = [[]]
    left = room
    for block in blocks:
        full = len(block) > left or 2 * (len(pages[-1]) + 1) + 5 > MAX_COMPONENTS
        if pages[-1] and full:
            pages.append([])
            left = room
        pages[-1].append(block)
        left -= len(block)
    return pages
