"""Between a run and its providers: bulks are handed in, looked at, and their answers stored.

The process may die between any two lines. A bulk is written down before it is handed in, so one
that was on its way then is searched for at the provider before it is paid a second time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby, islice
from typing import TypeVar

from bot.budgets import day_begins
from bot.sifting import storable
from bot.tallies import Tally, paid_for
from core.errors import TeacherError
from core.teachers.base import Ask, UnansweredError
from core.teachers.bulks import Bulks, Look, UndecidedError, UnservedError
from core.ways import Step
from storage import bulks, requests
from storage.bulks import Bulk, Owed
from storage.datasets import Dataset
from storage.engine import Store

ARRIVES = timedelta(minutes=5)
"""A submission that the provider does not list so long after it was made is taken for lost."""
_AT_ONCE = 200
"""Replies stored in one transaction."""

T = TypeVar("T")


class Turns:
    """Takes the requests of one run to its providers and stores what they answer.

    Attributes:
        troubles: sentences on what went wrong in the last turn and may go well in the next.
        refused: why a teacher takes nothing more, by its name.
        short: the reserve of the first request that the budget held back in the last turn, if any.
        done: how many requests of bulks under way are done, as far as their providers tell.
    """

    def __init__(
        self, store: Store, dataset: Dataset, run_id: int, apis: Mapping[str, Bulks], tally: Tally
    ) -> None:
        """`apis` are the batch APIs of the recipe's teachers, by name; `tally` counts the cost."""
        self._store = store
        self._dataset = dataset
        self._run_id = run_id
        self._apis = apis
        self._tally = tally
        self.troubles: list[str] = []
        self.refused: dict[str, TeacherError] = {}
        self.short: Decimal | None = None
        self.done = 0

    def under_way(self) -> list[Bulk]:
        """The run's bulks that have not ended."""
        every = bulks.under_way(self._store, self._dataset.id)
        return [bulk for bulk in every if bulk.run_id == self._run_id]

    @property
    def waiting(self) -> int:
        """How many requests are in bulks under way."""
        return sum(len(bulks.held(self._store, bulk.id)) for bulk in self.under_way())

    def look(self, *, cancelled: bool) -> None:
        """Look at every bulk under way, and store the answers of those that have ended.

        Once the run is `cancelled`, what was not handed in is not.
        """
        self.troubles, self.done = [], 0
        for bulk in self.under_way():
            api = self._apis.get(bulk.teacher)
            if api is None:
                self.refused[bulk.teacher] = _gone(bulk)
            elif bulk.provider_id is None:
                self._guarded(bulk.teacher, partial(self._search, api, bulk, cancelled))
            else:
                self._guarded(bulk.teacher, partial(self._tend, api, bulk, bulk.provider_id))

    def hand_in(self) -> None:
        """Make bulks of what is owed, for as much as the budget holds."""
        self.short = None
        waiting = sorted(bulks.owed(self._store, self._run_id), key=lambda one: one.teacher)
        for teacher, owed in groupby(waiting, lambda one: one.teacher):
            if teacher in self._apis and teacher not in self.refused:
                self._begin(self._apis[teacher], list(owed))

    def cancel(self) -> None:
        """Have the providers give up what they have not answered yet."""
        for bulk in self.under_way():
            api, name = self._apis.get(bulk.teacher), bulk.provider_id
            if api is not None and name is not None:
                self._guarded(bulk.teacher, partial(api.cancel, name))

    def _tend(self, api: Bulks, bulk: Bulk, name: str) -> None:
        look = api.look(name)
        if look.ended:
            self._collect(api, bulk, name, look)
        else:
            self.done += look.done

    def _search(self, api: Bulks, bulk: Bulk, cancelled: bool) -> None:
        """Adopt a bulk whose submission was not seen to succeed, or hand it in again."""
        if not bulk.unsent:
            names = [one.key for one in bulks.held(self._store, bulk.id)]
            found = api.find(names, bulk.sent_at, bulks.known(self._store))
            if found is not None:
                bulks.submitted(self._store, bulk.id, found)
                return
            if self._store.now() - bulk.sent_at < ARRIVES:
                return
        if cancelled:
            bulks.refuse(self._store, bulk.id, "The run was cancelled before it was handed in.")
        else:
            self._submit(api, bulk)

    def _collect(self, api: Bulks, bulk: Bulk, name: str, look: Look) -> None:
        held = {one.key: one for one in bulks.held(self._store, bulk.id)}
        why: dict[str, str] = {}
        for some in _by(_AT_ONCE, api.results(name)):
            answers = []
            for key, outcome in some:
                if isinstance(outcome, UnservedError):
                    why[key] = storable(str(outcome))
                elif key in held:  # else it was stored before the process died
                    answers.append((held[key].id, paid_for(outcome, held[key].most_usd)))
            requests.answer(self._store, answers)
            for _, paid in answers:
                self._tally.paid(paid)
        otherwise = look.refusal or f"{name} of {bulk.teacher} ended without an answer to it."
        bulks.end(self._store, bulk.id, why, otherwise)
        if look.refusal:
            self.troubles.append(f"{bulk.teacher} did not take {name}: {look.refusal}")

    def _begin(self, api: Bulks, owed: Sequence[Owed]) -> None:
        by_key = {one.key: one for one in owed}
        today = day_begins(self._store, self._dataset)
        for group in api.groups([(one.key, _ask(one)) for one in owed]):
            most = {by_key[key].id: api.most(ask) for key, ask in group}
            begun = bulks.begin(
                self._store, self._dataset, self._run_id, api.name, most, day_begins=today
            )
            if begun is not None:
                bulk, taken = begun
                self._guarded(api.name, partial(self._submit, api, bulk))
                most = {number: usd for number, usd in most.items() if number not in taken}
            if most:
                self.short = next(iter(most.values())) or Decimal(0)
            if most or api.name in self.refused:
                break

    def _submit(self, api: Bulks, bulk: Bulk) -> None:
        asks = [(one.key, _ask(one)) for one in bulks.held(self._store, bulk.id)]
        bulks.sending(self._store, bulk.id)
        try:
            name = api.submit(asks)
        except UnservedError as error:
            bulks.unsent(self._store, bulk.id, storable(str(error)))
            raise
        except UnansweredError:
            raise
        except TeacherError as error:
            bulks.refuse(self._store, bulk.id, storable(str(error)))
            self.refused[api.name] = error
            return
        bulks.submitted(self._store, bulk.id, name)

    def _guarded(self, teacher: str, work: Callable[[], None]) -> None:
        """What a provider does not tell now it may tell at the next turn."""
        try:
            work()
        except (UnservedError, UnansweredError, UndecidedError) as error:
            self.troubles.append(str(error))
        except TeacherError as error:
            self.refused[teacher] = error


def _ask(owed: Owed) -> Ask:
    return Step.from_json(owed.pending["step"]).ask


def _gone(bulk: Bulk) -> TeacherError:
    return TeacherError(
        f"The recipe does not have the teacher {bulk.teacher} any more, which has a bulk of it.",
        "Put it back; its answers are kept for some weeks, and collected then.",
        fatal=True,
    )


def _by(number: int, items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(islice(iterator, number)):
        yield some
