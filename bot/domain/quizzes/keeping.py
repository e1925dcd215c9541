"""How long what members answered is kept, and when an answer counts again."""

from datetime import timedelta
from typing import Final

ANSWERS_KEPT: Final = timedelta(days=730)
"""Answers are deleted after two years; ratings and due reviews, which sum them up, stay until forgotten."""

SESSIONS_KEPT: Final = timedelta(days=30)
"""Sessions nobody has touched for this long are deleted: their buttons say so."""

STAGED_KEPT: Final = timedelta(days=1)
"""How long a file that was read waits for the word of a moderator."""

SCORES_AGAIN_AFTER: Final = timedelta(hours=20)
"""A question scores again on leaderboards on another day, and not from the solution that was just shown."""

RATES_AGAIN_AFTER: Final = timedelta(days=60)
"""A question says something about ability when it is new; once it was learned it says that it was learned."""
