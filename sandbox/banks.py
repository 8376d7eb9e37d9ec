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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
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

    @cached_property
    def said(self) -> tuple[str, ...]:
        """Its texts in turn, a question first; none for a broken one."""
        if self.record is None:
            return ()
        if "turns" in self.record:
            return tuple(turn["content"] for turn in self.record["turns"])
        return self.record["instruction"], self.record["output"]

    def mended(self) -> dict[str, Any] | None:
        """The record as it is once it is mended; None where there is nothing to mend."""
        if self.record is None or not self.mend:
            return None
        if "turns" not in self.record:
            return {**self.record, **self.mend}
        turns = enumerate(self.record["turns"], 1)
        texts = [
            {**turn, "content": self.mend.get(f"turn-{n}", turn["content"])} for n, turn in turns
        ]
        return {**self.record, "turns": texts}

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
        self._told: set[str] = set()
        self._categories = {entry.category for entry in self._order}
        self._places = {
            text: (entry, place)
            for entry in reversed(self._order)
            for place, text in enumerate(entry.said)
        }

    def draw(
        self, count: int, text: str = "", fit: Callable[[Entry], bool] = lambda _: True
    ) -> list[Entry]:
        """The next entries: `count` of them, or all that fit if the bank holds fewer.

        Args:
            count: How many.
            text: A request; where a line of it ends in a colon and a category's name, entries of
                that category (of the last such line) come first, as long as there are any.
            fit: What can be used; the others keep waiting.
        """
        rest: list[Entry] = []
        fitting = [entry for entry in self._waiting if fit(entry)]
        if len(fitting) < count:
            every = [entry for entry in self._order if fit(entry)]
            count = min(count, len(every))
            if len(fitting) < count:
                rest, fitting = fitting, every
                waiting = {id(entry) for entry in rest}
                left = [entry for entry in self._waiting if id(entry) not in waiting]
                self._waiting = left + self._order
        asked = self._asked(text)
        fitting.sort(key=lambda entry: entry.category != asked)
        drawn = fitting[: count - len(rest)]
        taken = {id(entry) for entry in drawn}
        self._waiting = [entry for entry in self._waiting if id(entry) not in taken]
        return rest + drawn

    def holding(self, text: str) -> Entry | None:
        """The entry that a text is of."""
        return self._places[text][0] if text in self._places else None

    def answer(self, question: str) -> str | None:
        """The answer to a question of the bank's, once: who asks again wants another one."""
        answer = None if question in self._told else self.after(question)
        self._told.add(question)
        return answer

    def tell(self, entry: Entry) -> None:
        """Note that an entry was given whole, answers and all."""
        self._told.update(entry.said)

    def after(self, text: str) -> str | None:
        """What follows a text in its entry: the answer to a question, the next turn."""
        entry, place = self._places.get(text, (None, 0))
        return entry.said[place + 1] if entry and place + 1 < len(entry.said) else None

    def _asked(self, text: str) -> str:
        found = {
            text.rfind(f"{colon}{category}\n"): category
            for category in self._categories
            for colon in (": ", "：")
        }
        place = max(found, default=-1)
        return found[place] if place >= 0 else ""

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Return what was drawn last but not served: it comes first in the next draw."""
        self._waiting[:0] = entries
