"""Events in words: when, where, what changed. Times are Discord time stamps, dates of whole days are written out."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.agenda import Listed, over_at
from bot.domain.aoe import AOE
from bot.domain.conferences import AREAS
from bot.domain.events import Aspect, Difference, Event, EventKind, EventStatus, When, Where
from bot.domain.sources import stamp
from bot.words import _
from cogs.ui.dates import begun, date_range, long_date, with_weekday
from cogs.ui.text import labelled, listing, plain, shorten

MAX_LINK: Final = 512
"""Characters of a link button's address: https://discord.com/developers/docs/components/reference#button."""

KINDS: Final = {
    EventKind.MEETUP: "meetup",
    EventKind.HACKATHON: "hackathon",
    EventKind.DEADLINE: "deadline",
}

_PLACE: Final = 120
_HOST: Final = 100
_TITLE: Final = 200
_TAGS: Final = 6
_LINK: Final = 300  # characters in which an address may stand in a line, its escapes included
_OLD_LINK: Final = 150
_OLD_TITLE: Final = 120
_DAY_OFF: Final = timedelta(days=4)


def fitted(text: str, room: int) -> str:
    """Return text as Discord shows it literally, in at most `room` characters; nothing where there is no room."""
    limit = min(room, len(text))
    while limit > 0:
        shown = plain(shorten(text, limit))
        if len(shown) <= room:
            return shown
        limit -= len(shown) - room
    return ""


def title(event: Event, limit: int = _TITLE) -> str:
    """Return the title as plain text."""
    return plain(shorten(event.title, limit))


def masked(label: str, url: str) -> str:
    """Return a link with words of our own; the address cannot end it early and begin another."""
    return f"[{label}]({url.replace('(', '%28').replace(')', '%29')})"


def when(event: Event) -> str:
    """Say when an event is, in one to three lines."""
    match event.kind:
        case EventKind.DEADLINE:
            return _due(event)
        case EventKind.HACKATHON if (hand_in := _hand_in(event)) is not None:
            return f"{begun(when_words(event.when))}\n{hand_in}"
        case _:
            return f"{begun(when_words(event.when))} ({stamp(event.starts_at)})"


def when_words(at: When) -> str:
    """Say a time without how far away it is; as in the middle of a line."""
    if at.all_day:
        days = date_range(at.first_day, at.last_day)
        return with_weekday(at.first_day, days) if at.first_day == at.last_day else days
    words = stamp(at.starts_at, "F")
    if at.ends_at is None or at.ends_at <= at.starts_at:
        return words
    same_day = at.first_day == at.last_day and at.ends_at - at.starts_at < timedelta(days=1)
    return _("{start} until {end}").format(start=words, end=stamp(at.ends_at, "t" if same_day else "F"))


def planned(event: Event) -> str:
    """Say for when something that is off was planned: of a series, nothing else tells which meeting it is."""
    name = _("Deadline") if event.kind is EventKind.DEADLINE else _("Planned for")
    return labelled(name, when_words(event.when))


def where_words(place: Where, *, longest_link: int = _LINK) -> str:
    """Say where an event is; an address of more than `longest_link` characters is left out."""
    parts = [plain(shorten(place.place, _PLACE))] if place.place else []
    if place.online_url:
        link = masked(_("online"), place.online_url)
        parts.append(link if len(link) <= longest_link else _("online"))
    return listing(parts) or _("no place given")


def facts(event: Event) -> list[str]:
    """Return what else there is to know, a line for each thing."""
    lines = []
    if event.place or event.online_url:
        lines.append(f"📍 {where_words(event.where)}")
    if event.kind is EventKind.DEADLINE:
        lines += _conference(event)
    elif event.host:
        lines.append(_("By {host}").format(host=plain(shorten(event.host, _HOST))))
    if prize := event.detail("prize"):
        lines.append(f"🏆 {plain(shorten(prize, 80))}")
    if registrations := event.detail("registrations"):
        lines.append(_("{count} have registered").format(count=plain(registrations)))
    if event.tags:
        lines.append(f"-# {' · '.join(_tags(event))}")
    return lines


def marks(listed: Listed, differences: Iterable[Difference]) -> list[str]:
    """Return a line for each thing that changed, and one for an event that is off or not certain."""
    found = [change_words(listed.current, each) for each in differences]
    told = any(each.aspect is Aspect.CANCELLED for each in differences)
    if listed.is_off and not told:
        found.insert(0, _off_words(listed.event.kind, gone=listed.gone))
    elif listed.event.status is EventStatus.TENTATIVE:
        found.append(_("❔ Its host has not confirmed it yet"))
    if listed.same_as is not None:
        words = _("🔁 **Listed twice**: it is the same as “{title}”")
        found.insert(0, words.format(title=plain(shorten(listed.same_title, _OLD_TITLE))))
    return found


def change_words(event: Event, difference: Difference) -> str:
    """Say one thing that changed: what it was and what it is."""
    before, after = difference.before, difference.after
    match difference.aspect, before, after:
        case Aspect.CANCELLED, _, _:
            return _off_words(event.kind, gone=False)
        case Aspect.REINSTATED, _, _:
            return _("✅ **It takes place after all**")
        case Aspect.TIME, When(), When():
            return labelled(f"🕒 **{_moved(event, before, after)}**", f"{_short(before)} → {_short(after)}")
        case Aspect.PLACE, Where(), Where():
            words = _("📍 **Another place**: {before} → {after}")
            return words.format(before=_place(before), after=_place(after))
        case _:
            words = _("✏️ **Another title**; it was “{title}”")
            return words.format(title=plain(shorten(str(before), _OLD_TITLE)))


def mark(listed: Listed, aspects: Iterable[Aspect]) -> str:
    """Return a sign or two for a line of an agenda; nothing where all is as it was."""
    changed = set(aspects)
    if listed.is_off:
        return f"⛔ **{_('Cancelled')}** · "
    if listed.same_as is not None:
        return f"🔁 **{_('Listed twice')}** · "
    signs = {
        Aspect.REINSTATED: f"✅ **{_('On after all')}** · ",
        Aspect.TIME: f"🕒 **{_('Moved')}** · ",
        Aspect.PLACE: f"📍 **{_('Another place')}** · ",
    }
    return "".join(words for aspect, words in signs.items() if aspect in changed)


def soon(event: Event) -> str:
    """Say how far away the moment is that counts: the start, or the deadline of a long hackathon.

    It stays where it was posted, and Discord goes on counting: the words are right of what has passed as well.
    """
    if event.kind is EventKind.DEADLINE:
        return labelled(_("Deadline"), stamp(over_at(event) if event.all_day else event.starts_at))
    if event.kind is EventKind.HACKATHON and event.ends_at and event.ends_at - event.starts_at > _DAY_OFF:
        return labelled(_("Projects due"), stamp(event.ends_at))
    return labelled(_("Start"), stamp(event.starts_at))


def day_in(at: datetime, zone: str) -> date:
    """Return the date of an instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def _due(event: Event) -> str:
    local = event.starts_at.astimezone(ZoneInfo(event.zone))
    zone = _("Anywhere on Earth (AoE)") if event.zone == AOE else plain(event.detail("zone") or event.zone)
    if event.all_day:
        note = (
            _("No time of day is given, so it counts Anywhere on Earth")
            if event.zone == AOE
            else _("No time of day is given")
        )
        note = f"-# {note}"
        return f"{begun(when_words(event.when))} ({stamp(over_at(event))})\n{note}"
    words = f"{stamp(event.starts_at, 'F')} ({stamp(event.starts_at)})"
    there = _("That is {time} on {day}, {zone}").format(
        time=f"{local:%H:%M}", day=long_date(local.date()), zone=zone
    )
    return f"{words}\n-# {there}"


def _hand_in(event: Event) -> str | None:
    """Say until when projects may be handed in; None where it is over within a day."""
    if event.ends_at is None or event.when.first_day == event.when.last_day:
        return None
    if exact := event.detail("deadline_at"):
        at = datetime.fromisoformat(exact)
        return labelled(_("Projects due"), f"{stamp(at, 'F')} ({stamp(at)})")
    return _("Projects are due by {day} ({when})").format(
        day=long_date(event.when.last_day), when=stamp(event.ends_at)
    )


def _conference(event: Event) -> list[str]:
    name, dates, place = (event.detail(key) for key in ("conference", "dates", "place"))
    lines = [plain(shorten(name, _HOST))] if name else []
    if dates or place:
        facts = [plain(dates)] if dates else []
        facts += [plain(shorten(place, _PLACE))] if place else []
        lines.append(_("The conference: {facts}").format(facts=", ".join(facts)))
    return lines


def _tags(event: Event) -> list[str]:
    names = [AREAS[tag].label if tag in AREAS else tag for tag in event.tags[:_TAGS]]
    return [plain(shorten(name, 40)) for name in names]


def _off_words(kind: EventKind, *, gone: bool) -> str:
    if kind is EventKind.DEADLINE:
        return _("⛔ **No longer listed**")
    return _("⛔ **Cancelled**, or no longer listed by its host") if gone else _("⛔ **Cancelled**")


def _moved(event: Event, before: When, after: When) -> str:
    if event.kind is not EventKind.DEADLINE:
        return _("Another time")
    return _("Extended") if after.starts_at > before.starts_at else _("Earlier")


def _place(place: Where) -> str:
    return where_words(place, longest_link=_OLD_LINK)


def _short(at: When) -> str:
    return when_words(at) if at.all_day else stamp(at.starts_at, "f")
