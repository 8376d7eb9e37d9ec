"""`winnow import`: records of a file as candidates, as approved ones, or as seeds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from bot import seeds
from bot.screening import Counted, Report, Screened, counted, read_file, screen
from core import formats, jsonl
from core.errors import UsageError
from core.formats import Scalar
from core.recipe import Recipe
from core.records import Record
from storage import samples
from storage.datasets import Dataset
from storage.engine import Store
from storage.samples import New

As = Literal["candidates", "seeds", "approved"]
SEEDS_FILE = "seeds.imported.jsonl"
UNSORTED = "unsorted"
"""The category of a row that names none, where the recipe has several."""
_EARLIER = "an earlier sample"


@dataclass(frozen=True)
class Imported:
    """What became of a file; `seeds` is the file that seeds were added to, and its place."""

    counted: Counted
    seeds: Path | None = None
    named: bool = True


def import_file(
    store: Store,
    dataset: Dataset,
    path: Path,
    *,
    as_: str = "candidates",
    by: str | None = None,
    report: Report = lambda _: None,
) -> Imported:
    """Take in the records of a file that pass the checks; the others are kept with their reason.

    As `seeds` they are appended to `seeds.imported.jsonl` beside the recipe, unless they resemble a
    seed that is there: seeds are files, which an expert can edit and a version control can keep.

    Args:
        store: where samples are kept.
        dataset: what they belong to.
        path: a file in any known format.
        as_: candidates, seeds or approved.
        by: who approved them elsewhere; approved records need it.
        report: told how far it is.

    Raises:
        UsageError: an unknown `as_`, a missing `by`, a file that cannot be read.
    """
    _check(as_, by)
    lines = read_file(path)
    known = _known_seeds(dataset) if as_ == "seeds" else samples.known(store, dataset.id)
    label = "an earlier seed" if as_ == "seeds" else _EARLIER
    rows = list(screen(dataset.recipe, lines, ((record, label) for record in known), report))
    if as_ == "seeds":
        place = dataset.folder / SEEDS_FILE
        _append(place, [row.record for row in rows if row.finding is None])
        return Imported(counted(lines, rows), place, SEEDS_FILE in dataset.recipe.seeds)
    origin = {"source": "import", "file": path.name}
    samples.add(store, dataset.id, [_new(dataset.recipe, row, origin, by) for row in rows])
    return Imported(counted(lines, rows))


def _check(as_: str, by: str | None) -> None:
    if as_ not in get_args(As):
        raise UsageError(f"--as: there is no {as_}.", f"Write {', '.join(get_args(As))}.")
    if as_ == "approved" and not (by or "").strip():
        raise UsageError(
            "--as approved needs --by: who approved these records?",
            "It is stored with them, and an export marks them as imported.",
        )
    if as_ != "approved" and by is not None:
        raise UsageError("--by goes with --as approved alone.")


def _new(recipe: Recipe, row: Screened, origin: dict[str, Any], by: str | None) -> New:
    finding = row.finding
    return New(
        row.record,
        category=_named(row.meta, "category", recipe.categories) or UNSORTED,
        language=_named(row.meta, "language", recipe.languages) or recipe.languages[0],
        difficulty=_named(row.meta, "difficulty", recipe.difficulty),
        origin={**origin, "line": row.number},
        reason=finding.reason if finding else None,
        explanation=finding.explanation if finding else None,
        imported_by=None if finding else by,
    )


def _named(
    meta: dict[str, Scalar], column: str, known: dict[str, float] | tuple[str, ...]
) -> str | None:
    """What a row's column names, if the recipe knows it; the only choice, if there is but one."""
    value = meta.get(column)
    if isinstance(value, str) and value in known:
        return value
    return next(iter(known)) if len(known) == 1 else None


def _known_seeds(dataset: Dataset) -> list[Record]:
    known = seeds.read(dataset.recipe, dataset.folder)
    place = dataset.folder / SEEDS_FILE
    if SEEDS_FILE not in dataset.recipe.seeds and place.exists():
        known += [line.record for line in formats.read(place.read_bytes()).records]
    return known


def _append(place: Path, records: list[Record]) -> None:
    if not records:
        return
    rows = jsonl.lines(record.model_dump(mode="json") for record in records)
    try:
        before = place.read_bytes() if place.exists() else b""
        with place.open("ab") as file:
            file.write(b"\n" + rows if before and not before.endswith(b"\n") else rows)
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror}.") from error
