"""Exports: what approved records become on disk. The formats by name, as data.

A new format is a module with `row`, `ENTRY` and `FEATURES` (core/exports/alpaca.py is the one to
imitate) and a line in `FORMATS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import UsageError
from core.exports import alpaca, sharegpt
from core.records import Record


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is written, and how trainers find its columns.

    Attributes:
        row: a record as one JSON row, with the same keys whatever the record.
        entry: LLaMA-Factory's dataset_info.json entry, but for its `file_name`.
        features: the columns' types, as a dataset card names them.
    """

    row: Callable[[Record], dict[str, Any]]
    entry: Mapping[str, Any]
    features: list[dict[str, Any]]


FORMATS: Mapping[str, Format] = {
    "alpaca": Format(alpaca.row, alpaca.ENTRY, alpaca.FEATURES),
    "sharegpt": Format(sharegpt.row, sharegpt.ENTRY, sharegpt.FEATURES),
}


def format_named(name: str) -> Format:
    """Look up a format.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in FORMATS:
        raise UsageError(f"There is no export format {name}.", f"Formats: {', '.join(FORMATS)}.")
    return FORMATS[name]
