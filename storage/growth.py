"""How a dataset grows towards its target, and how far each category is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select

from core import pace
from core.votes import State
from storage.datasets import Dataset
from storage.engine import Store
from storage.tables import Sample, Transition

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Category:
    """How many records of a category are wanted, and how many are approved."""

    name: str
    wanted: int
    approved: int


@dataclass(frozen=True)
class Growth:
    """What is approved now, by the day of its approval in the schedule's time zone.

    Two are equal when a picture of them is: `this_week`, approvals of the last seven days, is in
    none.

    Attributes:
        days: (day, approved up to its end), from the day the recipe was added to today; only days
            on which the number changed, and these two.
        target: approved records wanted.
        categories: those of the recipe, then others that approved records have.
        this_week: see above.
    """

    days: tuple[tuple[date, int], ...]
    target: int
    categories: tuple[Category, ...]
    this_week: int = field(compare=False)

    @property
    def approved(self) -> int:
        """How many are approved now."""
        return self.days[-1][1]

    @property
    def weeks_left(self) -> int | None:
        """Weeks to the target at this week's pace (`core.pace`)."""
        return pace.weeks_left(self.target - self.approved, self.this_week)


def growth(store: Store, dataset: Dataset) -> Growth:
    """Read it in one query."""
    with store.read() as session:
        came = func.max(Transition.at)
        rows = session.exec(
            select(Sample.category, func.coalesce(came, Sample.at))
            .join(
                Transition,
                (col(Transition.sample_id) == Sample.id) & (col(Transition.new) == State.APPROVED),
                isouter=True,
            )
            .where(Sample.dataset_id == dataset.id, Sample.state == State.APPROVED)
            .group_by(col(Sample.id), col(Sample.category), col(Sample.at))
        ).all()
    now = store.now()
    times = [at for _, at in rows]
    return Growth(
        days=_days(dataset, times, now),
        target=dataset.recipe.target,
        categories=_categories(dataset, Counter(category for category, _ in rows)),
        this_week=sum(at > now - WEEK for at in times),
    )


def _days(dataset: Dataset, times: list[datetime], now: datetime) -> tuple[tuple[date, int], ...]:
    zone = ZoneInfo(dataset.recipe.schedule.timezone)
    grown = Counter(at.astimezone(zone).date() for at in times)
    ends = {moment.astimezone(zone).date() for moment in (dataset.added_at, now)}
    total = 0
    days = []
    for day in sorted(grown.keys() | ends):
        total += grown[day]
        days.append((day, total))
    return tuple(days)


def _categories(dataset: Dataset, approved: Counter[str]) -> tuple[Category, ...]:
    recipe = dataset.recipe
    whole = sum(recipe.categories.values())
    wanted = {name: round(recipe.target * part / whole) for name, part in recipe.categories.items()}
    others = sorted(approved.keys() - wanted.keys())
    return tuple(Category(name, wanted.get(name, 0), approved[name]) for name in [*wanted, *others])
