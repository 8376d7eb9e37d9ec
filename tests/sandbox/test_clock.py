"""The clock only goes forward; time stamps and dates follow it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import Clock


@given(st.lists(st.floats(min_value=0, max_value=1e6) | st.none(), max_size=30))
def test_stamps_are_unique_and_ordered_however_the_clock_is_advanced(steps):
    clock, stamps = Clock(), []
    for step in steps:
        if step is not None:
            clock.advance(step)
        stamps.append(clock.stamp())
    assert sorted(set(stamps)) == stamps


def test_advancing_moves_now_and_the_time_stamps(sandbox, bot, channel):
    before = datetime.fromisoformat(sandbox.request("/sandbox/clock")[1]["now"])
    after = datetime.fromisoformat(sandbox.act("clock", advance=7 * 86400)["now"])
    assert timedelta(days=7) <= after - before < timedelta(days=7, seconds=5)
    assert after.utcoffset() == timedelta(0)
    posted = float(bot.chat_postMessage(channel=channel, text="x")["ts"])
    assert abs(posted - after.timestamp()) < 5


@pytest.mark.parametrize("advance", ["-1", "1e18", "Infinity", "NaN", '"a day"'])
def test_the_clock_goes_neither_back_nor_beyond_all_calendars(sandbox, advance):
    status, _, answer = sandbox.fetch("/sandbox/clock", f'{{"advance": {advance}}}')
    assert (status, "clock: " in answer) == (400, True)
    assert sandbox.act("clock", advance=0)["now"] < "2100"
