"""A query read back in English, so that a person sees what they asked for."""

from collections.abc import Sequence

from bot.domain.queries.tree import And, Field, Node, Not, Or, Term

_FRAMES = {
    Field.TEXT: ("mentioning ", ""),
    Field.TITLE: ("with ", " in the title"),
    Field.ABSTRACT: ("with ", " in the abstract"),
    Field.AUTHOR: ("by an author named ", ""),
    Field.CATEGORY: ("in ", ""),
    Field.ALL: ("with ", " in the title, abstract or authors"),
}


def in_words(node: Node) -> str:
    """Say which papers a condition lets through, as a phrase without a full stop."""
    return f"papers {_said(node)}"


def _said(node: Node, *, nested: bool = False) -> str:
    match node:
        case Term():
            return _clause([node], "and")
        case Not(of):
            return f"not {_said(of) if isinstance(of, Term) else f'({_said(of)})'}"
        case And(of):
            return _conjunction(of)
        case Or(of):
            return _disjunction(of, nested=nested)


def _conjunction(parts: tuple[Node, ...]) -> str:
    wanted = [part for part in parts if not isinstance(part, Not)]
    unwanted = [part.of for part in parts if isinstance(part, Not)]
    simple = all(isinstance(part, Term) for part in wanted)
    said = (" and " if simple else ", and ").join(_pieces(wanted, "and"))
    if not unwanted:
        return said
    return f"{said}, but {_exclusion(unwanted)}" if wanted else _exclusion(unwanted)


def _exclusion(unwanted: list[Node]) -> str:
    pieces = _pieces(unwanted, "or")
    # “but not “survey””: that it is the title or abstract goes without saying.
    return "not " + ", and not ".join(piece.removeprefix("mentioning ") for piece in pieces)


def _disjunction(parts: tuple[Node, ...], *, nested: bool) -> str:
    if len({part.field if isinstance(part, Term) else part for part in parts}) == 1:
        return _clause([part for part in parts if isinstance(part, Term)], "or", either=nested)
    if nested:
        return "either " + " or ".join(_pieces(parts, "or"))
    pieces = _pieces(parts, "or", bare=True)
    if any(", " in piece for piece in pieces):
        return "; or ".join(pieces)
    return (" or " if all(isinstance(part, Term) for part in parts) else ", or ").join(pieces)


def _pieces(parts: Sequence[Node], joint: str, *, bare: bool = False) -> list[str]:
    """Say the parts in their order, the terms of one field together, what is composed in parentheses.

    An alternative needs no parentheses beside others that must also be, nor with `bare` does anything.
    """
    together: dict[Field | Node, list[Node]] = {}
    for part in parts:
        together.setdefault(part.field if isinstance(part, Term) else part, []).append(part)
    return [_piece(group, joint, bare=bare) for group in together.values()]


def _piece(group: list[Node], joint: str, *, bare: bool) -> str:
    terms = [part for part in group if isinstance(part, Term)]
    if terms:
        return _clause(terms, joint)
    if isinstance(group[0], Or) and joint == "and":
        return _said(group[0], nested=True)
    return _said(group[0]) if bare else f"({_said(group[0])})"


def _clause(terms: list[Term], joint: str, *, either: bool = False) -> str:
    """Say terms of one field."""
    field = terms[0].field
    before, after = _FRAMES[field]
    if field is Field.AUTHOR and joint == "and" and len(terms) > 1:
        before = "by authors named "
    names = [_name(term) for term in terms]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}"
    return f"{before}{'either ' if either else ''}{listed}{after}"


def _name(term: Term) -> str:
    if term.field is Field.CATEGORY:
        return term.text if "." in term.text else f"the {term.text} archive"
    return f"“{term.text}{'…' if term.prefix else ''}”"
