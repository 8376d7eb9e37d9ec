"""What a round of generation asks for."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.planning import Cell, counts, plan, seeds_shown
from core.recipe import parse

RECIPE = """\
name: skin
goal: Help people.
format: instruction
language: [zh, en]
channel: "#skin"
teachers:
  - {model: "openai:large", weight: 3, temperature: [0.5, 1.0]}
  - openai:small
categories: {acne: 0.5, eczema: 0.3, hives: 0.2}
difficulty: {easy: 0.3, medium: 0.45, hard: 0.25}
"""


@pytest.fixture(scope="module")
def recipe():
    return parse(RECIPE)


@pytest.fixture(scope="module")
def calls(recipe):
    """Plans requests; what a test does not name is as at the very beginning."""

    def make(numbers, *, covered=(), asked=(), ways=("seeds",), recipe=recipe, **more):
        return plan(
            recipe,
            numbers,
            teachers=recipe.teachers,
            ways=ways,
            covered=Counter(dict(covered)),
            asked=Counter(dict(asked)),
            **more,
        )

    return make


@given(st.integers(0, 500), st.integers(1, 40))
def test_requests_ask_for_what_is_wanted_together(wanted, per_call):
    numbers = counts(wanted, per_call)
    assert wanted == sum(numbers)
    assert [per_call] * (len(numbers) - 1) == numbers[:-1]
    assert all(0 < number <= per_call for number in numbers)


@given(st.integers(0, 500), st.integers(1, 40), st.integers(0, 20))
def test_as_many_requests_are_counted_out_as_may_be_made(wanted, per_call, most):
    assert counts(wanted, per_call)[:most] == counts(wanted, per_call, most)


def test_a_huge_number_wanted_makes_no_huge_list():
    assert counts(10**18, 5, 3) == [5, 5, 5]


def test_four_hundred_requests_fill_every_combination_by_its_share(recipe, calls):
    found = Counter(call.cell for call in calls([5] * 400))
    for category, share in recipe.categories.items():
        for difficulty, part in recipe.difficulty.items():
            for language in recipe.languages:
                expected = 400 * share * part / 2
                assert abs(expected - found[Cell(category, difficulty, language)]) <= 1


def test_the_first_requests_already_spread_over_all_three(calls):
    cells = [call.cell for call in calls([5] * 6)]
    assert Counter(cell.category for cell in cells) == {"acne": 3, "eczema": 2, "hives": 1}
    assert Counter(cell.difficulty for cell in cells) == {"medium": 3, "easy": 2, "hard": 1}
    assert Counter(cell.language for cell in cells) == {"zh": 3, "en": 3}


def test_the_largest_deficit_comes_first(calls):
    covered = {Cell("acne", "medium", "zh"): 50, Cell("eczema", "medium", "zh"): 2}
    first, second, *_ = calls([5] * 4, covered=covered)
    assert (first.cell.category, first.cell.language) == ("eczema", "en")
    assert first.cell.difficulty != "medium"
    assert second.cell.category == "hives"


def test_a_record_without_a_difficulty_counts_for_its_category(calls):
    first, *_ = calls([5], covered={Cell("acne", None, "zh"): 40})
    assert first.cell.category != "acne"


def test_cells_that_the_recipe_no_longer_has_do_not_disturb(calls):
    covered = {Cell("warts", "easy", "zh"): 900, Cell("warts", "easy", "en"): 900}
    assert [call.cell.category for call in calls([5] * 6)] == [
        call.cell.category for call in calls([5] * 6, covered=covered)
    ]


def test_one_category_alone_may_be_asked_for(calls):
    assert {"hives"} == {call.cell.category for call in calls([5] * 20, category="hives")}


def test_a_recipe_without_difficulties_asks_for_none(calls):
    plain = parse(RECIPE.replace("difficulty:", "# difficulty:"))
    assert {None} == {call.cell.difficulty for call in calls([5] * 9, recipe=plain)}


def test_teachers_share_requests_by_their_weights(calls):
    models = [call.teacher.model for call in calls([5] * 40)]
    assert Counter(models) == {"openai:large": 30, "openai:small": 10}
    for start in range(32):
        assert 1 <= models[start : start + 8].count("openai:small") <= 3


def test_shares_of_teachers_go_on_where_the_last_run_ended(calls):
    whole = [call.teacher.model for call in calls([5] * 16)]
    begun = Counter(whole[:7])
    assert whole[7:] == [call.teacher.model for call in calls([5] * 9, asked=begun)]


def test_each_teacher_takes_ways_and_temperatures_in_turn(calls):
    made = calls([5] * 32, ways=("seeds", "meta"))
    large = [(c.way, c.temperature) for c in made if c.teacher.model == "openai:large"]
    expected = [("seeds", 0.5), ("meta", 0.5), ("seeds", 1.0), ("meta", 1.0)]
    assert expected * 6 == large
    assert {("seeds", None), ("meta", None)} == {
        (c.way, c.temperature) for c in made if c.teacher.model == "openai:small"
    }


@given(st.dictionaries(st.sampled_from(["acne", "eczema", "hives"]), st.integers(0, 99)))
def test_the_same_counts_give_the_same_plan(calls, held):
    covered = {Cell(category, "easy", "en"): number for category, number in held.items()}
    assert calls([5, 5, 3], covered=covered) == calls([5, 5, 3], covered=covered)


@given(st.integers(2, 60), st.integers(0, 10_000), st.text(max_size=5))
def test_no_request_shows_the_same_seeds_as_the_one_before(available, number, salt):
    here = seeds_shown(available, number, salt)
    assert set(here) != set(seeds_shown(available, number + 1, salt))
    assert len(here) == len(set(here)) == max(1, min(3, available // 2))
    assert set(here) <= set(range(available))


@pytest.mark.parametrize(("available", "expected"), [(0, []), (1, [0])])
def test_with_less_than_two_seeds_there_is_nothing_to_turn(available, expected):
    assert [expected] * 3 == [seeds_shown(available, number, "skin") for number in range(3)]


def test_every_seed_is_shown_about_as_often_as_any_other():
    shown = Counter(seed for number in range(400) for seed in seeds_shown(13, number, "skin"))
    assert set(range(13)) == set(shown)
    assert max(shown.values()) < 1.5 * min(shown.values())
