"""Which teacher is asked, in which way, at which temperature."""

from collections import Counter
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipe import parse
from core.steering import EXPLORE_EVERY, LOOK_USD, START, Arm, Chooser, Record, by_weights

RECIPE = """\
name: skin
goal: Help people.
format: instruction
language: [zh, en]
channel: "#skin"
steer: auto
teachers:
  - {model: "openai:large", weight: 3, temperature: [0.5, 1.0]}
  - openai:small
"""
HASHES = {("meta", "en"): "a" * 12, ("meta", "zh"): "b" * 12, ("seeds", "en"): "c" * 12}
WAYS = ("meta", "seeds")


@pytest.fixture(scope="module")
def recipe():
    return parse(RECIPE)


@pytest.fixture(scope="module")
def by_turn(recipe):
    """The slots of so many calls in a row."""

    def choose(calls, *, ways=WAYS, begun=0, asked=()):
        made, slots = Counter(dict(asked)), []
        for number in range(begun, begun + calls):
            slots.append(by_weights(recipe, recipe.teachers, ways, number, made))
            made[slots[-1].teacher.model] += 1
        return slots

    return choose


def arm(model="openai:small", way="meta", temperature=None, language="en"):
    return Arm(model, way, HASHES.get((way, language), "d" * 12), temperature)


@pytest.fixture(scope="module")
def steered(recipe):
    """The slots of calls, by these records and a recipe that steers."""

    def choose(records, numbers=range(200), *, recipe=recipe, ways=WAYS, language="en"):
        chooser = Chooser(recipe, lambda way, lang: (HASHES.get((way, lang), "d" * 12),), {})
        chooser.learn(records)
        return [chooser.choose(recipe.teachers, ways, language, number) for number in numbers]

    return choose


@given(st.integers(0, 10_000))
def test_any_stretch_of_calls_is_shared_out_by_the_teachers_weights(by_turn, begun):
    models = Counter(slot.teacher.model for slot in by_turn(40, begun=begun))
    assert abs(models["openai:large"] - 30) <= 2


def test_no_teacher_keeps_step_with_every_second_or_third_call(recipe, by_turn):
    models = [slot.teacher.model for slot in by_turn(600)]
    for step in range(2, 7):
        for begun in range(step):
            found = models[begun::step]
            assert abs(found.count("openai:large") / len(found) - 0.75) < 0.05


def test_each_teacher_takes_its_ways_and_temperatures_in_turn(by_turn):
    slots = by_turn(64)
    large = [(slot.way, slot.temperature) for slot in slots if slot.teacher.weight == 3]
    rounds = [large[place : place + 4] for place in range(0, len(large) - 3, 4)]
    assert rounds[0] == [("meta", 0.5), ("seeds", 0.5), ("meta", 1.0), ("seeds", 1.0)]
    assert {frozenset(each) for each in rounds} == {frozenset(product(WAYS, (0.5, 1.0)))}
    assert len({tuple(each) for each in rounds}) > 1
    small = {(slot.way, slot.temperature) for slot in slots if slot.teacher.weight == 1}
    assert small == {("meta", None), ("seeds", None)}


def test_turns_go_on_where_the_last_run_ended(by_turn):
    whole = by_turn(30)
    asked = Counter(slot.teacher.model for slot in whole[:11])
    assert by_turn(19, begun=11, asked=asked) == whole[11:]


GOOD = {arm(): Record(60, 55, 60), arm("openai:large", "meta", 0.5): Record(60, 5, 60)}


@pytest.mark.parametrize("line", ["steer: auto", "steer: fixed"])
def test_the_recipe_decides_whether_approvals_steer(by_turn, steered, line):
    slots = steered(GOOD, recipe=parse(RECIPE.replace("steer: auto", line)), ways=("meta",))
    small = sum(slot.teacher.model == "openai:small" for slot in slots) / len(slots)
    assert small > 0.7 if line == "steer: auto" else abs(small - 0.25) < 0.05


def test_the_first_decisions_are_made_at_the_recipes_weights(by_turn, steered):
    early = {arm(): Record(80, START - 1, START - 1)}
    assert steered(early, range(40)) == by_turn(40)
    assert steered({arm(): Record(80, START, START)}, range(40)) != by_turn(40)


def test_every_tenth_call_explores(steered):
    numbers = range(EXPLORE_EVERY - 1, 400, EXPLORE_EVERY)
    models = Counter(slot.teacher.model for slot in steered(GOOD, numbers))
    assert abs(models["openai:large"] - 30) <= 2


def test_what_is_undecided_is_no_penalty(steered):
    waiting = {
        one: Record(record.samples + 500, record.approved, record.decided)
        for one, record in GOOD.items()
    }
    assert steered(waiting) == steered(GOOD)


def test_an_arm_with_a_single_decision_still_gets_its_chance(steered):
    unlucky = {
        arm("openai:small", "meta"): Record(5, 0, 1),
        **{
            arm("openai:large", way, warm): Record(50, 25, 50)
            for way in WAYS
            for warm in (0.5, 1.0)
        },
        arm("openai:small", "seeds"): Record(50, 25, 50),
    }
    found = Counter((slot.teacher.model, slot.way) for slot in steered(unlucky))
    assert found["openai:small", "meta"] > 20


def test_wordings_of_a_prompt_are_told_apart(steered):
    records = {
        arm(language="en"): Record(60, 58, 60),
        arm("openai:small", "meta", language="zh"): Record(60, 2, 60),
        **{
            arm("openai:large", "meta", warm, language): Record(60, 30, 60)
            for warm in (0.5, 1.0)
            for language in ("en", "zh")
        },
    }
    english, chinese = (
        sum(
            slot.teacher.model == "openai:small"
            for slot in steered(records, ways=("meta",), language=language)
        )
        for language in ("en", "zh")
    )
    assert english > 150
    assert chinese < 20


def test_prompts_that_a_way_may_begin_with_count_together(recipe):
    halves = {Arm("openai:small", "meta", wording, None): Record(30, 28, 30) for wording in "ab"}
    numbers = range(100)
    chosen = []
    for records in (halves, {Arm("openai:small", "meta", "a", None): Record(60, 56, 60)}):
        chooser = Chooser(recipe, lambda way, language: ("a", "b"), {})
        chooser.learn(records)
        chosen.append([chooser.choose(recipe.teachers, ("meta",), "en", n) for n in numbers])
    assert chosen[0] == chosen[1]


def test_costs_count_beside_the_experts_time(steered):
    def records(usd):
        return {
            arm("openai:small"): Record(1000, 600, 1000, Decimal(0)),
            **{
                arm("openai:large", "meta", warm): Record(1000, 620, 1000, Decimal(usd))
                for warm in (0.5, 1.0)
            },
        }

    looks = 2 * LOOK_USD
    for usd, favoured in ((1, "openai:large"), (1000 * looks, "openai:small")):
        slots = steered(records(usd), ways=("meta",))
        assert sum(slot.teacher.model == favoured for slot in slots) > 150


def test_an_unknown_price_counts_as_nothing(steered):
    unpriced = {one: Record(r.samples, r.approved, r.decided, None) for one, r in GOOD.items()}
    assert steered(unpriced) == steered(GOOD)


def test_ways_that_nobody_votes_on_keep_their_turn_and_do_not_compete(steered):
    records = {arm(): Record(100, 100, 100)}
    slots = steered(records, ways=("meta", "contrast"))
    assert 0.4 < sum(slot.way == "contrast" for slot in slots) / len(slots) < 0.6
    assert {slot.way for slot in steered(records, ways=("contrast",))} == {"contrast"}


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), min_size=6, max_size=6))
def test_the_same_counts_give_the_same_choice_and_always_one_that_may_be_made(steered, counts):
    arms = [arm("openai:large", way, warm) for way in WAYS for warm in (0.5, 1.0)]
    arms += [arm("openai:small", way) for way in WAYS]
    records = {
        one: Record(good + bad, good, good + bad)
        for one, (good, bad) in zip(arms, counts, strict=True)
    }
    slots = steered(records, range(30))
    assert slots == steered(records, range(30))
    allowed = {(one.teacher, one.way, one.temperature) for one in arms}
    assert {(slot.teacher.model, slot.way, slot.temperature) for slot in slots} <= allowed
