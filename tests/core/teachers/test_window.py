from hypothesis import given, settings
from hypothesis import strategies as st

from core.teachers.window import FULL_AGAIN, Window


def test_it_begins_at_the_bound():
    assert [Window(bound).limit for bound in (0, 1, 8)] == [1, 1, 8]


def test_one_round_trip_cuts_once():
    window = Window(8)
    assert [window.overloaded(0.0, 1.0 + n / 10) for n in range(8)] == [True, *[False] * 7]
    assert window.limit == 6
    assert window.overloaded(2.0, 3.0)
    assert window.limit == 4


def test_calm_time_brings_the_whole_limit_back():
    window = Window(40)
    for n in range(20):
        window.overloaded(float(n), n + 0.5)
    assert window.limit == 1
    window.answered(19.5 + FULL_AGAIN / 2)
    assert window.limit == 21
    window.answered(19.5 + FULL_AGAIN)
    assert window.limit == 40


def test_time_without_an_answer_brings_nothing_back():
    window = Window(40)
    window.overloaded(0.0, 1.0)
    assert window.limit == 30
    window.overloaded(500.0, 501.0)
    assert window.limit == 22


EVENTS = st.lists(st.tuples(st.booleans(), st.floats(0, 30), st.floats(0, 200)), max_size=60)


@settings(max_examples=60)
@given(st.integers(1, 200), EVENTS)
def test_it_stays_between_one_and_the_bound(bound, events):
    window, now = Window(bound), 0.0
    for answered, passed, ago in events:
        now += passed
        before = window.limit
        if answered:
            window.answered(now)
            assert window.limit >= before
        else:
            window.overloaded(now - ago, now)
            assert window.limit <= before
        assert 1 <= window.limit <= bound
