"""OpenAI and every server that speaks its Chat Completions (vLLM, Ollama, llama.cpp, …)."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import openai

from core.teachers.base import Ask, Outcome, Stop, Usage
from core.teachers.bulks import Bulks, Listed, Look
from core.teachers.caching import OPENAI_LEAST, Prefix, prefix_of
from core.teachers.failures import Account, refused, unreachable
from core.teachers.hosted import Answer, HostedTeacher, count, stop_of
from core.teachers.patience import Patience
from core.teachers.pricing import Tariff
from core.teachers.sizes import about_tokens

_BASE_URL = "https://api.openai.com/v1"
_NO_KEY = "none"  # the SDK insists on one; local servers want none
_ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_OVER = ("completed", "failed", "expired", "cancelled")
_STOPS: dict[str, Stop] = {"stop": "end", "length": "length", "content_filter": "refusal"}


class OpenAITeacher(HostedTeacher):
    """A model of OpenAI's, or of a compatible server if the tariff has an address."""

    def __init__(self, account: Account, tariff: Tariff, base_url: str | None) -> None:
        super().__init__(account, tariff, base_url)
        self._client: openai.AsyncOpenAI | None = None

    def prefix(self, ask: Ask) -> Prefix:
        """The system text, which OpenAI keeps by itself; what another server does is unknown."""
        if self._tariff.address is not None:
            return Prefix(about_tokens(ask.system), None)
        return prefix_of(ask, OPENAI_LEAST)

    def bulks(self) -> Bulks:
        """See `HostedTeacher`."""
        return OpenAIBulks(self._account, self, self._base_url or _BASE_URL)

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
            # The SDK walks through each argument by its type (0.7 ms of CPU for a request with a
            # schema, a third of all), but sends `extra_body` as it is, over the others.
            answer = await self._connected().chat.completions.with_raw_response.create(
                model=arguments["model"],
                messages=[],
                extra_body=arguments,
                timeout=openai.Timeout(silence, connect=patience.connect),
            )
        return str(answer.http_response.text), answer.http_response.headers

    def _connected(self) -> openai.AsyncOpenAI:
        # A client belongs to the event loop in which it is first used, so it is opened there.
        if self._client is None:
            self._client = openai.AsyncOpenAI(
                api_key=self._account.key or _NO_KEY,
                base_url=self._base_url or _BASE_URL,
                max_retries=0,
                http_client=openai.DefaultAioHttpClient(),
            )
        return self._client

    def _arguments(self, ask: Ask, *, structured: bool) -> dict[str, Any]:
        # OpenAI's reasoning models refuse max_tokens; many compatible servers know nothing else.
        limit = "max_completion_tokens" if self._tariff.address is None else "max_tokens"
        system = [{"role": "system", "content": ask.system}] if ask.system else []
        arguments: dict[str, Any] = {
            "model": self._tariff.model,
            "messages": [*system, *ask.messages()],
            limit: ask.max_output_tokens,
        }
        if ask.system and self._tariff.address is None:
            arguments["prompt_cache_key"] = self._cache_key(ask.system)
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

    def _cache_key(self, system: str) -> str:
        """Sends requests that begin alike to the server that keeps their beginning."""
        whole = f"{self._tariff.model}\n{system}"
        return hashlib.sha256(whole.encode(errors="replace")).hexdigest()[:32]


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


@contextmanager
def _attempted() -> Iterator[None]:
    try:
        yield
    except openai.APIStatusError as error:
        raise refused(error.status_code, error.response.headers, error.response.text) from error
    except openai.APIConnectionError as error:
        raise unreachable(error) from error


class OpenAIBulks(Bulks):
    """Files and Batches; ours are known by the metadata `winnow`."""

    most_requests = 50_000
    most_bytes = 200 * 1024 * 1024

    def __init__(self, account: Account, teacher: OpenAITeacher, base_url: str) -> None:
        super().__init__(account, teacher)
        self._client = openai.OpenAI(
            api_key=account.key or _NO_KEY, base_url=base_url, max_retries=0
        )

    def _line(self, name: str, ask: Ask) -> dict[str, Any]:
        body = self._teacher.body_of(ask)
        return {"custom_id": name, "method": "POST", "url": _ENDPOINT, "body": body}

    def _create(self, key: str, lines: Sequence[dict[str, Any]]) -> str:
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        with _attempted():
            file = self._client.files.create(
                file=(f"winnow-{key[:16]}.jsonl", text.encode()), purpose="batch"
            )
            return self._client.batches.create(
                input_file_id=file.id,
                endpoint=_ENDPOINT,
                completion_window="24h",
                metadata={"winnow": key},
            ).id

    def _listed(self) -> Iterator[Listed]:
        with _attempted():
            for batch in self._client.batches.list(limit=100):
                yield Listed(
                    id=batch.id,
                    begun=datetime.fromtimestamp(batch.created_at, UTC),
                    requests=batch.request_counts.total if batch.request_counts else 0,
                    ended=batch.status in _OVER,
                    key=(batch.metadata or {}).get("winnow"),
                )

    def _is(self, listed: Listed, key: str, names: Collection[str]) -> bool:  # noqa: ARG002
        return listed.key == key

    def _look(self, bulk: str) -> Look:
        with _attempted():
            batch = self._client.batches.retrieve(bulk)
        counts = batch.request_counts
        done = counts.completed + counts.failed if counts else 0
        errors = (batch.errors.data or []) if batch.errors else []
        refusal = "; ".join(dict.fromkeys(error.message or "" for error in errors))
        if batch.status == "failed":
            return Look(ended=True, refusal=self._account.scrub(refusal) or "it failed")
        return Look(batch.status in _OVER, done)

    def _streamed(self, bulk: str) -> Iterator[bytes]:
        with _attempted():
            batch = self._client.batches.retrieve(bulk)
            for file in (batch.output_file_id, batch.error_file_id):
                if file is not None:
                    with self._client.files.with_streaming_response.content(file) as answer:
                        yield from answer.iter_bytes()
                    yield b"\n"

    def _result(self, line: dict[str, Any]) -> tuple[str, Outcome]:
        name, response = str(line["custom_id"]), line.get("response")
        if not response:
            return name, self._late(str(_mapping(line.get("error")).get("message") or "no answer"))
        status, body = response["status_code"], _mapping(response.get("body"))
        if status == 200:
            return name, self._answered(body)
        return name, self._failed(status, body)

    def _cancel(self, bulk: str) -> None:
        with _attempted():
            self._client.batches.cancel(bulk)

    def _hang_up(self) -> None:
        self._client.close()
