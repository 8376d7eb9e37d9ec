"""Rate limits: generous bursts, then Slack's rates, in real time."""

import time

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.rates import BURST_MINUTES, POST_BURST, Rates
from sandbox.refusals import Refused


def taken(rates, method, tier, channel=None):
    """How many calls pass before one is refused, and what that one is told."""
    for count in range(10_000):
        try:
            rates.charge(method, tier, "xoxb-sandbox", channel)
        except Refused as refusal:
            return count, refusal
    raise AssertionError("it never ends")


@pytest.mark.parametrize(("tier", "rate"), [("t1", 1), ("t2", 20), ("t3", 50), ("t4", 100)])
def test_a_method_takes_three_minutes_worth_at_once(tier, rate):
    count, refusal = taken(Rates(), "reactions.add", tier)
    assert (rate * BURST_MINUTES, "ratelimited") == (count, refusal.code)
    assert 1 <= refusal.retry_after <= 60 / rate + 1


def test_posts_are_counted_per_channel():
    rates = Rates()
    assert taken(rates, "chat.postMessage", "t5", "C1")[0] == POST_BURST
    assert taken(rates, "chat.postMessage", "t5", "C2")[0] == POST_BURST


def test_a_refused_post_may_be_sent_after_the_time_named(sandbox, bot, channel):
    sandbox.act("reset", rate_limits=True)

    def flood():
        for _ in range(POST_BURST + 10):
            bot.chat_postMessage(channel=channel, text="x")

    with pytest.raises(SlackApiError) as caught:
        flood()
    assert caught.value.response.status_code == 429
    time.sleep(int(caught.value.response.headers["Retry-After"]))
    assert bot.chat_postMessage(channel=channel, text="x")["ok"]


def test_limits_may_be_switched_off():
    rates = Rates(enabled=False)
    for _ in range(500):
        rates.charge("reactions.add", "t1", "xoxb-sandbox", None)
