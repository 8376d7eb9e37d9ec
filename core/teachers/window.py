"""How many requests may be under way at one time: additive increase, multiplicative decrease."""

DECREASE = 0.75
FULL_AGAIN = 15.0
"""Seconds without trouble in which the limit grows from nothing to its bound.

By time and not by round trips, as TCP's CUBIC does it: replies take anything from one second to
a minute, while a server that has no room says so at once.
"""


class Window:
    """The limit of one lane, between 1 and the recipe's `concurrency`; times in seconds.

    It begins at the bound: the first burst finds out what the server bears.
    """

    def __init__(self, bound: int) -> None:
        self._bound = float(max(bound, 1))
        self._limit = self._bound
        self._calm_since = 0.0
        self._cut_at = float("-inf")

    @property
    def limit(self) -> int:
        """How many requests may be under way now."""
        return int(self._limit)

    def answered(self, now: float) -> None:
        """A reply came: grow by the time that passed without trouble."""
        grown = self._bound * (now - self._calm_since) / FULL_AGAIN
        self._limit = min(self._bound, self._limit + grown)
        self._calm_since = now

    def overloaded(self, started: float, now: float) -> bool:
        """The server has no room for a request that `started` then.

        Returns:
            Whether that is news. All that was under way at the last cut tells of the same storm,
            so one round trip cuts once.
        """
        if started < self._cut_at:
            return False
        self._cut_at = self._calm_since = now
        self._limit = max(1.0, self._limit * DECREASE)
        return True
