"""What leaves the machine when an error is reported, and what does not."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.operations import reporting

ROOT = Path(__file__).parents[2]
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
PASSWORD = "hunter2-password"
WORDS = "what a member wrote"
SERVER = "424242424242"
INTERACTION = "aW50ZXJhY3Rpb246secret"


async def test_an_error_is_reported_without_secrets_texts_and_people() -> None:
    message = f"GET /interactions/1/{INTERACTION}/callback with {TOKEN} {PASSWORD}"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.operations.reporting_child",
        TOKEN,
        PASSWORD,
        message,
        WORDS,
        SERVER,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await child.communicate()
    assert child.returncode == 0
    (text,) = printed.decode().splitlines()
    event = json.loads(text)
    assert event["extra"] == {"reference": "abcd1234", "command": "role info"}
    (fault,) = event["exception"]["values"]
    assert fault["type"] == "ValueError"
    assert fault["stacktrace"]["frames"][-1]["function"] == "fail"
    assert not {"breadcrumbs", "user", "request", "server_name"} & set(event)
    for private in (TOKEN, PASSWORD, INTERACTION, SERVER, WORDS):
        assert private not in text


def test_an_address_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="COHORT_SENTRY_DSN must look like"):
        reporting.start("hunter2")
