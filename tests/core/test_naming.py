"""Whom to name: never one who must not be, somebody as long as there is one, each in turn."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.naming import (
    MOST_A_DAY,
    WAIT,
    Cast,
    Contest,
    Fate,
    Named,
    Reviewer,
    due,
    fate,
    today,
    whom,
)
from core.votes import Verdict

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
USERS = st.text("abcdefgh", min_size=1, max_size=2)
REVIEWERS = st.lists(
    st.builds(
        Reviewer,
        user=USERS,
        curator=st.booleans(),
        today=st.integers(0, 3),
        ever=st.integers(0, 9),
    ),
    max_size=8,
    unique_by=lambda one: one.user,
)


def at(minutes):
    return START + minutes * MINUTE


def cast(user, minutes, verdict=Verdict.APPROVE):
    return Cast(user, verdict, at(minutes))


def contest(*here, since=0):
    return Contest(at(since), here or ("dora", "emil"))


@given(st.integers(1, 99), REVIEWERS, st.sets(USERS))
def test_who_is_named_may_be_and_comes_before_any_curator(sample, reviewers, excluded):
    free = {r.user for r in reviewers if r.today < MOST_A_DAY and r.user not in excluded}
    chosen = whom(sample, reviewers, excluded)
    assert chosen in free if free else chosen is None
    if any(not r.curator for r in reviewers if r.user in free):
        assert chosen not in {r.user for r in reviewers if r.curator}


@given(st.integers(1, 99), REVIEWERS, st.sets(USERS), st.randoms())
def test_the_order_of_the_reviewers_says_nothing(sample, reviewers, excluded, random):
    shuffled = random.sample(reviewers, len(reviewers))
    assert whom(sample, shuffled, excluded) == whom(sample, reviewers, excluded)


@given(st.integers(1, 9), st.integers(1, 40))
def test_over_many_days_everyone_is_named_as_often_as_the_others(people, samples):
    ever = Counter({f"u{n}": 0 for n in range(people)})
    for sample in range(samples):
        chosen = whom(sample, [Reviewer(user, ever=times) for user, times in ever.items()])
        ever[chosen] += 1
    assert max(ever.values()) - min(ever.values()) <= 1


def test_within_a_day_those_who_were_not_asked_yet_come_first():
    fresh, asked = Reviewer("ana", today=0, ever=90), Reviewer("ben", today=1, ever=1)
    assert whom(7, [asked, fresh]) == "ana"


def test_at_the_start_the_lot_falls_on_different_people():
    reviewers = [Reviewer(user) for user in ("ana", "ben", "cleo", "dan")]
    assert {whom(sample, reviewers) for sample in range(40)} == {"ana", "ben", "cleo", "dan"}


@pytest.mark.parametrize(
    ("minutes", "named", "casts", "expected"),
    [
        (9, [], [], False),
        (10, [], [], True),
        (10, [], [cast("ana", 9)], True),
        (99, [Named("dora", at(10))], [], False),
        (10, [Named("dora", at(10), at(10))], [], True),
        (21, [Named("dora", at(10))], [cast("dora", 12)], False),
        (22, [Named("dora", at(10))], [cast("dora", 12)], True),
        (22, [Named("dora", at(10))], [cast("cleo", 12)], True),
        (22, [Named("dora", at(10))], [cast("cleo", 12, Verdict.SKIP)], False),
        (12, [Named("dora", at(10))], [cast("dora", 12, Verdict.SKIP)], True),
        (12, [Named("gone", at(10))], [], True),
        (22, [Named("dora", at(10), at(11)), Named("emil", at(11))], [cast("ana", 3)], False),
    ],
    ids=[
        "too early", "ten minutes", "a vote meanwhile does not put it off", "one is waited for",
        "passed on", "answered just now", "answered ten minutes ago", "somebody else voted",
        "somebody else skipped", "skipped by the one named", "away", "the next is waited for",
    ],
)  # fmt: skip
def test_one_more_is_due(minutes, named, casts, expected):
    assert due(named, casts, contest(), at(minutes)) is expected


def test_a_contest_that_begins_again_waits_again():
    named = [Named("dora", at(10))]
    assert not due(named, [], contest(since=30), at(39))
    assert due(named, [], contest(since=30), at(40))
    assert WAIT == 10 * MINUTE


@pytest.mark.parametrize(
    ("casts", "declined", "current", "expected"),
    [
        ([], None, contest(), Fate.WAITS),
        ([cast("dora", 4)], None, contest(), Fate.WAITS),
        ([cast("ana", 12, Verdict.SKIP)], None, contest(), Fate.WAITS),
        ([cast("dora", 12, Verdict.SKIP)], None, contest(), Fate.VOTED),
        ([cast("dora", 12), cast("ana", 13)], at(11), None, Fate.VOTED),
        ([], at(11), contest(), Fate.PASSED),
        ([cast("ana", 12)], None, contest(), Fate.OVER),
        ([], None, None, Fate.OVER),
        ([], None, contest(since=11), Fate.OVER),
        ([], None, contest("emil"), Fate.OVER),
    ],
    ids=[
        "waits", "voted before", "another skips", "skips", "voted after all", "passed on",
        "another votes", "decided", "contested again", "away",
    ],
)  # fmt: skip
def test_what_became_of_naming_somebody(casts, declined, current, expected):
    assert fate(Named("dora", at(10), declined), casts, current) is expected


@pytest.mark.parametrize(
    ("zone", "now", "day", "began"),
    [
        ("UTC", START, "2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("Asia/Shanghai", datetime(2026, 3, 2, 17, tzinfo=UTC), "2026-03-03",
         datetime(2026, 3, 2, 16, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC), "2026-10-25",
         datetime(2026, 10, 24, 22, tzinfo=UTC)),
    ],
    ids=["UTC", "ahead", "the clocks went back that day"],
)  # fmt: skip
def test_a_day_is_that_of_the_time_zone(zone, now, day, began):
    assert today(now, ZoneInfo(zone)) == (day, began)
