"""Which calls a run makes next."""

from collections import Counter
from datetime import timedelta

import pytest

from bot.generation import planned
from bot.materials import Materials
from bot.plans import Planner
from core.records import Instruction
from core.votes import State
from storage import datasets, samples
from storage.kinds import RequestState
from storage.run_tables import Request, Run
from storage.samples import New
from storage.tables import Sample

TWO = '"openai:large", "openai:small"'
ONE = '"openai:small"'


@pytest.fixture
def planner(store):
    def make(dataset, category=None):
        materials = Materials(store, dataset, category=category)
        return Planner(store, dataset, materials, category)

    return make


@pytest.fixture
def came(store, clock):
    """Stores what a call brought: samples by their state, of one category."""

    def came(dataset, number, *, teacher="openai:small", category="setup", way="meta", **states):
        (prompt,) = Materials(store, dataset).wordings(way, "en")
        row = Request(
            dataset_id=dataset.id,
            number=number,
            key=str(number),
            teacher=teacher,
            ask=way,
            prompt=way,
            prompt_hash=prompt,
            parameters={},
            seeds=[],
            state=RequestState.SETTLED,
            at=clock(),
        )
        with store.write() as session:
            session.add(row)
            session.flush()
        record = Instruction(instruction="How?", output="So.")
        for state, times in states.items():
            new = New(record, category, "en", {"teacher": teacher}, request_id=row.id)
            made = samples.add(store, dataset.id, [new] * times)
            with store.write() as session:
                for sample in made:
                    session.get_one(Sample, sample).state = State(state)

    return came


def categories(calls):
    return Counter(call.cell.category for call in calls)


def test_calls_are_numbered_on_from_the_last_of_the_log(planner, dataset, came):
    desk = dataset(ONE)
    came(desk, 6, approved=1)
    plan = planner(desk)
    calls = plan.calls([5, 5, 3], desk.recipe.teachers)
    assert [call.number for call in calls] == [7, 8, 9]
    assert [call.count for call in calls] == [5, 5, 3]
    plan.refresh()
    assert [call.number for call in plan.calls([5], desk.recipe.teachers)] == [10]


def test_categories_that_experts_refuse_are_asked_for_more(planner, dataset, came):
    desk = dataset(ONE)
    came(desk, 0, category="setup", approved=45, rejected=5)
    came(desk, 1, category="backup", approved=45, rejected=155)
    found = categories(planner(desk).calls([5] * 60, desk.recipe.teachers))
    assert 3 <= found["backup"] / found["setup"] <= 4


def test_what_is_in_review_counts_at_its_expected_rate(planner, dataset, came):
    desk = dataset(ONE)
    came(desk, 0, category="setup", approved=50, rejected=50, open=30)
    came(desk, 1, category="backup", approved=50, rejected=50, expired=30, discarded=30)
    first = planner(desk).calls([5] * 3, desk.recipe.teachers)
    assert categories(first) == {"backup": 3}


def test_calls_given_out_count_until_a_refresh_finds_what_they_brought(planner, dataset, came):
    desk = dataset(ONE)
    came(desk, 0, category="setup", approved=10)
    came(desk, 1, category="backup", approved=10)
    plan = planner(desk)
    calls = plan.calls([5] * 8, desk.recipe.teachers)
    assert categories(calls) == {"setup": 4, "backup": 4}
    for call in calls:
        plan.done(call)
    came(desk, 2, category="setup", approved=20)
    plan.refresh()
    assert categories(plan.calls([5] * 3, desk.recipe.teachers)) == {"backup": 3}


def test_calls_of_another_run_count_while_it_lives(planner, dataset, store, clock, came):
    desk = dataset(ONE)
    mine = planner(desk)
    theirs = planner(desk, category="setup").calls([5] * 4, desk.recipe.teachers)
    with store.write() as session:
        run = Run(
            dataset_id=desk.id,
            wish={},
            held_by="there/1",
            held_until=clock() + timedelta(minutes=1),
            at=clock(),
        )
        session.add(run)
        session.flush()
        for call in theirs:
            session.add(
                Request(
                    dataset_id=desk.id,
                    run_id=run.id,
                    number=call.number,
                    key=str(call.number),
                    teacher=call.teacher.model,
                    ask=call.way,
                    prompt="meta",
                    prompt_hash="0" * 12,
                    parameters={},
                    seeds=[],
                    state=RequestState.RESERVED,
                    pending={"call": call.to_json()},
                    at=clock(),
                )
            )
    mine.refresh()
    calls = mine.calls([5] * 3, desk.recipe.teachers)
    assert categories(calls) == {"backup": 3}
    assert calls[0].number == 4
    clock.forward(minutes=2)
    mine.refresh()
    assert mine.calls([5], desk.recipe.teachers)[0].cell.category == "setup"


def test_one_category_alone_may_be_wished(planner, dataset):
    desk = dataset(ONE)
    calls = planner(desk, category="backup").calls([5] * 6, desk.recipe.teachers)
    assert categories(calls) == {"backup": 6}


@pytest.mark.parametrize(
    ("steer", "least", "most"), [("steer: auto", 80, 100), ("steer: fixed", 45, 55)]
)
def test_approvals_steer_only_where_the_recipe_says_so(planner, dataset, came, steer, least, most):
    desk = dataset(TWO, steer)
    came(desk, 0, teacher="openai:large", approved=5, rejected=35)
    came(desk, 1, teacher="openai:small", approved=35, rejected=5)
    calls = planner(desk).calls([5] * 100, desk.recipe.teachers)
    assert least <= sum(call.teacher.model == "openai:small" for call in calls) <= most


def test_it_is_said_when_what_is_in_review_is_expected_to_suffice(planner, dataset, came):
    desk = dataset(ONE, "target: 60")
    came(desk, 0, approved=45, rejected=5)
    assert planner(desk).note is None
    came(desk, 1, open=20)
    note = planner(desk).note
    assert note is not None
    assert note.endswith("the target is 60.")


@pytest.mark.parametrize("more", ["ask: meta", "ask: dialogue\ndialogue: two_roles"])
def test_two_roles_are_asked_for_one_conversation_at_a_time(planner, store, write_recipe, more):
    path = write_recipe(ONE, more)
    text = path.read_text("utf-8").replace("format: instruction", "format: conversation")
    data = datasets.add(store, text, path).dataset
    calls = planner(data).calls([5, 5, 2], data.recipe.teachers)
    alone = "two_roles" in more
    assert [call.count for call in calls] == ([1, 1, 1] if alone else [5, 5, 2])
    assert [one.call.count for one in planned(store, data, 3)] == ([1] * 3 if alone else [3])
