"""The teacher endpoint, through the official clients of both providers."""

import asyncio
import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import anthropic
import httpx2
import jsonschema
import openai
import pytest
from aiohttp import web

from sandbox import banks
from sandbox.replies import cut, tokens
from sandbox.teacher import add_routes

BANK = "support-en"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROMPT = [{"role": "user", "content": "Write records about Nestrel."}]
ANTHROPIC_PATH = "/anthropic/v1/messages"
OPENAI_PATH = "/openai/v1/chat/completions"


def schema_of(count, kind="instruction"):
    texts = {
        "instruction": ("instruction", "input", "output"),
        "conversation": ("system",),
    }
    properties = {name: {"type": "string"} for name in texts[kind]}
    if kind == "instruction":
        pair = {"question": {"type": "string"}, "answer": {"type": "string"}}
        properties["history"] = {"type": "array", "items": strict(pair)}
    else:
        roles = {"type": "string", "enum": ["user", "assistant"]}
        turn = {"role": roles, "content": {"type": "string"}}
        properties["turns"] = {"type": "array", "items": strict(turn)}
    records = {"type": "array", "items": {"$ref": "#/$defs/Record"}, "maxItems": count}
    return {**strict({"records": records}), "$defs": {"Record": strict(properties)}}


def strict(properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


class Endpoint:
    """A running endpoint, and what a person or test asks of it outside the SDKs."""

    def __init__(self, address):
        self.address = address
        self.openai = openai.OpenAI(
            api_key="sandbox-key", base_url=f"{address}/openai/v1", max_retries=0, timeout=10
        )
        self.anthropic = anthropic.Anthropic(
            api_key="sandbox-key", base_url=f"{address}/anthropic", max_retries=0, timeout=10
        )

    def http(self, path, body=None, headers=None):
        """Status, headers and JSON of a plain request; `body` may be raw bytes."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        method = "GET" if data is None else "POST"
        answer = httpx2.request(method, f"{self.address}{path}", content=data, headers=headers)
        return answer.status_code, answer.headers, answer.json()

    def ledger(self):
        return self.http("/sandbox/ledger")[2]

    def fault(self, fault, **more):
        return self.http("/sandbox/teacher", {"fault": fault, **more})

    def ask_openai(self, count=5, model=BANK, kind="instruction", **more):
        form = {"name": "reply", "strict": True, "schema": schema_of(count, kind)}
        return self.openai.chat.completions.create(
            model=model,
            messages=PROMPT,
            response_format={"type": "json_schema", "json_schema": form},
            **more,
        )

    def ask_anthropic(self, count=5, model=BANK, kind="instruction", **more):
        schema = anthropic.transform_schema(schema_of(count, kind))
        return self.anthropic.messages.create(
            model=model,
            messages=PROMPT,
            output_config={"format": {"type": "json_schema", "schema": schema}},
            **{"max_tokens": 8192, **more},
        )

    def close(self):
        self.openai.close()
        self.anthropic.close()


@contextmanager
def serving(seed=7):
    """An endpoint on a free port, in a loop of its own."""
    loop = asyncio.new_event_loop()
    app = web.Application()
    add_routes(app, seed, now=lambda: NOON)
    runner = web.AppRunner(app)

    async def start():
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner.addresses[0][1]

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    endpoint = Endpoint(f"http://127.0.0.1:{port}")
    try:
        yield endpoint
    finally:
        endpoint.close()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


@pytest.fixture
def endpoint():
    with serving() as running:
        yield running


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
            jsonschema.validate(json.loads(text), schema_of(1, kind))


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


def test_the_order_is_the_seeds_whatever_the_provider():
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
    assert ledger["price"] == {"input": "1.00", "output": "5.00"}


def test_the_ledger_says_who_asked_whom_when_and_hides_the_key(endpoint):
    endpoint.ask_anthropic(1)
    call = endpoint.ledger()["calls"][0]
    expected = {"number": 1, "at": NOON.isoformat(), "provider": "anthropic", "model": BANK}
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


UNFIT_SCHEMAS = {
    "no records": strict({"score": {"type": "number"}}),
    "records of text": strict({"records": {"type": "array", "items": {"type": "string"}}}),
    "a field unknown": strict(
        {"records": {"type": "array", "items": strict({"poem": {"type": "string"}})}}
    ),
    "another kind": schema_of(3, "conversation"),
    "none wanted": schema_of(0),
    "a history of three": strict(
        {
            "records": {
                "type": "array",
                "items": strict(
                    {"history": {"type": "array", "items": strict(dict.fromkeys("abc"))}}
                ),
            }
        }
    ),
    "no properties": {"type": "object", "properties": []},
    "a reference to nothing": {"$ref": "#/$defs/Nowhere"},
}


@pytest.mark.parametrize("schema", UNFIT_SCHEMAS.values(), ids=UNFIT_SCHEMAS)
def test_a_schema_no_bank_can_fill_is_a_400_and_costs_no_record(endpoint, schema):
    form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
    with pytest.raises(openai.BadRequestError):
        endpoint.openai.chat.completions.create(model=BANK, messages=PROMPT, response_format=form)
    endpoint.ask_openai(4)
    with serving() as fresh:
        fresh.ask_openai(4)
        assert endpoint.ledger()["calls"][1]["records"] == fresh.ledger()["calls"][0]["records"]


ERRORS = {
    "401": (openai.AuthenticationError, anthropic.AuthenticationError),
    "429": (openai.RateLimitError, anthropic.RateLimitError),
    "500": (openai.InternalServerError, anthropic.InternalServerError),
    "529": (openai.InternalServerError, anthropic.OverloadedError),
    "insufficient_quota": (openai.RateLimitError, anthropic.PaymentRequiredError),
}


@pytest.mark.parametrize(("fault", "errors"), ERRORS.items(), ids=ERRORS)
def test_an_error_on_request_strikes_so_many_calls_and_no_more(endpoint, fault, errors):
    assert endpoint.fault(fault, times=2)[2] == {"pending": [fault, fault]}
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


def test_a_truncated_reply_says_so_and_its_last_record_comes_next(endpoint):
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


def test_the_requests_limit_of_tokens_cuts_the_reply(endpoint):
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


def test_a_call_that_hangs_is_never_answered_and_holds_up_no_other(endpoint):
    endpoint.fault("hang")
    with pytest.raises(anthropic.APITimeoutError):
        endpoint.ask_anthropic(timeout=0.3)
    endpoint.ask_anthropic(1)
    assert [call["status"] for call in endpoint.ledger()["calls"]] == [None, 200]


def test_faults_can_be_cleared(endpoint):
    endpoint.fault("500", times=1000)
    assert endpoint.fault("none")[2] == {"pending": []}
    endpoint.ask_openai(1)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"fault": "gremlins"}, "fault"),
        ({"fault": "500", "times": 0}, "times"),
        ({"fault": "500", "times": 10**9}, "times"),
        ({"fault": "429", "retry_after": -1}, "retry_after"),
        ({"fault": "429", "retry_after": "soon"}, "retry_after"),
        ({"kind": "500"}, "fault"),
        ([], "object"),
        (b"{", "JSON"),
    ],
)
def test_a_fault_that_is_none_is_refused_by_name(endpoint, body, word):
    status, _, answer = endpoint.http("/sandbox/teacher", body)
    assert status == 400
    assert word in answer["error"]
