"""What a prompt gives its teacher to work on: JSON, a line each, between tags.

The generator fences whatever people or models wrote in this way (`<samples>`, `<passage>`, …). Rows
that have a `number` are to be answered one by one; rows with `role` and `content` are a dialogue so
far; a row with `instruction` or `turns` is a record.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.questions import Block
from sandbox.variants import language_of, sentences

_ROW = re.compile(r'^\{".*\}$', re.MULTILINE)
_PASSAGE = re.compile(r"^<passage>\n(.*?)\n</passage>$", re.MULTILINE | re.DOTALL)
_ENDS = (".", "!", "?", "。", "！", "？")
_QUOTED = 10  # characters that a sentence must have, to say something

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """The data of the latest of a person's turns that has any.

    Attributes:
        items: The numbered rows, in order.
        said: The texts of a dialogue so far.
        record: The last record that is shown; empty for none.
        passage: The text between `<passage>` and its end; empty for none.
        language: Of the prompt around the data: `en` or `zh`.
    """

    items: tuple[Row, ...] = ()
    said: tuple[str, ...] = ()
    record: Row | None = None
    passage: str = ""
    language: str = "en"

    @property
    def asked(self) -> str:
        """The first question of the record; empty where there is none."""
        record = self.record or {}
        turns = record.get("turns")
        first = turns[0] if isinstance(turns, list) and turns else None
        asked = first.get("content") if isinstance(first, dict) else record.get("instruction")
        return asked if isinstance(asked, str) else ""

    @cached_property
    def texts(self) -> frozenset[str]:
        """Every text of the items, the dialogue and the record: an answer must be another one."""
        rows = [*self.items, {"said": self.said}, self.record or {}]
        return frozenset(text for row in rows for text in texts_of(row))

    def sentence(self, number: int) -> str:
        """A sentence of the passage, another for each number as long as there are any."""
        found = sentences(self.passage)
        found = [each for each in found if _says_something(each)] or found
        return found[number % len(found)] if found else ""


def _says_something(sentence: str) -> bool:
    """Not a heading, a cell of a table or a word."""
    return len(sentence) >= _QUOTED and sentence.endswith(_ENDS)


def given(blocks: Sequence[Block]) -> Given:
    """Read the data of a request's turns; the latest that has any counts."""
    for block in reversed(blocks):
        if block.role != "user":
            continue
        rows = list(_rows(block.text))
        read = Given(
            items=tuple(row for row in rows if type(row.get("number")) is int),
            said=tuple(row["content"] for row in rows if _is_turn(row)),
            record=next(filter(_is_record, reversed(rows)), None),
            passage=_passage(block.text),
            language=language_of(_ROW.sub("", block.text)),
        )
        if read != Given(language=read.language):  # a correction quotes only what was wrong
            return read
    return Given()


def _rows(text: str) -> Iterator[Row]:
    decoded = map(_decoded, _ROW.findall(text))
    yield from (row for row in decoded if isinstance(row, dict))


def _decoded(line: str) -> Any:  # noqa: ANN401 - JSON, or the line as it is
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _is_turn(row: Row) -> bool:
    return "role" in row and isinstance(row.get("content"), str)


def _is_record(row: Row) -> bool:
    return bool(row.get("instruction") or row.get("turns"))


def _passage(text: str) -> str:
    found = _PASSAGE.search(text)
    pieces = map(_decoded, found[1].split("\n") if found else ())
    texts = (piece.get("text") if isinstance(piece, dict) else piece for piece in pieces)
    return "\n".join(piece for piece in texts if isinstance(piece, str))


def texts_of(value: object) -> Iterator[str]:
    """Every text in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in texts_of(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in texts_of(each))
