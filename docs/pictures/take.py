"""`make screenshots`: the pictures of README and docs, taken from a running demo.

Headless Chromium, the system's (WINNOW_CHROMIUM names another), photographs the sandbox's page
with the unmodified bot in it. Texts, people and times are the same each time.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from workspace import EN, ZH, Workspace

from bot.children import Children

FOLDER = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FONTS = {"zh-cn": "fonts-noto-cjk", "und-zsye": "fonts-noto-color-emoji"}
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 880}}
NARROW: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
STEADY: dict[str, Any] = {"locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce"}
PATIENCE = 20_000
ONE_BY_ONE = '[data-action-id="one_by_one"]'
TO_THE_TOP = "each => each.scrollIntoView({ block: 'start' })"
TO_THE_END = "each => each.scrollIntoView({ block: 'end' })"
PAINTED = """() => Promise.all([
  document.fonts.ready, ...[...document.images].map(image => image.decode())])"""


@dataclass(frozen=True)
class Picture:
    """One file: who looks at what, how wide, and what is done before it is taken."""

    name: str
    who: str
    place: str
    prepare: Callable[[Page], None]
    narrow: bool = False
    dark: bool = False


def album(demo: Workspace) -> Iterator[Picture]:
    """Every picture, in the order in which they are taken."""
    en, zh = (demo.stages[name].channel for name in (EN, ZH))
    yield Picture("channel-en", "ana", en, _batch)
    yield Picture("channel-en-phone-dark", "ana", en, _batch, narrow=True, dark=True)
    yield Picture("channel-zh-phone", "ana", zh, _batch, narrow=True)
    yield Picture("correction-en", "ana", en, _at(demo.corrected[EN]))
    yield Picture("correction-zh-phone", "ana", zh, _at(demo.corrected[ZH]), narrow=True)
    yield Picture("contested-en", "ben", f"{en}/{demo.split(EN)}", _thread)
    yield Picture("contested-zh-phone", "ben", zh, _end_of(demo.split(ZH)), narrow=True)
    yield Picture("form-en", "ana", en, _form(demo.plain(EN)[2]))
    yield Picture("form-zh-phone", "ana", zh, _form(demo.plain(ZH)[2]), narrow=True)
    yield Picture("one-by-one-en-dark", "ana", en, _one_by_one, dark=True)
    yield Picture("one-by-one-zh-phone", "ana", zh, _one_by_one, narrow=True)
    yield Picture("home-reviewer-phone", "ana", "home", _home, narrow=True)
    yield Picture("home-curator-dark", "kim", "home", _home, dark=True)
    demo.go_on()
    yield Picture("director", "ana", en, _director)


def _batch(page: Page) -> None:
    """The header of the batch, and the first cards."""
    header = page.locator("#messages > li.message", has=page.locator(ONE_BY_ONE)).last
    expect(header).to_be_visible()
    header.evaluate(TO_THE_TOP)


def _at(ts: str) -> Callable[[Page], None]:
    return lambda page: _message(page, ts).evaluate(TO_THE_TOP)


def _end_of(ts: str) -> Callable[[Page], None]:
    return lambda page: _message(page, ts).evaluate(TO_THE_END)


def _message(page: Page, ts: str) -> Locator:
    message = page.locator(f'#messages > li.message[data-ts="{ts}"]')
    expect(message).to_be_visible()
    return message


def _thread(page: Page) -> None:
    expect(page.locator('#thread [data-action-id="someone_else"]')).to_be_visible()


def _form(ts: str) -> Callable[[Page], None]:
    def prepare(page: Page) -> None:
        _message(page, ts).locator('[data-action-id="correct"]').click()
        expect(page.locator("dialog#modal[open] textarea").first).to_be_visible()

    return prepare


def _one_by_one(page: Page) -> None:
    page.locator(ONE_BY_ONE).last.click()
    expect(page.locator('dialog#modal[open] [data-action-id="vote_approve"]')).to_be_visible()


def _home(page: Page) -> None:
    expect(page.locator("#home img").first).to_be_visible()


def _director(page: Page) -> None:
    _batch(page)
    page.locator("#director-toggle").click()
    expect(page.locator("#director #log li").first).to_be_visible()


def wanted(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Those whose names the command line gives; all, where it gives none."""
    return (each for each in pictures if each.name in (sys.argv[1:] or [each.name]))


def take(browser: Browser, demo: Workspace, picture: Picture) -> Path:
    """Take one picture in a window of its own."""
    size = NARROW if picture.narrow else WIDE
    scheme: Literal["dark", "light"] = "dark" if picture.dark else "light"
    context = browser.new_context(**size, **STEADY, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script("localStorage.setItem('tip dismissed', 'yes')")
    page.goto(f"{demo.base}/?as={picture.who}#{picture.place}")
    shown = "#home" if picture.place == "home" else "#messages li.message"
    expect(page.locator(shown).first).to_be_visible()
    picture.prepare(page)
    page.evaluate(PAINTED)
    path = FOLDER / f"{picture.name}.png"
    path.write_bytes(small(page.screenshot(animations="disabled")))
    unknown = page.locator(".bk-unknown").all_text_contents()
    _close(page)
    context.close()
    if unknown:
        raise RuntimeError(f"{path.name} shows what the page cannot show: {unknown}")
    return path


def small(picture: bytes) -> bytes:
    """The same picture in 256 colours: a third of the bytes, no channel off by more than 16."""
    from PIL import Image  # matplotlib brings it

    written = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    # Median cut would turn an emoji's green to olive.
    method = Image.Quantize.MAXCOVERAGE
    plain = image.quantize(256, method, kmeans=3, dither=Image.Dither.NONE)
    plain.save(written, "PNG", optimize=True)
    return written.getvalue()


def _close(page: Page) -> None:
    """Close the window that lies above the page: it would stay open for that person."""
    modal = page.locator("dialog#modal[open]")
    if modal.is_visible():
        modal.locator('[data-modal="close"]').click()
        expect(modal).to_be_hidden()


def _missing() -> str:
    """What this machine lacks, in a sentence; empty when nothing is."""
    if not _browser():
        return "There is no Chromium here: install one, or name one in WINNOW_CHROMIUM."
    for language, package in FONTS.items():
        command = ["fc-list", f":lang={language}", "family"]
        if not subprocess.run(command, capture_output=True, check=True).stdout:  # noqa: S603
            return f"No font here has {language}: install {package} (Debian's name), or boxes show."
    return ""


def _browser() -> str:
    named = [os.environ.get("WINNOW_CHROMIUM"), *map(shutil.which, BROWSERS)]
    return next(filter(None, named), "")


def main() -> int:
    """Take every picture; exit code 1 where something is missing."""
    if missing := _missing():
        sys.stderr.write(f"No picture is taken. {missing}\n")
        return 1
    expect.set_options(timeout=PATIENCE)
    with tempfile.TemporaryDirectory() as place, Children() as children:
        demo = Workspace(children, Path(place))
        demo.review()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_browser())
            for picture in wanted(album(demo)):
                path = take(browser, demo, picture)
                sys.stdout.write(f"{path.name}  {path.stat().st_size // 1000} kB\n")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
