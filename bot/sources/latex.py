r"""TeX in titles, names and abstracts, made readable: `G\"odel` is `Gödel`, `$\alpha$` is `α`.

arXiv's abstracts are half TeX and half plain text with dollars, tildes and per cent signs that mean
themselves; nothing here may raise, or lose a word.
"""

import logging
import re
import unicodedata
from collections import Counter
from functools import cache
from typing import Any

from bot.sources.latex_math import math_to_text

_SIGNS = ("\\", "$", "{", "~", "--", "``")

# arXiv allows 1,920 characters in an abstract. pylatexenc takes time that grows faster than the text.
_MAX_PARSED = 10_000

_SPACE = re.compile(r"\s+")
_DISPLAY = re.compile(r"(?<!\\)\$\$([^$]+)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)", re.DOTALL)
_DOLLARS = re.compile(r"(?<!\\)\$((?:[^$\\\x00]|\\.)+)\$(\d?)")
_LOOKS_TEX = re.compile(r"[\\^_={]")
_BARE_SCRIPT = re.compile(r"(?<![\\\s])[\^_]\{[^{}\\$]*\}")
_TIE = re.compile(r"(?<=[\w.,;:)\]}$'])~+(?=[\w\\$(\[{])")
_QUOTED = re.compile(r"``(.+?)''", re.DOTALL)
_EM_DASH = re.compile(r"(?<![-!])---(?![->])")
# Not the dashes of a command-line option.
_EN_DASH = re.compile(r"(?<![-!])--(?![->])(?:(?<=\S--)|(?![A-Za-z]))")
_KERN = re.compile(r"\\(?:m?kern|[mh]skip|hspace\*?)\s*\{?\s*-?[\d.]+\s*(?:mu|em|ex|[pb]t|[cm]m|in)\b\s*\}?")
_COMMAND = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}|\\[A-Za-z]+")


def readable(text: str) -> str:
    """Return `text` on one line with its TeX made readable; plain text comes back as it was."""
    text = _SPACE.sub(" ", text).strip()
    if not any(sign in text for sign in _SIGNS):
        return text
    return _SPACE.sub(" ", _convert(text)).strip()


def _convert(text: str) -> str:
    text = _KERN.sub("", text)
    if len(text) > _MAX_PARSED:
        return _without_commands(text)
    try:
        converted = _parsed(_prepared(text))
    except Exception:  # noqa: BLE001 - malformed TeX fails in many ways, RecursionError among them
        return _without_commands(text)
    return converted if _keeps_words(text, converted) else _without_commands(text)


def _prepared(text: str) -> str:
    r"""Settle which dollar, tilde, dash and per cent is TeX, so that one parse of the rest cannot err."""
    formulas: list[str] = []

    def put_away(match: re.Match[str]) -> str:
        formulas.append(next(filter(None, match.groups())))
        return f"\x00{len(formulas) - 1}\x01"

    text = text.replace("\x00", "").replace("\x01", "")
    text = _DISPLAY.sub(put_away, text)
    at = 0
    while match := _DOLLARS.search(text, at):
        at = match.start() + 1
        if _is_formula(match[1], before_digit=bool(match[2])):
            text = text[: match.start()] + put_away(match) + text[match.end(1) + 1 :]
    text = re.sub(r"(?<!\\)[$%#&]", r"\\\g<0>", text)
    text = _BARE_SCRIPT.sub(lambda match: math_to_text(match[0]), text)
    text = _TIE.sub(" ", text)
    text = _QUOTED.sub("“\\1”", text)
    text = _EN_DASH.sub("–", _EM_DASH.sub("—", text))
    return re.sub(r"\x00(\d+)\x01", lambda match: f"\\({formulas[int(match[1])]}\\)", text)


def _is_formula(content: str, *, before_digit: bool) -> bool:
    """Tell a formula from two prices ("$5 and $7"): it hugs its dollars, no digit follows; or it looks like TeX."""
    hugs = content == content.strip()
    if _LOOKS_TEX.search(content):
        return hugs or not before_digit
    return hugs and not before_digit


def _parsed(text: str) -> str:
    from pylatexenc.latexwalker import LatexWalker

    walker_context, converter = _machinery()
    nodes, _, _ = LatexWalker(text, latex_context=walker_context, tolerant_parsing=True).get_latex_nodes()
    converted: str = converter.nodelist_to_text(nodes)
    return converted


@cache
def _machinery() -> tuple[Any, Any]:
    """Build pylatexenc's two tables, with ours before them; about 60 ms, so at first use."""
    from pylatexenc import latex2text, latexwalker
    from pylatexenc.macrospec import std_macro

    class Converter(latex2text.LatexNodes2Text):  # type: ignore[misc] # pylatexenc is untyped
        def math_node_to_text(self, node: Any) -> str:
            if node.isNodeType(latexwalker.LatexMathNode):
                left, right = node.delimiters
                return math_to_text(node.latex_verbatim().removeprefix(left).removesuffix(right))
            return f" {math_to_text(node.latex_verbatim())} "

    # It warns of every oddity in a paper's TeX, which is nobody's to mend.
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)

    # Without these, what they hold is dropped or replaced by a placeholder such as <cit.>.
    shown = {
        "texttt": "%s", "textsc": "%s", "textsf": "%s", "textrm": "%s", "textup": "%s", "textmd": "%s", "textsl": "%s",
        "emph": "%s", "underline": "%s", "mbox": "%s", "url": "%s", "path": "%s", "footnote": "(%s)", "thanks": "(%s)",
        "cite": "[%s]", "citep": "[%s]", "citet": "[%s]", "citealp": "[%s]", "citeauthor": "[%s]", "ref": "%s",
        "eqref": "(%s)", "autoref": "%s", "label": "%s", "textsubscript": "%s", "textsuperscript": "%s",
    }  # fmt: skip
    # Switches such as {\em …} say nothing about the words after them.
    switches = [
        "em",
        "bf",
        "it",
        "rm",
        "sf",
        "tt",
        "sc",
        "sl",
        "small",
        "large",
        "normalfont",
        "centering",
        "-",
    ]
    walker_context = latexwalker.get_default_latex_context_db().filter_context(
        exclude_categories=["nonascii-specials", "verbatim"]
    )
    walker_context.add_context_category(
        "cohort", macros=[std_macro(name, "{") for name in shown] + [std_macro("href", "{{")], prepend=True
    )
    text_context = latex2text.get_default_latex_context_db()
    text_context.add_context_category(
        "cohort",
        macros=[latex2text.MacroTextSpec(name, form) for name, form in shown.items()]
        + [
            latex2text.MacroTextSpec("href", "%(2)s (%(1)s)"),
            *(latex2text.MacroTextSpec(name, "") for name in switches),
        ],
        prepend=True,
    )
    # An author's own macro is most often named for what it means: \ourmethod.
    text_context.set_unknown_macro_spec(
        latex2text.MacroTextSpec("", simplify_repl=lambda node: node.macroname + node.macro_post_space)
    )
    return walker_context, Converter(text_context, keep_comments=True)


def _keeps_words(source: str, converted: str) -> bool:
    """Whether every letter and digit outside the commands of `source` is still there."""
    before = Counter(filter(_counts, _COMMAND.sub("", source)))
    after = Counter(filter(_counts, unicodedata.normalize("NFKD", converted)))
    return before <= after


def _counts(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _without_commands(text: str) -> str:
    """Take only the marks away: crude, and safe with anything."""
    text = re.sub(r"\\(?:begin|end)\s*\{[^{}]*\}", " ", text)
    text = re.sub(r"\\([A-Za-z]+)\s*", r"\1 ", text)
    return re.sub(r"\\([^A-Za-z])", r"\1", text).replace("{", "").replace("}", "")
