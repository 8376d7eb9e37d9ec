"""Wordings of one reply whose events come late, or both at once."""

from storage import comments, corrections, samples
from storage.comments import Reply

TS = "1772442001.000100"


def wordings(h, sample):
    """The first and the edited wording, both as seen before either was heard."""
    first = h.proposal(sample, "ana", {"output": "Better."}, ts=TS)
    edited = h.proposal(sample, "ana", {"output": "Best."}, ts=TS)
    return first, edited


def test_an_edit_heard_together_with_its_first_wording_is_a_further_revision(house):
    h = house()
    (sample,) = h.opened()
    first, edited = wordings(h, sample)
    assert corrections.correct(h.store, first).revision == 1
    assert corrections.correct(h.store, edited).revision == 2
    shown = samples.show(h.store, sample)
    assert shown.record.output == "Best."
    assert dict(shown.outcome.ballot.verdicts) == {"ana": "approve"}


def test_a_first_wording_that_comes_after_its_edit_is_no_news(house):
    h = house()
    (sample,) = h.opened()
    first, edited = wordings(h, sample)
    assert corrections.correct(h.store, edited).revision == 1
    assert corrections.correct(h.store, first).result == "duplicate"
    assert samples.show(h.store, sample).record.output == "Best."


def test_a_first_wording_that_comes_after_its_edit_into_a_comment_is_no_news(house):
    h = house()
    (sample,) = h.opened()
    first, edited = wordings(h, sample)
    heard = Reply("k1", sample, "ana", "Never mind.", h.channel, TS, edited.at)
    assert comments.comment(h.store, heard) is not None
    assert corrections.correct(h.store, first).result == "duplicate"
    assert samples.show(h.store, sample).revision == 0


def test_a_comment_that_comes_after_its_edit_leaves_the_edit(house):
    h = house()
    (sample,) = h.opened()
    first, edited = wordings(h, sample)
    heard = Reply("k1", sample, "ana", "Fine, thank you.", h.channel, TS, edited.at)
    number = comments.comment(h.store, heard)
    late = Reply("k2", sample, "ana", "Fine.", h.channel, TS, first.at)
    assert comments.comment(h.store, late) is None
    assert comments.get(h.store, number).text == "Fine, thank you."
