"""Every way of asking, through the real teachers of both wires, from the plan to the store."""

import json

import pytest

from bot.generation import generate
from core.records import Conversation, Instruction, Turn
from core.ways import WAYS
from storage import datasets, samples, traces
from storage.samples import New

QUESTIONS = {
    "How do I reset the box?": "Hold the button for ten seconds, until the light is green.",
    "Why is the light amber?": "The box is copying. Leave it on until the light is green.",
    "Can I move it to another room?": "Yes. Eject it in the app first, then carry it over.",
}
TALKS = [
    Conversation(
        turns=(Turn(role="user", content=question), Turn(role="assistant", content=answer))
    )
    for question, answer in QUESTIONS.items()
]
TASKS = [Instruction(instruction=question, output=answer) for question, answer in QUESTIONS.items()]
LEAFLET = """\
# Resetting

Hold the button on the back for ten seconds and wait until the light is green. Nothing that was
backed up is erased by it. If the light stays red for more than five minutes, pull the plug, wait
for a minute and begin again.
"""
ENVIRON = {"OPENAI_API_KEY": "sandbox", "ANTHROPIC_API_KEY": "sandbox"}
CHECKS = "checks: {default: off}\nseeds: seeds.jsonl\ndocuments: leaflets\nper_call: 2\n"


@pytest.fixture(params=["openai", "anthropic"])
def wire(request, quiet, recipe):
    """A dataset of either format whose one teacher speaks one of the wires."""

    def prepare(kind):
        address = f"@{quiet.slack.base}/openai/v1" if request.param == "openai" else ""
        bank = "dermatology-zh" if kind == "conversation" else "support-en"
        teacher = f'[{{model: "{request.param}:{bank}{address}", price: {{input: 1, output: 5}}}}]'
        (quiet.folder / "leaflets").mkdir()
        (quiet.folder / "leaflets" / "reset.md").write_text(LEAFLET, encoding="utf-8")
        records = TALKS if kind == "conversation" else TASKS
        lines = "\n".join(record.model_dump_json() for record in records)
        (quiet.folder / "seeds.jsonl").write_text(lines, encoding="utf-8")
        more = "turns: [2, 4]\n" if kind == "conversation" else ""
        text = recipe(CHECKS + more, format=kind)
        quiet.add(text.replace('["replay:replies.jsonl"]', teacher))
        dataset = datasets.get(quiet.store, "backup-en")
        news = [New(r, "general", "en", {}, imported_by="kim") for r in records]
        samples.add(quiet.store, dataset.id, news)
        return dataset

    return prepare


def _kind(way):
    return "conversation" if way == "dialogue" else "instruction"


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"mend", "contrast"}))
def test_each_way_brings_candidates_that_say_how_they_were_asked_for(quiet, wire, way):
    dataset = wire(_kind(way))
    environ = {**ENVIRON, "ANTHROPIC_BASE_URL": f"{quiet.slack.base}/anthropic"}
    made = generate(quiet.store, dataset, 2, environ=environ, way=way)
    assert (made.candidates, made.stopped, made.failures) == (2, "", ())
    for number in made.samples:
        origin = traces.trace(quiet.store, number)["origin"]
        assert (origin["ask"], bool(origin["prompt_hash"])) == (way, True)


def test_answers_for_contrast_stand_beside_their_samples(quiet, wire):
    dataset = wire("instruction")
    environ = {**ENVIRON, "ANTHROPIC_BASE_URL": f"{quiet.slack.base}/anthropic"}
    made = generate(quiet.store, dataset, 2, environ=environ, way="contrast")
    assert (made.contrasts, made.samples) == (2, ())
    told = [traces.trace(quiet.store, number)["contrasts"] for number in (1, 2, 3)]
    assert sorted(map(len, told)) == [0, 1, 1]


def test_a_flagged_sample_is_mended_as_a_new_version(quiet, wire):
    dataset = wire("instruction")
    environ = {**ENVIRON, "ANTHROPIC_BASE_URL": f"{quiet.slack.base}/anthropic"}
    quiet.start()
    card = quiet.card(record=TASKS[0])
    quiet.react("ana", card, "triangular_flag_on_post")
    card.becomes("frozen")
    made = generate(quiet.store, dataset, 1, environ=environ, way="mend")
    assert (made.mended, made.candidates, made.samples) == (1, 0, ())
    card.becomes_version(2)
    assert card.state == "frozen"
    quiet.settle_down()
    assert f"Version 2: the teacher {json.dumps(dataset.recipe.teachers[0].model)[1:-1]}" in (
        quiet.shown(quiet.message(card.ts)).replace("\\", "")
    )
