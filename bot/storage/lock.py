"""One process to a SQLite file: two would each think that what the other has claimed is abandoned."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DatabaseInUse(Exception):
    """Another process has the file."""


@contextmanager
def sole_user(path: Path) -> Iterator[None]:
    """Hold the lock beside the file; the system gives it back when the process ends, however it ends.

    Raises DatabaseInUse. Within one process the lock may be taken again.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(f"{path.resolve()}.lock", is_singleton=True, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        msg = (
            f"Another Cohort is running on {path}. Stop it first, give this one another DATABASE_URL, "
            "or use PostgreSQL, which many processes may share."
        )
        raise DatabaseInUse(msg) from None
    try:
        yield
    finally:
        lock.release()
