"""Reading a teacher's reply: every good record is kept, everything else is explained.

A reply may be the asked `{"records": [...]}`, a list, a single record, JSON lines, any of these in
prose or a code fence, or the beginning of one of these, cut off by the token limit. The rows may
have any shape that dataset files have (core.formats). A text is read in time linear in its length.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from core import formats
from core.records import Record

RecordFormat = Literal["instruction", "conversation"]

RECORD_KEYS = (
    *("instruction", "input", "output", "system", "history", "turns", "conversations", "messages"),
    *("context", "response", "id", "index", "number", "category", "difficulty", "language"),
    *("topic", "title", "type"),
)
"""What the row of a record may begin with."""
_SHOWN_CHARACTERS = 20_000
"""A broken piece is shown up to this; the request log has the whole reply."""


@dataclass(frozen=True)
class Broken:
    """A piece of a reply that gave nothing, and why, in one sentence.

    `again` is False where asking for it once more makes no sense: nobody asked for it, or it is
    readable and was put out by a rule.
    """

    text: str
    explanation: str
    again: bool = True


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
    for piece in pieces(text, "records", RECORD_KEYS):
        outcome = piece if isinstance(piece, Broken) else read_record(piece, format)
        if isinstance(outcome, Broken):
            broken.append(outcome)
        else:
            records.append(outcome)
    if not records and not broken:
        broken.append(broken_piece(text, "It has no records."))
    return Parsed(records, broken)


def pieces(text: str, key: str, begins: tuple[str, ...]) -> Iterator[Any]:
    """The rows of a reply, decoded, and a `Broken` for each that cannot be. Never raises.

    Args:
        text: the reply as it came.
        key: under which the list of rows was asked for.
        begins: the keys that a row may begin with, by which rows are found in what is no JSON.
    """
    text = text.removeprefix("\ufeff")
    for candidate in (text, _inside(text)):
        try:
            value = _DECODER.decode(candidate.strip())
        except (ValueError, RecursionError):
            continue
        yield from _rows(value, key, begins)
        return
    yield from _row_by_row(text, begins)


def _inside(text: str) -> str:
    """From the first bracket to the last: what a code fence or prose is wrapped around."""
    first = re.search(r"[\[{]", text)
    last = max(text.rfind("}"), text.rfind("]"))
    return text[first.start() : last + 1] if first else ""


def _rows(value: object, key: str, begins: tuple[str, ...]) -> list[Any]:
    """The rows, also where the list stands under another key than the one that was asked for."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) else [value]
    if isinstance(value.get(key), list):
        return list(value[key])
    lists = [one for one in value.values() if isinstance(one, list)]
    alone = len(lists) == 1 and not value.keys() & set(begins)
    if alone and any(isinstance(row, dict) and row.keys() & set(begins) for row in lists[0]):
        return list(lists[0])
    return [value]


@cache
def _row(begins: tuple[str, ...]) -> re.Pattern[str]:
    """Where a row begins. Inside valid JSON this stands nowhere else: there a text escapes it."""
    return re.compile(rf'\{{\s*"(?:{"|".join(map(re.escape, begins))})"\s*:')


def _row_by_row(text: str, begins: tuple[str, ...]) -> Iterator[Any]:
    """What can be saved of a text that is no JSON as a whole.

    Each row is decoded from its own beginning up to the next one's, so that a mistake in one
    leaves its neighbours alone, and no character is read twice.
    """
    starts = [found.start() for found in _row(begins).finditer(text)]
    if not starts:
        yield broken_piece(text, _no_rows(text, begins))
        return
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = text[start:end]
        try:
            row, used = _DECODER.raw_decode(piece)
        except (ValueError, RecursionError) as error:
            yield broken_piece(piece, _why(error, piece, last=end == len(text)))
            continue
        yield row
        rest = piece[used:].lstrip(", \t\r\n")
        if end == len(text) and rest.startswith("{"):
            yield broken_piece(rest, _CUT_OFF)


def read_record(row: object, format: RecordFormat) -> Record | Broken:  # noqa: A002
    """The record of a decoded row, or why it is none. Never raises."""
    try:
        shown = json.dumps(row, ensure_ascii=False)
        lines = formats.read(json.dumps([_with_pairs(row)]).encode())
    except RecursionError:
        return Broken("", "It is nested too deeply.")
    if lines.broken:
        return broken_piece(shown, lines.broken[0].explanation)
    record = formats.as_format(lines.records[0].record, format)
    if record is None:
        return broken_piece(shown, f"It has another shape than the {format} that was asked for.")
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


_CUT_OFF = "The reply was cut off in this piece."


def _why(error: ValueError | RecursionError, piece: str, *, last: bool) -> str:
    match error:
        case RecursionError():
            return "It is nested too deeply."
        case json.JSONDecodeError() if last and _at_the_end(error, piece):
            return _CUT_OFF
        case json.JSONDecodeError():
            return f"It is no JSON: {error.msg} at character {error.pos + 1} of this piece."
        case _:
            return f"It is no JSON: {error}."


def _at_the_end(error: json.JSONDecodeError, piece: str) -> bool:
    return error.msg.startswith("Unterminated string") or error.pos >= len(piece.rstrip())


def _no_rows(text: str, begins: tuple[str, ...]) -> str:
    if not text.strip():
        return "The reply is empty."
    if "{" in text and ("“" in text or "'" in text) and '"' not in text:
        return 'The reply is no JSON: its keys and texts must stand in straight quotes (").'
    wanted = "of a record" if begins == RECORD_KEYS else ", ".join(begins)
    return f"The reply has no JSON with the keys {wanted}."


def broken_piece(text: str, explanation: str, *, again: bool = True) -> Broken:
    """A piece in a form that can be shown and stored, and why it gave nothing."""
    shown = text[:_SHOWN_CHARACTERS].encode("utf-8", "replace").decode()
    return Broken(shown, explanation, again)


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
