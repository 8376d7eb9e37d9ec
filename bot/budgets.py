"""A dataset's budget: its day, money set aside, and what to say when it holds no more."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from bot.lanes import Queued
from core.teachers.base import Teacher
from storage import requests
from storage.datasets import Dataset
from storage.engine import Store
from storage.requests import Denied, Reserved


def day_begins(store: Store, dataset: Dataset) -> datetime:
    """The last midnight in the schedule's time zone, in UTC: a budget's day."""
    local = store.now().astimezone(dataset.recipe.schedule.zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


Tried = tuple[Queued, Decimal | None, Reserved | Denied]
"""A request, the most it may cost, and whether money was set aside for it."""


class Purse:
    """Sets money aside for the requests of one run, each at the most that it may cost."""

    def __init__(
        self, store: Store, dataset: Dataset, able: Mapping[str, Teacher], run_id: int
    ) -> None:
        """`able` are the teachers by their `model`."""
        self._store = store
        self._dataset = dataset
        self._able = able
        self._run_id = run_id

    def reserve(self, ready: Sequence[Queued]) -> list[Tried]:
        """Reserve requests in their order, as many as the budget holds."""
        if not ready:
            return []
        mosts = [self._most(one) for one in ready]
        reserved = requests.reserve(
            self._store,
            self._dataset,
            [one.pending.wanted(most, one.owed) for one, most in zip(ready, mosts, strict=True)],
            day_begins=day_begins(self._store, self._dataset),
            run_id=self._run_id,
        )
        return list(zip(ready, mosts, reserved, strict=True))

    def _most(self, one: Queued) -> Decimal | None:
        return self._able[one.pending.call.teacher.model].most(one.pending.step.ask)


def exhausted(store: Store, dataset: Dataset, most: Decimal) -> tuple[str, str]:
    """Which limit does not hold a request of `most` USD: its word, and a sentence."""
    budget = dataset.recipe.budget
    spent = requests.spent(store, dataset.id)
    total_usd = budget.total_usd
    if budget.per_day_usd is None or (total_usd is not None and spent + most > total_usd):
        return "budget_total", _no_room("total_usd", total_usd, spent, most)
    spent = requests.spent(store, dataset.id, day_begins(store, dataset))
    return "budget_day", _no_room("per_day_usd", budget.per_day_usd, spent, most)


def _no_room(limit: str, usd: Decimal | None, spent: Decimal, most: Decimal) -> str:
    # To the last digit: rounded to cents, the sum could seem to fit.
    return (
        f"The budget ({limit}: {usd}) does not hold another request:"
        f" ${spent.normalize():f} are spent, and one may cost up to ${most.normalize():f}."
    )
