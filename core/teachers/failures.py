"""What a failed request means: whether to try again, and the sentence for who can mend it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import TeacherError
from core.teachers.announced import Announced, announced
from core.teachers.base import UnansweredError

LONGEST_QUOTE = 200  # characters of a server's own message; some answer with whole web pages

_PASSING = {408, 409, 429}
_NO_ROOM = {429, 503, 529}
_QUOTA_CODES = {"insufficient_quota", "billing_error", "billing_hard_limit_reached"}
# Raised, with what is derived from them, before any byte of the request has left: aiohttp's
# errors under the engine, httpx2's under a bulk.
_NEVER_SENT = {
    *("ClientConnectorError", "ConnectionTimeoutError", "InvalidURL"),
    *("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"),
}
_LATE = {"TimeoutError", "TimeoutException"}

_MODEL_HINT = "Mend its name, or the address after @, under `teachers` in the recipe."
_REQUEST_HINT = (
    "Compare this teacher's temperature and max_output_tokens in the recipe with what the model"
    " accepts."
)
_REFUSALS = {
    400: ("refused the request", _REQUEST_HINT),
    401: ("does not accept the key", "Set {variable} to a valid key."),
    402: ("has no credit left", "Add credit to the account behind {variable}."),
    403: ("may not be used with this key", "Allow the model for the key in {variable}."),
    404: ("is not known at that address", _MODEL_HINT),
    413: ("finds the request too large", "Lower `per_call` in the recipe or shorten the seeds."),
    422: ("refused the request", _REQUEST_HINT),
}
_OTHER_REFUSAL = ("refused the request", _MODEL_HINT)
_GARBLED = (
    "answered with something that is not its API's JSON",
    "Check that the address is that of the API; a proxy's page looks like this.",
)


@dataclass(frozen=True)
class Account:
    """Who is asked (the recipe's spelling) and the variable that holds the key, if it has one."""

    teacher: str
    variable: str
    key: str = field(repr=False)

    def scrub(self, text: str) -> str:
        """One line of a server's text, at most `LONGEST_QUOTE` characters, without the key."""
        line = " ".join(text.encode(errors="replace").decode().split())
        safe = line.replace(self.key, "[key]") if self.key else line
        return safe if len(safe) <= LONGEST_QUOTE else f"{safe[:LONGEST_QUOTE]}…"


class AttemptError(Exception):
    """One attempt that brought no reply.

    Attributes:
        message: the server's words, or what became of the connection; it may hold the key.
        status: the HTTP status; None when no answer came.
        code: the provider's own word for the error.
        retry_after: the seconds that the server asks to wait.
        unanswered: whether the request may have been charged all the same.
        timed_out: whether no answer came in time.
        limits: what the answer announced.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        retry_after: float | None = None,
        unanswered: bool = False,
        timed_out: bool = False,
        limits: tuple[Announced, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.unanswered = unanswered
        self.timed_out = timed_out
        self.limits = limits

    @property
    def garbled(self) -> bool:
        """Whether the answer was a success that nobody can read."""
        return self.status == 200

    @property
    def out_of_quota(self) -> bool:
        """Whether only money or a higher limit helps; some servers say so with a 429."""
        return self.status == 402 or self.code in _QUOTA_CODES

    @property
    def told_to_wait(self) -> bool:
        """Whether the server has no room now, and said so before it charged anything."""
        return self.status in _NO_ROOM and not self.out_of_quota

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        if self.status is None:
            return True
        return not self.out_of_quota and (self.status in _PASSING or self.status >= 500)


@dataclass(frozen=True)
class Failure:
    """Why a request is given up.

    Attributes:
        last: the last attempt's error.
        attempts: how many there were.
        seconds: from the first one's beginning to the last one's end.
        unanswered: how many of them may have been charged.
        others_answered: whether the teacher answered another request meanwhile.
    """

    last: AttemptError
    attempts: int
    seconds: float
    unanswered: int
    others_answered: bool

    @property
    def tried(self) -> str:
        """Such as "6 attempts in 31 s"."""
        return f"{self.attempts} attempt{'s' if self.attempts > 1 else ''} in {self.seconds:.0f} s"

    @property
    def fatal(self) -> bool:
        """Whether no other request would fare better.

        A text too long, an answer that nobody can read and a server's own fault may be this one
        request's; so may anything else that no key and no name mends, where others were answered.
        """
        status = self.last.status or 0
        if status in (200, 413) or (status >= 500 and not self.last.told_to_wait):
            return False
        its_own = status in (400, 422) and not self.last.out_of_quota
        return not (self.others_answered and (its_own or self.last.passing))


def refused(status: int, headers: Mapping[str, str], body: str) -> AttemptError:
    """Read an answer that is no success."""
    message, code = _error_of(body)
    wait = _seconds(headers.get("retry-after"))
    return AttemptError(
        message, status=status, code=code, retry_after=wait, limits=announced(headers)
    )


def unreachable(error: Exception) -> AttemptError:
    """Read an SDK's connection error; behind it stand the HTTP library's and the transport's.

    aiohttp's own error decides where there is one: the SDKs' adapters to it call a connection that
    was cut after the request one that was never made, and openai's calls it late.
    """
    chain = [error]
    while isinstance(cause := chain[-1].__cause__, Exception):
        chain.append(cause)
    transport = [each for each in chain if type(each).__module__.startswith("aiohttp")]
    telling = transport or chain[1:] or chain
    kinds = {kind.__name__ for each in telling for kind in type(each).__mro__}
    timed_out = not kinds.isdisjoint(_LATE)
    words = next((str(each) for each in telling if str(each)), type(telling[0]).__name__)
    return AttemptError(
        "no answer in time" if timed_out else words,
        unanswered=kinds.isdisjoint(_NEVER_SENT),
        timed_out=timed_out,
    )


def given_up(failure: Failure, account: Account) -> TeacherError:
    """The error for the operator once no further attempt is made."""
    last = failure.last
    if last.garbled:
        error, hint = _GARBLED
    elif last.passing:
        error, hint = _passing(last, failure.tried)
    else:
        error, hint = _refusal(last)
    quote = "" if last.status == 401 else account.scrub(last.message).rstrip(".")
    sentence = f"The teacher {account.teacher} {error}{f': {quote}' if quote else ''}."
    hint = hint.format(variable=account.variable)
    if failure.unanswered:
        return UnansweredError(sentence, hint, fatal=failure.fatal, attempts=failure.unanswered)
    return TeacherError(sentence, hint, fatal=failure.fatal)


def json_of(body: str, limits: tuple[Announced, ...]) -> dict[str, Any]:
    """The JSON object of a successful answer.

    Raises:
        AttemptError: it is none, so nobody knows whether the request was charged.
    """
    data = _parsed(body)
    if isinstance(data, dict):
        return data
    words = body if body.strip() else "an empty answer"
    raise AttemptError(words, status=200, unanswered=True, limits=limits)


def _refusal(failure: AttemptError) -> tuple[str, str]:
    status = 402 if failure.out_of_quota else failure.status or 0
    error, hint = _REFUSALS.get(status, _OTHER_REFUSAL)
    return f"{error} ({failure.status})", hint


def _passing(failure: AttemptError, tried: str) -> tuple[str, str]:
    if failure.status == 429:
        return (
            f"still limits the rate (429) after {tried}",
            "Ask again later, or lower this teacher's `concurrency` in the recipe.",
        )
    if failure.status is not None:
        return f"still answers {failure.status} after {tried}", "Ask again later."
    return (
        f"did not answer after {tried}",
        "Check the network and the address: after @ in the recipe, or in the environment.",
    )


def _error_of(body: str) -> tuple[str, str]:
    """(message, code) of an error's body: {"error": {…}} as documented, or what servers vary."""
    data = _parsed(body)
    detail = data.get("error") or data if isinstance(data, dict) else body
    if not isinstance(detail, dict):
        return str(detail), ""
    message = detail.get("message") or detail.get("detail") or ""
    return str(message), str(detail.get("code") or detail.get("type") or "")


def _parsed(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _seconds(header: str | None) -> float | None:
    """`retry-after` in seconds; its form as a date is rare and falls back on the own backoff."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if seconds >= 0 else None
