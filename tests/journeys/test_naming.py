"""Reviewers who disagree: why they reject, and the one who is named to vote."""

import pytest

from storage import datasets

YES, NO = "white_check_mark", "x"


def _split(story, **of):
    """A contested sample: @ana approves, @ben rejects."""
    card = story.card(**of)
    story.react("ana", card)
    story.react("ben", card, NO)
    card.has(ana="approve", ben="reject")
    story.settle_down()
    return card


def _wait(story, minutes=10):
    story.pass_time(60 * minutes)
    story.tick()
    story.settle_down()


def _namings(story):
    """The messages that name somebody, in order."""
    return [
        m
        for m in story.slack.state()["messages"]
        if str(m.get("metadata", {}).get("event_payload", {}).get("key", "")).startswith("name:")
    ]


def _named(story):
    """The newest of them and the handle it names."""
    message = _namings(story)[-1]
    return message, message["text"].partition("<@U0")[2].partition(">")[0].lower()


def _buttons(message):
    return [
        e["action_id"] for b in message["blocks"] for e in b.get("elements", ()) if "action_id" in e
    ]


def _asks_why(story, card):
    return "reason" in _buttons(story.message(card.ts))


def test_who_says_no_is_asked_why_and_the_card_tells_it(story):
    card, _ = story.posted(2)
    story.settle_down()
    assert not _asks_why(story, card)
    story.react("ben", card, NO)
    card.has(ben="reject")
    story.settle_down()
    assert _asks_why(story, card)
    story.click("ben", "reason", card, "tone")
    story.click("ben", "reason", card, "missing_warning")
    story.settle_down()
    assert "❌ <@U0BEN>:\nmissing warning" in story.sees(card.ts, "1 ❌ so far")
    story.react("chen", card, NO)
    card.becomes("rejected")
    story.settle_down()
    assert not _asks_why(story, card)


def test_a_reason_of_somebody_else_is_not_taken_and_they_are_told(story):
    card = _split(story)
    for who in ("ana", "gus"):
        answer = story.click(who, "reason", card, "tone")
        assert "Only those who voted ❌" in answer["ephemeral"]["text"]
    story.settle_down()
    assert "tone" not in story.message(card.ts)["blocks"][-2]["elements"][-1]["text"]


def test_a_recipe_s_own_reasons_stand_in_the_menu(quiet, recipe):
    quiet.add(recipe('review: {reasons: ["Wrong <!channel> menu", "Too long"]}\n'))
    quiet.start()
    card = _split(quiet)
    quiet.click("ben", "reason", card, "Wrong <!channel> menu")
    quiet.settle_down()
    quiet.sees(card.ts, "❌ <@U0BEN>:\nWrong <!channel> menu")


def test_ten_minutes_later_one_more_reviewer_is_named_and_votes_with_one_tap(story):
    card = _split(story)
    story.click("ben", "reason", card, "missing_warning")
    _wait(story, 9)
    assert _namings(story) == []
    _wait(story, 1)
    message, who = _named(story)
    assert message["thread_ts"] == card.ts
    assert who in {"chen", "dora", "emil"}
    assert "opinions differ here: your vote, please" in story.shown(message)
    assert "Reason: missing warning" in story.shown(message)
    assert _buttons(message) == ["vote_approve", "vote_reject", "someone_else"]
    story.click(who, "vote_approve", message["ts"])
    card.has(ana="approve", ben="reject", **{who: "approve"})
    story.settle_down()
    story.sees(message["ts"], "was asked and has answered")
    assert _buttons(story.message(message["ts"])) == []


def test_while_votes_decide_nothing_the_next_is_named_until_a_curator_has_to(story):
    card = _split(story)
    asked = []
    for verdict in ("vote_approve", "vote_reject", "vote_approve"):
        _wait(story)
        message, who = _named(story)
        asked.append(who)
        story.click(who, verdict, message["ts"])
        story.settle_down()
    assert sorted(asked) == ["chen", "dora", "emil"]
    card.becomes("queued")
    _wait(story, 60)
    assert len(_namings(story)) == 3
    assert _asks_why(story, card)


@pytest.mark.parametrize("gone", ["from the channel", "from the workspace"])
def test_whoever_is_gone_is_not_named_though_the_recipe_names_them(quiet, recipe, gone):
    workspace = quiet.slack.world.workspace
    if gone == "from the channel":
        workspace.channels["C0SUPPORTEN"].members.remove("U0CHEN")
    else:
        workspace.people["U0CHEN"].deleted = True
    quiet.add(recipe('reviewers: ["@ana", "@ben", "@chen"]\n'))
    quiet.start()
    _split(quiet)
    _wait(quiet)
    assert _named(quiet)[1] == "kim"


def test_the_one_named_passes_it_on_and_others_cannot(story):
    _split(story)
    _wait(story)
    message, first = _named(story)
    answer = story.click("ana", "someone_else", message["ts"])
    assert f"for <@U0{first.upper()}>" in answer["ephemeral"]["text"]
    answer = story.click(first, "someone_else", message["ts"])
    story.settle_down()
    newer, second = _named(story)
    assert second != first
    assert f"<@U0{second.upper()}> is asked instead" in answer["ephemeral"]["text"]
    story.sees(message["ts"], "passed it on")
    assert _buttons(newer) == ["vote_approve", "vote_reject", "someone_else"]


def test_when_nobody_is_left_nobody_is_named_and_nothing_goes_round(story):
    _split(story)
    for left in (3, 2, 1, 0):
        _wait(story, 10 if left == 3 else 0)
        message, who = _named(story)
        answer = story.click(who, "someone_else", message["ts"])
        said = "is asked instead" if left else "nobody else to ask"
        assert said in answer["ephemeral"]["text"]
    assert who == "kim"
    story.settle_down()
    before = len(story.slack.calls("chat.postMessage"))
    _wait(story, 30)
    assert len(story.slack.calls("chat.postMessage")) == before


def test_anybody_may_vote_by_the_message_and_it_is_settled(story):
    card = _split(story)
    _wait(story)
    message, who = _named(story)
    other = ({"chen", "dora", "emil"} - {who}).pop()
    story.click("gus", "vote_approve", message["ts"])
    story.is_told("gus", "does not count")
    story.click(other, "vote_reject", message["ts"])
    card.has(ana="approve", ben="reject", **{other: "reject"})
    story.settle_down()
    story.sees(message["ts"], "it is no longer needed")


def test_a_correction_settles_the_message_and_the_new_version_has_its_own(story):
    card = _split(story)
    _wait(story)
    message, _ = _named(story)
    story.reply("ben", card, "output: Press it twice.")
    card.becomes_version(2)
    story.settle_down()
    story.sees(message["ts"], "it is no longer needed")
    _wait(story, 30)
    assert len(_namings(story)) == 1
    story.react("ana", card, NO)
    card.has(ben="approve", ana="reject")
    _wait(story)
    newer, other = _named(story)
    assert newer["thread_ts"] == card.posts[0].ts
    story.click(other, "vote_approve", newer["ts"])
    card.has(ben="approve", ana="reject", **{other: "approve"})
    assert len(_namings(story)) == 2


def test_a_message_that_is_needed_no_more_is_not_posted(story):
    card = _split(story)
    story.slack.act("fault", kind="rate_limit", method="chat.postMessage", seconds=2)
    story.pass_time(600)
    story.tick()
    story.react("ben", card)
    card.becomes("approved")
    story.settle_down()
    assert _namings(story) == []


def test_a_message_whose_answer_was_lost_is_posted_once(story):
    _split(story)
    story.slack.act("fault", kind="lost_answer", method="chat.postMessage")
    _wait(story)
    assert len(_namings(story)) == 1
    message, who = _named(story)
    story.click(who, "vote_approve", message["ts"])
    story.settle_down()
    story.sees(message["ts"], "has answered")


def test_a_message_whose_answer_was_lost_is_settled_when_it_is_found_too_late(story, until):
    card = _split(story)
    story.slack.act("fault", kind="lost_answer", method="chat.postMessage")
    story.slack.act("fault", kind="rate_limit", method="conversations.replies", seconds=2)
    story.pass_time(600)
    story.tick()
    until(lambda: _namings(story), "the message")
    story.react("ben", card)
    card.becomes("approved")
    story.settle_down()
    assert len(_namings(story)) == 1
    story.sees(_namings(story)[0]["ts"], "it is no longer needed")


def test_a_vote_of_which_no_event_told_settles_the_message(story):
    card = _split(story)
    _wait(story)
    message, who = _named(story)
    story.slack.act("fault", kind="lost_event", method="reaction_added")
    story.react(who, card, NO)
    _wait(story, 2)
    card.has(ana="approve", ben="reject", **{who: "reject"})
    story.sees(message["ts"], "has answered")


def test_two_bots_name_one_person(story):
    _split(story)
    story.start()
    story.pass_time(600)
    for bot in story.bots:
        bot.jobs.tick()
    story.settle_down()
    assert len(_namings(story)) == 1


def test_a_paused_dataset_names_nobody(story):
    _split(story)
    story.command("kim", "pause")
    assert datasets.get(story.store, "backup-en").paused
    _wait(story, 30)
    assert _namings(story) == []
    story.command("kim", "resume")
    _wait(story, 0)
    assert len(_namings(story)) == 1


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_it_is_the_same_on_postgresql(story):
    card = _split(story)
    story.click("ben", "reason", card, "tone")
    _wait(story)
    message, who = _named(story)
    story.click(who, "someone_else", message["ts"])
    story.settle_down()
    newer, second = _named(story)
    story.click(second, "vote_reject", newer["ts"])
    card.has(ana="approve", ben="reject", **{second: "reject"})
    story.settle_down()
    story.sees(newer["ts"], "has answered")
