"""What a failed request means: whether to try again, and the sentence for who can mend it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import TeacherError
from core.teachers.base import UnansweredError

LONGEST_QUOTE = 200  # characters of a server's own message; some answer with whole web pages

_PASSING = {408, 409, 429}
_QUOTA_CODES = {"insufficient_quota", "billing_error", "billing_hard_limit_reached"}
# Raised by the SDKs' HTTP library before any byte of the request has left.
_NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}

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

    `status` is the HTTP status or None when no answer came; `code` the provider's own word for
    the error; `retry_after` the seconds the server asks to wait; `unanswered` whether the request
    may have reached the model all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        retry_after: float | None = None,
        unanswered: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.unanswered = unanswered

    @property
    def out_of_quota(self) -> bool:
        """Whether only money or a higher limit helps; some servers say so with a 429."""
        return self.status == 402 or self.code in _QUOTA_CODES

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        if self.status is None:
            return True
        return not self.out_of_quota and (self.status in _PASSING or self.status >= 500)


def refused(status: int, headers: Mapping[str, str], body: str) -> AttemptError:
    """Read an answer that is no success."""
    message, code = _error_of(body)
    wait = _seconds(headers.get("retry-after"))
    return AttemptError(message, status=status, code=code, retry_after=wait)


def unreachable(error: Exception) -> AttemptError:
    """Read an SDK's connection error; its cause is the HTTP library's."""
    cause = error.__cause__ or error
    timed_out = "Timeout" in type(error).__name__
    message = "no answer in time" if timed_out else str(cause) or type(cause).__name__
    return AttemptError(message, unanswered=type(cause).__name__ not in _NEVER_SENT)


def given_up(failure: AttemptError, account: Account, tried: str, unanswered: int) -> TeacherError:
    """The error for the operator once no further attempt is made.

    Args:
        failure: the last attempt's.
        account: whose.
        tried: such as "6 attempts in 31 s".
        unanswered: how many attempts may have been charged.
    """
    error, hint = _passing(failure, tried) if failure.passing else _refusal(failure)
    quote = "" if failure.status == 401 else account.scrub(failure.message).rstrip(".")
    sentence = f"The teacher {account.teacher} {error}{f': {quote}' if quote else ''}."
    # A server's own fault, like a text too long, may be this one request's.
    fatal = failure.status != 413 and (failure.status or 0) < 500
    hint = hint.format(variable=account.variable)
    if unanswered:
        return UnansweredError(sentence, hint, fatal=fatal, attempts=unanswered)
    return TeacherError(sentence, hint, fatal=fatal)


def json_of(body: str, account: Account, unanswered: int) -> dict[str, Any]:
    """The JSON object of a successful answer that `unanswered` failed attempts preceded.

    Raises:
        UnansweredError: it is none, so nobody knows whether the request was charged.
    """
    data = _parsed(body)
    if isinstance(data, dict):
        return data
    quote = account.scrub(body) or "an empty answer"
    raise UnansweredError(
        f"The teacher {account.teacher} answered with something that is not its API's JSON:"
        f" {quote}.",
        "Check that the address is that of the API; a proxy's page looks like this.",
        fatal=False,
        attempts=unanswered + 1,
    )


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
