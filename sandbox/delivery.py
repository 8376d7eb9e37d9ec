"""Carries events and interactions to the app, as Slack does: acknowledged within 3 s, else again.

Slack sends an unacknowledged event again at once, after a minute and after five; here a minute is
a second, so that a test or a demonstration sees all of it.
"""

import asyncio
import copy
from collections.abc import Coroutine
from typing import Any, Protocol

from sandbox.faults import EVENT_KINDS, Fault, Faults
from sandbox.journal import Journal
from sandbox.refusals import NotAcknowledged

ACK_SECONDS = 3.0
RETRY_AFTER_SECONDS = (0.0, 1.0, 5.0)


class Carrier(Protocol):
    """A way to the app: Socket Mode or signed HTTP."""

    async def carry(
        self, kind: str, payload: dict[str, Any], attempt: int, reason: str, limit: float
    ) -> Any:  # noqa: ANN401
        """Deliver once and return the acknowledgement's payload (None where it has none).

        Args:
            kind: events_api, interactive or slash_commands.
            payload: The payload; it is not changed.
            attempt: 0, or the number of the retry.
            reason: Why it is a retry.
            limit: Seconds to wait for the acknowledgement.

        Raises:
            NotAcknowledged: It was not acknowledged in time.
        """
        ...


class Delivery:
    """Sends events in the background and interactions in the foreground."""

    def __init__(self, journal: Journal, faults: Faults, carrier: Carrier) -> None:
        self._journal = journal
        self._faults = faults
        self.carrier = carrier
        self._tasks: set[asyncio.Task[None]] = set()
        self._passed = asyncio.Event()

    def send(self, payload: dict[str, Any]) -> None:
        """Record an event and begin to deliver it, unless a fault loses it."""
        event_id, kind = payload["event_id"], payload["event"]["type"]
        self._journal.append("event", event_id=event_id, event=payload["event"])
        fault = self._faults.strike(EVENT_KINDS, kind)
        payload = copy.deepcopy(payload)
        if fault is None:
            return self._begin(self._deliver(payload))
        self._journal.append("fault", fault=fault.kind, event_id=event_id, event=kind)
        if fault.kind == "duplicate":
            self._begin(self._deliver(payload))
        if fault.kind != "lost_event":
            self._begin(self._deliver(payload, fault))
        return None

    async def interact(self, kind: str, payload: dict[str, Any]) -> Any:  # noqa: ANN401
        """Deliver an interaction once (Slack does not repeat these); its acknowledgement's payload.

        Raises:
            NotAcknowledged: The app is not connected, or did not answer within 3 s.
        """
        return await self.carrier.carry(kind, payload, 0, "", ACK_SECONDS)

    def drop_all(self) -> None:
        """Forget every event that is on its way."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, delivering: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(delivering)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, payload: dict[str, Any], fault: Fault | None = None) -> None:
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "reorder":
            await self._overtaken(fault.seconds)
        reason = ""
        for attempt, pause in enumerate((0.0, *RETRY_AFTER_SECONDS)):
            await asyncio.sleep(pause)
            try:
                await self.carrier.carry("events_api", payload, attempt, reason, ACK_SECONDS)
            except NotAcknowledged as failure:
                reason = failure.reason
                self._note(payload, attempt, reason)
                if not failure.retry:
                    return
            else:
                self._note(payload, attempt, "acknowledged")
                return
        self._note(payload, attempt, "given up")

    async def _overtaken(self, limit: float) -> None:
        self._passed.clear()
        try:
            await asyncio.wait_for(self._passed.wait(), limit)
        except TimeoutError:
            return

    def _note(self, payload: dict[str, Any], attempt: int, outcome: str) -> None:
        self._journal.append(
            "delivery", event_id=payload["event_id"], attempt=attempt, outcome=outcome
        )
        self._passed.set()
