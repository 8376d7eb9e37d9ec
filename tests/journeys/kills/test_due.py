"""A bot that is killed in the middle of a scheduled job: the due time is made up, once."""

from storage.jobs import HOLD

WEEKLY = '  export: "0 17 * * fri"\n'


def test_a_scheduled_export_that_was_cut_off_is_made_up(begin, sqlite_url, until):
    review = begin(sqlite_url, WEEKLY)
    review.a_week_later()
    review.approves(1)
    review.reply("chen", 1, "Fine as it is, thank you.")
    review.settles()
    review.sandbox.hold("conversations.replies", before=True)  # all threads are read before
    review.a_week_later()
    review.sandbox.holds("conversations.replies")
    review.killed()
    review.sandbox.act("fault", kind="release")
    review.bot()
    assert review.versions() == []
    review.sandbox.pass_time(HOLD.total_seconds())
    until(lambda: review.posts("weekly:"), "the summary")
    assert (review.versions(), review.broken()) == (["v0001"], [])
    review.ends_well()
    assert len(review.posts("weekly:")) == 1
