"""One paper, its citation and lists of papers, as cards for whoever asked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from discord import ButtonStyle, ui

from bot.content import load_taxonomy
from bot.domain.citations import Format, cite
from bot.domain.citations.works import address, doi_of
from bot.domain.feeds import Candidate
from bot.domain.papers import THANKS, AnnounceType, Author, Paper
from bot.domain.sources import stamp
from bot.services.papers import Found, PaperView, Unavailable
from bot.words import N_, _, ngettext, number
from cogs.ui.cards import ACCENT, CARE, MAX_CHARACTERS, card, line
from cogs.ui.paper_actions import PaperButton
from cogs.ui.papers import authors, paper_block
from cogs.ui.text import plain, shorten

_ABSTRACT: Final = 1_200
_NAMES: Final = 8
_CATEGORIES: Final = 8
_NOTE: Final = 250
_TITLE: Final = 300
_NAME: Final = 60
_LINK: Final = 300  # a longer address is left out: it would take the room of the abstract
_MARGIN: Final = 60
_POSTS: Final = 2
_CITED: Final = 3_600  # characters of both citations that stand on a card; longer ones come as files
_KINDS: Final = {AnnounceType.CROSS: N_("cross-list"), AnnounceType.REPLACE: N_("new version")}
_NEVER: Final = datetime(1991, 8, 14, tzinfo=UTC)  # arXiv's first day


def paper_card(
    view: PaperView, *, in_server: bool, own: bool = True, asked_version: int | None = None
) -> ui.LayoutView:
    """Show one paper; `own` is a card that only the person who asked sees, with what they did."""
    paper = view.paper
    title = fitted(paper.title, _TITLE)
    head = f"## {title}\n{_names(paper.authors)}\n-# {_identity(paper)}"
    notes = "\n".join([*_notes(view), *_asked(paper, asked_version)])
    room = MAX_CHARACTERS - len(head) - len(notes) - _MARGIN
    abstract = fitted(paper.abstract, min(_ABSTRACT, room)) if paper.abstract else _("No abstract.")
    whole = abstract == plain(paper.abstract)
    parts: list[Any] = [head]
    if view.is_withdrawn:
        parts.append(_("⚠️ **This paper was withdrawn**, by its authors or by arXiv. Its page says why."))
    parts += [_gap(), abstract]
    if notes:
        parts += [_gap(), notes]
    parts += [line(), *_rows(view, in_server=in_server, own=own, whole=whole or not paper.abstract)]
    parts.append(links(paper))
    return card(*parts, colour=CARE if view.is_withdrawn else ACCENT)


def abstract_card(paper: Paper) -> ui.LayoutView:
    """Show the whole abstract, or as much of it as a message holds."""
    head = f"### {fitted(paper.title, _TITLE)}"
    text = fitted(paper.abstract, MAX_CHARACTERS - len(head) - _MARGIN) or "arXiv has no abstract of it."
    return card(head, text, links(paper))


def nearest_card(found: Found, typed: str) -> ui.LayoutView:
    """Offer the papers whose titles are nearest to what was typed."""
    said = plain(shorten(typed, 150))
    busy = f"\n{busy_line(found.busy)}" if found.busy else ""
    if not found.nearest:
        return card(
            f"## No paper found\nI know no title like “{said}”. Try fewer words, an id such as 1706.03762, or "
            f"`/papers search`.{busy}",
            colour=CARE,
        )
    head = f"## Is it one of these?\nNo title is exactly “{said}”.{busy}"
    return card(head, *listed(found.nearest, MAX_CHARACTERS - len(head) - _MARGIN))


def similar_card(paper: Paper, similar: Sequence[Paper]) -> ui.LayoutView:
    """Show what is like a paper."""
    head = f"## More like this\n-# {plain(shorten(paper.title, 200))}"
    if not similar:
        return card(f"{head}\nNothing that I have stored lately is like it. Try `/papers search`.")
    return card(head, *listed(similar, MAX_CHARACTERS - len(head) - _MARGIN))


def citations(paper: Paper) -> tuple[ui.LayoutView | None, dict[str, bytes]]:
    """Return the card with both citations, or, where they are too long for one, the files."""
    bibtex, ris = cite(paper, Format.BIBTEX).strip(), cite(paper, Format.RIS).strip()
    if len(bibtex) + len(ris) > _CITED:
        name = paper.id.replace("/", "-")
        return None, {f"{name}.bib": f"{bibtex}\n".encode(), f"{name}.ris": f"{ris}\n".encode()}
    text = f"## Cite\n**BibTeX**\n```bibtex\n{_in_block(bibtex)}\n```\n**RIS** for Zotero, EndNote and Mendeley\n```\n{_in_block(ris)}\n```"
    return card(text), {}


def listed(papers: Sequence[Paper | Candidate], room: int) -> list[Any]:
    """Return a block with an Open button for each paper, within `room` characters all together."""
    candidates = [
        each if isinstance(each, Candidate) else Candidate(each, AnnounceType.NEW, _NEVER) for each in papers
    ]
    blocks = [paper_block(candidate) for candidate in candidates]
    if sum(map(len, blocks)) > room:
        blocks = [_brief(candidate.paper) for candidate in candidates]
    parts: list[Any] = []
    for candidate, block in zip(candidates, blocks, strict=True):
        parts += [line(), ui.Section(block, accessory=PaperButton("open", candidate.paper.id))]
    return parts


def links(paper: Paper) -> list[ui.Button[Any]]:
    """Return the buttons that lead to arXiv."""
    where = {"Abstract": paper.abs_url, "PDF": paper.pdf_url, "HTML": paper.html_url}
    return [ui.Button(label=label, style=ButtonStyle.link, url=url) for label, url in where.items()]


def busy_line(busy: Unavailable) -> str:
    """Say that arXiv cannot be asked, and when to try again."""
    return f"⏳ {busy.reason} Try again {stamp(busy.until)}."


def fitted(text: str, room: int) -> str:
    """Return text as Discord shows it literally, in at most `room` characters, its escapes included."""
    limit = room
    while limit > 0:
        shown = plain(shorten(text, limit))
        if len(shown) <= room:
            return shown
        limit -= len(shown) - room
    return ""


def thanks() -> str:
    """Return what arXiv asks to be shown."""
    return f"-# {THANKS}"


def _rows(view: PaperView, *, in_server: bool, own: bool, whole: bool) -> list[list[PaperButton]]:
    id_, counts = view.paper.id, view.counts
    first = [PaperButton("save", id_, count=counts.saves, done=own and view.is_saved)]
    if in_server:
        first.insert(0, PaperButton("vote", id_, count=counts.votes, done=own and view.has_voted))
        first.append(PaperButton("discuss", id_))
    first.append(PaperButton("cite", id_))
    second = [PaperButton("why", id_), PaperButton("more", id_)]
    if not whole:
        second.append(PaperButton("abstract", id_))
    return [first, second]


def _gap() -> ui.Separator[Any]:
    """Return a little room between texts that are no sections of their own."""
    return ui.Separator(visible=False)


def _names(names: Sequence[Author]) -> str:
    shown = ", ".join(fitted(author.name, _NAME) for author in names[:_NAMES])
    more = len(names) - _NAMES
    if more > 0:
        words = ngettext("{names} and {count} other", "{names} and {count} others", more)
        return words.format(names=shown)
    return shown or _("No authors given")


def _identity(paper: Paper) -> str:
    taxonomy = load_taxonomy()
    named = [f"`{code}` {taxonomy.name(code)}" for code in paper.categories[:_CATEGORIES]]
    more = len(paper.categories) - _CATEGORIES
    return " · ".join([f"arXiv:{paper.id}v{paper.version}", *named, *([f"+ {more}"] if more > 0 else [])])


def _notes(view: PaperView) -> list[str]:
    paper, details, known = view.paper, view.details, view.signals
    lines = []
    if details and details.comment:
        lines.append(f"**{_('Comment')}** {fitted(details.comment, _NOTE)}")
    if paper.journal_ref:
        lines.append(f"**{_('Published in')}** {fitted(paper.journal_ref, _NOTE)}")
    doi = doi_of(paper)
    if doi and len(url := address("https://doi.org/", doi)) <= _LINK:
        lines.append(f"**DOI** {fitted(doi, 100)} · [{_('Publisher')}]({url})")
    if known:
        facts = []
        if known.upvotes:
            page = f"https://huggingface.co/papers/{paper.id}"
            words = ngettext(
                "{count} upvote at [Hugging Face]({page})",
                "{count} upvotes at [Hugging Face]({page})",
                known.upvotes,
            )
            facts.append(words.format(page=page))
        if known.code_url and len(known.code_url) <= _LINK:
            stars = f" (★ {number(known.stars)})" if known.stars else ""
            facts.append(f"[{_('Code')}]({_closed(known.code_url)}){stars}")
        if known.project_url and len(known.project_url) <= _LINK:
            facts.append(f"[{_('Project page')}]({_closed(known.project_url)})")
        if facts:
            lines.append(" · ".join(facts))
    if view.announced:
        where = ", ".join(_category(each.category, each.type) for each in view.announced[:_CATEGORIES])
        first = stamp(min(each.at for each in view.announced), "D")
        lines.append(_("**Announced** {day} in {categories}").format(day=first, categories=where))
    elif details and details.submitted_at:
        lines.append(f"**{_('Submitted')}** {stamp(details.submitted_at, 'D')}")
    lines += [
        _("**Posted here** {day} in {channel}").format(
            day=stamp(post.slot_at, "D"), channel=f"<#{post.channel_id}>"
        )
        for post in view.posted[:_POSTS]
    ]
    return lines


def _category(code: str, announced: AnnounceType) -> str:
    kind = _KINDS.get(announced)
    return f"`{code}`" + (f" ({_(kind)})" if kind else "")


def _asked(paper: Paper, version: int | None) -> list[str]:
    if version is None or version == paper.version:
        return []
    url = f"{paper.abs_url}v{version}"
    return [f"-# You asked for version {version}: [it is at arXiv]({url})."]


def _brief(paper: Paper) -> str:
    """Return a paper in a few hundred characters, whatever its title is made of."""
    return (
        f"### {fitted(paper.title, 160)}\n{fitted(authors(paper.authors[:1]), 80)} · "
        f"`{paper.primary_category}`\n[Abstract]({paper.abs_url})"
    )


def _closed(url: str) -> str:
    """Return an address that does not end a link early."""
    return url.replace("(", "%28").replace(")", "%29")


def _in_block(text: str) -> str:
    return text.replace("\r\n", "\n").replace("```", "'''")
