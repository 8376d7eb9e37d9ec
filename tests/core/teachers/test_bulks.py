"""Bulks of both adapters, against the sandbox's endpoint and a server that breaks down."""

import asyncio
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib import request

import pytest
from aiohttp import web

from core.errors import TeacherError
from core.recipe import TeacherSpec
from core.teachers import open_teacher
from core.teachers.base import Ask, Reply, UnansweredError
from core.teachers.bulks import SHARE, UndecidedError, UnservedError, lines_of
from sandbox.teacher import add_routes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEYS = {"ANTHROPIC_API_KEY": "sk-ant-secret", "OPENAI_API_KEY": "sk-open-secret"}
PRICE = {"input": 1, "output": 5}


class Endpoint:
    """The sandbox's teacher, whose clock a test can move."""

    def __init__(self):
        self.now = NOW
        self.loop = asyncio.new_event_loop()
        app = web.Application()
        add_routes(app, 7, now=lambda: self.now)
        self.runner = web.AppRunner(app)
        self.url = f"http://127.0.0.1:{self.loop.run_until_complete(self._start())}"
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    async def _start(self):
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return self.runner.addresses[0][1]

    def close(self):
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()

    def http(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        asked = request.Request(f"{self.url}{path}", data)  # noqa: S310 - a loopback address
        with request.urlopen(asked) as answer:  # noqa: S310
            return json.load(answer)

    def plan(self, **bulk):
        self.http("/sandbox/teacher", {"bulk": bulk})

    def charged(self):
        return Decimal(self.http("/sandbox/ledger")["cost_usd"])


@pytest.fixture(scope="module")
def endpoint():
    running = Endpoint()
    yield running
    running.close()


@pytest.fixture(params=["anthropic", "openai"])
def provider(request):
    return request.param


@pytest.fixture
def opened():
    """Opens bulks of a provider at an address."""
    made = []

    def open_at(provider, url):
        environ = KEYS | {
            "ANTHROPIC_BASE_URL": f"{url}/anthropic",
            "OPENAI_BASE_URL": f"{url}/openai/v1",
        }
        spec = TeacherSpec(model=f"{provider}:support-en", price=PRICE)
        made.append(open_teacher(spec, environ=environ, folder=Path()).bulks())
        return made[-1]

    yield open_at
    for each in made:
        each.close()


@pytest.fixture
def bulks(opened, provider, endpoint):
    return opened(provider, endpoint.url)


@pytest.fixture
def broken(opened, provider, wire):
    """Bulks at a server that answers as the test says."""
    return opened(provider, wire.url)


def asks(number=3, first=0):
    made = Ask("You write samples.", "Write 1 sample about Nestrel.", None, 4096)
    return [(f"request-{first + place}", made) for place in range(number)]


def ended(bulks, name):
    while not bulks.look(name).ended:
        pass
    return dict(bulks.results(name))


def test_a_bulk_is_handed_in_looked_at_and_read(bulks):
    name = bulks.submit(asks())

    assert not bulks.look(name).ended
    look = bulks.look(name)

    results = dict(bulks.results(name))
    assert (look.ended, look.done, look.refusal) == (True, 3, "")
    assert set(results) == {"request-0", "request-1", "request-2"}
    assert all(isinstance(reply, Reply) and reply.text for reply in results.values())


def test_a_bulk_costs_half_the_price_to_the_last_digit(bulks, endpoint):
    before = endpoint.charged()

    results = ended(bulks, bulks.submit(asks()))

    assert sum(reply.cost_usd for reply in results.values()) == endpoint.charged() - before


def test_a_reservation_is_half_of_that_of_a_single_call(bulks, provider):
    spec = TeacherSpec(model=f"{provider}:support-en", price=PRICE)
    single = open_teacher(spec, environ=KEYS, folder=Path())
    ((_, ask), *_) = asks()

    assert bulks.most(ask) == single.most(ask) * SHARE


def test_what_the_provider_failed_or_did_not_reach_may_be_handed_in_again(bulks, endpoint):
    endpoint.plan(errored=1, expired=1)

    results = ended(bulks, bulks.submit(asks()))

    kinds = sorted(type(outcome).__name__ for outcome in results.values())
    assert kinds == ["Reply", "UnservedError", "UnservedError"]


def test_a_request_that_is_wrong_itself_is_refused_for_good_but_not_fatal(bulks):
    (name, ask), *rest = asks()
    refused = Ask(ask.system, ask.prompt, {"type": "object", "properties": {}}, 0)

    results = ended(bulks, bulks.submit([(name, refused), *rest]))

    error = results[name]
    assert isinstance(error, TeacherError)
    assert not isinstance(error, UnservedError | UnansweredError)
    assert not error.fatal
    assert all(isinstance(results[other], Reply) for other, _ in rest)


def test_what_was_cancelled_cost_nothing(bulks, endpoint):
    before = endpoint.charged()
    name = bulks.submit(asks())

    bulks.cancel(name)

    results = ended(bulks, name)
    assert {type(outcome) for outcome in results.values()} == {UnservedError}
    assert endpoint.charged() == before


def test_a_bulk_that_was_handed_in_is_found_by_its_requests_alone(bulks):
    name = bulks.submit(asks(4, first=100))
    other = bulks.submit(asks(4, first=200))
    for each in (name, other):
        ended(bulks, each)
    names = [key for key, _ in asks(4, first=100)]

    assert bulks.find(names, NOW, ()) == name
    assert bulks.find(names, NOW, {name}) is None
    assert bulks.find(names, NOW + timedelta(days=3), ()) is None
    assert bulks.find([*names, "request-9"], NOW, ()) is None


def test_anthropic_cannot_tell_before_the_end_whose_bulk_it_is(opened, endpoint):
    bulks = opened("anthropic", endpoint.url)
    name = bulks.submit(asks(5, first=300))
    names = [key for key, _ in asks(5, first=300)]

    with pytest.raises(UndecidedError, match=name):
        bulks.find(names, NOW, ())

    ended(bulks, name)
    assert bulks.find(names, NOW, ()) == name


def test_openai_tells_at_once_whose_bulk_it_is(opened, endpoint):
    bulks = opened("openai", endpoint.url)
    name = bulks.submit(asks(5, first=400))

    assert bulks.find([key for key, _ in asks(5, first=400)], NOW, ()) == name


def test_openai_tells_why_it_took_none_of_a_bulk(opened, endpoint):
    bulks = opened("openai", endpoint.url)
    endpoint.plan(whole="failed")

    look = bulks.look(name := bulks.submit(asks()))

    assert (look.ended, look.refusal) == (True, "Enqueued token limit reached.")
    assert list(bulks.results(name)) == []


def test_requests_are_grouped_by_the_providers_limits(bulks):
    bulks.most_requests = 2
    assert [len(group) for group in bulks.groups(asks(5))] == [2, 2, 1]
    assert [pair for group in bulks.groups(asks(5)) for pair in group] == asks(5)
    assert bulks.groups([]) == []


def test_a_group_is_no_larger_than_the_provider_takes(bulks):
    bulks.most_bytes = 1_000
    long = ("long", replace(asks()[0][1], prompt="x" * 2_000))

    *groups, last = bulks.groups([*asks(6), long])

    assert last == [long]
    assert 1 < len(groups) < 6
    assert [pair for group in groups for pair in group] == asks(6)


def test_a_bulk_refused_for_good_says_so_without_the_key(broken, wire, says_no):
    wire.will(says_no(401, "Bad key sk-ant-secret sk-open-secret."))

    with pytest.raises(TeacherError, match="does not accept the key") as caught:
        broken.submit(asks())

    assert not isinstance(caught.value, UnservedError | UnansweredError)
    assert "secret" not in str(caught.value)


def test_a_bulk_that_finds_no_room_may_be_handed_in_later(broken, wire, says_no):
    wire.will(says_no(429))

    with pytest.raises(UnservedError):
        broken.submit(asks())


@pytest.mark.parametrize("answer", ["cut", (500, {"error": {"message": "Oh."}}, {})])
def test_a_bulk_may_have_arrived_where_the_server_broke_down(broken, wire, answer):
    wire.will(answer)

    with pytest.raises(UnansweredError):
        broken.submit(asks())


@pytest.mark.parametrize("answer", ["cut", (529, {"error": {"message": "Oh."}}, {})])
def test_a_server_that_does_not_tell_is_asked_again_later(broken, wire, answer):
    wire.will(answer)

    with pytest.raises(UnservedError):
        broken.look("bulk-1")
    with pytest.raises(UnservedError):
        list(broken.results("bulk-1"))


def test_results_that_break_off_are_read_again_later(opened, wire):
    whole = {"custom_id": "r1", "result": {"type": "expired"}}
    batch = {
        "id": "msgbatch_1",
        "type": "message_batch",
        "processing_status": "ended",
        "request_counts": {},
        "results_url": f"{wire.url}/anthropic/v1/messages/batches/msgbatch_1/results",
    }
    lines = json.dumps(whole) + '\n{"custom_id": "r2", "resu'
    wire.will((200, batch, {}), (200, lines, {"content-type": "application/x-jsonl"}))
    bulks = opened("anthropic", wire.url)

    results = bulks.results("msgbatch_1")

    assert next(results)[0] == "r1"
    with pytest.raises(UnservedError):
        next(results)


def test_lines_are_broken_at_line_feeds_alone():
    text = '{"a": "one\u2028two\x85three"}\n\n{"b": 1}'.encode()

    assert list(lines_of([text[:9], text[9:]])) == text.split(b"\n\n")
