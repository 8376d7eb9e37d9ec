"""Reading replies whose rows are no records: numbered answers, verdicts, single messages.

A row's shape is a small pydantic model. A reply that ignores the schema is understood as far as it
can be (see core.parsing); what cannot be is a `Broken` with one sentence. Nothing here raises,
whatever the reply is.
"""

import json
import re
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, ValidationError

from core.parsing import Broken, broken_piece, pieces
from core.records import Text, explain
from core.ways.base import Step

_NUMBER = re.compile(r"\D{0,3}(\d{1,6})\D{0,3}")
"""A number as models also write it: "3", "3.", "#3", "第3条"."""
_QUOTED_NUMBER = re.compile(r'"number"\s*:\s*"?(\d{1,6})')
_MOST = 1_000_000
_YES_NO = {"是": True, "否": False, "不是": False}

PerhapsText = Annotated[Text, BeforeValidator(lambda value: "" if value is None else value)]
"""A text that may be empty, null or left out (give it the default "")."""
YesNo = Annotated[
    bool,
    BeforeValidator(lambda value: _YES_NO.get(value, value) if isinstance(value, str) else value),
]


class Row(BaseModel):
    """What a row must hold; a subclass has its texts as `Words`, `PerhapsText` or `YesNo`.

    `alone` names the text that a bare string instead of an object stands for; None if there is
    none. A field's `validation_alias=AliasChoices(…)` lists other keys that models use for it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    alone: ClassVar[str | None] = None


R = TypeVar("R", bound=Row)
T = TypeVar("T")
Numbered = tuple[dict[int, T], list[Broken]]
"""What a reply gave by the number that it answers, and what cannot be used of it."""


def rows(reply: str, key: str, row: type[R]) -> tuple[list[R], list[Broken]]:
    """The rows of a list that stands under `key`, in their order, and what is no such row."""
    good: list[R] = []
    broken: list[Broken] = []
    for piece in pieces(reply, key, _begins(row)):
        read = _read(piece, row)
        if isinstance(read, Broken):
            broken.append(read)
        else:
            good.append(read)
    if not good and not broken:
        broken.append(broken_piece(reply, f"The list of {key} is empty."))
    return good, broken


def numbered(reply: str, key: str, row: type[R], asked: Sequence[int]) -> Numbered[R]:
    """The rows by the number of what they answer; each that was asked is there or explained.

    A number that was not asked, or comes twice, is broken and not asked for again. Rows that have
    no numbers at all are taken in order when there are as many as were asked.
    """
    found = list(pieces(reply, key, _begins(row)))
    numbers = [_number(piece) for piece in found]
    if not any(numbers) and len(found) == len(asked):
        numbers = list(asked)
    good: dict[int, R] = {}
    wrong: dict[int, Broken] = {}
    unread: list[Broken] = []
    stray: list[Broken] = []
    for number, piece in zip(numbers, found, strict=True):
        read = _read(piece, row)
        if number is None:
            unread.append(_without_number(piece, read))
        elif number not in asked:
            stray.append(_stray(piece, f"Number {number} was not asked for."))
        elif number in good or number in wrong:
            stray.append(_stray(piece, f"Number {number} comes twice."))
        elif isinstance(read, Broken):
            wrong[number] = broken_piece(read.text, f"Number {number}: {read.explanation}")
        else:
            good[number] = read
    missing = [number for number in asked if number not in good and number not in wrong]
    return good, [*wrong.values(), *_missing(missing, unread), *stray]


def one(reply: str, row: type[R]) -> R | Broken:
    """The row of a reply that is to be one object, also where it stands inside another."""
    broken = broken_piece(reply, "The reply has no JSON object.")
    for piece in pieces(reply, "records", _begins(row)):
        inside = list(piece.values()) if isinstance(piece, dict) else []
        alone = len(inside) == 1 and isinstance(inside[0], dict)
        read = _read(inside[0] if alone else piece, row)
        if not isinstance(read, Broken):
            return read
        broken = read
    return broken


def earlier(step: Step) -> str | None:
    """The reply that a step corrects; None where it corrects none."""
    return step.ask.previous[-1][1] if step.corrects else None


def still_asked(
    step: Step, asked: Sequence[int], good: Callable[[str, Sequence[int]], Container[int]]
) -> list[int]:
    """The numbers that a step wants: of a correction, those that the reply before it left open.

    Args:
        step: what was asked.
        asked: all numbers that its way asked for.
        good: the numbers that can be used of a reply in which these were asked.
    """
    before = earlier(step)
    kept = () if before is None else good(before, asked)
    return [number for number in asked if number not in kept]


def read_open(
    step: Step, reply: str, count: int, read: Callable[[str, Sequence[int]], Numbered[T]]
) -> Numbered[T]:
    """Read the reply to a step that asked for the numbers 1 to `count`, see `still_asked`.

    `read` reads a reply in which certain numbers were asked for.
    """
    asked = range(1, count + 1)
    return read(reply, still_asked(step, asked, lambda *before: read(*before)[0]))


def shown(piece: object) -> str:
    """A decoded piece of a reply as text; "" for one that is nested too deeply to be shown."""
    if isinstance(piece, Broken):
        return piece.text
    try:
        return json.dumps(piece, ensure_ascii=False)
    except RecursionError:
        return ""


def _read(piece: object, row: type[R]) -> R | Broken:
    if isinstance(piece, Broken):
        return piece
    if isinstance(piece, str) and row.alone:
        piece = {row.alone: piece}
    if not isinstance(piece, dict):
        return broken_piece(shown(piece), "It is no JSON object.")
    try:
        return row.model_validate(piece)
    except ValidationError as error:
        return broken_piece(shown(piece), f"{explain(error)}.")


def _begins(row: type[Row]) -> tuple[str, ...]:
    """The keys that such a row may begin with."""
    names = ["number"]
    for name, field in row.model_fields.items():
        alias = field.validation_alias
        names += map(str, alias.choices) if isinstance(alias, AliasChoices) else [name]
    return tuple(dict.fromkeys(names))


def _number(piece: object) -> int | None:
    if isinstance(piece, Broken):
        found = _QUOTED_NUMBER.search(piece.text)
        return int(found[1]) if found else None
    value = piece.get("number") if isinstance(piece, dict) else None
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        return int(found[1]) if found else None
    return int(value) if isinstance(value, int | float) and value in range(_MOST) else None


def _without_number(piece: object, read: Row | Broken) -> Broken:
    return read if isinstance(read, Broken) else broken_piece(shown(piece), "It has no number.")


def _stray(piece: object, explanation: str) -> Broken:
    return broken_piece(shown(piece), explanation, again=False)


def _missing(numbers: Sequence[int], unread: Sequence[Broken]) -> list[Broken]:
    """What is missing, each told with a piece that could not be read, which it probably is."""
    told = [
        broken_piece(piece.text, f"Number {number} cannot be read: {piece.explanation}")
        for number, piece in zip(numbers, unread, strict=False)
    ]
    bare = [broken_piece("", f"Number {number} is missing.") for number in numbers[len(told) :]]
    more = [replace(piece, again=False) for piece in unread[len(told) :]]
    return [*told, *bare, *more]
