"""`duplicates`: no record repeats an earlier one, word for word or nearly so.

A declared variant (a paraphrase, a shorter answer, …) is meant to resemble the sample that it
varies: within its family only a record that is the same throughout counts as a repetition.
"""

from collections import defaultdict
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
        self._families: defaultdict[int, dict[int, int]] = defaultdict(dict)

    @classmethod
    def of(cls, wanted: Wanted, settings: Mapping[str, Any]) -> "Duplicates":  # noqa: ARG003
        """An empty collection."""
        return cls(Settings.model_validate(settings))

    def inspect(self, record: Record, family: int | None = None) -> str | None:
        """The most similar earlier record, if it is too similar; a variant names its `family`."""
        members = self._families.get(family, {}) if family is not None else {}
        whole = _whole(record)
        for number, same in members.items():
            if same == whole:
                return f"It is the same as {self._earlier[number][0]}, whose family it belongs to."
        similar = self._texts.nearest(_TEXT_OF[self._fields](record), members)
        if similar is None:
            return None
        label, text = self._earlier[similar.number]
        percent = int(similar.score * 100)
        return f"Its {self._fields} is {percent} % the same as that of {label}: “{text}”."

    def add(self, record: Record, label: str = "", family: int | None = None) -> None:
        """Compare later records with this one too.

        Args:
            record: what must not be repeated.
            label: names it in explanations; by default its number.
            family: the sample, and all variants of it, that this record belongs to.
        """
        text = _TEXT_OF[self._fields](record)
        place = self._texts.add(text)
        number = place + 1
        if family is not None:
            self._families[family][place] = _whole(record)
        line = " ".join(text.split())
        quoted = line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"
        self._earlier.append((label or f"record {number}", quoted))

    def belongs(self, record: Record, family: int) -> None:
        """Note the family of a record that was added before its number was known."""
        place = self._texts.number(_TEXT_OF[self._fields](record))
        if place is not None:
            self._families[family][place] = _whole(record)


def _whole(record: Record) -> int:
    """A hash of the whole record, to which only case and spacing make no difference."""
    return hash(" ".join("\n".join(fields(record).values()).lower().split()))
