"""What the bot logs in a long run: each warning and error is put down to a fault that was made, or is unexplained."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

ALWAYS: Final = "the loopback"
"""What no fault is needed for."""

LEVELS: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})


@dataclass(frozen=True)
class Line:
    """A record of the log; `text` is its logger, its words and its traceback."""

    at: datetime | None
    level: str
    text: str

    @property
    def short(self) -> str:
        """Its first line and, where it has a traceback, the last one."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        return lines[0] if len(lines) < 2 else f"{lines[0]} … {lines[-1].strip()}"


@dataclass(frozen=True)
class Window:
    """A fault of some kind and when it was in force."""

    kind: str
    begun: datetime
    ended: datetime


@dataclass(frozen=True)
class Rule:
    """What a fault of some kind makes the bot log, at the latest `after` it was over."""

    fault: str
    pattern: re.Pattern[str]
    after: timedelta


_DATABASE: Final = (
    r"connection (was|is) closed|ConnectionDoesNotExist|AdminShutdown|CannotConnectNow|terminating connection|"
    r"database system is|connection has been invalidated|underlying connection|CrashShutdown|"
    # What asyncpg says where a connection ends in the middle of a statement.
    r"cannot switch to state|"
    r"asyncpg.*(FileNotFoundError|ConnectionRefused|ConnectionReset|unexpected connection_lost)|database is locked|"
    r"the servers are looked at later"
)
_DISCORD: Final = r"ServerDisconnected|ClientOSError|DiscordServerError|429 Too Many|TimeoutError|\b5\d\d "


def _rule(fault: str, pattern: str, after_s: float = 60) -> Rule:
    return Rule(fault, re.compile(pattern, re.DOTALL), timedelta(seconds=after_s))


RULES: Final = (
    _rule("database", _DATABASE),
    _rule("rest", rf"cohort\.interactions: interaction failed.*({_DISCORD})"),
    _rule("rest", r"cohort\.interactions: an error could not be answered"),
    _rule("rest", r"discord\.(http|webhook\.async_): .*rate limited"),
    _rule("rest", r"cohort\.delivery: delivery (sending|pending)", 90),
    _rule("rest", rf"cohort\.(delivery|overrides|quizzes|buddies).*({_DISCORD})", 90),
    _rule("gateway", r"discord\.client: Attempting a reconnect"),
    _rule("gateway", r"cohort\.interactions: stale interaction dropped"),
    _rule("source", r"cohort\.(arxiv|events|signals): .*failed", 90),
    # Others use the machine as well. The breaks are measured here, in another process.
    _rule(
        "machine", r"heartbeat blocked|Can't keep up|stale interaction dropped|interaction failed.*Timeout"
    ),
    # discord.py notes when it asked for a sign of life after it has asked. The loopback answers before that, and the
    # answer is then measured from the question before.
    _rule(ALWAYS, r"discord\.gateway: Can't keep up, .* is 4[01]\.\ds behind"),
)


def read(raw: str) -> Line | None:
    """Return what a line of the bot's output says, None for one that is neither a warning nor an error.

    Whatever is no record of the log was printed by something that failed in a way nobody foresaw.
    """
    try:
        entry = json.loads(raw)
        level, at = str(entry["level"]), datetime.fromisoformat(entry["at"])
    except (ValueError, KeyError, TypeError):
        return Line(None, "PRINTED", raw) if raw.strip() else None
    if level not in LEVELS:
        return None
    known = {"at", "level", "logger", "event", "error"}
    more = "".join(f" {name}={value}" for name, value in entry.items() if name not in known)
    text = f"{entry['logger']}: {entry['event']}{more}"
    return Line(at.astimezone(UTC), level, f"{text}\n{entry['error']}" if entry.get("error") else text)


@dataclass
class Sorted:
    """The lines by the fault that explains them."""

    explained: Counter[tuple[str, str]] = field(default_factory=Counter)  # by fault and first words
    unexplained: list[Line] = field(default_factory=list)


def sort(lines: Iterable[Line], windows: Sequence[Window], rules: Sequence[Rule] = RULES) -> Sorted:
    """Put each line down to the first rule that fits it and whose fault was in force then, or shortly before."""
    done = Sorted()
    for line in lines:
        rule = next((each for each in rules if _fits(each, line, windows)), None)
        if rule is None:
            done.unexplained.append(line)
        else:
            done.explained[rule.fault, _kind(line)] += 1
    return done


def in_force(at: datetime, windows: Iterable[Window], after: timedelta, kind: str = "") -> bool:
    """Tell whether a fault, of some kind or of any, was in force at a moment or ended at most `after` before."""
    early = timedelta(seconds=1)
    return any(
        each.begun - early <= at <= each.ended + after for each in windows if not kind or each.kind == kind
    )


def _fits(rule: Rule, line: Line, windows: Sequence[Window]) -> bool:
    if line.at is None or not rule.pattern.search(line.text):
        return False
    return rule.fault == ALWAYS or in_force(line.at, windows, rule.after, rule.fault)


def _kind(line: Line) -> str:
    """Return a line without what is its own: the numbers, and what stands between two errors."""
    lines = [each.strip() for each in line.text.splitlines() if each.strip()]
    head = re.split(r" \w+=", lines[0])[0]
    job = re.search(r" job=(\w[\w ]*)", lines[0])
    last = f" … {re.sub(r'[0-9a-f]{6,}|[0-9]+', '#', lines[-1])[:90]}" if len(lines) > 1 else ""
    return f"{head}{f' ({job[1]})' if job else ''}{last}"
