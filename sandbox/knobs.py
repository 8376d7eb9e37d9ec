"""What `POST /sandbox/teacher` sets: faults of the next calls, the latency, the rate limits."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.limits import Limits, Meter, limits_of
from sandbox.refusals import BadRequest

ERRORS = ("401", "429", "500", "529", "insufficient_quota", "timeout")
"""Answered by an error of the provider's; `timeout` by the one it gives when it took too long."""
TWISTS = ("nonsense", "truncated", "refusal")
"""Answered, but not with what was asked for."""
BREAKS = ("cut", "invalid")
"""Answered and charged, but it breaks on its way: the connection closes, or it is no JSON."""
FAULTS = (*ERRORS, *TWISTS, *BREAKS, "hang")
MOST_SECONDS = 600.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What befalls one call; `retry_after` in seconds, for the errors."""

    kind: str
    retry_after: float | None = None


class Knobs:
    """The settings as they stand; `latency` is in seconds."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.limits = Limits()
        self.meter = Meter(self.limits)
        self._faults: deque[Fault] = deque()

    def turn(self, body: Mapping[str, Any]) -> Json:
        """Set what a body names, all or nothing.

        Returns:
            Every setting as it stands then.

        Raises:
            BadRequest: the body names nothing, or something that is none.
        """
        known = ("fault", "times", "retry_after", "latency", "limits")
        if not body or set(body) - set(known):
            raise BadRequest(f"teacher: the body is an object with {', '.join(known)}.")
        faults = _faults(body) if set(body) & set(known[:3]) else None
        latency = _seconds("latency", body.get("latency", self.latency))
        limits = limits_of(body["limits"]) if "limits" in body else None
        self.latency = latency
        if limits is not None:
            self.limits, self.meter = limits, Meter(limits)
        if faults is not None:
            self._faults = deque([*self._faults, *faults] if faults else [])
        return {
            "pending": [fault.kind for fault in self._faults],
            "latency": self.latency,
            "limits": asdict(self.limits),
        }

    def strike(self) -> Fault | None:
        """The fault of the call that comes now, if there is one."""
        return self._faults.popleft() if self._faults else None


def _faults(body: Mapping[str, Any]) -> list[Fault]:
    """The faults a body asks for; none for `none`, which clears them."""
    kind, times = body.get("fault"), body.get("times", 1)
    if kind not in (*FAULTS, "none"):
        raise BadRequest(f"teacher: fault must be one of {', '.join(FAULTS)}, or none.")
    if not isinstance(times, int) or not 1 <= times <= 1000:
        raise BadRequest("teacher: times must be a whole number from 1 to 1000.")
    retry_after = body.get("retry_after", 1 if kind == "429" else None)
    if retry_after is not None:
        retry_after = _seconds("retry_after", retry_after)
    return [] if kind == "none" else [Fault(kind, retry_after)] * times


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest(f"teacher: {name} must be a number of seconds.")
    if not 0 <= value <= MOST_SECONDS:
        raise BadRequest(f"teacher: {name} must be from 0 to {MOST_SECONDS:g} seconds.")
    return value
