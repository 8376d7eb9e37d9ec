"""One by one: the samples of a batch that still need a person, one after the other in a window."""

import pytest
from playwright.sync_api import expect

BETTER = "Press the small button instead."


@pytest.fixture
def batch(story):
    """Five cards that Ben approved, and the ts of the header above them."""
    cards = story.posted(5)
    for card in cards:
        story.react("ben", card)
    for card in cards:
        card.has(ben="approve")
    story.settle_down()
    return cards, next(m["ts"] for m in _messages(story) if "one_by_one" in str(m.get("blocks")))


def _messages(story):
    return story.slack.state()["messages"]


def test_five_decisions_take_six_taps(story, window, measured, batch):
    cards, header = batch
    ana = window("ana")

    def review():
        ana.tap(ana.button(header, "one_by_one"))
        for card in cards:
            expect(ana.modal).to_contain_text(card.record.output)
            ana.tap(ana.modal.locator('[data-action-id="vote_approve"]'))

    taps = ana.counted(review)
    for card in cards:
        card.becomes("approved")
        assert card.verdicts == {"ana": "approve", "ben": "approve"}
    measured(f"taps from “One by one” to five decisions: {taps} (at most 6)")
    assert taps <= 6
    expect(ana.modal.locator('[data-action-id="vote_approve"]')).to_have_count(0)
    ana.tap(ana.modal.locator('[data-modal="close"]'))
    story.settle_down()
    ana.agrees()


def test_it_goes_back_skips_corrects_and_keeps_its_place(story, window, batch):
    cards, header = batch
    first, second, third, fourth, _ = cards
    ana = window("ana", phone=True)
    ana.tap(ana.button(header, "one_by_one"))
    expect(ana.modal).to_contain_text(first.record.output)
    ana.tap(ana.modal.locator('[data-action-id="vote_reject"]'))
    expect(ana.modal).to_contain_text(second.record.output)
    ana.tap(ana.modal.locator('[data-action-id="back"]'))
    expect(ana.modal).to_contain_text(first.record.output)
    first.has(ana="reject", ben="approve")
    ana.tap(ana.modal.locator('[data-action-id="vote_approve"]'))
    first.becomes("approved")
    expect(ana.modal).to_contain_text(second.record.output)
    ana.tap(ana.modal.locator('[data-action-id="skip"]'))
    expect(ana.modal).to_contain_text(third.record.output)
    second.has(ana="skip", ben="approve")

    ana.tap(ana.modal.locator('[data-action-id="correct"]'))
    ana.field("output").fill(BETTER)
    ana.tap(ana.modal.locator('[data-modal="close"]'))
    ana.tap(ana.modal.locator('[data-action-id="correct"]'))
    expect(ana.field("output")).to_have_value(BETTER)
    ana.tap(ana.modal.locator('[data-modal="submit"]'))
    third.becomes_version(2)
    assert third.record.output == BETTER
    expect(ana.modal).to_contain_text(fourth.record.output)

    ana.tap(ana.modal.locator('[data-modal="close"]'))
    expect(ana.modal).to_have_count(0)
    ana.tap(ana.button(header, "one_by_one"))
    expect(ana.modal).to_contain_text(fourth.record.output)


def test_winnow_next_shows_the_first_sample_that_still_needs_one(story, window, batch):
    cards, _ = batch
    ana = window("ana")
    ana.tap(ana.reaction(cards[0].ts))
    cards[0].becomes("approved")
    ana.type("/winnow next")
    expect(ana.modal).to_contain_text(cards[1].record.output)
    ana.tap(ana.modal.locator('[data-action-id="vote_approve"]'))
    cards[1].becomes("approved")
    expect(ana.modal).to_contain_text(cards[2].record.output)
    ana.reload()
    expect(ana.modal).to_contain_text(cards[2].record.output)
