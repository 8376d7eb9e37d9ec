"""Which calls a run makes next: by what is approved, in review and under way."""

from collections.abc import Sequence

from bot.materials import Materials
from core.expecting import Expecting
from core.planning import Call, Ground, asked_in, most_owed
from core.recipe import TeacherSpec
from core.steering import UNVOTED, Chooser
from storage import arms, planning
from storage.datasets import Dataset
from storage.engine import Store


class Planner:
    """Plans the calls of one run; it knows those that it gave out until they are done."""

    def __init__(
        self, store: Store, dataset: Dataset, materials: Materials, category: str | None = None
    ) -> None:
        """`category` asks for this one alone."""
        self._store = store
        self._dataset = dataset
        self._materials = materials
        self._category = category
        self._given: dict[int, Call] = {}
        self._done: set[int] = set()
        self._next = 0
        asked = planning.asked(store, dataset.id)
        self._chooser = Chooser(dataset.recipe, materials.wordings, asked)
        self._read()

    def calls(self, numbers: Sequence[int], specs: Sequence[TeacherSpec]) -> list[Call]:
        """Plan a call for each of these numbers of records; fewer where no way can be used.

        Args:
            numbers: how many records each call asks for at most; see `core.planning.counts`.
            specs: the teachers that may be asked.
        """
        found = []
        for count in numbers:
            call = self._call(count, specs)
            if call is None:
                break
            found.append(call)
        return found

    def done(self, call: Call) -> None:
        """What the call gave is stored, or it failed: the next `refresh` counts what there is."""
        self._done.add(call.number)
        self._materials.done(call)

    def refresh(self) -> None:
        """Read again what the store holds."""
        self._given = {n: call for n, call in self._given.items() if n not in self._done}
        self._done.clear()
        self._materials.refresh()
        self._read()

    @property
    def note(self) -> str | None:
        """A sentence when what is in review is expected to reach the target; None otherwise."""
        target = self._dataset.recipe.target
        expected = sum(self._expecting.held().values())
        if expected < target:
            return None
        return (
            f"{expected:.0f} approved records are expected of what is approved, in review and"
            f" waiting; the target is {target}."
        )

    def _read(self) -> None:
        store, dataset = self._store, self._dataset
        self._expecting = Expecting(planning.standing(store, dataset.id))
        self._next = max(self._next, planning.next_number(store, dataset.id))
        others = [
            Call.from_json(call, dataset.recipe)
            for call in planning.under_way(store, dataset.id)
            if call["number"] not in self._given
        ]
        under_way = [*filter(None, others), *self._given.values()]
        self._held = self._expecting.held(
            (call.cell, call.count) for call in under_way if call.way not in UNVOTED
        )
        self._chooser.learn(arms.records(store, dataset.id))

    def _call(self, count: int, specs: Sequence[TeacherSpec]) -> Call | None:
        materials, expecting = self._materials, self._expecting
        ground = Ground(self._dataset.recipe, materials.ways, materials.places, self._category)
        cell = most_owed(ground, self._held, count * expecting.per_record())
        if cell is None:
            return None
        ways = ground.ways_in(cell.category, cell.language)
        slot = self._chooser.choose(specs, ways, cell.language, self._next)
        count = asked_in(slot.way, self._dataset.recipe, count)
        call = Call(self._next, slot.teacher, slot.way, slot.temperature, cell, count)
        materials.lend(call)
        self._given[call.number] = call
        self._next += 1
        if slot.way not in UNVOTED:
            gain = count * expecting.per_record(cell)
            self._held[cell] = self._held.get(cell, 0.0) + gain
        return call
