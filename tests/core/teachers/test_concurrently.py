import threading
import time
from decimal import Decimal

import pytest

from core.errors import TeacherError
from core.recipe import TeacherSpec
from core.teachers import ask_all, open_teacher
from core.teachers.base import NotAskedError, Reply

GPT = "openai:gpt-4.1-mini"


class BrokenTeacher:
    name = "broken"

    def ask(self, ask):
        return Reply(ask.prompt, 1 // 0, Decimal(0), "end", "broken")

    def most(self, ask):
        return None

    def close(self):
        """Nothing is open."""


@pytest.fixture
def asks(ask):
    def make(number):
        return [(f"key-{n}", ask(f"prompt-{n}")) for n in range(number)]

    return make


def test_every_key_comes_out_once_with_the_reply_to_its_own_request(wire, teacher, asks, gpt_says):
    wire.will(lambda request: gpt_says(request["messages"][-1]["content"]))
    outcomes = dict(ask_all(teacher(GPT), asks(20), concurrency=4))
    texts = {key: outcome.text for key, outcome in outcomes.items()}
    assert texts == {f"key-{n}": f"prompt-{n}" for n in range(20)}
    assert len(wire.requests) == 20


def test_as_many_requests_are_under_way_as_asked_for_and_no_more(wire, teacher, asks, gpt_says):
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
    outcomes = list(ask_all(teacher(GPT), asks(9), concurrency=3))
    assert [type(outcome) for _, outcome in outcomes] == [Reply] * 9
    assert most == 3


def test_outcomes_come_as_they_complete(wire, teacher, asks, gpt_says):
    def answer(request):
        if request["messages"][-1]["content"] == "prompt-0":
            wire.released.wait(5)
        return gpt_says()

    wire.will(answer)
    outcomes = ask_all(teacher(GPT, max_output_tokens=1), asks(2), concurrency=2)
    first = next(outcomes)
    wire.released.set()
    assert [first[0], next(outcomes)[0]] == ["key-1", "key-0"]


def test_after_a_fatal_error_nothing_more_is_sent(wire, teacher, asks, says_no):
    wire.will(says_no(401))
    outcomes = list(ask_all(teacher(GPT), asks(10), concurrency=2))
    assert sorted(key for key, _ in outcomes) == [f"key-{n}" for n in range(10)]
    sent = [error for _, error in outcomes if not isinstance(error, NotAskedError)]
    unsent = [error for _, error in outcomes if isinstance(error, NotAskedError)]
    assert 1 <= len(sent) == len(wire.requests) <= 2
    assert unsent[0].fatal
    assert str(unsent[0]) == (
        "Not asked, because an earlier request failed: The teacher openai:gpt-4.1-mini does not"
        " accept the key (401). Set OPENAI_API_KEY to a valid key."
    )


def test_an_error_of_one_request_lets_the_others_be_asked(wire, teacher, asks, gpt_says, says_no):
    wire.will(says_no(413), gpt_says())
    outcomes = list(ask_all(teacher(GPT), asks(5), concurrency=1))
    assert [type(outcome) for _, outcome in outcomes] == [TeacherError, *[Reply] * 4]


def test_closing_early_sends_nothing_more(wire, teacher, asks, gpt_says):
    wire.will(gpt_says())
    outcomes = ask_all(teacher(GPT), asks(200), concurrency=1)
    next(outcomes)
    outcomes.close()
    sent = len(wire.requests)
    time.sleep(0.3)
    assert len(wire.requests) <= sent + 1 < 200


def test_a_bug_in_a_teacher_is_raised_in_the_callers_thread(asks):
    with pytest.raises(ZeroDivisionError):
        list(ask_all(BrokenTeacher(), asks(3), concurrency=2))


def test_asking_for_nothing_yields_nothing(asks):
    assert list(ask_all(BrokenTeacher(), asks(0), concurrency=2)) == []


def test_the_lines_of_a_replay_meet_the_requests_in_order(tmp_path, asks):
    (tmp_path / "replies.jsonl").write_text("".join(f'"reply-{n}"\n' for n in range(50)))
    spec = TeacherSpec(model="replay:replies.jsonl")
    made = open_teacher(spec, environ={}, folder=tmp_path)
    outcomes = list(ask_all(made, asks(52), concurrency=8))
    texts = [(key, outcome.text) for key, outcome in outcomes[:50]]
    assert texts == [(f"key-{n}", f"reply-{n}") for n in range(50)]
    assert [type(outcome) for _, outcome in outcomes[50:]] == [TeacherError, NotAskedError]
