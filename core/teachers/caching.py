"""Prompt caching: what a prompt's fixed part must have, and who asks first.

A provider keeps the beginning of a prompt and reads it again at a tenth (Anthropic) to a half of
the price. Anthropic charges a quarter more for writing it, so of several requests that begin alike
one goes alone, and the others read what it wrote.
"""

import json
import re
from dataclasses import dataclass

from core.teachers.base import Ask
from core.teachers.sizes import about_tokens

_LEAST = {
    "claude-opus-5": 512,
    "claude-fable-5": 512,
    "claude-sonnet-5": 1024,
    "claude-sonnet-4": 1024,
    "claude-opus-4-8": 1024,
    "claude-opus-4-7": 2048,
    "claude-opus-4-6": 4096,
    "claude-opus-4-5": 4096,
    "claude-haiku-4-5": 4096,
}
"""Tokens that a prefix needs, by model; below, `cache_control` silently does nothing (Anthropic's
documentation of prompt caching, November 2026). A dated name, and any 4.x of Sonnet, is the same
model; `claude-opus-5-5` is another, of which nothing is known."""
OPENAI_LEAST = 1024
_USUAL_LEAST = 1024
_DATED = re.compile(r"-\d{8}$|-latest$")
_SONNET_4 = re.compile(r"claude-sonnet-4(-\d)?$")

LIFE = 270.0
"""Seconds for which a prefix is surely kept after its last use; providers keep it for 300."""
ALONE = 60.0
"""The longest, in seconds, that others wait for the first request of their prefix."""


@dataclass(frozen=True)
class Prefix:
    """The part of a prompt that stays the same from request to request.

    Attributes:
        tokens: about how many it has.
        least: how many it needs for the provider to keep it; None if nobody knows.
        key: the same for requests that begin alike; None for one that is not kept.
    """

    tokens: int
    least: int | None
    key: str | None = None

    @property
    def too_short(self) -> bool:
        """Whether it would be kept if only it were longer."""
        return self.least is not None and self.tokens < self.least


def least_of_claude(model: str) -> int | None:
    """How many tokens a prefix needs for Claude to keep it; None for a model not known here."""
    name = _DATED.sub("", model)
    return _LEAST["claude-sonnet-4"] if _SONNET_4.match(name) else _LEAST.get(name)


def prefix_of(ask: Ask, least: int | None) -> Prefix:
    """The fixed part of a request: its system text, behind which the provider puts the schema.

    Where the least is unknown it is taken for a usual one: asking in vain costs nothing.
    """
    tokens = about_tokens(ask.system)
    if tokens < (_USUAL_LEAST if least is None else least):
        return Prefix(tokens, least)
    return Prefix(tokens, least, f"{json.dumps(ask.schema, sort_keys=True)}\n{ask.system}")


class Openings:
    """Which prefixes are being written, and which can be read; `now` in seconds, on any clock."""

    def __init__(self) -> None:
        self._opening: dict[str, float] = {}
        self._used: dict[str, float] = {}

    def must_wait(self, key: str, now: float) -> bool:
        """Whether the first request of this prefix is still under way."""
        return now < self._opening.get(key, now)

    def sent(self, key: str, now: float) -> bool:
        """Note a request that is sent; whether it is the first of its prefix."""
        if now < self._used.get(key, now):
            self._used[key] = now + LIFE
            return False
        self._opening[key] = now + ALONE
        return True

    def ended(self, key: str, now: float, *, answered: bool) -> None:
        """Note the end of an attempt; one that was answered has written its prefix."""
        self._opening.pop(key, None)
        if answered:
            self._used[key] = now + LIFE
