"""Curators: settling from the status answer, and what others hear of it."""

YES, NO = "white_check_mark", "x"


def _split(story):
    card, _ = story.posted(2)
    story.react("ana", card)
    story.react("ben", card, NO)
    card.has(ana="approve", ben="reject")
    return card


def _settle(story, who, card, verdict, reason="The manual says so."):
    """Settle a sample from the answer to `/winnow status`; returns what the modal answers."""
    status = story.command(who, "status")["ephemeral"]
    value = f"{card.sample}:{card.revision}"
    view_id = story.click(who, f"settle_{verdict}", status["ts"], value)["view_id"]
    return story.slack.act("submit", user=who, view_id=view_id, values={"reason": reason})


def test_a_curator_settles_a_contested_sample_with_a_reason(story):
    card = _split(story)
    said = _settle(story, "kim", card, "approve", "Page 3 & <!channel> says so.")
    assert "Settled" in said["ephemeral"]["text"]
    card.becomes("approved")
    told = story.is_told("ben", "against your vote")
    assert "Page 3 &amp; &lt;!channel&gt; says so." in told
    story.settle_down()
    assert story.told("ana") == []
    assert card.verdicts == {"ana": "approve", "ben": "reject"}
    story.sees(card.ts, "settled by <@U0KIM>", "Reason: Page 3 & <!channel> says so.")


def test_a_curator_reads_the_whole_sample_and_the_votes_before_settling(story):
    card = _split(story)
    story.settle_down()
    story.click("ben", "reason", card, "tone")
    status = story.command("kim", "status")["ephemeral"]
    view = story.view(story.click("kim", "settle_reject", status["ts"])["view_id"])
    seen = story.shown(view)
    assert card.record.instruction in seen
    assert card.record.output in seen
    assert "Contested · 1 ✅ 1 ❌" in seen
    assert "Why ❌: tone" in seen


def test_votes_after_a_settlement_change_nothing(story):
    card = _split(story)
    _settle(story, "kim", card, "reject")
    card.becomes("rejected")
    for who in ("chen", "dora", "emil"):
        story.react(who, card)
    card.has(ana="approve", ben="reject", chen="approve", dora="approve", emil="approve")
    assert card.state == "rejected"


def test_a_settlement_lifts_a_flag_and_a_later_flag_freezes_again(story):
    card = story.card()
    story.click("ana", "flag", card)
    card.becomes("frozen")
    _settle(story, "kim", card, "approve")
    card.becomes("approved")
    story.click("ana", "flag", card)
    # A settlement outranks the votes; the flag is on record and shown to curators.
    story.is_told("ana", "Flagged")


def test_a_queued_sample_is_settled(story):
    card = story.card()
    for who, emoji in zip(
        ("ana", "ben", "chen", "dora", "emil"), (YES, NO, YES, NO, YES), strict=True
    ):
        story.react(who, card, emoji)
    card.becomes("queued")
    story.settle_down()
    story.sees(card.ts, "waits for a curator")
    _settle(story, "kim", card, "reject")
    card.becomes("rejected")
    for who in ("ana", "chen", "emil"):
        story.is_told(who, "Rejected")


def test_a_settlement_of_an_old_version_is_refused_beside_the_reason(story):
    card = _split(story)
    status = story.command("kim", "status")["ephemeral"]
    view_id = story.click("kim", "settle_approve", status["ts"])["view_id"]
    story.reply("chen", card, "output: Something else.")
    card.becomes_version(2)
    answer = story.slack.act("submit", user="kim", view_id=view_id, values={"reason": "Fine."})
    assert "version 2 is current" in answer["errors"]["reason"]
    assert card.state == "open"


def test_the_answer_to_others_has_no_buttons(story):
    _split(story)
    mine = story.command("kim", "status")["ephemeral"]
    theirs = story.command("ana", "status")["ephemeral"]
    assert "settle_approve" in str(mine["blocks"])
    assert "settle_approve" not in str(theirs["blocks"])
    assert "0/100 approved" in theirs["text"]
    assert "Contested 1" in story.shown(theirs)


def test_the_target_is_said_once(quiet, recipe):
    quiet.add(recipe(target=1))
    quiet.start()
    first = quiet.card()
    for who in ("ana", "ben"):
        quiet.react(who, first)
    first.becomes("approved")
    quiet.is_written("kim", "The target is reached")
    quiet.unreact("ben", first)
    first.becomes("open")
    quiet.react("ben", first)
    first.becomes("approved")
    quiet.settle_down()
    assert len([said for said in quiet.direct("kim") if "target" in said]) == 1
