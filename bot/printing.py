"""What a command prints: one JSON object, or tables and sentences; progress goes to stderr."""

import io
import json
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_CENT, _PART_OF_A_CENT = Decimal("0.01"), Decimal("0.0001")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

SHOWN_BROKEN = 20
"""Broken lines that are listed; a file of another kind has nothing else."""


def never_fail() -> None:
    """Have standard output escape what its encoding lacks, as standard error does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def answer(as_json: bool, data: Mapping[str, Any], say: Callable[[], None]) -> None:
    """Print a command's result: `data` as JSON, or what `say` prints for people."""
    if as_json:
        print_json(data)
    else:
        say()


def print_json(data: Mapping[str, Any]) -> None:
    """One JSON object on standard output, in ASCII where that cannot show all of it."""
    text = json.dumps(data, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(data)
    sys.stdout.write(f"{text}\n")


def line(text: str) -> None:
    """A sentence on standard output."""
    sys.stdout.write(f"{_harmless(text)}\n")


def aside(text: str) -> None:
    """A sentence on standard error: what is no part of the result."""
    sys.stderr.write(f"{_harmless(text)}\n")
    sys.stderr.flush()


def _harmless(text: str) -> str:
    """Control characters are shown and not obeyed: models and strangers wrote the text (rule 9)."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on standard output; every column but the first holds numbers."""
    from rich.table import Table

    made = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place else "left", overflow="fold")
    for row in rows:
        made.add_row(*(str(value) for value in row))
    _console(sys.stdout).print(made)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int, str], None]]:
    """A bar on standard error, if that is a terminal; yields what moves it: (done, note)."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=total, note="")
        yield lambda done, note: bar.update(task, completed=done, note=note)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Ctrl-C sets the event, so that the work ends in order; a second one interrupts."""
    stop = threading.Event()

    def first(number: int, frame: object) -> None:  # noqa: ARG001 - a signal's handler
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        aside("Stopping; what there is by now is kept.")

    before = signal.signal(signal.SIGINT, first)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def reasons(discarded: Mapping[str, int]) -> str:
    """Discards by reason, the most frequent first."""
    ordered = sorted(discarded.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{reason} {number}" for reason, number in ordered) or "none"


def usd(amount: object) -> str:
    """An amount as people read it, or that it is not known; `--json` has every digit."""
    if amount is None:
        return "unknown"
    exact = Decimal(str(amount))
    return f"${exact.quantize(_CENT if exact >= 1 or not exact else _PART_OF_A_CENT):f}"


def _console(file: Any) -> "Console":  # noqa: ANN401 - a text stream
    from rich.console import Console

    # What models and people wrote is never read as rich's markup.
    return Console(file=file, markup=False, emoji=False, highlight=False)
