"""What a teacher is: one question in, one paid reply out. Adapters implement `Teacher`."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol

from core.errors import TeacherError
from core.teachers.announced import Announced
from core.teachers.patience import Patience

if TYPE_CHECKING:
    from core.teachers.caching import Prefix
    from core.teachers.failures import Failure

Stop = Literal["end", "length", "refusal", "other"]


@dataclass(frozen=True)
class Ask:
    """One request to a teacher.

    `schema` is a JSON Schema of the wanted reply; a server may ignore it, so the reply is parsed
    as if none had been sent. `previous` holds the earlier turns of a re-ask as (role, text), role
    being user or assistant; `prompt` is always the last turn, a user's.
    """

    system: str
    prompt: str
    schema: dict[str, Any] | None
    max_output_tokens: int
    temperature: float | None = None
    previous: tuple[tuple[str, str], ...] = ()

    def messages(self) -> list[dict[str, str]]:
        """The turns in the form that every chat API takes; the system text is not among them."""
        turns = [*self.previous, ("user", self.prompt)]
        return [{"role": role, "content": text} for role, text in turns]


@dataclass(frozen=True)
class Usage:
    """Tokens that one reply took.

    `input_tokens` counts all of the input; `cached_input_tokens` is the part of it that was read
    from the provider's cache. `raw` is the usage as the server told it, empty when it told none:
    then the counts are 0 and mean nothing.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether the server told its usage at all."""
        return bool(self.raw)


@dataclass(frozen=True)
class Reply:
    """What came back, before anything of it is parsed or believed.

    `cost_usd` is None when the price or the usage is unknown; a reservation then counts as spent.
    `stop` is "length" for a text cut at the token limit and "refusal" for a refused request.
    `unanswered` counts the attempts before this reply whose outcome is unknown (a lost
    connection): each may have been charged, so each takes one more reservation.
    """

    text: str
    usage: Usage
    cost_usd: Decimal | None
    stop: Stop
    model: str
    unanswered: int = 0


class UnansweredError(TeacherError):
    """Requests were sent and their outcome is unknown: `attempts` of them may have been charged.

    `again`: it was not given up, but asking once more is left to the caller, who has to pay for it.
    """

    def __init__(
        self, error: str, hint: str = "", *, fatal: bool, attempts: int, again: bool = False
    ) -> None:
        super().__init__(error, hint, fatal=fatal)
        self.attempts = attempts
        self.again = again


class NotAskedError(TeacherError):
    """Never sent, because an earlier request failed or the run was cancelled; it cost nothing."""


Outcome = Reply | TeacherError
"""What becomes of a request in the end: answered, or explained."""


@dataclass(frozen=True)
class Heard:
    """What one attempt brought: the reply, and the limits that the server announced with it."""

    reply: Reply
    limits: tuple[Announced, ...] = ()


class Teacher(Protocol):
    """A model, or a file that stands for one; asked by one `Engine` at a time, in its loop."""

    @property
    def name(self) -> str:
        """The recipe's way of writing this teacher, such as `anthropic:claude-haiku-4-5`."""
        ...

    @property
    def in_order(self) -> bool:
        """Whether requests must be sent one at a time, in the order in which they come."""
        ...

    async def attempt(self, ask: Ask, patience: Patience) -> Heard:
        """Send one request, once, and wait for its reply no longer than `patience` allows.

        Raises:
            AttemptError: no reply came; another attempt may bring one.
            TeacherError: no attempt ever will.
        """
        ...

    def explain(self, failure: "Failure") -> TeacherError:
        """The error for the operator, once no further attempt is made."""
        ...

    def most(self, ask: Ask) -> Decimal | None:
        """An upper bound of what one attempt at `ask` may cost in USD; None: price unknown."""
        ...

    def prefix(self, ask: Ask) -> "Prefix":
        """The fixed part of `ask`, and whether the provider keeps it for the next request."""
        ...

    async def hang_up(self) -> None:
        """Give back connections; safe to call twice, and the next attempt opens new ones."""
        ...
