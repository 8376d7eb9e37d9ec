"""`winnow generate`: ask the teachers, or show what they would be asked."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import printing
from bot.cli_options import Json, Name, Number, opened_dataset
from core.errors import UsageError

if TYPE_CHECKING:
    from bot.generation import Generated, Pending, Progress
    from storage.datasets import Dataset
    from storage.engine import Store

INTERRUPTED = 130
"""What shells report for a program that Ctrl-C ended."""
_SELDOM = 50_000, 50, 100
"""When garbage is looked for. The SDKs and the database's library make half a million objects that
stay: by default, looking through them takes a sixth of the CPU of a run of 500 requests."""


def generate(
    name: Name,
    n: Number = None,
    category: Annotated[
        str | None, typer.Option(metavar="C", help="Of this category alone.")
    ] = None,
    about: Annotated[
        str, typer.Option(metavar="TEXT", help="What the samples should be about.")
    ] = "",
    ask: Annotated[
        str | None,
        typer.Option(metavar="WAY", help="In this way alone: seeds, meta, documents, …"),
    ] = None,
    batch: Annotated[
        bool,
        typer.Option("--batch", help="By the provider's batch API: half the price, within a day."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be asked, and ask nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ask the teachers for candidates, within the budget."""
    gc.set_threshold(*_SELDOM)
    wish = {"category": category, "about": about, "way": ask}
    with opened_dataset(name) as (store, dataset):
        wanted = n or dataset.recipe.schedule.batch_size
        if dry_run:
            _dry_run(store, dataset, wanted, wish, as_json, batch=batch)
            return
        _confirm(store, dataset, wanted, wish, batch=batch)
        made = _generate(store, dataset, wanted, wish, batch=batch)
    printing.answer(as_json, _as_json(made), lambda: _say(made))
    for sentence in filter(None, (*made.failures, made.why, *made.notes)):
        printing.aside(sentence)
    if made.stopped == "interrupted":
        raise typer.Exit(INTERRUPTED)


def _generate(
    store: "Store", dataset: "Dataset", wanted: int, wish: Mapping[str, Any], *, batch: bool
) -> "Generated":
    run: Callable[..., Generated]
    if batch:
        from bot.bulks import generate as run
    else:
        from bot.generation import generate as run
    with (
        printing.interruptible() as stop,
        printing.progress(f"Generating for {dataset.name}", wanted) as show,
    ):

        def report(progress: "Progress") -> None:
            show(progress.candidates, _how_far(progress))

        return run(store, dataset, wanted, environ=os.environ, report=report, stop=stop, **wish)


def _how_far(progress: "Progress") -> str:
    parts = [f"{progress.candidates} of {progress.wanted}", printing.usd(progress.cost_usd)]
    if progress.per_minute:
        parts.append(f"{progress.per_minute:.0f} a minute")
    if progress.seconds_left is not None:
        parts.append(f"about {_duration(progress.seconds_left)} left")
    if progress.waiting:
        done = f"{progress.waiting_done} of {progress.waiting}"
        parts.append(f"{done} requests done at the provider")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _confirm(
    store: "Store", dataset: "Dataset", wanted: int, wish: Mapping[str, Any], *, batch: bool
) -> None:
    """A person is asked before much is spent; a script, which cannot answer, has its budget."""
    limit = dataset.recipe.budget.confirm_above_usd
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    cost = _estimate(store, dataset, wanted, wish, batch=batch)
    if cost is not None and cost > limit:
        question = f"This may cost up to ${cost:.2f} (confirm_above_usd is {limit}). Go on?"
        typer.confirm(question, abort=True, err=True)


def _estimate(
    store: "Store", dataset: "Dataset", wanted: int, wish: Mapping[str, Any], *, batch: bool
) -> Decimal | None:
    from bot import generation

    of = {name: wish[name] for name in ("category", "way")}
    cost = generation.estimate(store, dataset, wanted, environ=os.environ, **of)
    if cost is None or not batch:
        return cost
    from bot.bulks import SHARE_OF_PRICE

    return cost * SHARE_OF_PRICE


def _dry_run(
    store: "Store",
    dataset: "Dataset",
    wanted: int,
    wish: Mapping[str, Any],
    as_json: bool,
    *,
    batch: bool,
) -> None:
    from bot import generation

    planned = generation.planned(store, dataset, wanted, **wish)
    try:
        cost = _estimate(store, dataset, wanted, wish, batch=batch)
    except UsageError as error:  # such as a missing key, which showing a prompt does not need
        cost = None
        printing.aside(str(error))
    nothing = {"candidates": 0, "discarded": {}, "requests": 0, "input_tokens": 0}
    rows = [_planned(pending) for pending in planned]
    estimate = None if cost is None else f"{cost:f}"
    data = {
        **nothing,
        "output_tokens": 0,
        "cost_usd": "0",
        "seconds": 0.0,
        "planned": [
            {**row, "system": one.step.ask.system, "prompt": one.step.ask.prompt}
            for row, one in zip(rows, planned, strict=True)
        ],
        "estimate_usd": estimate,
    }

    def say() -> None:
        for text in _prompts(planned):
            printing.line(text)
        cells = [["" if value is None else value for value in row.values()] for row in rows]
        printing.table("Requests", list(rows[0]), cells)
        printing.line(f"Nothing was asked. Estimated cost: {printing.usd(estimate)}.")

    printing.answer(as_json, data, say)


def _prompts(planned: Sequence["Pending"]) -> Iterator[str]:
    """The first request of each way and language, in full."""
    first = {(one.call.way, one.step.language): one for one in reversed(planned)}
    for one in reversed(first.values()):
        yield f"—— {one.call.way}, {one.step.language}: what the teacher is told\n"
        yield f"{one.step.ask.system}\n\n{one.step.ask.prompt}\n"


def _planned(pending: "Pending") -> dict[str, Any]:
    call = pending.call
    return {
        "teacher": call.teacher.model,
        "ask": call.way,
        **call.cell._asdict(),
        "temperature": call.temperature,
        "count": call.count,
    }


def _as_json(made: "Generated") -> dict[str, Any]:
    return {
        "candidates": made.candidates,
        "discarded": dict(made.discarded),
        "requests": made.requests,
        "input_tokens": made.input_tokens,
        "output_tokens": made.output_tokens,
        "cost_usd": None if made.cost_usd is None else f"{made.cost_usd:f}",
        "seconds": round(made.seconds, 3),
        "stopped": made.stopped,
        "cached_tokens": made.cached_tokens,
        "contrasts": made.contrasts,
        "mended": made.mended,
    }


def _say(made: "Generated") -> None:
    made_beside = {"answers for contrast": made.contrasts, "mended": made.mended}
    beside = "".join(f", {number} {what}" for what, number in made_beside.items() if number)
    share = made.cached_tokens / max(made.input_tokens, 1)
    cached = f" ({share:.0%} from the cache)" if share else ""
    requests = "1 request" if made.requests == 1 else f"{made.requests} requests"
    printing.line(
        f"{made.candidates} candidates{beside}; discarded: {printing.reasons(made.discarded)}."
        f" {requests}, {made.input_tokens:,} tokens in"
        f"{cached}, {made.output_tokens:,} out,"
        f" {printing.usd(made.cost_usd)}, {made.seconds:.1f} s."
    )
