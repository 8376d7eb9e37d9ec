"""Due times: a pure function of cron, time zone and clock (DESIGN.md, rule 8)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import latest_due


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "now", "due"),
    [
        ("0 9 * * *", "UTC", "2026-03-02 08:00", "2026-03-02 08:59", None),
        ("0 9 * * *", "UTC", "2026-03-02 08:00", "2026-03-02 09:00", "2026-03-02 09:00"),
        ("0 9 * * *", "UTC", "2026-03-02 09:00", "2026-03-02 23:00", None),
        ("0 9 * * *", "UTC", "2026-03-02 09:00", "2026-03-03 09:01", "2026-03-03 09:00"),
        ("0 9 * * *", "Asia/Shanghai", "2026-03-02 00:00", "2026-03-02 01:00", "2026-03-02 01:00"),
        ("0 9 * * mon-fri", "UTC", "2026-03-06 10:00", "2026-03-08 23:00", None),
        ("0 9 * * mon-fri", "UTC", "2026-03-06 10:00", "2026-03-09 09:00", "2026-03-09 09:00"),
        ("*/15 * * * *", "UTC", "2026-03-02 08:00", "2026-03-02 08:59", "2026-03-02 08:45"),
    ],
)
def test_a_time_is_due_once_it_has_passed(cron, zone, after, now, due):
    assert latest_due(cron, zone, at(after), at(now)) == (due and at(due))


def test_of_several_missed_the_latest_is_made_up():
    due = latest_due("0 9 * * *", "UTC", at("2026-03-02 09:00"), at("2026-03-20 12:00"))
    assert due == at("2026-03-20 09:00")


def test_none_is_due_from_before_the_recipe_was_added():
    added = at("2026-03-02 09:30")
    assert latest_due("0 9 * * *", "UTC", added, at("2026-03-02 23:59")) is None


# In Berlin on 25 October 2026 the clocks go back from 03:00 (01:00 UTC) to 02:00.
FIRST, SECOND = at("2026-10-25 00:30"), at("2026-10-25 01:30")


@pytest.mark.parametrize(
    ("after", "now", "due"),
    [
        (FIRST - timedelta(hours=1), FIRST, FIRST),
        (FIRST - timedelta(hours=1), SECOND + timedelta(hours=5), FIRST),
        (FIRST, SECOND + timedelta(hours=5), None),
        (FIRST + timedelta(minutes=5), SECOND + timedelta(hours=5), None),
        (FIRST, FIRST + timedelta(hours=26), at("2026-10-26 01:30")),
    ],
)
def test_the_hour_that_comes_twice_fires_once(after, now, due):
    assert latest_due("30 2 * * *", "Europe/Berlin", after, now) == due


def test_a_time_in_the_hour_that_is_skipped_comes_an_hour_later_and_once():
    """In Berlin on 29 March 2026 the clocks go on from 02:00 (01:00 UTC) to 03:00."""
    before, later = at("2026-03-28 12:00"), at("2026-03-29 01:30")
    assert latest_due("30 2 * * *", "Europe/Berlin", before, later - timedelta(seconds=1)) is None
    assert latest_due("30 2 * * *", "Europe/Berlin", before, later) == later
    assert latest_due("30 2 * * *", "Europe/Berlin", later, at("2026-03-29 23:59")) is None
    following = at("2026-03-30 00:30")
    assert latest_due("30 2 * * *", "Europe/Berlin", later, following) == following


@given(
    st.sampled_from(["0 9 * * *", "30 2 * * *", "*/20 1-3 * * *", "0 0 1 * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai"]),
    st.integers(0, 60 * 24 * 275).map(lambda n: at("2026-03-01 00:00") + timedelta(minutes=n)),
    st.integers(0, 60 * 24 * 9),
    st.integers(0, 60 * 24 * 9),
)
def test_looking_often_finds_what_looking_once_finds(cron, zone, start, one, two):
    middle = start + timedelta(minutes=one)
    end = middle + timedelta(minutes=two)
    first = latest_due(cron, zone, start, middle)
    second = latest_due(cron, zone, first or start, end)
    assert latest_due(cron, zone, start, end) == (second or first)
    if second:
        assert start < second <= end
