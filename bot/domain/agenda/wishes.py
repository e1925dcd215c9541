"""Which of the stored events a feed is for."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.agenda.values import Listed
from bot.domain.deadlines import Deadline, Edition
from bot.domain.event_sources import sites_of
from bot.domain.feeds import FeedKind, FeedPlan
from bot.domain.hackathons import Hackathon, Prize, Source


def hackathon_facts(hackathon: Hackathon) -> dict[str, Any]:
    """Return what `wants` looks at in a hackathon, as JSON."""
    copies = hackathon.copies or (hackathon,)
    worth = hackathon.prize.rough_usd if hackathon.prize else None
    return {
        "sites": sorted({copy.source.value for copy in copies}),
        "online": hackathon.online,
        "usd": None if worth is None else str(worth),
    }


def deadline_facts(deadline: Deadline) -> dict[str, Any]:
    """Return what `wants` looks at in a deadline, as JSON."""
    edition = deadline.edition
    return {"conference": edition.conference, "year": edition.year, "areas": list(edition.areas)}


def wanted(plan: FeedPlan, listed: Iterable[Listed]) -> list[Listed]:
    """Return the events that a feed is for, out of those of its source."""
    return [each for each in listed if wants(plan, each)]


def wants(plan: FeedPlan, listed: Listed) -> bool:
    """Whether a feed is for an event of its source; never for one that turned out to be another."""
    assert plan.events is not None
    facts = listed.facts
    if listed.same_as is not None:
        return False
    if plan.kind is FeedKind.HACKATHONS:
        sites = {site.value for site in sites_of(plan)}
        return not sites.isdisjoint(facts.get("sites", ())) and plan.events.wanted.covers(
            _hackathon(listed, facts)
        )
    if plan.kind is FeedKind.DEADLINES:
        conference = facts.get("conference", "")
        edition = Edition(
            conference, conference, conference, facts.get("year", 0), areas=tuple(facts.get("areas", ()))
        )
        return plan.events.conferences.covers(edition)
    return True


def _hackathon(listed: Listed, facts: Mapping[str, Any]) -> Hackathon:
    """Return as much of a hackathon as a wish looks at."""
    event, usd = listed.event, facts.get("usd")
    return Hackathon(
        source=Source.DEVPOST,
        id=str(listed.id),
        title=event.title,
        url=None,
        starts_on=None,
        ends_on=date.max,
        online=bool(facts.get("online")),
        place=event.place,
        prize=Prize(Decimal(usd), "USD", "") if usd is not None else None,
        themes=event.tags,
    )
