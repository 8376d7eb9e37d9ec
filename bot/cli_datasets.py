"""The commands that work on a dataset."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import printing
from bot.cli_options import Json, Name, opened_dataset, opened_store
from bot.settings import load
from core.errors import UsageError

if TYPE_CHECKING:
    from bot.generation import Generated, Pending, Progress
    from bot.screening import Counted
    from storage.datasets import Dataset
    from storage.engine import Store

INTERRUPTED = 130
"""What shells report for a program that Ctrl-C ended."""

MOST = 10_000
"""Candidates asked for in one run: a dry run composes each request (15 s for these, measured)."""

Number = Annotated[
    int | None, typer.Option("-n", min=1, max=MOST, metavar="N", help="By default a batch.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, or one JSON array.")]


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
        str | None, typer.Option(metavar="WAY", help="In this way alone: seeds or meta.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be asked, and ask nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ask the teachers for candidates, within the budget."""
    wish = {"category": category, "about": about, "way": ask}
    with opened_dataset(name) as (store, dataset):
        wanted = n or dataset.recipe.schedule.batch_size
        if dry_run:
            _dry_run(store, dataset, wanted, wish, as_json)
            return
        _confirm(store, dataset, wanted)
        made = _generate(store, dataset, wanted, wish)
    printing.answer(as_json, _as_json(made), lambda: _say(made))
    for sentence in filter(None, (*made.failures, made.why)):
        printing.aside(sentence)
    if made.stopped == "interrupted":
        raise typer.Exit(INTERRUPTED)


def _generate(
    store: "Store", dataset: "Dataset", wanted: int, wish: Mapping[str, Any]
) -> "Generated":
    from bot import generation

    with (
        printing.interruptible() as stop,
        printing.progress(f"Generating for {dataset.name}", wanted) as show,
    ):

        def report(progress: "Progress") -> None:
            cost = printing.usd(progress.cost_usd)
            show(progress.candidates, f"{progress.candidates} of {progress.wanted}, {cost}")

        return generation.generate(
            store, dataset, wanted, environ=os.environ, report=report, stop=stop, **wish
        )


def _confirm(store: "Store", dataset: "Dataset", wanted: int) -> None:
    """A person is asked before much is spent; a script, which cannot answer, has its budget."""
    from bot import generation

    limit = dataset.recipe.budget.confirm_above_usd
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    cost = generation.estimate(store, dataset, wanted, environ=os.environ)
    if cost is not None and cost > limit:
        question = f"This may cost up to ${cost:.2f} (confirm_above_usd is {limit}). Go on?"
        typer.confirm(question, abort=True, err=True)


def _dry_run(
    store: "Store", dataset: "Dataset", wanted: int, wish: Mapping[str, Any], as_json: bool
) -> None:
    from bot import generation

    planned = generation.planned(store, dataset, wanted, **wish)
    try:
        cost = generation.estimate(store, dataset, wanted, environ=os.environ)
    except UsageError as error:  # such as a missing key, which showing a prompt does not need
        cost = None
        printing.aside(str(error))
    first = planned[0].composed.ask
    nothing = {"candidates": 0, "discarded": {}, "requests": 0, "input_tokens": 0}
    rows = [_planned(pending) for pending in planned]
    data = {
        **nothing,
        "output_tokens": 0,
        "cost_usd": "0",
        "seconds": 0.0,
        "planned": rows,
        "estimate_usd": None if cost is None else f"{cost:f}",
        "system": first.system,
        "prompt": first.prompt,
    }

    def say() -> None:
        printing.line(f"{first.system}\n\n{first.prompt}\n")
        cells = [["" if value is None else value for value in row.values()] for row in rows]
        printing.table("Requests", list(rows[0]), cells)
        printing.line(f"Nothing was asked. Estimated cost: {printing.usd(data['estimate_usd'])}.")

    printing.answer(as_json, data, say)


def _planned(pending: "Pending") -> dict[str, Any]:
    call = pending.call
    return {
        "teacher": call.teacher.model,
        "ask": call.way,
        **call.cell._asdict(),
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
    }


def _say(made: "Generated") -> None:
    printing.line(
        f"{made.candidates} candidates; discarded: {printing.reasons(made.discarded)}."
        f" {made.requests} requests, {made.input_tokens:,} tokens in, {made.output_tokens:,} out,"
        f" {printing.usd(made.cost_usd)}, {made.seconds:.1f} s."
    )


def import_(
    name: Name,
    file: File,
    as_: Annotated[
        str, typer.Option("--as", metavar="KIND", help="candidates, seeds or approved.")
    ] = "candidates",
    by: Annotated[
        str | None, typer.Option(metavar="WHO", help="Who approved them; with --as approved.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take in the records of a dataset file.

    As candidates, as seeds, or as approved by a person elsewhere.
    """
    from bot import imports

    begun = time.monotonic()
    with opened_dataset(name) as (store, dataset), _rows_done(file) as report:
        done = imports.import_file(store, dataset, file, as_=as_, by=by, report=report)
    data = _counted(done.counted, begun)
    if done.seeds is not None:
        data["path"] = str(done.seeds)
    printing.answer(as_json, data, lambda: _say_counted(done.counted))
    if not done.named:
        printing.aside(
            f"Name {imports.SEEDS_FILE} under `seeds` in the recipe, then: winnow recipe add."
        )


def clean(
    name: Name,
    file: File,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write what was kept and discarded there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the checks alone on a dataset file.

    Duplicates are looked for within the file, not among the samples of the dataset.
    """
    from bot import cleaning

    begun = time.monotonic()
    with opened_dataset(name) as (_, dataset), _rows_done(file) as report:
        counted = cleaning.clean(dataset.recipe, file, out, report=report)
    printing.answer(as_json, _counted(counted, begun), lambda: _say_counted(counted))


@contextmanager
def _rows_done(file: Path) -> Iterator[Callable[[int], None]]:
    with printing.progress(f"Checking {file.name}", None) as show:
        yield lambda done: show(done, f"{done:,} rows")


def _counted(counted: "Counted", begun: float) -> dict[str, Any]:
    return {
        "read": counted.read,
        "accepted": counted.accepted,
        "discarded": dict(counted.discarded),
        "broken_lines": len(counted.broken),
        "seconds": round(time.monotonic() - begun, 3),
    }


def _say_counted(counted: "Counted") -> None:
    for broken in counted.broken[: printing.SHOWN_BROKEN]:
        printing.aside(f"line {broken.number}: {broken.explanation}")
    printing.line(
        f"{counted.read} rows read, {counted.accepted} accepted; discarded:"
        f" {printing.reasons(counted.discarded)}; broken lines: {len(counted.broken)}."
    )


def post(
    name: Name,
    n: Number = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show them without taking votes.")
    ] = False,
    to: Annotated[
        str | None, typer.Option(metavar="CHANNEL", help="The channel of a preview.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Post candidates now, or a preview of them."""
    from bot import posting

    with opened_store() as store:
        posted = posting.post(load(), store, name, n, preview=preview, to=to)

    def say() -> None:
        for one in posted:
            printing.line(f"Sample {one['sample']}: {one['channel']} {one['ts']}")
        printing.line(f"{len(posted)} posted.")

    printing.answer(as_json, {"posted": posted}, say)


def export(
    name: Name,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="F", help="alpaca or sharegpt; may be given twice."),
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="URL", help="A folder.")] = None,
    as_json: Json = False,
) -> None:
    """Write a new numbered version of what is approved."""
    from bot import exports

    with opened_store() as store:
        exported = exports.export_command(load(), store, name, format_, to)

    def say() -> None:
        if exported.path is None:
            printing.line("Nothing has been approved yet, so there is nothing to export.")
            return
        changes = ", ".join(f"{n} {what}" for what, n in exported.counts().items())
        new = changes if exported.new else "nothing new since"
        records = "1 record" if exported.records == 1 else f"{exported.records} records"
        printing.line(f"{exported.number}: {records}; {new}. {exported.path}")

    printing.answer(as_json, exported.as_json(), say)


def stats(
    name: Name,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw growth and balance of categories, too."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Where a dataset stands.

    Open, approved and rejected by category, reviewer and teacher; cost; agreement.
    """
    from bot import statistics

    with opened_dataset(name) as (store, dataset):
        data = statistics.numbers(store, dataset)
        numbered = statistics.plot(store, dataset, plot) if plot is not None else ()
    printing.answer(as_json, data, lambda: _say_stats(data))
    for number, category in enumerate(numbered, 1):
        printing.aside(f"{plot}: {number} is {category} (no installed font has its characters)")


def _say_stats(data: Mapping[str, Any]) -> None:
    from core.agreement import ENOUGH

    printing.table("Samples", ("state", "number"), data["states"].items())
    for kind in ("categories", "reviewers", "teachers"):
        columns = (kind, "approved", "rejected", "open")
        rows = [(who, *(tally[c] for c in columns[1:])) for who, tally in data[kind].items()]
        if rows:
            printing.table(kind.capitalize(), columns, rows)
    if data["reasons"]:
        printing.table("Reasons for ❌", ("reason", "number"), data["reasons"].items())
    printing.line(f"Cost: {printing.usd(data['cost_usd'])}")
    found = data["agreement"]
    if found["n"] < ENOUGH:
        printing.line(f"Agreement: no figure below {ENOUGH} records with two votes ({found['n']}).")
        return
    figures = ", ".join(
        f"{name} {'—' if found[name] is None else format(found[name], '.2f')}"
        for name in ("raw", "alpha", "ac1")
    )
    printing.line(f"Agreement: {figures}, over {found['n']} records")
