"""The sites that list hackathons: each page fetched in turn, and read in the worker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.domain.hackathons import Source
from bot.sources import deadlines
from bot.sources.calendars import Runs
from bot.sources.hackathons import devpost, hackclub, mlh, zindi
from bot.sources.hackathons.listing import Listing, fetch_page, joined
from bot.sources.http import Fetches

LIMIT_S: Final = 10.0
MEMORY_MB: Final = 256


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the lists are that nobody names in a command."""

    devpost: str = devpost.URL
    mlh: str = mlh.URL
    zindi: str = zindi.URL
    hackclub: str = hackclub.URL
    deadlines: str = deadlines.URL


async def read_site(
    site: Source, fetcher: Fetches, addresses: Addresses, *, run: Runs, today: date
) -> Listing:
    """Return what a site lists; a page that fails fails the whole, as a `SourceError`."""
    parse, pages = _ways(site, addresses, today)
    listings: list[Listing] = []
    for page in pages:
        body = await fetch_page(fetcher, page, site.label)
        listings.append(await run(parse, body, limit_s=LIMIT_S, memory_mb=MEMORY_MB))
        if len(listings) >= listings[0].pages:
            break
    return joined(listings)


def _ways(
    site: Source, addresses: Addresses, today: date
) -> tuple[Callable[[bytes], Listing], Iterator[str]]:
    match site:
        case Source.DEVPOST:
            pages = range(1, devpost.MAX_PAGES + 1)
            return devpost.parse, (devpost.page_url(addresses.devpost, page) for page in pages)
        case Source.MLH:
            return mlh.parse, iter([mlh.page_url(addresses.mlh, today)])
        case Source.ZINDI:
            pages = range(zindi.MAX_PAGES)
            return zindi.parse, (zindi.page_url(addresses.zindi, page) for page in pages)
        case Source.HACK_CLUB:
            return hackclub.parse, iter([addresses.hackclub])
