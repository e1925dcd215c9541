"""What may be meant while a query is being typed."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bot.domain.queries.errors import QueryError
from bot.domain.queries.parsing import parse_query
from bot.domain.queries.tree import Or

_MOST = 25  # choices of one autocomplete, by Discord's rules
_LONGEST = 100  # characters of a choice's value and of its label
_FEW = 6  # offers for a field that only may be meant

EXAMPLES: Final = (
    ('ti:diffusion AND abs:"text to image" NOT survey', "Pictures from text"),
    ('"large language model*" AND reasoning', "Language models that reason"),
    ("cat:cs.LG AND ti:transformer*", "Transformers, in machine learning"),
    ('"retrieval augmented" OR rag', "Answers from retrieved documents"),
    ("(quantiz* OR pruning OR distillation) AND llm*", "Smaller, faster models"),
    ("ti:agent* AND (benchmark OR evaluation)", "How agents are measured"),
    ('"reinforcement learning" AND cat:cs.RO', "Robots that learn"),
    ('"graph neural" AND NOT cat:cs.CV', "Graph networks, not in vision"),
    ("ti:survey AND cat:cs.CL", "Surveys of language processing"),
    ('"vision language" AND (grounding OR "question answering")', "Pictures and words together"),
    ('"mechanistic interpretability" OR "sparse autoencoder*"', "What goes on inside a model"),
    ('jailbreak*, "prompt injection"', "Attacks on language models"),
    ('"low resource" AND (translation OR speech)', "Languages with little data"),
    ("fairness AND NOT cat:cs.CV", "Fairness"),
    ("au:bengio", "By author"),
    ("cat:stat AND causal*", "Causality, all of statistics"),
    ('"self supervised" AND (medical OR clinical)', "Medicine with few labels"),
    ('ti:"state space model*" OR ti:mamba', "Sequences without attention"),
)
"""Queries to start from, and what each is for."""

_CATEGORIES: Final = (
    ("cs.LG", "Machine Learning"),
    ("cs.AI", "Artificial Intelligence"),
    ("cs.CL", "Computation and Language"),
    ("cs.CV", "Computer Vision and Pattern Recognition"),
    ("stat.ML", "Machine Learning (Statistics)"),
    ("cs.RO", "Robotics"),
    ("cs.IR", "Information Retrieval"),
    ("cs.NE", "Neural and Evolutionary Computing"),
    ("cs.MA", "Multiagent Systems"),
    ("cs.HC", "Human-Computer Interaction"),
    ("cs.CY", "Computers and Society"),
    ("cs.CR", "Cryptography and Security"),
    ("cs.SD", "Sound"),
    ("cs.SE", "Software Engineering"),
    ("cs.DC", "Distributed, Parallel, and Cluster Computing"),
    ("cs.SI", "Social and Information Networks"),
    ("eess.AS", "Audio and Speech Processing"),
    ("eess.IV", "Image and Video Processing"),
    ("eess.SY", "Systems and Control"),
    ("math.OC", "Optimization and Control"),
    ("q-bio.QM", "Quantitative Methods"),
    ("quant-ph", "Quantum Physics"),
    ("cs", "all of computer science"),
    ("stat", "all of statistics"),
)
_AFTER_FIELD = {
    "ti": ("diffusion", '"large language model*"', "transformer*", "survey"),
    "abs": ("benchmark", '"state of the art"', '"we release"', "dataset*"),
    "au": ("bengio", '"yann lecun"', "schmidhuber"),
    "all": ("diffusion", '"graph neural"', "robot*"),
}
_FIELD_NAMES = {"ti": "title", "abs": "abstract", "au": "author", "cat": "category", "all": "all"}
_LAST_FIELD = re.compile(
    r"(?P<before>.*(?:^|[\s(,-]))(?P<name>ti|abs|au|cat|all):\s*(?P<rest>[^\s\"():]*)$",
    re.IGNORECASE | re.DOTALL,
)
_LAST_WORD = re.compile(r"(?P<before>.*(?:^|[\s(,-]))(?P<word>[^\W_][^\s\"()*:,;|]*)$", re.DOTALL)
_OPERATORS = re.compile(r"(?:^|.*\s)(AND|OR|NOT|and|or)$|.*,$", re.DOTALL)


def suggest(text: str) -> list[tuple[str, str]]:
    """Return up to 25 (value, label) for what was typed so far, each at most 100 characters long.

    A valid query comes first with its reading in English. Every value is a valid query, except that of a
    query beyond repair, whose label says what to do. What is too long for a choice gets none.
    """
    typed = text.strip()
    if len(typed) > _LONGEST:
        return []
    offers: dict[str, str] = {}
    for value, label in _offers(typed):
        said = _reading(value)
        if said is not None and len(value) <= _LONGEST and len(offers) < _MOST:
            offers.setdefault(value, _cut(label or said))
    if not offers:
        offers[typed] = _cut(f"✗ {_complaint(typed)}")
    return list(offers.items())


def _offers(typed: str) -> Iterator[tuple[str, str]]:
    """Yield values, valid or not, each with a label, or with "" for its reading."""
    if not typed:
        yield from ((query, f"{what}: {query}") for query, what in EXAMPLES)
        return
    yield typed, ""
    yield _closed(typed), ""
    if match := _LAST_FIELD.fullmatch(typed):
        yield from _field_offers(match["before"], match["name"].lower(), match["rest"])
    elif _OPERATORS.fullmatch(typed):
        # After a NOT the first fit best, after AND and OR the others.
        for word in ("survey", "review", "benchmark", "transformer*", '"language model*"', "cat:cs.LG"):
            yield _closed(f"{typed} {word}"), ""
    elif match := _LAST_WORD.fullmatch(typed):
        yield from _word_offers(match["before"], match["word"])
    for more in ("NOT survey", "AND cat:cs.LG", "AND cat:cs.CL", "AND cat:cs.CV"):
        yield f"{_whole(_closed(typed))} {more}", ""


def _field_offers(before: str, name: str, rest: str) -> Iterator[tuple[str, str]]:
    if name == "cat":
        wanted = rest.lower()
        for code, what in _CATEGORIES:
            if code.lower().startswith(wanted) or (wanted and wanted in what.lower()):
                yield _closed(f"{before}cat:{code}"), f"cat:{code} · {what}"
    elif not rest:
        for word in _AFTER_FIELD[name]:
            yield _closed(f"{before}{name}:{word}"), ""
    else:
        yield _closed(f"{before}{name}:{rest}*"), ""


def _word_offers(before: str, word: str) -> Iterator[tuple[str, str]]:
    for name, long in _FIELD_NAMES.items():
        if name.startswith(word.lower()) or long.startswith(word.lower()):
            yield from islice(_field_offers(before, name, ""), _FEW)
    for name in ("ti", "abs", "au"):
        yield _closed(f"{before}{name}:{word}"), ""
    yield _closed(f"{before}{word}*"), ""


def _whole(query: str) -> str:
    """Put alternatives in parentheses, so that what is added applies to all of them."""
    try:
        return f"({query})" if isinstance(parse_query(query).root, Or) else query
    except QueryError:
        return query


def _closed(typed: str) -> str:
    """Add the quotation mark and the parentheses that are still open."""
    quoted = re.sub(r'["“”„‟«»＂][^"“”„‟«»＂]*["“”„‟«»＂]', "", typed)
    if re.search('["“”„‟«»＂]', quoted):
        typed += '"'
        quoted = re.split('["“”„‟«»＂]', quoted, maxsplit=1)[0]
    missing = sum(quoted.count(sign) for sign in "(（") - sum(quoted.count(sign) for sign in ")）")
    return typed + ")" * max(0, missing)


def _reading(value: str) -> str | None:
    try:
        return parse_query(value).words()
    except QueryError:
        return None


def _complaint(typed: str) -> str:
    try:
        return parse_query(typed).words()
    except QueryError as error:
        return error.sentence


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1].rstrip() + "…"
