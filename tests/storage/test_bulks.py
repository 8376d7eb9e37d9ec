"""Bulks: written down before they are handed in, settled after, owed again where unanswered."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlmodel import select

from core.recipe import Budget
from storage import bulks, requests, runs
from storage.kinds import BulkState, RequestState
from storage.requests import Paid, Wanted
from storage.run_tables import Bulk, Request

TEACHER = "anthropic:claude-haiku-4-5"
CENT = Decimal("0.01")


@pytest.fixture
def dataset(house):
    return house().dataset


@pytest.fixture
def run(store, dataset):
    return runs.start(store, dataset.id, {runs.BULK: True})


@pytest.fixture
def owe(store, dataset, run):
    """Writes requests down that wait for a bulk; returns their numbers."""

    def owe(number=3):
        wanted = [
            Wanted(
                teacher=TEACHER,
                ask="meta",
                prompt="meta",
                prompt_hash="0" * 12,
                parameters={},
                seeds=(),
                most_usd=None,
                key=f"{place:064x}",
                number=place,
                pending={"call": {}, "step": {"number": place}},
            )
            for place in range(number)
        ]
        return list(requests.owe(store, dataset.id, wanted, run).values())

    return owe


@pytest.fixture
def begin(store, dataset, run, clock):
    """Begins a bulk of requests at a cent each."""

    def begin(numbers, budget=None):
        recipe = dataset.recipe.model_copy(update={"budget": budget or Budget()})
        wanted = dict.fromkeys(numbers, CENT)
        mine = replace(dataset, recipe=recipe)
        day = clock().replace(hour=0)
        return bulks.begin(store, mine, run, TEACHER, wanted, day_begins=day)

    return begin


@pytest.fixture
def rows(store):
    def rows(table=Request):
        with store.read() as session:
            return session.exec(select(table).order_by(table.id)).all()

    return rows


def states(rows):
    return [row.state for row in rows()]


def test_a_bulk_reserves_its_requests_as_it_begins(store, dataset, owe, begin, rows):
    numbers = owe()

    bulk, taken = begin(numbers)

    assert taken == numbers
    assert states(rows) == [RequestState.RESERVED] * 3
    assert {(row.bulk_id, row.reserved_usd) for row in rows()} == {(bulk.id, CENT)}
    assert requests.spent(store, dataset.id) == 3 * CENT
    assert [one.id for one in bulks.held(store, bulk.id)] == numbers


def test_a_bulk_takes_what_the_budget_holds_and_leaves_the_rest_owed(store, run, owe, begin, rows):
    numbers = owe()

    _, taken = begin(numbers, Budget(total_usd=Decimal("0.025")))

    assert taken == numbers[:2]
    assert [one.id for one in bulks.owed(store, run)] == numbers[2:]
    assert begin(numbers[2:], Budget(total_usd=Decimal("0.025"))) is None
    assert len(rows(Bulk)) == 1


def test_a_request_is_in_one_bulk_alone(owe, begin):
    numbers = owe()
    begin(numbers[:2])

    _, taken = begin(numbers)

    assert taken == numbers[2:]


def test_a_bulk_is_under_way_until_it_ends(store, dataset, owe, begin):
    bulk, _ = begin(owe())
    assert [(one.provider_id, one.unsent) for one in bulks.under_way(store, dataset.id)] == [
        (None, True)
    ]

    bulks.sending(store, bulk.id)
    assert not bulks.under_way(store, dataset.id)[0].unsent
    bulks.unsent(store, bulk.id, "There is no room now.")
    assert bulks.under_way(store, dataset.id)[0].unsent
    bulks.sending(store, bulk.id)
    bulks.submitted(store, bulk.id, "msgbatch_1")
    assert [one.provider_id for one in bulks.under_way(store, dataset.id)] == ["msgbatch_1"]
    bulks.end(store, bulk.id, {}, "It was not answered.")

    assert bulks.under_way(store, dataset.id) == []
    assert bulks.known(store) == {"msgbatch_1"}


def test_what_was_not_answered_is_owed_again_without_its_money(store, dataset, run, owe, begin):
    numbers = owe()
    bulk, _ = begin(numbers)
    requests.answer(store, [(numbers[0], Paid(reply="Yes.", cost_usd=CENT))])

    bulks.end(store, bulk.id, {}, "It expired.")

    assert [one.id for one in bulks.owed(store, run)] == numbers[1:]
    assert requests.spent(store, dataset.id) == CENT


def test_a_request_is_handed_in_three_times_and_then_failed(store, dataset, owe, begin, rows):
    numbers = owe(2)
    for _ in range(bulks.MOST_TRIES):
        bulk, _ = begin(numbers)
        bulks.end(store, bulk.id, {f"{0:064x}": "The server broke down."}, "It expired.")

    assert states(rows) == [RequestState.FAILED] * 2
    assert [row.error for row in rows()] == ["The server broke down.", "It expired."]
    assert requests.spent(store, dataset.id) == 0


def test_what_the_provider_does_not_take_is_owed_as_if_it_had_never_been(
    store, dataset, run, owe, begin, rows
):
    numbers = owe()
    for _ in range(bulks.MOST_TRIES + 1):
        bulk, _ = begin(numbers)
        bulks.refuse(store, bulk.id, "The key is wrong.")

    assert [one.id for one in bulks.owed(store, run)] == numbers
    assert {(row.state, row.error) for row in rows(Bulk)} == {
        (BulkState.FAILED, "The key is wrong.")
    }
    assert requests.spent(store, dataset.id) == 0


def test_pending_is_kept_for_the_next_bulk(store, run, owe, begin):
    bulk, _ = begin(owe(1))
    bulks.end(store, bulk.id, {}, "It expired.")

    (one,) = bulks.owed(store, run)

    assert (one.key, one.teacher) == (f"{0:064x}", TEACHER)
    assert one.pending["step"] == {"number": 0}
