"""JSON rows in files: one a line (.jsonl), or the elements of one array (.json).

Lines end at a line feed and nowhere else: U+2028, U+2029 and U+0085 may stand inside texts, though
`str.splitlines`, and readers built on it, break there. What is written escapes them, so that every
reader finds the same lines.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SPACE = " \t\r\n"
_BREAKS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where a row would, and says in one sentence why there is none."""

    explanation: str


def rows(data: bytes) -> Iterator[tuple[int, object]]:
    """The rows of a file, each a parsed value or `Unreadable`, with their numbers from 1.

    Whether it is an array shows in its first character, not in its name. A row's number is its
    line's, blank ones counted; in an array, the element's. Whatever the bytes are, nothing raises.
    """
    if data.startswith(_UTF16_MARKS):
        return iter([(1, Unreadable("The file is UTF-16; save it as UTF-8."))])
    data = data.removeprefix(_UTF8_MARK)
    return _elements(data) if data.lstrip()[:1] == b"[" else _lines(data)


def lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON lines in UTF-8, each ended by a line feed; Unicode as it is, but for line separators."""
    return b"".join(_line(row) for row in rows)


def encodable(text: str) -> bool:
    """Whether a file can hold the text; half of a surrogate pair prevents it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _line(row: Mapping[str, Any]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    for character, escape in _BREAKS.items():
        text = text.replace(character, escape)
    return f"{text}\n".encode()


def _lines(data: bytes) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield number, _parsed(line)


def _parsed(line: bytes) -> object:
    try:
        return _DECODER.decode(line.decode().strip(_SPACE))
    except UnicodeDecodeError as error:
        return Unreadable(f"Byte {error.start + 1} is not UTF-8; save the file as UTF-8.")
    except (ValueError, RecursionError) as error:
        return _no_json(error)


def _elements(data: bytes) -> Iterator[tuple[int, object]]:
    """The elements of an array, up to the first place where it is no JSON any more."""
    text = data.decode("utf-8", "surrogateescape")
    position = _skip_space(text, text.index("[") + 1)
    number, more = 0, not text.startswith("]", position)
    while more:
        number += 1
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield number, Unreadable(f"{_no_json(error).explanation} The rest cannot be read.")
            return
        yield number, _if_utf8(value, text[position:end])
        position = _skip_space(text, end)
        more = text.startswith(",", position)
        position = _skip_space(text, position + more)
    if not text.startswith("]", position):
        yield number + 1, Unreadable("The array is cut off or lacks a comma here.")
    elif text[position + 1 :].strip(_SPACE):
        yield number + 1, Unreadable("Something follows the end of the array.")


def _if_utf8(value: object, source: str) -> object:
    """The value, unless bytes that were no UTF-8 stand in its source as lone surrogates."""
    if encodable(source):
        return value
    return Unreadable("It has bytes that are not UTF-8; save the file as UTF-8.")


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _no_json(error: ValueError | RecursionError) -> Unreadable:
    match error:
        case json.JSONDecodeError():
            line = f"line {error.lineno}, " if error.lineno > 1 else ""
            return Unreadable(f"It is no JSON: {error.msg} at {line}character {error.colno}.")
        case RecursionError():
            return Unreadable("It is nested too deeply.")
        case _:
            return Unreadable(f"It is no JSON: {error}.")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
