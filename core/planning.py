"""What calls to teachers are to ask for, as a pure function of what there is already.

Nothing here is left to chance: the same counts give the same plan, so a run that is repeated, or
goes on after a crash, can be foreseen and explained.
"""

import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

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
    """A piece of work for a teacher; `number` counts a dataset's calls from 0, turns its seeds."""

    number: int
    teacher: TeacherSpec
    way: Way
    temperature: float | None
    cell: Cell
    count: int

    def to_json(self) -> dict[str, Any]:
        """For the request log; the teacher by its `model`."""
        return {**vars(self), "teacher": self.teacher.model, "cell": list(self.cell)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], recipe: Recipe) -> Self | None:
        """The inverse of `to_json`; None if the recipe does not have the teacher any more."""
        for spec in recipe.teachers:
            if spec.model == data["teacher"]:
                return cls(**{**data, "teacher": spec, "cell": Cell(*data["cell"])})
        return None


def counts(wanted: int, per_call: int, most: int | None = None) -> list[int]:
    """How many records each request asks for, so that together they ask for `wanted`.

    `most` is how many requests are counted out, so that a huge number wanted needs no huge list.
    """
    if most is not None:
        wanted = min(wanted, most * per_call)
    whole, rest = divmod(max(wanted, 0), per_call)
    return [per_call] * whole + [rest] * (rest > 0)


def asked_in(way: Way, recipe: Recipe, count: int) -> int:
    """How many of `count` records one call asks for: mending and two roles make one at a time."""
    alone = way == "mend" or (way == "dialogue" and recipe.dialogue == "two_roles")
    return min(count, 1) if alone else count


_STEPS: Mapping[Way, int] = {"self-instruct": 2, "evolve": 3, "augment": 2, "contrast": 2}


def requests_in(way: Way, recipe: Recipe) -> int:
    """How many requests one call may take, without corrections: its steps."""
    if way == "dialogue" and recipe.dialogue == "two_roles":
        return 1 + recipe.turns[1]  # the situation, and each message
    return _STEPS.get(way, 1)


@dataclass(frozen=True)
class Ground:
    """What calls are planned on.

    Attributes:
        recipe: what dataset is wanted.
        ways: the ways of asking that have their material, in the recipe's order.
        places: for a way that starts from approved samples, the (category, language) pairs in which
            there are any for it; a way that is not named here can be used everywhere.
        category: the only one to ask for; None for all of the recipe's.
    """

    recipe: Recipe
    ways: Sequence[Way]
    places: Mapping[Way, Set[tuple[str, str]]] = field(default_factory=dict)
    category: str | None = None

    def ways_in(self, category: str, language: str) -> tuple[Way, ...]:
        """The ways that can be used for a category in a language."""
        place = category, language
        return tuple(way for way in self.ways if place in self.places.get(way, (place,)))

    def open_languages(self) -> dict[str, dict[str, float]]:
        """The languages, with equal shares, of each category that can be asked for at all."""
        categories = (self.category,) if self.category else tuple(self.recipe.categories)
        found = {
            category: {lang: 1.0 for lang in self.recipe.languages if self.ways_in(category, lang)}
            for category in categories
        }
        return {category: languages for category, languages in found.items() if languages}


def most_owed(ground: Ground, held: Mapping[Cell, float], more: float) -> Cell | None:
    """The cell that lacks most: first its category, then its difficulty, then its language.

    A difficulty is judged by what lacks of it in the category and everywhere, a language likewise:
    so a few calls already spread over all three, many fill every combination by its share, and a
    record without a difficulty (an imported one) still counts for its category. None where no way
    of asking can be used.

    Args:
        ground: what may be asked for.
        held: approved records per cell, with those that are expected to be.
        more: approved records that the next call may bring.
    """
    recipe, languages = ground.recipe, ground.open_languages()
    categories = {name: recipe.categories[name] for name in languages}
    if not categories:
        return None
    category = _lacking(categories, more, held, held, "category")
    inside = {cell: n for cell, n in held.items() if cell.category == category}
    difficulty = None
    if recipe.difficulty:
        difficulty = _lacking(recipe.difficulty, more, held, inside, "difficulty")
    alike = {cell: n for cell, n in inside.items() if cell.difficulty == difficulty}
    language = _lacking(languages[category], more, held, alike, "language")
    return Cell(category, difficulty, language)


def seeds_shown(available: int, number: int, salt: str, most: int = SEEDS_SHOWN) -> list[int]:
    """Which of `available` examples call `number` shows, as positions in their order.

    No more than half of them, so that no two consecutive calls show the same ones (of two or more).
    """
    return in_turn(available, number, salt, max(1, min(most, available // 2)))


def in_turn(available: int, number: int, salt: str, size: int) -> list[int]:
    """Which of `available` things call `number` takes: `size` of them, or all there are.

    Each round through them has an order of its own, drawn from `salt`, and is cut into sets without
    a common member. The first thing stands in the first set of every round, hence not in the last
    of the round before, unless that is the first, too.
    """
    size = min(size, available)
    if not size:
        return []
    turn, place = divmod(number, available // size)
    others = list(range(1, available))
    random.Random(f"{salt}/{turn}").shuffle(others)  # noqa: S311 - an order, not a secret
    order = [0, *others]
    return order[place * size : (place + 1) * size]


def _lacking(
    shares: Mapping[str, float],
    more: float,
    everywhere: Mapping[Cell, float],
    inside: Mapping[Cell, float],
    part: str,
) -> str:
    """The name furthest below its shares once `more` are there; the first of equal ones."""
    whole = sum(shares.values())
    owed = dict.fromkeys(shares, 0.0)
    for scope in (everywhere, inside):
        held = dict.fromkeys(shares, 0.0)
        for cell, number in scope.items():
            if (name := getattr(cell, part)) in held:
                held[name] += number
        total = sum(held.values()) + more
        for name, share in shares.items():
            owed[name] += share / whole * total - held[name]
    return max(shares, key=lambda name: owed[name])
