from decimal import Decimal

import pytest

from core.teachers.base import Usage

MODEL = "anthropic:claude-haiku-4-5"  # 1 and 5 USD per million tokens; cache 1.25 and 0.1


def test_the_request_has_the_schema_the_system_text_and_no_temperature(
    wire, teacher, ask, asked, claude_says
):
    wire.will(claude_says())
    asked(teacher(MODEL), ask(temperature=0.7))
    assert wire.paths == ["/anthropic/v1/messages"]
    assert wire.keys == ["Bearer sk-ant-secret"]
    assert wire.requests == [
        {
            "model": "claude-haiku-4-5",
            "max_tokens": 64,
            "system": "You write samples.",
            "messages": [{"role": "user", "content": "Write 3 samples."}],
            "output_config": {
                "format": {
                    "type": "json_schema",
                    "schema": {
                        "type": "object",
                        "properties": {
                            "records": {
                                "type": "array",
                                "items": {"type": "string"},
                                "description": "{maxItems: 3}",
                            }
                        },
                        "required": ["records"],
                        "additionalProperties": False,
                    },
                }
            },
        }
    ]


def test_a_request_without_schema_and_system_leaves_both_out(
    wire, teacher, ask, asked, claude_says
):
    wire.will(claude_says())
    asked(teacher(MODEL), ask(schema=None, system=""))
    assert sorted(wire.requests[0]) == ["max_tokens", "messages", "model"]


def test_a_re_ask_sends_the_earlier_turns_first(wire, teacher, ask, asked, claude_says):
    wire.will(claude_says())
    asked(teacher(MODEL), ask("Again.", previous=(("user", "Write."), ("assistant", "{"))))
    assert wire.requests[0]["messages"] == [
        {"role": "user", "content": "Write."},
        {"role": "assistant", "content": "{"},
        {"role": "user", "content": "Again."},
    ]


def test_a_reply_has_its_text_usage_cost_and_model(wire, teacher, ask, asked, claude_says):
    usage = {
        "input_tokens": 100,
        "cache_creation_input_tokens": 2_000,
        "cache_read_input_tokens": 3_000,
        "output_tokens": 10,
        "service_tier": "standard",
    }
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "x"},
        {"type": "text", "text": '{"a":'},
        {"type": "text", "text": " 1}"},
    ]
    wire.will(claude_says(usage=usage, content=blocks))
    reply = asked(teacher(MODEL), ask())
    assert reply.text == '{"a": 1}'
    assert reply.usage == Usage(5_100, 10, 3_000, usage)
    # 100 at 1 + 2,000 written at 1.25 + 3,000 read at 0.1 + 10 out at 5, per million
    assert reply.cost_usd == Decimal("0.00295")
    assert (reply.model, reply.stop, reply.unanswered) == ("claude-haiku-4-5-20251001", "end", 0)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", "end"),
        ("stop_sequence", "end"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "other"),
        (None, "other"),
    ],
)
def test_stop_reasons(wire, teacher, ask, asked, claude_says, reason, expected):
    wire.will(claude_says(stop=reason))
    assert asked(teacher(MODEL), ask()).stop == expected


@pytest.mark.parametrize(
    "body",
    [
        {"content": None},
        {"content": [None, {"type": "text"}, {"type": "text", "text": 7}]},
        {"content": "text", "stop_reason": ["end_turn"], "model": None},
    ],
)
def test_a_paid_reply_of_a_strange_shape_is_still_accounted_for(
    wire, teacher, ask, asked, claude_says, body
):
    wire.will(claude_says(**body))
    reply = asked(teacher(MODEL), ask())
    assert (reply.text, reply.cost_usd) == ("", Decimal("0.00015"))


@pytest.mark.parametrize(
    "usage", [{}, {"input_tokens": 5}, {"input_tokens": "5", "output_tokens": -1}, [1]]
)
def test_a_reply_without_usable_usage_has_an_unknown_cost(
    wire, teacher, ask, asked, claude_says, usage
):
    status, body, headers = claude_says()
    wire.will((status, {**body, "usage": usage}, headers))
    reply = asked(teacher(MODEL), ask())
    assert (reply.text, reply.usage.known, reply.cost_usd) == ("Hello.", False, None)


def test_a_model_that_refuses_schemas_is_asked_without_from_then_on(
    wire, teacher, ask, asked, claude_says, says_no
):
    wire.will(says_no(400, "output_config is not supported"), claude_says())
    made = teacher("anthropic:claude-3-haiku-20240307")
    asked(made, ask())
    asked(made, ask())
    assert ["output_config" in request for request in wire.requests] == [True, False, False]
