"""`self-instruct` (Wang et al. 2023): new instructions first, filtered, then their answers."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import AliasChoices, Field

from core.asking import TEXT, a_list, an_object, fenced
from core.parsing import Broken, broken_piece
from core.planning import Call
from core.records import Record, Words
from core.ways.answering import Question, ask_answers, carried, read_answers, system_of
from core.ways.base import Made, Material, Read, Source, Step
from core.ways.instructions import Filter
from core.ways.rows import PerhapsText, Row, earlier, rows
from core.ways.wording import Wording

HUMAN_SHOWN, GENERATED_SHOWN = 6, 2
"""Of each prompt's examples, as in the paper."""


class _Instruction(Row):
    alone = "instruction"
    instruction: Words = Field(validation_alias=AliasChoices("instruction", "question", "task"))
    input: PerhapsText = ""


class SelfInstruct:
    """Two steps: `instructions`, of which those that pass the filters go on to `answers`."""

    name = "self-instruct"
    prompts: tuple[str, ...] = ("self-instruct", "answers")
    source: Source | None = "seeds"

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """Ask for instructions; see `Way`."""
        shown = [Question.first(record) for record in _examples(material)]
        known = [question.instruction for question in shown]
        state = {
            **carried(material),
            "step": "instructions",
            "shown": known,
            "system": system_of(material.seeds),
        }
        kind = wording.recipe.format
        texts = [{"instruction": one.instruction, "input": one.input} for one in shown]
        unserved = _filter(call, wording, known).words(call.cell.language)
        variables = {
            "shown": fenced("shown", [_of_kind(kind, text) for text in texts]),
            "unserved": ("、" if call.cell.language.startswith("zh") else ", ").join(unserved),
            "example": _example(kind),
        }
        schema = an_object(
            instructions=a_list(an_object(**_of_kind(kind, {"instruction": TEXT, "input": TEXT})))
        )
        return wording.step(self.name, call, schema, variables, material=material, state=state)

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:
        """The kept instructions go on to be answered; see `Way`."""
        if step.state["step"] == "answers":
            return _answered(wording, step, reply)
        questions, broken = self._instructions(call, wording, step, reply)
        following = ask_answers(wording, call, questions, step.state) if questions else None
        return Read(broken=tuple(broken), next=following)

    def _instructions(
        self, call: Call, wording: Wording, step: Step, reply: str
    ) -> tuple[list[Question], list[Broken]]:
        sieve = _filter(call, wording, step.state["shown"])
        previous = earlier(step)
        if previous is not None:
            # What was kept then is being answered already.
            self._sifted(wording, step, previous, sieve)
        return _as_many(*self._sifted(wording, step, reply, sieve), step.count)

    def _sifted(
        self, wording: Wording, step: Step, reply: str, sieve: Filter
    ) -> tuple[list[Question], list[Broken]]:
        found, broken = rows(reply, "instructions", _Instruction)
        questions: list[Question] = []
        for row in found:
            question = _question(wording, step, row)
            explanation = sieve.refuse(question.instruction)
            if explanation:
                broken.append(broken_piece(question.instruction, explanation))
            else:
                questions.append(question)
        return questions, broken


def _as_many(
    questions: list[Question], broken: list[Broken], count: int
) -> tuple[list[Question], list[Broken]]:
    """As many as were asked for; of what is broken, what these lack is asked for again."""
    lacking = count - len(questions)
    told = [replace(piece, again=place < lacking) for place, piece in enumerate(broken)]
    more = [
        broken_piece(one.instruction, "It is one more than was asked for.", again=False)
        for one in questions[count:]
    ]
    return questions[:count], [*told, *more]


def _examples(material: Material) -> list[Record]:
    approved = [parent.record for parent in material.parents[:GENERATED_SHOWN]]
    return [*material.seeds[:HUMAN_SHOWN], *approved]


def _filter(call: Call, wording: Wording, known: Sequence[str]) -> Filter:
    of = wording.recipe
    about = [of.goal, call.cell.category, of.persona.asker, of.persona.answerer, *of.flow]
    return Filter(known, " ".join([*about, *known]))


def _of_kind(kind: str, texts: dict[str, Any]) -> dict[str, Any]:
    """Without the input where there is none: a conversation begins with one message."""
    if kind != "conversation":
        return texts
    return {name: value for name, value in texts.items() if name != "input"}


def _example(kind: str) -> str:
    row = _of_kind(kind, {"instruction": "…", "input": "…"})
    return json.dumps({"instructions": [row]}, ensure_ascii=False)


def _question(wording: Wording, step: Step, row: _Instruction) -> Question:
    system = step.state["system"]
    if wording.recipe.format == "conversation" and row.input:
        return Question(f"{row.instruction}\n{row.input}", system=system)
    return Question(row.instruction, row.input, system)


def _answered(wording: Wording, step: Step, reply: str) -> Read:
    answers, broken = read_answers(step, reply)
    questions = [Question.of(data) for data in step.state["questions"]]
    made = [
        Made(questions[number - 1].answered(output, wording.recipe.format))
        for number, output in answers.items()
    ]
    return Read(tuple(made), tuple(broken))
