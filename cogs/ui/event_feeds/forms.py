"""The forms with which a feed of events is changed."""

from discord import ui

from bot.domain.feeds import MAX_LIMIT, Feed, FeedKind
from bot.domain.schedule import say_days
from cogs.ui.event_feeds.words import options_of, where_words
from cogs.ui.forms import line_field, new_form, zone_field


def edit_form(name: str, feed: Feed) -> ui.Modal:
    """Return the form with a feed's present values: "what" it reads, or "when" it posts."""
    plan, schedule = feed.plan, feed.plan.schedule
    options = options_of(plan)
    if name == "when":
        fields = [
            line_field("time", "Time of day", "Such as 09:00 or 9:30 pm", f"{schedule.time:%H:%M}", 20),
            zone_field(schedule.zone),
            line_field("days", "Days", "Such as every day or Mon, Wed", say_days(schedule.days), 80),
            line_field("limit", "Limit", f"Most events in a post, 1 to {MAX_LIMIT}", str(plan.limit), 3),
        ]
    elif plan.kind is FeedKind.MEETUPS:
        fields = [line_field("url", "Address", "Of a calendar, or of a group's page", options.url, 1000)]
    elif plan.kind is FeedKind.HACKATHONS:
        sites = ", ".join(options.sources) or "all"
        themes = ", ".join(sorted(options.wanted.themes)) or "all"
        where = where_words(options).removeprefix("in ") if options.wanted.place else where_words(options)
        fields = [
            line_field("source", "Sites", "devpost, mlh, zindi, hackclub, or all", sites, 100),
            line_field("themes", "Themes", "Such as AI, Health; all for any", themes, 300),
            line_field("where", "Where", "online, in person, a place, or anywhere", where or "anywhere", 60),
        ]
    else:
        chosen = options.conferences.text or "all"
        hint = "Such as NeurIPS, NLP; all for every one"
        fields = [line_field("conferences", "Conferences", hint, chosen, 1000)]
    title = f"What feed {feed.number} reads" if name == "what" else f"When feed {feed.number} posts"
    return new_form(title, f"efeed:form:{name}:{feed.number}", *fields)
