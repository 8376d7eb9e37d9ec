"""DESIGN.md §5: a mention of the bot with a wish has a teacher rewrite the sample, privately."""

from datetime import timedelta

import pytest

from core.records import Instruction
from storage import datasets, requests, rewrites

RECORD = Instruction(
    instruction="How do I reset the box?",
    output="Hold the button for ten seconds, then wait until the light is green.",
)
WISH = "<@U0WINNOW> mention that nothing is erased"


@pytest.fixture
def told(quiet, recipe):
    """A bot whose teacher is the workspace's own."""
    teacher = (
        '[{model: "openai:support-en@' + quiet.slack.base + '/openai/v1", '
        "price: {input: 1, output: 5}}]"
    )
    quiet.add(recipe("checks: {default: off}\n").replace('["replay:replies.jsonl"]', teacher))
    quiet.start()
    quiet.bot.desk.environ = {"OPENAI_API_KEY": "sandbox"}
    return quiet


def private(story, who):
    """What a person alone was shown last, with buttons."""
    shown = [e for e in story.slack.state()["ephemerals"] if e["user"] == f"U0{who.upper()}"]
    return next(e for e in reversed(shown) if "accept_rewrite" in str(e.get("blocks")))


def offered(story, who):
    story.is_told(who, "Rewritten as you wished")
    return private(story, who)


def test_a_wish_is_fulfilled_for_the_person_alone_and_becomes_their_correction(told):
    card = told.card(record=RECORD)
    told.reply("ana", card, WISH)
    told.is_told("ana", "A teacher rewrites it as you wish")
    offer = offered(told, "ana")
    assert offer["thread_ts"] == card.ts
    assert "wait until the light is green" in told.shown(offer)
    assert not any("Rewritten" in said for said in told.told("ben"))

    told.click("ana", "accept_rewrite", offer["ts"])

    card.becomes_version(2)
    assert card.record != RECORD
    assert card.verdicts == {"ana": "approve"}
    told.settle_down()
    assert "Version 2: <@U0ANA> changed" in told.shown(told.message(card.ts))


def test_the_request_is_paid_for_and_accounted_like_any_other(told):
    card = told.card(record=RECORD)
    told.reply("ana", card, WISH)
    offered(told, "ana")
    [call] = told.slack.ledger()["calls"]
    assert requests.spent(told.store, datasets.get(told.store, "backup-en").id) > 0
    assert call["status"] == 200


def test_a_wish_that_comes_twice_is_asked_for_once(told):
    card = told.card(record=RECORD)
    told.slack.act("fault", kind="duplicate", times=1)
    told.reply("ana", card, WISH)
    offered(told, "ana")
    told.settle_down()
    assert len(told.slack.ledger()["calls"]) == 1


def test_dropped_it_changes_nothing(told):
    card = told.card(record=RECORD)
    told.reply("ana", card, WISH)
    offer = offered(told, "ana")
    told.click("ana", "drop_rewrite", offer["ts"])
    told.is_told("ana", "Dropped. The text stays as it is.")
    assert "accept_rewrite" not in str(told.slack.state()["ephemerals"])
    assert (card.record, card.state) == (RECORD, "open")


def test_it_yields_to_a_correction_that_came_meanwhile(told):
    card = told.card(record=RECORD)
    told.reply("ana", card, WISH)
    offer = offered(told, "ana")
    told.reply("ben", card, "instruction: How is the box reset?\noutput: Hold it down.")
    card.becomes_version(2)
    told.click("ana", "accept_rewrite", offer["ts"])
    told.settle_down()
    assert card.record.output == "Hold it down."


def test_a_mention_without_a_wish_is_asked_for_one(told):
    card = told.card(record=RECORD)
    told.reply("ana", card, "<@U0WINNOW>")
    told.is_told("ana", "Say in the same reply what should change")
    assert told.slack.ledger()["calls"] == []


def test_whoever_may_not_vote_wishes_in_vain_and_is_told_once(told):
    card = told.card(record=RECORD)
    told.reply("gus", card, WISH)
    told.is_told("gus", "does not count")
    told.reply("gus", card, f"{WISH} please")
    told.settle_down()
    assert len([said for said in told.told("gus") if "does not count" in said]) == 1
    assert told.slack.ledger()["calls"] == []


def test_a_correction_that_mentions_the_bot_is_still_a_correction(told):
    card = told.card(record=RECORD)
    told.reply("ana", card, "output: Hold it. <@U0WINNOW> thanks")
    card.becomes_version(2)
    assert told.slack.ledger()["calls"] == []


def test_reviewers_wish_within_their_day_and_curators_beyond(told, recipe):
    text = recipe("checks: {default: off}\nbudget: {per_person_day: 1}\n")
    teacher = f'["openai:support-en@{told.slack.base}/openai/v1"]'
    told.add(text.replace('["replay:replies.jsonl"]', teacher))
    card = told.card(record=RECORD)
    told.reply("ana", card, WISH)
    offered(told, "ana")
    told.reply("ana", card, f"{WISH} and more")
    told.is_told("ana", "1 sample generated a day")
    for n in range(2):
        told.reply("kim", card, f"{WISH} {n}")
    told.settle_down()
    assert not any("generated a day" in said for said in told.told("kim"))


def test_without_a_model_the_person_is_told(quiet, recipe):
    (quiet.folder / "replies.jsonl").write_text("{}\n", encoding="utf-8")
    quiet.add(recipe())
    quiet.start()
    card = quiet.card(record=RECORD)
    quiet.reply("ana", card, WISH)
    quiet.is_told("ana", "No teacher of backup-en can be asked to rewrite")


def test_a_wish_whose_process_died_is_told_of(told):
    card = told.card(record=RECORD)
    dataset = datasets.get(told.store, "backup-en")
    assert dataset
    wish = rewrites.Wish(
        key="reply:lost",
        sample=card.sample,
        revision=0,
        user="U0ANA",
        text="shorter",
        channel=dataset.channel_id,
        ts="1.2",
        thread_ts=card.ts,
        at=told.store.now(),
    )
    rewrites.wish(told.store, wish)
    told.slack.act("clock", advance=timedelta(minutes=20).total_seconds())
    told.tick()
    told.is_told("ana", "It was interrupted. Please ask again.")


def test_a_mention_without_a_wish_is_answered_once_however_often_the_thread_is_read(told):
    card = told.card(record=RECORD)
    told.reply("ana", card, "<@U0WINNOW>")
    told.is_told("ana", "Say in the same reply what should change")
    told.read_again(threads=True)
    told.settle_down()
    assert len([said for said in told.told("ana") if "Say in the same reply" in said]) == 1
