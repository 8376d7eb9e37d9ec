"""OpenAI and every server that speaks its Chat Completions (vLLM, Ollama, llama.cpp, …)."""

from typing import Any

import openai

from core.teachers.base import Ask, Stop, Usage
from core.teachers.failures import Account, refused, unreachable
from core.teachers.hosted import Answer, HostedTeacher, count, stop_of
from core.teachers.pricing import Tariff
from core.teachers.retrying import Patience

_STOPS: dict[str, Stop] = {"stop": "end", "length": "length", "content_filter": "refusal"}


class OpenAITeacher(HostedTeacher):
    """A model of OpenAI's, or of a compatible server if the tariff has an address."""

    def __init__(
        self, account: Account, tariff: Tariff, patience: Patience, base_url: str | None
    ) -> None:
        super().__init__(account, tariff, patience)
        self._client = openai.OpenAI(
            api_key=account.key or "none",  # the SDK insists on one; local servers want none
            base_url=base_url or "https://api.openai.com/v1",
            max_retries=0,
        )

    def _send(self, ask: Ask, *, structured: bool) -> str:
        silence = self._patience.silence(ask.max_output_tokens)
        try:
            answer = self._client.chat.completions.with_raw_response.create(
                timeout=openai.Timeout(silence, connect=self._patience.connect),
                **self._arguments(ask, structured=structured),
            )
        except openai.APIStatusError as error:
            raise refused(error.status_code, error.response.headers, error.response.text) from error
        except openai.APIConnectionError as error:
            raise unreachable(error) from error
        return str(answer.http_response.text)

    def _arguments(self, ask: Ask, *, structured: bool) -> dict[str, Any]:
        # OpenAI's reasoning models refuse max_tokens; many compatible servers know nothing else.
        limit = "max_completion_tokens" if self._tariff.address is None else "max_tokens"
        system = [{"role": "system", "content": ask.system}] if ask.system else []
        arguments: dict[str, Any] = {
            "model": self._tariff.model,
            "messages": [*system, *ask.messages()],
            limit: ask.max_output_tokens,
        }
        if ask.temperature is not None:
            arguments["temperature"] = ask.temperature
        if structured:
            form = {"name": "reply", "strict": True, "schema": ask.schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": form}
        return arguments

    def _read(self, data: dict[str, Any]) -> Answer:
        choices = data.get("choices")
        choice = _mapping(choices[0] if isinstance(choices, list) and choices else None)
        message = _mapping(choice.get("message"))
        refusal = message.get("refusal")
        text = message.get("content") or refusal
        return Answer(
            text=text if isinstance(text, str) else "",
            usage=_usage(data.get("usage")),
            stop="refusal" if refusal else stop_of(choice.get("finish_reason"), _STOPS),
            model=str(data.get("model") or ""),
        )

    def _hang_up(self) -> None:
        self._client.close()


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _usage(raw: object) -> Usage:
    """OpenAI's `prompt_tokens` counts all of the input, cached or not."""
    if not isinstance(raw, dict):
        return Usage(0, 0)
    prompt, completion = count(raw, "prompt_tokens"), count(raw, "completion_tokens")
    if prompt is None or completion is None:
        return Usage(0, 0)
    cached = count(raw, "prompt_tokens_details", "cached_tokens") or 0
    return Usage(prompt, completion, cached, raw)
