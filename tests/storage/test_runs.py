"""Runs: who works on each, and what a dead process leaves to the next."""

import os
import socket
import subprocess
import sys
from decimal import Decimal

import pytest
from sqlmodel import select

from storage import progress, requests, runs
from storage.kinds import RequestState
from storage.requests import Paid
from storage.run_tables import Request, Run

HOST = socket.gethostname()


def fits(_):
    return True


def held_by(h, run, holder):
    with h.store.write() as session:
        row = session.get_one(Run, run)
        row.held_by = holder
        session.add(row)


@pytest.fixture
def dies():
    """Gives a run to a process that has ended."""
    ended = subprocess.run(
        [sys.executable, "-S", "-c", "import os; print(os.getpid())"],
        capture_output=True,
        check=True,
    )

    return lambda h, run: held_by(h, run, f"{HOST}/{int(ended.stdout)}/another")


def states(h):
    with h.store.read() as session:
        rows = session.exec(select(Request).order_by(Request.id))
        return [(row.state, row.run_id) for row in rows]


def test_a_delivery_begins_one_run(house):
    h = house()
    run = runs.start(h.store, h.dataset.id, {"wanted": 5}, key="K", person="ana", channel="C1")
    assert runs.start(h.store, h.dataset.id, {"wanted": 5}, key="K") is None
    assert runs.start(h.store, h.dataset.id, {}) != runs.start(h.store, h.dataset.id, {})
    state = runs.get(h.store, run)
    assert (state.key, state.wish, state.person, state.channel) == ("K", {"wanted": 5}, "ana", "C1")
    assert (state.candidates, state.cancelled, state.ended) == (0, False, False)
    assert run in {one.id for one in runs.working(h.store, h.dataset.id)}


def test_a_run_is_cancelled_from_anywhere_until_it_ends(house):
    h = house()
    run = runs.start(h.store, h.dataset.id, {})
    assert runs.cancelled(h.store, run) is False
    assert runs.cancel(h.store, run) is True
    assert runs.cancelled(h.store, run) is True
    runs.end(h.store, run, "interrupted", 3)
    assert runs.cancel(h.store, run) is False
    state = runs.get(h.store, run)
    assert (state.ended, state.stopped, state.candidates) == (True, "interrupted", 3)
    assert runs.working(h.store, h.dataset.id) == []


def test_a_hold_that_is_renewed_lasts_and_one_that_is_not_runs_out(house):
    h = house()
    run = runs.start(h.store, h.dataset.id, {})
    h.clock.forward(seconds=100)
    runs.renew(h.store, run, 7)
    h.clock.forward(seconds=100)
    assert runs.abandoned(h.store) == []
    assert runs.get(h.store, run).candidates == 7
    h.clock.forward(seconds=30)
    assert [one.id for one in runs.abandoned(h.store, h.dataset.id)] == [run]


def test_a_run_of_a_process_that_is_gone_is_abandoned_at_once(house, dies):
    h = house()
    ours, gone, bulk = (
        runs.start(h.store, h.dataset.id, wish) for wish in ({}, {}, {"bulk": True})
    )
    dies(h, gone)
    dies(h, bulk)
    assert [one.id for one in runs.abandoned(h.store)] == [gone]
    assert runs.take(h.store, gone) is True
    assert runs.abandoned(h.store) == []
    assert ours


@pytest.mark.parametrize(
    ("holder", "dead"),
    [
        ("{host}/{pid}/before-the-restart", True),
        ("{host}/1/another", False),
        ("elsewhere/{pid}/another", False),
        ("with/slash/{pid}/another", False),
    ],
)
def test_a_pid_says_something_only_on_its_own_host(house, holder, dead):
    h = house()
    run = runs.start(h.store, h.dataset.id, {})
    held_by(h, run, holder.format(host=HOST, pid=os.getpid()))
    assert ([one.id for one in runs.abandoned(h.store)] == [run]) is dead
    assert runs.take(h.store, run) is dead


def test_a_run_that_was_let_go_is_anybodys(house):
    h = house()
    run = runs.start(h.store, h.dataset.id, {})
    held_by(h, run, "elsewhere/12/another")
    assert runs.take(h.store, run) is False
    runs.release(h.store, run)
    assert runs.take(h.store, run) is True
    runs.end(h.store, run, "", 0)
    assert runs.take(h.store, run) is False


def test_the_next_run_takes_what_a_dead_one_left_but_not_what_was_under_way(house, dies):
    h = house()
    dead = runs.start(h.store, h.dataset.id, {})
    read, sent, replayed = h.reserve(
        h.wanted(), h.wanted(), h.wanted("0", teacher="replay:x"), run_id=dead
    )
    requests.answer(h.store, [(read.id, Paid(cost_usd=Decimal("0.1"), reply="…", model="m"))])
    requests.owe(h.store, h.dataset.id, [h.wanted()], dead)
    dies(h, dead)
    new = runs.start(h.store, h.dataset.id, {})
    answered, owed = runs.take_over(h.store, h.dataset.id, new, fits)
    assert (answered.id, answered.reply, answered.model) == (read.id, "…", "m")
    assert (answered.state, answered.cost_usd) == (RequestState.ANSWERED, Decimal("0.1"))
    assert (owed.state, bool(owed.pending)) == (RequestState.OWED, True)
    assert states(h) == [
        (RequestState.ANSWERED, new),
        (RequestState.RESERVED, dead),
        (RequestState.FAILED, dead),
        (RequestState.OWED, new),
    ]
    assert runs.get(h.store, dead).stopped == runs.DIED
    assert [one.line for one in h.reserve(h.wanted("0", teacher="replay:x"))] == [replayed.line]
    assert requests.spent(h.store, h.dataset.id) == Decimal("0.50")
    assert sent.id


def test_owed_requests_are_taken_where_they_fit_and_by_one(house):
    h = house()
    ended = runs.start(h.store, h.dataset.id, {})
    requests.owe(h.store, h.dataset.id, [h.wanted(pending={"about": "a"})], ended)
    requests.owe(h.store, h.dataset.id, [h.wanted(pending={"about": "b"})], ended)
    first, second = (runs.start(h.store, h.dataset.id, {}) for _ in range(2))
    assert runs.take_over(h.store, h.dataset.id, first, fits) == []
    runs.end(h.store, ended, "budget_day", 0)

    def a_alone(pending):
        return pending["about"] == "a"

    [taken] = runs.take_over(h.store, h.dataset.id, first, a_alone)
    assert taken.pending == {"about": "a"}
    [other] = runs.take_over(h.store, h.dataset.id, second, fits)
    assert other.pending == {"about": "b"}


def test_a_run_and_the_message_that_tells_of_it_are_wanted_together(house):
    h = house()
    run = runs.start(h.store, h.dataset.id, {"wanted": 5}, key="K", person="ana", channel="C1")
    runs.start(h.store, h.dataset.id, {"wanted": 5}, key="K", person="ana", channel="C1")
    runs.start(h.store, h.dataset.id, {"wanted": 5})
    (errand,) = h.send_all()
    assert (errand.kind, errand.run_id, errand.args) == ("progress", run, {"channel": "C1"})


def test_a_run_that_is_resumed_takes_what_it_left_itself(house, dies):
    h = house()
    run = runs.start(h.store, h.dataset.id, {})
    [read, sent, line] = h.reserve(
        h.wanted(), h.wanted(), h.wanted(teacher="replay:replies.jsonl"), run_id=run
    )
    requests.answer(h.store, [(read.id, Paid(cost_usd=Decimal("0.1"), reply="…"))])
    dies(h, run)
    assert runs.take(h.store, run)
    assert [one.id for one in runs.take_over(h.store, h.dataset.id, run, fits)] == [read.id]
    assert [state for state, _ in states(h)] == [
        RequestState.ANSWERED,
        RequestState.RESERVED,
        RequestState.FAILED,
    ]
    assert (sent.line, line.line) == (None, 0)


def test_what_a_persons_runs_are_still_to_bring_counts_until_they_end(house):
    h = house()
    wish = {"wanted": 5}
    run = runs.start(h.store, h.dataset.id, wish, person="ana")
    runs.start(h.store, h.dataset.id, wish, person="ben")
    [asked] = h.reserve(h.wanted(), run_id=run)
    requests.answer(h.store, [(asked.id, Paid(reply="…"))])
    [settled] = h.read(asked.id, h.new(), h.new(), h.new(reason="length"))
    assert progress.coming(h.store, h.dataset.id, "ana") == 2
    assert progress.candidates(h.store, run) == settled.samples[:2]
    runs.end(h.store, run, "records", 2)
    assert progress.coming(h.store, h.dataset.id, "ana") == 0
    done = progress.of_run(h.store, run)
    assert (done.candidates, done.samples, done.discarded) == (2, 2, 1)


def test_what_a_person_asked_for_is_not_ended_by_another_run(house, dies):
    h = house()
    wished = runs.start(h.store, h.dataset.id, {}, key="K", person="ana", channel="C1")
    other = runs.start(h.store, h.dataset.id, {})
    dies(h, wished)
    assert runs.take_over(h.store, h.dataset.id, other, fits) == []
    assert [run.id for run in runs.abandoned(h.store)] == [wished]
