"""The bell: rung whenever something in the world may have changed; it does not say what."""

from collections.abc import Callable


class Bell:
    """Whoever must notice changes listens here, and then looks at the world itself."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at each ring; it must return at once."""
        self._listeners.append(listener)

    def ring(self) -> None:
        """Something may have changed."""
        for listener in self._listeners:
            listener()
