"""A bad day at Slack: limits, errors, lost answers, disturbed events, broken connections."""

from bot.sending import EVENT_TYPE
from storage import batches, datasets

YES, NO = "white_check_mark", "x"


def _cards(story):
    return [
        m
        for m in story.slack.state()["messages"]
        if str(m.get("metadata", {}).get("event_payload", {}).get("key", "")).startswith("card:")
    ]


def test_rate_limits_are_waited_out(story):
    story.slack.act("fault", kind="rate_limit", method="chat.postMessage", times=2, seconds=1)
    story.slack.act("fault", kind="rate_limit", method="reactions.add", seconds=1)
    card = story.card()
    story.settle_down()
    assert len(_cards(story)) == 1
    assert [c["status"] for c in story.slack.calls("chat.postMessage")][:3] == [429, 429, 200]
    names = {r["name"] for r in story.message(card.ts)["reactions"]}
    assert names == {YES, NO}


def test_a_post_whose_answer_was_lost_is_found_by_its_key_and_not_posted_twice(story):
    story.slack.act("fault", kind="lost_answer", method="chat.postMessage", times=2)
    card = story.card()
    story.settle_down()
    assert len(_cards(story)) == 1
    assert len(story.slack.calls("chat.postMessage")) == 2  # header and card, once each
    assert story.message(card.ts)["metadata"]["event_type"] == EVENT_TYPE
    assert len(story.slack.calls("conversations.history")) >= 2
    story.react("ana", card)
    card.has(ana="approve")


def test_a_correction_s_post_is_found_in_its_thread(story):
    card = story.card()
    story.settle_down()
    story.slack.act("fault", kind="lost_answer", method="chat.postMessage")
    story.reply("ana", card, "output: New.")
    card.becomes_version(2)
    story.settle_down()
    assert len(_cards(story)) == 2
    assert len(story.slack.calls("conversations.replies")) == 1


def test_a_direct_message_s_post_is_found_in_its_conversation(story):
    card = story.card()
    story.settle_down()
    story.slack.act("fault", kind="lost_answer", method="chat.postMessage")
    story.click("ana", "flag", card)
    story.is_written("kim", "is frozen")
    story.settle_down()
    assert len(story.direct("kim")) == 1


def test_server_errors_are_tried_again_and_nothing_is_posted_twice(story):
    for method in ("chat.postMessage", "reactions.add", "chat.update"):
        story.slack.act("fault", kind="server_error", method=method, times=2)
    card = story.card()
    story.react("ana", card)
    card.has(ana="approve")
    story.settle_down()
    assert len(_cards(story)) == 1
    story.sees(card.ts, "1 more ✅ needed")
    assert {r["name"] for r in story.message(card.ts)["reactions"]} == {YES, NO}


def test_a_slow_slack_does_not_hold_votes_up(story):
    card = story.card()
    story.settle_down()
    story.slack.act("fault", kind="slow", method="chat.update", seconds=1.5)
    for who in ("ana", "ben"):
        story.react(who, card)
    card.becomes("approved")


def test_an_answer_that_cannot_be_shown_loses_nothing(story):
    card = story.card()
    story.slack.act("fault", kind="server_error", method="chat.postEphemeral")
    story.click("ana", "flag", card)
    card.becomes("frozen")


def test_a_private_word_is_said_at_most_once(story):
    story.slack.act("fault", kind="lost_answer", method="chat.postEphemeral")
    card = story.card()
    story.react("gus", card)
    story.is_told("gus", "does not count")
    story.settle_down()
    assert len(story.told("gus")) == 1


def test_duplicates_count_once(story):
    card = story.card()
    for kind in ("reaction_added", "message"):
        story.slack.act("fault", kind="duplicate", method=kind, times=3)
    story.react("ana", card, NO)
    story.reply("ben", card, "output: New.")
    card.becomes_version(2)
    story.reply("ana", card, "s/never there/x/")
    story.is_told("ana", "exactly once")
    story.react("ana", card)
    card.becomes("approved")
    story.settle_down()
    assert card.revision == 1
    assert len([said for said in story.told("ana") if "exactly once" in said]) == 1


def test_order_does_not_matter_and_late_events_count(story):
    card = story.card()
    story.slack.act("fault", kind="reorder", method="reaction_added", seconds=1.0)
    story.slack.act("fault", kind="late", method="reaction_removed", seconds=1.0)
    story.react("ana", card, NO)  # delivered after the next
    story.react("ana", card, YES)
    story.unreact("ana", card, NO)  # delivered last
    story.react("ben", card)
    card.becomes("approved")
    assert card.verdicts == {"ana": "approve", "ben": "approve"}


def test_the_connection_is_made_again_and_nothing_is_lost(story, until):
    card = story.card()
    story.slack.act("fault", kind="disconnect")
    story.react("ana", card)
    story.react("ben", card)
    card.becomes("approved")
    until(lambda: story.slack.state()["connections"] == 1, "one connection")


def test_a_post_under_way_in_a_process_that_hangs_is_not_made_again_by_another(story, until):
    """Slack has the message, but its answer is held back until the claim on it has lapsed."""
    story.slack.act("fault", kind="hold", method="chat.postMessage", before=False)
    story.candidates(1)
    batches.open_batch(story.store, datasets.get(story.store, "backup-en"), 1)
    story.bot.desk.wake.set()
    until(lambda: story.slack.state()["held"] == 1, "the held call")
    story.pass_time(60)
    story.start()
    until(lambda: len(_cards(story)) == 1, "the card")
    story.slack.act("fault", kind="release")
    story.settle_down()
    headers = [m for m in story.slack.state()["messages"] if "Batch 1" in story.shown(m)]
    assert (len(headers), len(_cards(story))) == (1, 1)


def test_two_bots_share_the_work(story, until):
    story.start()
    cards = story.posted(6)
    for card in cards:
        story.react("ana", card)
        story.react("ben", card)
    for card in cards:
        card.becomes("approved")
    story.settle_down()
    assert len(_cards(story)) == 6
