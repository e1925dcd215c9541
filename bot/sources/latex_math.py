r"""TeX formulas as one line of Unicode: `\mathcal{O}(n^2)` becomes `𝒪(n²)`.

The tables are unicodeit's; its `replace` is not used, because it leaves what it does not know as TeX
(`x_{i,j}` became `xᵢ_,ⱼ`) and costs 4,000 passes over the text. Here each token is looked up once.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\s+|.", re.DOTALL)

# Alphabets: one letter is a symbol (ℝ, 𝒪); more are a word, which has to stay searchable.
_ALPHABETS = {
    "mathbb": "mathbb",
    "mathds": "mathbb",
    "mathcal": "mathcal",
    "mathscr": "mathscr",
    "mathfrak": "mathfrak",
}
# fmt: off
# These change the look of their argument and not its meaning.
_WRAPPERS = frozenset(
    [
        "text", "textrm", "textbf", "textit", "textsf", "texttt", "textsc", "textnormal", "mbox", "hbox",
        "emph", "operatorname", "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathnormal",
        "boldsymbol", "bm", "pmb", "ensuremath", "boxed", "mathop", "mathrel", "mathbin", "overset",
        "underset", "stackrel", "underbrace", "overbrace", "phantom", "widehat", "widetilde", "overline",
        "underline", "overrightarrow", "overleftarrow",
    ]
)
# These stand alone, and nothing is lost without them.
_SWITCHES = frozenset(
    [
        "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr",
        "middle", "limits", "nolimits", "displaystyle", "textstyle", "scriptstyle", "rm", "bf", "it", "cal",
        "sf", "tt", "nonumber", "notag", "xspace",
    ]
)
# fmt: on
_SPACES = frozenset([r"\,", r"\;", r"\:", r"\>", r"\ ", r"\\", "\\\n", r"\quad", r"\qquad", "~", r"\newline"])
_NOTHING = frozenset([r"\!", r"\/", r"\-", "&", "$", r"\(", r"\)", r"\[", r"\]"])
_ACCENTS = frozenset(["hat", "tilde", "bar", "vec", "dot", "ddot", "breve", "acute", "grave"])
# Where unicodeit says nothing, or something that reads badly.
_OURS = {
    r"\langle": "⟨", r"\rangle": "⟩", r"\cdot": "·", r"\sim": "~", r"\circ": "∘", r"\mid": "|", r"\vert": "|",
    r"\lvert": "|", r"\rvert": "|", r"\Vert": "‖", r"\lVert": "‖", r"\rVert": "‖", r"\|": "‖", r"\dots": "…",
    r"\colon": ":", r"\setminus": "∖", r"\iff": "⇔", r"\implies": "⇒", r"\lbrace": "{", r"\rbrace": "}",
    r"\%": "%", r"\&": "&", r"\#": "#", r"\_": "_", r"\$": "$", r"\{": "{", r"\}": "}", "'": "′", r"\hbar": "ℏ",
}  # fmt: skip


@lru_cache(maxsize=4096)
def math_to_text(source: str) -> str:
    """Return a formula, without its dollar signs, as text; what has no Unicode form is spelt out."""
    return re.sub(r"\s+", " ", _Reader(source).until(None)).strip()


class _Reader:
    """Reads tokens from left to right; each method takes what it uses."""

    def __init__(self, source: str) -> None:
        self._tokens = _TOKEN.findall(source)
        self._at = 0

    def until(self, end: str | None) -> str:
        """Return everything up to the token `end`, or to the end of the formula."""
        out, named = "", False
        while self._at < len(self._tokens):
            item = self._take()
            if item == end:
                break
            piece = self._one(item)
            # A name is kept apart from what it touches: `2\log n` is "2 log n", `\log^2 n` is "log² n".
            name = item[1:] == piece and item.startswith("\\") and len(item) > 2
            if (name and out[-1:].isalnum()) or (named and piece[:1].isalnum() and item not in "^_"):
                out += " "
            out, named = out + piece, name or (named and not piece)
            if out.endswith((" ", "(")) or not out or self._binds(item, out):
                self._skip_space()
        return out

    def _binds(self, item: str, out: str) -> bool:
        r"""Whether the space after `item` only ends its name: `a\leq b` is "a≤b", `a \leq b` keeps both."""
        symbol = item[:1] == "\\" and item[1:2].isalpha() and not out[-1:].isalnum()
        return symbol and not out[-2:-1].isspace()

    def _take(self) -> str:
        item: str = self._tokens[self._at]
        self._at += 1
        return item

    def _skip_space(self) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1

    def _argument(self) -> str:
        r"""Return the next group, macro or character: what `\frac` or `^` applies to."""
        self._skip_space()
        if self._at == len(self._tokens) or self._tokens[self._at] == "}":
            return ""
        return self._one(self._take())

    def _one(self, item: str) -> str:
        """Return the text of what begins with `item`."""
        if item == "{":
            return self.until("}")
        if item in "^_":
            return _script(item, self._argument().strip())
        if item.isspace() or item in _SPACES:
            return " "
        if item in _NOTHING or item == "}":
            return ""
        if item in _OURS:
            return _OURS[item]
        if not item.startswith("\\"):
            return item
        return self._macro(item)

    def _macro(self, item: str) -> str:
        name = item[1:].rstrip("*")
        if reader := _READERS.get(name):
            return reader(self)
        if name in _SWITCHES:
            return ""
        if name in _WRAPPERS:
            return self._argument()
        if name in _ALPHABETS:
            argument = self._argument()
            return _symbols().get(f"\\{_ALPHABETS[name]}{{{argument}}}", argument)
        if name in _ACCENTS:
            argument = self._argument()
            return argument + _marks()["\\" + name] if len(argument) == 1 else argument
        # An unknown macro (an author's own) is most often named for what it means.
        return _symbols().get(item, name)

    def fraction(self) -> str:
        above, below = self._argument().strip(), self._argument().strip()
        return f"{_grouped(above)}/{_grouped(below)}"

    def binomial(self) -> str:
        return f"C({self._argument().strip()}, {self._argument().strip()})"

    def root(self) -> str:
        degree = ""
        if self._at < len(self._tokens) and self._tokens[self._at] == "[":
            self._take()
            degree = _script("^", self.until("]").strip())
        return f"{degree}√{_grouped(self._argument().strip())}"

    def environment(self) -> str:
        self._argument()
        return " "

    def fence(self) -> str:
        # `\left.` is a fence that is not drawn.
        if self._at < len(self._tokens) and self._tokens[self._at] == ".":
            self._take()
        return ""

    def negated(self) -> str:
        return self._argument() + "\N{COMBINING LONG SOLIDUS OVERLAY}"


_READERS: dict[str, Callable[[_Reader], str]] = {
    "frac": _Reader.fraction,
    "dfrac": _Reader.fraction,
    "tfrac": _Reader.fraction,
    "nicefrac": _Reader.fraction,
    "sfrac": _Reader.fraction,
    "binom": _Reader.binomial,
    "sqrt": _Reader.root,
    "begin": _Reader.environment,
    "end": _Reader.environment,
    "left": _Reader.fence,
    "right": _Reader.fence,
    "not": _Reader.negated,
}


def _script(kind: str, text: str) -> str:
    """Raise or lower `text`, all of it or nothing: half-raised words cannot be read."""
    if not text:
        return ""
    if text in {"′", "′′", "∘", "*"}:
        return "°" if text == "∘" else text
    text = re.sub(r"\s*([-+=<>,])\s*", r"\1", text)
    raised = [_scripts().get(kind + character) for character in text]
    if all(raised):
        return "".join(filter(None, raised))
    return f"{kind}{text}" if text.isalnum() or len(text) == 1 else f"{kind}({text})"


def _grouped(text: str) -> str:
    """Return `text` so that what stands beside it cannot be taken for part of it."""
    return text if text.isalnum() or len(text) <= 1 else f"({text})"


@cache
def _symbols() -> dict[str, str]:
    from unicodeit.data import REPLACEMENTS

    return {tex: text for tex, text in REPLACEMENTS if text}


@cache
def _scripts() -> dict[str, str]:
    from unicodeit.data import SUBSUPERSCRIPTS

    # Two of unicodeit's stand-ins are letters of other scripts that merely look raised.
    return {tex: text for tex, text in SUBSUPERSCRIPTS if tex not in {"^V", "^.", "^*", "^∫"}} | {"^V": "ⱽ"}


@cache
def _marks() -> dict[str, str]:
    from unicodeit.data import COMBININGMARKS

    return dict(COMBININGMARKS)
