"""How long a teacher is waited for, and the one loop that tries again.

The SDKs retry too, but openai gives up at a long `retry-after` and anthropic sleeps for as long as
it is told (300 s seen), so both are opened with `max_retries=0`.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from core.errors import TeacherError
from core.teachers.failures import Account, AttemptError, given_up

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """Bounds of one request and of its repetitions; times in seconds.

    No attempt begins later than `total` after the first; `request` bounds the silence of a server
    and grows by `per_token` for each token it may write, since the whole reply comes at once.
    """

    attempts: int = 6
    total: float = 300.0
    first_wait: float = 1.0
    longest_wait: float = 60.0
    connect: float = 5.0
    request: float = 120.0
    per_token: float = 0.1

    def silence(self, max_output_tokens: int) -> float:
        """The longest wait for the first byte of a reply."""
        return max(self.request, self.per_token * max_output_tokens)

    def wait(self, attempt: int, retry_after: float | None) -> float:
        """The pause after the `attempt`-th failure: what the server asked for, else backoff."""
        if retry_after is not None:
            return min(retry_after, self.longest_wait)
        spread = 0.5 + secrets.randbelow(501) / 1000
        return min(self.first_wait * 2.0 ** (attempt - 1), self.longest_wait) * spread


def persist(
    send: Callable[[], T], account: Account, patience: Patience, closed: threading.Event
) -> tuple[T, int]:
    """Call `send` until it answers.

    Args:
        send: one attempt; raises AttemptError.
        account: for the error's sentence.
        patience: when to stop.
        closed: set when the teacher is closed; ends a pause.

    Returns:
        The answer, and how many attempts before it may have been charged without one.

    Raises:
        TeacherError: at once for what no repetition mends, else after the last attempt.
    """
    begun = time.monotonic()
    unanswered = attempt = 0
    while True:
        try:
            return send(), unanswered
        except AttemptError as failure:
            attempt += 1
            unanswered += failure.unanswered
            seconds = time.monotonic() - begun
            wait = patience.wait(attempt, failure.retry_after)
            last = attempt >= patience.attempts or seconds + wait > patience.total
            if last or not failure.passing or closed.wait(wait):
                # From None: the SDK's error quotes the server in full, which may quote the key.
                raise _error(failure, account, attempt, seconds, unanswered) from None


def _error(
    failure: AttemptError, account: Account, attempt: int, seconds: float, unanswered: int
) -> TeacherError:
    tried = f"{attempt} attempt{'s' if attempt > 1 else ''} in {seconds:.0f} s"
    return given_up(failure, account, tried, unanswered)
