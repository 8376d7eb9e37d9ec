"""What the teachers behind an HTTP API share: structured output if possible, reading, the cost."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.errors import TeacherError
from core.teachers.announced import announced
from core.teachers.base import Ask, Heard, Reply, Stop, Usage
from core.teachers.failures import Account, AttemptError, Failure, given_up, json_of
from core.teachers.patience import Patience
from core.teachers.pricing import Tariff

if TYPE_CHECKING:
    from core.teachers.bulks import Bulks


@dataclass(frozen=True)
class Answer:
    """A successful answer of the API, read; `model` is the server's own name for it."""

    text: str
    usage: Usage
    stop: Stop
    model: str


class HostedTeacher(ABC):
    """A `Teacher` whose adapter says only how to send a request and how to read an answer."""

    in_order = False

    def __init__(self, account: Account, tariff: Tariff, base_url: str | None) -> None:
        self._account = account
        self._tariff = tariff
        self._base_url = base_url
        self._takes_schema = True

    @property
    def name(self) -> str:
        """The recipe's way of writing this teacher."""
        return self._account.teacher

    async def attempt(self, ask: Ask, patience: Patience) -> Heard:
        """Send one request and read its answer; see `Teacher`."""
        body, headers = await self._with_or_without_schema(ask, patience)
        limits = announced(headers)
        return Heard(self.reply_of(json_of(body, limits)), limits)

    def reply_of(self, data: dict[str, Any]) -> Reply:
        """The reply in a successful answer's JSON, at the full price."""
        answer = self._read(data)
        return Reply(
            text=answer.text,
            usage=answer.usage,
            cost_usd=self._tariff.cost(answer.usage),
            stop=answer.stop,
            model=answer.model or self._tariff.model,
        )

    def body_of(self, ask: Ask) -> dict[str, Any]:
        """What is sent for one request."""
        return self._arguments(ask, structured=ask.schema is not None and self._takes_schema)

    @abstractmethod
    def bulks(self) -> "Bulks":
        """This teacher's batch API, to be closed by the caller."""

    def explain(self, failure: Failure) -> TeacherError:
        """The error for the operator; see `Teacher`."""
        return given_up(failure, self._account)

    def most(self, ask: Ask) -> Decimal | None:
        """An upper bound of what one attempt at `ask` may cost in USD."""
        return self._tariff.most(ask)

    async def _with_or_without_schema(
        self, ask: Ask, patience: Patience
    ) -> tuple[str, Mapping[str, str]]:
        """Send the request; a server that refuses it with a schema is asked without from then on.

        Servers name the refused parameter in too many ways to tell it from another mistake, so
        the second answer decides: only if that one is a success was it the schema.
        """
        structured = ask.schema is not None and self._takes_schema
        try:
            return await self._send(self._arguments(ask, structured=structured), ask, patience)
        except AttemptError as failure:
            if not structured or failure.status not in (400, 422) or failure.out_of_quota:
                raise
        answer = await self._send(self._arguments(ask, structured=False), ask, patience)
        self._takes_schema = False
        return answer

    @abstractmethod
    def _arguments(self, ask: Ask, *, structured: bool) -> dict[str, Any]:
        """The request's body, with or without the schema."""

    @abstractmethod
    async def _send(
        self, arguments: dict[str, Any], ask: Ask, patience: Patience
    ) -> tuple[str, Mapping[str, str]]:
        """One request: body and headers of a successful answer; raises AttemptError otherwise."""

    @abstractmethod
    def _read(self, data: dict[str, Any]) -> Answer:
        """Read an answer; never raises, since a paid reply of any shape must be accounted for."""


def stop_of(reason: object, meanings: Mapping[str, Stop]) -> Stop:
    """What a provider's reason for stopping means; what `meanings` lacks is "other"."""
    return meanings.get(reason, "other") if isinstance(reason, str) else "other"


def count(raw: dict[str, Any], *path: str) -> int | None:
    """The number of tokens at `path` of a usage; None if there is none."""
    value: Any = raw
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if type(value) is int and value >= 0 else None
