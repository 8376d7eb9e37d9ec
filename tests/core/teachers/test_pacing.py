"""The limiter against a server's own arithmetic, without a network."""

from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.teachers.announced import Announced
from core.teachers.base import Ask, Usage
from core.teachers.pacing import Pace

ASK = Ask("", "x" * 400, None, 100)


class Server:
    """One limit by the minute; `told` is what it announces of a request."""

    def __init__(self, limit):
        self.limit = self.level = float(limit)
        self.at = 0.0

    def left(self, now):
        self.level = min(self.limit, self.level + (now - self.at) * self.limit / 60)
        self.at = now
        return self.level

    def take(self, now):
        enough = self.left(now) >= 1 - 1e-6
        self.level -= enough
        return enough

    def told(self, now):
        return (Announced("requests", self.limit, int(max(0, self.left(now)))),)


def play(limit, width, latencies, *, early, number=150):
    """Send as soon as the pace allows, `width` at most at a time.

    `early` is whether the server looks at what remains when a request arrives, or when it is
    answered. Returns (when sent, whether accepted) of each, and when the first answer came.
    """
    server, pace, now, first = Server(limit), Pace(), 0.0, float("inf")
    sent, flying = [], []
    while len(sent) < number:
        wait = pace.wait(ASK, now)
        if len(flying) < width and wait <= 0:
            ticket = pace.send(ASK, now)
            sent.append((now, server.take(now)))
            back = now + latencies[len(sent) % len(latencies)]
            heappush(flying, (back, len(sent), ticket, server.told(now)))
            continue
        due = flying[0][0] if flying else float("inf")
        if len(flying) < width and now + wait < due:
            now += wait
            continue
        now, _, ticket, told = heappop(flying)
        first = min(first, now)
        pace.hear(ticket, told if early else server.told(now), None, now)
    return sent, first


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 120),
    st.integers(1, 40),
    st.lists(st.floats(0.05, 30), min_size=1, max_size=8),
    st.booleans(),
)
def test_a_limit_is_never_exceeded_after_the_first_burst(limit, width, latencies, early):
    sent, first = play(limit, width, latencies, early=early)
    refused = [at for at, accepted in sent if not accepted]
    assert all(at <= first for at in refused)
    assert len(refused) <= width


@settings(max_examples=40, deadline=None)
@given(
    st.integers(10, 120),
    st.lists(st.floats(0.05, 10), min_size=1, max_size=8),
    st.booleans(),
)
def test_nine_tenths_of_a_limit_are_used(limit, latencies, early):
    sent, _ = play(limit, 60, latencies, early=early, number=4 * limit)
    accepted = [at for at, fine in sent if fine]
    # A full bucket, and then the rate.
    allowed = limit + limit * accepted[-1] / 60
    assert len(accepted) >= 0.9 * allowed - 2


def test_what_others_use_of_a_limit_is_noticed():
    pace = Pace()
    ticket = pace.send(ASK, 0.0)
    pace.hear(ticket, (Announced("requests", 60, 59),), None, 1.0)
    assert pace.wait(ASK, 1.0) == 0
    ticket = pace.send(ASK, 1.0)
    pace.hear(ticket, (Announced("requests", 60, 0),), None, 1.0)
    assert 0 <= pace.wait(ASK, 1.0) < 1
    pace.send(ASK, 1.0)
    pace.send(ASK, 1.0)
    assert 1 < pace.wait(ASK, 1.0) < 3


def test_before_anything_is_announced_nothing_waits():
    pace = Pace()
    for _ in range(1_000):
        pace.send(ASK, 0.0)
    assert pace.wait(ASK, 0.0) == 0


def test_a_request_larger_than_its_whole_limit_waits_for_all_of_it():
    pace = Pace()
    pace.hear(pace.send(ASK, 0.0), (Announced("tokens", 100, 0),), None, 0.0)
    assert 50 < pace.wait(ASK, 0.0) < 70


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("requests", 1), ("tokens", 302), ("input-tokens", 202), ("output-tokens", 60)],
)
def test_what_a_request_takes_is_learned_from_the_replies(kind, expected):
    pace = Pace()
    read = Usage(212, 50, cached_input_tokens=10, raw={"input_tokens": 202})
    for n in range(50):
        pace.hear(pace.send(ASK, float(n)), (), read, float(n))
    assert pace.charge(ASK)[kind] == pytest.approx(expected)
