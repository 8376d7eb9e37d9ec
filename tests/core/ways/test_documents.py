import json
import re

import jsonschema
import pytest

from core.errors import UsageError
from core.planning import Call, Cell
from core.ways import WAYS, Made, Material, Passage, Step, grounding

PASSAGE = Passage(
    "leaflet.md",
    "leaflet.md § Dosage",
    "## Dosage\nAdults take **one tablet** every 12 hours, with a glass of water.\n\n"
    "| age | most a day |\n| 6–11 | 2 |\nNever exceed 4 tablets in a day, even if the fever re-\n"
    "turns at night or does not fall below 38.5 °C within three days of treatment.",
    start=40,
)
QUOTE = "Adults take one tablet every 12 hours, with a glass of water."
GOOD = {"instruction": "How many a day?", "input": "", "output": "One every 12 hours."}


@pytest.fixture
def read(begin, wording):
    step, call = begin("documents", Material(passage=PASSAGE))

    def make(*rows):
        step_again = Step.from_json(json.loads(json.dumps(step.to_json())))
        reply = json.dumps({"records": rows})
        return WAYS["documents"].read(call, wording(), step_again, reply)

    return make


def test_a_record_keeps_its_place_in_the_document(read):
    (made,) = read({"quote": QUOTE, **GOOD}).made
    place = {"file": "leaflet.md", "place": "leaflet.md § Dosage", "start": 40, "quote": QUOTE}
    end = 40 + len(PASSAGE.text)
    assert made == Made(made.record, notes={"document": {**place, "end": end}})
    assert made.record.output == "One every 12 hours."


@pytest.mark.parametrize(
    "quote",
    [
        "adults TAKE one tablet every 12 hours",
        "Adults take **one tablet** every\n12 hours",
        "| 6-11 | 2 |\nNever exceed",
        "even if the fever returns at night",
        "Never exceed 4 tablets a day, even if the fever returns at night or does not fall",
    ],
)
def test_a_quotation_may_differ_in_what_copying_changes(quote, read):
    assert len(read({"quote": quote, **GOOD}).made) == 1


@pytest.mark.parametrize(
    ("quote", "wrong"),
    [
        (None, "It has no `quote`"),
        (" ", "It has no `quote`"),
        (7, "It has no `quote`"),
        ("12 hours", "too short"),
        ("Children take one tablet every 12 hours.", "does not stand in the passage"),
        ("Adults take two tablets twice a day, with a glass of water.", "does not stand"),
        (
            "Never exceed 40 tablets in a day, even if the fever returns at night or does not",
            "does not stand",
        ),
        (PASSAGE.text + PASSAGE.text, "does not stand"),
    ],
)
def test_a_record_without_a_true_quotation_is_broken(quote, wrong, read):
    found = read({**GOOD, **({} if quote is None else {"quote": quote})})
    assert found.made == ()
    assert wrong in found.broken[0].explanation


def test_a_passage_of_two_words_may_be_quoted_whole():
    assert grounding.fault("no smoking", "No smoking!") is not None
    assert grounding.fault("No smoking", "No  Smoking") is None


@pytest.mark.parametrize(
    "question",
    [
        "According to the text above, how many?",
        "How much water, the passage states nothing of it?",
        "How many, as stated in this document?",
        "Which dose is mentioned above?",
        "根据上文，一天吃几片？",
        "本文提到的最大剂量是多少？",
        "请根据以上内容回答：一天几片？",
        "文中提到的上限是多少？",
    ],
)
def test_a_question_that_leans_on_the_passage_is_broken(question, read):
    (broken,) = read({"quote": QUOTE, **GOOD, "instruction": question}).broken
    assert "understandable by itself" in broken.explanation


@pytest.mark.parametrize(
    "question",
    [
        "My sister sent it in the text message: how many?",
        "I lost the document with the dose. How many?",
        "日本文学课上吃药行吗？文本文件里记的是一天两片",
        "根据说明书，一天吃几片？",
        "根据以上症状，该吃几片？",
        "我在论文中看到一天四片，对吗？",
    ],
)
def test_a_question_may_speak_of_texts_of_its_own(question, read):
    assert len(read({"quote": QUOTE, **GOOD, "instruction": question}).made) == 1


def test_whoever_brings_material_along_may_speak_of_it(read):
    row = {**GOOD, "instruction": "According to the text, how many?", "input": "take 2"}
    assert len(read({"quote": QUOTE, **row}).made) == 1


def test_an_answer_may_not_speak_of_the_passage_either(read):
    (broken,) = read({"quote": QUOTE, **GOOD, "output": "The passage says: two."}).broken
    assert "“The passage says”" in broken.explanation


def test_a_reply_that_is_no_list_is_understood_as_far_as_it_can_be(begin, wording):
    step, call = begin("documents", Material(passage=PASSAGE))
    row = json.dumps({"quote": QUOTE, **GOOD})
    for reply in [row, f"Here:\n```json\n[{row}]\n```", f'{{"records": [{row}, {{"quote": "Ad']:
        assert len(WAYS["documents"].read(call, wording(), step, reply).made) == 1
    nothing = WAYS["documents"].read(call, wording(), step, '{"records": []}')
    assert [piece.explanation for piece in nothing.broken] == ["It has no records."]


@pytest.mark.parametrize("kind", ["instruction", "conversation"])
def test_the_example_of_a_grounded_record_fits_the_schema(kind, recipe, begin):
    step, _ = begin("documents", Material(passage=PASSAGE), of=recipe(kind))
    line = next(li for li in step.ask.system.splitlines() if li.startswith('{"records"'))
    jsonschema.validate(json.loads(line), step.ask.schema)
    assert next(iter(json.loads(line)["records"][0])) == "quote"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_record_of_a_call_is_for_another_reader_and_calls_take_turns(
    language, recipe, wording
):
    of = recipe()

    def readers(number):
        cell = Cell("fever", None, language)
        call = Call(number, of.teachers[0], "documents", None, cell, 3)
        step = WAYS["documents"].begin(call, wording(of), Material(passage=PASSAGE))
        return re.findall(r"^[123]\. (.*)$", step.ask.prompt, re.MULTILINE)

    seen = [readers(number) for number in range(0, 80, 2)]
    assert {len(set(three)) for three in seen} == {3}
    assert len({reader for three in seen for reader in three}) >= 10


def test_a_call_without_a_passage_is_refused(begin):
    with pytest.raises(UsageError, match="no passage"):
        begin("documents", Material())
