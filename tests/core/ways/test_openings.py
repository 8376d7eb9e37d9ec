import json

import pytest

from core.records import Instruction
from core.ways import WAYS, openings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I reset it?", "how do i"),
        ("HELP!! my box", "help my box"),
        ("Hm", "hm"),
        ("医生您好，我脸上", "医生您好我"),
        ("N-60 出现了", "n 60 出"),
        ("!?", "! ?"),
    ],
)
def test_a_question_begins_with_its_first_words(text, expected):
    assert openings.opening(text) == expected


def test_the_first_of_those_that_begin_alike_stays():
    asked = ["How do I reset it?", "When?", "how do i — open it", "How do you do?", "When?"]
    records = [Instruction(instruction=text, output="x") for text in asked]
    assert openings.repeated(records) == {2: "how do i", 4: "when"}


def _reply(*questions):
    return json.dumps({"records": [{"instruction": text, "output": "x"} for text in questions]})


ALIKE = _reply("How do I reset it?", "How do I open it?", "May I open it?")


def test_meta_asks_once_more_for_questions_that_begin_alike_and_then_keeps_them(begin, wording):
    step, call = begin("meta", count=3)
    read = WAYS["meta"].read(call, wording(), step, ALIKE)
    assert [made.record.instruction for made in read.made] == [
        "How do I reset it?",
        "May I open it?",
    ]
    (broken,) = read.broken
    assert broken.again
    assert broken.explanation.startswith('Its question begins with "how do i", as another does')
    assert json.loads(broken.text)["instruction"] == "How do I open it?"
    again = wording().correct(step, ALIKE, read.broken)
    assert len(WAYS["meta"].read(call, wording(), again, ALIKE).made) == 3


@pytest.mark.parametrize(("way", "count"), [("meta", 2), ("seeds", 3)])
def test_two_questions_or_questions_led_by_seeds_may_begin_alike(way, count, begin, wording):
    step, call = begin(way, count=count)
    assert WAYS[way].read(call, wording(), step, ALIKE).broken == ()
