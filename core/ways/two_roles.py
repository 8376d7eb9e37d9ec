"""`dialogue` by two roles: a hidden situation first, then message by message.

The asker knows the situation and the conversation, the answerer the conversation alone. Each
message is a request of its own. A conversation is a record when its last answer is there; one that
breaks off before is never kept.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from pydantic import AliasChoices, Field

from core.asking import TEXT, an_object, fenced
from core.parsing import Broken, broken_piece
from core.planning import Call
from core.records import Conversation, Turn, Words
from core.similarity import Texts, tokens
from core.ways.answering import carried, material_of, system_of
from core.ways.base import Made, Material, Read, Step
from core.ways.rows import PerhapsText, Row, YesNo, one
from core.ways.situations import DOTS, SCHEMA, Plan, kind, messages
from core.ways.wording import Wording

PROMPTS = ("dialogue-situation", "dialogue-asker", "dialogue-answerer")
_ALIKE = Fraction(9, 10)
_LEAST_WORDS = 8
"""Shorter messages, such as a thank-you, may well come twice."""


class _Asker(Row):
    alone = "message"
    message: PerhapsText = Field("", validation_alias=AliasChoices("message", "content"))
    done: YesNo = False


class _Answerer(Row):
    alone = "message"
    message: Words = Field(validation_alias=AliasChoices("message", "content", "output", "answer"))


def begin(call: Call, wording: Wording, material: Material) -> Step:
    """Ask for the situation of the one conversation that a call makes."""
    state = {
        **carried(material),
        "step": "situation",
        "system": system_of(material.seeds),
        "most": messages(call, *wording.recipe.turns),
        "turns": [],
    }
    variables = {"kind": kind(call), "example": _dots(DOTS)}
    return wording.step(
        PROMPTS[0], call, SCHEMA, variables, material=material, count=1, state=state
    )


def read(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    """What a reply adds to the conversation, and what is asked next."""
    match step.state["step"]:
        case "situation":
            return _situation(call, wording, step, reply)
        case "asker":
            return _asked(call, wording, step, reply)
        case _:
            return _answered(call, wording, step, reply)


def _situation(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    plan = one(reply, Plan)
    if isinstance(plan, Broken):
        return Read(broken=(plan,))
    if len(plan.said()) < len(SCHEMA["properties"]):
        missing = ", ".join(name for name in SCHEMA["properties"] if name not in plan.said())
        return Read(broken=(broken_piece(reply, f"It says nothing under {missing}."),))
    return Read(next=_ask(call, wording, {**step.state, "situation": plan.said()}))


def _asked(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    said = one(reply, _Asker)
    if isinstance(said, Broken):
        return Read(broken=(said,))
    if said.done and _may_end(wording, step.state["turns"]):
        return _whole(step.state)
    if said.done and not said.message.strip():
        return Read(broken=(broken_piece(reply, "The conversation is too short to end here."),))
    return _go_on(call, wording, step, "user", said.message)


def _answered(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    said = one(reply, _Answerer)
    if isinstance(said, Broken):
        return Read(broken=(said,))
    return _go_on(call, wording, step, "assistant", said.message)


def _go_on(call: Call, wording: Wording, step: Step, role: str, message: str) -> Read:
    """The conversation with one more message: whole, or asked for the next."""
    turns = step.state["turns"]
    fault = _fault(message, [turn["content"] for turn in turns])
    if fault:
        return Read(broken=(broken_piece(message, fault),))
    state = {**step.state, "turns": [*turns, {"role": role, "content": message}]}
    if role == "user":
        return Read(next=_answer(call, wording, state))
    if len(state["turns"]) >= state["most"]:
        return _whole(state)
    return Read(next=_ask(call, wording, state))


def _whole(state: Mapping[str, Any]) -> Read:
    turns = tuple(Turn(**turn) for turn in state["turns"])
    record = Conversation(system=state["system"], turns=turns)
    return Read((Made(record, notes={"plan": state["situation"]}),))


def _ask(call: Call, wording: Wording, state: Mapping[str, Any]) -> Step:
    turns = state["turns"]
    variables = {
        "situation": fenced("situation", [state["situation"]]),
        "conversation": _shown(turns),
        "may_end": _may_end(wording, turns),
        "last": len(turns) + 2 >= state["most"],
        "example": _dots({"message": "…", "done": False}),
    }
    schema = an_object(message=TEXT, done={"type": "boolean"})
    return _step(PROMPTS[1], call, wording, schema, variables, {**state, "step": "asker"})


def _answer(call: Call, wording: Wording, state: Mapping[str, Any]) -> Step:
    turns = state["turns"]
    variables = {
        "system": fenced("system", [state["system"]]) if state["system"] else "",
        "conversation": _shown(turns),
        "last": len(turns) + 1 >= state["most"],
        "example": _dots({"message": "…"}),
    }
    schema = an_object(message=TEXT)
    return _step(PROMPTS[2], call, wording, schema, variables, {**state, "step": "answerer"})


def _step(
    prompt: str,
    call: Call,
    wording: Wording,
    schema: Mapping[str, Any],
    variables: Mapping[str, Any],
    state: Mapping[str, Any],
) -> Step:
    material = material_of(state)
    return wording.step(prompt, call, schema, variables, material=material, count=1, state=state)


def _may_end(wording: Wording, turns: Sequence[object]) -> bool:
    return len(turns) >= wording.recipe.turns[0]


def _shown(turns: Sequence[Mapping[str, str]]) -> str:
    return fenced("conversation", [{"number": n, **turn} for n, turn in enumerate(turns, 1)])


def _fault(message: str, before: Sequence[str]) -> str | None:
    if not message.strip():
        return "The message is empty."
    if len(tokens(message)) < _LEAST_WORDS:
        return None
    texts = Texts(_ALIKE)
    for text in before:
        texts.add(text)
    return "The message repeats an earlier one." if texts.nearest(message) else None


def _dots(shape: Mapping[str, Any]) -> str:
    return json.dumps(shape, ensure_ascii=False)
