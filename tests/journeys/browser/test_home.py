"""The App Home: what awaits one, and what awaits the curator."""

from playwright.sync_api import expect

YES, NO = "white_check_mark", "x"


def _split(story):
    """One card with ✅ and ❌, one flagged, one untouched."""
    split, flagged, fresh = story.posted(3)
    story.react("ana", split)
    story.react("ben", split, NO)
    split.becomes("contested")
    story.click("dora", "flag", flagged)
    flagged.becomes("frozen")
    story.settle_down()
    return split, flagged, fresh


def test_a_reviewer_finds_what_awaits_her_and_begins(story, window):
    split, _, fresh = _split(story)
    ana = window("ana", "home")
    home = ana.page.locator("#home")
    expect(home).to_contain_text("backup-en")
    expect(home.locator('[data-action-id="settle_approve"]')).to_have_count(0)
    expect(home.locator("img")).to_be_visible()
    assert home.locator("img").get_attribute("alt")
    ana.tap(home.locator('[data-action-id="next"]').first)
    expect(ana.modal).to_contain_text(fresh.record.output)
    ana.tap(ana.modal.locator('[data-action-id="vote_approve"]'))
    fresh.has(ana="approve")
    assert split.verdicts == {"ana": "approve", "ben": "reject"}
    expect(ana.modal.locator('[data-action-id="vote_approve"]')).to_have_count(0)
    ana.tap(ana.modal.locator('[data-modal="close"]'))
    ana.reload()
    expect(home.locator("img")).to_be_visible()


def test_the_curator_settles_in_the_home_and_it_leads_on(story, window):
    split, flagged, _ = _split(story)
    kim = window("kim", "home")
    home = kim.page.locator("#home")
    value = f"{split.sample}:{split.revision}"
    button = home.locator(f'[data-action-id="settle_approve"][data-value="{value}"]')
    kim.tap(button)
    kim.tap(kim.modal.locator('[data-modal="submit"]'))
    expect(kim.modal.locator("#err-reason")).to_be_visible()
    kim.field("reason").fill("Page 3 & <!channel> says so.")
    kim.tap(kim.modal.locator('[data-modal="submit"]'))
    split.becomes("approved")
    assert split.verdicts == {"ana": "approve", "ben": "reject"}
    expect(button).to_have_count(0)

    value = f"{flagged.sample}:{flagged.revision}"
    kim.tap(home.locator(f'[data-action-id="settle_reject"][data-value="{value}"]'))
    kim.field("reason").fill("It names a real person.")
    kim.tap(kim.modal.locator('[data-modal="submit"]'))
    flagged.becomes("rejected")
    story.settle_down()

    ben = window("ben")
    expect(ben.ephemerals.last).to_contain_text("Page 3 & <!channel> says so.")
    ben.agrees()
