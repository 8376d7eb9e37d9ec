"""What was made of something is kept, as long as that stays the same and is asked for."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Values by key; a value is made anew where what it is made of has been replaced.

    What it is made of is kept and compared: it may be replaced, but never changed in place.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[object, ...], T]] = {}
        self._wanted: dict[str, tuple[tuple[object, ...], T]] = {}

    def get(self, key: str, made_of: tuple[object, ...], make: Callable[[], T]) -> T:
        """The value for this key, made if need be."""
        kept = self._wanted.get(key) or self._kept.get(key)
        if kept is None or kept[0] != made_of:
            kept = (made_of, make())
        self._wanted[key] = kept
        return kept[1]

    def sweep(self) -> None:
        """Forget what nobody has asked for since the last sweep."""
        self._kept, self._wanted = self._wanted, {}
