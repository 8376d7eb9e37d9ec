"""Messages deleted, channels archived, the bot removed; and posting again."""

from bot import batches
from storage import datasets

YES, NO = "white_check_mark", "x"


def test_a_deleted_card_is_frozen_and_posted_again_with_its_votes(story):
    story.may_refuse("chat.update", "message_not_found")
    card = story.card()
    story.react("ana", card)
    card.has(ana="approve")
    old = card.ts
    story.slack.act("delete", user="kim", channel="support-en", ts=old)
    card.becomes("frozen")
    assert card.verdicts == {"ana": "approve"}
    story.is_written("kim", "is frozen")

    dataset = datasets.get(story.store, "backup-en")
    posted = batches.post_now(story.bot.desk, dataset, None)
    assert [p["sample"] for p in posted] == [card.sample]
    assert card.ts != old
    card.becomes("open")
    story.read_again()
    assert card.verdicts == {"ana": "approve"}
    story.react("ben", card)
    card.becomes("approved")


def test_a_deleted_card_with_replies_leaves_a_tombstone_and_is_frozen_all_the_same(story, until):
    story.may_refuse("chat.update", "cant_update_message")
    card = story.card()
    story.react("ana", card)
    story.reply("ben", card, "Hm.")
    card.has(ana="approve")
    story.slack.act("delete", user="kim", channel="support-en", ts=card.ts)
    card.becomes("frozen")
    story.read_again()
    assert card.verdicts == {"ana": "approve"}


def test_posting_again_lifts_the_cause_but_no_flag(story):
    story.may_refuse("chat.update", "message_not_found")
    card = story.card()
    story.click("ana", "flag", card)
    card.becomes("frozen")
    story.slack.act("delete", user="kim", channel="support-en", ts=card.ts)
    story.settle_down()
    batches.post_now(story.bot.desk, datasets.get(story.store, "backup-en"), None)
    assert card.state == "frozen"
    story.click("ana", "flag", card)
    card.becomes("open")


def test_a_deleted_card_of_an_old_version_changes_nothing(story, until):
    story.may_refuse("chat.update", "message_not_found")
    story.may_refuse("chat.update", "cant_update_message")
    card = story.card()
    root = card.ts
    story.reply("ana", card, "output: New.")
    card.becomes_version(2)
    story.settle_down()
    story.slack.act("delete", user="kim", channel="support-en", ts=root)
    story.react("ben", card)
    card.becomes("approved")


def test_an_archived_channel_holds_what_is_open_and_withdraws_nothing(story):
    story.may_refuse("chat.update", "is_inactive")
    story.may_refuse("chat.update", "is_archived")
    done, still = story.posted(2)
    for who in ("ana", "ben"):
        story.react(who, done)
    story.react("ana", still)
    done.becomes("approved")
    still.has(ana="approve")
    story.settle_down()
    story.slack.act("archive", user="kim", channel="support-en")
    still.becomes("frozen")
    assert done.state == "approved"
    story.is_written("kim", "is frozen")

    story.slack.act("unarchive", user="kim", channel="support-en")
    story.read_again()
    still.becomes("open")
    assert still.verdicts == {"ana": "approve"}


def test_a_bot_removed_from_the_channel_holds_and_goes_on_when_invited_again(story):
    for method, error in (
        ("chat.update", "not_in_channel"),
        ("chat.update", "channel_not_found"),
        ("conversations.members", "not_in_channel"),
    ):
        story.may_refuse(method, error)
    card = story.card()
    story.react("ana", card)
    card.has(ana="approve")
    story.settle_down()
    story.slack.act("leave", user="winnow", channel="support-en")
    card.becomes("frozen")
    story.unreact("ana", card)
    story.react("ben", card)
    story.slack.act("join", user="winnow", channel="support-en")
    card.becomes("open")
    story.read_again()
    card.has(ben="approve")


def test_what_happened_to_the_channel_is_found_by_reading_too(story):
    story.may_refuse("chat.update", "is_inactive")
    story.may_refuse("chat.update", "is_archived")
    card = story.card()
    story.settle_down()
    story.slack.act("fault", kind="lost_event", method="channel_archive")
    story.slack.act("archive", user="kim", channel="support-en")
    story.read_again()
    assert card.state == "frozen"


def test_a_correction_of_a_card_whose_thread_is_gone_is_posted_by_itself(story):
    for error in ("cannot_reply_to_message", "thread_not_found"):
        story.may_refuse("chat.postMessage", error)
    story.may_refuse("chat.update", "message_not_found")
    card = story.card()
    view_id = story.click("ana", "correct", card)["view_id"]
    story.slack.act("delete", user="kim", channel="support-en", ts=card.ts)
    card.becomes("frozen")
    story.slack.act("submit", user="ana", view_id=view_id, values={"output": "Changed."})
    card.becomes_version(2)
    assert card.state == "frozen"
    assert "thread_ts" not in story.message(card.ts)
