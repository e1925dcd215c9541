"""Reports one error and prints what would have been sent: in a process of its own, because the SDK patches all of it."""

import json
import logging
import sys
from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from bot.operations import reporting


class Printer(Transport):
    """Prints instead of sending."""

    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            print(json.dumps(item.payload.json))


def fail(_words: str, message: str) -> None:
    raise ValueError(message)


def main(token: str, password: str, message: str, words: str, server: str) -> None:
    extra: dict[str, Any] = {"reference": "abcd1234", "server": int(server), "command": "role info"}
    reporting.start("http://key@127.0.0.1:9/1", [token, password], transport=Printer)
    logging.getLogger("cohort.test").warning("a crumb of %s", message)
    try:
        fail(words, message)
    except ValueError:
        logging.getLogger("cohort.test").exception("interaction failed", extra=extra)
    sentry_sdk.flush(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
