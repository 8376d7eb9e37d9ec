from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agreement import Agreement, agreement

# Rows are reviewers, columns are records, a dot is a missing vote.
TEN_RECORDS = ["1101.01.10", "11001011.0", ".1011.1111"]
# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", C: four observers, twelve units.
FOUR_OBSERVERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]

APPROVE, REJECT = "approve", "reject"


def columns(rows):
    return [[row[i] for row in rows if row[i] != "."] for i in range(len(rows[0]))]


def pairs(both_approve, split, both_reject):
    return (
        [(APPROVE, APPROVE)] * both_approve
        + [(APPROVE, REJECT)] * split
        + [(REJECT, REJECT)] * both_reject
    )


def test_alpha_equals_the_value_that_krippendorff_and_nltk_compute():
    assert agreement(columns(TEN_RECORDS)).alpha == pytest.approx(0.6471, abs=5e-5)


def test_the_textbook_example_gives_the_published_values_of_all_three():
    measured = agreement(columns(FOUR_OBSERVERS))

    assert measured.alpha == pytest.approx(0.743, abs=5e-4)
    assert measured.ac1 == pytest.approx(0.77544, abs=5e-6)
    assert measured.raw == pytest.approx(0.81818, abs=5e-6)
    assert measured.n == 11


@pytest.mark.parametrize(
    ("votes", "raw", "alpha", "ac1"),
    [(pairs(95, 4, 1), 0.96, 0.316, 0.958), (pairs(96, 4, 0), 0.96, -0.015, 0.958)],
)
def test_the_prevalence_paradox_shows_in_alpha_and_not_in_ac1(votes, raw, alpha, ac1):
    measured = agreement(votes)

    assert measured.raw == pytest.approx(raw)
    assert measured.alpha == pytest.approx(alpha, abs=5e-4)
    assert measured.ac1 == pytest.approx(ac1, abs=5e-4)
    assert measured.n == 100


@pytest.mark.parametrize("votes", [[], [()], [(APPROVE,), (REJECT,), ()]])
def test_without_a_doubly_voted_record_nothing_is_estimable(votes):
    assert agreement(votes) == Agreement(None, None, None, 0)


def test_with_one_label_alone_alpha_is_not_estimable_and_the_others_are_one():
    assert agreement(pairs(40, 0, 0)) == Agreement(1.0, None, 1.0, 40)


def test_thirty_doubly_voted_records_are_enough_to_be_shown():
    assert not agreement([*pairs(29, 0, 0), (APPROVE,)]).enough
    assert agreement(pairs(30, 0, 0)).enough


units = st.lists(st.lists(st.sampled_from([APPROVE, REJECT]), max_size=6), max_size=20)


@given(votes=units, random=st.randoms(use_true_random=False))
def test_the_order_of_records_and_of_votes_changes_nothing(votes, random):
    shuffled = [random.sample(unit, len(unit)) for unit in votes]
    random.shuffle(shuffled)

    assert agreement(shuffled) == agreement(votes)


@given(votes=units)
def test_the_names_of_the_labels_change_nothing(votes):
    swapped = [[REJECT if label == APPROVE else APPROVE for label in unit] for unit in votes]

    assert agreement(swapped) == agreement(votes)


@given(votes=units)
def test_no_measure_exceeds_one_and_full_agreement_reaches_it(votes):
    measured = agreement(votes)
    values = [v for v in (measured.raw, measured.alpha, measured.ac1) if v is not None]

    assert all(value <= 1 for value in values)
    if all(len(set(unit)) <= 1 for unit in votes):
        assert all(isclose(value, 1) for value in values)


@given(votes=units)
def test_records_with_a_single_vote_leave_raw_agreement_and_alpha_alone(votes):
    more = agreement([*votes, (APPROVE,)])
    before = agreement(votes)

    assert (more.raw, more.alpha, more.n) == (before.raw, before.alpha, before.n)
