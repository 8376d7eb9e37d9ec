"""The checks over the rows of a dataset file, for `winnow clean` and `winnow import`."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core import formats
from core.checks import Checks, Finding
from core.errors import UsageError
from core.formats import Broken, Lines
from core.recipe import Recipe
from core.records import Record

Report = Callable[[int], None]
"""Told after each row how many are done."""


@dataclass(frozen=True)
class Screened:
    """A row in the recipe's format, where it has one, and what the checks found in it."""

    number: int
    record: Record
    meta: dict[str, formats.Scalar]
    finding: Finding | None


@dataclass(frozen=True)
class Counted:
    """What became of a file's rows; `read` counts all of them, broken ones too."""

    read: int
    accepted: int
    discarded: Counter[str]
    broken: tuple[Broken, ...]


def read_file(path: Path) -> Lines:
    """The rows of a dataset file in any known format.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        return formats.read(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error


def screen(
    recipe: Recipe, lines: Lines, known: Iterable[tuple[Record, str]], report: Report
) -> Iterator[Screened]:
    """Check row after row; each that passes is known to those after it.

    Args:
        recipe: whose checks and format are used.
        lines: the file's.
        known: records that rows may not repeat, each with the name explanations use for it.
        report: told how far it is.
    """
    checks = Checks.for_recipe(recipe)
    for record, label in known:
        checks.add(record, label)
    for done, line in enumerate(lines.records, 1):
        # A row that has no such form is left as it is, and the check of the form explains it.
        record = formats.as_format(line.record, recipe.format) or line.record
        finding = checks.inspect(record)
        if finding is None:
            checks.add(record, f"line {line.number}")
        yield Screened(line.number, record, line.meta, finding)
        report(done)


def counted(lines: Lines, screened: Iterable[Screened]) -> Counted:
    """Sum up a file."""
    findings = [one.finding for one in screened]
    return Counted(
        read=len(lines.records) + len(lines.broken),
        accepted=findings.count(None),
        discarded=Counter(finding.reason for finding in findings if finding),
        broken=lines.broken,
    )
