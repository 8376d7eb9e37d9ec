"""The commands that work on a dataset."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import printing
from bot.cli_options import Json, Name, Number, opened_dataset, opened_store
from bot.settings import load

if TYPE_CHECKING:
    from bot.screening import Counted

File = Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, or one JSON array.")]


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
    if data["arms"]:
        printing.table("Teachers and ways of asking", _ARM_COLUMNS, map(_arm_row, data["arms"]))
    for teacher, share in data["cache_hits"].items():
        printing.line(f"Read from {teacher}'s cache: {share:.0%} of its input tokens")
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


_ARM_COLUMNS = ("arms", "calls", "samples", "approved", "cost", "each approved")


def _arm_row(arm: Mapping[str, Any]) -> tuple[str, ...]:
    """An arm's figures; it is named by teacher, way, prompt and temperature."""
    warm = "" if arm["temperature"] is None else f" {arm['temperature']:g}"
    return (
        f"{arm['teacher']} {arm['ask']}{warm} ({arm['prompt']} {arm['prompt_hash'][:6]})",
        f"{arm['share']:.0%}",
        str(arm["samples"]),
        f"{arm['approved']}/{arm['decided']}",
        _rounded(arm["cost_usd"]),
        _rounded(arm["cost_per_approved_usd"]),
    )


def _rounded(usd: str | None) -> str:
    return "—" if usd is None else f"${float(usd):.4f}"
