"""The conference files out of a source archive (.tar.gz), read in memory and never unpacked."""

import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from typing import Final

from bot.sources.deadlines.documents import MAX_BYTES
from bot.sources.errors import FeedUnreadable, TooLarge

MAX_UNPACKED: Final = 32 * 2**20
"""The real archive holds 2 MB, and 0.6 MB compressed."""

MAX_MEMBERS: Final = 10_000

_CONFERENCE_FILE = re.compile(r"(?:.*/)?conferences?/(?:[^/]+/)?([^/]+)\.ya?ml")


def is_archive(body: bytes) -> bool:
    """Whether these are the bytes of a .tar.gz, or of a .tar whose compression the transport took away."""
    return body.startswith(b"\x1f\x8b") or body[257:262] == b"ustar"


def conference_files(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each YAML file in a folder `conferences` or `conference`.

    A file that is too large comes cut, one byte longer than what is read of any. Raises FeedUnreadable for
    an archive that is damaged or cut short, TooLarge for one that unpacks to too much.
    """
    unpacked = _unpacked(body) if body.startswith(b"\x1f\x8b") else body
    try:
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            for member in _members(archive):
                found = _CONFERENCE_FILE.fullmatch(member.name[-300:])
                # Links could name any other member, sparse files any size.
                if found and member.isreg() and not member.issparse():
                    content = archive.extractfile(member)
                    yield found[1], content.read(MAX_BYTES + 1) if content else b""
    except (FeedUnreadable, TooLarge):
        raise
    except Exception as error:
        # tarfile raises what it likes over a damaged header: ValueError, OverflowError, its own.
        raise FeedUnreadable("The archive of deadlines is damaged.") from error


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for number, member in enumerate(archive):
        if number >= MAX_MEMBERS:
            raise TooLarge("The archive of deadlines holds too many files.")
        yield member


def _unpacked(body: bytes) -> bytes:
    try:
        # 16 + MAX_WBITS reads gzip's header and checks its sum at the end.
        stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        unpacked = stream.decompress(body, MAX_UNPACKED)
    except zlib.error as error:
        raise FeedUnreadable("The archive of deadlines is damaged.") from error
    if stream.unconsumed_tail:
        raise TooLarge(f"The archive of deadlines unpacks to more than {MAX_UNPACKED // 2**20} MB.")
    if not stream.eof:
        # A list cut short looks like a short list, and every conference after the cut like one withdrawn.
        raise FeedUnreadable("The archive of deadlines broke off in the middle.")
    return unpacked
