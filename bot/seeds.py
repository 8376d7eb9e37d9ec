"""The recipe's seeds: examples that an expert wrote, shown to teachers, never exported."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from core import formats
from core.errors import UsageError
from core.recipe import Recipe
from core.records import Record, to_json

_OTHER_SHAPE = {
    "instruction": "It is a conversation; the recipe's format is instruction.",
    "conversation": "It has an input, which no conversation can hold.",
}


def read(recipe: Recipe, folder: Path) -> list[Record]:
    """All seeds in the recipe's format, in the order of its files.

    Raises:
        UsageError: a file that cannot be read or holds none; a line that is no record of the
            recipe's format, named as `file:line`.
    """
    return [seed for one in sets(recipe, folder) for seed in one]


def sets(recipe: Recipe, folder: Path) -> list[list[Record]]:
    """The same by file: each is a set that takes turns with the others.

    Raises:
        UsageError: as `read`.
    """
    return [list(_of_file(recipe, folder, name)) for name in recipe.seeds]


def short_hash(seed: Record) -> str:
    """How requests and origins name a seed: by its content, whatever file it stands in."""
    return hashlib.sha256(to_json(seed).encode()).hexdigest()[:12]


def _of_file(recipe: Recipe, folder: Path, name: str) -> Iterator[Record]:
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"seeds: {name} cannot be read: {error.strerror}.",
            "The path is relative to the recipe's file.",
        ) from error
    lines = formats.read(data)
    for broken in lines.broken:
        raise UsageError(
            f"{name}:{broken.number}: {broken.explanation}", "Mend the line, or take it out."
        )
    if not lines.records:
        raise UsageError(f"seeds: {name} holds no record.", "Add some, or leave the file out.")
    for line in lines.records:
        seed = formats.as_format(line.record, recipe.format)
        if seed is None:
            raise UsageError(
                f"{name}:{line.number}: {_OTHER_SHAPE[recipe.format]}",
                "Mend the line, or take it out.",
            )
        yield seed
