"""What a server adds to the careers: roles of its own, links below roles, Discord roles for those who follow one."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot.domain.lookup import Kind, Name, fold
from bot.errors import Faults, UserError

MAX_OWN_ROLES: Final = 25
MAX_LINKS: Final = 25
MAX_FOLLOWED: Final = 25
"""What one menu of Discord holds."""

TITLE: Final = 80
SUMMARY: Final = 600
URL: Final = 300
MAX_ALIASES: Final = 5


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role as a server describes it."""

    title: str
    aliases: tuple[str, ...]
    summary: str
    url: str

    def names(self, id_: int) -> list[Name]:
        """Return its spellings for the look-up, under the id of its row."""
        return [
            Name(text, Kind.OWN, str(id_), main=text == self.title) for text in (self.title, *self.aliases)
        ]


@dataclass(frozen=True, slots=True)
class OwnLink:
    """A link that a server puts below a role."""

    role: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class RoleLink:
    """A Discord role that followers of a career or track get. `kind` is role or track."""

    discord_role_id: int
    kind: str
    target: str


def draft_role(title: str, aliases: str, summary: str, url: str) -> OwnRole:
    """Make a role from what was typed. Raises UserError where something is missing or too long."""
    faults = Faults()
    title, summary = _line(title), _line(summary)
    if not fold(title) or len(title) > TITLE:
        faults.add(f"Give the role a title of at most {TITLE} characters.")
    if not summary or len(summary) > SUMMARY:
        faults.add(f"Say in at most {SUMMARY} characters what the role is.")
    names = list(dict.fromkeys(name for part in aliases.split(",") if fold(name := _line(part))))
    names = [name for name in names if fold(name) != fold(title)]
    if len(names) > MAX_ALIASES or any(len(name) > TITLE for name in names):
        faults.add(f"Give at most {MAX_ALIASES} other names, of at most {TITLE} characters each.")
    address = faults.read(check_url, url.strip() or None)
    faults.settle()
    return OwnRole(title, tuple(names), summary, address or "")


def draft_link(role: str, title: str, url: str) -> OwnLink:
    """Make a link from what was typed. Raises UserError where something is missing or too long."""
    title = _line(title)
    if not title or len(title) > TITLE:
        raise UserError(f"Give the link a title of at most {TITLE} characters.")
    return OwnLink(role, title, check_url(url))


def check_url(text: str) -> str:
    """Return a web address. Raises UserError for anything else."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        fine = parts.scheme in {"http", "https"} and "." in host and not parts.username
    except ValueError:
        fine = False
    if not fine or len(text) > URL or any(letter.isspace() or letter in "<>()\\`" for letter in text):
        raise UserError("Give a whole web address, such as https://example.org/guide.")
    return text


def _line(text: str) -> str:
    return " ".join(text.split())
