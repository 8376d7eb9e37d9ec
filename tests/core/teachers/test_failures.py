"""What the operator reads when a teacher fails, through the real clients and a real server."""

import re
import time
import traceback
from dataclasses import replace

import pytest

from core.errors import TeacherError
from core.teachers import Patience
from core.teachers.base import UnansweredError

CLAUDE = "anthropic:claude-haiku-4-5"
GPT = "openai:gpt-4.1-mini"


def timeless(text):
    return re.sub(r"\d+ s\b", "N s", text)


@pytest.fixture
def fails(teacher, ask, asked):
    def make(model, **patience):
        with pytest.raises(TeacherError) as failure:
            asked(teacher(model), ask(), **patience)
        return failure.value

    return make


@pytest.mark.parametrize(
    ("model", "variable"), [(CLAUDE, "ANTHROPIC_API_KEY"), (GPT, "OPENAI_API_KEY")]
)
def test_a_401_names_the_variable_and_is_not_tried_again(wire, fails, says_no, model, variable):
    wire.will(says_no(401, "Incorrect API key provided: sk-o***cret"))
    error = fails(model)
    assert str(error) == (
        f"The teacher {model} does not accept the key (401). Set {variable} to a valid key."
    )
    assert (error.fatal, len(wire.requests)) == (True, 1)


@pytest.mark.parametrize("model", [CLAUDE, GPT])
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (402, "", "has no credit left (402): No."),
        (429, "insufficient_quota", "has no credit left (429): No."),
        (400, "billing_error", "has no credit left (400): No."),
        (403, "", "may not be used with this key (403): No."),
        (404, "", "is not known at that address (404): No."),
        (400, "", "refused the request (400): No."),
        (422, "", "refused the request (422): No."),
        (418, "", "refused the request (418): No."),
    ],
)
def test_what_no_repetition_mends_is_fatal_at_once(
    wire, fails, says_no, model, status, code, expected
):
    wire.will(says_no(status, "No", code=code))
    error = fails(model)
    assert error.error == f"The teacher {model} {expected}"
    assert error.hint != ""
    assert error.fatal
    assert not isinstance(error, UnansweredError)
    without_schema = 1 if status in (400, 422) and not code else 0
    assert len(wire.requests) == 1 + without_schema


def test_a_text_too_large_is_the_error_of_one_request(wire, fails, says_no):
    wire.will(says_no(413))
    error = fails(CLAUDE)
    assert (error.fatal, len(wire.requests)) == (False, 1)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_what_passes_is_tried_again(wire, teacher, ask, asked, says_no, claude_says, status):
    wire.will(says_no(status), says_no(status), claude_says("At last."))
    reply = asked(teacher(CLAUDE), ask())
    assert (reply.text, reply.unanswered, len(wire.requests)) == ("At last.", 0, 3)


@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_429_for_ever_ends_with_an_error_once_the_patience_is_spent(
    wire, fails, says_no, patience, model
):
    wire.will(says_no(429, "Slow down"))
    error = fails(model, patience=replace(patience, total=1.0))
    told = len(wire.requests)
    assert told > patience.attempts  # it costs nothing
    assert timeless(str(error)) == (
        f"The teacher {model} still limits the rate (429) after {told} attempts in N s: Slow down."
        " Ask again later, or lower this teacher's `concurrency` in the recipe."
    )
    assert error.fatal


def test_500_for_ever_ends_with_an_error_that_lets_others_be_asked(wire, fails, says_no):
    wire.will(says_no(500, "Internal"))
    error = fails(GPT)
    assert timeless(error.error) == (
        f"The teacher {GPT} still answers 500 after 3 attempts in N s: Internal."
    )
    assert (error.fatal, len(wire.requests)) == (False, 3)


@pytest.mark.parametrize("model", [CLAUDE, GPT])
@pytest.mark.parametrize("header", ["86400", "inf", "1e400"])
def test_a_huge_retry_after_is_capped(
    wire, teacher, ask, asked, says_no, claude_says, gpt_says, model, header
):
    answer = claude_says() if model == CLAUDE else gpt_says()
    wire.will(says_no(429, headers={"retry-after": header}), answer)
    begun = time.monotonic()
    assert asked(teacher(model), ask()).text == "Hello."
    assert time.monotonic() - begun < 2


def test_retry_after_is_honoured(wire, teacher, ask, asked, patience, says_no, claude_says):
    wire.will(says_no(429, headers={"retry-after": "0.3"}), claude_says())
    begun = time.monotonic()
    asked(teacher(CLAUDE), ask(), replace(patience, longest_wait=1.0))
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize("header", ["nan", "-5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_a_retry_after_that_is_no_number_of_seconds_is_passed_over(
    wire, teacher, ask, asked, says_no, claude_says, header
):
    wire.will(says_no(429, headers={"retry-after": header}), claude_says())
    assert asked(teacher(CLAUDE), ask()).text == "Hello."


def test_the_total_time_bounds_the_attempts(wire, fails, says_no, patience):
    wire.will(says_no(500))
    hasty = replace(patience, attempts=1_000, total=1.0, first_wait=0.1, longest_backoff=0.1)
    fails(GPT, patience=hasty)
    # A pause is at least half of its length; the first connection may take most of a second.
    assert 2 <= len(wire.requests) <= 21


@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_a_server_that_never_answers_is_given_up_and_may_have_charged(wire, fails, patience, model):
    wire.will("hang")
    error = fails(model, patience=replace(patience, request=0.3))
    assert timeless(error.error) == (
        f"The teacher {model} did not answer after 3 attempts in N s: no answer in time."
    )
    assert isinstance(error, UnansweredError)
    assert (error.fatal, error.attempts) == (True, 3)


@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_a_server_whose_answer_trickles_is_given_up_too(wire, fails, patience, model):
    wire.will("trickle")
    error = fails(model, patience=replace(patience, attempts=1, connect=0.1, request=0.3))
    assert (type(error), len(wire.requests)) == (UnansweredError, 1)


@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_a_connection_that_is_cut_is_tried_again_and_may_have_charged(
    wire, teacher, ask, asked, claude_says, gpt_says, model
):
    wire.will("cut", claude_says() if model == CLAUDE else gpt_says())
    reply = asked(teacher(model), ask())
    assert (reply.text, reply.unanswered) == ("Hello.", 1)


@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_a_server_that_is_not_there_charges_nothing(fails, environ, model):
    environ["ANTHROPIC_BASE_URL"] = environ["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    error = fails(model)
    start = f"The teacher {model} did not answer after 3 attempts in N s: "
    assert timeless(error.error)[: len(start)] == start
    assert error.fatal
    assert not isinstance(error, UnansweredError)


@pytest.mark.parametrize("model", [CLAUDE, GPT])
@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ("<html>Please log in</html>", "<html>Please log in</html>"),
        ("", "an empty answer"),
        ("[1, 2]", "[1, 2]"),
        ('{"choices": [', '{"choices": ['),
        ("[" * 100_000, "[" * 200 + "…"),
        ("key=sk-ant-secret key=sk-open-secret", None),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_an_answer_that_is_no_json_object_is_an_error_of_one_request(
    wire, fails, model, body, quoted, kind
):
    wire.will((200, body, {"content-type": kind}))
    error = fails(model)
    if quoted is not None:
        assert error.error == (
            f"The teacher {model} answered with something that is not its API's JSON: {quoted}."
        )
    assert isinstance(error, UnansweredError)
    assert (error.fatal, error.attempts, len(wire.requests)) == (False, 1, 1)


@pytest.mark.parametrize(("model", "key"), [(CLAUDE, "sk-ant-secret"), (GPT, "sk-open-secret")])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
def test_no_error_shows_the_key_even_if_the_server_does(wire, fails, patience, model, key, status):
    wire.will((status, f"You sent {key}, {key}!", {}))
    error = fails(model, patience=replace(patience, total=0.2))
    assert key not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ({"error": "model not loaded"}, "model not loaded"),
        ({"error": None, "message": "half \ud83d"}, "half ?"),
        ({"message": "bad\n  field"}, "bad field"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body"]}]}, "[{'loc': ['body']}]"),
        ("plain text", "plain text"),
        ("[1]", "[1]"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_errors_of_other_shapes_are_quoted_on_one_line(wire, fails, body, quoted):
    wire.will((404, body, {}))
    assert fails(GPT).error == f"The teacher {GPT} is not known at that address (404): {quoted}."


def test_the_longer_a_reply_may_be_the_longer_a_server_may_be_silent():
    patience = Patience()
    assert [patience.silence(tokens) for tokens in (1, 1_200, 4_096)] == [120.0, 120.0, 409.6]


@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_what_may_have_been_charged_is_handed_back_if_so_wished(wire, fails, patience, model):
    wire.will("cut")
    begun = time.monotonic()
    error = fails(model, patience=replace(patience, charged=1, first_wait=0.2, longest_backoff=0.2))
    assert time.monotonic() - begun >= 0.1
    assert (type(error), error.attempts, len(wire.requests)) == (UnansweredError, 1, 1)
    assert (error.again, error.fatal) == (True, False)
    assert timeless(error.error).startswith(
        f"The teacher {model} did not answer after 1 attempt in N s: "
    )
