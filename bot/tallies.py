"""What a run of generation comes to, counted as its replies come in."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot.reading import Reading
from bot.sifting import storable
from core.errors import TeacherError
from core.teachers.base import Outcome, Reply, UnansweredError
from storage.reading import Settled, Settling
from storage.requests import Paid


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    `candidates` counts what was wanted: answers for contrast and mended samples, too.
    `seconds_left` is an estimate from the rate so far, None before the first; `cached` is the share
    of the input that was read from providers' caches. `failures` are the teachers' errors so far,
    `given_up` why a teacher is asked no more, by its name. `waiting` requests are in bulks under
    way, of which their providers have done `waiting_done`.
    """

    wanted: int
    candidates: int
    discarded: int
    requests: int
    cost_usd: Decimal | None
    per_minute: float = 0.0
    requests_per_minute: float = 0.0
    seconds_left: float | None = None
    cached: float = 0.0
    failures: tuple[str, ...] = ()
    given_up: Mapping[str, str] = field(default_factory=dict)
    waiting: int = 0
    waiting_done: int = 0


@dataclass(frozen=True)
class Generated:
    """What a run came to.

    `stopped` says why it ended before enough candidates were there, "" if they are: `records`
    (three came for each one wanted), `budget_day`, `budget_total`, `teacher` (none is left to
    ask), `target` (it was reached before), `material` (no way of asking has any left),
    `interrupted`. `why` says the same in a sentence. `failures` are the teachers' errors, even
    where another teacher went on; `given_up` says why one was asked no more, by its name. `samples`
    are the candidates' numbers, in the order in which they were stored. `notes` are sentences for
    the operator.
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
    given_up: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[int, ...] = ()
    cached_tokens: int = 0
    contrasts: int = 0
    mended: int = 0
    notes: tuple[str, ...] = ()


class Tally:
    """Counts up to a `Generated`.

    `seen` are the records that came, good or not; where none came, those that were asked for.
    `given_up` says why a teacher is asked no more, by its name.
    """

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.seen = 0
        self.replies = 0
        self.candidates = 0
        self.stopped = ""
        self.given_up: dict[str, str] = {}
        self._cut = 0
        self._contrasts = 0
        self._mended = 0
        self._samples: list[int] = []
        self.why = ""
        self._discarded: Counter[str] = Counter()
        self._requests = 0
        self._tokens: Counter[str] = Counter()
        self._cost: Decimal | None = Decimal(0)
        self._begun = time.monotonic()

    @property
    def brought(self) -> int:
        """How much came of what was wanted: candidates, answers for contrast, mended samples."""
        return self.candidates + self._contrasts + self._mended

    @property
    def too_few(self) -> str:
        """Why a run stops that brings too little of what it asks for."""
        return (
            f"Of {self.seen} records that came or were asked for in vain, {self.brought} passed the"
            f" checks; {self.wanted} were wanted."
        )

    def stop(self, stopped: str, why: str) -> None:
        """Note why no more is asked; the first reason stands."""
        if not self.stopped:
            self.stopped, self.why = stopped, why

    def interrupted(self, cut: int = 0) -> None:
        """Note that somebody had it stopped, when so many more requests were under way."""
        self._cut += cut
        self.stopped, self.why = "interrupted", "Interrupted."
        if self._cut:
            self.why = f"Interrupted; {self._cut} requests were under way and count as spent."

    def paid(self, paid: Paid) -> None:
        """Count a request that ended."""
        self._requests += 1
        self.replies += paid.error is None
        self._tokens["input"] += paid.input_tokens
        self._tokens["cached"] += paid.cached_tokens
        self._tokens["output"] += paid.output_tokens
        known = self._cost is not None and paid.cost_usd is not None
        self._cost = (self._cost or 0) + (paid.cost_usd or Decimal(0)) if known else None

    def failed(self, asked: int) -> None:
        """Count the records that a request asked for in vain."""
        self.seen += asked

    def read(self, reading: Reading, settling: Settling, settled: Settled) -> None:
        """Count what a reply gave."""
        pieces = len(reading.made) + len(reading.broken)
        nothing = not reading.made and not any(one.corrects is None for one in reading.further)
        self.seen += reading.answer.pending.expects if nothing else pieces
        self._contrasts += settled.contrasts
        self._mended += settled.mended
        self._discarded += Counter(new.reason for new in settling.news if new.reason)
        made = zip(settled.samples, settling.news, strict=True)
        kept = [number for number, new in made if new.reason is None]
        self.candidates += len(kept)
        self._samples += kept

    def progress(self, failures: Iterable[str] = ()) -> Progress:
        """How far it is; `failures` are the teachers' errors so far."""
        minutes = max(time.monotonic() - self._begun, 0.001) / 60
        rate, left = self.brought / minutes, max(self.wanted - self.brought, 0)
        return Progress(
            wanted=self.wanted,
            candidates=self.brought,
            discarded=self._discarded.total(),
            requests=self._requests,
            cost_usd=self._cost,
            per_minute=rate,
            requests_per_minute=self._requests / minutes,
            seconds_left=60 * left / rate if rate else None,
            cached=self._tokens["cached"] / max(self._tokens["input"], 1),
            failures=tuple(failures),
            given_up=dict(self.given_up),
        )

    def result(self, failures: Iterable[str], notes: Iterable[str]) -> Generated:
        """The sum."""
        return Generated(
            candidates=self.candidates,
            discarded=self._discarded,
            requests=self._requests,
            input_tokens=self._tokens["input"],
            output_tokens=self._tokens["output"],
            cost_usd=self._cost,
            seconds=time.monotonic() - self._begun,
            stopped=self.stopped,
            why=self.why,
            failures=tuple(failures),
            given_up=dict(self.given_up),
            samples=tuple(self._samples),
            cached_tokens=self._tokens["cached"],
            contrasts=self._contrasts,
            mended=self._mended,
            notes=tuple(notes),
        )


def paid_for(outcome: Outcome, most: Decimal | None) -> Paid:
    """What a request came to, for its log entry; `most` was set aside for it."""
    if not isinstance(outcome, Reply):
        return Paid(cost_usd=cost_of_failure(outcome, most), error=storable(str(outcome)))
    return Paid(
        input_tokens=outcome.usage.input_tokens,
        cached_tokens=outcome.usage.cached_input_tokens,
        output_tokens=outcome.usage.output_tokens,
        usage=outcome.usage.raw or None,
        cost_usd=cost_of(outcome, most),
        reply=storable(outcome.text),
        stop=outcome.stop,
        model=storable(outcome.model),
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
