"""How long a teacher is waited for."""

from core.teachers import Patience


def test_each_failure_doubles_the_pause_up_to_the_longest_however_many_there_are():
    patience = Patience(first_wait=1.0, longest_backoff=8.0)
    assert [patience.pause(failures, 1.0) for failures in (1, 2, 3, 4, 5)] == [1, 2, 4, 8, 8]
    assert patience.pause(100_000, 1.0) == 8
    assert patience.pause(1, 0.0) == 0.5


def test_what_a_server_asks_for_is_honoured_up_to_the_longest_wait():
    patience = Patience(longest_wait=60.0)
    assert [patience.asked_for(wait) for wait in (None, 0.0, 7.0, float("inf"))] == [0, 0, 7, 60]
