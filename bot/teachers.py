"""A dataset's teachers, ready to be asked."""

from collections.abc import Mapping

from core.errors import UsageError
from core.recipe import TeacherSpec
from core.teachers import open_teacher
from core.teachers.base import Ask, Teacher
from storage.datasets import Dataset


def opened(dataset: Dataset, environ: Mapping[str, str]) -> dict[str, Teacher]:
    """The recipe's teachers by their `model`; nothing is connected before an engine asks them.

    Raises:
        UsageError: a key is missing, an address is wrong, a file cannot be read, or a price is
            unknown though the recipe has a budget.
    """
    teachers = {}
    for spec in dataset.recipe.teachers:
        teacher = open_teacher(spec, environ=environ, folder=dataset.folder)
        if dataset.recipe.budget.capped:
            _check_price(spec, teacher)
        teachers[spec.model] = teacher
    return teachers


def _check_price(spec: TeacherSpec, teacher: Teacher) -> None:
    if teacher.most(Ask("", "", None, spec.max_output_tokens)) is None:
        raise UsageError(
            f"The price of the teacher {spec.model} is unknown, and the recipe has a budget.",
            "Give the teacher a `price: {input: …, output: …}`, in USD per million tokens.",
        )
