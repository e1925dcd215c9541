"""`cohort check`: what is missing or wrong, each with its remedy."""

import asyncio
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.clock import Clock
from bot.invite import invite_url
from bot.settings import Settings, variable_name

if TYPE_CHECKING:
    from bot.sources.http import Fetcher

_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{6,}\.[\w-]{25,}")
_ENOUGH_DISK: Final = 200 * 2**20  # bytes: room for years of papers and SQLite's journal
_ENOUGH_SKEW: Final = timedelta(seconds=20)  # the history of a channel is searched with 30 s of slack
# What is read besides arXiv's lists: without it one thing is missing, and the bot runs all the same.
_EXTRAS: Final = {
    "arxiv_api_url": "/papers search",
    "hf_papers_url": "votes and links to code",
    "deadlines_url": "/feed deadlines",
    "devpost_url": "hackathons of Devpost",
    "mlh_url": "hackathons of MLH",
    "zindi_url": "competitions of Zindi",
    "hackclub_url": "hackathons of Hack Club",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    fine: bool
    words: str
    note: bool = False  # worth knowing, and no reason not to run


async def run_checks(settings: Settings, clock: Clock) -> list[Finding]:
    """Look at everything a running bot needs; nothing is changed."""
    findings = [_token(settings), await _database(settings), _disk(settings)]
    if findings[1].fine:
        findings += await check_questions(settings)
    findings += await _sources(settings)
    if findings[0].fine:
        findings += await _discord(settings, clock)
    return findings


def _token(settings: Settings) -> Finding:
    if settings.discord_token is None:
        return Finding(
            fine=False,
            words="DISCORD_TOKEN is not set. Put the bot's token in .env; docs/operators.md says where to get it.",
        )
    if not _TOKEN.fullmatch(settings.discord_token.get_secret_value()):
        return Finding(
            fine=False,
            words="DISCORD_TOKEN does not look like a bot token: three parts with dots between them. "
            "Copy it again from the developer portal (Bot → Reset Token), not the application's secret.",
        )
    return Finding(fine=True, words="The token has the right shape.")


async def _database(settings: Settings) -> Finding:
    from bot.storage import schema
    from bot.storage.engine import Database

    path = settings.sqlite_path
    if path is not None and not path.exists():
        folder = path.resolve().parent
        if not folder.is_dir():
            return Finding(fine=False, words=f"DATABASE_URL: the folder {folder} does not exist. Create it.")
        return Finding(fine=True, words=f"The database {path} does not exist yet; starting the bot makes it.")
    database = Database(settings.database_url)
    try:
        await database.open()
        revision = await schema.current_revision(database)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is the finding
        name = type(error).__name__
        return Finding(
            fine=False, words=f"DATABASE_URL: the database cannot be opened ({name}). Is it running?"
        )
    finally:
        await database.close()
    if revision is not None and not schema.is_known(revision):
        return Finding(fine=False, words=schema.too_new(revision))
    if revision in {None, schema.HEAD}:
        return Finding(fine=True, words=f"The database answers; revision {revision or 'none yet'}.")
    return Finding(
        fine=True,
        words=f"The database answers; revision {revision}, starting the bot brings it to {schema.HEAD}.",
    )


async def check_questions(settings: Settings) -> list[Finding]:
    """Say which bundled questions members find wrong, by their reports and by the figures of their answers."""
    from bot.content.questions import load_questions
    from bot.domain.quizzes.items import flag
    from bot.storage import schema
    from bot.storage.engine import Database
    from bot.storage.quizzes import quality

    if settings.sqlite_path is not None and not settings.sqlite_path.exists():
        return []
    questions = load_questions().questions
    database = Database(settings.database_url)
    await database.open()
    try:
        if await schema.current_revision(database) != schema.HEAD:
            return []
        async with database.read() as tx:
            stats = await quality.stats_of(tx, [question.id for question in questions])
            reports = await quality.report_counts(tx)
    finally:
        await database.close()
    flags = [flag(each, stats.get(each.id), reports.get(each.id, 0)) for each in questions]
    # It is no fault of the installation, so it lets the check pass.
    return [
        Finding(
            fine=True, note=True, words=f"Question {each.question.id} may be poor: {'; '.join(each.reasons)}."
        )
        for each in flags
        if each is not None
    ]


def _disk(settings: Settings) -> Finding:
    path = settings.sqlite_path
    folder = (path.resolve().parent if path else Path.cwd()).resolve()
    if not folder.is_dir():
        return Finding(fine=True, words="Disk space: not looked at.")
    free = shutil.disk_usage(folder).free
    words = f"{free // 2**20:,} MB are free in {folder}."
    if free < _ENOUGH_DISK:
        return Finding(fine=False, words=f"{words} Make room: the database needs at least 200 MB to be safe.")
    return Finding(fine=True, words=words)


async def _sources(settings: Settings) -> list[Finding]:
    from bot.sources.http import Fetcher

    async with Fetcher() as fetcher:
        arxiv = await _arxiv(settings, fetcher)
        silent = await asyncio.gather(*(_answers(fetcher, getattr(settings, field)) for field in _EXTRAS))
    missing = [
        f"{what} ({variable_name(field)})"
        for (field, what), answers in zip(_EXTRAS.items(), silent, strict=True)
        if not answers
    ]
    if not missing:
        return [arxiv, Finding(fine=True, words="The other sources answer.")]
    words = f"Not reachable just now, and missing until it is: {', '.join(missing)}."
    return [arxiv, Finding(fine=True, note=True, words=words)]


async def _arxiv(settings: Settings, fetcher: "Fetcher") -> Finding:
    from bot.sources.arxiv import fetch_category
    from bot.sources.errors import SourceError

    try:
        await fetch_category(fetcher, settings.arxiv_rss_url, "cs.LG")
    except SourceError as error:
        return Finding(
            fine=False, words=f"COHORT_ARXIV_RSS_URL: {error.reason} Check the network and the address."
        )
    return Finding(fine=True, words="arXiv answers.")


async def _answers(fetcher: "Fetcher", url: str) -> bool:
    """Whether the host takes a connection: an answer of any status counts, and nothing is asked for twice."""
    from bot.sources.errors import SourceError, Timeout, Unreachable

    parts = urlsplit(url)
    try:
        await fetcher.get(f"{parts.scheme}://{parts.netloc}/", timeout_s=15)
    except (Timeout, Unreachable):
        return False
    except SourceError:
        return True
    return True


async def _discord(settings: Settings, clock: Clock) -> list[Finding]:
    import aiohttp

    base = settings.discord_api_url or "https://discord.com/api/v10"
    assert settings.discord_token is not None
    headers = {"Authorization": f"Bot {settings.discord_token.get_secret_value()}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
            session.get(f"{base}/oauth2/applications/@me", headers=headers) as answer,
        ):
            status, date = answer.status, answer.headers.get("Date")
            application = await answer.json(content_type=None) if status == 200 else {}
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        name = type(error).__name__
        return [Finding(fine=False, words=f"Discord cannot be reached ({name}). Check the network.")]
    findings = [_clock(date, clock.now())] if date else []
    if status == 401:
        words = "Discord does not accept DISCORD_TOKEN. Reset it in the developer portal and copy it."
        return [*findings, Finding(fine=False, words=words)]
    if status != 200:
        words = f"Discord answered {status}. Try again in a few minutes."
        return [*findings, Finding(fine=False, words=words)]
    words = (
        "Discord accepts the token. Cohort needs none of the privileged intents. "
        f"To invite it, open {invite_url(int(application['id']))}"
    )
    return [*findings, Finding(fine=True, words=words)]


def _clock(date: str, now: datetime) -> Finding:
    """Compare with Discord's clock, by the header of its answer: it has whole seconds."""
    try:
        theirs = parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return Finding(
            fine=True, note=True, words="This machine's clock could not be compared with Discord's."
        )
    skew = abs(now - theirs)
    if skew > _ENOUGH_SKEW:
        words = (
            f"This machine's clock is {skew.total_seconds():.0f} seconds off Discord's. Switch on time "
            "synchronisation (timedatectl set-ntp true): posts are found again by their time."
        )
        return Finding(fine=False, words=words)
    return Finding(fine=True, words="This machine's clock is right.")
