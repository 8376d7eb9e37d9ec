"""The rows of replies that hold variants: the user's texts, the assistant's, or a whole record."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field

from core.records import Words
from core.ways.rows import Row
from core.ways.variants import Part


def _by(role: str) -> Callable[[object], object]:
    """Makes a list of one text; of messages with roles, it takes the texts of one role."""

    def listed(value: object) -> object:
        if not isinstance(value, list):
            return [value]
        said = [one for one in value if not isinstance(one, Mapping) or one.get("role") == role]
        return [one.get("content") if isinstance(one, Mapping) else one for one in said]

    return listed


class Texts(Row):
    """Texts of one side, in order."""

    alone = "texts"
    texts: tuple[Words, ...] = ()


class Messages(Texts):
    """What the user says."""

    texts: Annotated[tuple[Words, ...], BeforeValidator(_by("user"))] = Field(
        validation_alias=AliasChoices(
            *("messages", "instruction", "texts", "question", "questions", "message", "text"),
            "turns",
        )
    )


class Answers(Texts):
    """What the assistant says."""

    texts: Annotated[tuple[Words, ...], BeforeValidator(_by("assistant"))] = Field(
        validation_alias=AliasChoices(
            *("answers", "output", "texts", "answer", "outputs", "response", "text", "turns"),
        )
    )


class Whole(Row):
    """A record, in any shape that core.parsing reads."""

    model_config = ConfigDict(extra="allow")

    @property
    def record(self) -> dict[str, Any]:
        """The row as it came."""
        return self.model_extra or {}


ROWS: dict[Part, type[Texts | Whole]] = {
    "questions": Messages,
    "answers": Answers,
    "record": Whole,
}
