"""The director's panel: the clock, faults, scripted reviewers, and the log."""

import pytest
from playwright.sync_api import expect

from core.records import record_of
from sandbox import banks
from sandbox.faults import KINDS

HOURS = {"600": 600, "3600": 3600, "86400": 86_400, "604800": 604_800}


@pytest.fixture
def direct(window):
    """A window with the panel open."""

    def opened(who="ana", **how):
        seat = window(who, **how)
        seat.tap(seat.page.locator("#director-toggle"))
        expect(seat.page.locator("aside#director")).to_be_visible()
        return seat, seat.page.locator("aside#director")

    return opened


def test_time_is_moved_and_a_schedule_really_runs(quiet, recipe, direct, until):
    quiet.add(recipe("schedule: {batch: '0 9 * * *', batch_size: 2, timezone: UTC}\n"))
    quiet.start()
    quiet.candidates(2)
    quiet.tick()
    ana, director = direct()
    shown = director.locator("#clock")
    for seconds in ("600", "3600", "604800", "86400"):
        before, told = quiet.slack.world.clock.seconds(), shown.text_content()
        ana.tap(director.locator(f'[data-advance="{seconds}"]'))
        expect(shown).not_to_have_text(told)
        assert quiet.slack.world.clock.seconds() - before >= int(seconds)
    quiet.tick()
    expect(ana.messages).to_have_count(3)


def test_every_fault_is_set_by_its_button_and_the_log_says_so(slack, quiet, direct):
    ana, director = direct()
    ana.tap(director.get_by_text("Break something"))
    for kind in KINDS:
        ana.tap(director.locator(f'[data-fault="{kind}"]'))
        expect(director.locator("#log li").last).to_contain_text(kind)
    assert [entry["fault"] for entry in slack.log("fault")] == list(KINDS)


def test_a_doubled_event_counts_once_and_the_log_shows_the_way_of_a_vote(story, direct):
    card = story.card()
    story.settle_down()
    ana, director = direct()
    ana.tap(director.get_by_text("Break something"))
    ana.tap(director.locator('[data-fault="duplicate"]'))
    ana.tap(ana.reaction(card.ts))
    card.has(ana="approve")
    story.settle_down()
    log = director.locator("#log")
    expect(log).to_contain_text("reaction_added")
    expect(log).to_contain_text("chat.update")
    ana.agrees()


def test_scripted_reviewers_review_the_batch(story, direct, until):
    entries = [entry for entry in banks.load("support-en") if entry.record]
    good = next(entry for entry in entries if not entry.flaw)
    wrong = next(entry for entry in entries if entry.mend)
    fine, mended = (story.card(record=record_of(entry.record)) for entry in (good, wrong))
    story.settle_down()
    ana, director = direct()
    director.get_by_label("Pace").select_option("fast")
    ana.tap(director.locator('[data-play="start"]'))
    fine.becomes("approved")
    until(lambda: mended.revision == 1 and mended.state == "approved", "the mended version")
    assert mended.record.output == wrong.mend["output"]
    assert "ana" not in fine.verdicts
    ana.tap(director.locator('[data-play="stop"]'))
    expect(director.locator('[data-play="start"]')).to_be_enabled()
    story.settle_down()
    ana.agrees()
