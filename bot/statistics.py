"""`winnow stats`: where a dataset stands, as numbers."""

from dataclasses import asdict
from typing import Any

from storage import costs, stats
from storage.datasets import Dataset
from storage.engine import Store


def numbers(store: Store, dataset: Dataset) -> dict[str, Any]:
    """The answer of `stats --json`; `cost_usd` is None where a price is unknown."""
    found = stats.stats(store, dataset)
    cost = costs.cost(store, dataset.id)
    return {
        "states": found.states,
        "categories": found.categories,
        "reviewers": found.reviewers,
        "teachers": found.teachers,
        "cost_usd": None if cost is None else f"{cost:f}",
        "agreement": asdict(found.agreement),
    }
