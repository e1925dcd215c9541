"""Deadlines of conferences, from lists that people keep together on GitHub.

The default is huggingface/ai-deadlines (MIT): its archive is one request for all files; one for each file
would be some seventy. A single YAML file, of either schema, is read as well, so an operator can name their own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.conferences import Catalogue
from bot.domain.deadlines import Deadline, Edition
from bot.sources.deadlines.archive import conference_files, is_archive
from bot.sources.deadlines.documents import read_document
from bot.sources.deadlines.entries import BadEntryError, read_file
from bot.sources.errors import BadStatus, Busy, FeedUnreadable
from bot.sources.http import Fetches

URL: Final = "https://codeload.github.com/huggingface/ai-deadlines/tar.gz/refs/heads/main"

_NAME: Final = "The list of deadlines"
_MAX_FILE: Final = 2**20  # of a list that is a single file


@dataclass(frozen=True, slots=True)
class Fetched:
    """One look: a catalogue, or None when nothing changed, and what to send the next time."""

    catalogue: Catalogue | None
    etag: str | None
    last_modified: str | None


Run = Callable[[Callable[[bytes], Catalogue], bytes], Awaitable[Catalogue]]


async def fetch(
    fetcher: Fetches,
    url: str = URL,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    run: Run = asyncio.to_thread,
) -> Fetched:
    """Fetch and read the list, one request; every failure is a `SourceError`.

    `run` calls `parse` off the loop: a thread, or `Worker.run`.
    """
    answer = await fetcher.get(url, etag=etag, last_modified=last_modified, name=_NAME)
    if answer.not_modified:
        return Fetched(None, answer.etag, answer.last_modified)
    if answer.status in {429, 503}:
        raise Busy(f"{_NAME} is busy and asks to wait.", answer.status, answer.retry_after)
    if answer.status != 200:
        raise BadStatus(f"{_NAME} answered with an error (HTTP {answer.status}).", answer.status)
    return Fetched(await run(parse, answer.body), answer.etag, answer.last_modified)


def parse(body: bytes) -> Catalogue:
    """Read an archive of conference files, or one such file; a file that cannot be read is skipped and said.

    Raises FeedUnreadable when there is no conference in it at all, or when it is cut short.
    """
    files = list(conference_files(body)) if is_archive(body) else [("", body)]
    editions: dict[tuple[str, int], Edition] = {}
    deadlines: dict[str, Deadline] = {}
    skipped: list[str] = []
    for name, content in files:
        try:
            # The single file of an operator may hold what the archive has in many.
            document = read_document(content) if name else read_document(content, _MAX_FILE)
            for edition, theirs, reasons in read_file(document):
                skipped += reasons
                if edition is not None:
                    editions.setdefault((edition.conference, edition.year), edition)
                    for deadline in theirs:
                        deadlines.setdefault(deadline.key, deadline)
        except (FeedUnreadable, BadEntryError) as error:
            skipped.append(f"{name or 'the file'}: {error}")
    if not editions:
        why = f" ({skipped[0]})" if skipped else ""
        raise FeedUnreadable(f"{_NAME} holds no conference that can be read{why}.")
    ordered = sorted(deadlines.values(), key=lambda each: (each.due_at, each.key))
    return Catalogue(tuple(editions.values()), tuple(ordered), tuple(skipped))
