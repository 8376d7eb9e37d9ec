"""Bulks of both providers, through their official clients."""

import asyncio
import json
from decimal import Decimal

import anthropic
import openai
import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from sandbox import bulk_anthropic, bulk_openai, dialects
from sandbox.bulks import Bulks, Plans
from sandbox.teacher import Teacher, utc_now

BANK = "support-en"
DAY = 86_400
LIMIT = 4096
HEADERS = {"Authorization": "Bearer sandbox-key", "anthropic-version": "2026-10-21"}


def body_of(model=BANK):
    prompt = {"role": "user", "content": "Write records about Nestrel."}
    return {"model": model, "messages": [prompt]}


class Anthropic:
    """Message Batches, with what both wires have in common under the same names."""

    ended = "ended"
    error = anthropic.APIStatusError

    def __init__(self, base, key="sandbox-key"):
        self.client = anthropic.Anthropic(
            api_key=key, base_url=f"{base}/anthropic", max_retries=0, timeout=20
        )
        self.batches = self.client.messages.batches

    def line(self, name):
        return {"custom_id": name, "params": body_of() | {"max_tokens": LIMIT}}

    def submit(self, *lines):
        return self.batches.create(requests=lines).id

    def status(self, name):
        return self.batches.retrieve(name).processing_status

    def results(self, name):
        """(custom_id, outcome, usage) in the file's order."""
        read = self.batches.results(name)
        return [(line.custom_id, line.result.type, self._usage(line.result)) for line in read]

    def _usage(self, result):
        if result.type != "succeeded":
            return None
        return result.message.usage.input_tokens, result.message.usage.output_tokens

    def listed(self, **page):
        return [batch.id for batch in self.batches.list(**page).data]


class OpenAI:
    """Files and Batches, with what both wires have in common under the same names."""

    ended = "completed"
    error = openai.APIStatusError

    def __init__(self, base, key="sandbox-key"):
        self.client = openai.OpenAI(
            api_key=key, base_url=f"{base}/openai/v1", max_retries=0, timeout=20
        )
        self.batches = self.client.batches

    def line(self, name):
        url = "/v1/chat/completions"
        return {"custom_id": name, "method": "POST", "url": url, "body": body_of()}

    def upload(self, *lines):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        file = ("bulk.jsonl", text.encode())
        return self.client.files.create(file=file, purpose="batch").id

    def create(self, file, **more):
        wanted = {"endpoint": "/v1/chat/completions", "completion_window": "24h"} | more
        return self.batches.create(input_file_id=file, **wanted)

    def submit(self, *lines):
        return self.create(self.upload(*lines)).id

    def status(self, name):
        return self.batches.retrieve(name).status

    def lines(self, file):
        text = self.client.files.content(file).text if file else ""
        return [json.loads(line) for line in text.splitlines()]

    def results(self, name):
        """(custom_id, outcome, usage) in the files' order, with Anthropic's names of outcomes."""
        batch = self.batches.retrieve(name)
        lines = [*self.lines(batch.output_file_id), *self.lines(batch.error_file_id)]
        return [(line["custom_id"], *self._outcome(line)) for line in lines]

    def _outcome(self, line):
        if line["error"] is not None:
            codes = {"batch_expired": "expired", "batch_cancelled": "canceled"}
            return codes[line["error"]["code"]], None
        if line["response"]["status_code"] != 200:
            return "errored", None
        usage = line["response"]["body"]["usage"]
        return "succeeded", (usage["prompt_tokens"], usage["completion_tokens"])

    def listed(self, **page):
        return [batch.id for batch in self.batches.list(**page).data]


WIRES = {"anthropic": Anthropic, "openai": OpenAI}


@pytest.fixture(params=list(WIRES))
def wire(request, sandbox):
    made = WIRES[request.param](sandbox.base)
    yield made
    made.client.close()


@pytest.fixture
def messages(sandbox):
    made = Anthropic(sandbox.base)
    yield made
    made.client.close()


@pytest.fixture
def completions(sandbox):
    made = OpenAI(sandbox.base)
    yield made
    made.client.close()


def plan(sandbox, **bulk):
    return sandbox.request("/sandbox/teacher", {"bulk": bulk})


def charged(sandbox, name):
    calls = sandbox.request("/sandbox/ledger")[1]["calls"]
    return [call for call in calls if call["bulk"] == name]


def three(wire):
    return [wire.line(f"r{number}") for number in range(3)]


def test_a_bulk_is_under_way_at_the_first_look_and_has_ended_at_the_second(wire):
    name = wire.submit(*three(wire))

    assert ["in_progress", wire.ended] == [wire.status(name), wire.status(name)]


def test_each_request_is_answered_once_in_another_order(wire):
    name = wire.submit(*[wire.line(f"r{number}") for number in range(20)])
    wire.status(name)
    wire.status(name)

    results = wire.results(name)

    names = [custom_id for custom_id, _, _ in results]
    assert sorted(f"r{number}" for number in range(20)) == sorted(names)
    assert names != [f"r{number}" for number in range(20)]
    assert {outcome for _, outcome, _ in results} == {"succeeded"}
    assert results == wire.results(name)


def test_a_bulk_costs_half_the_price_and_nothing_before_it_ends(wire, sandbox):
    name = wire.submit(*three(wire))
    wire.status(name)
    assert charged(sandbox, name) == []

    wire.status(name)

    calls = charged(sandbox, name)
    price = {"input": Decimal("0.50"), "output": Decimal("2.50")}
    expected = sorted(
        (inputs * price["input"] + outputs * price["output"]) / 1_000_000
        for _, _, (inputs, outputs) in wire.results(name)
    )
    assert [round(usd, 6) for usd in expected] == sorted(
        round(Decimal(call["cost_usd"]), 6) for call in calls
    )
    assert {call["status"] for call in calls} == {200}


def test_requests_of_a_bulk_fail_and_expire_as_told_and_cost_nothing(wire, sandbox):
    plan(sandbox, errored=2, expired=1)
    name = wire.submit(*[wire.line(f"r{number}") for number in range(6)])
    wire.status(name)
    wire.status(name)

    outcomes = sorted(outcome for _, outcome, _ in wire.results(name))

    assert ["errored", "errored", "expired", *["succeeded"] * 3] == outcomes
    assert len(charged(sandbox, name)) == 3


def test_what_befalls_a_bulk_befalls_no_later_one(wire, sandbox):
    plan(sandbox, errored=3)
    struck = wire.submit(*three(wire))
    spared = wire.submit(*three(wire))
    for name in (struck, struck, spared, spared):
        wire.status(name)

    assert {"errored"} == {outcome for _, outcome, _ in wire.results(struck)}
    assert {"succeeded"} == {outcome for _, outcome, _ in wire.results(spared)}


def test_the_clock_of_the_sandbox_ends_a_bulk_that_takes_its_time(wire, sandbox):
    plan(sandbox, seconds=600)
    name = wire.submit(*three(wire))
    assert {"in_progress"} == {wire.status(name) for _ in range(3)}

    sandbox.act("clock", advance=600)

    assert wire.ended == wire.status(name)
    plan(sandbox)


def test_what_is_not_answered_within_a_day_expires(wire, sandbox):
    plan(sandbox, seconds=2 * DAY)
    name = wire.submit(*three(wire))
    wire.status(name)
    sandbox.act("clock", advance=DAY)

    assert wire.status(name) in ("ended", "expired")
    assert [outcome for _, outcome, _ in wire.results(name)] == ["expired"] * 3
    assert charged(sandbox, name) == []
    plan(sandbox)


def test_a_cancelled_bulk_ends_without_answers_and_without_cost(wire, sandbox):
    name = wire.submit(*three(wire))
    wire.status(name)

    wire.batches.cancel(name)

    assert wire.status(name) in ("ended", "cancelled")
    assert charged(sandbox, name) == []
    with pytest.raises(wire.error) as caught:
        wire.batches.cancel(name)
    assert caught.value.status_code == 400


def test_bulks_are_listed_newest_first_page_by_page(wire):
    names = [wire.submit(*three(wire)) for _ in range(3)]

    listed = wire.listed(limit=2)

    cursor = "after_id" if isinstance(wire, Anthropic) else "after"
    assert [names[2], names[1]] == listed
    assert [names[0]] == wire.listed(limit=1, **{cursor: listed[-1]})


def test_the_sdks_walk_through_all_pages(wire):
    names = [wire.submit(*three(wire)) for _ in range(3)]

    walked = [batch.id for batch in wire.batches.list(limit=1)]

    assert names == walked[:3][::-1]


def test_anthropics_list_can_be_read_from_the_other_end(messages):
    names = [messages.submit(*three(messages)) for _ in range(3)]

    assert [names[1]] == messages.listed(limit=1, before_id=names[0])


@pytest.mark.parametrize("key", ["", "wrong"])
def test_a_wrong_key_is_refused(sandbox, key):
    for made in (Anthropic, OpenAI):
        with_key = made(sandbox.base, key or "wrong")
        with pytest.raises(with_key.error) as caught:
            with_key.submit(*three(with_key))
        assert caught.value.status_code == 401
        with_key.client.close()


def test_an_unknown_bulk_is_not_found(wire):
    with pytest.raises(wire.error) as caught:
        wire.status("batch_nobody")

    assert caught.value.status_code == 404


def test_a_request_that_is_wrong_itself_fails_alone(wire):
    strange = wire.line("strange")
    strange.get("params", strange.get("body"))["messages"] = []
    name = wire.submit(wire.line("good"), strange)
    wire.status(name)
    wire.status(name)

    outcomes = {custom_id: outcome for custom_id, outcome, _ in wire.results(name)}

    assert outcomes == {"good": "succeeded", "strange": "errored"}


def test_anthropics_counts_are_those_of_its_results(messages, sandbox):
    plan(sandbox, errored=1, expired=1)
    batch = messages.batches.create(requests=[messages.line(f"r{n}") for n in range(4)])
    assert (batch.request_counts.processing, batch.request_counts.succeeded) == (4, 0)
    messages.status(batch.id)

    counts = messages.batches.retrieve(batch.id).request_counts

    assert (counts.processing, counts.succeeded, counts.errored, counts.expired) == (0, 2, 1, 1)


def test_anthropics_messages_say_that_they_were_billed_as_a_batch(messages):
    name = messages.submit(*three(messages))
    messages.status(name)
    messages.status(name)

    tiers = {line.result.message.usage.service_tier for line in messages.batches.results(name)}

    assert {"batch"} == tiers


def test_anthropic_has_no_results_before_the_end(messages):
    name = messages.submit(*three(messages))

    with pytest.raises(anthropic.AnthropicError, match="finished processing"):
        messages.batches.results(name)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a", "a"], "Must be unique"),
        (["x" * 65], "at most 64 characters"),
        (["a b"], "match pattern"),
        ([], "at least 1 item"),
    ],
)
def test_anthropic_refuses_a_bulk_with(messages, names, words):
    with pytest.raises(anthropic.BadRequestError, match=words):
        messages.submit(*[messages.line(name) for name in names])


def test_anthropic_refuses_more_than_a_hundred_thousand_requests(sandbox):
    many = {"requests": [{"custom_id": str(n), "params": {}} for n in range(100_001)]}

    status, answer = sandbox.request("/anthropic/v1/messages/batches", many, HEADERS)

    assert status == 400
    assert "at most 100000 items" in answer["error"]["message"]


def test_a_body_over_the_limit_is_refused_as_too_large():
    async def statuses():
        app = web.Application()
        bulks = Bulks(dialects.OpenAI(), Teacher(0, utc_now).say, Plans(), 0, utc_now)
        bulk_anthropic.add_routes(app, bulks, most_bytes=400)
        bulk_openai.add_routes(app, bulks, most_bytes=400)
        async with TestClient(TestServer(app)) as client:
            for size in (10, 500):
                path, form = bulk_openai.FILES, FormData({"purpose": "batch"})
                form.add_field("file", b"x" * size, filename="bulk.jsonl")
                yield (await client.post(path, data=form, headers=HEADERS)).status
                path, body = bulk_anthropic.PATH, {"requests": "x" * size}
                yield (await client.post(path, json=body, headers=HEADERS)).status

    async def collected():
        return [status async for status in statuses()]

    assert asyncio.run(collected()) == [200, 400, 413, 413]


def test_openai_keeps_a_file_as_it_came(completions):
    lines = three(completions)
    file = completions.upload(*lines)

    kept = completions.client.files.retrieve(file)

    assert (kept.filename, kept.purpose, kept.status) == ("bulk.jsonl", "batch", "processed")
    assert lines == completions.lines(file)


def test_openai_tells_counts_usage_and_what_it_was_given(completions, sandbox):
    plan(sandbox, errored=1)
    given = {"winnow": "key-1"}
    batch = completions.create(completions.upload(*three(completions)), metadata=given)
    assert ("validating", given) == (batch.status, batch.metadata)
    completions.status(batch.id)

    batch = completions.batches.retrieve(batch.id)

    calls = charged(sandbox, batch.id)
    counts = batch.request_counts
    assert (counts.total, counts.completed, counts.failed) == (3, 2, 1)
    assert batch.usage.output_tokens == sum(call["output_tokens"] for call in calls)
    assert batch.model == BANK
    assert batch.completed_at is not None


def test_openai_has_no_file_without_lines(completions, sandbox):
    good = completions.submit(*three(completions))
    plan(sandbox, expired=3)
    late = completions.submit(*three(completions))
    for name in (good, late):
        completions.status(name)

    whole, nothing = completions.batches.retrieve(good), completions.batches.retrieve(late)

    assert (whole.error_file_id, whole.status) == (None, "completed")
    assert (nothing.output_file_id, nothing.status) == (None, "expired")


@pytest.mark.parametrize(
    ("lines", "code", "at"),
    [
        (["{"], "invalid_json_line", 1),
        ([], "empty_file", None),
        ([{}, {}], "duplicate_custom_id", 2),
        ([{}, {"custom_id": "b", "url": "/v1/responses"}], "invalid_url", 2),
        ([{}, {"custom_id": "b", "body": body_of("support-zh")}], "mismatched_model", 2),
        ([{"custom_id": ""}], "missing_required_parameter", 1),
    ],
)
def test_openai_fails_a_bulk_once_it_has_looked_at_lines_with(completions, lines, code, at):
    whole = completions.line("a")
    name = completions.submit(*[line if line == "{" else whole | line for line in lines])

    batch = completions.batches.retrieve(name)

    assert batch.status == "failed"
    assert [(code, at)] == [(error.code, error.line) for error in batch.errors.data]


def test_openai_fails_more_than_fifty_thousand_requests(completions):
    name = completions.submit(*["{}"] * 50_001)

    batch = completions.batches.retrieve(name)

    assert [error.code for error in batch.errors.data] == ["maximum_requests_exceeded"]


@pytest.mark.parametrize(
    "wrong", [{"endpoint": "/v1/embeddings"}, {"completion_window": "1h"}, {"metadata": {"a": 1}}]
)
def test_openai_refuses_at_once(completions, wrong):
    file = completions.upload(*three(completions))

    with pytest.raises(openai.BadRequestError):
        completions.create(file, **wrong)


def test_openai_takes_only_its_own_files_for_a_bulk(completions):
    name = completions.submit(*three(completions))
    completions.status(name)
    output = completions.batches.retrieve(name).output_file_id

    with pytest.raises(openai.NotFoundError):
        completions.create("file-nobody")
    with pytest.raises(openai.BadRequestError, match="purpose"):
        completions.create(output)


def test_openai_refuses_a_file_that_is_none_for_a_bulk(completions):
    with pytest.raises(openai.BadRequestError, match=r"\.jsonl"):
        completions.client.files.create(file=("bulk.txt", b"{}"), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="purpose"):
        completions.client.files.create(file=("bulk.jsonl", b"{}"), purpose="fine-tune")


def test_a_whole_bulk_fails_as_told(wire, sandbox):
    plan(sandbox, whole="failed")
    name = wire.submit(*three(wire))

    status = wire.status(name)

    if isinstance(wire, OpenAI):
        assert status == "failed"
        assert [e.code for e in wire.batches.retrieve(name).errors.data] == ["token_limit_exceeded"]
    else:  # Anthropic knows no failed batch, only failed requests
        assert {"errored"} == {outcome for _, outcome, _ in wire.results(name)}
    assert charged(sandbox, name) == []


def test_a_whole_bulk_expires_as_told(wire, sandbox):
    plan(sandbox, whole="expired")
    name = wire.submit(*three(wire))
    wire.status(name)
    wire.status(name)

    assert [outcome for _, outcome, _ in wire.results(name)] == ["expired"] * 3


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": -1}, {"errored": 1.5}, {"expired": True}, {"whole": "lost"}, {"fault": "500"}, 3],
)
def test_a_plan_that_is_none_is_refused(sandbox, wrong):
    status, answer = sandbox.request("/sandbox/teacher", {"bulk": wrong})

    assert status == 400
    assert answer["error"].startswith("teacher: ")
