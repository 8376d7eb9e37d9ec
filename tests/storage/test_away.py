"""Days off: whose, in which time zone's day, and taken back."""

import pytest

from storage import away


def leave(house, user, day="2026-03-02", key=None):
    key = key or f"click:{next(house.keys)}"
    return away.leave(house.store, house.dataset.id, user, day, key=key)


def test_a_person_is_away_for_a_day_until_they_take_it_back(house):
    h = house()
    assert leave(h, "ana") is True
    assert leave(h, "ben") is True
    assert away.away(h.store, h.dataset.id, "2026-03-02") == {"ana", "ben"}
    assert leave(h, "ana") is False
    assert away.away(h.store, h.dataset.id, "2026-03-02") == {"ben"}


def test_the_next_day_and_another_dataset_are_not_concerned(house):
    h, other = house(), house(name="cure", channel="C2")
    leave(h, "ana")
    assert away.away(h.store, h.dataset.id, "2026-03-03") == frozenset()
    assert away.away(h.store, other.dataset.id, "2026-03-02") == frozenset()


def test_a_click_heard_twice_is_one_click(house):
    h = house()
    assert [leave(h, "ana", key="click:1") for _ in range(3)] == [True, True, True]
    assert [leave(h, "ana", key="click:2") for _ in range(3)] == [False, False, False]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", "2026-03-02"),
        ("Asia/Shanghai", "2026-03-03"),
        ("America/Los_Angeles", "2026-03-02"),
    ],
)
def test_today_is_the_day_of_the_schedule(house, clock, zone, day):
    h = house(f"schedule: {{timezone: {zone}}}")
    clock.forward(hours=9)  # 18:00 UTC
    assert away.today(h.store, h.dataset) == day
