"""`length`: no text is shorter or longer than the recipe says, in characters."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.checks.base import Wanted, numbered
from core.recipe_checks import DEFAULT_LENGTHS
from core.records import Record, answers, fields, question


@dataclass(frozen=True)
class Length:
    """`bounds`: field → (least, most) characters, both allowed.

    A field is one of `core.records.fields`, or `question` (core.records.question) or `answer`
    (each of core.records.answers). Space around a text does not count. A turn or a piece of the
    history that a record does not have is not measured; an `input` or `system` that it has not
    filled has no characters.
    """

    bounds: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, wanted: Wanted, settings: Mapping[str, tuple[int, int]]) -> "Length":  # noqa: ARG003
        """The settings are the bounds."""
        return cls(settings or dict(DEFAULT_LENGTHS))

    def inspect(self, record: Record) -> str | None:
        """The first text that is too short or too long."""
        texts = fields(record)
        for field, (least, most) in self.bounds.items():
            for name, text in _texts(record, texts, field).items():
                found = len(text.strip())
                if not least <= found <= most:
                    return (
                        f"Its {name} has {found:,} characters; the recipe wants {least:,}"
                        f" to {most:,} (`length`)."
                    )
        return None


def _texts(record: Record, texts: Mapping[str, str], field: str) -> Mapping[str, str]:
    if field == "question":
        return {field: question(record)}
    if field == "answer":
        return numbered(answers(record), field)
    return {field: texts[field]} if field in texts else {}
