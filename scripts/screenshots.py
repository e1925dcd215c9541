"""Take the pictures of the documentation: drive the try-out in a browser, write docs/images/*.png.

Needs Chromium (`apt-get install chromium`, or COHORT_CHROMIUM). Run: `python scripts/screenshots.py`.
"""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from playwright.async_api import Page, async_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
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
START = """
import asyncio
from bot.tryout import run_tryout
asyncio.run(run_tryout(port=0, announce=lambda line: print(line, flush=True)))
"""


async def main() -> None:
    """Start the try-out, take the pictures, end it."""
    chromium = os.environ.get("COHORT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit(
            "Chromium is missing: run `apt-get install chromium`, or set COHORT_CHROMIUM to the path of one."
        )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        url = await _address(process)
        IMAGES.mkdir(parents=True, exist_ok=True)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            page = await browser.new_page(
                viewport={"width": 1180, "height": 760}, device_scale_factor=1.5, reduced_motion="reduce"
            )
            await page.goto(url)
            await take(page)
            await browser.close()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def take(page: Page) -> None:
    """Walk the newcomer's way and take a picture at each stop."""
    inside = page.frame_locator("#channel")
    box = inside.locator("#channel-composer-input")
    await inside.locator(".channel-message").last.wait_for()

    await page.click("#step-feed button")
    await inside.locator(".command-option-input[data-option=channel]").press_sequentially("papers")
    await inside.locator(".command-suggestion", has_text="papers").click()
    await inside.locator(".command-ghost").click()
    await inside.locator(".command-suggestion", has_text="categories").click()
    categories = inside.locator(".command-option-input[data-option=categories]")
    await categories.press_sequentially("cs.LG, langu")
    await inside.locator(".command-suggestion", has_text="cs.CL").first.wait_for()
    await _picture(page, "feed-papers.png")

    await inside.locator(".command-suggestion", has_text="cs.CL").first.click()
    await inside.locator(".send-message").click()
    await inside.locator(".channel-message", has_text="Feed 1").wait_for()
    await box.wait_for()
    await page.locator("#step-feed.done").wait_for()
    await _picture(page, "feed-set.png")

    await page.click("#jump")
    await page.click("#toast button")
    await inside.locator(".channel-message", has_text="Attention Is All You Need").wait_for()
    await _picture(page, "digest.png")

    await page.set_viewport_size({"width": 390, "height": 780})
    await page.click("#hide")
    await _picture(page, "digest-phone.png")


async def _picture(page: Page, name: str) -> None:
    await page.mouse.move(640, 8)  # nothing is hovered over
    await page.frame_locator("#channel").locator("#preview-app[aria-busy=false]").wait_for()
    await page.screenshot(path=IMAGES / name)
    print(f"docs/images/{name}")


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"http://"):
            return line.decode().strip()
    sys.exit("The try-out did not start.")


if __name__ == "__main__":
    asyncio.run(main())
