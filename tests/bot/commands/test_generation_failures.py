"""Generating when something is wrong: one clear error, nothing lost, nothing paid twice."""

from decimal import Decimal

import pytest

from bot import recipes
from bot.generation import generate
from core.errors import TeacherError, UsageError
from storage import costs, requests
from storage.kinds import RequestState


def go(store, dataset, wanted, **more):
    return generate(store, dataset, wanted, environ={}, **more)


def test_nonsense_for_ever_ends_after_three_records_for_each_wanted(store, dataset, endpoint):
    endpoint.fault("nonsense", times=1000)
    data = dataset(endpoint.teacher())
    made = go(store, data, 10)
    assert (made.candidates, made.requests, made.stopped) == (0, 6, "records")
    assert made.why.startswith("Of 30 records that came or were asked for in vain, 0 passed")
    assert Decimal(endpoint.charged) == costs.cost(store, data.id) > 0


@pytest.mark.parametrize("limit", ["per_day_usd", "total_usd"])
def test_under_a_budget_an_unknown_price_is_refused_before_anything_is_sent(
    store, dataset, endpoint, limit
):
    data = dataset(endpoint.teacher(more="weight: 1"), f"budget: {{{limit}: 2}}")
    with pytest.raises(UsageError, match="price") as refused:
        go(store, data, 5)
    assert "unknown" in refused.value.error
    assert endpoint.calls == []


def test_a_wrong_key_is_an_error_that_names_the_variable(store, dataset, endpoint, logged):
    data = dataset(endpoint.teacher(), "budget: {total_usd: 1}")
    with pytest.raises(TeacherError, match=r"does not accept the key \(401\)") as refused:
        generate(store, data, 20, environ={"OPENAI_API_KEY": "wrong"})
    assert "OPENAI_API_KEY" in refused.value.hint
    assert {RequestState.FAILED} == {row.state for row in logged()}
    assert requests.spent(store, data.id) == 0


def test_a_limited_rate_is_given_up_in_the_end(store, dataset, endpoint, hasty):
    endpoint.fault("429", times=1000, retry_after=0)
    with pytest.raises(TeacherError, match="still limits the rate"):
        go(store, dataset(endpoint.teacher()), 5, patience=hasty)


def test_a_teacher_that_never_answers_counts_as_spent(store, dataset, endpoint, hasty, logged):
    endpoint.fault("hang", times=1000)
    data = dataset(endpoint.teacher())
    with pytest.raises(TeacherError, match="did not answer"):
        go(store, data, 5, patience=hasty)
    (row,) = logged()
    assert 2 * Decimal(row.reserved_usd) == Decimal(row.cost_usd) == costs.cost(store, data.id)


def test_one_teacher_failing_leaves_the_work_to_the_others(store, dataset, endpoint):
    good, bad = endpoint.teacher(), endpoint.teacher("no-such-bank")
    made = go(store, dataset(f"{bad}, {good}"), 10)
    assert (made.candidates, made.stopped) == (10, "")
    (failure,) = made.failures
    assert "no-such-bank" in failure


@pytest.mark.parametrize(
    ("more", "files", "sentence"),
    [
        ("seeds: none.jsonl", {}, "seeds: none.jsonl cannot be read: No such file"),
        ("seeds: s.jsonl", {"s__jsonl": ""}, "seeds: s.jsonl holds no record"),
        ("seeds: s.jsonl", {"s__jsonl": '\n{"instruction": "a"}\n'}, "s.jsonl:2: It has the keys"),
        ("prompt: mine.md", {}, "prompt: mine.md cannot be read: No such file"),
        ("prompt: mine.md", {"mine__md": "Write."}, "mine.md has no front matter"),
        ("prompt: mine.md", {"mine__md": b"\xff\xfe"}, "mine.md cannot be read: it is not UTF-8"),
    ],
)
def test_what_the_recipe_names_must_be_there_and_right(
    store, dataset, endpoint, more, files, sentence
):
    with pytest.raises(UsageError) as refused:
        go(store, dataset(endpoint.teacher(), more, **files), 5)
    assert sentence in str(refused.value)
    assert endpoint.calls == []


def test_a_conversation_takes_instructions_as_seeds_but_none_with_an_input(
    write_recipe,
):
    path = write_recipe(
        "replay:x.jsonl",
        "seeds: s.jsonl",
        s__jsonl='{"instruction": "a", "output": "b"}\n{"instruction": "a", "input": "c", '
        '"output": "b"}\n',
    )
    path.write_text(path.read_text().replace("format: instruction", "format: conversation"))
    with pytest.raises(UsageError, match=r"s\.jsonl:2: It has an input"):
        recipes.check(path)


def test_a_way_that_needs_seeds_is_refused_without_any(store, dataset, endpoint):
    with pytest.raises(UsageError, match="nothing yet to ask with: seeds needs seeds"):
        go(store, dataset(endpoint.teacher()), 5, way="seeds")
