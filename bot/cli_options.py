"""What several commands have in common: arguments, and the store they open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import load

if TYPE_CHECKING:
    from storage.datasets import Dataset
    from storage.engine import Store

Name = Annotated[str, typer.Argument(metavar="NAME", help="The dataset.")]
MOST = 10_000
"""Candidates asked for in one run: a dry run composes each request (15 s for these, measured)."""

Number = Annotated[
    int | None, typer.Option("-n", min=1, max=MOST, metavar="N", help="By default a batch.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@contextmanager
def opened_store() -> Iterator["Store"]:
    """The database that the settings name, with its schema in place."""
    from bot.opening import opened

    store = opened(load())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_dataset(name: str) -> Iterator[tuple["Store", "Dataset"]]:
    """The same, and a dataset in it."""
    from storage import datasets

    with opened_store() as store:
        yield store, datasets.get(store, name)
