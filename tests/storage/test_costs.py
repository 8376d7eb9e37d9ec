"""What a dataset cost, what it holds, and how often its teachers were asked."""

from decimal import Decimal

import pytest

from core.planning import Cell
from core.records import Instruction
from storage import costs, planning, requests, samples
from storage.requests import Paid, Wanted
from storage.samples import New


@pytest.fixture
def dataset(house):
    return house().dataset


@pytest.fixture
def ask(store, dataset, clock):
    """Reserves a request and, given what it came to, settles it."""

    def ask(most="0.5", paid=None, news=(), teacher="replay:replies.jsonl"):
        usd = None if most is None else Decimal(most)
        wanted = Wanted(teacher, "meta", "meta", "0" * 12, {}, (), usd)
        number = requests.reserve(store, dataset, wanted, day_begins=clock())
        if paid is not None:
            requests.settle(store, dataset.id, number, paid, news)
        return number

    return ask


def sample(text, **more):
    record = Instruction(instruction=text, output="Yes.")
    return New(record, **{"category": "skin", "language": "en", "origin": {}, **more})


def test_what_is_settled_counts_as_it_cost_and_what_is_not_as_it_was_reserved(store, dataset, ask):
    assert Decimal(0) == costs.cost(store, dataset.id)
    ask("0.5", Paid(cost_usd=Decimal("0.2")))
    ask("0.5", Paid(cost_usd=Decimal(0), error="It went wrong."))
    ask("0.25")
    assert Decimal("0.45") == costs.cost(store, dataset.id) == requests.spent(store, dataset.id)


def test_one_unknown_price_makes_the_cost_unknown(store, dataset, ask):
    ask("0.5", Paid(cost_usd=Decimal("0.2")), [sample("a")])
    ask(None, Paid())
    assert costs.cost(store, dataset.id) is None
    assert costs.per_sample(store, dataset.id) is None


def test_the_cost_of_a_sample_counts_those_that_passed(store, dataset, ask):
    assert costs.per_sample(store, dataset.id) is None
    number = ask("1")
    news = [
        sample("a", request_id=number),
        sample("b", request_id=number),
        sample("c", request_id=number, reason="length", explanation="Too short."),
    ]
    requests.settle(store, dataset.id, number, Paid(cost_usd=Decimal("0.3")), news)
    samples.add(store, dataset.id, [sample("imported")])
    assert Decimal("0.15") == costs.per_sample(store, dataset.id)


def test_requests_are_counted_by_teacher_whatever_became_of_them(store, dataset, ask):
    ask()
    ask("0.5", Paid(error="It went wrong."))
    ask("0.5", Paid(cost_usd=Decimal(0)), teacher="openai:small")
    assert planning.asked(store, dataset.id) == {"replay:replies.jsonl": 2, "openai:small": 1}


def test_a_cell_is_covered_by_candidates_what_is_in_review_and_what_is_approved(store, house):
    desk = house()
    first, second, third = desk.opened(3)
    desk.approve(first, "ana", "ben")
    desk.reject(second, "ana", "ben")
    assert {"approved", "rejected", "open"} == {desk.state(s) for s in (first, second, third)}
    samples.add(
        store,
        desk.dataset.id,
        [
            sample("a", difficulty="easy"),
            sample("b", difficulty="easy"),
            sample("c", difficulty="easy", reason="length", explanation="Too short."),
        ],
    )
    covered = planning.covered(store, desk.dataset.id)
    assert covered[Cell("skin", "easy", "en")] == 2
    assert covered.total() == 4
