"""What a run of generation is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wish:
    """What a run is asked for: how many candidates, of which category, about what, by whom."""

    wanted: int
    category: str | None = None
    about: str = ""
    way: str | None = None
    person: str | None = None

    def fits(self, pending: Mapping[str, Any]) -> bool:
        """Whether a request that another run planned, as JSON, serves this wish, too."""
        call = pending["call"]
        return (
            pending["about"] == self.about
            and self.category in (None, call["cell"][0])
            and self.way in (None, call["way"])
        )
