"""`winnow recipe`: reading, checking, adding and showing recipes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from bot import documents, seeds
from bot.prompting import Prompting
from core import recipe as recipes
from core.errors import UsageError
from core.recipe import Recipe
from core.schedule import written_duration
from core.votes import State
from storage import datasets, samples
from storage.datasets import Added
from storage.engine import Store


@dataclass(frozen=True)
class Listed:
    """A dataset in the list."""

    name: str
    version: int
    format: str
    channel: str
    approved: int
    target: int
    paused: bool


def check(path: Path, note: Callable[[str], None] = lambda _: None) -> Recipe:
    """Read a recipe with all that it names: its seeds, its prompts and its documents.

    Args:
        path: of the recipe.
        note: told a sentence of each document that gives nothing.

    Raises:
        RecipeError: names file, line and key.
        UsageError: a file that cannot be read or used.
    """
    recipe = recipes.parse(_text(path), str(path))
    Prompting(recipe, path.parent)
    seeds.read(recipe, path.parent)
    if recipe.documents:
        for sentence in documents.read(path.parent / recipe.documents).left_out:
            note(sentence)
    return recipe


def add(store: Store, path: Path, note: Callable[[str], None] = lambda _: None) -> Added:
    """Check a recipe and add it, or a new version of it.

    Raises:
        RecipeError, UsageError: as `check`.
    """
    check(path, note)
    return datasets.add(store, _text(path), path)


def in_review(store: Store, added: Added) -> int:
    """How many samples a changed recipe leaves under the policy they were posted under."""
    changed = added.new and added.dataset.number > 1
    return samples.in_review(store, added.dataset.id) if changed else 0


def listed(store: Store) -> Iterator[Listed]:
    """The datasets there are, by name."""
    for dataset in datasets.every(store):
        recipe = dataset.recipe
        approved = samples.count(store, dataset.id)[State.APPROVED]
        yield Listed(
            dataset.name,
            dataset.number,
            recipe.format,
            recipe.channel,
            approved,
            recipe.target,
            dataset.paused,
        )


def shown(recipe: Recipe) -> dict[str, Any]:
    """A recipe with every default filled in, as its YAML would have it."""
    # pydantic warns of values that validators put in place of what was written.
    whole = recipe.model_dump(by_alias=True, warnings=False)
    for name in ("queue_after", "expire_after"):
        whole["review"][name] = written_duration(getattr(recipe.review, name))
    settings = recipe.check_settings()
    whole["checks"] = {name: settings.get(name, "off") or "on" for name in whole["checks"]}
    whole["checks"]["default"] = "off" if recipe.checks.default is None else "on"
    plain: dict[str, Any] = _plain(whole)
    return plain


def as_yaml(recipe: Recipe) -> str:
    """The same as a recipe's file has it."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 100
    text = StringIO()
    yaml.dump(shown(recipe), text)
    return text.getvalue()


def _plain(value: object) -> Any:  # noqa: ANN401 - a value of YAML
    """Without what is empty, which a recipe leaves out."""
    if isinstance(value, Mapping):
        plain = {key: _plain(inner) for key, inner in value.items()}
        return {key: inner for key, inner in plain.items() if inner not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8.", "Save it as UTF-8.") from error
