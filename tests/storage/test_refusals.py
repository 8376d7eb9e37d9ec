"""Why samples were refused."""

import pytest

from core.refusals import Refusal
from core.votes import Verdict
from storage.comments import Reply, comment
from storage.reasons import Choice, Given, give
from storage.refusals import refusals, said_of
from storage.tables import Sample


@pytest.fixture
def say(store):
    """A person's reason, or comment, on the current revision of a sample."""

    def say(desk, sample, user, *, reason=None, text=None, revision=0):
        at, key = desk.tick(), f"say:{next(desk.keys)}"
        if reason:
            chosen = Choice(key, sample, revision, user, reason, at)
            assert give(store, chosen) is Given.NOTED
        if text:
            assert comment(store, Reply(key + "c", sample, user, text, desk.channel, key, at))

    return say


def test_the_last_reason_of_each_person_counts_the_newest_first(store, house, say):
    desk = house()
    first, second = desk.opened(2)
    for sample in (first, second):
        desk.reject(sample, "ana", "ben")
    say(desk, first, "ana", reason="other")
    say(desk, first, "ana", reason="wrong_facts")
    say(desk, second, "ben", reason="tone")
    found = refusals(store, desk.dataset, "general")
    assert [refusal.reason for refusal in found] == ["tone", "wrong_facts"]
    assert refusals(store, desk.dataset, "another") == []


def test_a_reason_counts_that_was_outvoted_only_where_a_correction_followed(store, house, say):
    desk = house()
    kept, mended = desk.opened(2)
    for sample in (kept, mended):
        desk.reject(sample, "ana")
        say(desk, sample, "ana", reason="wrong_facts")
    desk.approve(kept, "ben", "cleo", "dan")
    desk.correct(mended, "ana", "Rest, and see a doctor.")
    (found,) = refusals(store, desk.dataset, "general")
    assert found.record.output == "Rest and water."


def test_a_curators_reason_is_told_while_it_decides(store, house):
    desk = house()
    (sample,) = desk.opened(1)
    desk.reject(sample, "ana")
    desk.settle(sample, Verdict.REJECT)
    assert [one.reason for one in refusals(store, desk.dataset, "general")] == ["It is so."]
    desk.settle(sample, None)
    assert refusals(store, desk.dataset, "general") == []


@pytest.mark.parametrize("shared", [True, False])
def test_comments_go_to_teachers_only_where_the_recipe_shares_them(house, store, say, shared):
    desk = house(f"review: {{share_comments: {str(shared).lower()}}}")
    first, second = desk.opened(2)
    for sample in (first, second):
        desk.reject(sample, "ana", "ben")
    say(desk, first, "ana", reason="wrong_facts", text="Never with alcohol.")
    say(desk, second, "ben", text="Nobody asks like this.")
    told = [(one.reason, one.comment) for one in refusals(store, desk.dataset, "general")]
    with_comments = [("", "Nobody asks like this."), ("wrong_facts", "Never with alcohol.")]
    assert told == (with_comments if shared else [("wrong_facts", "")])


def test_what_is_quoted_is_the_revision_that_was_refused(store, house, say):
    desk = house()
    (sample,) = desk.opened(1)
    desk.correct(sample, "ana", "Wait and see.")
    desk.reject(sample, "ben", "cleo", "dan")
    say(desk, sample, "ben", reason="missing_warning", revision=1)
    (found,) = refusals(store, desk.dataset, "general")
    assert isinstance(found, Refusal)
    assert found.record.output == "Wait and see."


def test_nothing_is_quoted_of_a_sample_that_measures_the_model(store, house, say):
    desk = house()
    (sample,) = desk.opened(1)
    desk.reject(sample, "ana")
    say(desk, sample, "ana", reason="wrong_facts")
    desk.correct(sample, "ana", "Rest, and see a doctor.")
    assert len(refusals(store, desk.dataset, "general")) == 1
    with store.write() as session:
        session.get_one(Sample, sample).split = "test"
    assert refusals(store, desk.dataset, "general") == []


@pytest.mark.parametrize("shared", [True, False])
def test_what_was_said_of_a_sample_is_told_once_and_in_order(store, house, say, shared):
    desk = house(f"review: {{share_comments: {str(shared).lower()}}}")
    sample, other = desk.opened(2)
    desk.reject(sample, "ana")
    say(desk, sample, "ana", reason="tone", text="It mocks old people.")
    say(desk, other, "ben", text="Fine.")
    desk.settle(sample, Verdict.REJECT)
    told = ["tone", "It mocks old people.", "It is so."]
    assert said_of(store, desk.dataset, sample) == [
        one for one in told if shared or "mocks" not in one
    ]
