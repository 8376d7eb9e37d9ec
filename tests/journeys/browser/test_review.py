"""A whole review in two windows, from unread cards to the export, with a reload in the middle."""

import json
from pathlib import Path

from playwright.sync_api import expect

from core.records import Instruction
from storage import datasets, exports

YES, NO = "white_check_mark", "x"
QUESTION = "How do I reset the box?"
ANSWER = "Hold the button for ten seconds, then wait until the light is green."
BETTER = "Hold the button for five seconds, then wait until the light is green."


def test_two_people_review_in_two_windows_up_to_the_export(story, window, measured):
    plain, bad = story.posted(2)
    wrong = story.card(record=Instruction(instruction=QUESTION, output=ANSWER))
    story.settle_down()
    ana, ben = window("ana"), window("ben")
    ana.agrees()

    taps = ana.counted(lambda: ana.tap(ana.reaction(plain.ts)))
    plain.has(ana="approve")
    measured(f"taps from an unread card to a recorded approval: {taps} (at most 1)")
    assert taps == 1
    expect(ben.reaction(plain.ts).locator(".count")).to_have_text("2")
    expect(ben.reaction(plain.ts)).to_have_attribute("aria-pressed", "false")
    ben.agrees()
    ben.tap(ben.reaction(plain.ts))
    plain.becomes("approved")
    for each in (ana, ben):
        each.tap(each.reaction(bad.ts, NO))
    bad.becomes("rejected")
    story.settle_down()
    ana.agrees()
    ben.agrees()

    ana.open_thread(wrong.ts)
    ana.type(f"output: {BETTER}", thread=True)
    root = wrong.ts
    wrong.becomes_version(2)
    story.settle_down()
    expect(ana.in_thread(wrong.ts)).to_contain_text("five")
    assert wrong.record.output == BETTER
    assert wrong.verdicts == {"ana": "approve"}

    ana.reload()
    expect(ana.in_thread(root)).to_be_visible()
    expect(ana.in_thread(wrong.ts)).to_contain_text("five")
    expect(ana.page.get_by_label("Act as").locator("option:checked")).to_contain_text("Ana")
    expect(ana.message(wrong.ts)).to_contain_text("changed Output")
    ana.agrees()

    ben.tap(ben.reaction(wrong.ts))
    wrong.becomes("approved")
    story.settle_down()
    ben.agrees()
    _export(story, window("kim"))


def _export(story, kim):
    """The curator types the command, and finds a file that holds the two approved records."""
    kim.type("/winnow export")
    link = kim.page.locator("#messages").get_by_role("link", name="Download")
    expect(link).to_be_visible()
    dataset = datasets.get(story.store, "backup-en")
    assert exports.latest(story.store, dataset.id).version == 1
    with kim.page.expect_download() as download:
        kim.tap(link)
    written = story.folder / "exports" / "backup-en" / "v0001" / "alpaca" / "train.jsonl"
    assert Path(download.value.path()).read_bytes() == written.read_bytes()
    rows = [json.loads(line) for line in written.read_text(encoding="utf-8").splitlines()]
    assert BETTER in {row["output"] for row in rows}
    expect(kim.ephemerals.last).to_contain_text("2 records")
    kim.agrees()


def test_what_one_writes_can_be_edited_and_deleted_by_oneself_alone(story, window):
    card = story.card()
    ana, ben = window("ana"), window("ben")
    ana.type("Lunch at *noon*?")
    said = ana.messages.last
    expect(said.locator(".body")).to_have_text("Lunch at *noon*?")
    ts = said.get_attribute("data-ts")
    said.hover()
    ana.tap(said.locator('[data-tool="more"]'))
    ana.tap(ana.page.locator('[data-tool="edit"]'))
    ana.page.keyboard.press("ControlOrMeta+A")
    ana.page.keyboard.type("Lunch at one?")
    ana.page.keyboard.press("Enter")
    expect(ben.message(ts)).to_contain_text("Lunch at one?")
    ana.agrees()
    ben.agrees()

    ben.message(card.ts).hover()
    ben.tap(ben.message(card.ts).locator('[data-tool="more"]'))
    expect(ben.page.locator('[data-tool="copy-link"]')).to_be_visible()
    expect(ben.page.locator('[data-tool="delete"]')).to_have_count(0)
    ben.page.keyboard.press("Escape")

    said.hover()
    ana.tap(said.locator('[data-tool="more"]'))
    ana.tap(ana.page.locator('[data-tool="delete"]'))
    ana.tap(ana.page.locator("dialog#confirm").get_by_role("button", name="Delete"))
    expect(ben.message(ts)).to_have_count(0)
    ben.agrees()


def test_channels_count_what_is_unread_until_they_are_read(story, window):
    ana = window("ana", "C0RANDOM")
    badge = ana.page.locator('a[data-channel="C0SUPPORTEN"] .unread')
    story.posted(2)
    expect(badge).to_have_text("3")
    ana.tap(ana.page.locator('a[data-channel="C0SUPPORTEN"]'))
    expect(ana.messages).to_have_count(3)
    expect(badge).to_have_text("3")
    ana.tap(ana.page.get_by_role("button", name="Latest messages"))
    expect(badge).to_have_count(0)
    ana.reload()
    expect(ana.messages).to_have_count(3)
    expect(badge).to_have_count(0)


def test_another_person_is_one_choice_away(story, window):
    card = story.card()
    seat = window("ana")
    seat.tap(seat.reaction(card.ts))
    card.has(ana="approve")
    seat.page.get_by_label("Act as").select_option("ben")
    expect(seat.reaction(card.ts)).to_have_attribute("aria-pressed", "false")
    seat.tap(seat.reaction(card.ts))
    card.has(ana="approve", ben="approve")
    seat.reload()
    expect(seat.page.get_by_label("Act as")).to_have_value("ben")
