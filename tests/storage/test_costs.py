"""What a dataset cost."""

from decimal import Decimal

from core.records import Instruction
from storage import costs, requests, samples
from storage.requests import Paid
from storage.samples import New


def sample(text, **more):
    record = Instruction(instruction=text, output="Yes.")
    return New(record, **{"category": "skin", "language": "en", "origin": {}, **more})


def test_what_is_settled_counts_as_it_cost_and_what_is_not_as_it_was_reserved(house):
    h = house()
    assert Decimal(0) == costs.cost(h.store, h.dataset.id)
    h.asked("0.2", most="0.5")
    h.reserve(h.wanted("0.25"))
    [failed, answered] = h.reserve(h.wanted("0.5"), h.wanted("0.5"))
    requests.answer(
        h.store,
        [
            (failed.id, Paid(cost_usd=Decimal(0), error="It went wrong.")),
            (answered.id, Paid(cost_usd=Decimal("0.000000000025"), reply="…")),
        ],
    )
    total = Decimal("0.450000000025")
    assert total == costs.cost(h.store, h.dataset.id) == requests.spent(h.store, h.dataset.id)


def test_what_is_only_owed_costs_nothing_yet(house):
    h = house()
    requests.owe(h.store, h.dataset.id, [h.wanted("0.5")], run_id=None)
    assert Decimal(0) == costs.cost(h.store, h.dataset.id) == requests.spent(h.store, h.dataset.id)


def test_one_unknown_price_makes_the_cost_unknown(house):
    h = house()
    h.asked("0.2", sample("a"))
    h.asked(None, most=None)
    assert costs.cost(h.store, h.dataset.id) is None
    assert costs.per_sample(h.store, h.dataset.id) is None


def test_the_cost_of_a_sample_counts_those_that_passed(house):
    h = house()
    assert costs.per_sample(h.store, h.dataset.id) is None
    discarded = sample("c", reason="length", explanation="Too short.")
    h.asked("0.3", sample("a"), sample("b"), discarded)
    samples.add(h.store, h.dataset.id, [sample("imported")])
    assert Decimal("0.15") == costs.per_sample(h.store, h.dataset.id)
