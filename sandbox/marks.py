"""How far each person has read: kept here, so that a reload and a second window agree."""

NEVER = "0000000000.000000"


class Marks:
    """The `ts` of the last message that a person has read in a channel."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], str] = {}

    def last_read(self, person: str, channel: str) -> str:
        """Up to which `ts` the person has read; NEVER where they read nothing yet."""
        return self._read.get((person, channel), NEVER)

    def read(self, person: str, channel: str, ts: str) -> None:
        """The person has read up to this `ts`; a window that lags behind takes nothing back."""
        self._read[person, channel] = max(ts, self.last_read(person, channel))
