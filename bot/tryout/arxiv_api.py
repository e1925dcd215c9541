"""arXiv's query API, played from the samples: papers by id and by search, as Atom in arXiv's own shape.

Format: https://info.arxiv.org/help/api/user-manual.html#python_simple_example
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from bot.domain.papers import PaperId, parse_id
from bot.tryout.arxiv import ARXIV_ZONE
from bot.tryout.arxiv_search import QueryFault, condition
from bot.tryout.samples import Sample, load_samples, version_on

_FEED: Final = """\
<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>{id}</id>
  <title>{title}</title>
  <updated>{now}</updated>
  <opensearch:itemsPerPage>{page}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>
"""

_ENTRY: Final = """\
  <entry>
    <id>http://arxiv.org/abs/{id}v{version}</id>
    <title>{title}</title>
    <updated>{submitted}</updated>
    <link href="https://arxiv.org/abs/{id}v{version}" rel="alternate" type="text/html"/>
    <link href="https://arxiv.org/pdf/{id}v{version}" rel="related" type="application/pdf" title="pdf"/>
    <summary>{summary}</summary>
{categories}
    <published>{submitted}</published>
    <arxiv:primary_category term={primary}/>
{authors}
  </entry>
"""

_ERROR: Final = """\
  <entry>
    <id>https://arxiv.org/api/errors#{name}</id>
    <title>Error</title>
    <updated>{now}</updated>
    <link href="https://arxiv.org/api/errors#{name}" rel="alternate" type="text/html"/>
    <summary>{words}</summary>
    <author>
      <name>arXiv api core</name>
    </author>
  </entry>
"""

_MOST: Final = 2000
_SORTS: Final = ("relevance", "lastUpdatedDate", "submittedDate")


def answer(
    asked: Mapping[str, str], now: datetime, papers: Sequence[Sample] | None = None
) -> tuple[int, str]:
    """Return status and body for the parameters of a request; the papers are the samples by default."""
    papers = load_samples() if papers is None else papers
    try:
        start, most = _count(asked, "start", 0), _count(asked, "max_results", 10)
        found = _wanted(asked, papers, now)
    except QueryFault as fault:
        return 400, _error(str(fault), now)
    if asked.get("sortOrder") == "ascending":
        found.reverse()
    entries = [_entry(paper, version) for paper, version in found[start : start + most]]
    title = "&".join(f"{name}={asked.get(name, '')}" for name in ("search_query", "id_list"))
    return 200, _feed(
        now,
        f"arXiv Query: {title}&start={start}&max_results={most}",
        "".join(entries),
        most,
        len(found),
        start,
    )


def _wanted(asked: Mapping[str, str], papers: Sequence[Sample], now: datetime) -> list[tuple[Sample, int]]:
    """Return papers and versions, those asked for by id in that order, else the latest or the fittest first."""
    day = now.astimezone(ARXIV_ZONE).date()
    latest = {paper.id: (paper, version_on(paper, day, papers)) for paper in papers}
    query = asked.get("search_query", "").strip()
    fits = condition(query) if query else lambda _paper: True
    if ids := [text.strip() for text in asked.get("id_list", "").split(",") if text.strip()]:
        versions = {str(wanted): (wanted, latest.get(wanted.base)) for wanted in map(_id, ids)}
        # Whatever is not known is left out without a word.
        return [
            (there[0], wanted.version or there[1])
            for wanted, there in versions.values()
            if there is not None and (wanted.version or 1) <= there[1] and fits(there[0])
        ]
    sort = asked.get("sortBy", "relevance")
    if sort not in _SORTS:
        raise QueryFault(f"sortBy must be in: {', '.join(_SORTS)}")
    found = [each for each in latest.values() if query and fits(each[0])]
    if sort != "relevance":
        found.sort(key=lambda each: (each[0].submitted_at, each[0].id), reverse=True)
    return found


def _id(text: str) -> PaperId:
    found = parse_id(text)
    if found is None:
        raise QueryFault(f"incorrect id format for {text}")
    return found


def _count(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    text = asked.get(name, "") or str(otherwise)
    if not text.isascii() or not text.isdigit():
        raise QueryFault(
            f"{name} must be an integer" if not text[1:].isdigit() else f"{name} must be non-negative"
        )
    return min(int(text[:9]), _MOST) if name == "max_results" else int(text[:9])


def _entry(paper: Sample, version: int) -> str:
    scheme = 'scheme="http://arxiv.org/schemas/atom"'
    return _ENTRY.format(
        id=paper.id,
        version=version,
        title=escape(paper.title),
        submitted=f"{paper.submitted_at:%Y-%m-%dT%H:%M:%SZ}",
        summary=escape(paper.summary),
        categories="\n".join(f"    <category term={quoteattr(code)} {scheme}/>" for code in paper.categories),
        primary=quoteattr(paper.primary),
        authors="\n".join(
            f"    <author>\n      <name>{escape(name)}</name>\n    </author>" for name in paper.authors
        ),
    )


def _error(words: str, now: datetime) -> str:
    name = quote(words.replace(" ", "_"))
    entry = _ERROR.format(name=name, words=escape(words), now=f"{now:%Y-%m-%dT%H:%M:%SZ}")
    return _feed(now, "arXiv Search Results", entry, 1, 1, 0)


def _feed(now: datetime, title: str, entries: str, page: int, total: int, start: int) -> str:
    return _FEED.format(
        id="https://arxiv.org/api/tryout",
        title=escape(title),
        now=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        page=page,
        total=total,
        start=start,
        entries=entries,
    )
