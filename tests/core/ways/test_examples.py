import json

import jsonschema
import pytest

from core.parsing import parse_reply
from core.ways import WAYS, Made, Material


@pytest.mark.parametrize("kind", ["instruction", "conversation"])
def test_seeds_have_the_shape_that_the_reply_is_asked_for(kind, task, talk, recipe, begin):
    seed = {"instruction": task, "conversation": talk}[kind]
    step, _ = begin("seeds", Material(seeds=(seed,)), of=recipe(kind))
    line = step.ask.prompt.split("<seeds>\n")[1].split("\n</seeds>")[0]
    reply = json.dumps({"records": [json.loads(line)]})
    jsonschema.validate(json.loads(reply), step.ask.schema)
    assert parse_reply(reply, kind).records == [seed]


def test_a_system_text_is_asked_for_when_the_seeds_have_one(task, begin):
    seed = task.model_copy(update={"system": "Be brief."})
    step, _ = begin("seeds", Material(seeds=(seed, task)))
    record = step.ask.schema["properties"]["records"]["items"]
    assert record["required"] == ["system", "history", "instruction", "input", "output"]
    assert '"system": "Be brief."' in step.ask.prompt


@pytest.mark.parametrize("way", ["seeds", "meta"])
@pytest.mark.parametrize("kind", ["instruction", "conversation"])
def test_the_example_of_the_reply_fits_its_schema_and_the_parser(way, kind, recipe, begin):
    step, _ = begin(way, of=recipe(kind))
    lines = f"{step.ask.system}\n{step.ask.prompt}".splitlines()
    example = next(line for line in lines if line.startswith('{"records"'))
    jsonschema.validate(json.loads(example), step.ask.schema)
    assert len(parse_reply(example, kind).records) == 1


@pytest.mark.parametrize("way", ["seeds", "meta"])
def test_every_record_of_a_reply_is_read_by_itself(way, task, wording, begin):
    step, call = begin(way)
    good = {"instruction": "Subtract.", "output": "0"}
    reply = json.dumps({"records": [good, {"instruction": "a", "output": ""}]})
    read = WAYS[way].read(call, wording(), step, reply)
    assert [made.record.instruction for made in read.made] == ["Subtract."]
    assert read.made == (Made(read.made[0].record),)
    assert [piece.explanation for piece in read.broken] == ["output: is empty."]
    assert read.next is None
