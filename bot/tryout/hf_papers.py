"""Hugging Face's daily papers, played from the samples in the shape of `https://huggingface.co/api/daily_papers`.

The votes are made up, the same for a paper every time. No code or project page is: these are real papers.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zlib import crc32

from bot.tryout.arxiv import ARXIV_ZONE
from bot.tryout.samples import Sample, first_announced

_MOST_VOTES: Final = 120
_LISTED_OF: Final = (2, 3)  # two papers of three are noticed at all


def daily(day: date, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Return the entries of `day`, the most wanted first: none before arXiv has announced that day's papers."""
    listed_at = datetime.combine(day, time(), ARXIV_ZONE) + timedelta(hours=1)
    if now < listed_at:
        return []
    chosen = [paper for paper in first_announced(day) if _number(paper) % _LISTED_OF[1] < _LISTED_OF[0]]
    chosen.sort(key=votes, reverse=True)
    return [_entry(paper, listed_at) for paper in chosen[:limit]]


def votes(paper: Sample) -> int:
    """Return how many votes a paper has: few for most, many for some."""
    share = _number(paper) // 7 % 1000 / 1000
    return 3 + round(_MOST_VOTES * share**3)


def _number(paper: Sample) -> int:
    return crc32(paper.id.encode())


def _entry(paper: Sample, listed_at: datetime) -> dict[str, Any]:
    published = f"{paper.submitted_at:%Y-%m-%dT%H:%M:%S.000Z}"
    submitter = {"_id": "0" * 24, "fullname": "A reader", "type": "user", "isPro": False}
    return {
        "paper": {
            "id": paper.id,
            "authors": [
                {"_id": f"{place:024x}", "name": name, "hidden": False}
                for place, name in enumerate(paper.authors)
            ],
            "publishedAt": published,
            "submittedOnDailyAt": f"{listed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
            "submittedOnDailyBy": submitter | {"user": "a-reader"},
            "title": paper.title,
            "summary": paper.summary,
            "upvotes": votes(paper),
            "discussionId": f"{_number(paper):024x}",
        },
        "publishedAt": published,
        "title": paper.title,
        "numComments": votes(paper) // 25,
        "submittedBy": submitter | {"name": "a-reader"},
        "isAuthorParticipating": False,
    }
