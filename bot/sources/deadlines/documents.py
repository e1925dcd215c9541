"""YAML of strangers: read without building anything but text, lists and mappings, and not too much of them."""

from typing import Any, Final

from bot.sources.errors import FeedUnreadable

MAX_BYTES: Final = 256 * 2**10
"""The largest file of the real list is 6 KB."""

MAX_NODES: Final = 50_000
"""With every alias written out; the whole real list has 9,000."""

MAX_DEPTH: Final = 20


def read_document(body: bytes, max_bytes: int = MAX_BYTES) -> Any:
    """Return one YAML document; every scalar in it is a string, as it is written.

    So 2026-02-30, an integer of a million digits and the country NO are no trouble here. Raises
    FeedUnreadable for what is no YAML, too large, too deep, or grows too large through its aliases.
    """
    import yaml

    if len(body) > max_bytes:
        raise FeedUnreadable(f"more than {max_bytes // 2**10} KB")
    # libyaml's is ten times as fast, and not in every build of PyYAML; both build nothing but plain values.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        _measure(yaml.parse(body, Loader=loader))
        return yaml.load(body, Loader=loader)  # noqa: S506 - BaseLoader knows no tags at all
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise FeedUnreadable(f"not YAML that can be read{where}") from error
    except (ValueError, RecursionError) as error:
        raise FeedUnreadable("not YAML that can be read") from error


def _measure(events: Any) -> None:
    """Count the nodes of a document, aliases written out, before anything is built from it."""
    import yaml

    sizes: dict[str, int] = {}
    unfinished: list[tuple[str | None, int]] = []  # anchor, and the count at its beginning
    count = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise FeedUnreadable("it refers to itself, or to nothing")
            count += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            unfinished.append((event.anchor, count))
            count += 1
            if len(unfinished) > MAX_DEPTH:
                raise FeedUnreadable("nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = unfinished.pop()
            if anchor:
                sizes[anchor] = count - before
        if count > MAX_NODES:
            raise FeedUnreadable("too large when its aliases are written out")
