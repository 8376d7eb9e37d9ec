"""Runs of scheduled jobs whose process died."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import jobs
from storage.jobs import HOLD

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def begun(house):
    """A house in which the batch of Monday was begun."""
    h = house()
    assert jobs.begin(h.store, h.dataset.id, "batch", MONDAY)
    return h


def test_a_run_that_nobody_renews_is_taken_over_once(begun):
    h = begun
    h.clock.now += HOLD - A_SECOND
    assert jobs.take_over(h.store, h.dataset.id, "batch") is None
    h.clock.now += A_SECOND
    assert jobs.take_over(h.store, h.dataset.id, "export") is None
    assert jobs.take_over(h.store, h.dataset.id, "batch") == MONDAY
    assert jobs.take_over(h.store, h.dataset.id, "batch") is None


def test_a_run_that_is_renewed_or_over_is_left_alone(begun):
    h = begun
    h.clock.now += HOLD - A_SECOND
    jobs.renew(h.store, h.dataset.id, "batch", MONDAY)
    h.clock.now += HOLD - A_SECOND
    assert jobs.take_over(h.store, h.dataset.id, "batch") is None
    jobs.end(h.store, h.dataset.id, "batch", MONDAY)
    h.clock.now += HOLD
    assert jobs.take_over(h.store, h.dataset.id, "batch") is None


def test_of_several_runs_that_were_cut_off_the_latest_is_made_up(begun):
    h = begun
    tuesday = MONDAY + timedelta(days=1)
    assert jobs.begin(h.store, h.dataset.id, "batch", tuesday)
    h.clock.now += HOLD
    assert jobs.take_over(h.store, h.dataset.id, "batch") == tuesday
    jobs.end(h.store, h.dataset.id, "batch", tuesday)
    assert jobs.take_over(h.store, h.dataset.id, "batch") is None
