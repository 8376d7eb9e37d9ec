"""A dataset's teachers, opened to be asked."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from core.errors import UsageError
from core.recipe import TeacherSpec
from core.teachers import Patience, open_teacher
from core.teachers.base import Ask, Teacher
from storage import requests
from storage.datasets import Dataset
from storage.engine import Store


@contextmanager
def opened(
    store: Store,
    dataset: Dataset,
    environ: Mapping[str, str],
    *,
    patience: Patience | None = None,
) -> Iterator[dict[str, Teacher]]:
    """The recipe's teachers by their `model`; a replay goes on where this dataset left it.

    Raises:
        UsageError: a key is missing, an address is wrong, a file cannot be read, or a price is
            unknown though the recipe has a budget.
    """
    with ExitStack() as stack:
        teachers = {}
        for spec in dataset.recipe.teachers:
            teacher = open_teacher(
                spec,
                environ=environ,
                folder=dataset.folder,
                position=_position(store, dataset, spec),
                patience=patience,
            )
            teachers[spec.model] = stack.enter_context(closing(teacher))
            if dataset.recipe.budget.capped:
                _check_price(spec, teacher)
        yield teachers


def _check_price(spec: TeacherSpec, teacher: Teacher) -> None:
    if teacher.most(Ask("", "", None, spec.max_output_tokens)) is None:
        raise UsageError(
            f"The price of the teacher {spec.model} is unknown, and the recipe has a budget.",
            "Give the teacher a `price: {input: …, output: …}`, in USD per million tokens.",
        )


def _position(store: Store, dataset: Dataset, spec: TeacherSpec) -> int:
    if spec.provider != "replay":
        return 0
    return _lines_of(dataset.folder / spec.name, requests.replayed(store, dataset.id, spec.model))


def _lines_of(path: Path, replies: int) -> int:
    """How many lines of a replayed file hold its first `replies` replies, blank ones included.

    An unreadable file counts as empty here; the teacher says what is wrong with it.
    """
    if not replies or not path.is_file():
        return 0
    lines = path.read_bytes().split(b"\n")
    filled = [number for number, line in enumerate(lines, 1) if line.strip()]
    return filled[min(replies, len(filled)) - 1] if filled else 0
