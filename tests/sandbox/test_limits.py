"""The rates that the teacher announces: a minute's worth at once, then so many a minute."""

from datetime import UTC, datetime

import pytest

from sandbox.dialects import Anthropic, OpenAI
from sandbox.limits import Limits, Meter, Standing, limits_of
from sandbox.refusals import BadRequest

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Seconds:
    """A clock that stands."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


def test_a_minutes_worth_may_come_at_once_and_the_rest_waits_its_turn(seconds):
    meter = Meter(Limits(requests_per_minute=30), seconds)
    assert [meter.take("m", 10) for _ in range(31)] == [0.0] * 30 + [2.0]
    seconds.now += 1.5
    assert meter.take("m", 10) == pytest.approx(0.5)
    seconds.now += 0.5
    assert [meter.take("m", 10), meter.take("m", 10)] == [0.0, pytest.approx(2.0)]


def test_in_any_minute_there_is_never_more_than_the_limit_and_the_first_burst(seconds):
    meter = Meter(Limits(60, 6000), seconds)
    passed = 0
    for _ in range(6000):
        passed += meter.take("m", 50) == 0
        seconds.now += 0.01
    assert 118 <= passed <= 121


def test_tokens_run_out_too_and_a_refused_request_takes_nothing(seconds):
    meter = Meter(Limits(requests_per_minute=100, tokens_per_minute=600), seconds)
    assert [meter.take("m", 500), meter.take("m", 200)] == [0.0, 10.0]
    assert [(each.kind, each.left) for each in meter.standings("m")] == [
        ("requests", 99),
        ("tokens", 100),
    ]


def test_a_request_larger_than_the_limit_waits_for_all_of_it(seconds):
    meter = Meter(Limits(tokens_per_minute=600), seconds)
    assert [meter.take("m", 10_000), meter.take("m", 10_000)] == [0.0, 60.0]
    seconds.now += 60
    assert meter.take("m", 10_000) == 0.0


def test_each_model_has_limits_of_its_own(seconds):
    meter = Meter(Limits(requests_per_minute=1), seconds)
    assert [meter.take("a", 1), meter.take("b", 1), meter.take("a", 1)] == [0.0, 0.0, 60.0]


def test_without_limits_nothing_waits_and_nothing_is_announced(seconds):
    meter = Meter(Limits(), seconds)
    assert {meter.take("m", 10**6) for _ in range(1000)} == {0.0}
    assert meter.standings("m") == []


STANDINGS = [Standing("requests", 60, 59, 1.0), Standing("tokens", 6000, 100, 59.0)]


def test_anthropic_announces_when_all_is_back():
    assert Anthropic().rates(STANDINGS, NOON) == {
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "59",
        "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:01Z",
        "anthropic-ratelimit-input-tokens-limit": "6000",
        "anthropic-ratelimit-input-tokens-remaining": "100",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-22T12:00:59Z",
    }


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0ms"), (0.0119, "12ms"), (0.9995, "1s"), (1, "1s"), (7.66, "7.66s"), (360, "6m0s")],
)
def test_openai_announces_how_long_until_all_is_back(seconds, written):
    assert OpenAI().rates([Standing("tokens", 6000, 100, seconds)], NOON) == {
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "100",
        "x-ratelimit-reset-tokens": written,
    }


@pytest.mark.parametrize(
    "body", [[], 7, {"rpm": 5}, {"requests_per_minute": 0}, {"tokens_per_minute": 1.5}]
)
def test_limits_that_are_none_are_refused(body):
    with pytest.raises(BadRequest):
        limits_of(body)


def test_null_lifts_the_limits():
    assert limits_of(None) == Limits()
    assert limits_of({"tokens_per_minute": 9}) == Limits(tokens_per_minute=9)
