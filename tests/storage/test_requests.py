"""The request log: money, keys, replayed lines, and the way of a request through its states."""

from decimal import Decimal

import pytest
from sqlmodel import select

from storage import requests, runs
from storage.kinds import RequestState
from storage.requests import Denied, Paid, Reserved
from storage.run_tables import Request


def logged(h):
    with h.store.read() as session:
        return session.exec(select(Request).order_by(Request.id)).all()


def test_a_group_is_reserved_in_order_as_far_as_the_budget_reaches(house):
    h = house("budget: {per_day_usd: 1.00, total_usd: 1.50}")
    outcomes = h.reserve(*[h.wanted("0.40") for _ in range(3)], h.wanted("0.10"))
    assert [isinstance(one, Reserved) for one in outcomes] == [True, True, False, False]
    assert outcomes[2:] == [Denied.BUDGET, Denied.BUDGET]
    assert requests.spent(h.store, h.dataset.id) == Decimal("0.80")
    requests.answer(h.store, [(outcomes[0].id, Paid(cost_usd=Decimal("0.123456789"), reply="…"))])
    assert requests.spent(h.store, h.dataset.id) == Decimal("0.523456789")
    assert isinstance(h.reserve(h.wanted("0.40"))[0], Reserved)


def test_what_a_request_takes_is_written_down_before_it_is_made(house):
    h = house()
    run = runs.start(h.store, h.dataset.id, {})
    wanted = h.wanted("0.40", seeds=("s",), person="ana")
    [reserved] = h.reserve(wanted, run_id=run)
    [row] = logged(h)
    assert (row.id, row.run_id, row.state) == (reserved.id, run, RequestState.RESERVED)
    assert (row.number, row.key, row.pending) == (wanted.number, wanted.key, wanted.pending)
    assert (row.teacher, row.ask, row.prompt, row.seeds, row.person, row.reserved_usd) == (
        "anthropic:m", "meta", "meta", ["s"], "ana", Decimal("0.4"),
    )  # fmt: skip


def test_yesterdays_spending_counts_in_the_total_alone(house):
    h = house("budget: {per_day_usd: 0.50, total_usd: 1.00}")
    for expected in (True, True, False):
        [outcome] = h.reserve(h.wanted("0.40"))
        assert isinstance(outcome, Reserved) is expected
        h.clock.forward(days=1)


def test_a_key_is_reserved_once_whatever_became_of_it(house):
    h = house()
    wanted = h.wanted()
    [first] = h.reserve(wanted)
    assert h.reserve(wanted) == [Denied.TAKEN]
    requests.answer(h.store, [(first.id, Paid(reply="…"))])
    assert h.reserve(wanted) == [Denied.TAKEN]
    h.read(first.id)
    fresh = h.wanted()
    assert [type(one) for one in h.reserve(wanted, fresh)] == [Denied, Reserved]
    assert [type(one) for one in house(name="other", channel="C2").reserve(wanted)] == [Reserved]


def test_what_is_owed_is_reserved_in_its_row_and_once(house):
    h = house("budget: {total_usd: 0.50}")
    run = runs.start(h.store, h.dataset.id, {})
    wanted = h.wanted("0.40")
    owed = requests.owe(h.store, h.dataset.id, [wanted, h.wanted("0.40")], run)
    assert requests.owe(h.store, h.dataset.id, [wanted], run) == {}
    [number, other] = owed.values()
    again = h.wanted("0.40", key=wanted.key, owed=number)
    assert h.reserve(again, again) == [Reserved(number), Denied.BUDGET]
    assert h.reserve(h.wanted("0.05", key=wanted.key, owed=number)) == [Denied.TAKEN]
    assert [row.state for row in logged(h)] == [RequestState.RESERVED, RequestState.OWED]
    assert [row.reserved_usd for row in logged(h)] == [Decimal("0.4"), None]
    requests.give_back(h.store, [number, other])
    assert requests.spent(h.store, h.dataset.id) == 0
    assert [row.state for row in logged(h)] == [RequestState.OWED, RequestState.OWED]


def test_answers_are_stored_together_and_only_of_what_is_reserved(house):
    h = house()
    first, second, third = h.reserve(*[h.wanted() for _ in range(3)])
    paid = Paid(10, 20, {"raw": 1}, Decimal("0.1"), "the reply", "end", cached_tokens=4, model="m")
    requests.answer(h.store, [(first.id, paid), (second.id, Paid(error="It failed (401)."))])
    requests.answer(h.store, [(first.id, Paid(reply="another")), (second.id, paid)])
    one, two, three = logged(h)
    assert (one.state, one.reply, one.model) == (RequestState.ANSWERED, "the reply", "m")
    assert (one.input_tokens, one.cached_tokens, one.output_tokens) == (10, 4, 20)
    assert (one.usage, one.stop, one.cost_usd) == ({"raw": 1}, "end", Decimal("0.1"))
    assert (two.state, two.error) == (RequestState.FAILED, "It failed (401).")
    assert two.settled_at == h.clock.now
    assert (three.id, three.state) == (third.id, RequestState.RESERVED)
    requests.answer(h.store, [])


def test_lines_of_a_replayed_file_are_claimed_in_order_and_given_back_by_failures(house):
    h = house()

    def reserve(number):
        wanted = [h.wanted("0", teacher="replay:x.jsonl") for _ in range(number)]
        return h.reserve(*wanted)

    first = reserve(3)
    assert [one.line for one in first] == [0, 1, 2]
    requests.answer(h.store, [(first[1].id, Paid(error="Line 2 of x.jsonl is not JSON."))])
    assert [one.line for one in reserve(2)] == [1, 3]
    assert [one.line for one in h.reserve(h.wanted("0", teacher="replay:y.jsonl"))] == [0]
    assert [one.line for one in h.reserve(h.wanted())] == [None]


def test_requests_from_before_lines_were_noted_took_the_first_ones(house):
    h = house()
    with h.store.write() as session:
        for _ in range(2):
            wanted = h.wanted("0", teacher="replay:x.jsonl")
            session.add(
                Request(
                    **{**vars(wanted), "seeds": [], "dataset_id": h.dataset.id, "at": h.clock.now},
                    state=RequestState.SETTLED,
                )
            )
    [third] = h.reserve(h.wanted("0", teacher="replay:x.jsonl"))
    [fourth] = h.reserve(h.wanted("0", teacher="replay:x.jsonl"))
    assert (third.line, fourth.line) == (2, 3)


@pytest.mark.parametrize(("person", "number"), [("ana", 2), ("ben", 0)])
def test_a_persons_samples_are_counted_by_the_day(house, person, number):
    h = house()
    before = h.clock.now
    h.asked("0.1", h.new(), h.new(), person="ana")
    assert requests.asked_by(h.store, h.dataset.id, person, before) == number
    h.clock.forward(days=1)
    assert requests.asked_by(h.store, h.dataset.id, person, h.clock.now) == 0
