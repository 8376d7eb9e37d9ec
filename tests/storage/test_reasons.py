"""Reasons: who may give one, which counts, and where it shows."""

from itertools import count

import pytest

from core.votes import Verdict
from storage import reasons, samples, traces
from storage.kinds import OutboxKind
from storage.reasons import Choice, Given

KEYS = count()


def choice(h, sample, user, reason="tone", *, revision=0, key=None):
    return Choice(key or f"click:{next(KEYS)}", sample, revision, user, reason, h.tick())


def give(h, *args, **more):
    return reasons.give(h.store, choice(h, *args, **more))


def shown(h, sample):
    return dict(samples.show(h.store, sample).reasons)


def test_the_last_reason_of_each_who_rejects_is_shown_and_all_are_kept(house):
    h = house("review: {lead: 3}")
    (sample,) = h.opened()
    h.reject(sample, "ana", "ben")
    assert give(h, sample, "ben", "tone") is Given.NOTED
    assert give(h, sample, "ana", "wrong_facts") is Given.NOTED
    assert give(h, sample, "ben", "other") is Given.NOTED
    assert shown(h, sample) == {"ben": "other", "ana": "wrong_facts"}
    told = traces.trace(h.store, sample)["reasons"]
    assert [(r["user"], r["reason"], r["revision"]) for r in told] == [
        ("ben", "tone", 0),
        ("ana", "wrong_facts", 0),
        ("ben", "other", 0),
    ]


@pytest.mark.parametrize("verdict", [None, Verdict.APPROVE, Verdict.SKIP, Verdict.FLAG])
def test_only_who_rejects_has_a_reason(house, verdict):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    if verdict:
        h.react(sample, "ben", verdict)
    assert give(h, sample, "ben") is Given.NO_REJECTION
    assert traces.trace(h.store, sample)["reasons"] == []


def test_a_rejection_that_does_not_count_has_no_reason(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "zoe")
    assert give(h, sample, "zoe") is Given.NO_REJECTION


def test_a_reason_is_out_of_sight_while_its_rejection_is_taken_back(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    give(h, sample, "ana")
    h.react(sample, "ana", Verdict.REJECT, present=False)
    assert shown(h, sample) == {}
    h.reject(sample, "ana")
    assert shown(h, sample) == {"ana": "tone"}


def test_a_reason_belongs_to_its_revision(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    give(h, sample, "ana")
    h.correct(sample, "ben", "Better.")
    assert shown(h, sample) == {}
    assert give(h, sample, "ana", revision=1) is Given.NO_REJECTION
    h.reject(sample, "ana")
    assert give(h, sample, "ana", "duplicate", revision=1) is Given.NOTED
    assert shown(h, sample) == {"ana": "duplicate"}


def test_a_click_counts_once(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    once = choice(h, sample, "ana")
    assert reasons.give(h.store, once) is Given.NOTED
    assert reasons.give(h.store, once) is Given.DUPLICATE
    assert len(traces.trace(h.store, sample)["reasons"]) == 1


def test_the_card_is_rendered_again(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    h.send_all()
    give(h, sample, "ana")
    (update,) = h.send_all()
    assert (update.kind, update.post_id) == (OutboxKind.UPDATE, h.card(sample).id)
    give(h, sample, "eve")
    assert h.send_all() == []
