"""What calls are planned with."""

from datetime import timedelta

import pytest

from core.expecting import Standing
from core.planning import Cell
from core.records import Instruction
from core.votes import Verdict
from storage import planning, samples
from storage.kinds import BulkState, RequestState
from storage.run_tables import Bulk, Request, Run
from storage.samples import New
from storage.settlements import pass_time

CELL = Cell("general", None, "en")
CALL = {"number": 7, "cell": list(CELL), "count": 5}


@pytest.fixture
def desk(house):
    return house()


@pytest.fixture
def request_row(store, desk, clock):
    """Stores a request."""

    def add(number, *, teacher="openai:small", state=RequestState.SETTLED, **more):
        row = Request(
            dataset_id=desk.dataset.id,
            number=number,
            key=f"{number}/{next(desk.keys)}",
            teacher=teacher,
            prompt="meta",
            prompt_hash="0" * 12,
            parameters={},
            seeds=[],
            state=state,
            at=clock(),
            **{"ask": "meta", **more},
        )
        with store.write() as session:
            session.add(row)
            session.flush()
            return row.id

    return add


@pytest.fixture
def run_row(store, desk, clock):
    """Stores a run that holds on for a minute."""

    def add(**more):
        row = Run(
            dataset_id=desk.dataset.id,
            wish={},
            held_by="here/1",
            at=clock(),
            **{"held_until": clock() + timedelta(minutes=1), **more},
        )
        with store.write() as session:
            session.add(row)
            session.flush()
            return row.id

    return add


def test_samples_are_told_apart_by_what_became_of_them(store, desk, request_row):
    approved, rejected, _ = desk.opened(3)
    desk.approve(approved, "ana", "ben")
    desk.reject(rejected, "ana", "ben")
    record = Instruction(instruction="Why?", output="So.")
    more = {"language": "zh", "difficulty": "easy", "origin": {}, "request_id": request_row(0)}
    desk.candidates(2, **more)
    short = New(record, "general", reason="length", explanation="Too short.", **more)
    samples.add(store, desk.dataset.id, [short])
    assert planning.standing(store, desk.dataset.id) == Standing(
        approved={CELL: 1},
        rejected={CELL: 1},
        undecided={CELL: 1, Cell("general", "easy", "zh"): 2},
        came=3,
        passed=2,
    )


def test_what_expired_or_awaits_a_curator_is_not_decided(store, house, clock):
    desk = house("review: {queue_after: 1d, expire_after: 2d}")
    expired, frozen = desk.opened(2)
    desk.react(frozen, "ana", Verdict.FLAG)
    clock.forward(days=3)
    pass_time(store, desk.dataset.id)
    assert (desk.state(expired), desk.state(frozen)) == ("expired", "frozen")
    found = planning.standing(store, desk.dataset.id)
    assert (found.approved, found.rejected, found.undecided) == ({}, {}, {CELL: 1})


def test_what_was_approved_elsewhere_is_told_apart(store, desk):
    desk.candidates(2, imported_by="kit")
    found = planning.standing(store, desk.dataset.id)
    assert (found.approved, found.imported) == ({CELL: 2}, {CELL: 2})


def test_a_rewriting_on_a_wish_is_no_call(store, desk, request_row):
    request_row(4, ask="rewrite")
    assert planning.next_number(store, desk.dataset.id) == 0
    assert planning.asked(store, desk.dataset.id) == {}


def test_calls_are_counted_once_however_many_requests_they_take(store, desk, request_row):
    assert planning.next_number(store, desk.dataset.id) == 0
    request_row(0)
    request_row(0)
    request_row(1, state=RequestState.FAILED)
    request_row(2, teacher="openai:large", state=RequestState.RESERVED)
    assert planning.asked(store, desk.dataset.id) == {"openai:small": 2, "openai:large": 1}
    assert planning.next_number(store, desk.dataset.id) == 3


@pytest.mark.parametrize("state", [RequestState.OWED, RequestState.RESERVED, RequestState.ANSWERED])
def test_a_request_of_a_living_run_is_under_way_until_it_is_read(
    store, desk, request_row, run_row, state
):
    run = run_row()
    request_row(7, state=state, run_id=run, pending={"call": CALL})
    request_row(8, state=RequestState.SETTLED, run_id=run)
    assert planning.under_way(store, desk.dataset.id) == [CALL]


def test_what_a_dead_run_left_open_is_not_waited_for(store, desk, clock, request_row, run_row):
    ended, silent = run_row(ended_at=clock()), run_row()
    for run in (ended, silent):
        request_row(7, state=RequestState.RESERVED, run_id=run, pending={"call": CALL})
    clock.forward(minutes=2)
    assert planning.under_way(store, desk.dataset.id) == []


@pytest.mark.parametrize(
    ("state", "open_"), [(BulkState.SUBMITTED, True), (BulkState.ENDED, False)]
)
def test_a_bulk_is_under_way_until_its_end(store, desk, clock, request_row, run_row, state, open_):
    bulk = Bulk(dataset_id=desk.dataset.id, teacher="openai:small", state=state, at=clock())
    with store.write() as session:
        session.add(bulk)
        session.flush()
    more = {"run_id": run_row(ended_at=clock()), "bulk_id": bulk.id, "pending": {"call": CALL}}
    request_row(7, state=RequestState.RESERVED, **more)
    assert planning.under_way(store, desk.dataset.id) == [CALL] * open_
