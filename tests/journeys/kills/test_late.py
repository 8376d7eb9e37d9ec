"""Events that come late, when what they tell of has been overtaken."""

import time


def test_a_late_reply_does_not_undo_its_own_edit(review):
    review.bot()
    review.ts(1)
    review.sandbox.act("fault", kind="late", method="message", seconds=1.0)
    ts = review.reply("ana", 1, "output: Into any free port.")
    review.edit("ana", ts, "output: Into any free port of the router.")
    review.ts(1, revision=1)
    late = ("delivery", 1)
    time.sleep(1.2)
    review.ends_well()
    assert review.outcome(1).record.output == "Into any free port of the router."
    assert review.outcome(1).revision == 1


def test_a_late_comment_does_not_undo_its_own_edit(review):
    review.bot()
    review.ts(1)
    review.sandbox.act("fault", kind="late", method="message", seconds=1.0)
    ts = review.reply("ana", 1, "Fine as it is.")
    review.edit("ana", ts, "Fine as it is, thank you.")
    time.sleep(1.2)
    review.ends_well()
    assert review.answer("trace", "1")["comments"][0]["text"] == "Fine as it is, thank you."
