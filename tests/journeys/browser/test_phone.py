"""On a phone: 390 × 844, touch alone."""

from playwright.sync_api import expect

from core.records import Conversation, Turn

CHAT = Conversation(
    turns=(
        Turn(role="user", content="Is my backup safe?"),
        Turn(role="assistant", content="Yes, it is kept in two places."),
        Turn(role="user", content="And if it burns?"),
        Turn(role="assistant", content="Then the second copy is still there."),
    )
)
BETTER = "Then the second copy, in another building, is still there."
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_from_an_unread_card_to_an_approval_and_a_correction(quiet, recipe, window, measured):
    quiet.add(recipe(format="conversation"))
    quiet.start()
    first, second = quiet.posted(2, record=CHAT)
    quiet.settle_down()
    ana = window("ana", phone=True)

    taps = ana.counted(lambda: ana.tap(ana.reaction(first.ts)))
    first.has(ana="approve")
    measured(f"taps from an unread card to a recorded approval, phone: {taps} (at most 1)")
    assert taps == 1

    def correct():
        ana.tap(ana.button(second.ts, "correct"))
        ana.tap(ana.field("turn-4"))
        ana.field("turn-4").fill(BETTER)
        ana.tap(ana.modal.locator('[data-modal="submit"]'))

    taps = ana.counted(correct)
    second.becomes_version(2)
    measured(f"taps from a card to a recorded correction, phone: {taps} (at most 4)")
    assert taps <= 4
    assert second.record.turns[3].content == BETTER
    expect(ana.modal).to_have_count(0)
    quiet.settle_down()
    ana.agrees()
    assert ana.page.evaluate(WIDER) == 0

    # A thread covers the channel; Back leads to it again.
    ana.tap(ana.message(second.posts[0].ts).locator("button.thread-summary"))
    expect(ana.thread).to_be_visible()
    assert ana.page.evaluate(WIDER) == 0
    ana.type("Is two places enough?", thread=True)
    expect(ana.thread.locator("li.message").last).to_contain_text("two places enough")
    ana.page.go_back()
    expect(ana.thread).to_be_hidden()
    expect(ana.message(second.ts)).to_be_visible()


def test_everything_that_is_tapped_is_large_enough_for_a_finger(story, window):
    card = story.card()
    story.settle_down()
    ana = window("ana", phone=True)
    expect(ana.message(card.ts)).to_be_visible()
    small = ana.page.evaluate(
        """() => [...document.querySelectorAll('button, select, a[data-channel], textarea')]
          .filter(each => each.checkVisibility({ opacityProperty: true }))
          .map(each => [each.getBoundingClientRect(), each.outerHTML.slice(0, 80)])
          .filter(([box]) => box.width && (box.width < 24 || box.height < 24))
          .map(([box, html]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
    )
    assert small == []
