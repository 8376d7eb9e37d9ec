"""The rates that the teacher endpoint announces and holds its callers to, in real time.

Buckets that fill continuously, as Anthropic documents its own and OpenAI's behave: one minute's
worth may come at once, then so many a minute.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.refusals import BadRequest

MOST = 10**9


@dataclass(frozen=True)
class Limits:
    """What one model of one provider may be asked in a minute; None for no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass
class Bucket:
    """What is left of one limit at `at` (monotonic seconds)."""

    per_minute: int
    left: float
    at: float

    def wait(self, amount: float, now: float) -> float:
        """Seconds until there is so much; more than the bucket holds counts as all it holds."""
        self.left = min(self.per_minute, self.left + (now - self.at) * self.per_minute / 60)
        self.at = now
        return max(0.0, min(amount, self.per_minute) - self.left) * 60 / self.per_minute

    def take(self, amount: float) -> None:
        """Take so much, or all there is."""
        self.left = max(0.0, self.left - amount)


@dataclass(frozen=True)
class Standing:
    """How one limit stands: `kind` is requests or tokens, `full_in` seconds until all is back."""

    kind: str
    limit: int
    left: int
    full_in: float


class Meter:
    """The buckets of every provider's models."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, model: str, tokens: int) -> float:
        """Count a request of so many tokens; 0, or the seconds to wait when it is too much."""
        now, asked = self._clock(), {"requests": 1, "tokens": tokens}
        buckets = self._of(model, now)
        wait = max((buckets[kind].wait(asked[kind], now) for kind in buckets), default=0.0)
        if not wait:
            for kind, bucket in buckets.items():
                bucket.take(asked[kind])
        return wait

    def standings(self, model: str) -> list[Standing]:
        """How its limits stand now."""
        now, standings = self._clock(), []
        for kind, bucket in self._of(model, now).items():
            full_in = bucket.wait(bucket.per_minute, now)
            standings.append(Standing(kind, bucket.per_minute, int(bucket.left), full_in))
        return standings

    def _of(self, model: str, now: float) -> dict[str, Bucket]:
        limits = {
            "requests": self._limits.requests_per_minute,
            "tokens": self._limits.tokens_per_minute,
        }
        return {
            kind: self._buckets.setdefault((model, kind), Bucket(limit, limit, now))
            for kind, limit in limits.items()
            if limit is not None
        }


def limits_of(body: object) -> Limits:
    """The limits that a body asks for, none for null; `BadRequest` where it is none."""
    known = Limits.__dataclass_fields__
    if not isinstance(body, dict | None) or set(body or ()) - set(known):
        raise BadRequest(f"teacher: limits is null, or an object with {' and '.join(known)}.")
    limits = Limits(**(body or {}))
    for number in (limits.requests_per_minute, limits.tokens_per_minute):
        if number is not None and (type(number) is not int or not 1 <= number <= MOST):
            raise BadRequest("teacher: limits are whole numbers from 1, or null.")
    return limits
