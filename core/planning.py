"""What a round of generation asks for, as a pure function of what there is already.

Nothing here draws lots: the same counts give the same plan, so a run that is repeated, or goes on
after a crash, can be foreseen and explained.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.recipe import Recipe, TeacherSpec, Way

SEEDS_SHOWN = 3
"""Examples in one prompt: enough to show a manner, too few to exhaust a small file of seeds."""


class Cell(NamedTuple):
    """What the records of one request have in common; `difficulty` is None without a choice."""

    category: str
    difficulty: str | None
    language: str


@dataclass(frozen=True)
class Call:
    """One request to be made; `number` counts a dataset's requests from 0 and turns its seeds."""

    number: int
    teacher: TeacherSpec
    way: Way
    temperature: float | None
    cell: Cell
    count: int


def counts(wanted: int, per_call: int, most: int | None = None) -> list[int]:
    """How many records each request asks for, so that together they ask for `wanted`.

    `most` is how many requests are counted out, so that a huge number wanted needs no huge list.
    """
    if most is not None:
        wanted = min(wanted, most * per_call)
    whole, rest = divmod(max(wanted, 0), per_call)
    return [per_call] * whole + [rest] * (rest > 0)


def plan(
    recipe: Recipe,
    numbers: Sequence[int],
    *,
    teachers: Sequence[TeacherSpec],
    ways: Sequence[Way],
    covered: Mapping[Cell, int],
    asked: Mapping[str, int],
    category: str | None = None,
) -> list[Call]:
    """Plan requests.

    Args:
        recipe: what dataset is wanted.
        numbers: how many records each request asks for; see `counts`.
        teachers: those of the recipe that may be asked.
        ways: the ways of asking, taken in turn by each teacher.
        covered: records per cell that are approved, in review or candidates.
        asked: requests made before, by the teacher's `model`.
        category: the only one to ask for; by default all of the recipe's.
    """
    owed, made = Counter(covered), Counter(asked)
    categories = {category: 1.0} if category else recipe.categories
    calls = []
    for count in numbers:
        cell = _most_owed(recipe, categories, owed, count)
        number = made.total()
        teacher = teachers[_by_weight([spec.weight for spec in teachers], number)]
        turn = made[teacher.model]
        # Temperatures change once all ways had their turn, so that each way meets each of them.
        temperatures = teacher.temperature or (None,)
        temperature = temperatures[turn // len(ways) % len(temperatures)]
        way = ways[turn % len(ways)]
        calls.append(Call(number, teacher, way, temperature, cell, count))
        owed[cell] += count
        made[teacher.model] += 1
    return calls


def seeds_shown(available: int, number: int, salt: str) -> list[int]:
    """Which of `available` seeds request `number` shows, as positions in their order of reading.

    Each round through the seeds has an order of its own, drawn from `salt`, and is cut into sets
    without a common seed. The first seed stands in the first set of every round, hence not in the
    last of the round before: no two consecutive requests show the same set (of two seeds or more).
    """
    size = max(1, min(SEEDS_SHOWN, available // 2))
    sets = available // size
    if not sets:
        return []
    turn, place = divmod(number, sets)
    others = list(range(1, available))
    random.Random(f"{salt}/{turn}").shuffle(others)  # noqa: S311 - an order, not a secret
    order = [0, *others]
    return order[place * size : (place + 1) * size]


def _most_owed(
    recipe: Recipe, categories: Mapping[str, float], covered: Mapping[Cell, int], count: int
) -> Cell:
    """The cell that lacks most: first its category, then its difficulty, then its language.

    A difficulty is judged by what lacks of it in the category and everywhere, a language likewise:
    so a few requests already spread over all three, many fill every combination by its share, and
    a record without a difficulty (an imported one) still counts for its category.
    """
    category = _lacking(categories, count, covered, covered, "category")
    inside = {cell: n for cell, n in covered.items() if cell.category == category}
    difficulty = None
    if recipe.difficulty:
        difficulty = _lacking(recipe.difficulty, count, covered, inside, "difficulty")
    alike = {cell: n for cell, n in inside.items() if cell.difficulty == difficulty}
    languages = dict.fromkeys(recipe.languages, 1.0)
    return Cell(category, difficulty, _lacking(languages, count, covered, alike, "language"))


def _lacking(
    shares: Mapping[str, float],
    count: int,
    everywhere: Mapping[Cell, int],
    inside: Mapping[Cell, int],
    part: str,
) -> str:
    """The name furthest below its shares once `count` more are there; the first of equal ones."""
    whole = sum(shares.values())
    owed = dict.fromkeys(shares, 0.0)
    for scope in (everywhere, inside):
        held: Counter[str] = Counter()
        for cell, number in scope.items():
            held[getattr(cell, part)] += number
        total = sum(held[name] for name in shares) + count
        for name, share in shares.items():
            owed[name] += share / whole * total - held[name]
    return max(shares, key=lambda name: owed[name])


def _by_weight(weights: Sequence[float], number: int) -> int:
    """The position that `number` falls to; any stretch of numbers is shared out by the weights.

    By van der Corput's sequence, of which every stretch lies evenly between 0 and 1.
    """
    point = _mirrored(number) * sum(weights)
    for position, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return position
    return len(weights) - 1


def _mirrored(number: int) -> float:
    """The binary digits of `number`, mirrored behind the point: 0, 1/2, 1/4, 3/4, 1/8, …."""
    digits = f"{number:b}"[::-1]
    return int(digits, 2) / (1 << len(digits))
