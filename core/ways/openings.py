"""How questions begin: a teacher that writes many at a time tends to begin them all alike."""

import re
from collections.abc import Iterable

from core.records import Record, question
from core.similarity import HAN, KANA, THAI, tokens

_WORDS = 3
_CHARACTERS = 5
"""Of a script without spaces: about as much as three words."""
_SPACELESS = re.compile(f"[{HAN}{KANA}{THAI}]")
_ENOUGH = 200
"""Characters that hold as many words in any case."""


def repeated(records: Iterable[Record]) -> dict[int, str]:
    """Which records' questions begin like an earlier one's: by position, with the shared words."""
    seen: set[str] = set()
    found = {}
    for position, record in enumerate(records):
        begins = opening(question(record))
        if begins in seen:
            found[position] = begins
        seen.add(begins)
    return found


def opening(text: str) -> str:
    """The words that a text begins with, without capitals and punctuation."""
    words = tokens(text[:_ENOUGH])
    if _SPACELESS.match(words[0] if words else ""):
        return "".join(words[:_CHARACTERS])
    return " ".join(words[:_WORDS])
