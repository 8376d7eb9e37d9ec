import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.teachers import Engine
from core.teachers.base import Reply
from core.teachers.caching import ALONE, LIFE, Openings, least_of_claude
from core.teachers.sizes import about_tokens

CLAUDE = "anthropic:claude-sonnet-5"
GPT = "openai:gpt-4.1-mini"
LONG = "You write samples of great variety. " * 150  # about 1,350 tokens


@pytest.mark.parametrize(
    ("model", "least"),
    [
        ("claude-opus-5", 512),
        ("claude-fable-5", 512),
        ("claude-sonnet-5", 1024),
        ("claude-sonnet-5-20260801", 1024),
        ("claude-sonnet-4-20250514", 1024),
        ("claude-sonnet-4-6", 1024),
        ("claude-opus-4-8", 1024),
        ("claude-opus-4-7", 2048),
        ("claude-opus-4-6", 4096),
        ("claude-haiku-4-5-20251001", 4096),
        ("claude-haiku-4-5-latest", 4096),
        ("claude-haiku-5-5", None),
        ("claude-opus-5-5", None),
        ("support-en", None),
    ],
)
def test_how_much_a_model_needs_to_keep_a_prefix(model, least):
    assert least_of_claude(model) == least


def test_a_long_system_text_is_marked_for_the_cache(wire, teacher, ask, asked, claude_says):
    wire.will(claude_says())
    asked(teacher(CLAUDE), ask(system=LONG))
    assert wire.requests[0]["system"] == [
        {"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}
    ]


def test_one_under_the_models_least_is_not_marked_and_the_caller_can_say_so(
    wire, teacher, ask, asked, claude_says
):
    wire.will(claude_says())
    made = teacher("anthropic:claude-haiku-4-5")
    question = ask(system=LONG)
    asked(made, question)
    assert wire.requests[0]["system"] == LONG
    prefix = made.prefix(question)
    assert (prefix.tokens, prefix.least, prefix.too_short, prefix.key) == (1350, 4096, True, None)


def test_where_nobody_knows_the_least_a_usual_one_is_taken(teacher, ask):
    prefix = teacher("anthropic:claude-haiku-5-5").prefix(ask(system=LONG))
    assert (prefix.least, prefix.too_short, prefix.key is None) == (None, False, False)


def test_openai_is_told_which_requests_begin_alike_and_other_servers_are_not(
    wire, teacher, ask, asked, gpt_says
):
    wire.will(gpt_says())
    other = f"{GPT}@{wire.url}/v1"
    for model in (GPT, "openai:gpt-5-mini", other):
        asked(teacher(model), ask(system=LONG))
        asked(teacher(model), ask(system=LONG, prompt="Other."))
    keys = [request.get("prompt_cache_key") for request in wire.requests]
    assert keys[0] == keys[1] != keys[2] == keys[3]
    assert keys[4:] == [None, None]
    assert teacher(other).prefix(ask(system=LONG)).key is None


@pytest.fixture
def together(teacher, patience):
    """Ask so many at once; returns what became of them."""

    def make(model, asks):
        with Engine({model: teacher(model)}, {model: 8}, patience) as engine:
            for n, ask in enumerate(asks):
                engine.submit(model, f"{n}", ask)
            came = []
            while engine.under_way:
                came += engine.outcomes()
        return [outcome for _, outcome in came]

    return make


class Together:
    """Answers, and notes how many requests had come by the end of each."""

    def __init__(self, wire, *answers):
        self.wire = wire
        self.answers = list(answers)
        self.seen = []
        self.lock = threading.Lock()

    def __call__(self, request):
        time.sleep(0.1)
        with self.lock:
            self.seen.append(len(self.wire.requests))
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_the_first_request_of_a_prefix_goes_alone(wire, together, ask, claude_says):
    answer = Together(wire, claude_says())
    wire.will(answer)
    outcomes = together(CLAUDE, [ask(f"prompt-{n}", system=LONG) for n in range(6)])
    assert [type(outcome) for outcome in outcomes] == [Reply] * 6
    assert answer.seen == [1, *[6] * 5]


def test_if_the_first_one_fails_the_next_one_goes_alone(wire, together, ask, claude_says, says_no):
    answer = Together(wire, says_no(413), claude_says())
    wire.will(answer)
    outcomes = together(CLAUDE, [ask(f"prompt-{n}", system=LONG) for n in range(5)])
    assert answer.seen == [1, 2, *[5] * 3]
    assert sum(isinstance(outcome, Reply) for outcome in outcomes) == 4


def test_other_prefixes_and_those_that_are_not_kept_do_not_wait(wire, together, ask, claude_says):
    wire.will(Together(wire, claude_says()))
    first, second = ask(system=LONG), ask("Second.", system=LONG)
    together(CLAUDE, [first, second, ask(system=f"{LONG}!"), ask(), ask()])
    prompts = [request["messages"][0]["content"] for request in wire.requests]
    assert prompts == [*[first.prompt] * 4, "Second."]


def test_a_prefix_is_written_anew_once_it_was_not_used_for_long():
    openings = Openings()
    assert openings.sent("a", 0.0)
    assert (openings.must_wait("a", 1.0), openings.must_wait("b", 1.0)) == (True, False)
    openings.ended("a", 2.0, answered=True)
    assert not openings.must_wait("a", 2.0)
    assert not openings.sent("a", LIFE)
    assert not openings.sent("a", 2 * LIFE - 1)
    assert openings.sent("a", 4 * LIFE)


def test_nobody_waits_for_a_first_request_that_hangs():
    openings = Openings()
    openings.sent("a", 0.0)
    assert [openings.must_wait("a", now) for now in (ALONE - 1, ALONE)] == [True, False]


@given(st.text())
def test_a_text_has_about_as_many_tokens_as_four_letters_or_one_character_make(text):
    assert 0 <= about_tokens(text) <= 2 * len(text)


def test_tokens_of_english_and_chinese():
    assert (about_tokens("word" * 100), about_tokens("字" * 100), about_tokens("")) == (100, 100, 0)
