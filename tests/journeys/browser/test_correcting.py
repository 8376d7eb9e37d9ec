"""Correcting in the window behind the Correct button: errors, drafts, and taps."""

from playwright.sync_api import expect

from core.records import Instruction

ANSWER = "Hold the button for ten seconds, then wait until the light is green."
BETTER = "Hold the button for five seconds, then wait until the light is green."
RECORD = Instruction(instruction="How do I reset the box?", output=ANSWER)


def test_a_correction_is_refused_beside_its_field_and_then_saved(story, window, measured):
    card = story.card(record=RECORD)
    story.settle_down()
    ana, ben = window("ana"), window("ben")

    def correct():
        ana.tap(ana.button(card.ts, "correct"))
        ana.tap(ana.field("output"))
        ana.field("output").fill("")
        ana.tap(ana.modal.locator('[data-modal="submit"]'))

    taps = ana.counted(correct)
    error = ana.modal.locator("#err-output")
    expect(error).to_be_visible()
    assert error.inner_text().strip()
    expect(ana.field("output")).to_have_attribute("aria-invalid", "true")
    assert card.revision == 0

    ana.field("output").fill(BETTER)
    ana.tap(ana.modal.locator('[data-modal="submit"]'))
    expect(ana.modal).to_have_count(0)
    card.becomes_version(2)
    assert (card.record.instruction, card.record.output) == (RECORD.instruction, BETTER)
    assert card.verdicts == {"ana": "approve"}
    measured(f"taps from a card to a recorded correction of one field: {taps} (at most 4)")
    assert taps <= 4

    story.settle_down()
    expect(ben.message(card.ts)).to_contain_text("Version 2")
    expect(ben.message(card.posts[0].ts)).to_contain_text("version 2")
    ana.agrees()
    ben.agrees()


def test_what_was_typed_is_there_again_after_closing(story, window):
    card = story.card(record=RECORD)
    ana = window("ana")
    ana.tap(ana.button(card.ts, "correct"))
    ana.field("output").fill(BETTER)
    ana.tap(ana.modal.locator('[data-modal="close"]'))
    expect(ana.modal).to_have_count(0)
    ana.tap(ana.button(card.ts, "correct"))
    expect(ana.field("output")).to_have_value(BETTER)
    ana.reload()
    expect(ana.field("output")).to_have_value(BETTER)
    ana.page.keyboard.press("Escape")
    expect(ana.modal).to_have_count(0)
    assert card.revision == 0


def test_two_corrections_of_one_field_meet_and_nothing_typed_is_lost(story, window):
    card = story.card(record=RECORD)
    ana, ben = window("ana"), window("ben")
    for each in (ana, ben):
        each.tap(each.button(card.ts, "correct"))
    ana.field("output").fill(BETTER)
    ana.tap(ana.modal.locator('[data-modal="submit"]'))
    card.becomes_version(2)
    mine = ANSWER.replace("green", "blue")
    ben.field("output").fill(mine)
    ben.tap(ben.modal.locator('[data-modal="submit"]'))
    expect(ben.modal.locator("#err-output")).to_contain_text(BETTER)
    expect(ben.field("output")).to_have_value(mine)
    assert card.revision == 1
