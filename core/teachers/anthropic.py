"""Claude, by the Messages API. Version 2026-10-21 of it has no temperature, so none is sent."""

from typing import Any

import anthropic

from core.teachers.base import Ask, Stop, Usage
from core.teachers.failures import Account, refused, unreachable
from core.teachers.hosted import Answer, HostedTeacher, count, stop_of
from core.teachers.pricing import Tariff
from core.teachers.retrying import Patience

_STOPS: dict[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class AnthropicTeacher(HostedTeacher):
    """A model of Anthropic's."""

    def __init__(
        self, account: Account, tariff: Tariff, patience: Patience, base_url: str | None
    ) -> None:
        super().__init__(account, tariff, patience)
        self._client = anthropic.Anthropic(
            api_key=account.key,
            base_url=base_url or "https://api.anthropic.com",
            max_retries=0,
        )

    def _send(self, ask: Ask, *, structured: bool) -> str:
        silence = self._patience.silence(ask.max_output_tokens)
        try:
            answer = self._client.messages.with_raw_response.create(
                timeout=anthropic.Timeout(silence, connect=self._patience.connect),
                **self._arguments(ask, structured=structured),
            )
        except anthropic.APIStatusError as error:
            raise refused(error.status_code, error.response.headers, error.response.text) from error
        except anthropic.APIConnectionError as error:
            raise unreachable(error) from error
        return str(answer.http_response.text)

    def _arguments(self, ask: Ask, *, structured: bool) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": self._tariff.model,
            "messages": ask.messages(),
            "max_tokens": ask.max_output_tokens,
        }
        if ask.system:
            arguments["system"] = ask.system
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

    def _hang_up(self) -> None:
        self._client.close()


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
