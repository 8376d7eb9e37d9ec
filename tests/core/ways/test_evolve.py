import json

import jsonschema
import pytest

from core.planning import Call, Cell
from core.records import Conversation, Instruction, Turn
from core.ways import WAYS, Material
from core.ways.evolve import OPERATIONS

WAY = WAYS["evolve"]
PLAIN = Instruction(instruction="Is a fever dangerous?", output="Rarely.", system="Be kind.")
TALK = Conversation(
    turns=(
        Turn(role="user", content="Is a cough bad?"),
        Turn(role="assistant", content="How long?"),
        Turn(role="user", content="A week."),
        Turn(role="assistant", content="See somebody."),
    )
)
EVOLVED = "Is a fever of 39 degrees in a baby of two months dangerous?"
OTHER = "Why is a dry cough worse at night?"


def _reply(key, **rows):
    return json.dumps({key: [{"number": int(n[1:]), **row} for n, row in rows.items()]})


def _rewritten(**texts):
    return _reply("instructions", **{n: {"instruction": t, "input": ""} for n, t in texts.items()})


@pytest.fixture
def rewriting(begin, parent):
    """The first step for two parents, and its call."""
    other = Instruction(instruction="What helps against a cough?", input="dry", output="Tea.")
    cell = Cell("fever", "easy", "en")
    parents = (parent(PLAIN, 1, cell=cell), parent(other, 2, cell=cell))
    return begin("evolve", Material(parents=parents), count=5)


def test_numbered_originals_are_rewritten_by_one_operation(rewriting):
    step, _ = rewriting
    assert step.count == 2
    assert step.state["operation"] in OPERATIONS
    assert '"number": 2, "instruction": "What helps against a cough?", "input": "dry"' in (
        step.ask.prompt
    )
    jsonschema.validate(json.loads(_rewritten(_1="a", _2="b")), step.ask.schema)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_operation_has_its_turn_and_its_description(language, parent, wording, recipe):
    spec, cell = recipe().teachers[0], Cell("fever", None, language)
    # As when five ways take turns: the numbers of this one's calls all have the same remainder.
    calls = [Call(number, spec, "evolve", None, cell, 1) for number in range(2, 300, 5)]
    steps = [WAY.begin(call, wording(), Material(parents=(parent(PLAIN),))) for call in calls]
    assert {step.state["operation"] for step in steps} == set(OPERATIONS)
    texts = {step.state["operation"]: step.ask.prompt for step in steps}
    begins = {"en": "How to rewrite:", "zh": "怎样改写："}[language]
    assert len({text.partition(begins)[2].split("\n")[0] for text in texts.values()}) == 5


def test_an_evolved_question_is_compared_then_answered_and_remembers_its_parent(rewriting, wording):
    step, call = rewriting
    comparing = WAY.read(call, wording(), step, _rewritten(_1=EVOLVED, _2=OTHER)).next
    assert (comparing.prompt, comparing.count) == ("compare", 2)
    verdicts = _reply("verdicts", _1={"equal": False}, _2={"equal": True})
    jsonschema.validate(json.loads(verdicts), comparing.ask.schema)
    read = WAY.read(call, wording(), comparing, verdicts)
    assert [(piece.explanation, piece.again) for piece in read.broken] == [
        ("It asks for no more than its original.", False)
    ]
    answering = read.next
    whole = WAY.read(call, wording(), answering, _reply("answers", _1={"output": "Yes, at once."}))
    made = whole.made[0]
    assert made.record == Instruction(
        instruction=EVOLVED, output="Yes, at once.", system="Be kind."
    )
    assert (made.parent.sample, made.variant, made.contrast) == (1, None, None)
    assert made.cell == Cell("fever", "hard", "en")
    assert made.notes == {"operation": step.state["operation"]}


def test_a_rewriting_that_is_none_is_asked_for_again(rewriting, wording):
    step, call = rewriting
    reply = _rewritten(_1="is a FEVER dangerous", _2="#Rewritten Prompt#: why a cough?")
    read = WAY.read(call, wording(), step, reply)
    assert [piece.explanation for piece in read.broken] == [
        "Number 1: It is the original unchanged.",
        "Number 2: It has words of the request for rewriting: “Rewritten Prompt”.",
    ]
    assert read.next is None
    again = wording().correct(step, reply, read.broken)
    mended = WAY.read(call, wording(), again, _rewritten(_1=EVOLVED, _2=OTHER))
    assert mended.next.count == 2


def test_a_correction_goes_on_with_what_was_open_alone(rewriting, wording):
    step, call = rewriting
    first = _rewritten(_1=EVOLVED)
    read = WAY.read(call, wording(), step, first)
    assert read.next.count == 1
    again = wording().correct(step, first, read.broken)
    mended = WAY.read(call, wording(), again, _rewritten(_1=EVOLVED, _2=OTHER))
    assert [one["instruction"] for one in mended.next.state["rewritten"]] == [OTHER]
    assert mended.next.state["parents"][0]["sample"] == 2


def test_an_apology_eliminates_the_question_without_another_request(rewriting, wording):
    step, call = rewriting
    comparing = WAY.read(call, wording(), step, _rewritten(_1=EVOLVED, _2=OTHER)).next
    verdicts = _reply("verdicts", _1={"equal": False}, _2={"equal": False})
    answering = WAY.read(call, wording(), comparing, verdicts).next
    reply = _reply("answers", _1={"output": "Sorry, I cannot say."}, _2={"output": "Air is dry."})
    read = WAY.read(call, wording(), answering, reply)
    assert [made.parent.sample for made in read.made] == [2]
    assert [(piece.explanation, piece.again) for piece in read.broken] == [
        ("The answer is a short apology.", False)
    ]


def test_of_a_conversation_the_first_question_grows_into_a_pair(begin, parent, wording, recipe):
    of = recipe("conversation")
    step, call = begin("evolve", Material(parents=(parent(TALK),)), of=of)
    assert "input" not in step.ask.schema["properties"]["instructions"]["items"]["properties"]
    comparing = WAY.read(call, wording(of), step, _rewritten(_1=OTHER)).next
    answering = WAY.read(call, wording(of), comparing, _reply("verdicts", _1={"equal": "no"})).next
    read = WAY.read(call, wording(of), answering, _reply("answers", _1={"output": "Air is dry."}))
    assert [turn.content for turn in read.made[0].record.turns] == [OTHER, "Air is dry."]


def test_an_original_with_an_invented_input_is_still_the_original(rewriting, wording):
    step, call = rewriting
    same = {"instruction": PLAIN.instruction, "input": "A table of fevers."}
    read = WAY.read(call, wording(), step, _reply("instructions", _1=same))
    assert [piece.explanation for piece in read.broken] == [
        "Number 2 is missing.",
        "Number 1: It is the original unchanged.",
    ]


def test_another_input_makes_another_question_and_a_forgotten_one_is_kept(rewriting, wording):
    step, call = rewriting
    texts = {"instruction": "What helps against a cough?", "input": "wet, at night"}
    read = WAY.read(call, wording(), step, _reply("instructions", _2=texts))
    assert read.next.state["rewritten"][0]["input"] == "wet, at night"
    assert step.state["operation"] != "broaden"
    read = WAY.read(call, wording(), step, _rewritten(_2=OTHER))
    assert read.next.state["rewritten"][0]["input"] == "dry"
