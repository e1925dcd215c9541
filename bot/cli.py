"""The command line: run the bot, try it without Discord, check what is missing, mind the database."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot import __version__, log
from bot.errors import UserError
from bot.operations.memory import use_one_heap
from bot.settings import Settings, SettingsError

app = typer.Typer(
    name="cohort",
    help="A Discord bot for AI/ML learning communities.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print secrets.
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.add_typer(db, name="db")


@app.command()
def run() -> None:
    """Run the bot until it is stopped."""
    # Nothing that is made while starting is garbage, and looking for some takes a tenth of the time.
    gc.disable()
    use_one_heap()
    settings = _settings()
    if settings.discord_token is None:
        _fail(
            "DISCORD_TOKEN is not set. Put the bot's token in .env; docs/operators.md says where to get it."
        )
    token = settings.discord_token.get_secret_value()
    log.configure(level=settings.log_level, style=settings.log_format, secrets=_secrets(settings))
    if settings.sentry_dsn is not None:
        from bot.operations import reporting

        try:
            reporting.start(settings.sentry_dsn.get_secret_value(), _secrets(settings))
        except UserError as error:
            _fail(str(error))
    _run(_serve(settings, token))


@app.command(name="try")
def try_out(
    port: Annotated[int, typer.Option(help="The page's port on this machine.", min=0, max=65535)] = 8765,
    host: Annotated[str, typer.Option(help="What to listen on; 0.0.0.0 inside a container.")] = "127.0.0.1",
) -> None:
    """Open the whole bot in the browser: no token, no network, no account."""
    from bot.tryout import run_tryout

    log.configure(level=os.environ.get("COHORT_LOG_LEVEL", "WARNING").upper())
    live = os.environ.get("COHORT_TRY_LIVE", "") not in {"", "0", "false", "no"}
    _run(run_tryout(port=port, host=host, live=live, announce=_announce))


@app.command()
def check() -> None:
    """Say what is missing or wrong, and how to put it right."""
    from bot.check import run_checks
    from bot.clock import SystemClock

    log.configure(level="ERROR")
    try:
        settings = Settings.load()
    except SettingsError as error:
        for fault in error.faults:
            typer.echo(f"✗ {fault}")
        raise typer.Exit(1) from None
    findings = asyncio.run(run_checks(settings, SystemClock()))
    for finding in findings:
        typer.echo(f"{'✗' if not finding.fine else '!' if finding.note else '✓'} {finding.words}")
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@app.command()
def export(
    server: Annotated[int, typer.Argument(help="The server's id.")],
    out: Annotated[Path | None, typer.Option(help="Where to; without it, to the terminal.")] = None,
) -> None:
    """Write what a server set up to a file, channels and roles by their ids. It has no members' data."""
    from bot.domain.transfer import Names

    async def work(database: Any) -> None:
        text = await _moderation(database).transfer.export(server, Names())
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text, encoding="utf-8")

    _run(_with_database(work))


@app.command(name="import")
def import_(
    server: Annotated[int, typer.Argument(help="The server's id.")],
    file: Annotated[Path, typer.Argument(help="What `cohort export` wrote.", exists=True, dir_okay=False)],
    replace: Annotated[bool, typer.Option(help="Also remove what is not in the file.")] = False,
    yes: Annotated[bool, typer.Option(help="Do it; without this, only say what would change.")] = False,
) -> None:
    """Set a server up from a file: all of it, or nothing. Stop the bot first where it runs on SQLite."""
    from bot.domain.transfer import bind, differences, ids_of, references
    from bot.storage.lock import DatabaseInUse, sole_user

    async def work(database: Any) -> None:
        transfer = _moderation(database).transfer
        found = await transfer.read(file.read_bytes())
        settings = bind(found, ids_of(references(found)))
        if yes:
            steps = await transfer.apply(server, settings, replace=replace, by=None)
        else:
            steps = await transfer.plan(server, settings, replace=replace)
        for step in steps:
            word = "new" if step.before is None else "removed" if step.after is None else "changed"
            named = ", ".join(name for name, _, _ in differences(step.before, step.after))
            typer.echo(f"{step.area} {step.target}".strip() + f": {word} ({named})")
        done = "done" if yes else "nothing is changed yet, --yes does it"
        many = "1 change" if len(steps) == 1 else f"{len(steps)} changes"
        typer.echo(f"{many}: {done}." if steps else "Nothing to change.")

    path = _settings().sqlite_path
    with contextlib.ExitStack() as stack:
        if path is not None and yes:
            try:
                stack.enter_context(sole_user(path))
            except DatabaseInUse as error:
                _fail(str(error))
        _run(_with_database(work))


def _moderation(database: Any) -> Any:
    from bot.clock import SystemClock
    from bot.content import load_taxonomy
    from bot.content.careers import load_careers
    from bot.services.buddies.introducing import Introducer
    from bot.services.buddies.meetings import BuddyMeetings
    from bot.services.buddies.setup import BuddySetup
    from bot.services.moderation import Moderation, all_areas
    from cogs.ui.buddies.posts import MeetingPosts

    clock = SystemClock()
    meetings = BuddyMeetings(database, clock, MeetingPosts(load_careers))
    setup = BuddySetup(database, clock, Introducer(dict), meetings)
    areas = all_areas(
        careers=load_careers,
        knows_category=lambda code: load_taxonomy().canonical(code) == code,
        buddies=setup.follow,
    )
    return Moderation(database, clock, areas)


@db.command()
def upgrade() -> None:
    """Bring the database to this version's schema (starting the bot does so too)."""
    from bot.storage import schema

    _run(_with_database(schema.upgrade))
    typer.echo(f"The database is at revision {schema.HEAD}.")


@db.command()
def downgrade(revision: Annotated[str, typer.Argument(help="A revision, or `base` for none.")]) -> None:
    """Take the schema back to an earlier revision. Back up first: columns that go take their data along."""
    from bot.storage import schema

    _run(_with_database(lambda database: schema.downgrade(database, revision)))
    typer.echo(f"The database is at revision {revision}.")


@db.command()
def compact() -> None:
    """Rewrite the database, so that no byte of what was deleted is left in its files.

    On SQLite stop the bot first; on PostgreSQL the tables are locked meanwhile.
    """

    async def work(database: Any) -> None:
        await database.compact()

    _run(_with_database(work))
    typer.echo("Done.")


@db.command()
def current() -> None:
    """Print the schema revision of the database."""
    from bot.storage import schema

    async def show(database: Any) -> None:
        typer.echo(await schema.current_revision(database) or "empty")

    _run(_with_database(show))


@db.command()
def backup(file: Annotated[Path, typer.Argument(help="The copy to make, a new file.")]) -> None:
    """Copy a SQLite database while the bot runs."""
    from bot.storage.backup import back_up

    path = _sqlite_file("pg_dump --format=custom --file=cohort.dump cohort")
    try:
        size = back_up(path, file)
    except (UserError, OSError) as error:
        _fail(str(error))
    typer.echo(f"{file}: {size / 2**20:.1f} MB, whole and of one moment.")


@db.command()
def restore(file: Annotated[Path, typer.Argument(help="A copy that `cohort db backup` made.")]) -> None:
    """Put a copy in the place of the SQLite database; the bot must not be running."""
    from bot.clock import SystemClock
    from bot.storage.backup import restore as put_back
    from bot.storage.lock import DatabaseInUse

    path = _sqlite_file("pg_restore --clean --if-exists --dbname=cohort cohort.dump")
    try:
        aside = put_back(file, path, SystemClock().now())
    except (UserError, DatabaseInUse, OSError) as error:
        _fail(str(error))
    typer.echo(f"{path} is now what {file} holds." + (f" What was there is at {aside}." if aside else ""))


def _sqlite_file(instead: str) -> Path:
    path = _settings().sqlite_path
    if path is None:
        _fail(f"DATABASE_URL is no file of SQLite. For PostgreSQL: {instead}")
    return path


async def _with_database(work: Any) -> None:
    from bot.storage.engine import Database

    database = Database(_settings().database_url)
    await database.open()
    try:
        await work(database)
    finally:
        await database.close()


async def _serve(settings: Settings, token: str) -> None:
    import aiohttp
    import discord

    from bot.launch import Launch

    launch = Launch(settings)
    loop = asyncio.get_running_loop()
    closing: set[asyncio.Task[None]] = set()

    def stop() -> None:
        closing.add(loop.create_task(launch.stop()))

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on its loop
            loop.add_signal_handler(number, stop)
    try:
        await launch.run(token)
    except (OSError, aiohttp.ClientError, discord.DiscordException):
        if not closing:  # asked to stop in the middle of the login: that is no failure
            raise
    if closing:
        await asyncio.wait(closing)


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as error:
        # Imported only now: a start does not wait for the database's library to name its errors.
        import aiohttp
        import discord
        from sqlalchemy.exc import SQLAlchemyError

        from bot.storage.lock import DatabaseInUse
        from bot.storage.schema import SchemaTooNew

        if isinstance(error, discord.LoginFailure):
            _fail(
                "Discord does not accept DISCORD_TOKEN. "
                "Copy the token again, or reset it in the developer portal."
            )
        if isinstance(error, SchemaTooNew | DatabaseInUse | UserError):
            _fail(str(error))
        if isinstance(error, OSError | aiohttp.ClientError | SQLAlchemyError | discord.DiscordException):
            log.report(error)
            _fail(f"Cohort could not go on ({type(error).__name__}). `cohort check` says what is wrong.")
        raise


def _settings() -> Settings:
    try:
        return Settings.load()
    except SettingsError as error:
        _fail("\n".join(error.faults))


def _secrets(settings: Settings) -> list[str]:
    return [settings.discord_token.get_secret_value()] if settings.discord_token else []


def _announce(words: str) -> None:
    typer.echo(words)
    sys.stdout.flush()


def _fail(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
