"""How a dataset grows towards its target."""

from datetime import date, timedelta

from core.votes import Verdict
from storage.growth import WEEK, Category, growth


def test_it_is_counted_by_the_day_of_approval_that_stands(store, house, clock):
    here = house("target: 40")
    first, second, third = here.opened(3)
    begun = clock.now.date()
    here.approve(first, "ana", "ben")
    here.approve(second, "ana", "ben")
    clock.forward(days=2)
    here.approve(third, "ana", "ben")
    here.react(second, "ben", Verdict.APPROVE, present=False)
    clock.forward(days=1)
    found = growth(store, here.dataset)
    assert found.days == (
        (begun, 1),
        (begun + timedelta(days=2), 2),
        (begun + timedelta(days=3), 2),
    )
    assert (found.approved, found.target, found.this_week) == (2, 40, 2)


def test_a_reopened_sample_counts_from_its_last_approval(store, house, clock):
    here = house()
    (sample,) = here.opened()
    begun = clock.now.date()
    here.approve(sample, "ana", "ben")
    here.react(sample, "ben", Verdict.APPROVE, present=False)
    clock.forward(days=1)
    here.approve(sample, "cleo")
    assert growth(store, here.dataset).days == ((begun, 0), (begun + timedelta(days=1), 1))


def test_what_was_approved_elsewhere_counts_from_its_import(store, house):
    here = house()
    here.candidates(3, imported_by="Dr. Li")
    assert growth(store, here.dataset).approved == 3


def test_a_day_ends_where_the_schedule_is(store, house, clock):
    here = house("schedule: {timezone: Pacific/Kiritimati}")
    last = growth(store, here.dataset).days[-1][0]
    assert last == (clock.now + timedelta(hours=14)).date()
    assert isinstance(last, date)


def test_categories_have_what_they_want_and_others_stand_last(store, house):
    here = house("target: 40", "categories: {eczema: 3, acne: 1}")
    here.candidates(2, category="acne", imported_by="Dr. Li")
    here.candidates(1, category="unsorted", imported_by="Dr. Li")
    assert growth(store, here.dataset).categories == (
        Category("eczema", 30, 0),
        Category("acne", 10, 2),
        Category("unsorted", 0, 1),
    )


def test_the_pace_is_that_of_the_last_seven_days(store, house, clock):
    here = house("target: 10")
    assert growth(store, here.dataset).weeks_left is None
    here.candidates(3, imported_by="Dr. Li")
    assert growth(store, here.dataset).weeks_left == 3
    clock.forward(seconds=WEEK.total_seconds())
    assert growth(store, here.dataset).weeks_left is None
    here.candidates(7, imported_by="Dr. Li")
    assert growth(store, here.dataset).weeks_left is None


def test_the_same_numbers_are_the_same_growth_whatever_the_pace(store, house, clock):
    here = house()
    here.candidates(1, imported_by="Dr. Li")
    before = growth(store, here.dataset)
    clock.forward(minutes=5)
    assert growth(store, here.dataset) == before
    here.candidates(1, imported_by="Dr. Li")
    assert growth(store, here.dataset) != before
