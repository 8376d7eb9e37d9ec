"""Faults on request: what goes wrong between an app and Slack, set by `POST /sandbox/fault`.

They strike the app only (its tokens, its events), never the people who act through `xoxp-`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.refusals import BadRequest

CALL_KINDS = ("rate_limit", "server_error", "slow", "lost_answer", "hold")
EVENT_KINDS = ("lost_event", "duplicate", "late", "reorder")
KINDS = (*CALL_KINDS, *EVENT_KINDS, "disconnect", "release")
DEFAULT_SECONDS = 2.0


@dataclass
class Fault:
    """A fault that strikes the next `times` calls of `method` (or events of that type).

    Attributes:
        kind: One of KINDS.
        method: A Web API method or an event type; None strikes any.
        times: How often it still strikes.
        seconds: How long slow, late and reorder delay; Retry-After of rate_limit.
        before: hold: withhold before performing (else after performing, before answering).
    """

    kind: str
    method: str | None = None
    times: int = 1
    seconds: float = DEFAULT_SECONDS
    before: bool = True


def fault_of(body: dict[str, Any]) -> Fault:
    """The fault a request asks for; `BadRequest` where it is none."""
    expected: dict[str, type | tuple[type, ...]] = {
        "kind": str,
        "method": str,
        "times": int,
        "seconds": (int, float),
        "before": bool,
    }
    for name, value in body.items():
        if name not in expected:
            raise BadRequest(f"fault: {name!r} is unknown; known are {', '.join(expected)}.")
        if not isinstance(value, expected[name]):
            raise BadRequest(f"fault: {name} cannot be {value!r}.")
    if body.get("kind") not in KINDS:
        raise BadRequest(f"fault: kind must be one of {', '.join(KINDS)}.")
    return Fault(**body)


@dataclass
class Faults:
    """The faults that are set, and the methods whose calls are `held`; `ring` when that changes."""

    ring: Callable[[], None]
    waiting: list[Fault] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def strike(self, kinds: tuple[str, ...], name: str) -> Fault | None:
        """The first fault of these kinds that meets `name`, counted down; None if none does."""
        for fault in self.waiting:
            if fault.kind in kinds and fault.method in (None, name):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None

    async def hold(self, method: str) -> None:
        """Wait until the held calls are released."""
        self.held.append(method)
        self.ring()
        released = self._released
        try:
            await released.wait()
        finally:
            self.held.remove(method)
            self.ring()

    def release(self) -> int:
        """Let every held call go on, and hold no further ones; how many were waiting."""
        self.waiting = [fault for fault in self.waiting if fault.kind != "hold"]
        released, self._released = self._released, asyncio.Event()
        released.set()
        return len(self.held)
