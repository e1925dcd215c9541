"""The options of `/feed papers` and `/feed edit`: their kinds, what they say, and what is offered."""

from typing import Any, Final

from discord import app_commands

from bot.domain.feed_edits import TYPES
from bot.domain.feeds import MAX_LIMIT, Style
from cogs.ui.feeds.words import CHANGES, KINDS, ORDERS
from cogs.ui.places import Postable, PostableChannel

FeedName = app_commands.Range[str, 1, 100]
Categories = app_commands.Range[str, 1, 300]
QueryText = app_commands.Range[str, 1, 300]
TimeText = app_commands.Range[str, 1, 20]
ZoneText = app_commands.Range[str, 1, 60]
DaysText = app_commands.Range[str, 1, 80]
Limit = app_commands.Range[int, 1, MAX_LIMIT]
Channel = app_commands.Transform[Postable, PostableChannel]

DESCRIPTIONS: Final = {
    "categories": "arXiv categories, such as cs.LG, cs.CL (cs.AI and cs.LG if you leave it out)",
    "query": "Only papers that this finds: words, “phrases”, AND, OR, NOT, ti:, abs:, au:, cat:",
    "time": "Time of day, such as 09:00",
    "zone": "Time zone, such as Europe/Paris",
    "days": "Days of the week, such as weekdays or Mon, Wed",
    "style": "One post for the day, a post for each paper, or a thread for the day",
    "limit": f"Most papers a day, up to {MAX_LIMIT}; the rest is counted",
    "types": "Only new papers, or cross-lists and new versions as well",
    "order": "Which papers come first, and so which are shown when there are too many",
    "changes": "What becomes of a post when a paper on it changes",
}
TO_CHANGE: Final = {
    **DESCRIPTIONS,
    "categories": "arXiv categories, such as cs.LG, cs.CL",
    "query": "Only papers that this finds; none for every paper",
}


def _named(words: dict[Any, str]) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=f"{text[0].upper()}{text[1:]}", value=value) for value, text in words.items()
    ]


CHOICES: Final = {
    "style": [
        app_commands.Choice(name="One post for the day", value=Style.DIGEST.value),
        app_commands.Choice(name="A post for each paper", value=Style.EACH.value),
        app_commands.Choice(name="A thread for the day", value=Style.THREAD.value),
    ],
    "types": _named({name: KINDS[types] for name, types in TYPES.items()}),
    "order": _named({order.value: words for order, words in ORDERS.items()}),
    "changes": _named({kind.value: words for kind, words in CHANGES.items()}),
}
