"""The sources that the bot reads in a long run: lists of papers and of hackathons that grow as time goes by.

arXiv announces once a day, and two hours are no day: a list gets a few more papers every few minutes, and keeps
those it has. Every id is in one list alone.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.domain.papers import AnnounceType
from bot.tryout.arxiv import render_list
from bot.tryout.samples import Listed, Sample

CATEGORIES: Final = (
    "cs.AI", "cs.CL", "cs.CV", "cs.CR", "cs.DC", "cs.DS", "cs.HC", "cs.IR", "cs.IT", "cs.LG", "cs.MA", "cs.NE",
    "cs.RO", "cs.SD", "cs.SE", "cs.SI", "eess.AS", "eess.IV", "eess.SP", "math.OC", "math.ST", "q-bio.NC",
    "quant-ph", "stat.ML",
)  # fmt: skip

EVERY: Final = timedelta(minutes=4)
"""How often a list, or that of hackathons, gets longer."""

PER_BATCH: Final = 2
AT_FIRST: Final = 6


@dataclass
class Press:
    """Serves on 127.0.0.1; `served` holds how often each list went out whole, and `refused` what was refused."""

    began: datetime
    served: dict[str, int] = field(default_factory=dict)
    refusing: int = 0
    """How many of the next requests are answered with 503."""
    refused: int = 0

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._gate])
        app.router.add_get("/rss/{query}", self._papers)
        app.router.add_get("/hackclub", self._hackathons)
        app.router.add_get("/daily", self._daily)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def environment(self) -> dict[str, str]:
        """Return the variables that point the bot here."""
        return {
            "COHORT_ARXIV_RSS_URL": f"{self._origin}/rss",
            "COHORT_HACKCLUB_URL": f"{self._origin}/hackclub",
            "COHORT_HF_PAPERS_URL": f"{self._origin}/daily",
            "COHORT_ARXIV_INTERVAL_S": "0.2",  # this machine asks for no three seconds
        }

    def listed(self, category: str, now: datetime) -> list[str]:
        """Return the ids of the papers in a list at a moment."""
        return self.first(category, AT_FIRST + PER_BATCH * max(0, int((now - self.began) / EVERY)))

    def first(self, category: str, count: int) -> list[str]:
        """Return the ids of the first papers of a list."""
        place = CATEGORIES.index(category)
        return [f"{self.began:%y%m}.{place * 2000 + number:05d}" for number in range(1, count + 1)]

    def _now(self) -> datetime:
        return datetime.now(UTC)

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.refusing > 0:
            self.refusing -= 1
            self.refused += 1
            return web.Response(status=503, text="busy")
        return await handler(request)

    async def _papers(self, request: web.Request) -> web.Response:
        category, now = request.match_info["query"], self._now()
        listed = [Listed(_paper(id_, category), 1, AnnounceType.NEW) for id_ in self.listed(category, now)]
        text = render_list(category, now, title=f"{category} updates", description="", listed=listed)
        self.served[category] = len(listed)
        return web.Response(text=text, content_type="application/rss+xml", charset="utf-8")

    async def _hackathons(self, _: web.Request) -> web.Response:
        now = self._now()
        count = 3 + int((now - self.began) / EVERY)
        self.served["hackathons"] = count
        return web.json_response([_hackathon(number, self.began) for number in range(count)])

    async def _daily(self, _: web.Request) -> web.Response:
        return web.json_response([])


def _paper(id_: str, category: str) -> Sample:
    return Sample(
        id=id_,
        title=f"Result {id_} on steady things",
        authors=("Ada Lovelace", "Ben Bitdiddle"),
        categories=(category,),
        year=2026,
        summary=f"We look at {id_} and find that it stays as it is. There is more to say about it.",
    )


def _hackathon(number: int, began: datetime) -> dict[str, object]:
    start = began.replace(microsecond=0) + timedelta(days=30 + number)
    return {
        "id": f"steady{number}",
        "name": f"Steady Hacks {number}",
        "website": f"https://steady-{number}.example.org/",
        "start": start.isoformat().replace("+00:00", ".000Z"),
        "end": (start + timedelta(days=2)).isoformat().replace("+00:00", ".000Z"),
        "city": f"Town {number}",
        "state": "",
        "country": "Testland",
        "virtual": False,
        "hybrid": False,
    }
