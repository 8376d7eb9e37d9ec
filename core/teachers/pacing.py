"""Keeps requests within the limits that a server announces.

Each limit is followed by a bucket like the server's own. Between two answers it is reckoned with
what was sent; each answer's `remaining` then bounds it from both sides, since nobody knows which of
the requests under way the server had already counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.teachers.announced import KINDS, Announced, Kind
from core.teachers.base import Ask, Usage
from core.teachers.sizes import about_tokens

Charge = Mapping[Kind, float]

_CAUTION = 0.97
"""The share of a limit's rate that is used: requests that are sent evenly arrive less evenly."""
_GRAIN = 0.02
"""The share of a limit that an announcement may be off: Anthropic rounds tokens to thousands."""
_ROOM = 1.2  # for replies that are longer than usual
_NOTHING = 1e-6  # less than any request takes; a wait for it could be too short for the clock
_NEWEST = 0.1


class Bucket:
    """What is left of one limit; `now` in seconds, on any clock."""

    def __init__(self, level: float, now: float) -> None:
        self._level = level
        self._at = now
        self._most = level
        self._rate = 0.0

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much is there; more than the whole limit counts as all of it."""
        lacking = min(amount, self._most) - self._filled(now)
        return lacking / self._rate if lacking > _NOTHING else 0.0

    def spend(self, amount: float, now: float) -> None:
        """Count what is sent; the level may fall below nothing."""
        self._level = self._filled(now) - amount
        self._at = now

    def hear(self, said: Announced, unsure: float, sent_at: float, now: float) -> None:
        """Believe the server as far as it can know.

        Args:
            said: how it saw the limit at some time between the request's arrival and the answer.
            unsure: what it may not have counted then, being under way.
            sent_at: when the answered request was sent.
            now: when the answer came.
        """
        grain = max(1.0, _GRAIN * said.limit)
        self._most = max(1.0, said.limit * _CAUTION)
        self._rate = said.limit * _CAUTION / said.window
        least = said.remaining - unsure
        most = said.remaining + grain + self._rate * (now - sent_at)
        self._level = min(max(self._filled(now), least), most, self._most)
        self._at = now

    def _filled(self, now: float) -> float:
        return min(self._most, self._level + self._rate * (now - self._at))


@dataclass(frozen=True)
class Sent:
    """A request that was sent: when, for how much, and the sum of all up to and with it."""

    at: float
    ask: Ask
    charge: Charge
    total: Charge


class Pace:
    """Holds one lane to all limits that its server announces; before the first, to none."""

    def __init__(self) -> None:
        self._buckets: dict[Kind, Bucket] = {}
        self._total: dict[Kind, float] = dict.fromkeys(KINDS, 0.0)
        self._unwritten = 0.0
        self._input = Usual()
        self._output = Usual()

    def charge(self, ask: Ask) -> Charge:
        """About what a request takes of each limit.

        Output counts as it is written at Anthropic, and as it was allowed at OpenAI.
        """
        size = _size(ask) * self._input.ratio
        most = float(ask.max_output_tokens)
        written = most * min(1.0, self._output.ratio * _ROOM)
        return {
            "requests": 1,
            "tokens": size + most,
            "input-tokens": size,
            "output-tokens": written,
        }

    def wait(self, ask: Ask, now: float) -> float:
        """Seconds until this request may be sent."""
        if not self._buckets:
            return 0.0
        charge = self.charge(ask)
        return max(bucket.wait(charge[kind], now) for kind, bucket in self._buckets.items())

    def send(self, ask: Ask, now: float) -> Sent:
        """Count a request that is sent now."""
        charge = self.charge(ask)
        for kind, amount in charge.items():
            self._total[kind] += amount
        for kind, bucket in self._buckets.items():
            bucket.spend(charge[kind], now)
        self._unwritten += charge["output-tokens"]
        return Sent(now, ask, charge, dict(self._total))

    def hear(
        self, sent: Sent, limits: Sequence[Announced], usage: Usage | None, now: float
    ) -> None:
        """Learn from the end of an attempt.

        Args:
            sent: what `send` returned for it.
            limits: what the answer announced; nothing where none came.
            usage: of its reply, if one came.
            now: when it ended.
        """
        self._unwritten -= sent.charge["output-tokens"]
        if usage is not None and usage.known:
            # What is read from the cache does not count.
            read = usage.input_tokens - usage.cached_input_tokens
            self._input.learn(_size(sent.ask), read)
            self._output.learn(sent.ask.max_output_tokens, usage.output_tokens)
        for said in limits:
            unsure = self._total[said.kind] - sent.total[said.kind]
            if said.kind == "output-tokens":
                unsure = self._unwritten
            bucket = self._buckets.setdefault(said.kind, Bucket(said.remaining - unsure, now))
            bucket.hear(said, unsure, sent.at, now)


class Usual:
    """How far what was taken is from what was expected, of late."""

    def __init__(self) -> None:
        self._expected = 0.0
        self._taken = 0.0

    def learn(self, expected: float, taken: float) -> None:
        """Note one reply; the last ten or so weigh most."""
        self._expected += _NEWEST * (expected - self._expected)
        self._taken += _NEWEST * (taken - self._taken)

    @property
    def ratio(self) -> float:
        """What was taken for each that was expected; 1 before anything is known."""
        return self._taken / self._expected if self._expected else 1.0


def _size(ask: Ask) -> int:
    texts = (ask.system, ask.prompt, *(text for _, text in ask.previous))
    return sum(map(about_tokens, texts)) + 1
