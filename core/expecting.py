"""What is expected to be approved of all that is not decided yet.

The plan works back from the approved set. What is in review, and what is still to be written,
counts for it by the share that experts have approved of its like.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.planning import Cell

SHRINKAGE = 10
"""A cell's own rate weighs n / (n + 10) after n decisions, the wider scope's rate the rest.

The best weight is p(1 - p) / s² - 1 for rates that scatter around p by s (the mean of a beta
posterior, its prior fitted by moments: Gelman et al., Bayesian Data Analysis, ch. 2.4 and 5.1).
Around p = 0.6, rates of categories that scatter by s = 0.15 give 9.7.
"""
PRIOR_RATE = 0.5
"""Before anybody decided; it stands for every cell alike, so the shares do not hang on it."""
PRIOR_YIELD = 0.8
"""Candidates per record asked for, before any came."""


@dataclass(frozen=True)
class Standing:
    """How the samples of a dataset stand, per cell.

    `undecided` are candidates and what is in review; what expired or was discarded is in none.
    `imported` are those of the `approved` that nobody voted on here. `came` is how many records
    teachers sent in all, `passed` how many of them passed the checks.
    """

    approved: Mapping[Cell, int] = field(default_factory=dict)
    rejected: Mapping[Cell, int] = field(default_factory=dict)
    undecided: Mapping[Cell, int] = field(default_factory=dict)
    imported: Mapping[Cell, int] = field(default_factory=dict)
    came: int = 0
    passed: int = 0


class Expecting:
    """Expected approvals, by what experts have decided so far."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        # What was approved elsewhere owes nothing to the experts here: it tells no rate of theirs.
        self._approved = _by_scope(standing.approved) - _by_scope(standing.imported)
        self._decided = self._approved + _by_scope(standing.rejected)

    @property
    def passing(self) -> float:
        """The share of what teachers write that passes the checks."""
        standing = self._standing
        return (standing.passed + SHRINKAGE * PRIOR_YIELD) / (standing.came + SHRINKAGE)

    def rate(self, cell: Cell | None = None) -> float:
        """The share of a cell's samples that is expected to be approved; without one, of all.

        (approvals + 10 × the wider scope's rate) / (decisions + 10), of the cell within its
        category, of the category within the dataset, of the dataset around a prior.
        """
        rate = PRIOR_RATE
        for scope in _scopes(cell):
            decided = self._decided[scope]
            rate = (self._approved[scope] + SHRINKAGE * rate) / (decided + SHRINKAGE)
        return rate

    def per_record(self, cell: Cell | None = None) -> float:
        """Approvals expected of each record that a call asks for."""
        return self.passing * self.rate(cell)

    def held(self, under_way: Iterable[tuple[Cell, int]] = ()) -> dict[Cell, float]:
        """Approved records per cell, and those that are expected to be.

        Args:
            under_way: of each call whose reply is not read yet, the cell and the records asked for.
        """
        found = dict.fromkeys(self._standing.approved, 0.0)
        for cell, number in self._standing.approved.items():
            found[cell] += number
        for cell, number in self._standing.undecided.items():
            found[cell] = found.get(cell, 0.0) + number * self.rate(cell)
        for cell, number in under_way:
            found[cell] = found.get(cell, 0.0) + number * self.per_record(cell)
        return found


_Scope = tuple[str | None, ...]


def _scopes(cell: Cell | None) -> tuple[_Scope, ...]:
    """The dataset (), the category (category,) and the cell."""
    return ((), (cell.category,), cell) if cell else ((),)


def _by_scope(cells: Mapping[Cell, int]) -> Counter[_Scope]:
    found: Counter[_Scope] = Counter()
    for cell, number in cells.items():
        for scope in _scopes(cell):
            found[scope] += number
    return found
