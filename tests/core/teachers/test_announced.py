import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.teachers.announced import Announced, announced

DAY = 86_400


def openai_says(kind, limit, remaining, reset):
    return {
        f"x-ratelimit-limit-{kind}": str(limit),
        f"x-ratelimit-remaining-{kind}": str(remaining),
        f"x-ratelimit-reset-{kind}": reset,
    }


def anthropic_says(kind, limit, remaining, reset, date="Sun, 22 Nov 2026 12:00:00 GMT"):
    return {
        "date": date,
        f"anthropic-ratelimit-{kind}-limit": str(limit),
        f"anthropic-ratelimit-{kind}-remaining": str(remaining),
        f"anthropic-ratelimit-{kind}-reset": reset,
    }


def test_openais_limits_are_read():
    headers = openai_says("requests", 60, 59, "1s") | openai_says("tokens", 150_000, 149_984, "6ms")
    assert announced(headers) == (
        Announced("requests", 60, 59, 60),
        Announced("tokens", 150_000, 149_984, 60),
    )


def test_anthropics_limits_are_read_but_not_the_one_that_repeats_another():
    reset = "2026-11-22T12:00:30Z"
    kinds = ("requests", "tokens", "input-tokens", "output-tokens")
    headers = {}
    for kind in kinds:
        headers |= anthropic_says(kind, 50, 25, reset)
    assert announced(headers) == tuple(
        Announced(kind, 50, 25, 60) for kind in kinds if kind != "tokens"
    )


@pytest.mark.parametrize(
    ("limit", "remaining", "reset", "window"),
    [
        (200, 100, "12h0m0s", DAY),
        (200, 100, "720m", DAY),
        (200, 100, "0.5d", 60),  # no such form
        (200, 0, "1d", DAY),
        (10_000, 5_000, "43200000ms", DAY),
        (200, 199, "7m12s", 60),  # too little was used to tell
        (200, 100, "30s", 60),
        (200, 100, "6m0s", 720),
        (200, 100, "120ms", 60),
        (200, 100, "", 60),
        (200, 100, "soon", 60),
        (200, 100, "1795348800", 60),
    ],
)
def test_the_window_of_a_limit_is_a_minute_unless_its_reset_says_far_longer(
    limit, remaining, reset, window
):
    headers = openai_says("requests", limit, remaining, reset)
    assert announced(headers) == (Announced("requests", limit, remaining, window),)


@pytest.mark.parametrize(
    ("reset", "date", "window"),
    [
        ("2026-11-23T00:00:00Z", "Sun, 22 Nov 2026 12:00:00 GMT", DAY),
        ("2026-11-23T02:00:00+02:00", "Sun, 22 Nov 2026 12:00:00 GMT", DAY),
        ("2026-11-22T12:00:30Z", "Sun, 22 Nov 2026 12:00:00 GMT", 60),
        ("2026-11-23T00:00:00Z", "yesterday", 60),
        ("2026-11-23T00:00:00", "Sun, 22 Nov 2026 12:00:00 GMT", 60),
    ],
)
def test_a_reset_that_is_a_time_is_read_by_the_servers_own_clock(reset, date, window):
    headers = anthropic_says("requests", 100, 50, reset, date)
    assert announced(headers) == (Announced("requests", 100, 50, window),)


@pytest.mark.parametrize(
    ("limit", "remaining"),
    [("0", "0"), ("-5", "1"), ("nan", "1"), ("inf", "1"), ("many", "1"), ("60", ""), ("", "60")],
)
def test_a_limit_that_makes_no_sense_is_none(limit, remaining):
    assert announced(openai_says("requests", limit, remaining, "1s")) == ()


@pytest.mark.parametrize("reset", [f"{400 * '9'}d", "99999999d"])
def test_no_window_is_longer_than_a_month(reset):
    (said,) = announced(openai_says("requests", "1e300", "0", reset))
    assert said.window == 31 * DAY


def test_no_more_remains_than_the_limit():
    (said,) = announced(openai_says("requests", 60, 90, "1s"))
    assert said.remaining == 60


@given(st.tuples(st.text(), st.text(), st.text(), st.text()))
def test_nothing_that_a_server_says_breaks_the_reading(words):
    limit, remaining, reset, date = words
    for said in announced(anthropic_says("requests", limit, remaining, reset, date)):
        assert 0 <= said.remaining <= said.limit
        assert said.window >= 60
