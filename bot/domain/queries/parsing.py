"""Reading a query."""

from bot.domain.queries.errors import QueryError
from bot.domain.queries.query import Query
from bot.domain.queries.tokens import MAX_LENGTH, tokenize


def parse_query(text: str) -> Query:
    """Read a query; each QueryError says what to do and, where it has a place, shows it."""
    from bot.domain.queries.building import build

    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"Leave out a few words: a query has at most {MAX_LENGTH} characters, and this one has {len(text)}"
        )
    if not text.strip():
        raise QueryError("Write at least one word to look for, such as diffusion or “large language model”")
    query = Query(build(text, tokenize(text)))
    if len(query.text) > MAX_LENGTH:
        raise QueryError(
            f"Leave out a few words: written out, this query has {len(query.text)} characters, "
            f"and {MAX_LENGTH} is the most"
        )
    return query
