"""Generating candidates, and what that may cost."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from decimal import Decimal

from bot import teachers
from bot.prompting import Prompting
from bot.rounds import Pending, Run, Wish, day_begins, plan
from bot.tallies import Generated, Progress
from core import planning
from core.errors import UsageError
from core.recipe_reading import nearest
from core.teachers import Patience
from storage import costs
from storage.datasets import Dataset
from storage.engine import Store

__all__ = ["Generated", "Pending", "Progress", "day_begins", "estimate", "generate", "planned"]


def generate(
    store: Store,
    dataset: Dataset,
    wanted: int,
    *,
    environ: Mapping[str, str],
    category: str | None = None,
    about: str = "",
    way: str | None = None,
    person: str | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
    patience: Patience | None = None,
) -> Generated:
    """Ask the teachers for candidates and store what comes, whatever comes.

    Args:
        store: where requests and samples are kept.
        dataset: whose recipe is followed.
        wanted: candidates; see `Generated.stopped` for what may end the run before.
        environ: the teachers' keys and addresses.
        category: ask for this one alone.
        about: what a person wished, in the prompt as data.
        way: ask in this way alone.
        person: who asked, by Slack id; counted by `per_person_day`.
        report: called after each reply.
        stop: once set, nothing more is asked; replies under way are waited for.
        patience: of hosted teachers.

    Raises:
        UsageError: an unknown category or way, unreadable seeds, a missing key, an unknown price.
        TeacherError: no teacher could be asked at all.
    """
    begun = time.monotonic()
    wish = Wish(wanted, category, about, person)
    _check_category(dataset, category)
    prompting = Prompting(dataset.recipe, dataset.folder, way=way)
    with teachers.opened(store, dataset, environ, patience=patience) as able:
        run = Run(store, dataset, wish, able, prompting, report)
        run.go(stop or threading.Event())
    return run.result(time.monotonic() - begun)


def planned(
    store: Store,
    dataset: Dataset,
    wanted: int,
    *,
    category: str | None = None,
    about: str = "",
    way: str | None = None,
) -> list[Pending]:
    """The requests that a run would begin with if each brought what it asks for; sends nothing.

    Raises:
        UsageError: as `generate`, but for what concerns the teachers.
    """
    _check_category(dataset, category)
    prompting = Prompting(dataset.recipe, dataset.folder, way=way)
    numbers = planning.counts(wanted, dataset.recipe.per_call)
    calls = plan(store, dataset, numbers, dataset.recipe.teachers, prompting.ways, category)
    return [Pending(call, prompting.compose(call, about)) for call in calls]


def estimate(
    store: Store, dataset: Dataset, wanted: int, *, environ: Mapping[str, str] | None = None
) -> Decimal | None:
    """What `wanted` candidates may cost in USD; None where a price is unknown.

    By what this dataset's candidates have cost so far; before the first one an upper bound, since
    each request may use all the tokens it is allowed.

    Raises:
        UsageError: as `generate`.
    """
    each = costs.per_sample(store, dataset.id)
    if each is not None:
        return each * wanted
    with teachers.opened(store, dataset, environ if environ is not None else os.environ) as able:
        most = [
            able[pending.call.teacher.model].most(pending.composed.ask)
            for pending in planned(store, dataset, wanted)
        ]
    known = [usd for usd in most if usd is not None]
    return sum(known, Decimal(0)) if len(known) == len(most) else None


def _check_category(dataset: Dataset, category: str | None) -> None:
    known = list(dataset.recipe.categories)
    if category is not None and category not in known:
        hint = nearest(category, known, f"Categories: {', '.join(known)}.")
        raise UsageError(f"{dataset.name} has no category {category}.", hint)
