"""What changed about a paper, on the message that shows it and in words of its own."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.domain.changes import ChangeKind, PaperChange
from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.languages import Language
from bot.domain.papers import Paper
from bot.words import _, speaking, spoken
from cogs.ui.cards import IS_COMPONENTS_V2, MAX_CHARACTERS, container
from cogs.ui.paper_buttons import language_of, relabel
from cogs.ui.text import plain, shorten

# By which a mark is known again, whatever language it was made in.
_SIGNS: Final = {
    ChangeKind.VERSION: "🔄 ",
    ChangeKind.WITHDRAWN: "⛔ ",
    ChangeKind.PUBLISHED: "📘 ",
}


class ChangeCards:
    """Marks changes on stored messages; `bot.services.changes.ChangeRenderer`."""

    def mark(self, body: str, change: PaperChange, saves: Mapping[str, int]) -> str | None:
        """Return the message's JSON body with the change marked, None where it does not show the paper.

        `saves` says how many members of the server saved each paper: the buttons bear the number.
        """
        stored = json.loads(body)
        message = stored.get("message", stored)  # a forum post wraps its first message
        block = next((text for text in _texts(message) if _is_about(text["content"], change.paper)), None)
        if block is None:
            return None
        with speaking(_language_of(message)):
            _mark(message, block, change, saves)
        edit = {
            name: message[name] for name in ("flags", "components", "allowed_mentions") if name in message
        }
        return json.dumps(edit, ensure_ascii=False, separators=(",", ":"))

    def say(self, change: PaperChange, feed: Feed, message_id: int | None) -> Rendered:
        """Return a message that says what changed, in answer to the one that showed the paper."""
        paper = change.paper
        sorts = {
            ChangeKind.VERSION: _("version"),
            ChangeKind.WITHDRAWN: _("withdrawn"),
            ChangeKind.PUBLISHED: _("published"),
        }
        words = _("Feed {number} · {paper} · {what}").format(
            number=feed.number, paper=f"{paper.id}v{paper.version}", what=sorts[change.kind]
        )
        marker = f"-# {words}"
        text = f"{_words(change)}\n**{plain(shorten(paper.title, 200))}**\n[Abstract]({paper.abs_url})"
        payload: dict[str, Any] = {
            "flags": IS_COMPONENTS_V2,
            "components": [container(text, marker).to_component_dict()],
            "allowed_mentions": {"parse": []},
        }
        if message_id is not None:
            payload["message_reference"] = {"message_id": str(message_id), "fail_if_not_exists": False}
        return Rendered(payload, marker)


def _mark(
    message: dict[str, Any], block: dict[str, Any], change: PaperChange, saves: Mapping[str, int]
) -> None:
    sign = _SIGNS[change.kind]
    # What is marked again replaces its mark: version 3 says no more of version 2.
    lines = [line for line in block["content"].split("\n") if not line.startswith(sign)]
    heading = next((place for place, line in enumerate(lines) if line.startswith("### ")), -1)
    lines.insert(heading + 1, _words(change))
    room = MAX_CHARACTERS - sum(len(text["content"]) for text in _texts(message)) + len(block["content"])
    block["content"] = _fitting(lines, room)
    for node in _nodes(message):
        relabel(node, saves)


def _language_of(message: dict[str, Any]) -> Language:
    """Return the language that a message is in, so that its mark is in no other."""
    said = (
        language_of(str(each.get("custom_id", "")), str(each.get("label", ""))) for each in _nodes(message)
    )
    return next((each for each in said if each is not None), spoken())


def _words(change: PaperChange) -> str:
    sign, paper = _SIGNS[change.kind], change.paper
    match change.kind:
        case ChangeKind.VERSION:
            words = _("Now version {version}").format(version=paper.version)
        case ChangeKind.PUBLISHED:
            words = _("Published: {journal}").format(journal=plain(shorten(paper.journal_ref or "", 120)))
        case ChangeKind.WITHDRAWN:
            words = _("Withdrawn by its authors or arXiv (version {version})").format(version=paper.version)
    return f"{sign}{words}"


def _is_about(text: str, paper: Paper) -> bool:
    return f"({paper.abs_url})" in text


def _fitting(lines: list[str], room: int) -> str:
    """Leave out the sentence of the abstract where the message has no room for the mark beside it."""
    text = "\n".join(lines)
    if len(text) <= room:
        return text
    longest = max((line for line in lines if not line.startswith(("### ", "[Abstract]"))), key=len)
    return "\n".join(line for line in lines if line is not longest)


def _texts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (each for each in _nodes(node) if isinstance(each.get("content"), str))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in (*(node.get("components") or ()), node.get("accessory")):
        if child:
            yield from _nodes(child)
