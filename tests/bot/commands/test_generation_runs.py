"""Runs: budgets with many calls in flight, two at once, and what a dead one leaves to the next."""

import os
import socket
import threading
from collections import Counter
from decimal import Decimal

import pytest

from bot.generation import day_begins, generate, planned
from bot.prompting import Prompting
from bot.reading import Answer, read_reply
from bot.sifting import Sieve
from core.errors import WinnowError
from core.votes import State
from storage import reading, requests, runs, samples
from storage.kinds import RequestState
from storage.requests import Paid
from storage.run_tables import Run

KEYS = {"ANTHROPIC_API_KEY": "key", "OPENAI_API_KEY": "key"}


def go(store, data, wanted, **more):
    return generate(store, data, wanted, environ=KEYS, **more)


def at_once(*work):
    """Do it all at the same time; returns what came of it."""
    came = []
    threads = [threading.Thread(target=lambda one=one: came.append(one())) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
def test_a_budget_of_one_dollar_with_64_calls_in_flight_is_never_overrun(
    store, dataset, endpoint, logged, wire
):
    more = "concurrency: 64, max_output_tokens: 1300, price: {input: 1.25, output: 5}"
    teacher = endpoint.teacher(more=more)
    if wire == "anthropic":
        teacher = f'{{model: "anthropic:support-en", {more}}}'
    data = dataset(teacher, "budget: {total_usd: 1.00}\nchecks: {default: off}")
    endpoint.http("/sandbox/teacher", {"latency": 0.1})
    endpoint.fault("cut", times=20)
    environ = {**KEYS, "ANTHROPIC_BASE_URL": f"{endpoint.address}/anthropic"}
    made = generate(store, data, 5000, environ=environ)
    assert made.stopped == "budget_total"
    spent = requests.spent(store, data.id)
    assert Decimal("0.50") < Decimal(endpoint.charged) <= spent <= Decimal("1.00")
    assert Counter(row.state for row in logged())[RequestState.RESERVED] == 0
    repeated = [row for row in logged() if row.state is RequestState.FAILED]
    assert len(repeated) == 20
    assert all(row.cost_usd == row.reserved_usd for row in repeated)


def test_two_runs_at_once_bring_no_record_twice_and_never_plan_the_same_call(
    store, dataset, endpoint, logged
):
    data = dataset(endpoint.teacher(), "per_call: 1")
    endpoint.http("/sandbox/teacher", {"latency": 0.02})
    made = at_once(lambda: go(store, data, 25), lambda: go(store, data, 25))
    assert [one.candidates for one in made] == [25, 25]
    asked = [record.instruction for record in samples.known(store, data.id)]
    assert len(asked) == len(set(asked)) == 50
    keys = Counter(row.key for row in logged())
    assert max(keys.values()) == 1
    brought = [number for one in made for number in one.samples]
    assert sorted(brought) == sorted(set(brought))


def test_two_runs_at_once_never_read_the_same_line_of_a_file(store, dataset, row, kept, logged):
    lines = "".join(row(number) for number in range(12))
    data = dataset("replay:lines.jsonl", "per_call: 1", lines__jsonl=lines)
    made = at_once(lambda: go(store, data, 6), lambda: go(store, data, 6))
    assert [one.candidates for one in made] == [6, 6]
    assert {State.CANDIDATE} == {one.state for one in kept()}
    assert sorted(one.parameters["line"] for one in logged()) == list(range(12))


@pytest.fixture
def left(store):
    """What a dead run left: a request that was sent, answered by `reply`, or whose owed correction.

    Returns the run's number.
    """

    def leave(data, reply=None, *, settled=False, key=None, **wish):
        [pending, *_] = planned(store, data, data.recipe.per_call, **wish)
        run = runs.start(store, data.id, {"wanted": 8}, key=key)
        wanted = pending.wanted(Decimal("0.05"))
        [reserved] = requests.reserve(
            store, data, [wanted], day_begins=day_begins(store, data), run_id=run
        )
        if reply is not None:
            paid = Paid(cost_usd=Decimal("0.01"), reply=reply, stop="end", model="m-2026")
            requests.answer(store, [(reserved.id, paid)])
        if settled:
            answer = Answer(reserved.id, pending, reply, "end", "m-2026", Decimal("0.01"))
            wording = Prompting(data.recipe, data.folder).wording
            read, sieve = read_reply(answer, wording), Sieve(data.recipe)
            reading.settle(
                store, data.id, [reserved.id], lambda look: sieve.sift([read], look), run_id=run
            )
        with store.write() as session:
            row = session.get_one(Run, run)
            row.held_by = f"{socket.gethostname()}/{os.getpid()}/before-the-restart"
            session.add(row)
        return run

    return leave


def test_a_stored_reply_is_read_by_the_next_run_without_a_call(
    store, dataset, endpoint, logged, left, row
):
    data = dataset(endpoint.teacher(), "per_call: 2")
    left(data, row(1) + row(2))
    made = go(store, data, 2)
    assert (made.candidates, made.requests, endpoint.calls) == (2, 0, [])
    [settled] = logged()
    assert (settled.state, settled.pending) == (RequestState.SETTLED, None)
    origin = samples.show(store, 1).origin
    assert (origin["model"], origin["request"]) == ("m-2026", settled.id)
    assert Decimal(origin["cost_usd"]) == Decimal("0.005")


def test_a_stored_reply_is_read_though_the_recipe_has_another_teacher_now(
    store, dataset, endpoint, left, row
):
    left(dataset(endpoint.teacher("general-zh")), row(1))
    data = dataset(endpoint.teacher())
    go(store, data, 1)
    assert "general-zh" in samples.show(store, 1).origin["teacher"]


def test_a_stored_reply_is_read_though_the_recipe_has_another_prompt_now(
    store, dataset, endpoint, left, row, kept
):
    prompt = (
        "---\nname: mine\nlanguage: en\nask: meta\ndescription: d\n"
        "variables: [count, broken, example]\n---\n# System\n{{ example }}\n# Prompt\n{{ count }}"
        "\n# Correction\n{{ broken }}\n"
    )
    data = dataset(endpoint.teacher(), "per_call: 2\nprompt: mine.md", mine__md=prompt)
    left(data, row(1) + '{"instruction": "Why?", "output": ""}')
    data = dataset(endpoint.teacher(), "per_call: 2")
    made = go(store, data, 1)
    assert (made.candidates, made.requests) == (1, 0)
    assert [one.reason for one in kept()] == [None, "schema"]


def test_what_a_dead_run_had_sent_counts_as_spent_and_is_not_sent_again(
    store, dataset, endpoint, logged, left
):
    data = dataset(endpoint.teacher(), "per_call: 5\nbudget: {total_usd: 9}")
    left(data)
    assert go(store, data, 5).candidates == 5
    lost, *made = logged()
    assert lost.state is RequestState.RESERVED
    assert {one.state for one in made} == {RequestState.SETTLED}
    assert lost.key not in {one.key for one in made}
    assert requests.spent(store, data.id) == Decimal("0.05") + Decimal(endpoint.charged)


def test_a_correction_that_a_dead_run_owed_is_sent_by_the_next_that_wants_the_same(
    store, dataset, endpoint, logged, left, row
):
    data = dataset(endpoint.teacher(), "per_call: 2")
    reply = row(1) + '{"instruction": "Why?", "output": ""}'
    left(data, reply, settled=True, about="the blue light")
    first, owed = logged()
    assert (owed.state, owed.parameters["corrects"]) == (RequestState.OWED, first.id)
    go(store, data, 1, about="something else")
    assert logged()[1].state is RequestState.OWED
    made = go(store, data, 1, about="the blue light")
    assert (made.candidates, made.requests) == (1, 1)
    assert logged()[1].state is RequestState.SETTLED


def test_a_run_goes_on_where_its_process_died(store, dataset, endpoint, left):
    data = dataset(endpoint.teacher(), "per_call: 1")
    run = left(data, key="K")
    runs.renew(store, run, 5)
    assert [one.id for one in runs.abandoned(store)] == [run]
    assert go(store, data, 8, run=run).candidates == 3
    assert (runs.get(store, run).candidates, runs.abandoned(store)) == (8, [])
    with pytest.raises(WinnowError, match="has ended"):
        go(store, data, 8, run=run)
    with pytest.raises(WinnowError, match="once before"):
        go(store, data, 8, key="K")


def test_a_teacher_that_fails_for_good_is_told_at_once_while_others_go_on(store, dataset, endpoint):
    endpoint.http("/sandbox/teacher", {"latency": 0.05})
    good, bad = endpoint.teacher(), endpoint.teacher("no-such-bank")
    told = []
    made = go(store, dataset(f"{bad}, {good}"), 40, report=told.append)
    early = [progress for progress in told if progress.failures]
    assert early[0].candidates < 40
    assert early[-1].failures == made.failures
    assert "no-such-bank" in made.failures[0]


def test_teachers_get_their_shares_though_one_is_slow(store, dataset, endpoint, logged):
    endpoint.http("/sandbox/teacher", {"latency": 0.01})
    often = endpoint.teacher(more="weight: 3, concurrency: 1")
    seldom = f'{{model: "openai:support-en@{endpoint.address}/openai/v1/", concurrency: 8}}'
    data = dataset(f"{often}, {seldom}", "per_call: 1\nchecks: {default: off}")
    go(store, data, 60)
    asked = Counter(row.teacher[-1] for row in logged() if "corrects" not in row.parameters)
    assert asked["1"] / asked.total() == pytest.approx(3 / 4, abs=0.05)


def test_no_more_is_sent_of_what_a_dead_run_owed_than_may_bring_what_is_wanted(
    store, dataset, endpoint, logged
):
    data = dataset(endpoint.teacher(), "per_call: 1\nchecks: {default: off}")
    run = runs.start(store, data.id, {"wanted": 12})
    wanted = [pending.wanted() for pending in planned(store, data, 12)]
    requests.owe(store, data.id, wanted, run)
    runs.end(store, run, "interrupted", 0)
    made = go(store, data, 2)
    assert (made.candidates, made.requests, len(endpoint.calls)) == (2, 2, 2)
    assert Counter(row.state for row in logged())[RequestState.OWED] == 10


def test_a_run_stops_with_a_reason_at_a_limit_that_is_used_up_for_long(
    store, dataset, endpoint, hasty
):
    endpoint.http("/sandbox/teacher", {"limits": {"requests_per_minute": 2}})
    used_up = endpoint.teacher(more="concurrency: 1")
    made = go(store, dataset(used_up, "per_call: 1"), 9, patience=hasty)
    assert made.stopped == "teacher"
    assert "by the limits that it announces" in made.why


def test_where_one_teachers_limit_is_used_up_the_others_bring_the_rest(
    store, dataset, endpoint, hasty
):
    endpoint.http("/sandbox/teacher", {"limits": {"requests_per_minute": 2}})
    used_up = endpoint.teacher(more="concurrency: 1")
    lines = "replay:lines.jsonl"
    text = '{"instruction": "What is {0}?", "output": "It is {0}."}\n'
    rows = "".join(text.replace("{0}", f"{number}") for number in range(20))
    data = dataset(f"{used_up}, {lines}", "per_call: 1\nchecks: {default: off}", lines__jsonl=rows)
    made = go(store, data, 12, patience=hasty)
    assert (made.candidates, made.stopped) == (12, "")
    assert list(made.given_up) == [data.recipe.teachers[0].model]


def test_progress_tells_rate_cost_and_what_is_left(store, dataset, endpoint):
    told = []
    made = go(store, dataset(endpoint.teacher(), "per_call: 2"), 12, report=told.append)
    last = told[-1]
    assert (last.wanted, last.candidates, last.requests) == (12, 12, made.requests)
    assert last.per_minute > 0
    assert last.requests_per_minute > 0
    assert (last.seconds_left, last.cost_usd) == (0, made.cost_usd)
    assert [one.requests for one in told] == sorted(one.requests for one in told)


def test_a_fixed_part_too_short_for_the_cache_is_said_once(store, dataset, endpoint):
    claude = '{model: "anthropic:claude-haiku-4-5"}'
    data = dataset(f"{endpoint.teacher()}, {claude}", "per_call: 1")
    environ = {**KEYS, "ANTHROPIC_BASE_URL": f"{endpoint.address}/anthropic"}
    made = generate(store, data, 8, environ=environ)
    (note,) = made.notes
    assert note.startswith("The fixed part of the prompt meta has about ")
    assert note.endswith(" tokens; claude-haiku-4-5 caches from 4,096.")


def test_nothing_is_left_reserved_when_a_prompt_turns_out_wrong(store, dataset, endpoint, logged):
    prompt = (
        "---\nname: mine\nlanguage: en\nask: meta\ndescription: d\n"
        "variables: [count, broken, example]\n---\n# System\n{{ example }}\n# Prompt\n{{ count }}"
        " {{ 1 / (count - 2) }}\n# Correction\n{{ broken }}\n"
    )
    endpoint.http("/sandbox/teacher", {"latency": 0.2})
    data = dataset(endpoint.teacher(), "per_call: 3\nprompt: mine.md", mine__md=prompt)
    with pytest.raises(WinnowError, match="division by zero"):
        go(store, data, 8)
    assert RequestState.RESERVED not in {row.state for row in logged()}
    assert runs.working(store, data.id) == []
