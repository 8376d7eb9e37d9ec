"""What changed from one export to the next."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """Record ids, sorted: new ones, those in another revision, and those approved no more."""

    added: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.corrected or self.withdrawn)


def changes(previous: Mapping[str, int], current: Mapping[str, int]) -> Changes:
    """Compare two exports, each given as record id to revision."""
    kept = previous.keys() & current.keys()
    return Changes(
        added=tuple(sorted(current.keys() - kept)),
        corrected=tuple(sorted(key for key in kept if previous[key] != current[key])),
        withdrawn=tuple(sorted(previous.keys() - kept)),
    )
