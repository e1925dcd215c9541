"""arXiv's RSS, played from the samples in arXiv's own shape.

The shape is that of https://info.arxiv.org/help/rss.html as the serialiser writes it (github.com/arXiv/arxiv-feed).
"""

from datetime import datetime, time
from email.utils import format_datetime
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from bot.tryout.samples import Listed, announced

ARXIV_ZONE: Final = ZoneInfo("America/New_York")
"""Lists are built at midnight there, so a UTC morning still shows the day before."""

_FEED = """\
<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">
  <channel>
    <title>{title}</title>
    <link>http://rss.arxiv.org/rss/{query}</link>
    <description>{description}</description>
    <atom:link href="http://rss.arxiv.org/rss/{query}" rel="self" type="application/rss+xml"/>
    <docs>http://www.rssboard.org/rss-specification</docs>
    <language>en-us</language>
    <lastBuildDate>{built}</lastBuildDate>
    <managingEditor>rss-help@arxiv.org</managingEditor>
    <pubDate>{published}</pubDate>
    <skipDays>
      <day>Saturday</day>
      <day>Sunday</day>
    </skipDays>
{items}  </channel>
</rss>
"""

_ITEM = """\
    <item>
      <title>{title}</title>
      <link>https://arxiv.org/abs/{id}</link>
      <description>arXiv:{id}v{version} Announce Type: {type} \nAbstract: {summary}</description>
      <guid isPermaLink="false">oai:arXiv.org:{id}v{version}</guid>
{categories}
      <pubDate>{published}</pubDate>
      <arxiv:announce_type>{type}</arxiv:announce_type>
      <dc:rights>http://arxiv.org/licenses/nonexclusive-distrib/1.0/</dc:rights>
      <dc:creator>{authors}</dc:creator>
    </item>
"""


def render(category: str, now: datetime) -> str:
    """Return the feed of `category` as arXiv would serve it at `now`."""
    return render_list(
        category,
        now,
        title=f"{category} updates on arXiv.org",
        description=f"{category} updates on the arXiv.org e-print archive.",
        listed=announced(category, now.astimezone(ARXIV_ZONE).date()),
    )


def render_error(query: str, now: datetime) -> str:
    """Return the feed that says why there is none; arXiv sends it with status 400."""
    return render_list(
        query,
        now,
        title=f"Feed error for query: http://rss.arxiv.org/rss/{query}",
        description=f"Bad archive or subject class '{query}'.",
        listed=[],
    )


def render_list(query: str, now: datetime, *, title: str, description: str, listed: list[Listed]) -> str:
    """Return a list of papers in the shape of arXiv's feed."""
    midnight = datetime.combine(now.astimezone(ARXIV_ZONE).date(), time(), ARXIV_ZONE)
    published = format_datetime(midnight)
    return _FEED.format(
        title=escape(title),
        query=escape(query),
        description=escape(description),
        built=format_datetime(now),
        published=published,
        items="".join(_item(item, published) for item in listed),
    )


def _item(item: Listed, published: str) -> str:
    paper = item.paper
    return _ITEM.format(
        title=escape(paper.title),
        id=paper.id,
        version=item.version,
        type=item.type,
        summary=escape(paper.summary),
        categories="\n".join(f"      <category>{code}</category>" for code in paper.categories),
        published=published,
        authors=escape(", ".join(paper.authors)),
    )
