"""Records: illegal ones cannot be built, and what is wrong is told by the field's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RecordError
from core.records import (
    Conversation,
    Instruction,
    Turn,
    fields,
    from_json,
    record_of,
    to_json,
    with_fields,
)

HALF = "has half of a surrogate pair, which no file can hold"
WORDS = st.text(min_size=1).filter(lambda text: text.strip() and "\x00" not in text)
TEXT = st.text().filter(lambda text: "\x00" not in text)
INSTRUCTIONS = st.builds(
    Instruction,
    instruction=WORDS,
    input=TEXT,
    output=WORDS,
    system=TEXT,
    history=st.lists(st.tuples(WORDS, WORDS), max_size=3).map(tuple),
)


def turns_of(pairs):
    return tuple(
        Turn(role=role, content=text)
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    )


PAIRS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=3)
RECORDS = INSTRUCTIONS | st.builds(Conversation, system=TEXT, turns=PAIRS.map(turns_of))


def refusal(data):
    with pytest.raises(RecordError) as caught:
        record_of(data)
    return caught.value.error


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"instruction": "a", "output": "x\ud800"}, f"output: {HALF}"),
        (
            {"instruction": "a", "output": "b", "history": [["q", "\udfff"]]},
            f"history.1.2: {HALF}",
        ),
        (
            {
                "turns": [
                    {"role": "user", "content": "a"},
                    {"role": "assistant", "content": "\ud83d"},
                ]
            },
            f"turns.2.content: {HALF}",
        ),
        (
            {"instruction": "a\x00", "output": "b"},
            "instruction: has a NUL character, which PostgreSQL cannot hold",
        ),
        ({"instruction": " \n", "output": "b"}, "instruction: is empty"),
        ({"instruction": "a"}, "output: Field required"),
        (
            {"instruction": "a", "output": "b", "history": "ab"},
            "history: Input should be a valid list",
        ),
        ({"instruction": "a", "output": 1}, "output: Input should be a valid string"),
        ({"turns": [{"role": "user", "content": "a"}]}, "turns must be pairs of a user's and an "),
    ],
)
def test_what_is_no_record_is_told_by_its_field(data, error):
    assert refusal(data).startswith(error)


def test_a_whole_surrogate_pair_is_a_character_like_any_other():
    assert record_of({"instruction": "\U0001f600", "output": "b"}).instruction == "😀"


@given(RECORDS)
def test_a_record_is_read_back_from_its_json_to_the_character(record):
    assert record == from_json(to_json(record))


@given(RECORDS)
def test_a_record_is_rebuilt_from_its_plain_data(record):
    assert record == record_of(record.model_dump(mode="json"))


@given(RECORDS, st.data(), WORDS)
def test_a_change_reaches_its_field_and_no_other(record, data, text):
    name = data.draw(st.sampled_from(sorted(fields(record))))
    assert {**fields(record), name: text} == fields(with_fields(record, {name: text}))
