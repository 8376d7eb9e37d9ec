"""The type that stands for "the experts approved this"."""

from dataclasses import dataclass
from typing import Literal

from core.records import Record


@dataclass(frozen=True, slots=True)
class Approved:
    """A record that may leave: the one thing exporters take as positive data.

    Minted in two named places only, the decision in core/votes.py and storage's one export query; a
    test on the syntax trees names them. `source` is `imported` for what a named person approved
    elsewhere. `record` is, byte for byte, the revision that was voted on.
    """

    record_id: str
    sample: int
    revision: int
    record: Record
    source: Literal["reviewed", "imported"]
    category: str
