"""What `/setup start` can propose. A part of Cohort that a server can set up adds its offer to `OFFERS`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.meetings.settings import BuddySettings
from bot.domain.server_settings import Area
from bot.services.bundle import Services

Document = dict[str, Any]
Make = Callable[[int, str, Sequence[str]], Document]
There = Callable[[Services, int], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to be set up, with the channel it goes to.

    `make` returns its settings from the channel's id, the time zone and the topics that were chosen. What a server has
    only once is offered while it is not `there`: what was set up before is left as it is.
    """

    key: str
    area: Area
    title: str  # "New papers"
    words: str  # "every weekday at 09:00, ten at most"
    channel: str  # what its channel is called, where one has to be made: "papers"
    make: Make
    purposes: frozenset[str] = frozenset()  # for which it is proposed
    there: There | None = None


BUDDIES_CHANNEL: Final = "study-buddies"
"""Private threads are opened there, which only plain text channels have."""

PURPOSES: Final = {
    "reading": "A reading group or paper club",
    "learning": "Learning machine learning together",
    "lab": "A research lab or university group",
    "building": "Building things, hackathons",
    "general": "Anything to do with AI",
}
"""What a community may be for."""

TOPICS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "ml": ("Machine learning and AI in general", ("cs.LG", "cs.AI")),
    "nlp": ("Language and language models", ("cs.CL",)),
    "vision": ("Vision", ("cs.CV",)),
    "robotics": ("Robotics", ("cs.RO",)),
    "stats": ("Statistics and theory", ("stat.ML",)),
    "speech": ("Speech and audio", ("eess.AS", "cs.SD")),
    "retrieval": ("Search and recommendation", ("cs.IR",)),
    "safety": ("Safety, ethics and society", ("cs.CY",)),
}
"""What its papers are about."""

_WEEKDAYS: Final = ["mon", "tue", "wed", "thu", "fri"]


def categories_of(topics: Sequence[str]) -> list[str]:
    """Return arXiv's categories of some topics; those of machine learning in general where there is none."""
    chosen = [code for topic in topics if topic in TOPICS for code in TOPICS[topic][1]]
    return list(dict.fromkeys(chosen)) or list(TOPICS["ml"][1])


def _feed(kind: str, channel_id: int, zone: str, **more: Any) -> Document:
    usual = {"limit": 10, "time": "09:00", "zone": zone, "days": ["mon"], "paused": False}
    return {"kind": kind, "channel_id": channel_id} | usual | more


def _papers(channel_id: int, zone: str, topics: Sequence[str]) -> Document:
    return _feed(
        "papers",
        channel_id,
        zone,
        categories=categories_of(topics),
        query="",
        style="digest",
        days=_WEEKDAYS,
    )


def _highlights(channel_id: int, zone: str, _topics: Sequence[str]) -> Document:
    return _feed("highlights", channel_id, zone, limit=5, time="18:00", days=["fri"])


def _hackathons(channel_id: int, zone: str, _topics: Sequence[str]) -> Document:
    return _feed("hackathons", channel_id, zone, style="digest", sources=[], wanted={})


def _deadlines(channel_id: int, zone: str, _topics: Sequence[str]) -> Document:
    moments = ["announced", "month", "week", "day"]
    return _feed("deadlines", channel_id, zone, style="digest", conferences=[], areas=[], moments=moments)


def _question(channel_id: int, zone: str, _topics: Sequence[str]) -> Document:
    return _feed("quiz", channel_id, zone, limit=1, days=_WEEKDAYS, level=None, areas=[])


async def _asks(services: Services, server_id: int) -> bool:
    return await services.quizzes.daily.current(server_id) is not None


def _buddies(channel_id: int, zone: str, _topics: Sequence[str]) -> Document:
    """Off: whoever switches it on reads the words about age and conduct first, and says where reports go."""
    return BuddySettings(channel_id=channel_id, zone=zone).to_json()


async def _matches(services: Services, server_id: int) -> bool:
    return (await services.buddies.setup.status(server_id)).settings != BuddySettings()


OFFERS: Final[list[Offer]] = [
    Offer(
        "papers",
        Area.FEED,
        "New papers",
        "every weekday at 09:00, ten at most, the rest counted",
        "papers",
        _papers,
        frozenset(PURPOSES),
    ),
    Offer(
        "highlights",
        Area.FEED,
        "The week's highlights",
        "Fridays at 18:00: what this server discussed and saved most",
        "papers",
        _highlights,
        frozenset({"reading", "lab"}),
    ),
    Offer(
        "deadlines",
        Area.FEED,
        "Conference deadlines",
        "an agenda on Mondays at 09:00",
        "events",
        _deadlines,
        frozenset({"lab", "reading"}),
    ),
    Offer(
        "hackathons",
        Area.FEED,
        "Hackathons",
        "an agenda on Mondays at 09:00, from four sites",
        "events",
        _hackathons,
        frozenset({"building", "learning", "general"}),
    ),
    Offer(
        "quiz",
        Area.FEED,
        "Question of the day",
        "every weekday at 09:00, its results with the next one",
        "quiz",
        _question,
        frozenset({"learning", "general"}),
        _asks,
    ),
    Offer(
        "buddies",
        Area.BUDDIES,
        "Study buddies",
        "prepared for Mondays at 10:00; you switch them on with /setup buddies",
        BUDDIES_CHANNEL,
        _buddies,
        frozenset({"learning"}),
        _matches,
    ),
]
"""In the order in which they are shown; at most ten, for the menus of one card."""
