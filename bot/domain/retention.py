"""How long things are kept. `docs/privacy.md` says the same to people; a test holds the two together."""

from datetime import timedelta
from typing import Final

from bot.domain.quizzes.keeping import ANSWERS_KEPT, SESSIONS_KEPT

REMOVED_FEEDS: Final = timedelta(days=30)
"""How long a removed feed can be brought back."""

SENT_MESSAGES: Final = timedelta(days=90)
"""How long it is known which message showed what; after that a post is not edited any more."""

LEFT_SERVERS: Final = timedelta(days=30)
"""How long a server's data is kept after Cohort was removed from it, and a member's data in a server they left."""

SETTING_CHANGES: Final = timedelta(days=365)
"""How long the log says who changed what."""

DRAFTS: Final = timedelta(days=7)
"""How long an import or a set-up that was begun waits for its end."""

GIVEN_REMINDERS: Final = timedelta(days=30)
"""How long a reminder is kept after it was given, so that it can follow an event that is put off."""

MEETINGS: Final = timedelta(days=400)
"""How long it is known who met whom, so that study buddies meet others next time."""

RETENTION: Final = {
    "removed feeds": REMOVED_FEEDS,
    "messages that were sent": SENT_MESSAGES,
    "data of a server that I am no longer in": LEFT_SERVERS,
    "your data in a server that you left": LEFT_SERVERS,
    "the log of changes": SETTING_CHANGES,
    "set-ups that were begun": DRAFTS,
    "reminders that were given": GIVEN_REMINDERS,
    "answers to questions": ANSWERS_KEPT,
    "rounds of questions, and who chose what": SESSIONS_KEPT,
    "meetings with study buddies": MEETINGS,
}
"""In words, for the privacy page."""
