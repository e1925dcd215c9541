"""What a starting process does not import: libraries that cost time and memory, and are needed later or never."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

NOT_AT_START: Final = frozenset(
    {
        "PIL",
        "aiohttp.web",
        "alembic",
        "apscheduler",
        "asyncpg",
        "bot.check",
        "bot.content.buddies",
        "bot.content.careers",
        "bot.content.questions",
        "bot.tryout",
        "feedparser",
        "filelock",
        "fsrs",
        "icalendar",
        "luqum",
        "multiprocessing",
        "numpy",
        "openskill",
        "pylatexenc",
        "rapidfuzz",
        "recurring_ical_events",
        "resvg_py",
        "rich",
        "rustworkx",
        "simcord",
        "sqlalchemy.dialects.postgresql",
        "unicodeit",
        "yaml",
    }
)


def test_what_is_not_needed_to_start_is_not_imported() -> None:
    program = "import sys, bot.app, bot.cli; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "bot.app" in done.stdout.split()
    assert NOT_AT_START.intersection(done.stdout.split()) == set()


NOT_TO_LOG_IN: Final = frozenset({"bot.app", "bot.services", "bot.sources", "cogs", "sqlalchemy"})
"""What takes longest to read: it is read while Discord answers the login."""


def test_going_to_discord_waits_for_nothing_that_it_does_not_need() -> None:
    program = "import sys, bot.cli, bot.launch; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "bot.launch" in done.stdout.split()
    assert NOT_TO_LOG_IN.intersection(done.stdout.split()) == set()
