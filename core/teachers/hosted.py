"""What the teachers behind an HTTP API share: retries, structured output if possible, the cost."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.teachers.base import Ask, Reply, Stop, Usage
from core.teachers.failures import Account, AttemptError, json_of
from core.teachers.pricing import Tariff
from core.teachers.retrying import Patience, persist


@dataclass(frozen=True)
class Answer:
    """A successful answer of the API, read; `model` is the server's own name for it."""

    text: str
    usage: Usage
    stop: Stop
    model: str


class HostedTeacher(ABC):
    """A `Teacher` whose adapter says only how to send a request and how to read an answer."""

    def __init__(self, account: Account, tariff: Tariff, patience: Patience) -> None:
        self._account = account
        self._tariff = tariff
        self._patience = patience
        self._closed = threading.Event()
        self._takes_schema = True

    @property
    def name(self) -> str:
        """The recipe's way of writing this teacher."""
        return self._account.teacher

    def ask(self, ask: Ask) -> Reply:
        """Send one request, again if need be, and read its answer; see `Teacher`."""
        body, unanswered = persist(
            lambda: self._with_or_without_schema(ask), self._account, self._patience, self._closed
        )
        answer = self._read(json_of(body, self._account, unanswered))
        return Reply(
            text=answer.text,
            usage=answer.usage,
            cost_usd=self._tariff.cost(answer.usage),
            stop=answer.stop,
            model=answer.model or self._tariff.model,
            unanswered=unanswered,
        )

    def most(self, ask: Ask) -> Decimal | None:
        """An upper bound of what one attempt at `ask` may cost in USD."""
        return self._tariff.most(ask)

    def close(self) -> None:
        """End the pauses between attempts and close the connections."""
        self._closed.set()
        self._hang_up()

    def _with_or_without_schema(self, ask: Ask) -> str:
        """Send the request; a server that refuses it with a schema is asked without from then on.

        Servers name the refused parameter in too many ways to tell it from another mistake, so
        the second answer decides: only if that one is a success was it the schema.
        """
        structured = ask.schema is not None and self._takes_schema
        try:
            return self._send(ask, structured=structured)
        except AttemptError as failure:
            if not structured or failure.status not in (400, 422) or failure.out_of_quota:
                raise
        body = self._send(ask, structured=False)
        self._takes_schema = False
        return body

    @abstractmethod
    def _send(self, ask: Ask, *, structured: bool) -> str:
        """One request; returns the body of a successful answer, raises AttemptError otherwise."""

    @abstractmethod
    def _read(self, data: dict[str, Any]) -> Answer:
        """Read an answer; never raises, since a paid reply of any shape must be accounted for."""

    @abstractmethod
    def _hang_up(self) -> None:
        """Close the client's connections."""


def stop_of(reason: object, meanings: Mapping[str, Stop]) -> Stop:
    """What a provider's reason for stopping means; what `meanings` lacks is "other"."""
    return meanings.get(reason, "other") if isinstance(reason, str) else "other"


def count(raw: dict[str, Any], *path: str) -> int | None:
    """The number of tokens at `path` of a usage; None if there is none."""
    value: Any = raw
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if type(value) is int and value >= 0 else None
