"""Bulks from the plan to the candidates, over a line that breaks anywhere."""

import json
import threading
from collections import Counter
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlmodel import select

from bot import bulks
from bot.bulk_turns import Turns
from bot.tallies import Tally
from core.errors import TeacherError, UsageError, WinnowError
from core.teachers import open_teacher
from storage import datasets, requests, runs
from storage.kinds import RequestState, Role
from storage.run_tables import Run
from storage.tables import Outbox

KEYS = {"ANTHROPIC_API_KEY": "sk-ant", "OPENAI_API_KEY": "sk-open"}
PRICE = "price: {input: 1, output: 5}"
CREATING = {"anthropic": "/v1/messages/batches", "openai": "/v1/batches"}


BOTH = pytest.mark.parametrize("provider", ["anthropic", "openai"], indirect=True)


class Line(BaseHTTPRequestHandler):
    """A line to the endpoint that breaks as a test says."""

    def do_GET(self):
        self._carry("GET", None)

    def do_POST(self):
        self._carry("POST", self.rfile.read(int(self.headers["content-length"])))

    def _carry(self, method, body):
        line, self.close_connection = self.server, True
        fault = line.fault(f"{method} {self.path}")
        if fault == "before":
            return
        if fault in ("401", "429"):
            self._answer(int(fault), {"content-type": "application/json"}, b'{"error": {}}')
            return
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        there = HTTPConnection(line.behind, timeout=20)
        there.request(method, self.path, body, headers)
        answer = there.getresponse()
        data, kept = answer.read(), dict(answer.getheaders())
        if fault is not None and method == "POST":
            name = json.loads(data)["id"]
            headers = {k: v for k, v in headers.items() if not k.lower().startswith("content-")}
            for _ in range(2):  # somebody else looks, so that the sandbox comes to an end with it
                there.request("GET", f"{self.path}/{name}", headers=headers)
                there.getresponse().read()
        there.close()
        if fault != "after":
            self._answer(answer.status, kept, data, half=fault == "half")

    def _answer(self, status, headers, data, *, half=False):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if half else data)

    def log_message(self, *args):
        """Silence."""


class Lines(ThreadingHTTPServer):
    def __init__(self, behind):
        super().__init__(("127.0.0.1", 0), Line)
        self.behind = behind
        self.asked = []
        self.faults = []

    def fault(self, what):
        """The fault whose turn it is: each is (part of "METHOD /path", kind), used once."""
        self.asked.append(what)
        for place, (part, kind) in enumerate(self.faults):
            if part in what:
                del self.faults[place]
                return kind
        return None


@pytest.fixture
def line(endpoint):
    server = Lines(endpoint.address.removeprefix("http://"))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(request):
    return getattr(request, "param", "openai")


@pytest.fixture
def environ(line):
    url = f"http://127.0.0.1:{line.server_port}"
    bases = {"ANTHROPIC_BASE_URL": f"{url}/anthropic", "OPENAI_BASE_URL": f"{url}/openai/v1"}
    return KEYS | bases


@pytest.fixture
def desk(provider, dataset):
    return dataset(f'{{model: "{provider}:support-en", {PRICE}}}', "ask: meta")


@pytest.fixture
def generate(store, environ):
    """Takes turns until the run ends."""

    def run(dataset, wanted=6, **more):
        return bulks.generate(store, dataset, wanted, environ=environ, pause=0.0, **more)

    return run


@pytest.fixture
def turn(generate):
    """Takes one turn, in the hands of a new process, so to say."""
    stopped = threading.Event()
    stopped.set()

    def take(dataset, wanted=6, **more):
        return generate(dataset, wanted, stop=stopped, **more)

    return take


@pytest.fixture
def plan(endpoint):
    def say(**bulk):
        endpoint.http("/sandbox/teacher", {"bulk": bulk})

    return say


def bulks_of(endpoint):
    """How many requests each bulk was charged for."""
    return Counter(call["bulk"] for call in endpoint.calls)


def settled(rows):
    return sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0))


@BOTH
def test_a_bulk_brings_candidates_at_half_the_price(desk, generate, endpoint, logged, kept):
    made = generate(desk)

    calls = endpoint.calls
    full = sum(call["input_tokens"] + 5 * call["output_tokens"] for call in calls)
    assert made.candidates == len([row for row in kept() if row.reason is None]) == 6
    assert made.stopped == ""
    assert all(call["bulk"] for call in calls)
    assert settled(logged()) == Decimal(endpoint.charged) == Decimal(full) / 2_000_000
    assert made.cost_usd == settled(logged())


@BOTH
def test_whoever_comes_next_goes_on_where_the_last_one_left(desk, turn, endpoint, store, logged):
    first = turn(desk)
    assert first.stopped == "interrupted"
    assert "2 requests are with their providers" in first.why
    assert endpoint.calls == []

    turns = 1
    while (made := turn(desk)).stopped == "interrupted":
        turns += 1

    assert turns < 5
    assert runs.working(store, desk.id) == []
    assert {row.state for row in logged()} == {RequestState.SETTLED}
    assert len({row.key for row in logged()}) == len(logged()) == len(endpoint.calls)
    assert made.stopped == ""


def test_progress_tells_how_many_requests_are_with_the_provider(desk, turn):
    told = []

    turn(desk, report=told.append)

    assert [(one.waiting, one.waiting_done) for one in told] == [(2, 0)] * 2


def test_answers_that_were_stored_and_not_read_are_read_without_a_call(
    desk, turn, generate, store, environ, line, endpoint, logged
):
    turn(desk)
    (run,) = runs.working(store, desk.id)
    spec = desk.recipe.teachers[0]
    with closing(open_teacher(spec, environ=environ, folder=desk.folder).bulks()) as api:
        turns = Turns(store, desk, run.id, {spec.model: api}, Tally(6))
        while turns.under_way():
            turns.look(cancelled=False)
    assert {row.state for row in logged()} == {RequestState.ANSWERED}
    paid, line.asked = endpoint.charged, []

    made = generate(desk)

    assert (made.candidates, endpoint.charged, line.asked) == (6, paid, [])


def test_another_wish_begins_a_run_of_its_own(desk, turn, store):
    turn(desk)
    turn(desk, 3)

    assert [run.wish["wanted"] for run in runs.working(store, desk.id)] == [6, 3]


def test_a_run_that_another_process_waits_for_is_left_alone(desk, turn, store, clock):
    turn(desk)
    with store.write() as session:
        row = session.exec(select(Run)).one()
        row.held_by, row.held_until = "elsewhere/1/x", clock() + timedelta(minutes=1)

    with pytest.raises(WinnowError, match="Another process"):
        turn(desk)


@BOTH
@pytest.mark.parametrize("kind", ["before", "after"])
def test_a_submission_that_got_lost_is_not_paid_twice(
    desk, turn, generate, line, endpoint, provider, clock, logged, kind
):
    line.faults = [(f"POST /{provider}{CREATING[provider]}", kind)]

    first = turn(desk)
    clock.forward(minutes=6)
    made = generate(desk)

    assert (first.stopped, first.failures != ()) == ("interrupted", True)
    assert made.candidates == 6
    assert len(endpoint.calls) == len(logged())
    assert settled(logged()) == Decimal(endpoint.charged)


@BOTH
def test_a_submission_that_may_still_arrive_is_waited_for(desk, turn, line, provider, clock):
    path = f"POST /{provider}{CREATING[provider]}"
    line.faults = [(path, "before")]
    turn(desk)

    turn(desk)
    assert sum(path in asked for asked in line.asked) == 1
    clock.forward(minutes=6)
    turn(desk)

    assert sum(path in asked for asked in line.asked) == 2


@BOTH
def test_a_provider_without_room_is_asked_again_without_a_search(desk, generate, line, provider):
    line.faults = [(f"POST /{provider}{CREATING[provider]}", "429")]

    made = generate(desk)

    assert made.candidates == 6
    assert not any(asked == f"GET /{provider}{CREATING[provider]}" for asked in line.asked)


# Anthropic: create, two looks, a look and the results. OpenAI: file, create, two looks, a look and
# the results.
@pytest.mark.parametrize(
    ("provider", "number", "kind"),
    [
        *(("anthropic", number, "after") for number in range(5)),
        *(("openai", number, "after") for number in range(6)),
        ("anthropic", 4, "half"),
        ("openai", 5, "half"),
        ("openai", 0, "before"),
    ],
    indirect=["provider"],
)
def test_wherever_the_line_breaks_each_request_is_paid_once(
    desk, turn, line, endpoint, provider, clock, logged, kept, number, kind
):
    asked = [("", None)] * number
    line.faults = [*asked, ("", kind)]

    for _ in range(12):
        made = turn(desk)
        if made.stopped != "interrupted":
            break
        clock.forward(minutes=6)

    assert line.faults == []
    assert made.stopped == ""
    assert {row.state for row in logged()} == {RequestState.SETTLED}
    assert len([row for row in kept() if row.reason is None]) >= 6
    assert settled(logged()) == Decimal(endpoint.charged)


@BOTH
def test_only_what_failed_or_expired_is_handed_in_again(desk, generate, plan, endpoint, logged):
    plan(errored=1, expired=1)

    made = generate(desk, 20)

    assert made.candidates == 20
    assert list(bulks_of(endpoint).values())[:2] == [2, 2]
    assert settled(logged()) == Decimal(endpoint.charged)
    assert not any(row.reserved_usd and row.state is RequestState.RESERVED for row in logged())


def test_what_fails_three_times_is_given_up(desk, turn, plan, logged, endpoint):
    for _ in range(40):
        plan(errored=100)
        made = turn(desk, 4)
        if made.stopped != "interrupted":
            break

    assert made.stopped == "records"
    assert {row.state for row in logged()} == {RequestState.FAILED}
    assert endpoint.charged == "0"
    assert "500" in logged()[0].error


def test_a_bulk_that_is_refused_as_a_whole_is_handed_in_again(
    desk, generate, plan, endpoint, logged
):
    plan(whole="failed")

    made = generate(desk)

    assert made.candidates == 6
    assert settled(logged()) == Decimal(endpoint.charged)


def test_a_key_that_is_refused_ends_the_run_and_frees_the_money(
    desk, generate, line, store, logged, provider
):
    line.faults = [(f"POST /{provider}", "401")]

    with pytest.raises(TeacherError, match="does not accept the key"):
        generate(desk)

    assert runs.working(store, desk.id) == []
    assert requests.spent(store, desk.id) == 0
    assert {row.state for row in logged()} == {RequestState.OWED}


def test_a_key_that_is_refused_later_leaves_the_bulk_to_be_collected(
    desk, turn, generate, line, store, logged
):
    turn(desk)
    line.faults = [("GET ", "401")]

    with pytest.raises(TeacherError, match="does not accept the key"):
        generate(desk)

    assert {row.state for row in logged()} == {RequestState.RESERVED}
    assert generate(desk).candidates == 6


def test_a_budget_is_reserved_at_half_the_price_and_never_overrun(
    dataset, generate, provider, endpoint, store
):
    desk = dataset(
        f'{{model: "{provider}:support-en", {PRICE}, max_output_tokens: 1000}}',
        "ask: meta\nbudget: {total_usd: 0.02}",
    )

    made = generate(desk, 100)

    assert made.stopped == "budget_total"
    assert 0 < Decimal(endpoint.charged) <= Decimal("0.02")
    assert requests.spent(store, desk.id) == Decimal(endpoint.charged)


def test_a_call_of_several_steps_goes_on_in_further_bulks(
    provider, dataset, generate, endpoint, logged, row
):
    seeds = "".join(row(number) for number in range(8))
    desk = dataset(
        f'{{model: "{provider}:support-en", {PRICE}}}',
        "ask: self-instruct\nseeds: seeds.jsonl",
        seeds__jsonl=seeds,
    )

    made = generate(desk, 5)

    assert made.candidates >= 5
    assert len(bulks_of(endpoint)) >= 2
    assert {"self-instruct", "answers"} <= {row.prompt for row in logged()}


def test_a_cancelled_run_keeps_what_was_answered_and_pays_no_more(
    desk, turn, generate, store, endpoint, logged
):
    turn(desk)
    (run,) = runs.working(store, desk.id)
    runs.cancel(store, run.id)

    made = generate(desk)

    assert made.stopped == "interrupted"
    assert runs.working(store, desk.id) == []
    assert endpoint.calls == []
    assert requests.spent(store, desk.id) == 0


def test_a_cancelled_run_hands_in_nothing_more(desk, turn, generate, store, line, logged):
    creating = f"POST /openai{CREATING['openai']}"
    line.faults = [(creating, "429")]
    turn(desk)
    (run,) = runs.working(store, desk.id)
    runs.cancel(store, run.id)

    generate(desk)

    assert sum(creating in asked for asked in line.asked) == 1
    assert runs.working(store, desk.id) == []
    assert {row.state for row in logged()} == {RequestState.OWED}
    assert requests.spent(store, desk.id) == 0


def test_a_bulk_waits_for_its_teacher_to_come_back_into_the_recipe(
    desk, turn, generate, dataset, store
):
    turn(desk)
    other = dataset(f'{{model: "anthropic:support-en", {PRICE}}}', "ask: meta")

    with pytest.raises(TeacherError, match="does not have the teacher openai:support-en"):
        generate(other)

    assert len(runs.working(store, desk.id)) == 1
    assert generate(desk).candidates == 6


def test_the_bot_collects_what_nobody_waits_for(desk, turn, store, environ, endpoint, kept):
    turn(desk)

    for _ in range(4):
        bulks.collect(store, environ)

    assert runs.working(store, desk.id) == []
    assert len([row for row in kept() if row.reason is None]) == 6


def test_the_bot_tells_the_curators_what_they_can_mend(desk, turn, store, environ, line):
    datasets.place(store, desk.id, "C1", {"kit": Role.CURATOR}, "https://desk.slack.com/")
    turn(desk)
    line.faults = [("GET ", "401")] * 2

    for _ in range(2):
        bulks.collect(store, environ)

    with store.read() as session:
        (told,) = session.exec(select(Outbox)).all()
    assert told.args["text"] == "teacher_failed"
    assert "does not accept the key" in told.args["error"]


def test_a_recipe_without_a_batch_api_is_told_so(dataset, generate, row):
    desk = dataset("replay:replies.jsonl", "ask: meta", replies__jsonl=row(1))

    with pytest.raises(UsageError, match="No teacher of desk has a batch API"):
        generate(desk)


def test_the_command_line_waits_and_prints_what_came(winnow, write_recipe, endpoint):
    path = write_recipe(endpoint.teacher(), "ask: meta")
    assert winnow("recipe", "add", path).status == 0

    ran = winnow("generate", "desk", "-n", 2, "--batch", "--json")

    assert ran.json["candidates"] == 2
