"""The forms with which a feed of events is changed."""

from typing import Any

from discord import ui

from bot.domain.feeds import MAX_LIMIT, Feed, FeedKind
from bot.domain.schedule import say_days
from cogs.ui.event_feeds.words import options_of, where_words
from cogs.ui.forms import new_form


def edit_form(name: str, feed: Feed) -> ui.Modal:
    """Return the form with a feed's present values: "what" it reads, or "when" it posts."""
    plan, schedule = feed.plan, feed.plan.schedule
    options = options_of(plan)
    modal = new_form(
        f"What feed {feed.number} reads" if name == "what" else f"When feed {feed.number} posts",
        f"efeed:form:{name}:{feed.number}",
    )
    if name == "when":
        _ask(modal, "time", "Time of day", "Such as 09:00 or 9:30 pm", f"{schedule.time:%H:%M}", 20)
        _ask(modal, "zone", "Time zone", "Such as Europe/Paris or Berlin", schedule.zone, 60)
        _ask(modal, "days", "Days", "Such as every day or Mon, Wed", say_days(schedule.days), 80)
        _ask(modal, "limit", "Limit", f"Most events in a post, 1 to {MAX_LIMIT}", str(plan.limit), 3)
    elif plan.kind is FeedKind.MEETUPS:
        _ask(modal, "url", "Address", "Of a calendar, or of a group's page", options.url, 1000)
    elif plan.kind is FeedKind.HACKATHONS:
        sites = ", ".join(options.sources) or "all"
        _ask(modal, "source", "Sites", "devpost, mlh, zindi, hackclub, or all", sites, 100)
        themes = ", ".join(sorted(options.wanted.themes)) or "all"
        _ask(modal, "themes", "Themes", "Such as AI, Health; all for any", themes, 300)
        where = where_words(options).removeprefix("in ") if options.wanted.place else where_words(options)
        _ask(modal, "where", "Where", "online, in person, a place, or anywhere", where or "anywhere", 60)
    else:
        chosen = options.conferences.text or "all"
        _ask(modal, "conferences", "Conferences", "Such as NeurIPS, NLP; all for every one", chosen, 1000)
    return modal


def _ask(modal: ui.Modal, name: str, label: str, hint: str, present: str, longest: int) -> None:
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=name, default=present[:longest], max_length=longest, required=True
    )
    modal.add_item(ui.Label(text=label, description=hint, component=field))
