"""Logs: one line an event, for people or machines, and never a secret or a member's words.

Two guards stand one behind the other. Loggers that print message bodies, request URLs or SQL
parameters at DEBUG (discord.py's HTTP and gateway, aiosqlite, SQLAlchemy) are held at INFO or above
whatever the level. And a filter on the handler rewrites anything shaped like a secret in whatever
passes: tokens, interaction and webhook addresses, passwords in URLs.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, TextIO

HIDDEN: Final = "[hidden]"

# discord.py prints bodies and URLs that carry tokens below INFO; the drivers print parameters.
_QUIET_LOGGERS: Final = {
    "discord": logging.INFO,
    "discord.http": logging.INFO,
    "discord.gateway": logging.INFO,
    "discord.webhook": logging.INFO,
    "discord.state": logging.INFO,
    "aiosqlite": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "asyncio": logging.WARNING,
    "aiohttp": logging.WARNING,
    # It warns whenever a job takes longer than its interval: that is ordinary work here.
    "apscheduler": logging.ERROR,
    "alembic": logging.WARNING,
}

_SECRETS: Final = (
    # Interaction and webhook routes: /interactions/<id>/<token>/…, /webhooks/<id>/<token>…
    (re.compile(r"(/(?:interactions|webhooks)/\d+/)[^/\s?'\"]+"), rf"\1{HIDDEN}"),
    # A bot token: three base64url parts, the first an id. https://discord.com/developers/docs/reference
    (re.compile(r"[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), HIDDEN),
    (re.compile(r"\b(Bot|Bearer)\s+[\w.~+/-]{16,}"), rf"\1 {HIDDEN}"),
    # A password in a database or HTTP URL; it may hold a slash or an @ that nobody encoded.
    (re.compile(r"(\w+://[^\s:/@]*):[^\s'\"<>]+@"), rf"\1:{HIDDEN}@"),
    # An interaction token standing by itself.
    (re.compile(r"\baW50ZXJhY3Rpb24[\w=-]+"), HIDDEN),
)

_GONE: Final = frozenset({10062, 40060})  # unknown interaction, already acknowledged

_PLAIN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class Redactor(logging.Filter):
    """Rewrites secrets in a record's message, its extra fields and its traceback."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._known = [secret for secret in secrets if secret]

    def clean(self, text: str) -> str:
        """Return `text` without secrets."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for pattern, replacement in _SECRETS:
            text = pattern.sub(replacement, text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record in place and let it pass."""
        record.msg, record.args = self.clean(record.getMessage()), None
        for name, value in vars(record).items():
            if name not in _PLAIN_FIELDS and not isinstance(value, int | float | None):
                setattr(record, name, self.clean(str(value)))
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = self.clean("".join(traceback.format_exception(record.exc_info[1])).rstrip())
            record.exc_info = None
        return True


class TextFormatter(logging.Formatter):
    """`12:00:00 INFO cohort.feeds: digest built feed=3 papers=12`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, with the traceback below it where there is one."""
        stamp = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S")
        extra = "".join(f" {name}={value}" for name, value in _extras(record).items())
        line = f"{stamp} {record.levelname:<7} {record.name}: {record.getMessage()}{extra}"
        return f"{line}\n{record.exc_text}" if record.exc_text else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **_extras(record),
        }
        if record.exc_text:
            entry["error"] = record.exc_text
        return json.dumps(entry, ensure_ascii=False, default=str)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _PLAIN_FIELDS}


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Leave out that Discord forgot somebody's typing before the choices arrived: random, and often."""
    error = record.exc_info[1] if record.exc_info else None
    return record.name != "discord.app_commands.tree" or getattr(error, "code", None) not in _GONE


def report(error: BaseException) -> None:
    """Log what ended the program, through the redactor."""
    logging.getLogger("cohort").error("cannot go on", exc_info=error)


def configure(
    *, level: str = "INFO", style: str = "text", secrets: Iterable[str] = (), stream: TextIO | None = None
) -> logging.Handler:
    """Send the root logger to `stream` (standard error) through the redactor; return the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    handler.addFilter(_is_worth_a_line)
    handler.addFilter(Redactor(secrets))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, floor in _QUIET_LOGGERS.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLevelName(level)))
    return handler
