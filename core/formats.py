"""Reading dataset files: import, seeds and `clean` all come through here.

Each row may be in any of these formats, told apart by their keys:

winnow        {instruction, input, output, system, history} or {system, turns}
alpaca        the same keys as winnow's instruction
sharegpt      {conversations: [{from, value}], system}
messages      {messages: [{role, content}]}, as OpenAI has it
dolly         {instruction, context, response}

Texts are kept to the character.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import RecordError
from core.jsonl import Unreadable, encodable, rows
from core.records import Conversation, Instruction, Record, Turn, question, record_of

Scalar = str | int | float | bool
Row = Mapping[str, Any]

ROLES = {
    "system": "system",
    "developer": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
}
"""Who speaks, by every name that ShareGPT and OpenAI files use for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A good row; `meta` holds its other columns that are a plain value (text, number, bool)."""

    number: int
    record: Record
    meta: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that is no record, and why, in one sentence without its number."""

    number: int
    explanation: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A file's rows in order; numbers are lines from 1, in a JSON array the element's number."""

    records: tuple[Line, ...]
    broken: tuple[Broken, ...]


def read(data: bytes) -> Lines:
    """Read a dataset file. Whatever the bytes are, a bad row is explained and never raised."""
    lines = [_line(number, row) for number, row in rows(data)]
    return Lines(
        tuple(line for line in lines if isinstance(line, Line)),
        tuple(line for line in lines if isinstance(line, Broken)),
    )


def as_format(record: Record, kind: Literal["instruction", "conversation"]) -> Record | None:
    """The same content as the other kind of record, or None where that would lose something.

    An instruction with an input has no conversation of its own: where the instruction ends and the
    input begins would be lost. Converting back gives the record one began with.
    """
    if kind == "instruction":
        return _instruction(record)
    if isinstance(record, Instruction) and record.input:
        return None
    return _conversation(record)


def exchanges(record: Record) -> list[tuple[str, str]]:
    """Every question with its answer, oldest first, as trainers see them.

    An input follows its instruction on a new line: so does LLaMA-Factory join them.
    """
    if isinstance(record, Instruction):
        return [*record.history, (question(record), record.output)]
    texts = [turn.content for turn in record.turns]
    return list(zip(texts[::2], texts[1::2], strict=True))


def _instruction(record: Record) -> Instruction:
    if isinstance(record, Instruction):
        return record
    *history, (asked, answered) = exchanges(record)
    return Instruction(
        instruction=asked, output=answered, system=record.system, history=tuple(history)
    )


def _conversation(record: Record) -> Conversation:
    if isinstance(record, Conversation):
        return record
    turns = [
        turn
        for asked, answered in exchanges(record)
        for turn in (Turn(role="user", content=asked), Turn(role="assistant", content=answered))
    ]
    return Conversation(system=record.system, turns=tuple(turns))


def _line(number: int, row: object) -> Line | Broken:
    if isinstance(row, Unreadable):
        return Broken(number, row.explanation)
    if not isinstance(row, dict):
        return Broken(number, "It is no JSON object.")
    try:
        used, build = _format_of(row)
        return Line(number, record_of(build(row)), _meta(row, used))
    except RecordError as error:
        return Broken(number, f"{error.error.removesuffix('.')}.")


def _format_of(row: Row) -> tuple[frozenset[str], Callable[[Row], dict[str, Any]]]:
    for marks, used, build in _FORMATS:
        if marks <= row.keys():
            return used, build
    raise RecordError(
        "It has the keys of no known format: instruction and output (or response), conversations, "
        "messages, or turns."
    )


def _from_instruction(row: Row) -> dict[str, Any]:
    return {
        "instruction": _text(row, "instruction"),
        "input": _text(row, "input"),
        "output": _text(row, "output"),
        "system": _text(row, "system"),
        "history": [_pair(pair, n) for n, pair in enumerate(_list(row, "history"), 1)],
    }


def _from_dolly(row: Row) -> dict[str, Any]:
    return {
        "instruction": _text(row, "instruction"),
        "input": _text(row, "context"),
        "output": _text(row, "response"),
        "system": _text(row, "system"),
    }


def _from_turns(row: Row) -> dict[str, Any]:
    return _from_messages(row, "turns")


def _from_sharegpt(row: Row) -> dict[str, Any]:
    return _from_messages(row, "conversations")


def _from_openai(row: Row) -> dict[str, Any]:
    return _from_messages(row, "messages")


def _from_messages(row: Row, column: str) -> dict[str, Any]:
    """Messages in a column; the system text is a column, or the first message."""
    messages = [_message(item, n) for n, item in enumerate(_list(row, column), 1)]
    system = _text(row, "system")
    if messages and messages[0]["role"] == "system":
        first = messages.pop(0)["content"]
        if system and system != first:
            raise RecordError("The system column and the system message differ.")
        system = first
    if any(message["role"] == "system" for message in messages):
        raise RecordError("A system message stands after the first message.")
    return {"system": system, "turns": messages}


def _message(item: object, number: int) -> dict[str, str]:
    if not isinstance(item, dict):
        raise RecordError(f"Message {number} is no JSON object.")
    role, text = ("from", "value") if "from" in item else ("role", "content")
    speaker = item.get(role)
    if not isinstance(speaker, str) or speaker not in ROLES:
        known = ", ".join(ROLES)
        raise RecordError(f"Message {number} has the {role} {_shown(speaker)}; known are {known}.")
    if not isinstance(item.get(text), str):
        raise RecordError(f"The {text} of message {number} is no text.")
    return {"role": ROLES[speaker], "content": item[text]}


def _pair(pair: object, number: int) -> list[str]:
    if not (
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
    ):
        raise RecordError(f"Pair {number} of the history is not a question and an answer.")
    return pair


def _text(row: Row, column: str) -> str:
    """A column's text; one that is missing or null is empty, as tables write what is not there."""
    value = row.get(column)
    if value is not None and not isinstance(value, str):
        raise RecordError(f"{column} is no text.")
    return value or ""


def _list(row: Row, column: str) -> list[Any]:
    value = row.get(column)
    if value is not None and not isinstance(value, list):
        raise RecordError(f"{column} is no list.")
    return value or []


def _meta(row: Row, used: frozenset[str]) -> dict[str, Scalar]:
    meta = {
        key: value for key, value in row.items() if key not in used and isinstance(value, Scalar)
    }
    for text in [*meta, *meta.values()]:
        if isinstance(text, str) and ("\x00" in text or not encodable(text)):
            raise RecordError(f"A further column holds {_shown(text)}, which no database can hold.")
    return meta


def _shown(value: object) -> str:
    """A value as it may stand in a sentence: short, on one line, and encodable."""
    if isinstance(value, list | dict):
        return "of a list or an object"
    text = json.dumps(value, ensure_ascii=isinstance(value, str) and not encodable(value))
    return text if len(text) <= 40 else f"{text[:40]}…"


_INSTRUCTION = frozenset({"instruction", "input", "output", "system", "history"})
_DOLLY = frozenset({"instruction", "context", "response", "system"})

_FORMATS: tuple[tuple[frozenset[str], frozenset[str], Callable[[Row], dict[str, Any]]], ...] = (
    (frozenset({"turns"}), frozenset({"turns", "system"}), _from_turns),
    (frozenset({"conversations"}), frozenset({"conversations", "system"}), _from_sharegpt),
    (frozenset({"messages"}), frozenset({"messages", "system"}), _from_openai),
    (frozenset({"instruction", "output"}), _INSTRUCTION, _from_instruction),
    (frozenset({"instruction", "response"}), _DOLLY, _from_dolly),
)
"""Per format: the keys that tell it, all keys that it uses, and what makes a record of a row."""
