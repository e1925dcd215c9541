"""Copies of a SQLite database: made while the bot runs, checked, and put back while it does not."""

import contextlib
import sqlite3
from datetime import datetime
from pathlib import Path

from bot.errors import UserError
from bot.storage import schema
from bot.storage.lock import sole_user


def back_up(path: Path, target: Path) -> int:
    """Copy the database at `path` to the new file `target` and return its size in bytes.

    The copy is of one moment: everything committed before it began is in it, whoever writes meanwhile.
    With a write-ahead log nobody waits for it. Raises UserError for what the operator can put right.
    """
    if not path.is_file():
        raise UserError(f"There is no database at {path}. DATABASE_URL says where it should be.")
    if target.exists():
        raise UserError(f"{target} exists already. Name a new file, so that no older backup is lost.")
    if not target.resolve().parent.is_dir():
        raise UserError(f"The folder of {target} does not exist. Create it first.")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)  # it holds members' data
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, to be moved about as it is
        _check(partial)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Path, path: Path, now: datetime) -> Path | None:
    """Put the backup `source` in the place of the database at `path`.

    The database that was there is moved aside, and its new path returned. Nothing is touched before the
    backup has proved whole. Raises UserError, and DatabaseInUse while the bot runs on it.
    """
    if not source.is_file():
        raise UserError(f"There is no backup at {source}.")
    _check(source)
    with sole_user(path):
        fresh = path.with_name(f"{path.name}.restoring")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        with (
            contextlib.closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as backup,
            contextlib.closing(sqlite3.connect(fresh)) as copy,
        ):
            backup.backup(copy)
        aside = None
        if path.exists():
            aside = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%S}")
            for suffix in ("-wal", "-shm", ""):  # the log belongs to the file: they go together
                part = path.with_name(f"{path.name}{suffix}")
                if part.exists():
                    with contextlib.suppress(PermissionError):  # another user's file: only they may
                        part.chmod(0o600)  # it is kept like a backup, and holds members' data as they do
                    part.rename(aside.with_name(f"{aside.name}{suffix}"))
        fresh.rename(path)
    return aside


def _check(path: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (verdict,) = database.execute("PRAGMA quick_check").fetchone()
            revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        raise UserError(f"{path} is no database of Cohort's, or it is damaged.") from None
    if verdict != "ok":
        raise UserError(f"{path} is damaged: {verdict}.")
    if revision is not None and not schema.is_known(revision[0]):
        raise UserError(schema.too_new(revision[0]))
