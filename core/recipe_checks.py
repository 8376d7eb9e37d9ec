"""Which checks a recipe has on, and their settings.

A check that the recipe does not name is on with its defaults, or off after `default: off`; one
that it names is as it says, and keeps the defaults of the settings it leaves out. `schema` is
always on, since what fails it is no record at all; `must_match` is on once it has an expression.
docs/checks.md explains each.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema

from core.recipe_reading import refused
from core.recipe_values import Part, Regex, Weight, Whole

DEFAULT_LENGTHS = (("question", (2, 4000)), ("answer", (1, 12000)))
"""Characters, wide on purpose: `4` answers a sum, and above 12,000 nobody reviews on a phone."""

_LENGTH_FIELDS = {
    "instruction": r"question|answer|system|instruction|input|output|history-[1-9][0-9]?",
    "conversation": r"question|answer|system|turn-[1-9][0-9]?",
}
_SWITCH = {"on": True, "off": False}


class Switchable:
    """On a check's `SETTINGS | None`: `off` (None) and `on` (the defaults) may stand for them.

    YAML 1.2 has `on` and `off` as text; `true` and `false` mean the same.
    """

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._settings, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        settings = handler(schema)
        shapes = [shape for shape in settings["anyOf"] if shape != {"type": "null"}]
        return {"anyOf": [{"enum": ["on", "off", True, False]}, *shapes]}

    @staticmethod
    def _settings(value: object) -> object:
        if value is None:
            raise refused("is empty", "Write on, off or its settings.")
        if isinstance(value, str | bool):
            on = _SWITCH.get(value) if isinstance(value, str) else value
            if on is None:
                raise refused(f"must be on, off or a mapping of its settings, not {value!r}")
            return {} if on else None
        return value


class NoSettings(Part):
    """A check that has nothing to set."""


class Duplicates(Part):
    """When two records resemble each other too much."""

    threshold: Annotated[Weight, Field(le=1)] = Field(
        0.7, description="ROUGE-L from which a record is a duplicate; at 1 only the same words are."
    )
    fields: Literal["question", "instruction", "answer", "record"] = Field(
        "question", description="What is compared: question, instruction, answer or record."
    )


class MustMatch(Part):
    """Expressions that answers must contain; found anywhere in the text."""

    each_answer: Regex | None = Field(None, description="Every answer contains this.")
    any_answer: Regex | None = Field(None, description="At least one answer contains this.")
    last_answer: Regex | None = Field(None, description="The last answer contains this.")


def _always_on(value: object) -> object:
    if value in ("off", False):
        raise refused("cannot be off: what fails it is no record at all", "Leave the key out.")
    return value


def _ordered(limits: tuple[int, int]) -> tuple[int, int]:
    if limits[0] > limits[1]:
        raise refused(f"has the least, {limits[0]}, above the most, {limits[1]}")
    return limits


def _some_expression(settings: MustMatch | None) -> MustMatch | None:
    if settings is not None and not settings.model_dump(exclude_none=True):
        raise refused("has no expression", "Give each_answer, any_answer or last_answer one.")
    return settings


Lengths = dict[str, Annotated[tuple[Whole, Whole], AfterValidator(_ordered)]]


def _or_default(limits: Lengths | None) -> Lengths | None:
    return dict(DEFAULT_LENGTHS) if limits == {} else limits


class CheckChoices(Part):
    """The recipe's `checks`; None stands for a check that is off."""

    default: Annotated[NoSettings | None, Switchable()] = Field(
        default_factory=NoSettings, description="off silences every check that is not named here."
    )
    schema_: Annotated[NoSettings | None, Switchable(), BeforeValidator(_always_on)] = Field(
        default_factory=NoSettings, alias="schema", description="Records are whole; always on."
    )
    language: Annotated[NoSettings | None, Switchable()] = Field(
        default_factory=NoSettings, description="Texts are in one of the recipe's languages."
    )
    length: Annotated[Lengths | None, Switchable(), AfterValidator(_or_default)] = Field(
        default_factory=lambda: dict(DEFAULT_LENGTHS),
        description="FIELD: [least, most] characters, for these fields alone. FIELD is question, "
        "answer or a field of the record, such as output or turn-2.",
    )
    must_match: Annotated[MustMatch | None, Switchable(), AfterValidator(_some_expression)] = Field(
        None, description="Regular expressions that answers must contain."
    )
    duplicates: Annotated[Duplicates | None, Switchable()] = Field(
        default_factory=Duplicates, description="Records resemble no other of the dataset too much."
    )

    def strange_length_field(self, record_format: str) -> str | None:
        """A field of `length` that records of this format do not have."""
        known = re.compile(_LENGTH_FIELDS[record_format])
        return next((name for name in self.length or {} if not known.fullmatch(name)), None)

    def settings(self) -> dict[str, Mapping[str, Any]]:
        """The settings of each check that is on, by its key; they are plain data."""
        silent = set() if self.default else set(type(self).model_fields) - self.model_fields_set
        silent -= {"schema_"}
        shown = self.model_dump(by_alias=True, exclude=silent | {"default"})
        return {name: _without_none(value) for name, value in shown.items() if value is not None}


def _without_none(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}
