from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recipe import Price
from core.teachers.base import Ask, Usage
from core.teachers.pricing import FRAMING_TOKENS, Tariff

HAIKU = Tariff("anthropic", "claude-haiku-4-5")
TIERED = Tariff("anthropic", "claude-haiku-5-5")  # dearer above 100,000 tokens of input
NANO = Tariff("openai", "gpt-4.1-mini")
OWN = Tariff("openai", "x", "http://host/v1", Price(input=Decimal("0.1"), output=Decimal(2)))

OWN_CLAUDE = Tariff("anthropic", "x", None, Price(input=Decimal("0.1"), output=Decimal(11)))


def anthropic_usage(plain, output, written=0, cached=0):
    raw = {
        "input_tokens": plain,
        "output_tokens": output,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached,
    }
    return Usage(plain + written + cached, output, cached, raw)


def openai_usage(prompt, completion):
    raw = {"prompt_tokens": prompt, "completion_tokens": completion}
    return Usage(prompt, completion, 0, raw)


@pytest.mark.parametrize(
    ("tariff", "usage", "expected"),
    [
        (HAIKU, anthropic_usage(1, 1), "0.000006"),
        (HAIKU, anthropic_usage(0, 0, written=1_000), "0.00125"),
        (HAIKU, anthropic_usage(0, 0, cached=1_000), "0.0001"),
        (NANO, openai_usage(1_000_000, 1_000_000), "2"),
        (OWN, openai_usage(3, 7), "0.0000143"),
        (OWN_CLAUDE, anthropic_usage(10, 1), "0.000012"),
        (OWN_CLAUDE, anthropic_usage(0, 0, written=1_000), "0.000125"),
        (OWN_CLAUDE, anthropic_usage(0, 0, cached=1_000), "0.00001"),
        (Tariff("openai", "no-such-model"), openai_usage(1, 1), None),
        (Tariff("openai", "gpt-4.1-mini", "http://127.0.0.1:1/v1"), openai_usage(1, 1), None),
        (HAIKU, Usage(0, 0), None),
        (OWN, Usage(0, 0), None),
    ],
)
def test_costs_are_exact(tariff, usage, expected):
    assert tariff.cost(usage) == (None if expected is None else Decimal(expected))


def test_a_known_server_is_priced_by_its_address():
    tariff = Tariff("openai", "deepseek/deepseek-chat", "https://openrouter.ai/api/v1")
    cost = tariff.cost(openai_usage(1_000, 1_000))
    assert cost is not None
    assert cost > 0


def test_the_most_is_priced_by_bytes_framing_and_the_longest_reply():
    ask = Ask("sys", "你好", None, 1_000, previous=(("user", "a"), ("assistant", "bc")))
    tokens = 3 + 6 + 1 + 2 + FRAMING_TOKENS
    expected = (tokens * Decimal("0.1") + 1_000 * Decimal(2)) / 1_000_000
    assert OWN.most(ask) == expected


def test_the_schema_counts_too():
    plain = OWN.most(Ask("", "", None, 1))
    assert plain is not None
    assert OWN.most(Ask("", "", {"type": "string"}, 1)) == plain + 2 * 18 * Decimal("1e-7")


@pytest.mark.parametrize(
    "tariff",
    [Tariff("openai", "no-such-model"), Tariff("openai", "gpt-4.1-mini", "http://127.0.0.1:1/v1")],
)
def test_the_most_of_an_unknown_price_is_unknown(tariff):
    assert tariff.most(Ask("", "x", None, 1)) is None


@settings(deadline=None)  # the first price loads the whole table
@given(
    st.sampled_from([HAIKU, TIERED]),
    st.integers(0, 300_000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 100),
)
def test_nothing_that_a_reply_may_use_costs_more_than_the_most(tariff, size, share, cached, output):
    ask = Ask("", "x" * size, None, 100)
    tokens = int(share * (size + FRAMING_TOKENS))
    read = int(cached * tokens)
    most = tariff.most(ask)
    for usage in (
        anthropic_usage(tokens - read, output, cached=read),
        anthropic_usage(tokens - read, output, written=read),
    ):
        cost = tariff.cost(usage)
        assert most is not None
        assert cost is not None
        assert cost <= most


@given(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 500))
def test_no_use_of_a_cache_costs_more_than_the_most(written, cached, plain):
    ask = Ask("x" * (written + cached + plain), "", None, 100)
    most = OWN_CLAUDE.most(ask)
    assert OWN_CLAUDE.cost(anthropic_usage(plain, 100, written, cached)) <= most
