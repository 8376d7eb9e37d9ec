"""The recipe: what dataset is wanted, read from YAML and checked as a whole.

SURFACE.md's table is the reference; each description below is what editors show for its key.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from core.recipe_checks import CheckChoices
from core.recipe_parts import (
    Budget,
    ExportSettings,
    OrModelName,
    Persona,
    Price,
    Review,
    Schedule,
    TeacherSpec,
)
from core.recipe_reading import Place, RecipeError, problems, read, refused
from core.recipe_values import (
    Channel,
    ChannelOrPeople,
    Count,
    Language,
    Name,
    OneOrMany,
    Part,
    Person,
    Several,
    Shares,
    Some,
    Words,
)
from core.recipe_ways import Augment, Way, unfit

__all__ = [
    "Budget",
    "ExportSettings",
    "Persona",
    "Price",
    "Recipe",
    "RecipeError",
    "Review",
    "Schedule",
    "TeacherSpec",
    "Way",
    "json_schema",
    "parse",
]

_MOST_TURNS = 98
"""Fields are named up to turn-99 (core.recipe_checks), and turns come in pairs."""


def _way_by_seeds(data: dict[str, Any]) -> tuple[Way, ...]:
    return ("seeds",) if data.get("seeds") else ("meta",)


def _ui_by_language(data: dict[str, Any]) -> Literal["en", "zh"]:
    for language in data.get("languages", ()):
        if language.partition("-")[0] in ("en", "zh"):
            return "zh" if language.startswith("zh") else "en"
    return "en"


class Recipe(Part):
    """A recipe whose every value may be relied on; paths are relative to its file."""

    name: Name = Field(description="The dataset's name: letters a-z, digits and -.")
    goal: Words = Field(description="What the finished model should do; stands in every prompt.")
    format: Literal["instruction", "conversation"] = Field(
        description="instruction: a task and its answer. conversation: messages of two sides."
    )
    languages: Annotated[tuple[Language, ...], Some, OneOrMany()] = Field(
        alias="language", description="One code or a list, such as zh or [zh, en]."
    )
    channel: Channel = Field(description='Where samples are posted: "#name" in quotes, or an id.')
    teachers: Annotated[tuple[Annotated[TeacherSpec, OrModelName()], ...], Some, OneOrMany()] = (
        Field(description="The models that write samples: names, or mappings with settings.")
    )
    curators: Annotated[tuple[Person, ...], OneOrMany()] = Field(
        (), description="Who may also settle, export and restore: Slack ids, @handles, @usergroups."
    )
    reviewers: Annotated[Literal["channel"] | tuple[str, ...], ChannelOrPeople()] = Field(
        "channel",
        description="Who may vote: channel (its full members), or a list that may name "
        "people and @usergroups beside it.",
    )
    target: Count = Field(500, description="Approved records wanted.")
    categories: Annotated[Shares, Some] = Field(
        default_factory=lambda: {"general": 1.0}, description="NAME: share of what is approved."
    )
    difficulty: Shares = Field(
        default_factory=dict, description="NAME: share of what is approved, such as easy: 1."
    )
    seeds: Several = Field(
        (), description="Files with examples: Alpaca, ShareGPT, messages or Dolly."
    )
    persona: Persona = Field(default_factory=Persona, description="Who asks and who answers.")
    flow: Several = Field((), description="The parts of an answer, in order.")
    style: Several = Field((), description="How answers are written: rules for the prompt.")
    forbid: Several = Field((), description="What no sample may have: rules for the prompt.")
    turns: tuple[Count, Count] = Field(
        (2, 6), description="The least and the most messages of a conversation; both are even."
    )
    per_call: Count = Field(5, description="Records asked for in one request.")
    documents: Words | None = Field(
        None, description="A folder of Markdown, text, HTML, PDF and DOCX files to ask about."
    )
    ask: Annotated[tuple[Way, ...], Some, OneOrMany()] = Field(
        default_factory=_way_by_seeds,
        description="Ways of asking, taken in turn (docs/recipes.md). By default seeds if there "
        "are any, else meta.",
    )
    augment: Augment = Field(
        default_factory=Augment, description="What `augment` makes of approved samples."
    )
    dialogue: Literal["one_call", "two_roles"] = Field(
        "one_call",
        description="How `dialogue` writes a conversation: in one request, or turn by turn by two "
        "roles.",
    )
    prompt: Words | None = Field(
        None, description="A prompt's name or file, instead of the one of the way of asking."
    )
    steer: Literal["fixed", "auto"] = Field(
        "fixed",
        description="How teachers and ways are chosen: fixed, by their weights; auto, by what the "
        "experts approve.",
    )
    checks: CheckChoices = Field(
        default_factory=CheckChoices, description="CHECK: off, on or its settings (docs/checks.md)."
    )
    review: Review = Field(default_factory=Review, description="How votes decide.")
    schedule: Schedule = Field(
        default_factory=Schedule, description="When batches are posted, exports made."
    )
    budget: Budget = Field(default_factory=Budget, description="Limits of what is spent.")
    export: ExportSettings = Field(
        default_factory=ExportSettings,
        validate_default=True,
        description="What an export holds and where it goes.",
    )
    ui: Literal["en", "zh"] = Field(
        default_factory=_ui_by_language,
        description="Language of cards and answers. By default the first of en and zh in "
        "`language`, else en.",
    )

    @field_validator("teachers")
    @classmethod
    def _each_once(cls, teachers: tuple[TeacherSpec, ...]) -> tuple[TeacherSpec, ...]:
        for model, times in Counter(spec.model for spec in teachers).items():
            if times > 1:
                raise refused(
                    f"has {model} {times} times", "Give it one entry; `temperature` may be a list."
                )
        return teachers

    @field_validator("turns")
    @classmethod
    def _pairs(cls, turns: tuple[int, int]) -> tuple[int, int]:
        least, most = turns
        if least % 2 or most % 2 or not 2 <= least <= most <= _MOST_TURNS:
            raise refused(
                f"must be two even numbers from 2 to {_MOST_TURNS}, the least first, "
                f"not [{least}, {most}]",
                "A conversation has pairs of a question and an answer.",
            )
        return turns

    @field_validator("ask")
    @classmethod
    def _something_to_ask_with(cls, ways: tuple[Way, ...], info: ValidationInfo) -> tuple[Way, ...]:
        if "seeds" in ways and info.data.get("seeds") == ():
            raise refused("asks with seeds, but there are none", "Name a file under `seeds`.")
        if "self-instruct" in ways and info.data.get("seeds") == ():
            raise refused("asks with self-instruct, but there are no `seeds`", "Name a file there.")
        if "documents" in ways and info.data.get("documents", "") is None:
            raise refused("asks with documents, but there are none", "Name a folder.")
        least, _ = info.data.get("turns", (2, 2))
        for way in ways:
            if why := unfit(way, info.data.get("format", ""), least):
                raise refused(*why)
        return ways

    @field_validator("augment")
    @classmethod
    def _something_to_vary(cls, augment: Augment, info: ValidationInfo) -> Augment:
        if augment.kinds == ("translation",) and len(info.data.get("languages", ("", ""))) == 1:
            raise refused(
                "wants translations alone, but there is one `language`",
                "Add a language, or another of its `kinds`.",
            )
        return augment

    @field_validator("checks")
    @classmethod
    def _lengths_of_real_fields(cls, checks: CheckChoices, info: ValidationInfo) -> CheckChoices:
        kind = info.data.get("format")
        strange = checks.strange_length_field(kind) if kind else None
        if strange:
            raise refused(
                f"limits the length of `{strange}`, which no {kind} has",
                "Fields: question, answer, system, "
                + (
                    "turn-1, turn-2, …" if kind == "conversation" else "instruction, input, output."
                ),
            )
        return checks

    @field_validator("export")
    @classmethod
    def _formats_by_format(cls, export: ExportSettings, info: ValidationInfo) -> ExportSettings:
        default = {"instruction": "alpaca", "conversation": "sharegpt"}
        formats = export.formats or (default[info.data.get("format", "instruction")],)
        return export.model_copy(update={"formats": formats})

    def check_settings(self) -> dict[str, Mapping[str, Any]]:
        """The settings of each check that is on, by its key, with defaults filled in.

        `schema` {}, `language` {}, `length` {FIELD: (least, most)}, `must_match` {WHICH: regex},
        `duplicates` {`threshold`, `fields`}.
        """
        return self.checks.settings()


def parse(text: str, source: str = "recipe.yml") -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: names file, line, key and remedy of everything that is wrong.
    """
    document = read(text, source)
    try:
        return Recipe.model_validate(document.data)
    except ValidationError as error:
        known = _known_keys(Recipe, ())
        raise RecipeError(source, problems(document, error, dict(known))) from error


def json_schema() -> dict[str, Any]:
    """The recipe's JSON Schema, for editors that check and complete YAML."""
    schema = Recipe.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Winnow recipe",
    }


def _known_keys(part: type[Part], place: Place) -> Iterator[tuple[Place, list[str]]]:
    """The keys of each mapping in a recipe, by its place without positions in lists."""
    fields = {field.alias or name: field.annotation for name, field in part.model_fields.items()}
    yield place, list(fields)
    for key, annotation in fields.items():
        for inner in _parts_in(annotation):
            yield from _known_keys(inner, (*place, key))


def _parts_in(annotation: object) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts_in(argument)
