"""Posts of unknown outcome: the message is looked for, and posted again only if it is not there."""

import time


def test_a_rate_limit_on_looking_for_a_post_does_not_make_a_second_one(review):
    review.sandbox.act("fault", kind="lost_answer", method="chat.postMessage")
    review.sandbox.act("fault", kind="rate_limit", method="conversations.history", seconds=1)
    review.bot()
    review.ts(8)
    review.ends_well()
    struck = [entry["fault"] for entry in review.sandbox.log("fault") if "method" in entry]
    assert struck == ["lost_answer", "rate_limit"]


def test_two_bots_that_look_for_the_same_post_make_one(review, until):
    review.sandbox.act("fault", kind="server_error", method="chat.postMessage")
    review.bot()
    review.bot()
    review.sandbox.hold("conversations.history", before=False)
    review.sandbox.pass_time(2)
    review.sandbox.holds("conversations.history")
    review.sandbox.pass_time(31)
    until(lambda: review.posts("header:"), "the header")
    review.sandbox.act("fault", kind="release")
    time.sleep(0.5)
    review.ends_well()


def test_an_outage_of_many_minutes_loses_no_post(review, until):
    review.bot()
    review.ts(8)
    review.sandbox.act("fault", kind="server_error", method="chat.postMessage", times=9)
    review.reply("ana", 1, "output: Into any free port of the router.")

    def struck():
        review.sandbox.pass_time(60)
        return len(review.sandbox.log("fault")) == 1 + 9 or time.sleep(0.2)

    until(struck, "nine failures")
    review.sandbox.pass_time(300)
    review.ends_well()
    assert review.outcome(1).revision == 1
