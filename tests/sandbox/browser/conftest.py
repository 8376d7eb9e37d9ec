"""A sandbox's page in the system's Chromium, without a bot."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect


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
