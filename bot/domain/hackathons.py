"""Hackathons: what is known of one, which two are the same one, and which of them somebody wants."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from bot.domain.aoe import AOE, end_of_day, local_date, moment
from bot.domain.events import Event, EventKind, EventStatus, event_key, one_line

AI_THEME: Final = "Machine Learning/AI"
"""Devpost's name for its theme 6; the other sites' entries get it where they are plainly about it."""


class Source(StrEnum):
    """A site that lists hackathons. The order is that of trust: of two copies the earlier site's leads."""

    DEVPOST = "devpost"
    MLH = "mlh"
    ZINDI = "zindi"
    HACK_CLUB = "hackclub"

    @property
    def label(self) -> str:
        """The site's own name."""
        return _LABELS[self]


_LABELS: Final = {
    Source.DEVPOST: "Devpost",
    Source.MLH: "Major League Hacking",
    Source.ZINDI: "Zindi",
    Source.HACK_CLUB: "Hack Club",
}


@dataclass(frozen=True, slots=True)
class Prize:
    """What can be won: an amount above zero in a currency (ISO 4217), and the words of the site."""

    amount: Decimal
    currency: str
    words: str

    @property
    def rough_usd(self) -> Decimal | None:
        """About how many US dollars that is: for filters alone, never to be shown. None for a rare currency."""
        rate = _ROUGH_USD.get(self.currency)
        return None if rate is None else self.amount * rate


# US dollars for one unit, two digits, 2025: a filter for "at least $1,000" needs no more.
_ROUGH_USD: Final = {
    code: Decimal(rate)
    for code, rate in {
        "USD": "1",
        "EUR": "1.1",
        "GBP": "1.3",
        "CHF": "1.2",
        "CAD": "0.72",
        "AUD": "0.65",
        "NZD": "0.59",
        "SGD": "0.77",
        "HKD": "0.13",
        "INR": "0.012",
        "PKR": "0.0036",
        "BDT": "0.0082",
        "JPY": "0.0067",
        "CNY": "0.14",
        "KRW": "0.00072",
        "BRL": "0.18",
        "MXN": "0.053",
        "AED": "0.27",
        "SAR": "0.27",
        "ZAR": "0.055",
        "NGN": "0.00065",
        "KES": "0.0077",
        "TRY": "0.025",
        "PLN": "0.27",
        "SEK": "0.10",
        "IDR": "0.000061",
        "MYR": "0.23",
        "PHP": "0.017",
        "VND": "0.000039",
        "UAH": "0.024",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Hackathon:
    """One hackathon as a site lists it, or as several do: then `copies` holds what each of them says.

    Some sites give days without a time of day or a zone. Such a day counts as over when it is over
    Anywhere on Earth, so that nothing is called closed while it may be open; `approximate` then tells the
    cards to show the date alone and the reminders to count from the day's beginning.
    """

    source: Source
    id: str  # the site's own
    title: str
    url: str | None
    starts_on: date | None  # when it begins, or when projects may be handed in
    ends_on: date  # the last day to hand in
    starts_at: datetime | None = None  # UTC, where the site gives a time
    ends_at: datetime | None = None  # UTC, where the site gives a time
    online: bool = False
    place: str | None = None
    prize: Prize | None = None
    themes: tuple[str, ...] = ()
    organiser: str | None = None
    thumbnail: str | None = None  # https
    registrations: int | None = None
    cancelled: bool = False
    links: tuple[str, ...] = ()  # other addresses of the same: the site's own page, the team's page
    identity: str = ""  # what it is known by; its own key unless `merge` says otherwise
    copies: tuple["Hackathon", ...] = ()  # each site's, without the merging; empty for one that stands alone

    @property
    def native_key(self) -> str:
        """The site and its id."""
        return event_key("hackathon", self.source, self.id)

    @property
    def key(self) -> str:
        """What it is known by, on whichever site it was seen first."""
        return self.identity or self.native_key

    @property
    def aliases(self) -> tuple[str, ...]:
        """The keys of all its copies, its own key among them: store them, and hand them to `merge` as `known`."""
        return tuple(dict.fromkeys((self.key, self.native_key, *(copy.native_key for copy in self.copies))))

    @property
    def approximate(self) -> bool:
        """Whether only the day of the deadline is known."""
        return self.ends_at is None

    @property
    def deadline_at(self) -> datetime:
        """When it is over for certain: the exact time, or the end of the day Anywhere on Earth."""
        return self.ends_at or end_of_day(self.ends_on)

    def event(self) -> Event:
        """Return it as an event from its beginning to its deadline; whole days unless both times are exact.

        The detail `deadline` is the date, with `deadline_at` (ISO 8601) beside it where the time is known.
        """
        details = {
            "source": self.source.label,
            "deadline": self.ends_on.isoformat(),
            "deadline_at": "" if self.ends_at is None else self.ends_at.isoformat(),
            "prize": "" if self.prize is None else self.prize.words,
            "registrations": "" if self.registrations is None else str(self.registrations),
            "thumbnail": self.thumbnail or "",
        }
        starts_at, ends_at, zone, all_day = self._span()
        return Event(
            key=self.key,
            kind=EventKind.HACKATHON,
            title=one_line(self.title),
            starts_at=starts_at,
            ends_at=ends_at,
            zone=zone,
            all_day=all_day,
            place=self.place,
            online_url=self.url if self.online else None,
            url=self.url,
            host=self.organiser,
            status=EventStatus.CANCELLED if self.cancelled else EventStatus.CONFIRMED,
            tags=self.themes,
            details=tuple((name, text) for name, text in details.items() if text),
        )

    def _span(self) -> tuple[datetime, datetime | None, str, bool]:
        if self.starts_at is not None and (self.ends_at is not None or self.ends_on == self.starts_on):
            return self.starts_at, self.ends_at, "UTC", False
        first = min(self.starts_on or self.ends_on, self.ends_on)
        after = self.ends_on + timedelta(days=1)
        return moment(first, time(), AOE), moment(after, time(), AOE), AOE, True


def exact_date(at: datetime) -> date:
    """Return the date of an instant for a site that gives no place for it: that of UTC."""
    return local_date(at, "UTC")


# --- Wishes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which hackathons a feed is for; what is left empty is not asked for."""

    themes: frozenset[str] = frozenset()  # any of them, in any spelling: "ai" is `AI_THEME`
    online: bool | None = None  # True: one can take part from anywhere; False: there is a place to go to
    place: str = ""  # words that its place contains, such as "Toronto"
    min_prize_usd: Decimal = Decimal(0)

    def covers(self, hackathon: Hackathon) -> bool:
        """Whether a hackathon is wanted."""
        if self.themes:
            wanted = {theme_name(theme).casefold() for theme in self.themes}
            if wanted.isdisjoint(theme.casefold() for theme in hackathon.themes):
                return False
        if self.online is True and not hackathon.online:
            return False
        if self.online is False and hackathon.place is None:
            return False
        if self.place and self.place.casefold() not in (hackathon.place or "").casefold():
            return False
        if self.min_prize_usd > 0:
            worth = hackathon.prize.rough_usd if hackathon.prize else None
            return worth is not None and worth >= self.min_prize_usd
        return True


_AI_WORDS: Final = frozenset({"ai", "ml", "ai/ml", "ml/ai", "machine learning", "artificial intelligence"})


def theme_name(text: str) -> str:
    """Return the name of a theme as the sites write it, for the usual words for machine learning."""
    plain = " ".join(text.split())
    return AI_THEME if plain.casefold() in _AI_WORDS else plain
