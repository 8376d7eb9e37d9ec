"""The log behind `GET /sandbox/log`: everything that happened, in order, only appended."""

import copy
from collections.abc import Callable
from typing import Any

from sandbox.clock import Clock


class Journal:
    """Entries {`n`, `at`, `kind`, ...}; `kind` is one of these.

    * `call`: a Web API call (`method`, `user`, `arguments`, `answer`, `status`);
    * `event`: something happened (`event_id`, `event`), delivered or not;
    * `delivery`: one attempt at an event (`event_id`, `attempt`, `outcome`);
    * `interaction`: a click, submission, command … (`type`, `payload`, `outcome`, `answer`);
    * `response`: a use of a response_url (`user`, `body`, `answer`);
    * `fault`: a fault was set, struck or released; `clock`: time was skipped.
    """

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self.entries: list[dict[str, Any]] = []

    def append(self, kind: str, **facts: Any) -> None:  # noqa: ANN401  (any JSON)
        """Record one entry; what it holds is copied, since the state moves on.

        Nearly every change is recorded, so this rings the bell.
        """
        entry = {"n": len(self.entries) + 1, "at": self._clock.now().isoformat(), "kind": kind}
        self.entries.append(entry | copy.deepcopy(facts))
        self._ring()
