"""The sandbox's page in a real browser: windows in which people tap, beside the unmodified bot."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    expect,
)

CHANNEL = "C0SUPPORTEN"
# Axe would measure colours in the middle of a transition.
STILL = {"reduced_motion": "reduce"}
LAPTOP = {**STILL, "viewport": {"width": 1280, "height": 800}}
PHONE = {
    **STILL,
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
PATIENCE = 10_000

# What the channel shows: {ts: [words, {emoji: [count, mine]}]}.
SHOWN = """() => Object.fromEntries(
  [...document.querySelectorAll('#messages > li.message:not(.ephemeral)')].map(item => [
    item.dataset.ts,
    [item.querySelector('.body')?.textContent ?? '', Object.fromEntries(
      [...item.querySelectorAll('.reaction')].map(button => [button.dataset.name, [
        Number(button.querySelector('.count').textContent),
        button.getAttribute('aria-pressed') === 'true',
      ]]))],
  ]))"""
MARKUP = re.compile(r"<[^>]*>|:[a-z0-9_+-]+:|[*_~`]|^&gt; |[•◦]", re.MULTILINE)


class Window:
    """One person's window. Taps are counted; whatever the browser complains of is kept."""

    def __init__(self, story: Any, page: Page, who: str) -> None:
        self.story, self.page, self.who = story, page, who
        self.taps = 0
        self.problems: list[str] = []
        self.underway: set[Request] = set()
        page.on("pageerror", lambda error: self._complain("page error", error))
        page.on("console", self._spoke)
        page.on("dialog", self._asked)
        page.on("request", self._requested)
        page.on("requestfinished", lambda request: self.underway.discard(request))
        page.on("requestfailed", self._failed)

    # What the browser complains of ------------------------------------------------------------

    def _complain(self, kind: str, what: object) -> None:
        self.problems.append(f"{self.who}: {kind}: {what}")

    def _spoke(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self._complain(said.type, f"{said.text} {said.location.get('url', '')}")

    def _asked(self, dialog: Dialog) -> None:
        self._complain("dialog", dialog.message)
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        self.underway.add(request)
        own = (f"{self.story.slack.base}/", "data:", "blob:")
        if not request.url.startswith(own):
            self._complain("request to elsewhere", request.url)

    def _failed(self, request: Request) -> None:
        self.underway.discard(request)
        # The browser breaks off by itself what a page needs no more: a download's navigation, a
        # picture that was replaced while it loaded.
        if request.failure != "net::ERR_ABORTED":
            self._complain("failed request", f"{request.url} {request.failure}")

    def looked_over(self) -> list[str]:
        """Every complaint so far, and every block that the page could not show."""
        self.answered()
        unknown = self.page.locator(".bk-unknown").all_text_contents()
        return [*self.problems, *(f"{self.who}: cannot be shown: {text}" for text in unknown)]

    # Going somewhere --------------------------------------------------------------------------

    def open(self, place: str = CHANNEL) -> "Window":
        """Open the page at a channel, a thread (`CHANNEL/TS`) or `home`."""
        self.answered()
        self.page.goto(f"{self.story.slack.base}/?as={self.who}#{place}")
        ready = "#home" if place == "home" else "#channel"
        expect(self.page.locator(ready)).to_be_visible()
        return self

    def reload(self) -> None:
        self.answered()
        self.page.reload()

    def answered(self) -> None:
        """Wait for all that was requested: leaving the page would break it off."""
        for _ in range(PATIENCE // 20):
            if not self.underway:
                return
            self.page.wait_for_timeout(20)
        pytest.fail(f"{self.who} got no answer: {[request.url for request in self.underway]}")

    @property
    def messages(self) -> Locator:
        return self.page.locator("#messages > li.message")

    def message(self, ts: str) -> Locator:
        return self.page.locator(f'#messages > li.message[data-ts="{ts}"]')

    @property
    def thread(self) -> Locator:
        return self.page.locator("aside#thread")

    def in_thread(self, ts: str) -> Locator:
        return self.thread.locator(f'li.message[data-ts="{ts}"]')

    @property
    def modal(self) -> Locator:
        return self.page.locator("dialog#modal[open]")

    @property
    def ephemerals(self) -> Locator:
        return self.page.locator("li.message.ephemeral")

    # Acting -----------------------------------------------------------------------------------

    def tap(self, target: Locator) -> None:
        """One tap of a finger, or click of a mouse."""
        self.taps += 1
        target.click()

    def counted(self, work: Callable[[], object]) -> int:
        """How many taps some work takes."""
        before = self.taps
        work()
        return self.taps - before

    def reaction(self, ts: str, name: str = "white_check_mark") -> Locator:
        return self.message(ts).locator(f'.reaction[data-name="{name}"]')

    def button(self, ts: str, action: str) -> Locator:
        return self.message(ts).locator(f'[data-action-id="{action}"]')

    def field(self, name: str) -> Locator:
        """An input of the open modal."""
        return self.modal.locator(f'[name="{name}"]')

    def choose(self, ts: str, action: str) -> None:
        """Open the menu ⋯ of a message and choose from it."""
        self.tap(self.message(ts).locator('[data-element="overflow-toggle"]'))
        self.tap(self.message(ts).locator(f'[role="menuitem"][data-value^="{action}"]'))

    def type(self, text: str, *, thread: bool = False) -> None:
        """Type into a composer and press Enter."""
        place = self.thread if thread else self.page.locator("main#channel")
        composer = place.locator("form.composer textarea")
        composer.fill(text)
        composer.press("Enter")
        expect(composer).to_have_value("")

    def open_thread(self, ts: str) -> None:
        message = self.message(ts)
        message.hover()
        self.tap(message.locator('button[data-tool="thread"]'))
        expect(self.thread).to_be_visible()

    # Comparing --------------------------------------------------------------------------------

    def agrees(self, channel: str = CHANNEL) -> None:
        """Wait until the channel shows exactly what slack_sdk reads from it."""
        reading = self.story.slack.person(self.who)
        for _ in range(200):
            read = reading.conversations_history(channel=channel, limit=200)["messages"]
            differences = compared(self.page.evaluate(SHOWN), read, self._id)
            if not differences:
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"{self.who} sees something else than slack_sdk reads: {differences}")

    @property
    def _id(self) -> str:
        return f"U0{self.who.upper()}"


def compared(shown: dict[str, Any], read: list[dict[str, Any]], me: str) -> list[str]:
    """How the page differs from the history."""
    differences = [f"{ts} is not in the history" for ts in set(shown) - {m["ts"] for m in read}]
    for message in read:
        if message["ts"] not in shown:
            differences.append(f"{message['ts']} is not shown")
            continue
        words, reactions = shown[message["ts"]]
        given = {r["name"]: [r["count"], me in r["users"]] for r in message.get("reactions", [])}
        if reactions != given:
            differences.append(f"{message['ts']} has reactions {reactions}, not {given}")
        seen = "".join(words.split())
        for part in spoken(message):
            if "".join(part.split()) not in seen:
                differences.append(f"{message['ts']} lacks {part!r}: {words!r}")
    return differences


def spoken(message: dict[str, Any]) -> Iterator[str]:
    """Every stretch of words that a message must show."""
    for text in texts(message.get("blocks") or {"type": "mrkdwn", "text": message["text"]}):
        if text["type"] == "mrkdwn":
            yield from (html.unescape(run) for run in MARKUP.split(text["text"]) if run.strip())
        else:
            yield text["text"]


def texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every text object in blocks, but those of a menu that is not open."""
    if isinstance(node, list):
        for each in node:
            yield from texts(each)
    elif isinstance(node, dict) and node.get("type") not in {"overflow", "image"}:
        if isinstance(node.get("text"), str) and node["type"] in {"plain_text", "mrkdwn", "text"}:
            yield node
        for name in ("text", "elements", "fields", "accessory"):
            yield from texts(node.get(name))


@pytest.fixture
def window(quiet: Any, chromium: Browser) -> Iterator[Callable[..., Window]]:
    """Opens a person's window, in a context of its own; at the end none may have complained."""
    windows: list[Window] = []

    def opened(who: str, place: str = CHANNEL, *, phone: bool = False, **more: Any) -> Window:
        context = chromium.new_context(**(PHONE if phone else LAPTOP), **more)
        context.set_default_timeout(PATIENCE)
        windows.append(Window(quiet, context.new_page(), who))
        return windows[-1].open(place)

    yield opened
    complaints = [said for each in windows for said in each.looked_over()]
    for each in windows:
        each.page.context.close()
    assert complaints == []


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A line for the end of the run: what was counted or timed."""
    return lambda line: record_property("measured", line)
