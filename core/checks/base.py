"""What every check is told and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from core.records import Record

RecordFormat = Literal["instruction", "conversation"]


@dataclass(frozen=True)
class Wanted:
    """The part of a recipe that checks compare with; `turns` is the least and most messages."""

    format: RecordFormat
    turns: tuple[int, int]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """Why a record is discarded: `reason` is the key under which it is counted.

    `explanation` is one sentence for the operator.
    """

    check: str
    reason: str
    explanation: str


class Check(Protocol):
    """One rule, made from the recipe's settings for it."""

    def inspect(self, record: Record) -> str | None:
        """The explanation of what is wrong, or None."""
        ...


def numbered(texts: Sequence[str], word: str) -> dict[str, str]:
    """Texts by the name an explanation uses: "answer", or "answer 1", "answer 2", …."""
    if len(texts) == 1:
        return {word: texts[0]}
    return {f"{word} {number}": text for number, text in enumerate(texts, 1)}
