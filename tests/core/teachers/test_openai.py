from decimal import Decimal

import pytest

from core.errors import TeacherError
from core.recipe import Price
from core.teachers.base import Usage

MODEL = "openai:gpt-4.1-mini"  # 0.4 and 1.6 USD per million tokens; cached 0.1


def test_the_request_has_the_schema_the_system_text_and_the_temperature(
    wire, teacher, ask, asked, gpt_says
):
    wire.will(gpt_says())
    question = ask(temperature=0.7)
    asked(teacher(MODEL), question)
    assert wire.paths == ["/openai/v1/chat/completions"]
    assert wire.keys == ["Bearer sk-open-secret"]
    assert wire.requests == [
        {
            "model": "gpt-4.1-mini",
            "messages": [
                {"role": "system", "content": "You write samples."},
                {"role": "user", "content": "Write 3 samples."},
            ],
            "max_completion_tokens": 64,
            "prompt_cache_key": "79a14c5759fd0b5d605f5d3ebbc79fd5",
            "temperature": 0.7,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": question.schema},
            },
        }
    ]


def test_a_compatible_server_is_given_max_tokens_and_needs_no_key(
    wire, teacher, ask, asked, gpt_says, environ
):
    del environ["OPENAI_API_KEY"]
    wire.will(gpt_says())
    reply = asked(teacher(f"openai:my/model@{wire.url}/v1"), ask(system="", schema=None))
    assert wire.paths == ["/v1/chat/completions"]
    assert wire.requests == [
        {
            "model": "my/model",
            "messages": [{"role": "user", "content": "Write 3 samples."}],
            "max_tokens": 64,
        }
    ]
    assert reply.cost_usd is None


def test_a_reply_has_its_text_usage_cost_and_model(wire, teacher, ask, asked, gpt_says):
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "total_tokens": 110,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    wire.will(gpt_says('{"a": 1}', usage=usage))
    reply = asked(teacher(MODEL), ask())
    assert reply.text == '{"a": 1}'
    assert reply.usage == Usage(100, 10, 60, usage)
    # 40 at 0.4 + 60 cached at 0.1 + 10 out at 1.6, per million
    assert reply.cost_usd == Decimal("0.000038")
    assert (reply.model, reply.stop, reply.unanswered) == ("gpt-4.1-mini-2025-04-14", "end", 0)


def test_the_recipes_price_comes_before_the_list(wire, teacher, ask, asked, gpt_says):
    price = Price(input=Decimal(3), output=Decimal("0.5"))
    wire.will(gpt_says())
    assert asked(teacher(MODEL, price=price), ask()).cost_usd == Decimal("0.000305")


@pytest.mark.parametrize(
    ("reason", "refusal", "expected"),
    [
        ("stop", None, "end"),
        ("length", None, "length"),
        ("content_filter", None, "refusal"),
        ("stop", "I cannot help with that.", "refusal"),
        ("tool_calls", None, "other"),
        (None, None, "other"),
        (["stop"], None, "other"),
    ],
)
def test_finish_reasons(wire, teacher, ask, asked, gpt_says, reason, refusal, expected):
    wire.will(gpt_says(stop=reason, refusal=refusal))
    assert asked(teacher(MODEL), ask()).stop == expected


def test_a_refusal_is_the_text_of_its_reply(wire, teacher, ask, asked, gpt_says):
    wire.will(gpt_says(None, refusal="I cannot help with that."))
    assert asked(teacher(MODEL), ask()).text == "I cannot help with that."


@pytest.mark.parametrize(
    "choices",
    [None, [], [None], {}, [{}], [{"message": None}], [{"message": {"content": [1]}}]],
)
def test_a_paid_reply_of_a_strange_shape_is_still_accounted_for(
    wire, teacher, ask, asked, gpt_says, choices
):
    wire.will(gpt_says(choices=choices))
    reply = asked(teacher(MODEL), ask())
    assert (reply.text, reply.stop, reply.cost_usd) == ("", "other", Decimal("0.000056"))


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"prompt_tokens": 5},
        {"prompt_tokens": True, "completion_tokens": 1.5},
        {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}},
    ],
)
def test_a_reply_without_usable_usage_has_an_unknown_cost(
    wire, teacher, ask, asked, gpt_says, usage
):
    wire.will(gpt_says(usage=usage))
    reply = asked(teacher(MODEL), ask())
    assert (reply.text, reply.cost_usd) == ("Hello.", None)


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_response_format_is_asked_without_from_then_on(
    wire, teacher, ask, asked, gpt_says, says_no, status
):
    wire.will(says_no(status, "response_format: not supported"), gpt_says())
    made = teacher(MODEL)
    replies = [asked(made, ask()), asked(made, ask())]
    assert ["response_format" in request for request in wire.requests] == [True, False, False]
    assert [reply.text for reply in replies] == ["Hello.", "Hello."]


def test_a_400_for_another_reason_is_an_error_and_the_schema_is_kept(
    wire, teacher, ask, asked, gpt_says, says_no
):
    refusal = says_no(400, "temperature does not support 0.7 with this model")
    wire.will(refusal, refusal, gpt_says())
    made = teacher("openai:gpt-5-mini")
    with pytest.raises(TeacherError) as failure:
        asked(made, ask(temperature=0.7))
    assert str(failure.value) == (
        "The teacher openai:gpt-5-mini refused the request (400):"
        " temperature does not support 0.7 with this model."
        " Compare this teacher's temperature and max_output_tokens in the recipe with what the"
        " model accepts."
    )
    asked(made, ask())
    assert ["response_format" in request for request in wire.requests] == [True, False, True]


def test_a_server_that_ignores_the_schema_is_survived(wire, teacher, ask, asked, gpt_says):
    wire.will(gpt_says("Sure! Here are your samples:"))
    assert asked(teacher(MODEL), ask()).text == "Sure! Here are your samples:"
