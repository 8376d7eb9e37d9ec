"""Slash commands and message shortcuts, and answers that only their asker sees."""

from playwright.sync_api import expect

from storage import batches, datasets


def test_commands_are_suggested_and_answered_to_their_asker_alone(story, window):
    card = story.card()
    ana, ben = window("ana"), window("ben")
    composer = ana.page.locator("main#channel form.composer textarea")
    composer.press_sequentially("/wi")
    expect(ana.page.get_by_role("option", name="/winnow")).to_be_visible()
    composer.fill("")

    ana.type("/winnow help")
    expect(ana.ephemerals.last).to_contain_text("What /winnow can do")
    expect(ana.ephemerals.last).to_contain_text("Only visible to you")
    ana.type("/winnow status")
    expect(ana.ephemerals.last).to_contain_text("backup-en: 0/100 approved")
    expect(ben.message(card.ts)).to_be_visible()
    expect(ben.ephemerals).to_have_count(0)
    ana.reload()
    expect(ana.ephemerals).to_have_count(2)
    ana.agrees()

    ana.type("/winnow exprot")
    expect(ana.ephemerals.last).to_contain_text("Did you mean export?")
    composer.fill("/remind me")
    composer.press("Enter")
    expect(ana.page.locator("#notice")).to_contain_text("/remind")


def test_a_menu_asks_for_the_origin_and_the_full_text(story, window, until):
    card = story.card()
    ana = window("ana")
    ana.choose(card.ts, "origin")
    expect(ana.ephemerals.last).to_contain_text("replay:replies.jsonl")
    ana.choose(card.ts, "full")
    summary = ana.message(card.ts).locator("button.thread-summary")
    expect(summary).to_be_visible()
    ana.tap(summary)
    expect(ana.thread).to_contain_text(card.record.output)


def test_samples_are_skipped_and_flagged(story, window):
    card = story.card()
    ana = window("ana")
    ana.tap(ana.button(card.ts, "skip"))
    card.has(ana="skip")
    ana.tap(ana.button(card.ts, "flag"))
    card.becomes("frozen")
    expect(ana.message(card.ts)).to_contain_text("Flagged by")


def test_the_pause_of_a_curator_stops_posting(story, window, until):
    kim = window("kim")
    kim.type("/winnow pause")
    expect(kim.page.locator("main#channel")).to_contain_text("Paused")
    story.candidates(2)
    dataset = datasets.get(story.store, "backup-en")
    assert dataset.paused
    kim.type("/winnow resume")
    until(lambda: not datasets.get(story.store, "backup-en").paused, "the end of the pause")
    assert batches.open_batch(story.store, dataset, 2)
