"""What is set at /sandbox/teacher: faults, latency, limits; and what the cache is charged for."""

import json
import re
import time
from decimal import Decimal

import anthropic
import httpx2
import openai
import pytest

BANK = "support-en"
PROMPT = [{"role": "user", "content": "Write records about Nestrel."}]
ANTHROPIC_PATH = "/anthropic/v1/messages"
OPENAI_PATH = "/openai/v1/chat/completions"
USD5 = Decimal("0.000005")


ERRORS = {
    "401": (openai.AuthenticationError, anthropic.AuthenticationError),
    "429": (openai.RateLimitError, anthropic.RateLimitError),
    "500": (openai.InternalServerError, anthropic.InternalServerError),
    "529": (openai.InternalServerError, anthropic.OverloadedError),
    "timeout": (openai.APIStatusError, anthropic.GatewayTimeoutError),
    "insufficient_quota": (openai.RateLimitError, anthropic.PaymentRequiredError),
}


@pytest.mark.parametrize(("fault", "errors"), ERRORS.items(), ids=ERRORS)
def test_an_error_on_request_strikes_so_many_calls_and_no_more(endpoint, serving, fault, errors):
    assert endpoint.fault(fault, times=2)["pending"] == [fault, fault]
    with pytest.raises(errors[0]):
        endpoint.ask_openai(2)
    with pytest.raises(errors[1]):
        endpoint.ask_anthropic(2)
    endpoint.ask_anthropic(2)
    calls = endpoint.ledger()["calls"]
    assert [call["fault"] for call in calls] == [fault, fault, None]
    assert [call["cost_usd"] for call in calls[:2]] == ["0.000000", "0.000000"]
    with serving() as fresh:
        fresh.ask_openai(2)
        assert calls[2]["records"] == fresh.ledger()["calls"][0]["records"]


def test_a_spent_quota_has_the_code_that_forbids_another_try(endpoint):
    endpoint.fault("insufficient_quota")
    with pytest.raises(openai.RateLimitError) as caught:
        endpoint.ask_openai()
    assert caught.value.code == "insufficient_quota"


@pytest.mark.parametrize(("asked", "expected"), [({}, "1"), ({"retry_after": 0.25}, "0.25")])
def test_a_rate_limit_says_when_to_come_back(endpoint, asked, expected):
    endpoint.fault("429", **asked)
    with pytest.raises(anthropic.RateLimitError) as caught:
        endpoint.ask_anthropic()
    assert caught.value.response.headers["retry-after"] == expected
    assert caught.value.request_id == "req_sandbox_000001"


def test_a_call_that_hangs_is_never_answered_and_holds_up_no_other(endpoint):
    endpoint.fault("hang")
    with pytest.raises(anthropic.APITimeoutError):
        endpoint.ask_anthropic(timeout=0.3)
    endpoint.ask_anthropic(1)
    assert [call["status"] for call in endpoint.ledger()["calls"]] == [None, 200]


def test_faults_can_be_cleared(endpoint):
    endpoint.fault("500", times=1000)
    assert endpoint.fault("none")["pending"] == []
    endpoint.ask_openai(1)


def test_an_answer_that_is_cut_off_is_charged_and_its_records_come_next(endpoint, serving):
    endpoint.fault("cut", times=2)
    with pytest.raises(openai.APIConnectionError):
        endpoint.ask_openai(3)
    with pytest.raises(anthropic.APIConnectionError):
        endpoint.ask_anthropic(3)
    endpoint.ask_openai(3)
    calls = endpoint.ledger()["calls"]
    assert [len(call["records"]) for call in calls] == [0, 0, 3]
    assert calls[0]["cost_usd"] == calls[2]["cost_usd"]
    assert calls[1]["output_tokens"] == calls[2]["output_tokens"]
    with serving() as fresh:
        fresh.ask_openai(3)
        assert fresh.ledger()["calls"][0]["records"] == calls[2]["records"]


def test_an_invalid_answer_is_a_whole_one_that_is_no_json(endpoint):
    endpoint.fault("invalid", times=2)
    paths = {OPENAI_PATH: {}, ANTHROPIC_PATH: {"anthropic-version": "2026-10-21"}}
    for path, version in paths.items():
        answer = httpx2.post(
            f"{endpoint.address}{path}",
            json={"model": BANK, "max_tokens": 4096, "messages": PROMPT},
            headers={"Authorization": "Bearer s", **version},
        )
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    assert all(Decimal(call["cost_usd"]) > 0 for call in endpoint.ledger()["calls"])


def test_every_answer_takes_the_latency_but_an_error_does_not(endpoint):
    assert endpoint.set(latency=0.2)["latency"] == 0.2
    for ask in (endpoint.ask_openai, endpoint.ask_anthropic):
        begun = time.monotonic()
        ask(1)
        assert time.monotonic() - begun >= 0.2
    endpoint.fault("500")
    begun = time.monotonic()
    with pytest.raises(openai.InternalServerError):
        endpoint.ask_openai(1)
    assert time.monotonic() - begun < 0.2


def test_who_hangs_up_while_it_is_answered_is_charged(endpoint):
    endpoint.set(latency=0.3)
    with pytest.raises(openai.APITimeoutError):
        endpoint.ask_openai(1, timeout=0.1)
    assert Decimal(endpoint.ledger()["cost_usd"]) > 0


def test_limits_are_announced_and_kept_in_each_providers_words(endpoint):
    endpoint.set(limits={"requests_per_minute": 2, "tokens_per_minute": 100_000})
    raw = endpoint.openai.chat.completions.with_raw_response.create(model=BANK, messages=PROMPT)
    assert raw.headers["x-ratelimit-limit-requests"] == "2"
    assert raw.headers["x-ratelimit-remaining-requests"] == "1"
    assert re.fullmatch(r"(29\.\d|30|30\.0)s", raw.headers["x-ratelimit-reset-requests"])
    used = raw.parse().usage.prompt_tokens
    assert int(raw.headers["x-ratelimit-remaining-tokens"]) == pytest.approx(100_000 - used, abs=50)
    endpoint.ask_openai(1)
    with pytest.raises(openai.RateLimitError) as caught:
        endpoint.ask_openai(1)
    assert caught.value.code == "rate_limit_exceeded"
    headers = caught.value.response.headers
    assert 28 <= int(headers["retry-after"]) <= 30
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert endpoint.ledger()["calls"][2]["cost_usd"] == "0.000000"


def test_anthropics_limits_are_its_own_until_they_are_lifted(endpoint):
    endpoint.set(limits={"requests_per_minute": 1})
    endpoint.ask_openai(1)
    endpoint.ask_anthropic(1)
    with pytest.raises(anthropic.RateLimitError) as caught:
        endpoint.ask_anthropic(1)
    headers = caught.value.response.headers
    assert headers["anthropic-ratelimit-requests-limit"] == "1"
    assert re.fullmatch(r"2026-11-22T12:0[01]:\d\dZ", headers["anthropic-ratelimit-requests-reset"])
    assert "anthropic-ratelimit-input-tokens-limit" not in headers
    assert 58 <= int(headers["retry-after"]) <= 60
    assert endpoint.set(limits=None)["limits"] == {
        "requests_per_minute": None,
        "tokens_per_minute": None,
    }
    endpoint.ask_anthropic(1)


def test_a_limited_call_uses_up_no_fault(endpoint):
    endpoint.set(limits={"requests_per_minute": 1})
    endpoint.ask_openai(1)
    endpoint.fault("500")
    with pytest.raises(openai.RateLimitError):
        endpoint.ask_openai(1)
    assert endpoint.set(limits=None)["pending"] == ["500"]


LONG = "Facts. " * 1000


def test_a_prompt_asked_again_is_read_from_the_cache_at_the_price_of_other_input(endpoint):
    messages = [{"role": "user", "content": LONG}]
    asked = [
        endpoint.openai.chat.completions.create(model=BANK, messages=messages).usage
        for _ in range(2)
    ]
    assert [usage.prompt_tokens_details.cached_tokens for usage in asked] == [0, 1664]
    calls = endpoint.ledger()["calls"]
    assert [call["input_tokens"] for call in calls] == [usage.prompt_tokens for usage in asked]
    assert [call["cache_read_tokens"] for call in calls] == [0, 1664]
    first, second = (Decimal(call["cost_usd"]) - call["output_tokens"] * USD5 for call in calls)
    assert first == second


def test_what_anthropic_caches_is_dearer_once_and_cheaper_from_then_on(endpoint):
    system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    counted = [endpoint.ask_anthropic(1, system=system).usage for _ in range(2)]
    assert counted[0].cache_creation_input_tokens == counted[1].cache_read_input_tokens > 1750
    assert counted[0].cache_read_input_tokens == counted[1].cache_creation_input_tokens == 0
    assert counted[0].input_tokens == counted[1].input_tokens < 20
    parts = [
        usage.input_tokens * Decimal("0.000001") + share
        for usage, share in (
            (counted[0], counted[0].cache_creation_input_tokens * Decimal("0.00000125")),
            (counted[1], counted[1].cache_read_input_tokens * Decimal("0.0000001")),
        )
    ]
    calls = endpoint.ledger()["calls"]
    assert [Decimal(c["cost_usd"]) - c["output_tokens"] * USD5 for c in calls] == parts


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"fault": "gremlins"}, "fault"),
        ({"fault": "500", "times": 0}, "times"),
        ({"fault": "500", "times": 10**9}, "times"),
        ({"fault": "429", "retry_after": -1}, "retry_after"),
        ({"fault": "429", "retry_after": "soon"}, "retry_after"),
        ({"kind": "500"}, "fault"),
        ({"times": 2}, "fault"),
        ({}, "fault"),
        ({"latency": -1}, "latency"),
        ({"latency": True}, "latency"),
        ({"limits": {"requests_per_minute": 0}}, "limits"),
        ({"fault": "500", "limits": 7}, "limits"),
        ([], "object"),
        (b"{", "JSON"),
    ],
)
def test_a_fault_that_is_none_is_refused_by_name(endpoint, body, word):
    status, _, answer = endpoint.http("/sandbox/teacher", body)
    assert status == 400
    assert word in answer["error"]
    assert endpoint.set(latency=0)["pending"] == []
