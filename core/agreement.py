"""How far reviewers agree: raw agreement, Krippendorff's alpha and Gwet's AC1, side by side.

Alpha alone misleads where nearly everything is approved (95 of 100 pairs both approve, 4 split, 1
both reject: raw .96, alpha .316, AC1 .958), hence all three, with the number of records behind
them. Votes that others can see inflate every one of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

ENOUGH = 30
"""Records with two or more votes below which people are shown no figure (facts/review.md §5.5)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Three measures, each None where it cannot be estimated; `n` counts doubly-voted records."""

    raw: float | None
    alpha: float | None
    ac1: float | None
    n: int

    @property
    def enough(self) -> bool:
        """Whether the figures rest on enough records to be shown to people."""
        return self.n >= ENOUGH


def agreement(units: Iterable[Sequence[str]]) -> Agreement:
    """Measure agreement over records.

    Args:
        units: one sequence of labels per record, one label per reviewer who voted, in any order;
            reviewers who did not vote are simply absent.
    """
    voted = [Counter(unit) for unit in units if len(unit)]
    doubly = [unit for unit in voted if unit.total() > 1]
    if not doubly:
        return Agreement(None, None, None, 0)
    raw = fsum(_agreeing_pairs(unit) for unit in doubly) / len(doubly)
    return Agreement(raw, _alpha(doubly), _ac1(voted, raw), len(doubly))


def _agreeing_pairs(unit: Counter[str]) -> float:
    """The share of pairs of reviewers of one record that said the same."""
    votes = unit.total()
    return sum(count * (count - 1) for count in unit.values()) / (votes * (votes - 1))


def _alpha(doubly: Sequence[Counter[str]]) -> float | None:
    """Krippendorff's alpha for nominal data with gaps (Krippendorff 2011, "Computing alpha", D).

    One minus observed over expected disagreement; None if only one label was ever used, since then
    nothing tells agreement from habit.
    """
    labels: Counter[str] = Counter()
    for unit in doubly:
        labels.update(unit)
    votes = labels.total()
    expected = (votes**2 - sum(count**2 for count in labels.values())) / (votes - 1)
    if not expected:
        return None
    observed = fsum(unit.total() * (1 - _agreeing_pairs(unit)) for unit in doubly)
    return 1 - observed / expected


def _ac1(voted: Sequence[Counter[str]], raw: float) -> float:
    """Gwet's AC1 for any number of reviewers with gaps (Gwet 2014, Handbook, chapter 5).

    A label's prevalence counts each record once, those with a single vote included. The scale has
    two labels at least (approve, reject), even where only one was used: AC1 is 1 then.
    """
    labels = set().union(*voted)
    shares = [fsum(unit[label] / unit.total() for unit in voted) / len(voted) for label in labels]
    spread = fsum(share * (1 - share) for share in shares)
    by_chance = spread / (max(len(labels), 2) - 1)
    return (raw - by_chance) / (1 - by_chance)
