import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.formats import Broken, Line, as_format, read
from core.jsonl import lines
from core.records import Conversation, Instruction, Turn, record_of, to_json

ASKED = Instruction(instruction="What is eczema?", output="An itchy inflammation of the skin.")
TALK = Conversation(
    system="You are a doctor.",
    turns=(Turn(role="user", content="我脸上长痘"), Turn(role="assistant", content="多久了？")),
)
HUMAN, GPT = {"from": "human", "value": "我脸上长痘"}, {"from": "gpt", "value": "多久了？"}
USER, ASSISTANT = (
    {"role": "user", "content": "我脸上长痘"},
    {"role": "assistant", "content": "多久了？"},
)
SYSTEM = {"role": "system", "content": "You are a doctor."}


def jsonl(*rows):
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def only_record(data):
    lines = read(data)
    assert lines.broken == ()
    assert len(lines.records) == 1
    return lines.records[0].record


def only_explanation(row):
    lines = read(jsonl(row))
    assert lines.records == ()
    assert [broken.number for broken in lines.broken] == [1]
    return lines.broken[0].explanation


@pytest.mark.parametrize(
    ("row", "record"),
    [
        (json.loads(to_json(ASKED)), ASKED),
        (json.loads(to_json(TALK)), TALK),
        ({"instruction": "What is eczema?", "input": "", "output": ASKED.output}, ASKED),
        ({"instruction": ASKED.instruction, "input": None, "output": ASKED.output}, ASKED),
        ({"instruction": ASKED.instruction, "context": "", "response": ASKED.output}, ASKED),
        (
            {"instruction": "Sum up.", "context": "Long text", "response": "Short."},
            Instruction(instruction="Sum up.", input="Long text", output="Short."),
        ),
        (
            {"instruction": "And?", "output": "No.", "history": [["Is it?", "Maybe."]]},
            Instruction(instruction="And?", output="No.", history=(("Is it?", "Maybe."),)),
        ),
        ({"conversations": [HUMAN, GPT], "system": TALK.system}, TALK),
        ({"conversations": [{"from": "system", "value": TALK.system}, HUMAN, GPT]}, TALK),
        (
            {
                "conversations": [
                    {"from": "user", "value": HUMAN["value"]},
                    {"from": "assistant", "value": GPT["value"]},
                ],
                "system": TALK.system,
            },
            TALK,
        ),
        ({"messages": [SYSTEM, USER, ASSISTANT]}, TALK),
        ({"messages": [SYSTEM | {"role": "developer"}, USER, ASSISTANT]}, TALK),
        ({"messages": [SYSTEM, USER, ASSISTANT], "system": TALK.system}, TALK),
        ({"messages": [USER, ASSISTANT], "system": None}, TALK.model_copy(update={"system": ""})),
    ],
)
def test_a_row_of_each_format_becomes_its_record(row, record):
    assert only_record(jsonl(row)) == record


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"question": "?"}, "known format"),
        ([1], "no JSON object"),
        ("text", "no JSON object"),
        ({"instruction": "a", "output": {"b": 1}}, "output is no text"),
        ({"instruction": "a", "output": "  "}, "output: is empty"),
        ({"instruction": "a", "output": "b", "history": "c"}, "history is no list"),
        ({"instruction": "a", "output": "b", "history": [["c"]]}, "Pair 1 of the history"),
        ({"instruction": "a", "output": "b\x00"}, "output: has a NUL"),
        ({"conversations": [GPT, HUMAN]}, "turn 1 must be the user's"),
        ({"conversations": [HUMAN]}, "turns must be pairs"),
        ({"conversations": None}, "turns must be pairs"),
        ({"conversations": [HUMAN, "hello"]}, "Message 2 is no JSON object"),
        ({"conversations": [HUMAN, GPT | {"value": None}]}, "The value of message 2 is no text"),
        ({"conversations": [HUMAN, GPT | {"from": "function_call"}]}, 'from "function_call"'),
        ({"conversations": [HUMAN, GPT | {"from": ["gpt"]}]}, "Message 2 has the from of a list"),
        ({"messages": [USER, ASSISTANT | {"content": [{"type": "text"}]}]}, "content of message 2"),
        ({"messages": [USER, SYSTEM]}, "system message stands after the first"),
        ({"messages": [SYSTEM, USER, ASSISTANT], "system": "Another."}, "differ"),
        ({"instruction": "a", "output": "b", "id": "\x00"}, "no database can hold"),
    ],
)
def test_a_row_that_is_no_record_is_explained_by_the_field_that_is_wrong(row, part):
    explanation = only_explanation(row)

    assert part in explanation
    assert explanation.endswith(".")


def test_other_plain_columns_are_kept_beside_the_record():
    row = json.loads(to_json(ASKED)) | {"category": "acne", "id": 7, "score": 0.5, "tags": ["x"]}

    assert read(jsonl(row)).records == (
        Line(1, ASKED, {"category": "acne", "id": 7, "score": 0.5}),
    )


GOOD = to_json(ASKED).encode()


@pytest.mark.parametrize(
    ("data", "good", "broken"),
    [
        (b"", [], []),
        (b"\n \r\n\n", [], []),
        (b"\xef\xbb\xbf" + GOOD, [1], []),
        (GOOD + b"\r\n" + GOOD + b"\r\n", [1, 2], []),
        (b"\n" + GOOD + b"\n\n" + GOOD, [2, 4], []),
        (GOOD + b"\n{\n" + GOOD, [1, 3], [2]),
        (GOOD + b'\n{"instruction": "\xff"}\n' + GOOD, [1, 3], [2]),
        (GOOD + b"\n" + "患者".encode("gb18030"), [1], [2]),
        (b'{"score": NaN}', [], [1]),
        (b'{"score": -Infinity}', [], [1]),
        (b'{"score": 1e999}', [], [1]),
        (b'{"score": ' + b"1" * 5000 + b"}", [], [1]),
        (b'{"instruction": ' + b"[" * 100_000, [], [1]),
        (b'{"a":' * 100_000, [], [1]),
        ("﻿".join(["", "{}"]).encode("utf-16"), [], [1]),
        (b"[]", [], []),
        (b" [ ] ", [], []),
        (b"[" + GOOD + b",\n" + GOOD + b"]\n", [1, 2], []),
        (b"\xef\xbb\xbf[" + GOOD + b"]", [1], []),
        (b"[" + GOOD + b", 3, " + GOOD + b"]", [1, 3], [2]),
        (b'[{"instruction": "\xff", "output": "b"}, ' + GOOD + b"]", [2], [1]),
        (b"[" + GOOD + b", {", [1], [2]),
        (b"[" + GOOD + b",]", [1], [2]),
        (b"[" + GOOD + b" " + GOOD + b"]", [1], [2]),
        (b"[" + GOOD, [1], [2]),
        (b"[" + GOOD + b"] " + GOOD, [1], [2]),
        (b"[", [], [1]),
        (b"[" * 100_000, [], [1]),
    ],
)
def test_good_rows_are_read_and_bad_ones_named_by_their_number(data, good, broken):
    lines = read(data)

    assert [line.number for line in lines.records] == good
    assert [line.number for line in lines.broken] == broken


def test_an_explanation_of_bad_bytes_tells_the_remedy():
    assert read(b'{"a": "\xff"}').broken == (
        Broken(1, "Byte 8 is not UTF-8; save the file as UTF-8."),
    )


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_line_separator_inside_a_text_ends_no_line(separator, ascii_only):
    record = Instruction(instruction=f"one{separator}two", output=f"{separator}three")
    data = json.dumps(json.loads(to_json(record)), ensure_ascii=ascii_only).encode()

    assert only_record(data) == record


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
def test_what_is_written_has_the_same_lines_for_every_reader(separator):
    written = lines([{"text": f"a{separator}b"}, {"text": "痘"}])

    assert written.decode().splitlines() == written.decode()[:-1].split("\n")
    assert [json.loads(line)["text"] for line in written.splitlines()] == [f"a{separator}b", "痘"]
    assert "痘".encode() in written


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
words = texts.filter(str.strip)
pairs = st.lists(st.tuples(words, words), max_size=3).map(tuple)
instructions = st.builds(
    Instruction, instruction=words, input=texts, output=words, system=texts, history=pairs
)


def talk(system, exchanges):
    turns = [
        {"role": role, "content": text}
        for exchange in exchanges
        for role, text in zip(("user", "assistant"), exchange, strict=True)
    ]
    return record_of({"system": system, "turns": turns})


conversations = st.builds(talk, texts, st.lists(st.tuples(words, words), min_size=1, max_size=3))
records = instructions | conversations


@given(st.lists(records, max_size=4))
def test_winnows_own_json_is_read_back_exactly(several):
    data = "\r\n".join(to_json(record) for record in several).encode()
    array = f"[{','.join(to_json(record) for record in several)}]".encode()

    assert [line.record for line in read(data).records] == several
    assert [line.record for line in read(array).records] == several


@given(records, st.sampled_from(["instruction", "conversation"]))
def test_as_format_loses_nothing_or_declines(record, kind):
    own = "instruction" if isinstance(record, Instruction) else "conversation"
    other = as_format(record, kind)

    if isinstance(record, Instruction) and record.input and kind == "conversation":
        assert other is None
    else:
        assert other is not None
        assert as_format(other, own) == record


def test_a_conversations_last_pair_is_the_task_and_the_earlier_ones_its_history():
    longer = talk("s", [("a", "b"), ("c", "d")])

    assert as_format(longer, "instruction") == Instruction(
        instruction="c", output="d", system="s", history=(("a", "b"),)
    )


def numbered_and_encodable(data):
    found = read(data)
    numbers = [line.number for line in (*found.records, *found.broken)]
    for line in found.records:
        json.dumps(line.meta, ensure_ascii=False, allow_nan=False).encode()
    for line in found.broken:
        line.explanation.encode()
    return len(set(numbers)) == len(numbers) and all(number >= 1 for number in numbers)


@given(st.binary(max_size=200))
@example(b"[\xff")
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf")
def test_no_bytes_make_reading_raise(data):
    assert numbered_and_encodable(data)


KEYS = ["instruction", "input", "output", "system", "history", "context", "response", "\ud800"]
KEYS += ["conversations", "from", "value", "messages", "turns", "role", "content"]
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(junk, max_size=4))
def test_no_rows_of_plausible_junk_make_reading_raise(rows):
    assert numbered_and_encodable("\n".join(json.dumps(row) for row in rows).encode())
    assert numbered_and_encodable(json.dumps(rows).encode())
