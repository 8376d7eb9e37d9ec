"""provenance.jsonl: for each record, where it came from and on which lines it stands."""

from collections.abc import Mapping
from typing import Any

from core.approved import Approved


def provenance(approved: Approved, split: str, lines: Mapping[str, int]) -> dict[str, Any]:
    """One row; `lines` gives the line from 1 in each file that holds the record."""
    return {
        "record_id": approved.record_id,
        "sample": approved.sample,
        "revision": approved.revision,
        "split": split,
        "source": approved.source,
        "lines": dict(lines),
    }
