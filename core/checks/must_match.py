"""`must_match`: regular expressions that answers must contain, such as a risk warning."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.checks.base import Wanted
from core.records import Record, answers

# Python's engine has no time limit; what is longer than this is refused rather than searched.
LONGEST = 20_000


# setting: (which answers are searched, how many of them must match, what is said)
_RULES: dict[str, tuple[slice, Callable[[Any], bool], str]] = {
    "each_answer": (slice(None), all, "Not every answer matches"),
    "any_answer": (slice(None), any, "No answer matches"),
    "last_answer": (slice(-1, None), all, "The last answer does not match"),
}


@dataclass(frozen=True)
class MustMatch:
    """`patterns` by the name of their setting; each is searched for anywhere in a text."""

    patterns: Mapping[str, re.Pattern[str]]

    @classmethod
    def of(cls, wanted: Wanted, settings: Mapping[str, str]) -> "MustMatch":  # noqa: ARG003
        """Compile the patterns that are set."""
        return cls({name: re.compile(pattern) for name, pattern in settings.items()})

    def inspect(self, record: Record) -> str | None:
        """The first pattern that is not met."""
        found = answers(record)
        if self.patterns and (longest := max(map(len, found))) > LONGEST:
            return f"An answer of {longest:,} characters is too long to be searched ({LONGEST:,})."
        for name, pattern in self.patterns.items():
            if explanation := _unmet(name, pattern, found):
                return explanation
        return None


def _unmet(name: str, pattern: re.Pattern[str], found: Sequence[str]) -> str | None:
    part, enough, complaint = _RULES[name]
    if enough(pattern.search(text) for text in found[part]):
        return None
    return f"{complaint} `{pattern.pattern}` (`must_match`)."
