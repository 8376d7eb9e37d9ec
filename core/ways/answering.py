"""Questions that are settled and want an answer: what several ways have in common.

A question stands in a step's state as our own text, so that the record has it byte for byte,
whatever a teacher repeats of it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field

from core import formats
from core.asking import TEXT, a_list, an_object, fenced
from core.parsing import Broken, broken_piece
from core.planning import SEEDS_SHOWN, Call
from core.records import Conversation, Instruction, Record, Turn, Words, from_json, to_json
from core.ways.base import Material, Step
from core.ways.rows import Numbered, Row, numbered, read_open
from core.ways.wording import Wording

Judge = Callable[[int, str], str | None]
"""Why the answer to the question of this number is to be asked for again; None if it may stay."""

NUMBER: dict[str, Any] = {"type": "integer"}
_SCHEMA = an_object(answers=a_list(an_object(number=NUMBER, output=TEXT)))
_EXAMPLE = json.dumps({"answers": [{"number": 1, "output": "…"}]}, ensure_ascii=False)


@dataclass(frozen=True)
class Question:
    """What a record asks, without its last answer."""

    instruction: str
    input: str = ""
    system: str = ""
    history: tuple[tuple[str, str], ...] = ()

    @classmethod
    def first(cls, record: Record) -> Self:
        """What the user asks first of all; an instruction with all that stands before it."""
        if isinstance(record, Conversation):
            return cls(record.turns[0].content, system=record.system)
        return cls.last(record)

    @classmethod
    def last(cls, record: Record) -> Self:
        """What the record's last answer answers."""
        if isinstance(record, Conversation):
            *history, (asked, _) = formats.exchanges(record)
            return cls(asked, "", record.system, tuple(history))
        return cls(record.instruction, record.input, record.system, record.history)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """From a step's state, where JSON has made lists of tuples."""
        history = tuple((asked, told) for asked, told in data["history"])
        return cls(**{**data, "history": history})

    def shown(self) -> dict[str, Any]:
        """As a prompt shows it: without what is empty."""
        history = [{"question": asked, "answer": told} for asked, told in self.history]
        known = {"system": self.system, "history": history, "instruction": self.instruction}
        return {name: value for name, value in {**known, "input": self.input}.items() if value}

    def answered(self, output: str, kind: Literal["instruction", "conversation"]) -> Record:
        """The record with this answer; in a conversation an input follows its instruction."""
        whole = Instruction(**vars(self), output=output)
        if kind == "instruction":
            return whole
        turns = [
            turn
            for asked, told in formats.exchanges(whole)
            for turn in (Turn(role="user", content=asked), Turn(role="assistant", content=told))
        ]
        return Conversation(system=self.system, turns=tuple(turns))


class _Answer(Row):
    alone = "output"
    output: Words = Field(validation_alias=AliasChoices("output", "answer", "response"))


def ask_answers(
    wording: Wording, call: Call, questions: Sequence[Question], state: Mapping[str, Any]
) -> Step:
    """A step that asks for the answers, numbered from 1; `state` has what `carried` gave."""
    variables = {"questions": fenced("questions", numbers(questions)), "example": _EXAMPLE}
    state = {**state, "step": "answers", "questions": [asdict(one) for one in questions]}
    material = material_of(state)
    return wording.step(
        "answers", call, _SCHEMA, variables, material=material, count=len(questions), state=state
    )


def numbers(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Questions as a prompt shows them, each under its number from 1."""
    return [{"number": place, **one.shown()} for place, one in enumerate(questions, 1)]


def read_answers(step: Step, reply: str, judge: Judge = lambda *_: None) -> Numbered[str]:
    """The answers that a step asked for with `ask_answers`, and what cannot be used."""

    def read(text: str, asked: Sequence[int]) -> Numbered[str]:
        found, broken = numbered(text, "answers", _Answer, asked)
        return judged({number: row.output for number, row in found.items()}, judge, broken)

    return read_open(step, reply, len(step.state["questions"]), read)


def judged(answers: Mapping[int, str], judge: Judge, broken: Sequence[Broken]) -> Numbered[str]:
    """The answers that may stay, and with what is broken those that may not."""
    faults = {number: judge(number, output) for number, output in answers.items()}
    out = [
        broken_piece(answers[number], f"Number {number}: {fault}")
        for number, fault in faults.items()
        if fault
    ]
    good = {number: output for number, output in answers.items() if not faults[number]}
    return good, [*broken, *out]


def carried(material: Material) -> dict[str, Any]:
    """What of the material a later step shows again, for a step's state."""
    seeds = [to_json(seed) for seed in material.seeds[:SEEDS_SHOWN]]
    return {"seeds": seeds, "refused": list(material.refused), "about": material.about}


def material_of(state: Mapping[str, Any]) -> Material:
    """The material that `carried` put into a state."""
    seeds = tuple(from_json(seed) for seed in state["seeds"])
    return Material(seeds=seeds, refused=tuple(state["refused"]), about=state["about"])


def system_of(seeds: Sequence[Record]) -> str:
    """The system text of a new record: the one that all seeds have, else none."""
    texts = {seed.system for seed in seeds}
    return texts.pop() if len(texts) == 1 else ""
