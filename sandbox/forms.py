"""What a request's JSON schema wants: a list of objects, one object, or an object of texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sandbox.questions import Declined

DEFAULT_COUNT = 5
# Anthropic's SDK moves the limits that its server does not enforce into the description.
_MOVED_LIMIT = re.compile(r"\bmaxItems: (\d+)")

Json = dict[str, Any]
Shape = Literal["list", "object", "itself"]


@dataclass(frozen=True)
class Form:
    """How a request wants its reply.

    Attributes:
        name: The one key at the top; empty for `itself`.
        shape: `list` is {name: [item, …]}, `object` {name: item}, `itself` the item alone, such as
            {"message": "…"}.
        most: The most items of a list (`maxItems`); None where the schema names no limit.
        fields: Each field's schema; None where the request has no schema and takes whole records,
            in a fenced block.
        pair: The names of question and answer where the schema wants `history` as a list of objects
            (strict schemas know no pairs); empty where it takes pairs.
    """

    name: str = "records"
    shape: Shape = "list"
    most: int | None = DEFAULT_COUNT
    fields: Mapping[str, Json] | None = None
    pair: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Whether any of these is among the fields."""
        return self.fields is not None and not self.fields.keys().isdisjoint(names)

    @property
    def asks(self) -> bool:
        """Whether it wants questions: records, or what will become some."""
        return self.fields is None or self.has("instruction", "turns")

    @cached_property
    def choices(self) -> Mapping[str, list[Any]]:
        """The fields that can be one of a few values alone, and those."""
        allowed = {
            name: [False, True] if schema.get("type") == "boolean" else schema.get("enum")
            for name, schema in (self.fields or {}).items()
        }
        return {name: values for name, values in allowed.items() if values}

    @property
    def plain(self) -> bool:
        """Whether it wants records whatever else the prompt gives."""
        return self.shape == "list" and self.asks and not self.has("number", "quote")


def form_of(schema: Json | None) -> Form:
    """Read a schema.

    Raises:
        Declined: it asks for something that is no reply to any way of asking, or for no items.
    """
    if schema is None:
        return Form()
    properties = _at(schema, "properties")
    if not properties:
        raise Declined("400", "The schema must be an object with properties.")
    if len(properties) > 1:
        return _form(schema, "", "itself", (), None)
    (name,) = properties
    only = _at(schema, "properties", name)
    if only.get("type") == "array":
        return _form(schema, name, "list", ("properties", name, "items"), _most(only, name))
    if only.get("type") == "object":
        return _form(schema, name, "object", ("properties", name), None)
    return _form(schema, "", "itself", (), None)


def _form(schema: Json, name: str, shape: Shape, path: tuple[str, ...], most: int | None) -> Form:
    names = _at(schema, *path, "properties")
    if not names:
        raise Declined("400", f"The schema of `{name}` must be of objects with properties.")
    fields = {each: _at(schema, *path, "properties", each) for each in names}
    pair = tuple(_at(schema, *path, "properties", "history", "items", "properties"))
    if len(pair) not in (0, 2):
        raise Declined("400", "`history` must be pairs, or objects of a question and an answer.")
    return Form(name, shape, most, fields, pair)


def _most(items: Json, name: str) -> int | None:
    moved = _MOVED_LIMIT.search(str(items.get("description", "")))
    most = items.get("maxItems", int(moved[1]) if moved else None)
    if most is not None and (not isinstance(most, int) or most < 1):
        raise Declined("400", f"`maxItems` of `{name}` must be a whole number from 1.")
    return most


def _at(schema: Json, *path: str) -> Json:
    """The object at a path of an untrusted schema, references followed; empty where none is."""
    node: Any = schema
    for step in path:
        node = _resolved(schema, node).get(step)
    return _resolved(schema, node)


def _resolved(schema: Json, node: object) -> Json:
    if not isinstance(node, dict):
        return {}
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    target: Any = schema
    for step in reference.removeprefix("#/").split("/"):
        target = target.get(step) if isinstance(target, dict) else None
    return {**target, **node} if isinstance(target, dict) else {}
