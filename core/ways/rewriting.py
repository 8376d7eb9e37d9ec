"""Rewriting one record: as a reviewer wishes in its thread, or (`mend`) so that a flag is met.

`rewrite` is a prompt and no way of asking: nothing plans it. Either prompt shows the record, and
what people said of it as data; the reply is the whole record, in the shape it has.
"""

import json
from collections.abc import Mapping
from typing import Any

from core.asking import an_object, as_asked, fenced, record_schema
from core.asking import example as dots
from core.parsing import RECORD_KEYS, Broken, RecordFormat, broken_piece, pieces, read_record
from core.planning import Call, Cell
from core.recipe import TeacherSpec
from core.records import Conversation, Record, fields, from_json, to_json
from core.ways.base import Step
from core.ways.wording import Wording

_BLANK = broken_piece("", "The reply is empty.")
_OTHER_SHAPE = "It has not the same texts as before: change their words, but add and drop none."


def step(wording: Wording, spec: TeacherSpec, record: Record, wish: str, language: str) -> Step:
    """The request that has a record rewritten as a person wishes.

    Args:
        wording: of the record's recipe; its templates must have `rewrite`.
        spec: the teacher that is asked.
        record: what the person saw.
        wish: in their words.
        language: the record's; a code of the recipe.

    Raises:
        TemplateError: the prompt needs a variable that there is not.
    """
    call = Call(0, spec, "mend", None, Cell("", None, language), 1)
    return of(wording, "rewrite", call, record, {"wish": fenced("wish", [wish])})


def of(
    wording: Wording,
    prompt: str,
    call: Call,
    record: Record,
    variables: Mapping[str, Any],
    state: Mapping[str, Any] | None = None,
) -> Step:
    """The request that has a record rewritten by a prompt; its state has what `read` needs.

    Raises:
        TemplateError: the prompt needs a variable that there is not.
    """
    recipe = wording.recipe.model_copy(update={"format": _format(record)})
    with_system = bool(record.system)
    shape = {"record": dots(recipe, with_system=with_system)}
    return wording.step(
        prompt,
        call,
        an_object(record=record_schema(recipe, with_system=with_system)),
        {
            **variables,
            "sample": fenced("sample", [as_asked(record, with_system=with_system)]),
            "example": json.dumps(shape, ensure_ascii=False),
        },
        count=1,
        state={**(state or {}), "record": to_json(record)},
    )


def read(step: Step, reply: str) -> Record | Broken:
    """The rewritten record; never raises, whatever the reply is.

    A system text that the record has not got is none of the rewriting's; one that the reply leaves
    out stays.
    """
    before = from_json(step.state["record"])
    after: Record | Broken = _BLANK
    for piece in pieces(reply, "records", RECORD_KEYS):
        after = _record(piece, _format(before))
        if not isinstance(after, Broken):
            break
    if isinstance(after, Broken):
        return after
    if not (before.system and after.system):
        after = after.model_copy(update={"system": before.system})
    if fields(after).keys() != fields(before).keys():
        return broken_piece(to_json(after), _OTHER_SHAPE)
    if fields(after) == fields(before):
        return broken_piece(to_json(after), "It is the same as before: nothing was changed.")
    return after


def _record(piece: object, kind: RecordFormat) -> Record | Broken:
    if isinstance(piece, Broken):
        return piece
    if isinstance(piece, dict) and isinstance(piece.get("record"), dict):
        piece = piece["record"]
    return read_record(piece, kind)


def _format(record: Record) -> RecordFormat:
    return "conversation" if isinstance(record, Conversation) else "instruction"
