import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, Field

from core.records import Words
from core.ways.rows import PerhapsText, Row, YesNo, numbered, one, rows


class Answer(Row):
    alone = "output"
    output: Words = Field(validation_alias=AliasChoices("output", "answer"))
    input: PerhapsText = ""


class Verdict(Row):
    equal: YesNo


def _numbered(reply, asked=(1, 2)):
    good, broken = numbered(reply, "answers", Answer, asked)
    return {number: row.output for number, row in good.items()}, broken


@pytest.mark.parametrize(
    "reply",
    [
        '{"answers": [{"number": 1, "output": "a"}, {"number": 2, "output": "b"}]}',
        '[{"number": "1", "output": "a"}, {"number": "2.", "answer": "b"}]',
        '{"number": 2, "output": "b"}\n{"number": 1, "output": "a"}',
        'Here:\n```\n{"a": [{"number": 2.0, "output": "b"}, {"number": 1, "output": "a"}]}\n```',
        '{"answers": [{"output": "a"}, {"output": "b"}]}',
        '["a", "b"]',
        '{"answers": [{"number": "第1条", "output": "a"}, {"number": "#2", "output": "b"}',
    ],
)
def test_numbered_answers_are_understood_in_every_usual_form(reply):
    assert _numbered(reply) == ({1: "a", 2: "b"}, [])


def test_a_number_that_was_not_asked_or_comes_twice_is_explained_and_not_asked_again():
    reply = [{"number": n, "output": text} for n, text in [(1, "a"), (7, "x"), (1, "y"), (2, "b")]]
    good, broken = _numbered(json.dumps(reply))
    assert good == {1: "a", 2: "b"}
    assert [piece.explanation for piece in broken] == [
        "Number 7 was not asked for.",
        "Number 1 comes twice.",
    ]
    assert not any(piece.again for piece in broken)


@pytest.mark.parametrize(
    ("reply", "explanations"),
    [
        ('{"answers": [{"number": 1, "output": "a"}]}', ["Number 2 is missing."]),
        (
            '[{"number": 1, "output": "a"}, {"number": 2, "output": " "}]',
            ["Number 2: output: is empty."],
        ),
        (
            '[{"number": 1, "output": "a"}, {"number": 2, "output": "to be cont',
            ["Number 2: The reply was cut off in this piece."],
        ),
        (
            '[{"number": 1, "output": "a"}, {"output": "b"}]',
            ["Number 2 cannot be read: It has no number."],
        ),
        (
            '[{"number": 1, "output": "a"}, 5]',
            ["Number 2 cannot be read: It is no JSON object."],
        ),
        (
            '[{"number": 1, "output": "a"}, {"number": 2, "output": "\\ud800"}]',
            ["Number 2: output: has half of a surrogate pair, which no file can hold."],
        ),
    ],
)
def test_each_number_that_was_asked_is_there_or_explained_once(reply, explanations):
    good, broken = _numbered(reply)
    assert good == {1: "a"}
    assert [piece.explanation for piece in broken] == explanations
    assert all(piece.again for piece in broken)


def test_a_reply_that_cannot_be_read_leaves_every_number_to_be_asked_again():
    good, broken = _numbered("Sorry.", asked=(1, 2, 3))
    assert good == {}
    assert [piece.again for piece in broken] == [True] * 3
    assert "Number 1 cannot be read: The reply has no JSON" in broken[0].explanation


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ('"no"', False), ('"是"', True), ('"否"', False)]
)
def test_a_verdict_may_be_said_in_words(value, expected):
    good, _ = numbered(f'[{{"number": 1, "equal": {value}}}]', "verdicts", Verdict, [1])
    assert good[1].equal is expected


def test_a_null_text_is_an_empty_one_and_a_number_a_text():
    found, broken = rows('[{"output": 4, "input": null}]', "answers", Answer)
    assert [(row.output, row.input) for row in found] == [("4", "")]
    assert broken == []


def test_an_empty_list_is_explained():
    assert rows('{"answers": []}', "answers", Answer)[1][0].explanation == (
        "The list of answers is empty."
    )


@pytest.mark.parametrize("reply", ['{"output": "a"}', '{"reply": {"output": "a"}}', '["a"]'])
def test_one_object_may_stand_inside_another(reply):
    assert one(reply, Answer) == Answer(output="a")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["number", "output", "answers", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.text() | JSON.map(json.dumps))
def test_no_reply_makes_it_raise_and_every_number_is_accounted_for(reply):
    good, broken = _numbered(reply, asked=(1, 2, 3))
    again = [piece for piece in broken if piece.again]
    assert len(good) + len(again) == 3
    assert all(piece.explanation.endswith(".") for piece in broken)
    one(reply, Answer)
    rows(reply, "answers", Verdict)
