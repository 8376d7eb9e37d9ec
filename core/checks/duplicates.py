"""`duplicates`: no record repeats an earlier one, word for word or nearly so."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from core.checks.base import Wanted
from core.recipe_checks import Duplicates as Settings
from core.records import Instruction, Record, answers, fields, question
from core.similarity import Texts

_QUOTED = 60  # characters of the earlier text in an explanation


def _instruction(record: Record) -> str:
    return record.instruction if isinstance(record, Instruction) else question(record)


_TEXT_OF: dict[str, Callable[[Record], str]] = {
    "question": question,
    "instruction": _instruction,
    "answer": lambda record: "\n".join(answers(record)),
    "record": lambda record: "\n".join(fields(record).values()),
}


class Duplicates:
    """Compares a record with those that were added before. Not safe for threads."""

    def __init__(self, settings: Settings) -> None:
        # By way of str, 0.7 is 7/10 and not the nearest binary fraction below it.
        self._texts = Texts(Fraction(str(settings.threshold)))
        self._fields = settings.fields
        self._earlier: list[tuple[str, str]] = []

    @classmethod
    def of(cls, wanted: Wanted, settings: Mapping[str, Any]) -> "Duplicates":  # noqa: ARG003
        """An empty collection."""
        return cls(Settings.model_validate(settings))

    def inspect(self, record: Record) -> str | None:
        """The most similar earlier record, if it is too similar."""
        similar = self._texts.nearest(_TEXT_OF[self._fields](record))
        if similar is None:
            return None
        label, text = self._earlier[similar.number]
        percent = int(similar.score * 100)
        return f"Its {self._fields} is {percent} % the same as that of {label}: “{text}”."

    def add(self, record: Record, label: str = "") -> None:
        """Compare later records with this one too; `label` names it, by default its number."""
        text = _TEXT_OF[self._fields](record)
        number = self._texts.add(text) + 1
        line = " ".join(text.split())
        quoted = line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"
        self._earlier.append((label or f"record {number}", quoted))
