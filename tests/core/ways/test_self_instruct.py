import json

import jsonschema
import pytest

from core.records import Conversation, Instruction
from core.ways import WAYS, Material

WAY = WAYS["self-instruct"]
SEEDS = tuple(Instruction(instruction=f"Seed {n} asks what?", output="o") for n in range(8))
GOOD = "Why does a fever rise in the evening?"
OTHER = "My son has a rash since yesterday, is that bad"


def _reply(*instructions):
    return json.dumps({"instructions": [{"instruction": one, "input": ""} for one in instructions]})


def _answers(*texts):
    return json.dumps({"answers": [{"number": n, "output": t} for n, t in enumerate(texts, 1)]})


def test_six_human_and_two_generated_examples_are_shown(begin, parent):
    parents = tuple(
        parent(Instruction(instruction=f"Generated {n}?", output="o")) for n in range(3)
    )
    step, _ = begin("self-instruct", Material(seeds=SEEDS, parents=parents))
    shown = step.ask.prompt.split("<shown>\n")[1].split("\n</shown>")[0].splitlines()
    texts = [json.loads(line)["instruction"] for line in shown]
    assert texts == [f"Seed {n} asks what?" for n in range(6)] + ["Generated 0?", "Generated 1?"]


@pytest.mark.parametrize("kind", ["instruction", "conversation"])
def test_instructions_that_pass_are_answered_and_stay_ours_to_the_byte(
    kind, begin, wording, recipe, task, talk
):
    of = recipe(kind)
    seed = {"instruction": task, "conversation": talk}[kind]
    step, call = begin("self-instruct", Material(seeds=(seed,)), of=of)
    jsonschema.validate(
        json.loads(step.ask.system.split("with … for the texts:\n\n")[1].splitlines()[0]),
        step.ask.schema,
    )
    strange = "  Why “ does\ta fever rise? "
    read = WAY.read(call, wording(of), step, _reply(strange, OTHER))
    assert (read.made, read.broken) == ((), ())
    assert (read.next.prompt, read.next.count) == ("answers", 2)
    jsonschema.validate(json.loads(_answers("x", "y")), read.next.ask.schema)
    whole = WAY.read(call, wording(of), read.next, _answers("Because.", "No."))
    record = whole.made[0].record
    if kind == "conversation":
        assert isinstance(record, Conversation)
        assert [turn.content for turn in record.turns] == [strange, "Because."]
    else:
        assert record == Instruction(instruction=strange, output="Because.")
    assert len(whole.made) == 2
    assert (whole.broken, whole.next) == ((), None)


def test_what_the_filters_put_out_is_explained_and_asked_for_again(begin, wording):
    step, call = begin("self-instruct", Material(seeds=SEEDS))
    reply = _reply(
        GOOD, "Show me a picture of measles", "Seed 1 asks what?", GOOD, "(Why) is it so?"
    )
    read = WAY.read(call, wording(), step, reply)
    assert read.next.count == 1
    # Three were asked for and one is kept, so two of them are asked for again.
    assert [(piece.text, piece.again) for piece in read.broken] == [
        ("Show me a picture of measles", True),
        ("Seed 1 asks what?", True),
        (GOOD, False),
        ("(Why) is it so?", False),
    ]


def test_more_than_was_asked_for_is_not_answered(begin, wording):
    step, call = begin("self-instruct", Material(seeds=SEEDS), count=1)
    read = WAY.read(call, wording(), step, _reply(GOOD, OTHER, "Draw me a map"))
    assert read.next.count == 1
    assert [(piece.explanation, piece.again) for piece in read.broken] == [
        ("It speaks of “map”, which a model that has only text cannot serve.", False),
        ("It is one more than was asked for.", False),
    ]


def test_a_correction_does_not_bring_back_what_was_kept(begin, wording):
    step, call = begin("self-instruct", Material(seeds=SEEDS))
    first = _reply(GOOD, "Show me a picture of measles")
    read = WAY.read(call, wording(), step, first)
    again = wording().correct(step, first, read.broken)
    assert "speaks of “picture”" in again.ask.prompt
    mended = WAY.read(call, wording(), again, _reply(GOOD, OTHER))
    assert [question["instruction"] for question in mended.next.state["questions"]] == [OTHER]
    assert [piece.text for piece in mended.broken] == [GOOD]


def test_the_words_that_are_refused_are_told_and_the_datasets_own_are_allowed(begin, wording):
    step, _ = begin("self-instruct", Material(seeds=SEEDS))
    assert "none of these\n  words appears: image, picture" in step.ask.system
    seed = Instruction(instruction="Where is the file that I saved?", output="o")
    step, call = begin("self-instruct", Material(seeds=(seed,)))
    assert "file" not in step.state["shown"]
    assert " file," not in step.ask.system
    read = WAY.read(call, wording(), step, _reply("Can you tell how I rename files?"))
    assert read.broken == ()


def test_a_system_text_that_all_seeds_have_is_kept(begin, wording):
    seeds = tuple(seed.model_copy(update={"system": "Be brief."}) for seed in SEEDS)
    step, call = begin("self-instruct", Material(seeds=seeds))
    read = WAY.read(call, wording(), step, _reply(GOOD))
    assert '"system": "Be brief."' in read.next.ask.prompt
    whole = WAY.read(call, wording(), read.next, _answers("Because."))
    assert whole.made[0].record.system == "Be brief."


def test_a_missing_answer_is_asked_for_alone(begin, wording):
    step, call = begin("self-instruct", Material(seeds=SEEDS))
    answering = WAY.read(call, wording(), step, _reply(GOOD, OTHER)).next
    first = json.dumps({"answers": [{"number": 2, "output": "No."}]})
    read = WAY.read(call, wording(), answering, first)
    assert [made.record.instruction for made in read.made] == [OTHER]
    again = wording().correct(answering, first, read.broken)
    mended = WAY.read(call, wording(), again, _answers("Because.", "Nope."))
    assert [made.record.instruction for made in mended.made] == [GOOD]
    assert [piece.explanation for piece in mended.broken] == ["Number 2 was not asked for."]


def test_the_answers_are_led_by_seeds_and_by_what_reviewers_refuse(begin, wording):
    material = Material(seeds=SEEDS, refused=("too stiff",), about="teething")
    step, call = begin("self-instruct", material)
    assert "too stiff" in step.ask.prompt
    assert "teething" in step.ask.prompt
    answering = WAY.read(call, wording(), step, _reply(GOOD)).next
    assert "too stiff" in answering.ask.prompt
    assert "Seed 2 asks what?" in answering.ask.prompt
    assert "Seed 3 asks what?" not in answering.ask.prompt
