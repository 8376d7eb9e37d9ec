import asyncio
import threading
import time
from dataclasses import replace

import pytest

from core.errors import TeacherError
from core.recipe import TeacherSpec
from core.teachers import Engine, ask_one, open_teacher
from core.teachers.base import Ask, NotAskedError, Reply, UnansweredError
from core.teachers.caching import Prefix
from core.teachers.failures import AttemptError

CLAUDE = "anthropic:claude-haiku-4-5"
GPT = "openai:gpt-4.1-mini"


class BrokenTeacher:
    """Has a bug in one of its methods."""

    name = "broken"
    in_order = False

    def __init__(self, where):
        self.where = where

    def stumble(self, where):
        return 1 // (where != self.where)

    async def attempt(self, ask, patience):
        self.stumble("attempt")
        raise AttemptError("No.", status=404)

    def explain(self, failure):
        self.stumble("explain")
        return TeacherError("No.")

    def prefix(self, ask):
        self.stumble("prefix")
        return Prefix(0, None)

    async def hang_up(self):
        """Nothing is open."""


@pytest.fixture
def engine(teacher, patience):
    engines = []

    def make(concurrency=4, model=GPT, made=None, patience=patience, **more):
        teachers = {model: made or teacher(model), **more}
        widths = dict.fromkeys(teachers, concurrency)
        engines.append(Engine(teachers, widths, patience))
        return engines[-1]

    yield make
    for each in engines:
        each.close()


@pytest.fixture
def submit(ask):
    def make(engine, *numbers, model=GPT):
        for n in numbers:
            engine.submit(model, f"key-{n}", ask(f"prompt-{n}"))

    return make


def all_of(engine):
    came = []
    while engine.under_way:
        came += engine.outcomes()
    return came


def prompt_of(request):
    return request["messages"][-1]["content"]


def test_every_key_comes_out_once_with_the_reply_to_its_own_request(wire, engine, submit, gpt_says):
    wire.will(lambda request: gpt_says(prompt_of(request)))
    asking = engine()
    submit(asking, *range(20))
    came = all_of(asking)
    assert len(came) == len(wire.requests) == 20
    texts = {key: outcome.text for key, outcome in came}
    assert texts == {f"key-{n}": f"prompt-{n}" for n in range(20)}


def test_as_many_requests_are_under_way_as_allowed_and_no_more(wire, engine, submit, gpt_says):
    together = threading.Barrier(3)
    lock = threading.Lock()
    now, most = 0, 0

    def answer(request):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(5)  # breaks, and fails the request, unless three are there
        with lock:
            now -= 1
        return gpt_says()

    wire.will(answer)
    asking = engine(3)
    submit(asking, *range(9))
    assert [type(outcome) for _, outcome in all_of(asking)] == [Reply] * 9
    assert most == 3


def test_outcomes_come_as_they_complete(wire, engine, submit, gpt_says):
    def answer(request):
        if prompt_of(request) == "prompt-0":
            wire.released.wait(5)
        return gpt_says()

    wire.will(answer)
    asking = engine(2)
    submit(asking, 0, 1)
    assert [key for key, _ in asking.outcomes()] == ["key-1"]
    assert (asking.under_way, asking.outcomes(timeout=0.01)) == (1, [])
    wire.released.set()
    assert [key for key, _ in asking.outcomes()] == ["key-0"]


def test_with_nothing_under_way_nothing_is_waited_for(engine):
    assert (engine().outcomes(), engine().under_way) == ([], 0)


def test_there_is_room_for_what_may_be_under_way(wire, engine, submit, gpt_says):
    wire.will(gpt_says())
    asking = engine(3)
    assert asking.room(GPT) == 3
    submit(asking, 0, 1)
    came = all_of(asking)
    submit(asking, 2)
    assert (len(came), asking.room(GPT)) == (2, 2)


def test_a_hung_teacher_holds_up_no_other(wire, teacher, engine, submit, gpt_says, claude_says):
    def answer(request):
        if request["model"] == "gpt-4.1-mini":
            wire.released.wait(5)
            return gpt_says()
        return claude_says()

    wire.will(answer)
    asking = engine(2, **{CLAUDE: teacher(CLAUDE)})
    submit(asking, 0, 1)
    submit(asking, *range(2, 8), model=CLAUDE)
    came = []
    while len(came) < 6:
        came += asking.outcomes()
    assert {key for key, _ in came} == {f"key-{n}" for n in range(2, 8)}


def test_after_a_fatal_error_nothing_more_is_sent(wire, engine, submit, says_no):
    wire.will(says_no(401))
    asking = engine(2)
    submit(asking, *range(10))
    came = all_of(asking)
    assert sorted(key for key, _ in came) == [f"key-{n}" for n in range(10)]
    unsent = [error for _, error in came if isinstance(error, NotAskedError)]
    assert 1 <= 10 - len(unsent) == len(wire.requests) <= 2
    assert unsent[0].fatal
    assert str(unsent[0]) == (
        "Not asked, because an earlier request failed: The teacher openai:gpt-4.1-mini does not"
        " accept the key (401). Set OPENAI_API_KEY to a valid key."
    )


def test_a_teacher_that_is_given_up_has_no_room_and_takes_nothing(wire, engine, submit, says_no):
    wire.will(says_no(429, code="insufficient_quota"))
    asking = engine(2)
    submit(asking, 0)
    all_of(asking)
    submit(asking, 1)
    assert asking.room(GPT) == 0
    assert [type(error) for _, error in all_of(asking)] == [NotAskedError]
    assert len(wire.requests) == 1


def test_an_error_of_one_request_lets_the_others_be_asked(wire, engine, submit, gpt_says, says_no):
    wire.will(says_no(413), gpt_says())
    asking = engine(1)
    submit(asking, *range(5))
    assert [type(outcome) for _, outcome in all_of(asking)] == [TeacherError, *[Reply] * 4]


@pytest.mark.parametrize(("answered_before", "fatal"), [(True, False), (False, True)])
def test_a_refused_request_says_nothing_of_others_once_some_were_answered(
    wire, engine, submit, gpt_says, says_no, answered_before, fatal
):
    def answer(request):
        if prompt_of(request) == "prompt-1":
            time.sleep(0.1 if answered_before else 0)
            return says_no(400, "The content is not allowed.")
        time.sleep(0 if answered_before else 0.3)
        return gpt_says()

    wire.will(answer)
    asking = engine(2)
    submit(asking, 0, 1)
    assert dict(all_of(asking))["key-1"].fatal == fatal


def test_what_was_lost_before_its_teacher_was_given_up_may_have_been_charged(
    wire, engine, submit, patience, says_no
):
    lost = threading.Event()

    def answer(request):
        if prompt_of(request) == "prompt-0":
            lost.set()
            return "cut"
        lost.wait(5)
        time.sleep(0.1)  # until the other rests
        return says_no(403)

    wire.will(answer)
    asking = engine(2, patience=replace(patience, total=60, first_wait=20, longest_backoff=20))
    submit(asking, 0, 1)
    came = dict(all_of(asking))
    assert (type(came["key-0"]), came["key-0"].attempts) == (UnansweredError, 1)
    assert type(came["key-1"]) is TeacherError
    assert len(wire.requests) == 2


def test_cancelling_ends_everything_at_once_and_says_what_may_have_been_charged(
    wire, engine, submit
):
    wire.will("hang")
    asking = engine(2)
    submit(asking, *range(6))
    while len(wire.requests) < 2:
        time.sleep(0.01)
    begun = time.monotonic()
    assert sorted(asking.cancel()) == [f"key-{n}" for n in range(6)]
    came = dict(all_of(asking))
    assert time.monotonic() - begun < 1
    assert {key: type(error) for key, error in came.items()} == {
        **{f"key-{n}": UnansweredError for n in (0, 1)},
        **{f"key-{n}": NotAskedError for n in (2, 3, 4, 5)},
    }
    assert came["key-0"].attempts == 1
    assert str(came["key-5"]) == "Not asked, because the run was cancelled."
    submit(asking, 6)
    assert [type(error) for _, error in all_of(asking)] == [NotAskedError]
    assert len(wire.requests) == 2


def test_cancelling_ends_the_pauses_between_attempts(wire, engine, submit, patience, says_no):
    wire.will(says_no(500))
    asking = engine(1, patience=replace(patience, total=60, first_wait=20, longest_backoff=20))
    submit(asking, 0)
    while not wire.requests:
        time.sleep(0.01)
    time.sleep(0.1)
    begun = time.monotonic()
    asking.cancel()
    assert [type(error) for _, error in all_of(asking)] == [NotAskedError]
    assert time.monotonic() - begun < 1


def test_closing_hangs_up_although_a_server_hangs(wire, engine, submit):
    wire.will("hang")
    asking = engine(3)
    submit(asking, *range(30))
    while len(wire.requests) < 3:
        time.sleep(0.01)
    begun = time.monotonic()
    asking.close()
    asking.close()
    assert (time.monotonic() - begun < 1, len(wire.requests)) == (True, 3)


@pytest.mark.parametrize("where", ["attempt", "explain", "prefix"])
def test_a_bug_in_a_teacher_is_raised_in_the_callers_thread(engine, submit, where):
    asking = engine(2, made=BrokenTeacher(where))
    submit(asking, 0, 1, 2)
    with pytest.raises(ZeroDivisionError):
        all_of(asking)


def test_beside_a_bug_what_came_may_still_be_taken_once(wire, engine, submit, gpt_says):
    wire.will(gpt_says("Yes."))
    asking = engine(2, made=BrokenTeacher("attempt"), **{CLAUDE: BrokenTeacher("prefix")})
    submit(asking, 0, model=GPT)
    submit(asking, 1, model=CLAUDE)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            all_of(asking)
    assert asking.outcomes(0) == []


class LeakyTeacher(BrokenTeacher):
    """Its HTTP library lets a cancellation of its own out."""

    async def attempt(self, ask, patience):
        raise asyncio.CancelledError

    def explain(self, failure):
        return TeacherError(str(failure.last), fatal=failure.unanswered == 0)


def test_a_request_that_a_library_cancels_comes_out_all_the_same(engine, submit):
    asking = engine(2, made=LeakyTeacher(""))
    submit(asking, 0)
    [(_, outcome)] = all_of(asking)
    assert str(outcome) == "the connection was given up"


def test_the_lines_of_a_replay_meet_the_requests_in_order(tmp_path, engine, submit):
    (tmp_path / "replies.jsonl").write_text("".join(f'"reply-{n}"\n' for n in range(50)))
    model = "replay:replies.jsonl"
    made = open_teacher(TeacherSpec(model=model), environ={}, folder=tmp_path)
    asking = engine(8, model, made)
    submit(asking, *range(52), model=model)
    came = all_of(asking)
    texts = [(key, outcome.text) for key, outcome in came[:50]]
    assert texts == [(f"key-{n}", f"reply-{n}") for n in range(50)]
    assert [type(outcome) for _, outcome in came[50:]] == [TeacherError, NotAskedError]
    assert asking.room(model) == 0


def test_a_single_question_is_answered_or_raises(wire, teacher, patience, gpt_says, says_no):
    wire.will(gpt_says("Yes."), gpt_says("No."), says_no(404))
    made = teacher(GPT)
    question = Ask("", "Is it so?", None, 10)
    assert [ask_one(made, question, patience).text for _ in range(2)] == ["Yes.", "No."]
    with pytest.raises(TeacherError, match="is not known at that address"):
        ask_one(made, question, patience)
