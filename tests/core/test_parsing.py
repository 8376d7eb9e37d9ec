import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.parsing import parse_reply
from core.records import Conversation, Instruction, Turn, to_json

ONE = {"instruction": "Add 2 and 2.", "input": "", "output": "4"}
TWO = {"instruction": "Say hi.", "input": "", "output": 'Hi, "you".\n{"instruction": 1}'}
TALK = {"turns": [{"role": "user", "content": "痒"}, {"role": "assistant", "content": "多久了？"}]}

FIRST = Instruction(instruction="Add 2 and 2.", output="4")
SECOND = Instruction(instruction="Say hi.", output='Hi, "you".\n{"instruction": 1}')
SPOKEN = Conversation(
    turns=(Turn(role="user", content="痒"), Turn(role="assistant", content="多久了？"))
)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"records": [ONE, TWO]}),
        json.dumps({"records": [ONE, TWO]}, indent=2),
        json.dumps([ONE, TWO]),
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n",
        f"{json.dumps(ONE)}\n\n{json.dumps(TWO)},",
        "```json\n" + json.dumps({"records": [ONE, TWO]}) + "\n```",
        "Sure! Here [are] {two}:\n```\n" + json.dumps([ONE, TWO], indent=1) + "\n```\nEnjoy {it}.",
        "\ufeff" + json.dumps([ONE, TWO]),
        f"[{json.dumps(ONE)}, {json.dumps(TWO)},]",
        '{"records": [' + json.dumps(ONE) + ", " + json.dumps(TWO),
        '{"records": [' + json.dumps(ONE) + " " + json.dumps(TWO) + "]}",
        "```json\n" + json.dumps(ONE) + "\n```\nand\n```json\n" + json.dumps(TWO) + "\n```",
        json.dumps([{**ONE, "category": "sums", "id": 7}, {"id": 8, **TWO, "note": "x"}]),
        json.dumps([{"instruction": "Add 2 and 2.", "output": "4", "input": None}, TWO]),
    ],
)
def test_every_usual_form_of_a_reply_gives_its_records_in_order(text):
    parsed = parse_reply(text, "instruction")
    assert (parsed.records, parsed.broken) == ([FIRST, SECOND], [])


def test_a_single_record_is_a_reply():
    assert parse_reply(json.dumps(ONE), "instruction").records == [FIRST]


@pytest.mark.parametrize(
    "row",
    [
        TALK,
        {"system": "", **TALK},
        {"conversations": [{"from": "human", "value": "痒"}, {"from": "gpt", "value": "多久了？"}]},
        {"messages": TALK["turns"]},
        {"instruction": "痒", "input": "", "output": "多久了？"},
    ],
)
def test_a_conversation_may_come_in_any_shape_of_dataset_files(row):
    assert parse_reply(json.dumps({"records": [row]}), "conversation").records == [SPOKEN]


def test_a_system_message_becomes_the_system_text():
    row = {"messages": [{"role": "system", "content": "Be kind."}, *TALK["turns"]]}
    records = parse_reply(json.dumps(row), "conversation").records
    assert records == [Conversation(system="Be kind.", turns=SPOKEN.turns)]


@pytest.mark.parametrize("history", [[{"question": "q", "answer": "a"}], [["q", "a"]]])
def test_a_history_may_come_as_asked_or_as_pairs(history):
    records = parse_reply(json.dumps({**ONE, "history": history}), "instruction").records
    assert records == [Instruction(instruction="Add 2 and 2.", output="4", history=(("q", "a"),))]


def test_line_breaks_that_were_not_escaped_are_kept():
    records = parse_reply('{"instruction": "a\nb", "output": "c"}', "instruction").records
    assert records == [Instruction(instruction="a\nb", output="c")]


@pytest.mark.parametrize(
    ("piece", "sentence"),
    [
        ('{"instruction": "a", "output": ""}', "output: is empty"),
        ('{"instruction": "a", "output": 4}', "output is no text"),
        ('{"instruction": "a"}', "instruction and output"),
        ('{"instruction": "a", "output": "b", "history": [1]}', "Pair 1 of the history"),
        ('{"instruction": "a", "instruction": "b", "output": "c"}', "'instruction' stands twice"),
        ('{"instruction": NaN, "output": "c"}', "NaN is no JSON value"),
        ('{"instruction": "a 5" pipe", "output": "c"}', "at character 23 of this piece"),
        ('{"instruction": "a", "output": "b",}', "It is no JSON"),
        ('{"instruction": "\\ud800", "output": "b"}', "instruction: has half of"),
        ('{"instruction": "\\u0000", "output": "b"}', "NUL"),
        ('{"turns": [{"role": "user", "content": "a"}]}', "pairs of a user's and an assistant's"),
        ('"only text"', "no JSON object"),
    ],
)
def test_a_broken_record_is_explained_and_its_neighbours_are_kept(piece, sentence):
    text = f'{{"records": [{json.dumps(ONE)}, {piece}, {json.dumps(TWO)}]}}'
    parsed = parse_reply(text, "instruction")
    assert parsed.records == [FIRST, SECOND]
    assert len(parsed.broken) == 1
    assert sentence in parsed.broken[0].explanation
    assert parsed.broken[0].text


def test_a_record_of_the_other_kind_that_would_lose_something_is_explained():
    parsed = parse_reply(json.dumps({**ONE, "input": "2"}), "conversation")
    assert parsed.records == []
    assert "another shape than the conversation" in parsed.broken[0].explanation


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The reply is empty."),
        (" \n", "The reply is empty."),
        ("I cannot help with that.", "no JSON with the keys of a record"),
        ("{“instruction”：“a”，“output”：“b”}", "straight quotes"),
        ("{'instruction': 'a'}", "straight quotes"),
        ('{"records": []}', "It has no records."),
        ('{"error": "overloaded"}', "keys of no known format"),
        ('{"instruction": ' + "[" * 100_000, "nested too deeply"),
        ('{"instruction": ' + "[" * 900 + "]" * 900 + "}", "keys of no known format"),
    ],
)
def test_a_reply_without_records_says_why(text, sentence):
    parsed = parse_reply(text, "instruction")
    assert parsed.records == []
    assert sentence in parsed.broken[0].explanation


@pytest.mark.parametrize("cut", range(len(json.dumps(TWO))))
def test_a_tail_that_is_cut_off_anywhere_costs_no_record_before_it(cut):
    tail = json.dumps(TWO)[:cut]
    parsed = parse_reply(f'{{"records": [{json.dumps(ONE)}, {tail}', "instruction")
    assert parsed.records == [FIRST]
    assert len(parsed.broken) == (1 if tail else 0)


def test_the_tail_is_told_to_be_cut_off():
    parsed = parse_reply(f'[{json.dumps(ONE)}, {{"instruction": "How do I', "instruction")
    assert parsed.broken[0].text == '{"instruction": "How do I'
    assert parsed.broken[0].explanation == "The reply was cut off in this piece."


FORMATS = st.sampled_from(["instruction", "conversation"])
WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1
).filter(str.strip)
RECORDS = st.one_of(
    st.builds(
        Instruction,
        instruction=WORDS,
        output=WORDS,
        history=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
    ),
    st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=2).map(
        lambda pairs: Conversation(
            turns=tuple(
                turn
                for asked, told in pairs
                for turn in (Turn(role="user", content=asked), Turn(role="assistant", content=told))
            )
        )
    ),
)


@given(st.text(), FORMATS)
def test_no_text_makes_it_raise(text, wanted):
    parsed = parse_reply(text, wanted)
    assert parsed.records or parsed.broken


@given(st.lists(RECORDS, min_size=1, max_size=3), FORMATS, st.data())
def test_no_mutated_reply_makes_it_raise(records, wanted, data):
    text = '{"records": [' + ", ".join(to_json(record) for record in records) + "]}"
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, len(text)))
    strange = st.text(st.sampled_from('{}[]":,\\\n`u\ud800“e9-'), max_size=4)
    mutated = text[:at] + data.draw(strange) + text[until:]
    parsed = parse_reply(mutated, wanted)
    for one in parsed.broken:
        assert one.explanation
        one.text.encode()


@given(RECORDS)
def test_a_canonical_record_comes_back_as_it_is(record):
    wanted = "instruction" if isinstance(record, Instruction) else "conversation"
    assert parse_reply(to_json(record), wanted).records == [record]


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "[",
        '{"a":',
        '{"',
        "{ ",
        '{"instruction":',
        '{"instruction":"',
        '{"input":0,"x":',
        '{"turns":[',
        json.dumps(ONE) + "\n",
        "```\n",
        '\\"',
        '"',
    ],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(unit):
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    parse_reply(text, "conversation")
    # Up to 1 s measured for 20,000 records; a quadratic way takes minutes.
    assert time.process_time() - began < 5
