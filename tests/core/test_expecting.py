"""What is expected to be approved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expecting import PRIOR_RATE, PRIOR_YIELD, Expecting, Standing
from core.planning import Cell

ACNE, ACNE_ZH, HIVES = (
    Cell("acne", "easy", "en"),
    Cell("acne", "easy", "zh"),
    Cell("hives", None, "en"),
)
COUNTS = st.dictionaries(st.sampled_from([ACNE, ACNE_ZH, HIVES]), st.integers(0, 300))


def test_before_any_decision_every_cell_has_the_same_rate():
    expecting = Expecting(Standing(undecided={ACNE: 10}, came=0))
    assert {expecting.rate(cell) for cell in (None, ACNE, HIVES)} == {PRIOR_RATE}
    assert expecting.held() == {ACNE: 10 * PRIOR_RATE}
    assert expecting.held([(HIVES, 5)]) == {
        ACNE: 10 * PRIOR_RATE,
        HIVES: pytest.approx(5 * PRIOR_YIELD * PRIOR_RATE),
    }


def test_a_rate_is_shrunk_towards_that_of_its_category_then_of_the_dataset():
    expecting = Expecting(Standing(approved={ACNE: 18, HIVES: 2}, rejected={ACNE: 2, HIVES: 18}))
    whole = (20 + 10 * PRIOR_RATE) / 50
    acne, hives = (18 + 10 * whole) / 30, (2 + 10 * whole) / 30
    assert expecting.rate() == pytest.approx(whole)
    assert expecting.rate(Cell("warts", None, "en")) == pytest.approx(whole)
    assert expecting.rate(ACNE_ZH) == pytest.approx(acne)
    assert expecting.rate(ACNE) == pytest.approx((18 + 10 * acne) / 30)
    assert expecting.rate(HIVES) == pytest.approx((2 + 10 * hives) / 30)


@given(COUNTS, COUNTS)
def test_a_rate_is_a_share_and_many_decisions_speak_for_themselves(approved, rejected):
    expecting = Expecting(Standing(approved=approved, rejected=rejected))
    for cell in (ACNE, ACNE_ZH, HIVES):
        good, bad = approved.get(cell, 0), rejected.get(cell, 0)
        assert 0 < expecting.rate(cell) < 1
        if decided := good + bad:
            assert abs(expecting.rate(cell) - good / decided) <= 10 / (decided + 10)


@given(COUNTS, COUNTS, COUNTS)
def test_what_is_approved_counts_whole_and_the_rest_in_part(approved, rejected, undecided):
    held = Expecting(Standing(approved, rejected, undecided)).held()
    for cell in (ACNE, ACNE_ZH, HIVES):
        least, more = approved.get(cell, 0), undecided.get(cell, 0)
        assert least <= held.get(cell, 0) <= least + more


def test_calls_under_way_count_by_what_passes_the_checks():
    expecting = Expecting(Standing(came=90, passed=40))
    assert expecting.passing == pytest.approx((40 + 10 * PRIOR_YIELD) / 100)
    assert expecting.per_record(ACNE) == pytest.approx(expecting.passing * PRIOR_RATE)
    assert expecting.held([(ACNE, 5), (ACNE, 5)])[ACNE] == pytest.approx(
        10 * expecting.per_record(ACNE)
    )


def test_what_was_approved_elsewhere_is_held_but_tells_no_rate():
    expecting = Expecting(Standing(approved={ACNE: 400}, imported={ACNE: 400}))
    assert (expecting.rate(ACNE), expecting.held()) == (PRIOR_RATE, {ACNE: 400})
