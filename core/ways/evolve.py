"""`evolve`: approved questions made more demanding (WizardLM's Evol-Instruct, Xu et al. 2023)."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import AliasChoices, Field

from core.asking import TEXT, a_list, an_object, fenced
from core.parsing import broken_piece
from core.planning import Call
from core.records import Words
from core.ways.answering import (
    NUMBER,
    Question,
    ask_answers,
    carried,
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
from core.ways.eliminations import copied, empty, grown, unchanged
from core.ways.rows import Numbered, PerhapsText, Row, YesNo, numbered, read_open
from core.ways.wording import Wording

OPERATIONS = ("deepen", "constrain", "concretise", "reasoning", "broaden")
_VERDICTS = an_object(verdicts=a_list(an_object(number=NUMBER, equal={"type": "boolean"})))
_VERDICT = json.dumps({"verdicts": [{"number": 1, "equal": False}]})
_NOTHING_GAINED = "It asks for no more than its original."


class _Rewritten(Row):
    alone = "instruction"
    instruction: Words = Field(validation_alias=AliasChoices("instruction", "question"))
    input: PerhapsText = ""


class _Verdict(Row):
    equal: YesNo


class Evolve:
    """Three steps: `rewrite`, `compare` with the originals, `answers`.

    The new sample is no variant of its parent; it is compared with all others like any other.
    """

    name = "evolve"
    prompts: tuple[str, ...] = ("evolve", "compare", "answers")
    source: Source | None = "approved"

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """Ask for the rewritten questions; see `Way`."""
        parents = material.parents[: call.count]
        originals = [Question.first(parent.record) for parent in parents]
        operation = _operation(call)
        state = {
            **carried(material),
            "step": "rewrite",
            "operation": operation,
            "parents": parents_to_json(parents),
        }
        texts: dict[str, Any] = {"instruction": TEXT, "input": TEXT}
        dots = {"number": 1, "instruction": "…", "input": "…"}
        if wording.recipe.format == "conversation":
            del texts["input"], dots["input"]
        variables = {
            "operation": operation,
            "questions": fenced("questions", numbers(originals)),
            "example": json.dumps({"instructions": [dots]}, ensure_ascii=False),
        }
        schema = an_object(instructions=a_list(an_object(number=NUMBER, **texts)))
        return wording.step(
            self.name,
            call,
            schema,
            variables,
            material=material,
            count=len(parents),
            state=state,
        )

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:
        """Rewritten questions go on to be compared, better ones to be answered; see `Way`."""
        match step.state["step"]:
            case "rewrite":
                return _compare(call, wording, step, reply)
            case "compare":
                return _answer(call, wording, step, reply)
            case _:
                return _made(call, wording, step, reply)


def _operation(call: Call) -> str:
    """Drawn by the call's number: ways take turns too, so a remainder might always be the same."""
    return random.Random(f"evolve/{call.number}").choice(OPERATIONS)  # noqa: S311 - no secret


def _compare(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    originals = [Question.first(parent.record) for parent in _parents(step)]

    def read(text: str, asked: Sequence[int]) -> Numbered[Question]:
        found, broken = numbered(text, "instructions", _Rewritten, asked)
        good: dict[int, Question] = {}
        for number, row in found.items():
            question = _evolved(row, originals[number - 1], wording, step)
            fault = _fault(question, originals[number - 1])
            if fault:
                broken.append(broken_piece(row.instruction, f"Number {number}: {fault}"))
            else:
                good[number] = question
        return good, broken

    good, broken = read_open(step, reply, len(originals), read)
    following = _comparison(call, wording, step, originals, good) if good else None
    return Read(broken=tuple(broken), next=following)


def _comparison(
    call: Call,
    wording: Wording,
    step: Step,
    originals: Sequence[Question],
    good: Mapping[int, Question],
) -> Step:
    """Ask which of the rewritten questions gained nothing; `good` has them by their numbers."""
    pairs = [
        {"number": place, "first": originals[number - 1].shown(), "second": question.shown()}
        for place, (number, question) in enumerate(sorted(good.items()), 1)
    ]
    state = {
        **step.state,
        "step": "compare",
        # Whose child each rewritten question is, and the question.
        "parents": [step.state["parents"][number - 1] for number in sorted(good)],
        "rewritten": [asdict(good[number]) for number in sorted(good)],
    }
    variables = {"pairs": fenced("pairs", pairs), "example": _VERDICT}
    return wording.step("compare", call, _VERDICTS, variables, count=len(pairs), state=state)


def _answer(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    rewritten = [Question.of(data) for data in step.state["rewritten"]]

    def read(text: str, asked: Sequence[int]) -> Numbered[_Verdict]:
        return numbered(text, "verdicts", _Verdict, asked)

    verdicts, broken = read_open(step, reply, len(rewritten), read)
    equal = [number for number, verdict in verdicts.items() if verdict.equal]
    broken += [
        broken_piece(rewritten[number - 1].instruction, _NOTHING_GAINED, again=False)
        for number in equal
    ]
    kept = [number for number in sorted(verdicts) if number not in equal]
    if not kept:
        return Read(broken=tuple(broken))
    state = {
        **{name: value for name, value in step.state.items() if name != "rewritten"},
        "parents": [step.state["parents"][number - 1] for number in kept],
    }
    following = ask_answers(wording, call, [rewritten[number - 1] for number in kept], state)
    return Read(broken=tuple(broken), next=following)


def _made(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    parents = _parents(step)
    questions = [Question.of(data) for data in step.state["questions"]]
    answers, broken = read_answers(step, reply)
    made = []
    for number, output in answers.items():
        fault, parent = empty(output), parents[number - 1]
        if fault:
            broken.append(broken_piece(output, fault, again=False))
            continue
        record = questions[number - 1].answered(output, wording.recipe.format)
        # As hard as was asked; what it is about and its language are the parent's.
        cell = parent.cell._replace(difficulty=call.cell.difficulty)
        made.append(Made(record, cell, parent, notes={"operation": step.state["operation"]}))
    return Read(tuple(made), tuple(broken))


def _parents(step: Step) -> tuple[Parent, ...]:
    return parents_from_json(step.state["parents"])


def _evolved(row: _Rewritten, original: Question, wording: Wording, step: Step) -> Question:
    text, given = row.instruction, row.input
    if wording.recipe.format == "conversation" and given:
        text, given = f"{text}\n{given}", ""
    if step.state["operation"] != "broaden":
        given = given or original.input
    return Question(text, given, original.system, original.history)


def _fault(question: Question, original: Question) -> str | None:
    new, old = question.instruction, original.instruction
    # An input that the original does not have makes no other question of it.
    same_input = not original.input or question.input == original.input
    return (unchanged(new, old) if same_input else None) or copied(new, old) or grown(new, old)
