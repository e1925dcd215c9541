"""The catalogues of what Cohort posts: brings `data/locale` in line with the source, and compiles it.

`python -m scripts.translations` after a sentence changed: entries that are new stand in each `cohort.po` with an empty
translation, those that are gone are taken out, and the `cohort.mo` that the bot reads are made anew. It says what is left
to translate. `--check` changes nothing and fails where something is to be done.

A language is added by adding it to `bot.domain.languages`, running this, and translating.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.content import data_dir
from bot.content.buddies import load_openers
from bot.domain.languages import Language
from bot.words import DOMAIN

ROOT: Final = Path(__file__).parents[1]
KEYWORDS: Final = frozenset({"_", "N_", "ngettext", "pgettext"})
TRANSLATED: Final = tuple(language for language in Language if language is not Language.ENGLISH)

_NO_DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)  # a date in a file would only make conflicts
_HEADER: Final = (
    "# What Cohort posts, translated. `python -m scripts.translations` keeps it in line with the source."
)
_WIDTH: Final = 110
_LEFT_OUT: Final = (
    b'"Generated-By',
    b'"POT-',
    b'"PO-',
    b'"Last-',
    b'"Language-Team',
    b'"Report-',
    b'"Project-',
)
"""Lines of the usual header that say nothing here, or change with the version of Babel."""


def source() -> Catalog:
    """Return every sentence that the source has for translation, and those of the icebreakers."""
    found = Catalog(project="Cohort", charset="utf-8", creation_date=_NO_DATE, revision_date=_NO_DATE)
    for folder in ("bot", "cogs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            where = [(path.relative_to(ROOT).as_posix(), 0)]
            for message, context in _marked(path):
                found.add(message, None, where, context=context)
    for text in _openers():
        found.add(text, None, [("data/icebreakers.yaml", 0)])
    return found


def _marked(path: Path) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """Yield what a file marks for translation, in order, with its context.

    By the syntax tree, because Babel's own extractor sees nothing inside an f-string before Python 3.12.
    """
    text = path.read_text(encoding="utf-8")
    if "bot.words" not in text:
        return
    calls = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS
    ]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        assert isinstance(call.func, ast.Name)
        words = [each.value for each in call.args if isinstance(each, ast.Constant)]
        match call.func.id, words:
            case "_" | "N_", [str(message)]:
                yield message, None
            case "ngettext", [str(one), str(many)]:
                yield (one, many), None
            case "pgettext", [str(context), str(message)]:
                yield message, context


def _openers() -> Iterator[str]:
    openers = load_openers()
    yield from (each.text for each in openers.icebreakers)
    yield from (step for session in openers.sessions for step in session.steps)


def po_path(language: Language) -> Path:
    """Return where the translations of a language are kept."""
    return data_dir() / "locale" / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: Language) -> Catalog:
    """Return the translations of a language; none where it was just added."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language.value, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language.value, charset="utf-8")


def updated(language: Language, found: Catalog) -> Catalog:
    """Return a language's translations with exactly the entries that the source has, in its order."""
    old = read(language)
    new = Catalog(
        locale=language.value,
        project="Cohort",
        charset="utf-8",
        header_comment=_HEADER,
        fuzzy=False,
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        last_translator="",
        language_team="",
    )
    for message in found:
        if not message.id:
            continue
        there = old.get(message.id, message.context)
        string = there.string if there is not None and not there.fuzzy else None
        new.add(message.id, string, message.locations, context=message.context)
    return new


def as_po(catalogue: Catalog) -> bytes:
    """Return a catalogue as the file that people translate."""
    file = io.BytesIO()
    write_po(file, catalogue, width=_WIDTH, sort_by_file=True, include_lineno=False)
    kept = (line for line in file.getvalue().splitlines(keepends=True) if not line.startswith(_LEFT_OUT))
    return b"".join(kept)


def as_mo(catalogue: Catalog) -> bytes:
    """Return a catalogue as the file that the bot reads."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """Return what is not translated yet."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and not all(message.string if isinstance(message.string, tuple) else (message.string,))
    ]


def main() -> int:
    """Write the files, or with `--check` compare them."""
    only_check = "--check" in sys.argv[1:]
    found, behind = source(), False
    for language in TRANSLATED:
        catalogue = updated(language, found)
        path = po_path(language)
        files = {path: as_po(catalogue), path.with_suffix(".mo"): as_mo(catalogue)}
        stale = [each for each, content in files.items() if not each.exists() or each.read_bytes() != content]
        left = missing(catalogue)
        behind = behind or bool(stale or left)
        if not only_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            for each in stale:
                each.write_bytes(files[each])
        print(
            f"{language.label}: {len(catalogue)} entries, {len(left)} to translate, {len(stale)} files behind"
        )
        for text in left:
            print(f"  {text}")
    return int(behind and only_check)


if __name__ == "__main__":
    sys.exit(main())
