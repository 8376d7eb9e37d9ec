"""How OpenAI's and Anthropic's servers speak: requests, replies and errors in their real shapes.

Shapes as openai 3.x and anthropic 2.x (API version 2026-10-21) send and read them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from sandbox.caching import LEAST_TOKENS, Mark, Share, marks_of
from sandbox.limits import Standing
from sandbox.questions import BYTES_PER_TOKEN, Declined, Question, encoded, inside, question_of

__all__ = ["NOTICE", "Anthropic", "Declined", "Dialect", "OpenAI", "Question", "Said", "Stop"]

NOTICE = "Prepared by hand for Winnow's sandbox; no model wrote this."
Stop = Literal["end", "length", "refusal"]
_STEP = 128  # tokens, in which OpenAI reads its cache
_LIFE = 300.0  # seconds, that OpenAI at least keeps a prompt in it
_MOST_BREAKPOINTS = 4


@dataclass(frozen=True)
class Said:
    """One reply, before it is put in a provider's shape; `at` is in seconds since the epoch.

    `input_tokens` counts all of the input; `share` is what of it the cache saved or took.
    """

    number: int
    at: int
    model: str
    text: str
    stop: Stop
    input_tokens: int
    output_tokens: int
    share: Share


class Dialect(Protocol):
    """One provider's way to speak."""

    provider: str
    request_id_header: str

    def key(self, headers: Mapping[str, str]) -> str:
        """The caller's key; empty when there is none."""
        ...

    def read(self, headers: Mapping[str, str], body: dict[str, Any]) -> Question:
        """Understand a request, or raise `Declined`."""
        ...

    def marks(self, question: Question) -> list[Mark]:
        """Up to where in its prompt a request may read the cache, and what it leaves there."""
        ...

    def share(self, share: Share) -> Share:
        """What of a share is charged, and told: OpenAI takes nothing for writing."""
        ...

    def weight(self, question: Question, share: Share) -> int:
        """How many tokens of its rate limit a request takes."""
        ...

    def rates(self, standings: Sequence[Standing], now: datetime) -> dict[str, str]:
        """The headers that announce the rate limits."""
        ...

    def reply(self, said: Said) -> dict[str, Any]:
        """The body of a 200."""
        ...

    def error(self, declined: Declined, request_id: str) -> tuple[int, dict[str, Any]]:
        """Status and body of an error."""
        ...


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


class OpenAI:
    """Chat Completions. ERRORS: kind → status, type, code, usual message."""

    provider = "openai"
    request_id_header = "x-request-id"
    ERRORS: Mapping[str, tuple[int, str, str | None, str]] = {
        "400": (400, "invalid_request_error", None, "The request is not valid."),
        "401": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
        "404": (404, "invalid_request_error", "model_not_found", "The model does not exist."),
        "413": (413, "invalid_request_error", None, "The request is too large."),
        "missing": (404, "invalid_request_error", None, "No such object."),
        "429": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests."),
        "500": (500, "server_error", None, "The server had an error while processing it."),
        "529": (529, "server_error", None, "The engine is currently overloaded."),
        "timeout": (408, "server_error", None, "Request timed out."),
        "insufficient_quota": (
            429,
            "insufficient_quota",
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
    }
    _REASONS: Mapping[Stop, str] = {"end": "stop", "length": "length", "refusal": "stop"}

    def key(self, headers: Mapping[str, str]) -> str:
        """See `Dialect`."""
        return _bearer(headers)

    def read(self, headers: Mapping[str, str], body: dict[str, Any]) -> Question:  # noqa: ARG002
        """See `Dialect`; `max_tokens` is the older name of `max_completion_tokens`."""
        form = inside(body, "response_format")
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        return question_of(body, form, inside(form, "json_schema", "schema"), limit)

    def marks(self, question: Question) -> list[Mark]:
        """See `Dialect`; every prompt is kept, and read in steps."""
        text = encoded(question.text)
        steps = range(LEAST_TOKENS, len(text) // BYTES_PER_TOKEN + 1, _STEP)
        return marks_of(text, [(BYTES_PER_TOKEN * step, _LIFE) for step in steps], BYTES_PER_TOKEN)

    def share(self, share: Share) -> Share:
        """See `Dialect`."""
        return Share(share.read)

    def weight(self, question: Question, share: Share) -> int:  # noqa: ARG002
        """See `Dialect`; the limit of the output counts where it is more than the input."""
        return max(question.tokens, question.limit or 0)

    def rates(self, standings: Sequence[Standing], now: datetime) -> dict[str, str]:  # noqa: ARG002
        """See `Dialect`; it tells how long until all is back."""
        headers = {}
        for each in standings:
            headers[f"x-ratelimit-limit-{each.kind}"] = str(each.limit)
            headers[f"x-ratelimit-remaining-{each.kind}"] = str(each.left)
            headers[f"x-ratelimit-reset-{each.kind}"] = _duration(each.full_in)
        return headers

    def reply(self, said: Said) -> dict[str, Any]:
        """See `Dialect`."""
        refused = said.stop == "refusal"
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if refused else said.text,
            "refusal": said.text if refused else None,
            "annotations": [],
        }
        reason = self._REASONS[said.stop]
        return {
            "id": f"chatcmpl-sandbox-{said.number:06d}",
            "object": "chat.completion",
            "created": said.at,
            "model": said.model,
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
            ],
            "usage": {
                "prompt_tokens": said.input_tokens,
                "completion_tokens": said.output_tokens,
                "total_tokens": said.input_tokens + said.output_tokens,
                "prompt_tokens_details": {"cached_tokens": said.share.read, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
            },
            "service_tier": "default",
            "system_fingerprint": "winnow-sandbox-prepared",
            "winnow_sandbox": NOTICE,
        }

    def error(self, declined: Declined, request_id: str) -> tuple[int, dict[str, Any]]:  # noqa: ARG002
        """See `Dialect`."""
        status, kind, code, usual = self.ERRORS[declined.kind]
        message = declined.details or usual
        return status, {"error": {"message": message, "type": kind, "param": None, "code": code}}


class Anthropic:
    """Messages. ERRORS: kind → status, type, usual message."""

    provider = "anthropic"
    request_id_header = "request-id"
    ERRORS: Mapping[str, tuple[int, str, str]] = {
        "400": (400, "invalid_request_error", "The request is not valid."),
        "401": (401, "authentication_error", "invalid x-api-key"),
        "404": (404, "not_found_error", "model: not found"),
        "413": (413, "request_too_large", "Request exceeds the maximum size"),
        "missing": (404, "not_found_error", "Not found"),
        "429": (429, "rate_limit_error", "This request would exceed your account's rate limit."),
        "500": (500, "api_error", "Internal server error"),
        "529": (529, "overloaded_error", "Overloaded"),
        "timeout": (504, "timeout_error", "Request timed out."),
        "insufficient_quota": (402, "billing_error", "Your credit balance is too low."),
    }
    _REASONS: Mapping[Stop, str] = {"end": "end_turn", "length": "max_tokens", "refusal": "refusal"}

    def key(self, headers: Mapping[str, str]) -> str:
        """See `Dialect`; SDK 2.x sends a bearer token, older ones and curl `x-api-key`."""
        return _bearer(headers) or headers.get("x-api-key", "").strip()

    def read(self, headers: Mapping[str, str], body: dict[str, Any]) -> Question:
        """See `Dialect`; the sampling parameters are gone from API version 2026-10-21."""
        if "anthropic-version" not in headers:
            raise Declined("400", "anthropic-version: header is required")
        for gone in ("temperature", "top_p", "top_k"):
            if gone in body:
                raise Declined("400", f"{gone}: not supported in this API version")
        if "max_tokens" not in body:
            raise Declined("400", "max_tokens: Field required")
        form = inside(body, "output_config", "format")
        question = question_of(body, form, inside(form, "schema"), body["max_tokens"])
        if sum(block.keep > 0 for block in question.blocks) > _MOST_BREAKPOINTS:
            raise Declined("400", "A maximum of 4 blocks with cache_control may be provided.")
        return question

    def marks(self, question: Question) -> list[Mark]:
        """See `Dialect`; up to the last breakpoint, each block's end may be read."""
        ends, length = [], -1
        for block in question.blocks:
            length += 1 + len(encoded(block.text))
            ends.append((length, block.keep))
        while ends and not ends[-1][1]:
            ends.pop()
        return marks_of(encoded(question.text), ends, BYTES_PER_TOKEN)

    def share(self, share: Share) -> Share:
        """See `Dialect`."""
        return share

    def weight(self, question: Question, share: Share) -> int:
        """See `Dialect`; what is read from the cache does not count."""
        return question.tokens - share.read

    def rates(self, standings: Sequence[Standing], now: datetime) -> dict[str, str]:
        """See `Dialect`; it tells when all is back."""
        names = {"requests": "requests", "tokens": "input-tokens"}
        headers = {}
        for each in standings:
            back = datetime.fromtimestamp(math.ceil(now.timestamp() + each.full_in), UTC)
            name = f"anthropic-ratelimit-{names[each.kind]}"
            headers[f"{name}-limit"] = str(each.limit)
            headers[f"{name}-remaining"] = str(each.left)
            headers[f"{name}-reset"] = f"{back:%Y-%m-%dT%H:%M:%SZ}"
        return headers

    def reply(self, said: Said) -> dict[str, Any]:
        """See `Dialect`."""
        return {
            "id": f"msg_sandbox_{said.number:06d}",
            "type": "message",
            "role": "assistant",
            "model": said.model,
            "content": [{"type": "text", "text": said.text}],
            "stop_reason": self._REASONS[said.stop],
            "stop_sequence": None,
            "usage": {
                "input_tokens": said.input_tokens - said.share.read - said.share.written,
                "cache_creation_input_tokens": said.share.written,
                "cache_read_input_tokens": said.share.read,
                "output_tokens": said.output_tokens,
                "service_tier": "standard",
            },
            "winnow_sandbox": NOTICE,
        }

    def error(self, declined: Declined, request_id: str) -> tuple[int, dict[str, Any]]:
        """See `Dialect`."""
        status, kind, usual = self.ERRORS[declined.kind]
        error = {"type": kind, "message": declined.details or usual}
        return status, {"type": "error", "error": error, "request_id": request_id}


def _duration(seconds: float) -> str:
    """As OpenAI writes it: 12ms, 7.66s, 6m0s."""
    if (thousandths := math.ceil(seconds * 1000)) < 1000:
        return f"{thousandths}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}m{rest:.0f}s" if minutes else f"{rest:.3g}s"
