"""Which teacher is asked, in which way and how warmly: by the recipe's weights or by approvals.

An arm is a teacher, a way of asking, the wording of its prompt and a temperature. With `steer:
auto` Thompson sampling chooses among them (Thompson 1933; Chapelle and Li 2011 found it robust to
decisions that come late): an arm's chance to be asked is the chance that it is the best one, as
far as the decisions so far tell.
"""

import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from core.recipe import Recipe, TeacherSpec, Way

START = 50
"""Decisions at the recipe's weights before any steering: about a dozen for each of four arms."""
EXPLORE_EVERY = 10
"""Every tenth call goes by the recipe's weights, so that an arm with bad luck at first, or one
that was made better, is seen again."""
LOOK_USD = Decimal("0.25")
"""What one look of an expert costs: half a minute at 30 $ an hour.

A decision needs at least `review.lead` looks. This makes an approval's price mostly the experts'
time: a teacher at a tenth of a cent a sample is no bargain if half of its samples are refused.
"""
UNVOTED: frozenset[Way] = frozenset({"contrast", "mend"})
"""Ways whose results are not voted on as samples: they keep their share and do not compete."""
_GOLDEN = (5**0.5 - 1) / 2
_LEAST_CHANCE = 1e-9


class Slot(NamedTuple):
    """What a recipe lets a call choose; with the prompt's hash it is an arm."""

    teacher: TeacherSpec
    way: Way
    temperature: float | None


class Arm(NamedTuple):
    """What is compared; the teacher by its `model`."""

    teacher: str
    way: str
    prompt_hash: str
    temperature: float | None


@dataclass(frozen=True)
class Record:
    """What an arm has brought: samples that passed the checks, and what experts said of them.

    `cost_usd` is None where a price is unknown; it then counts as nothing.
    """

    samples: int = 0
    approved: int = 0
    decided: int = 0
    cost_usd: Decimal | None = Decimal(0)


def slots_of(teacher: TeacherSpec, ways: Sequence[Way]) -> list[Slot]:
    """All that a teacher may be asked: each way at each of its temperatures."""
    temperatures = teacher.temperature or (None,)
    return [Slot(teacher, way, warm) for warm in temperatures for way in ways]


class Chooser:
    """Chooses the slot of each call of a run, in the order of the calls."""

    def __init__(
        self,
        recipe: Recipe,
        wordings: Callable[[Way, str], Collection[str]],
        asked: Mapping[str, int],
    ) -> None:
        """Begin.

        Args:
            recipe: whose weights and `steer` hold.
            wordings: the hashes of the prompts that a way may begin with in a language.
            asked: calls made before, by the teacher's `model`: its turns go on from there.
        """
        self._recipe = recipe
        self._wordings = wordings
        self._turns = Counter(asked)
        self._look = LOOK_USD * recipe.review.lead
        self._records: Mapping[Arm, Record] = {}

    def learn(self, records: Mapping[Arm, Record]) -> None:
        """Go by what the arms have brought until now."""
        self._records = records

    def steers(self, number: int) -> bool:
        """Whether call `number` goes by what experts approve, not by the recipe's weights."""
        exploring = number % EXPLORE_EVERY == EXPLORE_EVERY - 1
        decided = sum(record.decided for record in self._records.values())
        return self._recipe.steer == "auto" and decided >= START and not exploring

    def choose(
        self, teachers: Sequence[TeacherSpec], ways: Sequence[Way], language: str, number: int
    ) -> Slot:
        """The slot of call `number`, which with the dataset's name is all that draws depend on.

        Args:
            teachers: those that may be asked.
            ways: those that can be used.
            language: of the prompt.
            number: of the call.
        """
        slot = by_weights(self._recipe, teachers, ways, number, self._turns)
        # Steered calls use up turns as well: else a way would wait for ever in a teacher's round.
        self._turns[slot.teacher.model] += 1
        if slot.way in UNVOTED or not self.steers(number):
            return slot
        voted = [way for way in ways if way not in UNVOTED]
        return self._cheapest(
            [slot for teacher in teachers for slot in slots_of(teacher, voted)], language, number
        )

    def _cheapest(self, slots: Sequence[Slot], language: str, number: int) -> Slot:
        """The slot whose next approval is the cheapest, by one draw for each."""
        draw = random.Random(f"{self._recipe.name}/{number}")  # noqa: S311 - repeatable

        def price(slot: Slot) -> float:
            found = self._brought(slot, language)
            approved = sum(record.approved for record in found)
            refused = sum(record.decided for record in found) - approved
            chance = draw.betavariate(1 + approved, 1 + refused)
            per_sample = _per_sample(found) or self._per_sample_of(slot.teacher)
            return float(per_sample + self._look) / max(chance, _LEAST_CHANCE)

        return min(slots, key=price)

    def _brought(self, slot: Slot, language: str) -> list[Record]:
        """What a slot's arm has brought; a way may begin with one prompt or another."""
        arms = (
            Arm(slot.teacher.model, slot.way, wording, slot.temperature)
            for wording in self._wordings(slot.way, language)
        )
        return [self._records[arm] for arm in arms if arm in self._records]

    def _per_sample_of(self, teacher: TeacherSpec) -> Decimal:
        """What a sample of any of a teacher's arms costs: for an arm that has brought none."""
        alike = [record for arm, record in self._records.items() if arm.teacher == teacher.model]
        return _per_sample(alike) or Decimal(0)


def _per_sample(records: Collection[Record]) -> Decimal | None:
    samples = sum(record.samples for record in records)
    paid = sum((record.cost_usd or Decimal(0) for record in records), Decimal(0))
    return paid / samples if samples else None


def by_weights(
    recipe: Recipe,
    teachers: Sequence[TeacherSpec],
    ways: Sequence[Way],
    number: int,
    turns: Mapping[str, int],
) -> Slot:
    """The slot by the recipe's weights: each teacher takes its ways and temperatures in turn.

    `turns` counts the calls before this one that fell to each teacher, by its `model`.
    """
    teacher = teachers[_by_weight([spec.weight for spec in teachers], number)]
    slots = slots_of(teacher, ways)
    turn, place = divmod(turns.get(teacher.model, 0), len(slots))
    # The first round is the recipe's. Each later one has an order of its own, since categories
    # come in turn as well: one of them would meet the same way again and again.
    if turn:
        random.Random(f"{recipe.name}/{teacher.model}/{turn}").shuffle(slots)  # noqa: S311
    return slots[place]


def _by_weight(weights: Sequence[float], number: int) -> int:
    """The position that `number` falls to; any stretch of numbers is shared out by the weights.

    By the multiples of the golden ratio modulo 1, which spread most evenly of all such sequences
    (Knuth, TAOCP 3, § 6.4), also those of every second or third number: teachers do not come
    in step with categories.
    """
    point = number * _GOLDEN % 1 * sum(weights)
    for position, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return position
    return len(weights) - 1
