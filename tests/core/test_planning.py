"""What calls ask for."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.planning import Cell, Ground, counts, in_turn, most_owed, seeds_shown
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
def cells(recipe):
    """The cells of so many calls in a row, each of which brings five approved records."""

    def plan(calls, *, held=(), recipe=recipe, ways=("meta",), places=None, category=None):
        ground, held = Ground(recipe, ways, places or {}, category), Counter(dict(held))
        found = []
        for _ in range(calls):
            cell = most_owed(ground, held, 5)
            found.append(cell)
            held[cell] += 5
        return found

    return plan


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


def test_four_hundred_calls_fill_every_combination_by_its_share(recipe, cells):
    found = Counter(cells(400))
    for category, share in recipe.categories.items():
        for difficulty, part in recipe.difficulty.items():
            for language in recipe.languages:
                expected = 400 * share * part / 2
                assert abs(expected - found[Cell(category, difficulty, language)]) <= 1


def test_the_first_calls_already_spread_over_all_three(cells):
    first = cells(6)
    assert Counter(cell.category for cell in first) == {"acne": 3, "eczema": 2, "hives": 1}
    assert Counter(cell.difficulty for cell in first) == {"medium": 3, "easy": 2, "hard": 1}
    assert Counter(cell.language for cell in first) == {"zh": 3, "en": 3}


def test_the_largest_deficit_comes_first(cells):
    held = {Cell("acne", "medium", "zh"): 50, Cell("eczema", "medium", "zh"): 2}
    first, second, *_ = cells(4, held=held)
    assert (first.category, first.language) == ("eczema", "en")
    assert first.difficulty != "medium"
    assert second.category == "hives"


def test_a_record_without_a_difficulty_counts_for_its_category(cells):
    (first,) = cells(1, held={Cell("acne", None, "zh"): 40})
    assert first.category != "acne"


def test_cells_that_the_recipe_no_longer_has_do_not_disturb(cells):
    held = {Cell("warts", "easy", "zh"): 900, Cell("warts", "easy", "en"): 900}
    assert [cell.category for cell in cells(6)] == [cell.category for cell in cells(6, held=held)]


def test_one_category_alone_may_be_asked_for(cells):
    assert {"hives"} == {cell.category for cell in cells(20, category="hives")}


def test_a_recipe_without_difficulties_asks_for_none(cells):
    plain = parse(RECIPE.replace("difficulty:", "# difficulty:"))
    assert {None} == {cell.difficulty for cell in cells(9, recipe=plain)}


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.builds(
            Cell,
            st.sampled_from(["acne", "eczema", "hives"]),
            st.sampled_from(["easy", "medium", "hard"]),
            st.sampled_from(["zh", "en"]),
        ),
        st.floats(0, 60),
        max_size=9,
    )
)
def test_whatever_there_is_already_calls_make_up_for_it(recipe, cells, held):
    asked = Counter(cell.category for cell in cells(30, held=held))
    found = Counter({category: 5 * calls for category, calls in asked.items()})
    for cell, number in held.items():
        found[cell.category] += number
    for category in asked:
        assert found[category] <= recipe.categories[category] * found.total() + 5


def test_ways_that_start_from_samples_are_used_where_there_are_such(recipe, cells):
    places = {"evolve": {("hives", "en")}}
    ground = Ground(recipe, ("meta", "evolve"), places)
    assert ground.ways_in("hives", "en") == ("meta", "evolve")
    assert ground.ways_in("hives", "zh") == ("meta",)
    alone = cells(6, ways=("evolve",), places=places)
    assert {("hives", "en")} == {(cell.category, cell.language) for cell in alone}
    assert cells(1, ways=("evolve",), places={"evolve": set()}) == [None]
    assert cells(1, ways=("evolve",), places=places, category="acne") == [None]


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


@given(st.integers(1, 40), st.integers(1, 9), st.text(max_size=5))
def test_a_round_takes_nothing_twice(available, size, salt):
    sets = max(1, available // size)
    taken = [each for number in range(sets) for each in in_turn(available, number, salt, size)]
    assert len(taken) == len(set(taken)) == sets * min(size, available)
    assert set(taken) <= set(range(available))


def test_nothing_is_taken_of_nothing():
    assert in_turn(0, 3, "skin", 5) == []
