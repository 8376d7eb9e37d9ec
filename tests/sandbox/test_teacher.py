"""The teacher endpoint, through the official clients of both providers."""

import json
import re
from decimal import Decimal

import anthropic
import jsonschema
import openai
import pytest

from sandbox import banks
from sandbox.questions import cut, tokens

BANK = "support-en"
PROMPT = [{"role": "user", "content": "Write records about Nestrel."}]
ANTHROPIC_PATH = "/anthropic/v1/messages"
OPENAI_PATH = "/openai/v1/chat/completions"


def openai_text(answer):
    return answer.choices[0].message.content


def anthropic_text(answer):
    return answer.content[0].text


def tolerant(text):
    """Each object of a reply that can be read, by the plainest means."""
    found, at = [], text.find("[") + 1
    while (at := text.find("{", at)) >= 0:
        try:
            record, at = json.JSONDecoder().raw_decode(text, at)
        except json.JSONDecodeError:
            at += 1
        else:
            found.append(record)
    return found


def whole(lines, **added):
    """The records of these lines of the bank, without the broken ones."""
    records = [banks.load(BANK)[line - 1].record for line in lines]
    return [{**record, **added} for record in records if record]


@pytest.mark.parametrize("count", [1, 3, 8])
def test_both_providers_give_as_many_records_as_the_schema_allows(endpoint, count):
    texts = [
        openai_text(endpoint.ask_openai(count)),
        anthropic_text(endpoint.ask_anthropic(count)),
    ]
    calls = endpoint.ledger()["calls"]
    assert [len(call["records"]) for call in calls] == [count, count]
    for text, call in zip(texts, calls, strict=True):
        assert tolerant(text) == whole(call["records"], history=[])


def test_a_history_comes_in_the_objects_that_the_schema_wants(endpoint):
    size = len(banks.load("general-zh"))
    given = tolerant(openai_text(endpoint.ask_openai(size, "general-zh")))
    pairs = [[pair["question"], pair["answer"]] for record in given for pair in record["history"]]
    lines = endpoint.ledger()["calls"][0]["records"]
    records = [banks.load("general-zh")[line - 1].record for line in lines]
    assert pairs
    assert pairs == [pair for record in records if record for pair in record.get("history", [])]


@pytest.mark.parametrize("name", banks.names())
def test_every_record_of_every_bank_comes_once_and_fits_the_schema(endpoint, name):
    kind = "conversation" if "turns" in banks.load(name)[0].record else "instruction"
    size = len(banks.load(name))
    texts = [openai_text(endpoint.ask_openai(1, name, kind)) for _ in range(size)]
    lines = [call["records"][0] for call in endpoint.ledger()["calls"]]
    assert sorted(lines) == list(range(1, size + 1))
    for text, line in zip(texts, lines, strict=True):
        if raw := banks.load(name)[line - 1].raw:
            assert text == f'{{"records": [{raw}]}}'
        else:
            jsonschema.validate(json.loads(text), endpoint.schema(1, kind))


def test_a_broken_record_spoils_no_other_of_its_reply(endpoint):
    size = len(banks.load(BANK))
    text = openai_text(endpoint.ask_openai(size))
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert tolerant(text) == whole(endpoint.ledger()["calls"][0]["records"], history=[])


def test_without_a_schema_the_records_come_fenced(endpoint):
    reply = endpoint.anthropic.messages.create(model=BANK, max_tokens=8192, messages=PROMPT)
    fenced = re.fullmatch(r"```json\n(.+)\n```", anthropic_text(reply), re.S)
    assert tolerant(fenced[1]) == whole(endpoint.ledger()["calls"][0]["records"])
    assert len(endpoint.ledger()["calls"][0]["records"]) == 5


def test_the_order_is_the_seeds_whatever_the_provider(serving):
    def lines(seed, first, second):
        with serving(seed) as endpoint:
            getattr(endpoint, first)(4)
            getattr(endpoint, second)(4)
            return [call["records"] for call in endpoint.ledger()["calls"]]

    assert lines(3, "ask_openai", "ask_anthropic") == lines(3, "ask_anthropic", "ask_openai")
    assert lines(3, "ask_openai", "ask_openai") != lines(4, "ask_openai", "ask_openai")


def test_the_ledger_agrees_with_the_usage_and_the_price(endpoint):
    one, two = endpoint.ask_openai(2), endpoint.ask_anthropic(2)
    ledger = endpoint.ledger()
    used = [
        (one.usage.prompt_tokens, one.usage.completion_tokens),
        (two.usage.input_tokens, two.usage.output_tokens),
    ]
    assert [(c["input_tokens"], c["output_tokens"]) for c in ledger["calls"]] == used
    assert [tokens(openai_text(one)), tokens(anthropic_text(two))] == [used[0][1], used[1][1]]
    costs = [(Decimal(i) + 5 * Decimal(o)) / 1_000_000 for i, o in used]
    assert [Decimal(call["cost_usd"]) for call in ledger["calls"]] == costs
    assert Decimal(ledger["cost_usd"]) == sum(costs)
    cached = {"cache_read": "0.10", "cache_write": "1.25"}
    assert ledger["price"] == {"input": "1.00", "output": "5.00", **cached}


def test_the_ledger_says_who_asked_whom_when_and_hides_the_key(endpoint):
    endpoint.ask_anthropic(1)
    call = endpoint.ledger()["calls"][0]
    expected = {
        "number": 1,
        "at": "2026-11-22T12:00:00+00:00",
        "provider": "anthropic",
        "model": BANK,
    }
    assert {name: call[name] for name in expected} == expected
    assert (call["status"], call["key"], call["fault"]) == (200, "sand…", None)


def test_everything_says_that_it_is_prepared(endpoint):
    raw = endpoint.openai.chat.completions.with_raw_response.create(model=BANK, messages=PROMPT)
    assert raw.headers["x-winnow-sandbox"] == "prepared"
    assert "no model wrote this" in json.loads(raw.http_response.text)["winnow_sandbox"]
    assert "no model wrote this" in endpoint.ask_anthropic(1).winnow_sandbox
    listed = endpoint.openai.models.list().data
    assert [model.id for model in listed] == banks.names()
    assert all("no model wrote this" in model.description for model in listed)


def test_a_wrong_key_is_a_401_of_each_provider(endpoint):
    bearer = {"Authorization": "Bearer wrong"}
    with pytest.raises(openai.AuthenticationError) as first:
        endpoint.openai.with_options(default_headers=bearer).chat.completions.create(
            model=BANK, messages=PROMPT
        )
    assert first.value.code == "invalid_api_key"
    with pytest.raises(anthropic.AuthenticationError) as second:
        endpoint.anthropic.with_options(default_headers=bearer).messages.create(
            model=BANK, max_tokens=9, messages=PROMPT
        )
    assert second.value.type == "authentication_error"
    assert [call["status"] for call in endpoint.ledger()["calls"]] == [401, 401]


@pytest.mark.parametrize("path", [OPENAI_PATH, ANTHROPIC_PATH])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer"}, {"x-api-key": ""}])
def test_no_key_is_a_401(endpoint, path, headers):
    assert endpoint.http(path, {"model": BANK}, headers)[0] == 401


def test_an_unknown_model_is_a_404_of_each_provider(endpoint):
    with pytest.raises(openai.NotFoundError) as first:
        endpoint.ask_openai(model="gpt-9")
    assert first.value.code == "model_not_found"
    with pytest.raises(anthropic.NotFoundError) as second:
        endpoint.ask_anthropic(model="claude-nine")
    assert second.value.type == "not_found_error"
    assert "claude-nine" in second.value.api_message


BAD_REQUESTS = {
    "no JSON": (OPENAI_PATH, b"{", "no JSON"),
    "no text": (OPENAI_PATH, b"\xff\xfe{}", "no JSON"),
    "no object": (OPENAI_PATH, [], "object"),
    "no model": (OPENAI_PATH, {"messages": PROMPT}, "model"),
    "no messages": (OPENAI_PATH, {"model": BANK, "messages": []}, "messages"),
    "a stream": (OPENAI_PATH, {"model": BANK, "messages": PROMPT, "stream": True}, "stream"),
    "no limit": (ANTHROPIC_PATH, {"model": BANK, "messages": PROMPT}, "max_tokens"),
    "a temperature": (
        ANTHROPIC_PATH,
        {"model": BANK, "messages": PROMPT, "max_tokens": 9, "temperature": 1},
        "temperature",
    ),
    "a limit of 0": (
        ANTHROPIC_PATH,
        {"model": BANK, "messages": PROMPT, "max_tokens": 0},
        "positive",
    ),
}


@pytest.mark.parametrize(("path", "body", "word"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_bad_request_is_a_400_that_names_the_trouble(endpoint, path, body, word):
    headers = {"x-api-key": "sandbox", "Authorization": "Bearer s", "anthropic-version": "x"}
    status, _, answer = endpoint.http(path, body, headers)
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")
    assert word in answer["error"]["message"]


def test_anthropic_wants_its_version_header_and_takes_the_older_key_header(endpoint):
    body = {"model": BANK, "messages": PROMPT, "max_tokens": 4096}
    status, _, answer = endpoint.http(ANTHROPIC_PATH, body, {"x-api-key": "sandbox"})
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")
    headers = {"x-api-key": "sandbox", "anthropic-version": "2026-10-21"}
    assert endpoint.http(ANTHROPIC_PATH, body, headers)[0] == 200


def listing(**fields):
    return {"properties": {"records": {"type": "array", "items": {"properties": fields}}}}


UNFIT_SCHEMAS = {
    "no records": {"properties": {"score": {"type": "number"}}},
    "records of text": {"properties": {"records": {"type": "array", "items": {"type": "string"}}}},
    "a field unknown": listing(score={"type": "number"}),
    "another kind": listing(turns={"type": "array"}),
    "a history of three": listing(
        history={"type": "array", "items": {"properties": dict.fromkeys("abc")}}
    ),
    "no properties": {"type": "object", "properties": []},
    "a reference to nothing": {"$ref": "#/$defs/Nowhere"},
    "none wanted": {"properties": {"records": {"type": "array", "maxItems": 0}}},
}


@pytest.mark.parametrize("schema", UNFIT_SCHEMAS.values(), ids=UNFIT_SCHEMAS)
def test_a_schema_no_bank_can_fill_is_a_400_and_costs_no_record(endpoint, serving, schema):
    form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
    with pytest.raises(openai.BadRequestError):
        endpoint.openai.chat.completions.create(model=BANK, messages=PROMPT, response_format=form)
    endpoint.ask_openai(4)
    with serving() as fresh:
        fresh.ask_openai(4)
        assert endpoint.ledger()["calls"][1]["records"] == fresh.ledger()["calls"][0]["records"]


def test_a_truncated_reply_says_so_and_its_last_record_comes_next(endpoint, serving):
    endpoint.fault("truncated", times=2)
    one, two = endpoint.ask_openai(3), endpoint.ask_anthropic(3)
    assert (one.choices[0].finish_reason, two.stop_reason) == ("length", "max_tokens")
    endpoint.ask_openai(1)
    calls = endpoint.ledger()["calls"]
    assert [len(call["records"]) for call in calls] == [2, 2, 1]
    assert tolerant(openai_text(one)) == whole(calls[0]["records"], history=[])
    with serving() as fresh:
        fresh.ask_openai(5)
        given = [line for call in calls for line in call["records"]]
        assert sorted(given) == sorted(fresh.ledger()["calls"][0]["records"])


def test_the_requests_limit_of_tokens_cuts_the_reply(endpoint, serving):
    full = openai_text(endpoint.ask_openai(3))
    with serving() as fresh:
        reply = fresh.ask_anthropic(3, max_tokens=100)
        assert anthropic_text(reply) == cut(full, 100)
        assert (reply.stop_reason, reply.usage.output_tokens) == ("max_tokens", 100)


def test_a_refusal_is_one_in_each_providers_words(endpoint):
    endpoint.fault("refusal", times=2)
    message = endpoint.ask_openai().choices[0].message
    assert (message.content, bool(message.refusal)) == (None, True)
    assert endpoint.ask_anthropic().stop_reason == "refusal"
    assert [call["records"] for call in endpoint.ledger()["calls"]] == [[], []]


def test_nonsense_is_paid_for_and_holds_no_record(endpoint):
    endpoint.fault("nonsense")
    assert tolerant(openai_text(endpoint.ask_openai())) == []
    call = endpoint.ledger()["calls"][0]
    assert (call["status"], call["records"]) == (200, [])
    assert Decimal(call["cost_usd"]) > 0
