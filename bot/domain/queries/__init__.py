"""The paper query language: what a feed, a subscription or a search looks for.

Words next to each other must all occur, in the title or the abstract; `AND`, `OR` (or a comma), `NOT` (or
`-word`) and parentheses join them, NOT closest, then AND, then OR. "A phrase" stays together and `trans*` is
the beginning of a word. `ti:`, `abs:`, `au:`, `cat:` and `all:` look in the title, the abstract, the authors'
names, the categories (`cat:cs.LG`, or all of `cat:cs`), or in title, abstract and names at once; each applies
to one word, one phrase or one pair of parentheses. Case, accents, hyphens and other punctuation never matter,
apart from C++ and C#. A lower-case `and` or `or` is an operator, a lower-case `not` only after an AND.

`parse_query` reads what is typed, `stored_query` what a feed has, `Query` is what it means, `suggest` completes it; `bot.storage.paper_index` matches it.
"""

from bot.domain.queries.errors import QueryError, point_at
from bot.domain.queries.folding import fold
from bot.domain.queries.parsing import parse_query, stored_query
from bot.domain.queries.query import Leaf, Query
from bot.domain.queries.suggestions import suggest
from bot.domain.queries.tokens import MAX_LENGTH, MAX_TERMS
from bot.domain.queries.tree import COLUMNS, Field, Term, archives

__all__ = [
    "COLUMNS",
    "MAX_LENGTH",
    "MAX_TERMS",
    "Field",
    "Leaf",
    "Query",
    "QueryError",
    "Term",
    "archives",
    "fold",
    "parse_query",
    "point_at",
    "stored_query",
    "suggest",
]
