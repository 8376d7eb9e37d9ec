"""The sandbox's clock: real time plus what was skipped; a bot may follow it."""

import time
from datetime import UTC, datetime


class Clock:
    """Real time that can be moved forward, never back: Slack's time stamps are ordered."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._last_stamp = 0

    def seconds(self) -> float:
        """Seconds since the epoch, as the workspace sees it."""
        return time.time() + self._ahead

    @property
    def ahead(self) -> float:
        """Seconds that were skipped so far."""
        return self._ahead

    def now(self) -> datetime:
        """The workspace's time, aware and UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def advance(self, seconds: float) -> None:
        """Skip `seconds`, which may not be negative."""
        if seconds < 0:
            raise ValueError("the clock does not go back")
        self._ahead += seconds

    def stamp(self) -> str:
        """A new `ts`, greater than every one before it (so unique in each channel, in order)."""
        micros = max(int(self.seconds() * 1_000_000), self._last_stamp + 1)
        self._last_stamp = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
