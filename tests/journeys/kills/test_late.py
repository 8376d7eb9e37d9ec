"""Events that come late, when what they tell of has been overtaken."""

import pytest


@pytest.fixture
def edited_early(review, until):
    """Has Ana reply and edit her reply, and the bot hear of the edit first."""

    def edit(first: str, then: str) -> None:
        review.bot()
        review.ts(1)
        review.sandbox.act("fault", kind="late", method="message", seconds=0.7)
        review.edit("ana", review.reply("ana", 1, first), then)
        (late,) = [e["event_id"] for e in review.sandbox.log("fault") if "event_id" in e]
        until(
            lambda: late in [e["event_id"] for e in review.sandbox.log("delivery")], "the first one"
        )

    return edit


def test_a_late_reply_does_not_undo_its_own_edit(review, edited_early):
    edited_early("output: Into any port.", "output: Into any free port of the router.")
    review.ends_well()
    assert review.outcome(1).record.output == "Into any free port of the router."
    assert review.outcome(1).revision == 1


def test_a_late_comment_does_not_undo_its_own_edit(review, edited_early):
    edited_early("Fine as it is.", "Fine as it is, thank you.")
    review.ends_well()
    assert review.answer("trace", "1")["comments"][0]["text"] == "Fine as it is, thank you."
