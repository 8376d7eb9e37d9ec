"""What decides or holds a sample without votes: settlements, lost messages, time."""

from datetime import timedelta

import pytest

from core.errors import WinnowError
from core.votes import Verdict
from storage import batches, outbox, posts, samples, settlements
from storage.kinds import OutboxKind
from storage.settlements import Ruling


def lose(h, sample, cause="deleted"):
    card = h.card(sample)
    return settlements.freeze(h.store, card.channel, card.ts, cause, h.tick())


def direct(errands):
    return [(e.args["text"], e.args["user"]) for e in errands if e.kind is OutboxKind.DIRECT]


def test_a_settlement_outranks_votes_until_it_is_withdrawn(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    h.settle(sample, Verdict.APPROVE)
    h.reject(sample, "ben", "cleo")
    assert h.state(sample) == "approved"
    h.settle(sample, None)
    assert h.state(sample) == "rejected"


def test_those_whom_a_settlement_overrules_are_told_privately(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    h.approve(sample, "ben")
    h.settle(sample, Verdict.APPROVE)
    told = [e.args for e in h.send_all() if e.kind is OutboxKind.TELL]
    assert [(t["text"], t["user"], t["reason"]) for t in told] == [
        ("overruled", "ana", "It is so.")
    ]


def test_a_settlement_concerns_one_revision(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    h.settle(sample, Verdict.REJECT)
    h.correct(sample, "ben", "Better.")
    assert h.state(sample) == "open"


@pytest.mark.parametrize(
    ("user", "revision", "verdict", "complaint"),
    [
        ("ana", 0, Verdict.APPROVE, "Only a curator"),
        ("kit", 1, Verdict.APPROVE, "version 1 is current"),
        ("kit", 0, Verdict.APPROVE, "is open and needs no settling"),
        ("kit", 0, None, "is not settled"),
    ],
)
def test_what_cannot_be_settled_is_refused_with_a_sentence(
    house, user, revision, verdict, complaint
):
    h = house()
    (sample,) = h.opened()
    ruling = Ruling("k", sample, revision, user, verdict, "", h.channel, h.tick())
    with pytest.raises(WinnowError, match=complaint):
        settlements.settle(h.store, ruling)


def test_a_settlement_delivered_again_counts_once(house):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana")
    ruling = Ruling("k", sample, 0, "kit", Verdict.APPROVE, "", h.channel, h.tick())
    assert [settlements.settle(h.store, ruling).value for _ in range(2)] == ["approved"] * 2
    h.settle(sample, None)
    assert settlements.settle(h.store, ruling).value == "contested"


def test_a_lost_message_holds_an_undecided_sample_and_takes_no_decision_back(house):
    h = house()
    undecided, approved = h.opened(2)
    h.approve(approved, "ana", "ben")
    assert [lose(h, undecided), lose(h, approved)] == [undecided, approved]
    assert [h.state(undecided), h.state(approved)] == ["frozen", "approved"]
    assert direct(h.send_all()) == [("frozen", "kit")]


def test_losing_a_superseded_message_or_none_holds_nothing(house):
    h = house()
    (sample,) = h.opened()
    old = h.card(sample)
    h.correct(sample, "ana", "Better.")
    assert settlements.freeze(h.store, old.channel, old.ts, "deleted", h.tick()) is None
    assert settlements.freeze(h.store, old.channel, "1.0", "deleted", h.tick()) is None
    assert h.state(sample) == "open"


def test_posting_again_lifts_the_lost_message_and_no_flag(house):
    h = house()
    (sample,) = h.opened()
    h.react(sample, "ana", Verdict.FLAG)
    lose(h, sample)
    assert batches.post_again(h.store, h.dataset) == [sample]
    assert batches.post_again(h.store, h.dataset) == [sample]
    h.send_all()
    assert [c.key for c in posts.of_sample(h.store, sample)][1:] == [f"card:{sample}:0:1"]
    outcome = samples.show(h.store, sample).outcome
    assert (outcome.causes, outcome.flags, h.state(sample)) == (set(), {"ana"}, "frozen")
    assert batches.post_again(h.store, h.dataset) == []


def test_the_message_of_a_correction_does_not_lift_what_holds_the_sample(house):
    h = house()
    (sample,) = h.opened()
    lose(h, sample)
    h.correct(sample, "ana", "Better.")
    assert h.state(sample) == "frozen"
    assert batches.post_again(h.store, h.dataset) == [sample]
    h.send_all()
    assert h.state(sample) == "open"


def test_a_message_that_slack_refuses_holds_the_sample_and_may_be_posted_again(house):
    h = house()
    h.candidates(1)
    (sample,) = batches.open_batch(h.store, h.dataset, 1).samples
    while errand := outbox.claim(h.store):
        outbox.give_up(h.store, errand, "is_archived")
    batches.unposted(h.store, sample, "is_archived")
    batches.unposted(h.store, sample, "is_archived")
    assert h.state(sample) == "frozen"
    assert batches.post_again(h.store, h.dataset) == [sample]
    h.send_all()
    assert h.state(sample) == "open"


def test_an_archived_channel_holds_what_is_in_review_until_it_is_back(house):
    h = house()
    other = house(name="other", channel="C2")
    a, b, c = h.opened(3)
    (elsewhere,) = other.opened()
    h.approve(c, "ana", "ben")
    assert settlements.freeze_channel(h.store, "C1", "archived", h.tick(), lift=False) == 2
    assert direct(h.send_all()) == [("channel_frozen", "kit")], "told once, not for each sample"
    assert [h.state(n) for n in (a, b, c, elsewhere)] == ["frozen", "frozen", "approved", "open"]
    h.press(a, "ana", Verdict.APPROVE)
    h.press(a, "ben", Verdict.APPROVE)
    lose(h, b)
    assert settlements.freeze_channel(h.store, "C1", "archived", h.tick(), lift=True) == 2
    h.press(a, "ana", Verdict.SKIP)
    assert [h.state(n) for n in (a, b, c)] == ["open", "frozen", "approved"]


def test_time_queues_and_then_expires_what_is_undecided(house):
    h = house("review: {queue_after: 7d, expire_after: 30d}")
    a, b = h.opened(2)
    h.approve(b, "ana", "ben")
    h.clock.forward(days=6)
    assert settlements.pass_time(h.store, h.dataset.id) == []
    h.clock.forward(days=1)
    assert settlements.pass_time(h.store, h.dataset.id) == [a]
    assert settlements.pass_time(h.store, h.dataset.id) == []
    assert (h.state(a), h.state(b)) == ("queued", "approved")
    h.clock.forward(days=23)
    assert settlements.pass_time(h.store, h.dataset.id) == [a]
    assert h.state(a) == "expired"


def test_time_runs_anew_for_a_correction_and_ends_with_a_decision(house):
    h = house()
    (sample,) = h.opened()
    h.clock.forward(days=7)
    settlements.pass_time(h.store, h.dataset.id)
    h.correct(sample, "ana", "Better.")
    assert h.state(sample) == "open"
    assert settlements.pass_time(h.store, h.dataset.id) == []
    h.clock.now += timedelta(days=7)
    settlements.pass_time(h.store, h.dataset.id)
    h.approve(sample, "ben")
    assert h.state(sample) == "approved"


def test_votes_still_decide_what_expired(house):
    h = house("review: {queue_after: never, expire_after: 1d}")
    (sample,) = h.opened()
    h.clock.forward(days=2)
    settlements.pass_time(h.store, h.dataset.id)
    assert h.state(sample) == "expired"
    h.approve(sample, "ana", "ben")
    assert h.state(sample) == "approved"
