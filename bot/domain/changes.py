"""What happened to a paper after it was posted: a new version, a withdrawal, a publication."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.papers import Paper


class ChangeKind(StrEnum):
    """What kind of change it is."""

    VERSION = "version"
    WITHDRAWN = "withdrawn"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class PaperChange:
    """One change of one paper."""

    paper: Paper  # as it is now
    kind: ChangeKind


def changes(old: Paper, new: Paper) -> list[PaperChange]:
    """Return what changed between what is stored and what arXiv says now, the weightiest first.

    An older version than the stored one is no news. A withdrawal comes as a new version, and is said
    instead of it.
    """
    if new.version < old.version:
        return []
    found = []
    if new.withdrawn and not old.withdrawn:
        found.append(PaperChange(new, ChangeKind.WITHDRAWN))
    elif new.version > old.version:
        found.append(PaperChange(new, ChangeKind.VERSION))
    if new.journal_ref and not old.journal_ref:
        found.append(PaperChange(new, ChangeKind.PUBLISHED))
    return found
