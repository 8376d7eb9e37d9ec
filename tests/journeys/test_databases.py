"""The loop on both databases, with one bot and with two."""

import pytest

YES, NO = "white_check_mark", "x"

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)


def test_the_loop_from_batch_to_decision(story, database):
    good, bad, mended, split = story.posted(4)
    for who in ("ana", "ben"):
        story.react(who, good)
        story.react(who, bad, NO)
    story.react("ana", split)
    story.react("ben", split, NO)
    story.reply("chen", mended, "output: Mended.")
    mended.becomes_version(2)
    story.react("ana", mended)
    for card, state in (
        (good, "approved"),
        (bad, "rejected"),
        (mended, "approved"),
        (split, "contested"),
    ):
        card.becomes(state)

    status = story.command("kim", "status")["ephemeral"]
    view_id = story.click("kim", "settle_reject", status["ts"])["view_id"]
    story.slack.act("submit", user="kim", view_id=view_id, values={"reason": "No."})
    split.becomes("rejected")
    story.is_told("ana", "against your vote")
    story.settle_down()
    assert story.read_again(threads=True) == 0
    assert len(story.message(good.ts)["blocks"]) == 2


def test_two_bots_post_and_count_everything_once(story, database):
    story.start()
    cards = story.posted(5)
    story.slack.act("fault", kind="duplicate", method="reaction_added", times=8)
    for card in cards:
        for who in ("ana", "ben"):
            story.react(who, card)
    for card in cards:
        card.becomes("approved")
    story.settle_down()
    posted = [m for m in story.slack.state()["messages"] if m.get("metadata")]
    keys = [m["metadata"]["event_payload"]["key"] for m in posted]
    assert len(keys) == len(set(keys)) == 6
