"""Slack's rate limits in real time: tiers per method and token, and posts per channel.

Rates are Slack's (docs.slack.dev/apis/web-api/rate-limits); the bursts are the sandbox's own and
generous, so that a demonstration of a minute is not throttled while a runaway loop is.
"""

import math
import time
from dataclasses import dataclass

from sandbox.refusals import Refused

PER_MINUTE = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "t5": 300}
BURST_MINUTES = 3
POST_BURST = 60  # messages to one channel at once, then one a second


@dataclass
class Bucket:
    """A token bucket: `level` calls are left at `at` (monotonic seconds)."""

    capacity: float
    per_second: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """Take one; 0, or the seconds to wait when none is left."""
        self.level = min(self.capacity, self.level + (now - self.at) * self.per_second)
        self.at = now
        if self.level < 1:
            return (1 - self.level) / self.per_second
        self.level -= 1
        return 0.0


class Rates:
    """The buckets of all tokens; `enabled` may be switched off for tests."""

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def charge(self, method: str, tier: str, caller: str, channel: str | None) -> None:
        """Count one call; `Refused("ratelimited")` with the seconds to wait when it is too many.

        Args:
            method: The method's name.
            tier: Slack's tier of it, `t1` to `t5` (special).
            caller: Whose token it is.
            channel: The channel posted to, for chat.postMessage.
        """
        if not self.enabled:
            return
        key: tuple[str, ...] = (method, caller)
        if method == "chat.postMessage":
            key, capacity, per_second = (method, caller, channel or ""), float(POST_BURST), 1.0
        else:
            rate = PER_MINUTE[tier]
            capacity, per_second = rate * BURST_MINUTES, rate / 60
        now = time.monotonic()
        bucket = self._buckets.setdefault(key, Bucket(capacity, per_second, capacity, now))
        wait = bucket.take(now)
        if wait:
            raise Refused("ratelimited", retry_after=math.ceil(wait))
