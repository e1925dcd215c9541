"""The catalogues of what Cohort posts agree with the source and with the English, entry by entry."""

import ast
import gettext
import io
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from babel.messages.catalog import Message

from bot.delivery.answers import REFUSALS
from bot.delivery.native_events import REFUSALS as NATIVE_REFUSALS
from bot.domain.languages import Language
from bot.services.quizzes.live_rounds import BY_HOST, BY_MODERATOR, BY_PLAYER, NO_ANSWERS, TOO_LATE
from bot.words import N_, _, decimal, ngettext, number, percent, pgettext, speaking, spoken
from cogs.ui.paper_buttons import LABELS as PAPER_LABELS
from cogs.ui.reasons import retold
from scripts.translations import ROOT, TRANSLATED, as_mo, as_po, po_path, read, source, updated

SOURCE = source()
ENTRIES: dict[Language, list[Message]] = {
    language: [each for each in read(language) if each.id] for language in TRANSLATED
}
BY_LANGUAGE = pytest.mark.parametrize("language", TRANSLATED)

_EMOJI = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf\u231a-\u23ff]")
_CODE = re.compile(r"`[^`]*`")
_MENTION = re.compile(r"<[@#:t][^>]*>")
_LINE_START = re.compile(r"(?m)^(#{1,3} |-# |> |- )")


def pairs(entry: Message) -> Iterator[tuple[str, str]]:
    """Yield each English form with its translation."""
    if isinstance(entry.id, str):
        assert isinstance(entry.string, str), entry.id
        yield entry.id, entry.string
    else:
        assert isinstance(entry.string, tuple), entry.id
        yield from zip(entry.id, entry.string, strict=True)


def sentences(file: IO[bytes]) -> dict[Any, str]:
    """Return what is in a compiled catalogue, its header aside: that names the version of Babel."""
    found: dict[Any, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return {key: text for key, text in found.items() if key}


def names(text: str) -> list[str]:
    """Return the gaps of a sentence; a brace too many is an error."""
    return sorted(name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name)


def marks(text: str) -> dict[str, Any]:
    """Return what Discord gives a meaning."""
    return {
        "bold": text.count("**"),
        "code": sorted(_CODE.findall(text)),
        "links": text.count("]("),
        "mentions": sorted(_MENTION.findall(text)),
        "lines": text.count("\n"),
        "starts": _LINE_START.findall(text),
        "emoji": Counter(_EMOJI.findall(text)),
    }


@BY_LANGUAGE
def test_files_are_as_the_script_writes_them(language: Language) -> None:
    """Where this fails: `python -m scripts.translations`, then translate what it names."""
    found = updated(language, SOURCE)
    path = po_path(language)
    assert path.read_bytes() == as_po(found)
    with path.with_suffix(".mo").open("rb") as file:
        assert sentences(file) == sentences(io.BytesIO(as_mo(found)))


@BY_LANGUAGE
def test_nothing_is_missing_fuzzy_or_obsolete(language: Language) -> None:
    wanted = {(each.id, each.context) for each in SOURCE if each.id}
    entries = ENTRIES[language]
    assert {(each.id, each.context) for each in entries} == wanted
    assert [each.id for each in entries if each.fuzzy] == []
    assert [each.id for each in entries if not all(text for _english, text in pairs(each))] == []
    assert not read(language).obsolete


@BY_LANGUAGE
def test_translations_have_the_gaps_and_marks_of_the_english(language: Language) -> None:
    for entry in ENTRIES[language]:
        for english, text in pairs(entry):
            assert names(text) == names(english), text
            assert marks(text) == marks(english), text
            assert text == text.strip(), text
            assert ("  " in text, "'" in text and language is Language.FRENCH) == (False, False), text


@BY_LANGUAGE
def test_translations_are_not_much_longer(language: Language) -> None:
    """A post that fits in English fits: the renderers leave a margin, and this keeps to it."""
    for entry in ENTRIES[language]:
        for english, text in pairs(entry):
            assert len(text) <= 1.45 * len(english) + 16, text


def typography(language: Language, text: str) -> list[str]:
    """Return what a language's printers would object to; code and addresses are none of their business."""
    bare = re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)
    faults = {
        Language.GERMAN: bare.count("„") != bare.count("“") or bool(re.search(r"[\"”«»—]| - ", bare)),
        Language.SPANISH: (bare.count("¿"), bare.count("¡")) != (bare.count("?"), bare.count("!"))
        or bool(re.search(r"[\"“”—]", bare)),
        Language.FRENCH: bool(re.search(r"(?<!\u00a0)[:;?!»]|«(?!\u00a0)|[\"“”—]", bare)),
    }
    return [text] if faults[language] else []


@BY_LANGUAGE
def test_quotation_marks_and_spaces_are_the_language_s_own(language: Language) -> None:
    found = [text for entry in ENTRIES[language] for _english, text in pairs(entry)]
    assert [fault for text in found for fault in typography(language, text)] == []


def labels() -> set[str]:
    """Return what stands on buttons and in menus, as the source has it."""
    found = set(PAPER_LABELS.values())
    for path in (ROOT / "cogs").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "bot.words" in text:
            found |= set(_labels(path, text))
    return found


def _labels(path: Path, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.keyword) and node.arg in {"label", "placeholder"}:
            for call in ast.walk(node.value):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_":
                    yield from (str(each.value) for each in call.args if isinstance(each, ast.Constant))
        if isinstance(node, ast.Assign | ast.AnnAssign) and "LABELS" in ast.unparse(node).split("=")[0]:
            for each in ast.walk(node):
                if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "N_":
                    yield from (str(arg.value) for arg in each.args if isinstance(arg, ast.Constant))


@BY_LANGUAGE
def test_labels_fit_their_buttons(language: Language) -> None:
    """Discord takes 80 characters; a row of five shows about 30 of each on a phone."""
    found = labels()
    assert {"Remind me", "Show them", "I am in", "Why here?", "We met"} <= found
    for entry in ENTRIES[language]:
        if entry.id in found:
            for _english, text in pairs(entry):
                assert len(text) <= 34, text


def test_what_is_missing_is_said_in_english() -> None:
    with speaking(Language.GERMAN):
        assert spoken() is Language.GERMAN
        assert _("Save") == "Speichern"
        assert _("No such sentence {here}.") == "No such sentence {here}."
        assert _("") == ""
        assert pgettext("nowhere", "Save") == "Save"
        assert ngettext("{count} cat", "{count} cats", 1) == "1 cat"
        assert ngettext("{count} cat", "{count} cats", 2) == "2 cats"
    assert _("Save") == "Save"
    assert N_("Save") == "Save"


def test_numbers_and_plurals() -> None:
    said = {}
    for language in Language:
        with speaking(language):
            said[language] = [
                number(1234567),
                *(ngettext("{count} new paper", "{count} new papers", count) for count in (0, 1, 1200)),
            ]
    assert said[Language.ENGLISH] == ["1,234,567", "0 new papers", "1 new paper", "1,200 new papers"]
    assert said[Language.GERMAN] == ["1.234.567", "0 neue Papers", "1 neues Paper", "1.200 neue Papers"]
    assert said[Language.SPANISH][1:3] == ["0 papers nuevos", "1 paper nuevo"]
    assert said[Language.FRENCH][1:3] == ["0 nouvel article", "1 nouvel article"]


def test_decimals_and_percent() -> None:
    said = {}
    for language in Language:
        with speaking(language):
            said[language] = [decimal(12345.5), decimal(0.25), percent(0.505), percent(1.0)]
    assert said.pop(Language.ENGLISH) == ["12,345.5", "0.25", "50%", "100%"]
    for texts in said.values():
        assert texts == ["12\u202f345.5", "0.25", "50\u00a0%", "100\u00a0%"]


def test_why_a_round_ended_is_translated() -> None:
    assert all(reason in SOURCE for reason in (BY_HOST, BY_MODERATOR, BY_PLAYER, NO_ANSWERS, TOO_LATE))


def test_what_went_wrong_is_retold() -> None:
    """All that delivery says of a channel; sources say more kinds of things than stand in a catalogue."""
    private = {REFUSALS[50007], REFUSALS[50278]}  # said to members alone
    stored = [*(set(REFUSALS.values()) - private), *NATIVE_REFUSALS.values()]
    stored += [
        "rss.arxiv.org did not answer in time.",
        "Devpost answered with an error (HTTP 503).",
        "example.org is in a private network, where nothing is fetched. Use the calendar's public address.",
        "I may not open threads in the channel. Give my role View Channel and Create Private Threads there.",
    ]
    for reason in stored:
        assert retold(reason) == reason
        with speaking(Language.GERMAN):
            assert retold(reason) != reason
    with speaking(Language.GERMAN):
        assert retold("Something else {odd}.") == "Something else {odd}."
        assert retold("Devpost cannot be reached.") == "Devpost ist nicht erreichbar."
    reason = "I may not open threads in the channel. Give my role Create Public Threads and Send Messages in Threads there."
    with speaking(Language.FRENCH):
        assert retold(reason).endswith(
            "Donnez-y «\u00a0Créer des fils publics\u00a0» et «\u00a0Envoyer des messages dans les fils\u00a0» à mon rôle."
        )
