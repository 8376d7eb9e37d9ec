"""The samples that calls start from: approved ones, and flagged ones to be mended.

A sample that may be started from only so many times is lent to calls, so that no two of them under
way use up the same place.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from math import inf

from core.planning import Call, Cell, in_turn
from core.recipe import Way
from core.ways import WAYS
from storage import pool
from storage.datasets import Dataset
from storage.engine import Store
from storage.pool import Pooled

SHOWN = 2
"""Approved samples that `self-instruct` shows beside its seeds (Wang et al. 2023, § 2.2)."""
Place = tuple[str, str]
"""A category in a language."""


def place_of(cell: Cell) -> Place:
    """The category and the language."""
    return cell.category, cell.language


def starts_from_samples(way: Way) -> bool:
    """Whether a way cannot do without parents."""
    return WAYS[way].source in ("approved", "flagged")


class Parents:
    """The pools of one run."""

    def __init__(self, store: Store, dataset: Dataset, ways: Sequence[Way]) -> None:
        self._store = store
        self._dataset = dataset
        self._ways = [way for way in ways if starts_from_samples(way) or way == "self-instruct"]
        self._lent: dict[int, tuple[Way, tuple[Pooled, ...]]] = {}
        self._done: set[int] = set()
        self._read()

    def refresh(self) -> None:
        """Read the store again if anything happened to a sample; take back what calls are done."""
        # Flags outlive mending, and what could not be mended is not tried twice in a run.
        self._lent = {
            n: lent for n, lent in self._lent.items() if n not in self._done or lent[0] == "mend"
        }
        self._done.clear()
        if pool.newest(self._store) != self._newest:
            self._read()
        else:
            self._sort()

    def alike(self, cell: Cell) -> Sequence[Pooled]:
        """The approved samples of a cell's category and language."""
        return self._approved[place_of(cell)]

    @property
    def any_approved(self) -> bool:
        """Whether there is an approved sample to show."""
        return any(self._approved.values())

    def places(self, way: Way) -> Set[Place]:
        """Where a way has samples to start from."""
        return self._left[way].keys()

    def lend(self, call: Call) -> tuple[Pooled, ...]:
        """The samples that a call starts from, the same ones each time; none for other ways."""
        if call.way not in self._ways:
            return ()
        if call.number not in self._lent:
            taken = self._take(call)
            self._lent[call.number] = call.way, taken
            for one in taken:
                self._use(call.way, one)
        return self._lent[call.number][1]

    def done(self, call: Call) -> None:
        """What the call gave is stored, or it failed: the next `refresh` sees which."""
        self._done.add(call.number)

    def _take(self, call: Call) -> tuple[Pooled, ...]:
        able = self._left[call.way].get(place_of(call.cell), [])
        salt = f"{self._dataset.name}/{call.way}"
        most = SHOWN if call.way == "self-instruct" else call.count
        return tuple(able[place] for place in in_turn(len(able), call.number, salt, most))

    def _use(self, way: Way, one: Pooled) -> None:
        self._used[way, one.sample] += 1
        if self._used[way, one.sample] >= self._times(way, one):
            place = place_of(one.cell)
            self._left[way][place].remove(one)
            if not self._left[way][place]:
                del self._left[way][place]

    def _times(self, way: Way, one: Pooled) -> float:
        """How many calls may start from a sample, by what the store held."""
        if way == "augment":
            return 0 if one.variant else self._dataset.recipe.augment.most - one.variants
        if way == "contrast":
            return 0 if one.contrasted else 1
        return 1 if way == "mend" else inf

    def _read(self) -> None:
        self._newest = pool.newest(self._store)
        self._approved: defaultdict[Place, list[Pooled]] = defaultdict(list)
        for one in pool.approved(self._store, self._dataset):
            self._approved[place_of(one.cell)].append(one)
        self._flagged = pool.flagged(self._store, self._dataset) if "mend" in self._ways else []
        self._sort()

    def _sort(self) -> None:
        """What is left to each way."""
        self._used = Counter((way, one.sample) for way, lent in self._lent.values() for one in lent)
        self._left: dict[Way, dict[Place, list[Pooled]]] = {}
        for way in self._ways:
            known = self._flagged if way == "mend" else self._of_the_recipe()
            self._left[way] = defaultdict(list)
            for one in known:
                if self._used[way, one.sample] < self._times(way, one):
                    self._left[way][place_of(one.cell)].append(one)

    def _of_the_recipe(self) -> list[Pooled]:
        return [one for alike in self._approved.values() for one in alike]
