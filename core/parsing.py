"""Reading a teacher's reply: every good record is kept, everything else is explained.

A reply may be the asked `{"records": [...]}`, a list, a single record, JSON lines, any of these in
prose or a code fence, or the beginning of one of these, cut off by the token limit. The rows may
have any shape that dataset files have (core.formats). A text is read in time linear in its length.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from core import formats
from core.records import Record

RecordFormat = Literal["instruction", "conversation"]

_KEYS = (
    "instruction|input|output|system|history|turns|conversations|messages|context|response"
    "|id|index|number|category|difficulty|language|topic|title|type"
)
_ROW = re.compile(rf'\{{\s*"(?:{_KEYS})"\s*:')
"""Where a row begins. Inside valid JSON this stands nowhere else: a text would have \\" here."""
_SHOWN_CHARACTERS = 20_000
"""A broken piece is shown up to this; the request log has the whole reply."""


@dataclass(frozen=True)
class Broken:
    """A piece of a reply that gave no record, and why, in one sentence."""

    text: str
    explanation: str


@dataclass(frozen=True)
class Parsed:
    """What a reply gave, in its order."""

    records: list[Record]
    broken: list[Broken]


def parse_reply(text: str, format: RecordFormat) -> Parsed:  # noqa: A002 - the recipe's word
    """Read a reply. Never raises, whatever the text is.

    Args:
        text: the reply as it came.
        format: what was asked for; rows of the other kind are converted where nothing is lost.
    """
    records: list[Record] = []
    broken: list[Broken] = []
    for piece in _pieces(text.removeprefix("\ufeff")):
        outcome = piece if isinstance(piece, Broken) else _record(piece, format)
        if isinstance(outcome, Broken):
            broken.append(outcome)
        else:
            records.append(outcome)
    if not records and not broken:
        broken.append(_broken(text, "It has no records."))
    return Parsed(records, broken)


def _pieces(text: str) -> Iterator[Any]:
    """The rows of a reply, or why a piece of it is none."""
    for candidate in (text, _inside(text)):
        try:
            value = _DECODER.decode(candidate.strip())
        except (ValueError, RecursionError):
            continue
        yield from _rows(value)
        return
    yield from _row_by_row(text)


def _inside(text: str) -> str:
    """From the first bracket to the last: what a code fence or prose is wrapped around."""
    first = re.search(r"[\[{]", text)
    last = max(text.rfind("}"), text.rfind("]"))
    return text[first.start() : last + 1] if first else ""


def _rows(value: object) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get("records"), list):
        return list(value["records"])
    return value if isinstance(value, list) else [value]


def _row_by_row(text: str) -> Iterator[Any]:
    """What can be saved of a text that is no JSON as a whole.

    Each row is decoded from its own beginning up to the next one's, so that a mistake in one
    leaves its neighbours alone, and no character is read twice.
    """
    starts = [found.start() for found in _ROW.finditer(text)]
    if not starts:
        yield _broken(text, _no_rows(text))
        return
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = text[start:end]
        try:
            row, used = _DECODER.raw_decode(piece)
        except (ValueError, RecursionError) as error:
            yield _broken(piece, _why(error, piece, last=end == len(text)))
            continue
        yield row
        rest = piece[used:].lstrip(", \t\r\n")
        if end == len(text) and rest.startswith("{"):
            yield _broken(rest, _CUT_OFF)


def _record(row: object, format: RecordFormat) -> Record | Broken:  # noqa: A002
    try:
        shown = json.dumps(row, ensure_ascii=False)
        lines = formats.read(json.dumps([_with_pairs(row)]).encode())
    except RecursionError:
        return Broken("", "It is nested too deeply.")
    if lines.broken:
        return _broken(shown, lines.broken[0].explanation)
    record = formats.as_format(lines.records[0].record, format)
    if record is None:
        return _broken(shown, f"It has another shape than the {format} that was asked for.")
    return record


def _with_pairs(row: object) -> object:
    """The row with a history as the schema asks for it, {question, answer}, turned into pairs."""
    if not isinstance(row, dict) or not isinstance(row.get("history"), list):
        return row
    pairs = [
        [item["question"], item["answer"]]
        if isinstance(item, dict) and item.keys() >= {"question", "answer"}
        else item
        for item in row["history"]
    ]
    return {**row, "history": pairs}


_CUT_OFF = "The reply was cut off in this record."


def _why(error: ValueError | RecursionError, piece: str, *, last: bool) -> str:
    match error:
        case RecursionError():
            return "It is nested too deeply."
        case json.JSONDecodeError() if last and _at_the_end(error, piece):
            return _CUT_OFF
        case json.JSONDecodeError():
            return f"It is no JSON: {error.msg} at character {error.pos + 1} of this record."
        case _:
            return f"It is no JSON: {error}."


def _at_the_end(error: json.JSONDecodeError, piece: str) -> bool:
    return error.msg.startswith("Unterminated string") or error.pos >= len(piece.rstrip())


def _no_rows(text: str) -> str:
    if not text.strip():
        return "The reply is empty."
    if "{" in text and ("“" in text or "'" in text) and '"' not in text:
        return 'The reply is no JSON: its keys and texts must stand in straight quotes (").'
    return "The reply has no JSON with the keys of a record."


def _broken(text: str, explanation: str) -> Broken:
    shown = text[:_SHOWN_CHARACTERS].encode("utf-8", "replace").decode()
    return Broken(shown, explanation)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, value in pairs:
        if key in row:
            raise ValueError(f"the key {key[:40]!r} stands twice")
        row[key] = value
    return row


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


# strict=False: teachers write line breaks into texts as they are.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_once_each, parse_constant=_refuse_constant, strict=False
)
