import json

import jsonschema
import pytest

from core.records import Conversation, Instruction, Turn
from core.ways import WAYS, Material

WAY = WAYS["contrast"]
OWN = "replay:x.jsonl"
APPROVED = "Drink a lot, rest, and see a doctor if it lasts longer than three days."
TASK = Instruction(instruction="What about a fever?", output=APPROVED, history=(("Hi", "Hello"),))
TALK = Conversation(
    turns=(
        Turn(role="user", content="Is a cough bad?"),
        Turn(role="assistant", content="How long?"),
        Turn(role="user", content=" A week. "),
        Turn(role="assistant", content=APPROVED),
    )
)


def _answers(*rows):
    return json.dumps({"answers": [{"number": n, **row} for n, row in enumerate(rows, 1)]})


def test_the_teacher_of_the_approved_answer_writes_a_weaker_one(begin, parent, wording):
    step, call = begin("contrast", Material(parents=(parent(TASK, teacher=OWN),)))
    assert (step.prompt, step.count) == ("contrast", 1)
    assert f'"approved": "{APPROVED}"' in step.ask.prompt
    reply = _answers({"flaw": "Too vague.", "output": "Just wait."})
    jsonschema.validate(json.loads(reply), step.ask.schema)
    read = WAY.read(call, wording(), step, reply)
    made = read.made[0]
    assert made.record == TASK.model_copy(update={"output": "Just wait."})
    assert (made.contrast, made.notes) == ("weaker", {"flaw": "Too vague.", "revision": 0})
    assert made.parent == parent(TASK, teacher=OWN)
    assert (read.broken, read.next) == ((), None)


def test_another_teacher_answers_the_question_without_seeing_the_approved_answer(
    begin, parent, wording
):
    material = Material(seeds=(TASK,), parents=(parent(TASK, teacher="openai:other"),))
    step, call = begin("contrast", material)
    assert step.prompt == "answers"
    assert APPROVED not in step.ask.prompt
    assert '"history": [{"question": "Hi", "answer": "Hello"}]' in step.ask.prompt
    read = WAY.read(call, wording(), step, _answers({"output": "Wait and see."}))
    assert (read.made[0].contrast, read.made[0].notes) == ("second", {"revision": 0})
    assert read.next is None


def test_of_a_conversation_only_the_last_answer_is_another(begin, parent, wording, recipe):
    of = recipe("conversation")
    step, call = begin("contrast", Material(parents=(parent(TALK, teacher=OWN),)), of=of)
    reply = _answers({"flaw": "Curt.", "output": "Wait."})
    record = WAY.read(call, wording(of), step, reply).made[0].record
    assert record.turns[:-1] == TALK.turns[:-1]
    assert record.turns[-1].content == "Wait."


@pytest.mark.parametrize("output", [APPROVED, APPROVED.upper().replace(",", "")])
@pytest.mark.parametrize("teacher", [OWN, "openai:other"])
def test_an_answer_like_the_approved_one_is_asked_for_again(
    output, teacher, begin, parent, wording
):
    step, call = begin("contrast", Material(parents=(parent(TASK, teacher=teacher),)))
    read = WAY.read(call, wording(), step, _answers({"flaw": "None.", "output": output}))
    assert read.made == ()
    assert [(piece.explanation, piece.again) for piece in read.broken] == [
        ("Number 1: It is nearly the same as the approved answer.", True)
    ]


def test_a_weaker_answer_must_say_in_what_it_is_weaker(begin, parent, wording):
    step, call = begin("contrast", Material(parents=(parent(TASK, teacher=OWN),)))
    read = WAY.read(call, wording(), step, _answers({"flaw": " ", "output": "Wait."}))
    assert [piece.explanation for piece in read.broken] == ["Number 1: flaw: is empty."]


def test_parents_of_both_kinds_are_asked_for_in_two_steps_and_once_each(begin, parent, wording):
    parents = (parent(TASK, 1, teacher=OWN), parent(TASK, 2, teacher="openai:other"))
    step, call = begin("contrast", Material(parents=parents))
    assert (step.prompt, step.count) == ("answers", 1)
    read = WAY.read(call, wording(), step, "nonsense")
    assert (read.next.prompt, read.next.count) == ("contrast", 1)
    again = wording().correct(step, "nonsense", read.broken)
    mended = WAY.read(call, wording(), again, _answers({"output": "Wait and see."}))
    assert [made.parent.sample for made in mended.made] == [2]
    assert mended.next is None
