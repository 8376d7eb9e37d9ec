"""What is written, read back by the rules of the trainers that will read it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.exports import FORMATS, alpaca, format_named, sharegpt
from core.formats import as_format, read
from core.jsonl import lines
from core.records import Conversation, Instruction, record_of

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
words = texts.filter(str.strip)
exchanges = st.tuples(words, words)
instructions = st.builds(
    Instruction,
    instruction=words,
    input=texts,
    output=words,
    system=texts,
    history=st.lists(exchanges, max_size=2).map(tuple),
)


def talk(system, pairs):
    messages = [
        {"role": role, "content": text}
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    return record_of({"system": system, "turns": messages})


conversations = st.builds(talk, texts, st.lists(exchanges, min_size=1, max_size=3))
records = instructions | conversations


def column(row, entry, name):
    """LLaMA-Factory: a column that the entry does not name is None; one it names must be there."""
    return row[entry["columns"][name]] if name in entry["columns"] else None


def as_alpaca_trainer(row, entry):
    """LLaMA-Factory's rules for alpaca: (messages, system) as the model will see them."""
    messages = []
    history = column(row, entry, "history")
    if isinstance(history, list):
        for asked, answered in history:
            messages += [("user", asked), ("assistant", answered)]
    parts = [column(row, entry, "prompt"), column(row, entry, "query")]
    messages.append(("user", "\n".join(part for part in parts if part)))
    answer = column(row, entry, "response")
    assert isinstance(answer, str), "anything else would make the row unsupervised"
    return [*messages, ("assistant", answer)], column(row, entry, "system")


def as_sharegpt_trainer(row, entry):
    """LLaMA-Factory's rules for sharegpt; a row it would skip with a warning fails here."""
    tags = entry["tags"]
    messages, system = column(row, entry, "messages"), column(row, entry, "system")
    if messages[0][tags["role_tag"]] == tags["system_tag"]:
        system, messages = messages[0][tags["content_tag"]], messages[1:]
    odd = {tags["user_tag"]: "user", tags["observation_tag"]: "observation"}
    even = {tags["assistant_tag"]: "assistant", tags["function_tag"]: "function"}
    seen = [
        ((odd, even)[place % 2][message[tags["role_tag"]]], message[tags["content_tag"]])
        for place, message in enumerate(messages)
    ]
    assert len(seen) % 2 == 0
    return seen, system


TRAINERS = {"alpaca": as_alpaca_trainer, "sharegpt": as_sharegpt_trainer}


def meant(record):
    """What a model should see of a record, written from the records' own definition."""
    if isinstance(record, Conversation):
        return [(turn.role, turn.content) for turn in record.turns], record.system
    asked = f"{record.instruction}\n{record.input}" if record.input else record.instruction
    flat = [text for pair in (*record.history, (asked, record.output)) for text in pair]
    roles = ["user", "assistant"] * (len(flat) // 2)
    return list(zip(roles, flat, strict=True)), record.system


def on_disk(name, record):
    """The row as a reader finds it in the file."""
    return json.loads(lines([FORMATS[name].row(record)]))


@pytest.mark.parametrize("name", FORMATS)
@given(record=records)
def test_a_trainer_sees_exactly_the_record(name, record):
    assert TRAINERS[name](on_disk(name, record), FORMATS[name].entry) == meant(record)


@pytest.mark.parametrize("name", FORMATS)
@given(record=records)
def test_what_is_written_is_read_back_as_the_same_record(name, record):
    [line] = read(lines([FORMATS[name].row(record)])).records
    own = "instruction" if isinstance(record, Instruction) else "conversation"

    assert line.meta == {}
    if as_format(record, "conversation") or name == "alpaca":
        assert as_format(line.record, own) == record
    else:
        assert meant(line.record) == meant(record)


@pytest.mark.parametrize("name", FORMATS)
@given(record=records)
def test_every_row_has_every_column_and_the_entry_and_the_card_name_them_all(name, record):
    row, columns = on_disk(name, record), FORMATS[name].entry["columns"]

    assert list(row) == [feature["name"] for feature in FORMATS[name].features]
    assert set(row) == set(columns.values())


def test_the_entries_are_those_that_llama_factory_needs():
    assert alpaca.ENTRY == {
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "system": "system",
            "history": "history",
        }
    }
    assert sharegpt.ENTRY["formatting"] == "sharegpt"
    assert len(sharegpt.ENTRY["tags"]) == 7


@given(st.lists(records, max_size=4))
def test_every_reader_finds_one_line_per_row(several):
    data = lines(alpaca.row(record) for record in several)

    assert len(data.decode().splitlines()) == len(data.split(b"\n")) - 1 == len(several)


def test_chinese_is_written_as_it_is():
    assert "湿疹".encode() in lines([{"output": "湿疹"}])


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(UsageError) as caught:
        format_named("csv")

    assert str(caught.value) == "There is no export format csv. Formats: alpaca, sharegpt."
