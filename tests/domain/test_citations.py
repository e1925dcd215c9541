"""Citations: what each format says, and that it says the same when it is read back."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.citations import Format, Name, SavedPaper, citation_key, cite, export, split_name
from bot.domain.citations.works import one_line
from bot.domain.papers import Author, Paper, parse_id

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "arxiv_api"
captured = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")

SAVED_AT = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)


def paper(title: str = "Attention Is All You Need", *authors: str, **more: Any) -> Paper:
    given: dict[str, Any] = {
        "id": "1706.03762",
        "version": 7,
        "title": title,
        "abstract": "We propose\na new architecture.",
        "authors": tuple(Author(name) for name in authors or ("Ashish Vaswani", "Noam Shazeer")),
        "categories": ("cs.CL", "cs.LG"),
        "primary_category": "cs.CL",
    }
    return Paper(**given | more)


def saved(one: Paper, **more: Any) -> SavedPaper:
    return SavedPaper(one, SAVED_AT, **more)


# --- Readers, written apart from the writers ----------------------------------------------------------


def read_bibtex(text: str) -> list[dict[str, str]]:
    """Read entries as BibTeX does: braces are counted whatever stands before them."""
    entries, at = [], 0
    while (at := text.find("@", at)) >= 0:
        head = re.compile(r"@(\w+)\{([a-z0-9]+),\s*").match(text, at)
        assert head, text[at : at + 60]
        entry, at = {"": head[1], "key": head[2]}, head.end()
        while text[at] != "}":
            field = re.compile(r"(\w+) = ").match(text, at)
            assert field, text[at : at + 60]
            at = field.end()
            if text[at] == "{":
                end, depth = at, 0
                while True:
                    depth += (text[end] == "{") - (text[end] == "}")
                    end += 1
                    if depth == 0:
                        break
                entry[field[1]] = text[at + 1 : end - 1]
            else:
                end = re.compile(r"\w+").match(text, at).end()  # type: ignore[union-attr]  # a macro is a word
                entry[field[1]] = text[at:end]
            at = end
            while text[at] in ", \n":
                at += 1
        entries.append(entry)
    return entries


def plain(latex: str) -> str:
    """Say what LaTeX prints; whatever it would take for a command, a formula or a comment fails."""
    said, at = [], 0
    names = {
        "backslash": "\\",
        "braceleft": "{",
        "braceright": "}",
        "asciitilde": "~",
        "asciicircum": "^",
    }
    while at < len(latex):
        if latex[at] == "\\":
            command = re.compile(r"\\text(\w+)\{\}").match(latex, at)
            said.append(names[command[1]] if command else latex[at + 1])
            assert command or latex[at + 1] in "%&_#$", latex[at:]
            at = command.end() if command else at + 2
            continue
        assert latex[at] not in "%&_#$~^", latex[at:]
        said.append("" if latex[at] in "{}" else latex[at])
        at += 1
    return "".join(said)


def split_outside(text: str, joint: str) -> list[str]:
    """Split where the braces are closed."""
    parts, depth, at = [""], 0, 0
    while at < len(text):
        if depth == 0 and text[at : at + len(joint)].lower() == joint:
            parts.append("")
            at += len(joint)
            continue
        depth += (text[at] == "{") - (text[at] == "}")
        parts[-1] += text[at]
        at += 1
    return parts


def read_ris(text: str) -> list[list[tuple[str, str]]]:
    """Read records; a line that is no `XX  - value` fails."""
    assert text.endswith("\r\n")
    records: list[list[tuple[str, str]]] = []
    for line in text.removesuffix("\r\n").split("\r\n"):
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - ([^\r\n]*)", line)
        assert match, line
        if match[1] == "TY":
            records.append([])
        records[-1].append((match[1], match[2]))
    assert all(record[-1] == ("ER", "") for record in records)
    assert all(tag != "ER" for record in records for tag, _ in record[:-1])
    return records


def field(record: list[tuple[str, str]], tag: str) -> list[str]:
    return [value for name, value in record if name == tag]


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


# --- BibTeX -------------------------------------------------------------------------------------------


def test_a_preprint_in_bibtex() -> None:
    assert cite(paper(), Format.BIBTEX) == (
        "@misc{vaswani2017attention,\n"
        "  title = {Attention Is All You Need},\n"
        "  author = {Vaswani, Ashish and Shazeer, Noam},\n"
        "  year = {2017},\n"
        "  month = jun,\n"
        "  eprint = {1706.03762},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.CL},\n"
        "  url = {https://arxiv.org/abs/1706.03762}\n"
        "}\n"
    )


def test_a_journal_makes_an_article() -> None:
    article = paper(doi="10.5555/made_up#1", journal_ref="Tables & Figures 7 (2018) 1–12")
    (entry,) = read_bibtex(cite(article, Format.BIBTEX))
    assert entry[""] == "article"
    assert entry["journal"] == r"Tables \& Figures 7 (2018) 1–12"
    assert entry["doi"] == "10.5555/made_up#1"  # read as it stands


def test_a_doi_alone_makes_no_article() -> None:
    (entry,) = read_bibtex(cite(paper(doi="https://doi.org/10.5555/a 10.5555/b"), Format.BIBTEX))
    assert (entry[""], entry["doi"]) == ("misc", "10.5555/a")


def test_arxivs_own_doi_is_not_a_published_version() -> None:
    assert "doi" not in cite(paper(doi="10.48550/arXiv.1706.03762"), Format.BIBTEX)


def test_a_known_date_goes_before_the_id() -> None:
    (entry,) = read_bibtex(cite(paper(), Format.BIBTEX, published=date(2018, 1, 2)))
    assert (entry["key"], entry["year"], entry["month"]) == ("vaswani2018attention", "2018", "jan")


@pytest.mark.parametrize(
    ("arxiv_id", "year", "month"),
    [
        ("0704.0001", "2007", "apr"),
        ("1412.9999", "2014", "dec"),
        ("2603.00001", "2026", "mar"),
        ("hep-th/9108001", "1991", "aug"),
        ("math/0309136", "2003", "sep"),
        ("quant-ph/0703999", "2007", "mar"),
    ],
)
def test_the_id_tells_year_and_month(arxiv_id: str, year: str, month: str) -> None:
    (entry,) = read_bibtex(cite(paper(id=arxiv_id), Format.BIBTEX))
    assert (entry["year"], entry["month"], entry["eprint"]) == (year, month, arxiv_id)


def test_what_no_id_can_tell_is_left_out() -> None:
    (entry,) = read_bibtex(cite(paper(id="unheard-of"), Format.BIBTEX))
    assert "year" not in entry
    assert "month" not in entry
    assert entry["key"] == "vaswanindattention"


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("GANs and BERT for ImageNet", "{GANs} and {BERT} for {ImageNet}"),
        ("Deep Q-learning in C++", "Deep {Q}-learning in {C}++"),
        ("A Survey of GPT-4", "A Survey of {GPT}-4"),
        ("L2 Regularisation", "{L2} Regularisation"),
        ("Self-Supervised Learning", "Self-Supervised Learning"),
        # Where most words are small, a capital means a name
        ("Towards explainable Bayesian networks", "Towards explainable {Bayesian} networks"),
        ("Learning to rank: Ranking with trees", "Learning to rank: Ranking with trees"),
        ("Learning with Ångström precision always", "Learning with {Ångström} precision always"),
        ("50% of $5 & a_b #1", r"50\% of \$5 \& a\_b \#1"),
        ("An open {brace", r"An open \textbraceleft{}brace"),
        (r"\input{x}", r"\textbackslash{}input\textbraceleft{}x\textbraceright{}"),
        ("Two\n  lines", "Two lines"),
    ],
)
def test_titles_in_bibtex(title: str, written: str) -> None:
    (entry,) = read_bibtex(cite(paper(title), Format.BIBTEX))
    assert entry["title"] == written


@pytest.mark.parametrize(
    ("name", "family", "given", "suffix", "bibtex", "ris"),
    [
        ("Ashish Vaswani", "Vaswani", "Ashish", "", "Vaswani, Ashish", "Vaswani, Ashish"),
        ("Brian M. Kurkoski", "Kurkoski", "Brian M.", "", "Kurkoski, Brian M.", "Kurkoski, Brian M."),
        ("Fons van der Sommen", "van der Sommen", "Fons", "", "van der Sommen, Fons", "van der Sommen, Fons"),
        ("Peter H. N. de With", "de With", "Peter H. N.", "", "de With, Peter H. N.", "de With, Peter H. N."),
        ("M. in 't Veld", "in 't Veld", "M.", "", "in 't Veld, M.", "in 't Veld, M."),
        ("Luc De Raedt", "De Raedt", "Luc", "", "De Raedt, Luc", "De Raedt, Luc"),
        ("Guy Van den Broeck", "Van den Broeck", "Guy", "", "Van den Broeck, Guy", "Van den Broeck, Guy"),
        ("José Ortega y Gasset", "Ortega y Gasset", "José", "", "Ortega y Gasset, José", "Ortega y Gasset, José"),
        ("João de Souza Filho", "de Souza Filho", "João", "", "de Souza Filho, João", "de Souza Filho, João"),
        ("Quoc V. Le", "Le", "Quoc V.", "", "Le, Quoc V.", "Le, Quoc V."),
        ("Le Song", "Song", "Le", "", "Song, Le", "Song, Le"),
        ("bell hooks", "hooks", "bell", "", "hooks, bell", "hooks, bell"),
        ("Kevin Taylor-Sakyi", "Taylor-Sakyi", "Kevin", "", "Taylor-Sakyi, Kevin", "Taylor-Sakyi, Kevin"),
        ("John Smith Jr.", "Smith", "John", "Jr.", "Smith, Jr., John", "Smith, John, Jr."),
        ("John Smith, III", "Smith", "John", "III", "Smith, III, John", "Smith, John, III"),
        ("Smith, John", "Smith", "John", "", "Smith, John", "Smith, John"),
        ("Smith, John, Jr.", "Smith", "John", "Jr.", "Smith, Jr., John", "Smith, John, Jr."),
        ("Suharto", "Suharto", "", "", "{Suharto}", "Suharto"),
        ("王小明", "王小明", "", "", "{王小明}", "王小明"),
        ("others", "others", "", "", "{others}", "others"),
        ("ATLAS Collaboration", "ATLAS Collaboration", "", "", "{ATLAS Collaboration}", "ATLAS Collaboration"),
        ("The Team, of Examples", "The Team, of Examples", "", "", "{The Team, of Examples}", "The Team of Examples"),
        ("Ann and Bob Example", "Example", "Ann and Bob", "", "Example, {Ann and Bob}", "Example, Ann and Bob"),
        ("A, B, C, D", "A, B, C, D", "", "", "{A, B, C, D}", "A B C D"),
    ],
)  # fmt: skip
def test_names(name: str, family: str, given: str, suffix: str, bibtex: str, ris: str) -> None:
    assert split_name(name) == Name(family, given, suffix)
    (entry,) = read_bibtex(cite(paper("T", name), Format.BIBTEX))
    assert entry["author"] == bibtex
    (record,) = read_ris(cite(paper("T", name), Format.RIS))
    assert field(record, "AU") == [ris]


# --- Keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "author", "key"),
    [
        ("Attention Is All You Need", "Ashish Vaswani", "vaswani2017attention"),
        ("On the Convergence of Adam", "Łukasz Müller-Straße", "mullerstrasse2017convergence"),
        ("A 3-layer Net", "Joost van der Putten", "vanderputten2017layer"),
        ("𝒪(n²) tables", "X. de Ångström", "deangstrom2017o"),
        ("注意力", "王小明", "anon2017paper"),
        ("What is it?", "ATLAS Collaboration", "atlascollaboration2017paper"),
    ],
)
def test_keys(title: str, author: str, key: str) -> None:
    assert citation_key(paper(title, author), 2017) == key


def test_a_paper_without_authors_has_a_key() -> None:
    entry = read_bibtex(cite(paper(authors=()), Format.BIBTEX))[0]
    assert entry["key"] == "anon2017attention"
    assert "author" not in entry


def keys_of(papers: list[Paper]) -> dict[str, str]:
    entries = read_bibtex(export([saved(one) for one in papers], Format.BIBTEX))
    return {entry["eprint"]: entry["key"] for entry in entries}


def test_equal_keys_get_letters_whatever_the_order_of_the_list() -> None:
    papers = [
        paper("Attention One", id="1706.00003"),
        paper("Attention Two", id="1706.00001"),
        paper("Something Else", id="1706.00002"),
        # A key that is what a letter would make of another
        paper("Attentiona", id="1706.00004"),
    ]
    expected = {
        "1706.00001": "vaswani2017attentionb",
        "1706.00003": "vaswani2017attentionc",
        "1706.00002": "vaswani2017something",
        "1706.00004": "vaswani2017attentiona",
    }
    assert keys_of(papers) == keys_of(papers[::-1]) == expected


def test_there_is_a_key_after_z() -> None:
    keys = keys_of([paper(id=f"1706.{number:05d}") for number in range(1, 29)])
    assert len(set(keys.values())) == 28
    assert (keys["1706.00026"], keys["1706.00027"]) == ("vaswani2017attentionz", "vaswani2017attentionaa")


# --- RIS ----------------------------------------------------------------------------------------------


def test_a_preprint_in_ris() -> None:
    assert cite(paper(), Format.RIS) == (
        "TY  - UNPB\r\n"
        "ID  - vaswani2017attention\r\n"
        "TI  - Attention Is All You Need\r\n"
        "AU  - Vaswani, Ashish\r\n"
        "AU  - Shazeer, Noam\r\n"
        "PY  - 2017\r\n"
        "DA  - 2017/06//\r\n"
        "PB  - arXiv\r\n"
        "AN  - arXiv:1706.03762\r\n"
        "UR  - https://arxiv.org/abs/1706.03762\r\n"
        "AB  - We propose a new architecture.\r\n"
        "ER  - \r\n"
    )


def test_an_article_in_ris() -> None:
    article = paper(doi="10.5555/1", journal_ref="Journal of Tables 7")
    (record,) = read_ris(cite(article, Format.RIS, published=date(2018, 1, 2)))
    assert record[0] == ("TY", "JOUR")
    assert field(record, "T2") == ["Journal of Tables 7"]
    assert field(record, "DO") == ["10.5555/1"]
    assert field(record, "DA") == ["2018/01/02/"]


def test_nothing_in_a_record_ends_it() -> None:
    hostile = paper("One\r\nER  - \r\nTY  - JOUR", abstract="x\x85ER  - \u2028TY  - BOOK")
    (record,) = read_ris(export([saved(hostile, note="a\nER  - ", tags=("b\nER  - ",))], Format.RIS))
    assert field(record, "TI") == ["One ER - TY - JOUR"]
    assert field(record, "N1") == ["a ER -"]


# --- CSV ----------------------------------------------------------------------------------------------


def test_a_reading_list_in_csv() -> None:
    text = export(
        [saved(paper('A "quoted", title'), note="Read\nagain", tags=("nlp", "must read"))], Format.CSV
    )
    assert text.startswith("title,authors,year,month,arxiv_id,")
    assert text.endswith("\r\n")
    (row,) = read_csv(text)
    assert row == {
        "title": 'A "quoted", title',
        "authors": "Ashish Vaswani; Noam Shazeer",
        "year": "2017",
        "month": "6",
        "arxiv_id": "1706.03762",
        "version": "7",
        "primary_category": "cs.CL",
        "categories": "cs.CL; cs.LG",
        "url": "https://arxiv.org/abs/1706.03762",
        "doi": "",
        "journal_ref": "",
        "saved_at": "2026-03-04T12:30:00+00:00",
        "tags": "nlp; must read",
        "note": "Read again",
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＠"])
def test_no_cell_is_a_formula(start: str) -> None:
    hostile = start + 'cmd|" /C calc"!A0'
    (row,) = read_csv(
        export(
            [saved(paper(hostile, hostile, journal_ref=hostile), note=hostile, tags=(hostile,))], Format.CSV
        )
    )
    assert {row[name] for name in ("title", "authors", "journal_ref", "note", "tags")} == {"'" + hostile}


def test_a_cell_cannot_begin_with_a_tab_or_a_carriage_return() -> None:
    (row,) = read_csv(export([saved(paper("\t=1+1"), note="\r=1+1")], Format.CSV))
    assert (row["title"], row["note"]) == ("'=1+1", "'=1+1")


# --- Markdown -----------------------------------------------------------------------------------------


def test_a_paper_in_markdown() -> None:
    article = paper(doi="10.1016/S0140(97)1_1", journal_ref="J. Tables 7.")
    assert cite(article, Format.MARKDOWN) == (
        "[Attention Is All You Need](https://arxiv.org/abs/1706.03762). Ashish Vaswani, Noam Shazeer. "
        "J. Tables 7. 2017. arXiv:1706.03762 \\[cs.CL\\]. "
        "[doi:10.1016/S0140\\(97\\)1\\_1](https://doi.org/10.1016/S0140%2897%291_1).\n"
    )


def test_a_reading_list_in_markdown() -> None:
    text = export([saved(paper(), note="*Start* here", tags=("nlp", "to|read"))], Format.MARKDOWN)
    assert text.splitlines() == [
        "# Reading list",
        "",
        f"- {cite(paper(), Format.MARKDOWN).rstrip()}",
        "  - Tags: nlp, to\\|read",
        "  - Note: \\*Start\\* here",
    ]


def links(markdown: str) -> list[str]:
    """Return the targets of links: brackets and parentheses that no backslash takes away."""
    bare = re.sub(r"\\.", "", markdown)
    return re.findall(r"\]\(([^)]*)\)", bare)


def test_a_title_cannot_lead_elsewhere() -> None:
    text = cite(paper("x](https://evil.example) [y", "`a|b`](https://evil.example)"), Format.MARKDOWN)
    assert links(text) == ["https://arxiv.org/abs/1706.03762"]


# --- Whatever a title or a name holds -----------------------------------------------------------------

NASTY = st.one_of(
    st.text(max_size=60),
    st.text("{}\\%&_#$~^@,=+-'\"`[]()|<>!*. \t\r\n\x00\u2028andAÉ中", max_size=40),
    st.sampled_from(["\\", "}", "{", "\\{", "and", "x and y", "@misc{a,", "ER  - ", "\ud800x", "%", "\\\\}"]),
)


@given(title=NASTY, names=st.lists(NASTY, max_size=4), note=NASTY, tag=NASTY, journal=NASTY)
@example(title="}", names=["{", "a and b"], note="\\", tag="a,b", journal="{")
def test_every_format_says_what_was_put_in(
    title: str, names: list[str], note: str, tag: str, journal: str
) -> None:
    one = paper(title, authors=tuple(Author(name) for name in names), journal_ref=journal)
    items = [saved(one, note=note, tags=(tag,)), saved(paper(id="1706.00001"))]
    said = one_line(title) or "arXiv:1706.03762"
    people = [clean for name in names if (clean := one_line(name))]
    rest = {"annote": one_line(note), "keywords": " ".join(one_line(tag).split()).replace(",", " ")}

    first, second = read_bibtex(export(items, Format.BIBTEX))
    assert plain(first["title"]) == said
    assert plain(first.get("journal", "")) == one_line(journal)
    assert {name: plain(first.get(name, "")) for name in rest} == rest
    written = split_outside(first["author"], " and ") if people else []
    assert [bibtex_name(name) for name in written] == [split_name(name) for name in people]
    assert second["eprint"] == "1706.00001"

    records = read_ris(export(items, Format.RIS))
    assert len(records) == 2
    assert field(records[0], "TI") == [said]
    assert len(field(records[0], "AU")) == len(people)
    assert field(records[0], "N1") == [text for text in [one_line(note)] if text]

    rows = read_csv(export(items, Format.CSV))
    assert len(rows) == 2
    assert rows[0]["title"].removeprefix("'" if said[0] in "=+-@＝＋－＠" else "") == said
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())

    text = export(items, Format.MARKDOWN)
    lines = text.splitlines()
    assert sum(line.startswith("- [") for line in lines) == 2
    assert links(text) == ["https://arxiv.org/abs/1706.03762", "https://arxiv.org/abs/1706.00001"]
    assert re.sub(r"\\(.)", r"\1", lines[2]).startswith(f"- [{said}](https://arxiv.org/abs/1706.03762).")

    for style in Format:
        export(items, style).encode(style.encoding)


def bibtex_name(written: str) -> Name:
    """Read `Family, Suffix, Given`; what is in braces is one word."""
    parts = [plain(part).strip() for part in split_outside(written, ",")]
    if written.startswith("{") and len(parts) == 1:
        return Name(parts[0])
    return Name(parts[0], parts[-1], parts[1] if len(parts) == 3 else "")


@given(st.text())
def test_splitting_a_name_loses_no_letter(text: str) -> None:
    name = split_name(text)
    letters = [
        char for char in f"{name.family}{name.given}{name.suffix}" if not char.isspace() and char != ","
    ]
    assert sorted(letters) == sorted(char for char in text if not char.isspace() and char != ",")


# --- Real papers --------------------------------------------------------------------------------------


def api_papers() -> list[Paper]:
    """Read the captures of arXiv's API, with no more than a citation needs."""
    atom, arxiv = "{http://www.w3.org/2005/Atom}", "{http://arxiv.org/schemas/atom}"
    found: dict[str, Paper] = {}
    for path in sorted(CAPTURES.glob("api_200_*.xml")):
        for entry in ET.parse(path).iter(f"{atom}entry"):  # noqa: S314 - files of our own
            known = parse_id(entry.findtext(f"{atom}id") or "")
            primary = entry.find(f"{arxiv}primary_category")
            if known is None or primary is None:
                continue
            found[known.base] = paper(
                entry.findtext(f"{atom}title") or "",
                *(author.findtext(f"{atom}name") or "" for author in entry.iter(f"{atom}author")),
                id=known.base,
                abstract=entry.findtext(f"{atom}summary") or "",
                doi=entry.findtext(f"{arxiv}doi"),
                journal_ref=entry.findtext(f"{arxiv}journal_ref"),
                primary_category=primary.get("term"),
            )
    return list(found.values())


@captured
def test_real_papers_in_every_format() -> None:
    papers = api_papers()
    assert len(papers) > 20
    items = [saved(one) for one in papers]
    entries = read_bibtex(export(items, Format.BIBTEX))
    assert len({entry["key"] for entry in entries}) == len(papers)
    records = read_ris(export(items, Format.RIS))
    for one, entry, record in zip(papers, entries, records, strict=True):
        assert plain(entry["title"]) == one_line(one.title)
        assert (entry[""] == "article") == (one.journal_ref is not None) == (record[0][1] == "JOUR")
        assert len(split_outside(entry["author"], " and ")) == len(one.authors) == len(field(record, "AU"))
        assert all(", " in name for name in field(record, "AU")), field(record, "AU")
    assert len(read_csv(export(items, Format.CSV))) == len(papers)
    assert [links(line)[0] for line in export(items, Format.MARKDOWN).splitlines()[2:]] == [
        one.abs_url for one in papers
    ]


def test_formats_name_their_files() -> None:
    assert {style.suffix for style in Format} == {".bib", ".ris", ".csv", ".md"}
    assert "é".encode(Format.CSV.encoding).startswith(b"\xef\xbb\xbf")


def test_a_version_changes_no_citation() -> None:
    assert cite(paper(), Format.BIBTEX) == cite(replace(paper(), version=1), Format.BIBTEX)
