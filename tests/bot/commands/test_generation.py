"""Generating from a teacher over the wire: what is stored, what it costs, and why it stops."""

import json
import re
import threading
import time
from decimal import Decimal
from itertools import pairwise

import pytest

from bot.generation import day_begins, estimate, generate, planned
from core.errors import TeacherError, UsageError
from core.records import Instruction
from core.votes import State, Verdict
from storage import batches, costs, datasets, requests, runs, samples, traces, votes
from storage.kinds import RequestState, Role
from storage.samples import New
from storage.votes import Press


def one_at_a_time(endpoint):
    """A teacher whose requests arrive in the order in which they were planned."""
    return endpoint.teacher(more="concurrency: 1, price: {input: 1, output: 5}")


def go(store, dataset, wanted, **more):
    return generate(store, dataset, wanted, environ={}, **more)


def test_candidates_are_stored_with_their_origin(store, dataset, endpoint, row):
    seeds = "".join(row(number) for number in range(6))
    data = dataset(one_at_a_time(endpoint), "seeds: seeds.jsonl", seeds__jsonl=seeds)
    made = go(store, data, 8, about="the blue light", person="U1")
    assert (made.stopped, samples.count(store, data.id)[State.CANDIDATE]) == ("", 8)
    told = traces.trace(store, 1)
    origin = told["origin"]
    assert told["category"] in ("setup", "backup")
    assert {
        "teacher": data.recipe.teachers[0].model,
        "model": "support-en",
        "ask": "seeds",
        "prompt": "seeds",
        "prompt_hash": origin["prompt_hash"],
        "parameters": {"max_output_tokens": 4096, "count": 5},
        "seeds": origin["seeds"],
        "request": 1,
        "about": "the blue light",
        "cost_usd": origin["cost_usd"],
    } == origin
    assert len(origin["prompt_hash"]) == 12
    assert [len(seed) for seed in origin["seeds"]] == [12, 12, 12]
    assert requests.asked_by(store, data.id, "U1", day_begins(store, data)) == 8


def test_what_is_counted_is_what_the_teacher_charged(store, dataset, endpoint, logged):
    data = dataset(endpoint.teacher())
    made = go(store, data, 12)
    calls = endpoint.calls
    assert made.requests == len(calls) == len(logged())
    assert Decimal(endpoint.charged) == made.cost_usd == costs.cost(store, data.id)
    assert sum(call["input_tokens"] for call in calls) == made.input_tokens
    assert sum(call["output_tokens"] for call in calls) == made.output_tokens
    assert all(row.state is RequestState.SETTLED and row.reply for row in logged())
    assert made.cost_usd / 12 == costs.per_sample(store, data.id)


def test_flawed_records_are_discarded_with_reason_and_explanation(store, dataset, endpoint, kept):
    data = dataset(endpoint.teacher())
    made = go(store, data, 40)
    discarded = [row for row in kept() if row.state is State.DISCARDED]
    assert made.discarded.total() == len(discarded) > 0
    assert all(row.reason and row.explanation for row in discarded)
    broken = [row for row in discarded if row.raw]
    assert {"schema"} == {row.reason for row in broken}
    assert made.discarded["schema"] >= len(broken) > 0
    assert {"schema", "duplicate"} <= set(made.discarded)


def test_what_is_broken_is_asked_for_once_more(store, dataset, endpoint, logged):
    endpoint.fault("truncated")
    data = dataset(endpoint.teacher())
    made = go(store, data, 5)
    first, second, *_ = logged()
    assert 1 == second.parameters["corrects"] == first.id
    assert second.parameters["count"] == 1
    assert (first.stop, made.candidates) == ("length", 5)
    assert made.discarded["schema"] == 1


def test_a_reply_without_any_record_is_kept_and_asked_for_again(store, dataset, endpoint, kept):
    endpoint.fault("nonsense")
    made = go(store, dataset(endpoint.teacher()), 5)
    assert (made.candidates, made.discarded["schema"]) == (5, 1)
    assert kept()[0].raw.startswith("Sure thing!")
    assert "no JSON" in kept()[0].explanation


def test_a_refusal_is_not_asked_for_again(store, dataset, endpoint, kept, logged):
    endpoint.fault("refusal")
    made = go(store, dataset(endpoint.teacher()), 5)
    assert made.candidates == 5
    assert kept()[0].explanation == "The teacher refused to answer."
    assert [row.stop for row in logged()] == ["refusal", "end"]
    assert all("corrects" not in row.parameters for row in logged())


def test_the_days_budget_stops_calls_and_the_next_day_they_go_on(store, dataset, endpoint, clock):
    more = "schedule: {timezone: Asia/Shanghai}\nbudget: {per_day_usd: 0.05}"
    data = dataset(endpoint.teacher(), more)
    made = go(store, data, 100)
    assert made.stopped == "budget_day"
    assert "per_day_usd: 0.05" in made.why
    spent, most = (Decimal(usd) for usd in re.findall(r"\$([\d.]+\d)", made.why))
    assert spent == made.cost_usd
    assert spent + most > Decimal("0.05")
    assert 0 < made.candidates < 100
    assert 0 < made.cost_usd == Decimal(endpoint.charged) <= Decimal("0.05")
    assert go(store, data, 5).requests == 0
    clock.forward(hours=7, minutes=1)  # 09:00 UTC is 17:00 in Shanghai
    assert go(store, data, 5).candidates == 5


def test_the_total_budget_is_never_exceeded(store, dataset, endpoint, clock):
    data = dataset(endpoint.teacher(), "budget: {total_usd: 0.06}")
    for _ in range(4):
        made = go(store, data, 50)
        clock.forward(days=1)
    assert (made.stopped, made.requests) == ("budget_total", 0)
    assert Decimal(endpoint.charged) <= Decimal("0.06")


def test_without_a_budget_an_unknown_price_is_an_unknown_cost(store, dataset, endpoint):
    data = dataset(endpoint.teacher(more="weight: 1"))
    made = go(store, data, 5)
    assert (made.candidates, made.cost_usd, costs.cost(store, data.id)) == (5, None, None)
    assert estimate(store, data, 5, environ={}) is None


def test_a_replayed_file_goes_on_where_it_was_and_then_is_exhausted(store, dataset, row):
    lines = [row(number) for number in range(5)]
    replies = "\n" + lines[0] + "\n\n" + "".join(lines[1:])
    data = dataset("replay:replies.jsonl", replies__jsonl=replies)
    first = go(store, data, 2)
    assert (2, "", Decimal(0)) == (first.candidates, first.stopped, first.cost_usd)
    second = go(store, data, 9)
    assert (second.candidates, second.stopped) == (3, "teacher")
    assert "exhausted" in second.why
    with pytest.raises(TeacherError, match="exhausted"):
        go(store, data, 1)
    assert samples.count(store, data.id)[State.CANDIDATE] == 5


def test_a_raw_reply_with_what_no_database_can_hold_is_kept(store, dataset, kept):
    reply = json.dumps('{"instruction": "Why \\u0000?", "output": "half \\ud800 a pair"}')
    raw = json.dumps("NUL \x00 and half \ud800 a pair")
    data = dataset("replay:replies.jsonl", "per_call: 1", replies__jsonl=f"{reply}\n{raw}\n")
    made = go(store, data, 2)
    assert (made.candidates, made.stopped) == (0, "teacher")
    assert [row.reason for row in kept()] == ["schema", "schema"]
    assert kept()[1].raw == "NUL \ufffd and half ? a pair"


def test_an_interruption_keeps_what_has_arrived(store, dataset, endpoint, logged):
    data = dataset(endpoint.teacher(more="concurrency: 4, price: {input: 1, output: 5}"))
    endpoint.http("/sandbox/teacher", {"latency": 0.1})

    def interrupt(progress):
        if progress.requests >= 2:
            raise KeyboardInterrupt

    made = go(store, data, 200, report=interrupt)
    assert made.stopped == "interrupted"
    assert made.candidates == samples.count(store, data.id)[State.CANDIDATE] > 0
    cut = [row for row in logged() if row.state is RequestState.FAILED]
    sent = {row.state for row in logged()} - {RequestState.OWED}
    assert sent == {RequestState.SETTLED, RequestState.FAILED}
    assert f"{len(cut)} requests were under way" in made.why
    assert {row.cost_usd == row.reserved_usd > 0 for row in cut} == {True}
    assert made.cost_usd == requests.spent(store, data.id) >= Decimal(endpoint.charged)


@pytest.mark.parametrize("how", ["event", "store"])
def test_a_run_that_is_stopped_ends_at_once_and_what_was_sent_counts_as_spent(
    store, dataset, endpoint, logged, how
):
    data = dataset(endpoint.teacher())
    endpoint.fault("hang", times=1000)
    stop = threading.Event()

    def end():
        while len(endpoint.calls) < 8:
            time.sleep(0.05)
        ended.append(time.monotonic())
        (run,) = runs.working(store, data.id)
        return stop.set() if how == "event" else runs.cancel(store, run.id)

    ended = []
    threading.Thread(target=end).start()
    made = go(store, data, 200, stop=stop)
    assert time.monotonic() - ended[0] < 3
    assert (made.stopped, made.requests, made.candidates) == ("interrupted", 8, 0)
    assert made.why == "Interrupted; 8 requests were under way and count as spent."
    assert {RequestState.FAILED} == {row.state for row in logged()}
    assert requests.spent(store, data.id) == sum(row.reserved_usd for row in logged())
    assert runs.working(store, data.id) == []


def test_nothing_is_asked_once_the_target_is_reached(store, dataset, endpoint, kept):
    data = dataset(endpoint.teacher(), "target: 1")
    record = Instruction(instruction="What is a backup?", output="A copy that is elsewhere.")
    samples.add(store, data.id, [New(record, "setup", "en", {}, imported_by="Dr. Li")])
    made = go(store, data, 5)
    assert (made.stopped, made.requests) == ("target", 0)


def test_a_category_alone_is_asked_for_and_a_misspelt_one_is_refused(
    store, dataset, endpoint, kept
):
    data = dataset(endpoint.teacher())
    go(store, data, 6, category="backup")
    assert {"backup"} == {row.category for row in kept()}
    with pytest.raises(UsageError, match="Did you mean `backup`"):
        go(store, data, 6, category="bakcup")


def test_two_runs_never_bring_the_same_record_twice(store, dataset, endpoint):
    data = dataset(endpoint.teacher())
    go(store, data, 30)
    go(store, data, 30)
    asked = [record.instruction for record in samples.known(store, data.id)]
    assert 60 == len(asked) == len(set(asked))


def test_consecutive_requests_show_different_seeds(store, dataset, endpoint, logged, row):
    seeds = "".join(row(number) for number in range(7))
    data = dataset(endpoint.teacher(), "seeds: seeds.jsonl", seeds__jsonl=seeds)
    go(store, data, 20)
    go(store, data, 20)
    asked = [frozenset(one.seeds) for one in logged() if "corrects" not in one.parameters]
    assert all(one != other for one, other in pairwise(asked))


def test_ways_can_be_chosen_for_a_run(store, dataset, endpoint, logged, row):
    data = dataset(endpoint.teacher(), "seeds: s.jsonl", s__jsonl=row(1) + row(2))
    go(store, data, 5, way="meta")
    assert {"meta"} == {one.ask for one in logged()}
    with pytest.raises(UsageError, match="no way of asking medium"):
        go(store, data, 5, way="medium")


def test_planning_sends_nothing(store, dataset, endpoint):
    data = dataset(endpoint.teacher())
    found = planned(store, data, 12)
    assert [pending.call.count for pending in found] == [5, 5, 2]
    assert "Write exactly 5 new" in found[0].step.ask.prompt
    assert endpoint.calls == []


def test_an_estimate_is_an_upper_bound_until_there_is_experience(store, dataset, endpoint):
    data = dataset(endpoint.teacher())
    before = estimate(store, data, 20, environ={})
    made = go(store, data, 20)
    assert before > made.cost_usd
    after = estimate(store, data, 20, environ={})
    assert after == made.cost_usd


def test_a_budgets_day_begins_at_midnight_where_the_schedule_is(store, dataset, clock):
    data = dataset("replay:x.jsonl", "schedule: {timezone: Asia/Shanghai}")
    assert day_begins(store, data).isoformat() == "2026-03-01T16:00:00+00:00"


def test_an_estimate_counts_each_step_of_a_call(store, dataset, endpoint):
    data = dataset(endpoint.teacher(), "export: {splits: {train: 1, validation: 0, test: 0}}")
    known = New(Instruction(instruction="How?", output="So."), "setup", "en", {}, imported_by="kit")
    samples.add(store, data.id, [known])
    environ = {"OPENAI_API_KEY": "sandbox"}
    one, three = (
        estimate(store, data, 1, environ=environ, category="setup", way=way)
        for way in ("meta", "evolve")
    )
    assert three > 2 * one


def test_a_run_that_was_stopped_before_it_began_asks_nothing(store, dataset, endpoint):
    data = dataset(endpoint.teacher())
    run = runs.start(store, data.id, {"wanted": 5})
    runs.cancel(store, run)
    made = go(store, data, 5, run=run)
    assert (made.stopped, endpoint.calls) == ("interrupted", [])


def test_each_flagged_sample_is_mended_once(store, dataset, endpoint):
    data = dataset(endpoint.teacher(), "checks: {default: off}")
    datasets.place(store, data.id, "C1", {"U1": Role.CURATOR}, "")
    data = datasets.get(store, data.name)
    record = Instruction(instruction="How is the box reset?", output="Hold it, silly.")
    samples.add(store, data.id, [New(record, "setup", "en", {})] * 2)
    for sample in batches.open_batch(store, data, 2).samples:
        flag = Press(f"flag:{sample}", sample, 0, "U1", Verdict.FLAG, "C1", store.now())
        votes.press(store, flag)
    made = go(store, data, 6, way="mend")
    assert (made.mended, made.requests, made.stopped) == (2, 2, "material")
    with pytest.raises(UsageError, match="mend needs samples that a flag holds"):
        go(store, data, 6, way="mend")
