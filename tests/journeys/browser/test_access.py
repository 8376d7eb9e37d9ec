"""For everyone: axe-core finds nothing serious, and the keyboard alone is enough."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

BETTER = "Press the small button, then wait for the light."


COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def serious(seat):
    """What keeps someone out, by axe-core: all of it in light, and the colours in dark too."""
    found = Axe().run(seat.page).response["violations"]
    seat.page.emulate_media(color_scheme="dark")
    found += Axe().run(seat.page, options=COLOURS).response["violations"]
    seat.page.emulate_media(color_scheme="light")
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("phone", [False, True], ids=["laptop", "phone"])
def test_axe_finds_nothing_serious(story, window, phone):
    card, other = story.posted(2)
    story.react("ben", card, "x")
    story.react("chen", other)
    card.becomes("contested")
    story.settle_down()
    ana = window("ana", phone=phone)
    ana.type("/winnow status")
    expect(ana.ephemerals).to_have_count(1)
    assert serious(ana) == []

    ana.tap(ana.button(card.ts, "correct"))
    ana.field("output").fill("")
    ana.tap(ana.modal.locator('[data-modal="submit"]'))
    expect(ana.modal.locator("#err-output")).to_be_visible()
    assert serious(ana) == []
    ana.tap(ana.modal.locator('[data-modal="close"]'))

    ana.open(f"C0SUPPORTEN/{card.ts}")
    expect(ana.in_thread(card.ts)).to_be_visible()
    assert serious(ana) == []
    ana.open("home")
    expect(ana.page.locator("#home img")).to_be_visible()
    assert serious(ana) == []
    ana.tap(ana.page.locator("#director-toggle"))
    expect(ana.page.locator("#director #log li").first).to_be_visible()
    assert serious(ana) == []


def reach(page, selector, most=80):
    """Press Tab until something of this selector has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    pytest.fail(f"Tab does not lead to {selector}")


def test_the_keyboard_alone_approves_and_corrects(story, window):
    card = story.card()
    story.settle_down()
    ana = window("ana")
    expect(ana.reaction(card.ts)).to_be_visible()
    of_card = f'li.message[data-ts="{card.ts}"]'
    reach(ana.page, f'{of_card} .reaction[data-name="white_check_mark"]')
    ana.page.keyboard.press("Enter")
    card.has(ana="approve")
    expect(ana.reaction(card.ts)).to_have_attribute("aria-pressed", "true")
    expect(ana.reaction(card.ts)).not_to_have_attribute("aria-busy", "true")
    ana.page.keyboard.press("Space")
    card.has()

    ana.open()
    reach(ana.page, f'{of_card} [data-action-id="correct"]')
    ana.page.keyboard.press("Enter")
    expect(ana.modal).to_be_visible()
    expect(ana.field("output")).to_be_focused()
    ana.page.keyboard.press("ControlOrMeta+A")
    ana.page.keyboard.type(BETTER)
    reach(ana.page, '[data-modal="submit"]', most=12)
    ana.page.keyboard.press("Enter")
    card.becomes_version(2)
    assert card.record.output == BETTER
    expect(ana.modal).to_have_count(0)
    expect(ana.button(card.posts[0].ts, "correct")).to_have_count(0)
    assert ana.taps == 0
