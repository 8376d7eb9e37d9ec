"""DESIGN.md §5: replies in a card's thread, and the Edit modal."""

import pytest

from core.records import Conversation, Instruction, Turn

YES, NO = "white_check_mark", "x"
QUESTION = "How do I reset the box?"
ANSWER = "Hold the button for ten seconds, then wait until the light is green."
RECORD = Instruction(instruction=QUESTION, output=ANSWER)
CHAT = Conversation(
    turns=(
        Turn(role="user", content="Is my backup safe?"),
        Turn(role="assistant", content="Yes, it is kept in two places."),
        Turn(role="user", content="And if it burns?"),
        Turn(role="assistant", content="Then the second copy is still there."),
    )
)


def test_a_labelled_reply_makes_a_version_in_thread_and_channel_with_its_own_seeds(story):
    card = story.card(record=RECORD)
    story.react("ben", card)
    card.has(ben="approve")
    root = card.ts

    story.reply("ana", card, "output: Hold the button for five seconds.")

    card.becomes_version(2)
    assert card.record.output == "Hold the button for five seconds."
    assert card.verdicts == {"ana": "approve"}
    story.settle_down()
    new = story.message(card.ts)
    assert (new["thread_ts"], new["subtype"]) == (root, "thread_broadcast")
    assert {r["name"] for r in new["reactions"]} == {YES, NO}
    shown = story.shown(new)
    assert "Version 2: <@U0ANA> changed Output" in shown
    assert "1 more ✅ needed" in shown
    assert "five" in shown
    assert "ten" in shown
    pointer = story.message(root)
    was, arrow = story.shown(pointer).split("\n")
    assert was == "backup-en · 1/1 · How do I reset the box?"
    assert arrow.startswith("→ <http")
    assert pointer["text"] == "→ version 2"
    assert len(pointer["blocks"]) == 1

    story.react("ben", card)
    card.becomes("approved")


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("s/ten seconds/a minute/", ANSWER.replace("ten seconds", "a minute")),
        ('change "ten" to "20"', ANSWER.replace("ten", "20")),
        ("answer: Hold it.", "Hold it."),
        ("把「ten」改成「20」", ANSWER.replace("ten", "20")),
        ("OUTPUT: A & B < C > D", "A & B < C > D"),
        ("输出：\nFirst line.\nSecond line.", "First line.\nSecond line."),
    ],
)
def test_every_form_of_a_correction_is_understood_to_the_character(story, text, changed):
    card = story.card(record=RECORD)
    story.reply("ana", card, text)
    card.becomes_version(2)
    assert card.record.output == changed


def test_several_fields_and_turns_are_corrected_at_once(quiet, recipe):
    quiet.add(recipe(format="conversation"))
    quiet.start()
    card = quiet.card(record=CHAT)
    quiet.sees(card.ts, "① Question", "④ Answer")
    quiet.reply("ana", card, "②: Yes, in three places.\nturn 4: The third one stays.")
    card.becomes_version(2)
    texts = [turn.content for turn in card.record.turns]
    assert texts[1::2] == ["Yes, in three places.", "The third one stays."]
    quiet.sees(card.ts, "changed ② ④")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("s/the/a/", "must occur exactly once"),
        ("④: Nothing", "There is no “④” here"),
        ("output: a\noutput: b", "stands twice"),
        ("output:", "cannot be saved"),
        ("ouput: Hold it.", "There is no “ouput” here. Parts: "),
        (f"output: {ANSWER}", "nothing was changed"),
    ],
)
def test_a_reply_that_cannot_be_applied_is_answered_privately_and_kept(story, text, why):
    card = story.card(record=RECORD)
    story.reply("ana", card, text)
    story.is_told("ana", why)
    assert card.revision == 0
    assert [c["text"] for c in _trace(story, card)["comments"]] == [text]


def test_a_reply_that_resembles_a_field_is_asked_about_and_used(story, until):
    card = story.card(record=RECORD)
    text = "Hold the button for six seconds, then wait until the light is blue."
    ts = story.reply("ana", card, text)
    story.is_told("ana", "reads like a new text of Output")
    asked = story.slack.state()["ephemerals"][-1]
    assert asked["thread_ts"] == card.ts
    story.click("ana", "use_as_field", asked["ts"])
    card.becomes_version(2)
    assert card.record.output == text
    story.slack.act("delete", user="ana", channel="support-en", ts=ts)
    until(lambda: card.revision == 0, "the withdrawal")


def test_a_reply_that_resembles_a_field_may_stay_a_comment(story):
    card = story.card(record=RECORD)
    story.reply("ana", card, ANSWER.replace("green", "blue"))
    story.is_told("ana", "keep it as a comment")
    story.click("ana", "keep_comment", story.slack.state()["ephemerals"][-1]["ts"])
    assert card.revision == 0
    assert len(_trace(story, card)["comments"]) == 1


def test_any_other_reply_is_a_comment_kept_with_its_edits(story, until):
    card = story.card()
    ts = story.reply("ana", card, "Not sure about this one <!channel>")
    until(lambda: _trace(story, card)["comments"], "the comment")
    story.slack.person("ana").chat_update(channel="C0SUPPORTEN", ts=ts, text="I am sure now")
    until(lambda: _trace(story, card)["comments"][0]["text"] == "I am sure now", "the edit")
    assert len(_trace(story, card)["comments"]) == 1
    assert card.state == "open"
    assert story.told("ana") == []


def test_a_mention_of_the_bot_is_a_comment(story, until):
    card = story.card()
    story.reply("ana", card, "@winnow make it shorter")
    until(lambda: _trace(story, card)["comments"], "the comment")
    assert card.revision == 0


def test_sharing_of_comments_is_said_in_the_thread_once(quiet, recipe, until):
    quiet.add(recipe("review: {share_comments: true}\n"))
    quiet.start()
    card = quiet.card()
    quiet.reply("ana", card, "Too long")
    quiet.reply("ben", card, "Too short")
    until(lambda: len(_trace(quiet, card)["comments"]) == 2, "two comments")
    quiet.settle_down()
    said = [m["text"] for m in quiet.slack.state()["messages"] if m.get("bot_id")]
    assert said.count("Comments in this thread are given to the teachers as advice.") == 1


def test_a_correction_by_someone_who_may_not_vote_is_a_comment_and_told_once(story, until):
    card, other = story.posted(2, record=RECORD)
    story.reply("gus", card, "output: Pull the plug.")
    story.reply("gus", other, "output: Pull the plug.")
    until(lambda: all(_trace(story, c)["comments"] for c in (card, other)), "the comments")
    story.settle_down()
    assert len(story.told("gus")) == 1
    assert (card.revision, other.revision) == (0, 0)


def test_a_vote_on_a_superseded_message_decides_nothing_and_is_told_once(story):
    card = story.card(record=RECORD)
    root = card.ts
    story.reply("ana", card, "s/ten/five/")
    card.becomes_version(2)
    story.react("ben", root)
    said = story.is_told("ben", "older version")
    assert "/archives/C0SUPPORTEN/p" in said
    story.unreact("ben", root)
    story.react("ben", root, NO)
    story.react("chen", card, NO)
    card.has(ana="approve", chen="reject")
    story.settle_down()
    assert len(story.told("ben")) == 1


def test_an_edited_correction_makes_a_further_version(story):
    card = story.card(record=RECORD)
    ts = story.reply("ana", card, "output: First try.")
    card.becomes_version(2)
    story.slack.person("ana").chat_update(channel="C0SUPPORTEN", ts=ts, text="output: Second try.")
    card.becomes_version(3)
    assert card.record.output == "Second try."
    assert card.verdicts == {"ana": "approve"}


def test_a_deleted_correction_is_withdrawn_and_the_version_before_opens_again(story):
    card = story.card(record=RECORD)
    story.react("ben", card)
    card.has(ben="approve")
    ts = story.reply("ana", card, "output: Never mind.")
    card.becomes_version(2)
    new = card.ts
    story.slack.person("ana").chat_delete(channel="C0SUPPORTEN", ts=ts)
    card.has(ben="approve")
    assert card.revision == 0
    story.settle_down()
    story.sees(new, "Version 2 was withdrawn")
    story.sees(card.posts[0].ts, ANSWER, "1 more ✅ needed")


def test_a_deleted_correction_stays_where_someone_voted_on_it(story):
    card = story.card(record=RECORD)
    ts = story.reply("ana", card, "output: Press twice.")
    card.becomes_version(2)
    story.react("ben", card, NO)
    card.has(ana="approve", ben="reject")
    story.slack.person("ana").chat_delete(channel="C0SUPPORTEN", ts=ts)
    story.react("chen", card, NO)
    card.has(ana="approve", ben="reject", chen="reject")
    assert card.revision == 1


def test_a_late_correction_merges_other_fields_and_is_refused_on_the_same(story):
    card = story.card(record=RECORD)
    for who, text in (
        ("ben", "output: Late answer."),
        ("chen", "instruction: Late question?"),
    ):
        story.slack.act("fault", kind="late", method="message", seconds=1.0)
        story.reply(who, card, text)
    story.reply("ana", card, "output: Early answer.")
    card.becomes_version(2)
    card.becomes_version(3)
    assert card.record == Instruction(instruction="Late question?", output="Early answer.")
    told = story.is_told("ben", "Someone else changed Output")
    assert "Early answer." in told
    assert [c["text"] for c in _trace(story, card)["comments"]] == ["output: Late answer."]


def test_a_correction_of_a_decided_sample_reopens_it(story):
    good, bad = story.posted(2, record=RECORD)
    for who in ("ana", "ben"):
        story.react(who, good)
        story.react(who, bad, NO)
    good.becomes("approved")
    bad.becomes("rejected")
    for card in (good, bad):
        story.reply("chen", card, "s/ten/five/")
        card.becomes_version(2)
        assert card.state == "open"
        assert card.verdicts == {"chen": "approve"}


def test_a_corrected_flagged_sample_stays_frozen_and_a_queued_one_opens(story):
    flagged, queued = story.posted(2, record=RECORD)
    story.click("ana", "flag", flagged)
    flagged.becomes("frozen")
    votes = (("ana", YES), ("ben", NO), ("chen", YES), ("dora", NO), ("emil", YES))
    for who, emoji in votes:
        story.react(who, queued, emoji)
    queued.becomes("queued")
    for card in (flagged, queued):
        story.reply("dora", card, "s/ten/five/")
        card.becomes_version(2)
    assert flagged.state == "frozen"
    assert queued.state == "open"


# The modal -------------------------------------------------------------------------------------


def test_the_modal_changes_one_field_and_leaves_the_others_alone(story):
    card = story.card(record=RECORD)
    view_id = story.click("ana", "correct", card)["view_id"]
    view = story.view(view_id)
    inputs = [b["block_id"] for b in view["blocks"] if b["type"] == "input"]
    assert inputs[:3] == ["output", "instruction", "input"]
    answer = story.slack.act(
        "submit", user="ana", view_id=view_id, values={"output": "Press & hold <five> seconds."}
    )
    sentence = "Saved as version 2: it comes as a new message, with your ✅ on it."
    assert (list(answer), answer["ephemeral"]["text"]) == (["ephemeral"], sentence)
    card.becomes_version(2)
    assert card.record == Instruction(instruction=QUESTION, output="Press & hold <five> seconds.")
    assert card.verdicts == {"ana": "approve"}


def test_a_field_over_3000_characters_is_cut_into_inputs_and_joined_exactly(story):
    output = "\n\n".join(f"Paragraph {n}. " + "A sentence of it. " * 40 for n in range(12)).strip()
    assert len(output) > 6_000
    card = story.card(record=Instruction(instruction=QUESTION, output=output))
    view_id = story.click("ana", "correct", card)["view_id"]
    blocks = {b["block_id"]: b for b in story.view(view_id)["blocks"] if b["type"] == "input"}
    assert {"output", "output-2", "output-3"} <= set(blocks)
    third = blocks["output-3"]["element"]["initial_value"]
    assert "Paragraph 7." in third
    values = {"output-3": third.replace("Paragraph 7.", "Chapter 7.")}
    assert "errors" not in story.slack.act("submit", user="ana", view_id=view_id, values=values)
    card.becomes_version(2)
    assert card.record.output == output.replace("Paragraph 7.", "Chapter 7.")


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({}, "output", "nothing was changed"),
        ({"output": "   "}, "output", "cannot be saved"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_the_field_and_the_modal_stays(
    story, values, field, why
):
    card = story.card(record=RECORD)
    view_id = story.click("ana", "correct", card)["view_id"]
    errors = story.slack.act("submit", user="ana", view_id=view_id, values=values)["errors"]
    assert why in errors[field]
    answer = story.slack.act("submit", user="ana", view_id=view_id, values={"output": "Better."})
    assert "errors" not in answer
    card.becomes_version(2)


def test_a_modal_on_an_old_version_shows_what_stands_against_it(story):
    card = story.card(record=RECORD)
    view_id = story.click("ana", "correct", card)["view_id"]
    story.reply("ben", card, "output: Ben was faster.")
    card.becomes_version(2)
    mine = {"output": "Ana was slower.", "instruction": "How to reset?"}
    answer = story.slack.act("submit", user="ana", view_id=view_id, values=mine)
    assert "Ben was faster." in answer["errors"]["output"]
    typed = story.view(view_id)["state"]["values"]
    assert typed["output"]["output"]["value"] == "Ana was slower."
    agreed = {"output": ANSWER, "instruction": "How to reset?"}
    answer = story.slack.act("submit", user="ana", view_id=view_id, values=agreed)
    assert "Saved as version 3" in answer["ephemeral"]["text"]
    card.becomes_version(3)
    assert card.record == Instruction(instruction="How to reset?", output="Ben was faster.")


def test_no_modal_opens_for_someone_who_may_not_vote(story):
    card = story.card(record=RECORD)
    assert story.click("gus", "correct", card).get("view_id") is None
    assert "kept" not in story.is_told("gus", "does not count")
    assert story.slack.state()["views"] == []


def test_a_modal_of_someone_who_may_vote_no_more_changes_nothing(story, recipe):
    card = story.card(record=RECORD)
    view_id = story.click("ana", "correct", card)["view_id"]
    story.add(recipe('reviewers: ["@ben"]\n'))
    story.bot.desk.rosters.refresh()
    answer = story.slack.act("submit", user="ana", view_id=view_id, values={"output": "Ha."})
    assert "does not count" in answer["errors"]["output"]
    assert card.revision == 0


def test_someone_who_joined_a_moment_ago_may_correct(quiet, recipe):
    channel = {"name": "support-en", "members": ["ana", "ben", "kim"]}
    quiet.slack.act("reset", channels=[channel], rate_limits=False)
    quiet.add(recipe())
    quiet.start()
    card = quiet.card(record=RECORD)
    quiet.slack.act("fault", kind="lost_event", method="member_joined_channel")
    quiet.slack.act("join", user="emil", channel="support-en")
    quiet.bot.desk.rosters._read = float("-inf")
    view_id = quiet.click("emil", "correct", card)["view_id"]
    assert quiet.view(view_id)["title"]["text"] == "Correct"


def _trace(story, card):
    from storage.traces import trace

    return trace(story.store, card.sample)
