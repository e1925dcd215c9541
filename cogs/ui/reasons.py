"""Why something waits or fails, said in the language of a post.

What happened is stored as an English sentence, by whom it happened to: delivery, the sources. The sentences are
written down here once more, so that a notice can say them in another language; one that is not among them is said as
it was stored.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from bot.domain.languages import Language
from bot.domain.sources import SourceOutcome, SourceState, stamp
from bot.words import N_, _, pgettext, spoken
from cogs.ui.text import listing

_SENTENCES: Final = (
    # Delivery: `bot.delivery.answers`, `permissions` and `native_events`
    N_("The channel is gone."),
    N_("I am no longer in this server."),
    N_("I cannot see the channel. Give my role View Channel there."),
    N_("That kind of channel takes no messages."),
    N_("I may not post in the channel. Give my role Send Messages there."),
    N_("The thread is archived."),
    N_("The thread is full."),
    N_("This server has no room for another active thread."),
    N_("I may not create events here. Give my role Create Events."),
    N_(
        "This server has {count} scheduled events, which is all that Discord allows. I add more as places become free."
    ),
    N_("I may not open threads in the channel. Give my role {permissions} there."),
    N_(
        "I cannot tell whether this message arrived. Give my role Read Message History there, and I look and go on by "
        "myself."
    ),
    N_("So much was posted since that I cannot tell whether this message arrived."),
    N_("Discord refused the message (status {status}, code {code})."),
    # Sources: `bot.sources`
    N_("{source} did not answer in time."),
    N_("{source} did not answer in proper HTTP."),
    N_("{source} cannot be reached."),
    N_("{source} is not at an address that can be fetched."),
    N_("{source} is in a private network, where nothing is fetched. Use the calendar's public address."),
    N_("{source} redirected more than {count} times."),
    N_("{source} sent more than {size}, which is too much to read."),
    N_("The answer from {source} broke off or was garbled."),
    N_("{source} answered with an error (HTTP {status})."),
    N_("{source} is busy and asks to wait."),
    N_("{source}'s answer was not a feed that can be read."),
    N_("{source}'s answer broke off in the middle."),
    N_("{source}'s answer was not a list that can be read."),
    N_("{source}'s answer holds no list of hackathons."),
    N_("Reading it failed ({error})."),
    N_("The calendar's site is busy and asks to wait."),
    N_("The calendar's site has trouble of its own (HTTP {status})."),
    N_("The site does not let this calendar be read (HTTP {status}). Make it public, or use its iCal link."),
)


def retold(reason: str) -> str:
    """Return a stored sentence in the language that is spoken; one that is not known as it is."""
    if spoken() is Language.ENGLISH:
        return reason
    for sentence, pattern in _patterns().items():
        if found := pattern.fullmatch(reason):
            gaps = found.groupdict()
            if "permissions" in gaps:
                gaps["permissions"] = listing(
                    [_permission(each) for each in gaps["permissions"].split(" and ")]
                )
            return _(sentence).format(**gaps)
    return reason


def _permission(name: str) -> str:
    """Return a permission as Discord names it in the language that is spoken, in quotes where that writes them."""
    return {
        "View Channel": pgettext("permission", "View Channel"),
        "Create Private Threads": pgettext("permission", "Create Private Threads"),
        "Create Public Threads": pgettext("permission", "Create Public Threads"),
        "Send Messages in Threads": pgettext("permission", "Send Messages in Threads"),
    }.get(name, name)


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """Return what each sentence looks like with its gaps filled in."""
    return {each: re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(each))) for each in _SENTENCES}


def trouble(state: SourceState) -> str:
    """Say how a source is doing that fails or serves an old list; times are Discord time stamps."""
    if state.outcome is not SourceOutcome.ERROR:
        return _("arXiv is serving an old list again; last new papers {when}").format(
            when=stamp(state.last_news_at)
        )
    again = stamp(state.next_check_at)
    if state.failing_since is None:
        return _("failing: {error} Next try {again}.").format(error=state.error, again=again)
    return _("failing since {since}: {error} Next try {again}.").format(
        since=stamp(state.failing_since), error=state.error, again=again
    )
