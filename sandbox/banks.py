"""Sample banks: the prepared records that the sandbox's teacher hands out, and their order.

`sandbox/banks/NAME.jsonl` holds one entry a line, each written by hand for one of `examples/`:

    id           "se-001", unique in its bank
    category     one of the recipe's categories
    difficulty   one of the recipe's difficulties
    record       an Instruction or a Conversation in its JSON form (SURFACE.md); `system`, `input`
                 and `history` may be left out where they are empty; null for broken_json
    flaw         null, or what is wrong on purpose: one of FLAWS. About a fifth has one, so that
                 checks and reviewers have something to find
    note         for flawed entries, one sentence: what is wrong
    mend         {FIELD: the whole corrected text}, fields named as reviewers name them (`output`,
                 `turn-2`); for MENDABLE flaws only: those that a reviewer corrects
    raw          for broken_json only: what the teacher sends in place of the record
"""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

FLAWS = (
    "missing_warning",
    "near_duplicate",
    "wrong_language",
    "broken_json",
    "off_topic",
    "wrong_fact",
)
MENDABLE = ("missing_warning", "wrong_fact")
_FOLDER = Path(__file__).parent / "banks"


@dataclass(frozen=True)
class Entry:
    """One line of a bank; `line` is its number in the file, from 1."""

    line: int
    id: str
    category: str
    difficulty: str
    record: dict[str, Any] | None
    flaw: str | None
    note: str = ""
    mend: dict[str, str] = field(default_factory=dict)
    raw: str = ""

    def texts(self, *, mended: bool = False) -> frozenset[str]:
        """The texts of the record that a card shows; `mended`: as they are once it is mended."""
        record, mend = self.record or {}, self.mend if mended else {}
        if "turns" in record:
            turns = enumerate(record["turns"], 1)
            return frozenset(mend.get(f"turn-{n}", turn["content"]) for n, turn in turns)
        shown = {name: record.get(name, "") for name in ("instruction", "output")} | mend
        return frozenset(filter(None, shown.values()))


def names() -> list[str]:
    """The banks there are; a bank's name is also the name of the model that serves it."""
    return sorted(path.stem for path in _FOLDER.glob("*.jsonl"))


@cache
def load(name: str) -> tuple[Entry, ...]:
    """The entries of one of `names()`, in the file's order.

    Raises:
        ValueError: a line that breaks the format; names file and line.
    """
    path = _FOLDER / f"{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_entry(f"{path.name}, line {n}", n, line) for n, line in enumerate(lines, 1))


def _entry(place: str, number: int, line: str) -> Entry:
    data = json.loads(line)
    known = {f.name for f in fields(Entry)} - {"line"}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"{place}: {unknown[0]!r} is unknown; known are {', '.join(known)}.")
    entry = Entry(line=number, **data)
    if entry.flaw not in (None, *FLAWS):
        raise ValueError(f"{place}: flaw must be null or one of {', '.join(FLAWS)}.")
    broken = entry.flaw == "broken_json"
    if bool(entry.raw) != broken or (entry.record is None) != broken:
        raise ValueError(f"{place}: broken_json, and nothing else, has raw in place of a record.")
    if bool(entry.mend) != (entry.flaw in MENDABLE):
        raise ValueError(f"{place}: mend belongs to {' and '.join(MENDABLE)}.")
    return entry


def typed(field: str, text: str) -> str:
    """A reply that corrects a field, as people type it: `output: …`, or `④：…` for a turn."""
    if not field.startswith("turn-"):
        return f"{field}: {text}"
    return f"{chr(0x245F + int(field.removeprefix('turn-')))}：{text}"


class Deck:
    """A bank in an order drawn from a seed; nothing comes twice before everything came once.

    Then it starts over in the same order. The order depends on seed and bank name alone, so the
    n-th draw of two runs with one seed is the same whatever else the runs do.
    """

    def __init__(self, name: str, entries: Iterable[Entry], seed: int) -> None:
        self._order = list(entries)
        random.Random(f"{seed}/{name}").shuffle(self._order)  # noqa: S311 (an order, no secret)
        self._waiting: list[Entry] = []

    def draw(self, count: int, text: str = "") -> list[Entry]:
        """The next entries: `count` of them, or the whole bank if it holds fewer.

        Args:
            count: How many.
            text: A request; where a line of it ends in a colon and a category's name, entries of
                that category (of the last such line) come first, as long as there are any.
        """
        count = min(count, len(self._order))
        rest: list[Entry] = []
        if len(self._waiting) < count:
            rest, self._waiting = self._waiting, list(self._order)
        asked = self._asked(text)
        fitting = sorted(self._waiting, key=lambda entry: entry.category != asked)
        drawn = fitting[: count - len(rest)]
        self._waiting = [entry for entry in self._waiting if entry not in drawn]
        return rest + drawn

    def _asked(self, text: str) -> str:
        found = {
            text.rfind(f"{colon}{entry.category}\n"): entry.category
            for entry in self._order
            for colon in (": ", "：")
        }
        place = max(found, default=-1)
        return found[place] if place >= 0 else ""

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Return what was drawn last but not served: it comes first in the next draw."""
        self._waiting[:0] = entries
