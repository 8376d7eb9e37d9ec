"""How long a teacher is waited for, and how often it is asked again.

The SDKs retry too, but openai gives up at a long `retry-after` and anthropic sleeps for as long as
it is told (300 s seen), so both are opened with `max_retries=0`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Bounds of one request and of its repetitions; times in seconds.

    `attempts` bounds those that fail for another reason than that the server has no room: they may
    have been charged, while a 429 costs nothing and is repeated until `total`. No attempt follows
    one that ends later than `total` after the first began. `charged` bounds those that may have
    been charged, for a caller who sets money aside for each; None: `attempts` alone does.

    `request` bounds the silence of a server and grows by `per_token` for each token it may write,
    since the whole reply comes at once. `longest_wait` caps what a server may ask for and
    `longest_backoff` the pauses chosen here, so that the end of a storm is noticed soon.
    """

    attempts: int = 6
    charged: int | None = None
    total: float = 300.0
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_backoff: float = 8.0
    connect: float = 5.0
    request: float = 120.0
    per_token: float = 0.1

    def silence(self, max_output_tokens: int) -> float:
        """The longest wait for the next byte of a reply."""
        return max(self.request, self.per_token * max_output_tokens)

    def whole(self, max_output_tokens: int) -> float:
        """The longest that one attempt may take, whatever trickles in meanwhile."""
        return self.connect + 2 * self.silence(max_output_tokens)

    def pause(self, failures: int, chance: float) -> float:
        """The backoff after so many failures in a row, from 1; each doubles it.

        `chance`, from 0 to 1, spreads it over its second half.
        """
        backoff = min(self.first_wait * 2.0 ** min(failures - 1, 32), self.longest_backoff)
        return backoff * (1 + chance) / 2

    def asked_for(self, retry_after: float | None) -> float:
        """The wait that a server asked for, as far as it is honoured."""
        return min(retry_after or 0.0, self.longest_wait)
