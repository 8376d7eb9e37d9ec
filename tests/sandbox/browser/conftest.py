"""A sandbox's page in the system's Chromium, without a bot."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = ["--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Per module: while Playwright runs, asyncio.run cannot."""
    found = os.environ.get("WINNOW_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not found:
        missing = "There is no Chromium here: install one, or name one in WINNOW_CHROMIUM."
        if os.environ.get("WINNOW_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def look(sandbox, chromium) -> Iterator[Callable[..., Page]]:
    """Opens the page at a path, with messages in it; at the end it may not have failed."""
    context = chromium.new_context()
    failures: list[str] = []

    def opened(path: str, first: str = "#messages > li.message") -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(f"{sandbox.base}{path}")
        expect(page.locator(first).first).to_be_visible()
        return page

    yield opened
    context.close()
    assert failures == []
