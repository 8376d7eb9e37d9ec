"""`contrast`: another answer to an approved sample's question, for preference pairs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

from pydantic import AliasChoices, Field

from core.asking import TEXT, a_list, an_object, fenced
from core.planning import Call
from core.records import Conversation, Record, Words, answers, with_fields
from core.similarity import Texts
from core.ways.answering import (
    NUMBER,
    Question,
    ask_answers,
    carried,
    judged,
    numbers,
    read_answers,
)
from core.ways.base import (
    Made,
    Material,
    Parent,
    Read,
    Source,
    Step,
    parents_from_json,
    parents_to_json,
)
from core.ways.rows import Numbered, Row, numbered, read_open
from core.ways.wording import Wording

_ALIKE = Fraction(9, 10)
"""From this ROUGE-L on, a pair of answers teaches nothing."""
_SCHEMA = an_object(answers=a_list(an_object(number=NUMBER, flaw=TEXT, output=TEXT)))
_EXAMPLE = json.dumps({"answers": [{"number": 1, "flaw": "…", "output": "…"}]}, ensure_ascii=False)


class _Weaker(Row):
    flaw: Words
    output: Words = Field(validation_alias=AliasChoices("output", "answer", "response"))


class Contrast:
    """Asks for a second teacher's answers (`second`), then for weaker ones (`weaker`).

    A parent that the call's teacher wrote itself gets a deliberately weaker answer. A call whose
    parents are of both kinds has two steps.
    """

    name = "contrast"
    prompts: tuple[str, ...] = ("contrast", "answers")
    source: Source | None = "approved"

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """Ask for the second answers, or for the weaker ones at once; see `Way`."""
        parents = material.parents[: call.count]
        others = [parent for parent in parents if parent.teacher != call.teacher.model]
        own = [parent for parent in parents if parent.teacher == call.teacher.model]
        # An approved sample may stand among the examples too, but not beside its own question.
        told = [parent.record for parent in parents]
        seeds = tuple(seed for seed in material.seeds if seed not in told)
        shown = carried(replace(material, seeds=seeds))
        if not others:
            return _weaker(call, wording, own, shown)
        state = {**shown, "parents": parents_to_json(others), "own": parents_to_json(own)}
        questions = [Question.last(parent.record) for parent in others]
        return ask_answers(wording, call, questions, state)

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:
        """Each answer that differs from the approved one is a contrast; see `Way`."""
        parents = parents_from_json(step.state["parents"])
        if step.state["step"] == "weaker":
            return _weaker_ones(parents, step, reply)
        found, broken = read_answers(step, reply, lambda *one: _alike(parents, *one))
        made = [_made(parents[number - 1], output, "second") for number, output in found.items()]
        own = parents_from_json(step.state["own"])
        # A correction's reading must not begin the second step another time.
        following = _weaker(call, wording, own, step.state) if own and not step.corrects else None
        return Read(tuple(made), tuple(broken), following)


def _weaker(
    call: Call, wording: Wording, parents: Sequence[Parent], state: Mapping[str, Any]
) -> Step:
    questions = numbers([Question.last(parent.record) for parent in parents])
    shown = [
        {**question, "approved": _approved(parent.record)}
        for question, parent in zip(questions, parents, strict=True)
    ]
    variables = {"questions": fenced("questions", shown), "example": _EXAMPLE}
    kept = {name: state[name] for name in ("seeds", "refused", "about")}
    state = {**kept, "step": "weaker", "parents": parents_to_json(parents)}
    return wording.step("contrast", call, _SCHEMA, variables, count=len(parents), state=state)


def _weaker_ones(parents: Sequence[Parent], step: Step, reply: str) -> Read:
    flaws: dict[int, str] = {}

    def read(text: str, asked: Sequence[int]) -> Numbered[str]:
        found, broken = numbered(text, "answers", _Weaker, asked)
        flaws.update({number: row.flaw for number, row in found.items()})
        outputs = {number: row.output for number, row in found.items()}
        return judged(outputs, lambda *one: _alike(parents, *one), broken)

    good, broken = read_open(step, reply, len(parents), read)
    made = [
        _made(parents[number - 1], output, "weaker", flaw=flaws[number])
        for number, output in good.items()
    ]
    return Read(tuple(made), tuple(broken))


def _approved(record: Record) -> str:
    return answers(record)[-1]


def _alike(parents: Sequence[Parent], number: int, output: str) -> str | None:
    texts = Texts(_ALIKE)
    texts.add(_approved(parents[number - 1].record))
    return "It is nearly the same as the approved answer." if texts.nearest(output) else None


def _made(parent: Parent, output: str, kind: Literal["second", "weaker"], **notes: str) -> Made:
    record = parent.record
    last = f"turn-{len(record.turns)}" if isinstance(record, Conversation) else "output"
    answered = with_fields(record, {last: output})
    told = {**notes, "revision": parent.revision}
    return Made(answered, parent.cell, parent, notes=told, contrast=kind)
