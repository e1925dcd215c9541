"""The documents: every link inside the project leads somewhere, every picture is used, every decision is listed once."""

import re
from pathlib import Path

import pytest

from bot.content.careers import load_careers
from bot.content.questions import load_questions

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return what a heading may be linked by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    lost = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(target)
    assert lost == []


def test_every_picture_is_shown_somewhere() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [path.name for path in (ROOT / "docs" / "images").iterdir() if path.name not in text] == []


def test_decisions_are_numbered_in_one_row() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        assert path.read_text(encoding="utf-8").startswith(f"# {int(path.name[:4])}. "), path.name


def test_no_line_of_a_document_is_out_of_hand() -> None:
    """Long lines hide changes; tables and links cannot be broken."""
    long = [
        f"{page.relative_to(ROOT)}:{number}"
        for page in PAGES
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 140 and not line.lstrip().startswith(("|", "!", "[", "http"))
    ]
    assert long == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_what_is_counted_is_what_is_there(name: str) -> None:
    """Of the changes only the newest: what a version had then stays true."""
    text = (ROOT / name).read_text(encoding="utf-8")
    newest = " ".join("".join(text.split("\n## ")[:2] if name == "CHANGELOG.md" else text).split())
    careers, bank = load_careers(), load_questions()
    there = {
        "roles": len(careers.roles),
        "skills": len(careers.skills),
        "steps between roles": len(careers.moves),
        "questions": len(bank.questions),
        "topics": len(bank.topics),
    }
    said = re.findall(rf"\b(\d+) ({'|'.join(there)})\b", newest)
    assert {what for _, what in said} >= {"roles", "questions"}
    assert [(count, what) for count, what in said if int(count) != there[what]] == []
