"""Finding a role, skill, track, background or piece of advice by what a person types.

In order: the name itself, its abbreviation or another order of its words, a part of it, and a slip of
the fingers. Where two things are about as close, both are offered: nothing is guessed silently.
"""

from bot.domain.lookup.directory import Directory
from bot.domain.lookup.findings import Ambiguous, Finding, Found, How, Kind, Name, Nearest, Option, only_role
from bot.domain.lookup.folding import fold

__all__ = [
    "Ambiguous",
    "Directory",
    "Finding",
    "Found",
    "How",
    "Kind",
    "Name",
    "Nearest",
    "Option",
    "fold",
    "only_role",
]
