"""What the sandbox's teacher writes: prepared records in the form that a request asks for."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.banks import Entry
from sandbox.dialects import Declined

DEFAULT_COUNT = 5
_BYTES_PER_TOKEN = 4
_HISTORY = ("properties", "records", "items", "properties", "history")
# Fields that a bank leaves out where they are empty.
_OPTIONAL: dict[str, Any] = {"system": "", "input": "", "history": []}
# Anthropic's SDK moves the limits that its server does not enforce into the description.
_MOVED_LIMIT = re.compile(r"\bmaxItems: (\d+)")


@dataclass(frozen=True)
class Form:
    """How a request wants its records.

    Attributes:
        count: How many records.
        fields: The fields of each; None where the request has no schema, and takes records as they
            are, in a fenced block.
        pair: The names of question and answer where the schema wants `history` as a list of objects
            (strict schemas know no pairs); empty where it takes pairs.
    """

    count: int = DEFAULT_COUNT
    fields: tuple[str, ...] | None = None
    pair: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A reply before any limit cuts it; `ends` are where in `text` each record is complete."""

    text: str
    ends: tuple[int, ...] = ()

    def whole(self, length: int) -> int:
        """How many records are complete in the first `length` characters."""
        return sum(end <= length for end in self.ends)


def tokens(text: str) -> int:
    """Four bytes of UTF-8 make a token, rounded up: near enough for English and for Chinese."""
    return -(-len(text.encode(errors="surrogatepass")) // _BYTES_PER_TOKEN)


def cut(text: str, limit: int) -> str:
    """As much of a text as `limit` tokens hold."""
    return text.encode()[: limit * _BYTES_PER_TOKEN].decode(errors="ignore")


def form_of(schema: dict[str, Any] | None) -> Form:
    """Read the number of records and their fields from a schema of {"records": [...]}.

    The number is `maxItems` of `records`, wherever the SDKs put it, else DEFAULT_COUNT.

    Raises:
        Declined: the schema has no list of objects called `records`, or limits it to none.
    """
    if schema is None:
        return Form()
    records = _at(schema, "properties", "records")
    fields = _at(schema, "properties", "records", "items", "properties")
    if records.get("type") != "array" or not fields:
        raise Declined("400", "The schema must have a list of objects called `records`.")
    pair = tuple(_at(schema, *_HISTORY, "items", "properties"))
    if len(pair) not in (0, 2):
        raise Declined("400", "`history` must be pairs, or objects of a question and an answer.")
    return Form(_count(records), tuple(fields), pair)


def _count(records: dict[str, Any]) -> int:
    moved = _MOVED_LIMIT.search(str(records.get("description", "")))
    count = records.get("maxItems", int(moved[1]) if moved else DEFAULT_COUNT)
    if not isinstance(count, int) or count < 1:
        raise Declined("400", "`maxItems` of `records` must be a whole number from 1.")
    return count


def _at(schema: dict[str, Any], *path: str) -> dict[str, Any]:
    """The object at a path of an untrusted schema, references followed; empty where none is."""
    node: Any = schema
    for step in path:
        node = _resolved(schema, node).get(step)
    return _resolved(schema, node)


def _resolved(schema: dict[str, Any], node: object) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {}
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    target: Any = schema
    for step in reference.removeprefix("#/").split("/"):
        target = target.get(step) if isinstance(target, dict) else None
    return {**target, **node} if isinstance(target, dict) else {}


def draft(entries: Sequence[Entry], form: Form) -> Draft:
    """Write the entries as one reply.

    Raises:
        Declined: the schema asks for fields that the bank's records do not have.
    """
    pieces = [_written(entry, form) for entry in entries]
    fenced = form.fields is None
    text = '```json\n{"records": [' if fenced else '{"records": ['
    ends: list[int] = []
    for piece in pieces:
        text += f", {piece}" if ends else piece
        ends.append(len(text))
    return Draft(text + ("]}\n```" if fenced else "]}"), tuple(ends))


def _written(entry: Entry, form: Form) -> str:
    record = entry.record
    if record is None:
        return entry.raw
    if form.fields is not None:
        given = {**_OPTIONAL, **record}
        if form.pair:
            given["history"] = [dict(zip(form.pair, two, strict=True)) for two in given["history"]]
        if missing := [name for name in form.fields if name not in given]:
            raise Declined(
                "400",
                f"The schema asks for `{missing[0]}`; the bank's records have {', '.join(record)}.",
            )
        record = {name: given[name] for name in form.fields}
    return json.dumps(record, ensure_ascii=False)
