"""A browser on the try-out: its own process, its page, and what a person does there."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
from playwright.async_api import Browser, FrameLocator, Page, async_playwright, expect

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 20_000

START = """
import asyncio
from bot.tryout import run_tryout
asyncio.run(run_tryout(port=0, announce=lambda line: print(line, flush=True)))
"""


def chromium() -> str:
    named = os.environ.get("COHORT_CHROMIUM")
    found = named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        pytest.fail(
            "The browser tests need Chromium: run `apt-get install chromium`, "
            "or set COHORT_CHROMIUM to the path of one.",
            pytrace=False,
        )
    return found


@asynccontextmanager
async def tryout() -> AsyncIterator[str]:
    """A try-out in a process of its own; SIGTERM has to end it in order."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(60):
            while line := (await process.stdout.readline()).decode():
                if re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", line):
                    break
            else:
                pytest.fail(f"The try-out did not start:\n{(await errors).decode()}", pytrace=False)
        yield line.strip()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            await process.stdout.read()
            code = await process.wait()
    assert (code, (await errors).decode()) == (0, "")


@asynccontextmanager
async def running() -> AsyncIterator[Browser]:
    """Chromium: one for many tests, for to start it takes longer than most of them."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


class Browsing(Protocol):
    """Opens the page of a new try-out: `async with browsing() as page`."""

    def __call__(self, *, width: int = 1280, height: int = 800) -> AbstractAsyncContextManager[Page]: ...


@asynccontextmanager
async def opened(browser: Browser, *, width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """The page, as somebody who was never here sees it; it reaches nothing but this machine and reports no error."""
    problems: list[str] = []
    async with tryout() as url:
        # Of its own: no cookie, no storage and no cache of another test is in it.
        context = await browser.new_context(viewport={"width": width, "height": height})
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((url, "blob:", "data:")) else problems.append(request.url)
            ),
        )
        await page.goto(url)
        await _drawn(page, "/channel?1#tryout")
        try:
            yield page
        finally:
            await context.close()
    assert problems == []


def channel(page: Page) -> FrameLocator:
    return page.frame_locator("#channel")


async def visit(page: Page, room: str) -> None:
    """Go to a channel, and be there: words typed into the one before would be gone with it."""
    await _go(page, page.locator(f".room[data-room='{room}']").click())


async def become(page: Page, name: str) -> None:
    """See through somebody else's eyes, once the page does: "Ada · Member"."""
    await _go(page, page.select_option("#viewer", label=name))


async def _go(page: Page, step: Awaitable[object]) -> None:
    async with page.expect_response(lambda response: response.url.endswith("/tryout/show")) as shown:
        await step
    await _drawn(page, (await (await shown.value).json())["frame"])


async def _drawn(page: Page, frame: str) -> None:
    await expect(page.locator(f"#channel[data-drawn='{frame}'][aria-busy=false]")).to_have_count(1)
