"""A split vote: the reason behind a ❌, and the third reviewer who is named after ten minutes."""

import re

from playwright.sync_api import expect

CHANNEL = "C0SUPPORTEN"
NO = "x"


def _asked(story, root):
    """The message that waits for the person it names; its ts, and that person's handle."""
    replies = story.slack.person("ana").conversations_replies(channel=CHANNEL, ts=root)["messages"]
    waiting = [m for m in replies if "someone_else" in str(m.get("blocks"))]
    if len(waiting) != 1:
        return None
    return waiting[0]["ts"], re.search(r"<@U0([A-Z]+)>", story.shown(waiting[0]))[1].lower()


def test_the_one_who_objects_says_why_and_others_are_named_in_turn(story, window, until):
    card, _ = story.posted(2)
    story.settle_down()
    ana, ben = window("ana"), window("ben")
    ana.tap(ana.reaction(card.ts))
    ben.tap(ben.reaction(card.ts, NO))
    card.becomes("contested")
    story.settle_down()
    expect(ana.message(card.ts)).to_contain_text("Split")
    ben.button(card.ts, "reason").select_option("wrong facts")

    ana.tap(ana.page.locator("#director-toggle"))
    ana.tap(ana.page.locator('#director [data-advance="600"]'))
    expect(ana.page.locator("#director #log")).to_contain_text("600")
    story.tick()
    story.settle_down()
    ts, named = until(lambda: _asked(story, card.ts), "a third reviewer")
    assert named in {"chen", "dora", "emil", "kim"}

    third = window(named, f"{CHANNEL}/{card.ts}")
    expect(third.in_thread(ts)).to_contain_text("wrong facts")
    expect(third.in_thread(ts).locator(f'[data-user="U0{named.upper()}"]')).to_be_visible()
    third.tap(third.in_thread(ts).locator('[data-action-id="someone_else"]'))
    expect(third.in_thread(ts).locator("button.bk-button")).to_have_count(0)
    story.settle_down()
    ts, other = until(lambda: _asked(story, card.ts), "a fourth reviewer")
    assert other in {"chen", "dora", "emil", "kim"} - {named}

    fourth = window(other, f"{CHANNEL}/{card.ts}")
    fourth.tap(fourth.in_thread(ts).locator('[data-action-id="vote_reject"]'))
    card.has(ana="approve", ben="reject", **{other: "reject"})
    story.settle_down()
    expect(fourth.in_thread(ts).locator('[data-action-id="vote_reject"]')).to_have_count(0)
    for each in (ana, fourth):
        each.agrees()
