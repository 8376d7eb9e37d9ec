"""How OpenAI's and Anthropic's servers speak: requests, replies and errors in their real shapes.

Shapes as openai 3.x and anthropic 2.x (API version 2026-10-21) send and read them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

NOTICE = "Prepared by hand for Winnow's sandbox; no model wrote this."
Stop = Literal["end", "length", "refusal"]


class Declined(Exception):  # noqa: N818
    """The endpoint answers with an error of the provider's.

    Attributes:
        kind: A key of both error tables below.
        details: The message; empty for the provider's usual one.
        retry_after: Seconds for the header of that name; None for no header.
    """

    def __init__(self, kind: str, details: str = "", retry_after: float | None = None) -> None:
        super().__init__(kind, details)
        self.kind = kind
        self.details = details
        self.retry_after = retry_after


@dataclass(frozen=True)
class Question:
    """What both dialects ask: `text` is all that is billed as input, `limit` is in tokens."""

    model: str
    text: str
    schema: dict[str, Any] | None
    limit: int | None


@dataclass(frozen=True)
class Said:
    """One reply, before it is put in a provider's shape; `at` is in seconds since the epoch."""

    number: int
    at: int
    model: str
    text: str
    stop: Stop
    input_tokens: int
    output_tokens: int


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

    def reply(self, said: Said) -> dict[str, Any]:
        """The body of a 200."""
        ...

    def error(self, declined: Declined, request_id: str) -> tuple[int, dict[str, Any]]:
        """Status and body of an error."""
        ...


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = (block.get("text") for block in blocks if isinstance(block, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def _inside(body: dict[str, Any], *path: str) -> dict[str, Any]:
    node: Any = body
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def _question(
    body: dict[str, Any], form: dict[str, Any], schema: dict[str, Any], limit: object
) -> Question:
    """Read what both dialects have in common; `form` is the wish for a format, if there is one."""
    model, messages = body.get("model"), body.get("messages")
    if not isinstance(model, str):
        raise Declined("400", "model: a string is required.")
    if not isinstance(messages, list) or not messages:
        raise Declined("400", "messages: at least one message is required.")
    if body.get("stream"):
        raise Declined("400", "stream: the sandbox's teacher does not stream.")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise Declined("400", "The limit of output tokens must be a positive whole number.")
    wanted = schema if form.get("type") == "json_schema" else None
    parts = [_text(body.get("system"))]
    parts += [_text(m.get("content")) for m in messages if isinstance(m, dict)]
    parts += [json.dumps(wanted, ensure_ascii=False)] if wanted else []
    return Question(model, "\n".join(part for part in parts if part), wanted, limit)


class OpenAI:
    """Chat Completions. ERRORS: kind → status, type, code, usual message."""

    provider = "openai"
    request_id_header = "x-request-id"
    ERRORS: Mapping[str, tuple[int, str, str | None, str]] = {
        "400": (400, "invalid_request_error", None, "The request is not valid."),
        "401": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
        "404": (404, "invalid_request_error", "model_not_found", "The model does not exist."),
        "429": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests."),
        "500": (500, "server_error", None, "The server had an error while processing it."),
        "529": (529, "server_error", None, "The engine is currently overloaded."),
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
        form = _inside(body, "response_format")
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        return _question(body, form, _inside(form, "json_schema", "schema"), limit)

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
                "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
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
        "429": (429, "rate_limit_error", "This request would exceed your account's rate limit."),
        "500": (500, "api_error", "Internal server error"),
        "529": (529, "overloaded_error", "Overloaded"),
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
        form = _inside(body, "output_config", "format")
        return _question(body, form, _inside(form, "schema"), body["max_tokens"])

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
                "input_tokens": said.input_tokens,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
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
