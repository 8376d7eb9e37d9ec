"""The end of a demo that plays by itself: every way of asking, once on each provider's wire.

It has a database of its own beside the demo's, whose samples are the examples' seeds, approved.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from bot import clock, seeds
from bot.generation import Generated, generate
from core.errors import WinnowError
from core.recipe_ways import WAYS
from core.votes import Verdict
from storage import batches, datasets, samples, schema, votes
from storage.datasets import Dataset
from storage.engine import Store, open_store
from storage.kinds import Role
from storage.samples import New
from storage.votes import Press

DATABASE = "ways.db"
WANTED = 2
_APPROVED = 6
_KIM = "U0KIM"
_CHANNEL = "C0WAYS"
_WIRES: tuple[Literal["openai", "anthropic"], ...] = ("openai", "anthropic")
_PRICE = {"input": 1.0, "output": 5.0}


def told(folder: Path, base: str, examples: Mapping[str, Path]) -> Iterator[str]:
    """A line for each way: what it brought on each wire, below a line that names the wires.

    Args:
        folder: the demo's.
        base: the sandbox's address.
        examples: the folder of the instruction example and of the conversation one, by format.
    """
    environ = {
        "OPENAI_API_KEY": "sandbox",
        "ANTHROPIC_API_KEY": "sandbox",
        "ANTHROPIC_BASE_URL": f"{base}/anthropic",
    }
    store = open_store(f"sqlite:///{folder / DATABASE}", clock.system)
    try:
        schema.ready(store)
        sets = {
            (kind, wire): _dataset(store, folder, example, base, wire)
            for kind, example in examples.items()
            for wire in _WIRES
        }
        yield f"  {'':<14}{'OpenAI':<38}Anthropic"
        for way in WAYS:
            kind = "conversation" if way == "dialogue" else "instruction"
            found = [_asked(store, sets[kind, wire], way, environ) for wire in _WIRES]
            yield f"  {way:<14}" + "".join(f"{one:<38}" for one in found).rstrip()
    finally:
        store.close()


def _asked(store: Store, dataset: Dataset, way: str, environ: Mapping[str, str]) -> str:
    if way == "mend":
        _flag(store, dataset)
    wanted = 1 if way == "mend" else WANTED
    made = generate(store, dataset, wanted, environ=environ, way=way)
    if made.stopped:
        raise WinnowError(f"{dataset.name}: {way} stopped early. {made.why}")
    return f"{_brought(made)} in {made.requests} request{'s' if made.requests > 1 else ''}"


def _brought(made: Generated) -> str:
    if made.contrasts:
        return f"{made.contrasts} answers for contrast"
    return f"{made.mended} mended" if made.mended else f"{made.candidates} candidates"


def _dataset(
    store: Store, folder: Path, example: Path, base: str, wire: Literal["openai", "anthropic"]
) -> Dataset:
    """An example as a dataset whose one teacher is the sandbox's, with some seeds approved."""
    from ruamel.yaml import YAML

    yaml = YAML()
    recipe: dict[str, Any] = yaml.load((example / "recipe.yml").read_text(encoding="utf-8"))
    address = f"@{base}/openai/v1" if wire == "openai" else ""
    name = f"{example.name}-{wire}"
    recipe |= {
        "name": name,
        "teachers": [{"model": f"{wire}:{example.name}{address}", "price": _PRICE}],
        "seeds": str(example / recipe["seeds"]),
        "per_call": WANTED,
        # The prepared texts answer no request in particular: their own flaws are not the point.
        "checks": {"default": "off"},
    }
    pages = example / "documents"
    if pages.is_dir():
        recipe["documents"] = str(pages)
    path = folder / f"ways-{name}.yml"
    with path.open("w", encoding="utf-8") as out:
        yaml.dump(recipe, out)
    datasets.add(store, path.read_text(encoding="utf-8"), path)
    dataset = datasets.get(store, name)
    datasets.place(store, dataset.id, _CHANNEL, {_KIM: Role.CURATOR}, "")
    category, language = next(iter(dataset.recipe.categories)), dataset.recipe.languages[0]
    news = [
        New(seed, category, language, {}, imported_by="the demo")
        for seed in seeds.read(dataset.recipe, dataset.folder)[:_APPROVED]
    ]
    samples.add(store, dataset.id, news)
    return dataset


def _flag(store: Store, dataset: Dataset) -> None:
    """Post a candidate, as far as the store is concerned, and flag it."""
    opened = batches.open_batch(store, dataset, 1)
    if opened is None:
        raise WinnowError(f"{dataset.name}: there is no candidate to flag.")
    for sample in opened.samples:
        pressed = Press(f"tour:{sample}", sample, 0, _KIM, Verdict.FLAG, _CHANNEL, store.now())
        votes.press(store, pressed)
