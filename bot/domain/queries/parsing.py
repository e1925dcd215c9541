"""Reading a query."""

from bot.domain.queries.errors import QueryError
from bot.domain.queries.query import Query
from bot.domain.queries.tokens import MAX_LENGTH, MAX_TERMS, tokenize


def parse_query(text: str) -> Query:
    """Read a query; each QueryError says what to do and, where it has a place, shows it."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"Leave out a few words: a query has at most {MAX_LENGTH} characters, and this one has {len(text)}"
        )
    if not text.strip():
        raise QueryError("Write at least one word to look for, such as diffusion or “large language model”")
    query = _read(text, MAX_TERMS)
    if len(query.text) > MAX_LENGTH:
        raise QueryError(
            f"Leave out a few words: written out, this query has {len(query.text)} characters, "
            f"and {MAX_LENGTH} is the most"
        )
    return query


def stored_query(text: str) -> Query:
    """Read a query that was let in once, by whatever version: what is new must not be longer, but it counts.

    The first language allowed 300 characters, which hold up to 150 words.
    """
    return _read(text, len(text))


def _read(text: str, most: int) -> Query:
    from bot.domain.queries.building import build

    return Query(build(text, tokenize(text, most=most)))
