"""Which split a record belongs to: drawn once from its id, then stored by the caller for good."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import accumulate

from core.errors import UsageError

_FAMILIAR = ("train", "validation", "test")


def split_of(record_id: str, splits: Mapping[str, float]) -> str:
    """Draw a split by a hash of the id alone, each in expectation with exactly its share.

    Neither the content nor the time counts, so a correction moves nothing between splits.

    Args:
        record_id: the id the draw is made from.
        splits: shares in the recipe's order; they are taken relative to their sum.

    Raises:
        UsageError: no split has a share above zero.
    """
    open_splits = {name: share for name, share in splits.items() if share > 0}
    if not open_splits:
        raise UsageError("No split has a share.", "Give one in export.splits, such as train: 1.")
    digest = blake2b(record_id.encode(), digest_size=8, person=b"winnow-split").digest()
    drawn = int.from_bytes(digest) / 2**64
    *bounds, total = accumulate(open_splits.values())
    for name, bound in zip(open_splits, bounds, strict=False):
        if drawn * total < bound:
            return name
    return list(open_splits)[-1]


def in_order(names: Iterable[str]) -> list[str]:
    """Each name once, train, validation and test first, then others by name."""
    unique = set(names)
    return [name for name in _FAMILIAR if name in unique] + sorted(unique.difference(_FAMILIAR))
