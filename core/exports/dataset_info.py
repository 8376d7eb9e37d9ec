"""dataset_info.json: what LLaMA-Factory needs to load the files by name."""

from collections.abc import Iterable
from typing import Any

from core.exports import format_named
from core.exports.about import About


def dataset_info(about: About, splits: Iterable[str]) -> dict[str, Any]:
    """One entry per format and split, named such as `dermatology-zh_v0007_sharegpt_train`."""
    splits = list(splits)
    return {
        f"{about.dataset}_{about.number}_{name}_{split}": {
            "file_name": f"{name}/{split}.jsonl",
            **format_named(name).entry,
        }
        for name in about.formats
        for split in splits
    }
