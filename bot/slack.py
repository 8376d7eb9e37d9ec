"""Slack as the rest of the bot uses it: a client without retries, and what an error means."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.settings import Settings
from core.errors import UsageError, WinnowError

TIMEOUT_SECONDS = 10
"""Below the outbox's lease, so that no call outlives its claim."""

BROKEN = (URLError, HTTPException, ConnectionError, TimeoutError, SlackClientError)
"""What slack_sdk raises when a call fails; SlackApiError, its answer, is one of them."""

_AGAIN = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


@dataclass(frozen=True)
class Trouble:
    """Why a call failed: `error` is Slack's word or the connection's.

    `wait` is how long Slack asked to pause (nothing was done); `unknown`: it may have been done.
    """

    error: str
    wait: timedelta | None = None
    unknown: bool = False

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed a little later."""
        return self.unknown or self.wait is not None


class AwayError(WinnowError):
    """Slack does not answer now, or asks for a pause of at least `wait`."""

    def __init__(self, url: str, why: Trouble) -> None:
        super().__init__(
            f"Slack at {url} does not answer now ({why.error}).",
            "Check SLACK_API_URL and the network, or wait.",
        )
        self.wait = why.wait or timedelta(0)


_TOKENS = {"SLACK_BOT_TOKEN": "the bot's token", "SLACK_APP_TOKEN": "the app's token"}


@contextmanager
def explained(settings: Settings, variable: str) -> Iterator[None]:
    """Make a sentence of what slack_sdk raises of calls with the token in `variable`.

    Raises:
        AwayError: Slack cannot be reached, stumbled, or limits the rate.
        UsageError: Slack refused the call.
    """
    try:
        yield
    except BROKEN as error:
        why = trouble(error)
        if why.passing:
            raise AwayError(settings.slack_api_url, why) from error
        raise UsageError(
            f"Slack at {settings.slack_api_url} refused {_TOKENS[variable]} ({why.error}).",
            f"Check {variable} and SLACK_API_URL.",
        ) from error


def connect(settings: Settings) -> WebClient:
    """A client that never retries by itself: a second chat.postMessage is a second message."""
    return WebClient(
        token=settings.bot_token(),
        base_url=settings.slack_api_url,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[],
    )


def trouble(error: Exception) -> Trouble:
    """Read an exception of slack_sdk."""
    if not isinstance(error, SlackApiError):
        cause = getattr(error, "reason", error)  # an URLError's
        return Trouble(getattr(cause, "strerror", None) or type(cause).__name__, unknown=True)
    answer = error.response
    status = getattr(answer, "status_code", 0)
    word = str(answer.get("error") or f"http_{status}")
    if status == 429 or word == "ratelimited":
        seconds = float(getattr(answer, "headers", {}).get("Retry-After", 1))
        return Trouble("ratelimited", wait=timedelta(seconds=seconds))
    return Trouble(word, unknown=status >= 500 or word in _AGAIN)


def pages(client: WebClient, method: str, key: str, **arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """All items of a method that pages with a cursor."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = getattr(client, method)(**arguments, **more)
        found.extend(answer.get(key) or [])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return found
