"""Claude, by the Messages API. Version 2026-10-21 of it has no temperature, so none is sent."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import anthropic
from anthropic.types.messages.batch_create_params import Request

from core.teachers.base import Ask, Outcome, Stop, Usage
from core.teachers.bulks import Bulks, Listed, Look, UndecidedError, lines_of
from core.teachers.caching import Prefix, least_of_claude, prefix_of
from core.teachers.failures import Account, refused, unreachable
from core.teachers.hosted import Answer, HostedTeacher, count, stop_of
from core.teachers.patience import Patience
from core.teachers.pricing import Tariff

_BASE_URL = "https://api.anthropic.com"
_STOPS: dict[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}

_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Of HTTP; a bulk's results tell only the error's type."""


class AnthropicTeacher(HostedTeacher):
    """A model of Anthropic's."""

    def __init__(self, account: Account, tariff: Tariff, base_url: str | None) -> None:
        super().__init__(account, tariff, base_url)
        self._client: anthropic.AsyncAnthropic | None = None
        self._least = least_of_claude(tariff.model)

    def prefix(self, ask: Ask) -> Prefix:
        """The system text, kept where it is marked and long enough."""
        return prefix_of(ask, self._least)

    def bulks(self) -> Bulks:
        """See `HostedTeacher`."""
        return AnthropicBulks(self._account, self, self._base_url or _BASE_URL)

    async def hang_up(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _send(
        self, arguments: dict[str, Any], ask: Ask, patience: Patience
    ) -> tuple[str, Mapping[str, str]]:
        silence = patience.silence(ask.max_output_tokens)
        with _attempted():
            answer = await self._connected().messages.with_raw_response.create(
                timeout=anthropic.Timeout(silence, connect=patience.connect), **arguments
            )
        return str(answer.http_response.text), answer.http_response.headers

    def _connected(self) -> anthropic.AsyncAnthropic:
        # A client belongs to the event loop in which it is first used, so it is opened there.
        if self._client is None:
            self._client = anthropic.AsyncAnthropic(
                api_key=self._account.key,
                base_url=self._base_url or _BASE_URL,
                max_retries=0,
                http_client=anthropic.DefaultAioHttpClient(),
            )
        return self._client

    def _arguments(self, ask: Ask, *, structured: bool) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": self._tariff.model,
            "messages": ask.messages(),
            "max_tokens": ask.max_output_tokens,
        }
        if ask.system:
            arguments["system"] = self._system(ask)
        if structured and ask.schema is not None:
            schema = anthropic.transform_schema(ask.schema)
            arguments["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        return arguments

    def _read(self, data: dict[str, Any]) -> Answer:
        content = data.get("content")
        blocks = content if isinstance(content, list) else []
        texts = [block["text"] for block in blocks if _is_text(block)]
        return Answer(
            text="".join(texts),
            usage=_usage(data.get("usage")),
            stop=stop_of(data.get("stop_reason"), _STOPS),
            model=str(data.get("model") or ""),
        )

    def _system(self, ask: Ask) -> str | list[dict[str, Any]]:
        if self.prefix(ask).key is None:
            return ask.system
        return [{"type": "text", "text": ask.system, "cache_control": {"type": "ephemeral"}}]


def _is_text(block: object) -> bool:
    return isinstance(block, dict) and isinstance(block.get("text"), str)


def _usage(raw: object) -> Usage:
    """Anthropic's `input_tokens` leaves out what was read from or written to the cache."""
    if not isinstance(raw, dict):
        return Usage(0, 0)
    plain, output = count(raw, "input_tokens"), count(raw, "output_tokens")
    if plain is None or output is None:
        return Usage(0, 0)
    written = count(raw, "cache_creation_input_tokens") or 0
    cached = count(raw, "cache_read_input_tokens") or 0
    return Usage(plain + written + cached, output, cached, raw)


@contextmanager
def _attempted() -> Iterator[None]:
    try:
        yield
    except anthropic.APIStatusError as error:
        raise refused(error.status_code, error.response.headers, error.response.text) from error
    except anthropic.APIConnectionError as error:
        raise unreachable(error) from error


class AnthropicBulks(Bulks):
    """Message Batches. The provider keeps no name of ours: a lost one is known by its results."""

    most_requests = 100_000
    most_bytes = 256 * 1024 * 1024

    def __init__(self, account: Account, teacher: AnthropicTeacher, base_url: str) -> None:
        super().__init__(account, teacher)
        self._client = anthropic.Anthropic(api_key=account.key, base_url=base_url, max_retries=0)
        self._batches = self._client.messages.batches

    def _line(self, name: str, ask: Ask) -> dict[str, Any]:
        return {"custom_id": name, "params": self._teacher.body_of(ask)}

    def _create(self, key: str, lines: Sequence[dict[str, Any]]) -> str:  # noqa: ARG002
        with _attempted():
            return self._batches.create(requests=cast(list[Request], lines)).id

    def _listed(self) -> Iterator[Listed]:
        with _attempted():
            for batch in self._batches.list(limit=100):
                counts = batch.request_counts.model_dump().values()
                ended = batch.processing_status == "ended"
                yield Listed(batch.id, batch.created_at, sum(counts), ended)

    def _is(self, listed: Listed, key: str, names: Collection[str]) -> bool:  # noqa: ARG002
        if listed.requests != len(names):
            return False
        if not listed.ended:
            raise UndecidedError(
                f"The teacher {self.name} works on {listed.id}, which may be a lost submission.",
                "Nothing is sent again before it has ended.",
            )
        line = next(lines_of(self._streamed(listed.id)), b"{}")
        return json.loads(line).get("custom_id") in names

    def _look(self, bulk: str) -> Look:
        with _attempted():
            batch = self._batches.retrieve(bulk)
        counts = batch.request_counts
        done = sum(counts.model_dump().values()) - counts.processing
        return Look(batch.processing_status == "ended", done)

    def _streamed(self, bulk: str) -> Iterator[bytes]:
        with (
            _attempted(),
            self._batches.with_streaming_response.results(bulk) as answer,
        ):
            yield from answer.iter_bytes()

    def _result(self, line: dict[str, Any]) -> tuple[str, Outcome]:
        name, result = str(line["custom_id"]), line["result"]
        if result["type"] == "succeeded":
            return name, self._answered(result["message"])
        if result["type"] == "errored":
            error = result["error"]
            kind = error.get("error", error).get("type", "")
            return name, self._failed(_STATUSES.get(kind, 400), error)
        return name, self._late(result["type"])

    def _cancel(self, bulk: str) -> None:
        with _attempted():
            self._batches.cancel(bulk)

    def _hang_up(self) -> None:
        self._client.close()
