"""Why a paper is in a channel, or is not, on a card."""

from typing import Any, Final

from discord import ui

from bot.domain.why import Explanation, Stage, Step, Term, Verdict
from cogs.ui.cards import CARE, GOOD, card, line
from cogs.ui.feeds.buttons import FeedButton
from cogs.ui.text import plain, plural, shorten

_SIGNS: Final = {
    Verdict.PASSED: "✅",
    Verdict.STOPPED: "⛔",
    Verdict.WAITING: "⏳",
    Verdict.NOT_REACHED: "▫️",
}
_NAMES: Final = {
    Stage.READ: "Read",
    Stage.CATEGORY: "Category",
    Stage.TYPE: "Announced as",
    Stage.QUERY: "Query",
    Stage.SEEN: "Once in a channel",
    Stage.LIMIT: "Limit",
    Stage.DELIVERY: "Delivery",
}
_TERMS: Final = 12
_LONGEST_STEP: Final = 400  # characters


def why_card(explanation: Explanation, *, manage: bool = False) -> ui.LayoutView:
    """Show an explanation: the verdict first, then every stage; with `manage` also what a moderator can do."""
    paper = explanation.paper
    title = plain(shorten(paper.title, 200)) if paper else f"arXiv:{explanation.paper_id}"
    steps = "\n".join(_step(step) for step in explanation.steps)
    feed = explanation.feed
    about = f"-# arXiv:{explanation.paper_id} · feed {feed.number} in <#{feed.channel_id}>"
    parts: list[Any] = [f"### {title}\n{about}", f"**{explanation.headline}**", line(), steps]
    buttons: list[Any] = []
    if url := _message_url(explanation):
        buttons.append(ui.Button(label="Go to the message", url=url))
    buttons.append(ui.Button(label="At arXiv", url=f"https://arxiv.org/abs/{explanation.paper_id}"))
    if manage:
        buttons += [FeedButton("edit", feed.number), FeedButton("list", 0)]
    parts.append(buttons)
    return card(*parts, colour=CARE if explanation.stopped_at else GOOD)


def _step(step: Step) -> str:
    # What is held may carry a sentence of any length.
    words = f"{_SIGNS[step.verdict]} **{_NAMES[step.stage]}** · {shorten(step.words, _LONGEST_STEP)}"
    if step.verdict is Verdict.NOT_REACHED or not step.terms:
        return words
    lines = [f"-# {_term(term)}" for term in step.terms[:_TERMS]]
    if more := len(step.terms) - _TERMS:
        lines += [f"-# … and {plural(more, 'more word')}"] if more > 0 else []
    return "\n".join([words, *lines])


def _term(term: Term) -> str:
    where = f"in the {' and '.join(term.found_in)}" if term.found_in else "not there"
    rule = "" if term.wanted else " (to be left out)"
    return f"{'✓' if term.fits else '✗'} {plain(shorten(term.text, 60))}{rule}: {where}"


def _message_url(explanation: Explanation) -> str | None:
    feed = explanation.feed
    if explanation.message_id is None or explanation.place_id is None or feed.server_id is None:
        return None
    return f"https://discord.com/channels/{feed.server_id}/{explanation.place_id}/{explanation.message_id}"
