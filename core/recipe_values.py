"""The kinds of values that a recipe has: how each is written, checked and shown to editors."""

import json
import re
from collections.abc import Callable, Sized
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from core.recipe_reading import nearest, refused
from core.schedule import Cron, parse_duration

Filled = TypeVar("Filled", bound=Sized)


class Part(BaseModel):
    """A mapping of the recipe; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OneOrMany:
    """On a tuple: a single item may stand where a list of them is meant."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}

    @staticmethod
    def _listed(value: object) -> object:
        return value if isinstance(value, list | tuple | None) else [value]


def later(available: tuple[str, ...], coming: tuple[str, ...]) -> BeforeValidator:
    """On a choice: tells SURFACE.md's values that this version lacks from mistyped ones."""

    def check(value: object) -> object:
        if value in coming:
            raise refused(
                f"`{value}` is not yet available in this version of Winnow",
                f"Available: {', '.join(available)}.",
            )
        return value

    return BeforeValidator(check)


def _matching(pattern: str, what: str, hint: str = "") -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise refused(f"{what}, not {value!r}", hint)
        return value

    return check


def _filled(value: str) -> str:
    if not value.strip():
        raise refused("is empty", "Write a text, or leave the key out.")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = sorted(available_timezones())
        hint = nearest(value, known, "Such as Europe/Berlin or Asia/Shanghai.")
        raise refused(f"{value!r} is no time zone", hint) from error
    return value


def _duration(value: object) -> timedelta | None:
    return parse_duration(value if isinstance(value, str) else json.dumps(value))


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise refused(f"is no regular expression: {error}") from error
    return value


def _some(values: Filled) -> Filled:
    if not values:
        raise refused("holds nothing", "Give it at least one entry.")
    return values


def _cron(value: str) -> str:
    return str(Cron.parse(value))


Some = AfterValidator(_some)
"""On a list or mapping: at least one entry. (pydantic's min_length also blames broken entries.)"""
Words = Annotated[str, AfterValidator(_filled)]
Several = Annotated[tuple[Words, ...], OneOrMany()]
Whole = Annotated[int, Field(strict=True, ge=0)]
Count = Annotated[int, Field(strict=True, ge=1)]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Usd = Annotated[Decimal, Field(ge=0, max_digits=12)]
Weight = Annotated[Number, Field(gt=0)]
Shares = dict[Words, Weight]
Name = Annotated[
    str, AfterValidator(_matching(r"[a-z0-9-]+", "has letters a-z, digits and - only"))
]
Language = Annotated[
    str,
    AfterValidator(
        _matching(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "must be a language's code, such as zh or en")
    ),
]
Channel = Annotated[
    str,
    AfterValidator(
        _matching(
            r"#[^\s#A-Z]{1,80}|[CG][A-Z0-9]{2,}",
            "must be a channel's name with # or its id",
            'Write it in quotes, such as "#dermatology" (names have no capitals).',
        )
    ),
]
Person = Annotated[
    str,
    AfterValidator(
        _matching(
            r"@[^\s@]+|[UWS][A-Z0-9]{2,}",
            "must be an @handle, an @usergroup or a Slack id",
            'Write it in quotes, such as "@ana".',
        )
    ),
]
_Reviewer = Annotated[
    str,
    AfterValidator(
        _matching(
            r"channel|@[^\s@]+|[UWS][A-Z0-9]{2,}",
            "must be `channel`, an @handle, an @usergroup or a Slack id",
            'Write it in quotes, such as "@ana".',
        )
    ),
]
Emoji = Annotated[
    str,
    AfterValidator(
        _matching(
            r"[\w+'&.-]+",
            "must be an emoji's name as Slack has it, without colons",
            "Such as white_check_mark for ✅.",
        )
    ),
]
Zone = Annotated[str, AfterValidator(_zone)]
Regex = Annotated[str, AfterValidator(_pattern)]
CronText = Annotated[str, AfterValidator(_cron)]
Duration = Annotated[
    timedelta | None,
    PlainValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^(never|[1-9][0-9]{0,4}[dhm])$"}),
]


class ChannelOrPeople:
    """On `"channel" | tuple`: one or many reviewers; the channel alone is the plain word."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        people = handler.generate_schema(Annotated[tuple[_Reviewer, ...], OneOrMany()])
        return core_schema.no_info_after_validator_function(
            lambda named: "channel" if named == ("channel",) else named, people
        )
