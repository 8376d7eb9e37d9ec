"""Prompt caching as both providers do it: what was asked before need not be read again.

OpenAI keeps any prompt by itself and reads its longest known beginning in steps of 128 tokens;
Anthropic keeps what ends at a block with `cache_control` and reads up to any block's end. Neither
keeps less than 1,024 tokens. A beginning can be read once the request that brought it was answered,
until it was not used for its time to live.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

LEAST_TOKENS = 1024
_MANY = 10_000


@dataclass(frozen=True)
class Mark:
    """A place in a prompt up to which it may be known; kept for `seconds`, if for any."""

    tokens: int
    digest: bytes
    seconds: float


@dataclass(frozen=True)
class Share:
    """How many of a request's input tokens are read from the cache, and written to it."""

    read: int = 0
    written: int = 0


class Cache:
    """What is known of each model's prompts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[str, bytes], float] = {}

    def share(self, model: str, marks: Sequence[Mark]) -> Share:
        """What a request with these marks, in their order, reads and writes."""
        now = self._clock()
        known = [m.tokens for m in marks if self._until.get((model, m.digest), 0) > now]
        kept = [m.tokens for m in marks if m.seconds]
        read = max(known, default=0)
        return Share(read, max(0, max(kept, default=0) - read))

    def keep(self, model: str, marks: Sequence[Mark]) -> None:
        """Remember what an answered request brought; what was read lives on."""
        now = self._clock()
        if len(self._until) > _MANY:
            self._until = {key: until for key, until in self._until.items() if until > now}
        for mark in marks:
            if mark.seconds:
                self._until[model, mark.digest] = now + mark.seconds


def marks_of(text: bytes, ends: Sequence[tuple[int, float]], bytes_per_token: int) -> list[Mark]:
    """The marks at some ends of a prompt's beginnings, shortest first.

    Args:
        text: The prompt.
        ends: (length in bytes, seconds to keep it), rising.
        bytes_per_token: How tokens are counted.
    """
    running, done, marks = blake2b(digest_size=16), 0, []
    for end, seconds in ends:
        running.update(text[done:end])
        done = end
        if end >= LEAST_TOKENS * bytes_per_token:
            marks.append(Mark(end // bytes_per_token, running.digest(), seconds))
    return marks
