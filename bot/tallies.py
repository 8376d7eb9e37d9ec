"""What a run of generation comes to, counted as its replies come in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.sifting import Sifted
from core.errors import TeacherError
from core.teachers.base import Reply, UnansweredError
from storage.requests import Paid


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    wanted: int
    candidates: int
    discarded: int
    requests: int
    cost_usd: Decimal | None


@dataclass(frozen=True)
class Generated:
    """What a run came to.

    `stopped` says why it ended before enough candidates were there, "" if they are: `records`
    (three came for each one wanted), `budget_day`, `budget_total`, `teacher` (none is left to
    ask), `target` (it was reached before), `interrupted`. `why` says the same in a sentence.
    `failures` are the teachers' errors, even where another teacher went on. `samples` are the
    candidates' numbers, in the order in which they were stored.
    """

    candidates: int
    discarded: Counter[str]
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    seconds: float
    stopped: str = ""
    why: str = ""
    failures: tuple[str, ...] = ()
    samples: tuple[int, ...] = ()


class Tally:
    """Counts up to a `Generated`.

    `seen` are the records that came, good or not; where none came, those that were asked for.
    """

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.candidates = 0
        self.seen = 0
        self.replies = 0
        self.samples: list[int] = []
        self.stopped = ""
        self._why = ""
        self._discarded: Counter[str] = Counter()
        self._requests = 0
        self._tokens = (0, 0)
        self._cost: Decimal | None = Decimal(0)

    def stop(self, stopped: str, why: str) -> None:
        """Note why no more is asked."""
        self.stopped, self._why = stopped, why

    def replied(self, paid: Paid, sifted: Sifted, numbers: Sequence[int], *, asked: int) -> None:
        """Count a reply that was asked for so many records; `numbers` are its stored samples."""
        self.replies += 1
        made = zip(numbers, sifted.news, strict=True)
        self.samples.extend(number for number, new in made if new.reason is None)
        self.candidates += sifted.accepted
        self._discarded += sifted.discarded
        self._spend(paid, len(sifted.news) if sifted.records else asked)

    def failed(self, paid: Paid, *, asked: int) -> None:
        """Count a request that brought no reply."""
        self._spend(paid, asked)

    def _spend(self, paid: Paid, seen: int) -> None:
        self.seen += seen
        self._requests += 1
        inputs, outputs = self._tokens
        self._tokens = (inputs + paid.input_tokens, outputs + paid.output_tokens)
        known = self._cost is not None and paid.cost_usd is not None
        self._cost = (self._cost or 0) + (paid.cost_usd or Decimal(0)) if known else None

    def progress(self) -> Progress:
        """How far it is."""
        discarded = self._discarded.total()
        return Progress(self.wanted, self.candidates, discarded, self._requests, self._cost)

    def result(self, seconds: float, failures: Iterable[str]) -> Generated:
        """The sum, after so many seconds."""
        return Generated(
            self.candidates,
            self._discarded,
            self._requests,
            *self._tokens,
            self._cost,
            seconds,
            self.stopped,
            self._why,
            tuple(failures),
            tuple(self.samples),
        )


def cost_of(reply: Reply, most: Decimal | None) -> Decimal | None:
    """What a reply cost in USD; `most`, what was reserved, where the server told no usage.

    Attempts before it whose outcome is unknown count as spent.
    """
    known = reply.cost_usd if reply.cost_usd is not None else most
    if known is None or (reply.unanswered and most is None):
        return None
    return known + reply.unanswered * (most or Decimal(0))


def cost_of_failure(error: TeacherError, most: Decimal | None) -> Decimal | None:
    """Nothing, unless requests were sent whose outcome is unknown: these count as spent."""
    if not isinstance(error, UnansweredError):
        return Decimal(0)
    return None if most is None else error.attempts * most
