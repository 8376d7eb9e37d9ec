"""`documents`: questions about a passage of a document, each with the words its answer rests on.

Genre-audience pairs after easy-dataset: the prompt has a table of them, and every record is written
for another one.
"""

import json
import random
from typing import Any

from core.asking import TEXT, an_object, encodable, example, fenced, record_schema, records_of
from core.errors import UsageError
from core.parsing import RECORD_KEYS, Broken, broken_piece, pieces, read_record
from core.planning import Call
from core.recipe import Recipe
from core.ways import grounding
from core.ways.base import Made, Material, Passage, Read, Source, Step
from core.ways.rows import shown
from core.ways.wording import Wording, has_system


class Documents:
    """One step: a passage is shown, and records are asked for that rest on it alone."""

    name = "documents"
    prompts: tuple[str, ...] = ("documents",)
    source: Source | None = "documents"

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """The one request; see `Way`.

        Raises:
            UsageError: there is no passage.
        """
        passage = material.passage
        if passage is None:
            raise UsageError("There is no passage to ask about.", "Put files into `documents`.")
        with_system = has_system(material.seeds)
        record = {"quote": "…", **example(wording.recipe, with_system=with_system)}
        variables = {
            "passage": fenced("passage", [{"from": passage.place, "text": passage.text}]),
            "turn": _turn(call),
            "example": json.dumps({"records": [record]}, ensure_ascii=False),
        }
        return wording.step(
            self.name,
            call,
            _schema(wording.recipe, with_system=with_system),
            variables,
            material=material,
            state={"passage": vars(passage)},
        )

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:  # noqa: ARG002
        """The records whose quotation stands in the passage; see `Way`."""
        passage = Passage(**step.state["passage"])
        outcomes = [
            piece if isinstance(piece, Broken) else _made(piece, passage, wording.recipe)
            for piece in pieces(reply, "records", ("quote", *RECORD_KEYS))
        ]
        if not outcomes:
            outcomes = [broken_piece(reply, "It has no records.")]
        return Read(
            tuple(one for one in outcomes if isinstance(one, Made)),
            tuple(one for one in outcomes if isinstance(one, Broken)),
        )


def _turn(call: Call) -> int:
    """Where in its table of readers the prompt begins; it takes the remainder by their number.

    Drawn by the call's number: ways take turns too, so a remainder of it might always be the same.
    """
    return random.Random(f"documents/{call.number}").randrange(2**16)  # noqa: S311 - no secret


def _schema(recipe: Recipe, *, with_system: bool) -> dict[str, Any]:
    """The quotation comes first: a model then writes what it says, instead of proving it."""
    record = record_schema(recipe, with_system=with_system)
    return records_of(an_object(quote=TEXT, **record["properties"]))


def _made(row: object, passage: Passage, recipe: Recipe) -> Made | Broken:
    record = read_record(row, recipe.format)
    if isinstance(record, Broken):
        return record
    quote = _quote(row)
    fault = grounding.fault(quote, passage.text) or grounding.leaning(record)
    if fault:
        return broken_piece(shown(row), fault)
    place = {
        "file": passage.file,
        "place": passage.place,
        "start": passage.start,
        "end": passage.start + len(passage.text),
        "quote": quote,
    }
    return Made(record, notes={"document": place})


def _quote(row: object) -> str:
    """The quotation of a row as every database can hold it; "" if it has none."""
    quote = row.get("quote") if isinstance(row, dict) else None
    return encodable(quote.replace("\x00", "")) if isinstance(quote, str) and quote.strip() else ""
