"""What a week came to."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.records import Instruction
from core.votes import Verdict
from storage import samples
from storage.samples import New
from storage.stats import behind
from storage.weekly import week

WEEK = timedelta(days=7)


def test_a_week_counts_the_decisions_that_date_from_it(house, clock):
    h = house()
    early, lost, kept, changed, open_ = h.opened(5)
    h.approve(early, "ana", "ben")
    first = clock.now
    clock.forward(days=6)
    h.approve(kept, "ana", "cleo")
    h.reject(lost, "ana", "ben")
    h.correct(changed, "dan", "Better.")
    h.approve(changed, "ana")
    h.approve(open_, "eve")
    clock.forward(days=2)
    this = week(h.store, h.dataset, clock.now)
    assert (this.approved, this.rejected, this.corrected) == (2, 1, 1)
    assert this.before == 1
    assert this.voters == ("ana", "ben", "cleo", "dan", "eve")
    last = week(h.store, h.dataset, first)
    assert (last.approved, last.before, last.voters) == (1, 0, ("ana", "ben"))


def test_weeks_that_follow_each_other_share_no_decision(house, clock):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    at = clock.now
    approved = [
        week(h.store, h.dataset, until).approved
        for until in (at - timedelta(microseconds=1), at, at + WEEK, at + 2 * WEEK)
    ]
    assert approved == [0, 1, 0, 0]
    assert week(h.store, h.dataset, at + WEEK).before == 1


def test_a_decision_that_did_not_last_counts_nowhere(house, clock):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    h.react(sample, "ben", Verdict.APPROVE, present=False)
    assert week(h.store, h.dataset, clock.now).approved == 0


def test_a_stranger_is_not_among_the_voters(house, clock):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "stranger")
    assert week(h.store, h.dataset, clock.now).voters == ("ana",)


@pytest.mark.parametrize(
    ("costs", "per_approved"),
    [
        (["0.30", "0.10"], Decimal("0.20")),
        (["0"], Decimal(0)),
        (["0.30", None], None),
        ([], None),
    ],
)
def test_what_an_approved_sample_costs(house, clock, costs, per_approved):
    h = house()
    for sample in h.opened(2):
        h.approve(sample, "ana", "ben")
    imported = New(
        Instruction(instruction="Q?", output="A."), "general", "en", {}, imported_by="kit"
    )
    samples.add(h.store, h.dataset.id, [imported])
    for cost in costs:
        h.asked(cost, most=None)
    assert week(h.store, h.dataset, clock.now).per_approved_usd == per_approved


def test_nothing_approved_has_no_price(house, clock):
    h = house()
    assert week(h.store, h.dataset, clock.now).per_approved_usd is None


def test_behind_a_settled_revision_stands_the_curator_numbered_for_good(house):
    h = house()
    a, b, c = h.opened(3)
    h.approve(a, "ana")
    h.reject(a, "ben")
    h.settle(a, Verdict.APPROVE)
    h.reject(c, "cleo", "dan")
    h.approve(b, "eve", "kit")
    settled = behind(h.store, h.dataset, {a: 0}).roster
    assert [(who.name, who.role, who.votes, who.settled) for who in settled] == [
        ("reviewer-1", "reviewer", 1, 0),
        ("reviewer-2", "reviewer", 1, 0),
        ("reviewer-3", "curator", 0, 1),
    ]
    voted = behind(h.store, h.dataset, {b: 0}).roster
    assert [(who.name, who.votes, who.settled) for who in voted] == [
        ("reviewer-3", 1, 0),
        ("reviewer-6", 1, 0),
    ]


def test_a_settlement_that_was_taken_back_stands_behind_nothing(house):
    h = house()
    (a,) = h.opened()
    h.approve(a, "ana")
    h.reject(a, "ben")
    h.settle(a, Verdict.APPROVE)
    h.settle(a, None)
    assert [who.settled for who in behind(h.store, h.dataset, {a: 0}).roster] == [0, 0]


def test_behind_a_revision_stand_those_who_voted_on_it(house):
    h = house()
    a, b = h.opened(2)
    h.approve(a, "ben", "kit")
    h.reject(b, "ana")
    h.correct(b, "cleo", "Better.")
    h.approve(b, "ben")
    one = behind(h.store, h.dataset, {a: 0})
    assert [(who.name, who.role, who.votes) for who in one.roster] == [
        ("reviewer-1", "reviewer", 1),
        ("reviewer-2", "curator", 1),
    ]
    both = behind(h.store, h.dataset, {a: 0, b: 1})
    assert [(who.name, who.votes) for who in both.roster] == [
        ("reviewer-1", 2),
        ("reviewer-2", 1),
        ("reviewer-4", 1),
    ]
    assert [(origin.teacher, origin.records) for origin in both.origins] == [
        ("replay:replies.jsonl", 2)
    ]
