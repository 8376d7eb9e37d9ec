"""Bulks: requests handed to a provider together, answered within a day, at half the price.

Both providers call this their batch API; in Winnow a batch is what is posted in Slack. Nothing here
is tried again by itself: whoever looks after a bulk looks again, and a submission whose outcome is
unknown is searched for before it is made anew.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import TeacherError
from core.teachers.base import Ask, Outcome, Reply
from core.teachers.failures import Account, AttemptError, Failure, given_up, refused, unreachable

if TYPE_CHECKING:
    from core.teachers.hosted import HostedTeacher

SHARE = Decimal("0.5")
"""Of the price; genai-prices 0.2.3 knows no prices of batches and silently tells the full ones."""
SLACK = timedelta(days=1)
"""How far the provider's clock may be from ours when a lost submission is searched for."""

Asks = Sequence[tuple[str, Ask]]
"""Requests with their names, each unique: 1 to 64 of a-z, A-Z, 0-9, _ and -."""


class UnservedError(TeacherError):
    """It was not answered and cost nothing, for no fault of its own; it may be handed in again."""


class UndecidedError(TeacherError):
    """Whether a submission arrived cannot be told yet; look again later."""


@dataclass(frozen=True)
class Look:
    """How far a bulk is: how many requests are done, as far as the provider tells.

    `refusal` is why the provider took none of it, once it `ended` so.
    """

    ended: bool
    done: int = 0
    refusal: str = ""


@dataclass(frozen=True)
class Listed:
    """A bulk as the provider lists it; `key` is ours, where the provider keeps one."""

    id: str
    begun: datetime
    requests: int
    ended: bool
    key: str | None = None


def key_of(names: Iterable[str]) -> str:
    """A name for the bulk of these requests, whatever their order."""
    return sha256("\n".join(sorted(names)).encode()).hexdigest()


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, blank ones left out.

    The HTTP library's own would also break lines at U+2028 and its like, which JSON lets stand.
    """
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(bytes.strip, whole)
    if rest.strip():
        yield rest


class Bulks(ABC):
    """A teacher's batch API; an adapter says only what is sent and how answers read.

    Its methods block, and none is for several threads at once.
    """

    most_requests: ClassVar[int]
    most_bytes: ClassVar[int]

    def __init__(self, account: Account, teacher: "HostedTeacher") -> None:
        self._account = account
        self._teacher = teacher

    @property
    def name(self) -> str:
        """The recipe's way of writing the teacher."""
        return self._account.teacher

    def most(self, ask: Ask) -> Decimal | None:
        """An upper bound of what `ask` may cost in a bulk, in USD; None if the price is unknown."""
        most = self._teacher.most(ask)
        return None if most is None else most * SHARE

    def groups(self, asks: Asks) -> list[Asks]:
        """The requests in groups that each make one bulk, by the provider's limits."""
        groups: list[list[tuple[str, Ask]]] = []
        size = 0
        for name, ask in asks:
            own = len(json.dumps(self._line(name, ask))) + len(", ")
            size += own
            if not groups or size > self.most_bytes or len(groups[-1]) == self.most_requests:
                groups.append([])
                size = own
            groups[-1].append((name, ask))
        return [*groups]

    def submit(self, asks: Asks) -> str:
        """Hand in one group; returns the provider's name for it.

        Raises:
            UnansweredError: nobody knows whether it arrived; `find` it before it is made anew.
            UnservedError: it was not taken now, but may be later.
            TeacherError: it is refused for good.
        """
        names = [name for name, _ in asks]
        lines = [self._line(name, ask) for name, ask in asks]
        try:
            return self._create(key_of(names), lines)
        except AttemptError as failure:
            # A server that broke down may have taken it before.
            lost = failure.unanswered or (failure.status or 0) >= 500
            raise self._told(failure, unanswered=int(lost)) from None

    def find(self, names: Collection[str], since: datetime, taken: Collection[str]) -> str | None:
        """The bulk of exactly these requests, if one was handed in.

        Args:
            names: of the requests.
            since: when it was handed in at the earliest, by our clock.
            taken: the provider's names of bulks that are known to be others.

        Raises:
            UndecidedError: one that is under way may be it.
            TeacherError: the provider does not tell.
        """
        key = key_of(names)
        with self._plainly():
            for listed in self._listed():
                if listed.begun < since - SLACK:
                    return None
                if listed.id not in taken and self._is(listed, key, names):
                    return listed.id
        return None

    def look(self, bulk: str) -> Look:
        """How far it is.

        Raises:
            TeacherError: the provider does not tell; `fatal` if it never will.
        """
        with self._plainly():
            return self._look(bulk)

    def results(self, bulk: str) -> Iterator[tuple[str, Outcome]]:
        """Each request's name and what became of it, in any order, of a bulk that has ended.

        A request that is missing was not answered and cost nothing.

        Raises:
            TeacherError: the provider does not tell.
        """
        with self._plainly():
            for line in lines_of(self._streamed(bulk)):
                yield self._result(json.loads(line))

    def cancel(self, bulk: str) -> None:
        """Give up what is not answered yet; it ends all the same, and what was answered is paid.

        Raises:
            TeacherError: the provider does not obey.
        """
        with self._plainly():
            self._cancel(bulk)

    def close(self) -> None:
        """Give back connections; safe to call twice."""
        self._hang_up()

    @abstractmethod
    def _line(self, name: str, ask: Ask) -> dict[str, Any]:
        """One request as the provider wants it."""

    @abstractmethod
    def _create(self, key: str, lines: Sequence[dict[str, Any]]) -> str:
        """Hand them in; raises AttemptError."""

    @abstractmethod
    def _listed(self) -> Iterator[Listed]:
        """All of the account's bulks, newest first; raises AttemptError."""

    @abstractmethod
    def _is(self, listed: Listed, key: str, names: Collection[str]) -> bool:
        """Whether it is the bulk of these names; raises AttemptError, UndecidedError."""

    @abstractmethod
    def _look(self, bulk: str) -> Look:
        """How far it is; raises AttemptError."""

    @abstractmethod
    def _streamed(self, bulk: str) -> Iterator[bytes]:
        """The JSON lines of its results, in pieces of any size; raises AttemptError."""

    @abstractmethod
    def _result(self, line: dict[str, Any]) -> tuple[str, Outcome]:
        """Read one line of the results."""

    @abstractmethod
    def _cancel(self, bulk: str) -> None:
        """Give it up; raises AttemptError."""

    @abstractmethod
    def _hang_up(self) -> None:
        """Close the client's connections."""

    def _answered(self, data: dict[str, Any]) -> Reply:
        reply = self._teacher.reply_of(data)
        return replace(reply, cost_usd=None if reply.cost_usd is None else reply.cost_usd * SHARE)

    def _failed(self, status: int, body: object) -> TeacherError:
        """A request that the provider answered with an error: its fault, or the request's."""
        failure = refused(status, {}, json.dumps(body))
        error = self._told(failure)
        return TeacherError(error.error, error.hint, fatal=False) if error.fatal else error

    def _late(self, why: str) -> UnservedError:
        return UnservedError(f"The teacher {self.name} did not come to it: {why.rstrip('.')}.")

    def _told(self, failure: AttemptError, *, unanswered: int = 0) -> TeacherError:
        error = given_up(Failure(failure, 1, 0.0, unanswered, False), self._account)
        if failure.passing and not unanswered:
            return UnservedError(error.error, error.hint)
        return error

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """Tell an operator what went wrong with a request that changes nothing."""
        import httpx2

        try:
            yield
        except AttemptError as failure:
            raise self._told(failure) from None
        except (httpx2.TransportError, ValueError) as error:
            # A body that breaks off while it is streamed is none of the SDKs' errors.
            raise self._told(unreachable(error)) from None
