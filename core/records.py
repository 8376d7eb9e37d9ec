"""Records: the content of a sample, and the names by which people address its fields.

An illegal record cannot be built: whatever a person approves, a trainer can load (formats.md,
traps 3, 5 and 10). Texts are kept to the character; nothing is stripped or normalised here.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from core.errors import RecordError

Role = Literal["user", "assistant"]


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("has half of a surrogate pair, which no file can hold") from None
    if "\x00" in text:
        raise ValueError("has a NUL character, which PostgreSQL cannot hold")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


Text = Annotated[str, AfterValidator(_encodable)]
Words = Annotated[str, AfterValidator(_encodable), AfterValidator(_not_blank)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Turn(_Frozen):
    """One message of a conversation."""

    role: Role
    content: Words


class Instruction(_Frozen):
    """A task and its answer; `history` holds earlier (question, answer) pairs, oldest first."""

    instruction: Words
    input: Text = ""
    output: Words
    system: Text = ""
    history: tuple[tuple[Words, Words], ...] = ()


class Conversation(_Frozen):
    """Messages that alternate, from a user's first to an assistant's last."""

    system: Text = ""
    turns: tuple[Turn, ...]

    @model_validator(mode="after")
    def _alternate(self) -> Self:
        if not self.turns or len(self.turns) % 2:
            raise ValueError("turns must be pairs of a user's and an assistant's message")
        for index, turn in enumerate(self.turns):
            expected = ("user", "assistant")[index % 2]
            if turn.role != expected:
                raise ValueError(f"turn {index + 1} must be the {expected}'s")
        return self


Record = Instruction | Conversation
_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "instruction": TypeAdapter(Instruction),
    "conversation": TypeAdapter(Conversation),
}


def explain(error: ValidationError) -> str:
    """Turn pydantic's report into one sentence that names each field, `turn-2` style."""
    parts = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(str(p + 1) if isinstance(p, int) else str(p) for p in item["loc"])
        message = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        message = message.replace("valid tuple", "valid list")  # which is what JSON has
        parts.append(f"{place}: {message}" if place else message)
    return "; ".join(parts)


def record_of(data: Mapping[str, Any]) -> Record:
    """Build a record from its JSON form; a mapping with `turns` is a conversation.

    Raises:
        RecordError: names each field that is missing, unknown, of a wrong type or empty.
    """
    kind = "conversation" if "turns" in data else "instruction"
    try:
        # Not as JSON text, whose parser names no field where it meets half of a surrogate pair.
        plain = json.loads(json.dumps(data))
        record: Record = _ADAPTERS[kind].validate_python(plain, strict=False)
    except ValidationError as error:
        raise RecordError(explain(error)) from error
    except (TypeError, ValueError) as error:
        raise RecordError(f"this is no {kind}: {error}") from error
    return record


def from_json(text: str) -> Record:
    """Read what `to_json` wrote."""
    kind = "conversation" if text.startswith('{"system"') else "instruction"
    record: Record = _ADAPTERS[kind].validate_json(text)
    return record


def to_json(record: Record) -> str:
    """Canonical JSON: one line, fixed order of keys, Unicode as it is."""
    return record.model_dump_json()


def fields(record: Record) -> dict[str, str]:
    """Every text of a record by the name people and Slack inputs use, in reading order.

    `system`, `history-1`, `history-2` (question, answer), …, `instruction`, `input`, `output`; or
    `system`, `turn-1`, `turn-2`, …
    """
    if isinstance(record, Conversation):
        numbered = {f"turn-{n}": turn.content for n, turn in enumerate(record.turns, 1)}
        return {"system": record.system, **numbered}
    flat = [text for pair in record.history for text in pair]
    return {
        "system": record.system,
        **{f"history-{n}": text for n, text in enumerate(flat, 1)},
        "instruction": record.instruction,
        "input": record.input,
        "output": record.output,
    }


def with_fields(record: Record, changes: Mapping[str, str]) -> Record:
    """The record with some of its `fields` replaced.

    Raises:
        RecordError: an unknown field, or a text that leaves no legal record.
    """
    texts = fields(record)
    if unknown := sorted(set(changes) - set(texts)):
        raise RecordError(f"There is no field {unknown[0]}.", f"Fields: {', '.join(texts)}.")
    texts.update(changes)
    if isinstance(record, Conversation):
        turns = [
            {"role": turn.role, "content": texts[f"turn-{n}"]}
            for n, turn in enumerate(record.turns, 1)
        ]
        return record_of({"system": texts["system"], "turns": turns})
    history = [
        [texts[f"history-{2 * n + 1}"], texts[f"history-{2 * n + 2}"]]
        for n in range(len(record.history))
    ]
    plain = {name: texts[name] for name in ("instruction", "input", "output", "system")}
    return record_of({**plain, "history": history})


def question(record: Record) -> str:
    """What the user asks first: the text that names a sample, and the default of `duplicates`."""
    if isinstance(record, Conversation):
        return record.turns[0].content
    return f"{record.instruction}\n{record.input}" if record.input else record.instruction


def answers(record: Record) -> list[str]:
    """What the model would learn to say, in order (answers of the history included)."""
    if isinstance(record, Conversation):
        return [turn.content for turn in record.turns if turn.role == "assistant"]
    return [answer for _, answer in record.history] + [record.output]
