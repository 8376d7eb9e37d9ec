"""Generating candidates, and what that may cost."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from decimal import Decimal

from bot import teachers
from bot.budgets import day_begins
from bot.materials import Materials
from bot.pending import Pending, begin
from bot.plans import Planner
from bot.rounds import Run
from bot.tallies import Generated, Progress
from bot.wishes import Wish
from core.errors import UsageError, WinnowError
from core.planning import Call, requests_in
from core.recipe_reading import nearest
from core.teachers import Engine, Patience
from storage import costs, progress, runs
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
    key: str | None = None,
    channel: str | None = None,
    run: int | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
    patience: Patience | None = None,
) -> Generated:
    """Ask the teachers for candidates and store what comes, whatever comes.

    It goes on with what runs of this dataset left undone whose process died.

    Args:
        store: where runs, requests and samples are kept.
        dataset: whose recipe is followed.
        wanted: candidates; see `Generated.stopped` for what may end the run before.
        environ: the teachers' keys and addresses.
        category: ask for this one alone.
        about: what a person wished, in the prompt as data.
        way: ask in this way alone.
        person: who asked, by Slack id; counted by `per_person_day`.
        key: of the delivery that asked for it; one delivery begins one run.
        channel: where that was.
        run: one that `storage.runs.start` wrote down before, with person, key and channel; what a
            process that died brought of it counts.
        report: called after each group of replies.
        stop: once set, what is under way is cut off; what was sent counts as spent.
        patience: with the teachers.

    Raises:
        UsageError: an unknown category or way, unreadable seeds, a missing key, an unknown price.
        TeacherError: no teacher could be asked at all.
        WinnowError: another process works on this run already.
    """
    wish = Wish(wanted, category, about, way, person)
    check_category(dataset, category)
    able = teachers.opened(dataset, environ)
    number = run if run is not None else _start(store, dataset, wish, key, channel)
    if not runs.take(store, number):
        raise WinnowError("This run has ended, or another process works on it.")
    had = progress.of_run(store, number).candidates
    wish = replace(wish, wanted=max(wanted - had, 0))
    stopped, brought = "failed", had
    try:
        with Engine(able, _concurrency(dataset), _patience(dataset, patience)) as engine:
            work = Run(store, dataset, wish, number, able, engine, report, had)
            try:
                work.go(stop or threading.Event())
            finally:
                brought += work.brought
        made = work.result()
        stopped = made.stopped
    finally:
        runs.end(store, number, stopped, brought)
    return made


def _start(store: Store, dataset: Dataset, wish: Wish, key: str | None, channel: str | None) -> int:
    number = runs.start(
        store, dataset.id, asdict(wish), key=key, person=wish.person, channel=channel
    )
    if number is None:
        raise WinnowError("This was asked for once before, and is done or under way.")
    return number


def _concurrency(dataset: Dataset) -> dict[str, int]:
    return {spec.model: spec.concurrency for spec in dataset.recipe.teachers}


def _patience(dataset: Dataset, patience: Patience | None) -> Patience:
    """Under a budget each attempt that may be charged is reserved for by itself."""
    patience = patience or Patience()
    return replace(patience, charged=1) if dataset.recipe.budget.capped else patience


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
    check_category(dataset, category)
    materials = Materials(store, dataset, way=way, about=about, category=category)
    planner = Planner(store, dataset, materials, category)
    calls: list[Call] = []
    while wanted > 0:
        more = planner.calls([min(wanted, dataset.recipe.per_call)], dataset.recipe.teachers)
        if not more:
            break
        calls += more
        wanted -= more[0].count
    return [begin(materials, call) for call in calls]


def estimate(
    store: Store,
    dataset: Dataset,
    wanted: int,
    *,
    environ: Mapping[str, str] | None = None,
    category: str | None = None,
    way: str | None = None,
) -> Decimal | None:
    """What `wanted` candidates may cost in USD; None where a price is unknown.

    By what this dataset's candidates have cost so far; before the first one as if each step of
    each call used all the tokens that it is allowed (what is discarded comes on top).

    Raises:
        UsageError: as `generate`.
    """
    each = costs.per_sample(store, dataset.id)
    if each is not None:
        return each * wanted
    able = teachers.opened(dataset, environ if environ is not None else os.environ)
    whole = Decimal(0)
    for pending in planned(store, dataset, wanted, category=category, way=way):
        most = able[pending.call.teacher.model].most(pending.step.ask)
        if most is None:
            return None
        whole += most * requests_in(pending.call.way, dataset.recipe)
    return whole


def check_category(dataset: Dataset, category: str | None) -> None:
    """Refuse a category that the recipe does not have.

    Raises:
        UsageError: it names the nearest one.
    """
    known = list(dataset.recipe.categories)
    if category is not None and category not in known:
        hint = nearest(category, known, f"Categories: {', '.join(known)}.")
        raise UsageError(f"{dataset.name} has no category {category}.", hint)
